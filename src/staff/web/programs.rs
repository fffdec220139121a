//! Programs and their tokens: for administrators.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::store::tokens;
use super::super::token::{Token, create_token, revoke_token};
use crate::kernel::{Moment, Role, Roles, TokenId};
use crate::web::{At, Frame, Input, NotKept, Place, Problem, Reader, Want, list as several};

/// A token as pages and programs see it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct TokenView {
    pub(super) id: TokenId,
    pub(super) name: String,
    pub(super) roles: Roles,
    pub(super) created_at: Moment,
    pub(super) revoked_at: Option<Moment>,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        let Token { id, name, roles, created_at, revoked_at } = token;
        Self { id, name, roles, created_at, revoked_at }
    }
}

#[derive(Template, Serialize)]
#[template(path = "staff/tokens.html")]
pub(super) struct TokensPage {
    #[serde(skip)]
    pub(super) frame: Frame,
    pub(super) items: Vec<TokenView>,
    /// All are on the first page.
    pub(super) next: Option<String>,
    /// What stands in the name's field.
    #[serde(skip)]
    pub(super) name: String,
    /// Which roles are ticked.
    #[serde(skip)]
    pub(super) roles: Roles,
    /// What is wrong, by field.
    #[serde(skip)]
    pub(super) errors: BTreeMap<&'static str, String>,
}

/// A token, shown once.
#[derive(Template, Serialize)]
#[template(path = "staff/token.html")]
pub(super) struct TokenPage {
    #[serde(skip)]
    pub(super) frame: Frame,
    pub(super) id: TokenId,
    pub(super) name: String,
    pub(super) token: String,
}

pub(super) async fn list(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(&[Role::Admin])?;
    want.page(&page(&want, String::new(), Roles::default(), BTreeMap::new()).await?)
}

async fn page(
    want: &Want,
    name: String,
    roles: Roles,
    errors: BTreeMap<&'static str, String>,
) -> Result<TokensPage, Problem> {
    let items = tokens::all(&want.kit.db).await?.into_iter().map(TokenView::from).collect();
    Ok(TokensPage { frame: want.frame(Place::Staff), items, next: None, name, roles, errors })
}

#[derive(Deserialize)]
pub(super) struct Written {
    name: String,
    #[serde(default, deserialize_with = "several")]
    roles: Roles,
}

pub(super) async fn add(
    want: Want,
    reader: Reader,
    Input(Written { name, roles }): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(&[Role::Admin])?;
    let mut problem = Problem::rules();
    let length = name.trim().chars().count();
    if !(1..=60).contains(&length) {
        problem = problem.field("name", |l| l.staff_wrong_name().to_string());
    }
    if roles.is_empty() {
        problem = problem.field("roles", |l| l.staff_wrong_roles().to_string());
    }
    if problem.has_fields() {
        if want.json {
            return Err(problem);
        }
        let errors = problem.fields(&want.messages());
        return want.page_with(problem.status, &page(&want, name, roles, errors).await?);
    }
    let (id, token) = create_token(&want.kit.db, want.stamp(), &name, roles).await?;
    let frame = want.frame(Place::Staff);
    let page = TokenPage { frame, id, name, token };
    let mut response = want.page_with(StatusCode::CREATED, &page)?;
    response.extensions_mut().insert(NotKept);
    Ok(response)
}

pub(super) async fn revoke(
    want: Want,
    reader: Reader,
    At(id): At<TokenId>,
) -> Result<Response, Problem> {
    reader.may(&[Role::Admin])?;
    revoke_token(&want.kit.db, want.stamp(), id).await?;
    let all = tokens::all(&want.kit.db).await?;
    let found = all.into_iter().find(|token| token.id == id).ok_or_else(Problem::not_found)?;
    want.done("/admin/tokens", &TokenView::from(found))
}
