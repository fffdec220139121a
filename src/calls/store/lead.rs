//! What SQLite reads the log by where several things are asked of it. It keeps no statistics, and of two
//! indexes that both give the order it takes either; PostgreSQL knows how often a value is.

use super::super::call::{Evidence, Outcome};
use super::super::figure::Figure;
use super::super::missed::CallBack;
use super::list::Filter;
use crate::db::Engine;
use crate::kernel::StaffId;

/// Outcomes of few calls.
const RARE_OUTCOMES: &[Outcome] = &[Outcome::NotOffered, Outcome::MachineOnly, Outcome::Unmeasured];

/// Figures of few calls, each with an index that holds no others.
const RARE: &[Figure] = &[
    Figure::Live,
    Figure::Test,
    Figure::Outage,
    Figure::Ring5,
    Figure::Ring6,
    Figure::HungUs,
    Figure::HungUnknown,
    Figure::WhyPbx,
    Figure::WhyUnknown,
    Figure::PbxLate,
];

/// Figures with such an index that may hold many.
const APART: &[Figure] = &[
    Figure::Excluded,
    Figure::AfterHours,
    Figure::Unserved,
    Figure::GoneInTime,
    Figure::Ring4,
    Figure::HungCaller,
    Figure::WhyBusy,
    Figure::WhyAway,
    Figure::WhyUnreachable,
];

/// What is rarest, by its nature, of what a filter asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// As the engine thinks best.
    Any,
    /// The few calls that are named, each by its number.
    Few,
    /// The outcome, on one hotline or all.
    Outcome,
    /// The figure.
    Figure,
    /// What the clock rests on.
    Evidence,
    /// That nobody is known to have answered.
    Nobody,
    /// Who answered or took the call.
    Person,
    /// The hour.
    Hour,
}

impl Lead {
    /// What leads; `few` where the filter names its calls or their caller.
    pub(super) fn of(engine: Engine, filter: &Filter, few: bool) -> Self {
        if engine == Engine::Postgres {
            return Self::Any;
        }
        let figure = filter.figure;
        let asks = |figures: &[Figure]| figure.is_some_and(|figure| figures.contains(&figure));
        let settled = matches!(filter.call_back, Some(CallBack::Open | CallBack::Waived));
        let outcome = filter.outcome.is_some_and(|outcome| RARE_OUTCOMES.contains(&outcome));
        let nobody = filter.answered_by == Some(StaffId(0));
        let timed_else = filter.evidence.is_some_and(|evidence| evidence != Evidence::Position180);
        if few || settled {
            Self::Few
        } else if outcome || asks(&[Figure::NotOffered, Figure::MachineOnly, Figure::Unmeasured]) {
            Self::Outcome
        } else if asks(RARE) {
            Self::Figure
        } else if timed_else {
            Self::Evidence
        } else if nobody && figure.is_some_and(Figure::is_answered) {
            Self::Nobody
        } else if filter.staff.is_some() || (filter.answered_by.is_some() && !nobody) {
            Self::Person
        } else if filter.hour.is_some() {
            Self::Hour
        } else if filter.hotline.is_some() && asks(APART) {
            Self::Figure
        } else if filter.evidence.is_some() {
            Self::Evidence
        } else {
            Self::Any
        }
    }

    /// The begin of a condition: `plain` where it leads, else with the sign that keeps SQLite's planner off.
    pub(super) fn sign(
        self,
        leads: Self,
        plain: &'static str,
        signed: &'static str,
    ) -> &'static str {
        if self == Self::Any || self == leads { plain } else { signed }
    }

    /// Whether the condition of a figure is kept from the planner.
    pub(super) fn hides_figure(self) -> bool {
        match self {
            Self::Any | Self::Outcome | Self::Figure => false,
            Self::Few | Self::Evidence | Self::Nobody | Self::Person | Self::Hour => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rarest_leads_and_postgresql_decides_for_itself() {
        let hotline = Some("4008001234".to_owned());
        let lead = |filter: &Filter| Lead::of(Engine::Sqlite, filter, false);
        let filter = Filter { hotline: hotline.clone(), ..Filter::default() };
        assert_eq!(lead(&filter), Lead::Any);
        assert_eq!(Lead::of(Engine::Sqlite, &filter, true), Lead::Few);
        let timed = Filter { evidence: Some(Evidence::Member), ..filter };
        assert_eq!(lead(&timed), Lead::Evidence);
        let whose = Filter { answered_by: Some(StaffId(7)), ..timed.clone() };
        assert_eq!(lead(&whose), Lead::Evidence);
        let usual = Filter { evidence: Some(Evidence::Position180), ..whose };
        assert_eq!(lead(&usual), Lead::Person, "most calls are timed by a position");
        let machine = Filter { outcome: Some(Outcome::MachineOnly), ..timed };
        assert_eq!(
            lead(&machine),
            Lead::Outcome,
            "a machine answers less often than a member times"
        );
        assert_eq!(Lead::of(Engine::Postgres, &machine, true), Lead::Any);
        let late = Filter { figure: Some(Figure::Late), hour: Some(4), ..Filter::default() };
        assert_eq!(lead(&late), Lead::Hour);
        let whose = Filter { answered_by: Some(StaffId(7)), ..late.clone() };
        assert_eq!(lead(&whose), Lead::Person);
        assert!(lead(&whose).hides_figure());
        assert_eq!(lead(&Filter { answered_by: Some(StaffId(0)), ..late }), Lead::Nobody);
        let night = Filter { figure: Some(Figure::AfterHours), hotline, ..Filter::default() };
        assert_eq!(lead(&night), Lead::Figure);
    }
}
