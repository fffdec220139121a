//! Answer links: only the fingerprint of a key is kept.

use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{NoticeId, StaffId};

statements! {
    /// A key for one person's answer: fingerprint, notice, person, now.
    ADD = "INSERT INTO notice_keys (key_hash, notice_id, staff_id, made_at) VALUES ($1, $2, $3, $4)";
    /// Whose answer a key gives.
    FIND = "SELECT notice_id, staff_id FROM notice_keys WHERE key_hash = $1";
}

pub(in crate::notices) async fn add(
    tx: &mut Tx,
    id: NoticeId,
    staff: StaffId,
    fingerprint: &str,
) -> Result<()> {
    let now = tx.now();
    tx.q(ADD).bind(fingerprint).bind(id).bind(staff).bind(now).run().await.map(drop)
}

/// Which notice a key answers, and for whom.
pub async fn by_key(db: &Db, fingerprint: &str) -> Result<Option<(NoticeId, StaffId)>> {
    db.read(FIND).bind(fingerprint).maybe().await
}
