//! What waits for a supervisor's or manager's word, and their answer.

use askama::Template;
use axum::response::Response;
use serde::Serialize;

use super::super::super::acts::Command;
use super::super::super::booking::Booking;
use super::super::super::doing::{self, Answered, Deed, Petition, Pointed};
use super::super::super::series::Reach;
use super::super::super::store::{self, acts as kept};
use super::super::say::{called, refused};
use super::super::view::people;
use super::super::{APPROVERS, DECIDING};
use super::{Why, actor, done};
use crate::kernel::{Moment, StaffId};
use crate::rooms::{House, yuan};
use crate::web::{At, Frame, Input, Place, Problem, Reader, Want};
use crate::words::{Messages, change_of};

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
    /// When the guests come, in words.
    #[serde(skip)]
    comes: String,
}

pub(in crate::bookings::web) async fn approvals(
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.may(DECIDING)?;
    let db = &want.kit.db;
    let (house, names) = (crate::rooms::store::house(db).await?, people(&want).await?);
    let l = want.messages();
    let mut items = Vec::new();
    for asked in kept::asked(db).await? {
        let Some(booking) = store::by_id(db, asked.booking_id).await? else { continue };
        let said = said(&want, &house, &booking, (asked.command.as_str(), true)).await?;
        items.push(Request {
            id: asked.id,
            what: reader.closed.text(&format!("{} {said}", called(&l, &booking))),
            comes: want.spelling().moment(booking.starts_at),
            no: booking.no,
            asked_at: asked.asked_at,
            asked_by: asked.asked_by.and_then(|id| names.get(&id).cloned()),
            when: want.spelling().minute(asked.asked_at),
        });
    }
    let may = reader.roles.has_any(APPROVERS);
    want.page(&ApprovalsPage { frame: want.frame(Place::Bookings), items, next: None, may })
}

/// What is asked for, as whoever decides has to know it: from where to where, when, and what the house loses by it.
/// Once it was answered the party may be elsewhere, so then it is only said where they were to go.
async fn said(
    want: &Want,
    house: &House,
    booking: &Booking,
    (command, waits): (&str, bool),
) -> Result<String, Problem> {
    let l = want.messages();
    let (db, day) = (&want.kit.db, &want.kit.day);
    Ok(match serde_json::from_str::<Petition>(command) {
        Ok(Petition::One(Command::Change { from, to, starts_at, minutes, despite })) => {
            let segments = store::segments_of(db, &[booking.id]).await?;
            let live = segments.iter().find(|one| one.is_live()).filter(|_| waits);
            let here = live.map(|one| one.room_id);
            let (from, at) = (from.or(here), starts_at.unwrap_or(booking.starts_at));
            let mut parts = Vec::new();
            if let (Some(from), Some(to)) = (from, to) {
                parts.push(format!("{}→{}", house.name(from), house.name(to)));
                let spend = |room| yuan(house.min_spend(day, room, at));
                parts.push(l.bookings_spend_falls(spend(from), spend(to)).to_string());
            } else if let Some(to) = to {
                parts.push(format!("→{}", house.name(to)));
            }
            parts.extend(starts_at.map(|at| want.spelling().minute(at)));
            parts.extend(minutes.map(|many| l.bookings_for_minutes(many).to_string()));
            parts.extend(despite);
            parts.join(&l.layout_dot().to_string())
        }
        Ok(Petition::One(Command::Swap { with, .. })) => {
            let other = store::by_id(db, with).await?;
            let other = other.map(|other| called(&l, &other)).unwrap_or_default();
            format!("{} {other}", l.bookings_swap())
        }
        Ok(Petition::One(Command::Cancel { reason })) => {
            format!("{}{}{reason}", l.bookings_cancel(), l.layout_dot())
        }
        Ok(Petition::Series { series }) => of_series(&l, house, &series),
        Ok(Petition::One(_)) | Err(_) => l.bookings_edit().to_string(),
    })
}

/// What waits for somebody's word about one booking.
pub(in crate::bookings::web) async fn waiting(
    want: &Want,
    house: &House,
    booking: &Booking,
) -> Result<Vec<String>, Problem> {
    let mut waits = Vec::new();
    for asked in kept::asked(&want.kit.db).await? {
        if asked.booking_id == booking.id {
            waits.push(said(want, house, booking, (asked.command.as_str(), true)).await?);
        }
    }
    Ok(waits)
}

/// A line of a booking's history: that something was asked for, or what came of it.
pub(in crate::bookings::web) struct Asking {
    /// `approval-7-asked`.
    pub(in crate::bookings::web) mark: String,
    pub(in crate::bookings::web) at: Moment,
    pub(in crate::bookings::web) said: String,
    pub(in crate::bookings::web) by: Option<StaffId>,
}

/// What was asked for on a booking with its reason, and how and why it was answered; the newest first.
pub(in crate::bookings::web) async fn history(
    want: &Want,
    house: &House,
    booking: &Booking,
) -> Result<Vec<Asking>, Problem> {
    let l = want.messages();
    let mut lines = Vec::new();
    for one in kept::asked_of(&want.kit.db, booking.id).await? {
        if let Some(at) = one.answered_at {
            let answered = if one.state == "granted" {
                l.bookings_approval_granted().to_string()
            } else {
                change_of(&l, "booking", "approval_refused")
            };
            let said = match one.why.as_str() {
                "" => answered,
                why => format!("{answered}{}{why}", l.layout_dot()),
            };
            let mark = format!("approval-{}-answered", one.id);
            lines.push(Asking { mark, at, said, by: one.answered_by });
        }
        let what = said(want, house, booking, (one.command.as_str(), one.state == "asked")).await?;
        let asked = change_of(&l, "booking", "approval_asked");
        lines.push(Asking {
            mark: format!("approval-{}-asked", one.id),
            at: one.asked_at,
            said: format!("{asked}{}{what}", l.layout_dot()),
            by: one.asked_by,
        });
    }
    Ok(lines)
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
    Input(why): Input<Why>,
) -> Result<Response, Problem> {
    answered(&want, &reader, id, (true, why)).await
}

pub(in crate::bookings::web) async fn refuse(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
    Input(why): Input<Why>,
) -> Result<Response, Problem> {
    answered(&want, &reader, id, (false, why)).await
}

async fn answered(
    want: &Want,
    reader: &Reader,
    id: i64,
    (granted, Why { reason, .. }): (bool, Why),
) -> Result<Response, Problem> {
    reader.may(APPROVERS)?;
    let (db, stamp, why) = (&want.kit.db, want.stamp(), reason.unwrap_or_default());
    match doing::answer(db, stamp, actor(want, reader), id, granted, &why).await? {
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
