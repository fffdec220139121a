//! The answer link: looking at it shows one button and answers nothing, for previews look at links
//! too; pressing the button answers.

use askama::Template;
use axum::response::Response;
use serde::Serialize;

use super::super::notice::{Method, Notice};
use super::super::store;
use super::give;
use crate::kernel::{Moment, NoticeId, StaffId};
use crate::web::{At, Frame, Place, Problem, Want, fingerprint};

/// A key is 43 characters; nothing longer is looked up.
const LONGEST: usize = 64;

#[derive(Template, Serialize)]
#[template(path = "notices/answer.html")]
struct AnswerPage {
    #[serde(skip)]
    frame: Frame,
    #[serde(skip)]
    key: String,
    id: NoticeId,
    /// Who is asked.
    name: String,
    text: String,
    sent_at: Moment,
    acked_at: Option<Moment>,
    /// Nobody needs to answer any more.
    over: bool,
}

async fn keyed(want: &Want, key: &str) -> Result<(Notice, StaffId), Problem> {
    if key.len() > LONGEST {
        return Err(Problem::not_found());
    }
    let found = store::by_key(&want.kit.db, &fingerprint(key)).await?;
    let (id, staff) = found.ok_or_else(Problem::not_found)?;
    Ok((store::notice(&want.kit.db, id).await?, staff))
}

fn page(want: &Want, key: String, notice: Notice, staff: StaffId) -> Result<Response, Problem> {
    let notice = notice.told(want.language);
    let own = notice.receipt(staff).ok_or_else(Problem::not_found)?;
    let page = AnswerPage {
        frame: want.frame(Place::Elsewhere),
        key,
        id: notice.id,
        name: own.name.clone(),
        sent_at: notice.sent_at,
        acked_at: own.acked_at,
        over: notice.state.is_over() && own.acked_at.is_none(),
        text: notice.text,
    };
    want.keyed_page(&page)
}

pub(super) async fn show(want: Want, At(key): At<String>) -> Result<Response, Problem> {
    let (notice, staff) = keyed(&want, &key).await?;
    page(&want, key, notice, staff)
}

pub(super) async fn answer(want: Want, At(key): At<String>) -> Result<Response, Problem> {
    let (notice, staff) = keyed(&want, &key).await?;
    give(&want, notice.id, staff, Method::Link, None).await?;
    let notice = store::notice(&want.kit.db, notice.id).await?;
    page(&want, key, notice, staff)
}
