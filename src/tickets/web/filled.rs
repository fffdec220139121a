//! What the form of a fault is filled with before anybody writes: the call, the caller's card, the thing, the site.

use serde::Deserialize;

use super::intake::Fields;
use crate::calls::{self, Urgency};
use crate::contacts;
use crate::directory::store::restricted::closed_to_all;
use crate::kernel::{CallId, Phone};
use crate::tickets::store::places;
use crate::web::{Problem, Want, flag, maybe_number, maybe_text};

/// `?call=17`, or what is known already.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Begun {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) call: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) number: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) company: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) serial: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) site: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) contract: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) impact: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) urgency: Option<i64>,
    /// The call is put away once the fault is reported.
    #[serde(default, deserialize_with = "flag")]
    pub(super) done: bool,
}

/// All that is known of the caller, so that nobody types it.
pub(super) async fn known(want: &Want, from: &Begun) -> Result<Fields, Problem> {
    let db = &want.kit.db;
    let mut form =
        Fields { impact: 2, urgency: 2, call: from.call, site: from.site, ..Fields::default() };
    // what the record says comes before the card: the operator asked
    let mut told = String::new();
    if let Some(id) = from.call {
        let mut call = calls::store::call(db, CallId(id)).await?;
        // of somebody restricted the name is enough: a fault is read by many
        calls::close(&mut call, &closed_to_all(db).await?);
        call.caller.number = call.caller.number.filter(|_| !call.caller.masked);
        form.caller_number = call.caller.number.clone().unwrap_or_default();
        form.caller_name = call.caller.display.clone().unwrap_or_default();
        form.symptom.clone_from(&call.notes);
        if let Some(record) = &call.record {
            form.symptom = or(&record.what, &call.notes);
            let (name, number) = record.person();
            told = name;
            if let (true, Some(number)) = (form.caller_number.is_empty(), number) {
                form.caller_number = number.to_string();
            }
            form.place.clone_from(&record.place);
            form.need.clone_from(&record.need);
            form.purpose.clone_from(&record.purpose);
            form.urgency = match record.urgency {
                Urgency::Critical => 1,
                Urgency::Urgent | Urgency::Normal => 2,
            };
        }
    }
    if let Some(number) = &from.number {
        form.caller_number =
            Phone::read(number).map_or_else(|| number.clone(), |phone| phone.to_string());
    }
    let closed = want.reader.as_ref().map(|reader| &reader.closed);
    // who types a number that is closed to them is told nothing by it
    let known = closed.is_none_or(|closed| !closed.hides(&form.caller_number));
    if known
        && !form.caller_number.is_empty()
        && let Some(card) = contacts::store::by_number(db, &form.caller_number).await?
    {
        form.contact = Some(card.id.0);
        form.caller_name.clone_from(&card.name);
        form.company = card.company.clone().unwrap_or_default();
    }
    form.caller_name = or(&told, &form.caller_name);
    if let Some(company) = &from.company {
        form.company.clone_from(company);
    }
    if let Some(serial) = &from.serial {
        form.serial.clone_from(serial);
    }
    form.contract = from.contract;
    form.impact = from.impact.unwrap_or(form.impact);
    form.urgency = from.urgency.unwrap_or(form.urgency);
    complete(want, &mut form).await?;
    if let (None, Some(site), true) = (form.asset, form.site, form.serial.is_empty()) {
        let all = places::assets(db).await?;
        let here: Vec<_> = all.into_iter().filter(|one| one.site_id == site).collect();
        // of several the operator asks for the number on the thing
        if let [only] = here.as_slice() {
            form.asset = Some(only.id);
            form.serial.clone_from(&only.serial);
            form.contract = only.contract_id.or(form.contract);
        }
    }
    Ok(form)
}

fn or(one: &str, other: &str) -> String {
    if one.trim().is_empty() { other } else { one }.to_owned()
}

/// Fills what follows from what is there: the thing from its serial, the site from thing or card, the contract.
pub(super) async fn complete(want: &Want, form: &mut Fields) -> Result<(), Problem> {
    let db = &want.kit.db;
    if !form.serial.is_empty()
        && let Some(asset) = places::asset_by_serial(db, &form.serial).await?
    {
        form.asset = Some(asset.id);
        form.site = form.site.or(Some(asset.site_id));
        form.contract = form.contract.or(asset.contract_id);
    }
    if form.site.is_none() {
        let sites = places::sites_of(db, form.contact, &form.company).await?;
        // of several the operator chooses
        form.site = if let [only] = sites.as_slice() { Some(only.id) } else { None };
    }
    if let Some(id) = form.site
        && let Some(site) = places::site(db, id).await?
    {
        if form.company.is_empty() {
            form.company.clone_from(&site.company);
        }
        if form.place.is_empty() {
            let place = [site.name.as_str(), site.address.as_str()].join(" ");
            place.trim().clone_into(&mut form.place);
        }
    }
    if form.contract.is_none() && !form.company.is_empty() {
        let today = want.kit.day.date(want.now).to_string();
        form.contract = places::contract_of(db, &form.company, &today).await?.map(|one| one.id);
    }
    Ok(())
}
