//! The door: who comes with a session or a token is known in every room, the others are shown the
//! way.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

use super::password::Hasher;
use super::session;
use super::store::{self, sessions, tokens};
use super::throttle::Throttle;
use crate::db;
use crate::kernel::Closed;
use crate::web::live::StillOnDuty;
use crate::web::{Account, Kit, KnowsClosed, OnDuty, Problem, cookie, fingerprint, go, once};

/// Knows the people: state of the staff room. Cheap to clone.
#[derive(Clone)]
pub struct Porter(Arc<Inside>);

struct Inside {
    kit: Kit,
    hasher: Hasher,
    throttle: Throttle,
    directory: Option<Arc<dyn KnowsClosed>>,
}

/// What somebody shows at the door.
#[derive(Clone)]
enum Pass {
    /// The fingerprint of a bearer token.
    Token(String),
    /// The fingerprint of a session cookie.
    Session(String),
}

/// The fingerprint of the session behind a request, for the room's own pages.
#[derive(Clone)]
pub(super) struct ThisSession(pub(super) String);

impl Porter {
    /// Opens the door of a house where nobody is restricted.
    pub fn new(kit: Kit) -> Self {
        Self::opening(kit, None)
    }

    /// Opens the door; the directory says which numbers are closed to whoever comes in.
    pub fn asking(kit: Kit, directory: Arc<dyn KnowsClosed>) -> Self {
        Self::opening(kit, Some(directory))
    }

    fn opening(kit: Kit, directory: Option<Arc<dyn KnowsClosed>>) -> Self {
        let throttle = Throttle::new(kit.clock.clone());
        Self(Arc::new(Inside { kit, hasher: Hasher::new(), throttle, directory }))
    }

    pub(super) fn kit(&self) -> &Kit {
        &self.0.kit
    }

    pub(super) fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }

    pub(super) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// Puts the door around the rooms: `closed` only for those who are known (401, or a page is
    /// sent to sign in), `open` for everyone; both know who reads.
    pub fn guard(&self, closed: Router, open: Router) -> Router {
        let kit = self.0.kit.clone();
        let closed = closed.route_layer(from_fn_with_state(kit, once)).route_layer(from_fn(known));
        // with a fallback of its own, so that a page about nothing knows its reader too
        let rooms = closed.merge(open).fallback(async || Problem::not_found());
        rooms.layer(from_fn_with_state(self.clone(), recognise))
    }

    /// Who shows this pass, if it is good, and what they are not to be told.
    async fn who(&self, pass: &Pass) -> db::Result<Option<OnDuty>> {
        let Some(mut reader) = self.named(pass).await? else { return Ok(None) };
        if let Some(directory) = &self.0.directory {
            let kit = &self.0.kit;
            let known = directory.closed_to(&kit.db, &reader, kit.clock.now()).await?;
            (reader.closed, reader.guarded) = known;
        }
        Ok(Some(reader))
    }

    async fn named(&self, pass: &Pass) -> db::Result<Option<OnDuty>> {
        let kit = &self.0.kit;
        match pass {
            Pass::Token(fingerprint) => {
                let token = tokens::find(&kit.db, fingerprint).await?;
                Ok(token.map(|token| OnDuty {
                    account: Account::Token { id: token.id, name: token.name },
                    roles: token.roles,
                    language: None,
                    theme: None,
                    volume: 0,
                    closed: Closed::default(),
                    guarded: Closed::default(),
                }))
            }
            Pass::Session(fingerprint) => {
                let now = kit.clock.now();
                let Some(session) = sessions::find(&kit.db, now, fingerprint).await? else {
                    return Ok(None);
                };
                let person = store::by_id(&kit.db, session.staff_id).await?;
                let Some(person) = person.filter(|person| person.disabled_at.is_none()) else {
                    return Ok(None);
                };
                if session::is_due(session.seen_at, now) {
                    let seen = sessions::seen(&kit.db, now, fingerprint.clone(), session).await;
                    if let Err(error) = seen {
                        // a store that cannot write must not lock the operators out
                        tracing::warn!(reason = %error, "a session's use could not be written");
                    }
                }
                Ok(Some(OnDuty {
                    account: Account::Staff {
                        id: person.id,
                        name: person.name,
                        login: person.login,
                        extension: person.extension,
                    },
                    roles: person.roles,
                    language: person.language,
                    theme: person.theme,
                    volume: person.volume,
                    closed: Closed::default(),
                    guarded: Closed::default(),
                }))
            }
        }
    }

    /// The question a live stream asks from time to time. A look that failed is no answer: what the stream makes of
    /// that is the same for every stream ([`crate::web::doubt`]).
    fn still(&self, pass: Pass) -> StillOnDuty {
        let porter = self.clone();
        StillOnDuty(Arc::new(move || {
            let (porter, pass) = (porter.clone(), pass.clone());
            Box::pin(async move { porter.who(&pass).await })
        }))
    }
}

/// A token goes before a cookie.
fn pass(headers: &HeaderMap) -> Option<Pass> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Pass::Token(fingerprint(token.trim())));
    bearer.or_else(|| {
        let secret = cookie(headers, session::COOKIE).filter(|secret| !secret.is_empty())?;
        Some(Pass::Session(fingerprint(secret)))
    })
}

async fn recognise(State(porter): State<Porter>, mut request: Request, next: Next) -> Response {
    let Some(pass) = pass(request.headers()) else { return next.run(request).await };
    let reader = match porter.who(&pass).await {
        Ok(Some(reader)) => reader,
        Ok(None) => return next.run(request).await,
        Err(error) => return Problem::from(error).into_response(),
    };
    let extensions = request.extensions_mut();
    extensions.insert(reader.clone());
    extensions.insert(porter.still(pass.clone()));
    if let Pass::Session(fingerprint) = pass {
        extensions.insert(ThisSession(fingerprint));
    }
    let mut response = next.run(request).await;
    // whoever writes a problem's page must know for whom
    response.extensions_mut().insert(reader);
    response
}

async fn known(request: Request, next: Next) -> Response {
    if request.extensions().get::<OnDuty>().is_some() {
        return next.run(request).await;
    }
    let headers = request.headers();
    if headers.contains_key(header::AUTHORIZATION) || !wants_page(headers) {
        return Problem::unauthorized().into_response();
    }
    // a form cannot be sent again after signing in, so its page is come back to: the browser keeps what was written
    let here = match request.uri().path_and_query() {
        Some(here) if request.method() == Method::GET => Some(here.as_str()),
        _ => stood_on(headers),
    };
    let back = here.filter(|here| *here != "/").map(|here| format!("?next={}", escaped(here)));
    go(&format!("/sign-in{}", back.unwrap_or_default()))
}

/// The page of ours a form was sent from.
fn stood_on(headers: &HeaderMap) -> Option<&str> {
    let text = |name: header::HeaderName| headers.get(name)?.to_str().ok();
    let (_, from) = text(header::REFERER)?.split_once("://")?;
    from.strip_prefix(text(header::HOST)?).filter(|path| path.starts_with('/'))
}

/// A browser's page names `text/html`; `*/*` counts as one. An event stream or a program's JSON
/// cannot follow to a form.
fn wants_page(headers: &HeaderMap) -> bool {
    let Some(accept) = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()) else {
        return true;
    };
    let first = |name: &str| accept.find(name).unwrap_or(usize::MAX);
    let page = first("text/html").min(first("*/*"));
    page < usize::MAX && page < first("application/json")
}

/// Percent-encodes what may not stand in a query's value (RFC 3986 §3.4).
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let written = |byte: u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(written).collect()
}

/// Where a request comes from: the peer, or what a proxy on this machine says of it.
pub(super) fn address(
    headers: &HeaderMap,
    peer: Option<&ConnectInfo<SocketAddr>>,
) -> Option<IpAddr> {
    let peer = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical())?;
    let told = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let last = told.and_then(|told| told.rsplit(',').next()?.trim().parse().ok());
    if peer.is_loopback() { last.or(Some(peer)) } else { Some(peer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_believed_only_on_this_machine() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 198.51.100.4".parse().unwrap());
        let from = |peer: &str| {
            let peer = ConnectInfo(peer.parse::<SocketAddr>().unwrap());
            address(&headers, Some(&peer)).unwrap().to_string()
        };
        assert_eq!(from("127.0.0.1:5000"), "198.51.100.4");
        assert_eq!(from("192.0.2.1:5000"), "192.0.2.1");
    }

    #[test]
    fn a_form_leads_back_to_the_page_it_stood_on_where_that_is_ours() {
        let from = |referer: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "desk.example:8080".parse().unwrap());
            headers.insert(header::REFERER, referer.parse().unwrap());
            stood_on(&headers).map(str::to_owned)
        };
        let here = from("http://desk.example:8080/faults/new?call=17");
        assert_eq!(here.as_deref(), Some("/faults/new?call=17"));
        assert_eq!(from("http://desk.example:80801/x"), None);
        assert_eq!(from("https://elsewhere.example/faults/new"), None);
        assert_eq!(stood_on(&HeaderMap::new()), None);
    }

    #[test]
    fn only_a_page_is_sent_to_sign_in() {
        let page = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            wants_page(&headers)
        };
        assert!(page("text/html,application/xhtml+xml,*/*;q=0.8"));
        assert!(page("*/*"));
        assert!(!page("application/json"));
        assert!(!page("application/json, */*"));
        assert!(!page("text/event-stream"));
        assert_eq!(escaped("/calls?q=王&after=x"), "/calls%3Fq%3D%E7%8E%8B%26after%3Dx");
    }
}
