//! What a change says beside its name, in the reader's language: which field, and what stands in it now.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kernel::{Moment, Role, StaffId};
use crate::words::{self, Messages, Spelling};

/// The names of the house, to read numbers by.
pub(super) type Names = BTreeMap<StaffId, String>;

/// The fields of a change that hold people.
const PEOPLE: [&str; 5] = ["staff", "people", "ticked_by", "taken_by", "answered_by"];

/// The name of a field; one that nobody has put into the reader's language stays as it is.
fn field(l: &Messages, name: &str) -> String {
    match name {
        "about" => l.journal_field_about().to_string(),
        "approved" => l.journal_field_approved().to_string(),
        "by" => l.journal_field_by().to_string(),
        "call" => l.journal_field_call().to_string(),
        "created" => l.journal_field_created().to_string(),
        "due_at" => l.journal_field_due().to_string(),
        "follow_up" => l.journal_field_follow_up().to_string(),
        "grant" => l.journal_field_grant().to_string(),
        "happened_at" => l.journal_field_happened().to_string(),
        "how" | "method" => l.journal_field_how().to_string(),
        "kind" => l.journal_field_kind().to_string(),
        "people" | "staff" => l.journal_field_people().to_string(),
        "role" | "to_role" => l.journal_field_role().to_string(),
        "rooms" => l.journal_field_rooms().to_string(),
        "state" => l.journal_field_state().to_string(),
        "ticked_by" => l.journal_field_ticked_by().to_string(),
        "with" => l.journal_field_with().to_string(),
        "never_wei" => l.quality_never_wei().to_string(),
        "no_jokes" => l.quality_no_jokes().to_string(),
        "no_rude_words" => l.quality_no_rude_words().to_string(),
        "please_thanks" => l.quality_please_thanks().to_string(),
        "tone" => l.quality_tone().to_string(),
        _ => name.to_owned(),
    }
}

/// A word or a moment as people say it.
fn said(l: &Messages, spelling: Spelling, name: &str, text: &str) -> String {
    if let Some(at) = Moment::parse_rfc3339(text) {
        return spelling.moment(at);
    }
    match (name, text) {
        ("role" | "to_role", _) => {
            text.parse::<Role>().map_or_else(|_| text.to_owned(), |role| words::role(l, role))
        }
        ("how", "called_again") => l.missed_called_again().to_string(),
        ("how", "called_back") => l.missed_called_back().to_string(),
        (_, "met") => l.quality_met().to_string(),
        (_, "not_met") => l.quality_not_met().to_string(),
        (_, "not_heard") => l.quality_not_heard().to_string(),
        _ => text.to_owned(),
    }
}

/// What changed, spelt: `状态 done·人员 李红`. What is empty is not told.
pub(super) fn spelt(l: &Messages, spelling: Spelling, value: &Value, people: &Names) -> String {
    let Some(fields) = value.as_object() else { return value.to_string() };
    let one = |name: &str, value: &Value| -> String {
        let person = |id: &Value| id.as_i64().and_then(|id| people.get(&StaffId(id)).cloned());
        let plain = |value: &Value| {
            let text = value.as_str().map(|text| said(l, spelling, name, text));
            text.unwrap_or_else(|| value.to_string())
        };
        let known = |value: &Value| person(value).filter(|_| PEOPLE.contains(&name));
        let read = |value: &Value| known(value).unwrap_or_else(|| plain(value));
        match value.as_array() {
            Some(several) => several.iter().map(read).collect::<Vec<_>>().join(" "),
            None => read(value),
        }
    };
    let empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let shown = fields.iter().filter(|(_, value)| !empty(value));
    let shown = shown.map(|(name, value)| {
        // what is so is told by its name alone
        if *value == Value::Bool(true) {
            field(l, name)
        } else {
            format!("{} {}", field(l, name), one(name, value))
        }
    });
    shown.collect::<Vec<_>>().join(&l.layout_dot().to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::Language;

    #[test]
    fn what_is_so_is_told_by_its_name_and_several_in_a_row() {
        let spelling = Spelling { language: Language::ZhCn, zone: chrono_tz::Asia::Shanghai };
        let told =
            json!({ "approved": true, "rooms": ["308", "309"], "with": [], "staff": [7, 8] });
        let people = Names::from([(StaffId(7), "李红".to_owned())]);
        let said = spelt(&words::of(Language::ZhCn), spelling, &told, &people);
        assert_eq!(said, "已核准·房间 308 309·人员 李红 8");
    }
}
