//! Who calls, as the customers' cards know them: the name that goes with a number.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use super::call::{Call, ContactRef};
use super::store::Batch;
use crate::contacts::{self, ContactCard};
use crate::db::{Db, Result};

impl From<&ContactCard> for ContactRef {
    fn from(card: &ContactCard) -> Self {
        Self { id: card.id, name: card.name.clone(), vip: card.vip, company: card.company.clone() }
    }
}

/// The cards of numbers, by number; what is withheld or unknown has none.
pub(super) async fn known(db: &Db, numbers: &[&str]) -> Result<BTreeMap<String, ContactRef>> {
    let cards = contacts::store::by_numbers(db, numbers).await?;
    Ok(cards.iter().map(|(number, card)| (number.clone(), card.into())).collect())
}

/// Puts the callers' names on calls, by one question for all of them.
pub(super) async fn introduce(db: &Db, calls: &mut [Call]) -> Result<()> {
    let mut numbers: Vec<&str> = calls.iter().filter_map(|call| number(call)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Ok(());
    }
    let known = known(db, &numbers).await?;
    for call in calls {
        let card = number(call).and_then(|number| known.get(number)).cloned();
        call.caller.contact = card;
    }
    Ok(())
}

/// The number a caller is looked up by: E.164, else what was sent.
fn number(call: &Call) -> Option<&str> {
    let caller = &call.caller;
    if caller.withheld || caller.masked {
        return None;
    }
    caller.number.as_deref().or(caller.as_sent.as_deref())
}

/// The names of the callers that are new in a batch.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, ContactRef>);

/// The names of a batch's new callers, while they are looked up.
pub(super) type Looking = Shared<BoxFuture<'static, Arc<Names>>>;

/// A change waits at most so long for its callers' names.
const LOOK: Duration = Duration::from_millis(100);

/// Begins to look up who the new calls of a batch come from.
pub(super) fn look_up(db: &Db, batch: &Arc<Batch>) -> Looking {
    let (db, batch) = (db.clone(), batch.clone());
    async move { Arc::new(of_new(&db, &batch).await) }.boxed().shared()
}

/// The names, where they are found in time; a slow look holds no change up.
pub(super) async fn in_time(looking: Looking) -> Arc<Names> {
    tokio::time::timeout(LOOK, looking).await.unwrap_or_default()
}

/// Looks up who the new calls of a batch come from. A look that fails is no reason not to store them:
/// the name is there when the page asks again.
async fn of_new(db: &Db, batch: &Batch) -> Names {
    let new = batch.entries.iter().filter(|entry| entry.place.is_none());
    let numbers: Vec<&str> =
        new.filter_map(|entry| Some(entry.record.caller.phone.as_ref()?.as_str())).collect();
    Names(known(db, &numbers).await.unwrap_or_default())
}

impl Names {
    /// The call with its caller's name, where it is among these.
    pub(super) fn named(&self, call: &Arc<Call>) -> Arc<Call> {
        let Some(card) = number(call).and_then(|number| self.0.get(number)) else {
            return call.clone();
        };
        let mut named = Call::clone(call);
        named.caller.contact = Some(card.clone());
        named.into()
    }
}
