//! The form of a slip: for whom by a few letters, what a call already says filled in, text, done.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::super::slip::{SOON_MS, Via, asks_call_back};
use super::super::store::{self, NewMessage};
use super::whom::{Somebody, meant, people};
use super::{TAKERS, form_page, seen};
use crate::calls::{State, store as calls};
use crate::directory::store::restricted::closed_to_all;
use crate::kernel::{CallId, Moment, Phone, StaffId};
use crate::scripts::{self, Use};
use crate::web::{
    Aloud, Filter, Frame, Input, Place, Problem, Reader, Want, flag, maybe_number, maybe_text,
};
use crate::words::Messages;

/// The longest name, telephone and text, in characters.
const NAME_MOST: usize = 100;
const BODY_MOST: usize = 2_000;

/// What stands in the form.
#[derive(Serialize)]
pub(super) struct Form {
    people: Vec<Somebody>,
    r#for: String,
    from_name: String,
    phone: String,
    body: String,
    urgent: bool,
    callback: bool,
    callback_by: String,
    /// The words that were read back, a line for each field of the sentence.
    read: String,
    call: Option<i64>,
    /// The call is put away once the slip is taken.
    #[serde(skip)]
    done: bool,
    via: &'static str,
    #[serde(skip)]
    canned: Vec<(String, String)>,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

impl Form {
    /// To whom it goes as the form stands, where that is clear.
    fn goes(&self, l: &Messages) -> Option<String> {
        meant(&self.people, &self.r#for).ok().map(|one| one.goes(l))
    }

    /// The sentence to read back as the form stands.
    fn aloud(&self, l: &Messages) -> Aloud {
        let words = [&self.from_name, &self.phone, &self.r#for, &self.body, &self.callback_by];
        sentence(l, &self.read, words.map(String::as_str))
    }
}

/// What a slip says, in the order in which it is read back: who leaves it, their telephone, for whom,
/// what, and by when they want to be called back.
fn sentence(l: &Messages, read: &str, words: [&str; 5]) -> Aloud {
    let [from_name, phone, whom, body, callback_by] = words;
    let slip = Aloud::of(Some(read)).says(from_name, str::to_owned);
    let slip = slip.says_number(l, phone);
    let slip = slip.says(whom, |t| l.messages_aloud_for(t).to_string()).says(body, str::to_owned);
    slip.says_when(l, callback_by, |t| l.messages_aloud_by(t).to_string())
}

#[derive(Template, Serialize)]
#[template(path = "messages/new.html")]
pub(super) struct NewPage {
    #[serde(skip)]
    pub(super) frame: Frame,
    #[serde(flatten)]
    pub(super) form: Form,
}

impl NewPage {
    /// The call to whose place at the console the reader goes back, where they have one.
    fn at_the_desk(&self) -> Option<i64> {
        self.form.call.filter(|_| self.frame.leads_to("/console"))
    }
}

/// `?call=17&for=5`
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_number")]
    call: Option<i64>,
    #[serde(default, rename = "for", deserialize_with = "maybe_text")]
    whom: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    done: bool,
}

async fn canned(want: &Want) -> Result<Vec<(String, String)>, Problem> {
    let db = &want.kit.db;
    let (all, list) = (scripts::store::all(db).await?, scripts::store::forbidden(db).await?);
    let of = all.into_iter().filter(|one| one.case == Use::Canned);
    // a word in it may have been forbidden since it was written
    let of = of.filter(|one| scripts::look(&one.body, &list).forbidden.is_empty());
    let of = of.filter(|one| one.language == want.language.tag());
    Ok(of.map(|one| (one.title, one.body)).collect())
}

/// The one live call a person has in hand; none where there are several.
async fn in_hand(want: &Want, me: StaffId) -> Result<Option<i64>, Problem> {
    let mut calls = calls::in_hand(&want.kit.db, me, want.now).await?;
    calls.retain(|call| call.state != State::Ended);
    Ok(match calls.as_slice() {
        [one] => Some(one.id.0),
        _ => None,
    })
}

/// `GET /messages/new`
pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(TAKERS)?;
    let call = match (asked.call, &asked.whom, reader.staff()) {
        // from somebody's own page, while a caller waits
        (None, Some(_), Some(me)) => in_hand(&want, me).await?,
        (asked, ..) => asked,
    };
    let mut form = Form {
        people: people(&want).await?,
        r#for: asked.whom.unwrap_or_default(),
        from_name: String::new(),
        phone: String::new(),
        body: String::new(),
        urgent: false,
        callback: false,
        callback_by: String::new(),
        read: String::new(),
        call,
        done: asked.done,
        via: if call.is_some() { "call" } else { "desk" },
        canned: canned(&want).await?,
        errors: BTreeMap::new(),
    };
    if let Some(named) = form.people.iter().find(|one| one.id.to_string() == form.r#for) {
        form.r#for.clone_from(&named.name);
    }
    if let Some(id) = call {
        let mut call = crate::calls::call_seen(&want, &reader, CallId(id)).await?;
        // others read the slip
        crate::calls::close(&mut call, &closed_to_all(&want.kit.db).await?);
        if reader.sees_numbers() {
            let mut caller = call.caller;
            // the number of somebody restricted is no more than a mask
            caller.number = caller.number.filter(|_| !caller.masked);
            let shown =
                caller.number.as_deref().and_then(Phone::read).map(|phone| phone.for_people());
            form.phone = shown.or(caller.number).unwrap_or_default();
            form.from_name =
                caller.contact.map(|one| one.name).or(caller.display).unwrap_or_default();
        }
        if let Some(record) = call.record {
            // whom the operator asked for their name comes before the card
            let (name, number) = record.person();
            if reader.sees_numbers() && !name.is_empty() {
                form.from_name = name;
            }
            if let (true, true, Some(number)) =
                (reader.sees_numbers(), form.phone.is_empty(), number)
            {
                form.phone = number.for_people();
            }
            form.body = record.what;
        }
    }
    want.page(&form_page(&want, form))
}

/// A slip as a form or a program sends it; `for` is an id, a name, its first letters, an extension.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(default, rename = "for", deserialize_with = "text_or_number")]
    whom: String,
    /// The name of whoever the form said it goes to, while a few letters of it were written.
    #[serde(default, deserialize_with = "maybe_text")]
    meant: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    from_name: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    phone: Option<String>,
    #[serde(default)]
    body: String,
    #[serde(default, deserialize_with = "flag")]
    urgent: bool,
    #[serde(default, deserialize_with = "flag")]
    callback: bool,
    #[serde(default, deserialize_with = "maybe_text")]
    callback_by: Option<String>,
    /// The words that were read back to whoever leaves it, as [`Aloud::words`] puts them.
    #[serde(default, deserialize_with = "maybe_text")]
    read: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    call: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    via: Option<String>,
    /// The call leaves its writer's console with it.
    #[serde(default, deserialize_with = "flag")]
    done: bool,
}

fn text_or_number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value
        .as_str()
        .map_or_else(|| value.as_i64().map(|id| id.to_string()).unwrap_or_default(), str::to_owned))
}

fn clean(text: &str, lines: bool) -> String {
    let text = text.replace("\r\n", "\n");
    let kept = text.chars().filter(|c| (lines && *c == '\n') || !c.is_control());
    kept.collect::<String>().trim().to_owned()
}

impl Written {
    fn aloud(&self, l: &Messages) -> Aloud {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let (from_name, phone) = (text(&self.from_name), text(&self.phone));
        let (callback_by, read) = (text(&self.callback_by), text(&self.read));
        sentence(l, &read, [&from_name, &phone, &self.whom, &self.body, &callback_by])
    }

    fn slip(&self, want: &Want, people: &[Somebody]) -> Result<NewMessage, Problem> {
        let mut wrong = Problem::rules();
        let whom = match meant(people, &self.whom) {
            Ok(whom) => {
                let told = self.meant.as_deref() == Some(whom.name.as_str());
                if !want.json && !told && !whom.is_named(&self.whom) {
                    // a few letters are somebody only once the writer has seen whom
                    let goes = whom.clone();
                    wrong = wrong
                        .field("for", move |l| l.messages_sure(goes.goes(l).as_str()).to_string());
                }
                Some(whom)
            }
            Err(several) if several.is_empty() => {
                wrong = wrong.field("for", |l| l.messages_nobody().to_string());
                None
            }
            Err(several) => {
                let names = several.join("、");
                wrong = wrong.field("for", move |l| l.messages_several(names.as_str()).to_string());
                None
            }
        };
        let from_name = clean(self.from_name.as_deref().unwrap_or_default(), false);
        let phone = clean(self.phone.as_deref().unwrap_or_default(), false);
        let body = clean(&self.body, true);
        for (name, text, most) in [
            ("from_name", &from_name, NAME_MOST),
            ("phone", &phone, NAME_MOST),
            ("body", &body, BODY_MOST),
        ] {
            if text.chars().count() > most {
                wrong = wrong.field(name, move |l| l.messages_too_long(most).to_string());
            }
        }
        if body.is_empty() {
            wrong = wrong.field("body", |l| l.messages_body_missing().to_string());
        }
        let callback = self.callback || self.callback_by.is_some();
        let by = self.callback_by.as_deref().map(|text| moment(want, text));
        if by == Some(None) {
            wrong = wrong.field("callback_by", |l| l.messages_wrong_moment().to_string());
        }
        if callback && phone.is_empty() {
            wrong = wrong.field("phone", |l| l.messages_phone_missing().to_string());
        }
        let via = match self.via.as_deref() {
            None => Some(if self.call.is_some() { Via::Call } else { Via::Desk }),
            Some(word) => Via::from_word(word).filter(|via| *via != Via::Pickup),
        };
        match (whom, via) {
            (Some(whom), Some(via)) if !wrong.has_fields() => Ok(NewMessage {
                for_staff: whom.id,
                from_name,
                phone,
                body: whom.worded(&want.messages(), body),
                urgent: self.urgent,
                callback_by: (callback || asks_call_back(&self.body))
                    .then(|| by.flatten().unwrap_or_else(|| want.now.plus_millis(SOON_MS))),
                readback_at: self.aloud(&want.messages()).was_read().then_some(want.now),
                call_id: self.call.map(CallId),
                via,
                reason: None,
            }),
            (_, None) => Err(wrong.field("via", |l| l.messages_wrong_via().to_string())),
            _ => Err(wrong),
        }
    }
}

/// An instant, or a local time as a browser's field writes it: `2026-11-23T15:30`.
fn moment(want: &Want, text: &str) -> Option<Moment> {
    Moment::parse_rfc3339(text).or_else(|| {
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok()?;
        let at = local.and_local_timezone(want.kit.day.zone).earliest()?;
        Some(Moment::from(at.to_utc()))
    })
}

/// `POST /messages`
pub(super) async fn take(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(TAKERS)?;
    let people = people(&want).await?;
    let db = &want.kit.db;
    let new = match written.slip(&want, &people) {
        Ok(new) => new,
        Err(problem) if problem.has_fields() && !want.json => {
            let whom = meant(&people, &written.whom).ok().map(|one| one.name.clone());
            let form = Form {
                people,
                r#for: whom.unwrap_or(written.whom),
                from_name: written.from_name.unwrap_or_default(),
                phone: written.phone.unwrap_or_default(),
                body: written.body,
                urgent: written.urgent,
                callback: written.callback,
                callback_by: written.callback_by.unwrap_or_default(),
                read: written.read.unwrap_or_default(),
                call: written.call,
                done: written.done,
                via: if written.call.is_some() { "call" } else { "desk" },
                canned: canned(&want).await?,
                errors: problem.fields(&want.messages()),
            };
            return want.page_with(problem.status, &form_page(&want, form));
        }
        Err(problem) => return Err(problem),
    };
    if let Some(call) = new.call_id {
        // a call that is not there is no place to take a slip
        calls::call(db, call).await?;
    }
    let over = new.call_id.filter(|_| written.done);
    // a greeter takes slips too, and has no console
    let at_the_desk = want.frame(Place::Messages).leads_to("/console");
    let place = match new.call_id.filter(|_| at_the_desk) {
        Some(_) if written.done => "/console".to_owned(),
        Some(call) => format!("/console?call={call}"),
        None => "/messages?box=taken".to_owned(),
    };
    let Some(id) = store::take(db, want.stamp(), new).await? else {
        return Err(Problem::broken("a slip was not taken"));
    };
    if let Some(call) = over {
        crate::calls::put_away(&want, call).await?;
    }
    let slip = store::one(db, id).await?;
    want.done(&place, &seen(slip, &want.messages(), &reader))
}
