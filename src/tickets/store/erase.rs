//! What faults and work orders hold of a person, and how they are taken out of them: numbers, times and
//! figures stay.

use serde_json::{Value, json};

use crate::db::{Change, Db, Result, Tx, statements};
use crate::followups;
use crate::kernel::spellings;
use crate::undo::store as ledger;

statements! {
    /// The faults of a number, of its calls, or that say it.
    THEIRS = "SELECT t.id, t.no, t.caller_name, t.caller_number, t.symptom FROM tickets t LEFT JOIN calls c ON c.id = t.call_id
              WHERE t.caller_number = $1 OR c.caller_number = $1 OR t.need LIKE $2 OR t.purpose LIKE $2 OR t.symptom LIKE $2 OR t.tried LIKE $2
                 OR t.plan LIKE $2 OR t.solution LIKE $2 OR t.place LIKE $2
                 OR EXISTS (SELECT 1 FROM ticket_notes n WHERE n.ticket_id = t.id AND n.text LIKE $2) ORDER BY t.id";
    /// A fault without its person. What a state needs to say stands as a dash.
    BLANK = "UPDATE tickets SET contact_id = NULL, caller_number = '', caller_name = '', company = '', place = '', need = '', purpose = '', symptom = '–',
                 tried = '', plan = CASE WHEN plan = '' THEN '' ELSE '–' END, solution = CASE WHEN solution = '' THEN '' ELSE '–' END, cause = '',
                 reason = CASE WHEN reason = '' THEN '' ELSE '–' END, version = version + 1
             WHERE id = $1 RETURNING version";
    /// What was said about it.
    NOTES = "UPDATE ticket_notes SET text = '' WHERE ticket_id = $1";
    /// What it is found by.
    GRAMS = "DELETE FROM ticket_grams WHERE ticket_id = $1";
    /// The same on summaries that were handed in.
    REPORTED = "UPDATE fault_report_lines SET company = '', place = '', symptom = '–' WHERE ticket_id = $1";
    /// Its orders.
    ORDERS = "SELECT id, no FROM work_orders WHERE ticket_id = $1 ORDER BY id";
    /// An order without its person; an archived one too, this once.
    BLANK_ORDER = "UPDATE work_orders SET erased_at = $2, tasks = '', ticked = '', tools = '', instructions = '', cause = '', work_done = CASE WHEN work_done = '' THEN '' ELSE '–' END,
                       readings = '', next_step = CASE WHEN next_step = '' THEN '' ELSE '–' END, customer = CASE WHEN customer = '' THEN '' ELSE '–' END,
                       unsigned_why = CASE WHEN unsigned_why = '' THEN '' ELSE '–' END, version = version + 1
                   WHERE id = $1 RETURNING version";
    /// What engineers said.
    EVENTS = "UPDATE work_order_events SET text = '' WHERE order_id = $1 AND text <> ''";
    /// Why offers were declined.
    OFFERS = "UPDATE work_order_offers SET why = '' WHERE order_id = $1 AND why <> ''";
    /// What stands on its paper.
    PAPER = "UPDATE work_order_papers SET words = '' WHERE order_id = $1";
    /// Signatures and photographs.
    PICTURES = "DELETE FROM work_order_pictures WHERE order_id = $1";
}

/// A pattern that nothing fits.
const NOBODY: &str = "";

#[derive(sqlx::FromRow)]
struct Theirs {
    id: i64,
    no: String,
    caller_name: String,
    caller_number: String,
    symptom: String,
}

/// The faults of a number.
pub(in crate::tickets) async fn held(db: &Db, number: &str) -> Result<Value> {
    let pattern = spellings(number).into_iter().next().unwrap_or_default();
    let rows: Vec<Theirs> = db.read(THEIRS).bind(number.to_owned()).bind(pattern).all().await?;
    let one = |row: Theirs| json!({ "no": row.no, "caller_name": row.caller_name, "caller_number": row.caller_number, "symptom": row.symptom });
    Ok(rows.into_iter().map(one).collect())
}

/// Takes the person out of their faults and orders; how many faults there were.
pub(in crate::tickets) async fn erase(tx: &mut Tx, number: &str) -> Result<u64> {
    let mut faults: Vec<(i64, String)> = Vec::new();
    for pattern in spellings(number) {
        let rows: Vec<Theirs> = tx.q(THEIRS).bind(number.to_owned()).bind(pattern).all().await?;
        faults.extend(rows.into_iter().map(|row| (row.id, row.no)));
    }
    faults.sort();
    faults.dedup();
    for pattern in spellings(number) {
        ledger::erase_in(tx, "", &pattern).await?;
    }
    let now = tx.now();
    for (id, no) in &faults {
        let version: i64 = tx.q(BLANK).bind(*id).value().await?;
        for statement in [NOTES, GRAMS, REPORTED] {
            tx.q(statement).bind(*id).run().await?;
        }
        let about = format!("faults/{no}");
        tx.record(Change::new("fault", about.clone(), "erased").version(version));
        followups::store::erase::about(tx, &about).await?;
        ledger::erase_in(tx, &about, NOBODY).await?;
        let orders: Vec<(i64, String)> = tx.q(ORDERS).bind(*id).all().await?;
        for (order, no) in orders {
            let version: i64 = tx.q(BLANK_ORDER).bind(order).bind(now).value().await?;
            for statement in [EVENTS, OFFERS, PAPER, PICTURES] {
                tx.q(statement).bind(order).run().await?;
            }
            let about = format!("work-orders/{no}");
            tx.record(Change::new("work_order", about.clone(), "erased").version(version));
            followups::store::erase::about(tx, &about).await?;
        }
    }
    Ok(u64::try_from(faults.len()).unwrap_or(u64::MAX))
}
