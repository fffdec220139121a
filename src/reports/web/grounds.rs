//! What the figures rest on: how many calls were timed by which evidence, each with its calls.

use super::links::Link;
use super::rows::Cell;
use crate::calls::{Evidence, Figure, figures};
use crate::reports::store::Scope;
use crate::reports::tally::{Rate, Tally};
use crate::web::table::{self, Sheet};
use crate::words::Messages;

/// One kind of evidence, as a line of its table.
pub(super) struct GroundRow {
    pub(super) name: String,
    pub(super) definition: String,
    /// Of the calls that count for the promise.
    pub(super) counted: Cell,
    pub(super) counted_share: String,
    /// Of the calls whose time to the answer is known.
    pub(super) measured: Cell,
    pub(super) measured_share: String,
}

/// Every kind of evidence, the strongest first.
pub(super) fn grounds(l: &Messages, scope: &Scope, tally: &Tally) -> Vec<GroundRow> {
    let cell = |count: i64, figure: Figure, evidence: Evidence| Cell {
        text: count.to_string(),
        href: Link::of(scope).figure(figure).with("evidence", evidence.word()).href(),
    };
    let share = |of: i64, figure: Figure| Rate { of, all: tally.of(figure) }.shown();
    let row = |&evidence: &Evidence| {
        let (counted, measured) = (tally.counted_by(evidence), tally.measured_by(evidence));
        GroundRow {
            name: figures::evidence(l, evidence),
            definition: figures::evidence_definition(l, evidence),
            counted: cell(counted, Figure::Counted, evidence),
            counted_share: share(counted, Figure::Counted),
            measured: cell(measured, Figure::Measured, evidence),
            measured_share: share(measured, Figure::Measured),
        }
    };
    Evidence::ALL.iter().map(row).collect()
}

/// The same as a table to keep.
pub(super) fn sheet(l: &Messages, tally: &Tally) -> Sheet {
    let row = |&evidence: &Evidence| {
        vec![
            table::Cell::Text(figures::evidence(l, evidence)),
            table::Cell::Number(tally.counted_by(evidence)),
            table::Cell::Number(tally.measured_by(evidence)),
            table::Cell::Text(figures::evidence_definition(l, evidence)),
        ]
    };
    Sheet {
        name: l.reports_rests().to_string(),
        headings: vec![
            l.reports_rests_on().to_string(),
            l.reports_rests_counted().to_string(),
            l.reports_rests_measured().to_string(),
            l.reports_definition().to_string(),
        ],
        rows: Evidence::ALL.iter().map(row).collect(),
    }
}
