//! Notices go out by the outbox, and a "1" from a telephone answers one.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::alarms;
use super::faults;
use super::outbound::Outbound;
use crate::db::{self, Db, Stamp, Tx};
use crate::kernel::{Language, Moment, NoticeId, Roles, StaffId, masked_in};
use crate::notices::{self, Deliver, Method, Parcel};
use crate::outbox::{self, Answers, Letter, Post, Routes};
use crate::staff;
use crate::web::Subjects;
use crate::words;

/// The first line says so many characters of a notice.
const TITLE: usize = 60;

/// The ways out of the house, for notices.
struct ByOutbox {
    routes: Routes,
}

/// The room of notices with its way out of the house.
pub(super) fn notices(
    outbound: &Outbound,
    subjects: Subjects,
    language: Language,
    url: &str,
) -> notices::Room {
    let by_outbox: Arc<dyn Deliver> = Arc::new(ByOutbox { routes: outbound.routes.clone() });
    notices::Room::new(subjects, vec![by_outbox], language, url)
}

impl ByOutbox {
    /// What a person is told. The first time it goes by the first of their ways, and by the others
    /// where that one fails; whoever was silent is told by all of them.
    fn letter(parcel: &Parcel) -> Letter {
        let l = words::of(parcel.language);
        // robots are on other people's machines
        let text = masked_in(&parcel.text);
        let title: String = text.chars().take(TITLE).collect();
        let whole = title.len() == text.len();
        let title = if whole { title } else { format!("{title}…") };
        let title = if parcel.must_ack {
            l.notices_out_answer(title).to_string()
        } else {
            l.notices_out_know(title).to_string()
        };
        let again = (parcel.asked > 1).then(|| l.notices_out_again(parcel.asked).to_string());
        let answer = parcel.must_ack.then(|| l.notices_out_how().to_string());
        let body = [again, (!whole).then_some(text), answer].into_iter().flatten();
        Letter {
            about: notices::store::subject(parcel.notice),
            event: if parcel.asked > 1 { "asked_again" } else { "sent" }.to_owned(),
            title,
            body: body.collect::<Vec<_>>().join("\n"),
            link: Some(parcel.link.clone()),
            button: parcel.must_ack.then(|| l.notices_ack().to_string()),
            urgent: false,
            everywhere: parcel.must_ack && (parcel.asked > 1 || parcel.kind == notices::OVERDUE),
        }
    }
}

impl Deliver for ByOutbox {
    fn deliver<'t>(&'t self, tx: &'t mut Tx, parcel: Parcel) -> BoxFuture<'t, db::Result<()>> {
        async move {
            // what is said of a fault goes out by itself, with an answer of its own
            let by_itself = faults::BY_ITSELF.contains(&parcel.kind.as_str()) && parcel.asked == 1;
            if parcel.kind == alarms::ALERT || by_itself {
                return Ok(());
            }
            let to = parcel.to;
            let held: Option<Roles> = staff::store::roles_of_in(tx, to).await?;
            let Some(roles) = held else { return Ok(()) };
            // what waits says the same, and its link answers the same
            let about = notices::store::subject(parcel.notice);
            outbox::store::withdraw_from(tx, &about, Some(to)).await?;
            let letter = Self::letter(&parcel);
            self.routes.post(tx, &Post { to, roles, letter }).await.map(drop)
        }
        .boxed()
    }

    fn withdraw<'t>(
        &'t self,
        tx: &'t mut Tx,
        notice: NoticeId,
        from: Option<StaffId>,
    ) -> BoxFuture<'t, db::Result<()>> {
        async move {
            let about = notices::store::subject(notice);
            outbox::store::withdraw_from(tx, &about, from).await
        }
        .boxed()
    }
}

/// A "1" from a telephone answers the notice it was sent.
pub(super) struct Heard;

impl Heard {
    /// For whoever listens to what telephones write back.
    pub(super) fn answers() -> Arc<dyn Answers> {
        Arc::new(Self)
    }
}

impl Answers for Heard {
    fn answered<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
        about: &'a str,
        by: StaffId,
    ) -> BoxFuture<'a, db::Result<bool>> {
        async move {
            let id = about.strip_prefix("notices/").and_then(|id| id.parse::<NoticeId>().ok());
            let Some(id) = id else { return Ok(false) };
            let given = db.write(Stamp { now, by: Some(by) }, move |tx| {
                async move { notices::store::ack(tx, id, by, Method::Sip, None).await }.boxed()
            });
            match given.await {
                Err(error) if error.is_refusal(notices::store::NOT_ASKED) => Ok(false),
                given => given,
            }
        }
        .boxed()
    }
}
