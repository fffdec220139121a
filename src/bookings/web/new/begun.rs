//! What the form of a booking is filled with from a call: who calls, and what its record says.

use super::super::super::quick::quick;
use super::super::act::agreed;
use super::{Fields, when_said};
use crate::calls;
use crate::directory::store::restricted::closed_to_all;
use crate::kernel::{CallId, Phone};
use crate::rooms::{House, minute_of};
use crate::web::{Problem, Want};

/// All that the call tells; what of its record is no field stands in the note.
pub(super) async fn of_call(want: &Want, house: &House, id: i64) -> Result<Fields, Problem> {
    let db = &want.kit.db;
    let mut call = calls::store::call(db, CallId(id)).await?;
    // of somebody restricted the name is enough: a booking is read by many
    calls::close(&mut call, &closed_to_all(db).await?);
    let caller = &call.caller;
    let number = caller.number.as_deref().filter(|_| !caller.masked).and_then(Phone::read);
    let card = caller.contact.as_ref().map(|card| card.name.clone());
    let mut fields = Fields {
        name: card.or_else(|| caller.display.clone()).unwrap_or_default(),
        phone: number.map(|phone| phone.for_people()).unwrap_or_default(),
        call_id: Some(id),
        ..Fields::default()
    };
    let Some(record) = &call.record else { return Ok(fields) };
    let (name, number) = record.person();
    if !name.is_empty() {
        fields.name = name;
    }
    if let (true, Some(number)) = (fields.phone.is_empty(), number) {
        fields.phone = number.for_people();
    }
    let said = [&record.when, &record.place, &record.what, &record.need].map(String::as_str);
    let day = &want.kit.day;
    let read = quick(&said.join(" "), house, day.date(want.now), minute_of(day, want.now));
    let at = agreed(day, read.when.date, read.when.minute).ok();
    fields.when = at.map(|at| when_said(want, at)).unwrap_or_default();
    fields.party = read.party.map(|party| party.to_string()).unwrap_or_default();
    fields.minutes = read.minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
    fields.room = read.room.map(|room| house.name(room)).unwrap_or_default();
    fields.wishes = read.wishes.join("，");
    fields.occasion = read.occasion.unwrap_or_default();
    fields.note = read.note;
    Ok(fields)
}
