//! What is asked and written when a file of the PBX is brought in.

use super::super::call::Promise;
use super::super::import::Known;
use super::desk::put_event;
use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{CallId, Moment, Phone};

statements! {
    /// The calls of the log that began within a time.
    AROUND = "SELECT id, caller_number, hotline_number, offered_at, ended_at,
                     CAST(CASE WHEN state = 'ended' AND outcome = 'unmeasured' AND answered_at IS NULL THEN 1 ELSE 0 END AS BIGINT) AS unheard
              FROM calls WHERE offered_at >= $1 AND offered_at <= $2 ORDER BY offered_at, id";
    /// A call that nobody heard: without rings, left out of the figures as an outage. Who answered is who had that
    /// telephone then.
    ADD = "INSERT INTO calls (uid, version, pbx, hotline_number, hotline_name, caller_number, caller_reversed, caller_as_sent,
                              caller_display, withheld, state, offered_at, answered_at, ended_at, rings, answered_extension, outcome,
                              excluded, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings,
                              business_date, local_hour, answered_staff)
           VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, 'ended', $10, $11, $12, 0, $13, $14, 'outage', 'unknown', $15, 'none',
                   $16, $17, $18, $19, $20, $21,
                   (SELECT h.staff_id FROM staff_extensions h WHERE h.extension = $13 AND h.from_at <= $11 AND (h.to_at IS NULL OR h.to_at > $11)
                    ORDER BY h.from_at DESC, h.id DESC LIMIT 1))
           ON CONFLICT (uid) DO NOTHING RETURNING id";
    /// What became of a call that was over unheard; what the house saw of it stays, but the end of its ringing
    /// is no end where somebody answered (`$7`).
    COMPLETE = "UPDATE calls SET version = version + 1, answered_at = $2, answered_extension = coalesce(answered_extension, $3),
                                 answered_staff = coalesce(answered_staff,
                                     (SELECT h.staff_id FROM staff_extensions h WHERE h.extension = coalesce(calls.answered_extension, $3)
                                      AND h.from_at <= $2 AND (h.to_at IS NULL OR h.to_at > $2) ORDER BY h.from_at DESC, h.id DESC LIMIT 1)),
                                 outcome = $4, excluded = CASE WHEN $4 = 'unmeasured' THEN excluded ELSE coalesce(excluded, 'outage') END,
                                 ended_by = CASE WHEN $7 THEN 'unknown' ELSE ended_by END,
                                 ended_at = CASE WHEN $7 THEN $5 WHEN end_seen THEN ended_at ELSE coalesce($5, ended_at) END,
                                 end_seen = CASE WHEN $7 THEN $6 ELSE (end_seen OR $6) END
                WHERE id = $1 AND state = 'ended' AND outcome = 'unmeasured' AND answered_at IS NULL RETURNING version";
    /// Which sort of file told of a call.
    SOURCE = "SELECT source FROM imported_calls WHERE call_id = $1";
    /// A file told of it.
    MARK = "INSERT INTO imported_calls (call_id, source, imported_at, imported_by) VALUES ($1, $2, $3, $4) ON CONFLICT (call_id) DO NOTHING";
}

/// What a file tells of a call that was over unheard.
pub(in crate::calls) struct Completion {
    pub(in crate::calls) id: CallId,
    pub(in crate::calls) answered_at: Option<Moment>,
    pub(in crate::calls) ended_at: Option<Moment>,
    pub(in crate::calls) extension: Option<String>,
    pub(in crate::calls) outcome: &'static str,
}

/// A call to be written.
pub(in crate::calls) struct New {
    pub(in crate::calls) uid: String,
    pub(in crate::calls) pbx: String,
    pub(in crate::calls) hotline_number: String,
    pub(in crate::calls) hotline_name: String,
    pub(in crate::calls) caller: Option<Phone>,
    pub(in crate::calls) as_sent: String,
    pub(in crate::calls) display: String,
    pub(in crate::calls) offered_at: Moment,
    pub(in crate::calls) answered_at: Option<Moment>,
    pub(in crate::calls) ended_at: Moment,
    pub(in crate::calls) end_seen: bool,
    pub(in crate::calls) extension: Option<String>,
    pub(in crate::calls) outcome: &'static str,
    pub(in crate::calls) promise: Promise,
    pub(in crate::calls) business_date: String,
    pub(in crate::calls) local_hour: i64,
}

/// The calls of the log that began within a time.
pub(in crate::calls) async fn around(db: &Db, from: Moment, to: Moment) -> Result<Vec<Known>> {
    db.read(AROUND).bind(from).bind(to).all().await
}

/// The same inside a change.
pub(in crate::calls) async fn around_in(
    tx: &mut Tx,
    from: Moment,
    to: Moment,
) -> Result<Vec<Known>> {
    tx.q(AROUND).bind(from).bind(to).all().await
}

/// Which sort of file told of a call; `None` where the house saw it itself.
pub(in crate::calls) async fn source(db: &Db, id: CallId) -> Result<Option<String>> {
    let found: Option<(String,)> = db.read(SOURCE).bind(id).maybe().await?;
    Ok(found.map(|(source,)| source))
}

/// Writes a call and marks it; `None` where one of this uid is there.
pub(in crate::calls) async fn add(
    tx: &mut Tx,
    new: &New,
    source: &'static str,
) -> Result<Option<CallId>> {
    let number = new.caller.as_ref().map(|phone| phone.as_str().to_owned());
    let reversed = number
        .as_ref()
        .map(|number| number.chars().rev().filter(char::is_ascii_digit).collect::<String>());
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let add = tx.q(ADD).bind(&new.uid).bind(&new.pbx).bind(&new.hotline_number);
    let add = add.bind(&new.hotline_name).bind(number).bind(reversed).bind(some(&new.as_sent));
    let add = add.bind(some(&new.display)).bind(new.caller.is_none()).bind(new.offered_at);
    let add = add.bind(new.answered_at).bind(new.ended_at.max(new.offered_at));
    let add = add.bind(new.extension.clone()).bind(new.outcome).bind(new.end_seen);
    let add = add.bind(new.promise.cycle_ms).bind(i64::from(new.promise.target_rings));
    let add = add.bind(new.promise.target_ms).bind(i64::from(new.promise.colleague_rings));
    let id: Option<(CallId,)> = add.bind(&new.business_date).bind(new.local_hour).maybe().await?;
    let Some((id,)) = id else { return Ok(None) };
    let (now, by) = (tx.now(), tx.by());
    tx.q(MARK).bind(id).bind(source).bind(now).bind(by).run().await?;
    Ok(Some(id))
}

/// Completes a call that was over unheard and marks it; its new version, or `None` where what became of
/// it is known meanwhile.
pub(in crate::calls) async fn complete(
    tx: &mut Tx,
    told: &Completion,
    source: &'static str,
) -> Result<Option<i64>> {
    let complete = tx.q(COMPLETE).bind(told.id).bind(told.answered_at).bind(&told.extension);
    let complete = complete.bind(told.outcome).bind(told.ended_at).bind(told.ended_at.is_some());
    let complete = complete.bind(told.answered_at.is_some());
    let version: Option<(i64,)> = complete.maybe().await?;
    let Some((version,)) = version else { return Ok(None) };
    put_event(tx, told.id, "completed", tx.by()).await?;
    let (now, by) = (tx.now(), tx.by());
    tx.q(MARK).bind(told.id).bind(source).bind(now).bind(by).run().await?;
    Ok(Some(version))
}
