//! The roster as it is kept.

use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, ShiftId, StaffId};
use crate::shifts::roster::{Kind, NewShift, Shift};

use super::touch;

statements! {
    /// Shifts that touch a stretch of time, `$1` to `$2`.
    BETWEEN = "SELECT s.id, s.staff_id, p.name, s.role, s.hotline, s.kind, s.rank, s.from_at, s.to_at FROM shifts s
               JOIN staff p ON p.id = s.staff_id
               WHERE s.removed_at IS NULL AND s.from_at < $2 AND s.to_at > $1 ORDER BY s.from_at, s.kind DESC, s.rank, s.id";
    /// One of the roster.
    BY_ID = "SELECT s.id, s.staff_id, p.name, s.role, s.hotline, s.kind, s.rank, s.from_at, s.to_at FROM shifts s
             JOIN staff p ON p.id = s.staff_id WHERE s.removed_at IS NULL AND s.id = $1";
    /// A new one: whose, role, hotline, kind, rank, from, to.
    ADD = "INSERT INTO shifts (staff_id, role, hotline, kind, rank, from_at, to_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    /// Takes one off the roster.
    REMOVE = "UPDATE shifts SET removed_at = $2, version = version + 1 WHERE id = $1 AND removed_at IS NULL RETURNING version";
}

/// The refusal of a shift at which the person already has another of its kind.
pub const OVERLAP: &str = "shift_overlap";

#[derive(sqlx::FromRow)]
struct Row {
    id: ShiftId,
    staff_id: StaffId,
    name: String,
    role: String,
    hotline: Option<String>,
    kind: String,
    rank: i64,
    from_at: Moment,
    to_at: Moment,
}

impl TryFrom<Row> for Shift {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unreadable = || Error::Unreadable(format!("shifts/{}", row.id));
        Ok(Self {
            role: row.role.parse().map_err(|_| unreadable())?,
            kind: Kind::from_name(&row.kind).ok_or_else(unreadable)?,
            id: row.id,
            staff: row.staff_id,
            name: row.name,
            hotline: row.hotline,
            rank: row.rank,
            from: row.from_at,
            to: row.to_at,
        })
    }
}

fn shifts(rows: Vec<Row>) -> Result<Vec<Shift>> {
    rows.into_iter().map(Shift::try_from).collect()
}

/// The shifts that touch a stretch of time, by their begin.
pub async fn between(db: &Db, from: Moment, to: Moment) -> Result<Vec<Shift>> {
    shifts(db.read(BETWEEN).bind(from).bind(to).all().await?)
}

/// One shift of the roster.
pub async fn by_id(db: &Db, id: ShiftId) -> Result<Option<Shift>> {
    let row: Option<Row> = db.read(BY_ID).bind(id).maybe().await?;
    row.map(Shift::try_from).transpose()
}

/// The shifts that run at a moment.
pub async fn running(db: &Db, now: Moment) -> Result<Vec<Shift>> {
    between(db, now, now.plus_millis(1)).await
}

pub(in crate::shifts) async fn running_in(tx: &mut Tx, now: Moment) -> Result<Vec<Shift>> {
    shifts(tx.q(BETWEEN).bind(now).bind(now.plus_millis(1)).all().await?)
}

/// Puts a shift on the roster; refused as [`OVERLAP`].
pub async fn add(db: &Db, stamp: Stamp, shift: NewShift) -> Result<ShiftId> {
    db.write(stamp, move |tx| {
        let shift = shift.clone();
        Box::pin(async move { add_in(tx, shift).await })
    })
    .await
}

/// The same as part of another change.
pub async fn add_in(tx: &mut Tx, shift: NewShift) -> Result<ShiftId> {
    let NewShift { staff, role, hotline, kind, rank, from, to } = shift;
    let add = tx.q(ADD).bind(staff).bind(role.name()).bind(hotline).bind(kind.name());
    let id: ShiftId = add.bind(rank).bind(from).bind(to).value().await?;
    touch_now(tx).await?;
    tx.record(Change::new("shift", format!("shifts/{id}"), "added").version(1));
    Ok(id)
}

/// Takes a shift off the roster; `false` where it is not on it.
pub async fn remove(db: &Db, stamp: Stamp, id: ShiftId) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let removed: Option<(i64,)> = tx.q(REMOVE).bind(id).bind(now).maybe().await?;
            let Some((version,)) = removed else { return Ok(false) };
            touch_now(tx).await?;
            tx.record(Change::new("shift", format!("shifts/{id}"), "removed").version(version));
            Ok(true)
        })
    })
    .await
}

/// The roster says who covers which hotline, so a change of it may open a gap or close one.
async fn touch_now(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    touch(tx, now).await
}
