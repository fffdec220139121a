//! The answer link in a message about a fault or an order: looking at it shows one button and answers nothing, for
//! previews look at links too; pressing the button answers, for the one it was sent to.

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use serde::Serialize;

use super::super::desk::fault_said;
use super::super::order;
use super::super::store::links::{self, Link};
use super::super::store::{self, offers, orders};
use super::{Panel, hidden, say};
use crate::directory::store::restricted::closed_to_all;
use crate::kernel::Moment;
use crate::web::{At, Frame, Place, Problem, Want, fingerprint};

/// A key is 43 characters; nothing longer is looked up.
const LONGEST: usize = 64;

/// What one is asked.
#[derive(Template, Serialize)]
#[template(path = "tickets/answer.html")]
struct AnswerPage {
    #[serde(skip)]
    frame: Frame,
    #[serde(skip)]
    key: String,
    about: String,
    /// Who is asked.
    name: String,
    title: String,
    text: String,
    sent_at: Moment,
    answered_at: Option<Moment>,
    /// It is somebody else's by now, was taken back, or is done.
    over: bool,
    /// How it stands, in words, where it is over.
    #[serde(skip)]
    state: String,
    /// Where to go on from here.
    #[serde(skip)]
    more: String,
    /// The button takes an order on; else it says that a message was seen.
    takes: bool,
}

async fn keyed(want: &Want, key: &str) -> Result<Link, Problem> {
    if key.len() > LONGEST {
        return Err(Problem::not_found());
    }
    let found = links::by_key(&want.kit.db, &fingerprint(key)).await?;
    found.ok_or_else(Problem::not_found)
}

/// An order as it is offered.
async fn of_order(want: &Want, key: String, link: Link, no: &str) -> Result<AnswerPage, Problem> {
    let (db, l) = (&want.kit.db, want.messages());
    let one = orders::by_no(db, no).await?.ok_or_else(Problem::not_found)?;
    let mut ticket = store::by_id(db, one.ticket_id).await?.ok_or_else(Problem::not_found)?;
    // it is not known who holds the key
    hidden::clear(&mut ticket, &closed_to_all(db).await?);
    let offers = offers::offers(db, one.id).await?;
    let open = offers.iter().find(|offer| offer.state == "open" && offer.staff_id == link.staff_id);
    let until = open.map(|offer| want.spelling().minute(offer.answer_by)).unwrap_or_default();
    let (symptom, company) = (ticket.symptom.as_str(), ticket.company.as_str());
    let text = if until.is_empty() {
        fault_said(&ticket).to(want.language).to_owned()
    } else {
        l.tickets_tell_offer_text(symptom, company, ticket.place.as_str(), until).to_string()
    };
    Ok(AnswerPage {
        title: match (link.answered_at.is_some(), open.is_some()) {
            (true, _) => l.tickets_tell_accepted(no).to_string(),
            (false, true) => l.tickets_tell_offer(no, ticket.priority).to_string(),
            (false, false) => no.to_owned(),
        },
        more: "/my/jobs".to_owned(),
        text,
        over: link.answered_at.is_none() && open.is_none(),
        state: say::order_state(&l, one.state),
        takes: one.state == order::State::Issued,
        key,
        about: link.about,
        name: link.name,
        sent_at: link.made_at,
        answered_at: link.answered_at,
        frame: want.frame(Place::Elsewhere),
    })
}

/// A fault and what became of it.
async fn of_fault(want: &Want, key: String, link: Link, no: &str) -> Result<AnswerPage, Problem> {
    let (db, l) = (&want.kit.db, want.messages());
    let mut ticket = store::by_no(db, no).await?.ok_or_else(Problem::not_found)?;
    let closed = closed_to_all(db).await?;
    hidden::clear(&mut ticket, &closed);
    let title = match link.event.as_str() {
        "nobody" => l.tickets_tell_nobody(no, ticket.priority).to_string(),
        "help" => l.tickets_tell_helped(no).to_string(),
        "consult" => l.tickets_tell_consult(no).to_string(),
        _ => l.tickets_tell_late(no, ticket.priority).to_string(),
    };
    let mut text = fault_said(&ticket).to(want.language).to_owned();
    if link.event == "consult" {
        // what was asked of them is the newest question that stands beside the fault
        let notes = store::notes(db, ticket.id).await?;
        let asked = notes
            .into_iter()
            .rev()
            .find(|one| one.kind == "consult" && one.text.starts_with(&link.name));
        text = asked.map(|one| format!("{}\n{text}", closed.text(&one.text))).unwrap_or(text);
    }
    Ok(AnswerPage {
        title,
        more: format!("/faults/{no}"),
        text,
        over: false,
        state: say::state(&l, ticket.state),
        takes: false,
        key,
        about: link.about,
        name: link.name,
        sent_at: link.made_at,
        answered_at: link.answered_at,
        frame: want.frame(Place::Elsewhere),
    })
}

async fn page(want: &Want, key: String, link: Link) -> Result<Response, Problem> {
    let about = link.about.clone();
    let page = match about.split_once('/') {
        Some(("work-orders", no)) => of_order(want, key, link, no).await?,
        Some((_, no)) => of_fault(want, key, link, no).await?,
        None => return Err(Problem::not_found()),
    };
    want.keyed_page(&page)
}

pub(super) async fn show(want: Want, At(key): At<String>) -> Result<Response, Problem> {
    let link = keyed(&want, &key).await?;
    page(&want, key, link).await
}

pub(super) async fn answer(
    Given(panel): Given<Panel>,
    want: Want,
    At(key): At<String>,
) -> Result<Response, Problem> {
    let link = keyed(&want, &key).await?;
    panel.desk.answered(want.now, &link.about, link.staff_id).await?;
    let link = keyed(&want, &key).await?;
    page(&want, key, link).await
}
