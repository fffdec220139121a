//! Under which words a card is found: every end of its name, as it is written and as it sounds.
//!
//! `王建国` is found by `王`, `建国`, `wangjian`, `jianguo`, `wjg`: each is the beginning of one of
//! its words, so a search is one range of an index, on both engines and however many cards there
//! are.

use std::collections::BTreeSet;

use pinyin::ToPinyinMulti as _;

use super::number::folded;

/// So many characters of a word are kept; a longer question is cut to them.
const LONGEST: usize = 16;
/// Names longer than this are found by their beginning only.
const NAME_LONGEST: usize = 40;
/// So many ways to sound are kept of one name: a few characters have several readings.
const SOUNDS: usize = 6;

/// One unit of a name: a character that can be read aloud, or a run of letters and digits.
struct Unit {
    written: String,
    sounds: Vec<String>,
}

/// The words of a name.
pub(super) fn words(name: &str) -> BTreeSet<String> {
    let units = units(name);
    let mut words = BTreeSet::new();
    let mut put = |parts: &[&str]| {
        let word: String = parts.concat().chars().take(LONGEST).collect();
        if !word.is_empty() {
            words.insert(word);
        }
    };
    let written: Vec<&str> = units.iter().map(|unit| unit.written.as_str()).collect();
    let sounds = sounds(&units);
    for from in 0..units.len() {
        put(&written[from..]);
        for sound in &sounds {
            put(&sound[from..]);
            // one letter is no help, unless the name is one character
            if units.len() - from > 1 || units.len() == 1 {
                let letters: Vec<&str> = sound[from..].iter().map(|sound| initial(sound)).collect();
                put(&letters);
            }
        }
    }
    words
}

/// The letter a sound is known by; `k3` stays whole.
fn initial(sound: &str) -> &str {
    if sound.contains(|c: char| c.is_ascii_digit()) {
        return sound;
    }
    &sound[..sound.char_indices().nth(1).map_or(sound.len(), |(at, _)| at)]
}

fn units(name: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut running = false;
    for c in folded(name).chars() {
        if !c.is_alphanumeric() {
            running = false;
            continue;
        }
        if units.len() >= NAME_LONGEST {
            break;
        }
        let read = c.to_pinyin_multi();
        match units.last_mut().filter(|_| running && read.is_none()) {
            Some(run) => {
                run.written.push(c);
                run.sounds = vec![without_umlaut(&run.written)];
            }
            None => units.push(Unit {
                written: c.to_string(),
                sounds: read.map_or_else(
                    || vec![without_umlaut(&c.to_string())],
                    |all| readings(all.into_iter().map(pinyin::Pinyin::plain)),
                ),
            }),
        }
        running = read.is_none();
    }
    units
}

/// The different ways a character is typed: 吕 is `lv`, and `lu` for those who do not know that.
fn readings(all: impl Iterator<Item = &'static str>) -> Vec<String> {
    let mut typed: Vec<String> = Vec::new();
    for reading in all {
        let mut ways = vec![without_umlaut(reading)];
        if reading.contains('ü') {
            ways.push(reading.replace('ü', "u"));
        }
        for way in ways {
            if !typed.contains(&way) {
                typed.push(way);
            }
        }
    }
    typed
}

fn without_umlaut(text: &str) -> String {
    text.replace('ü', "v")
}

/// The ways the whole name may sound, at most [`SOUNDS`].
fn sounds(units: &[Unit]) -> Vec<Vec<&str>> {
    let mut all: Vec<Vec<&str>> = vec![Vec::new()];
    for unit in units {
        let room = SOUNDS / all.len().max(1);
        let kept = unit.sounds.len().min(room.max(1));
        all = unit.sounds[..kept]
            .iter()
            .flat_map(|sound| {
                all.iter().map(move |before| {
                    let mut one = before.clone();
                    one.push(sound);
                    one
                })
            })
            .collect();
    }
    all
}

/// One word of a question as it is looked up: every word from the first text up to, not including,
/// the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: String,
    pub(super) to: String,
}

/// The words of a question, as ranges; at most four.
pub(super) fn asked(question: &str) -> Vec<Range> {
    let question = folded(question);
    let words = question.split_whitespace().map(|word| {
        let kept = word.chars().filter(|c| c.is_alphanumeric()).take(LONGEST);
        without_umlaut(&kept.collect::<String>())
    });
    let mut seen = BTreeSet::new();
    words
        .filter(|word| !word.is_empty() && seen.insert(word.clone()))
        .take(4)
        .filter_map(|from| Some(Range { to: after(&from)?, from }))
        .collect()
}

/// Whether a name is found under a question, as cards are: each word of it begins one of the name's.
pub fn is_found(name: &str, question: &str) -> bool {
    let (asked, words) = (asked(question), words(name));
    let is_there = |range: Range| words.range(range.from..range.to).next().is_some();
    !asked.is_empty() && asked.into_iter().all(is_there)
}

/// Several words as the one name they may spell together; `None` of a single word.
pub(super) fn joined(words: &[Range]) -> Option<Range> {
    if words.len() < 2 {
        return None;
    }
    let whole: String = words.iter().map(|word| word.from.as_str()).collect();
    let from: String = whole.chars().take(LONGEST).collect();
    Some(Range { to: after(&from)?, from })
}

/// The first text that does not begin with this one, in the order of bytes.
fn after(text: &str) -> Option<String> {
    let mut rest = text.to_owned();
    while let Some(last) = rest.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            rest.push(next);
            return Some(rest);
        }
    }
    None
}

/// A question that is the end of a number, or a whole one: its digits. At least three.
pub(super) fn digits(question: &str) -> Option<String> {
    let folded = folded(question);
    let only = folded.chars().all(|c| c.is_ascii_digit() || " -()/.+".contains(c));
    let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
    (only && digits.len() >= 3).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(name: &str, question: &str) -> bool {
        let words = words(name);
        let asked = asked(question);
        let all = asked
            .iter()
            .all(|range| words.iter().any(|word| *word >= range.from && *word < range.to));
        assert_eq!(is_found(name, question), all && !asked.is_empty());
        all
    }

    #[test]
    fn a_name_is_found_as_it_is_written_and_as_it_sounds() {
        for question in [
            "王",
            "王建国",
            "建国",
            "国",
            "wang",
            "wangjianguo",
            "WANG jian",
            "jianguo",
            "wjg",
            "jg",
            "WJ",
        ] {
            assert!(found("王建国", question), "{question}");
        }
        for question in ["李", "wangg", "wjgg", "anguo"] {
            assert!(!found("王建国", question), "{question}");
        }
    }

    #[test]
    fn characters_with_several_readings_are_found_by_each() {
        assert!(found("曾小贤", "zengxiao") && found("曾小贤", "zxx"));
        assert!(found("单田芳", "shan") && found("单田芳", "dan"));
        assert!(found("重庆", "chongqing") && found("重庆", "cq"));
        assert!(found("吕布", "lvbu") && found("吕布", "lubu") && found("吕布", "lüb"));
    }

    #[test]
    fn letters_and_digits_are_found_at_their_beginnings() {
        assert!(found("John Smith", "smith") && found("John Smith", "john sm"));
        assert!(found("Ｋ３电梯", "k3") && found("K3电梯", "电梯") && found("K3电梯", "k3dt"));
        assert!(!found("John Smith", "ohn"));
        assert!(
            found("南京北斗星科技有限公司", "北斗星") && found("南京北斗星科技有限公司", "bdx")
        );
    }

    #[test]
    fn no_name_makes_more_than_its_share_of_words() {
        let long: String = "长重曾单行乐".chars().cycle().take(500).collect();
        assert!(words(&long).len() <= NAME_LONGEST * (1 + 2 * SOUNDS));
        assert!(words("\u{202e}<b>\0").contains("b"));
        assert!(words("").is_empty());
        assert_eq!(asked("a b c d e f").len(), 4);
    }

    #[test]
    fn the_end_of_a_number_is_digits_alone() {
        assert_eq!(digits("１２34"), Some("1234".to_owned()));
        assert_eq!(digits("138-0000"), Some("1380000".to_owned()));
        assert_eq!(digits("12"), None);
        assert_eq!(digits("k34"), None);
    }
}
