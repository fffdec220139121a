//! Changing bookings that come again: this one, this and later ones, or all. Each goes through the same
//! acts and the same rule of who may have a room as if it were changed alone; all of it is one change
//! that is undone together.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::acts::{Command, Details};
use super::super::booking::Booking;
use super::super::refusal::Refusal;
use super::super::series::{Choices, OnConflict, Reach, Shift};
use super::super::store;
use super::super::store::perform::Done;
use super::super::store::world::Actor;
use super::super::world::{Outcome, World};
use super::approvals::{Petition, ask};
use super::series::other_rooms;
use super::whole::{Whole, one_call};
use super::{Answer, BACK, decided, leads};
use crate::claims;
use crate::db::{Db, Error, Result, Stamp, Tx};
use crate::kernel::{BookingId, BusinessDay};
use crate::rooms::Skipped;
use crate::words::Said;

/// What is done to each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Another room, party, word; and another time, told by the wall.
    Edit(Box<Details>, Option<Shift>),
    /// Called off, for this reason.
    Cancel(String),
}

impl Deed {
    /// What is done to one of them, and the time it would have that the clocks skip.
    fn command(&self, day: &BusinessDay, one: &Booking) -> (Command, Option<Skipped>) {
        match self {
            Self::Cancel(reason) => (Command::Cancel { reason: reason.clone() }, None),
            Self::Edit(details, shift) => {
                let mut details = details.clone();
                let put = shift.map(|shift| shift.put(day, one.starts_at)).transpose();
                details.starts_at = put.unwrap_or_else(|skipped| Some(skipped.next));
                (Command::Edit(details), put.err())
            }
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Edit(..) => "series_edited",
            Self::Cancel(_) => "series_cancelled",
        }
    }

    /// Whether each goes to where the one after it is now: the last must go first.
    fn goes_on(&self, day: &BusinessDay, here: &Booking) -> bool {
        let Self::Edit(_, Some(shift)) = self else { return false };
        shift.put(day, here.starts_at).unwrap_or_else(|skipped| skipped.next) > here.starts_at
    }
}

/// What somebody wants of a series, pointing at one of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointed {
    /// The one that is pointed at.
    pub id: BookingId,
    /// Its version as it was seen.
    pub version: Option<i64>,
    /// Which are meant.
    pub reach: Reach,
    /// Those that were changed alone and are meant all the same, by number.
    pub also: BTreeSet<String>,
    /// What is done.
    pub deed: Deed,
    /// What is done with those that somebody is in the way of, by number.
    pub choices: Choices,
    /// Ask for approval, once for all of them, where that is all it needs.
    pub ask: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Changed {
    /// What was done; no act where nothing was.
    pub done: Done,
    /// Those it could not be done with, why, and what was chosen for them.
    pub conflicts: Vec<(BookingId, Refusal, OnConflict)>,
    /// Those that were changed alone and stay as they are.
    pub kept: Vec<BookingId>,
    /// What a supervisor or manager was asked for instead: nothing was done yet.
    pub approval: Option<i64>,
}

impl Changed {
    /// Whether somebody is in the way of one and nobody said what then: nothing was done.
    pub fn asks(&self) -> bool {
        self.open().next().is_some()
    }

    /// Those for whom nobody said what then.
    fn open(&self) -> impl Iterator<Item = &Refusal> {
        let open = self.conflicts.iter().filter(|(.., choice)| *choice == OnConflict::Ask);
        open.map(|(_, refusal, _)| refusal)
    }
}

/// Changes a series: all that are meant, or none where one cannot be and nobody said what then.
pub async fn change_series(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    pointed: Pointed,
) -> Answer<Changed> {
    let pointed = Arc::new(pointed);
    let wanted = Arc::clone(&pointed);
    let (told, heard) = tokio::sync::watch::channel(None);
    let write = db.write(stamp, move |tx| {
        let (pointed, told) = (Arc::clone(&pointed), told.clone());
        Box::pin(async move {
            match change_in(tx, actor, &pointed).await? {
                Ok(changed) if changed.asks() => {
                    told.send_replace(Some(changed));
                    Err(Error::Refused(BACK.to_owned()))
                }
                answer => Ok(answer),
            }
        })
    });
    match write.await {
        Err(error) if error.is_refusal(BACK) => {
            let changed = heard.borrow().clone().unwrap_or_default();
            let mut changed = Changed { done: Done::default(), ..changed };
            if wanted.ask && changed.open().all(Refusal::can_be_approved) {
                // what stands when it is granted is what is changed
                let series = Box::new(Pointed { version: None, ..Pointed::clone(&wanted) });
                let asked = ask(db, stamp, wanted.id, Petition::Series { series }).await?;
                changed.approval = Some(asked);
            }
            Ok(Ok(changed))
        }
        answer => answer,
    }
}

/// The same inside a change, which is to be taken back where [`Changed::asks`].
pub(super) async fn change_in(tx: &mut Tx, actor: Actor, pointed: &Pointed) -> Answer<Changed> {
    claims::store::queue(tx).await?;
    let here = store::by_ids_in(tx, &[pointed.id]).await?.pop();
    let Some((here, series)) = here.and_then(|here| here.series_id.map(|id| (here, id))) else {
        return Ok(Err(Refusal::Changed));
    };
    if pointed.version.is_some_and(|version| version != here.version) {
        return Ok(Err(Refusal::Stale));
    }
    let now = tx.now();
    let mut meant = store::of_series_in(tx, series).await?;
    meant.retain(|one| pointed.reach.takes(&here, one, now));
    let stays = |one: &Booking| one.apart && one.id != here.id && !pointed.also.contains(&one.no);
    let mut changed = Changed {
        kept: meant.iter().filter(|one| stays(one)).map(|one| one.id).collect(),
        ..Changed::default()
    };
    meant.retain(|one| !stays(one));
    let goes_on = pointed.deed.goes_on(&actor.day, &here);
    if goes_on {
        meant.reverse();
    }
    let mut whole = Whole::default();
    for one in &meant {
        let (command, skipped) = pointed.deed.command(&actor.day, one);
        let mut choice = OnConflict::NextTime;
        if let Some(skipped) = skipped {
            choice = pointed.choices.of_skipped(&one.no);
            changed.conflicts.push((one.id, Refusal::Skipped(skipped), choice));
        }
        if choice == OnConflict::NextTime {
            let refusal = match decided(tx, actor, one.id, None, &command).await? {
                Ok(found) => {
                    take(tx, &mut whole, pointed.reach, found).await?;
                    continue;
                }
                Err(wrong @ Refusal::Field(..)) => return Ok(Err(wrong)),
                Err(refusal) => refusal,
            };
            choice = pointed.choices.of(&one.no);
            changed.conflicts.retain(|(id, ..)| *id != one.id);
            changed.conflicts.push((one.id, refusal, choice));
        }
        if choice == OnConflict::OtherRoom
            && let Command::Edit(details) = &command
            && let Some(found) = elsewhere(tx, actor, one, details).await?
        {
            take(tx, &mut whole, pointed.reach, found).await?;
        }
    }
    if goes_on {
        changed.conflicts.reverse();
    }
    if changed.asks() {
        return Ok(Ok(changed));
    }
    let subject = format!("bookings/{}", here.no);
    let said = whole.said();
    let own = said.iter().find(|one| one.subject == subject).or_else(|| said.first());
    let words = own.map(|own| match i64::try_from(whole.acts()) {
        Ok(1) | Err(_) => own.call.said.clone(),
        Ok(many) => Said::with(|l, language| {
            l.bookings_call_series(own.call.said.to(language), many).to_string()
        }),
    });
    let call = words.and_then(|words| one_call(said, words));
    changed.done = whole.end(tx, pointed.deed.word(), &subject, call).await?;
    leads::grown(tx, &meant).await?;
    Ok(Ok(changed))
}

/// Carries one out. What is changed with the others is as much like them as it was.
async fn take(
    tx: &mut Tx,
    whole: &mut Whole,
    reach: Reach,
    (world, mut outcome): (World, Outcome),
) -> Result<()> {
    for booking in outcome.bookings.iter_mut().filter(|_| reach != Reach::This) {
        booking.apart = world.booking(booking.id).is_some_and(|before| before.apart);
    }
    whole.take(tx, &world, outcome).await
}

/// The same change in the best other room there is.
async fn elsewhere(
    tx: &mut Tx,
    actor: Actor,
    one: &Booking,
    details: &Details,
) -> Result<Option<(World, Outcome)>> {
    let at = details.starts_at.unwrap_or(one.starts_at);
    let minutes = details.minutes.unwrap_or(one.planned_minutes);
    let wanted = (details.party.unwrap_or(one.party), at, Some(minutes));
    for rooms in other_rooms(tx, actor, wanted, Some(one.id)).await? {
        let [room] = rooms.as_slice() else { continue };
        let command = Command::Edit(Box::new(Details { room: Some(*room), ..details.clone() }));
        if let Ok(found) = decided(tx, actor, one.id, None, &command).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
