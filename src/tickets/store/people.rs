//! What is known of engineers: what they can, where they are, what they have to do today.

use crate::db::{Change, Db, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, StaffId};

statements! {
    /// Everybody who may sign in, with what is known of them as engineers.
    ENGINEERS = "SELECT s.id, s.name, s.roles, s.extension, coalesce(e.skills, '') AS skills, coalesce(e.areas, '') AS areas, e.seen_at,
                        (SELECT max(f.offered_at) FROM work_order_offers f WHERE f.staff_id = s.id) AS last_at
                 FROM staff s LEFT JOIN engineers e ON e.staff_id = s.id WHERE s.disabled_at IS NULL ORDER BY s.id";
    /// A person's name.
    NAME = "SELECT name FROM staff WHERE id = $1";
    /// Everybody who was ever of a crew.
    CREWED = "SELECT DISTINCT s.id, s.name FROM work_order_crew c JOIN staff s ON s.id = c.staff_id ORDER BY s.name, s.id";
    /// What an engineer still has to do: site and window of each order.
    LOAD = "SELECT c.staff_id, t.site_id, o.window_from, o.window_to FROM work_order_crew c JOIN work_orders o ON o.id = c.order_id JOIN tickets t ON t.id = o.ticket_id
            WHERE o.state IN ('issued', 'acked', 'en_route', 'on_site', 'paused')";
    /// Writes what an engineer can and where.
    SET = "INSERT INTO engineers (staff_id, skills, areas) VALUES ($1, $2, $3) ON CONFLICT (staff_id) DO UPDATE SET skills = excluded.skills, areas = excluded.areas";
    /// An engineer's telephone spoke to us.
    SEEN = "INSERT INTO engineers (staff_id, skills, areas, seen_at) VALUES ($1, '', '', $2) ON CONFLICT (staff_id) DO UPDATE SET seen_at = excluded.seen_at";
}

/// An engineer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Engineer {
    /// Who.
    pub id: StaffId,
    /// Their name.
    pub name: String,
    /// Their roles, with commas.
    pub roles: String,
    /// Their telephone.
    pub extension: Option<String>,
    /// What they can, with commas.
    pub skills: String,
    /// Where they are at home, with commas.
    pub areas: String,
    /// When their telephone last spoke to us.
    pub seen_at: Option<Moment>,
    /// When they were last offered an order.
    pub last_at: Option<Moment>,
}

/// One order somebody still has to do.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Load {
    /// Whose.
    pub staff_id: StaffId,
    /// Where.
    pub site_id: Option<i64>,
    /// From when.
    pub window_from: Option<Moment>,
    /// Until when.
    pub window_to: Option<Moment>,
}

impl Load {
    /// How long it takes, in minutes: its window, or an hour.
    pub fn minutes(&self) -> i64 {
        let window =
            self.window_from.zip(self.window_to).map(|(from, to)| to.millis_since(from) / 60_000);
        window.unwrap_or(60).clamp(15, 480)
    }
}

/// All engineers who may sign in.
pub async fn engineers(db: &Db) -> Result<Vec<Engineer>> {
    let all: Vec<Engineer> = db.read(ENGINEERS).all().await?;
    let is_engineer = |one: &Engineer| one.roles.split(',').any(|role| role == "engineer");
    Ok(all.into_iter().filter(is_engineer).collect())
}

/// Whom orders are looked for by: those who may be sent, and those who once were, by name.
pub async fn crewed(db: &Db) -> Result<Vec<(StaffId, String)>> {
    let mut all: Vec<(StaffId, String)> = db.read(CREWED).all().await?;
    let now = engineers(db).await?.into_iter().map(|one| (one.id, one.name));
    all.extend(now);
    all.sort_by(|one, other| (&one.1, one.0).cmp(&(&other.1, other.0)));
    all.dedup_by_key(|one| one.0);
    Ok(all)
}

/// What everybody still has to do.
pub async fn load(db: &Db) -> Result<Vec<Load>> {
    db.read(LOAD).all().await
}

/// Writes what an engineer can and where.
pub async fn set(db: &Db, stamp: Stamp, id: StaffId, skills: String, areas: String) -> Result<()> {
    db.write(stamp, move |tx| {
        let (skills, areas) = (skills.clone(), areas.clone());
        Box::pin(async move {
            tx.q(SET).bind(id).bind(skills).bind(areas).run().await?;
            tx.record(Change::new("work_order", format!("engineers/{id}"), "skills"));
            Ok(())
        })
    })
    .await
}

/// An engineer's telephone spoke to us; told only where that changes what the desk sees.
pub async fn seen(db: &Db, stamp: Stamp, id: StaffId, told: bool) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            // a sign of life is no edit of his record
            tx.keep(SEEN).bind(id).bind(stamp.now).run().await?;
            if told {
                tx.record(Change::new("work_order", format!("engineers/{id}"), "online"));
            }
            Ok(())
        })
    })
    .await
}

/// A person's name, inside a change.
pub async fn name_in(tx: &mut Tx, who: StaffId) -> Result<Option<String>> {
    let name: Option<(String,)> = tx.q(NAME).bind(who).maybe().await?;
    Ok(name.map(|(name,)| name))
}
