//! Several acts of one command: each with a line of its own in the journal, together with one call in the
//! corridor and one picture, so that they are undone together.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::super::corridor;
use super::super::rules::Rules;
use super::super::store::acts::{self, Image};
use super::super::store::perform::{Carried, Done, carry_out};
use super::super::world::{Call, Outcome, World};
use crate::db::{Result, Tx};
use crate::words::Said;

/// What would be called out of one act.
pub(super) struct Heard {
    /// The address of its record.
    pub(super) subject: String,
    /// The call.
    pub(super) call: Call,
    /// The day it is about, where that is not today.
    pub(super) date: Option<NaiveDate>,
}

/// The acts so far.
#[derive(Default)]
pub(super) struct Whole {
    image: Image,
    told: Vec<(&'static str, String)>,
    said: Vec<Heard>,
    done: Done,
    rules: Option<Rules>,
}

impl Whole {
    /// One more act is carried out; nothing is called out yet.
    pub(super) async fn take(
        &mut self,
        tx: &mut Tx,
        world: &World,
        outcome: Outcome,
    ) -> Result<()> {
        let mut outcome = outcome;
        let (call, date) = (outcome.call.take(), outcome.date.take());
        let Carried { word, subject, image, done } = carry_out(tx, world, outcome).await?;
        self.said.extend(call.map(|call| Heard { subject: subject.clone(), call, date }));
        self.told.push((word, subject));
        self.image.take_in(image);
        self.done.bookings.extend(done.bookings);
        self.done.claims.extend(done.claims);
        self.done.offered.extend(done.offered);
        self.rules = Some(world.rules.clone());
        Ok(())
    }

    /// How many acts there are.
    pub(super) fn acts(&self) -> usize {
        self.told.len()
    }

    /// What would be called out of them.
    pub(super) fn said(&self) -> &[Heard] {
        &self.said
    }

    /// Ends it: called out, and noted for undoing as `kind`, or as what it is where it is one act alone.
    /// It is the act of `subject` where that record is among them, else of the first. No act, no
    /// [`Done::act`].
    pub(super) async fn end(
        self,
        tx: &mut Tx,
        kind: &'static str,
        subject: &str,
        call: Option<(Call, Option<NaiveDate>)>,
    ) -> Result<Done> {
        let Self { mut image, told, mut done, rules, .. } = self;
        let own = told.iter().position(|(_, known)| known == subject).unwrap_or(0);
        let Some((word, subject)) = told.get(own).cloned() else { return Ok(done) };
        let kind = if told.len() == 1 { word } else { kind };
        if let Some((call, date)) = call {
            corridor::call(tx, &rules.unwrap_or_default(), &subject, &call, date).await?;
            (image.call, image.date) = (Some((call.said, call.rooms)), date);
        }
        for (word, other) in told.iter().filter(|(_, other)| *other != subject) {
            acts::note_in(tx, word, other).await?;
        }
        done.act = acts::add_in(tx, kind, &subject, &image).await?;
        Ok(done)
    }
}

/// One call for several: the sentence given, and every room that one of them names.
pub(super) fn one_call(said: &[Heard], words: Said) -> Option<(Call, Option<NaiveDate>)> {
    let first = said.first()?;
    let rooms: BTreeSet<_> = said.iter().flat_map(|one| one.call.rooms.iter().copied()).collect();
    // two rooms in their order mean from here to there
    let alike = said.iter().all(|one| one.call.rooms == first.call.rooms);
    let rooms = if alike { first.call.rooms.clone() } else { rooms.into_iter().collect() };
    let date = first.date.filter(|_| said.iter().all(|one| one.date.is_some()));
    Some((Call { kind: first.call.kind, rooms, said: words }, date))
}
