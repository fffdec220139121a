//! What waits for a supervisor's or manager's word, and their answer.

use askama::Template;
use axum::response::Response;
use serde::Serialize;

use super::super::super::acts::Command;
use super::super::super::doing::{self, Answered, Deed, Petition, Pointed};
use super::super::super::series::Reach;
use super::super::super::store::{self, acts as kept};
use super::super::say::{called, refused};
use super::super::view::people;
use super::super::{APPROVERS, WRITERS};
use super::{actor, done};
use crate::kernel::Moment;
use crate::rooms::House;
use crate::web::{At, Frame, Place, Problem, Reader, Want};
use crate::words::Messages;

/// What waits for somebody's word.
#[derive(Template, Serialize)]
#[template(path = "bookings/approvals.html")]
struct ApprovalsPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Request>,
    next: Option<String>,
    #[serde(skip)]
    may: bool,
}

#[derive(Serialize)]
struct Request {
    id: i64,
    no: String,
    /// What is asked for, in words.
    what: String,
    asked_at: Moment,
    asked_by: Option<String>,
    #[serde(skip)]
    when: String,
}

pub(in crate::bookings::web) async fn approvals(
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let (house, names) = (crate::rooms::store::house(db).await?, people(&want).await?);
    let l = want.messages();
    let mut items = Vec::new();
    for asked in kept::asked(db).await? {
        let Some(booking) = store::by_id(db, asked.booking_id).await? else { continue };
        let to = match serde_json::from_str::<Petition>(&asked.command) {
            Ok(Petition::One(Command::Change { to: Some(to), .. })) => {
                format!("→{}", house.name(to))
            }
            Ok(Petition::Series { series }) => of_series(&l, &house, &series),
            Ok(Petition::One(_)) | Err(_) => l.bookings_cancel().to_string(),
        };
        items.push(Request {
            id: asked.id,
            what: reader.closed.text(&format!("{} {to}", called(&l, &booking))),
            no: booking.no,
            asked_at: asked.asked_at,
            asked_by: asked.asked_by.and_then(|id| names.get(&id).cloned()),
            when: want.spelling().minute(asked.asked_at),
        });
    }
    let may = reader.roles.has_any(APPROVERS);
    want.page(&ApprovalsPage { frame: want.frame(Place::Bookings), items, next: None, may })
}

/// What is asked for of bookings that come again: `系列预订 全部 →A1`.
fn of_series(l: &Messages, house: &House, series: &Pointed) -> String {
    let reach = match series.reach {
        Reach::This => l.bookings_series_this(),
        Reach::Later => l.bookings_series_later(),
        Reach::All => l.bookings_series_all(),
    };
    let what = match &series.deed {
        Deed::Edit(details, _) => match details.room {
            Some(room) => format!("→{}", house.name(room)),
            None => l.bookings_edit().to_string(),
        },
        Deed::Cancel(_) => l.bookings_cancel().to_string(),
    };
    format!("{} {reach} {what}", l.bookings_series())
}

pub(in crate::bookings::web) async fn grant(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
) -> Result<Response, Problem> {
    answered(&want, &reader, id, true).await
}

pub(in crate::bookings::web) async fn refuse(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
) -> Result<Response, Problem> {
    answered(&want, &reader, id, false).await
}

async fn answered(
    want: &Want,
    reader: &Reader,
    id: i64,
    granted: bool,
) -> Result<Response, Problem> {
    reader.may(APPROVERS)?;
    let (db, stamp) = (&want.kit.db, want.stamp());
    match doing::answer(db, stamp, actor(want, reader), id, granted).await? {
        Ok(Answered::Done(did)) => done(want, reader, &did).await,
        Ok(Answered::Asks(changed)) => {
            let conflicts = super::super::series::conflicts(want, &changed).await?;
            Err(super::super::series::clashes(&conflicts))
        }
        Ok(Answered::Refused) => {
            want.done("/bookings/approvals", &serde_json::json!({ "refused": id }))
        }
        Err(refusal) => Err(refused(want, refusal).await),
    }
}
