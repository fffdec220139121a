//! What can be chosen above a report: periods, cuts, hotlines, persons.

use super::answering::HERE;
use super::asked::Asked;
use super::words;
use crate::reports::period::{By, Period};
use crate::web::Frame;

/// A choice that is a link.
pub(super) struct Way {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) current: bool,
}

/// A choice of a list.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

pub(super) fn periods(frame: &Frame, asked: &Asked, period: &Period) -> Vec<Way> {
    let way = |&name: &&str| Way {
        href: asked.with_period(HERE, name),
        label: words::period(&frame.l, name),
        current: period.name == name,
    };
    Period::NAMES.iter().filter(|name| **name != "custom").map(way).collect()
}

pub(super) fn cuts(frame: &Frame, asked: &Asked, by: By) -> Vec<Way> {
    let way = |cut: By| Way {
        href: asked.address(HERE, &[("by", Some(cut.word()))]),
        label: words::by(&frame.l, cut),
        current: by == cut,
    };
    By::TIMES.map(way).into()
}

pub(super) fn choices(all: &[(String, String)], chosen: Option<&str>) -> Vec<Choice> {
    let choice = |(value, label): &(String, String)| Choice {
        value: value.clone(),
        label: label.clone(),
        chosen: chosen == Some(value.as_str()),
    };
    all.iter().map(choice).collect()
}
