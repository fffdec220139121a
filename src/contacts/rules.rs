//! The site's own rules for telephone numbers, on top of what the world agrees on: its area code,
//! what its PBX puts in front, the short numbers of its country, how it writes an extension.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::number::folded;

/// What the site says about numbers. Data: an administrator edits it under `/admin/numbers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SiteRules {
    /// The site's area code without its zero (`25` for Nanjing): seven or eight digits alone are
    /// read as a number there. Empty: they are no number.
    pub area_code: String,
    /// Digits that PBXes and old habits put before a number, taken off where what remains is one:
    /// `9` for an outside line, `17951` for a call over IP. Trunk zeros and `00` need no rule.
    pub strip: Vec<String>,
    /// Numbers without an area, kept as they are dialled; `x` is any digit: `95xxx`, `12345`.
    pub services: Vec<String>,
    /// Words and signs after which an extension comes: `转`, `ext`, `#`.
    pub extension_words: Vec<String>,
    /// Signs that people put between digits and that mean nothing.
    pub separators: String,
}

/// What is wrong with a set of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongRule {
    /// Not two to four digits without a zero in front.
    #[error("an area code is 2 to 4 digits without the zero in front, or nothing")]
    AreaCode,
    /// Not one to eight digits.
    #[error("what is taken off in front is 1 to 8 digits")]
    Strip,
    /// Not three to twelve digits and x.
    #[error("a number without an area is 3 to 12 digits, x for any digit")]
    Service,
    /// Longer than eight characters, or with a digit in it.
    #[error("a word before an extension has 1 to 12 characters and no digit")]
    ExtensionWord,
    /// A digit, a letter or a plus cannot be passed over.
    #[error("digits, letters and + always mean something")]
    Separator,
    /// Far more than any site needs.
    #[error("at most 200 of a kind")]
    TooMany,
}

/// So many rules of a kind at most.
const MOST: usize = 200;

impl Default for SiteRules {
    /// What holds in mainland China; the area code is the site's own.
    fn default() -> Self {
        let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            area_code: String::new(),
            strip: list(&["17951", "17911", "17909", "12593", "10193"]),
            services: list(&[
                "110",
                "119",
                "120",
                "122",
                "114",
                "10000",
                "10010",
                "10086",
                "10099",
                "11185",
                "12xxx",
                "95xxx",
                "95xxxx",
                "95xxxxxx",
                "96xxx",
                "96xxxx",
                "400xxxxxxx",
                "800xxxxxxx",
            ]),
            extension_words: list(&[
                "转",
                "分机",
                "内线",
                "ext",
                "extension",
                "x",
                "#",
                ",",
                ";ext=",
            ]),
            separators: "-/.·_()[]~".to_owned(),
        }
    }
}

impl SiteRules {
    /// Checks what an administrator wrote; the lists come as texts, one entry after another, parted
    /// by spaces, lines or the Chinese enumeration comma.
    pub fn read(
        area_code: &str,
        strip: &str,
        services: &str,
        extension_words: &str,
        separators: &str,
    ) -> Result<Self, Vec<(&'static str, WrongRule)>> {
        let mut wrong = Vec::new();
        let mut entries = |field, text: &str, good: &dyn Fn(&str) -> bool, why| {
            let mut seen = BTreeSet::new();
            let folded = folded(text);
            let words = folded.split(|c: char| c.is_whitespace() || c == '、');
            let kept: Vec<String> = words
                .filter(|word| !word.is_empty() && seen.insert((*word).to_owned()))
                .map(str::to_owned)
                .collect();
            if kept.len() > MOST {
                wrong.push((field, WrongRule::TooMany));
            } else if !kept.iter().all(|word| good(word)) {
                wrong.push((field, why));
            }
            kept
        };
        let digits = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
        let strip =
            entries("strip", strip, &|word| word.len() <= 8 && digits(word), WrongRule::Strip);
        let pattern = |word: &str| {
            (3..=12).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit() || b == b'x')
        };
        let services = entries("services", services, &pattern, WrongRule::Service);
        let word = |word: &str| word.chars().count() <= 12 && !word.chars().any(char::is_numeric);
        let extension_words =
            entries("extension_words", extension_words, &word, WrongRule::ExtensionWord);
        let separators: String = folded(separators).split_whitespace().collect();
        if separators.chars().any(|c| c.is_alphanumeric() || c == '+') {
            wrong.push(("separators", WrongRule::Separator));
        }
        let area_code = folded(area_code).trim().trim_start_matches('0').to_owned();
        if !(area_code.is_empty() || (2..=4).contains(&area_code.len()) && digits(&area_code)) {
            wrong.push(("area_code", WrongRule::AreaCode));
        }
        if wrong.is_empty() {
            Ok(Self { area_code, strip, services, extension_words, separators })
        } else {
            Err(wrong)
        }
    }

    /// Whether these digits are one of the numbers without an area.
    pub fn is_service(&self, digits: &str) -> bool {
        let fits = |pattern: &String| {
            pattern.len() == digits.len()
                && pattern.bytes().zip(digits.bytes()).all(|(p, d)| p == b'x' || p == d)
        };
        !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
            && self.services.iter().any(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_people_type_them() {
        let read =
            SiteRules::read(" ０25 ", "9 17951", "95xxx\n12345、114", "转 EXT", "- /").unwrap();
        assert_eq!(read.area_code, "25");
        assert_eq!(read.strip, ["9", "17951"]);
        assert_eq!(read.services, ["95xxx", "12345", "114"]);
        assert_eq!(read.extension_words, ["转", "ext"]);
        assert_eq!(read.separators, "-/");
        assert!(read.is_service("95588") && !read.is_service("955888"));
    }

    #[test]
    fn the_usual_rules_may_be_saved_as_they_stand() {
        let usual = SiteRules::default();
        let read = SiteRules::read(
            &usual.area_code,
            &usual.strip.join(" "),
            &usual.services.join(" "),
            &usual.extension_words.join(" "),
            &usual.separators,
        );
        assert_eq!(read, Ok(usual));
    }

    #[test]
    fn each_wrong_rule_is_named() {
        let wrong = SiteRules::read("abc", "9a", "1", "转1", "+").unwrap_err();
        let fields: Vec<_> = wrong.into_iter().map(|(field, _)| field).collect();
        let all = ["strip", "services", "extension_words", "separators", "area_code"];
        assert_eq!(fields, all);
    }
}
