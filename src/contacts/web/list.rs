//! The list of cards: searched as one types, narrowed by tag, company and importance.

use askama::Template;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::super::card::Card;
use super::super::sight::{GUARDIANS, MOVERS, RULERS, WRITERS, without};
use super::super::store::{self, rules, search};
use super::say::Row;
use crate::kernel::ContactId;
use crate::web::{
    Filter, Frame, OnDuty, Place, Problem, Reader, Want, flag, from_cursor, maybe_text, page_size,
    to_cursor,
};
use crate::words::Messages;

/// So many cards are on a page unless the address says otherwise.
const PAGE: usize = 50;
/// The longest page.
const PAGE_MOST: usize = 200;

/// The filters as the address carries them. An empty field asks nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    q: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    tag: Option<String>,
    #[serde(deserialize_with = "flag")]
    vip: bool,
    #[serde(deserialize_with = "maybe_text")]
    company: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    limit: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    after: Option<String>,
}

impl Asked {
    /// The filter of the store. A company is a card's number, or words of its name.
    pub(super) async fn filter(
        &self,
        want: &Want,
        reader: &OnDuty,
    ) -> Result<search::Asked, Problem> {
        let db = &want.kit.db;
        let companies = match self.company.as_deref() {
            None => None,
            Some(text) => Some(match text.parse::<ContactId>() {
                Ok(id) => vec![id],
                Err(_) => search::companies(db, text).await?,
            }),
        };
        let (q, tag, closed) = (self.q.clone(), self.tag.clone(), reader.closed.clone());
        Ok(search::Asked { q, tag, vip: self.vip, companies, closed })
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        let fields = [("q", &self.q), ("tag", &self.tag), ("company", &self.company)];
        let vip = self.vip.then_some(("vip", "on"));
        fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
            .chain(vip)
            .collect()
    }

    /// An address with these filters.
    fn address(&self, path: &str, more: &[(&str, &str)]) -> String {
        let fields = self.fields();
        let all = fields.iter().chain(more);
        let query: Vec<String> = all
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
    }
}

/// Which cards are asked for.
#[derive(PartialEq, Eq)]
enum Only {
    Everyone,
    Vip,
}

/// A page beside the list.
struct Way {
    href: String,
    icon: &'static str,
    label: String,
    /// A file to keep rather than a page.
    file: bool,
}

fn ways(l: &Messages, reader: &OnDuty, asked: &Asked) -> Vec<Way> {
    let way = |href: String, icon, label: String, file| Way { href, icon, label, file };
    let doubles = l.contacts_duplicates().to_string();
    let mut ways = vec![way("/contacts/duplicates".to_owned(), "copy", doubles, false)];
    if reader.roles.has_any(MOVERS) {
        let (import, export) = (l.contacts_import().to_string(), l.contacts_export().to_string());
        ways.push(way("/contacts/imports".to_owned(), "in", import, false));
        ways.push(way(asked.address("/contacts/export", &[]), "out", export, true));
    }
    if reader.roles.has_any(GUARDIANS) {
        let privacy = l.contacts_privacy().to_string();
        ways.push(way("/contacts/privacy".to_owned(), "key", privacy, false));
    }
    if reader.roles.has_any(RULERS) {
        let rules = l.contacts_rules().to_string();
        ways.push(way("/admin/numbers".to_owned(), "gear", rules, false));
    }
    ways
}

/// The list; as JSON the contract's list.
#[derive(Template, Serialize)]
#[template(path = "contacts/list.html")]
pub(super) struct ListPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Card>,
    next: Option<String>,
    /// There are more than could be looked through: the question should be more precise.
    too_many: bool,
    #[serde(skip)]
    rows: Vec<Row>,
    #[serde(skip)]
    older: Option<String>,
    #[serde(skip)]
    q: String,
    #[serde(skip)]
    tag: String,
    #[serde(skip)]
    company: String,
    #[serde(skip)]
    only: Only,
    #[serde(skip)]
    tags: Vec<String>,
    #[serde(skip)]
    narrow: bool,
    #[serde(skip)]
    first: bool,
    /// What a list without a card says.
    #[serde(skip)]
    nothing: String,
    /// The other pages that are for this reader.
    #[serde(skip)]
    ways: Vec<Way>,
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let limit = page_size(asked.limit.as_deref(), PAGE, PAGE_MOST)?;
    let before = asked.after.as_deref().map(from_cursor::<ContactId>).transpose()?;
    let db = &want.kit.db;
    let (_, site) = rules::current(db).await?;
    let filter = asked.filter(&want, &reader).await?;
    let found = search::find(db, &site, &filter, limit, before).await?;
    let items = store::cards(db, &found.ids).await?.into_iter();
    let items: Vec<Card> = items.map(|card| without(card, &reader.closed)).collect();
    let next = found.next.as_ref().map(to_cursor);
    // what only a page shows costs a program nothing
    let tags = if want.json { Vec::new() } else { search::tags(db).await? };
    let frame = want.frame(Place::Contacts);
    let company = match filter.companies.as_deref() {
        // a number in the address is shown as the name it stands for
        Some([id]) if asked.company.as_deref().is_some_and(|text| text == id.to_string()) => {
            store::card(db, *id).await?.map(|card| card.name).unwrap_or_default()
        }
        _ => asked.company.clone().unwrap_or_default(),
    };
    let narrow = !asked.fields().is_empty();
    let nothing = if narrow { frame.l.contacts_none_found() } else { frame.l.contacts_none() };
    let nothing = nothing.to_string();
    want.page(&ListPage {
        rows: items.iter().map(|card| Row::of(&frame.l, frame.language, card)).collect(),
        older: next.as_deref().map(|cursor| asked.address("/contacts", &[("after", cursor)])),
        first: asked.after.is_none(),
        ways: ways(&frame.l, &reader, &asked),
        q: asked.q.unwrap_or_default(),
        tag: asked.tag.unwrap_or_default(),
        only: if asked.vip { Only::Vip } else { Only::Everyone },
        too_many: found.too_many,
        company,
        tags,
        narrow,
        nothing,
        items,
        next,
        frame,
    })
}
