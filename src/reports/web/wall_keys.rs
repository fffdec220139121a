//! `/reports/walls`: the screens on the wall and their links.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::wall::fingerprints;
use super::{Office, SETTERS};
use crate::kernel::WallKeyId;
use crate::reports::store::{self, WallKey};
use crate::web::{At, Frame, Input, NotKept, Place, Problem, Reader, Want, fresh_secret};

/// The longest name of a screen, in characters.
const NAME_MOST: usize = 60;

#[derive(Template, Serialize)]
#[template(path = "reports/walls.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    items: Vec<WallKey>,
    /// All are on the first page.
    next: Option<String>,
    /// The link of the new one: only now.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip)]
    name: String,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

async fn page(want: &Want) -> Result<Page, Problem> {
    let items = store::keys(&want.kit.db).await?;
    let frame = want.frame(Place::Reports);
    let (name, errors) = (String::new(), BTreeMap::new());
    Ok(Page { frame, items, next: None, link: None, name, errors })
}

pub(super) async fn show(
    State(_): State<Office>,
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.may(SETTERS)?;
    want.page(&page(&want).await?)
}

#[derive(Deserialize)]
pub(super) struct Written {
    name: String,
}

pub(super) async fn add(
    want: Want,
    reader: Reader,
    Input(Written { name }): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(SETTERS)?;
    let name = name.trim().to_owned();
    if !(1..=NAME_MOST).contains(&name.chars().count()) {
        let problem = Problem::rules().field("name", |l| l.reports_wall_wrong_name().to_string());
        if want.json {
            return Err(problem);
        }
        let errors = problem.fields(&want.messages());
        return want.page_with(problem.status, &Page { name, errors, ..page(&want).await? });
    }
    let key = fresh_secret(&mut rand::rng());
    let (link, screen) = fingerprints(&key);
    store::add_key(&want.kit.db, want.stamp(), name, link, screen).await?;
    let link = Some(format!("{}/wall/{key}", want.kit.public_url));
    let mut response = want.page_with(StatusCode::CREATED, &Page { link, ..page(&want).await? })?;
    response.extensions_mut().insert(NotKept);
    Ok(response)
}

pub(super) async fn revoke(
    want: Want,
    reader: Reader,
    At(id): At<WallKeyId>,
) -> Result<Response, Problem> {
    reader.may(SETTERS)?;
    store::revoke_key(&want.kit.db, want.stamp(), id).await?;
    let all = store::keys(&want.kit.db).await?;
    let found = all.into_iter().find(|key| key.id == id).ok_or_else(Problem::not_found)?;
    want.done("/reports/walls", &found)
}
