//! What the address of the call log asks: read once, said again for the next page and the form.

use chrono::NaiveDate;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::super::call::{Evidence, Outcome, State};
use super::super::figure::Figure;
use super::super::missed::CallBack;
use super::super::store::{CallerFilter, Filter};
use crate::kernel::{BusinessDay, Closed, StaffId};
use crate::web::{Problem, maybe_text, page_size};

/// So many calls are on a page unless the address says otherwise.
const PAGE: usize = 50;
/// No call waits longer than a day, in milliseconds.
const LONGEST_MS: i64 = 86_400_000;
/// The longest page.
const PAGE_MOST: usize = 200;

/// The filters as the address carries them. An empty field asks nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    pub(super) from: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) to: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) hotline: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) outcome: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) staff: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) caller: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) state: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) q: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) figure: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) evidence: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) call_back: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) answered_by: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) hour: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) weekday: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) answer_from_ms: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) wait_from_ms: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) limit: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    pub(super) after: Option<String>,
}

impl Asked {
    /// The filter of the store; 400 with a sentence for every field that cannot be read.
    pub(super) fn filter(&self, day: &BusinessDay) -> Result<Filter, Problem> {
        let mut wrong = Problem::syntax();
        let mut instant = |name, text: &Option<String>, end| {
            let read = text.as_deref().map(|text| day.named(text, end));
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
        let figure = self.figure.as_deref().map(Figure::from_word);
        if figure == Some(None) {
            wrong = wrong.field("figure", |l| one_of(l, Figure::ALL.iter().map(|f| f.word())));
        }
        let evidence = self.evidence.as_deref().map(Evidence::from_word);
        if evidence == Some(None) {
            wrong = wrong.field("evidence", |l| one_of(l, Evidence::ALL.iter().map(|e| e.word())));
        }
        let call_back = self.call_back.as_deref().map(CallBack::from_word);
        if call_back == Some(None) {
            let words = CallBack::ALL.map(CallBack::word);
            wrong = wrong.field("call_back", move |l| one_of(l, words.into_iter()));
        }
        let answered_by = self.answered_by.as_deref().map(|text| text.parse::<StaffId>().ok());
        if answered_by == Some(None) {
            wrong = wrong.field("answered_by", |l| l.calls_filter_wrong_staff().to_string());
        }
        let mut number = |name, text: &Option<String>, from: i64, to: i64| {
            let read = text.as_deref().map(|text| text.parse().ok());
            let read = read.map(|read| read.filter(|n| (from..=to).contains(n)));
            if read == Some(None) {
                let range = format!("{from}–{to}");
                wrong = wrong.clone().field(name, move |l| one_of(l, [range.as_str()].into_iter()));
            }
            read.flatten()
        };
        let (hour, weekday) =
            (number("hour", &self.hour, 0, 23), number("weekday", &self.weekday, 1, 7));
        let answer_from_ms = number("answer_from_ms", &self.answer_from_ms, 0, LONGEST_MS);
        let wait_from_ms = number("wait_from_ms", &self.wait_from_ms, 0, LONGEST_MS);
        if wrong.has_fields() {
            return Err(wrong);
        }
        Ok(Filter {
            figure: figure.flatten(),
            evidence: evidence.flatten(),
            call_back: call_back.flatten(),
            answered_by: answered_by.flatten(),
            hour,
            weekday,
            answer_from_ms,
            wait_from_ms,
            from,
            to,
            hotline: self.hotline.clone(),
            outcome: outcome.flatten(),
            staff: staff.flatten(),
            caller: caller.flatten(),
            state: state.flatten(),
            q: self.q.clone(),
            closed: Closed::default(),
        })
    }

    pub(super) fn limit(&self) -> Result<usize, Problem> {
        page_size(self.limit.as_deref(), PAGE, PAGE_MOST)
    }

    /// The address of the page after this one, with the same filters.
    pub(super) fn older(&self, cursor: &str) -> String {
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
        let fields = fields.into_iter().chain(self.of_reports());
        let set = fields.filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let query = set.chain([("after", cursor)]).map(|(name, value)| {
            format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
        });
        format!("/calls?{}", query.collect::<Vec<_>>().join("&"))
    }

    /// What only the reports ask: kept while a person narrows further, shown as words.
    fn of_reports(&self) -> [(&'static str, &Option<String>); 8] {
        [
            ("figure", &self.figure),
            ("evidence", &self.evidence),
            ("call_back", &self.call_back),
            ("answered_by", &self.answered_by),
            ("hour", &self.hour),
            ("weekday", &self.weekday),
            ("answer_from_ms", &self.answer_from_ms),
            ("wait_from_ms", &self.wait_from_ms),
        ]
    }

    /// The same for the form's hidden fields.
    pub(super) fn hidden(&self) -> Vec<(&'static str, &str)> {
        let fields = self.of_reports().into_iter();
        fields.filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }

    /// What the caller field shows.
    pub(super) fn caller(&self) -> &str {
        self.caller.as_deref().unwrap_or_default()
    }

    /// What the search field shows.
    pub(super) fn q(&self) -> &str {
        self.q.as_deref().unwrap_or_default()
    }

    /// The day in the "from" field; an instant shows none.
    pub(super) fn day_from(&self) -> &str {
        day_alone(self.from.as_deref())
    }

    /// The day in the "to" field.
    pub(super) fn day_to(&self) -> &str {
        day_alone(self.to.as_deref())
    }

    /// Whether all calls of a time are asked for, so that the time without any belongs there too.
    pub(super) fn is_a_time(&self) -> bool {
        let fields = [&self.outcome, &self.staff, &self.caller, &self.state, &self.q];
        fields.into_iter().all(Option::is_none) && self.hidden().is_empty()
    }

    pub(super) fn is_narrow(&self) -> bool {
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
        fields.into_iter().any(Option::is_some) || !self.hidden().is_empty()
    }
}

fn day_alone(text: Option<&str>) -> &str {
    text.filter(|text| text.parse::<NaiveDate>().is_ok()).unwrap_or_default()
}

fn one_of<'w>(l: &crate::words::Messages, words: impl Iterator<Item = &'w str>) -> String {
    l.calls_filter_wrong_word(words.collect::<Vec<_>>().join(", ")).to_string()
}
