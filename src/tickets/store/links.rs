//! The answer links of messages about faults and orders: who holds one may say yes for one person.

use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{Moment, StaffId};

statements! {
    /// A new link; its key is kept as a fingerprint.
    ADD = "INSERT INTO fault_links (key, about, event, staff_id, made_at) VALUES ($1, $2, $3, $4, $5)";
    /// What a key is for.
    LINK = "SELECT l.about, l.event, l.staff_id, s.name, l.made_at, l.answered_at FROM fault_links l JOIN staff s ON s.id = l.staff_id WHERE l.key = $1";
    /// Every link a person holds about a record is answered, once.
    ANSWERED = "UPDATE fault_links SET answered_at = $3 WHERE about = $1 AND staff_id = $2 AND answered_at IS NULL";
    /// How many calls for help a person was told of a record and has not answered.
    HELPS = "SELECT count(*) AS number FROM fault_links WHERE about = $1 AND staff_id = $2 AND event = 'help' AND answered_at IS NULL";
    /// Links whose time is long past.
    FORGET = "DELETE FROM fault_links WHERE made_at < $1";
}

/// A link is good for so long, in milliseconds: a fault that old was told of again since.
const KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// What a link is for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Link {
    /// The record: `work-orders/W26-0198`.
    pub about: String,
    /// What was told: `offered`, `missed`, `nobody`, `help`.
    pub event: String,
    /// Whose it is.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// When it was sent.
    pub made_at: Moment,
    /// When they said yes.
    pub answered_at: Option<Moment>,
}

/// Keeps a new link by the fingerprint of its key, and forgets what is older than thirty days.
pub async fn add(tx: &mut Tx, key: &str, about: &str, event: &str, whose: StaffId) -> Result<()> {
    let now = tx.now();
    tx.keep(FORGET).bind(now.plus_millis(-KEPT_MS)).run().await?;
    let add = tx.q(ADD).bind(key).bind(about).bind(event);
    add.bind(whose).bind(now).run().await.map(drop)
}

/// What the fingerprint of a key is for.
pub async fn by_key(db: &Db, key: &str) -> Result<Option<Link>> {
    db.read(LINK).bind(key).maybe().await
}

/// Whether a person was told of a call for help and has not answered.
pub async fn is_asked_for_help(tx: &mut Tx, about: &str, whose: StaffId) -> Result<bool> {
    Ok(tx.q(HELPS).bind(about).bind(whose).value::<i64>().await? > 0)
}

/// A person has said yes about a record; `false` where nothing asked them, or they had.
pub async fn answered(tx: &mut Tx, about: &str, whose: StaffId) -> Result<bool> {
    let now = tx.now();
    Ok(tx.q(ANSWERED).bind(about).bind(whose).bind(now).run().await? > 0)
}
