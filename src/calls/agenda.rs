//! What a desk has to do beside the calls that ring: whom to call back, what falls due, who has not
//! answered, who is about to come. A room above implements [`HasAgenda`], the app hands it in, and the
//! console shows it.

use futures_util::future::BoxFuture;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::known::{Link, Tag};
use crate::db;
use crate::kernel::Moment;
use crate::web::{OnDuty, Want};
use crate::words::{Messages, Spelling};

/// A room that has something for the desk to do. Asked each time the console is drawn, so the answer
/// must come by index in a few milliseconds.
pub trait HasAgenda: Send + Sync + 'static {
    /// What of it this reader has to do, in their language; `None` where there is nothing.
    fn agenda<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
    ) -> BoxFuture<'a, db::Result<Option<Agenda>>>;
}

/// One heading of the dock with its items. Every text is in the reader's language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Agenda {
    /// For programs: `missed_calls`, `follow_ups`, `notices`, `bookings`.
    pub kind: &'static str,
    /// The heading: 待回拨.
    pub title: String,
    /// How many there are; may be more than the items.
    pub count: usize,
    /// Where all of them are.
    pub all: Option<Link>,
    /// The most urgent first.
    pub items: Vec<AgendaItem>,
}

/// One thing to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AgendaItem {
    /// Its page.
    pub href: String,
    /// Whom or what it is about, in bold.
    pub text: String,
    /// More of it, in grey: how it came about, who owes it.
    pub aside: String,
    /// By when it must be done; `None` where nothing presses.
    pub due_at: Option<Moment>,
    /// The same in words: `15:00`, 还有 6 分钟, 已过 6 分钟.
    #[serde(skip)]
    pub due: String,
    /// Its time has passed.
    pub overdue: bool,
    /// Its state, where it has one.
    pub tag: Option<Tag>,
    /// Where the call about it is prepared.
    pub call: Option<String>,
    /// What can be done with it by one key.
    #[serde(skip)]
    pub acts: Vec<AgendaAct>,
}

/// An act of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaAct {
    /// Where it is sent.
    pub action: String,
    /// What the button says.
    pub label: String,
    /// The key.
    pub key: char,
}

/// What is further away than this is given as the time of day, in milliseconds.
const NEAR_MS: i64 = 60 * 60 * 1000;
/// A day, in milliseconds.
const DAY_MS: i64 = 24 * NEAR_MS;

impl AgendaItem {
    /// The same with its due time, in words as of now.
    #[must_use]
    pub fn due(mut self, l: &Messages, spelling: Spelling, at: Moment, now: Moment) -> Self {
        let left = at.millis_since(now);
        self.due_at = Some(at);
        self.overdue = left <= 0;
        self.due = match left {
            _ if left <= -DAY_MS => l.calls_agenda_over_days(-left / DAY_MS).to_string(),
            _ if left <= -NEAR_MS => l.calls_agenda_over_hours(-left / NEAR_MS).to_string(),
            _ if left <= -60_000 => l.calls_agenda_over(-left / 60_000).to_string(),
            _ if left <= 0 => l.calls_agenda_just_over().to_string(),
            _ if left < 60_000 => l.calls_agenda_nearly().to_string(),
            _ if left < NEAR_MS => l.calls_agenda_left(left.div_euclid(60_000)).to_string(),
            _ if left < DAY_MS / 2 => spelling.minute(at),
            _ => spelling.moment(at),
        };
        self
    }
}

/// Where a call is prepared: whom, what for, about which record (`calls/17`).
pub fn preparation(number: Option<&str>, purpose: &str, about: &str) -> String {
    let spelt = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let number = number.map(|number| format!("number={}&", spelt(number))).unwrap_or_default();
    format!("/calls/plans/new?{number}purpose={}&about={}", spelt(purpose), spelt(about))
}
