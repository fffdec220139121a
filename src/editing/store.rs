//! Who is at work in which form, in the store: every node shows the same.

use std::borrow::Borrow;

use crate::db::{Change, Db, Result, Tx, statements};
use crate::kernel::{Moment, StaffId};

statements! {
    /// Still at work.
    SEEN = "UPDATE editors SET seen_at = $3 WHERE about = $1 AND staff_id = $2";
    /// At work from now on.
    BEGIN = "INSERT INTO editors (about, staff_id, since, seen_at) VALUES ($1, $2, $3, $3) ON CONFLICT (about, staff_id) DO UPDATE SET seen_at = excluded.seen_at";
    /// Gone.
    LEAVE = "DELETE FROM editors WHERE about = $1 AND staff_id = $2";
    /// Those nobody heard of since a moment.
    SILENT = "DELETE FROM editors WHERE seen_at <= $1 RETURNING about";
    /// Who was not heard of for longest.
    LONGEST = "SELECT min(seen_at) AS seen FROM editors";
    /// Who is at work on a record beside one person, the first first.
    OTHERS = "SELECT e.staff_id, s.name, e.since FROM editors e JOIN staff s ON s.id = e.staff_id WHERE e.about = $1 AND e.staff_id <> $2 ORDER BY e.since, e.staff_id";
}

/// Who was not heard of for so long, in milliseconds, is gone; a browser speaks every fifteen seconds.
pub const SILENT_MS: i64 = 45_000;

/// Somebody at work on a record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Editor {
    /// Who.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// Since when.
    pub since: Moment,
}

impl Editor {
    /// How long, as `00:40`.
    pub fn lasts(&self, now: impl Borrow<Moment>) -> String {
        let seconds = now.borrow().millis_since(self.since).max(0) / 1000;
        format!("{:02}:{:02}", seconds / 60, seconds % 60)
    }
}

fn record(tx: &mut Tx, about: String, change: &'static str) {
    tx.record(Change::new("editing", about, change));
}

/// A person is at work on a record, still or from now on.
pub async fn seen_in(tx: &mut Tx, about: &str, who: StaffId) -> Result<()> {
    let now = tx.now();
    if tx.q(SEEN).bind(about).bind(who).bind(now).run().await? == 0 {
        tx.q(BEGIN).bind(about).bind(who).bind(now).run().await?;
        record(tx, about.to_owned(), "editing");
    }
    Ok(())
}

/// A person has left a record's form.
pub async fn leave_in(tx: &mut Tx, about: &str, who: StaffId) -> Result<()> {
    if tx.q(LEAVE).bind(about).bind(who).run().await? > 0 {
        record(tx, about.to_owned(), "left_form");
    }
    Ok(())
}

/// Those nobody heard of since `seen` are gone.
pub(super) async fn silent_in(tx: &mut Tx, seen: Moment) -> Result<()> {
    let gone: Vec<String> = tx.q(SILENT).bind(seen).values().await?;
    for about in gone {
        record(tx, about, "left_form");
    }
    Ok(())
}

/// When the one who was not heard of for longest was heard.
pub(super) async fn longest_silent(db: &Db) -> Result<Option<Moment>> {
    db.read(LONGEST).value().await
}

/// Who is at work on a record beside this person.
pub async fn others(db: &Db, about: &str, but: Option<StaffId>) -> Result<Vec<Editor>> {
    db.read(OTHERS).bind(about).bind(but.map_or(0, |who| who.0)).all().await
}
