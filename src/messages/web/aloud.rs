//! What a slip says, read back to whoever leaves it (operations.md clause 3.2): one sentence of its
//! own fields, and a tick that holds the words that were read, so that none outlives an edit.

use crate::words::Messages;

/// The words that are read, in the order in which they are said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aloud<'w> {
    pub(super) from_name: &'w str,
    pub(super) phone: &'w str,
    pub(super) whom: &'w str,
    pub(super) body: &'w str,
    /// As a browser's field writes it: `2026-11-23T15:30`.
    pub(super) callback_by: &'w str,
}

impl Aloud<'_> {
    fn texts(&self) -> [String; 5] {
        let clean = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
        let [from_name, phone, whom, body] =
            [self.from_name, self.phone, self.whom, self.body].map(clean);
        [from_name, phone, whom, body, self.callback_by.trim().replace('T', " ")]
    }

    /// What the tick holds once this was read: the fields, a line each.
    pub(super) fn words(&self) -> String {
        let texts = self.texts();
        texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// The parts of the sentence that say something.
    pub(super) fn parts(&self, l: &Messages) -> Vec<String> {
        let [from_name, phone, whom, body, callback_by] = self.texts();
        let said = [
            (!from_name.is_empty()).then(|| from_name.clone()),
            (!phone.is_empty()).then(|| l.messages_aloud_phone(phone.as_str()).to_string()),
            (!whom.is_empty()).then(|| l.messages_aloud_for(whom.as_str()).to_string()),
            (!body.is_empty()).then(|| body.clone()),
            (!callback_by.is_empty())
                .then(|| l.messages_aloud_by(callback_by.as_str()).to_string()),
        ];
        said.into_iter().flatten().collect()
    }

    /// Whether what was read is what is written now; nothing cannot be read.
    pub(super) fn was_read(&self, read: Option<&str>) -> bool {
        let words = self.words();
        let read = read.map(|read| read.replace("\r\n", "\n"));
        !words.is_empty() && read.as_deref() == Some(words.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_counts_while_the_words_are_those_that_were_read() {
        let slip = Aloud {
            from_name: "王建国",
            phone: " 138 0000 1234",
            whom: "陈晨",
            body: "合同改期\r\n请回电",
            callback_by: "2026-11-23T15:30",
        };
        let read = "王建国\n138 0000 1234\n陈晨\n合同改期\n请回电\n2026-11-23 15:30";
        assert_eq!(slip.words(), read);
        assert!(slip.was_read(Some(read)));
        assert!(slip.was_read(Some(&read.replace('\n', "\r\n"))), "as a form sends it");
        assert!(!slip.was_read(None));
        assert!(!Aloud { phone: "138 0000 1235", ..slip }.was_read(Some(read)));
        let nothing = Aloud { from_name: "", phone: "", whom: " ", body: "", callback_by: "" };
        assert!(!nothing.was_read(Some("")));
    }
}
