//! Presence in words: 在位, and for the card of a call: “李红 在开会，16:00 回”.

use std::borrow::Borrow;

use chrono::NaiveDate;

use super::devices::{DeviceCheck, Verdict};
use super::presence::{Presence, Whereabouts};
use crate::kernel::{Language, Moment};
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

/// From when to when a shift is, as a day's page says it: with the day where that is another.
pub fn hours(
    spelling: impl Borrow<Spelling>,
    date: impl Borrow<NaiveDate>,
    from: impl Borrow<Moment>,
    to: impl Borrow<Moment>,
) -> String {
    let (spelling, date) = (*spelling.borrow(), *date.borrow());
    let one = |at: Moment| {
        let day = at.utc().with_timezone(&spelling.zone).date_naive();
        let clock = spelling.minute(at);
        if day == date { clock } else { format!("{} {clock}", spelling.short_day(day)) }
    };
    format!("{}–{}", one(*from.borrow()), one(*to.borrow()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_over_midnight_is_said_with_the_day_that_is_not_the_pages() {
        let spelling = Spelling { language: Language::ZhCn, zone: chrono_tz::Asia::Shanghai };
        let at = |text: &str| Moment::parse_rfc3339(text).unwrap();
        let (from, to) = (at("2026-11-23T18:00:00+08:00"), at("2026-11-24T09:00:00+08:00"));
        let day = |day: u32| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        assert_eq!(hours(spelling, day(23), from, to), "18:00–11/24 09:00");
        assert_eq!(hours(spelling, day(24), from, to), "11/23 18:00–09:00");
        let noon = at("2026-11-23T12:00:00+08:00");
        assert_eq!(hours(spelling, day(23), noon, from), "12:00–18:00");
    }
}
