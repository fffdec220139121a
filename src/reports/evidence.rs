//! The evidence of one call, for disputes: what was seen of it, message by message, under one hash.
//!
//! The same call gives the same bytes and the same hash as long as nothing about it changes, so two
//! people who were given the evidence at different times can compare.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::calls::store::{self, Message, Outage, StoryLine};
use crate::calls::{self, Call};
use crate::db::{Db, Result};
use crate::kernel::{CallId, Closed, Moment};

/// Everything that is kept of a call.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Evidence {
    /// The site's name.
    pub(super) site: String,
    /// The call.
    pub(super) call: Call,
    /// What happened to it, in order.
    pub(super) story: Vec<StoryLine>,
    /// The signalling, credentials removed.
    pub(super) ladder: Vec<Message>,
    /// When something could not be heard while it lived.
    pub(super) outages: Vec<Outage>,
}

/// The evidence in the form that is hashed, and its hash.
pub(super) struct Sealed {
    /// JSON without white space, keys in the order of their letters, texts unescaped where JSON
    /// allows: what Python writes with `sort_keys`, `separators=(',', ':')`, `ensure_ascii=False`.
    pub(super) document: String,
    /// SHA-256 of it in hex.
    pub(super) sha256: String,
}

/// Gathers the evidence of a call.
pub(super) async fn gather(db: &Db, site: &str, id: CallId, now: Moment) -> Result<Evidence> {
    let call = store::call(db, id).await?;
    let until = call.ended_at.unwrap_or(now);
    Ok(Evidence {
        site: site.to_owned(),
        story: store::story(db, id).await?,
        ladder: store::ladder(db, id).await?,
        outages: store::outages_between(db, call.offered_at, until).await?,
        call,
    })
}

impl Evidence {
    /// The same without numbers that are closed to its reader; it is another document then, with a
    /// hash of its own.
    pub(super) fn without(mut self, closed: &Closed) -> Self {
        calls::close(&mut self.call, closed);
        calls::close_ladder(&mut self.ladder, closed);
        for message in &mut self.ladder {
            message.leg = closed.wire(&message.leg);
        }
        self
    }
}

/// Writes it down in its one form and hashes it.
pub(super) fn seal(evidence: &Evidence) -> serde_json::Result<Sealed> {
    // a Value keeps its keys sorted
    let value: Value = serde_json::to_value(evidence)?;
    let document = serde_json::to_string(&value)?;
    let sha256 = hex::encode(Sha256::digest(document.as_bytes()));
    Ok(Sealed { document, sha256 })
}
