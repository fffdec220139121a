//! What the law lets a person ask: what we hold under their number, and that it be erased
//! (`spec/operations.md` §4.16; PIPL Art. 45, 47).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::known::Holds;
use super::super::number::Number;
use super::super::sight::{GUARDIANS, without};
use super::super::store::{self, erase, rules};
use super::super::wrong::no_number;
use super::Panel;
use super::hidden;
use super::say::Row;
use crate::db::Db;
use crate::kernel::ContactId;
use crate::web::{Filter, Frame, Input, OnDuty, Place, Problem, Reader, Want, list, maybe_text};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    number: Option<String>,
}

/// How much a room holds.
#[derive(Debug, Clone, Serialize)]
struct Amount {
    room: String,
    records: usize,
}

#[derive(Template, Serialize)]
#[template(path = "contacts/privacy.html")]
struct PrivacyPage {
    #[serde(skip)]
    frame: Frame,
    number: Option<String>,
    held: Vec<Amount>,
    #[serde(skip)]
    cards: Vec<Row>,
    #[serde(skip)]
    asked: String,
    #[serde(skip)]
    problem: Option<String>,
    #[serde(skip)]
    erases: bool,
}

/// The number as it is stored; 422 where it is none, 403 where it is closed to who asks.
async fn read(want: &Want, reader: &OnDuty, text: &str) -> Result<Number, Problem> {
    let (_, site) = rules::current(&want.kit.db).await?;
    let number = Number::read(text, &site)
        .map_err(|why| Problem::rules().field("number", move |l| no_number(l, why)))?;
    if reader.closed.hides(number.as_str()) { Err(Problem::forbidden()) } else { Ok(number) }
}

/// Everything the house holds under a number, by room.
async fn everything(panel: &Panel, db: &Db, number: &str) -> Result<Map<String, Value>, Problem> {
    let mut all = Map::new();
    all.insert("contacts".to_owned(), erase::held(db, number).await?);
    for room in panel.holds.iter() {
        all.insert(room.room().to_owned(), room.held(db, number).await?);
    }
    Ok(all)
}

pub(super) async fn show(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(GUARDIANS)?;
    let db = &want.kit.db;
    let frame = want.frame(Place::Contacts);
    let mut page = PrivacyPage {
        number: None,
        held: Vec::new(),
        cards: Vec::new(),
        asked: asked.number.clone().unwrap_or_default(),
        problem: None,
        erases: reader.roles.has_any(GUARDIANS),
        frame,
    };
    if let Some(text) = asked.number.as_deref() {
        match read(&want, &reader, text).await {
            Ok(number) => {
                let all = everything(&panel, db, number.as_str()).await?;
                let amount = |(room, held): (&String, &Value)| Amount {
                    room: room.clone(),
                    records: held.as_array().map_or(0, Vec::len),
                };
                page.held = all.iter().map(amount).collect();
                let ids = store::with_number(db, number.as_str()).await?;
                let cards = store::cards(db, &ids).await?;
                let (l, language) = (&page.frame.l, page.frame.language);
                let cards = cards.into_iter().map(|card| without(card, &reader.closed));
                page.cards = cards.map(|card| Row::of(l, language, &card)).collect();
                page.number = Some(number.as_str().to_owned());
            }
            Err(problem) if want.json || problem.status == StatusCode::FORBIDDEN => {
                return Err(problem);
            }
            Err(problem) => page.problem = problem.fields(&page.frame.l).remove("number"),
        }
    }
    want.page(&page)
}

/// Everything as one JSON file, for the person who asks.
pub(super) async fn export(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(GUARDIANS)?;
    let number = read(&want, &reader, asked.number.as_deref().unwrap_or_default()).await?;
    let mut all = everything(&panel, &want.kit.db, number.as_str()).await?;
    all.values_mut().for_each(|held| hidden::document(held, &reader.closed));
    all.insert("number".to_owned(), Value::from(number.as_str()));
    all.insert("at".to_owned(), Value::from(want.now.to_string()));
    let mut response = want.json_with(StatusCode::OK, &all)?;
    let file = HeaderValue::from_static("attachment; filename=\"personal-data.json\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, file);
    Ok(response)
}

/// Why somebody is erased; a word of a few, for the journal holds no words of people.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ground {
    /// The person asked for it.
    Request,
    /// The time for which we may keep it is over.
    Retention,
}

impl Ground {
    const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Retention => "retention",
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Erasure {
    number: String,
    /// The cards to erase among those with the number; others keep it.
    #[serde(default, deserialize_with = "list")]
    contacts: Vec<Card>,
    ground: Ground,
}

/// A card's number, as JSON or a form says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(i64),
    Text(String),
}

/// A card to erase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Card(ContactId);

impl<'de> Deserialize<'de> for Card {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = match Id::deserialize(deserializer)? {
            Id::Number(id) => Some(ContactId(id)),
            Id::Text(text) => text.parse().ok(),
        };
        id.map(Self).ok_or_else(|| serde::de::Error::custom("no card"))
    }
}

/// What was erased.
#[derive(Debug, Serialize)]
struct Erased {
    contacts: Vec<ContactId>,
    records: u64,
}

pub(super) async fn erase(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Input(erasure): Input<Erasure>,
) -> Result<Response, Problem> {
    reader.may(GUARDIANS)?;
    let number = read(&want, &reader, &erasure.number).await?;
    let ids: Vec<ContactId> = erasure.contacts.iter().map(|card| card.0).collect();
    let rooms: Arc<[Arc<dyn Holds>]> = Arc::clone(&panel.holds);
    let ground = erasure.ground.word();
    for room in rooms.iter() {
        room.settle().await;
    }
    let db = want.kit.db.unhurried();
    let erased = db.write(want.stamp(), move |tx| {
        let (number, ids, rooms) = (number.clone(), ids.clone(), Arc::clone(&rooms));
        Box::pin(async move {
            let contacts = erase::erase_in(tx, number.as_str(), &ids).await?;
            let mut records = 0;
            for room in rooms.iter() {
                records += room.erase(tx, number.as_str()).await?;
            }
            erase::record_in(tx, ground);
            Ok(Erased { contacts, records })
        })
    });
    want.done("/contacts/privacy", &erased.await?)
}
