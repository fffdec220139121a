//! Bookings that come again: all of them in one change, or none where somebody is in the way.

use std::sync::Arc;

use super::super::acts::{Opening, open};
use super::super::fit;
use super::super::refusal::Refusal;
use super::super::store;
use super::super::store::perform::Done;
use super::super::store::world::{Actor, Scope, load};
use super::open_in;
use crate::claims;
use crate::db::{Db, Result, Stamp, Tx};
use crate::kernel::{Moment, RoomId};

/// What is done with an occurrence of a series that somebody is in the way of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Nothing is booked at all, and the ones in the way are told.
    Ask,
    /// It is left out.
    Skip,
    /// It gets the best other room, or is left out where there is none.
    OtherRoom,
}

/// What came of a series.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// What was booked, each with its act.
    pub done: Vec<Done>,
    /// The occurrences that somebody is in the way of, and why.
    pub conflicts: Vec<(Moment, Refusal)>,
}

/// How a booking comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// `daily`, `weekly`, `monthly`.
    pub every: &'static str,
    /// At these moments.
    pub at: Vec<Moment>,
    /// What is done with those that somebody is in the way of.
    pub then: OnConflict,
}

/// Opens bookings that come again at these moments: all of them in one change, or, where somebody is
/// in the way and nobody said what then, none.
pub async fn open_series(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    opening: Opening,
    repeats: Repeats,
) -> Result<Series> {
    let Repeats { every, at, then } = repeats;
    let given = Arc::new((opening, at));
    db.write(stamp, move |tx| {
        let given = Arc::clone(&given);
        Box::pin(async move {
            let (opening, at) = &*given;
            let mut series = Series::default();
            let mut plan = Vec::new();
            for moment in at {
                let mut one = opening.clone();
                one.starts_at = Some(*moment);
                let scope =
                    Scope { rooms: one.rooms.clone(), times: vec![*moment], ..Scope::default() };
                let world = load(tx, actor, &scope).await?;
                match open(&world, &one) {
                    Ok(_) => plan.push(one),
                    Err(refusal) => {
                        series.conflicts.push((*moment, refusal));
                        if then == OnConflict::OtherRoom
                            && let Some(rooms) = other_room(tx, actor, &one, *moment).await?
                        {
                            one.rooms = rooms;
                            plan.push(one);
                        }
                    }
                }
            }
            if !series.conflicts.is_empty() && then == OnConflict::Ask {
                return Ok(series);
            }
            let id = store::add_series_in(tx, every).await?;
            for mut one in plan {
                one.series_id = Some(id);
                match open_in(tx, actor, &one).await? {
                    Ok(done) => series.done.push(done),
                    Err(refusal) => {
                        let at = one.starts_at.unwrap_or(tx.now());
                        series.conflicts.push((at, refusal));
                    }
                }
            }
            Ok(series)
        })
    })
    .await
}

async fn other_room(
    tx: &mut Tx,
    actor: Actor,
    opening: &Opening,
    at: Moment,
) -> Result<Option<Vec<RoomId>>> {
    let scope = Scope { times: vec![at], ..Scope::default() };
    let world = load(tx, actor, &scope).await?;
    let (from, to) = (at.plus_millis(-86_400_000), at.plus_millis(2 * 86_400_000));
    let claims = claims::store::between_in(tx, from, to).await?;
    let ground = fit::Ground {
        house: &world.house,
        day: &world.day,
        rules: &world.rules,
        claims: &claims,
        now: world.now,
    };
    let wanted = fit::Wanted {
        party: opening.party,
        from: at.millis(),
        minutes: opening.minutes,
        ..fit::Wanted::default()
    };
    Ok(fit::rank(ground, &wanted).into_iter().next().map(|one| one.rooms))
}
