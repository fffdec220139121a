//! Analysis: a small pivot over the records of the house. Each room that has something to ask about
//! hands in a [`Source`]; calls are the first.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;

use super::period::By;
use super::store::{self, Scope};
use super::tally::Tally;
use crate::calls::Figure;
use crate::db::{Db, Result};

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

    /// What can be counted, by word.
    fn measures(&self) -> Vec<&'static str>;

    /// Counts.
    fn answer<'a>(&'a self, db: &'a Db, question: &'a Question) -> BoxFuture<'a, Result<Answer>>;
}

/// The sources of the house, calls first. Cheap to clone.
#[derive(Clone)]
pub struct Sources(Arc<[Arc<dyn Source>]>);

impl Default for Sources {
    fn default() -> Self {
        Self(Arc::new([Arc::new(Calls)]))
    }
}

impl Sources {
    /// The one with this word.
    pub fn find(&self, word: &str) -> Option<&dyn Source> {
        self.0.iter().find(|source| source.word() == word).map(AsRef::as_ref)
    }
}

/// Calls, counted by the figures of the reports.
struct Calls;

impl Source for Calls {
    fn word(&self) -> &'static str {
        "calls"
    }

    fn measures(&self) -> Vec<&'static str> {
        Figure::ALL.iter().map(|figure| figure.word()).collect()
    }

    fn answer<'a>(&'a self, db: &'a Db, question: &'a Question) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(async move {
            let figure = Figure::from_word(&question.measure).unwrap_or(Figure::Presented);
            let period = question.scope.period;
            let fresh = store::fresh(db, &question.scope, period.from, period.to).await?;
            let cuts = [question.rows, question.columns];
            let tallies = store::tallies(db, &question.scope, &fresh, cuts).await?;
            Ok(Answer::of(tallies, figure, question))
        })
    }
}

impl Answer {
    fn of(tallies: BTreeMap<(String, String), Tally>, figure: Figure, question: &Question) -> Self {
        let counts: BTreeMap<(String, String), i64> = tallies
            .into_iter()
            .map(|(key, tally)| (key, tally.of(figure)))
            .filter(|(_, count)| *count != 0)
            .collect();
        let rows = ordered(counts.keys().map(|(row, _)| row.clone()), question.rows);
        let columns = ordered(counts.keys().map(|(_, column)| column.clone()), question.columns);
        let cell = |row: &String, column: &String| {
            counts.get(&(row.clone(), column.clone())).copied().unwrap_or(0)
        };
        let line = |row: &String| columns.iter().map(|column| cell(row, column)).collect();
        Self { counts: rows.iter().map(line).collect(), rows, columns }
    }
}

/// Keys once each, in the order of their time; numbers as numbers.
fn ordered(keys: impl Iterator<Item = String>, by: By) -> Vec<String> {
    let mut keys: Vec<String> = keys.collect();
    match by {
        By::Hour | By::Weekday | By::Person => {
            keys.sort_by_key(|key| key.parse::<i64>().unwrap_or(0));
        }
        By::Day | By::Week | By::Month | By::Hotline | By::Nothing => keys.sort(),
    }
    keys.dedup();
    keys
}
