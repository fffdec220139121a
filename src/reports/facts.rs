//! Faults and bookings as facts that questions are asked of: counted one by one, so that a cell and the
//! records behind it cannot differ.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate};
use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;

use super::period::By;
use super::pivot::{Answer, Question, Source};
use crate::db::{Db, Result};
use crate::kernel::Moment;
use crate::words::Messages;
use crate::{bookings, tickets};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fact {
    /// Its number.
    pub no: String,
    /// Where it is shown.
    pub href: String,
    /// When it was reported, or begins.
    pub at: Moment,
    /// To which business date it belongs.
    pub business_date: String,
    /// In which local hour it came.
    pub hour: i64,
    /// What it is now, by the word of its room.
    pub state: String,
    /// Of what sort it is.
    pub kind: String,
    /// Whose it is.
    pub customer: String,
    /// Who looks after it; 0 is nobody.
    pub person: i64,
    /// What it is about, in a few words.
    pub what: String,
}

impl Fact {
    /// Its key in a cut.
    pub(super) fn key(&self, by: By) -> String {
        let date = self.business_date.parse::<NaiveDate>().ok();
        let monday = |date: NaiveDate| {
            let back = u64::from(date.weekday().num_days_from_monday());
            date.checked_sub_days(Days::new(back)).unwrap_or(date).to_string()
        };
        let weekday = |date: NaiveDate| date.weekday().number_from_monday().to_string();
        match by {
            By::Hour => self.hour.to_string(),
            By::Weekday => date.map(weekday).unwrap_or_default(),
            By::Day => self.business_date.clone(),
            By::Week => date.map(monday).unwrap_or_default(),
            By::Month => self.business_date.get(..7).unwrap_or_default().to_owned(),
            By::Person => self.person.to_string(),
            By::State => self.state.clone(),
            By::Kind => self.kind.clone(),
            By::Customer => self.customer.clone(),
            By::Hotline | By::Nothing => String::new(),
        }
    }
}

/// How facts are cut.
const CUTS: &[By] = &[
    By::Nothing,
    By::Hour,
    By::Weekday,
    By::Day,
    By::Week,
    By::Month,
    By::Person,
    By::State,
    By::Kind,
    By::Customer,
];

/// Counts facts by both keys.
fn counted(facts: &[Fact], question: &Question) -> Answer {
    let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
    for fact in facts {
        *counts.entry((fact.key(question.rows), fact.key(question.columns))).or_default() += 1;
    }
    Answer::of(counts, question)
}

/// Of the person that is asked for, or everybody's.
fn of_person(question: &Question, person: i64) -> bool {
    question.scope.person.is_none_or(|asked| asked.0 == person)
}

/// Faults, by the day they were reported on.
pub(super) struct Faults;

impl Faults {
    async fn facts(db: &Db, question: &Question) -> Result<Vec<Fact>> {
        let period = question.scope.period;
        let (from, to) = (period.from.to_string(), period.to.to_string());
        let all = tickets::store::facts::facts(db, &from, &to).await?;
        let over = |state: &str| matches!(state, "resolved" | "closed");
        let wanted = |fact: &tickets::store::facts::FaultFact| match question.measure.as_str() {
            "open" => !over(&fact.state) && !matches!(&*fact.state, "duplicate" | "cancelled"),
            "resolved" => over(&fact.state),
            "reopened" => fact.reopened > 0,
            "phone" => over(&fact.state) && fact.solved_how == "phone",
            _ => true,
        };
        let all = all.into_iter().filter(wanted).filter(|fact| of_person(question, fact.owner));
        let fact = |fact: tickets::store::facts::FaultFact| Fact {
            href: format!("/faults/{}", fact.no),
            no: fact.no,
            at: fact.opened_at,
            hour: question.day.local_hour(fact.opened_at),
            business_date: fact.business_date,
            state: fact.state,
            kind: fact.category,
            customer: question.closed.text(&fact.company),
            person: fact.owner,
            what: question.closed.text(&fact.symptom),
        };
        Ok(all.map(fact).collect())
    }
}

impl Source for Faults {
    fn word(&self) -> &'static str {
        "faults"
    }

    fn name(&self, l: &Messages) -> String {
        l.reports_source_faults().to_string()
    }

    fn measures(&self) -> Vec<&'static str> {
        vec!["all", "open", "resolved", "reopened", "phone"]
    }

    fn measure(&self, l: &Messages, word: &str) -> (String, String) {
        let (name, definition) = match word {
            "open" => (l.reports_measure_faults_open(), l.reports_def_faults_open()),
            "resolved" => (l.reports_measure_faults_resolved(), l.reports_def_faults_resolved()),
            "reopened" => (l.reports_measure_faults_reopened(), l.reports_def_faults_reopened()),
            "phone" => (l.reports_measure_faults_phone(), l.reports_def_faults_phone()),
            _ => (l.reports_measure_faults_all(), l.reports_def_faults_all()),
        };
        (name.to_string(), definition.to_string())
    }

    fn cuts(&self) -> &'static [By] {
        CUTS
    }

    fn label(&self, l: &Messages, by: By, key: &str) -> Option<String> {
        (by == By::State).then(|| tickets::state_by_name(l, key))
    }

    fn answer<'a>(&'a self, db: &'a Db, question: &'a Question) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(async move { Ok(counted(&Self::facts(db, question).await?, question)) })
    }

    fn behind<'a>(
        &'a self,
        db: &'a Db,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Option<Vec<Fact>>>> {
        Box::pin(async move { Self::facts(db, question).await.map(Some) })
    }
}

/// Bookings, by the day they are for. Nothing says who the guests are.
pub(super) struct Bookings;

impl Bookings {
    async fn facts(db: &Db, question: &Question) -> Result<Vec<Fact>> {
        let period = question.scope.period;
        let (from, to) = (period.from.to_string(), period.to.to_string());
        let all = bookings::store::facts::facts(db, &from, &to).await?;
        let wanted = |fact: &bookings::store::facts::BookingFact| match question.measure.as_str() {
            "came" => matches!(&*fact.state, "arrived" | "in_room" | "departed"),
            "cancelled" => fact.state == "cancelled",
            "no_show" => fact.state == "no_show",
            "walk_in" => fact.source == "walk_in",
            _ => true,
        };
        let all = all.into_iter().filter(wanted);
        let all = all.filter(|fact| of_person(question, fact.handled_by));
        let fact = |fact: bookings::store::facts::BookingFact| Fact {
            href: format!("/bookings/{}", fact.no),
            no: fact.no,
            at: fact.starts_at,
            hour: fact.local_hour,
            business_date: fact.business_date,
            state: fact.state,
            kind: fact.source,
            customer: question.closed.text(&fact.sold_dept),
            person: fact.handled_by,
            what: format!("× {}", fact.party),
        };
        Ok(all.map(fact).collect())
    }
}

impl Source for Bookings {
    fn word(&self) -> &'static str {
        "bookings"
    }

    fn name(&self, l: &Messages) -> String {
        l.reports_source_bookings().to_string()
    }

    fn measures(&self) -> Vec<&'static str> {
        vec!["all", "came", "cancelled", "no_show", "walk_in"]
    }

    fn measure(&self, l: &Messages, word: &str) -> (String, String) {
        let (name, definition) = match word {
            "came" => (l.reports_measure_bookings_came(), l.reports_def_bookings_came()),
            "cancelled" => {
                (l.reports_measure_bookings_cancelled(), l.reports_def_bookings_cancelled())
            }
            "no_show" => (l.reports_measure_bookings_no_show(), l.reports_def_bookings_no_show()),
            "walk_in" => (l.reports_measure_bookings_walk_in(), l.reports_def_bookings_walk_in()),
            _ => (l.reports_measure_bookings_all(), l.reports_def_bookings_all()),
        };
        (name.to_string(), definition.to_string())
    }

    fn cuts(&self) -> &'static [By] {
        CUTS
    }

    fn label(&self, l: &Messages, by: By, key: &str) -> Option<String> {
        match by {
            By::State => Some(bookings::state_by_name(l, key)),
            By::Kind => Some(bookings::source_by_name(l, key)),
            By::Hour
            | By::Weekday
            | By::Day
            | By::Week
            | By::Month
            | By::Person
            | By::Hotline
            | By::Customer
            | By::Nothing => None,
        }
    }

    fn answer<'a>(&'a self, db: &'a Db, question: &'a Question) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(async move { Ok(counted(&Self::facts(db, question).await?, question)) })
    }

    fn behind<'a>(
        &'a self,
        db: &'a Db,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Option<Vec<Fact>>>> {
        Box::pin(async move { Self::facts(db, question).await.map(Some) })
    }
}
