//! What cards are called, for rooms that show what was done to one.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::super::sight::{Sight, sight, without};
use super::super::store;
use crate::db;
use crate::kernel::ContactId;
use crate::web::{KnowsSubjects, Named, OnDuty, Want, id_in};

struct Names;

/// What cards are called.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["contacts"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            if !matches!(sight(reader), Ok(Sight::Whole)) {
                return Ok(BTreeMap::new());
            }
            let asked: BTreeMap<ContactId, &str> = subjects
                .iter()
                .filter_map(|subject| Some((id_in::<ContactId>(subject, "contacts")?, *subject)))
                .collect();
            let ids: Vec<ContactId> = asked.keys().copied().collect();
            let cards = store::cards(&want.kit.db, &ids).await?.into_iter();
            let named = cards.filter(|card| card.erased_at.is_none()).filter_map(|card| {
                let (id, subject) = (card.id, asked.get(&card.id)?);
                let text = without(card, &reader.closed).name;
                let href = Some(format!("/contacts/{id}"));
                Some(((*subject).to_owned(), Named { text, href }))
            });
            Ok(named.collect())
        }
        .boxed()
    }
}
