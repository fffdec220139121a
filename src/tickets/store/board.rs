//! What stands on the board, and the archive's search.

use super::super::order::Order;
use super::super::ticket::Ticket;
use super::{orders, tickets};
use crate::db::{Db, Query, Result, statements};
use crate::kernel::StaffId;

statements! {
    /// How many tickets are open, and how many have missed a goal.
    OPEN_COUNT = "SELECT count(*) AS number FROM tickets WHERE state NOT IN ('closed', 'duplicate', 'cancelled')";
    /// Names of people.
    NAMES = "SELECT id, name FROM staff ORDER BY id";
}

/// What is looked for among tickets.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Words: number, company, place, serial, symptom, what was done.
    pub q: String,
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

/// Narrows a question to tickets whose words hold every piece of what is looked for.
fn with_words<'q>(mut query: Query<'q>, q: &str) -> Query<'q> {
    let text = q.trim().to_lowercase();
    let mut letters = text.chars();
    if let (Some(one), None) = (letters.next(), letters.next())
        && one.is_alphanumeric()
    {
        // one letter is no piece: a family name
        let said = " AND lower(t.company || ' ' || t.place || ' ' || t.serial || ' ' || t.caller_name || ' ' || t.symptom) LIKE ";
        return query.push(said).push_bind(format!("%{one}%"));
    }
    for gram in super::grams(q).into_iter().take(12) {
        query = query
            .push(
                " AND EXISTS (SELECT 1 FROM ticket_grams g WHERE g.ticket_id = t.id AND g.gram = ",
            )
            .push_bind(gram)
            .push(")");
    }
    query
}

/// All tickets on the board, the most urgent first.
pub async fn open(db: &Db, q: &str) -> Result<Vec<Ticket>> {
    let query = tickets(db).push(" AND t.state NOT IN ('closed', 'duplicate', 'cancelled')");
    with_words(query, q).push(" ORDER BY t.priority, t.opened_at, t.id LIMIT 500").all().await
}

/// Open tickets of customers whose name begins so, newest first; of one letter none.
pub async fn of_company(db: &Db, begins: &str) -> Result<Vec<Ticket>> {
    let begins = begins.trim().to_lowercase();
    if begins.chars().nth(1).is_none() {
        return Ok(vec![]);
    }
    let plain = begins.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let open = tickets(db).push(" AND t.state NOT IN ('closed', 'duplicate', 'cancelled')");
    let theirs = open.push(" AND lower(t.company) LIKE ").push_bind(format!("{plain}%"));
    theirs.push(" ESCAPE '!' ORDER BY t.id DESC LIMIT 20").all().await
}

/// At most 51 tickets, newest first.
pub async fn found(db: &Db, search: &Search) -> Result<Vec<Ticket>> {
    let query = with_words(tickets(db), &search.q)
        .when(" AND t.state = ", search.state.clone())
        .when(" AND t.business_date >= ", search.from.clone())
        .when(" AND t.business_date <= ", search.to.clone())
        .when(" AND t.id < ", search.before);
    query.push(" ORDER BY t.id DESC LIMIT 51").all().await
}

/// At most 51 orders, newest first: found by customer, serial, engineer, date, text.
pub async fn orders_found(db: &Db, search: &Search) -> Result<Vec<Order>> {
    let mut query = with_words(orders::orders(db), &search.q)
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
