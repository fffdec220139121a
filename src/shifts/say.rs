//! Presence in words: 在位, and for the card of a call: “李红 在开会，16:00 回”.

use std::borrow::Borrow;

use super::presence::{Presence, Whereabouts};
use crate::kernel::Language;
use crate::words::{Messages, Spelling};

/// The word for it.
pub fn presence(l: &Messages, presence: impl Borrow<Presence>) -> String {
    let said = match *presence.borrow() {
        Presence::Present => l.shifts_present(),
        Presence::OnCall => l.shifts_on_call(),
        Presence::Away => l.shifts_away(),
        Presence::Meeting => l.shifts_meeting(),
        Presence::Out => l.shifts_out(),
        Presence::Off => l.shifts_off(),
    };
    said.to_string()
}

/// The colour of its tag.
pub(super) const fn tint(presence: Presence) -> &'static str {
    match presence {
        Presence::Present => "t1",
        Presence::OnCall => "ta",
        Presence::Away | Presence::Meeting | Presence::Out => "t2",
        Presence::Off => "",
    }
}

/// Where somebody is, as one sentence for a card: name, state, why, where, until when.
pub fn note(l: &Messages, spelling: Spelling, name: &str, at: &Whereabouts) -> String {
    let mut said = l.shifts_note(name, presence(l, at.presence)).to_string();
    let more = [
        at.reason.clone(),
        at.place.as_ref().map(|place| l.shifts_note_place(place.as_str()).to_string()),
        at.until.map(|until| l.shifts_note_until(spelling.minute(until)).to_string()),
    ];
    let comma = match spelling.language {
        Language::ZhCn => "，",
        Language::En => ", ",
    };
    for part in more.into_iter().flatten() {
        said.push_str(comma);
        said.push_str(&part);
    }
    said
}
