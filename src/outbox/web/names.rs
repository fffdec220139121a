//! What messages of the outbox are called, for rooms that show what happened to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::KEEPERS;
use crate::db;
use crate::web::{KnowsSubjects, Named, OnDuty, Want};

struct Names;

/// What messages of the outbox are called.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["outbox"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            let l = want.messages();
            let opens = reader.roles.has_any(KEEPERS);
            let named = subjects.iter().filter_map(|subject| {
                let id: i64 = subject.strip_prefix("outbox/")?.parse().ok()?;
                let href = opens.then(|| "/admin/outbox".to_owned());
                Some(((*subject).to_owned(), Named { text: l.outbox_one(id).to_string(), href }))
            });
            Ok(named.collect())
        }
        .boxed()
    }
}
