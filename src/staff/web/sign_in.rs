//! Signing in and out.

use std::net::SocketAddr;

use askama::Template;
use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::door::{ThisSession, address};
use super::super::person::Person;
use super::super::session;
use super::super::store::{self, sessions};
use super::Porter;
use crate::kernel::{Language, Roles, StaffId};
use crate::web::{
    Filter, Frame, Input, Place, Problem, Reader, Want, fingerprint, fresh_secret, go, maybe_text,
};

/// No login is longer (in bytes; all its letters are ASCII), so a longer one is nobody's: it is
/// neither looked up nor remembered.
const LONGEST_LOGIN: usize = 32;

/// `?next=/calls&lang=en`.
#[derive(Deserialize)]
pub(super) struct Coming {
    next: Option<String>,
    lang: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "staff/sign_in.html")]
pub(super) struct SignInPage {
    #[serde(skip)]
    pub(super) frame: Frame,
    /// What to type beside the password.
    pub(super) login: String,
    /// Where to go afterwards.
    pub(super) next: Option<String>,
    /// Why it did not work.
    pub(super) error: Option<String>,
}

/// What signing in tells a program.
#[derive(Serialize)]
struct SignedIn<'p> {
    id: StaffId,
    name: &'p str,
    login: &'p str,
    roles: &'p Roles,
}

pub(super) async fn show(
    mut want: Want,
    Filter(coming): Filter<Coming>,
) -> Result<Response, Problem> {
    let next = coming.next.filter(|next| is_here(next));
    if want.reader.is_some() && !want.json {
        return Ok(go(next.as_deref().unwrap_or("/")));
    }
    let chosen = coming.lang.as_deref().and_then(Language::from_tag);
    want.language = chosen.unwrap_or(want.language);
    let frame = want.frame(Place::Elsewhere);
    let page = SignInPage { frame, login: String::new(), next, error: None };
    let mut response = want.page(&page)?;
    remember_language(&mut response, chosen, want.kit.secure());
    Ok(response)
}

/// Keeps the language chosen before signing in, for a year.
pub(super) fn remember_language(response: &mut Response, chosen: Option<Language>, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let cookie = chosen.and_then(|language| {
        let tag = language.tag();
        let text = format!("lang={tag}; Max-Age=31536000; Path=/; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).ok()
    });
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    login: String,
    password: String,
    #[serde(default, deserialize_with = "maybe_text")]
    next: Option<String>,
}

pub(super) async fn sign_in(
    State(porter): State<Porter>,
    want: Want,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Input(given): Input<Credentials>,
) -> Result<Response, Problem> {
    let login = given.login.trim().to_lowercase();
    let next = given.next.filter(|next| is_here(next));
    let from = address(&headers, peer.as_ref().map(|Extension(peer)| peer));
    match let_in(&porter, &want, &login, given.password, from).await {
        Ok(person) => {
            let mut response = if want.json {
                let Person { id, name, login, roles, .. } = &person;
                want.json_with(StatusCode::OK, &SignedIn { id: *id, name, login, roles })?
            } else {
                go(next.as_deref().unwrap_or("/"))
            };
            open_session(&porter, &want, person.id, &mut response).await?;
            Ok(response)
        }
        Err(problem) if !want.json && problem.status.is_client_error() => {
            let error = Some(problem.detail(&want.messages()));
            let frame = want.frame(Place::Elsewhere);
            let mut response =
                want.page_with(problem.status, &SignInPage { frame, login, next, error })?;
            problem.tell_when(&mut response);
            Ok(response)
        }
        Err(problem) => Err(problem),
    }
}

/// The person, if login and password are right and it was not tried too often. An unknown login
/// takes as long as a wrong password and is told the same.
async fn let_in(
    porter: &Porter,
    want: &Want,
    login: &str,
    password: String,
    from: Option<std::net::IpAddr>,
) -> Result<Person, Problem> {
    let often = |seconds| {
        tracing::warn!(wait_s = seconds, "somebody tries to sign in too often");
        Problem::too_often(seconds)
    };
    porter.throttle().may_come(from).map_err(often)?;
    if login.len() > LONGEST_LOGIN {
        return Err(wrong_credentials());
    }
    let db = &want.kit.db;
    let person = store::by_login(db, login).await?;
    let successes = match &person {
        Some(person) => sessions::successes(db, person.id).await?,
        None => 0,
    };
    porter.throttle().may_try(login, from, successes).map_err(often)?;
    let hash = person.as_ref().and_then(|person| person.password_hash.clone());
    let right = porter.hasher().matches(password, hash).await?;
    person.filter(|person| right && person.disabled_at.is_none()).ok_or_else(wrong_credentials)
}

fn wrong_credentials() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "wrong_credentials",
        |l| l.staff_sign_in_failed().to_string(),
        |l| l.staff_sign_in_failed_detail().to_string(),
    )
}

async fn open_session(
    porter: &Porter,
    want: &Want,
    id: StaffId,
    response: &mut Response,
) -> Result<(), Problem> {
    let secret = fresh_secret(&mut rand::rng());
    sessions::open(&porter.kit().db, want.now, id, fingerprint(&secret)).await?;
    set_session(response, &secret, porter.kit().secure());
    Ok(())
}

pub(super) fn set_session(response: &mut Response, secret: &str, secure: bool) {
    if let Some(cookie) = session::cookie(secret, secure) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

pub(super) async fn sign_out(
    want: Want,
    reader: Reader,
    this: Option<Extension<ThisSession>>,
) -> Result<Response, Problem> {
    if let (Some(staff), Some(Extension(ThisSession(fingerprint)))) = (reader.staff(), this) {
        sessions::end(&want.kit.db, want.stamp(), staff, fingerprint).await?;
    }
    let mut response = want.done("/sign-in", &serde_json::json!({}))?;
    if let Some(cookie) = session::no_cookie(want.kit.secure()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Whether it is a path of this panel: nobody is sent elsewhere after signing in. Browsers read
/// `//` and `/\` as another host.
fn is_here(next: &str) -> bool {
    let mut rest = next.chars();
    rest.next() == Some('/')
        && !matches!(rest.next(), Some('/' | '\\'))
        && next.len() <= 512
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && !next.starts_with("/sign-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        assert!(is_here("/calls?outcome=late"));
        assert!(is_here("/"));
        for elsewhere in
            ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nb", "", "/sign-in"]
        {
            assert!(!is_here(elsewhere), "{elsewhere:?}");
        }
    }
}
