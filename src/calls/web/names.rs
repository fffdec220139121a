//! What calls are called, for rooms on lower floors: who rang, as far as the reader may know.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::super::store;
use super::{say, sight};
use crate::db;
use crate::kernel::CallId;
use crate::web::{KnowsSubjects, Named, OnDuty, Want, id_in};

struct Names;

/// What calls are called.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["calls"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            let mut named = BTreeMap::new();
            if !sight::reads(reader) {
                return Ok(named);
            }
            let closed = reader.closed.clone();
            for subject in subjects {
                if subject.starts_with("calls/missed/") {
                    let text = want.messages().missed_title().to_string();
                    let href = Some("/calls/missed".to_owned());
                    named.insert((*subject).to_owned(), Named { text, href });
                    continue;
                }
                let Some(id) = id_in::<CallId>(subject, "calls") else { continue };
                match store::call(&want.kit.db, id).await {
                    Ok(call) => {
                        let call = sight::seen(call, reader, &closed, want.now);
                        let text = say::who(&want.messages(), &call);
                        let href = Some(format!("/calls/{id}"));
                        named.insert((*subject).to_owned(), Named { text, href });
                    }
                    Err(db::Error::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(named)
        }
        .boxed()
    }
}
