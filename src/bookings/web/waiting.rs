//! `/waitlist`: who waits for a room, and what they say when one is kept for them.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::doing::{self, Reply};
use super::super::refusal::Wrong;
use super::super::store::waiting::NewEntry;
use super::super::store::{offers, waiting};
use super::super::waitlist::{Entry, Standing};
use super::act::{actor, done, in_field, moment, put_away};
use super::say::{refused, standing};
use super::view::phone as phone_seen;
use super::{READERS, WRITERS};
use crate::contacts;
use crate::kernel::{AreaId, CallId, Moment, Phone, RoomClassId};
use crate::rooms::House;
use crate::web::{
    Aloud, At, Frame, Input, OnDuty, Place, Problem, Reader, Want, flag, maybe_number, maybe_text,
    typed_number, whole_number,
};
use crate::words::Messages;

/// Somebody who waits, as this reader sees them.
#[derive(Serialize, Clone, utoipa::ToSchema)]
#[schema(as = WaitlistEntry)]
pub(crate) struct EntryView {
    pub(in crate::bookings) id: i64,
    pub(in crate::bookings) version: i64,
    /// Their place among those who wait; null once they do not.
    pub(in crate::bookings) position: Option<usize>,
    #[schema(value_type = String)]
    pub(in crate::bookings) state: Standing,
    pub(in crate::bookings) name: String,
    pub(in crate::bookings) phone: Option<String>,
    pub(in crate::bookings) masked: bool,
    pub(in crate::bookings) party: i64,
    pub(in crate::bookings) from_at: Moment,
    pub(in crate::bookings) to_at: Moment,
    pub(in crate::bookings) min_minutes: i64,
    pub(in crate::bookings) tier: i64,
    pub(in crate::bookings) note: String,
    pub(in crate::bookings) no_answers: i64,
    /// When it was read back to them; null where it was not.
    pub(in crate::bookings) readback_at: Option<Moment>,
    /// The room that is kept for them, and until when.
    pub(in crate::bookings) offer: Option<OfferView>,
    #[serde(skip)]
    pub(in crate::bookings) said: String,
    #[serde(skip)]
    pub(in crate::bookings) window: String,
    #[serde(skip)]
    pub(in crate::bookings) phone_said: String,
    #[serde(skip)]
    pub(in crate::bookings) dial: Option<String>,
}

#[derive(Serialize, Clone, utoipa::ToSchema)]
pub(in crate::bookings) struct OfferView {
    pub(in crate::bookings) id: i64,
    pub(in crate::bookings) room: String,
    pub(in crate::bookings) expires_at: Moment,
    #[serde(skip)]
    pub(in crate::bookings) until: String,
}

#[derive(Template, Serialize)]
#[template(path = "bookings/waitlist.html")]
struct WaitlistPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<EntryView>,
    next: Option<String>,
    #[serde(skip)]
    house: House,
    #[serde(skip)]
    writer: bool,
    /// What stands in the form, read back.
    #[serde(skip)]
    aloud: Aloud,
    #[serde(skip)]
    form: Written,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

/// Those who wait, in the order they are called.
pub(in crate::bookings) async fn entries(
    want: &Want,
    reader: &OnDuty,
    house: &House,
) -> Result<Vec<EntryView>, Problem> {
    let db = &want.kit.db;
    let open: BTreeMap<i64, offers::Offer> =
        offers::open(db).await?.into_iter().map(|offer| (offer.waitlist_id, offer)).collect();
    let found = waiting::open(db, want.now).await?;
    Ok(found
        .into_iter()
        .enumerate()
        .map(|(k, entry)| {
            let offer = open.get(&entry.id);
            view(want, reader, house, &entry, Some(k + 1), offer)
        })
        .collect())
}

fn view(
    want: &Want,
    reader: &OnDuty,
    house: &House,
    entry: &Entry,
    position: Option<usize>,
    offer: Option<&offers::Offer>,
) -> EntryView {
    let (l, spelling) = (want.messages(), want.spelling());
    let (phone, masked, dial, phone_said) = phone_seen(reader, Some(&entry.phone));
    EntryView {
        offer: offer.map(|offer| OfferView {
            id: offer.id,
            room: house.name(offer.room_id),
            expires_at: offer.expires_at,
            until: spelling.minute(offer.expires_at),
        }),
        said: standing(&l, entry.state),
        window: format!("{}–{}", spelling.minute(entry.from_at), spelling.minute(entry.to_at)),
        id: entry.id,
        version: entry.version,
        position,
        state: entry.state,
        name: reader.closed.text(&entry.name),
        phone,
        masked,
        party: entry.party,
        from_at: entry.from_at,
        to_at: entry.to_at,
        min_minutes: entry.min_minutes,
        tier: entry.tier,
        note: reader.closed.text(&entry.note),
        no_answers: entry.no_answers,
        readback_at: entry.readback_at,
        phone_said,
        dial,
    }
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(READERS)?;
    want.page(&page(&want, &reader, Written::default(), &Problem::rules()).await?)
}

/// The page with what stands in its form, and what is wrong with that.
async fn page(
    want: &Want,
    reader: &OnDuty,
    form: Written,
    problem: &Problem,
) -> Result<WaitlistPage, Problem> {
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let l = want.messages();
    Ok(WaitlistPage {
        frame: want.frame(Place::Bookings),
        items: entries(want, reader, &house).await?,
        next: None,
        house,
        writer: reader.roles.has_any(WRITERS),
        aloud: form.aloud(&l),
        errors: problem.fields(&l),
        form,
    })
}

/// Somebody who is to wait, as it is typed; also what stands in the fields.
#[derive(Default, Deserialize)]
pub(super) struct Written {
    name: String,
    phone: String,
    #[serde(default, deserialize_with = "typed_number")]
    party: String,
    #[serde(default, deserialize_with = "maybe_number")]
    class: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    area: Option<i64>,
    from: String,
    #[serde(default, deserialize_with = "maybe_text")]
    to: Option<String>,
    #[serde(default, deserialize_with = "typed_number")]
    minutes: String,
    #[serde(default, deserialize_with = "maybe_number")]
    tier: Option<i64>,
    #[serde(default)]
    note: String,
    #[serde(default, deserialize_with = "maybe_number")]
    call_id: Option<i64>,
    /// The call is put away with it.
    #[serde(default, deserialize_with = "flag")]
    done: bool,
    /// The words that were read back to them, as [`Aloud::words`] puts them.
    #[serde(default, deserialize_with = "maybe_text")]
    read: Option<String>,
}

impl Written {
    /// What is read back to somebody who is to wait: who, how many, from when, until when, their
    /// telephone.
    fn aloud(&self, l: &Messages) -> Aloud {
        let wait = Aloud::of(self.read.as_deref()).says(&self.name, str::to_owned);
        let wait = wait.says(&self.party, |t| l.bookings_aloud_party(t).to_string());
        let wait = wait.says_when(l, &self.from, |t| l.bookings_aloud_from(t).to_string());
        let to = self.to.as_deref().unwrap_or_default();
        let wait = wait.says_when(l, to, |t| l.bookings_aloud_to(t).to_string());
        wait.says_number(l, &self.phone)
    }

    pub(super) fn is_class(&self, id: impl Borrow<RoomClassId>) -> bool {
        self.class == Some(id.borrow().0)
    }

    /// Checked: who is to wait, for what.
    async fn entry(&self, want: &Want) -> Result<NewEntry, Problem> {
        let wrong = |field, wrong: Wrong| Problem::rules().field(field, move |l| wrong.say(l));
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 40 {
            return Err(wrong("name", Wrong::Name));
        }
        let phone = Phone::read(&self.phone).ok_or_else(|| wrong("phone", Wrong::Phone))?;
        let party = whole_number("party", &self.party)?;
        let party = party.filter(|party| (1..=2_000).contains(party));
        let party = party.ok_or_else(|| wrong("party", Wrong::Party))?;
        let from = moment(want, &self.from).map_err(in_field("from"))?;
        let to = match self.to.as_deref() {
            Some(text) => moment(want, text).map_err(in_field("to"))?,
            None => from.plus_millis(4 * 3_600_000),
        };
        let minutes = whole_number("minutes", &self.minutes)?.unwrap_or(90);
        if !(5..=2880).contains(&minutes) {
            return Err(wrong("minutes", Wrong::Minutes));
        }
        if to < from.plus_millis(minutes * 60_000) || to <= want.now {
            return Err(wrong("to", Wrong::When));
        }
        let read_back = self.aloud(&want.messages()).was_read();
        let card = contacts::store::by_number(&want.kit.db, phone.as_str()).await?;
        let vip = card.as_ref().is_some_and(|card| card.vip);
        Ok(NewEntry {
            date: want.kit.day.date(from),
            contact_id: card.map(|card| card.id.0),
            name,
            phone: phone.as_str().to_owned(),
            party,
            class_id: self.class.map(RoomClassId),
            area_id: self.area.map(AreaId),
            from_at: from,
            to_at: to,
            min_minutes: minutes,
            tier: self.tier.unwrap_or(i64::from(vip)).clamp(0, 2),
            note: self.note.trim().chars().take(500).collect(),
            call_id: self.call_id.map(CallId),
            read_back,
        })
    }
}

pub(super) async fn add(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let entry = match written.entry(&want).await {
        Ok(entry) => entry,
        Err(problem) if problem.has_fields() && !want.json => {
            let page = page(&want, &reader, written, &problem).await?;
            return want.page_with(problem.status, &page);
        }
        Err(problem) => return Err(problem),
    };
    let db = &want.kit.db;
    let add = db.write(want.stamp(), move |tx| {
        let entry = entry.clone();
        Box::pin(async move { waiting::add_in(tx, &entry).await })
    });
    let id = add.await?;
    put_away(&want, written.call_id.filter(|_| written.done).map(CallId)).await?;
    let house = crate::rooms::store::house(db).await?;
    let all = entries(&want, &reader, &house).await?;
    let made = all.into_iter().find(|one| one.id == id).ok_or_else(Problem::not_found)?;
    if want.json {
        return want.json_with(StatusCode::CREATED, &made);
    }
    want.done("/waitlist", &made)
}

pub(super) async fn leave(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    waiting::one(&want.kit.db, id).await?.ok_or_else(Problem::not_found)?;
    doing::leave_waitlist(&want.kit.db, want.stamp(), actor(&want, &reader), id).await?;
    want.done("/waitlist", &serde_json::json!({ "id": id }))
}

#[derive(Deserialize)]
pub(super) struct Said {
    /// `accepted`, `declined`, `closed`, `no_answer`.
    reply: String,
}

pub(super) async fn reply(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
    Input(Said { reply }): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    waiting::one(db, id).await?.ok_or_else(Problem::not_found)?;
    let reply = match reply.as_str() {
        "accepted" => Reply::Accepted,
        "declined" => Reply::Declined,
        "closed" => Reply::Closed,
        "no_answer" => Reply::NoAnswer,
        _ => return Err(Problem::syntax()),
    };
    match doing::reply(db, want.stamp(), actor(&want, &reader), id, reply).await? {
        Ok(Some(did)) => done(&want, &reader, &did).await,
        Ok(None) => want.done("/waitlist", &serde_json::json!({ "id": id })),
        Err(refusal) => Err(refused(&want, refusal).await),
    }
}
