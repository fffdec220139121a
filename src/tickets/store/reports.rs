//! The summary of a day or a week: counted when it is asked for, frozen when it is handed in.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use super::super::clock::{Going, Metric};
use super::{clocks, places};
use crate::calendars::Calendar;
use crate::db::{Books, Change, Db, Error, Result, Stamp, statements};
use crate::kernel::{Moment, Role, StaffId};
use crate::notices::{self, NewNotice, Recipients};
use crate::words::Said;

statements! {
    /// How many tickets came in a period, how they were solved, and how many came back.
    COUNTS = "SELECT count(*) AS came, count(CASE WHEN state IN ('resolved', 'closed') THEN 1 END) AS solved,
                     count(CASE WHEN solved_how = 'phone' AND reopened = 0 AND state IN ('resolved', 'closed') THEN 1 END) AS first_call,
                     count(CASE WHEN reopened > 0 THEN 1 END) AS reopened,
                     count(CASE WHEN state NOT IN ('resolved', 'closed', 'duplicate', 'cancelled') THEN 1 END) AS open
              FROM tickets WHERE business_date BETWEEN $1 AND $2 AND state NOT IN ('duplicate', 'cancelled')";
    /// What was left out of the count, with what stands for it.
    LEFT_OUT = "SELECT t.no, coalesce(o.no, '') AS instead FROM tickets t LEFT JOIN tickets o ON o.id = t.duplicate_of WHERE t.business_date BETWEEN $1 AND $2 AND t.state IN ('duplicate', 'cancelled') ORDER BY t.id";
    /// Where somebody was: the tickets of a period, and how often each had come back then.
    VISITED = "SELECT DISTINCT o.ticket_id, o.round FROM work_orders o JOIN tickets t ON t.id = o.ticket_id WHERE t.business_date BETWEEN $1 AND $2 AND o.arrived_at IS NOT NULL";
    /// By what sort.
    CATEGORIES = "SELECT category AS name, count(*) AS number FROM tickets WHERE business_date BETWEEN $1 AND $2 AND state NOT IN ('duplicate', 'cancelled') GROUP BY category ORDER BY count(*) DESC, category LIMIT 12";
    /// By whose.
    COMPANIES = "SELECT company AS name, count(*) AS number FROM tickets WHERE business_date BETWEEN $1 AND $2 AND state NOT IN ('duplicate', 'cancelled') GROUP BY company ORDER BY count(*) DESC, company LIMIT 12";
    /// By which engineer.
    ENGINEERS = "SELECT s.name, count(DISTINCT o.id) AS number FROM work_order_crew c JOIN work_orders o ON o.id = c.order_id JOIN tickets t ON t.id = o.ticket_id JOIN staff s ON s.id = c.staff_id
                 WHERE t.business_date BETWEEN $1 AND $2 AND o.state <> 'recalled' AND c.lead GROUP BY s.name ORDER BY count(DISTINCT o.id) DESC, s.name LIMIT 12";
    /// By where.
    SITES = "SELECT max(company || ' ' || place) AS name, count(*) AS number FROM tickets WHERE business_date BETWEEN $1 AND $2 AND state NOT IN ('duplicate', 'cancelled')
             GROUP BY coalesce(CAST(site_id AS text), company || '/' || place) ORDER BY count(*) DESC, max(company || ' ' || place) LIMIT 12";
    /// Things with two faults and more within thirty days before the end.
    REPEATED_THINGS = "SELECT max(company) AS company, max(place) AS place, serial, count(*) AS number FROM tickets
                       WHERE business_date BETWEEN $1 AND $2 AND state NOT IN ('duplicate', 'cancelled') AND serial <> ''
                       GROUP BY serial HAVING count(*) >= 2 ORDER BY count(*) DESC, serial LIMIT 12";
    /// Sites with two faults and more within thirty days before the end, whatever broke there.
    REPEATED_SITES = "SELECT max(company) AS company, max(place) AS place, '' AS serial, count(*) AS number FROM tickets
                      WHERE business_date BETWEEN $1 AND $2 AND state NOT IN ('duplicate', 'cancelled') AND (site_id IS NOT NULL OR place <> '')
                      GROUP BY coalesce(CAST(site_id AS text), company || '/' || place) HAVING count(*) >= 2 ORDER BY count(*) DESC, max(company), max(place) LIMIT 12";
    /// The oldest that is not solved.
    OLDEST = "SELECT no, opened_at FROM tickets WHERE state NOT IN ('resolved', 'closed', 'duplicate', 'cancelled') AND business_date <= $1 ORDER BY opened_at, id LIMIT 1";
    /// Tickets of a period, for a table.
    TICKETS = "SELECT t.no, t.business_date, t.opened_at, t.company, t.place, t.serial, t.symptom, t.category, t.priority, t.state, coalesce(t.solved_how, '') AS solved_how, t.resolved_at, t.reopened, coalesce(s.name, '') AS owner
               FROM tickets t LEFT JOIN staff s ON s.id = t.owner WHERE t.business_date BETWEEN $1 AND $2 ORDER BY t.id LIMIT 5000";
    /// Hands a summary in, once a period.
    SUBMIT = "INSERT INTO fault_reports (period, from_date, version, figures, remarks, submitted_at, submitted_by, answer) VALUES ($1, $2, 1, $3, $4, $5, $6, '') ON CONFLICT (period, from_date) DO NOTHING RETURNING id";
    /// The faults of its period as they are then.
    KEEP_LINES = "INSERT INTO fault_report_lines (report_id, ticket_id, no, business_date, opened_at, company, place, serial, symptom, category, priority, state, solved_how, resolved_at, reopened, owner)
                  SELECT $1, t.id, t.no, t.business_date, t.opened_at, t.company, t.place, t.serial, t.symptom, t.category, t.priority, t.state, coalesce(t.solved_how, ''), t.resolved_at, t.reopened, coalesce(s.name, '')
                  FROM tickets t LEFT JOIN staff s ON s.id = t.owner WHERE t.business_date BETWEEN $2 AND $3 ORDER BY t.id LIMIT 5000";
    /// The faults of a summary as they were when it was handed in.
    KEPT_LINES = "SELECT no, business_date, opened_at, company, place, serial, symptom, category, priority, state, solved_how, resolved_at, reopened, owner FROM fault_report_lines WHERE report_id = $1 ORDER BY ticket_id";
    /// A summary that was handed in.
    KEPT = "SELECT r.id, r.figures, r.remarks, r.submitted_at, coalesce(s.name, '') AS submitted_name, r.read_at, coalesce(h.name, '') AS read_name, r.answer
            FROM fault_reports r LEFT JOIN staff s ON s.id = r.submitted_by LEFT JOIN staff h ON h.id = r.read_by WHERE r.period = $1 AND r.from_date = $2";
    /// The head has read it, once.
    READ = "UPDATE fault_reports SET read_at = $3, read_by = $4, answer = $5, version = version + 1 WHERE period = $1 AND from_date = $2 AND read_at IS NULL";
    /// The newest that were handed in.
    NEWEST = "SELECT period, from_date, submitted_at, read_at FROM fault_reports ORDER BY submitted_at DESC LIMIT 30";
}

/// A name and how many.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::FromRow)]
pub struct Named {
    /// Of what; empty where nothing was written.
    pub name: String,
    /// How many.
    pub number: i64,
}

/// A metric, how many clocks ran out, and how many in time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::FromRow)]
pub struct GoalTally {
    /// `respond`, `arrive`, `resolve`.
    pub metric: String,
    /// How many were measured to the end.
    pub number: i64,
    /// Of them within the goal.
    pub met: i64,
    /// Not among them: it was solved and nobody had to go, so there was no arrival to measure.
    #[serde(default)]
    #[sqlx(default)]
    pub unvisited: i64,
}

/// What came back again and again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::FromRow)]
pub struct Repeat {
    /// Whose.
    pub company: String,
    /// Where.
    pub place: String,
    /// Which thing; empty where it is the site.
    pub serial: String,
    /// How often within thirty days.
    pub number: i64,
}

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Figures {
    /// First business date.
    pub from: String,
    /// Last business date.
    pub to: String,
    /// Reported in the period; duplicates and cancelled ones are left out.
    pub came: i64,
    /// Of these solved.
    pub solved: i64,
    /// Of these on the telephone, and they did not come back.
    pub first_call: i64,
    /// Of these came back.
    pub reopened: i64,
    /// Of these not solved.
    pub open: i64,
    /// Left out, with the number that stands for each.
    pub left_out: Vec<(String, String)>,
    /// Goals.
    pub goals: Vec<GoalTally>,
    /// By sort.
    pub categories: Vec<Named>,
    /// By customer.
    pub companies: Vec<Named>,
    /// By site; none in a summary older than this figure.
    #[serde(default)]
    pub sites: Vec<Named>,
    /// By engineer who led.
    pub engineers: Vec<Named>,
    /// Repeat faults.
    pub repeats: Vec<Repeat>,
    /// The oldest open ticket and when it was reported.
    pub oldest: Option<(String, Moment)>,
}

/// A ticket in a table.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Line {
    /// `F26-0312`.
    pub no: String,
    /// The day it counts for.
    pub business_date: String,
    /// When it was reported.
    pub opened_at: Moment,
    /// Whose.
    pub company: String,
    /// Where.
    pub place: String,
    /// Which thing.
    pub serial: String,
    /// What was seen.
    pub symptom: String,
    /// What sort.
    pub category: String,
    /// 1 to 4.
    pub priority: i64,
    /// Where it stands.
    pub state: String,
    /// By which exit.
    pub solved_how: String,
    /// When.
    pub resolved_at: Option<Moment>,
    /// How often it came back.
    pub reopened: i64,
    /// Who looks after it.
    pub owner: String,
}

/// A summary that was handed in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Kept {
    /// Its row.
    pub id: i64,
    /// The figures as they were, as JSON.
    pub figures: String,
    /// The operator's words.
    pub remarks: String,
    /// When.
    pub submitted_at: Moment,
    /// By whom.
    pub submitted_name: String,
    /// When the head read it.
    pub read_at: Option<Moment>,
    /// Who that was.
    pub read_name: String,
    /// The head's words.
    pub answer: String,
}

/// Counts a period, as the rows are now; `month_before` is the first of the thirty days for what came again.
pub async fn figures(
    books: &mut Books<'_>,
    (from, to, month_before): (&str, &str, &str),
    zone: Tz,
    now: Moment,
) -> Result<Figures> {
    let (came, solved, first_call, reopened, open): (i64, i64, i64, i64, i64) =
        books.ask(COUNTS).bind(from).bind(to).one().await?;
    Ok(Figures {
        from: from.to_owned(),
        to: to.to_owned(),
        came,
        solved,
        first_call,
        reopened,
        open,
        left_out: books.ask(LEFT_OUT).bind(from).bind(to).all().await?,
        goals: goals(books, (from, to), zone, now).await?,
        categories: books.ask(CATEGORIES).bind(from).bind(to).all().await?,
        companies: books.ask(COMPANIES).bind(from).bind(to).all().await?,
        sites: books.ask(SITES).bind(from).bind(to).all().await?,
        engineers: books.ask(ENGINEERS).bind(from).bind(to).all().await?,
        repeats: repeats(books, month_before, to).await?,
        oldest: books.ask(OLDEST).bind(to).maybe().await?,
    })
}

/// Goals of a period: the clocks that are over, and those that run past their goal. Read off the intervals: who was
/// there in time and told it later was in time. What was solved without a visit, on the telephone as a rule, says
/// nothing of how soon anybody arrives and is told apart.
async fn goals(
    books: &mut Books<'_>,
    (from, to): (&str, &str),
    zone: Tz,
    now: Moment,
) -> Result<Vec<GoalTally>> {
    let mut calendars: BTreeMap<Option<i64>, Calendar> = BTreeMap::new();
    // in the order in which they count: who takes it, who is there, who solves it
    let mut tallies: BTreeMap<Metric, GoalTally> = BTreeMap::new();
    let visited: Vec<(i64, i64)> = books.ask(VISITED).bind(from).bind(to).all().await?;
    let visited: BTreeSet<(i64, i64)> = visited.into_iter().collect();
    for clock in clocks::of_period(books, from, to).await? {
        let calendar = match calendars.entry(clock.calendar_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(places::calendar_of(books, clock.calendar_id, zone).await?)
            }
        };
        let reading = clock.read(calendar, now);
        if reading.state != Going::Stopped && !reading.missed {
            continue;
        }
        let tally = tallies.entry(clock.metric).or_insert_with(|| GoalTally {
            metric: clock.metric.name().to_owned(),
            number: 0,
            met: 0,
            unvisited: 0,
        });
        let is_over = reading.state == Going::Stopped && clock.metric == Metric::Arrive;
        if is_over && !visited.contains(&(clock.ticket_id, clock.round)) {
            tally.unvisited += 1;
            continue;
        }
        tally.number += 1;
        tally.met += i64::from(!reading.missed);
    }
    Ok(tallies.into_values().collect())
}

/// What came again: things first, then sites that say more than their things do.
async fn repeats(books: &mut Books<'_>, from: &str, to: &str) -> Result<Vec<Repeat>> {
    let mut all: Vec<Repeat> = books.ask(REPEATED_THINGS).bind(from).bind(to).all().await?;
    let sites: Vec<Repeat> = books.ask(REPEATED_SITES).bind(from).bind(to).all().await?;
    for site in sites {
        let told = |one: &Repeat| {
            one.company == site.company && one.place == site.place && one.number == site.number
        };
        if !all.iter().any(told) {
            all.push(site);
        }
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.number));
    Ok(all)
}

/// The tickets of a period as they are now.
pub async fn lines(db: &Db, from: &str, to: &str) -> Result<Vec<Line>> {
    db.read(TICKETS).bind(from).bind(to).all().await
}

/// The tickets of a summary as they were when it was handed in.
pub async fn kept_lines(db: &Db, report: i64) -> Result<Vec<Line>> {
    db.read(KEPT_LINES).bind(report).all().await
}

/// A summary as it is handed in.
#[derive(Debug, Clone)]
pub struct Handed {
    /// `day` or `week`.
    pub period: &'static str,
    /// First business date.
    pub from: String,
    /// Last business date.
    pub to: String,
    /// The first of the thirty days for what came again.
    pub month_before: String,
    /// The site's zone.
    pub zone: Tz,
    /// The operator's words.
    pub remarks: String,
    /// What the head is told of it.
    pub said: Said,
}

fn subject(period: &str, from: &str) -> String {
    format!("reports/faults/{period}/{from}")
}

/// Hands a summary in, and tells the head; `None` where one was handed in for that period. Its figures and its faults
/// are of one moment: nothing changes between counting them and keeping them.
pub async fn submit(db: &Db, stamp: Stamp, handed: Handed) -> Result<Option<Figures>> {
    db.write(stamp, move |tx| {
        let one = handed.clone();
        Box::pin(async move {
            tx.hold_still().await?;
            let dates = (one.from.as_str(), one.to.as_str(), one.month_before.as_str());
            let counted = figures(&mut Books::Within(tx), dates, one.zone, stamp.now).await?;
            let text = serde_json::to_string(&counted);
            let text = text.map_err(|wrong| Error::Unreadable(wrong.to_string()))?;
            let submit = tx.q(SUBMIT).bind(one.period).bind(&one.from).bind(&text);
            let submit = submit.bind(&one.remarks).bind(stamp.now).bind(stamp.by);
            let kept: Option<(i64,)> = submit.maybe().await?;
            let Some((id,)) = kept else { return Ok(None) };
            tx.q(KEEP_LINES).bind(id).bind(&one.from).bind(&one.to).run().await?;
            let about = subject(one.period, &one.from);
            tx.record(Change::new("fault_report", about.clone(), "submitted"));
            let to = Recipients::Role(Role::Head);
            let new = NewNotice::to_be_known("fault_report", one.said, to).about(about);
            notices::store::send(tx, new).await?;
            Ok(Some(counted))
        })
    })
    .await
}

/// The summary that was handed in for a period.
pub async fn kept(db: &Db, period: &str, from: &str) -> Result<Option<Kept>> {
    db.read(KEPT).bind(period).bind(from).maybe().await
}

/// The head has read it; `false` where that was so already.
pub async fn read(
    db: &Db,
    stamp: Stamp,
    period: &'static str,
    from: String,
    by: StaffId,
    answer: String,
) -> Result<bool> {
    db.write(stamp, move |tx| {
        let (from, answer) = (from.clone(), answer.clone());
        Box::pin(async move {
            let done = tx
                .q(READ)
                .bind(period)
                .bind(&from)
                .bind(stamp.now)
                .bind(by)
                .bind(answer)
                .run()
                .await?
                == 1;
            if done {
                let about = subject(period, &from);
                notices::store::close_about(tx, &about).await?;
                tx.record(Change::new("fault_report", about, "read"));
            }
            Ok(done)
        })
    })
    .await
}

/// The newest that were handed in: period, first date, when, when read.
pub async fn newest(db: &Db) -> Result<Vec<(String, String, Moment, Option<Moment>)>> {
    db.read(NEWEST).all().await
}
