//! What a filter of the log asks, as a condition on calls.

use sqlx::types::Json;

use super::super::call::{Evidence, Outcome, State};
use super::super::figure::Figure;
use super::CALLS;
use super::lead::Lead;
use super::list::{Asked, CallerFilter, Filter};
use crate::db::{Db, Engine, Query};
use crate::kernel::{Closed, StaffId};

/// Which of a person's calls are read: those they answered and those they took have an index each.
#[derive(Clone, Copy)]
pub(super) enum Whose {
    /// Everybody's.
    All,
    /// Those this person answered.
    Answered(StaffId),
    /// Those this person took.
    Taken(StaffId),
    /// Both, where the calls are named.
    Either(StaffId),
}

/// Everything a filter asks except words and place.
pub(super) fn narrowed<'a>(db: &'a Db, filter: &Filter, asked: &Asked, whose: Whose) -> Query<'a> {
    let live = filter.state.is_some_and(|state| state != State::Ended);
    let few = live || asked.few.is_some() || asked.caller.is_some() || !asked.words.is_empty();
    let lead = Lead::of(db.engine(), filter, few);
    let hotline = lead.sign(Lead::Outcome, " AND c.hotline_number = ", " AND +c.hotline_number = ");
    let outcome = lead.sign(Lead::Outcome, " AND c.outcome = ", " AND +c.outcome = ");
    let evidence = lead.sign(Lead::Evidence, " AND c.evidence = ", " AND +c.evidence = ");
    let mut query = db
        .read(CALLS)
        .when(" AND c.offered_at >= ", filter.from)
        .when(" AND c.offered_at < ", filter.to)
        .when(hotline, filter.hotline.as_deref().filter(|line| *line != "-"))
        .when(outcome, filter.outcome.map(Outcome::word))
        .when(evidence, filter.evidence.map(Evidence::word));
    query = figured(query, db.engine(), filter, lead);
    if let Some(few) = &asked.few {
        let (is, so) = match db.engine() {
            Engine::Sqlite => (" AND c.id IN (SELECT value FROM json_each(", "))"),
            Engine::Postgres => {
                (" AND c.id = ANY (ARRAY(SELECT CAST(jsonb_array_elements_text(", ") AS BIGINT)))")
            }
        };
        query = query.push(is).push_bind(Json(few.clone())).push(so);
    }
    query = of_whom(query, lead, whose);
    query = match &asked.caller {
        Some(CallerFilter::Number(number)) if filter.closed.hides(number) => {
            query.push(" AND 1 = 0")
        }
        Some(CallerFilter::Number(number)) => {
            query.push(" AND c.caller_number = ").push_bind(number.as_str())
        }
        Some(CallerFilter::Tail(tail)) => {
            let (is, so) = match db.engine() {
                // read alone, so that the numbers lead and not the time
                Engine::Sqlite => {
                    (" AND c.id IN (SELECT r.id FROM calls r WHERE r.caller_reversed >= ", ")")
                }
                Engine::Postgres => (" AND c.caller_reversed >= ", ""),
            };
            let below = match db.engine() {
                Engine::Sqlite => " AND r.caller_reversed < ",
                Engine::Postgres => " AND c.caller_reversed < ",
            };
            let query = query.push(is).push_bind(tail.as_str());
            // ':' follows '9'
            let query = query.push(below).push_bind(format!("{tail}:")).push(so);
            without_closed(query, &filter.closed, tail.as_str())
        }
        None => query,
    };
    match filter.state {
        Some(State::Ended) => query.push(" AND c.state = 'ended'"),
        // the few that live are found by their own index
        Some(live) => query
            .push(" AND c.id IN (SELECT id FROM calls WHERE state <> 'ended' AND state = ")
            .push_bind(live.word())
            .push(")"),
        None => query,
    }
}

/// Of whom the calls are.
fn of_whom(query: Query<'_>, lead: Lead, whose: Whose) -> Query<'_> {
    let answered = lead.sign(Lead::Person, " AND c.answered_staff = ", " AND +c.answered_staff = ");
    match whose {
        Whose::All => query,
        Whose::Answered(person) => query.push(answered).push_bind(person),
        Whose::Taken(person) => query
            .push(lead.sign(Lead::Person, " AND c.taken_by = ", " AND +c.taken_by = "))
            .push_bind(person),
        Whose::Either(person) => query
            // or SQLite reads all of this person's calls to leave a few of those that are named
            .push(" AND CASE WHEN c.answered_staff = ")
            .push_bind(person)
            .push(" OR c.taken_by = ")
            .push_bind(person)
            .push(" THEN TRUE ELSE FALSE END"),
    }
}

/// Leaves out callers whose number is closed: digit by digit it could be guessed by what is found.
fn without_closed<'a>(mut query: Query<'a>, closed: &Closed, tail: &str) -> Query<'a> {
    let alike = closed
        .reversed()
        .filter(|(digits, _)| digits.starts_with(tail) || tail.starts_with(digits.as_str()));
    for (digits, more) in alike {
        let until = if more { format!("{digits}:") } else { digits.clone() };
        let below = if more { " AND c.caller_reversed < " } else { " AND c.caller_reversed <= " };
        query = query
            .push(" AND NOT (c.caller_reversed >= ")
            .push_bind(digits)
            .push(below)
            .push_bind(until)
            .push(")");
    }
    query
}

/// What the figures of the reports ask.
fn figured<'a>(mut query: Query<'a>, engine: Engine, filter: &Filter, lead: Lead) -> Query<'a> {
    if filter.hotline.as_deref() == Some("-") {
        let is = " AND c.hotline_number IS NULL";
        query = query.push(lead.sign(Lead::Outcome, is, " AND +c.hotline_number IS NULL"));
    }
    if let Some(figure) = filter.figure {
        let (is, so) = if lead.hides_figure() {
            (" AND CASE WHEN 1 = 1", " THEN TRUE ELSE FALSE END")
        } else {
            ("", "")
        };
        query = query.push(is).push(figure.condition()).push(so);
        let timed_else = filter.evidence.is_some_and(|evidence| evidence != Evidence::Position180);
        if timed_else && figure.is_counted() && matches!(lead, Lead::Evidence | Lead::Any) {
            query = query.push(Figure::TIMED_ELSE);
        }
    }
    if let Some(call_back) = filter.call_back {
        query = query.push(call_back.condition());
    }
    if let Some(weekday) = filter.weekday {
        // as an equation PostgreSQL takes it for one call in two hundred, and reads the whole log for
        // the few it expects
        let (is, so) = match engine {
            Engine::Sqlite => {
                (" AND (CAST(strftime('%w', c.business_date) AS INTEGER) + 6) % 7 + 1 = ", "")
            }
            Engine::Postgres => (
                " AND CASE WHEN extract(isodow FROM CAST(c.business_date AS date)) = ",
                " THEN TRUE ELSE FALSE END",
            ),
        };
        query = query.push(is).push_bind(weekday).push(so);
    }
    if filter.answered_by == Some(StaffId(0)) {
        query = query.push(" AND c.answered_staff IS NULL");
        if filter.figure.is_some_and(Figure::is_answered) {
            query = query.push(Figure::BY_A_PERSON);
        }
    }
    let whose = lead.sign(Lead::Person, " AND c.answered_staff = ", " AND +c.answered_staff = ");
    let hour = lead.sign(Lead::Hour, " AND c.local_hour = ", " AND +c.local_hour = ");
    query
        .when(whose, filter.answered_by.filter(|who| who.0 != 0))
        .when(hour, filter.hour)
        .when(" AND c.answer_ms >= ", filter.answer_from_ms)
        .when(" AND c.caller_wait_ms >= ", filter.wait_from_ms)
}
