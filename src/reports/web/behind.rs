//! `/reports/analysis/rows`: the records behind a cell, and where a cell leads to.

use std::cmp::Reverse;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::analysis::{Asked as QuestionAsked, kept_address};
use super::links::{Link, days_of, escaped, written};
use super::words::{self, Names};
use super::{Office, READERS};
use crate::calls::Figure;
use crate::kernel::Moment;
use crate::reports::facts::Fact;
use crate::reports::period::By;
use crate::reports::pivot::{Question as Asking, Source};
use crate::web::{
    Filter, Frame, Place, Problem, Reader, Want, from_cursor, go, maybe_text, page_size, to_cursor,
};

/// So many records are on a page unless the address says otherwise.
const PAGE: usize = 200;
/// The longest page.
const PAGE_MOST: usize = 500;
/// How an empty key is written in an address.
const EMPTY: &str = "-";

/// Where cells lead to: calls to the log, all else to its records.
pub(super) struct Hrefs<'q> {
    question: &'q Asking,
    source: &'static str,
}

impl<'q> Hrefs<'q> {
    pub(super) fn of(question: &'q Asking, source: &dyn Source) -> Self {
        Self { question, source: source.word() }
    }

    /// A cell; without a line or a column the sum over them.
    pub(super) fn cell(&self, row: Option<&str>, column: Option<&str>) -> String {
        if self.source == "calls" { self.calls(row, column) } else { self.records(row, column) }
    }

    /// The begin of the addresses of a line's cells; without a line, of the sums below them. As a page writes it.
    pub(super) fn head(&self, row: Option<&str>) -> Arc<str> {
        written(&if self.source == "calls" {
            self.link(row, None).head(Link::named(self.question.columns))
        } else {
            self.records(row, None)
        })
    }

    /// The end of the addresses of a column's cells, in each line alike unless they [`differ`](Self::differ); without
    /// a column, of the sums beside them.
    pub(super) fn tail(&self, row: Option<&str>, column: Option<&str>) -> Arc<str> {
        written(&if self.source == "calls" {
            self.link(row, column).tail(Link::named(self.question.columns))
        } else {
            keyed("column", column).map(|pair| format!("&{pair}")).unwrap_or_default()
        })
    }

    /// Whether what a line says is said again by its columns.
    pub(super) fn differ(&self) -> bool {
        let rows = Link::named(self.question.rows);
        self.source == "calls"
            && Link::named(self.question.columns).iter().any(|name| rows.contains(name))
    }

    fn calls(&self, row: Option<&str>, column: Option<&str>) -> String {
        self.link(row, column).href()
    }

    fn link(&self, row: Option<&str>, column: Option<&str>) -> Link {
        let Asking { scope, rows, columns, measure, .. } = self.question;
        let figure = Figure::from_word(measure).unwrap_or(Figure::Presented);
        let mut link = Link::of(scope).figure(figure);
        let mut period = scope.period;
        if let Some(row) = row {
            link = link.piece(*rows, row, &period);
            // days inside days: a column's days may only narrow those of its line
            let timed = |by: By| matches!(by, By::Day | By::Week | By::Month);
            if timed(*rows) && timed(*columns) {
                period = days_of(*rows, row, &period);
            }
        }
        if let Some(column) = column {
            link = link.piece(*columns, column, &period);
        }
        link
    }

    fn records(&self, row: Option<&str>, column: Option<&str>) -> String {
        let mut parts = vec![kept_address(self.question, self.source)];
        parts.extend([keyed("row", row), keyed("column", column)].into_iter().flatten());
        format!("/reports/analysis/rows?{}", parts.join("&"))
    }
}

fn keyed(name: &str, key: Option<&str>) -> Option<String> {
    let key = key.map(|key| if key.is_empty() { EMPTY } else { key });
    key.map(|key| format!("{name}={}", escaped(key)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(flatten)]
    question: QuestionAsked,
    #[serde(deserialize_with = "maybe_text")]
    row: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    column: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    limit: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    after: Option<String>,
}

/// A place in the list: when a record was reported or begins, and its number. The list is in this
/// order, newest first, so that a page begins behind its place whatever became of the record there.
type Spot = (Moment, String);

fn place_of(fact: &Fact) -> Spot {
    (fact.at, fact.no.clone())
}

/// A record as the page shows it.
struct Line {
    no: String,
    href: String,
    when: String,
    what: String,
    state: String,
    kind: String,
    customer: String,
    person: String,
}

#[derive(Template, Serialize)]
#[template(path = "reports/behind.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    source: &'static str,
    measure: String,
    /// How many records there are, on all pages.
    count: usize,
    /// Those of this page, newest first.
    items: Vec<Fact>,
    /// Where the next page begins.
    next: Option<String>,
    #[serde(skip)]
    older: Option<String>,
    #[serde(skip)]
    newest: Option<String>,
    /// Which of the records stand here: `201–400`.
    #[serde(skip)]
    shown: String,
    #[serde(skip)]
    back: String,
    #[serde(skip)]
    title: String,
    #[serde(skip)]
    cut: Vec<String>,
    #[serde(skip)]
    lines: Vec<Line>,
}

pub(super) async fn show(
    State(office): State<Office>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let limit = page_size(asked.limit.as_deref(), PAGE, PAGE_MOST)?;
    let after: Option<Spot> = asked.after.as_deref().map(from_cursor).transpose()?;
    let (source, question) = asked.question.question(&office, &want, &reader)?;
    let db = &want.kit.db;
    let hrefs = Hrefs::of(&question, source);
    let key = |text: &Option<String>| {
        text.as_deref().map(|text| if text == EMPTY { "" } else { text }.to_owned())
    };
    let (row, column) = (key(&asked.row), key(&asked.column));
    let Some(mut facts) = source.behind(db, &question).await? else {
        return Ok(go(&hrefs.cell(row.as_deref(), column.as_deref())));
    };
    let fits = |key: &Option<String>, fact: &Fact, by: By| {
        key.as_ref().is_none_or(|key| fact.key(by) == *key)
    };
    facts.retain(|fact| fits(&row, fact, question.rows) && fits(&column, fact, question.columns));
    facts.sort_by_cached_key(|fact| Reverse(place_of(fact)));
    let count = facts.len();
    let begun = after.map_or(0, |after| facts.partition_point(|fact| place_of(fact) >= after));
    facts.drain(..begun);
    let more = facts.len() > limit;
    facts.truncate(limit);
    let next = facts.last().filter(|_| more).map(|last| to_cursor(&place_of(last)));
    let first = hrefs.records(row.as_deref(), column.as_deref());
    let paged = |first: &str| match &asked.limit {
        Some(limit) => format!("{first}&limit={}", escaped(limit)),
        None => first.to_owned(),
    };
    let names = Names::read(db, &office).await?;
    let frame = want.frame(Place::Reports);
    let (l, spelling) = (&frame.l, frame.spelling);
    let label = |by: By, key: &str| {
        source.label(l, by, key).unwrap_or_else(|| names.piece(l, spelling, by, key))
    };
    let mut cut = vec![words::days(spelling, &question.scope.period)];
    cut.extend(row.as_deref().map(|key| label(question.rows, key)));
    cut.extend(column.as_deref().map(|key| label(question.columns, key)));
    let line = |fact: &Fact| Line {
        no: fact.no.clone(),
        href: fact.href.clone(),
        when: spelling.moment(fact.at),
        what: fact.what.clone(),
        state: label(By::State, &fact.state),
        kind: label(By::Kind, &fact.kind),
        customer: label(By::Customer, &fact.customer),
        person: names.person(l, &fact.person.to_string()),
    };
    let lines = facts.iter().map(line).collect();
    let (title, _) = source.measure(l, &question.measure);
    want.page(&Page {
        back: format!("/reports/analysis?{}", kept_address(&question, source.word())),
        source: source.word(),
        measure: question.measure.clone(),
        shown: format!("{}–{}", begun + usize::from(!facts.is_empty()), begun + facts.len()),
        older: next.as_ref().map(|next| format!("{}&after={}", paged(&first), escaped(next))),
        newest: (begun > 0).then(|| paged(&first)),
        count,
        items: facts,
        next,
        title,
        cut,
        lines,
        frame,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{BusinessDay, Closed, StaffId};
    use crate::reports::period::Period;
    use crate::reports::pivot::Sources;
    use crate::reports::store::Scope;

    /// The fields of an address, in no order.
    fn fields(address: &str) -> Vec<String> {
        let address = address.replace("&#38;", "&");
        let mut fields: Vec<String> = address.split(['?', '&']).map(str::to_owned).collect();
        fields.sort();
        fields
    }

    #[test]
    fn the_begin_of_a_line_and_the_end_of_a_column_are_the_address_of_their_cell() {
        let date = |text: &str| text.parse().unwrap();
        let period = Period { name: "custom", from: date("2026-11-02"), to: date("2026-11-12") };
        let scope = Scope { period, hotline: Some("4008001234".into()), person: Some(StaffId(3)) };
        let cutoff = chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap();
        let day = BusinessDay { zone: chrono_tz::Asia::Shanghai, cutoff };
        let cuts = [
            (By::Hour, "9"),
            (By::Weekday, "5"),
            (By::Day, "2026-11-10"),
            (By::Week, "2026-11-09"),
            (By::Month, "2026-11"),
            (By::Person, "7"),
            (By::Hotline, ""),
            (By::Nothing, ""),
        ];
        let sources = Sources::default();
        for source in sources.iter().take(2) {
            for (rows, row) in cuts {
                for (columns, column) in cuts {
                    let (scope, measure) = (scope.clone(), "late".to_owned());
                    let question =
                        Asking { scope, rows, columns, measure, day, closed: Closed::default() };
                    let hrefs = Hrefs::of(&question, source);
                    let (row, column) = (Some(row), Some(column));
                    let of = row.filter(|_| hrefs.differ());
                    let cells = [
                        (row, column, hrefs.tail(of, column)),
                        (row, None, hrefs.tail(row, None)),
                        (None, column, hrefs.tail(None, column)),
                        (None, None, hrefs.tail(None, None)),
                    ];
                    for (row, column, tail) in cells {
                        let written = format!("{}{tail}", hrefs.head(row));
                        assert_eq!(fields(&written), fields(&hrefs.cell(row, column)));
                    }
                }
            }
        }
    }
}
