//! A telephone number in one spelling, however it was written: libphonenumber first, then the
//! site's own rules.
//!
//! What is read here is the same text that a call's caller has ([`Phone::read`]), so that a card is
//! found by the number that rings: `+8613800001234`, or the digits alone of a number that has no
//! area (`95588`).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::rules::SiteRules;
use crate::kernel::{Phone, masked, narrow};

/// A number and, behind a switchboard, an extension.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Number {
    /// `+8613800001234`; for numbers without an area the digits: `95588`.
    number: String,
    /// Digits behind the switchboard; empty for the number itself.
    extension: String,
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    /// Nothing is written.
    #[error("nothing is written")]
    Empty,
    /// Longer than any number.
    #[error("longer than any number")]
    TooLong,
    /// A letter or sign that belongs to no number.
    #[error("there is something in it that belongs to no number")]
    Sign,
    /// No network has such a number.
    #[error("no network has such a number: check the digits and the area code")]
    Unknown,
    /// What comes after the word for an extension is none.
    #[error("the extension is not 1 to 8 digits")]
    Extension,
}

/// Longer texts hold more than a number.
const LONGEST: usize = 64;

/// A text with full-width letters and signs made narrow, in lower case, and without what cannot be
/// seen.
pub(super) fn folded(text: &str) -> String {
    let plain = |c: char| match narrow(c) {
        '\u{a0}' => ' ',
        // dashes of every length
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' => '-',
        other => other,
    };
    let seen = |c: &char| !super::text::is_unseen(*c);
    text.chars().filter(seen).map(plain).flat_map(char::to_lowercase).collect()
}

impl Number {
    /// Reads a number as people, spreadsheets and PBXes write it.
    pub fn read(text: &str, rules: &SiteRules) -> Result<Self, NotANumber> {
        if text.len() > LONGEST * 4 {
            return Err(NotANumber::TooLong);
        }
        let text = folded(text);
        let text = text.trim();
        let text = text.strip_prefix("tel:").unwrap_or(text).trim();
        if text.is_empty() {
            return Err(NotANumber::Empty);
        }
        if text.chars().count() > LONGEST {
            return Err(NotANumber::TooLong);
        }
        let (main, extension) = match behind(text, rules) {
            Some((main, rest)) => (main, Some(extension(rest)?)),
            None => (text, None),
        };
        let whole = digits(main, rules)?;
        if let Some(number) = read_digits(&whole, rules) {
            return Ok(Self { number, extension: extension.unwrap_or_default() });
        }
        // 84523317-801: the last dash may stand before an extension
        let parts = main.rsplit_once('-').filter(|_| extension.is_none());
        let number = parts.and_then(|(main, last)| {
            let extension = self::extension(last).ok().filter(|last| last.len() <= 5)?;
            let number = read_digits(&digits(main, rules).ok()?, rules)?;
            Some(Self { number, extension })
        });
        number.ok_or(NotANumber::Unknown)
    }

    /// What is stored already; reads nothing.
    pub(super) fn stored(number: String, extension: String) -> Self {
        Self { number, extension }
    }

    /// `+8613800001234`, `95588`: what a call's caller number is compared with.
    pub fn as_str(&self) -> &str {
        &self.number
    }

    /// The digits behind the switchboard; empty for the number itself.
    pub fn extension(&self) -> &str {
        &self.extension
    }

    /// As people write it: `138 0000 1234`, `025 8452 3317`, `95588`; without the extension.
    pub fn for_people(&self) -> String {
        shown(&self.number)
    }

    /// The digits, last first, so that the end of a number is a range of an index.
    pub(super) fn reversed(&self) -> String {
        self.number.chars().rev().filter(char::is_ascii_digit).collect()
    }
}

/// A stored number as people write it.
pub(super) fn shown(number: &str) -> String {
    Phone::read(number).map_or_else(|| number.to_owned(), |phone| phone.for_people())
}

/// A stored number for those who may know whom they meet but not how to call them: its last four
/// digits.
pub fn last_four(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    // of a short number four digits would be all
    let shown = if digits.len() > 6 { 4 } else { 2 };
    let tail: String = digits[digits.len().saturating_sub(shown)..].iter().collect();
    format!("****{tail}")
}

/// The text before and after the first word for an extension, where a digit stands before it. `转`
/// is always one: it is how we write an extension ourselves.
fn behind<'t>(text: &'t str, rules: &SiteRules) -> Option<(&'t str, &'t str)> {
    let words = rules.extension_words.iter().map(String::as_str).chain(["转"]);
    let found = words.filter_map(|word| {
        let at = text.find(word)?;
        text[..at].contains(|c: char| c.is_ascii_digit()).then_some((at, word.len()))
    });
    // the earliest word; of two at one place the longer
    let (at, len) = found.min_by_key(|&(at, len)| (at, std::cmp::Reverse(len)))?;
    Some((&text[..at], &text[at + len..]))
}

/// The digits of an extension.
fn extension(text: &str) -> Result<String, NotANumber> {
    let sign = |c: &char| !(c.is_whitespace() || "-.:=()".contains(*c));
    let digits: String = text.chars().filter(sign).collect();
    let good = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(digits) } else { Err(NotANumber::Extension) }
}

/// The digits with a plus in front where there is one.
fn digits(text: &str, rules: &SiteRules) -> Result<String, NotANumber> {
    let mut digits = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() => digits.push(c),
            c if c.is_whitespace() || rules.separators.contains(c) => {}
            _ => return Err(NotANumber::Sign),
        }
    }
    Ok(digits)
}

/// The spelling of digits that are a number.
fn read_digits(digits: &str, rules: &SiteRules) -> Option<String> {
    plain(digits, rules).or_else(|| {
        let mut in_front: Vec<&String> = rules.strip.iter().collect();
        in_front.sort_by_key(|strip| std::cmp::Reverse(strip.len()));
        in_front.into_iter().find_map(|strip| {
            let rest = digits.strip_prefix(strip.as_str()).filter(|rest| rest.len() >= 5)?;
            plain(rest, rules)
        })
    })
}

/// The same without taking anything off in front.
fn plain(digits: &str, rules: &SiteRules) -> Option<String> {
    let phone = |text: &str| Phone::read(text).map(|phone| phone.as_str().to_owned());
    if let Some(local) = at_home(digits, rules).and_then(|whole| phone(&whole)) {
        return Some(local);
    }
    let Some(number) = phone(digits) else { return service(digits, rules) };
    // carriers send 95588 with the area code in front, and libphonenumber knows that
    let home = format!("+86{}", rules.area_code);
    let bare = number.strip_prefix(&home).filter(|_| !rules.area_code.is_empty());
    Some(bare.filter(|rest| rules.is_service(rest)).map_or(number.clone(), str::to_owned))
}

/// Seven or eight digits alone are a number in the site's own area.
fn at_home(digits: &str, rules: &SiteRules) -> Option<String> {
    let local = matches!(digits.len(), 7 | 8) && digits.starts_with(|c| ('2'..='9').contains(&c));
    let home = local && !rules.area_code.is_empty() && !rules.is_service(digits);
    home.then(|| format!("0{}{digits}", rules.area_code))
}

/// A number without an area, perhaps with the country or the site's area code put before it.
fn service(digits: &str, rules: &SiteRules) -> Option<String> {
    let fits = |digits: &str| rules.is_service(digits).then(|| digits.to_owned());
    let area = format!("0{}", rules.area_code);
    let mut in_front = vec!["+86", "0086", "86"];
    if !rules.area_code.is_empty() {
        in_front.push(&area);
    }
    let mut fronts = in_front.into_iter().filter_map(|front| digits.strip_prefix(front));
    fits(digits).or_else(|| fronts.find_map(|rest| fits(rest.trim_start_matches('0'))))
}

impl fmt::Display for Number {
    /// Whole, with its extension: what [`Number::read`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.number)?;
        if self.extension.is_empty() { Ok(()) } else { write!(f, "转{}", self.extension) }
    }
}

impl fmt::Debug for Number {
    /// Hides the middle, so that a number cannot reach a log by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanjing() -> SiteRules {
        SiteRules {
            area_code: "25".to_owned(),
            strip: vec!["9".to_owned(), "17951".to_owned()],
            ..SiteRules::default()
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Result<(&str, &str), NotANumber>) {
        let read = Number::read(text, &nanjing());
        let read = read.as_ref().map(|n| (n.as_str(), n.extension())).map_err(|why| *why);
        assert_eq!(read, expected, "for {text:?}");
    }

    #[test]
    fn a_number_is_read_in_every_spelling() {
        for text in [
            "13800001234",
            "138 0000 1234",
            "138-0000/1234",
            "+86 138 0000 1234",
            "0086-13800001234",
            "8613800001234",
            "013800001234",
            "9013800001234",
            "9 13800001234",
            "17951 13800001234",
            "\u{ff11}\u{ff13}\u{ff18}\u{ff10}\u{ff10}\u{ff10}\u{ff10}\u{ff11}\u{ff12}\u{ff13}\u{ff14}",
            "\u{ff0b}86 13800001234",
            "\u{202a}+8613800001234\u{202c}",
            "tel:+8613800001234",
        ] {
            check(text, Ok(("+8613800001234", "")));
        }
    }

    #[test]
    fn a_landline_may_lack_its_area_and_have_an_extension() {
        for text in ["84523317", "025-84523317", "(025) 8452 3317", "+862584523317", "02584523317"]
        {
            check(text, Ok(("+862584523317", "")));
        }
        for text in [
            "84523317转801",
            "025-84523317 分机：801",
            "8452 3317 ext. 801",
            "84523317-801",
            "02584523317x801",
            "+862584523317;ext=801",
            "025-84523317-801",
            "84523317#801",
        ] {
            check(text, Ok(("+862584523317", "801")));
        }
    }

    #[test]
    fn numbers_without_an_area_keep_their_digits() {
        for text in ["95588", "+86 95588", "025-95588", "9 5588", "955 88"] {
            check(text, Ok(("95588", "")));
        }
        check("12345", Ok(("12345", "")));
        check("95588转1", Ok(("95588", "1")));
    }

    #[test]
    fn what_is_no_number_is_told_why() {
        check(" ", Err(NotANumber::Empty));
        check("王先生", Err(NotANumber::Sign));
        check("1380000", Err(NotANumber::Unknown));
        check("138000012345", Err(NotANumber::Unknown));
        check("84523317转", Err(NotANumber::Extension));
        check("84523317转801转802", Err(NotANumber::Extension));
        check(&"1".repeat(65), Err(NotANumber::TooLong));
        check(&"1".repeat(10_000), Err(NotANumber::TooLong));
    }

    #[test]
    fn only_the_end_of_a_number_is_told() {
        assert_eq!(last_four("+8613800001234"), "****1234");
        assert_eq!(last_four("95588"), "****88");
    }
}
