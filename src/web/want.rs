//! What the reader asked for: which language, page or JSON.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;

use super::{Above, Frame, Kit, OnDuty, Place, Problem};
use crate::db::{self, Stamp};
use crate::kernel::{Language, Moment};
use crate::words::{self, Messages, Spelling};

/// What a request wants, and the one `now` of the whole request.
#[derive(Clone)]
pub struct Want {
    /// The kit.
    pub kit: Kit,
    /// The reader's language: their own choice, the `lang` cookie, `Accept-Language`, the site's.
    pub language: Language,
    /// JSON rather than a page.
    pub json: bool,
    /// Who asks, where somebody is signed in.
    pub reader: Option<OnDuty>,
    /// When the request came in.
    pub now: Moment,
    /// The newest journal number when the request came in: where a page's stream goes on from.
    pub seq: Option<i64>,
    /// What stands above the page for its reader, drawn.
    pub above: Option<String>,
}

impl Want {
    pub(super) fn of(kit: Kit, headers: &HeaderMap, reader: Option<OnDuty>) -> Self {
        let chosen = reader.as_ref().and_then(|reader| reader.language);
        let language = chosen
            .or_else(|| cookie(headers, "lang").and_then(Language::from_tag))
            .or_else(|| accepted_language(text(headers, &header::ACCEPT_LANGUAGE)))
            .unwrap_or(kit.language);
        let json = wants_json(text(headers, &header::ACCEPT));
        let now = kit.clock.now();
        Self { kit, language, json, reader, now, seq: None, above: None }
    }

    /// The sentences in the reader's language.
    pub fn messages(&self) -> Messages {
        words::of(self.language)
    }

    /// How times are written for the reader.
    pub fn spelling(&self) -> Spelling {
        self.kit.spelling(self.language)
    }

    /// What the layout around a page needs.
    pub fn frame(&self, place: Place) -> Frame {
        Frame::of(self, place)
    }

    /// Who changes something now: for [`crate::db::Db::write`].
    pub fn stamp(&self) -> Stamp {
        Stamp { now: self.now, by: self.reader.as_ref().and_then(OnDuty::staff) }
    }

    /// A page whose address is its key: told to nobody, and kept by no search engine.
    pub fn keyed_page<T: Template + Serialize>(&self, page: &T) -> Result<Response, Problem> {
        let mut response = self.page(page)?;
        let headers = response.headers_mut();
        let robots = header::HeaderName::from_static("x-robots-tag");
        headers.insert(robots, HeaderValue::from_static("noindex"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        Ok(response)
    }

    /// Answers with a view: a page, or the same struct as JSON.
    pub fn page<T: Template + Serialize>(&self, view: &T) -> Result<Response, Problem> {
        self.page_with(StatusCode::OK, view)
    }

    /// The same with another status, such as 422 for a form that must be corrected.
    pub fn page_with<T: Template + Serialize>(
        &self,
        status: StatusCode,
        view: &T,
    ) -> Result<Response, Problem> {
        if self.json {
            self.json_with(status, view)
        } else {
            let html = view.render().map_err(Problem::broken)?;
            Ok(varied((status, Html(html)).into_response()))
        }
    }

    /// Answers with JSON alone.
    #[expect(clippy::unused_self, reason = "one of the answers to what was wanted")]
    pub fn json_with<T: Serialize>(
        &self,
        status: StatusCode,
        body: &T,
    ) -> Result<Response, Problem> {
        let body = serde_json::to_vec(body).map_err(Problem::broken)?;
        let kind = [(header::CONTENT_TYPE, "application/json")];
        Ok(varied((status, kind, body).into_response()))
    }

    /// After an act: a browser goes to `place` (303), a program gets the record.
    pub fn done<T: Serialize>(&self, place: &str, record: &T) -> Result<Response, Problem> {
        if self.json { self.json_with(StatusCode::OK, record) } else { Ok(go(place)) }
    }
}

/// Sends the browser on with GET (303).
pub(crate) fn go(place: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    varied(response)
}

fn varied(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let vary = HeaderValue::from_static("Accept, Accept-Language, Cookie");
    headers.insert(header::VARY, vary);
    // pages and records are a person's own; only assets may be kept
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Want {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(kit) = parts.extensions.get::<Kit>().cloned() else {
            return Err(Problem::broken("the kit is missing: the router is not inside web::house"));
        };
        let reader = parts.extensions.get::<OnDuty>().cloned();
        let mut want = Self::of(kit, &parts.headers, reader);
        // a part of a page says where it is true itself, and shows nothing above it
        let alone =
            parts.uri.query().is_some_and(|query| query.split('&').any(|one| one == "part=main"));
        if parts.method == Method::GET && !want.json && want.reader.is_some() {
            // read before the page's own questions, so that its stream misses nothing; a page
            // without it is better than no page while the store is away
            want.seq = db::head(&want.kit.db).await.ok();
            let above = parts.extensions.get::<Above>().filter(|_| !alone).cloned();
            if let Some((Above(draw), reader)) = above.zip(want.reader.clone()) {
                want.above = draw(&want, &reader).await;
            }
        }
        Ok(want)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// The value of a cookie.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The items of an `Accept`-like header with their weights in thousandths, heaviest first.
fn weighed(line: &str) -> Vec<(&str, u32)> {
    let mut items: Vec<(&str, u32)> = line
        .split(',')
        .filter_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().filter(|name| !name.is_empty())?;
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
            (weight > 0).then_some((name, weight))
        })
        .collect();
    items.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    items
}

/// `0.8` is 800; what cannot be read weighs nothing. RFC 9110 §12.4.2: at most three decimals.
fn thousandths(weight: &str) -> u32 {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse::<u32>()) {
        ("1", Ok(_)) => 1000,
        ("0", Ok(part)) => part,
        _ => 0,
    }
}

/// JSON where it is named and no page is wanted more or first; `*/*` is a page.
fn wants_json(accept: &str) -> bool {
    let named = weighed(accept).into_iter().find_map(|(name, _)| match name {
        "application/json" | "application/problem+json" => Some(true),
        "text/html" | "application/xhtml+xml" | "text/*" | "*/*" => Some(false),
        _ => None,
    });
    named.unwrap_or(false)
}

fn accepted_language(line: &str) -> Option<Language> {
    weighed(line).into_iter().find_map(|(tag, _)| Language::from_tag(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_for_those_who_name_it() {
        assert!(wants_json("application/json"));
        assert!(wants_json("application/json, text/plain, */*"));
        assert!(wants_json("text/html;q=0.5, application/json;q=0.9"));
        assert!(!wants_json("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(!wants_json("*/*"));
        assert!(!wants_json(""));
        assert!(!wants_json("application/json;q=0"));
    }

    #[test]
    fn the_heaviest_language_we_speak_wins() {
        assert_eq!(accepted_language("de, en;q=0.7, zh;q=0.9"), Some(Language::ZhCn));
        assert_eq!(accepted_language("en-GB,en;q=0.9"), Some(Language::En));
        assert_eq!(accepted_language("fr"), None);
    }
}
