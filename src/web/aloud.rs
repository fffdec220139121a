//! What a form says, read back to whoever told it (operations.md clause 3.2): one sentence of its own
//! fields, and a tick that holds the words that were read, so that none outlives an edit. The script
//! `aloud.js` composes and compares the same way while somebody types.

mod number;

pub use number::grouped_in;

use chrono::{Datelike as _, NaiveDateTime};

use crate::words::Messages;

/// Words as they stand inside a sentence: the stops at their end are not said, the sentence has its own.
pub fn unended(text: &str) -> &str {
    let stop = |sign: char| sign.is_whitespace() || "。．.，,；;、！!？?".contains(sign);
    Some(text.trim_end_matches(stop)).filter(|cut| !cut.is_empty()).unwrap_or(text)
}

/// A form as it is read back: its fields in the order in which they are said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aloud {
    fields: Vec<Field>,
    read: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    text: String,
    said: String,
}

impl Aloud {
    /// A form of which `read` was ticked: the words as [`Self::words`] put them; nothing where it was not.
    pub fn of(read: Option<&str>) -> Self {
        Self { fields: Vec::new(), read: read.map(str::to_owned) }
    }

    /// The next field, and how it is said; an empty one is not.
    #[must_use]
    pub fn says<S: std::fmt::Display>(mut self, text: &str, say: impl FnOnce(&str) -> S) -> Self {
        let text = text.replace("\r\n", "\n").trim().to_owned();
        if !text.is_empty() {
            let said = say(unended(&text)).to_string();
            self.fields.push(Field { text, said });
        }
        self
    }

    /// A moment as a browser's field writes it, `2026-11-23T15:30`, said as people do:
    /// `11月23日 周一 15:30`.
    #[must_use]
    pub fn says_when<S: std::fmt::Display>(
        self,
        l: &Messages,
        text: &str,
        say: impl FnOnce(&str) -> S,
    ) -> Self {
        // only a browser's own: what else is written may have the letter, `Tue 1 Dec 19:00`
        let field = NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%dT%H:%M").is_ok();
        let text = if field { text.replace('T', " ") } else { text.to_owned() };
        self.says(&text, |t| say(&moment(l, t)))
    }

    /// A telephone number, said in the groups in which it is written: `138 0000 1234`.
    #[must_use]
    pub fn says_number(self, l: &Messages, text: &str) -> Self {
        self.says(text, |t| l.messages_aloud_phone(number::grouped(t)).to_string())
    }

    /// As it stands it was read back, or was not.
    #[must_use]
    pub fn heard(mut self, yes: bool) -> Self {
        self.read = yes.then(|| self.words());
        self
    }

    /// What the tick holds once this was read: the fields, a line each.
    pub fn words(&self) -> String {
        self.fields.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The parts of the sentence.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.fields.iter().map(|one| one.said.as_str())
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether what was read is what is written now; nothing cannot be read.
    pub fn was_read(&self) -> bool {
        let read = self.read.as_deref().map(|read| read.replace("\r\n", "\n"));
        !self.is_empty() && read.is_some_and(|read| read == self.words())
    }
}

/// `2026-11-23 15:30` in words; whatever else is written there as it is.
fn moment(l: &Messages, text: &str) -> String {
    let Ok(at) = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M") else {
        return text.to_owned();
    };
    let weekday = at.weekday().number_from_monday();
    let time = at.format("%H:%M").to_string();
    l.calls_aloud_moment(at.month(), at.day(), weekday, time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Language;
    use crate::words;

    fn slip(phone: &str, read: Option<&str>) -> Aloud {
        let l = &words::of(Language::ZhCn);
        let slip = Aloud::of(read).says("王建国", str::to_owned);
        let slip = slip.says_number(l, phone).says(" ", |t| format!("留言给{t}"));
        slip.says("合同改期\r\n请回电", str::to_owned)
            .says_when(l, "2026-11-23T15:30", |t| format!("{t} 前回电"))
    }

    #[test]
    fn a_stop_at_the_end_of_a_field_is_the_sentence_s_own() {
        for (written, said) in
            [("空调漏水。", "空调漏水"), ("快！ ", "快"), ("3.5", "3.5"), ("。", "。"), ("", "")]
        {
            assert_eq!(unended(written), said);
        }
        let told = Aloud::of(None).says("空调漏水。", str::to_owned);
        assert_eq!(told.parts().collect::<Vec<_>>(), ["空调漏水"]);
        assert_eq!(told.words(), "空调漏水。", "what is ticked are the words as they were written");
    }

    #[test]
    fn a_tick_counts_while_the_words_are_those_that_were_read() {
        let read = "王建国\n138 0000 1234\n合同改期\n请回电\n2026-11-23 15:30";
        let told = slip(" 138 0000 1234", Some(read));
        assert_eq!(told.words(), read);
        assert!(told.was_read());
        assert!(slip("138 0000 1234", Some(&read.replace('\n', "\r\n"))).was_read(), "a form's");
        assert!(!slip("138 0000 1234", None).was_read());
        assert!(!slip("138 0000 1235", Some(read)).was_read());
        assert!(!Aloud::of(Some("")).says(" ", str::to_owned).was_read());
        let said: Vec<_> = told.parts().collect();
        assert_eq!(
            said[1..],
            ["电话 138 0000 1234", "合同改期\n请回电", "11月23日 周一 15:30 前回电"]
        );
    }

    #[test]
    fn moments_and_numbers_are_said_as_people_say_them_and_anything_else_as_it_is() {
        let said = |language, text: &str| moment(&words::of(language), text);
        assert_eq!(said(Language::ZhCn, "2026-11-29 09:05"), "11月29日 周日 09:05");
        assert_eq!(said(Language::En, "2026-12-05 19:30"), "Saturday 5 December, 19:30");
        assert_eq!(said(Language::ZhCn, "今晚7点半"), "今晚7点半");
        let l = &words::of(Language::En);
        for written in ["Tue 1 Dec 19:00–21:00", "2026-12-01T19:00:00+08:00"] {
            let told = Aloud::of(Some(written)).says_when(l, written, str::to_owned);
            assert!(told.was_read(), "{written}: {}", told.words());
            assert_eq!(told.parts().next(), Some(written));
        }
        let grouped = slip("13800001234", None);
        assert_eq!(grouped.parts().nth(1), Some("电话 138 0000 1234"));
        assert!(grouped.words().contains("\n13800001234\n"), "what is compared is what was typed");
        assert_eq!(slip("分机 801", None).parts().nth(1), Some("电话 分机 801"));
    }
}
