//! The one journal: who changed what, when, from what to what, and why. Append only.
//!
//! Holds ids and changes, not people's numbers and words: those live in rows that can be erased.
//! The number is taken under a row lock inside the transaction, so a reader that goes by number
//! misses nothing (an identity column is numbered before the commit and loses rows to its reader).

use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;

use super::{Db, Result, Tx, statements};
use crate::bus::News;
use crate::kernel::Moment;

statements! {
    /// Takes the next `$4` numbers and writes a batch under them: `$1` the rows as JSON, `$2` at, `$3` by.
    WRITE = sqlite "INSERT INTO journal (seq, at, by_staff, kind, subject, change, version, before, after, why)
                    SELECT h.seq + e.key + 1, coalesce(e.value->>'at', $2), $3, e.value->>'kind', e.value->>'subject', e.value->>'change',
                           e.value->>'version', e.value->'before', e.value->'after', e.value->>'why'
                    FROM journal_head h CROSS JOIN json_each($1) e;
                    UPDATE journal_head SET seq = seq + $4 RETURNING seq",
            postgres "SELECT journal_write($1, $2, $3, $4) AS seq";
    /// Rows after a number, oldest first, at most `$2`.
    AFTER = "SELECT seq, at, kind, subject, change, version FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2";
    /// Takes one's turn in the journal: until the end of this change nobody else's is committed.
    TURN = sqlite "SELECT seq FROM journal_head", postgres "SELECT seq FROM journal_head FOR UPDATE";
    /// The newest number.
    HEAD = "SELECT seq FROM journal_head";
}

/// One line of the journal to be.
#[expect(clippy::struct_field_names, reason = "the journal's column is called change")]
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// What sort of thing: `call`, `staff`, …; the event name on `/live`.
    pub kind: &'static str,
    /// Which: `calls/17`.
    pub subject: String,
    /// How: `ringing`, `answered`, `created`, …
    pub change: &'static str,
    /// The version of the record after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// When, where that is not the transaction's moment.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "millis")]
    pub at: Option<Moment>,
    /// What was there before; no personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there now; no personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The reason given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

#[expect(clippy::ref_option, reason = "serde hands fields by reference")]
fn millis<S: serde::Serializer>(at: &Option<Moment>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(Moment::millis).serialize(serializer)
}

impl Change {
    /// A line that says only what changed and how.
    pub fn new(kind: &'static str, subject: String, change: &'static str) -> Self {
        Self {
            kind,
            subject,
            change,
            version: None,
            at: None,
            before: None,
            after: None,
            why: None,
        }
    }

    /// Adds the version after the change.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// Says when it happened, where that is not the transaction's own moment.
    #[must_use]
    pub fn at(mut self, at: Moment) -> Self {
        self.at = Some(at);
        self
    }
}

pub(super) async fn write(tx: &mut Tx, changes: Vec<Change>) -> Result<Vec<News>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    let stamp = tx.notes.stamp;
    let write = tx.q(WRITE).bind(Json(&changes)).bind(stamp.now).bind(stamp.by).bind(count);
    let last: i64 = write.value().await?;
    Ok(told(changes, last - count, stamp.now))
}

/// Takes the journal's turn at once instead of before the commit.
pub(super) async fn turn(tx: &mut Tx) -> Result<()> {
    tx.keep(TURN).value::<i64>().await.map(drop)
}

/// What is told of lines that are in the journal, the first of them after `before`; `now` is the moment of
/// their change.
pub(super) fn told(changes: Vec<Change>, before: i64, now: Moment) -> Vec<News> {
    let news = changes.into_iter().zip(before + 1..).map(|(change, seq)| News {
        seq,
        at: change.at.unwrap_or(now),
        kind: change.kind.to_owned(),
        subject: change.subject,
        change: change.change.to_owned(),
        version: change.version,
    });
    news.collect()
}

/// The journal after a number, oldest first, at most `limit` rows.
pub async fn news_after(db: &Db, seq: i64, limit: i64) -> Result<Vec<News>> {
    db.read(AFTER).bind(seq).bind(limit).all().await
}

/// The newest number of the journal; 0 when nothing was written yet.
pub async fn head(db: &Db) -> Result<i64> {
    db.read(HEAD).value().await
}
