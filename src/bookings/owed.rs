//! What somebody owes a guest: a call to one who is late, a call to one who waits, a hand to a greeter.
//! Each is a follow-up of the house.

use std::collections::BTreeMap;

use serde::Serialize;

use super::booking::{Booking, State};
use super::store::waiting;
use super::waitlist::Entry;
use super::world::World;
use crate::db::{Db, Result, Tx};
use crate::followups::store as follow_ups;
use crate::followups::{Assignee, AttemptOutcome, Ladder, NewFollowUp, Target};
use crate::kernel::{Moment, Role, RoomId, StaffId};
use crate::notices::{self, NewNotice, Recipients};
use crate::words::Said;

const RECALL: &str = "recall";
const APPROVAL: &str = "approval";
const CHASE: &str = "chase";
const HELP: &str = "help";

/// A late guest is phoned within so long, or the supervisor is told.
const CHASE_MS: i64 = 5 * 60_000;
/// A decision is made within so long, or the head is told.
const DECIDE_MS: i64 = 10 * 60_000;
/// Help comes within so long, or the manager is told.
const HELP_MS: i64 = 2 * 60_000;

fn of_booking(no: &str) -> String {
    format!("bookings/{no}")
}

/// Somebody phones the one a room is kept for, while it is kept.
pub(super) async fn recall(
    tx: &mut Tx,
    world: &World,
    entry: &Entry,
    room: RoomId,
    start: Moment,
    until: Moment,
) -> Result<()> {
    let clock = start.utc().with_timezone(&world.day.zone).format("%H:%M");
    let what = format!("{} {} {clock}", entry.name, world.house.name(room));
    let new = NewFollowUp::new(RECALL, Assignee::Role(Role::Operator), until)
        .about(waiting::subject(entry.id))
        .title(what);
    follow_ups::open(tx, new).await.map(drop)
}

/// Nobody needs to phone any more.
pub(super) async fn recall_over(tx: &mut Tx, entry: i64, how: &str) -> Result<()> {
    follow_ups::close_about(tx, &waiting::subject(entry), RECALL, how).await
}

/// A supervisor decides, or the head is told. Somebody waits on the line for it: the supervisors on duty are told
/// at once, wherever in the panel they are.
pub(super) async fn approval(tx: &mut Tx, booking: &Booking) -> Result<()> {
    let due = tx.now().plus_millis(DECIDE_MS);
    let new = NewFollowUp::new(APPROVAL, Assignee::Role(Role::Supervisor), due)
        .about(of_booking(&booking.no))
        .title(format!("{} {}", booking.name, booking.no))
        .ladder(Ladder::to_role(0, Role::Manager).then(DECIDE_MS, Target::Role(Role::Head)));
    let id = follow_ups::open(tx, new).await?;
    let said = Said::of(|l| l.bookings_tell_asked(booking.called_in(l)).to_string());
    tell(tx, APPROVAL, &follow_ups::subject(id), said, Role::Supervisor).await
}

/// It was decided.
pub(super) async fn approval_over(tx: &mut Tx, no: &str, how: &str) -> Result<()> {
    follow_ups::close_about(tx, &of_booking(no), APPROVAL, how).await
}

/// Whoever asked for it is told what was decided and why: they have somebody on the line, or have promised a call.
pub(super) async fn decided(
    tx: &mut Tx,
    booking: &Booking,
    asked_by: Option<StaffId>,
    (granted, why): (bool, &str),
) -> Result<()> {
    let Some(who) = asked_by.filter(|who| tx.by() != Some(*who)) else { return Ok(()) };
    let said = Said::of(|l| {
        let what = booking.called_in(l);
        let told =
            if granted { l.bookings_tell_granted(what) } else { l.bookings_tell_refused(what) };
        if why.is_empty() { told.to_string() } else { format!("{told}{}{why}", l.layout_dot()) }
    });
    let to = Recipients::People(vec![who]);
    let told = NewNotice::to_be_known(APPROVAL, said.cut(500), to).about(of_booking(&booking.no));
    notices::store::send(tx, told.superseding()).await.map(drop)
}

/// Somebody phones a guest who is late; once, until the guest has come, was reached or gave up.
pub(super) async fn chase(tx: &mut Tx, booking: &Booking) -> Result<()> {
    let about = of_booking(&booking.no);
    if !follow_ups::open_about(tx, &about, CHASE).await?.is_empty() {
        return Ok(());
    }
    let due = tx.now().plus_millis(CHASE_MS);
    let new = NewFollowUp::new(CHASE, Assignee::Role(Role::Operator), due)
        .about(about)
        .title(format!("{} {}", booking.name, booking.no))
        .ladder(Ladder::to_role(CHASE_MS, Role::Supervisor));
    follow_ups::open(tx, new).await.map(drop)
}

/// What follows for a late guest's call from a change of the booking.
pub(super) async fn chased(tx: &mut Tx, before: Option<&Booking>, now: &Booking) -> Result<()> {
    let expected = now.eta_at.is_some() && before.is_none_or(|before| before.eta_at != now.eta_at);
    let moved = before.is_some_and(|before| before.starts_at != now.starts_at);
    if now.state == State::Booked && !expected && !moved {
        return Ok(());
    }
    let how = if expected || moved { "eta" } else { now.state.name() };
    follow_ups::close_about(tx, &of_booking(&now.no), CHASE, how).await
}

/// Somebody tried to reach a late guest: who was reached is called no more until they are late again,
/// who was not is tried again when the booking falls due.
pub(super) async fn tried(tx: &mut Tx, booking: &Booking, answered: bool) -> Result<()> {
    let about = of_booking(&booking.no);
    let again = booking.due_at.filter(|at| !answered && *at > tx.now());
    let outcome = if answered { AttemptOutcome::Reached } else { AttemptOutcome::NoAnswer };
    for id in follow_ups::open_about(tx, &about, CHASE).await? {
        follow_ups::attempt(tx, id, outcome, "", again).await?;
    }
    if answered { follow_ups::close_about(tx, &about, CHASE, "reached").await } else { Ok(()) }
}

/// A greeter needs help with a room: the operators on duty are told at once, the manager where it is
/// not seen to in time. Asked again for the same room it stays one thing to do: what was asked more is
/// written to it, and the operators are told anew.
pub(super) async fn help(tx: &mut Tx, room: RoomId, name: &str, words: &str) -> Result<()> {
    let (about, words) = (format!("rooms/{room}"), words.trim());
    let open = follow_ups::open_about(tx, &about, HELP).await?;
    let (id, title) = if let Some(id) = open.first() {
        let title = with_more(&follow_ups::locked(tx, *id).await?.title, words);
        follow_ups::ask_more(tx, *id, &title, "asked_for_help").await?;
        (*id, title)
    } else {
        // words that say which room it is stand alone
        let told = words.split(|sign: char| !sign.is_alphanumeric()).any(|word| word == name);
        let title = if told { words.to_owned() } else { format!("{name} {words}") };
        let title = title.trim().to_owned();
        let due = tx.now().plus_millis(HELP_MS);
        let new = NewFollowUp::new(HELP, Assignee::Role(Role::Operator), due)
            .about(about)
            .title(title.clone())
            .ladder(Ladder::to_role(0, Role::Manager));
        (follow_ups::open(tx, new).await?, title)
    };
    let said = Said::of(|l| {
        let (what, again) = (title.as_str(), !open.is_empty());
        if again { l.bookings_tell_help_again(what) } else { l.bookings_tell_help(what) }
            .to_string()
    });
    tell(tx, HELP, &follow_ups::subject(id), said, Role::Operator).await
}

/// What was asked, with what is asked more.
fn with_more(title: &str, words: &str) -> String {
    if words.is_empty() || title.contains(words) {
        title.to_owned()
    } else {
        format!("{title}·{words}")
    }
}

/// Help that was asked for and that nobody has brought yet.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Help {
    /// What was asked for; the room's name alone where nothing was said.
    pub(super) words: String,
    /// Since when.
    pub(super) since: Moment,
}

/// The rooms with which help is awaited.
pub(super) async fn helps(db: &Db) -> Result<BTreeMap<RoomId, Help>> {
    let open = follow_ups::open_of_kind(db, HELP, 200).await?;
    let one = |listed: follow_ups::Listed| {
        let known = listed.follow_up;
        let room = known.about.as_deref()?.strip_prefix("rooms/")?.parse().ok()?;
        Some((RoomId(room), Help { words: known.title, since: known.opened_at }))
    };
    Ok(open.into_iter().filter_map(one).collect())
}

/// Tells those of a role of something to do, in place of what was told of it before; it is settled once that
/// is done.
async fn tell(tx: &mut Tx, kind: &'static str, about: &str, said: Said, to: Role) -> Result<()> {
    let new = NewNotice::to_be_answered(kind, said.cut(500), Recipients::Role(to))
        .about(about.to_owned())
        .ladder(notices::Ladder::only_ask())
        .superseding();
    notices::store::send(tx, new).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_more_is_added_once() {
        assert_eq!(with_more("A1 加椅子", "再要一瓶水"), "A1 加椅子·再要一瓶水");
        assert_eq!(with_more("A1 加椅子", "加椅子"), "A1 加椅子");
        assert_eq!(with_more("A1 加椅子", ""), "A1 加椅子");
    }
}
