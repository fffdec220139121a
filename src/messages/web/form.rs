//! The form of a slip: for whom by a few letters, what a call already says filled in, text, done.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use chrono::NaiveDateTime;
use pinyin::ToPinyin as _;
use serde::{Deserialize, Serialize};

use super::super::slip::{Via, asks_call_back};
use super::super::store::{self, NewMessage};
use super::{TAKERS, form_page};
use crate::calls::store as calls;
use crate::kernel::{CallId, Moment, Phone, StaffId};
use crate::scripts::{self, Use};
use crate::shifts;
use crate::staff::Person;
use crate::web::{Filter, Frame, Input, Problem, Reader, Want, flag, maybe_number, maybe_text};

/// The longest name, telephone and text, in characters.
const NAME_MOST: usize = 100;
const BODY_MOST: usize = 2_000;
/// A call back that is wanted without a moment is due after an hour, in milliseconds.
const SOON_MS: i64 = 60 * 60 * 1000;

/// Somebody a slip can be for.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Somebody {
    id: StaffId,
    name: String,
    extension: Option<String>,
    /// How the name sounds and its initials, to be found by.
    #[serde(skip)]
    sounds: String,
    #[serde(skip)]
    initials: String,
}

impl Somebody {
    fn of(person: Person) -> Self {
        let sounds: Vec<&str> =
            person.name.as_str().to_pinyin().flatten().map(pinyin::Pinyin::plain).collect();
        Self {
            id: person.id,
            initials: sounds.iter().filter_map(|sound| sound.chars().next()).collect(),
            sounds: sounds.concat(),
            extension: person.extension.map(|extension| extension.to_string()),
            name: person.name,
        }
    }

    /// Whether a few letters, digits or characters mean this person.
    fn is_meant(&self, text: &str) -> bool {
        self.name.to_lowercase().contains(text)
            || self.initials.starts_with(text)
            || self.sounds.starts_with(text)
            || self.extension.as_deref() == Some(text)
    }
}

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
    call: Option<i64>,
    via: &'static str,
    #[serde(skip)]
    canned: Vec<(String, String)>,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

#[derive(Template, Serialize)]
#[template(path = "messages/new.html")]
pub(super) struct NewPage {
    #[serde(skip)]
    pub(super) frame: Frame,
    #[serde(flatten)]
    pub(super) form: Form,
}

/// `?call=17&for=5`
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_number")]
    call: Option<i64>,
    #[serde(default, rename = "for", deserialize_with = "maybe_text")]
    whom: Option<String>,
}

async fn people(want: &Want) -> Result<Vec<Somebody>, Problem> {
    let everyone = crate::staff::store::everyone(&want.kit.db).await?;
    let private = shifts::store::private(&want.kit.db).await?;
    let works = |person: &Person| person.disabled_at.is_none();
    // somebody restricted is found by name; the telephone is nobody's business
    let seen = |person: Person| Person {
        extension: person.extension.clone().filter(|_| !private.contains(&person.id)),
        ..person
    };
    Ok(everyone.into_iter().filter(works).map(seen).map(Somebody::of).collect())
}

async fn canned(want: &Want) -> Result<Vec<(String, String)>, Problem> {
    let all = scripts::store::all(&want.kit.db).await?;
    let of = all.into_iter().filter(|one| one.case == Use::Canned);
    let of = of.filter(|one| one.language == want.language.tag());
    Ok(of.map(|one| (one.title, one.body)).collect())
}

/// `GET /messages/new`
pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(TAKERS)?;
    let mut form = Form {
        people: people(&want).await?,
        r#for: asked.whom.unwrap_or_default(),
        from_name: String::new(),
        phone: String::new(),
        body: String::new(),
        urgent: false,
        callback: false,
        callback_by: String::new(),
        call: asked.call,
        via: if asked.call.is_some() { "call" } else { "desk" },
        canned: canned(&want).await?,
        errors: BTreeMap::new(),
    };
    if let Some(named) = form.people.iter().find(|one| one.id.to_string() == form.r#for) {
        form.r#for.clone_from(&named.name);
    }
    if let Some(id) = asked.call {
        let call = calls::call(&want.kit.db, CallId(id)).await?;
        if reader.sees_numbers() {
            let caller = call.caller;
            let shown =
                caller.number.as_deref().and_then(Phone::read).map(|phone| phone.for_people());
            form.phone = shown.or(caller.number).unwrap_or_default();
            form.from_name =
                caller.contact.map(|one| one.name).or(caller.display).unwrap_or_default();
        }
        if let Some(record) = call.record {
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
    #[serde(default, deserialize_with = "maybe_number")]
    call: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    via: Option<String>,
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

/// Whom a few letters mean: the one person, else the names of those they could be.
fn meant(people: &[Somebody], text: &str) -> Result<StaffId, Vec<String>> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Err(Vec::new());
    }
    let exact = |one: &&Somebody| one.id.to_string() == text || one.name.to_lowercase() == text;
    let exactly: Vec<_> = people.iter().filter(exact).collect();
    let could = people.iter().filter(|one| one.is_meant(&text));
    let found = if exactly.is_empty() { could.collect() } else { exactly };
    match found.as_slice() {
        [one] => Ok(one.id),
        several => Err(several.iter().map(|one| one.name.clone()).collect()),
    }
}

impl Written {
    fn slip(&self, want: &Want, people: &[Somebody]) -> Result<NewMessage, Problem> {
        let mut wrong = Problem::rules();
        let for_staff = match meant(people, &self.whom) {
            Ok(id) => Some(id),
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
        match (for_staff, via) {
            (Some(for_staff), Some(via)) if !wrong.has_fields() => Ok(NewMessage {
                for_staff,
                from_name,
                phone,
                body,
                urgent: self.urgent,
                callback_by: (callback || asks_call_back(&self.body))
                    .then(|| by.flatten().unwrap_or_else(|| want.now.plus_millis(SOON_MS))),
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
            let form = Form {
                people,
                r#for: written.whom,
                from_name: written.from_name.unwrap_or_default(),
                phone: written.phone.unwrap_or_default(),
                body: written.body,
                urgent: written.urgent,
                callback: written.callback,
                callback_by: written.callback_by.unwrap_or_default(),
                call: written.call,
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
    let place = match new.call_id {
        Some(call) => format!("/console?call={call}"),
        None => "/messages?box=taken".to_owned(),
    };
    let Some(id) = store::take(db, want.stamp(), new).await? else {
        return Err(Problem::broken("a slip was not taken"));
    };
    want.done(&place, &store::one(db, id).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(id: i64, name: &str, sounds: &[&str], extension: Option<&str>) -> Somebody {
        Somebody {
            id: StaffId(id),
            name: name.to_owned(),
            extension: extension.map(str::to_owned),
            sounds: sounds.concat(),
            initials: sounds.iter().filter_map(|sound| sound.chars().next()).collect(),
        }
    }

    #[test]
    fn a_few_letters_name_one_person_or_say_who_it_could_be() {
        let people = [
            somebody(5, "张伟", &["zhang", "wei"], Some("806")),
            somebody(6, "周敏", &["zhou", "min"], None),
            somebody(7, "赵伟", &["zhao", "wei"], None),
        ];
        let id = |text| meant(&people, text).map(|id| id.0);
        assert_eq!(id("zhangw"), Ok(5));
        assert_eq!(id("张伟"), Ok(5));
        assert_eq!(id("806"), Ok(5));
        assert_eq!(id("6"), Ok(6), "an id is an id");
        assert_eq!(id("zm"), Ok(6));
        assert_eq!(id("zw"), Err(vec!["张伟".to_owned(), "赵伟".to_owned()]));
        assert_eq!(id("nobody"), Err(Vec::new()));
        assert_eq!(id(" "), Err(Vec::new()));
    }
}
