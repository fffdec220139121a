//! A sheet as somebody fills it in: five marks and five notes, checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::sheet::{Item, Mark, NOTE_MOST, Score, Scores};
use crate::web::{Problem, number};

/// What a form or a program sends: `tone` and `tone_note`, and so on for each item.
#[derive(Debug, Deserialize)]
pub(super) struct Written {
    #[serde(deserialize_with = "number")]
    pub(super) version: i64,
    #[serde(flatten)]
    fields: BTreeMap<String, Value>,
}

impl Written {
    fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// The mark of an item as it was sent.
    pub(super) fn mark(&self, item: Item) -> Option<Mark> {
        Mark::from_name(self.text(item.name()))
    }

    /// The note of an item without what no sentence has.
    pub(super) fn note(&self, item: Item) -> String {
        let text = self.text(item.note_name()).replace("\r\n", "\n");
        let kept = text.chars().filter(|c| *c == '\n' || !c.is_control());
        kept.collect::<String>().trim().to_owned()
    }

    /// All five; every field that is wrong is named.
    pub(super) fn scores(&self) -> Result<Scores, Problem> {
        let wrong =
            Item::ALL.iter().fold(Problem::rules(), |wrong, item| self.checked(wrong, *item));
        if wrong.has_fields() {
            return Err(wrong);
        }
        Ok(Scores::each(|item| Score {
            mark: self.mark(item).unwrap_or(Mark::NotHeard),
            note: self.note(item),
        }))
    }

    fn checked(&self, wrong: Problem, item: Item) -> Problem {
        let note = self.note(item);
        let wrong = match self.mark(item) {
            None => wrong.field(item.name(), |l| l.quality_wrong_mark().to_string()),
            Some(Mark::NotMet) if note.is_empty() => {
                wrong.field(item.note_name(), |l| l.quality_wrong_why().to_string())
            }
            Some(Mark::Met | Mark::NotMet | Mark::NotHeard) => wrong,
        };
        if note.chars().count() > NOTE_MOST {
            return wrong.field(item.note_name(), |l| l.quality_wrong_long(NOTE_MOST).to_string());
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let written: Written = serde_json::from_value(json!({
            "version": "2", "tone": "met", "no_rude_words": "not_met", "no_rude_words_note": " \u{0} ",
            "no_jokes": "perhaps", "please_thanks": "not_heard", "please_thanks_note": "长".repeat(501),
            "never_wei": "not_met", "never_wei_note": "喂，\r\n你好"
        }))
        .unwrap();
        assert_eq!(written.version, 2);
        assert_eq!(written.note(Item::NeverWei), "喂，\n你好", "what was said may be quoted");
        let l = crate::words::of(crate::kernel::Language::En);
        let named: Vec<_> = written.scores().unwrap_err().fields(&l).into_keys().collect();
        assert_eq!(named, ["no_jokes", "no_rude_words_note", "please_thanks_note"]);
    }
}
