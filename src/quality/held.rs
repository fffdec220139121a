//! Quality sheets, for whoever asks what the house holds under a number.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::store::erase;
use crate::contacts::Holds;
use crate::db::{self, Db, Tx};

/// What sheets hold of people who call.
pub struct Held;

impl Holds for Held {
    fn room(&self) -> &'static str {
        "quality"
    }

    fn held<'a>(&'a self, db: &'a Db, number: &'a str) -> BoxFuture<'a, db::Result<Value>> {
        erase::held(db, number).boxed()
    }

    fn erase<'a>(&'a self, tx: &'a mut Tx, number: &'a str) -> BoxFuture<'a, db::Result<u64>> {
        erase::erase(tx, number).boxed()
    }
}
