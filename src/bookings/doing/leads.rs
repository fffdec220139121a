//! A booking that is a banquet, by what is celebrated or by its size, is a lead for the business manager
//! too (clause 1-7). Bookings that come again are one lead: one customer, one hand-over, one answer.

use super::super::asking;
use super::super::banquet::{Banquet, OCCASIONS, Stage};
use super::super::booking::{Booking, Source, State};
use super::super::rules::Rules;
use super::super::store::{self, banquets};
use super::super::world::{Outcome, World};
use crate::db::{Result, Tx};
use crate::kernel::BookingId;
use crate::rooms::store::setup;

/// Whether it is one. Guests who sit down now are nobody's lead, nor is who left no number.
fn is_banquet(rules: &Rules, one: &Booking) -> bool {
    is_feast(rules, (&one.occasion, one.party, one.phone.as_deref(), one.source))
}

fn is_feast(
    rules: &Rules,
    (occasion, party, phone, source): (&str, i64, Option<&str>, Source),
) -> bool {
    let feast = OCCASIONS.contains(&occasion.trim());
    let reached = phone.is_some_and(|phone| !phone.is_empty());
    (feast || party >= rules.banquet_party) && reached && source != Source::WalkIn
}

/// Whether what is about to be done makes a banquet of something: only then is it looked at afterwards.
pub(super) fn makes_one(world: &World, outcome: &Outcome) -> bool {
    let rules = &world.rules;
    let small = |id| world.booking(id).is_some_and(|before| !is_banquet(rules, before));
    outcome
        .creates
        .iter()
        .any(|one| is_feast(rules, (&one.occasion, one.party, one.phone.as_deref(), one.source)))
        || outcome
            .bookings
            .iter()
            .any(|one| one.state == State::Booked && is_banquet(rules, one) && small(one.id))
}

async fn rules(tx: &mut Tx) -> Result<Rules> {
    let rules = setup::rules_in(tx).await?;
    Ok(rules.map_or_else(Rules::default, |(_, text)| Rules::read(&text)))
}

/// These were booked: the first of them is handed over where it is a banquet.
pub(super) async fn made(tx: &mut Tx, bookings: &[BookingId]) -> Result<()> {
    let rules = rules(tx).await?;
    let made = store::by_ids_in(tx, bookings).await?;
    match made.iter().find(|one| is_banquet(&rules, one)) {
        Some(first) => hand_over(tx, &rules, first).await,
        None => Ok(()),
    }
}

/// These were changed; they are given as they were before. The first that is a banquet only now is handed
/// over, unless a manager has it or its series already.
pub(super) async fn grown(tx: &mut Tx, before: &[Booking]) -> Result<()> {
    let rules = rules(tx).await?;
    let small: Vec<BookingId> =
        before.iter().filter(|one| !is_banquet(&rules, one)).map(|one| one.id).collect();
    if small.is_empty() {
        return Ok(());
    }
    let now = store::by_ids_in(tx, &small).await?;
    let grown = now.iter().find(|one| one.state == State::Booked && is_banquet(&rules, one));
    match grown {
        Some(first) if !banquets::known_in(tx, first.id, first.series_id).await? => {
            hand_over(tx, &rules, first).await
        }
        _ => Ok(()),
    }
}

/// What was booked a moment ago is not: whoever is asked for it need not answer.
pub(super) async fn undone(tx: &mut Tx, bookings: &[BookingId]) -> Result<()> {
    let all = store::by_ids_in(tx, bookings).await?;
    let off = all
        .iter()
        .filter(|one| one.state == State::Cancelled && one.reason.as_deref() == Some(UNDONE));
    for one in off {
        for id in banquets::fresh_of_in(tx, one.id).await? {
            let mut lead = banquets::one_in(tx, id).await?;
            (lead.state, lead.reason) = (Stage::Lost, Some(UNDONE.to_owned()));
            banquets::put_in(tx, &lead, Stage::Lost.name()).await?;
            asking::over(tx, id, Stage::Lost.name()).await?;
        }
    }
    Ok(())
}

/// The reason of what was undone.
const UNDONE: &str = "undone";

async fn hand_over(tx: &mut Tx, rules: &Rules, one: &Booking) -> Result<()> {
    let segments = store::segments_of_in(tx, &[one.id]).await?;
    let hall = segments.iter().find(|segment| segment.is_live()).map(|segment| segment.room_id);
    let mut lead = Banquet {
        id: 0,
        version: 1,
        contact_id: one.contact_id,
        name: one.name.clone(),
        phone: one.phone.clone().unwrap_or_default(),
        occasion: one.occasion.trim().chars().take(40).collect(),
        solar_date: one.business_date,
        lunar_asked: false,
        period_id: None,
        tables: None,
        party: Some(one.party),
        budget_fen: None,
        hall_id: hall,
        note: one.note.chars().take(500).collect(),
        owner_staff: None,
        state: Stage::New,
        option_claim: None,
        option_until: None,
        reason: None,
        booking_id: Some(one.id),
        call_id: one.call_id,
        by_staff: tx.by(),
        created_at: tx.now(),
    };
    lead.id = banquets::add_in(tx, &lead).await?;
    asking::begin(tx, rules, &lead).await
}
