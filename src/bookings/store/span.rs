//! The bookings of a stretch of time.

use sqlx::types::Json;

use super::super::booking::Booking;
use super::by_ids;
use crate::db::{Db, Result, statements};
use crate::kernel::{BookingId, Moment};

/// Bookings that begin between `$1` and `$2`, or began in the two days before and still hold a room.
macro_rules! span {
    () => {
        "SELECT b.id, b.version FROM bookings b WHERE b.starts_at >= $1 AND b.starts_at < $2
         UNION SELECT b.id, b.version FROM bookings b JOIN segments s ON s.booking_id = b.id
         WHERE b.starts_at > $1 - 172800000 AND b.starts_at < $1 AND s.from_at < $2 AND s.to_at > $1 ORDER BY 1"
    };
}

statements! {
    /// Whom the party of a booking `$1` could join or change places with between `$2` and `$3`: who has another
    /// room in that time, or still sits.
    BESIDE = "SELECT DISTINCT b.id FROM bookings b JOIN segments s ON s.booking_id = b.id
              WHERE b.starts_at > $2 - 172800000 AND b.starts_at < $3 AND b.id <> $1 AND b.state IN ('booked', 'arrived', 'in_room')
                AND s.ended_at IS NULL AND s.from_at < $3 AND (s.to_at > $2 OR b.state = 'in_room')
                AND s.room_id NOT IN (SELECT o.room_id FROM segments o WHERE o.booking_id = $1 AND o.ended_at IS NULL) ORDER BY b.id";
    /// Bookings that touch `[$1, $2)`, whatever date they began on.
    SPAN = sqlite concat!("SELECT json_group_array(json_array(f.id, f.version)) AS versions FROM (", span!(), ") f"),
        postgres concat!("SELECT coalesce(json_agg(json_build_array(f.id, f.version)), '[]') AS versions FROM (", span!(), ") f");
}

/// The bookings that touch a stretch of time.
pub async fn between(db: &Db, from: Moment, to: Moment) -> Result<Vec<Booking>> {
    let ids: Vec<BookingId> = versions(db, from, to).await?.into_iter().map(|(id, _)| id).collect();
    by_ids(db, &ids).await
}

/// Whom a booking's party could join, or change places with: those who have another room while it has its
/// own, or would have one.
pub async fn beside(db: &Db, booking: &Booking) -> Result<Vec<Booking>> {
    let from = booking.seated_at.unwrap_or(booking.starts_at);
    let to = booking.starts_at.plus_millis(booking.planned_minutes * 60_000);
    let query = db.read(BESIDE).bind(booking.id).bind(from).bind(to.max(from));
    let ids: Vec<BookingId> = query.values().await?;
    by_ids(db, &ids).await
}

/// The same bookings' ids and versions: a booking whose version is known need not be read again. One
/// row, because hundreds cost more on their way than in the store.
pub(in crate::bookings) async fn versions(
    db: &Db,
    from: Moment,
    to: Moment,
) -> Result<Vec<(BookingId, i64)>> {
    let Json(versions): Json<Vec<(BookingId, i64)>> =
        db.read(SPAN).bind(from).bind(to).value().await?;
    Ok(versions)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_statement_that_changes_a_booking_makes_its_version_another() {
        let statements = super::super::REGISTER.iter().flat_map(|file| file.iter());
        let changes =
            statements.filter(|(_, sql)| sql.for_postgres().contains("UPDATE bookings SET"));
        let mut seen = 0;
        for (name, sql) in changes {
            seen += 1;
            // an alarm that is taken off is nothing that anybody is shown
            let raises = sql.for_postgres().contains("version = version + 1");
            assert!(raises || *name == "UNDUE", "{name}");
        }
        assert!(seen >= 3, "{seen} statements");
    }
}
