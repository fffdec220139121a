//! Bookings that come again: all of them in one change, or none where somebody is in the way and nobody
//! said what then.

use std::sync::Arc;

use super::super::acts::Opening;
use super::super::fit;
use super::super::refusal::Refusal;
use super::super::series::{Choices, OnConflict};
use super::super::store;
use super::super::store::perform::Done;
use super::super::store::world::{Actor, Scope, load};
use super::super::world::{Outcome, World};
use super::whole::Whole;
use super::{Answer, BACK, leads, led_to, opened};
use crate::claims::{self, Owner};
use crate::db::{Db, Error, Result, Stamp, Tx};
use crate::kernel::{BookingId, Moment, RoomId};
use crate::rooms::Skipped;

/// What came of a series.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// What was booked.
    pub done: Done,
    /// The occurrences that somebody is in the way of, why, and what was chosen for them.
    pub conflicts: Vec<(Moment, Refusal, OnConflict)>,
}

impl Series {
    /// Whether something was booked, and nobody is in the way of one for whom nobody said what then.
    fn stays(&self) -> bool {
        let asks = self.conflicts.iter().any(|(.., choice)| *choice == OnConflict::Ask);
        !asks && !self.done.bookings.is_empty()
    }
}

/// How a booking comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// `daily`, `weekly`, `monthly`.
    pub every: &'static str,
    /// At these moments; a time that the clocks skip on that day is none.
    pub at: Vec<std::result::Result<Moment, Skipped>>,
    /// What is done with those that somebody is in the way of, by their business date.
    pub choices: Choices,
}

/// Opens bookings that come again at these moments: all of them in one change, undone together, or,
/// where somebody is in the way and nobody said what then, none.
pub async fn open_series(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    opening: Opening,
    repeats: Repeats,
) -> Answer<Series> {
    let given = Arc::new((opening, repeats));
    let (told, heard) = tokio::sync::watch::channel(None);
    let write = db.write(stamp, move |tx| {
        let (given, told) = (Arc::clone(&given), told.clone());
        Box::pin(async move {
            let series = open_each(tx, actor, &given.0, &given.1).await?;
            let stays = matches!(&series, Ok(series) if series.stays());
            if !stays {
                told.send_replace(Some(series));
                return Err(Error::Refused(BACK.to_owned()));
            }
            Ok(series)
        })
    });
    match write.await {
        Err(error) if error.is_refusal(BACK) => {
            let series = heard.borrow().clone().unwrap_or(Err(Refusal::Changed));
            Ok(series.map(|series| Series { done: Done::default(), ..series }))
        }
        answer => answer,
    }
}

async fn open_each(
    tx: &mut Tx,
    actor: Actor,
    opening: &Opening,
    repeats: &Repeats,
) -> Answer<Series> {
    let (mut series, mut whole) = (Series::default(), Whole::default());
    let id = store::add_series_in(tx, repeats.every).await?;
    for meant in &repeats.at {
        let at = meant.unwrap_or_else(|skipped| skipped.next);
        let which = actor.day.date(at).to_string();
        let mut one = opening.clone();
        (one.starts_at, one.series_id) = (Some(at), Some(id));
        let mut choice = OnConflict::NextTime;
        if let Err(skipped) = meant {
            choice = repeats.choices.of_skipped(&which);
            series.conflicts.push((at, Refusal::Skipped(*skipped), choice));
        }
        if choice == OnConflict::NextTime {
            let refusal = match opened(tx, actor, &one).await? {
                Ok((world, outcome)) => {
                    whole.take(tx, &world, outcome).await?;
                    continue;
                }
                // what is wrong with the form is wrong with all of them
                Err(wrong @ Refusal::Field(..)) => return Ok(Err(wrong)),
                Err(refusal) => refusal,
            };
            choice = repeats.choices.of(&which);
            series.conflicts.retain(|(known, ..)| *known != at);
            series.conflicts.push((at, refusal, choice));
        }
        if choice == OnConflict::OtherRoom
            && let Some((world, outcome)) = elsewhere(tx, actor, &one, at).await?
        {
            whole.take(tx, &world, outcome).await?;
        }
    }
    series.done = whole.end(tx, "series_booked", "", None).await?;
    leads::made(tx, &series.done.bookings).await?;
    led_to(tx, opening, &series.done).await?;
    Ok(Ok(series))
}

/// The same in the best other room there is.
async fn elsewhere(
    tx: &mut Tx,
    actor: Actor,
    opening: &Opening,
    at: Moment,
) -> Result<Option<(World, Outcome)>> {
    let wanted = (opening.party, at, opening.minutes);
    for rooms in other_rooms(tx, actor, wanted, None).await? {
        let one = Opening { rooms, ..opening.clone() };
        if let Ok(found) = opened(tx, actor, &one).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The rooms that are free for so many from then on for so long, the best first; a booking is not in its
/// own way.
pub(super) async fn other_rooms(
    tx: &mut Tx,
    actor: Actor,
    (party, at, minutes): (i64, Moment, Option<i64>),
    own: Option<BookingId>,
) -> Result<Vec<Vec<RoomId>>> {
    let world = load(tx, actor, &Scope { times: vec![at], ..Scope::default() }).await?;
    let (from, to) = (at.plus_millis(-86_400_000), at.plus_millis(2 * 86_400_000));
    let mut claims = claims::store::between_in(tx, from, to).await?;
    claims.retain(|claim| own.is_none_or(|own| claim.owner != Owner::booking(own)));
    let taken = fit::Taken::of(&claims, world.now);
    let ground = fit::Ground {
        house: &world.house,
        day: &world.day,
        rules: &world.rules,
        taken: &taken,
        now: world.now,
    };
    let wanted = fit::Wanted { party, from: at.millis(), minutes, ..fit::Wanted::default() };
    Ok(fit::rank(ground, &wanted).into_iter().map(|one| one.rooms).collect())
}
