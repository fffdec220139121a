//! Refusals and states in the reader's words: every refusal of a room names who has it, and what else
//! there is.

use axum::http::StatusCode;
use serde_json::json;

use super::super::booking::{Booking, Source, State};
use super::super::refusal::Refusal;
use super::super::store;
use super::super::waitlist::Standing;
use crate::claims::{Kind, Taken};
use crate::db;
use crate::kernel::{Closed, Moment, RoomId, StaffId};
use crate::rooms::{House, yuan};
use crate::web::{Problem, Want};
use crate::words::{Messages, Spelling};

/// Name and party in the reader's language: `王先生 8位`.
pub(in crate::bookings) fn called(l: &Messages, booking: &Booking) -> String {
    booking.called_in(l)
}

/// The word for a state.
pub(in crate::bookings) fn state(l: &Messages, state: State) -> String {
    match state {
        State::Booked => l.bookings_state_booked(),
        State::Arrived => l.bookings_state_arrived(),
        State::InRoom => l.bookings_state_in_room(),
        State::Departed => l.bookings_state_departed(),
        State::Cancelled => l.bookings_state_cancelled(),
        State::NoShow => l.bookings_state_no_show(),
        State::LeftUnseated => l.bookings_state_left(),
    }
    .to_string()
}

/// The word for a state by its name in the store; the name itself where it is none of ours.
pub fn state_by_name(l: &Messages, name: &str) -> String {
    State::from_name(name).map_or_else(|| name.to_owned(), |known| state(l, known))
}

/// The word for how guests came, by its name in the store.
pub fn source_by_name(l: &Messages, name: &str) -> String {
    Source::from_name(name).map_or_else(|| name.to_owned(), |known| source(l, known))
}

/// The tint of a state's tag.
pub(in crate::bookings) const fn tint(state: State) -> &'static str {
    match state {
        State::Booked => "ti",
        State::Arrived => "ta",
        State::InRoom => "t1",
        State::NoShow => "t3",
        State::Departed | State::Cancelled | State::LeftUnseated => "",
    }
}

/// The word for how guests came.
pub(in crate::bookings) fn source(l: &Messages, source: Source) -> String {
    match source {
        Source::SelfCome => l.bookings_source_self(),
        Source::Staff => l.bookings_source_staff(),
        Source::Online => l.bookings_source_online(),
        Source::WalkIn => l.bookings_source_walk_in(),
    }
    .to_string()
}

/// The word for where somebody who waits stands.
pub(super) fn standing(l: &Messages, standing: Standing) -> String {
    match standing {
        Standing::Waiting => l.bookings_wait_waiting(),
        Standing::Offered => l.bookings_wait_offered(),
        Standing::Accepted => l.bookings_wait_accepted(),
        Standing::Closed => l.bookings_wait_closed(),
        Standing::Expired => l.bookings_wait_expired(),
        Standing::Cancelled => l.bookings_wait_cancelled(),
    }
    .to_string()
}

/// The word for why something is taken.
pub(in crate::bookings) fn kind(l: &Messages, kind: Kind) -> String {
    match kind {
        Kind::Hold => l.rooms_taken_hold(),
        Kind::Booking => l.rooms_taken_booking(),
        Kind::Viewing => l.rooms_taken_viewing(),
        Kind::OutOfOrder => l.rooms_taken_out_of_order(),
        Kind::Internal => l.rooms_taken_internal(),
        Kind::Option => l.rooms_taken_option(),
        Kind::Appointment => l.rooms_taken_appointment(),
    }
    .to_string()
}

/// Who has a room, or what somebody is at, with names looked up.
struct Holder {
    room: String,
    /// The person, where it is a person's time that is taken.
    person: Option<String>,
    span: String,
    kind: Kind,
    who: String,
    since: Option<Moment>,
    at: String,
    what: String,
}

impl Holder {
    /// Who has it, for what and until when, as a refusal of this code says it.
    fn says(&self, l: &Messages, code: &str) -> String {
        let Self { room, person, span, kind: held, who, at, what, .. } = self;
        let (kept, held) = (*held == Kind::Hold, kind(l, *held));
        let by = format!("{who} {at}");
        // of a person it is said what they are at, of a room who has it
        let room = person.as_ref().unwrap_or(room);
        let said = match code {
            _ if person.is_some() && !what.is_empty() => {
                l.bookings_not_back(room.as_str(), at.as_str(), what.as_str())
            }
            "looking" => l.bookings_looking(room.as_str(), who.as_str()),
            "runs_into" => l.bookings_runs_into(room.as_str(), span.as_str(), what.as_str()),
            _ if what.is_empty() => {
                l.bookings_taken_by(room.as_str(), span.as_str(), by.as_str(), held)
            }
            // kept while somebody who waits is phoned: nobody has booked it yet
            _ if kept => {
                l.bookings_taken_kept(room.as_str(), span.as_str(), what.as_str(), by.as_str())
            }
            _ => l.bookings_taken_for(room.as_str(), span.as_str(), by.as_str(), what.as_str()),
        };
        said.to_string()
    }
}

/// Who has a room and until when, as a save would be refused with.
pub(super) async fn had(want: &Want, house: &House, taken: &Taken) -> String {
    let code = if taken.kind.is_soft() { "looking" } else { "taken" };
    holder(want, house, taken).await.says(&want.messages(), code)
}

async fn holder(want: &Want, house: &House, taken: &Taken) -> Holder {
    let spelling = want.spelling();
    let room = taken.resource.room_id().map(|id| house.name(id)).unwrap_or_default();
    let l = want.messages();
    let unread = || l.bookings_unread().to_string();
    let person = named(want, taken.resource.person_id()).await;
    let what = what(want, house, taken).await;
    // a booking is whose who wrote it, also where its room was kept or taken by somebody else first
    let written = what.as_ref().ok().and_then(|what| what.written);
    let since = written.map(|(_, at)| at).or(taken.since);
    let by = named(want, written.and_then(|(by, _)| by).or(taken.by_staff)).await;
    let system = || l.bookings_by_house().to_string();
    Holder {
        room,
        person: person.unwrap_or_else(|Unread| Some(unread())),
        span: span(spelling, want.now, taken.from_at, taken.to_at),
        kind: taken.kind,
        who: by.map_or_else(|Unread| unread(), |by| by.unwrap_or_else(system)),
        since,
        at: since.map(|at| when(spelling, want.now, at)).unwrap_or_default(),
        what: what.map_or_else(|Unread| unread(), |what| closed(want).text(&what.said)),
    }
}

/// Who has it could not be read: that is not nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unread;

/// What a look-up found; one that failed is written to the log.
fn looked_up<T>(found: db::Result<Option<T>>) -> Result<Option<T>, Unread> {
    found.map_err(|error| {
        tracing::error!(reason = %error, "who has a room could not be read");
        Unread
    })
}

/// What something is taken for.
#[derive(Default)]
struct What {
    /// In words; empty where it is nothing of which there is a record.
    said: String,
    /// Who wrote the booking, and when, where it is one.
    written: Option<(Option<StaffId>, Moment)>,
}

impl What {
    fn of(said: String) -> Self {
        Self { said, written: None }
    }
}

async fn what(want: &Want, house: &House, taken: &Taken) -> Result<What, Unread> {
    let (db, l) = (&want.kit.db, want.messages());
    let Some(owner) = taken.owner.as_ref() else { return Ok(What::default()) };
    if let Some(id) = owner.booking_id()
        && let Some(booking) = looked_up(store::by_id(db, id).await)?
    {
        let said = format!("{} {}", booking.no, called(&l, &booking));
        return Ok(What { said, written: Some((booking.handled_by, booking.created_at)) });
    }
    if let Some(id) = owner.viewing_id()
        && let Some(shown) = looked_up(store::banquets::viewing(db, id).await)?
    {
        let room = house.name(shown.room_id);
        return Ok(What::of(l.bookings_shows(shown.name.as_str(), room).to_string()));
    }
    if let Some(id) = owner.waitlist_id()
        && let Some(waits) = looked_up(store::waiting::one(db, id).await)?
    {
        return Ok(What::of(format!("{} {}", l.bookings_waitlist(), waits.name)));
    }
    Ok(What::default())
}

/// The numbers that are not told to whoever asks.
pub(super) fn closed(want: &Want) -> Closed {
    want.reader.as_ref().map(|reader| reader.closed.clone()).unwrap_or_default()
}

/// What somebody is called.
async fn named(want: &Want, id: Option<StaffId>) -> Result<Option<String>, Unread> {
    let Some(id) = id else { return Ok(None) };
    let person = looked_up(crate::staff::store::by_id(&want.kit.db, id).await)?;
    Ok(person.map(|person| person.name))
}

/// The time of day, with the day where it is not within half a day.
pub(super) fn when(spelling: Spelling, now: Moment, at: Moment) -> String {
    let near = at.millis_since(now).abs() < 12 * 3_600_000;
    if near { spelling.minute(at) } else { spelling.moment(at) }
}

fn span(spelling: Spelling, now: Moment, from: Moment, to: Moment) -> String {
    format!("{}–{}", when(spelling, now, from), spelling.minute(to))
}

/// A refusal as the answer to a request.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike")]
pub(super) async fn refused(want: &Want, refusal: Refusal) -> Problem {
    let house = match crate::rooms::store::house(&want.kit.db).await {
        Ok(house) => house,
        Err(error) => return error.into(),
    };
    match refusal {
        Refusal::Taken(taken) => in_the_way(want, &house, &taken, "taken").await,
        Refusal::Looking(taken) => in_the_way(want, &house, &taken, "looking").await,
        Refusal::RunsInto(taken) => in_the_way(want, &house, &taken, "runs_into").await,
        Refusal::Field(field, wrong) => Problem::rules().field(field, move |l| wrong.say(l)),
        Refusal::Stale => conflict("stale", |l| l.bookings_stale().to_string()),
        Refusal::Changed => conflict("changed", |l| l.bookings_changed().to_string()),
        Refusal::TooLate => conflict("too_late", |l| l.bookings_too_late().to_string()),
        Refusal::LowerSpend(before, after) => {
            let (before, after) = (yuan(before), yuan(after));
            approval("lower_spend", move |l| {
                l.bookings_lower_spend(before.as_str(), after.as_str()).to_string()
            })
        }
        Refusal::LateCancel => approval("late_cancel", |l| l.bookings_late_cancel().to_string()),
        other => {
            let (spelling, house) = (want.spelling(), house);
            let code = code(&other);
            let closed = closed(want);
            let detail = move |l: &Messages| closed.text(&rule(l, &house, spelling, &other));
            let title = |l: &Messages| l.bookings_refused().to_string();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", title, detail)
                .current(&json!({ "refusal": code }))
        }
    }
}

fn conflict(
    code: &'static str,
    detail: impl Fn(&Messages) -> String + Send + Sync + 'static,
) -> Problem {
    let title = |l: &Messages| l.bookings_refused().to_string();
    Problem::new(StatusCode::CONFLICT, code, title, detail).current(&json!({ "refusal": code }))
}

fn approval(
    code: &'static str,
    detail: impl Fn(&Messages) -> String + Send + Sync + 'static,
) -> Problem {
    let title = |l: &Messages| l.bookings_needs_approval().to_string();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "needs_approval", title, detail)
        .current(&json!({ "refusal": code, "needs_approval": true }))
}

async fn in_the_way(want: &Want, house: &House, taken: &Taken, code: &'static str) -> Problem {
    let holder = holder(want, house, taken).await;
    let known = json!({
        "refusal": code,
        "taken": {
            "room": holder.room, "from_at": taken.from_at, "to_at": taken.to_at,
            "kind": taken.kind, "by": holder.who, "since": holder.since, "what": holder.what,
            "person": holder.person,
        },
    });
    let title = |l: &Messages| l.bookings_taken().to_string();
    let detail = move |l: &Messages| holder.says(l, code);
    Problem::new(StatusCode::CONFLICT, code, title, detail).current(&known)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike")]
fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotNow(_) => "not_now",
        Refusal::NotReady(_) => "not_ready",
        Refusal::OutOfService(_) => "out_of_service",
        Refusal::Occupied(..) => "occupied",
        Refusal::TooSmall(..) => "too_small",
        Refusal::NoSeats(..) => "no_seats",
        Refusal::NoWall => "no_wall",
        Refusal::NotShared(_) => "not_shared",
        Refusal::Locked(_) => "locked",
        Refusal::StaysSelf => "stays_self",
        Refusal::NotLate(_) => "not_late",
        Refusal::NoAttempt => "no_attempt",
        Refusal::NoSuchRoom | Refusal::NoRoom => "no_room",
        Refusal::Until(_) => "until",
        Refusal::OtherDay => "other_day",
        Refusal::Reason => "reason",
        Refusal::Skipped(_) => "skipped",
        _ => "refused",
    }
}

fn rule(l: &Messages, house: &House, spelling: Spelling, refusal: &Refusal) -> String {
    let name = |id: &RoomId| house.name(*id);
    match refusal {
        Refusal::NotNow(now) => l.bookings_not_now(state(l, *now)),
        Refusal::NotReady(room) => {
            let ready = house.room(*room).map(|room| room.readiness.say(l)).unwrap_or_default();
            l.bookings_not_ready(name(room), ready)
        }
        Refusal::OutOfService(room) => l.bookings_out_of_service(name(room)),
        Refusal::Occupied(room, who, party) => {
            let who = l.bookings_called(who.as_str(), *party).to_string();
            l.bookings_occupied(name(room), who)
        }
        Refusal::TooSmall(room, most) => l.bookings_too_small(name(room), *most),
        Refusal::NoSeats(room, most, 0) => l.bookings_no_seats(name(room), *most),
        Refusal::NoSeats(room, most, there) => l.bookings_no_seats_left(name(room), *most, *there),
        Refusal::NoWall => l.bookings_no_wall(),
        Refusal::NotShared(room) => l.bookings_not_shared(name(room)),
        Refusal::Locked(since) => l.bookings_locked(spelling.minute(*since)),
        Refusal::StaysSelf => l.bookings_stays_self(),
        Refusal::NotLate(at) => l.bookings_not_late(spelling.minute(*at)),
        Refusal::NoAttempt => l.bookings_no_attempt(),
        Refusal::NoSuchRoom => l.bookings_no_such_room(),
        Refusal::NoRoom => l.bookings_no_room(),
        Refusal::Span => l.bookings_span(),
        Refusal::Until(at) => l.bookings_until(spelling.minute(*at)),
        Refusal::Itself => l.bookings_itself(),
        Refusal::OtherDay => l.bookings_other_day(),
        Refusal::Reason => l.bookings_reason_needed(),
        Refusal::Skipped(skipped) => {
            let wall = skipped.wall.format("%H:%M").to_string();
            l.bookings_skipped(wall, spelling.minute(skipped.next))
        }
        Refusal::Taken(_)
        | Refusal::Looking(_)
        | Refusal::RunsInto(_)
        | Refusal::Stale
        | Refusal::Changed
        | Refusal::TooLate
        | Refusal::LowerSpend(..)
        | Refusal::LateCancel
        | Refusal::Field(..) => l.bookings_refused(),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_up_that_failed_is_not_nobody() {
        assert_eq!(looked_up(Ok(Some(7))), Ok(Some(7)));
        assert_eq!(looked_up::<i64>(Ok(None)), Ok(None));
        assert_eq!(looked_up::<i64>(Err(db::Error::Refused("gone".to_owned()))), Err(Unread));
    }
}
