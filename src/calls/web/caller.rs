//! Who a caller is to the house: the customer's card, put into the words of the screen.

use super::super::call::Call;
use super::super::known::{CallerKey, Tag};
use crate::contacts;
use crate::db;
use crate::kernel::Phone;
use crate::web::{OnDuty, Want};

/// What the customer's card says, ready to be shown.
#[derive(Default)]
pub(super) struct Profile {
    pub(super) key: CallerKey,
    pub(super) org: Vec<String>,
    /// Where the number is at home, as far as the numbering plan says.
    pub(super) place: Option<String>,
    pub(super) tags: Vec<Tag>,
    /// What must be known before anything is said.
    pub(super) warnings: Vec<String>,
    /// What is good to know: how they wish to be addressed.
    pub(super) hints: Vec<String>,
    pub(super) remarks: Vec<String>,
}

/// The profile of a call's caller. A number that is masked for the reader finds nobody.
pub(super) async fn profile(want: &Want, reader: &OnDuty, call: &Call) -> db::Result<Profile> {
    let caller = &call.caller;
    let Some(number) = caller.number.clone().filter(|_| !caller.masked && !caller.withheld) else {
        return Ok(Profile::default());
    };
    let place = contacts::place_of(&number, want.language).map(str::to_owned);
    let mut profile = Profile { place, ..Profile::default() };
    profile.key.numbers.push(number.clone());
    let Some(contact) = &caller.contact else { return Ok(profile) };
    let Some(card) = contacts::store::card(&want.kit.db, contact.id).await? else {
        return Ok(profile);
    };
    let card = contacts::without(card, &reader.closed);
    let card = if reader.sees_numbers() { card } else { card.glimpsed() };
    let l = want.messages();
    let others = card.numbers.iter().filter(|line| !line.masked && line.extension.is_empty());
    let others = others.filter_map(|line| Phone::read(&line.number));
    let others = others.map(|phone| phone.as_str().to_owned());
    profile.key.numbers.extend(others.filter(|other| *other != number));
    profile.key.contact = Some(card.id);
    profile.key.company = card.company.as_ref().map(|of| of.id);
    profile.org = card.company.map(|of| of.name).into_iter().collect();
    profile.tags = card.tags.into_iter().map(|text| Tag { text, tint: "ti" }).collect();
    profile.warnings = Some(card.warning).filter(|text| !text.is_empty()).into_iter().collect();
    if !card.form_of_address.is_empty() {
        profile.hints.push(l.calls_pop_address(card.form_of_address).to_string());
    }
    profile.remarks =
        card.notes.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Ok(profile)
}
