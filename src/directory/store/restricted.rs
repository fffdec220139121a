//! Whose numbers are closed, read for whoever shows numbers.

use crate::db::{Db, Result, statements};
use crate::directory::closed::{Guarded, Restricted};
use crate::kernel::{Closed, Moment, PersonId, StaffId};

statements! {
    /// Everyone restricted with their numbers, once for each grant that runs at `$1`.
    GUARDED = "SELECT p.id, p.name, p.extension, a.extension AS desk, p.phone, p.mobile, p.staff_id, s.staff_id AS secretary,
                      g.staff_id AS granted, g.to_at
               FROM directory_people p LEFT JOIN staff a ON a.id = p.staff_id
               LEFT JOIN directory_people s ON s.id = p.secretary_id AND s.removed_at IS NULL
               LEFT JOIN directory_grants g ON g.person_id = p.id AND g.ended_at IS NULL AND g.to_at > $1
               WHERE p.removed_at IS NULL AND p.disclosure = 'restricted' ORDER BY p.id, g.id";
}

#[derive(sqlx::FromRow)]
struct Row {
    id: PersonId,
    name: String,
    extension: Option<String>,
    desk: Option<String>,
    phone: Option<String>,
    mobile: Option<String>,
    staff_id: Option<StaffId>,
    secretary: Option<StaffId>,
    granted: Option<StaffId>,
    to_at: Option<Moment>,
}

/// Everyone restricted, with the looks that are granted at this moment; one question.
pub async fn restricted(db: &Db, now: Moment) -> Result<Restricted> {
    let rows: Vec<Row> = db.read(GUARDED).bind(now).all().await?;
    let mut found: Vec<Guarded> = Vec::new();
    for row in rows {
        let granted = row.granted.zip(row.to_at);
        if let Some(known) = found.last_mut().filter(|known| known.id == row.id) {
            known.granted.extend(granted);
            continue;
        }
        let numbers = [row.extension, row.desk, row.phone, row.mobile];
        found.push(Guarded {
            id: row.id,
            name: row.name,
            numbers: numbers.into_iter().flatten().collect(),
            account: row.staff_id,
            secretary: row.secretary,
            granted: granted.into_iter().collect(),
        });
    }
    Ok(Restricted::of(found))
}

/// The numbers of everyone restricted: for what is kept or sent before it is known who reads it.
pub async fn closed_to_all(db: &Db) -> Result<Closed> {
    // no grant opens anything here, so none is read
    Ok(restricted(db, Moment::from_millis(i64::MAX)).await?.closed_to_all())
}
