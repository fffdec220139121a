//! What the address of a report asks: period, hotline, person, cut.

use serde::Deserialize;

use super::links::escaped;
use crate::kernel::StaffId;
use crate::reports::period::{By, Period, Unreadable};
use crate::reports::store::Scope;
use crate::web::{Problem, Want, maybe_text};

/// The address as it came. An empty field asks nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    pub(super) period: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) from: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) to: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) hotline: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) person: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) by: Option<String>,
    /// `csv` or `xlsx`.
    #[serde(deserialize_with = "maybe_text")]
    pub(super) format: Option<String>,
}

impl Asked {
    /// Which calls; 400 with a sentence for what cannot be read.
    pub(super) fn scope(&self, want: &Want) -> Result<Scope, Problem> {
        let today = want.kit.day.date(want.now);
        let (name, from, to) = (self.period.as_deref(), self.from.as_deref(), self.to.as_deref());
        let period = Period::read(name, from, to, today).map_err(unreadable)?;
        let person = self.person.as_deref().map(str::parse::<StaffId>).transpose();
        let person = person.map_err(|_| {
            Problem::syntax().field("person", |l| l.reports_wrong_person().to_string())
        })?;
        let hotline = self.hotline.as_ref().map(|number| match number.as_str() {
            "-" => String::new(),
            number => number.to_owned(),
        });
        Ok(Scope { period, hotline, person })
    }

    /// How the period is cut; what is usual for it where nothing is asked.
    pub(super) fn by(&self, period: &Period) -> Result<By, Problem> {
        let Some(word) = &self.by else { return Ok(By::usual(period)) };
        let time = By::from_word(word).filter(|by| By::TIMES.contains(by));
        time.ok_or_else(|| Problem::syntax().field("by", |l| l.reports_wrong_by().to_string()))
    }

    /// This address of a report with another period.
    pub(super) fn with_period(&self, place: &str, name: &str) -> String {
        self.address(place, &[("period", Some(name)), ("from", None), ("to", None), ("by", None)])
    }

    /// This address with some fields changed; `None` drops one.
    pub(super) fn address(&self, place: &str, changed: &[(&str, Option<&str>)]) -> String {
        let fields = [
            ("period", &self.period),
            ("from", &self.from),
            ("to", &self.to),
            ("hotline", &self.hotline),
            ("person", &self.person),
            ("by", &self.by),
        ];
        let kept = fields
            .iter()
            .filter(|(name, _)| !changed.iter().any(|(other, _)| other == name))
            .filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let new = changed.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let query: Vec<String> =
            kept.chain(new).map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        if query.is_empty() { place.to_owned() } else { format!("{place}?{}", query.join("&")) }
    }
}

fn unreadable(why: Unreadable) -> Problem {
    let problem = Problem::syntax();
    match why {
        Unreadable::Name => problem.field("period", |l| l.reports_wrong_period().to_string()),
        Unreadable::From => problem.field("from", |l| l.reports_wrong_day().to_string()),
        Unreadable::To => problem.field("to", |l| l.reports_wrong_day().to_string()),
        Unreadable::Order => problem.field("to", |l| l.reports_wrong_order().to_string()),
    }
}
