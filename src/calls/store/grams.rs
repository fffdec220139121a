//! Folding words for the search, and cutting them into pieces of two characters.
//!
//! Chinese words are mostly two characters long, which neither engine's own full-text search can
//! find; a table of two-character pieces can, with the same SQL on both (`spec/storage.md` §4).

use std::collections::BTreeSet;

use crate::kernel::narrow;

/// The last character of a text has no successor; its piece ends with this instead.
const END: char = ' ';

/// A text as it is compared: full-width letters and digits made narrow, lower case, runs of white
/// space and control characters made one space.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        let c = narrow(c);
        if c.is_whitespace() || c.is_control() {
            gap = true;
            continue;
        }
        if gap && !folded.is_empty() {
            folded.push(' ');
        }
        gap = false;
        folded.extend(c.to_lowercase());
    }
    folded
}

/// The pieces under which texts are found.
pub(crate) fn pieces<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in texts {
        let folded = fold(text);
        for word in folded.split(' ') {
            let next = word.chars().skip(1).chain([END]);
            for (first, second) in word.chars().zip(next) {
                found.insert([first, second].iter().collect());
            }
        }
    }
    found
}

/// How a folded word is looked up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// All of these pieces.
    Pieces(Vec<String>),
    /// Any piece from the first text up to, not including, the second.
    Range(String, String),
}

/// What to look up for one folded word; `None` for an empty one.
pub(crate) fn lookup(word: &str) -> Option<Lookup> {
    let pairs: BTreeSet<String> =
        word.chars().zip(word.chars().skip(1)).map(|(a, b)| [a, b].iter().collect()).collect();
    if !pairs.is_empty() {
        return Some(Lookup::Pieces(pairs.into_iter().collect()));
    }
    let only = word.chars().next()?;
    let range = |up_to: char| Lookup::Range(only.to_string(), up_to.to_string());
    (only..=char::MAX).nth(1).map(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_any_width_and_case() {
        assert_eq!(fold("  Ｋ３ 电梯\n困人\u{3000}ABC "), "k3 电梯 困人 abc");
        assert_eq!(fold("\u{0}"), "");
    }

    #[test]
    fn every_two_neighbours_are_a_piece_and_the_last_character_is_one_too() {
        let found: Vec<_> = pieces(["王先生", "王"]).into_iter().collect();
        assert_eq!(found, ["先生", "王 ", "王先", "生 "]);
    }

    #[test]
    fn one_character_is_looked_up_as_the_begin_of_a_piece() {
        assert_eq!(lookup("王先生"), Some(Lookup::Pieces(vec!["先生".into(), "王先".into()])));
        assert_eq!(lookup("王"), Some(Lookup::Range("王".into(), "玌".into())));
        assert_eq!(lookup(""), None);
    }
}
