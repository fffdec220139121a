//! The call log: newest first, filtered, in pages that neither skip nor repeat a call.

use std::cmp::Reverse;

use super::super::call::{Call, Evidence, Outcome, State};
use super::super::figure::Figure;
use super::super::missed::CallBack;
use super::super::particulars::CallRecord;
use super::grams::fold;
use super::load::{self, Row};
use super::narrow::{Whose, narrowed};
use super::search::{CHUNK, Search, words};
use super::{found, particulars, slow};
use crate::db::{Db, Query, Result, statements};
use crate::kernel::{CallId, Closed, Moment, Phone, StaffId};

statements! {
    /// Whether there is any call at all.
    ANY = "SELECT id FROM calls ORDER BY id LIMIT 1";
}

/// So many candidates of a word search are compared for one page before it ends early.
const SCAN_MOST: usize = 2_000;

/// What the log is narrowed to; every field that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Offered at or after.
    pub from: Option<Moment>,
    /// Offered before.
    pub to: Option<Moment>,
    /// The hotline's number, as the configuration writes it; `-` for calls of which it is not known.
    pub hotline: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Who answered it or took it.
    pub staff: Option<StaffId>,
    /// Who answered it; person 0 for calls of which that is not known.
    pub answered_by: Option<StaffId>,
    /// Which figure of the reports it belongs to.
    pub figure: Option<Figure>,
    /// What its clock rests on.
    pub evidence: Option<Evidence>,
    /// What became of the call back it was owed.
    pub call_back: Option<CallBack>,
    /// In which local hour it came, 0 to 23.
    pub hour: Option<i64>,
    /// On which weekday of the business date, 1 is Monday.
    pub weekday: Option<i64>,
    /// Took at least so many milliseconds from the first ring to the answer.
    pub answer_from_ms: Option<i64>,
    /// Made the caller wait at least so many milliseconds for the answer.
    pub wait_from_ms: Option<i64>,
    /// Who called.
    pub caller: Option<CallerFilter>,
    /// Where it is in its life.
    pub state: Option<State>,
    /// Words or digits: digits are the end of a number, words are looked for in names and notes.
    pub q: Option<String>,
    /// Numbers that nothing is found by.
    pub closed: Closed,
}

/// A caller as people type one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerFilter {
    /// A whole number, E.164.
    Number(String),
    /// The last digits of one, at least three, last digit first.
    Tail(String),
}

impl CallerFilter {
    /// Reads a number in any spelling, or at least three of its last digits. `None` for anything
    /// else.
    pub fn read(text: &str) -> Option<Self> {
        if let Some(phone) = Phone::read(text) {
            return Some(Self::Number(phone.as_str().to_owned()));
        }
        let folded = fold(text);
        let digits = |c: &char| c.is_ascii_digit();
        let only = folded.chars().all(|c| digits(&c) || " -()/.+".contains(c));
        let tail: String = folded.chars().rev().filter(digits).collect();
        (only && tail.len() >= 3).then_some(Self::Tail(tail))
    }
}

/// One page of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The calls, newest first.
    pub items: Vec<Call>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

/// A place in the log: a call by when it was offered and its id. A page begins behind it.
type Cursor = (Moment, CallId);

fn place_of(row: &Row) -> Cursor {
    (row.offered_at, row.id)
}

/// What `caller` and `q` together ask for.
pub(super) struct Asked {
    pub(super) caller: Option<CallerFilter>,
    pub(super) words: Vec<String>,
    /// The only calls that can be meant, where they are few.
    pub(super) few: Option<Vec<i64>>,
}

impl Asked {
    fn read(filter: &Filter) -> Self {
        let mut asked = Self { caller: filter.caller.clone(), words: Vec::new(), few: None };
        let Some(q) = &filter.q else { return asked };
        match CallerFilter::read(q) {
            Some(caller) if asked.caller.is_none() => asked.caller = Some(caller),
            _ => asked.words = words(q),
        }
        asked
    }
}

/// A page of at most `limit` calls of the log, newest first; `after` is the `next` of the page
/// before. A search for rare words among very many candidates may give a short page with a `next`.
pub async fn page(db: &Db, filter: &Filter, limit: usize, after: Option<Cursor>) -> Result<Page> {
    let mut asked = Asked::read(filter);
    asked.few = slow::few(db, filter).await?;
    if asked.few.is_none() {
        asked.few = found::of_person(db, filter).await?;
    }
    let leading = found::leading(filter, &asked);
    let (kept, next) = if !asked.words.is_empty() {
        searched(db, filter, &asked, limit, after).await?
    } else if let Some(what) = leading {
        led(db, filter, &mut asked, what, limit, after).await?
    } else {
        listed(db, filter, &asked, limit, after).await?
    };
    Ok(Page { items: load::all(db, kept).await?, next })
}

async fn listed(
    db: &Db,
    filter: &Filter,
    asked: &Asked,
    limit: usize,
    place: Option<Cursor>,
) -> Result<(Vec<Row>, Option<Cursor>)> {
    // one row more than asked tells whether there is a next page
    let more = limit.saturating_add(1);
    let read = |whose| newest(narrowed(db, filter, asked, whose), more, place);
    let mut rows = match filter.staff {
        None => read(Whose::All).await?,
        Some(person) => {
            let mut rows = read(Whose::Answered(person)).await?;
            rows.extend(read(Whose::Taken(person)).await?);
            rows.sort_by_key(|row| Reverse(place_of(row)));
            rows.dedup_by_key(|row| row.id);
            rows
        }
    };
    let next = rows.len() > limit;
    rows.truncate(limit);
    let place = rows.last().map(place_of).filter(|_| next);
    Ok((rows, place))
}

/// By what leads to them, in the order of the log: candidates are looked at until a page is full.
async fn led(
    db: &Db,
    filter: &Filter,
    asked: &mut Asked,
    what: &'static str,
    limit: usize,
    mut place: Option<Cursor>,
) -> Result<(Vec<Row>, Option<Cursor>)> {
    let whose = filter.staff.map_or(Whose::All, Whose::Either);
    let more = limit.saturating_add(1);
    let mut kept: Vec<Row> = Vec::new();
    // nearly all of them are what was asked for, unless more is asked
    let mut chunk = more.saturating_mul(2);
    let mut looked = 0_usize;
    loop {
        let candidates = found::newest(db, what, filter, place, chunk).await?;
        asked.few = Some(candidates.iter().map(|(_, id)| id.0).collect());
        kept.extend(newest(narrowed(db, filter, asked, whose), more, None).await?);
        if kept.len() > limit {
            kept.truncate(limit);
            let place = kept.last().map(place_of);
            return Ok((kept, place));
        }
        let Some(&last) = candidates.last().filter(|_| candidates.len() == chunk) else {
            return Ok((kept, None));
        };
        place = Some(last);
        looked = looked.saturating_add(chunk);
        chunk = chunk.saturating_mul(4).min(found::MOST);
        if looked >= found::MOST && found::has_another(filter) {
            asked.few = None;
            let (rest, next) = listed(db, filter, asked, limit, place).await?;
            kept.extend(rest);
            if kept.len() <= limit {
                return Ok((kept, next));
            }
            kept.truncate(limit);
            let place = kept.last().map(place_of);
            return Ok((kept, place));
        }
    }
}

/// The newest of what a query asks, behind a place.
async fn newest(mut query: Query<'_>, most: usize, place: Option<Cursor>) -> Result<Vec<Row>> {
    if let Some((offered_at, id)) = place {
        query = query
            .push(" AND (c.offered_at, c.id) < (")
            .push_bind(offered_at)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    query.push(" ORDER BY c.offered_at DESC, c.id DESC LIMIT ").push_bind(most).all().await
}

/// By the pieces of the words, newest number first; only the whole words prove a call.
async fn searched(
    db: &Db,
    filter: &Filter,
    asked: &Asked,
    limit: usize,
    mut place: Option<Cursor>,
) -> Result<(Vec<Row>, Option<Cursor>)> {
    let Some(search) = Search::prepare(db, &asked.words).await? else {
        return Ok((Vec::new(), None));
    };
    let whose = filter.staff.map_or(Whose::All, Whose::Either);
    let mut kept: Vec<Row> = Vec::new();
    let mut compared = 0;
    loop {
        let ids = search.candidates(db, place.map(|(_, id)| id)).await?;
        let mut query = narrowed(db, filter, asked, whose).push(" AND c.id IN (0");
        for place in 0..CHUNK {
            // always the same number of places, so that the engines know the statement
            let id = ids.get(place).copied().unwrap_or(CallId(0));
            query = query.push(", ").push_bind(id);
        }
        let rows: Vec<Row> = query.push(") ORDER BY c.id DESC").all().await?;
        let written: Vec<CallId> = rows.iter().map(|row| row.id).collect();
        let written = particulars::of(&mut load::Ask::Db(db), &written).await?;
        let holds = |row: &Row| holds(row, written.get(&row.id), &asked.words, &filter.closed);
        kept.extend(rows.into_iter().filter(holds));
        compared += ids.len();
        if kept.len() > limit {
            kept.truncate(limit);
            let place = kept.last().map(place_of);
            return Ok((kept, place));
        }
        let Some(&last) = ids.last().filter(|_| ids.len() == CHUNK) else {
            return Ok((kept, None));
        };
        place = Some((Moment::from_millis(0), last));
        if compared >= SCAN_MOST {
            return Ok((kept, place));
        }
    }
}

fn holds(row: &Row, record: Option<&CallRecord>, words: &[String], closed: &Closed) -> bool {
    let display = row.caller_display.as_deref().unwrap_or_default();
    let written = record.into_iter().flat_map(CallRecord::texts);
    let texts = [display, &row.notes].into_iter().chain(written);
    let texts: Vec<String> = texts.map(|text| fold(&closed.text(text))).collect();
    words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
}

/// Whether the log holds any call yet.
pub async fn any(db: &Db) -> Result<bool> {
    Ok(db.read(ANY).maybe::<(CallId,)>().await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_read_as_people_type_one() {
        let number = |text: &str| Some(CallerFilter::Number(text.into()));
        let tail = |text: &str| Some(CallerFilter::Tail(text.into()));
        assert_eq!(CallerFilter::read("138 0000 1234"), number("+8613800001234"));
        assert_eq!(CallerFilter::read("013800001234"), number("+8613800001234"));
        assert_eq!(CallerFilter::read("00 12"), tail("2100"));
        assert_eq!(CallerFilter::read("\u{ff11}234"), tail("4321"));
        assert_eq!(CallerFilter::read("12"), None);
        assert_eq!(CallerFilter::read("王"), None);
        assert_eq!(CallerFilter::read(""), None);
    }
}
