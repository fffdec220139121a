//! Analysis: a small pivot over the records of the house: calls, faults, bookings (clause 3-i).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;

use super::facts::{Bookings, Fact, Faults};
use super::period::By;
use super::store::{self, Hours, Scope};
use crate::calls::{Figure, figures};
use crate::db::{Db, Result};
use crate::kernel::{BusinessDay, Closed};
use crate::words::Messages;

/// A question: what is counted, cut in two ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Which calls, bookings, faults: the time and what else they have in common.
    pub scope: Scope,
    /// What the lines are.
    pub rows: By,
    /// What the columns are.
    pub columns: By,
    /// What is counted: a word of the source.
    pub measure: String,
    /// The site's zone and business day.
    pub day: BusinessDay,
    /// Numbers that whoever asks may not know, wherever somebody wrote them.
    pub closed: Closed,
}

/// The answer: cells by line and column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Answer {
    /// The keys of the lines, in order.
    #[serde(rename = "row_keys")]
    pub rows: Vec<String>,
    /// The keys of the columns, in order.
    #[serde(rename = "column_keys")]
    pub columns: Vec<String>,
    /// The counts, line by line; 0 where there is nothing.
    pub counts: Vec<Vec<i64>>,
}

/// Something that can be asked about.
pub trait Source: Send + Sync + 'static {
    /// Its word in addresses: `calls`.
    fn word(&self) -> &'static str;

    /// What it is called.
    fn name(&self, l: &Messages) -> String;

    /// What can be counted, by word, the usual first.
    fn measures(&self) -> Vec<&'static str>;

    /// What a measure is called, and how it is counted.
    fn measure(&self, l: &Messages, word: &str) -> (String, String);

    /// How it can be cut.
    fn cuts(&self) -> &'static [By];

    /// What a key of a cut is called, where only this source knows.
    fn label(&self, l: &Messages, by: By, key: &str) -> Option<String>;

    /// Counts.
    fn answer<'a>(&'a self, db: &'a Db, question: &'a Question) -> BoxFuture<'a, Result<Answer>>;

    /// The records that are counted, newest first; `None` where the log lists them.
    fn behind<'a>(
        &'a self,
        db: &'a Db,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Option<Vec<Fact>>>>;
}

/// The sources of the house, calls first. Cheap to clone.
#[derive(Clone)]
pub struct Sources(Arc<[Arc<dyn Source>]>);

impl Default for Sources {
    fn default() -> Self {
        Self(Arc::new([Arc::new(Calls), Arc::new(Faults), Arc::new(Bookings)]))
    }
}

impl Sources {
    /// The one with this word.
    pub fn find(&self, word: &str) -> Option<&dyn Source> {
        self.0.iter().find(|source| source.word() == word).map(AsRef::as_ref)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Source> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// Calls, counted by the figures of the reports.
struct Calls;

impl Source for Calls {
    fn word(&self) -> &'static str {
        "calls"
    }

    fn name(&self, l: &Messages) -> String {
        l.reports_source_calls().to_string()
    }

    fn measures(&self) -> Vec<&'static str> {
        Figure::ALL.iter().map(|figure| figure.word()).collect()
    }

    fn measure(&self, l: &Messages, word: &str) -> (String, String) {
        let figure = Figure::from_word(word).unwrap_or(Figure::Presented);
        (figures::name(l, figure), figures::definition(l, figure))
    }

    fn cuts(&self) -> &'static [By] {
        &[By::Nothing, By::Hour, By::Weekday, By::Day, By::Week, By::Month, By::Person, By::Hotline]
    }

    fn label(&self, _: &Messages, _: By, _: &str) -> Option<String> {
        None
    }

    fn answer<'a>(&'a self, db: &'a Db, question: &'a Question) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(async move {
            let figure = Figure::from_word(&question.measure).unwrap_or(Figure::Presented);
            let cuts = [question.rows, question.columns];
            if cuts == [By::Day, By::Hour] && question.scope.person.is_none() {
                let days = store::day_hours(db, &question.scope, figure).await?;
                return Ok(Answer::of_hours(&days));
            }
            let counts = store::figure_counted(db, &question.scope, cuts, figure).await?;
            Ok(Answer::of(counts, question))
        })
    }

    fn behind<'a>(
        &'a self,
        _: &'a Db,
        _: &'a Question,
    ) -> BoxFuture<'a, Result<Option<Vec<Fact>>>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

impl Answer {
    /// The cells of counts by both keys.
    pub(super) fn of(mut counts: BTreeMap<(String, String), i64>, question: &Question) -> Self {
        counts.retain(|_, count| *count != 0);
        let rows = ordered(counts.keys().map(|(row, _)| row.as_str()), question.rows);
        let columns = ordered(counts.keys().map(|(_, column)| column.as_str()), question.columns);
        let indexed = |keys: &[&str]| -> BTreeMap<String, usize> {
            keys.iter().enumerate().map(|(place, key)| ((*key).to_owned(), place)).collect()
        };
        let (lines, across) = (indexed(&rows), indexed(&columns));
        let mut table = vec![vec![0; columns.len()]; rows.len()];
        for ((row, column), count) in &counts {
            let line = lines.get(row).and_then(|&line| table.get_mut(line));
            let cell = line.zip(across.get(column)).and_then(|(line, &place)| line.get_mut(place));
            if let Some(cell) = cell {
                *cell = *count;
            }
        }
        let owned = |keys: Vec<&str>| keys.into_iter().map(str::to_owned).collect();
        Self { rows: owned(rows), columns: owned(columns), counts: table }
    }

    /// The cells of days by their hours.
    fn of_hours(days: &BTreeMap<String, Hours>) -> Self {
        let days = || days.iter().filter(|(_, hours)| hours.iter().any(|count| *count != 0));
        let told = |hour: &usize| days().any(|(_, hours)| hours.get(*hour) != Some(&0));
        let columns: Vec<usize> = (0..Hours::default().len()).filter(told).collect();
        let counts = |(_, hours): (&String, &Hours)| {
            columns.iter().filter_map(|&hour| hours.get(hour).copied()).collect()
        };
        Self {
            rows: days().map(|(day, _)| day.clone()).collect(),
            columns: columns.iter().map(ToString::to_string).collect(),
            counts: days().map(counts).collect(),
        }
    }
}

/// Keys once each, in the order of their time; numbers as numbers.
fn ordered<'k>(keys: impl Iterator<Item = &'k str>, by: By) -> Vec<&'k str> {
    // of thousands of cells a few keys are left to be ordered
    let mut keys: Vec<&str> = keys.collect::<BTreeSet<_>>().into_iter().collect();
    match by {
        By::Hour | By::Weekday | By::Person => {
            keys.sort_by_key(|key| key.parse::<i64>().unwrap_or(0));
        }
        By::Day
        | By::Week
        | By::Month
        | By::Hotline
        | By::State
        | By::Kind
        | By::Customer
        // as the set has them
        | By::Nothing => {}
    }
    keys
}
