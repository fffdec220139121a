//! What the pages ask beside the log: the calls a person has in hand, and who the people are.

use super::super::call::{Call, StaffRef};
use super::super::desk::JUST_ANSWERED_MS;
use super::CALLS;
use super::desk::put_event;
use super::load::{self, staff_ref};
use crate::db::{Change, Db, Result, Tx, statements};
use crate::kernel::{CallId, Moment, StaffId};

statements! {
    /// Puts a call away: `$1` which, `$2` who has it in hand, `$3` when.
    PUT_AWAY = "UPDATE calls SET put_away_at = $3
                WHERE id = $1 AND (taken_by = $2 AND (put_away_at IS NULL OR put_away_at < taken_at)
                    OR taken_by IS NULL AND answered_staff = $2 AND put_away_at IS NULL)";
    /// Everyone who ever was of the house, for names in stories and filters.
    PEOPLE = "SELECT id, name FROM staff ORDER BY name, id";
}

/// No talk that is looked for began longer ago, in milliseconds.
const LONGEST_TALK_MS: i64 = 12 * 60 * 60 * 1000;

/// The most calls one person can have in hand on the screen.
const MOST: i64 = 20;

/// What a person has in hand, newest first; at most 20: what they took and have not put away, and
/// what was answered on their telephone, until ten minutes after its end.
pub async fn in_hand(db: &Db, staff: StaffId, now: Moment) -> Result<Vec<Call>> {
    let query = db.read(CALLS).push(" AND c.taken_by = ").push_bind(staff);
    let query = query.push(" AND (c.put_away_at IS NULL OR c.put_away_at < c.taken_at)");
    let query = query.push(" ORDER BY c.taken_at DESC, c.id DESC LIMIT ").push_bind(MOST);
    let mut rows: Vec<load::Row> = query.all().await?;
    let query = db.read(CALLS).push(" AND c.answered_staff = ").push_bind(staff);
    let query =
        query.push(" AND c.taken_by IS NULL AND c.put_away_at IS NULL AND c.offered_at >= ");
    let query = query.push_bind(now.plus_millis(-LONGEST_TALK_MS));
    let query = query.push(" AND (c.state <> 'ended' OR coalesce(c.ended_at, c.answered_at) >= ");
    let query = query.push_bind(now.plus_millis(-JUST_ANSWERED_MS));
    rows.extend(query.push(") ORDER BY c.offered_at DESC LIMIT ").push_bind(MOST).all().await?);
    let mut calls = load::all(db, rows).await?;
    calls.sort_by_key(|call| std::cmp::Reverse((call.taken_at.or(call.answered_at), call.id)));
    Ok(calls)
}

/// A person is done with a call: it leaves the console and stays in the log. `false` where that
/// person has no such call in hand.
pub async fn put_away(tx: &mut Tx, id: CallId) -> Result<bool> {
    let (Some(by), now) = (tx.by(), tx.now()) else { return Ok(false) };
    let done = tx.q(PUT_AWAY).bind(id).bind(by).bind(now).run().await? > 0;
    if done {
        put_event(tx, id, "put_away", Some(by)).await?;
        tx.record(Change::new("call", format!("calls/{id}"), "put_away"));
    }
    Ok(done)
}

/// The people of the house by name; those who left too, for their calls stay.
pub async fn people(db: &Db) -> Result<Vec<StaffRef>> {
    let rows: Vec<(StaffId, String)> = db.read(PEOPLE).all().await?;
    Ok(rows.into_iter().filter_map(|(id, name)| staff_ref(Some(id), Some(name))).collect())
}
