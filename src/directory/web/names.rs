//! What people of the directory are called, for rooms that show who was looked up.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::super::store;
use super::READERS;
use crate::db;
use crate::kernel::PersonId;
use crate::web::{KnowsSubjects, Named, OnDuty, Want, id_in};

struct Names;

/// What people of the directory are called: their names are open to all who may look people up.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["directory"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            if subjects.is_empty() || !reader.roles.has_any(READERS) {
                return Ok(BTreeMap::new());
            }
            let everyone = store::all(&want.kit.db).await?.into_iter();
            let known: BTreeMap<_, _> = everyone.map(|one| (one.id, one.draft.name)).collect();
            let named = subjects.iter().filter_map(|subject| {
                let id = id_in::<PersonId>(subject, "directory")?;
                let text = known.get(&id)?.clone();
                let href = Some(format!("/directory/{id}"));
                Some(((*subject).to_owned(), Named { text, href }))
            });
            Ok(named.collect())
        }
        .boxed()
    }
}
