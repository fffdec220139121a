//! What is kept of follow-ups: opening, doing, closing, each as part of somebody's change.

mod change;
pub mod erase;
mod read;

use serde_json::json;

use super::followup::{Closing, FollowUp, Refusal};
use super::given::{Assignee, Attempt, AttemptOutcome, NewFollowUp};
use crate::db::{Change, Error, Result, Sql, Tx, statements};
use crate::kernel::{FollowUpId, Moment, Role, StaffId};

pub use change::{STATEMENTS as CHANGE_STATEMENTS, change, locked};
pub use read::{
    Filter, Listed, Page, STATEMENTS as READ_STATEMENTS, View, attempts, count_mine, follow_up,
    for_subject, for_subjects, mine, open_of_kind, page, to_do,
};

pub(super) use change::{due_in, save};
pub(super) use read::next_due;

statements! {
    /// A follow-up.
    ADD = "INSERT INTO follow_ups (kind, about, title, note, state, assignee_staff, assignee_role, opened_at, opened_by, due_at,
               remind_at, ladder, step_at, next_at, repeat_rule, follows)
           VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9, $10, $11, $9, $12, $13, $14) RETURNING id";
    /// Open ones of a kind about a record.
    OPEN_ABOUT = "SELECT id FROM follow_ups WHERE about = $1 AND kind = $2 AND closed_at IS NULL ORDER BY id";
    /// Open ones of a kind of which nobody above has been told yet: about what, and by when.
    UNTOLD = "SELECT about, due_at FROM follow_ups WHERE kind = $1 AND about IS NOT NULL AND closed_at IS NULL AND escalated_at IS NULL ORDER BY due_at, id LIMIT 100";
    /// One more attempt.
    ATTEMPT = "INSERT INTO follow_up_attempts (follow_up_id, seq, at, by_staff, outcome, note)
               SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5 FROM follow_up_attempts WHERE follow_up_id = $1";
}

/// The statements of every store file of this room, for the test that prepares them.
pub const REGISTER: &[&[(&str, Sql)]] =
    &[STATEMENTS, CHANGE_STATEMENTS, READ_STATEMENTS, erase::STATEMENTS];

/// The refusal of a title longer than 200 characters, or a note longer than 4000.
pub const TOO_LONG: &str = "follow_ups_too_long";
/// The refusal of a change that was made on an older version.
pub const STALE: &str = "follow_ups_stale";

/// Longer is no title, in characters.
pub const TITLE_MOST: usize = 200;
/// Longer is no note, in characters.
pub const NOTE_MOST: usize = 4_000;

/// The subject of a follow-up: `follow-ups/9`.
pub fn subject(id: FollowUpId) -> String {
    format!("follow-ups/{id}")
}

pub(super) fn record(
    tx: &mut Tx,
    id: FollowUpId,
    change: &'static str,
    version: i64,
    after: Option<serde_json::Value>,
) {
    let change = Change::new("follow_up", subject(id), change).version(version);
    tx.record(Change { after, ..change });
}

/// Opens a follow-up as part of a change.
pub async fn open(tx: &mut Tx, new: NewFollowUp) -> Result<FollowUpId> {
    open_after(tx, new, None).await
}

/// Opens one that comes back after `follows`.
pub(super) async fn open_after(
    tx: &mut Tx,
    new: NewFollowUp,
    follows: Option<FollowUpId>,
) -> Result<FollowUpId> {
    let (title, note) = (new.title.trim(), new.note.trim());
    if title.chars().count() > TITLE_MOST || note.chars().count() > NOTE_MOST {
        return Err(Error::Refused(TOO_LONG.to_owned()));
    }
    let (now, by) = (tx.now(), tx.by());
    let (staff, role) = match new.assignee {
        Assignee::Staff(staff) => (Some(staff), None),
        Assignee::Role(role) => (None, Some(role)),
    };
    let remind = new.remind_at.filter(|at| *at > now && *at < new.due_at);
    let next = remind.map_or(new.due_at, |at| at.min(new.due_at));
    let ladder = serde_json::to_string(&new.ladder).unwrap_or_else(|_| "[]".to_owned());
    let add = tx.q(ADD).bind(new.kind.as_ref()).bind(&new.about).bind(title).bind(note);
    let add = add.bind(staff).bind(role.map(Role::name)).bind(now).bind(by).bind(new.due_at);
    let add = add.bind(remind).bind(ladder).bind(next);
    let repeat = new.repeat.map(|repeat| repeat.to_string());
    let id: FollowUpId = add.bind(repeat).bind(follows).value().await?;
    let after = json!({
        "kind": new.kind, "about": new.about, "staff": staff, "role": role, "due_at": new.due_at,
    });
    record(tx, id, "opened", 1, Some(after));
    Ok(id)
}

/// Opens the next of a task that comes back.
pub(super) async fn again(tx: &mut Tx, one: &FollowUp, due_at: Moment) -> Result<FollowUpId> {
    let owner = one.role.map(Assignee::Role).or(one.staff.map(Assignee::Staff));
    let assignee = owner.unwrap_or(Assignee::Role(Role::Supervisor));
    let new = NewFollowUp {
        about: one.about.clone(),
        title: one.title.clone(),
        note: one.note.clone(),
        ladder: one.ladder.clone(),
        repeat: one.repeat,
        remind_at: Some(due_at.plus_millis(-24 * 60 * 60 * 1000)),
        ..NewFollowUp::new(one.kind.clone(), assignee, due_at)
    };
    open_after(tx, new, Some(one.id)).await
}

/// The open ones of a kind about a record, inside a change.
pub async fn open_about(tx: &mut Tx, about: &str, kind: &str) -> Result<Vec<FollowUpId>> {
    tx.q(OPEN_ABOUT).bind(about).bind(kind).values().await
}

/// The open ones of a kind of which nobody above has been told yet: about what, and by when they are owed.
pub async fn untold(tx: &mut Tx, kind: &str) -> Result<Vec<(String, Moment)>> {
    tx.q(UNTOLD).bind(kind).all().await
}

/// Closes as done every open one of a kind about a record; `result` says what came of it.
pub async fn close_about(tx: &mut Tx, about: &str, kind: &str, result: &str) -> Result<()> {
    for id in open_about(tx, about, kind).await? {
        close(tx, id, Closing::Done(result.to_owned())).await?;
    }
    Ok(())
}

/// Closes a follow-up as part of a change. One that is over stays as it is: false.
pub async fn close(tx: &mut Tx, id: FollowUpId, how: Closing) -> Result<bool> {
    let (now, by) = (tx.now(), tx.by());
    let mut follow_up = locked(tx, id).await?;
    let word = match how {
        Closing::Done(_) => "done",
        Closing::Dropped(_) => "dropped",
    };
    match follow_up.close(how, by, now) {
        Ok(()) => {
            save(tx, &mut follow_up, word, None).await?;
            crate::notices::store::close_about(tx, &subject(id)).await?;
            Ok(true)
        }
        Err(Refusal::Over) => Ok(false),
        Err(refusal) => Err(Error::Refused(refusal.to_string())),
    }
}

/// Notes an attempt; where it is to be tried again at a time, it sleeps until then.
pub async fn attempt(
    tx: &mut Tx,
    id: FollowUpId,
    outcome: AttemptOutcome,
    note: &str,
    again_at: Option<Moment>,
) -> Result<FollowUp> {
    let (now, by) = (tx.now(), tx.by());
    if note.chars().count() > NOTE_MOST {
        return Err(Error::Refused(TOO_LONG.to_owned()));
    }
    let mut follow_up = locked(tx, id).await?;
    if follow_up.state.is_over() {
        return Err(Error::Refused(Refusal::Over.to_string()));
    }
    let add = tx.q(ATTEMPT).bind(id).bind(now).bind(by).bind(outcome.word());
    add.bind(note.trim()).run().await?;
    if let Some(again) = again_at {
        follow_up.snooze(again, now).map_err(|refusal| Error::Refused(refusal.to_string()))?;
    }
    let after = json!({ "outcome": outcome, "again_at": again_at });
    save(tx, &mut follow_up, "attempted", Some(after)).await?;
    Ok(follow_up)
}

/// Somebody asks once more for what is open: its title says all that was asked.
pub async fn ask_more(
    tx: &mut Tx,
    id: FollowUpId,
    title: &str,
    change: &'static str,
) -> Result<()> {
    let mut one = locked(tx, id).await?;
    one.title = title.trim().chars().take(TITLE_MOST).collect();
    save(tx, &mut one, change, None).await
}

/// Somebody is at it from now on.
pub async fn take(
    tx: &mut Tx,
    id: FollowUpId,
    by: StaffId,
    now: Moment,
) -> Result<Result<(), Refusal>> {
    let mut one = locked(tx, id).await?;
    if let Err(refusal) = one.take(by, now) {
        return Ok(Err(refusal));
    }
    save(tx, &mut one, "taken", Some(json!({ "staff": by }))).await?;
    Ok(Ok(()))
}

/// Who was at it gives it back.
pub async fn give_back(tx: &mut Tx, id: FollowUpId) -> Result<Result<(), Refusal>> {
    let mut one = locked(tx, id).await?;
    if let Err(refusal) = one.give_back() {
        return Ok(Err(refusal));
    }
    save(tx, &mut one, "given_back", None).await?;
    Ok(Ok(()))
}

/// Who owes a follow-up that was opened for `about`: a person before a role.
pub(super) fn owners(follow_up: &FollowUp) -> crate::notices::Recipients {
    use crate::notices::Recipients;
    match (follow_up.staff, follow_up.role) {
        (Some(staff), _) => Recipients::People(vec![staff]),
        (None, role) => Recipients::Role(role.unwrap_or(Role::Supervisor)),
    }
}

/// What one attempt was, as the store holds it.
pub(super) fn attempt_of(
    at: Moment,
    by: Option<StaffId>,
    outcome: &str,
    note: String,
) -> Result<Attempt> {
    let outcome = AttemptOutcome::from_word(outcome)
        .ok_or_else(|| Error::Unreadable("the outcome of an attempt".to_owned()))?;
    Ok(Attempt { at, by, outcome, note })
}
