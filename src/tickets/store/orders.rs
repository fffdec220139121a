//! Work orders: written, changed, their crew, events, pictures and offers.

use chrono::NaiveDate;

use super::super::order::{Order, State, Verb};
use super::super::ticket::Ticket;
use crate::db::{Change, Db, Error, Query, Result, Tx, counters, statements};
use crate::kernel::{Moment, StaffId, WorkOrderNo};

statements! {
    /// Orders, for what is asked of them.
    ORDERS = "SELECT o.id, o.no, o.version, o.ticket_id, o.state, o.created_at, o.issued_at, o.issued_by, o.skills, o.window_from, o.window_to, o.tasks, o.tools,
                     o.instructions, o.acked_at, o.departed_at, o.arrived_at, o.finished_at, o.signed_at, o.archived_at, o.cause, o.work_done, o.parts, o.readings,
                     o.next_step, o.fee_fen, o.customer, o.satisfaction, o.unsigned_why, o.prints, o.round, o.ticked
              FROM work_orders o JOIN tickets t ON t.id = o.ticket_id WHERE 1 = 1";
    /// Writes a draft.
    DRAFT = "INSERT INTO work_orders (no, version, ticket_id, state, created_at, skills, window_from, window_to, tasks, tools, instructions, cause, work_done, parts, readings, next_step, fee_fen, customer, unsigned_why, prints, round)
             VALUES ($1, 1, $2, 'draft', $3, $4, $5, $6, $7, $8, $9, '', '', '', '', '', 0, '', '', 0, $10) RETURNING id";
    /// Saves all that may change of an order, against its version.
    SAVE = "UPDATE work_orders SET version = version + 1, state = $3, issued_at = $4, issued_by = $5, skills = $6, window_from = $7, window_to = $8, tasks = $9, tools = $10,
                instructions = $11, acked_at = $12, departed_at = $13, arrived_at = $14, finished_at = $15, signed_at = $16, archived_at = $17, cause = $18, work_done = $19,
                parts = $20, readings = $21, next_step = $22, fee_fen = $23, customer = $24, satisfaction = $25, unsigned_why = $26, round = $27, ticked = $28
            WHERE id = $1 AND version = $2";
    /// Holds an order until the end of the change.
    HOLD = "UPDATE work_orders SET version = version WHERE no = $1";
    /// Counts a print.
    PRINTED = "UPDATE work_orders SET prints = prints + 1 WHERE no = $1";
    /// Somebody of the crew.
    JOIN_CREW = "INSERT INTO work_order_crew (order_id, staff_id, lead) VALUES ($1, $2, $3)";
    /// Nobody any more.
    CLEAR_CREW = "DELETE FROM work_order_crew WHERE order_id = $1";
    /// The crew, the lead first.
    CREW = "SELECT c.order_id, c.staff_id, s.name, c.lead FROM work_order_crew c JOIN staff s ON s.id = c.staff_id WHERE c.order_id = $1 ORDER BY c.lead DESC, c.staff_id";
    /// The crews of the orders that stand on the board.
    CREWS = "SELECT c.order_id, c.staff_id, s.name, c.lead FROM work_order_crew c JOIN staff s ON s.id = c.staff_id JOIN work_orders o ON o.id = c.order_id JOIN tickets t ON t.id = o.ticket_id
             WHERE t.state NOT IN ('closed', 'duplicate', 'cancelled') AND o.state <> 'recalled' ORDER BY c.order_id, c.lead DESC, c.staff_id";
    /// What was done to an order.
    EVENT = "INSERT INTO work_order_events (order_id, op_id, verb, by_staff, at_client, at_server, applied, state, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// What was done to an order, oldest first.
    EVENTS = "SELECT e.id, e.verb, e.by_staff, coalesce(s.name, '') AS name, e.at_client, e.at_server, e.applied, e.state, e.text FROM work_order_events e LEFT JOIN staff s ON s.id = e.by_staff WHERE e.order_id = $1 ORDER BY e.id";
    /// Whether an act was taken in before.
    KNOWN = "SELECT applied FROM work_order_events WHERE op_id = $1";
    /// Of a ticket's orders since it last came back, how many are issued and how many not over.
    COUNTS = "SELECT count(CASE WHEN o.state NOT IN ('draft', 'recalled') THEN 1 END) AS issued, count(CASE WHEN o.state NOT IN ('done', 'signed', 'archived', 'recalled') THEN 1 END) AS open
              FROM work_orders o JOIN tickets t ON t.id = o.ticket_id WHERE o.ticket_id = $1 AND o.round = t.reopened";
    /// What the orders of a ticket say, for the search.
    WORDS = "SELECT o.no, o.cause, o.work_done, o.parts, o.readings, o.customer, o.tasks, o.tools, o.instructions, o.next_step FROM work_orders o WHERE o.ticket_id = $1";
}

/// The order is another version than the writer saw.
pub const STALE: &str = "work_order_stale";

/// What a dispatcher writes.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What the crew must be able to do.
    pub skills: String,
    /// From when the customer expects them.
    pub window_from: Option<Moment>,
    /// Until when.
    pub window_to: Option<Moment>,
    /// What to do, a line each.
    pub tasks: String,
    /// What to take along.
    pub tools: String,
    /// What to know.
    pub instructions: String,
}

/// Somebody of a crew.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Mate {
    /// Of which order.
    #[serde(skip)]
    pub order_id: i64,
    /// Who.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// Leads.
    pub lead: bool,
}

/// The names of a crew, the lead first.
pub fn named(crew: &[Mate]) -> String {
    crew.iter().map(|mate| mate.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Something that was done to an order.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Event {
    /// Its number.
    pub id: i64,
    /// What.
    #[sqlx(try_from = "String")]
    pub verb: Verb,
    /// By whom; `None` is the house.
    pub by_staff: Option<StaffId>,
    /// Their name.
    pub name: String,
    /// When, by the clock of whoever did it.
    pub at_client: Moment,
    /// When it reached us.
    pub at_server: Moment,
    /// `false`: it was not legal any more when it came, and is kept as a note.
    pub applied: bool,
    /// Where the order stood when it came.
    pub state: String,
    /// What was said with it.
    pub text: String,
}

/// What is new about an order.
#[derive(Debug, Clone)]
pub struct NewEvent<'e> {
    /// The number the telephone gave the act.
    pub op_id: Option<&'e str>,
    /// What.
    pub verb: Verb,
    /// When, by the clock of whoever did it.
    pub at: Moment,
    /// Whether it was legal.
    pub applied: bool,
    /// What was said with it.
    pub text: &'e str,
}

/// Writes a line about an order into the journal.
pub fn record(tx: &mut Tx, no: &str, change: &'static str, version: i64) {
    tx.record(Change::new("work_order", format!("work-orders/{no}"), change).version(version));
}

/// Writes a draft with the next number of the year.
pub async fn draft(tx: &mut Tx, ticket: &Ticket, plan: &Plan, local: NaiveDate) -> Result<Order> {
    let serial = counters::next(tx, &WorkOrderNo::series(local)).await?;
    let no = WorkOrderNo::new(local, serial).to_string();
    let now = tx.now();
    let draft = tx.q(DRAFT).bind(&no).bind(ticket.id).bind(now).bind(&plan.skills);
    let draft = draft.bind(plan.window_from).bind(plan.window_to).bind(&plan.tasks);
    let draft = draft.bind(&plan.tools).bind(&plan.instructions).bind(ticket.reopened);
    let _: i64 = draft.value().await?;
    record(tx, &no, "drafted", 1);
    in_tx(tx, &no).await?.ok_or(Error::NotFound)
}

/// Saves an order against the version it was read at.
pub async fn save(tx: &mut Tx, order: &mut Order, change: &'static str) -> Result<()> {
    let done = tx
        .q(SAVE)
        .bind(order.id)
        .bind(order.version)
        .bind(order.state.name())
        .bind(order.issued_at)
        .bind(order.issued_by)
        .bind(&order.skills)
        .bind(order.window_from)
        .bind(order.window_to)
        .bind(&order.tasks)
        .bind(&order.tools)
        .bind(&order.instructions)
        .bind(order.acked_at)
        .bind(order.departed_at)
        .bind(order.arrived_at)
        .bind(order.finished_at)
        .bind(order.signed_at)
        .bind(order.archived_at)
        .bind(&order.cause)
        .bind(&order.work_done)
        .bind(&order.parts)
        .bind(&order.readings)
        .bind(&order.next_step)
        .bind(order.fee_fen)
        .bind(&order.customer)
        .bind(order.satisfaction)
        .bind(&order.unsigned_why)
        .bind(order.round)
        .bind(&order.ticked)
        .run()
        .await?;
    if done == 0 {
        return Err(Error::Refused(STALE.to_owned()));
    }
    order.version += 1;
    record(tx, &order.no, change, order.version);
    index_of(tx, order.ticket_id).await
}

/// Keeps the words of a ticket's orders for the search.
pub(super) async fn index_of(tx: &mut Tx, ticket: i64) -> Result<()> {
    #[derive(sqlx::FromRow)]
    struct Words {
        no: String,
        cause: String,
        work_done: String,
        parts: String,
        readings: String,
        customer: String,
        tasks: String,
        tools: String,
        instructions: String,
        next_step: String,
    }
    let orders: Vec<Words> = tx.q(WORDS).bind(ticket).all().await?;
    for one in orders {
        let done = [one.no, one.cause, one.work_done, one.parts, one.readings, one.customer];
        let told = [one.tasks, one.tools, one.instructions, one.next_step];
        super::index(tx, ticket, &[done.join("\n"), told.join("\n")].join("\n")).await?;
    }
    Ok(())
}

/// The order of a number inside a change, held until its end.
pub async fn in_tx(tx: &mut Tx, no: &str) -> Result<Option<Order>> {
    tx.q(HOLD).bind(no).run().await?;
    tx.q(ORDERS).push(" AND o.no = ").push_bind(no).maybe().await
}

/// The order of a number.
pub async fn by_no(db: &Db, no: &str) -> Result<Option<Order>> {
    db.read(ORDERS).push(" AND o.no = ").push_bind(no).maybe().await
}

/// The orders of a ticket, oldest first.
pub async fn of_ticket(db: &Db, ticket: i64) -> Result<Vec<Order>> {
    db.read(ORDERS).push(" AND o.ticket_id = ").push_bind(ticket).push(" ORDER BY o.id").all().await
}

/// What the customer said on site since the ticket last came back, 1 to 5: with the newest signature.
pub async fn rated(db: &Db, ticket: &Ticket) -> Result<Option<i64>> {
    let own = of_ticket(db, ticket.id).await?.into_iter();
    let own = own.filter(|one| one.round == ticket.reopened);
    let said = own.filter_map(|one| one.satisfaction.map(|word| (one.signed_at, word)));
    Ok(said.max().map(|(_, word)| word))
}

/// The same as [`of_ticket`] inside a change.
pub async fn of_ticket_in(tx: &mut Tx, ticket: i64) -> Result<Vec<Order>> {
    tx.q(ORDERS).push(" AND o.ticket_id = ").push_bind(ticket).push(" ORDER BY o.id").all().await
}

/// Every order of a ticket on the board that is not taken back, filed or not.
pub async fn open(db: &Db) -> Result<Vec<Order>> {
    let on_board = " AND t.state NOT IN ('closed', 'duplicate', 'cancelled') AND o.state <> 'recalled' ORDER BY o.id";
    db.read(ORDERS).push(on_board).all().await
}

/// What somebody of a crew has to do: not filed, not taken back, no draft.
pub async fn of_engineer(db: &Db, who: StaffId) -> Result<Vec<Order>> {
    let of = " AND o.state NOT IN ('draft', 'signed', 'archived', 'recalled') AND EXISTS (SELECT 1 FROM work_order_crew c WHERE c.order_id = o.id AND c.staff_id = ";
    db.read(ORDERS).push(of).push_bind(who).push(") ORDER BY t.priority, o.id").all().await
}

pub(super) fn orders(db: &Db) -> Query<'_> {
    db.read(ORDERS)
}

/// Counts a print; a reprint is told by it.
pub async fn printed(tx: &mut Tx, no: &str) -> Result<()> {
    tx.keep(PRINTED).bind(no).run().await.map(drop)
}

/// Sets the crew, the lead first.
pub async fn set_crew(tx: &mut Tx, order: i64, crew: &[StaffId]) -> Result<()> {
    tx.q(CLEAR_CREW).bind(order).run().await?;
    for (place, who) in crew.iter().enumerate() {
        tx.q(JOIN_CREW).bind(order).bind(*who).bind(place == 0).run().await?;
    }
    Ok(())
}

/// The crew, the lead first.
pub async fn crew(db: &Db, order: i64) -> Result<Vec<Mate>> {
    db.read(CREW).bind(order).all().await
}

/// The same inside a change.
pub async fn crew_in(tx: &mut Tx, order: i64) -> Result<Vec<Mate>> {
    tx.q(CREW).bind(order).all().await
}

/// The crews of the orders that stand on the board.
pub async fn crews(db: &Db) -> Result<Vec<Mate>> {
    db.read(CREWS).all().await
}

/// Keeps what was done to an order, legal or not.
pub async fn event(tx: &mut Tx, order: &Order, state: State, new: &NewEvent<'_>) -> Result<()> {
    let by = tx.by();
    event_of(tx, order, state, new, by).await
}

/// The same, by somebody else than whoever makes the change; `None` is the house.
pub async fn event_of(
    tx: &mut Tx,
    order: &Order,
    state: State,
    new: &NewEvent<'_>,
    by: Option<StaffId>,
) -> Result<()> {
    let now = tx.now();
    let event = tx.q(EVENT).bind(order.id).bind(new.op_id).bind(new.verb.name()).bind(by);
    event
        .bind(new.at)
        .bind(now)
        .bind(new.applied)
        .bind(state.name())
        .bind(new.text)
        .run()
        .await
        .map(drop)
}

/// What was done to an order, oldest first.
pub async fn events(db: &Db, order: i64) -> Result<Vec<Event>> {
    db.read(EVENTS).bind(order).all().await
}

/// The same inside a change.
pub async fn events_in(tx: &mut Tx, order: i64) -> Result<Vec<Event>> {
    tx.q(EVENTS).bind(order).all().await
}

/// Whether an act with this number came before, and was applied.
pub async fn known(tx: &mut Tx, op_id: &str) -> Result<Option<bool>> {
    let known: Option<(bool,)> = tx.q(KNOWN).bind(op_id).maybe().await?;
    Ok(known.map(|known| known.0))
}

/// The same outside a change.
pub async fn known_by(db: &Db, op_id: &str) -> Result<Option<bool>> {
    let known: Option<(bool,)> = db.read(KNOWN).bind(op_id).maybe().await?;
    Ok(known.map(|known| known.0))
}

/// What a ticket's moves need to know of its orders.
pub async fn counts(tx: &mut Tx, ticket: i64) -> Result<super::super::ticket::Orders> {
    let (issued, open): (i64, i64) = tx.q(COUNTS).bind(ticket).one().await?;
    let number = |count: i64| usize::try_from(count).unwrap_or(0);
    Ok(super::super::ticket::Orders { issued: number(issued), open: number(open) })
}
