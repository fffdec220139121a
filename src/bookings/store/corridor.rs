//! What a call in the corridor was about: its kind and its rooms, in the order they are said.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::types::Json;

use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{NoticeId, RoomId};

statements! {
    /// A call.
    ADD = "INSERT INTO board_calls (notice_id, kind, about_date) VALUES ($1, $2, $3)";
    /// A room of it.
    ADD_ROOM = "INSERT INTO board_call_rooms (notice_id, place, room_id) VALUES ($1, $2, $3)";
    /// Older calls about the same day that are still open and name no room that `$1` does not name.
    COVERED = "SELECT n.id FROM notices n JOIN board_calls b ON b.notice_id = n.id
               WHERE n.closed_at IS NULL AND n.id <> $1
                 AND coalesce(b.about_date, '') = (SELECT coalesce(m.about_date, '') FROM board_calls m WHERE m.notice_id = $1)
                 AND EXISTS (SELECT 1 FROM board_call_rooms o WHERE o.notice_id = n.id)
                 AND NOT EXISTS (SELECT 1 FROM board_call_rooms o WHERE o.notice_id = n.id
                                 AND o.room_id NOT IN (SELECT r.room_id FROM board_call_rooms r WHERE r.notice_id = $1))
               ORDER BY n.id";
    /// What these calls were about.
    OF = sqlite "SELECT b.notice_id, b.kind, r.room_id FROM board_calls b JOIN board_call_rooms r ON r.notice_id = b.notice_id
                 WHERE b.notice_id IN (SELECT value FROM json_each($1)) ORDER BY b.notice_id, r.place",
         postgres "SELECT b.notice_id, b.kind, r.room_id FROM board_calls b JOIN board_call_rooms r ON r.notice_id = b.notice_id
                   WHERE b.notice_id IN (SELECT v::bigint FROM jsonb_array_elements_text($1) v) ORDER BY b.notice_id, r.place";
}

/// Notes what a call is about; the date where it is not today's.
pub(in crate::bookings) async fn add_in(
    tx: &mut Tx,
    notice: NoticeId,
    (kind, date): (&str, Option<NaiveDate>),
    rooms: &[RoomId],
) -> Result<()> {
    let date = date.map(|date| date.to_string());
    tx.q(ADD).bind(notice).bind(kind).bind(date).run().await?;
    for (place, room) in (1_i64..).zip(rooms) {
        tx.q(ADD_ROOM).bind(notice).bind(place).bind(*room).run().await?;
    }
    Ok(())
}

/// Older open calls of which nothing is left unsaid by this one.
pub(in crate::bookings) async fn covered_in(
    tx: &mut Tx,
    notice: NoticeId,
) -> Result<Vec<NoticeId>> {
    tx.q(COVERED).bind(notice).values().await
}

/// Kind and rooms of these calls.
pub(in crate::bookings) async fn of(
    db: &Db,
    notices: &[NoticeId],
) -> Result<BTreeMap<NoticeId, (String, Vec<RoomId>)>> {
    let rows: Vec<(NoticeId, String, RoomId)> = db.read(OF).bind(Json(notices)).all().await?;
    let mut found: BTreeMap<NoticeId, (String, Vec<RoomId>)> = BTreeMap::new();
    for (notice, kind, room) in rows {
        found.entry(notice).or_insert_with(|| (kind, Vec::new())).1.push(room);
    }
    Ok(found)
}
