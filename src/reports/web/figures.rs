//! A figure ready to be shown: what it says, how it is counted, and the calls behind it.

use super::links::Link;
use crate::calls::{Figure, figures};
use crate::reports::store::Scope;
use crate::reports::tally::{Digits, Rate, Tally, percent};
use crate::words::Messages;

/// One figure on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// What it is called.
    pub(super) name: String,
    /// What it says.
    pub(super) text: String,
    /// How it is counted.
    pub(super) definition: String,
    /// The calls behind it.
    pub(super) href: String,
    /// The same figure of the time before, in words; empty where none is compared.
    pub(super) before: String,
}

/// A rate: of how many, over how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShownRate {
    pub(super) name: String,
    pub(super) percent: String,
    /// The same where its digits are set larger.
    pub(super) digits: Digits,
    pub(super) definition: String,
    pub(super) of: i64,
    pub(super) of_href: String,
    pub(super) all: i64,
    pub(super) all_href: String,
    pub(super) before: String,
}

/// Makes the figures of one scope.
pub(super) struct Figures<'a> {
    pub(super) l: &'a Messages,
    pub(super) scope: &'a Scope,
    pub(super) tally: &'a Tally,
    pub(super) before: Option<&'a Tally>,
}

impl Figures<'_> {
    pub(super) fn link(&self, figure: Figure) -> String {
        Link::of(self.scope).figure(figure).href()
    }

    /// A count.
    pub(super) fn count(&self, figure: Figure) -> Shown {
        Shown {
            name: figures::name(self.l, figure),
            text: self.tally.of(figure).to_string(),
            definition: figures::definition(self.l, figure),
            href: self.link(figure),
            before: self.before.map(|tally| tally.of(figure).to_string()).unwrap_or_default(),
        }
    }

    /// A count with its share of another: `3`, `2.2%`.
    pub(super) fn share(&self, figure: Figure, of: Figure) -> (Shown, String) {
        let rate = Rate { of: self.tally.of(figure), all: self.tally.of(of) };
        (self.count(figure), rate.shown())
    }

    /// A rate of two figures.
    pub(super) fn rate(
        &self,
        name: String,
        definition: String,
        of: Figure,
        all: Figure,
    ) -> ShownRate {
        let rate = |tally: &Tally| Rate { of: tally.of(of), all: tally.of(all) };
        let now = rate(self.tally);
        ShownRate {
            name,
            definition,
            percent: now.shown(),
            digits: Digits::of(now.permille()),
            of: now.of,
            of_href: self.link(of),
            all: now.all,
            all_href: self.link(all),
            before: self.before.map(|tally| rate(tally).shown()).unwrap_or_default(),
        }
    }
}

/// How a rate stands to the target: its colour and a sentence.
pub(super) fn against(l: &Messages, permille: Option<i64>, target: i64) -> (&'static str, String) {
    let said = match permille {
        None => l.reports_no_rate().to_string(),
        Some(rate) if rate > target => l.reports_above(percent(rate - target)).to_string(),
        Some(rate) if rate == target => l.reports_at_target().to_string(),
        Some(rate) => l.reports_below(percent(target - rate)).to_string(),
    };
    (tint(permille, target), said)
}

/// The colour alone.
pub(super) fn tint(permille: Option<i64>, target: i64) -> &'static str {
    match permille {
        None => "mute",
        Some(rate) if rate >= target => "c1",
        Some(rate) if rate * 10 >= target * 9 => "c3",
        Some(_) => "c4",
    }
}
