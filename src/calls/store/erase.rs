//! What the log holds under a telephone number, and how a person is taken out of it: calls keep
//! their times and figures, and lose number, name and words.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::missed;
use super::CALLS;
use super::load;
use crate::db::{Change, Db, Result, Tx, statements};
use crate::followups;
use crate::kernel::{CallId, DebtId, FollowUpId, Moment, OutgoingId, PlanId, spellings};

statements! {
    /// Nobody is known of the calls of a number any more; live calls go on.
    ERASE = "UPDATE calls SET caller_number = NULL, caller_reversed = NULL, caller_as_sent = NULL, caller_display = NULL, notes = '',
                 version = version + 1
             WHERE caller_number = $1 AND state = 'ended' RETURNING id";
    /// What was written of a call.
    BLANK_RECORD = "UPDATE call_records SET who = '', occurred = '', place = '', matter = '', purpose = '', need = '',
                        read_who = $2, read_when = $2, read_where = $2, read_what = $2, version = version + 1
                    WHERE call_id = $1";
    /// What somebody was writing of it.
    NO_DRAFTS = "DELETE FROM call_drafts WHERE call_id = $1";
    /// Its signalling.
    NO_MESSAGES = "DELETE FROM call_messages WHERE call_id = $1";
    /// Telephones outside that it rang at or went to.
    NO_LEGS = "UPDATE call_legs SET extension = NULL WHERE extension = $1";
    /// The same of transfers.
    NO_TRANSFERS = "UPDATE call_transfers SET from_extension = CASE WHEN from_extension = $1 THEN NULL ELSE from_extension END,
                        to_extension = CASE WHEN to_extension = $1 THEN NULL ELSE to_extension END WHERE from_extension = $1 OR to_extension = $1";
    /// What anybody was writing that says a number.
    NO_DRAFTS_SAYING = "DELETE FROM call_drafts WHERE fields LIKE $1";
    /// What is owed to a number.
    DEBTS = "SELECT id, follow_up_id FROM missed_debts WHERE number = $1 AND closed_at IS NULL";
    /// Nobody knows to whom it was owed.
    NO_DEBTOR = "UPDATE missed_debts SET number = NULL, version = version + 1 WHERE number = $1";
    /// The calls the house made to a number.
    OUTGOING = "SELECT id, started_at FROM outgoing_calls WHERE number = $1 ORDER BY id";
    /// They keep their times.
    ERASE_OUTGOING = "UPDATE outgoing_calls SET number = NULL, dialled = '', version = version + 1 WHERE id = $1 AND state = 'ended' RETURNING version";
    /// Why one was judged so.
    NO_VERDICT = "UPDATE outgoing_judgements SET why = '' WHERE outgoing_id = $1";
    /// What calls to a number were for, and who prepared them.
    PLANS = "UPDATE call_plans SET number = '–', name = '', purpose = '–', conclusion = '', points = '', figures = '', summary = '', version = version + 1
             WHERE number = $1 OR purpose LIKE $2 OR points LIKE $2 OR figures LIKE $2 OR summary LIKE $2 OR conclusion LIKE $2 RETURNING id";
    /// What it is found by.
    NO_GRAMS = "DELETE FROM call_grams WHERE call_id = $1";
}

/// So many calls are told of one number; more than anybody makes.
const MOST: i64 = 10_000;

/// The calls of a number, the newest first.
pub(in crate::calls) async fn held(db: &Db, number: &str) -> Result<Vec<Call>> {
    let query = db.read(CALLS).push(" AND c.caller_number = ").push_bind(number.to_owned());
    let query = query.push(" ORDER BY c.offered_at DESC, c.id DESC LIMIT ").push_bind(MOST);
    load::all(db, query.all().await?).await
}

/// Takes the person out of all their calls; how many there were.
pub(in crate::calls) async fn erase(tx: &mut Tx, number: &str) -> Result<u64> {
    let calls: Vec<CallId> = tx.q(ERASE).bind(number.to_owned()).values().await?;
    for &id in &calls {
        tx.q(BLANK_RECORD).bind(id).bind(false).run().await?;
        for statement in [NO_DRAFTS, NO_MESSAGES, NO_GRAMS] {
            tx.q(statement).bind(id).run().await?;
        }
        let about = format!("calls/{id}");
        tx.record(Change::new("call", about.clone(), "erased"));
        followups::store::erase::about(tx, &about).await?;
    }
    let bare = number.strip_prefix("+86").unwrap_or(number);
    for spelled in [number, bare] {
        for statement in [NO_LEGS, NO_TRANSFERS] {
            tx.q(statement).bind(spelled.to_owned()).run().await?;
        }
    }
    for pattern in spellings(number) {
        tx.q(NO_DRAFTS_SAYING).bind(pattern).run().await?;
    }
    let owed: Vec<(DebtId, Option<FollowUpId>)> = tx.q(DEBTS).bind(number.to_owned()).all().await?;
    for (debt, follow_up) in owed {
        missed::store::settle(tx, debt, follow_up, "by_hand", None, "–".to_owned()).await?;
    }
    tx.q(NO_DEBTOR).bind(number.to_owned()).run().await?;
    Ok(u64::try_from(calls.len()).unwrap_or(u64::MAX))
}

/// The calls the house made to a number, the oldest first.
pub(in crate::calls) async fn held_outgoing(db: &Db, number: &str) -> Result<Value> {
    let made: Vec<(OutgoingId, Moment)> = db.read(OUTGOING).bind(number.to_owned()).all().await?;
    Ok(made.into_iter().map(|(id, at)| json!({ "id": id, "started_at": at })).collect())
}

/// Takes the person out of the calls made to them and of what those were for; how many calls.
pub(in crate::calls) async fn erase_outgoing(tx: &mut Tx, number: &str) -> Result<u64> {
    for pattern in spellings(number) {
        let plans: Vec<i64> = tx.q(PLANS).bind(number.to_owned()).bind(pattern).values().await?;
        for plan in plans {
            super::papers::forget(tx, PlanId(plan)).await?;
            let about = format!("calls/plans/{plan}");
            tx.record(Change::new("call_plan", about, "erased"));
        }
    }
    let made: Vec<(OutgoingId, Moment)> = tx.q(OUTGOING).bind(number.to_owned()).all().await?;
    for (id, _) in &made {
        let erased: Option<(i64,)> = tx.q(ERASE_OUTGOING).bind(*id).maybe().await?;
        let Some((version,)) = erased else { continue };
        tx.q(NO_VERDICT).bind(*id).run().await?;
        let about = format!("outgoing_calls/{id}");
        tx.record(Change::new("outgoing_call", about.clone(), "erased").version(version));
        followups::store::erase::about(tx, &about).await?;
    }
    Ok(u64::try_from(made.len()).unwrap_or(u64::MAX))
}
