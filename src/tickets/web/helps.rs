//! Calls for help from the road, where the desk looks: on the board, on the fault, on the console; until somebody takes
//! them.

use axum::extract::State as Given;
use axum::response::Response;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::super::store::helps;
use super::{Panel, READERS, WRITERS, views};
use crate::calls::{Agenda, AgendaAct, AgendaItem, HasAgenda, Link, Tag};
use crate::db;
use crate::kernel::Moment;
use crate::web::{At, OnDuty, Problem, Reader, Want};

/// Calls for help, for the console.
pub struct CallsForHelp;

/// Somebody on the road who waits for help.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Waits {
    pub(super) no: String,
    pub(super) at: Moment,
    pub(super) name: String,
    pub(super) text: String,
    #[serde(skip)]
    pub(super) when: String,
}

/// All who wait for help, as this reader may be told of it.
pub(super) async fn waiting(want: &Want, reader: &OnDuty) -> db::Result<Vec<Waits>> {
    let all = helps::open(&want.kit.db).await?.into_iter();
    let told = all.map(|one| Waits {
        when: super::board::when(want, one.at),
        text: reader.closed.text(&one.text),
        no: one.no,
        at: one.at,
        name: one.name,
    });
    Ok(told.collect())
}

impl HasAgenda for CallsForHelp {
    fn agenda<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
    ) -> BoxFuture<'a, db::Result<Option<Agenda>>> {
        Box::pin(async move {
            if !reader.roles.has_any(READERS) {
                return Ok(None);
            }
            let waiting = waiting(want, reader).await?;
            if waiting.is_empty() {
                return Ok(None);
            }
            let l = want.messages();
            let takes = reader.roles.has_any(WRITERS) && reader.in_browser();
            let item = |one: &Waits| AgendaItem {
                href: format!("/faults/{}", one.no),
                text: [one.name.as_str(), one.text.as_str()].join(" ").trim().to_owned(),
                aside: [one.when.as_str(), one.no.as_str()].join(&l.layout_dot().to_string()),
                overdue: true,
                tag: Some(Tag { text: l.tickets_verb_help().to_string(), tint: "t4" }),
                acts: takes
                    .then(|| take(one, l.tickets_help_take().to_string()))
                    .into_iter()
                    .collect(),
                ..AgendaItem::default()
            };
            Ok(Some(Agenda {
                kind: "help",
                title: l.tickets_helps().to_string(),
                count: waiting.len(),
                all: Some(Link {
                    href: "/faults".to_owned(),
                    label: l.tickets_board().to_string(),
                }),
                items: waiting.iter().map(item).collect(),
            }))
        })
    }
}

fn take(one: &Waits, label: String) -> AgendaAct {
    AgendaAct { action: format!("/faults/{}/helping", one.no), label, key: 't' }
}

pub(super) async fn take_up(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let ticket = panel.desk.help_taken(want.stamp(), &no).await?;
    want.done(&format!("/faults/{no}"), &views::ticket(&want, &reader, ticket).await?)
}
