//! `/bookings/new`: the five fields in speaking order, the quick line, the guest recognised by the
//! number, and the hold that a touched cell takes.

mod begun;
mod draft;
mod guest;
mod holds;
mod missing;
mod series;

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::acts::Opening;
use super::super::banquet::choices;
use super::super::booking::Source;
use super::super::doing;
use super::super::quick::WISHES;
use super::super::refusal::Refusal;
use super::super::rules::Rules;
use super::WRITERS;
use super::act::{actor, done, in_field, moment, money, put_away, room};
use super::say::refused;
use super::suggest::{Asked, with_others};
use crate::contacts;
use crate::db;
use crate::kernel::{CallId, ClaimId, Moment, Phone, RoomId};
use crate::rooms::{House, minute_of};
use crate::web::{
    Aloud, Filter, Frame, Input, Place, Problem, Reader, Want, flag, list as many, maybe_number,
    maybe_text, numbers,
};
use crate::words::Messages;

pub(super) use draft::draft;
use guest::{Guest, guest};
pub(super) use holds::{give_back, hold, renew};
use missing::missing;
pub(super) use series::clash;
use series::series;

/// The house's rules.
pub(super) async fn rules(want: &Want) -> db::Result<Rules> {
    let kept = crate::rooms::store::setup::rules(&want.kit.db).await?;
    Ok(kept.map_or_else(Rules::default, |(_, text)| Rules::read(&text)))
}

/// Rooms that somebody typed, each in a field of its own or several as `A5+A6`.
fn rooms(house: &House, typed: &[String]) -> Result<Vec<RoomId>, Problem> {
    let names = typed.iter().flat_map(|text| text.split(['+', ',', '，', '、']));
    names.filter(|name| !name.trim().is_empty()).map(|name| room(house, name)).collect()
}

/// What the form is opened with.
#[derive(Deserialize, Default)]
pub(super) struct Opened {
    #[serde(default, deserialize_with = "maybe_text")]
    room: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    at: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    call: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    phone: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    party: Option<i64>,
    /// What is kept for it: one hold for each room.
    #[serde(default, deserialize_with = "numbers")]
    hold: Vec<i64>,
    #[serde(default, deserialize_with = "flag")]
    walk_in: bool,
    /// The viewing it follows from.
    #[serde(default, deserialize_with = "maybe_number")]
    viewing: Option<i64>,
    /// The call is put away once it is booked.
    #[serde(default, deserialize_with = "flag")]
    done: bool,
}

/// What stands in the fields.
#[derive(Default, Serialize)]
pub(super) struct Fields {
    name: String,
    party: String,
    phone: String,
    when: String,
    minutes: String,
    room: String,
    wishes: String,
    note: String,
    occasion: String,
    call_id: Option<i64>,
    hold: Vec<i64>,
    walk_in: bool,
    viewing: Option<i64>,
    done: bool,
}

impl Fields {
    /// The holds as the form sends them: `12,13`.
    fn holds(&self) -> String {
        self.hold.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
    }

    /// The sentence to read back to the guest as the form stands.
    fn aloud(&self, l: &Messages) -> Aloud {
        let words = [&self.name, &self.party, &self.when, &self.room, &self.wishes, &self.phone];
        sentence(l, None, words.map(String::as_str))
    }
}

/// What a booking says, in the order in which it is read back: who, how many, when, which room, what
/// they asked for, their telephone.
pub(super) fn sentence(l: &Messages, read: Option<&str>, words: [&str; 6]) -> Aloud {
    let [name, party, when, room, wishes, phone] = words;
    let booking = Aloud::of(read).says(name, str::to_owned);
    let booking = booking.says(party, |t| l.bookings_aloud_party(t).to_string());
    let booking = booking.says_when(l, when, str::to_owned);
    let booking = booking.says(room, |t| l.bookings_aloud_room(t).to_string());
    let booking = booking.says(wishes, |t| l.bookings_aloud_wishes(t).to_string());
    booking.says_number(l, phone)
}

#[derive(Template, Serialize)]
#[template(path = "bookings/new.html")]
struct NewPage {
    #[serde(skip)]
    frame: Frame,
    fields: Fields,
    #[serde(skip)]
    house: House,
    #[serde(skip)]
    wishes: &'static [&'static str],
    #[serde(skip)]
    occasions: Vec<(&'static str, String)>,
    guest: Option<Guest>,
    #[serde(skip)]
    people: Vec<String>,
    /// The first of its holds ends in so many milliseconds; 0 where one has ended.
    #[serde(skip)]
    hold_ms: i64,
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(opened): Filter<Opened>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let begun = match opened.call {
        Some(call) => begun::of_call(&want, &house, call).await?,
        None => Fields::default(),
    };
    let phone = opened.phone.unwrap_or_else(|| begun.phone.clone());
    let known = Some(phone.as_str()).filter(|phone| !reader.closed.hides(phone));
    let guest = match known {
        Some(phone) => guest(&want, phone).await?,
        None => None,
    };
    let when = opened.at.as_deref().and_then(|text| moment(&want, text).ok());
    let known = opened.room.as_deref().and_then(|text| room(&house, text).ok());
    let fields = Fields {
        name: opened
            .name
            .or_else(|| Some(begun.name).filter(|name| !name.is_empty()))
            .or_else(|| guest.as_ref().map(|one| one.name.clone()))
            .unwrap_or_default(),
        party: opened.party.map_or(begun.party, |party| party.to_string()),
        phone,
        when: when.map_or(begun.when, |at| when_said(&want, at)),
        room: known.map_or(begun.room, |id| house.name(id)),
        hold: opened.hold,
        walk_in: opened.walk_in,
        viewing: opened.viewing,
        done: opened.done,
        ..begun
    };
    want.page(&new_page(&want, house, fields, guest).await?)
}

/// A moment as the form's field writes it, so that it is read back as the same.
pub(super) fn when_said(want: &Want, at: Moment) -> String {
    let day = &want.kit.day;
    let (date, minute) = (day.date(at), minute_of(day, at));
    format!("{date} {:02}:{:02}", minute / 60, minute % 60)
}

async fn new_page(
    want: &Want,
    house: House,
    fields: Fields,
    guest: Option<Guest>,
) -> Result<NewPage, Problem> {
    let people = super::view::people(want).await?.into_values().collect();
    let hold_ms = kept_for(want, &fields.hold).await?;
    let frame = want.frame(Place::Bookings);
    Ok(NewPage {
        frame,
        fields,
        house,
        wishes: &WISHES,
        occasions: choices(&want.messages()),
        guest,
        people,
        hold_ms,
    })
}

/// For how long all rooms of a form are still kept, in milliseconds; 0 where one of them is not any more.
async fn kept_for(want: &Want, holds: &[i64]) -> Result<i64, Problem> {
    let ids: Vec<ClaimId> = holds.iter().copied().map(ClaimId).collect();
    let live = crate::claims::store::live(&want.kit.db, &ids, want.now).await?;
    if live.len() < ids.len() {
        return Ok(0);
    }
    let ends = live.iter().filter_map(|claim| claim.expires_at);
    Ok(ends.map(|at| at.millis_since(want.now)).min().unwrap_or(0))
}

/// A booking as it is written.
#[derive(Deserialize, Default)]
pub(super) struct Written {
    #[serde(default)]
    name: String,
    #[serde(default, deserialize_with = "maybe_number")]
    party: Option<i64>,
    #[serde(default)]
    phone: String,
    #[serde(default, deserialize_with = "maybe_text")]
    when: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    minutes: Option<i64>,
    /// One room, or several opened into one.
    #[serde(default, deserialize_with = "many")]
    room: Vec<String>,
    #[serde(default, deserialize_with = "many")]
    wishes: Vec<String>,
    #[serde(default)]
    note: String,
    #[serde(default)]
    occasion: String,
    #[serde(default)]
    source: Option<Source>,
    #[serde(default, deserialize_with = "maybe_text")]
    sold_by: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    sold_dept: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    call_id: Option<i64>,
    /// The call is put away with it.
    #[serde(default, deserialize_with = "flag")]
    done: bool,
    #[serde(default, deserialize_with = "maybe_text")]
    deposit: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    tier: Option<i64>,
    #[serde(default, deserialize_with = "flag")]
    pinned: bool,
    /// What was kept while it was written: one hold for each room.
    #[serde(default, deserialize_with = "numbers")]
    hold: Vec<i64>,
    /// A reason that lets pass what would be asked first.
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    shorten: bool,
    /// The viewing it follows from: who came to see a room came by themselves.
    #[serde(default, deserialize_with = "maybe_number")]
    viewing: Option<i64>,
    /// `daily`, `weekly`, `monthly`.
    #[serde(default, deserialize_with = "maybe_text")]
    every: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    times: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    on_conflict: Option<String>,
    /// For one date of the series: `skip:2026-11-30`, `other_room:2026-12-07`.
    #[serde(default, deserialize_with = "many")]
    choice: Vec<String>,
    /// The words that were read back to the guest, as [`Aloud::words`] puts them.
    #[serde(default, deserialize_with = "maybe_text")]
    read: Option<String>,
}

impl Written {
    fn aloud(&self, l: &Messages) -> Aloud {
        let party = self.party.map(|party| party.to_string()).unwrap_or_default();
        let (room, wishes) = (self.room.join("+"), self.wishes.join("，"));
        let when = self.when.as_deref().unwrap_or_default();
        let words = [self.name.as_str(), &party, when, &room, &wishes, &self.phone];
        sentence(l, self.read.as_deref(), words)
    }

    async fn opening(&self, want: &Want, house: &House) -> Result<Opening, Problem> {
        let walk_in = self.source == Some(Source::WalkIn);
        let starts_at = match self.when.as_deref() {
            _ if walk_in => None,
            None => None,
            Some(text) => Some(moment(want, text).map_err(in_field("when"))?),
        };
        let card = match Phone::read(&self.phone) {
            Some(phone) => contacts::store::by_number(&want.kit.db, phone.as_str()).await?,
            None => None,
        };
        let vip = card.as_ref().is_some_and(|card| card.vip);
        Ok(Opening {
            name: self.name.clone(),
            party: self.party.unwrap_or(0),
            phone: self.phone.clone(),
            starts_at,
            minutes: self.minutes,
            rooms: rooms(house, &self.room)?,
            wishes: self.wishes.join("，"),
            note: self.note.clone(),
            occasion: self.occasion.clone(),
            source: self.source,
            sold_by: self.sold_by.clone(),
            sold_dept: self.sold_dept.clone(),
            call_id: self.call_id.map(CallId),
            contact_id: card.map(|card| card.id.0),
            deposit_fen: money("deposit", self.deposit.as_deref())?.unwrap_or(0),
            tier: self.tier.unwrap_or(i64::from(vip)),
            pinned: self.pinned,
            holds: self.hold.iter().copied().map(ClaimId).collect(),
            held_by: None,
            series_id: None,
            despite: self.reason.clone(),
            shorten: self.shorten,
            read_back: self.aloud(&want.messages()).was_read(),
            viewing: self.viewing,
        })
    }
}

pub(super) async fn create(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let mut written = written;
    if written.viewing.is_some() && written.source != Some(Source::WalkIn) {
        written.source = Some(Source::SelfCome);
    }
    if let Some(problem) = missing(&written) {
        return Err(problem);
    }
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let opening = written.opening(&want, &house).await?;
    let over = opening.call_id.filter(|_| written.done);
    if let Some(every) = written.every.as_deref() {
        let made = series(&want, &reader, &written, opening, every).await?;
        put_away(&want, over).await?;
        return Ok(made);
    }
    let (db, stamp) = (&want.kit.db, want.stamp());
    match doing::open_booking(db, stamp, actor(&want, &reader), opening.clone()).await? {
        Ok(did) => {
            put_away(&want, over).await?;
            done(&want, &reader, &did).await
        }
        Err(refusal) => {
            let full = matches!(refusal, Refusal::Taken(_));
            let problem = refused(&want, refusal).await;
            if !full {
                return Err(problem);
            }
            // who has it, and the next three
            let asked = Asked {
                party: Some(opening.party),
                at: opening.starts_at.map(|at| at.to_string()),
                minutes: opening.minutes,
                class: None,
                wishes: Some(opening.wishes),
                phone: Some(written.phone).filter(|phone| !reader.closed.hides(phone)),
                walk_in: opening.source == Some(Source::WalkIn),
                hold: written.hold,
            };
            Err(with_others(&want, problem, &asked).await?)
        }
    }
}
