//! Tickets in the store: opening, changing, finding.

pub mod again;
pub mod board;
pub mod clocks;
pub mod due;
pub mod erase;
pub mod facts;
pub mod grown;
pub mod helps;
pub mod links;
pub mod offers;
pub mod orders;
pub mod papers;
pub mod people;
pub mod places;
pub mod reports;
pub mod visits;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sqlx::types::Json;

pub use due::{closing, next_due, returning};

use super::ticket::{State, Ticket};
use crate::db::{Change, Db, Error, Query, Result, Sql, Tx, counters, statements};
use crate::kernel::{CallId, FaultNo, Moment, StaffId, folded};

statements! {
    /// Tickets, for what is asked of them.
    TICKETS = "SELECT t.id, t.no, t.version, t.state, t.opened_at, t.opened_by, t.business_date, t.call_id, t.contact_id, t.caller_number, t.caller_name,
                      t.company, t.site_id, t.contract_id, t.asset_id, t.place, t.serial, t.need, t.purpose, t.symptom, t.category, t.skill, t.impact, t.urgency,
                      t.priority, t.tried, t.plan, t.promised_at, t.owner, t.waiting_for, t.waiting_until, t.waiting_from, t.solution, t.cause, t.solved_how,
                      t.accepted_at, t.resolved_at, t.closed_at, t.satisfaction, t.reopened, t.duplicate_of, t.reason, t.readback_at
               FROM tickets t WHERE 1 = 1";
    /// Writes a new ticket down.
    OPEN = "INSERT INTO tickets (no, version, state, opened_at, opened_by, business_date, call_id, contact_id, caller_number, caller_name, company, site_id,
                contract_id, asset_id, place, serial, need, purpose, symptom, category, skill, impact, urgency, priority, tried, plan, promised_at, solution, cause, reopened, reason, readback_at)
            VALUES ($1, 1, 'new', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, '', '', 0, '', $26) RETURNING id";
    /// Saves all that may change of a ticket, against its version.
    SAVE = "UPDATE tickets SET version = version + 1, state = $3, caller_number = $4, caller_name = $5, company = $6, site_id = $7, contract_id = $8, asset_id = $9,
                place = $10, serial = $11, need = $12, purpose = $13, symptom = $14, category = $15, skill = $16, impact = $17, urgency = $18, priority = $19, tried = $20,
                plan = $21, promised_at = $22, owner = $23, waiting_for = $24, waiting_until = $25, waiting_from = $26, solution = $27, cause = $28, solved_how = $29,
                accepted_at = $30, resolved_at = $31, closed_at = $32, satisfaction = $33, reopened = $34, duplicate_of = $35, reason = $36, readback_at = $37
            WHERE id = $1 AND version = $2";
    /// For which tickets one stands, oldest first.
    DOUBLES = "SELECT no FROM tickets WHERE duplicate_of = $1 ORDER BY id";
    /// Holds a ticket until the end of the change.
    HOLD = "UPDATE tickets SET version = version WHERE no = $1";
    /// Says something about a ticket.
    NOTE = "INSERT INTO ticket_notes (ticket_id, at, by_staff, kind, text) VALUES ($1, $2, $3, $4, $5)";
    /// What was said about a ticket, oldest first.
    NOTES = "SELECT n.id, n.at, n.by_staff, coalesce(s.name, '') AS name, n.kind, n.text FROM ticket_notes n LEFT JOIN staff s ON s.id = n.by_staff WHERE n.ticket_id = $1 ORDER BY n.id";
    /// What people said of a ticket.
    SAID = "SELECT text FROM ticket_notes WHERE ticket_id = $1 AND kind = 'note'";
    /// How often a promise was written since a moment.
    PROMISED = "SELECT count(*) AS number FROM ticket_notes WHERE ticket_id = $1 AND kind = 'edited' AND at > $2 AND text LIKE '%promised'";
    /// Forgets the pieces of a ticket's words.
    FORGET = "DELETE FROM ticket_grams WHERE ticket_id = $1";
    /// Keeps the pieces of a ticket's words.
    GRAMS = sqlite "INSERT INTO ticket_grams (gram, ticket_id) SELECT e.value, $1 FROM json_each($2) e WHERE true ON CONFLICT DO NOTHING",
            postgres "INSERT INTO ticket_grams (gram, ticket_id) SELECT e.v, $1 FROM jsonb_array_elements_text($2) AS e(v) ON CONFLICT DO NOTHING";
}

/// The ticket is another version than the writer saw.
pub const STALE: &str = "ticket_stale";

/// What is written when a fault is reported.
#[derive(Debug, Clone, Default)]
pub struct NewTicket {
    /// The call it came by.
    pub call_id: Option<CallId>,
    /// The customer's card.
    pub contact_id: Option<i64>,
    /// Who reported it.
    pub caller_number: String,
    /// Their name.
    pub caller_name: String,
    /// Whose fault it is.
    pub company: String,
    /// Where.
    pub site_id: Option<i64>,
    /// By which contract.
    pub contract_id: Option<i64>,
    /// Which thing.
    pub asset_id: Option<i64>,
    /// Where, in words.
    pub place: String,
    /// Its serial number.
    pub serial: String,
    /// 需求.
    pub need: String,
    /// 目的.
    pub purpose: String,
    /// What is seen.
    pub symptom: String,
    /// What sort of thing.
    pub category: String,
    /// What an engineer must be able to do.
    pub skill: String,
    /// 1 to 3.
    pub impact: i64,
    /// 1 to 3.
    pub urgency: i64,
    /// What the caller has tried.
    pub tried: String,
    /// What will be done.
    pub plan: String,
    /// Until when.
    pub promised_at: Option<Moment>,
    /// It was read back to who reports it as it is written.
    pub read_back: bool,
}

/// Something said about a ticket.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Note {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Moment,
    /// Who; `None` is the house.
    pub by_staff: Option<StaffId>,
    /// Their name.
    pub name: String,
    /// What sort: `note`, `waiting`, `offline`, …
    pub kind: String,
    /// The words.
    pub text: String,
}

/// Writes a line about a ticket into the journal.
pub fn record(tx: &mut Tx, no: &str, change: &'static str, version: i64) {
    tx.record(Change::new("fault", format!("faults/{no}"), change).version(version));
}

/// Opens a ticket with the next number of the year; `local` is the site's date.
pub async fn open(
    tx: &mut Tx,
    new: &NewTicket,
    local: NaiveDate,
    business: NaiveDate,
) -> Result<Ticket> {
    let serial = counters::next(tx, &FaultNo::series(local)).await?;
    let no = FaultNo::new(local, serial).to_string();
    let (now, by) = (tx.now(), tx.by());
    let id: i64 = tx
        .q(OPEN)
        .bind(&no)
        .bind(now)
        .bind(by)
        .bind(business.to_string())
        .bind(new.call_id)
        .bind(new.contact_id)
        .bind(&new.caller_number)
        .bind(&new.caller_name)
        .bind(&new.company)
        .bind(new.site_id)
        .bind(new.contract_id)
        .bind(new.asset_id)
        .bind(&new.place)
        .bind(&new.serial)
        .bind(&new.need)
        .bind(&new.purpose)
        .bind(&new.symptom)
        .bind(&new.category)
        .bind(&new.skill)
        .bind(new.impact)
        .bind(new.urgency)
        .bind(super::ticket::priority(new.impact, new.urgency))
        .bind(&new.tried)
        .bind(&new.plan)
        .bind(new.promised_at)
        .bind(new.read_back.then_some(now))
        .value()
        .await?;
    record(tx, &no, "opened", 1);
    if new.read_back {
        record(tx, &no, "read_back", 1);
    }
    let ticket = in_tx(tx, &no).await?.ok_or(Error::NotFound)?;
    index(tx, id, &words_of(&ticket)).await?;
    Ok(ticket)
}

/// All words by which a ticket is found.
fn words_of(ticket: &Ticket) -> String {
    [
        ticket.no.as_str(),
        &ticket.company,
        &ticket.place,
        &ticket.serial,
        &ticket.symptom,
        &ticket.caller_name,
        &ticket.solution,
        &ticket.plan,
        &ticket.need,
    ]
    .join("\n")
}

/// Keeps more words by which a ticket is found.
pub async fn index(tx: &mut Tx, id: i64, words: &str) -> Result<()> {
    // what stands in full width is found by either
    let mut all = grams(words);
    all.append(&mut grams(&folded(words)));
    tx.q(GRAMS).bind(id).bind(Json(all)).run().await.map(drop)
}

/// The two-character pieces of a text, without blanks and marks, in small letters.
pub fn grams(text: &str) -> BTreeSet<String> {
    let plain: Vec<char> = text.to_lowercase().chars().collect();
    plain
        .windows(2)
        .filter(|pair| pair.iter().all(|c| c.is_alphanumeric() || matches!(c, '-')))
        .map(|pair| pair.iter().collect())
        .collect()
}

/// Saves a ticket against the version it was read at; gives the new one.
pub async fn save(tx: &mut Tx, ticket: &mut Ticket, change: &'static str) -> Result<()> {
    let done = tx
        .q(SAVE)
        .bind(ticket.id)
        .bind(ticket.version)
        .bind(ticket.state.name())
        .bind(&ticket.caller_number)
        .bind(&ticket.caller_name)
        .bind(&ticket.company)
        .bind(ticket.site_id)
        .bind(ticket.contract_id)
        .bind(ticket.asset_id)
        .bind(&ticket.place)
        .bind(&ticket.serial)
        .bind(&ticket.need)
        .bind(&ticket.purpose)
        .bind(&ticket.symptom)
        .bind(&ticket.category)
        .bind(&ticket.skill)
        .bind(ticket.impact)
        .bind(ticket.urgency)
        .bind(ticket.priority)
        .bind(&ticket.tried)
        .bind(&ticket.plan)
        .bind(ticket.promised_at)
        .bind(ticket.owner)
        .bind(&ticket.waiting_for)
        .bind(ticket.waiting_until)
        .bind(&ticket.waiting_from)
        .bind(&ticket.solution)
        .bind(&ticket.cause)
        .bind(&ticket.solved_how)
        .bind(ticket.accepted_at)
        .bind(ticket.resolved_at)
        .bind(ticket.closed_at)
        .bind(ticket.satisfaction)
        .bind(ticket.reopened)
        .bind(ticket.duplicate_of)
        .bind(&ticket.reason)
        .bind(ticket.readback_at)
        .run()
        .await?;
    if done == 0 {
        return Err(Error::Refused(STALE.to_owned()));
    }
    ticket.version += 1;
    record(tx, &ticket.no, change, ticket.version);
    tx.q(FORGET).bind(ticket.id).run().await?;
    let said: Vec<String> = tx.q(SAID).bind(ticket.id).values().await?;
    let words = format!("{}\n{}", words_of(ticket), said.join("\n"));
    index(tx, ticket.id, &words).await?;
    orders::index_of(tx, ticket.id).await
}

/// The ticket of a number inside a change, held until its end.
pub async fn in_tx(tx: &mut Tx, no: &str) -> Result<Option<Ticket>> {
    tx.q(HOLD).bind(no).run().await?;
    tx.q(TICKETS).push(" AND t.no = ").push_bind(no).maybe().await
}

/// The ticket of a row inside a change, held until its end.
pub async fn in_tx_by_id(tx: &mut Tx, id: i64) -> Result<Ticket> {
    let found: Ticket = tx.q(TICKETS).push(" AND t.id = ").push_bind(id).one().await?;
    in_tx(tx, &found.no).await?.ok_or(Error::NotFound)
}

/// The ticket of a number.
pub async fn by_no(db: &Db, no: &str) -> Result<Option<Ticket>> {
    db.read(TICKETS).push(" AND t.no = ").push_bind(no).maybe().await
}

/// The ticket of a row.
pub async fn by_id(db: &Db, id: i64) -> Result<Option<Ticket>> {
    db.read(TICKETS).push(" AND t.id = ").push_bind(id).maybe().await
}

pub(super) fn tickets(db: &Db) -> Query<'_> {
    db.read(TICKETS)
}

/// Says something about a ticket.
pub async fn note(tx: &mut Tx, ticket: i64, kind: &'static str, text: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.by());
    tx.q(NOTE).bind(ticket).bind(now).bind(by).bind(kind).bind(text).run().await.map(drop)
}

/// What was said about a ticket, oldest first.
pub async fn notes(db: &Db, ticket: i64) -> Result<Vec<Note>> {
    db.read(NOTES).bind(ticket).all().await
}

/// Whether a promise came after the rest was read back: it was not read itself.
pub async fn promise_unread(tx: &mut Tx, ticket: &Ticket) -> Result<bool> {
    let (Some(read), Some(_)) = (ticket.readback_at, ticket.promised_at) else { return Ok(false) };
    let written: i64 = tx.q(PROMISED).bind(ticket.id).bind(read).value().await?;
    Ok(written > 0)
}

/// The same for who has its notes.
pub fn is_promise_unread(ticket: &Ticket, notes: &[Note]) -> bool {
    let promised = |note: &Note| note.kind == "edited" && note.text.ends_with("promised");
    let after = |read| notes.iter().any(|note| note.at > read && promised(note));
    ticket.promised_at.is_some() && ticket.readback_at.is_some_and(after)
}

/// Tickets on the board of the same number, site or serial: first those that are not solved, each the newest first;
/// `but` is left out.
pub async fn alike(
    db: &Db,
    numbers: &[String],
    site: Option<i64>,
    serial: &str,
    but: i64,
) -> Result<Vec<Ticket>> {
    let open = " AND t.state NOT IN ('closed', 'duplicate', 'cancelled') AND t.id <> ";
    let mut found: Vec<Ticket> = Vec::new();
    for number in numbers.iter().filter(|number| !number.is_empty()).take(5) {
        let of_number =
            tickets(db).push(open).push_bind(but).push(" AND t.caller_number = ").push_bind(number);
        found.extend(of_number.push(" ORDER BY t.id DESC LIMIT 20").all::<Ticket>().await?);
    }
    if let Some(site) = site {
        let of_site =
            tickets(db).push(open).push_bind(but).push(" AND t.site_id = ").push_bind(site);
        found.extend(of_site.push(" ORDER BY t.id DESC LIMIT 20").all::<Ticket>().await?);
    }
    if !serial.is_empty() {
        let of_serial =
            tickets(db).push(open).push_bind(but).push(" AND t.serial = ").push_bind(serial);
        found.extend(of_serial.push(" ORDER BY t.id DESC LIMIT 20").all::<Ticket>().await?);
    }
    found.sort_by_key(|ticket| (!ticket.state.is_active(), std::cmp::Reverse(ticket.id)));
    found.dedup_by_key(|ticket| ticket.id);
    Ok(found)
}

/// The numbers of those a ticket stands for, oldest first.
pub async fn doubles(db: &Db, ticket: i64) -> Result<Vec<String>> {
    db.read(DOUBLES).bind(ticket).values().await
}

/// The tickets a call led to.
pub async fn of_call(db: &Db, call: CallId) -> Result<Vec<Ticket>> {
    tickets(db).push(" AND t.call_id = ").push_bind(call).push(" ORDER BY t.id").all().await
}

/// The states that stand on the board.
pub fn on_board(state: State) -> bool {
    state.is_open()
}

/// Every register of the room, for the test that prepares them.
pub const REGISTER: &[&[(&str, Sql)]] = &[
    STATEMENTS,
    again::STATEMENTS,
    board::STATEMENTS,
    clocks::STATEMENTS,
    due::STATEMENTS,
    facts::STATEMENTS,
    grown::STATEMENTS,
    helps::STATEMENTS,
    links::STATEMENTS,
    offers::STATEMENTS,
    orders::STATEMENTS,
    papers::STATEMENTS,
    people::STATEMENTS,
    places::STATEMENTS,
    reports::STATEMENTS,
    erase::STATEMENTS,
    visits::STATEMENTS,
];
