//! Numbers that are not to be told to somebody, and texts without them.
//!
//! A number is recognised however it is spelt: with the country or without, with what is dialled
//! before it, in groups. Whose numbers these are the directory says.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::{HIDDEN, narrow};

/// Inside numbers shorter than this are not looked for in what people write: 305 may be a room.
const INSIDE_DIGITS: usize = 5;
/// Groups of one number lie so many characters apart at most.
const BETWEEN: usize = 3;

/// What a field for one number holds that was sent as `written`: what was hidden in it is what stood
/// there `before`.
pub fn unhidden(written: &str, before: &str) -> String {
    if written.trim() == HIDDEN { before } else { written }.to_owned()
}

/// A number nobody is to be told.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Number {
    /// An outside number without the country of the house, or an inside one as it is dialled.
    text: String,
    outside: bool,
    name: String,
}

impl Number {
    fn of(number: &str, name: &str) -> Self {
        let home = number.strip_prefix("+86");
        let text = home.or_else(|| number.strip_prefix('+')).unwrap_or(number).to_owned();
        Self { text, outside: number.starts_with('+'), name: name.to_owned() }
    }

    fn is_digits(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_digit())
    }
}

/// The numbers that are closed to one reader. None for those who may know all. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Closed(Arc<[Number]>);

impl fmt::Debug for Closed {
    /// Numbers must not reach a log by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} closed numbers", self.0.len())
    }
}

/// A landline of the country of the house as its own city dials it, without the area: three digits
/// with a 1 or 2 at their front and the 0 before them, else four.
fn local(number: &str) -> Option<&str> {
    let home = number.strip_prefix("+86")?;
    if home.len() == 11 && home.starts_with('1') {
        return None; // a mobile
    }
    let area = if home.starts_with("10") || home.starts_with('2') { 2 } else { 3 };
    home.get(area..).filter(|rest| (7..=8).contains(&rest.len()))
}

/// A digit in either width, as ASCII.
fn digit(c: char) -> Option<char> {
    Some(narrow(c)).filter(char::is_ascii_digit)
}

/// The digits of a text, in either width, as ASCII.
pub fn digits(text: &str) -> String {
    text.chars().filter_map(digit).collect()
}

/// A digit with the bytes it takes, and to which unbroken run it belongs.
type Place = (char, Range<usize>, usize);

/// Chains of digits: a run, or runs with little between them as people write numbers.
fn chains(text: &str) -> Vec<Vec<Place>> {
    let mut all: Vec<Vec<Place>> = Vec::new();
    let (mut run, mut end) = (0, None);
    for (at, c) in text.char_indices() {
        let Some(ascii) = digit(c) else { continue };
        let bytes = at..at + c.len_utf8();
        let between = end.and_then(|end: usize| text.get(end..at));
        if between != Some("") {
            run += 1;
        }
        let joins = |between: &str| {
            between.chars().count() <= BETWEEN
                && between
                    .chars()
                    .all(|c| " -().·/\u{a0}\u{2010}\u{2011}\u{2013}".contains(narrow(c)))
        };
        end = Some(bytes.end);
        match all.last_mut().filter(|_| between.is_some_and(joins)) {
            Some(chain) => chain.push((ascii, bytes, run)),
            None => all.push(vec![(ascii, bytes, run)]),
        }
    }
    all
}

/// The bytes of all runs that digits `from..to` of a chain lie in, with the plus before them.
fn runs(text: &str, chain: &[Place], from: usize, to: usize) -> Option<Range<usize>> {
    let (_, _, first) = chain.get(from)?;
    let (_, _, last) = chain.get(to.checked_sub(1)?)?;
    let mut within = chain.iter().filter(|(_, _, run)| (first..=last).contains(&run));
    let (_, begin, _) = within.next()?;
    let (_, end, _) = within.next_back().unwrap_or(chain.get(from)?);
    let plus = text.get(..begin.start).is_some_and(|before| before.ends_with('+'));
    Some(begin.start - usize::from(plus)..end.end)
}

impl Closed {
    /// These numbers, each with the name of whose it is.
    pub fn of<'n>(numbers: impl Iterator<Item = (&'n str, &'n str)>) -> Self {
        let mut closed: Vec<Number> = Vec::new();
        for (number, name) in numbers {
            let local = local(number).map(|number| Number::of(number, name));
            for number in [Some(Number::of(number, name)), local].into_iter().flatten() {
                if !number.text.is_empty() && !closed.contains(&number) {
                    closed.push(number);
                }
            }
        }
        Self(closed.into())
    }

    /// Whether nothing is closed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose number this is, where it is closed; a whole number, however it is spelt.
    pub fn whose(&self, number: &str) -> Option<&str> {
        if self.is_empty() {
            return None;
        }
        let digits = digits(number);
        let is = |one: &&Number| {
            if one.outside {
                return digits.contains(&one.text);
            }
            number.trim() == one.text || (one.is_digits() && digits == one.text)
        };
        self.0.iter().find(is).map(|one| one.name.as_str())
    }

    /// Whether this number is closed.
    pub fn hides(&self, number: &str) -> bool {
        self.whose(number).is_some()
    }

    /// The number, or that it is hidden.
    pub fn number(&self, number: String) -> String {
        if self.hides(&number) { HIDDEN.to_owned() } else { number }
    }

    /// What people wrote, without the closed numbers in it. Short inside numbers stay: they cannot be
    /// told from rooms and dates.
    pub fn text(&self, text: &str) -> String {
        self.without(text, |inside| inside.text.len() >= INSIDE_DIGITS)
    }

    /// What machines wrote, without any closed number.
    pub fn wire(&self, text: &str) -> String {
        self.without(text, |_| true)
    }

    /// What somebody wrote who was shown `before` without its closed numbers: those they left in
    /// their places are there again. `None` where there are more or fewer places than were shown.
    pub fn kept(&self, written: &str, before: &str) -> Option<String> {
        let mut hidden = self.found(before, |inside| inside.text.len() >= INSIDE_DIGITS);
        // what looked like one before was shown like one
        let literal = before.match_indices(HIDDEN).map(|(at, mask)| at..at + mask.len());
        let apart =
            |one: &Range<usize>, two: &Range<usize>| one.end <= two.start || two.end <= one.start;
        let literal: Vec<_> =
            literal.filter(|mask| hidden.iter().all(|number| apart(mask, number))).collect();
        hidden.extend(literal);
        hidden.sort_by_key(|bytes| bytes.start);
        let pieces: Vec<&str> = written.split(HIDDEN).collect();
        if hidden.is_empty() || pieces.len() != hidden.len() + 1 {
            return None;
        }
        let numbers = hidden.into_iter().map(|bytes| before.get(bytes).unwrap_or(HIDDEN));
        let mut whole = String::new();
        for (piece, number) in pieces.iter().zip(numbers.chain([""])) {
            whole.push_str(piece);
            whole.push_str(number);
        }
        Some(whole)
    }

    /// The closed numbers by which a caller could be found: the digits, last first, and whether more
    /// may come after them, as a country or an area does.
    pub fn reversed(&self) -> impl Iterator<Item = (String, bool)> {
        self.0.iter().filter(|one| one.is_digits()).map(|one| {
            let digits: String = one.text.chars().rev().collect();
            (digits, one.outside)
        })
    }

    fn without(&self, text: &str, inside: impl Fn(&Number) -> bool) -> String {
        let mut said = String::with_capacity(text.len());
        let mut done = 0;
        for bytes in self.found(text, inside) {
            said.push_str(text.get(done..bytes.start).unwrap_or_default());
            said.push_str(HIDDEN);
            done = bytes.end;
        }
        said.push_str(text.get(done..).unwrap_or_default());
        said
    }

    /// Where closed numbers stand in a text, in order, none within another.
    fn found(&self, text: &str, inside: impl Fn(&Number) -> bool) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        if self.is_empty() {
            return found;
        }
        for chain in chains(text) {
            let digits: String = chain.iter().map(|(digit, ..)| *digit).collect();
            for one in self.0.iter().filter(|one| one.outside) {
                let places = digits.match_indices(&one.text);
                let places =
                    places.filter_map(|(from, _)| runs(text, &chain, from, from + one.text.len()));
                found.extend(places);
            }
            let mut from = 0;
            for run in chain.chunk_by(|(.., a), (.., b)| a == b) {
                let to = from + run.len();
                let is =
                    |one: &&Number| !one.outside && digits.get(from..to) == Some(one.text.as_str());
                if self.0.iter().filter(is).any(&inside) {
                    found.extend(runs(text, &chain, from, to));
                }
                from = to;
            }
        }
        let words = self.0.iter().filter(|one| !one.outside && !one.is_digits() && inside(one));
        for one in words {
            for (at, _) in text.match_indices(&one.text) {
                let end = at + one.text.len();
                let beside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                let before = text.get(..at).and_then(|before| before.chars().next_back());
                let after = text.get(end..).and_then(|after| after.chars().next());
                if !beside(before) && !beside(after) {
                    found.push(at..end);
                }
            }
        }
        found.sort_by_key(|bytes| (bytes.start, std::cmp::Reverse(bytes.end)));
        found.dedup_by(|later, earlier| {
            let within = later.start < earlier.end;
            if within {
                earlier.end = earlier.end.max(later.end);
            }
            within
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed() -> Closed {
        let numbers =
            ["8977123", "305", "boss.1", "+8613977712377", "+862597712377", "+14155550123"];
        Closed::of(numbers.into_iter().map(|number| (number, "赵建国")))
    }

    #[test]
    fn a_closed_number_is_known_in_every_spelling() {
        let closed = closed();
        for number in [
            "+8613977712377",
            "013977712377",
            "913977712377",
            "139 7771 2377",
            "\u{ff11}\u{ff13}\u{ff19}77712377",
            "025-97712377",
            "97712377",
            "0014155550123",
            "8977123",
            "305",
            "boss.1",
        ] {
            assert_eq!(closed.whose(number), Some("赵建国"), "{number}");
        }
        for number in ["13977712378", "89771234", "3055", "", "boss"] {
            assert!(!closed.hides(number), "{number}");
        }
        assert!(!Closed::default().hides("305") && Closed::default().text("305") == "305");
        assert_eq!(format!("{closed:?}"), "7 closed numbers");
    }

    #[test]
    fn a_text_loses_closed_numbers_and_nothing_else() {
        let closed = closed();
        for (text, said) in [
            ("请打 139 7771 2377，急", "请打 ****，急"),
            ("305 13977712377/8977123 转", "305 ****/**** 转"),
            ("+86 139-7771-2377", "+86 ****"),
            ("请打１３９　－７７７１　－２３７７急", "请打****急"),
            ("座机02597712377。", "座机****。"),
            ("本地97712377。", "本地****。"),
            ("11 13977712377 22", "11 **** 22"),
            ("13977712378 und 89771234", "13977712378 und 89771234"),
            ("", ""),
        ] {
            assert_eq!(closed.text(text), said, "{text}");
        }
    }

    #[test]
    fn what_machines_write_loses_short_ones_too() {
        let closed = closed();
        let invite = "INVITE sip:8977123@192.0.2.7:5060 SIP/2.0\r\nFrom: \"305\" <sip:305@pbx>;tag=a305b\r\n\
                      To: <sip:+8613977712377@pbx>\r\nP-Asserted-Identity: <sip:boss.1@pbx>\r\nX: bosss.1\r\n";
        let said = "INVITE sip:****@192.0.2.7:5060 SIP/2.0\r\nFrom: \"****\" <sip:****@pbx>;tag=a****b\r\n\
                    To: <sip:****@pbx>\r\nP-Asserted-Identity: <sip:****@pbx>\r\nX: bosss.1\r\n";
        assert_eq!(closed.wire(invite), said);
    }

    #[test]
    fn who_changes_a_text_without_seeing_the_number_does_not_lose_it() {
        let closed = closed();
        let before = "回 13977712377 或 8977123，急";
        let kept = |written| closed.kept(written, before);
        assert_eq!(kept("回 **** 或 ****，不急").unwrap(), "回 13977712377 或 8977123，不急");
        assert_eq!(kept("回 ****，急"), None, "it is not known which");
        assert_eq!(kept("改了"), None);
        assert_eq!(Closed::default().kept("**** a", before), None);
        let gate = closed.kept("门禁****，回 ****，急", "门禁****，回 13977712377");
        assert_eq!(gate.unwrap(), "门禁****，回 13977712377，急");
    }
}
