//! What is kept of missed calls: the debts, the calls they are made of, the rules.

mod read;

use serde_json::json;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::followups::{self, Assignee, Closing, Ladder, NewFollowUp};
use crate::kernel::{CallId, DebtId, FollowUpId, Moment, OutgoingId, Role, StaffId};

pub use read::{
    Debt, Filter, STATEMENTS as READ_STATEMENTS, count_owed, debt, debt_of, page, rules,
};

statements! {
    /// How far the ledger has read the journal.
    CURSOR = "SELECT value FROM site WHERE name = 'missed_seq'";
    /// Sets that.
    SET_CURSOR = "INSERT INTO site (name, value) VALUES ('missed_seq', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    /// What happened to calls after a number, the oldest first.
    HAPPENED = "SELECT seq, at, kind, subject FROM journal WHERE seq > $1 AND seq <= $2 AND kind IN ('call', 'outgoing_call')
                ORDER BY seq LIMIT $3";
    /// Those of the calls `$1` that concern the ledger: missed and not in it since `$2`, answered with a
    /// debt open, or said to be a test.
    CONCERNING = sqlite "SELECT c.id FROM json_each($1) e JOIN calls c ON c.id = e.value
                         WHERE (c.state = 'ended' AND (c.outcome IN ('abandoned', 'abandoned_short', 'not_offered', 'machine_only')
                                    OR c.outcome = 'unmeasured' AND c.answered_at IS NULL AND c.taken_by IS NULL AND c.ended_by = 'caller')
                                AND coalesce(c.excluded, '') <> 'test' AND c.offered_at >= $2
                                AND NOT EXISTS (SELECT 1 FROM missed_debt_calls d WHERE d.call_id = c.id))
                            OR (c.answered_at IS NOT NULL AND EXISTS (SELECT 1 FROM missed_debts d
                                WHERE d.number = c.caller_number AND d.closed_at IS NULL AND d.last_at <= c.answered_at))
                            OR (c.excluded = 'test' AND EXISTS (SELECT 1 FROM missed_debt_calls d JOIN missed_debts o ON o.id = d.debt_id
                                WHERE d.call_id = c.id AND o.closed_at IS NULL))",
                 postgres "SELECT c.id FROM jsonb_array_elements_text($1) AS e(value) JOIN calls c ON c.id = e.value::bigint
                           WHERE (c.state = 'ended' AND (c.outcome IN ('abandoned', 'abandoned_short', 'not_offered', 'machine_only')
                                    OR c.outcome = 'unmeasured' AND c.answered_at IS NULL AND c.taken_by IS NULL AND c.ended_by = 'caller')
                                  AND coalesce(c.excluded, '') <> 'test' AND c.offered_at >= $2
                                  AND NOT EXISTS (SELECT 1 FROM missed_debt_calls d WHERE d.call_id = c.id))
                              OR (c.answered_at IS NOT NULL AND EXISTS (SELECT 1 FROM missed_debts d
                                  WHERE d.number = c.caller_number AND d.closed_at IS NULL AND d.last_at <= c.answered_at))
                              OR (c.excluded = 'test' AND EXISTS (SELECT 1 FROM missed_debt_calls d JOIN missed_debts o ON o.id = d.debt_id
                                  WHERE d.call_id = c.id AND o.closed_at IS NULL))";
    /// The same of outgoing calls: answered, with a debt open.
    CONCERNING_OUTGOING = sqlite "SELECT c.id FROM json_each($1) e JOIN outgoing_calls c ON c.id = e.value
                                  JOIN missed_debts d ON d.number = c.number AND d.closed_at IS NULL AND d.last_at <= c.started_at
                                  WHERE c.answered_at IS NOT NULL",
                          postgres "SELECT c.id FROM jsonb_array_elements_text($1) AS e(value) JOIN outgoing_calls c ON c.id = e.value::bigint
                                    JOIN missed_debts d ON d.number = c.number AND d.closed_at IS NULL AND d.last_at <= c.started_at
                                    WHERE c.answered_at IS NOT NULL";
    /// A call, as far as the ledger cares.
    CALL = "SELECT id, hotline_number, caller_number, withheld, offered_at, answered_at, ended_at, ended_by, taken_by, state, outcome, excluded
            FROM calls WHERE id = $1";
    /// An outgoing call, as far as the ledger cares.
    OUTGOING = "SELECT id, number, started_at, answered_at, staff_id FROM outgoing_calls WHERE id = $1";
    /// The debt of a number.
    OF_NUMBER = "SELECT id, follow_up_id, last_at FROM missed_debts WHERE number = $1 AND closed_at IS NULL";
    /// The first contact with a number after a moment: a call of theirs that was answered.
    ANSWERED_LATER = "SELECT id FROM calls WHERE caller_number = $1 AND answered_at >= $2 AND id <> $3 ORDER BY answered_at, id LIMIT 1";
    /// The same: a call to them that was answered.
    REACHED_LATER = "SELECT id FROM outgoing_calls WHERE number = $1 AND started_at >= $2 AND answered_at IS NOT NULL ORDER BY started_at, id LIMIT 1";
    /// The debt a call belongs to, and how many of its calls are no tests.
    OF_CALL = "SELECT o.id, o.follow_up_id, (SELECT count(*) FROM missed_debt_calls m JOIN calls c ON c.id = m.call_id
                   WHERE m.debt_id = o.id AND coalesce(c.excluded, '') <> 'test') AS earnest
               FROM missed_debt_calls d JOIN missed_debts o ON o.id = d.debt_id WHERE d.call_id = $1 AND o.closed_at IS NULL";
    /// A new debt: number, follow-up, call, when, end, how.
    ADD = "INSERT INTO missed_debts (number, follow_up_id, calls, first_call, last_call, first_at, last_at, closed_at, closed_how)
           VALUES ($1, $2, 1, $3, $3, $4, $4, $5, $6) RETURNING id";
    /// One more call of it.
    AGAIN = "UPDATE missed_debts SET calls = calls + 1, last_call = $2, last_at = CASE WHEN last_at > $3 THEN last_at ELSE $3 END,
                 version = version + 1 WHERE id = $1 RETURNING version";
    /// The call belongs to it.
    BELONGS = "INSERT INTO missed_debt_calls (call_id, debt_id) VALUES ($1, $2) ON CONFLICT (call_id) DO NOTHING";
    /// It is settled.
    SETTLE = "UPDATE missed_debts SET closed_at = $2, closed_how = $3, closed_about = $4, version = version + 1
              WHERE id = $1 AND closed_at IS NULL RETURNING version";
    /// The rule of a hotline, or of all.
    RULE = "SELECT hotline, version, owner_staff, owner_role, due_ms, escalate_ms, count_short FROM missed_rules
            WHERE hotline IN ($1, '') ORDER BY hotline DESC LIMIT 1";
    /// Sets a rule, if its version is still this; a new one at version 0.
    SET_RULE = "INSERT INTO missed_rules (hotline, owner_staff, owner_role, due_ms, escalate_ms, count_short)
                VALUES ($1, $3, $4, $5, $6, $7)
                ON CONFLICT (hotline) DO UPDATE SET version = missed_rules.version + 1, owner_staff = excluded.owner_staff,
                    owner_role = excluded.owner_role, due_ms = excluded.due_ms, escalate_ms = excluded.escalate_ms,
                    count_short = excluded.count_short
                WHERE missed_rules.version = $2 RETURNING version";
}

/// The refusal of a rule that somebody else changed meanwhile.
pub const STALE: &str = "missed_rules_stale";

/// How missed calls of a hotline are owed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = MissedRule)]
pub struct Rule {
    /// The hotline's number; empty for every hotline without a rule of its own.
    pub hotline: String,
    /// Rises with every change.
    pub version: i64,
    /// The person who owes them, before the role.
    pub owner_staff: Option<StaffId>,
    /// The role whose people owe them.
    pub owner_role: String,
    /// Within so many milliseconds of working time.
    pub due_ms: i64,
    /// So long after that the supervisor is told.
    pub escalate_ms: i64,
    /// Whether a caller who left before the second ring is owed a call.
    pub count_short: bool,
}

/// A call, as far as the ledger cares.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Seen {
    pub(super) id: CallId,
    pub(super) hotline_number: Option<String>,
    pub(super) caller_number: Option<String>,
    pub(super) withheld: bool,
    pub(super) offered_at: Moment,
    pub(super) answered_at: Option<Moment>,
    pub(super) ended_at: Option<Moment>,
    pub(super) ended_by: String,
    pub(super) taken_by: Option<StaffId>,
    pub(super) state: String,
    pub(super) outcome: Option<String>,
    pub(super) excluded: Option<String>,
}

#[derive(FromRow)]
struct Dialled {
    id: OutgoingId,
    number: Option<String>,
    started_at: Moment,
    answered_at: Option<Moment>,
    staff_id: Option<StaffId>,
}

/// A row of the journal about a call.
#[derive(FromRow)]
pub(super) struct Happened {
    pub(super) seq: i64,
    pub(super) at: Moment,
    pub(super) kind: String,
    pub(super) subject: String,
}

/// How far the ledger has read.
pub(super) async fn cursor(db: &Db) -> Result<i64> {
    let found: Option<(String,)> = db.read(CURSOR).maybe().await?;
    Ok(found.and_then(|(text,)| text.parse().ok()).unwrap_or(0))
}

pub(super) async fn set_cursor(tx: &mut Tx, seq: i64) -> Result<()> {
    tx.q(SET_CURSOR).bind(seq.to_string()).run().await.map(drop)
}

/// What happened to calls after one number and up to another, the oldest first.
pub(super) async fn happened(db: &Db, after: i64, upto: i64, limit: i64) -> Result<Vec<Happened>> {
    db.read(HAPPENED).bind(after).bind(upto).bind(limit).all().await
}

/// Those of these calls that concern the ledger.
pub(super) async fn concerning(
    db: &Db,
    calls: &[CallId],
    outgoing: &[OutgoingId],
    since: Moment,
) -> Result<(Vec<CallId>, Vec<OutgoingId>)> {
    let calls = match calls {
        [] => Vec::new(),
        calls => db.read(CONCERNING).bind(Json(calls)).bind(since).values().await?,
    };
    let outgoing = match outgoing {
        [] => Vec::new(),
        ids => db.read(CONCERNING_OUTGOING).bind(Json(ids)).values().await?,
    };
    Ok((calls, outgoing))
}

pub(super) async fn seen(tx: &mut Tx, id: CallId) -> Result<Option<Seen>> {
    tx.q(CALL).bind(id).maybe().await
}

/// The rule of a hotline.
pub(super) async fn rule(tx: &mut Tx, hotline: Option<&str>) -> Result<Rule> {
    tx.q(RULE).bind(hotline.unwrap_or_default()).one().await
}

fn record(tx: &mut Tx, id: DebtId, change: &'static str, version: i64, after: serde_json::Value) {
    let change = Change::new("missed_call", format!("calls/missed/{id}"), change).version(version);
    tx.record(Change { after: Some(after), ..change });
}

/// A missed call: one more of the number's debt, or a new one, due at `due`.
pub(super) async fn missed(tx: &mut Tx, call: &Seen, rule: &Rule, due: Moment) -> Result<()> {
    let at = call.ended_at.unwrap_or(call.offered_at);
    let number = call.caller_number.as_deref().filter(|_| !call.withheld);
    let open: Option<(DebtId, Option<FollowUpId>, Moment)> = match number {
        Some(number) => tx.q(OF_NUMBER).bind(number).maybe().await?,
        None => None,
    };
    let id = if let Some((id, ..)) = open {
        let version = tx.q(AGAIN).bind(id).bind(call.id).bind(at).value().await?;
        record(tx, id, "again", version, json!({ "call": call.id }));
        id
    } else {
        let (follow_up, settled) = match number {
            Some(_) => (Some(owe(tx, call, rule, due).await?), None),
            None => (None, Some(tx.now())),
        };
        let add = tx.q(ADD).bind(number).bind(follow_up).bind(call.id).bind(at).bind(settled);
        let how = settled.map(|_| "not_returnable");
        let id: DebtId = add.bind(how).value().await?;
        record(tx, id, "opened", 1, json!({ "call": call.id, "follow_up": follow_up }));
        id
    };
    tx.q(BELONGS).bind(call.id).bind(id).run().await.map(drop)
}

async fn owe(tx: &mut Tx, call: &Seen, rule: &Rule, due: Moment) -> Result<FollowUpId> {
    let of_role = rule.owner_role.parse().unwrap_or(Role::Operator);
    let owner = rule.owner_staff.map_or(Assignee::Role(of_role), Assignee::Staff);
    let new = NewFollowUp::new("missed_call", owner, due)
        .about(format!("calls/{}", call.id))
        .ladder(Ladder::to_role(rule.escalate_ms, Role::Supervisor));
    followups::store::open(tx, new).await
}

/// There was contact: an answered call of the number settles its debt.
pub(super) async fn called_again(tx: &mut Tx, call: &Seen) -> Result<()> {
    let (Some(number), Some(answered)) = (&call.caller_number, call.answered_at) else {
        return Ok(());
    };
    let open: Option<(DebtId, Option<FollowUpId>, Moment)> =
        tx.q(OF_NUMBER).bind(number).maybe().await?;
    match open.filter(|(.., last)| *last <= answered) {
        Some((id, follow_up, _)) => {
            let about = format!("calls/{}", call.id);
            settle(tx, id, follow_up, "called_again", Some(about), String::new()).await.map(drop)
        }
        None => Ok(()),
    }
}

/// There was contact: the house reached the number.
pub(super) async fn called_back(tx: &mut Tx, id: OutgoingId) -> Result<()> {
    let made: Option<Dialled> = tx.q(OUTGOING).bind(id).maybe().await?;
    let Some(made) = made.filter(|made| made.answered_at.is_some()) else { return Ok(()) };
    let Some(number) = &made.number else { return Ok(()) };
    let open: Option<(DebtId, Option<FollowUpId>, Moment)> =
        tx.q(OF_NUMBER).bind(number).maybe().await?;
    let Some((debt, follow_up, _)) = open.filter(|(.., last)| *last <= made.started_at) else {
        return Ok(());
    };
    let about = format!("outgoing_calls/{}", made.id);
    settle(tx, debt, follow_up, "called_back", Some(about), String::new()).await?;
    if let Some(staff) = made.staff_id {
        record(tx, debt, "returned", 0, json!({ "staff": staff }));
    }
    Ok(())
}

/// A missed call that is learnt of late may be settled already: there was contact since.
pub(super) async fn settle_if_in_contact(tx: &mut Tx, call: &Seen) -> Result<()> {
    let Some(number) = call.caller_number.as_deref().filter(|_| !call.withheld) else {
        return Ok(());
    };
    let open: Option<(DebtId, Option<FollowUpId>, Moment)> =
        tx.q(OF_NUMBER).bind(number).maybe().await?;
    let Some((debt, follow_up, last)) = open else { return Ok(()) };
    let again: Option<(CallId,)> =
        tx.q(ANSWERED_LATER).bind(number).bind(last).bind(call.id).maybe().await?;
    let (how, about) = if let Some((id,)) = again {
        ("called_again", format!("calls/{id}"))
    } else {
        let back: Option<(OutgoingId,)> =
            tx.q(REACHED_LATER).bind(number).bind(last).maybe().await?;
        let Some((id,)) = back else { return Ok(()) };
        ("called_back", format!("outgoing_calls/{id}"))
    };
    settle(tx, debt, follow_up, how, Some(about), String::new()).await.map(drop)
}

/// A file told that the house reached a number at a time.
pub(super) async fn was_called_back(tx: &mut Tx, number: &str, at: Moment) -> Result<()> {
    let open: Option<(DebtId, Option<FollowUpId>, Moment)> =
        tx.q(OF_NUMBER).bind(number).maybe().await?;
    match open.filter(|(.., last)| *last <= at) {
        Some((debt, follow_up, _)) => {
            settle(tx, debt, follow_up, "called_back", None, String::new()).await.map(drop)
        }
        None => Ok(()),
    }
}

/// The call was a test: nobody is owed anything if all calls of the debt were.
pub(super) async fn was_test(tx: &mut Tx, call: CallId) -> Result<()> {
    let open: Option<(DebtId, Option<FollowUpId>, i64)> = tx.q(OF_CALL).bind(call).maybe().await?;
    match open.filter(|(.., earnest)| *earnest == 0) {
        Some((id, follow_up, _)) => {
            settle(tx, id, follow_up, "was_test", None, String::new()).await.map(drop)
        }
        None => Ok(()),
    }
}

/// Settles a debt; false where it was settled before.
pub async fn settle(
    tx: &mut Tx,
    id: DebtId,
    follow_up: Option<FollowUpId>,
    how: &'static str,
    about: Option<String>,
    why: String,
) -> Result<bool> {
    let now = tx.now();
    let settled: Option<(i64,)> =
        tx.q(SETTLE).bind(id).bind(now).bind(how).bind(about.clone()).maybe().await?;
    let Some((version,)) = settled else { return Ok(false) };
    record(tx, id, "settled", version, json!({ "how": how, "by": about }));
    if let Some(follow_up) = follow_up {
        let how = if how == "by_hand" { Closing::Dropped(why) } else { Closing::Done(why) };
        followups::store::close(tx, follow_up, how).await?;
    }
    Ok(true)
}

/// Sets how missed calls of a hotline are owed; refused as [`STALE`].
pub async fn set_rule(db: &Db, stamp: Stamp, rule: Rule) -> Result<()> {
    db.write(stamp, move |tx| {
        let rule = rule.clone();
        Box::pin(async move {
            let set = tx.q(SET_RULE).bind(rule.hotline.clone()).bind(rule.version);
            let set = set.bind(rule.owner_staff).bind(rule.owner_role.clone()).bind(rule.due_ms);
            let set: Option<(i64,)> =
                set.bind(rule.escalate_ms).bind(rule.count_short).maybe().await?;
            let (version,) = set.ok_or_else(|| Error::Refused(STALE.to_owned()))?;
            let after = json!({
                "hotline": rule.hotline, "staff": rule.owner_staff, "role": rule.owner_role,
                "due_ms": rule.due_ms, "escalate_ms": rule.escalate_ms, "short": rule.count_short,
            });
            let subject = format!("missed_rules/{}", rule.hotline);
            let change = Change::new("missed_rule", subject, "set").version(version);
            tx.record(Change { after: Some(after), ..change });
            Ok(())
        })
    })
    .await
}
