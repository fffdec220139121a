//! A booking that is a banquet by its occasion or its size is a lead for the business manager too.

use super::super::super::acts::Opening;
use super::super::super::banquet::{Banquet, OCCASIONS, Stage};
use super::super::super::booking::Source;
use super::rules;
use crate::kernel::Phone;
use crate::web::{Problem, Want};

/// The lead, where it is one: an occasion of the list, or as many guests as the house's rules say.
/// Guests who sit down now are nobody's lead.
pub(super) async fn lead(want: &Want, opening: &Opening) -> Result<Option<Banquet>, Problem> {
    let rules = rules(want).await?;
    let feast = OCCASIONS.contains(&opening.occasion.trim());
    let large = opening.party >= rules.banquet_party;
    let phone = Phone::read(&opening.phone);
    let (Some(phone), Some(at)) = (phone, opening.starts_at) else { return Ok(None) };
    if !(feast || large) || opening.source == Some(Source::WalkIn) {
        return Ok(None);
    }
    Ok(Some(Banquet {
        id: 0,
        version: 1,
        contact_id: opening.contact_id,
        name: opening.name.trim().to_owned(),
        phone: phone.as_str().to_owned(),
        occasion: opening.occasion.trim().chars().take(40).collect(),
        solar_date: want.kit.day.date(at),
        lunar_asked: false,
        period_id: None,
        tables: None,
        party: Some(opening.party),
        budget_fen: None,
        hall_id: opening.rooms.first().copied(),
        note: opening.note.chars().take(500).collect(),
        owner_staff: None,
        state: Stage::New,
        option_claim: None,
        option_until: None,
        reason: None,
        booking_id: None,
        call_id: opening.call_id,
        by_staff: want.stamp().by,
        created_at: want.now,
    }))
}
