//! The call log: filters, lines, the way to older calls.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use chrono::NaiveDate;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize, Serializer};

use super::super::call::{Call, Outcome, State};
use super::super::store::{self, CallerFilter, Filter, Outage};
use super::outages::Period;
use super::row::Row;
use super::{Panel, say, sight};
use crate::kernel::{BusinessDay, CallId, Moment, StaffId};
use crate::web::{Frame, OnDuty, Place, Problem, Want, from_cursor, maybe_text, to_cursor};
use crate::words::Spelling;

/// So many calls are on a page unless the address says otherwise.
const PAGE: usize = 50;
/// The longest page.
const PAGE_MOST: usize = 200;

/// The filters as the address carries them. An empty field asks nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    from: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    to: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    hotline: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    outcome: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    staff: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    caller: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    state: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    q: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    limit: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    after: Option<String>,
}

/// The begin of what a day or an instant names; the end of a day where `end`.
fn moment(text: &str, day: &BusinessDay, end: bool) -> Option<Moment> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        let date = if end { date.succ_opt()? } else { date };
        return Some(day.begin(date));
    }
    Moment::parse_rfc3339(text)
}

impl Asked {
    /// The filter of the store; 400 with a sentence for every field that cannot be read.
    fn filter(&self, day: &BusinessDay) -> Result<Filter, Problem> {
        let mut wrong = Problem::syntax();
        let mut instant = |name, text: &Option<String>, end| {
            let read = text.as_deref().map(|text| moment(text, day, end));
            if read == Some(None) {
                wrong = wrong.clone().field(name, |l| l.calls_filter_wrong_day().to_string());
            }
            read.flatten()
        };
        let (from, to) = (instant("from", &self.from, false), instant("to", &self.to, true));
        if let (Some(from), Some(to)) = (from, to) {
            // a day ends where the next begins, so days the wrong way round may meet
            let crossed = if self.day_to().is_empty() { from > to } else { from >= to };
            if crossed {
                wrong = wrong.field("to", |l| l.calls_filter_wrong_order().to_string());
            }
        }
        let outcome = self.outcome.as_deref().map(Outcome::from_word);
        if outcome == Some(None) {
            wrong = wrong.field("outcome", |l| one_of(l, Outcome::ALL.iter().map(|o| o.word())));
        }
        let state = self.state.as_deref().map(State::from_word);
        if state == Some(None) {
            wrong = wrong.field("state", |l| one_of(l, State::ALL.iter().map(|s| s.word())));
        }
        let staff = self.staff.as_deref().map(|text| text.parse::<StaffId>().ok());
        if staff == Some(None) {
            wrong = wrong.field("staff", |l| l.calls_filter_wrong_staff().to_string());
        }
        let caller = self.caller.as_deref().map(CallerFilter::read);
        if caller == Some(None) {
            wrong = wrong.field("caller", |l| l.calls_filter_wrong_caller().to_string());
        }
        if wrong.has_fields() {
            return Err(wrong);
        }
        Ok(Filter {
            from,
            to,
            hotline: self.hotline.clone(),
            outcome: outcome.flatten(),
            staff: staff.flatten(),
            caller: caller.flatten(),
            state: state.flatten(),
            q: self.q.clone(),
        })
    }

    fn limit(&self) -> Result<usize, Problem> {
        let Some(text) = self.limit.as_deref() else { return Ok(PAGE) };
        let limit = text.parse().ok().filter(|limit| (1..=PAGE_MOST).contains(limit));
        limit.ok_or_else(|| {
            let range = format!("1–{PAGE_MOST}");
            Problem::syntax().field("limit", move |l| one_of(l, [range.as_str()].into_iter()))
        })
    }

    /// The address of the page after this one, with the same filters.
    fn older(&self, cursor: &str) -> String {
        let fields = [
            ("from", &self.from),
            ("to", &self.to),
            ("hotline", &self.hotline),
            ("outcome", &self.outcome),
            ("staff", &self.staff),
            ("caller", &self.caller),
            ("state", &self.state),
            ("q", &self.q),
            ("limit", &self.limit),
        ];
        let set = fields.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let query = set.chain([("after", cursor)]).map(|(name, value)| {
            format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
        });
        format!("/calls?{}", query.collect::<Vec<_>>().join("&"))
    }

    /// What the caller field shows.
    fn caller(&self) -> &str {
        self.caller.as_deref().unwrap_or_default()
    }

    /// What the search field shows.
    fn q(&self) -> &str {
        self.q.as_deref().unwrap_or_default()
    }

    /// The day in the "from" field; an instant shows none.
    fn day_from(&self) -> &str {
        day_alone(self.from.as_deref())
    }

    /// The day in the "to" field.
    fn day_to(&self) -> &str {
        day_alone(self.to.as_deref())
    }

    /// Whether all calls of a time are asked for, so that the time without any belongs there too.
    fn is_a_time(&self) -> bool {
        let fields = [&self.outcome, &self.staff, &self.caller, &self.state, &self.q];
        fields.into_iter().all(Option::is_none)
    }

    fn is_narrow(&self) -> bool {
        let fields = [
            &self.from,
            &self.to,
            &self.hotline,
            &self.outcome,
            &self.staff,
            &self.caller,
            &self.state,
            &self.q,
        ];
        fields.into_iter().any(Option::is_some)
    }
}

fn day_alone(text: Option<&str>) -> &str {
    text.filter(|text| text.parse::<NaiveDate>().is_ok()).unwrap_or_default()
}

fn one_of<'w>(l: &crate::words::Messages, words: impl Iterator<Item = &'w str>) -> String {
    l.calls_filter_wrong_word(words.collect::<Vec<_>>().join(", ")).to_string()
}

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

/// Calls and outages in their places in time, newest first.
fn entries(
    l: &crate::words::Messages,
    spelling: Spelling,
    calls: &[Call],
    outages: &[Outage],
) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(calls.len() + outages.len());
    let mut outages = outages.iter().peekable();
    let deaf = |outage| Entry::Deaf(Period::of(l, spelling, outage));
    for call in calls {
        while let Some(outage) = outages.next_if(|outage| outage.from_at > call.offered_at) {
            entries.push(deaf(outage));
        }
        entries.push(Entry::Call(Box::new(Row::of(l, spelling, call, None))));
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
    let (page, outages, wrong) = match asked.filter(&want.kit.day) {
        Ok(filter) => {
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
    let frame = want.frame(Place::Calls);
    let (l, spelling) = (&frame.l, frame.spelling);
    let see = |call: Call| sight::seen(call, reader, want.now);
    let items: Vec<Call> = page.items.into_iter().map(see).collect();
    let next = page.next.map(|place| {
        let cursor = to_cursor(&place);
        let href = asked.older(&cursor);
        Older { cursor, href }
    });
    Ok(Log {
        entries: entries(l, spelling, &items, &outages),
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
