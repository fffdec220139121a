//! What bookings, those who wait, and banquets are called, for rooms on lower floors.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::READERS;
use crate::db;
use crate::web::{KnowsSubjects, Named, OnDuty, Want};

struct Names;

/// What bookings, those who wait, and banquets are called.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["bookings", "waitlist", "banquets"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            let l = want.messages();
            let named = |subject: &&str| {
                let (room, which) = subject.split_once('/')?;
                let (text, href) = match room {
                    "bookings" => (which.to_owned(), format!("/bookings/{which}")),
                    "waitlist" => (l.bookings_waitlist().to_string(), "/waitlist".to_owned()),
                    "banquets" => (l.bookings_banquets().to_string(), "/banquets".to_owned()),
                    _ => return None,
                };
                Some(((*subject).to_owned(), Named { text, href: Some(href) }))
            };
            let may = reader.roles.has_any(READERS);
            Ok(subjects.iter().filter(|_| may).filter_map(named).collect())
        }
        .boxed()
    }
}
