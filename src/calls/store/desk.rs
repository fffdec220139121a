//! What people do to a call: take it, write about it, mark it as a test.

use std::collections::BTreeSet;

use super::super::call::{Call, Excluded, State};
use super::super::desk::{Refusal, Whose};
use super::super::particulars::CallRecord;
use super::grams;
use super::load::call_in;
use super::write::{GramRow, put_grams};
use crate::db::{Change, Db, Result, Sql, Stamp, Tx, statements};
use crate::kernel::{CallId, Moment, StaffId};

statements! {
    /// "I take it": the first wins. Live calls, and answered ones since `$4`.
    CLAIM = "UPDATE calls SET taken_by = $2, taken_at = $3, version = version + 1
             WHERE id = $1 AND taken_by IS NULL AND (state <> 'ended' OR answered_at >= $4) RETURNING version";
    /// Gives it back; only the one who has it.
    RELEASE = "UPDATE calls SET taken_by = NULL, taken_at = NULL, version = version + 1
               WHERE id = $1 AND taken_by = $2 RETURNING version";
    /// New notes, if they have not changed since the version `$5`.
    NOTES = "UPDATE calls SET notes = $2, notes_by = $3, notes_at = $4, notes_version = version + 1, version = version + 1
             WHERE id = $1 AND notes_version <= $5 AND version >= $5 RETURNING version";
    /// No longer counted.
    MARK = "UPDATE calls SET excluded = 'test', version = version + 1
            WHERE id = $1 AND excluded IS NULL RETURNING version";
    /// Counted again.
    UNMARK = "UPDATE calls SET excluded = NULL, version = version + 1
              WHERE id = $1 AND excluded = 'test' RETURNING version";
    /// The next line of a call's story.
    EVENT = "INSERT INTO call_events (call_id, seq, at, kind, data)
             SELECT CAST($1 AS BIGINT), coalesce(max(seq), 0) + 1, CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS TEXT)
             FROM call_events WHERE call_id = $1";
    /// Whether a line of this kind is in its story.
    TOLD = "SELECT count(*) AS n FROM call_events WHERE call_id = $1 AND kind = $2";
    /// Who talked to somebody else at `$2`, of the calls that came since `$3`.
    TALKING = "SELECT DISTINCT answered_staff FROM calls
               WHERE offered_at BETWEEN $3 AND $2 AND answered_staff IS NOT NULL AND answered_at <= $2
                     AND (ended_at > $2 OR state <> 'ended') AND id <> $1";
    /// One who acts on it at a time.
    LOCK = sqlite "SELECT id FROM calls WHERE id = $1", postgres "SELECT id FROM calls WHERE id = $1 FOR UPDATE";
    /// What was last told of its talk: on hold, with the caller's leave, taken back, handed on.
    HOLD = "SELECT kind FROM call_events WHERE call_id = $1 AND kind IN ('held', 'hold_agreed', 'resumed', 'transferred')
            ORDER BY seq DESC LIMIT 1";
    /// Its search pieces, before they are made anew.
    NO_GRAMS = "DELETE FROM call_grams WHERE call_id = $1";
}

/// What became of an act: the call as it now stands, or why not and the call as it stands.
pub(in crate::calls) type Done = std::result::Result<Call, (Refusal, Box<Call>)>;

/// "I take it". Taking it twice is the same as once.
pub(in crate::calls) async fn claim(
    tx: &mut Tx,
    id: CallId,
    by: StaffId,
    answered_since: Moment,
) -> Result<Done> {
    let now = tx.now();
    let won = tx.q(CLAIM).bind(id).bind(by).bind(now).bind(answered_since);
    let won: Option<(i64,)> = won.maybe().await?;
    if won.is_some() {
        return told(tx, id, "taken", Some(by)).await;
    }
    let call = call_in(tx, id).await?;
    Ok(match &call.taken_by {
        Some(taken) if taken.id == by => Ok(call),
        Some(_) => Err((Refusal::AlreadyTaken, call.into())),
        None => Err((Refusal::Over, call.into())),
    })
}

/// Gives a taken call back. Giving back what nobody has is no fault.
pub(in crate::calls) async fn release(tx: &mut Tx, id: CallId, by: StaffId) -> Result<Done> {
    let had: Option<(i64,)> = tx.q(RELEASE).bind(id).bind(by).maybe().await?;
    if had.is_some() {
        return told(tx, id, "released", Some(by)).await;
    }
    let call = call_in(tx, id).await?;
    Ok(if call.taken_by.is_none() { Ok(call) } else { Err((Refusal::NotYours, call.into())) })
}

/// The caller on hold was asked for their leave, and gave it. Saying so twice is the same as once.
pub(in crate::calls) async fn hold_agreed(
    tx: &mut Tx,
    id: CallId,
    by: StaffId,
    whose: Whose,
) -> Result<Done> {
    tx.q(LOCK).bind(id).value::<i64>().await?;
    let call = call_in(tx, id).await?;
    if whose == Whose::Own && call.in_hand_of().is_none_or(|hand| hand.id != by) {
        return Ok(Err((Refusal::NotInHand, call.into())));
    }
    let last: Option<(String,)> = tx.q(HOLD).bind(id).maybe().await?;
    match last.as_ref().map(|(kind,)| kind.as_str()).filter(|_| call.state == State::Answered) {
        Some("held") => told(tx, id, "hold_agreed", Some(by)).await,
        Some("hold_agreed") => Ok(Ok(call)),
        _ => Ok(Err((Refusal::NotHeld, call.into()))),
    }
}

/// Writes the notes anew, unless someone else did since `version`. What the machine adds to a live
/// call meanwhile is no conflict.
pub(in crate::calls) async fn notes(
    tx: &mut Tx,
    id: CallId,
    by: Option<StaffId>,
    version: i64,
    text: &str,
) -> Result<Done> {
    let now = tx.now();
    let saved = tx.q(NOTES).bind(id).bind(text.to_owned()).bind(by).bind(now).bind(version);
    let saved: Option<(i64,)> = saved.maybe().await?;
    if saved.is_none() {
        return Ok(Err((Refusal::Stale, call_in(tx, id).await?.into())));
    }
    let done = told(tx, id, "noted", by).await?;
    if let Ok(call) = &done {
        find_anew(tx, call).await?;
    }
    Ok(done)
}

/// Makes the pieces anew by which a call is found: its display name, its notes, its record.
pub(super) async fn find_anew(tx: &mut Tx, call: &Call) -> Result<()> {
    tx.q(NO_GRAMS).bind(call.id).run().await?;
    let display = call.caller.display.as_deref().unwrap_or_default();
    let written = call.record.iter().flat_map(CallRecord::texts);
    let texts: Vec<&str> = [display, call.notes.as_str()].into_iter().chain(written).collect();
    let row = |gram| GramRow { gram, call_id: call.id };
    put_grams(tx, grams::pieces(texts).into_iter().map(row).collect()).await
}

/// Marks a call as a test (`test`) or takes the mark away. A call that is not counted for another
/// reason stays as it is.
pub(in crate::calls) async fn mark(
    tx: &mut Tx,
    id: CallId,
    by: Option<StaffId>,
    test: bool,
) -> Result<Done> {
    let (sql, word): (Sql, _) =
        if test { (MARK, "marked_test") } else { (UNMARK, "unmarked_test") };
    let turned: Option<(i64,)> = tx.q(sql).bind(id).maybe().await?;
    if turned.is_some() {
        return told(tx, id, word, by).await;
    }
    let call = call_in(tx, id).await?;
    let already = if test { Some(Excluded::Test) } else { None };
    Ok(if call.excluded == already {
        Ok(call)
    } else {
        Err((Refusal::NotCountedAnyway, call.into()))
    })
}

/// No talk is longer, in milliseconds.
const TALK_MOST_MS: i64 = 4 * 60 * 60 * 1000;

/// Who talked in another call than this at a moment.
pub async fn talking_at(db: &Db, id: CallId, at: Moment) -> Result<BTreeSet<StaffId>> {
    let since = at.plus_millis(-TALK_MOST_MS);
    let talking: Vec<StaffId> = db.read(TALKING).bind(id).bind(at).bind(since).values().await?;
    Ok(talking.into_iter().collect())
}

/// A colleague (`stamp.by`) answered a call that was others' to answer, and why: `away`, `on_call`,
/// `no_answer` or `off_duty` (operations.md clause 3.5). Told once for each call.
pub async fn picked_up(db: &Db, stamp: Stamp, id: CallId, why: &'static str) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            if tx.q(TOLD).bind(id).bind("picked_up").value::<i64>().await? > 0 {
                return Ok(());
            }
            let (now, by) = (tx.now(), tx.by());
            let data = serde_json::json!({ "staff": by, "why": why }).to_string();
            tx.q(EVENT).bind(id).bind(now).bind("picked_up").bind(data).run().await?;
            let version = call_in(tx, id).await?.version;
            let mut change = Change::new("call", format!("calls/{id}"), "picked_up");
            change.why = Some(why.to_owned());
            tx.record(change.version(version));
            Ok(())
        })
    })
    .await
}

/// Adds the act to the call's story and to the journal, and reads the call as it now stands.
async fn told(tx: &mut Tx, id: CallId, word: &'static str, by: Option<StaffId>) -> Result<Done> {
    put_event(tx, id, word, by).await?;
    let call = call_in(tx, id).await?;
    tx.record(Change::new("call", format!("calls/{id}"), word).version(call.version));
    Ok(Ok(call))
}

/// The next line of a call's story, with who did it.
pub(super) async fn put_event(
    tx: &mut Tx,
    id: CallId,
    word: &'static str,
    by: Option<StaffId>,
) -> Result<()> {
    let now = tx.now();
    let data = by.map(|by| serde_json::json!({ "staff": by }).to_string());
    tx.q(EVENT).bind(id).bind(now).bind(word).bind(data).run().await?;
    Ok(())
}
