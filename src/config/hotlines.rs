//! `[[hotline]]`: numbers, cadence, promise, hours.

use std::collections::BTreeMap;

use chrono::Weekday;

use super::load::{clock_time, keys_of};
use super::raw::Section;
use super::{Hotline, Hours, Pbx, Site};
use crate::kernel::{Cadence, Extension, Language, Phone};

const DAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Mon),
    ("Tue", Weekday::Tue),
    ("Wed", Weekday::Wed),
    ("Thu", Weekday::Thu),
    ("Fri", Weekday::Fri),
    ("Sat", Weekday::Sat),
    ("Sun", Weekday::Sun),
];

/// One spelling for every way to write a number: E.164 where it is an outside number.
pub(super) fn one_spelling(number: &str) -> String {
    Phone::read(number).map_or_else(
        || number.chars().filter(|c| !c.is_whitespace()).collect(),
        |phone| phone.as_str().to_owned(),
    )
}

pub(super) fn read(root: &mut Section<'_>) -> Vec<Hotline> {
    let mut taken: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut hotlines = Vec::new();
    for (index, mut from) in root.sections("hotline", keys_of("hotline")).into_iter().enumerate() {
        let hotline = one(&mut from);
        let aliases = hotline.aliases.iter().enumerate();
        let numbers = aliases.map(|(place, alias)| (format!("aliases.{place}"), alias));
        for (key, number) in std::iter::once(("number".to_owned(), &hotline.number)).chain(numbers)
        {
            if number.is_empty() {
                continue;
            }
            let known =
                taken.entry(one_spelling(number)).or_insert_with(|| (index, from.key(&key)));
            if known.0 != index {
                let says = format!(
                    "{number:?} is the same number as {}: a number belongs to one hotline",
                    known.1
                );
                from.wrong(&key, says);
            }
        }
        from.done();
        hotlines.push(hotline);
    }
    hotlines
}

fn one(from: &mut Section<'_>) -> Hotline {
    let right = "a number as people dial it, such as \"4008001234\"";
    let spelled = |text: &str| {
        let number = text.trim();
        let known =
            Phone::read(number).is_some() || one_spelling(number).parse::<Extension>().is_ok();
        known.then(|| number.to_owned())
    };
    if !from.has("number") {
        from.wrong("number", format!("is missing: {right}"));
    }
    let number = from.read("number", right, spelled).unwrap_or_default();
    let name = from.text("name", "the name of the hotline").unwrap_or_else(|| number.clone());
    let aliases = from.list("aliases", right, false, spelled).unwrap_or_default();
    let greeting = from.text("greeting", "what the operator says first").unwrap_or_default();
    let cadence = cadence(from);
    let target_rings = from.whole("target_rings", 1..=20).unwrap_or(3);
    let target_limit_ms = from.millis("target_seconds", 1_000..=600_000);
    let short_abandon_rings = from.whole("short_abandon_rings", 0..=20).unwrap_or(1);
    let colleague_rings = from.whole("colleague_rings", 1..=20).unwrap_or(2);
    let round_gap_ms = from.millis("round_gap_seconds", 0..=60_000).unwrap_or(2_000);
    let right = "a window such as \"Mon-Fri 09:00-12:00\" or \"Sat,Sun 22:00-02:00\"";
    let hours = from.list("hours", right, false, Hours::read).unwrap_or_default();
    Hotline {
        name,
        number,
        aliases,
        greeting,
        cadence,
        target_rings,
        target_limit_ms,
        short_abandon_rings,
        colleague_rings,
        round_gap_ms,
        hours,
    }
}

fn cadence(from: &mut Section<'_>) -> Cadence {
    let read = match from.name_or_millis("cadence") {
        None => return Cadence::default(),
        Some(Ok(name)) => Cadence::named(&name),
        Some(Err(pattern)) => Cadence::from_millis(&pattern),
    };
    read.unwrap_or_else(|right| {
        from.wrong("cadence", right.to_string());
        Cadence::default()
    })
}

/// The hotline of a house that has named none: every call counts for it.
pub(super) fn default(site: &Site, pbx: &[Pbx]) -> Hotline {
    let name = match site.language {
        Language::ZhCn => "热线",
        Language::En => "Hotline",
    };
    // what rings is the only number such a house has
    let account = pbx.iter().flat_map(|pbx| &pbx.accounts).next();
    let number = account.map_or_else(|| "hotline".to_owned(), |account| account.username.clone());
    Hotline {
        name: name.to_owned(),
        number,
        aliases: Vec::new(),
        greeting: String::new(),
        cadence: Cadence::default(),
        target_rings: 3,
        target_limit_ms: None,
        short_abandon_rings: 1,
        colleague_rings: 2,
        round_gap_ms: 2_000,
        hours: Vec::new(),
    }
}

impl Hours {
    /// Reads `Mon-Fri 09:00-12:00`, `Sat,Sun 22:00-02:00`, or `09:00-18:00` for every day.
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (first, second) = (words.next()?, words.next());
        if words.next().is_some() {
            return None;
        }
        let (days, window) = match second {
            Some(window) => (days(first)?, window),
            None => (DAYS.map(|(_, day)| day).to_vec(), first),
        };
        let (from, to) = window.split_once(['-', '–'])?;
        Some(Self { days, from: clock_time(from)?, to: clock_time(to)? })
    }
}

/// `Mon-Fri`, `Sat,Sun`, `Fri-Mon`: in the order of the week, each once.
fn days(text: &str) -> Option<Vec<Weekday>> {
    let named = |name: &str| {
        DAYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, day)| day)
    };
    let mut open = Vec::new();
    for part in text.split(',') {
        match part.split_once(['-', '–']) {
            None => open.push(named(part)?),
            Some((from, to)) => {
                let (mut day, last) = (named(from)?, named(to)?);
                open.push(day);
                while day != last {
                    day = day.succ();
                    open.push(day);
                }
            }
        }
    }
    Some(DAYS.into_iter().map(|(_, day)| day).filter(|day| open.contains(day)).collect())
}
