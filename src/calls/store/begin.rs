//! Writing a call that begins. A call rings on screens only once it is stored, and most batches are one new
//! call alone: its values go to the engines as they are, which costs less than taking them out of JSON.

use sqlx::types::Json;

use super::news::Kept;
use super::rows::CallRow;
use crate::db::{Alone, Result, statements};

statements! {
    /// A new call with its legs `$34`, events `$35` and search pieces `$36`, JSON lists each, and its lines
    /// of the journal; the house was alive at `$37` and this batch, `$38`, is stored. A call whose name is
    /// in the log already is left as it is, with all that belongs to it; one without events is new.
    BEGINS = sqlite "INSERT INTO calls (uid, pbx, hotline_number, hotline_name, caller_number, caller_reversed, caller_as_sent, caller_display, withheld, state,
                      offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms, caller_wait_ms, within_target,
                      answered_extension, outcome, excluded, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms,
                      colleague_rings, alarm, trunk_call_id, business_date, local_hour, version, answered_staff)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28,
                      $29, $30, $31, $32, $33, 1,
                      (SELECT s.id FROM staff s WHERE s.extension = $20 AND s.disabled_at IS NULL))
                    ON CONFLICT (uid) DO NOTHING
                    RETURNING id, uid, version, excluded, answered_staff,
                      (SELECT s.name FROM staff s WHERE s.id = answered_staff) AS answered_name,
                      taken_by, NULL AS taken_name, taken_at, notes, readback_at, (SELECT h.seq FROM journal_head h) AS told;
                    INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending)
                    SELECT c.id, l.value->>'leg', l.value->>'kind', l.value->>'extension', l.value->>'offered_at', l.value->>'rang_at',
                      l.value->>'answered_at', l.value->>'ended_at', l.value->>'ending'
                    FROM calls c CROSS JOIN json_each($34) l
                    WHERE c.uid = $1 AND NOT EXISTS (SELECT 1 FROM call_events o WHERE o.call_id = c.id) ORDER BY l.key
                    ON CONFLICT (leg) DO UPDATE SET call_id = excluded.call_id, kind = excluded.kind, extension = excluded.extension,
                      offered_at = excluded.offered_at, rang_at = excluded.rang_at, answered_at = excluded.answered_at,
                      ended_at = excluded.ended_at, ending = excluded.ending;
                    INSERT INTO call_grams (gram, call_id)
                    SELECT g.value, c.id FROM calls c CROSS JOIN json_each($36) g
                    WHERE c.uid = $1 AND NOT EXISTS (SELECT 1 FROM call_events o WHERE o.call_id = c.id)
                    ON CONFLICT (gram, call_id) DO NOTHING;
                    INSERT INTO journal (seq, at, kind, subject, change, version)
                    SELECT h.seq + 1 + v.key, v.value->>'at', 'call', 'calls/' || c.id, v.value->>'kind', 1
                    FROM journal_head h CROSS JOIN calls c CROSS JOIN json_each($35) v
                    WHERE c.uid = $1 AND NOT EXISTS (SELECT 1 FROM call_events o WHERE o.call_id = c.id);
                    UPDATE journal_head SET seq = max(seq, (SELECT coalesce(max(j.seq), 0) FROM journal j));
                    INSERT INTO call_events (call_id, seq, at, kind, data)
                    SELECT c.id, v.value->>'n', v.value->>'at', v.value->>'kind', v.value->>'data'
                    FROM calls c CROSS JOIN json_each($35) v
                    WHERE c.uid = $1 AND NOT EXISTS (SELECT 1 FROM call_events o WHERE o.call_id = c.id);
                    INSERT INTO site (name, value) VALUES ('alive_at', $37), ('calls_batch', $38)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value",
             postgres "SELECT b.id, $1 AS uid, CAST(1 AS bigint) AS version, $22 AS excluded, b.answered_staff, b.answered_name,
                         CAST(NULL AS bigint) AS taken_by, CAST(NULL AS text) AS taken_name, CAST(NULL AS bigint) AS taken_at, '' AS notes,
                         CAST(NULL AS bigint) AS readback_at, b.told
                       FROM call_begins($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
                         $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38) AS b
                       WHERE b.id IS NOT NULL";
}

/// Stores a new call and tells of it, by one statement; `None` where its name is in the log already.
pub(super) async fn begins(
    alone: &mut Alone,
    row: &CallRow<'_>,
    mark: &str,
) -> Result<Option<Kept>> {
    let now = alone.now().millis().to_string();
    let query = alone
        .q(BEGINS)
        .bind(row.uid)
        .bind(row.pbx)
        .bind(row.hotline_number)
        .bind(row.hotline_name)
        .bind(row.caller_number.as_deref())
        .bind(row.caller_reversed.as_deref())
        .bind(row.caller_as_sent.as_deref())
        .bind(row.caller_display.as_deref())
        .bind(row.withheld)
        .bind(row.state)
        .bind(row.offered_at)
        .bind(row.rang_at)
        .bind(row.answered_at)
        .bind(row.ended_at)
        .bind(i64::from(row.rings))
        .bind(row.answer_rings.map(i64::from))
        .bind(row.answer_ms)
        .bind(row.caller_wait_ms)
        .bind(row.within_target)
        .bind(row.answered_extension)
        .bind(row.outcome)
        .bind(row.excluded)
        .bind(row.ended_by)
        .bind(row.end_seen)
        .bind(row.evidence)
        .bind(row.cycle_ms)
        .bind(i64::from(row.target_rings))
        .bind(row.target_ms)
        .bind(i64::from(row.colleague_rings))
        .bind(i64::from(row.alarm))
        .bind(row.trunk_call_id.as_deref())
        .bind(row.business_date.as_str())
        .bind(row.local_hour)
        .bind(Json(&row.legs))
        .bind(Json(&row.events))
        .bind(Json(&row.pieces))
        .bind(now)
        .bind(mark.to_owned());
    let kept: Vec<Kept> = query.all().await?;
    Ok(kept.into_iter().next())
}
