//! Who a caller is to the house: the customer's card, put into the words of the screen.

use super::super::call::Call;
use super::super::known::{CallerKey, Tag};

/// What the customer's card says, ready to be shown.
#[derive(Default)]
pub(super) struct Profile {
    pub(super) key: CallerKey,
    pub(super) org: Vec<String>,
    pub(super) tags: Vec<Tag>,
    pub(super) warnings: Vec<String>,
    pub(super) remarks: Vec<String>,
}

/// The profile of a call's caller. A number that is masked for the reader finds nobody.
pub(super) fn profile(call: &Call) -> Profile {
    let number = call.caller.number.clone().filter(|_| !call.caller.masked);
    let contact = call.caller.contact.as_ref();
    let key = CallerKey {
        numbers: number.into_iter().collect(),
        contact: contact.map(|contact| contact.id),
        company: None,
    };
    let org = contact.and_then(|contact| contact.company.clone()).into_iter().collect();
    Profile { key, org, ..Profile::default() }
}
