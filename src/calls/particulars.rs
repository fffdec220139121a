//! The record of a call: who, when, where, what, and which of them were read back to the caller
//! (operations.md clause 3.2).
//!
//! A tick says which words were read, not only that something was: it counts while the part still has
//! those words, so an edit takes it away by itself, with a script or without.

use serde::Serialize;
use utoipa::ToSchema;

use super::call::{StaffRef, words};
use crate::kernel::{HIDDEN, Moment, Phone, narrow};

words! {
    /// What a call is about.
    Kind {
        /// Something is broken.
        Fault = "fault",
        /// A room is wanted.
        Booking = "booking",
        /// A question.
        Enquiry = "enquiry",
        /// A complaint.
        Complaint = "complaint",
        /// A message for somebody.
        Message = "message",
    }
}

words! {
    /// How soon somebody must act.
    Urgency {
        /// In its turn.
        Normal = "normal",
        /// Before others.
        Urgent = "urgent",
        /// At once.
        Critical = "critical",
    }
}

words! {
    /// The four parts that are read back.
    Part {
        /// 人物
        Who = "who",
        /// 时间
        When = "when",
        /// 地点
        Where = "where",
        /// 事件
        What = "what",
    }
}

/// The longest who, when, where, purpose and need, in characters.
const LINE_MOST: usize = 300;
/// The longest what, in characters.
const MATTER_MOST: usize = 4_000;

/// What the operator wrote of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallRecord {
    /// Rises with every save; a save names the version it was read at.
    pub version: i64,
    /// What it is about; null until chosen.
    pub kind: Option<Kind>,
    /// How soon somebody must act.
    pub urgency: Urgency,
    /// 人物
    pub who: String,
    /// 时间
    pub when: String,
    /// 地点
    #[serde(rename = "where")]
    pub place: String,
    /// 事件
    pub what: String,
    /// Why they call.
    pub purpose: String,
    /// What they need.
    pub need: String,
    /// The parts that were read back as they stand.
    pub read: Vec<Part>,
    /// When the last missing part was read back; null while one is missing.
    pub readback_at: Option<Moment>,
    /// Who saved it last; null for a program.
    pub written_by: Option<StaffRef>,
    /// When.
    pub written_at: Moment,
}

impl CallRecord {
    /// The words of a part.
    pub fn part(&self, part: Part) -> &str {
        match part {
            Part::Who => &self.who,
            Part::When => &self.when,
            Part::Where => &self.place,
            Part::What => &self.what,
        }
    }

    /// Whom the record names, and the number that stands beside the name: `王建国 138 1395 2211`.
    pub fn person(&self) -> (String, Option<Phone>) {
        let of_number = |c: char| {
            let plain = narrow(c);
            plain.is_ascii_digit() || " +-()".contains(plain)
        };
        let who = self.who.replace(HIDDEN, "");
        let mut runs = who.split(|c| !of_number(c)).map(str::trim);
        let found = runs.find_map(|run| Some((run.to_owned(), Phone::read(run)?)));
        let name = found.as_ref().map_or(who.clone(), |(run, _)| who.replacen(run, "", 1));
        let name = name.trim_matches(|c: char| c.is_whitespace() || "，,、:：()（）/".contains(c));
        (name.to_owned(), found.map(|(_, phone)| phone))
    }

    /// Every text of it, to be found by.
    pub(super) fn texts(&self) -> [&str; 6] {
        [&self.who, &self.when, &self.place, &self.what, &self.purpose, &self.need]
    }
}

/// What is to be saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Particulars {
    /// What it is about.
    pub kind: Option<Kind>,
    /// How soon; nothing is [`Urgency::Normal`].
    pub urgency: Option<Urgency>,
    /// The four parts, in the order of [`Part::ALL`].
    pub parts: [String; 4],
    /// The words of each part as they were read back; nothing where it was not.
    pub said: [Option<String>; 4],
    /// Why they call.
    pub purpose: String,
    /// What they need.
    pub need: String,
}

/// A text that is longer than it may be: the field, and the most characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong(pub &'static str, pub usize);

impl Particulars {
    /// One spelling for what browsers and programs send: no NUL and other control characters, one
    /// kind of line end, no space around. Fields that are too long are all named.
    pub fn cleaned(mut self) -> Result<Self, Vec<TooLong>> {
        let mut wrong = Vec::new();
        for (part, text) in Part::ALL.iter().zip(&mut self.parts) {
            let what = *part == Part::What;
            *text = clean(text, what);
            let most = if what { MATTER_MOST } else { LINE_MOST };
            if text.chars().count() > most {
                wrong.push(TooLong(part.word(), most));
            }
        }
        for (name, text) in [("purpose", &mut self.purpose), ("need", &mut self.need)] {
            *text = clean(text, false);
            if text.chars().count() > LINE_MOST {
                wrong.push(TooLong(name, LINE_MOST));
            }
        }
        for (part, said) in Part::ALL.iter().zip(&mut self.said) {
            *said = said.take().map(|text| clean(&text, *part == Part::What));
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        let texts = self.parts.iter().chain([&self.purpose, &self.need]);
        self.kind.is_none() && texts.map(String::as_str).all(str::is_empty)
    }

    /// Which parts count as read: those whose words are the ones that were read, and not empty.
    pub fn read(&self) -> [bool; 4] {
        let counts = |(text, said): (&String, &Option<String>)| {
            !text.is_empty() && said.as_ref() == Some(text)
        };
        let mut read = [false; 4];
        for (read, pair) in read.iter_mut().zip(self.parts.iter().zip(&self.said)) {
            *read = counts(pair);
        }
        read
    }

    /// When the record counts as read back: as soon as something is written and every part that is
    /// written was read. It keeps its moment while the words stay the same.
    pub fn readback_at(&self, before: Option<&CallRecord>, now: Moment) -> Option<Moment> {
        let written = self.parts.iter().any(|text| !text.is_empty());
        let whole = self.parts.iter().zip(self.read()).all(|(text, read)| text.is_empty() || read);
        if !written || !whole {
            return None;
        }
        let same = |before: &&CallRecord| {
            Part::ALL.iter().zip(&self.parts).all(|(part, text)| before.part(*part) == text)
        };
        before.filter(same).and_then(|before| before.readback_at).or(Some(now))
    }
}

/// Takes away what no sentence has: control characters, and line ends where there is one line.
pub(super) fn clean(text: &str, lines: bool) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = text.chars().filter_map(|c| match c {
        '\n' if lines => Some('\n'),
        '\n' | '\t' => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    });
    kept.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(parts: [&str; 4], said: [Option<&str>; 4]) -> Particulars {
        let text = |text: &str| text.to_owned();
        let raw = Particulars {
            parts: parts.map(text),
            said: said.map(|said| said.map(text)),
            ..Particulars::default()
        };
        raw.cleaned().unwrap()
    }

    fn saved(particulars: &Particulars, readback_at: Option<Moment>) -> CallRecord {
        let [who, when, place, what] = particulars.parts.clone();
        CallRecord {
            version: 1,
            kind: None,
            urgency: Urgency::Normal,
            who,
            when,
            place,
            what,
            purpose: String::new(),
            need: String::new(),
            read: Vec::new(),
            readback_at,
            written_by: None,
            written_at: Moment::from_millis(0),
        }
    }

    #[test]
    fn a_tick_is_worth_the_words_that_were_read() {
        let both = [Some("王建国"), None, None, Some("UPS 报警")];
        assert_eq!(
            written(["王建国", "", "", "UPS 报警"], both).read(),
            [true, false, false, true]
        );
        assert_eq!(
            written(["王建国", "", "", "UPS 停机"], both).read(),
            [true, false, false, false]
        );
        let nothing = written([""; 4], [Some(""); 4]);
        assert_eq!(nothing.read(), [false; 4], "nothing was read where nothing stands");
        assert!(nothing.is_empty());
    }

    #[test]
    fn it_is_read_back_once_every_written_part_is_and_keeps_that_moment() {
        let (then, now) = (Moment::from_millis(1_000), Moment::from_millis(9_000));
        let half = written(["王建国", "今天", "", ""], [Some("王建国"), None, None, None]);
        assert_eq!(half.readback_at(None, now), None);
        let whole = written(["王建国", "今天", "", ""], [Some("王建国"), Some("今天"), None, None]);
        assert_eq!(whole.readback_at(None, then), Some(then));
        let before = saved(&whole, Some(then));
        assert_eq!(whole.readback_at(Some(&before), now), Some(then), "nothing has changed since");
        let more = written(["王建国", "明天", "", ""], [Some("王建国"), Some("明天"), None, None]);
        assert_eq!(more.readback_at(Some(&before), now), Some(now), "read anew");
        assert_eq!(written([""; 4], [None; 4]).readback_at(None, now), None);
    }

    #[test]
    fn whom_a_record_names_is_told_from_the_number_beside_the_name() {
        for (who, name, number) in [
            ("王建国 138 1395 2211", "王建国", Some("+8613813952211")),
            ("（025）8452-3317 李女士", "李女士", Some("+862584523317")),
            ("陈 13900001234，物业", "陈 ，物业", Some("+8613900001234")),
            ("王主任", "王主任", None),
            ("3 号楼的小周", "3 号楼的小周", None),
            ("王女士 ****", "王女士", None),
            ("", "", None),
        ] {
            let record = saved(&written([who, "", "", ""], [None; 4]), None);
            let (read, phone) = record.person();
            assert_eq!(read, name, "{who}");
            assert_eq!(phone.as_ref().map(Phone::as_str), number, "{who}");
        }
    }

    #[test]
    fn what_no_sentence_has_is_taken_away_and_what_is_too_long_is_named() {
        let text = written([" a\0b\u{7}\r\nc ", "", "", "one\r\ntwo\rthree"], [None; 4]);
        assert_eq!(text.parts[0], "ab c");
        assert_eq!(text.parts[3], "one\ntwo\nthree");
        let long = Particulars {
            parts: ["x".repeat(301), String::new(), String::new(), "好".repeat(4_001)],
            need: "y".repeat(301),
            ..Particulars::default()
        };
        let wrong = long.cleaned().unwrap_err();
        let names: Vec<_> = wrong.iter().map(|TooLong(name, _)| *name).collect();
        assert_eq!(names, ["who", "what", "need"]);
    }
}
