//! What rooms on higher floors know of somebody on a card, and what they hold of a person who asks.
//! A room above implements these, the app hands them in.

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use serde_json::Value;

use crate::db::{self, Db, Tx};
use crate::kernel::ContactId;
use crate::web::{OnDuty, Want};

/// Who is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Someone {
    /// Their card and those that were merged into it.
    pub ids: Vec<ContactId>,
    /// Every number of theirs, as a call has it.
    pub numbers: Vec<String>,
}

/// A room that knows what has been with somebody: their calls, faults, bookings.
pub trait Knows: Send + Sync + 'static {
    /// What this reader may see of it, in their language, the newest first; a card shows it.
    fn past<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        someone: &'a Someone,
    ) -> BoxFuture<'a, db::Result<Vec<Past>>>;

    /// Whether this reader, who may not look through all cards, has to know this person now: an
    /// engineer whose open work order is theirs, a greeter who expects them today.
    fn needed<'a>(
        &'a self,
        _db: &'a Db,
        _reader: &'a OnDuty,
        _someone: &'a Someone,
    ) -> BoxFuture<'a, db::Result<bool>> {
        ready(Ok(false)).boxed()
    }
}

/// One heading of a card with its lines. Every text is in the reader's language.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Past {
    /// The heading: `来电记录`.
    pub title: String,
    /// The icon beside it: a name after `i-` in the sprite.
    #[serde(skip)]
    pub icon: &'static str,
    /// The newest first.
    pub lines: Vec<PastLine>,
    /// Where all of them are, and the words of that link.
    pub all: Option<(String, String)>,
}

/// One line under a heading.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct PastLine {
    /// When, as the reader reads it.
    pub when: String,
    /// Its page.
    pub href: Option<String>,
    /// What it was.
    pub text: String,
    /// More of it, in grey.
    pub aside: String,
    /// Its state.
    pub tag: Option<String>,
    /// The tint of the state: `t1` green, `t2` amber, `t3` orange, `t4` red, or nothing.
    #[serde(skip)]
    pub tint: &'static str,
}

/// A room that holds something under a telephone number.
pub trait Holds: Send + Sync + 'static {
    /// The name of the room, for programs: `calls`.
    fn room(&self) -> &'static str;

    /// Everything it holds under this number, for the person who asks; a list.
    fn held<'a>(&'a self, db: &'a Db, number: &'a str) -> BoxFuture<'a, db::Result<Value>>;

    /// Has everything stored that waits to be: what comes in after an erasure would stay.
    fn settle(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Erases it as part of the change; how many records were touched. Figures stay, people go.
    fn erase<'a>(&'a self, tx: &'a mut Tx, number: &'a str) -> BoxFuture<'a, db::Result<u64>>;
}
