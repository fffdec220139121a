//! Outside telephones, in one spelling, by libphonenumber's rules.

use std::fmt;

use rlibphonenumber::enums::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

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

/// ASCII digits and a leading plus; `None` when anything but digits and separators is there.
fn folded(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '0'..='9' => digits.push(c),
            '\u{ff10}'..='\u{ff19}' => {
                // full-width digits, as Chinese input methods write them
                digits.push(char::from_u32(u32::from(c) - 0xff10 + u32::from('0'))?);
            }
            '+' | '\u{ff0b}' if digits.is_empty() => digits.push('+'),
            ' ' | '-' | '(' | ')' | '/' | '.' | '\u{ff0d}' | '\u{3000}' => {}
            _ => return None,
        }
    }
    (digits.len() >= 3 && digits.len() <= 24).then_some(digits)
}

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
    fn a_number_does_not_reach_a_log_whole() {
        let phone = Phone::read("13800138000").unwrap();
        assert_eq!(format!("{phone:?}"), "138****8000");
        assert_eq!(masked("801"), "****01");
        assert_eq!(masked("+8613812345678"), "138****5678");
    }
}
