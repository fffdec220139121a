//! What the log holds under a telephone number, and how a person is taken out of it: calls keep
//! their times and figures, and lose number, name and words.

use serde_json::{Value, json};

use super::super::call::Call;
use super::CALLS;
use super::load;
use crate::db::{Change, Db, Result, Tx, statements};
use crate::kernel::CallId;

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
    /// What it is found by.
    NO_GRAMS = "DELETE FROM call_grams WHERE call_id = $1";
}

/// So many calls are told of one number; more than anybody makes.
const MOST: i64 = 10_000;

/// The calls of a number, the newest first.
pub(in crate::calls) async fn held(db: &Db, number: &str) -> Result<Value> {
    let query = db.read(CALLS).push(" AND c.caller_number = ").push_bind(number.to_owned());
    let query = query.push(" ORDER BY c.offered_at DESC, c.id DESC LIMIT ").push_bind(MOST);
    let calls: Vec<Call> = load::all(db, query.all().await?).await?;
    Ok(json!(calls))
}

/// Takes the person out of all their calls; how many there were.
pub(in crate::calls) async fn erase(tx: &mut Tx, number: &str) -> Result<u64> {
    let calls: Vec<CallId> = tx.q(ERASE).bind(number.to_owned()).values().await?;
    for &id in &calls {
        tx.q(BLANK_RECORD).bind(id).bind(false).run().await?;
        for statement in [NO_DRAFTS, NO_MESSAGES, NO_GRAMS] {
            tx.q(statement).bind(id).run().await?;
        }
        tx.record(Change::new("call", format!("calls/{id}"), "erased"));
    }
    Ok(u64::try_from(calls.len()).unwrap_or(u64::MAX))
}
