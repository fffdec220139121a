//! Writing a card: a new one, perhaps for the number that just rang, or another text of one.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize, Serializer};

use super::super::card::{Card, Draft, Kind, Label, Written};
use super::super::merge;
use super::super::sight::{WRITERS, without};
use super::super::store::{self, rules, write};
use super::super::wrong::Wrong;
use super::one::living;
use super::{conflict, hidden, say};
use crate::db;
use crate::kernel::ContactId;
use crate::web::{
    At, Filter, Frame, Input, OnDuty, Place, Problem, Reader, Want, flag, list, maybe_number,
    maybe_text,
};

/// A line of the form for numbers.
pub(super) struct NumberField {
    pub(super) place: usize,
    pub(super) text: String,
    pub(super) label: Label,
}

/// What stands in the fields of a card's form.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) written: Written,
    pub(super) numbers: Vec<NumberField>,
    /// What is wrong, by field.
    pub(super) errors: BTreeMap<&'static str, String>,
    /// The version it will be saved against; `None` for a new card.
    pub(super) version: Option<i64>,
    /// The card as the form was made from it, so that two who write at once lose nothing.
    pub(super) base: String,
    /// The words of the labels, in order.
    pub(super) labels: Vec<(Label, String)>,
    pub(super) is_company: bool,
}

/// So many empty lines for numbers follow those that are filled.
const SPARE: usize = 2;

impl Fields {
    pub(super) fn of(want: &Want, written: Written, version: Option<i64>, base: String) -> Self {
        let l = want.messages();
        let blank = [(Label::Mobile, String::new()), (Label::Work, String::new())];
        let lines = written.numbers.iter().chain(blank.iter().take(SPARE));
        let numbers = (1..).zip(lines).map(|(place, (label, text))| NumberField {
            place,
            text: text.clone(),
            label: *label,
        });
        Self {
            numbers: numbers.collect(),
            is_company: written.kind == Kind::Company,
            labels: Label::ALL.iter().map(|label| (*label, say::label(&l, *label))).collect(),
            errors: BTreeMap::new(),
            written,
            version,
            base,
        }
    }
}

/// The form; a program that asks gets what stands in it.
#[derive(Template)]
#[template(path = "contacts/form.html")]
pub(super) struct FormPage {
    pub(super) frame: Frame,
    pub(super) id: Option<ContactId>,
    pub(super) name: String,
    pub(super) form: Fields,
    /// What two wrote at once, laid side by side.
    pub(super) rows: Vec<conflict::Row>,
    /// Cards that have the number already.
    pub(super) known: Vec<say::Row>,
}

impl Serialize for FormPage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.form.written.serialize(serializer)
    }
}

/// A card as a form or a program writes it. `numbers` and `labels` are lists of the same length; a
/// number without a label is a mobile's.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Body {
    #[serde(deserialize_with = "maybe_number")]
    version: Option<i64>,
    kind: Kind,
    name: String,
    form_of_address: String,
    company: String,
    #[serde(deserialize_with = "flag")]
    vip: bool,
    warning: String,
    notes: String,
    #[serde(deserialize_with = "list")]
    tags: Vec<String>,
    #[serde(deserialize_with = "list")]
    numbers: Vec<String>,
    #[serde(deserialize_with = "list")]
    labels: Vec<Label>,
    base: String,
}

impl Default for Body {
    fn default() -> Self {
        let Written { kind, name, form_of_address, company, vip, warning, notes, .. } =
            Written::default();
        let (tags, numbers, labels) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            version: None,
            kind,
            name,
            form_of_address,
            company,
            vip,
            warning,
            notes,
            tags,
            numbers,
            labels,
            base: String::new(),
        }
    }
}

impl Body {
    fn written(&self) -> Written {
        let label = |place: usize| self.labels.get(place).copied().unwrap_or_default();
        let numbers = self.numbers.iter().enumerate();
        let numbers = numbers.filter(|(_, text)| !text.trim().is_empty());
        Written {
            kind: self.kind,
            name: self.name.clone(),
            form_of_address: self.form_of_address.clone(),
            company: self.company.clone(),
            vip: self.vip,
            warning: self.warning.clone(),
            notes: self.notes.clone(),
            tags: self.tags.join("、"),
            numbers: numbers.map(|(place, text)| (label(place), text.clone())).collect(),
        }
    }
}

/// What a card says, as it would be typed.
pub(super) fn typed(draft: &Draft) -> Written {
    let number = |entry: &super::super::card::Entry| {
        let extension = entry.number.extension();
        let text = entry.number.for_people();
        let text = if extension.is_empty() { text } else { format!("{text} 转 {extension}") };
        (entry.label, text)
    };
    Written {
        kind: draft.kind,
        name: draft.name.clone(),
        form_of_address: draft.form_of_address.clone(),
        company: draft.company.clone(),
        vip: draft.vip,
        warning: draft.warning.clone(),
        notes: draft.notes.clone(),
        tags: draft.tags.join("、"),
        numbers: draft.numbers.iter().map(number).collect(),
    }
}

/// `?number=13800001234&name=…&company=…`: a new card for a caller nobody knows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Begun {
    #[serde(deserialize_with = "maybe_text")]
    number: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    name: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    company: Option<String>,
}

pub(super) async fn new(
    want: Want,
    reader: Reader,
    Filter(begun): Filter<Begun>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let mut known = Vec::new();
    if let Some(number) = begun.number.as_ref().filter(|number| !reader.closed.hides(number)) {
        let (_, site) = rules::current(&want.kit.db).await?;
        if let Ok(number) = super::super::number::Number::read(number, &site) {
            let ids = store::with_number(&want.kit.db, number.as_str()).await?;
            known = store::cards(&want.kit.db, &ids).await?;
        }
    }
    let written = Written {
        name: begun.name.unwrap_or_default(),
        company: begun.company.unwrap_or_default(),
        numbers: begun.number.into_iter().map(|text| (Label::Mobile, text)).collect(),
        ..Written::default()
    };
    let form = Fields::of(&want, written, None, String::new());
    let frame = want.frame(Place::Contacts);
    let known = known.into_iter().map(|card| without(card, &reader.closed));
    let known = known.map(|card| say::Row::of(&frame.l, frame.language, &card)).collect();
    want.page(&FormPage { frame, id: None, name: String::new(), form, rows: Vec::new(), known })
}

pub(super) async fn add(
    want: Want,
    reader: Reader,
    Input(body): Input<Body>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let written = body.written();
    let (_, site) = rules::current(&want.kit.db).await?;
    let draft = match Draft::read(&written, &site) {
        Ok(draft) => draft,
        Err(wrong) => {
            let sent = Sent { card: None, written, version: None, base: body.base };
            return again(&want, sent, refused(&wrong));
        }
    };
    let id = write::add(&want.kit.db, want.stamp(), draft).await?;
    let card = without(living(&want, id).await?, &reader.closed);
    if want.json {
        return want.json_with(StatusCode::CREATED, &card);
    }
    want.done(&format!("/contacts/{id}"), &card)
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    At(id): At<ContactId>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let card = open(&want, id).await?;
    let shown = hidden::draft(card.written(), &reader.closed);
    let base = serde_json::to_string(&shown).unwrap_or_default();
    let form = Fields::of(&want, typed(&shown), Some(card.version), base);
    let frame = want.frame(Place::Contacts);
    want.page(&FormPage {
        frame,
        id: Some(id),
        name: shown.name,
        form,
        rows: Vec::new(),
        known: Vec::new(),
    })
}

/// A card that can be written on: not one that was merged.
async fn open(want: &Want, id: ContactId) -> Result<Card, Problem> {
    let card = living(want, id).await?;
    if card.merged_into.is_some() { Err(Problem::not_found()) } else { Ok(card) }
}

pub(super) async fn edit(
    want: Want,
    reader: Reader,
    At(id): At<ContactId>,
    Input(body): Input<Body>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let card = open(&want, id).await?;
    let Some(version) = body.version else {
        return Err(Problem::rules().field("version", |l| l.contacts_wrong_version().to_string()));
    };
    let (written, name) = (body.written(), reader.closed.text(&card.name));
    let sent = |written, base| {
        let card = Some((id, name.as_str()));
        Sent { card, written, version: Some(version), base }
    };
    let (_, site) = rules::current(&want.kit.db).await?;
    let mut whole = written.clone();
    if let Err(problem) = hidden::put_back(&mut whole, &card, &reader) {
        return again(&want, sent(written, body.base), problem);
    }
    let draft = match Draft::read(&whole, &site) {
        Ok(draft) => draft,
        Err(wrong) => return again(&want, sent(written, body.base), refused(&wrong)),
    };
    match write::edit(&want.kit.db, want.stamp(), id, version, draft.clone()).await {
        Ok(()) => done(&want, &reader, id).await,
        Err(error) if error.is_refusal(write::STALE) => {
            stale(&want, &reader, id, &draft, &body.base).await
        }
        Err(error) if error.is_refusal(write::HAS_PEOPLE_REFUSAL) => {
            let people = |l: &crate::words::Messages| l.contacts_wrong_has_people().to_string();
            let problem = Problem::rules().field("kind", people);
            again(&want, sent(written, body.base), problem)
        }
        Err(error) => Err(error.into()),
    }
}

async fn done(want: &Want, reader: &OnDuty, id: ContactId) -> Result<Response, Problem> {
    let card = without(living(want, id).await?, &reader.closed);
    want.done(&format!("/contacts/{id}"), &card)
}

/// Somebody wrote on the card meanwhile. A program gets the card as it is (409). A person's form is
/// laid over it: what only one changed is kept, and where both wrote the same field they decide.
async fn stale(
    want: &Want,
    reader: &OnDuty,
    id: ContactId,
    mine: &Draft,
    base: &str,
) -> Result<Response, Problem> {
    let card = open(want, id).await?;
    let base = serde_json::from_str::<Draft>(base).ok();
    let Some(base) = base.filter(|_| !want.json) else {
        return Err(Problem::stale(&without(card, &reader.closed)));
    };
    let base = hidden::whole(base, &card, reader);
    let theirs = card.written();
    let both = merge::result(&base, mine, &theirs);
    let sides = merge::sides(&base, mine, &theirs);
    if sides.iter().all(|(_, side)| *side != merge::Side::Both) {
        let saved = write::edit(&want.kit.db, want.stamp(), id, card.version, both.clone()).await;
        return match saved {
            Ok(()) => done(want, reader, id).await,
            Err(error) => Err(stale_or(error, card, reader)),
        };
    }
    let frame = want.frame(Place::Contacts);
    let shown = |draft: Draft| hidden::draft(draft, &reader.closed);
    let (mine, theirs) = (shown(mine.clone()), shown(theirs));
    let text = serde_json::to_string(&theirs).unwrap_or_default();
    let page = FormPage {
        rows: conflict::rows(&frame.l, &sides, &mine, &theirs),
        form: Fields::of(want, typed(&shown(both)), Some(card.version), text),
        id: Some(id),
        name: reader.closed.text(&card.name),
        known: Vec::new(),
        frame,
    };
    want.page_with(StatusCode::CONFLICT, &page)
}

/// A form that somebody sent.
struct Sent<'f> {
    /// The card it is of, with its name; `None` for a new one.
    card: Option<(ContactId, &'f str)>,
    written: Written,
    version: Option<i64>,
    base: String,
}

/// The form once more with what is wrong under its fields; a program gets the problem.
fn again(want: &Want, sent: Sent<'_>, problem: Problem) -> Result<Response, Problem> {
    if want.json {
        return Err(problem);
    }
    let mut form = Fields::of(want, sent.written, sent.version, sent.base);
    form.errors = problem.fields(&want.messages());
    let (id, name) = sent.card.unzip();
    let page = FormPage {
        frame: want.frame(Place::Contacts),
        name: name.unwrap_or_default().to_owned(),
        rows: Vec::new(),
        known: Vec::new(),
        id,
        form,
    };
    want.page_with(problem.status, &page)
}

/// All that is wrong, as 422 with the sentences of each field.
fn refused(wrong: &[Wrong]) -> Problem {
    let mut fields: BTreeMap<&'static str, Vec<Wrong>> = BTreeMap::new();
    for one in wrong {
        fields.entry(one.field()).or_default().push(*one);
    }
    fields.into_iter().fold(Problem::rules(), |problem, (field, all)| {
        problem.field(field, move |l| {
            let said: Vec<String> = all.iter().map(|one| one.say(l)).collect();
            said.join(" ")
        })
    })
}

/// A refusal of the store that means somebody else was first.
pub(super) fn stale_or(error: db::Error, card: Card, reader: &OnDuty) -> Problem {
    if error.is_refusal(write::STALE) {
        Problem::stale(&without(card, &reader.closed))
    } else {
        error.into()
    }
}
