//! What stands on the board, and the archive's search.

use std::collections::BTreeSet;

use super::super::order::Order;
use super::super::ticket::Ticket;
use super::{orders, tickets};
use crate::db::{Db, Query, Result, statements};
use crate::kernel::{Phone, StaffId, digits, folded};

statements! {
    /// How many tickets are open, and how many have missed a goal.
    OPEN_COUNT = "SELECT count(*) AS number FROM tickets WHERE state NOT IN ('closed', 'duplicate', 'cancelled')";
    /// Names of people.
    NAMES = "SELECT id, name FROM staff ORDER BY id";
}

/// What is looked for among tickets.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Words: number, company, place, serial, symptom, what was done, who went, the caller's telephone.
    pub q: String,
    /// Whoever looks sees whole telephone numbers.
    pub numbers: bool,
    /// A state, for a list of it.
    pub state: Option<String>,
    /// From this business date.
    pub from: Option<String>,
    /// To this business date.
    pub to: Option<String>,
    /// Of this engineer.
    pub engineer: Option<StaffId>,
    /// With a smaller number.
    pub before: Option<i64>,
}

/// The orders of a ticket, and the order itself: whose crews are meant by a name.
const OF_TICKET: &str = "w.ticket_id = t.id";
const OF_ORDER: &str = "w.id = o.id";

/// A number as it is asked for, its digits: the end of one is enough, of four digits and more.
fn dialled(text: &str) -> Option<String> {
    let of_numbers = |c: char| c.is_numeric() || " +-()－（）".contains(c);
    let asked = digits(text);
    (text.chars().all(of_numbers) && asked.len() >= 4).then_some(asked)
}

/// Narrows a question to tickets that say every word of what is looked for.
fn with_words<'q>(mut query: Query<'q>, q: &str, numbers: bool, crews: &'static str) -> Query<'q> {
    let text = q.trim().to_lowercase();
    let plainly = folded(&text);
    let mut letters = plainly.chars();
    if let (Some(one), None) = (letters.next(), letters.next())
        && one.is_alphanumeric()
    {
        // one letter is no piece: a family name
        let said = " AND lower(t.company || ' ' || t.place || ' ' || t.serial || ' ' || t.caller_name || ' ' || t.symptom) LIKE ";
        return query.push(said).push_bind(format!("%{one}%"));
    }
    let words: Vec<&str> = match dialled(&text) {
        Some(_) => vec![text.as_str()],
        None => text.split_whitespace().take(6).collect(),
    };
    for word in words {
        query = with_word(query, word, numbers, crews);
    }
    query
}

/// Narrows it to those that hold every piece of a word, whose crew is called so, or whose caller has such a number.
fn with_word<'q>(
    mut query: Query<'q>,
    word: &str,
    numbers: bool,
    crews: &'static str,
) -> Query<'q> {
    let (typed, word) = (super::grams(word), folded(word));
    let grams = super::grams(&word);
    if grams.is_empty() {
        return query;
    }
    let as_typed = typed != grams && !typed.is_empty();
    query = with_grams(query.push(" AND ("), grams);
    if as_typed {
        // what was written long ago in full width is found by that alone
        query = with_grams(query.push(" OR "), typed);
    }
    query = query
        .push(" OR EXISTS (SELECT 1 FROM work_orders w JOIN work_order_crew c ON c.order_id = w.id JOIN staff s ON s.id = c.staff_id WHERE ")
        .push(crews)
        .push(" AND lower(s.name) LIKE ")
        .push_bind(format!("%{}%", plain(&word)))
        .push(" ESCAPE '!')");
    if let Some(asked) = dialled(&word) {
        // digit by digit a number could be guessed: who sees only its end asks for that end or for all of it
        if numbers || asked.len() == 4 {
            query = query.push(" OR t.caller_number LIKE ").push_bind(format!("%{asked}"));
        }
        if let Some(phone) = Phone::read(&word) {
            query = query.push(" OR t.caller_number = ").push_bind(phone.to_string());
        }
    }
    query.push(")")
}

/// Those that hold all of these pieces.
fn with_grams<'q>(query: Query<'q>, grams: BTreeSet<String>) -> Query<'q> {
    let has = " AND EXISTS (SELECT 1 FROM ticket_grams g WHERE g.ticket_id = t.id AND g.gram = ";
    let each = |query: Query<'q>, gram: String| query.push(has).push_bind(gram).push(")");
    grams.into_iter().take(12).fold(query.push("(1 = 1"), each).push(")")
}

/// A text as a pattern that means itself, with `!` before what would mean more.
fn plain(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// All tickets on the board, the most urgent first.
pub async fn open(db: &Db, q: &str, numbers: bool) -> Result<Vec<Ticket>> {
    let query = tickets(db).push(" AND t.state NOT IN ('closed', 'duplicate', 'cancelled')");
    let query = with_words(query, q, numbers, OF_TICKET);
    query.push(" ORDER BY t.priority, t.opened_at, t.id LIMIT 500").all().await
}

/// Open tickets of customers whose name begins so, newest first; of one letter none.
pub async fn of_company(db: &Db, begins: &str) -> Result<Vec<Ticket>> {
    let begins = begins.trim().to_lowercase();
    if begins.chars().nth(1).is_none() {
        return Ok(vec![]);
    }
    let open = tickets(db).push(" AND t.state NOT IN ('closed', 'duplicate', 'cancelled')");
    let theirs = open.push(" AND lower(t.company) LIKE ").push_bind(format!("{}%", plain(&begins)));
    theirs.push(" ESCAPE '!' ORDER BY t.id DESC LIMIT 20").all().await
}

/// At most 51 tickets, newest first.
pub async fn found(db: &Db, search: &Search) -> Result<Vec<Ticket>> {
    let query = with_words(tickets(db), &search.q, search.numbers, OF_TICKET)
        .when(" AND t.state = ", search.state.clone())
        .when(" AND t.business_date >= ", search.from.clone())
        .when(" AND t.business_date <= ", search.to.clone())
        .when(" AND t.id < ", search.before);
    query.push(" ORDER BY t.id DESC LIMIT 51").all().await
}

/// At most 51 orders, newest first: found by customer, serial, engineer, date, text.
pub async fn orders_found(db: &Db, search: &Search) -> Result<Vec<Order>> {
    let mut query = with_words(orders::orders(db), &search.q, search.numbers, OF_ORDER)
        .when(" AND o.state = ", search.state.clone())
        .when(" AND t.business_date >= ", search.from.clone())
        .when(" AND t.business_date <= ", search.to.clone())
        .when(" AND o.id < ", search.before);
    if let Some(engineer) = search.engineer {
        query = query
            .push(" AND EXISTS (SELECT 1 FROM work_order_crew c WHERE c.order_id = o.id AND c.staff_id = ")
            .push_bind(engineer)
            .push(")");
    }
    query.push(" ORDER BY o.id DESC LIMIT 51").all().await
}

/// How many tickets are open.
pub async fn open_count(db: &Db) -> Result<i64> {
    db.read(OPEN_COUNT).value().await
}

/// Everybody's name, for those who once did something too.
pub async fn names(db: &Db) -> Result<Vec<(StaffId, String)>> {
    db.read(NAMES).all().await
}
