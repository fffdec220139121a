//! The call log: filters, lines, the way to older calls.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use serde::{Serialize, Serializer};

use super::super::call::{Call, Evidence, Outcome, State};
use super::super::figure::Figure;
use super::super::missed::CallBack;
use super::super::store::{self, Filter, Outage};
use super::asked::Asked;
use super::outages::{Period, Together};
use super::row::Row;
use super::{Panel, figures, grown, say, sight, unheard};
use crate::kernel::{CallId, Moment};
use crate::web::{Frame, OnDuty, Place, Problem, Want, from_cursor, to_cursor};
use crate::words::{Spelling, tenths};

/// A choice of a filter.
pub(super) struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

fn choice(value: &str, label: String, asked: Option<&str>) -> Choice {
    Choice { value: value.to_owned(), label, chosen: asked == Some(value) }
}

/// The log; as JSON the contract's list.
#[derive(Template, Serialize)]
#[template(path = "calls/log.html")]
pub(super) struct Log {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Call>,
    next: Option<Older>,
    /// When calls could not be heard, in the time of this page; newest first.
    outages: Vec<Outage>,
    #[serde(skip)]
    entries: Vec<Entry>,
    #[serde(skip)]
    asked: Asked,
    /// What cannot be read of it, by field; then no calls are shown.
    #[serde(skip)]
    wrong: BTreeMap<&'static str, String>,
    #[serde(skip)]
    narrow: bool,
    #[serde(skip)]
    first: bool,
    /// What of the reports the calls belong to, in words.
    #[serde(skip)]
    belongs: Vec<String>,
    #[serde(skip)]
    hotlines: Vec<Choice>,
    #[serde(skip)]
    outcomes: Vec<Choice>,
    #[serde(skip)]
    states: Vec<Choice>,
    #[serde(skip)]
    staff: Vec<Choice>,
}

/// A line of the log: a call, or a time in which none could be heard.
pub(super) enum Entry {
    Call(Box<Row>),
    Deaf(Period),
}

/// Calls and outages in their places in time, newest first. `silent`: talks of which nothing tells since then.
fn entries(
    l: &crate::words::Messages,
    spelling: Spelling,
    calls: &[Call],
    outages: &[Outage],
    silent: &BTreeMap<CallId, Moment>,
) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(calls.len() + outages.len());
    let mut outages = Together::all(outages).into_iter().peekable();
    let deaf = |one: Together<'_>| Entry::Deaf(one.said(l, spelling));
    for call in calls {
        while let Some(one) = outages.next_if(|one| one.newest.from_at > call.offered_at) {
            entries.push(deaf(one));
        }
        let row = Row::of(l, spelling, call, None);
        let row = match silent.get(&call.id) {
            Some(at) => row.unheard(l, spelling, *at),
            None => row,
        };
        entries.push(Entry::Call(Box::new(row)));
    }
    entries.extend(outages.map(deaf));
    entries
}

/// The outages that belong on a page of the log that begins behind `after`: those that began in
/// its time, and on the last page those that reach into it.
async fn outages_of(
    want: &Want,
    filter: &Filter,
    after: Option<(Moment, CallId)>,
    page: &store::Page,
) -> Result<Vec<Outage>, Problem> {
    let begin = filter.from.unwrap_or(Moment::from_millis(0));
    let newest = after.map(|(at, _)| at).or(filter.to.map(|to| to.plus_millis(-1)));
    let oldest = page.items.last().filter(|_| page.next.is_some()).map(|call| call.offered_at);
    let from = oldest.unwrap_or(begin);
    let mut found = store::outages_between(&want.kit.db, from, newest.unwrap_or(want.now)).await?;
    found.retain(|outage| oldest.is_none_or(|oldest| outage.from_at > oldest));
    Ok(found)
}

/// What the filters of the reports say, in words.
fn belongs(
    l: &crate::words::Messages,
    asked: &Asked,
    names: &BTreeMap<String, String>,
) -> Vec<String> {
    let figure = asked.figure.as_deref().and_then(Figure::from_word);
    let name = |id: &String| names.get(id).cloned().unwrap_or_else(|| id.clone());
    let seconds = |ms: &String| tenths(ms.parse().unwrap_or(0));
    let call_back = asked.call_back.as_deref().and_then(CallBack::from_word);
    let evidence = asked.evidence.as_deref().and_then(Evidence::from_word);
    let parts = [
        call_back.map(|call_back| figures::call_back(l, call_back)),
        figure.map(|figure| figures::name(l, figure)),
        evidence.map(|evidence| figures::evidence(l, evidence)),
        asked.answered_by.as_ref().map(|id| l.calls_by_answerer(name(id)).to_string()),
        asked.weekday.as_ref().map(|day| figures::weekday(l, day)),
        asked.hour.as_ref().map(|hour| l.calls_by_hour(hour.as_str()).to_string()),
        asked.answer_from_ms.as_ref().map(|ms| l.calls_by_answer_from(seconds(ms)).to_string()),
        asked.wait_from_ms.as_ref().map(|ms| l.calls_by_wait_from(seconds(ms)).to_string()),
    ];
    parts.into_iter().flatten().collect()
}

/// Where older calls are.
pub(super) struct Older {
    cursor: String,
    href: String,
}

/// A program gets the cursor alone.
impl Serialize for Older {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.cursor.serialize(serializer)
    }
}

impl Log {
    /// 400 where the filters cannot be read.
    pub(super) fn status(&self) -> StatusCode {
        if self.wrong.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST }
    }
}

/// Gathers one page of the log. Filters that cannot be read are told to a program as a problem, to
/// a person under the fields of the form.
pub(super) async fn log(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    asked: Asked,
) -> Result<Log, Problem> {
    let limit = asked.limit()?;
    let after = asked.after.as_deref().map(from_cursor).transpose()?;
    let closed = reader.closed.clone();
    let (page, outages, wrong) = match asked.filter(&want.kit.day) {
        Ok(filter) => {
            let filter = Filter { closed: closed.clone(), ..filter };
            let page = store::page(&want.kit.db, &filter, limit, after).await?;
            let outages = if asked.is_a_time() {
                outages_of(want, &filter, after, &page).await?
            } else {
                Vec::new()
            };
            (page, outages, BTreeMap::new())
        }
        Err(problem) if want.json => return Err(problem),
        Err(problem) => {
            let none = store::Page { items: Vec::new(), next: None };
            (none, Vec::new(), problem.fields(&want.messages()))
        }
    };
    let people = store::people(&want.kit.db).await?;
    let names: BTreeMap<_, _> = people.iter().map(|p| (p.id.to_string(), p.name.clone())).collect();
    let frame = want.frame(Place::Calls);
    let (l, spelling) = (&frame.l, frame.spelling);
    let see = |call: Call| sight::seen(call, reader, &closed, want.now);
    let mut items: Vec<Call> = page.items.into_iter().map(see).collect();
    if want.json {
        grown::link(panel, &want.kit.db, &mut items).await?;
    }
    let silent = if want.json { BTreeMap::new() } else { unheard::all(want, &items).await? };
    let next = page.next.map(|place| {
        let cursor = to_cursor(&place);
        let href = asked.older(&cursor);
        Older { cursor, href }
    });
    Ok(Log {
        entries: entries(l, spelling, &items, &outages, &silent),
        hotlines: panel
            .hotlines
            .iter()
            .map(|h| choice(&h.number, h.name.clone(), asked.hotline.as_deref()))
            .collect(),
        outcomes: Outcome::ALL
            .iter()
            .map(|o| choice(o.word(), say::outcome(l, *o), asked.outcome.as_deref()))
            .collect(),
        states: State::ALL
            .iter()
            .map(|s| choice(s.word(), say::state(l, *s), asked.state.as_deref()))
            .collect(),
        staff: people
            .into_iter()
            .map(|who| choice(&who.id.to_string(), who.name, asked.staff.as_deref()))
            .collect(),
        belongs: belongs(l, &asked, &names),
        narrow: asked.is_narrow(),
        first: asked.after.is_none(),
        items,
        outages,
        next,
        asked,
        wrong,
        frame,
    })
}
