//! Reads a text for its manners: words that are never said, and whether please or thank you is there.

use serde::Serialize;

use crate::kernel::narrow;

/// A word that is never said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forbidden {
    /// Which, as somebody wrote it on the list.
    pub word: String,
    /// The rule behind it, and what to say instead; may be empty.
    pub why: String,
}

/// What a text is like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manner {
    /// The forbidden words in it, in the order of the list.
    pub forbidden: Vec<Forbidden>,
    /// Whether it says please or thank you.
    pub polite: bool,
}

/// Either of these makes a text polite.
const POLITE: [&str; 8] = ["请", "谢谢", "感谢", "麻烦您", "劳驾", "please", "thank", "grateful"];

/// A text as it is compared: full-width letters made narrow, lower case, without what stands between
/// characters only to hide a word (spaces, zero-width and control characters, dots and stars).
pub(super) fn folded(text: &str) -> String {
    let hides = |c: &char| c.is_whitespace() || c.is_control() || matches!(c, '*' | '·' | '_');
    text.chars()
        .map(plain)
        .filter(|c| !hides(c) && !is_unseen(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// A full-width sign, or a curved apostrophe, as it is on other keyboards.
fn plain(c: char) -> char {
    match narrow(c) {
        '\u{2019}' => '\'',
        other => other,
    }
}

/// What stands in a text and is not seen.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// The Latin words of a text, one after the other.
fn latin_words(text: &str) -> Vec<String> {
    let plain = text.chars().filter(|c| !is_unseen(*c)).map(plain).flat_map(char::to_lowercase);
    let plain: String = plain.collect();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'');
    words.map(|word| word.trim_matches('\'').to_owned()).filter(|word| !word.is_empty()).collect()
}

/// Whether a word of the list stands in a text. Words of Latin letters stand alone: "they" does not
/// hold "hey"; several of them follow each other.
fn holds(text: &str, word: &str) -> bool {
    let latin = word.chars().map(plain).all(|c| c.is_ascii_alphanumeric() || " '-".contains(c));
    if !latin {
        return folded(text).contains(&folded(word));
    }
    let wanted = latin_words(word);
    !wanted.is_empty() && latin_words(text).windows(wanted.len()).any(|some| some == wanted)
}

/// Looks at a text with the list at hand.
pub fn look(text: &str, list: &[Forbidden]) -> Manner {
    let found = list.iter().filter(|one| holds(text, &one.word));
    let lower = text.to_lowercase();
    Manner {
        forbidden: found.cloned().collect(),
        polite: POLITE.iter().any(|word| lower.contains(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Vec<Forbidden> {
        let word = |word: &str| Forbidden { word: word.to_owned(), why: String::new() };
        vec![word("喂"), word("hey"), word("不归我管"), word("No idea"), word("what's up")]
    }

    #[track_caller]
    fn found(text: &str) -> Vec<String> {
        look(text, &list()).forbidden.into_iter().map(|one| one.word).collect()
    }

    #[test]
    fn a_forbidden_word_is_found_however_it_hides() {
        assert_eq!(found("喂，你好"), ["喂"]);
        assert_eq!(found("您好，南京北斗星"), Vec::<String>::new());
        assert_eq!(found("这个不 归\u{200b}我·管"), ["不归我管"]);
        assert_eq!(found("Ｈｅｙ, h\u{200b}ey"), ["hey"], "wide letters, and what is not seen");
        assert_eq!(found("I have no  idea. What’s up?"), ["No idea", "what's up"]);
        assert_eq!(found("no good idea, 'nohow'"), Vec::<String>::new());
        assert_eq!(found("Hey, who is it?"), ["hey"]);
        assert_eq!(found("They will call you back"), Vec::<String>::new());
    }

    #[test]
    fn please_and_thank_you_are_heard_in_both_languages() {
        let polite = |text| look(text, &[]).polite;
        assert!(polite("请问有什么可以帮您？") && polite("Thank you for calling"));
        assert!(!polite("您好，南京北斗星") && !polite("Hello"));
    }
}
