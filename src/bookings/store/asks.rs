//! Who was asked to take a banquet up, until when they had time, and how that ended.

use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{Moment, NoticeId, StaffId};

statements! {
    /// Somebody is asked; nobody by name is the head.
    ADD = "INSERT INTO banquet_asks (banquet_id, staff_id, notice_id, asked_at, due_at) VALUES ($1, $2, $3, $4, $5)";
    /// Who was asked for a banquet so far.
    ASKED = "SELECT staff_id FROM banquet_asks WHERE banquet_id = $1 AND staff_id IS NOT NULL ORDER BY id";
    /// Who is asked now, for all banquets.
    OPEN = "SELECT a.banquet_id, coalesce(s.name, '') AS name, a.due_at FROM banquet_asks a
            LEFT JOIN staff s ON s.id = a.staff_id WHERE a.ended_at IS NULL ORDER BY a.banquet_id";
    /// Who is asked now for a banquet.
    OPEN_FOR = "SELECT a.banquet_id, coalesce(s.name, '') AS name, a.due_at FROM banquet_asks a
                LEFT JOIN staff s ON s.id = a.staff_id WHERE a.ended_at IS NULL AND a.banquet_id = $1";
    /// Which banquet a notice asks for.
    BY_NOTICE = "SELECT banquet_id FROM banquet_asks WHERE notice_id = $1 AND ended_at IS NULL";
    /// When the next one's time is over.
    NEXT_DUE = "SELECT min(due_at) AS due FROM banquet_asks WHERE ended_at IS NULL AND due_at IS NOT NULL";
    /// Whose time is over.
    DUE = "SELECT a.banquet_id, coalesce(s.name, '') AS name, a.due_at FROM banquet_asks a
           LEFT JOIN staff s ON s.id = a.staff_id WHERE a.ended_at IS NULL AND a.due_at <= $1 ORDER BY a.due_at, a.id";
    /// They are asked no more.
    END = "UPDATE banquet_asks SET ended_at = $2, how = $3 WHERE banquet_id = $1 AND ended_at IS NULL";
}

/// Somebody who is asked.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::bookings) struct Ask {
    /// For which banquet.
    pub(in crate::bookings) banquet_id: i64,
    /// Who, by name; empty is the head.
    pub(in crate::bookings) name: String,
    /// Until when.
    pub(in crate::bookings) due_at: Option<Moment>,
}

/// Somebody is asked from now on.
pub(in crate::bookings) async fn add_in(
    tx: &mut Tx,
    banquet: i64,
    staff: Option<StaffId>,
    notice: NoticeId,
    due: Option<Moment>,
) -> Result<()> {
    let now = tx.now();
    let add = tx.q(ADD).bind(banquet).bind(staff).bind(notice).bind(now).bind(due);
    add.run().await.map(drop)
}

/// Who was asked so far.
pub(in crate::bookings) async fn asked_in(tx: &mut Tx, banquet: i64) -> Result<Vec<StaffId>> {
    tx.q(ASKED).bind(banquet).values().await
}

/// Who is asked now, for all banquets.
pub(in crate::bookings) async fn open(db: &Db) -> Result<Vec<Ask>> {
    db.read(OPEN).all().await
}

/// Who is asked now for a banquet.
pub(in crate::bookings) async fn open_in(tx: &mut Tx, banquet: i64) -> Result<Option<Ask>> {
    tx.q(OPEN_FOR).bind(banquet).maybe().await
}

/// The banquet that a notice asks for, while it does.
pub(in crate::bookings) async fn by_notice_in(tx: &mut Tx, id: NoticeId) -> Result<Option<i64>> {
    Ok(tx.q(BY_NOTICE).bind(id).maybe::<(i64,)>().await?.map(|(banquet,)| banquet))
}

/// When the next one's time is over.
pub(in crate::bookings) async fn next_due(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_DUE).value().await
}

/// Whose time is over, in order.
pub(in crate::bookings) async fn due_in(tx: &mut Tx, due: Moment) -> Result<Vec<Ask>> {
    tx.q(DUE).bind(due).all().await
}

/// Whoever is asked for a banquet is asked no more: `over`, `answered`, `silent`.
pub(in crate::bookings) async fn end_in(tx: &mut Tx, banquet: i64, how: &str) -> Result<()> {
    let now = tx.now();
    tx.q(END).bind(banquet).bind(now).bind(how).run().await.map(drop)
}
