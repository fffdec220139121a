//! A banquet that is signed is a booking: it takes the hall that was kept for it, so that nothing is free
//! again when the option ends (operations §2.5).

use super::super::acts::{Command, Details, Opening, cut, decide};
use super::super::banquet::Banquet;
use super::super::booking::{Booking, Source};
use super::super::refusal::{Refusal, Wrong};
use super::super::store::perform::{Carried, carry_out};
use super::super::store::world::{Actor, load};
use super::super::store::{self, acts, banquets};
use super::super::world::{Outcome, World};
use super::{Answer, decided, opened, scope_of};
use crate::claims::Owner;
use crate::db::{Result, Tx};
use crate::kernel::{BookingId, Moment};

/// What is agreed with a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// When it begins.
    pub starts_at: Moment,
    /// How long it is, in minutes.
    pub minutes: i64,
    /// How many come, where it was not written down before.
    pub party: Option<i64>,
    /// Paid in advance, in fen.
    pub deposit_fen: i64,
}

/// So many sit at a table, where only the tables were said.
const AT_A_TABLE: i64 = 10;

/// Makes it a booking, as part of a change; the one it came from is it where that still stands.
pub async fn sign_in(
    tx: &mut Tx,
    actor: Actor,
    banquet: &Banquet,
    signing: &Signing,
) -> Answer<BookingId> {
    if let Some(id) = banquet.booking_id
        && let Some(booking) = standing(tx, id).await?
    {
        return of_booking(tx, actor, banquet, &booking, signing).await;
    }
    let party = signing.party.or(banquet.party);
    let party = party.or(banquet.tables.map(|tables| tables * AT_A_TABLE));
    let Some(party) = party else { return Ok(Err(Refusal::Field("party", Wrong::Party))) };
    let opening = Opening {
        name: banquet.name.clone(),
        party,
        phone: banquet.phone.clone(),
        starts_at: Some(signing.starts_at),
        minutes: Some(signing.minutes),
        rooms: banquet.hall_id.into_iter().collect(),
        note: banquet.note.clone(),
        occasion: banquet.occasion.clone(),
        source: Some(Source::SelfCome),
        contact_id: banquet.contact_id,
        call_id: banquet.call_id,
        deposit_fen: signing.deposit_fen,
        holds: banquet.option_claim.into_iter().collect(),
        held_by: Some(Owner::of(banquets::subject(banquet.id))),
        ..Opening::default()
    };
    match opened(tx, actor, &opening).await? {
        Ok((world, outcome)) => {
            let made = carried(tx, &world, outcome).await?;
            Ok(made.first().copied().ok_or(Refusal::Changed))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The booking it came from, where that still stands; of those that come again, the next that does.
async fn standing(tx: &mut Tx, id: BookingId) -> Result<Option<Booking>> {
    let own = store::by_ids_in(tx, &[id]).await?.pop();
    let series = own.as_ref().and_then(|own| own.series_id);
    if let Some(own) = own.filter(|own| own.state.is_open()) {
        return Ok(Some(own));
    }
    let Some(series) = series else { return Ok(None) };
    let all = store::of_series_in(tx, series).await?;
    Ok(all.into_iter().find(|one| one.state.is_open()))
}

/// The booking gets the hall that was kept, where it has another or none, and what was paid.
async fn of_booking(
    tx: &mut Tx,
    actor: Actor,
    banquet: &Banquet,
    booking: &Booking,
    signing: &Signing,
) -> Answer<BookingId> {
    let to = banquet.hall_id.filter(|_| banquet.option_claim.is_some());
    let change = Command::Change { from: None, to, starts_at: None, minutes: None, despite: None };
    let mut scope = scope_of(booking.id, &change);
    scope.claims.extend(banquet.option_claim);
    let mut world = load(tx, actor, &scope).await?;
    let option = banquet.option_claim.and_then(|id| world.claim(id)).cloned();
    let option = option.filter(|claim| claim.counts(world.now));
    world.claims.retain(|claim| option.as_ref().is_none_or(|option| option.id != claim.id));
    let there = to.is_none_or(|hall| world.rooms_of(booking.id).contains(&hall));
    let mut outcome = if there {
        Outcome { word: "signed", bookings: vec![booking.clone()], ..Outcome::default() }
    } else {
        match decide(&world, booking.id, &change) {
            Ok(outcome) => outcome,
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
    outcome.puts.extend(option.map(|option| cut(&option, world.now)));
    carried(tx, &world, outcome).await?;
    if signing.deposit_fen > 0 {
        let paid = Details { deposit_fen: Some(signing.deposit_fen), ..Details::default() };
        let paid = Command::Edit(Box::new(paid));
        match decided(tx, actor, booking.id, None, &paid).await? {
            Ok((world, outcome)) => drop(carried(tx, &world, outcome).await?),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    Ok(Ok(booking.id))
}

/// Carries it out for good: who signed does not unsign with a key.
async fn carried(tx: &mut Tx, world: &World, outcome: Outcome) -> Result<Vec<BookingId>> {
    let Carried { word, subject, done, .. } = carry_out(tx, world, outcome).await?;
    acts::note_in(tx, word, &subject).await?;
    Ok(done.bookings)
}
