//! The room board 房态表 (`/rooms/board`): every room over the hours of a business date, as everybody in
//! the house sees it within a second.
//!
//! A board is drawn once for a day, a period, a language and what its readers may see, however many
//! screens ask for it; it is drawn anew once something it shows has changed, or a minute has passed.

mod agenda;
mod around;
mod bars;
mod draw;
pub(super) mod face;
mod heard;
mod known;
mod pieces;
mod rail;
mod shown;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::NaiveDate;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::web::{Panel, READERS, Sight, WRITERS};
use crate::db;
use crate::web::{Filter, Frame, OnDuty, Place, Problem, Reader, Want, maybe_text};

pub use agenda::Coming;
use draw::draw;
use known::Known;
use pieces::Pieces;

/// `?date=&period=&part=`.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    date: Option<String>,
    /// A period's number, or `all`.
    #[serde(default, deserialize_with = "maybe_text")]
    period: Option<String>,
    /// For an open page that brings itself up to date: `main` is the board alone, `above` what stands
    /// above it.
    #[serde(default, deserialize_with = "maybe_text")]
    part: Option<String>,
}

/// What a board depends on beside the store and the minute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    date: NaiveDate,
    period: String,
    language: &'static str,
    sight: Sight,
    writes: bool,
    calls: bool,
}

/// A board, drawn and compressed.
#[derive(Clone)]
struct Drawn {
    /// The journal number it is true for.
    seq: i64,
    /// The minute it was drawn in.
    minute: i64,
    html: Arc<str>,
    packed: Arc<[u8]>,
}

/// A board as it was last drawn.
#[derive(Default)]
struct Kept {
    drawn: Option<Drawn>,
    pieces: Pieces,
}

type Shelf = Arc<Mutex<Kept>>;

/// The boards that are drawn. Whoever asks for one that is being drawn waits for it.
#[derive(Clone, Default)]
pub(super) struct Boards {
    shelves: Arc<Mutex<BTreeMap<Key, Shelf>>>,
    known: Known,
}

/// More than so many different boards are not kept.
const MOST: usize = 64;

/// The kinds of news a board shows something of.
const SHOWN: [&str; 4] = ["booking", "room", "notice", "staff"];

impl Boards {
    async fn shelf(&self, key: &Key) -> Shelf {
        let mut shelves = self.shelves.lock().await;
        if shelves.len() >= MOST && !shelves.contains_key(key) {
            shelves.clear();
        }
        Arc::clone(shelves.entry(key.clone()).or_default())
    }

    async fn get(&self, want: &Want, key: &Key) -> Result<Drawn, Problem> {
        let place = self.shelf(key).await;
        let mut kept = place.lock().await;
        let minute = want.now.millis().div_euclid(60_000);
        let head = head(want).await?;
        if let Some(drawn) = kept.drawn.as_mut()
            && drawn.minute == minute
            && self.known.heard.is_quiet(&want.kit.db, &SHOWN, drawn.seq, head).await?
        {
            drawn.seq = drawn.seq.max(head);
            return Ok(drawn.clone());
        }
        let board = draw(want, &self.known, head, key, Some(&mut kept.pieces)).await?;
        // as long as it was before, with some room to grow
        let before = kept.drawn.as_ref().map_or(0, |drawn| drawn.html.len());
        let mut html = String::with_capacity(before + before / 16);
        board.render_into(&mut html).map_err(Problem::broken)?;
        let packed = pack(&html).map_err(Problem::broken)?.into();
        let drawn = Drawn { seq: head, minute, html: html.into(), packed };
        kept.drawn = Some(drawn.clone());
        Ok(drawn)
    }
}

/// A number of the journal that was read before the board's own questions.
async fn head(want: &Want) -> Result<i64, Problem> {
    match want.seq {
        Some(seq) => Ok(seq),
        None => Ok(db::head(&want.kit.db).await?),
    }
}

/// The board alone as a document of its own, compressed once for everybody: quickly, for bars are so much alike
/// that trying longer saves a tenth of the bytes.
fn pack(html: &str) -> std::io::Result<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(2));
    packer.write_all(
        b"<!doctype html><html><body><main id=\"main\" tabindex=\"-1\" class=\"board-main\">",
    )?;
    packer.write_all(html.as_bytes())?;
    packer.write_all(b"</main></body></html>")?;
    packer.finish()
}

#[derive(Template)]
#[template(path = "bookings/board.html")]
struct BoardPage {
    frame: Frame,
    board: Arc<str>,
    part: String,
    above: String,
    writes: bool,
    /// What the house calls it that a room is ready again.
    restored: String,
}

/// The state of the lines, and what waits for the reader's answer.
#[derive(Template)]
#[template(path = "bookings/above.html")]
struct AbovePage {
    frame: Frame,
}

/// Shows the board.
pub(super) async fn show(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    headers: HeaderMap,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    if asked.part.as_deref() == Some("above") && !want.json {
        let page = AbovePage { frame: want.frame(Place::Board) };
        let mut response = Response::new(Body::from(page.render().map_err(Problem::broken)?));
        dress(response.headers_mut(), head(&want).await?);
        return Ok(response);
    }
    let today = want.kit.day.date(want.now);
    let date = match asked.date.as_deref() {
        Some(text) => text.parse().map_err(|_| Problem::syntax())?,
        None => today,
    };
    let period = asked.period.unwrap_or_default();
    let key = key_of(&want, &reader, date, &period);
    if want.json {
        let head = head(&want).await?;
        let board = draw(&want, &panel.boards().known, head, &key, None).await?;
        return want.json_with(StatusCode::OK, &board);
    }
    let drawn = panel.boards().get(&want, &key).await?;
    if asked.part.as_deref() == Some("main") && takes_gzip(&headers) {
        return Ok(alone(&drawn));
    }
    let part = format!("/rooms/board?date={date}&period={period}&part=main");
    // a page of another day stays on it; one of today moves on with the day
    let part =
        if asked.date.is_some() { part } else { part.replace(&format!("date={date}"), "date=") };
    let rules = panel.boards().known.place(&want, drawn.seq).await?.rules;
    let page = BoardPage {
        frame: want.frame(Place::Board),
        board: drawn.html,
        above: part.replace("part=main", "part=above"),
        part,
        writes: key.writes,
        restored: rules.restored.say(&want.messages(), want.language),
    };
    let html = page.render().map_err(Problem::broken)?;
    let mut response = Response::new(Body::from(html));
    dress(response.headers_mut(), drawn.seq);
    Ok(response)
}

fn key_of(want: &Want, reader: &OnDuty, date: NaiveDate, period: &str) -> Key {
    Key {
        date,
        period: period.to_owned(),
        language: want.language.tag(),
        sight: Sight::of(reader),
        writes: reader.roles.has_any(WRITERS),
        calls: reader.makes_calls(),
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("gzip"))
}

fn alone(drawn: &Drawn) -> Response {
    let mut response = Response::new(Body::from(drawn.packed.to_vec()));
    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    dress(response.headers_mut(), drawn.seq);
    response
}

/// The headers of a page, and the journal number it is true for.
fn dress(headers: &mut HeaderMap, seq: i64) {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    let vary = "Accept, Accept-Language, Cookie, Accept-Encoding";
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert("x-seq", HeaderValue::from(seq));
}
