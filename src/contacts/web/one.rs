//! One card: who it is, how to reach and address them, what has been with them.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Serialize, Serializer};

use super::super::card::{Card, Kind};
use super::super::known::{Past, Someone};
use super::super::sight::{Sight, seen, sight, without};
use super::super::store::{self, merges, search};
use super::say::{self, Row, Shown};
use super::{Panel, doubles};
use crate::kernel::ContactId;
use crate::web::{At, Frame, OnDuty, Place, Problem, Reader, Want, go};

/// One card; as JSON the card alone.
#[derive(Template)]
#[template(path = "contacts/one.html")]
pub(super) struct OnePage {
    frame: Frame,
    card: Card,
    initial: String,
    is_company: bool,
    kind: String,
    numbers: Vec<Shown>,
    changed: String,
    whole: bool,
    /// The people of a company, the newest first.
    people: Vec<Row>,
    more_people: bool,
    past: Vec<Past>,
    merges: Vec<doubles::MergeView>,
    /// Other cards with one of the numbers.
    doubles: Vec<Row>,
}

impl Serialize for OnePage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.card.serialize(serializer)
    }
}

/// So many people of a company are shown on its card.
const PEOPLE: usize = 20;

pub(super) async fn show(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<ContactId>,
) -> Result<Response, Problem> {
    let how = sight(&reader)?;
    let card = match living(&want, id).await {
        // who may not look through cards does not learn which there are
        Err(problem) if how == Sight::Glimpse && problem.status == StatusCode::NOT_FOUND => {
            return Err(Problem::forbidden());
        }
        found => found?,
    };
    let mut someone = someone(&want, &card).await?;
    if how == Sight::Glimpse && !needed(&panel, &want, &reader, &someone).await? {
        return Err(Problem::forbidden());
    }
    if let Some(into) = card.merged_into.filter(|_| !want.json) {
        return Ok(go(&format!("/contacts/{into}")));
    }
    // nothing is told by a number that is not
    someone.numbers.retain(|number| !reader.closed.hides(number));
    want.page(&page(&panel, &want, &reader, how, card, &someone).await?)
}

/// The card, unless it was erased.
pub(super) async fn living(want: &Want, id: ContactId) -> Result<Card, Problem> {
    let card = store::card(&want.kit.db, id).await?.ok_or_else(Problem::not_found)?;
    if card.erased_at.is_some() { Err(Problem::not_found()) } else { Ok(card) }
}

async fn someone(want: &Want, card: &Card) -> Result<Someone, Problem> {
    let mut ids = vec![card.id];
    ids.extend(store::merged_into(&want.kit.db, card.id).await?);
    let mut numbers: Vec<String> = card.numbers.iter().map(|line| line.number.clone()).collect();
    numbers.dedup();
    Ok(Someone { ids, numbers })
}

async fn needed(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    someone: &Someone,
) -> Result<bool, Problem> {
    for room in panel.knows.iter() {
        if room.needed(&want.kit.db, reader, someone).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn page(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    how: Sight,
    card: Card,
    someone: &Someone,
) -> Result<OnePage, Problem> {
    let frame = want.frame(Place::Contacts);
    let (l, language) = (&frame.l, frame.language);
    let db = &want.kit.db;
    let whole = how == Sight::Whole;
    let row = |one: Card| Row::of(l, language, &without(one, &reader.closed));
    let (mut past, mut merges, mut doubles) = (Vec::new(), Vec::new(), Vec::new());
    let (mut people, mut more_people) = (Vec::new(), false);
    if whole && !want.json {
        for room in panel.knows.iter() {
            past.extend(room.past(want, reader, someone).await?);
        }
        merges = doubles::views(db, frame.spelling, &merges::of_card(db, card.id).await?).await?;
        doubles = others(want, &card).await?.into_iter().map(row).collect();
        if card.kind == Kind::Company {
            let asked =
                search::Asked { companies: Some(vec![card.id]), ..search::Asked::default() };
            let site = super::super::rules::SiteRules::default();
            let mut found = search::find(db, &site, &asked, PEOPLE + 1, None).await?;
            more_people = found.next.is_some();
            found.ids.retain(|id| *id != card.id);
            let cards = store::cards(db, &found.ids).await?;
            people = cards.into_iter().take(PEOPLE).map(row).collect();
        }
    }
    let card = seen(card, how, &reader.closed);
    Ok(OnePage {
        initial: say::initial(&card.name),
        is_company: card.kind == Kind::Company,
        kind: say::kind(l, card.kind),
        numbers: card.numbers.iter().map(|line| Shown::of(l, language, line)).collect(),
        changed: frame.spelling.moment(card.changed_at),
        whole,
        people,
        more_people,
        past,
        merges,
        doubles,
        card,
        frame,
    })
}

/// Other cards of the same kind with one of the same numbers.
async fn others(want: &Want, card: &Card) -> Result<Vec<Card>, Problem> {
    let mut ids = Vec::new();
    for line in card.numbers.iter().filter(|line| line.extension.is_empty()).take(5) {
        ids.extend(store::with_number(&want.kit.db, &line.number).await?);
    }
    ids.retain(|id| *id != card.id);
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(5);
    let shares = |other: &Card| {
        let same = |line: &super::super::card::Line| {
            line.extension.is_empty()
                && card
                    .numbers
                    .iter()
                    .any(|mine| mine.number == line.number && mine.extension.is_empty())
        };
        other.kind == card.kind && other.numbers.iter().any(same)
    };
    let cards = store::cards(&want.kit.db, &ids).await?;
    Ok(cards.into_iter().filter(shares).collect())
}
