//! The bookings of a stretch of time.

use sqlx::types::Json;

use super::super::booking::Booking;
use super::by_ids;
use crate::claims::Claim;
use crate::db::{Db, Numbers, Result, statements};
use crate::kernel::{BookingId, ClaimId, Moment, RoomId};

/// Bookings that begin between `$1` and `$2`, or began in the two days before and still hold a room.
macro_rules! span {
    () => {
        "SELECT b.id, b.version FROM bookings b WHERE b.starts_at >= $1 AND b.starts_at < $2
         UNION ALL SELECT b.id, b.version FROM bookings b WHERE b.starts_at > $1 - 172800000 AND b.starts_at < $1
           AND EXISTS (SELECT 1 FROM segments s WHERE s.booking_id = b.id AND s.from_at < $2 AND s.to_at > $1)"
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
    /// The same, the cleaning after stays, and what else is taken in that time, in one row: a full house has
    /// hundreds of each, and they cost more on their way than in the store. No stay is longer than two days; a
    /// room is 0 where it is none.
    TAKEN = sqlite concat!("SELECT v.ids, v.versions, c.cleaned, c.rooms, c.ends, c.buffers, k.claims
                FROM (SELECT json_group_array(f.id) AS ids, json_group_array(f.version) AS versions FROM (", span!(), ") f) v
                CROSS JOIN (SELECT json_group_array(c.id) AS cleaned,
                     json_group_array(CASE WHEN substr(c.resource, 1, 6) = 'rooms/' THEN CAST(substr(c.resource, 7) AS bigint) ELSE 0 END) AS rooms,
                     json_group_array(c.to_at) AS ends, json_group_array(c.buffer_ms) AS buffers FROM claims c
                 WHERE c.released_at IS NULL AND c.from_at < $2 AND c.to_at > $1 AND c.to_at < $2 + 259200000 AND c.kind = 'booking' AND c.buffer_ms > 0) c
                CROSS JOIN (SELECT json_group_array(json_array(c.id, c.resource, c.from_at, c.to_at, c.buffer_ms, c.kind, c.owner, c.expires_at, c.released_at, c.by_staff,
                     c.created_at, c.note)) AS claims FROM claims c
                 WHERE c.released_at IS NULL AND c.from_at < $2 AND c.to_at > $1 AND c.kind <> 'booking') k"),
        postgres concat!("SELECT v.ids, v.versions, c.cleaned, c.rooms, c.ends, c.buffers, k.claims
                FROM (SELECT coalesce(array_agg(f.id), '{}') AS ids, coalesce(array_agg(f.version), '{}') AS versions FROM (", span!(), ") f) v
                CROSS JOIN (SELECT coalesce(array_agg(c.id), '{}') AS cleaned,
                     coalesce(array_agg(CASE WHEN substr(c.resource, 1, 6) = 'rooms/' THEN CAST(substr(c.resource, 7) AS bigint) ELSE 0 END), '{}') AS rooms,
                     coalesce(array_agg(c.to_at), '{}') AS ends, coalesce(array_agg(c.buffer_ms), '{}') AS buffers FROM claims c
                 WHERE c.released_at IS NULL AND c.from_at < $2 AND c.to_at > $1 AND c.to_at < $2 + 259200000 AND c.kind = 'booking' AND c.buffer_ms > 0) c
                CROSS JOIN (SELECT coalesce(json_agg(json_build_array(c.id, c.resource, c.from_at, c.to_at, c.buffer_ms, c.kind, c.owner, c.expires_at, c.released_at, c.by_staff,
                     c.created_at, c.note)), '[]') AS claims FROM claims c
                 WHERE c.released_at IS NULL AND c.from_at < $2 AND c.to_at > $1 AND c.kind <> 'booking') k");
}

/// The cleaning after a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bookings) struct Cleaning {
    /// The claim it is the end of.
    pub(in crate::bookings) claim: ClaimId,
    /// Where.
    pub(in crate::bookings) room_id: RoomId,
    /// From the end of the stay.
    pub(in crate::bookings) from_at: Moment,
    /// Up to here.
    pub(in crate::bookings) to_at: Moment,
}

/// What is taken in a stretch of time.
#[derive(Debug, Clone)]
pub(in crate::bookings) struct Taken {
    /// Bookings that touch it, with their versions: one whose version is known need not be read again.
    pub(in crate::bookings) versions: Vec<(BookingId, i64)>,
    /// Cleaning after the stays, by claim.
    pub(in crate::bookings) cleaning: Vec<Cleaning>,
    /// Holds, rooms out of order and whatever else is no stay, by claim.
    pub(in crate::bookings) claims: Vec<Claim>,
}

/// The bookings that touch a stretch of time.
pub async fn between(db: &Db, from: Moment, to: Moment) -> Result<Vec<Booking>> {
    let Json(versions): Json<Vec<(BookingId, i64)>> =
        db.read(SPAN).bind(from).bind(to).value().await?;
    let ids: Vec<BookingId> = versions.into_iter().map(|(id, _)| id).collect();
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

/// The columns of [`TAKEN`].
type Columns = (Numbers, Numbers, Numbers, Numbers, Numbers, Numbers, Json<Vec<Claim>>);

/// What is taken between two moments, as the board draws it; ended holds are left out.
pub(in crate::bookings) async fn taken(
    db: &Db,
    from: Moment,
    to: Moment,
    now: Moment,
) -> Result<Taken> {
    let found: Columns = db.read(TAKEN).bind(from).bind(to).one().await?;
    let (ids, versions, cleaned, rooms, ends, buffers, Json(mut claims)) = found;
    let versions = ids.0.into_iter().map(BookingId).zip(versions.0).collect();
    claims.retain(|claim| claim.counts(now));
    claims.sort_unstable_by_key(|claim| claim.id);
    let stays = cleaned.0.into_iter().zip(rooms.0).zip(ends.0.into_iter().zip(buffers.0));
    let cleaned = stays.map(|((claim, room), (end, buffer))| Cleaning {
        claim: ClaimId(claim),
        room_id: RoomId(room),
        from_at: Moment::from_millis(end - buffer),
        to_at: Moment::from_millis(end),
    });
    let mut cleaning: Vec<Cleaning> = cleaned.collect();
    cleaning.sort_unstable_by_key(|one| one.claim);
    Ok(Taken { versions, cleaning, claims })
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
