//! The five fields and the rest: writing them, reading them back, and who sold it.

use serde::{Deserialize, Serialize};

use crate::kernel::{Moment, RoomId};

use super::super::booking::{Booking, Source, State};
use super::super::refusal::{Decided, Refusal, Wrong};
use super::super::world::{Outcome, World};
use super::moving::{Wish, change, not_over};
use super::pieces::{must_be, unread};

/// What an edit may change. `None` leaves a thing as it is; an empty text clears it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// How to address the guest.
    pub name: Option<String>,
    /// How many.
    pub party: Option<i64>,
    /// E.164.
    pub phone: Option<String>,
    /// The beginning.
    #[serde(with = "crate::claims::maybe_millis", default)]
    pub starts_at: Option<Moment>,
    /// The length of the stay.
    pub minutes: Option<i64>,
    /// Another room.
    pub room: Option<RoomId>,
    /// What they asked for.
    pub wishes: Option<String>,
    /// What else was said.
    pub note: Option<String>,
    /// What is celebrated.
    pub occasion: Option<String>,
    /// Paid in advance, in fen.
    pub deposit_fen: Option<i64>,
    /// What they spent, in fen.
    pub bill_fen: Option<i64>,
    /// 0; 1 for those who go first, 2 where the house owes them.
    pub tier: Option<i64>,
    /// They want this room and no other.
    pub pinned: Option<bool>,
    /// Why it is all right although the room is small.
    pub despite: Option<String>,
    /// It was read back to the guest as it is written now.
    #[serde(default)]
    pub read_back: bool,
}

impl std::fmt::Debug for Details {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the details of a booking")
    }
}

/// Checks a name as it is said: 1 to 40 characters.
pub(super) fn name(text: &str) -> Decided<String> {
    let text = text.trim();
    let sound =
        !text.is_empty() && text.chars().count() <= 40 && !text.chars().any(char::is_control);
    if sound { Ok(text.to_owned()) } else { Err(Refusal::Field("name", Wrong::Name)) }
}

/// Checks how many.
pub(super) fn party(party: i64) -> Decided<i64> {
    if (1..=2_000).contains(&party) {
        Ok(party)
    } else {
        Err(Refusal::Field("party", Wrong::Party))
    }
}

/// Checks a text for its length.
pub(super) fn text(field: &'static str, text: &str) -> Decided<String> {
    // a zero is no letter, and no database keeps it
    let text = text.replace('\0', "");
    let text = text.trim();
    if text.chars().count() > 500 {
        Err(Refusal::Field(field, Wrong::Long))
    } else {
        Ok(text.to_owned())
    }
}

/// Checks money.
pub(super) fn money(field: &'static str, fen: i64) -> Decided<i64> {
    if (0..=10_000_000_000).contains(&fen) {
        Ok(fen)
    } else {
        Err(Refusal::Field(field, Wrong::Money))
    }
}

/// Changes what is written. What was read back counts no more once a word of it has changed.
pub(super) fn edit(world: &World, booking: &Booking, details: &Details) -> Decided<Outcome> {
    let time = details.starts_at.is_some() || details.minutes.is_some() || details.room.is_some();
    let mut written = booking.clone();
    let mut outcome = if time {
        let wish = Wish {
            from: None,
            to: details.room,
            starts_at: details.starts_at,
            minutes: details.minutes,
            despite: details.despite.as_deref(),
        };
        let no_room = world.live(booking.id).is_empty() && details.room.is_none();
        not_over(world, booking, details.starts_at)?;
        if no_room || booking_is_settled(world, booking, &wish) {
            retime_alone(world, &mut written, details);
            Outcome::default()
        } else {
            let mut outcome = change(world, booking, &wish)?;
            if let Some(changed) = outcome.bookings.pop() {
                written = changed;
            }
            outcome
        }
    } else {
        Outcome::default()
    };
    if let Some(one) = &details.name {
        written.name = name(one)?;
    }
    if let Some(many) = details.party {
        written.party = party(many)?;
        let rooms = world.rooms_of(booking.id);
        let grown = written.party > booking.party && details.room.is_none();
        if grown
            && details.despite.is_none()
            && let Some(first) = rooms.first()
        {
            let extra = world.house.room(*first).map_or(0, |room| room.cap_extra);
            let most = world.house.seats(&rooms) + if rooms.len() == 1 { extra } else { 0 };
            if written.party > most {
                return Err(Refusal::TooSmall(*first, most));
            }
        }
    }
    if let Some(phone) = &details.phone {
        written.phone = Some(phone.clone()).filter(|phone| !phone.is_empty());
        if written.phone.is_none() && booking.source != Source::WalkIn {
            return Err(Refusal::Field("phone", Wrong::Phone));
        }
    }
    let texts = [
        ("wishes", &details.wishes, &mut written.wishes),
        ("note", &details.note, &mut written.note),
        ("occasion", &details.occasion, &mut written.occasion),
    ];
    for (field, given, kept) in texts {
        if let Some(given) = given {
            *kept = text(field, given)?;
        }
    }
    if let Some(fen) = details.deposit_fen {
        written.deposit_fen = money("deposit", fen)?;
    }
    if let Some(fen) = details.bill_fen {
        written.bill_fen = Some(money("bill", fen)?);
    }
    written.tier = details.tier.unwrap_or(written.tier).clamp(0, 2);
    written.pinned = details.pinned.unwrap_or(written.pinned);
    let said = |one: &Booking| {
        (one.name.clone(), one.party, one.phone.clone(), one.starts_at, one.wishes.clone())
    };
    if said(&written) != said(booking) {
        unread(&mut written);
    }
    if details.read_back {
        written.readback_at = written.readback_at.or(Some(world.now));
    }
    outcome.word = "edited";
    outcome.bookings.push(written);
    Ok(outcome)
}

/// Whether the wish asks for nothing but what is there already.
fn booking_is_settled(world: &World, booking: &Booking, wish: &Wish<'_>) -> bool {
    let rooms = world.rooms_of(booking.id);
    wish.to.is_none_or(|room| rooms.contains(&room))
        && wish.starts_at.is_none_or(|at| at == booking.starts_at)
        && wish.minutes.is_none_or(|minutes| minutes == booking.planned_minutes)
}

fn retime_alone(world: &World, booking: &mut Booking, details: &Details) {
    let starts_at = details.starts_at.unwrap_or(booking.starts_at);
    let minutes = details.minutes.unwrap_or(booking.planned_minutes);
    super::moving::retimed(world, booking, starts_at, minutes);
}

/// It was read back to the guest, word for word.
pub(super) fn read_back(world: &World, booking: &Booking) -> Decided<Outcome> {
    must_be(booking, &[State::Booked, State::Arrived])?;
    let mut read = booking.clone();
    read.readback_at = Some(world.now);
    Ok(Outcome { word: "read_back", bookings: vec![read], ..Outcome::default() })
}

/// Who is said to have sold it.
#[derive(Clone, Copy)]
pub(super) struct Seller<'a> {
    pub(super) source: Source,
    pub(super) sold_by: Option<&'a str>,
    pub(super) sold_dept: Option<&'a str>,
}

/// Staff's sale or not: with a name and a department, or not at all; guests who came by themselves
/// stay nobody's sale; frozen once they are here, and then only with approval and a reason.
pub(super) fn attribute(
    world: &World,
    booking: &Booking,
    seller: Seller<'_>,
    reason: Option<&str>,
) -> Decided<Outcome> {
    let (sold_by, sold_dept) = sold(seller)?;
    if seller.source == Source::Staff && matches!(booking.source, Source::SelfCome | Source::WalkIn)
    {
        return Err(Refusal::StaysSelf);
    }
    let mut attributed = booking.clone();
    (attributed.source, attributed.sold_by, attributed.sold_dept) =
        (seller.source, sold_by, sold_dept);
    let mut outcome = Outcome { word: "attributed", ..Outcome::default() };
    if let Some(since) = booking.attribution_locked_at {
        if !world.approves {
            return Err(Refusal::Locked(since));
        }
        outcome.why = Some(super::pieces::given(reason.unwrap_or_default())?);
        attributed.attribution_round += 1;
    }
    outcome.bookings.push(attributed);
    Ok(outcome)
}

/// A staff's sale names who and of which department.
pub(super) fn sold(seller: Seller<'_>) -> Decided<(Option<String>, Option<String>)> {
    let said =
        |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let (by, dept) = (said(seller.sold_by), said(seller.sold_dept));
    if seller.source != Source::Staff {
        return Ok((None, None));
    }
    match (by, dept) {
        (Some(by), Some(dept)) => Ok((Some(by), Some(dept))),
        (None, _) => Err(Refusal::Field("sold_by", Wrong::SoldBy)),
        (_, None) => Err(Refusal::Field("sold_dept", Wrong::SoldBy)),
    }
}
