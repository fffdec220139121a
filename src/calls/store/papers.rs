//! What goes with the card of a call to be made: its papers, and its text where it was sent on
//! (operations.md clauses 2.1 and 2.3).

use serde::Serialize;
use sqlx::FromRow;

use super::plans::plan_subject;
use crate::db::{Change, Db, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, PlanId};
use crate::outbox::{self, NewMessage};

statements! {
    /// The papers of a card, oldest first.
    PAPERS = "SELECT p.id, p.name, p.mime, p.size, p.added_at, s.name AS added_by FROM call_plan_papers p JOIN staff s ON s.id = p.added_by
              WHERE p.plan_id = $1 ORDER BY p.id";
    /// The very same paper of a card.
    SAME = "SELECT id FROM call_plan_papers WHERE plan_id = $1 AND name = $2 AND bytes = $3";
    /// One more.
    ADD = "INSERT INTO call_plan_papers (plan_id, name, mime, size, added_by, added_at, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    /// What is in one.
    BYTES = "SELECT name, mime, bytes FROM call_plan_papers WHERE plan_id = $1 AND id = $2";
    /// One less.
    REMOVE = "DELETE FROM call_plan_papers WHERE plan_id = $1 AND id = $2";
    /// The papers of a card are nobody's any more.
    FORGET = "DELETE FROM call_plan_papers WHERE plan_id = $1";
    /// Where the text of a card went, oldest first.
    LETTERS = "SELECT l.id, o.channel, o.target, o.state, l.sent_at, s.name AS sent_by FROM call_plan_letters l
               JOIN outbox o ON o.id = l.outbox_id JOIN staff s ON s.id = l.sent_by WHERE l.plan_id = $1 ORDER BY l.id";
    /// It went there.
    SENT = "INSERT INTO call_plan_letters (plan_id, outbox_id, sent_by, sent_at) VALUES ($1, $2, $3, $4)";
}

/// A paper beside a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow, utoipa::ToSchema)]
pub struct Paper {
    /// Which.
    pub id: i64,
    /// Its file's name.
    pub name: String,
    /// `application/pdf`, `image/png`, `image/jpeg`, else `application/octet-stream`.
    pub mime: String,
    /// In bytes.
    pub size: i64,
    /// Since when.
    pub added_at: Moment,
    /// Who put it there.
    pub added_by: String,
}

/// A paper to be kept.
#[derive(Clone)]
pub struct NewPaper {
    /// Its file's name.
    pub name: String,
    /// See [`Paper::mime`].
    pub mime: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Where the text of a card was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow, utoipa::ToSchema)]
pub struct PlanLetter {
    /// Which.
    pub id: i64,
    /// `mail`, or the robot's kind: `wecom`, `dingtalk`, `feishu`, `webhook`.
    pub channel: String,
    /// The address, or the robot's name.
    pub target: String,
    /// What has become of it, as the outbox says: `waiting`, `sent`, `dead`, …
    pub state: String,
    /// When somebody sent it.
    pub sent_at: Moment,
    /// Who.
    pub sent_by: String,
}

/// The papers of a card, oldest first.
pub async fn papers(db: &Db, plan: PlanId) -> Result<Vec<Paper>> {
    db.read(PAPERS).bind(plan).all().await
}

/// What is in a paper: its name, what it is, its bytes.
pub async fn bytes(db: &Db, plan: PlanId, id: i64) -> Result<Option<(String, String, Vec<u8>)>> {
    db.read(BYTES).bind(plan).bind(id).maybe().await
}

/// Keeps a paper beside a card; the very same one again is the one that is there.
pub async fn add(db: &Db, stamp: Stamp, plan: PlanId, new: NewPaper) -> Result<i64> {
    db.write(stamp, move |tx| {
        let new = new.clone();
        Box::pin(async move {
            let same = tx.q(SAME).bind(plan).bind(new.name.clone()).bind(new.bytes.clone());
            if let Some((id,)) = same.maybe().await? {
                return Ok(id);
            }
            let (now, by) = (tx.now(), tx.by());
            let size = i64::try_from(new.bytes.len()).unwrap_or(i64::MAX);
            let add = tx.q(ADD).bind(plan).bind(new.name).bind(new.mime).bind(size).bind(by);
            let id: i64 = add.bind(now).bind(new.bytes).value().await?;
            told(tx, plan, "added", id);
            Ok(id)
        })
    })
    .await
}

/// Takes a paper away; whether it was there.
pub async fn remove(db: &Db, stamp: Stamp, plan: PlanId, id: i64) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let gone = tx.q(REMOVE).bind(plan).bind(id).run().await? > 0;
            if gone {
                told(tx, plan, "removed", id);
            }
            Ok(gone)
        })
    })
    .await
}

fn told(tx: &mut Tx, plan: PlanId, change: &'static str, paper: i64) {
    let mut line = Change::new("call_plan", plan_subject(plan), change);
    line.after = Some(serde_json::json!({ "paper": paper }));
    tx.record(line);
}

/// A card says nothing any more: nor do its papers, nor what was sent of it.
pub(super) async fn forget(tx: &mut Tx, plan: PlanId) -> Result<()> {
    tx.q(FORGET).bind(plan).run().await?;
    outbox::store::erase::about(tx, &plan_subject(plan)).await.map(drop)
}

/// Where the text of a card went, oldest first.
pub async fn letters(db: &Db, plan: PlanId) -> Result<Vec<PlanLetter>> {
    db.read(LETTERS).bind(plan).all().await
}

/// Sends the text of a card on.
pub async fn send(db: &Db, stamp: Stamp, plan: PlanId, letter: NewMessage) -> Result<()> {
    db.write(stamp, move |tx| {
        let letter = letter.clone();
        Box::pin(async move {
            let (now, by) = (tx.now(), tx.by());
            let id = outbox::store::put(tx, &letter).await?;
            tx.q(SENT).bind(plan).bind(id).bind(by).bind(now).run().await?;
            tx.record(Change::new("call_plan", plan_subject(plan), "sent"));
            Ok(())
        })
    })
    .await
}
