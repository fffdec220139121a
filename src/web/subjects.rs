//! What a subject such as `calls/17` is called, for those who may know it.
//!
//! Rooms on lower floors show what is about records of higher floors: the journal, notices, follow-ups.
//! Each room hands in a [`KnowsSubjects`] for its own records; the roof collects them. What nobody
//! names to a reader is shown as its bare number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{OnDuty, Want};
use crate::db;

/// A record by its name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Named {
    /// In the reader's language, with no more than this reader may know.
    pub text: String,
    /// Its page, where the reader may open it.
    pub href: Option<String>,
}

/// A room that knows what its records are called.
pub trait KnowsSubjects: Send + Sync + 'static {
    /// The first part of its subjects: `calls`.
    fn rooms(&self) -> &'static [&'static str];

    /// The names of those of these subjects that this reader may know.
    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>>;
}

/// All who know names. Cheap to clone.
#[derive(Clone)]
pub struct Subjects(Arc<[Arc<dyn KnowsSubjects>]>);

impl Subjects {
    /// Collects them.
    pub fn new(rooms: Vec<Arc<dyn KnowsSubjects>>) -> Self {
        Self(rooms.into())
    }

    /// The names of these subjects, as far as this reader may know them.
    pub async fn names<'s>(
        &self,
        want: &Want,
        reader: &OnDuty,
        subjects: impl IntoIterator<Item = &'s str>,
    ) -> db::Result<BTreeMap<String, Named>> {
        let all: BTreeSet<&str> = subjects.into_iter().collect();
        let mut named = BTreeMap::new();
        for room in self.0.iter() {
            let own = |subject: &&str| {
                let first = subject.split('/').next().unwrap_or_default();
                room.rooms().contains(&first)
            };
            let asked: Vec<&str> = all.iter().copied().filter(own).collect();
            if !asked.is_empty() {
                named.append(&mut room.names(want, reader, &asked).await?);
            }
        }
        Ok(named)
    }
}

/// The number in a subject such as `calls/17` or `calls/17/notes`.
pub fn id_in<T: std::str::FromStr>(subject: &str, room: &str) -> Option<T> {
    let rest = subject.strip_prefix(room)?.strip_prefix('/')?;
    rest.split('/').next()?.parse().ok()
}
