//! Changing what is written of a booking; what somebody else changed meanwhile is shown, not lost.

use axum::response::Response;
use serde::Deserialize;

use super::super::super::acts::{Command, Details};
use super::super::super::refusal::Wrong;
use super::super::WRITERS;
use super::super::again::or_again;
use super::super::new::sentence;
use super::super::view::{Said, views};
use super::{Else, act_on, found, in_field, moment_of, money, room};
use crate::bookings::booking::Booking;
use crate::kernel::Phone;
use crate::rooms::House;
use crate::web::{At, OnDuty, Problem, Reader, Typed, Want, maybe_number, maybe_text, number};
use crate::words::Messages;

/// What somebody wrote of a booking; what is missing stays as it is.
#[derive(Deserialize)]
pub(in crate::bookings::web) struct Edit {
    #[serde(deserialize_with = "number")]
    version: i64,
    pub(in crate::bookings::web) name: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(in crate::bookings::web) party: Option<i64>,
    pub(in crate::bookings::web) phone: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(in crate::bookings::web) when: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(in crate::bookings::web) minutes: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(in crate::bookings::web) room: Option<String>,
    pub(in crate::bookings::web) wishes: Option<String>,
    pub(in crate::bookings::web) note: Option<String>,
    occasion: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    deposit: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    bill: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    tier: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(in crate::bookings::web) reason: Option<String>,
    /// The words that were read back to the guest, as [`crate::web::Aloud`] puts them.
    #[serde(default, deserialize_with = "maybe_text")]
    read: Option<String>,
}

impl Edit {
    /// The version it was written against.
    pub(in crate::bookings::web) const fn version(&self) -> i64 {
        self.version
    }

    /// Whether the guest heard it as it is written now: when and where are not in the form, and are
    /// said as they stand.
    fn was_read(&self, l: &Messages, standing: &Said) -> bool {
        let party = self.party.map(|party| party.to_string()).unwrap_or_default();
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let (name, wishes, phone) = (text(&self.name), text(&self.wishes), text(&self.phone));
        let words = [name.as_str(), &party, &standing.when, &standing.rooms, &wishes, &phone];
        sentence(l, self.read.as_deref(), words).was_read()
    }

    /// Puts back the numbers that its writer was not shown and left in their places; 422 where one
    /// would be lost.
    pub(in crate::bookings::web) fn put_back(
        &mut self,
        booking: &Booking,
        reader: &OnDuty,
    ) -> Result<(), Problem> {
        let wishes = booking.wishes().collect::<Vec<_>>().join("，");
        let mut problem = Problem::rules();
        for (field, text, before) in [
            ("name", &mut self.name, booking.name.as_str()),
            ("wishes", &mut self.wishes, wishes.as_str()),
            ("note", &mut self.note, booking.note.as_str()),
        ] {
            if text.as_mut().is_some_and(|text| !reader.put_back(text, before)) {
                problem = problem.field(field, |l| l.calls_wrong_hidden().to_string());
            }
        }
        if problem.has_fields() { Err(problem) } else { Ok(()) }
    }

    /// What it asks for of a booking.
    pub(in crate::bookings::web) fn details(
        self,
        want: &Want,
        house: &House,
        booking: &Booking,
    ) -> Result<Details, Problem> {
        let starts_at = match self.when.as_deref() {
            None => None,
            Some(text) => Some(moment_of(want, booking, text).map_err(in_field("when"))?),
        };
        let phone = match self.phone.as_deref().map(str::trim) {
            None => None,
            Some("") => Some(String::new()),
            // a masked number is not one that was typed
            Some(text) if text.contains('*') => None,
            Some(text) => Some(
                Phone::read(text)
                    .map(|phone| phone.as_str().to_owned())
                    .ok_or_else(|| Problem::rules().field("phone", |l| Wrong::Phone.say(l)))?,
            ),
        };
        Ok(Details {
            name: self.name,
            party: self.party,
            phone,
            starts_at,
            minutes: self.minutes,
            room: self.room.as_deref().map(|text| room(house, text)).transpose()?,
            wishes: self.wishes,
            note: self.note,
            occasion: self.occasion,
            deposit_fen: money("deposit", self.deposit.as_deref())?,
            bill_fen: money("bill", self.bill.as_deref())?,
            tier: self.tier,
            pinned: None,
            despite: self.reason,
            read_back: false,
        })
    }
}

pub(in crate::bookings::web) async fn edit(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    typed: Typed<Edit>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let Typed { read, texts } = typed.with_numbers(&["party"]);
    // the bill of guests who have left has a form of its own
    let form = if texts.has("name") { "edit" } else { "bill" };
    let done = edited(&want, &reader, &no, read).await;
    or_again(&want, &reader, &no, (form, texts), done).await
}

async fn edited(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    read: Result<Edit, Problem>,
) -> Result<Response, Problem> {
    let mut written = read?;
    let booking = found(want, no).await?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let version = written.version();
    let mut read_back = false;
    if written.read.is_some()
        && let Some(view) = views(want, reader, &house, vec![booking.clone()]).await?.pop()
    {
        read_back = written.was_read(&want.messages(), &view.said);
    }
    written.put_back(&booking, reader)?;
    let details = Details { read_back, ..written.details(want, &house, &booking)? };
    let command = Command::Edit(Box::new(details));
    act_on(want, reader, booking.id, Some(version), command, Else::default()).await
}
