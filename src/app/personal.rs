//! Everything the house holds of people who call, room by room, for whoever asks; and how they are taken
//! out of it.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::contacts::{Holds, Knows};
use crate::db::{self, Db, Tx};
use crate::kernel::spellings;
use crate::{bookings, calls, followups, messages, outbox, quality, tickets, web};

/// What has been with somebody, in the order in which their card shows it.
pub(super) fn known(live: &calls::LiveCalls) -> Vec<Arc<dyn Knows>> {
    vec![Arc::new(calls::PastCalls(live.clone())), Arc::new(calls::PastOutgoing)]
}

/// The rooms, in the order in which they are asked. What came of a call is found by it, so calls are the
/// last; after them only words in which the number stands.
pub(super) fn rooms(live: &calls::LiveCalls) -> Vec<Arc<dyn Holds>> {
    vec![
        Arc::new(messages::Held),
        Arc::new(tickets::Held),
        Arc::new(bookings::Held),
        Arc::new(quality::Held),
        Arc::new(calls::PastOutgoing),
        Arc::new(calls::PastCalls(live.clone())),
        Arc::new(Words),
    ]
}

/// Tasks, notices and messages that say a number without being about a record of it, and the answers kept
/// for programs that ask twice.
struct Words;

impl Holds for Words {
    fn room(&self) -> &'static str {
        "words"
    }

    fn held<'a>(&'a self, db: &'a Db, number: &'a str) -> BoxFuture<'a, db::Result<Value>> {
        async move {
            let mut all = Vec::new();
            for pattern in spellings(number) {
                for id in followups::store::erase::saying_ids(db, &pattern).await? {
                    all.push(json!({ "follow_up": id }));
                }
            }
            all.dedup();
            Ok(Value::Array(all))
        }
        .boxed()
    }

    fn erase<'a>(&'a self, tx: &'a mut Tx, number: &'a str) -> BoxFuture<'a, db::Result<u64>> {
        async move {
            let mut done = 0;
            for pattern in spellings(number) {
                done += followups::store::erase::saying(tx, &pattern).await?;
                done += outbox::store::erase::saying(tx, &pattern).await?;
            }
            web::store::forget_answers(tx).await?;
            Ok(done)
        }
        .boxed()
    }
}
