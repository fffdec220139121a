//! What people and programs are called, for rooms that show who did something.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::super::store;
use super::KEEPERS;
use crate::db;
use crate::kernel::StaffId;
use crate::web::{KnowsSubjects, Named, OnDuty, Want, id_in};

struct Names;

/// What people are called.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["staff"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            let everyone = store::everyone(&want.kit.db).await?.into_iter();
            let known: BTreeMap<_, _> = everyone.map(|one| (one.id, one.name)).collect();
            let opens = reader.roles.has_any(KEEPERS);
            let named = subjects.iter().filter_map(|subject| {
                let id = id_in::<StaffId>(subject, "staff")?;
                let href = opens.then(|| format!("/staff/{id}"));
                Some(((*subject).to_owned(), Named { text: known.get(&id)?.clone(), href }))
            });
            Ok(named.collect())
        }
        .boxed()
    }
}
