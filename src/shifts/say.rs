//! Presence in words: 在位, and for the card of a call: “李红 在开会，16:00 回”.

use std::borrow::Borrow;

use super::devices::{DeviceCheck, Verdict};
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

/// What a verdict on a device is called.
pub fn verdict(l: &Messages, verdict: impl Borrow<Verdict>) -> String {
    let said = match *verdict.borrow() {
        Verdict::Open => l.devices_verdict_open(),
        Verdict::Ok => l.devices_verdict_ok(),
        Verdict::Failed => l.devices_verdict_failed(),
    };
    said.to_string()
}

/// How the radios did: so many of so many, who stayed silent.
pub fn radio(l: &Messages, language: Language, check: &DeviceCheck, silent: &[String]) -> String {
    if check.asked == 0 {
        return l.devices_radio_nobody().to_string();
    }
    match check.radio() {
        Verdict::Open if check.answered < check.asked => {
            l.devices_radio_waits(check.answered, check.asked).to_string()
        }
        Verdict::Open | Verdict::Ok => l.devices_radio(check.answered, check.asked).to_string(),
        Verdict::Failed => {
            l.devices_radio_silent(check.answered, check.asked, names(language, silent)).to_string()
        }
    }
}

/// Several names in a row.
pub fn names(language: Language, names: &[String]) -> String {
    names.join(if language == Language::ZhCn { "、" } else { ", " })
}

/// A check in short: 设备自检 09:02 电话:正常 对讲:1/2.
pub(super) fn devices_said(
    l: &Messages,
    spelling: Spelling,
    check: Option<&DeviceCheck>,
    silent: &[String],
) -> String {
    let Some(check) = check else { return l.devices_unchecked().to_string() };
    let telephone = l.devices_telephone_is(verdict(l, check.telephone())).to_string();
    let radio = radio(l, spelling.language, check, silent);
    let at = spelling.minute(check.begun_at);
    l.devices_short(at, telephone, radio).to_string()
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
