//! Cards that may be one: looked at, made one, told apart, and made two again.

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::card::Card;
use super::super::sight::{WRITERS, without};
use super::super::store::{self, merges};
use super::form::stale_or;
use super::one::living;
use super::say::Row;
use crate::db::{self, Db};
use crate::kernel::ContactId;
use crate::web::{At, Frame, Input, Place, Problem, Reader, Want, number};
use crate::words::Spelling;

/// So many groups are shown at once.
const GROUPS: i64 = 30;

/// A merge as pages show it.
pub(super) struct MergeView {
    pub(super) id: i64,
    pub(super) kept: i64,
    pub(super) kept_name: String,
    pub(super) gone_name: String,
    pub(super) when: String,
    pub(super) by: String,
    /// It may still be undone.
    pub(super) open: bool,
    pub(super) undone: bool,
}

impl MergeView {
    /// A merge, with both of its cards among `cards`.
    fn of(spelling: Spelling, merge: &merges::Merge, cards: &[Card]) -> Self {
        let find = |id: ContactId| cards.iter().find(|card| card.id == id);
        let (kept, gone) = (find(merge.kept_id), find(merge.gone_id));
        Self {
            id: merge.id,
            kept: merge.kept_id.0,
            kept_name: kept.map(|card| card.name.clone()).unwrap_or_default(),
            gone_name: merge
                .gone_name()
                .or_else(|| gone.map(|card| card.name.clone()))
                .unwrap_or_default(),
            when: spelling.moment(merge.at),
            by: merge.by_name.clone().unwrap_or_default(),
            open: kept.is_some_and(|card| merge.can_be_undone(card.version)),
            undone: merge.undone_at.is_some(),
        }
    }
}

/// Merges as pages show them, each with the cards of its own.
pub(super) async fn views(
    db: &Db,
    spelling: Spelling,
    merges: &[merges::Merge],
) -> db::Result<Vec<MergeView>> {
    let ids: Vec<_> = merges.iter().flat_map(|merge| [merge.kept_id, merge.gone_id]).collect();
    let cards = store::cards(db, &ids).await?;
    Ok(merges.iter().map(|merge| MergeView::of(spelling, merge, &cards)).collect())
}

/// Cards that may be one.
#[derive(Serialize)]
pub(super) struct Group {
    /// The number they share; `null` where it is name and company.
    number: Option<String>,
    cards: Vec<Card>,
    #[serde(skip)]
    shown: String,
    #[serde(skip)]
    rows: Vec<Row>,
}

#[derive(Template, Serialize)]
#[template(path = "contacts/duplicates.html")]
pub(super) struct DoublesPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Group>,
    next: Option<String>,
    #[serde(skip)]
    merges: Vec<MergeView>,
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let frame = want.frame(Place::Contacts);
    let groups = merges::suspects(db, GROUPS).await?;
    let group = |one: merges::Suspects| {
        let number = one.number.map(|number| reader.closed.number(number));
        let cards = one.cards.into_iter().map(|card| without(card, &reader.closed));
        let cards: Vec<Card> = cards.collect();
        Group {
            shown: number.as_deref().map(super::super::number::shown).unwrap_or_default(),
            rows: cards.iter().map(|card| Row::of(&frame.l, frame.language, card)).collect(),
            number,
            cards,
        }
    };
    let items = groups.into_iter().map(group).collect();
    let shown = views(db, frame.spelling, &merges::newest(db).await?).await?;
    want.page(&DoublesPage { frame, items, next: None, merges: shown })
}

/// The other card, and both as they were looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Pair {
    #[serde(deserialize_with = "number")]
    other: i64,
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(deserialize_with = "number")]
    other_version: i64,
}

/// Everything of the other card goes on this one.
pub(super) async fn merge(
    want: Want,
    reader: Reader,
    At(id): At<ContactId>,
    Input(pair): Input<Pair>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let card = living(&want, id).await?;
    let other = living(&want, ContactId(pair.other)).await?;
    if other.id == id {
        return Err(Problem::rule(|l| l.contacts_merge_itself().to_string()));
    }
    let kept = merges::Seen { id, version: pair.version };
    let gone = merges::Seen { id: other.id, version: pair.other_version };
    merges::merge(&want.kit.db, want.stamp(), kept, gone).await.map_err(|error| {
        if error.is_refusal(merges::KINDS) {
            Problem::rule(|l| l.contacts_merge_kinds().to_string())
        } else if error.is_refusal(merges::TOO_MUCH) {
            Problem::rule(|l| l.contacts_merge_too_much().to_string())
        } else {
            stale_or(error, card, &reader)
        }
    })?;
    let card = without(living(&want, id).await?, &reader.closed);
    want.done(&format!("/contacts/{id}"), &card)
}

/// The other card, which is somebody else.
#[derive(Debug, Deserialize)]
pub(super) struct Other {
    #[serde(deserialize_with = "number")]
    other: i64,
}

pub(super) async fn set_apart(
    want: Want,
    reader: Reader,
    At(id): At<ContactId>,
    Input(Other { other }): Input<Other>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let card = living(&want, id).await?;
    let other = living(&want, ContactId(other)).await?;
    if other.id == id {
        return Err(Problem::rule(|l| l.contacts_merge_itself().to_string()));
    }
    merges::set_apart(&want.kit.db, want.stamp(), id, other.id).await?;
    want.done("/contacts/duplicates", &without(card, &reader.closed))
}

/// Both cards are as they were.
pub(super) async fn undo(want: Want, reader: Reader, At(id): At<i64>) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let merge = merges::one(db, id).await?.ok_or_else(Problem::not_found)?;
    let undone = merges::undo(db, want.stamp(), id).await;
    if let Err(error) = undone {
        if !error.is_refusal(merges::NOT_UNDONE) {
            return Err(error.into());
        }
        let card = store::card(db, merge.kept_id).await?;
        let card = card.map(|card| without(card, &reader.closed));
        let problem = Problem::new(
            axum::http::StatusCode::CONFLICT,
            "moved_on",
            |l| l.contacts_undo_moved_on().to_string(),
            |l| l.contacts_undo_moved_on_detail().to_string(),
        );
        return Err(problem.current(&card));
    }
    let card = without(living(&want, merge.gone_id).await?, &reader.closed);
    want.done(&format!("/contacts/{}", card.id), &card)
}
