//! What faults, work orders and the summaries of them are called, for rooms on lower floors.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::READERS;
use crate::db;
use crate::web::{KnowsSubjects, Named, OnDuty, Want};

struct Names;

/// What faults and work orders are called: by their numbers; and summaries, by their day.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["faults", "work-orders", "reports"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            let may = reader.roles.has_any(READERS);
            let l = want.messages();
            let named = |subject: &&str| {
                let parts: Vec<&str> = subject.split('/').collect();
                let (text, href) = match parts.as_slice() {
                    ["reports", "faults", period, date] => (
                        format!("{} {date}", l.tickets_report()),
                        format!("/reports/faults?period={period}&date={date}"),
                    ),
                    ["reports", ..] | [_] | [] => return None,
                    [room, no, ..] => ((*no).to_owned(), format!("/{room}/{no}")),
                };
                Some(((*subject).to_owned(), Named { text, href: Some(href) }))
            };
            Ok(subjects.iter().filter(|_| may).filter_map(named).collect())
        }
        .boxed()
    }
}
