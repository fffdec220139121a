//! The clocks of tickets and the intervals in which they ran.

use std::collections::BTreeMap;

use sqlx::types::Json;

use super::super::clock::{Going, Interval, Metric, Reading, elapsed, thresholds};
use crate::calendars::Calendar;
use crate::db::{Books, Db, Error, Result, Tx, statements};
use crate::kernel::Moment;

statements! {
    /// The newest clock of each kind of a ticket.
    OF_TICKET = "SELECT id, ticket_id, round, metric, calendar_id, goal_ms, state, warned_at, escalated_at FROM ticket_clocks c
                 WHERE ticket_id = $1 AND round = (SELECT max(d.round) FROM ticket_clocks d WHERE d.ticket_id = c.ticket_id AND d.metric = c.metric) ORDER BY id";
    /// The newest clock of each kind of several tickets.
    OF_TICKETS = sqlite "SELECT id, ticket_id, round, metric, calendar_id, goal_ms, state, warned_at, escalated_at FROM ticket_clocks c
                         WHERE ticket_id IN (SELECT e.value FROM json_each($1) e) AND round = (SELECT max(d.round) FROM ticket_clocks d WHERE d.ticket_id = c.ticket_id AND d.metric = c.metric) ORDER BY id",
                 postgres "SELECT id, ticket_id, round, metric, calendar_id, goal_ms, state, warned_at, escalated_at FROM ticket_clocks c
                           WHERE ticket_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v)) AND round = (SELECT max(d.round) FROM ticket_clocks d WHERE d.ticket_id = c.ticket_id AND d.metric = c.metric) ORDER BY id";
    /// All clocks that still count for a ticket that is not over, for a calendar or goal that changed.
    RUNNING = "SELECT c.id, c.ticket_id, c.round, c.metric, c.calendar_id, c.goal_ms, c.state, c.warned_at, c.escalated_at FROM ticket_clocks c WHERE c.state <> 'stopped' ORDER BY c.id";
    /// Every clock of a period's tickets, those of earlier rounds too; duplicates and what was cancelled are left out.
    OF_PERIOD = "SELECT c.id, c.ticket_id, c.round, c.metric, c.calendar_id, c.goal_ms, c.state, c.warned_at, c.escalated_at FROM ticket_clocks c JOIN tickets t ON t.id = c.ticket_id
                 WHERE t.business_date BETWEEN $1 AND $2 AND t.state NOT IN ('duplicate', 'cancelled') ORDER BY c.id";
    /// The intervals of clocks.
    INTERVALS = sqlite "SELECT clock_id, from_at, to_at FROM ticket_clock_intervals WHERE clock_id IN (SELECT e.value FROM json_each($1) e) ORDER BY clock_id, id",
                postgres "SELECT clock_id, from_at, to_at FROM ticket_clock_intervals WHERE clock_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v)) ORDER BY clock_id, id";
    /// A new clock.
    ADD = "INSERT INTO ticket_clocks (ticket_id, round, metric, calendar_id, goal_ms, state) VALUES ($1, $2, $3, $4, $5, 'running') RETURNING id";
    /// It runs from here.
    BEGIN = "INSERT INTO ticket_clock_intervals (clock_id, from_at) VALUES ($1, $2)";
    /// It ran until here.
    END = "UPDATE ticket_clock_intervals SET to_at = CASE WHEN $2 < from_at THEN from_at ELSE $2 END WHERE clock_id = $1 AND to_at IS NULL";
    /// What it does and when it warns; warnings that were given stay given.
    SET = "UPDATE ticket_clocks SET state = $2, goal_ms = $3, calendar_id = $4, warn_at = $5, due_at = $6, stopped_at = $7 WHERE id = $1";
    /// When the next clock warns or misses its goal; nobody is pressed while the customer or somebody else keeps us waiting.
    NEXT = "SELECT min(at) AS next FROM (
                SELECT c.warn_at AS at FROM ticket_clocks c JOIN tickets t ON t.id = c.ticket_id
                WHERE c.state = 'running' AND c.warned_at IS NULL AND c.warn_at IS NOT NULL AND coalesce(t.waiting_for, 'parts') = 'parts'
                UNION ALL SELECT c.due_at AS at FROM ticket_clocks c JOIN tickets t ON t.id = c.ticket_id
                WHERE c.state = 'running' AND c.escalated_at IS NULL AND c.due_at IS NOT NULL AND coalesce(t.waiting_for, 'parts') = 'parts') x";
    /// What warns at a moment, earliest first: the clock, its ticket, whether the goal is missed.
    FALLING = "SELECT id, ticket_id, metric, at, missed FROM (
                  SELECT c.id, c.ticket_id, c.metric, c.warn_at AS at, CAST(0 AS bigint) AS missed FROM ticket_clocks c JOIN tickets t ON t.id = c.ticket_id
                  WHERE c.state = 'running' AND c.warned_at IS NULL AND c.warn_at <= $1 AND coalesce(t.waiting_for, 'parts') = 'parts'
                  UNION ALL SELECT c.id, c.ticket_id, c.metric, c.due_at AS at, CAST(1 AS bigint) AS missed FROM ticket_clocks c JOIN tickets t ON t.id = c.ticket_id
                  WHERE c.state = 'running' AND c.escalated_at IS NULL AND c.due_at <= $1 AND coalesce(t.waiting_for, 'parts') = 'parts') x
               ORDER BY at, missed, id LIMIT 200";
    /// Its intervals, to be written anew.
    CLEAR = "DELETE FROM ticket_clock_intervals WHERE clock_id = $1";
    /// An interval that is over, or that still runs.
    PUT = "INSERT INTO ticket_clock_intervals (clock_id, from_at, to_at) VALUES ($1, $2, $3)";
    /// A clock as it was, before it is measured anew.
    BACK = "UPDATE ticket_clocks SET state = $2, warn_at = NULL, due_at = NULL, stopped_at = $3 WHERE id = $1";
    /// A clock that should not have begun.
    DROP = "DELETE FROM ticket_clocks WHERE id = $1";
    /// Marks a warning as given, once.
    WARNED = "UPDATE ticket_clocks SET warned_at = $2 WHERE id = $1 AND warned_at IS NULL";
    /// Marks a missed goal as told, once.
    ESCALATED = "UPDATE ticket_clocks SET escalated_at = $2, warned_at = coalesce(warned_at, $2) WHERE id = $1 AND escalated_at IS NULL";
}

/// The promise a ticket is measured by.
#[derive(Debug, Clone)]
pub struct Promise {
    /// The calendar's id; `None` is the house's own.
    pub calendar_id: Option<i64>,
    /// The calendar itself.
    pub calendar: Calendar,
    /// The goals, in milliseconds of working time.
    pub goals: BTreeMap<Metric, i64>,
}

/// A clock as it is stored, with its intervals.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Its row.
    pub id: i64,
    /// Whose.
    pub ticket_id: i64,
    /// What it measures.
    pub metric: Metric,
    /// By which calendar.
    pub calendar_id: Option<i64>,
    /// The goal, in milliseconds of working time.
    pub goal_ms: i64,
    /// What it does.
    pub state: Going,
    /// How often the ticket had come back when it began.
    pub round: i64,
    /// When it ran.
    pub intervals: Vec<Interval>,
}

impl Clock {
    /// When it began.
    pub fn begun(&self) -> Option<Moment> {
        self.intervals.first().map(|one| one.from)
    }

    /// Reads it off.
    pub fn read(&self, calendar: &Calendar, now: Moment) -> Reading {
        let elapsed_ms = elapsed(calendar, &self.intervals, now);
        let (_, due_at) = thresholds(calendar, &self.intervals, self.goal_ms);
        Reading {
            metric: self.metric,
            state: self.state,
            goal_ms: self.goal_ms,
            elapsed_ms,
            due_at,
            missed: elapsed_ms > self.goal_ms,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    ticket_id: i64,
    round: i64,
    metric: String,
    calendar_id: Option<i64>,
    goal_ms: i64,
    state: String,
    #[expect(dead_code, reason = "one shape for all questions")]
    warned_at: Option<Moment>,
    #[expect(dead_code, reason = "one shape for all questions")]
    escalated_at: Option<Moment>,
}

type Piece = (i64, Moment, Option<Moment>);

fn join(rows: Vec<Row>, pieces: Vec<Piece>) -> Result<Vec<Clock>> {
    let mut of: BTreeMap<i64, Vec<Interval>> = BTreeMap::new();
    for (clock, from, to) in pieces {
        of.entry(clock).or_default().push(Interval { from, to });
    }
    let unreadable = |_| Error::Unreadable("a clock of another kind".to_owned());
    rows.into_iter()
        .map(|row| {
            Ok(Clock {
                metric: row.metric.parse().map_err(unreadable)?,
                state: row.state.parse().map_err(unreadable)?,
                intervals: of.remove(&row.id).unwrap_or_default(),
                id: row.id,
                ticket_id: row.ticket_id,
                calendar_id: row.calendar_id,
                goal_ms: row.goal_ms,
                round: row.round,
            })
        })
        .collect()
}

fn ids(rows: &[Row]) -> Json<Vec<i64>> {
    Json(rows.iter().map(|row| row.id).collect())
}

/// The newest clock of each kind of several tickets.
pub async fn of(db: &Db, tickets: &[i64]) -> Result<Vec<Clock>> {
    let rows: Vec<Row> = db.read(OF_TICKETS).bind(Json(tickets)).all().await?;
    let pieces = db.read(INTERVALS).bind(ids(&rows)).all().await?;
    join(rows, pieces)
}

/// Every clock of the tickets of a period, first and last business date.
pub async fn of_period(books: &mut Books<'_>, from: &str, to: &str) -> Result<Vec<Clock>> {
    let rows: Vec<Row> = books.ask(OF_PERIOD).bind(from).bind(to).all().await?;
    let pieces = books.ask(INTERVALS).bind(ids(&rows)).all().await?;
    join(rows, pieces)
}

async fn of_in(tx: &mut Tx, ticket: i64) -> Result<Vec<Clock>> {
    let rows: Vec<Row> = tx.q(OF_TICKET).bind(ticket).all().await?;
    let pieces = tx.q(INTERVALS).bind(ids(&rows)).all().await?;
    join(rows, pieces)
}

/// Every clock that is not over.
pub async fn running_in(tx: &mut Tx) -> Result<Vec<Clock>> {
    let rows: Vec<Row> = tx.q(RUNNING).all().await?;
    let pieces = tx.q(INTERVALS).bind(ids(&rows)).all().await?;
    join(rows, pieces)
}

/// A clock begins at `at`.
pub async fn start(
    tx: &mut Tx,
    ticket: i64,
    round: i64,
    metric: Metric,
    promise: &Promise,
    at: Moment,
) -> Result<()> {
    let Some(&goal_ms) = promise.goals.get(&metric) else { return Ok(()) };
    let add = tx.q(ADD).bind(ticket).bind(round).bind(metric.name());
    let id: i64 = add.bind(promise.calendar_id).bind(goal_ms).value().await?;
    tx.q(BEGIN).bind(id).bind(at).run().await?;
    let clock = Clock {
        id,
        ticket_id: ticket,
        metric,
        calendar_id: promise.calendar_id,
        goal_ms,
        state: Going::Running,
        round,
        intervals: vec![Interval { from: at, to: None }],
    };
    set(tx, &clock, Going::Running, &promise.calendar, None).await
}

/// Pauses, resumes or stops the newest clock of a kind at `at`; nothing where there is none or it is over.
pub async fn turn(
    tx: &mut Tx,
    ticket: i64,
    metric: Metric,
    to: Going,
    promise: &Promise,
    at: Moment,
) -> Result<()> {
    let Some(mut clock) = of_in(tx, ticket).await?.into_iter().find(|clock| clock.metric == metric)
    else {
        return Ok(());
    };
    if clock.state == Going::Stopped || clock.state == to {
        return Ok(());
    }
    if clock.state == Going::Running {
        tx.q(END).bind(clock.id).bind(at).run().await?;
        if let Some(last) = clock.intervals.last_mut() {
            last.to = Some(at.max(last.from));
        }
    }
    if to == Going::Running {
        tx.q(BEGIN).bind(clock.id).bind(at).run().await?;
        clock.intervals.push(Interval { from: at, to: None });
    }
    let stopped = (to == Going::Stopped).then_some(at);
    set(tx, &clock, to, &promise.calendar, stopped).await
}

/// Measures a ticket's clocks that are not over by another promise, from their beginning; `false` where there is
/// none.
pub async fn remeasure(tx: &mut Tx, ticket: i64, promise: &Promise) -> Result<bool> {
    let mut any = false;
    for mut clock in of_in(tx, ticket).await? {
        if clock.state == Going::Stopped {
            continue;
        }
        clock.goal_ms = promise.goals.get(&clock.metric).copied().unwrap_or(clock.goal_ms);
        clock.calendar_id = promise.calendar_id;
        let state = clock.state;
        set(tx, &clock, state, &promise.calendar, None).await?;
        any = true;
    }
    Ok(any)
}

/// A clock as it was before an act.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Kept {
    id: i64,
    state: Going,
    intervals: Vec<Interval>,
}

/// How a ticket's clocks run now.
pub async fn kept_in(tx: &mut Tx, ticket: i64) -> Result<Vec<Kept>> {
    let all = of_in(tx, ticket).await?;
    let kept = |clock: Clock| Kept { id: clock.id, state: clock.state, intervals: clock.intervals };
    Ok(all.into_iter().map(kept).collect())
}

/// The clocks run as if nothing had happened since they were `kept`; those that began since are gone. To be
/// measured anew.
pub async fn put_back(tx: &mut Tx, ticket: i64, kept: &[Kept]) -> Result<()> {
    for clock in of_in(tx, ticket).await? {
        if kept.iter().all(|one| one.id != clock.id) {
            tx.q(CLEAR).bind(clock.id).run().await?;
            tx.q(DROP).bind(clock.id).run().await?;
        }
    }
    for clock in kept {
        tx.q(CLEAR).bind(clock.id).run().await?;
        for interval in &clock.intervals {
            tx.q(PUT).bind(clock.id).bind(interval.from).bind(interval.to).run().await?;
        }
        let last = clock.intervals.last().and_then(|interval| interval.to);
        let stopped = last.filter(|_| clock.state == Going::Stopped);
        tx.q(BACK).bind(clock.id).bind(clock.state.name()).bind(stopped).run().await?;
    }
    Ok(())
}

async fn set(
    tx: &mut Tx,
    clock: &Clock,
    state: Going,
    calendar: &Calendar,
    stopped: Option<Moment>,
) -> Result<()> {
    let (warn, due) = match state {
        Going::Running => thresholds(calendar, &clock.intervals, clock.goal_ms),
        Going::Paused | Going::Stopped => (None, None),
    };
    let set =
        tx.q(SET).bind(clock.id).bind(state.name()).bind(clock.goal_ms).bind(clock.calendar_id);
    set.bind(warn).bind(due).bind(stopped).run().await.map(drop)
}

/// When a clock warns or misses its goal next.
pub async fn next_due(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT).value().await
}

/// A clock that reached one of its marks.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Mark {
    /// The clock.
    pub id: i64,
    /// Its ticket.
    pub ticket_id: i64,
    /// What it measures.
    #[sqlx(try_from = "String")]
    pub metric: Metric,
    /// When the mark was reached.
    pub at: Moment,
    /// 1: the goal is missed; 0: it will be.
    pub missed: i64,
}

/// The marks reached at a moment, earliest first.
pub async fn falling(db: &Db, due: Moment) -> Result<Vec<Mark>> {
    db.read(FALLING).bind(due).all().await
}

/// Takes a mark as told; `false` where somebody was faster.
pub async fn told(tx: &mut Tx, mark: &Mark) -> Result<bool> {
    let now = tx.now();
    let sql = if mark.missed == 1 { ESCALATED } else { WARNED };
    Ok(tx.q(sql).bind(mark.id).bind(now).run().await? == 1)
}
