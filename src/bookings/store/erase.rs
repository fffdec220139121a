//! What bookings, the waitlist and banquets hold of a guest, and how the guest is taken out of them: rooms,
//! times, heads and money stay.

use serde_json::{Value, json};

use super::super::store::{banquets, waiting};
use crate::db::{Change, Db, Result, Tx, statements};
use crate::followups;
use crate::kernel::{BookingId, spellings};
use crate::undo::store as ledger;

statements! {
    /// The bookings of a number, of its calls, or that say it.
    BOOKINGS = "SELECT b.id, b.no, b.name FROM bookings b LEFT JOIN calls c ON c.id = b.call_id
                WHERE b.phone = $1 OR c.caller_number = $1 OR b.wishes LIKE $2 OR b.note LIKE $2 OR b.name LIKE $2 ORDER BY b.id";
    /// A booking without its guest.
    BLANK = "UPDATE bookings SET contact_id = NULL, name = '–', phone = CASE WHEN phone IS NULL THEN NULL ELSE '' END, wall = '–', wishes = '', note = '', occasion = '',
                 reason = CASE WHEN reason IS NULL THEN NULL ELSE '–' END, version = version + 1
             WHERE id = $1 RETURNING version";
    /// What was asked of somebody.
    APPROVALS = "UPDATE booking_approvals SET command = '{}', why = '', state = CASE WHEN state = 'asked' THEN 'refused' ELSE state END WHERE booking_id = $1";
    /// The same where the number itself was asked for, or stands in the answer.
    APPROVALS_SAYING = "UPDATE booking_approvals SET command = '{}', why = '', state = CASE WHEN state = 'asked' THEN 'refused' ELSE state END WHERE command LIKE $1 OR why LIKE $1";
    /// What stands on the claims of a booking.
    CLAIMS = "UPDATE claims SET note = '', release_reason = CASE WHEN release_reason IS NULL THEN NULL ELSE '–' END
              WHERE (note <> '' OR release_reason IS NOT NULL) AND id IN (SELECT s.claim_id FROM segments s WHERE s.booking_id = $1)";
    /// Who looked at a room and then booked.
    VIEWINGS = "UPDATE viewings SET name = '–' WHERE booking_id = $1";
    /// Those who wait under a number.
    WAITING = "SELECT w.id, w.name FROM waitlist w LEFT JOIN calls c ON c.id = w.call_id WHERE w.phone = $1 OR c.caller_number = $1 OR w.note LIKE $2 ORDER BY w.id";
    /// Somebody who waits, without name and number.
    BLANK_WAITING = "UPDATE waitlist SET contact_id = NULL, name = '–', phone = '', note = '', version = version + 1 WHERE id = $1 RETURNING version";
    /// The banquets of a number.
    BANQUETS = "SELECT q.id, q.name FROM banquets q LEFT JOIN calls c ON c.id = q.call_id WHERE q.phone = $1 OR c.caller_number = $1 OR q.note LIKE $2 ORDER BY q.id";
    /// A banquet without its host.
    BLANK_BANQUET = "UPDATE banquets SET contact_id = NULL, name = '–', phone = '', occasion = '', note = '',
                         reason = CASE WHEN reason IS NULL THEN NULL ELSE '–' END, version = version + 1
                     WHERE id = $1 RETURNING version";
}

/// Everything of a number.
pub(in crate::bookings) async fn held(db: &Db, number: &str) -> Result<Value> {
    let pattern = spellings(number).into_iter().next().unwrap_or_default();
    let mut all = Vec::new();
    let bookings: Vec<(BookingId, String, String)> =
        db.read(BOOKINGS).bind(number.to_owned()).bind(pattern.clone()).all().await?;
    all.extend(bookings.into_iter().map(|(_, no, name)| json!({ "booking": no, "name": name })));
    let waiting: Vec<(i64, String)> =
        db.read(WAITING).bind(number.to_owned()).bind(pattern.clone()).all().await?;
    all.extend(waiting.into_iter().map(|(id, name)| json!({ "waitlist": id, "name": name })));
    let banquets: Vec<(i64, String)> =
        db.read(BANQUETS).bind(number.to_owned()).bind(pattern).all().await?;
    all.extend(banquets.into_iter().map(|(id, name)| json!({ "banquet": id, "name": name })));
    Ok(Value::Array(all))
}

/// Takes the guest out of everything; how many records there were.
pub(in crate::bookings) async fn erase(tx: &mut Tx, number: &str) -> Result<u64> {
    let mut done = 0;
    for pattern in spellings(number) {
        let bookings: Vec<(BookingId, String, String)> =
            tx.q(BOOKINGS).bind(number.to_owned()).bind(pattern.clone()).all().await?;
        for (id, no, _) in bookings {
            let version: i64 = tx.q(BLANK).bind(id).value().await?;
            let about = format!("bookings/{no}");
            ledger::erase_in(tx, &about, &pattern).await?;
            for statement in [APPROVALS, CLAIMS, VIEWINGS] {
                tx.q(statement).bind(id).run().await?;
            }
            gone(tx, about, version).await?;
            done += 1;
        }
        let waiting: Vec<(i64, String)> =
            tx.q(WAITING).bind(number.to_owned()).bind(pattern.clone()).all().await?;
        for (id, _) in waiting {
            let version: i64 = tx.q(BLANK_WAITING).bind(id).value().await?;
            gone(tx, waiting::subject(id), version).await?;
            done += 1;
        }
        let banquets: Vec<(i64, String)> =
            tx.q(BANQUETS).bind(number.to_owned()).bind(pattern.clone()).all().await?;
        for (id, _) in banquets {
            let version: i64 = tx.q(BLANK_BANQUET).bind(id).value().await?;
            gone(tx, banquets::subject(id), version).await?;
            done += 1;
        }
        ledger::erase_in(tx, "", &pattern).await?;
        tx.q(APPROVALS_SAYING).bind(pattern).run().await?;
    }
    Ok(done)
}

async fn gone(tx: &mut Tx, about: String, version: i64) -> Result<()> {
    tx.record(Change::new("booking", about.clone(), "erased").version(version));
    followups::store::erase::about(tx, &about).await.map(drop)
}
