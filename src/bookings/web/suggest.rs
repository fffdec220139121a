//! Rooms that suit, what else there is, bookings that could be moved to make room, and what an act
//! would do before it is done.

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::doing;
use super::super::fit::{Ground, Other, OtherKind, Proposal, Taken, Wanted, Why, others, rank};
use super::super::store;
use super::act::{Change, actor, change_of, found, moment};
use super::new::{rules, when_said};
use super::repacking::{self, Plan};
use super::say::refused;
use super::{READERS, WRITERS};
use crate::claims::{self, Claim, Kind, Owner};
use crate::kernel::{Language, Moment, RoomClassId, RoomId};
use crate::rooms::House;
use crate::web::{At, Filter, Problem, Reader, Want, flag, maybe_number, maybe_text, numbers};

/// What is asked for.
#[derive(Serialize, Deserialize, Clone, Default)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) party: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) at: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) minutes: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) class: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) wishes: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) phone: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) walk_in: bool,
    /// The asker's own holds: what is kept for them is free for them.
    #[serde(default, deserialize_with = "numbers")]
    pub(super) hold: Vec<i64>,
}

/// A room that suits.
#[derive(Serialize, Clone)]
pub(super) struct Offer {
    rooms: Vec<RoomId>,
    /// `A5+A6`.
    name: String,
    seats: i64,
    from_at: Moment,
    to_at: Moment,
    minutes: i64,
    /// Up to when it can be had, where that is shorter than a stay; null where it is not.
    until: Option<Moment>,
    /// In what it differs from what was asked; null where it does not.
    other: Option<OtherKind>,
    /// The reasons, in the reader's words.
    why: Vec<String>,
    /// When, as the form's field writes it.
    when: String,
    /// The whole in one sentence.
    pub(super) said: String,
}

/// What was found.
#[derive(Serialize, Clone, Default)]
pub(super) struct Suggested {
    /// Free rooms, the best first.
    items: Vec<Offer>,
    /// What else there is.
    others: Vec<Offer>,
    /// Bookings that could be moved to free a room.
    pub(super) repack: Option<Plan>,
    /// What to say where nothing is free.
    script: Option<String>,
}

impl Suggested {
    /// Whether a room is free as it was asked.
    pub(super) const fn is_free(&self) -> bool {
        !self.items.is_empty()
    }

    /// The best of all there is.
    pub(super) fn first(&self, many: usize) -> Vec<Offer> {
        self.items.iter().chain(&self.others).take(many).cloned().collect()
    }
}

fn why_said(want: &Want, why: &Why) -> String {
    let l = want.messages();
    match why {
        Why::Exact => l.bookings_why_exact(),
        Why::Spare(n) => l.bookings_why_spare(*n),
        Why::Extra(n) => l.bookings_why_extra(*n),
        Why::BelowMin(n) => l.bookings_why_below(*n),
        Why::Combined(n) => l.bookings_why_combined(*n),
        Why::Has(what) => l.bookings_why_has(what.as_str()),
        Why::LastTime => l.bookings_why_last(),
        Why::LeavesGap => l.bookings_why_gap(),
        Why::Until(at) => l.bookings_why_until(want.spelling().minute(*at)),
    }
    .to_string()
}

fn offer_of(want: &Want, house: &House, from: Moment, one: &Proposal) -> Offer {
    let to_at = from.plus_millis(one.minutes * 60_000);
    let why: Vec<String> = one.why.iter().map(|why| why_said(want, why)).collect();
    let name = house.names(&one.rooms);
    Offer {
        said: format!("{name} {}", why.join("，")),
        rooms: one.rooms.clone(),
        name,
        seats: one.seats,
        from_at: from,
        to_at,
        minutes: one.minutes,
        until: one
            .why
            .iter()
            .find_map(|why| if let Why::Until(at) = why { Some(*at) } else { None }),
        other: None,
        why,
        when: when_said(want, from),
    }
}

fn other_of(want: &Want, house: &House, other: &Other) -> Offer {
    let (l, spelling) = (want.messages(), want.spelling());
    let name = house.names(&other.rooms);
    let said = match other.kind {
        OtherKind::Time => l.bookings_else_time(name.as_str(), spelling.minute(other.from)),
        OtherKind::Class => l.bookings_else_class(name.as_str()),
        OtherKind::Combined => l.bookings_else_combined(name.as_str()),
        OtherKind::Day => {
            l.bookings_else_day(name.as_str(), spelling.moment_from(other.from, want.now))
        }
    };
    let said = said.to_string();
    Offer {
        seats: house.seats(&other.rooms.iter().copied().collect()),
        rooms: other.rooms.clone(),
        name,
        from_at: other.from,
        to_at: other.from.plus_millis(other.minutes * 60_000),
        minutes: other.minutes,
        until: None,
        other: Some(other.kind),
        why: Vec::new(),
        when: when_said(want, other.from),
        said,
    }
}

/// So many free rooms are choice enough.
const ENOUGH: usize = 3;

/// Everything that could be offered.
pub(super) async fn suggestions(
    want: &Want,
    house: &House,
    asked: &Asked,
) -> Result<Suggested, Problem> {
    let at = if asked.walk_in { Some(want.now) } else { None };
    let at = at.or_else(|| asked.at.as_deref().and_then(|text| moment(want, text).ok()));
    let (Some(at), Some(party)) = (at, asked.party) else { return Ok(Suggested::default()) };
    if !(1..=2_000).contains(&party) {
        return Ok(Suggested::default());
    }
    let db = &want.kit.db;
    let rules = rules(want).await?;
    let (from, to) = (at.plus_millis(-86_400_000), at.plus_millis(9 * 86_400_000));
    let mut claims = claims::store::between(db, from, to, want.now).await?;
    let own = Owner::keeper(want.stamp().by);
    let kept = |claim: &Claim| claim.kind == Kind::Hold && claim.owner == own;
    claims.retain(|claim| !(kept(claim) && asked.hold.contains(&claim.id.0)));
    let day = &want.kit.day;
    let taken = Taken::of(&claims, want.now);
    let ground = Ground { house, day, rules: &rules, taken: &taken, now: want.now };
    let last_room = last_room(want, asked.phone.as_deref()).await?;
    let wishes = asked.wishes.as_deref().unwrap_or_default();
    let wanted = Wanted {
        party,
        from: at.millis(),
        minutes: asked.minutes.filter(|minutes| (5..=2880).contains(minutes)),
        class: asked.class.map(RoomClassId),
        area: None,
        wishes: wishes
            .split([',', '，', '、'])
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect(),
        last_room,
        walk_in: asked.walk_in,
    };
    let found = rank(ground, &wanted);
    let items: Vec<Offer> =
        found.iter().take(6).map(|one| offer_of(want, house, at, one)).collect();
    if items.len() >= ENOUGH {
        return Ok(Suggested { items, ..Suggested::default() });
    }
    let mut else_: Vec<Offer> =
        others(ground, &wanted).iter().map(|one| other_of(want, house, one)).collect();
    if !items.is_empty() {
        // so few are free that another time may suit better
        else_.retain(|one| {
            !items.iter().any(|free| free.rooms == one.rooms && free.from_at == one.from_at)
        });
        return Ok(Suggested { items, others: else_, ..Suggested::default() });
    }
    let packed = repacking::plan(want, ground, &wanted, asked).await?;
    let l = want.messages();
    let script = if let Some(first) = else_.first() {
        l.bookings_full_script(first.said.as_str()).to_string()
    } else {
        l.bookings_full_wait().to_string()
    };
    Ok(Suggested { items, others: else_, repack: packed, script: Some(script) })
}

/// A refusal with the best three of what else there is.
pub(super) async fn with_others(
    want: &Want,
    problem: Problem,
    asked: &Asked,
) -> Result<Problem, Problem> {
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let found = suggestions(want, &house, asked).await?;
    Ok(problem.with("alternatives", &found.first(3)))
}

async fn last_room(want: &Want, phone: Option<&str>) -> Result<Option<RoomId>, Problem> {
    let Some(phone) = phone.and_then(crate::kernel::Phone::read) else { return Ok(None) };
    let db = &want.kit.db;
    let past = store::of_phone(db, phone.as_str(), 5).await?;
    let last = past.iter().find(|booking| booking.seated_at.is_some());
    let Some(last) = last else { return Ok(None) };
    let segments = store::segments_of(db, &[last.id]).await?;
    Ok(segments.last().map(|one| one.room_id))
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let found = suggestions(&want, &house, &asked).await?;
    want.json_with(StatusCode::OK, &found)
}

/// What a change would do: what is called out, what becomes free, who of those who wait gains.
pub(super) async fn preview(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Filter(written): Filter<Change>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let booking = found(&want, &no).await?;
    let command = change_of(&want, &house, &booking, &written)?;
    let ahead =
        doing::preview(db, want.stamp(), actor(&want, &reader), booking.id, command).await?;
    let ahead = match ahead {
        Ok(ahead) => ahead,
        Err(refusal) => return Err(refused(&want, refusal).await),
    };
    let (l, spelling) = (want.messages(), want.spelling());
    let freed: Vec<String> = ahead
        .freed
        .iter()
        .map(|(room, from, to)| {
            let span = format!("{}–{}", spelling.minute(*from), spelling.minute(*to));
            l.bookings_preview_free(house.name(*room), span).to_string()
        })
        .collect();
    let mut gains = Vec::new();
    for id in &ahead.gains {
        if let Some(entry) = store::waiting::one(db, *id).await? {
            let name = reader.closed.text(&entry.name);
            gains.push(l.bookings_preview_gains(name.as_str()).to_string());
        }
    }
    let call = ahead.call.as_ref().map(|call| reader.closed.text(call.to(want.language)));
    let parts: Vec<String> = call.clone().into_iter().chain(freed).chain(gains).collect();
    let preview = serde_json::json!({ "call": call, "freed": ahead.freed, "gains": ahead.gains });
    let between = if want.language == Language::ZhCn { "，" } else { ", " };
    let record = serde_json::json!({ "said": parts.join(between), "preview": preview });
    want.json_with(StatusCode::OK, &record)
}
