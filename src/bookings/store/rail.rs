//! What the panels beside the board show, read at once.

use sqlx::types::Json;

use super::offers::Offer;
use crate::bookings::banquet::Viewing;
use crate::bookings::waitlist::Entry;
use crate::db::{Db, Result, statements};
use crate::kernel::Moment;

statements! {
    /// Open offers, who waits at `$1` in the order they are called, and rooms that are being shown, each in one column.
    BESIDE = sqlite "SELECT
            (SELECT json_group_array(json_array(id, waitlist_id, room_id, claim_id, state, created_at, expires_at))
             FROM (SELECT * FROM offers WHERE state = 'open' ORDER BY expires_at, id)) AS offers,
            (SELECT json_group_array(json_array(id, version, name, phone, party, class_id, area_id, from_at, to_at, min_minutes, tier, note, state, no_answers, call_id, contact_id, by_staff,
                 created_at, readback_at))
             FROM (SELECT * FROM waitlist WHERE state IN ('waiting', 'offered') AND to_at > $1 ORDER BY tier DESC, created_at, id)) AS waiting,
            (SELECT json_group_array(json_array(id, room_id, claim_id, name, staff_id, started_at, ended_at, outcome))
             FROM (SELECT * FROM viewings WHERE ended_at IS NULL ORDER BY id)) AS viewings",
        postgres "SELECT
            (SELECT coalesce(json_agg(json_build_array(id, waitlist_id, room_id, claim_id, state, created_at, expires_at) ORDER BY expires_at, id), '[]')
             FROM offers WHERE state = 'open') AS offers,
            (SELECT coalesce(json_agg(json_build_array(id, version, name, phone, party, class_id, area_id, from_at, to_at, min_minutes, tier, note, state, no_answers, call_id, contact_id, by_staff,
                 created_at, readback_at) ORDER BY tier DESC, created_at, id), '[]')
             FROM waitlist WHERE state IN ('waiting', 'offered') AND to_at > $1) AS waiting,
            (SELECT coalesce(json_agg(json_build_array(id, room_id, claim_id, name, staff_id, started_at, ended_at, outcome) ORDER BY id), '[]')
             FROM viewings WHERE ended_at IS NULL) AS viewings";
}

/// What stands beside the board.
pub(in crate::bookings) struct Beside {
    /// The open offers.
    pub(in crate::bookings) offers: Vec<Offer>,
    /// Those who wait or are offered something, in the order they are called.
    pub(in crate::bookings) entries: Vec<Entry>,
    /// Rooms that are being shown.
    pub(in crate::bookings) viewings: Vec<Viewing>,
}

/// The columns of [`BESIDE`].
type Columns = (Json<Vec<Offer>>, Json<Vec<Entry>>, Json<Vec<Viewing>>);

/// Reads it.
pub(in crate::bookings) async fn beside(db: &Db, now: Moment) -> Result<Beside> {
    let found: Columns = db.read(BESIDE).bind(now).one().await?;
    let (Json(offers), Json(entries), Json(viewings)) = found;
    Ok(Beside { offers, entries, viewings })
}
