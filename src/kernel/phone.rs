//! Outside telephones, in one spelling, by libphonenumber's rules.

use std::fmt;

use rlibphonenumber::enums::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use super::narrow;

/// An outside number in E.164 form, such as `+8613800138000`.
///
/// Its `Debug` form hides the middle, so that a number cannot reach a log by accident; `Display`
/// shows it whole and belongs on screens only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads a number as PBXes and people write it: with or without the country, with a trunk
    /// zero before a mobile (`013800001234`), full-width digits, spaces and dashes. `None` when it
    /// is no outside number (an extension, a service number, a word).
    pub fn read(text: &str) -> Option<Self> {
        let digits = folded(text)?;
        if is_plain_mobile(&digits) {
            return Some(Self(["+86", &digits].concat()));
        }
        let try_one = |candidate: &str| {
            let number = PHONE_NUMBER_UTIL.parse(candidate, Some(Region::CN)).ok()?;
            number.is_valid().then(|| Self(number.format_as(PhoneNumberFormat::E164).into_owned()))
        };
        try_one(&digits).or_else(|| {
            // 00 and bare 86 prefixes that PBXes add; a trunk zero some put before mobiles
            let rest = digits
                .strip_prefix("00")
                .or_else(|| digits.strip_prefix("86").map(|_| digits.as_str()));
            rest.and_then(|rest| try_one(&format!("+{rest}")))
                .or_else(|| digits.strip_prefix('0').and_then(try_one))
        })
    }

    /// The E.164 text, `+` first.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country it belongs to, as two letters (ISO 3166-1): `CN`. `None` for one of no country,
    /// such as a satellite telephone's.
    pub fn country(&self) -> Option<String> {
        let number = PHONE_NUMBER_UTIL.parse(&self.0, None).ok()?;
        number.get_region_code().map(|region| format!("{region:?}"))
    }

    /// The number as people of its country write it: `138 0000 1234`, `025 8452 3317`; foreign
    /// numbers with their `+`.
    pub fn for_people(&self) -> String {
        let Ok(number) = PHONE_NUMBER_UTIL.parse(&self.0, None) else { return self.0.clone() };
        let format = if number.get_region_code() == Some(Region::CN) {
            PhoneNumberFormat::National
        } else {
            PhoneNumberFormat::International
        };
        number.format_as(format).into_owned()
    }
}

/// Whether this is a mobile of this country in the blocks 13 and 18, all of which are given out: by far
/// the most callers, read without asking the library's patterns.
fn is_plain_mobile(digits: &str) -> bool {
    let block = matches!(digits.as_bytes(), [b'1', b'3' | b'8', ..]);
    block && digits.len() == 11 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// ASCII digits and a leading plus, of either width; `None` when anything but digits and separators is there.
fn folded(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match narrow(c) {
            digit @ '0'..='9' => digits.push(digit),
            '+' if digits.is_empty() => digits.push('+'),
            ' ' | '-' | '(' | ')' | '/' | '.' => {}
            _ => return None,
        }
    }
    (digits.len() >= 3 && digits.len() <= 24).then_some(digits)
}

/// What stands where a number was that is not for this reader at all.
pub const HIDDEN: &str = "****";

/// A number for readers without need: `138****5678`; short ones lose all but their last two.
pub fn masked(number: &str) -> String {
    let bare = number.strip_prefix("+86").unwrap_or(number);
    let shown: Vec<char> = bare.chars().collect();
    let (head, tail) = match shown.len() {
        0..=4 => (0, shown.len().min(2)),
        5..=8 => (1, 2),
        _ => (3, 4),
    };
    let begin: String = shown.iter().take(head).collect();
    let end: String = shown.iter().skip(shown.len() - tail).collect();
    format!("{begin}****{end}")
}

/// A text with the outside numbers in it [`masked`]: a `+`, a leading zero or a mobile's eleven digits
/// make a number; a date, a room or an order number is none.
pub fn masked_in(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut run = String::new();
    // one more character than there are, so that the last run ends too
    for c in text.chars().map(Some).chain([None]) {
        let digit = c.filter(|c| is_digit(*c) || (narrow(*c) == '+' && run.is_empty()));
        let joins = c.filter(|c| {
            matches!(narrow(*c), ' ' | '-') && run.chars().last().is_some_and(is_digit)
        });
        if let Some(c) = digit.or(joins) {
            run.push(c);
            continue;
        }
        end_run(&mut said, &mut run);
        said.extend(c);
    }
    said
}

/// A digit in either width.
fn is_digit(c: char) -> bool {
    narrow(c).is_ascii_digit()
}

/// Writes a run of digits, with what looks like an outside number masked.
fn end_run(said: &mut String, run: &mut String) {
    let spaces: Vec<char> = run.chars().filter(|c| narrow(*c) == ' ').collect();
    let parts: Vec<&str> = run.split(|c| narrow(c) == ' ').collect();
    let mut at = 0;
    while at < parts.len() {
        if at > 0 {
            said.extend(spaces.get(at - 1));
        }
        let longest = (at + 1..=parts.len()).rev();
        let mut numbers = longest.filter_map(|end| Some((end, outside(parts.get(at..end)?)?)));
        if let Some((end, digits)) = numbers.next() {
            said.push_str(&masked(&digits));
            at = end;
        } else {
            said.push_str(parts.get(at).copied().unwrap_or_default());
            at += 1;
        }
    }
    run.clear();
}

/// The digits of these parts, where together they look like an outside number.
fn outside(parts: &[&str]) -> Option<String> {
    let whole = parts.concat();
    let narrowed = whole.chars().map(narrow);
    let digits: String = narrowed.filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let count = digits.trim_start_matches('+').len();
    let mobile = count == 11 && digits.starts_with('1');
    let outside = (7..=15).contains(&count) && digits.starts_with(['+', '0']);
    // a part that is empty would swallow a space at either end
    let tight = parts.first().is_some_and(|one| !one.is_empty())
        && parts.last().is_some_and(|one| one.ends_with(is_digit));
    (tight && (mobile || outside)).then_some(digits)
}

/// How an outside number may stand in somebody's words, as patterns for `LIKE`; the first is the plainest.
pub fn spellings(number: &str) -> Vec<String> {
    let bare = number.strip_prefix("+86").or(number.strip_prefix('+')).unwrap_or(number);
    let people = Phone(number.to_owned()).for_people();
    let mut all = vec![bare.to_owned(), people.replace(' ', "-"), people.replace('-', " "), people];
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|text| text.len() >= 5 && seen.insert(text.clone()));
    all.into_iter().map(|text| format!("%{text}%")).collect()
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: &str, expected: Option<&str>) {
        let read = Phone::read(sent);
        assert_eq!(read.as_ref().map(Phone::as_str), expected, "when the PBX sends {sent:?}");
    }

    #[test]
    fn numbers_in_a_text_are_masked_and_other_digits_are_not() {
        for (text, expected) in [
            (
                "\u{8bf7}\u{56de}\u{7535} 13800001234\u{3002}",
                "\u{8bf7}\u{56de}\u{7535} 138****1234\u{3002}",
            ),
            ("138-0000 1234", "138****1234"),
            ("call 025-84523317, ext 801", "call 025****3317, ext 801"),
            ("+8613800001234 A3", "138****1234 A3"),
            ("W26-0198, 20261127 15:30", "W26-0198, 20261127 15:30"),
            ("13800001234 8\u{4f4d}", "138****1234 8\u{4f4d}"),
            ("8", "8"),
            (
                "王\u{ff11}\u{ff13}\u{ff18}\u{3000}\u{ff10}\u{ff10}\u{ff10}\u{ff10}\u{ff0d}1234 A3",
                "王138****1234 A3",
            ),
        ] {
            assert_eq!(masked_in(text), expected);
        }
    }

    #[test]
    fn pbxes_write_numbers_in_many_ways() {
        check("13800001234", Some("+8613800001234"));
        check("013800001234", Some("+8613800001234"));
        check("+8613800001234", Some("+8613800001234"));
        check("8613800001234", Some("+8613800001234"));
        check("008613800001234", Some("+8613800001234"));
        check("138-0000 1234", Some("+8613800001234"));
        check("\u{ff11}\u{ff13}\u{ff18}00001234", Some("+8613800001234"));
        check("025-84523317", Some("+862584523317"));
        check("+44 20 7946 0000", Some("+442079460000"));
        check("801", None);
        check("anonymous", None);
        check("", None);
    }

    #[test]
    fn a_mobile_read_without_the_library_is_the_one_that_the_library_reads() {
        for block in 100..200 {
            for rest in ["00000000", "12345678", "99999999"] {
                let number = &format!("{block}{rest}");
                let read = PHONE_NUMBER_UTIL.parse(number, Some(Region::CN)).unwrap();
                let sure = read.format_as(PhoneNumberFormat::E164).into_owned();
                let expected = read.is_valid().then_some(sure.as_str());
                if is_plain_mobile(number) {
                    assert!(expected.is_some(), "{number} is given out");
                }
                check(number, expected);
            }
        }
        assert!(is_plain_mobile("13800001234") && is_plain_mobile("18900001234"));
        for other in ["1380000123", "138000012345", "+1380000123", "12800001234", "138000012a4"] {
            assert!(!is_plain_mobile(other), "{other}");
        }
    }

    #[test]
    fn a_number_does_not_reach_a_log_whole() {
        let phone = Phone::read("13800138000").unwrap();
        assert_eq!(format!("{phone:?}"), "138****8000");
        assert_eq!(masked("801"), "****01");
        assert_eq!(masked("+8613812345678"), "138****5678");
    }
}
