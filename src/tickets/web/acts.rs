//! What is done to a work order by its page.

use axum::extract::State as Given;
use axum::response::Response;
use serde::Deserialize;

use super::super::desk::{Doing, Trouble};
use super::super::order::{Details, Refusal, Verb};
use super::changed::twice;
use super::orders::{or_current, shown};
use super::{Panel, WRITERS};
use crate::kernel::{Moment, Role};
use crate::web::{At, Input, Problem, Reader, Want, maybe_number, maybe_text};

/// What comes with an act on an order.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Acted {
    #[serde(default)]
    pub(super) at: Option<Moment>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) reason: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) cause: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) work_done: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) parts: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) readings: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) next_step: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) fee_fen: Option<i64>,
    /// In yuan, as a form has it.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) fee: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) customer: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) satisfaction: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) unsigned_why: Option<String>,
    /// What was ticked since of what is to do, a line each.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) ticked: Option<String>,
    /// What was ticked and is not any more.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) unticked: Option<String>,
}

impl Acted {
    pub(super) fn details(self) -> Details {
        let fee_fen = self.fee_fen.or_else(|| fen(self.fee.as_deref()?)).unwrap_or(0);
        Details {
            reason: self.reason.unwrap_or_default(),
            cause: self.cause.unwrap_or_default(),
            work_done: self.work_done.unwrap_or_default(),
            parts: self.parts.unwrap_or_default(),
            readings: self.readings.unwrap_or_default(),
            next_step: self.next_step.unwrap_or_default(),
            fee_fen,
            customer: self.customer.unwrap_or_default(),
            satisfaction: self.satisfaction,
            unsigned_why: self.unsigned_why.unwrap_or_default(),
            ticked: self.ticked.unwrap_or_default(),
            unticked: self.unticked.unwrap_or_default(),
        }
    }
}

/// `120.50` yuan in fen; what cannot be read is -1, which no rule lets pass.
fn fen(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches(['¥', '￥']).trim_end_matches('元').trim();
    if text.is_empty() {
        return None;
    }
    let (yuan, rest) = text.split_once('.').unwrap_or((text, ""));
    let cents: String = rest.chars().chain("00".chars()).take(2).collect();
    let read = yuan.replace(',', "").parse::<i64>().ok().zip(cents.parse::<i64>().ok());
    let read = read.filter(|(_, cents)| rest.len() <= 2 && *cents >= 0);
    let sum = read.and_then(|(yuan, cents)| yuan.checked_mul(100)?.checked_add(cents));
    Some(sum.unwrap_or(-1))
}

pub(super) async fn act(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At((no, verb)): At<(String, String)>,
    Input(acted): Input<Acted>,
) -> Result<Response, Problem> {
    let verb: Verb = verb.parse().map_err(|_| Problem::not_found())?;
    let dispatcher = reader.roles.has_any(WRITERS);
    if matches!(verb, Verb::Issue | Verb::Silence) || !verb.is_engineers() && !dispatcher {
        return Err(if verb == Verb::Issue || verb == Verb::Silence {
            Problem::not_found()
        } else {
            Problem::forbidden()
        });
    }
    if !dispatcher {
        reader.may(&[Role::Engineer])?;
    }
    let doing = Doing {
        no: no.clone(),
        verb,
        at: acted.at.unwrap_or(want.now),
        details: acted.details(),
        op_id: None,
        late: false,
        for_others: dispatcher,
    };
    let done = panel.desk.do_order(want.stamp(), doing).await;
    let first = if let Err(Trouble::Order(Refusal::NoSuchMove(_), now)) = &done {
        twice(&want, now, verb).await?
    } else {
        None
    };
    let done = or_current(&want, &no, done).await.map_err(|problem| match first {
        Some(said) => problem.because(move |_| said.clone()),
        None => problem,
    })?;
    let mine = reader.roles.has(Role::Engineer) && !dispatcher;
    let place = if mine { "/my/jobs".to_owned() } else { format!("/work-orders/{no}") };
    shown(&want, &reader, &place, done.order).await
}
