//! What faults and work orders are called, for rooms on lower floors.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::READERS;
use crate::db;
use crate::web::{KnowsSubjects, Named, OnDuty, Want};

struct Names;

/// What faults and work orders are called: by their numbers.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["faults", "work-orders"]
    }

    fn names<'a>(
        &'a self,
        _want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            let may = reader.roles.has_any(READERS);
            let named = |subject: &&str| {
                let no = subject.split('/').nth(1)?;
                let at = subject.split('/').take(2).collect::<Vec<_>>().join("/");
                let named = Named { text: no.to_owned(), href: Some(format!("/{at}")) };
                Some(((*subject).to_owned(), named))
            };
            Ok(subjects.iter().filter(|_| may).filter_map(named).collect())
        }
        .boxed()
    }
}
