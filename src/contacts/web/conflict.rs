//! What two wrote on one card at once, field by field, for the one who saved second.

use super::super::card::Draft;
use super::super::merge::Side;
use super::say;
use crate::words::Messages;

/// A field that is not the same on both sides.
pub(super) struct Row {
    pub(super) field: String,
    pub(super) mine: String,
    pub(super) theirs: String,
    /// Both changed it: somebody has to decide.
    pub(super) open: bool,
}

/// The fields that differ.
pub(super) fn rows(
    l: &Messages,
    sides: &[(&'static str, Side)],
    mine: &Draft,
    theirs: &Draft,
) -> Vec<Row> {
    let differing = sides.iter().filter(|(_, side)| *side != Side::Same);
    differing
        .map(|(field, side)| Row {
            field: name(l, field),
            mine: value(l, field, mine),
            theirs: value(l, field, theirs),
            open: *side == Side::Both,
        })
        .collect()
}

fn name(l: &Messages, field: &str) -> String {
    match field {
        "kind" => l.contacts_kind().to_string(),
        "name" => l.contacts_name().to_string(),
        "form_of_address" => l.contacts_form_of_address().to_string(),
        "company" => l.contacts_company().to_string(),
        "vip" => "VIP".to_owned(),
        "numbers" => l.contacts_numbers().to_string(),
        "tags" => l.contacts_tags().to_string(),
        "warning" => l.contacts_warning().to_string(),
        _ => l.contacts_notes().to_string(),
    }
}

fn value(l: &Messages, field: &str, draft: &Draft) -> String {
    match field {
        "kind" => say::kind(l, draft.kind),
        "name" => draft.name.clone(),
        "form_of_address" => draft.form_of_address.clone(),
        "company" => draft.company.clone(),
        "vip" if draft.vip => l.contacts_yes().to_string(),
        "vip" => l.contacts_no().to_string(),
        "numbers" => {
            let shown = draft.numbers.iter().map(|entry| entry.number.for_people());
            shown.collect::<Vec<_>>().join("\n")
        }
        "tags" => draft.tags.join("、"),
        "warning" => draft.warning.clone(),
        _ => draft.notes.clone(),
    }
}
