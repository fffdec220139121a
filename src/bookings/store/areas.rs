//! The parts of the house a greeter is called for; without any, all of them (operations §7.7).

use sqlx::types::Json;

use crate::db::{Change, Db, Result, Stamp, Tx, statements};
use crate::kernel::{AreaId, RoomId, StaffId};

statements! {
    /// The parts a greeter is called for.
    OF = "SELECT area_id FROM greeter_areas WHERE staff_id = $1 ORDER BY area_id";
    /// None any more.
    CLEAR = "DELETE FROM greeter_areas WHERE staff_id = $1";
    /// One of them, where it is one of the house's.
    ADD = "INSERT INTO greeter_areas (staff_id, area_id) SELECT $1, a.id FROM areas a WHERE a.id = $2";
    /// Greeters who are called for other parts alone than those of these rooms.
    ELSEWHERE = sqlite "SELECT DISTINCT g.staff_id FROM greeter_areas g WHERE g.staff_id NOT IN (
                            SELECT h.staff_id FROM greeter_areas h JOIN rooms r ON r.area_id = h.area_id WHERE r.id IN (SELECT value FROM json_each($1)))
                        ORDER BY g.staff_id",
                postgres "SELECT DISTINCT g.staff_id FROM greeter_areas g WHERE g.staff_id NOT IN (
                              SELECT h.staff_id FROM greeter_areas h JOIN rooms r ON r.area_id = h.area_id
                              WHERE r.id IN (SELECT v::bigint FROM jsonb_array_elements_text($1) v))
                          ORDER BY g.staff_id";
}

/// The parts a greeter is called for; none: all.
pub(in crate::bookings) async fn of(db: &Db, staff: StaffId) -> Result<Vec<AreaId>> {
    db.read(OF).bind(staff).values().await
}

/// From now on these.
pub(in crate::bookings) async fn choose(
    db: &Db,
    stamp: Stamp,
    staff: StaffId,
    areas: Vec<AreaId>,
) -> Result<()> {
    db.write(stamp, move |tx| {
        let areas = areas.clone();
        Box::pin(async move {
            tx.q(CLEAR).bind(staff).run().await?;
            for area in areas {
                tx.q(ADD).bind(staff).bind(area).run().await?;
            }
            tx.record(Change::new("presence", format!("staff/{staff}"), "areas"));
            Ok(())
        })
    })
    .await
}

/// Leaves those out who are called for other parts alone; where nobody would be left, everybody stays:
/// somebody has to answer.
pub(in crate::bookings) async fn of_these_in(
    tx: &mut Tx,
    greeters: Vec<StaffId>,
    rooms: &[RoomId],
) -> Result<Vec<StaffId>> {
    if rooms.is_empty() {
        return Ok(greeters);
    }
    let elsewhere: Vec<StaffId> = tx.q(ELSEWHERE).bind(Json(rooms)).values().await?;
    let here: Vec<StaffId> =
        greeters.iter().copied().filter(|greeter| !elsewhere.contains(greeter)).collect();
    Ok(if here.is_empty() { greeters } else { here })
}
