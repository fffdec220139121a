//! Somebody is told nothing any more of a record: what still waits for them is taken back, the others are asked on.

use serde_json::json;

use super::super::ladder::Ladder;
use super::super::notice::State;
use super::{MISSING, MOVE, OF_ROLE, TOUCH, close, lock, record, record_for, settle_told, subject};
use crate::db::{Result, Tx, statements};
use crate::kernel::{NoticeId, StaffId};

statements! {
    /// Open notices about a record, with their kind.
    OPEN = "SELECT id, kind, ladder FROM notices WHERE about = $1 AND closed_at IS NULL ORDER BY id";
    /// The links by which this person could answer.
    DROP_KEYS = "DELETE FROM notice_keys WHERE notice_id = $1 AND staff_id = $2
                 AND EXISTS (SELECT 1 FROM notice_receipts r WHERE r.notice_id = $1 AND r.staff_id = $2 AND r.acked_at IS NULL)";
    /// They are not asked any more, where they have not answered.
    DROP = "DELETE FROM notice_receipts WHERE notice_id = $1 AND staff_id = $2 AND acked_at IS NULL";
    /// Whether anybody was asked at all.
    ANYBODY = "SELECT count(*) AS n FROM notice_receipts WHERE notice_id = $1";
    /// Other steps follow.
    CLIMB = "UPDATE notices SET ladder = $2 WHERE id = $1";
}

/// Takes back what waits for this person of the notices of a kind about a record; one that now reaches nobody is
/// closed.
pub async fn spare(tx: &mut Tx, about: &str, kind: &str, whom: StaffId) -> Result<()> {
    let open: Vec<(NoticeId, String, String)> = tx.q(OPEN).bind(about).all().await?;
    for (id, of, _) in open {
        if of == kind {
            take_back(tx, id, whom).await?;
        }
    }
    Ok(())
}

/// Nobody needs to answer notices of a kind about a record any more: it is settled.
pub async fn settle(tx: &mut Tx, about: &str, kind: &str) -> Result<()> {
    let open: Vec<(NoticeId, String, String)> = tx.q(OPEN).bind(about).all().await?;
    for (id, of, _) in open {
        if of == kind {
            close(tx, id, Some("settled".to_owned())).await?;
        }
    }
    Ok(())
}

/// Takes back what waits for somebody who is to hear nothing of a record, of every kind: nor are they told who is
/// silent about it. Says whether a notice about the record itself now reaches nobody.
pub async fn keep_from(tx: &mut Tx, about: &str, whom: StaffId) -> Result<bool> {
    let mut reaches_nobody = false;
    let mut left = vec![about.to_owned()];
    while let Some(one) = left.pop() {
        let open: Vec<(NoticeId, String, String)> = tx.q(OPEN).bind(&one).all().await?;
        for (id, _, ladder) in open {
            left.push(subject(id));
            if take_back(tx, id, whom).await? {
                // who was told that nobody answered hears it anew
                reaches_nobody |= one == about;
            } else if tells(tx, &super::ladder(&ladder), whom).await? {
                let only_ask = serde_json::to_string(&Ladder::only_ask());
                tx.q(CLIMB).bind(id).bind(only_ask.unwrap_or_default()).run().await?;
            }
        }
    }
    Ok(reaches_nobody)
}

/// Whether a ladder tells a role that this person has.
async fn tells(tx: &mut Tx, ladder: &Ladder, whom: StaffId) -> Result<bool> {
    for role in ladder.told() {
        let people: Vec<StaffId> = tx.q(OF_ROLE).bind(format!("%,{role},%")).values().await?;
        if people.contains(&whom) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// One notice waits for this person no more; whether it has reached nobody else, and is closed.
async fn take_back(tx: &mut Tx, id: NoticeId, whom: StaffId) -> Result<bool> {
    lock(tx, id).await?;
    tx.q(DROP_KEYS).bind(id).bind(whom).run().await?;
    if tx.q(DROP).bind(id).bind(whom).run().await? == 0 {
        return Ok(false);
    }
    let version = tx.q(TOUCH).bind(id).value().await?;
    record(tx, id, "withdrawn", version, Some(json!({ "staff": whom })));
    record_for(tx, id, &[whom], "withdrawn");
    let anybody: i64 = tx.q(ANYBODY).bind(id).value().await?;
    if anybody == 0 {
        close(tx, id, Some("settled".to_owned())).await?;
        return Ok(true);
    }
    let silent: Vec<StaffId> = tx.q(MISSING).bind(id).values().await?;
    if silent.is_empty() {
        let now = tx.now();
        let version = tx.q(MOVE).bind(id).bind(State::AllAcked.word()).bind(Some(now));
        let version = version.value().await?;
        record(tx, id, "all_acked", version, None);
        settle_told(tx, id).await?;
    }
    Ok(false)
}
