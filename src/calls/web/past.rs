//! The calls of somebody on their card, and under their number for whoever asks what we hold.

use futures_util::future::{BoxFuture, FutureExt as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::LiveCalls;
use super::super::store::{self, CallerFilter, Filter};
use super::row::Row;
use super::{made, sight};
use crate::contacts::{Holds, Knows, Past, PastLine, Someone};
use crate::db::{self, Db, Tx};
use crate::directory;
use crate::web::{OnDuty, Want};

/// What the log knows of people: for [`crate::contacts::Panel::knowing`] and `holding`.
pub struct PastCalls(pub LiveCalls);

/// So many calls are on a card; the log has the others.
const SHOWN: usize = 10;

impl Knows for PastCalls {
    fn past<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        someone: &'a Someone,
    ) -> BoxFuture<'a, db::Result<Vec<Past>>> {
        past(want, reader, someone).boxed()
    }
}

async fn past(want: &Want, reader: &OnDuty, someone: &Someone) -> db::Result<Vec<Past>> {
    if !sight::reads(reader) {
        return Ok(Vec::new());
    }
    let closed = reader.closed.clone();
    let mut calls = Vec::new();
    for number in &someone.numbers {
        let caller = Some(CallerFilter::Number(number.clone()));
        let filter = Filter { caller, closed: closed.clone(), ..Filter::default() };
        calls.extend(store::page(&want.kit.db, &filter, SHOWN, None).await?.items);
    }
    calls.sort_by_key(|call| (std::cmp::Reverse(call.offered_at), std::cmp::Reverse(call.id)));
    calls.dedup_by_key(|call| call.id);
    calls.truncate(SHOWN);
    let (l, spelling) = (want.messages(), want.spelling());
    let line = |call| {
        let call = sight::seen(call, reader, &closed, want.now);
        let row = Row::of(&l, spelling, &call, None);
        PastLine {
            when: row.when,
            href: Some(format!("/calls/{}", row.id)),
            text: row.hotline,
            aside: row.by,
            tag: Some(row.outcome),
            tint: row.tint,
        }
    };
    let all = someone.numbers.first().map(|number| {
        let number = utf8_percent_encode(number, NON_ALPHANUMERIC);
        (format!("/calls?caller={number}"), l.contacts_past_all().to_string())
    });
    Ok(vec![Past {
        title: l.contacts_past_calls().to_string(),
        icon: "phone",
        lines: calls.into_iter().map(line).collect(),
        all,
    }])
}

/// Everything under a number, for whoever it belongs to: colleagues who are restricted stay so.
async fn held(db: &Db, number: &str) -> db::Result<Value> {
    let closed = directory::store::restricted::closed_to_all(db).await?;
    let mut calls = store::held(db, number).await?;
    for call in &mut calls {
        let caller = call.caller.clone();
        sight::close(call, &closed);
        call.caller = caller;
    }
    Ok(json!(calls))
}

impl Holds for PastCalls {
    fn room(&self) -> &'static str {
        "calls"
    }

    fn held<'a>(&'a self, db: &'a Db, number: &'a str) -> BoxFuture<'a, db::Result<Value>> {
        held(db, number).boxed()
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.0.written().boxed()
    }

    fn erase<'a>(&'a self, tx: &'a mut Tx, number: &'a str) -> BoxFuture<'a, db::Result<u64>> {
        store::erase(tx, number).boxed()
    }
}

/// The calls we made to people: for `knowing` and `holding`.
pub struct PastOutgoing;

impl Knows for PastOutgoing {
    fn past<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        someone: &'a Someone,
    ) -> BoxFuture<'a, db::Result<Vec<Past>>> {
        made::past(want, reader, &someone.numbers).boxed()
    }
}

impl Holds for PastOutgoing {
    fn room(&self) -> &'static str {
        "outgoing_calls"
    }

    fn held<'a>(&'a self, db: &'a Db, number: &'a str) -> BoxFuture<'a, db::Result<Value>> {
        store::held_outgoing(db, number).boxed()
    }

    fn erase<'a>(&'a self, tx: &'a mut Tx, number: &'a str) -> BoxFuture<'a, db::Result<u64>> {
        store::erase_outgoing(tx, number).boxed()
    }
}
