//! The coverage of the hotlines: working time with nobody there is a gap, and the head hears of it.
//!
//! Clause 5.1. Whenever somebody comes or goes, working time begins or ends, or the roster or a
//! calendar changes, it is looked who is there for each hotline at that moment; what was told while
//! the house was closed is looked at in order of time. A gap that lasts longer than [`ALERT_MS`] is
//! told; one that was over before anybody could act (a change of shifts) is kept and not told.

use std::sync::Arc;

use chrono_tz::Tz;
use futures_util::future::BoxFuture;

use super::presence::Duty;
use super::roster::{Shift, covers};
use super::store::{self, absences, coverage, roster, signing};
use super::tell::{Alert, Tells};
use crate::calendars::{self, Calendar};
use crate::config::{Hotline, Hours};
use crate::db::{Db, Result, Stamp, Tx};
use crate::kernel::Moment;
use crate::timers::FallsDue;

/// The head is told of a gap once it has lasted so long, in milliseconds.
pub(super) const ALERT_MS: i64 = 30_000;

/// Why nobody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nobody is signed on.
    Nobody,
    /// Whoever is signed on is away.
    Away,
}

impl Cause {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Away => "away",
        }
    }
}

/// A hotline that is to be covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    hours: Vec<Hours>,
}

impl Line {
    /// The hotlines of the configuration.
    pub fn all(hotlines: &[Hotline]) -> Arc<[Self]> {
        let line = |hotline: &Hotline| Self {
            number: hotline.number.clone(),
            name: hotline.name.clone(),
            hours: hotline.hours.clone(),
        };
        hotlines.iter().map(line).collect()
    }

    /// When somebody must be there: the hotline's hours of the configuration, or where it has none
    /// the house's working time; both with the house's holidays and extra days.
    pub fn calendar(&self, house: &Calendar, days: &Arc<calendars::Days>) -> Calendar {
        if self.hours.is_empty() {
            house.clone()
        } else {
            Calendar::of_hours(house.zone(), &self.hours, Arc::clone(days))
        }
    }
}

/// Whether somebody is there for a hotline at a moment of working time; why not, where nobody is.
pub(super) fn gap(people: &[Duty], shifts: &[Shift], hotline: &str, at: Moment) -> Option<Cause> {
    let serves = |duty: &&Duty| {
        duty.since.is_some() && duty.is_operator() && covers(shifts, duty.staff, hotline, at)
    };
    let mut there = people.iter().filter(serves).peekable();
    if there.peek().is_none() {
        return Some(Cause::Nobody);
    }
    (!there.any(|duty| duty.is_at_hand(at))).then_some(Cause::Away)
}

/// Keeps the gaps, signs off whoever forgot to, and lets those leave who asked and got no answer.
pub struct Coverage {
    lines: Arc<[Line]>,
    zone: Tz,
    tells: Arc<dyn Tells>,
}

impl Coverage {
    /// The coverage of these hotlines; whoever must hear of a gap hears it through `tells`.
    pub fn new(lines: Arc<[Line]>, zone: Tz, tells: Arc<dyn Tells>) -> Self {
        Self { lines, zone, tells }
    }

    async fn look(&self, db: &Db, now: Moment, due: Moment) -> Result<()> {
        let head = coverage::head(db).await?;
        // other hours count from now on, not from when it was last looked
        let recalled = head.calendars != head.calendars_now;
        let at = if recalled { now } else { due.max(head.looked_at) };
        let house = calendars::store::house(db, self.zone).await?;
        let days = calendars::store::house_days(db).await?;
        let lines = self.lines.iter().map(|line| Watched {
            number: line.number.clone(),
            name: line.name.clone(),
            calendar: line.calendar(&house, &days),
        });
        let look = Look {
            lines: lines.collect(),
            tells: Arc::clone(&self.tells),
            at,
            calendars: head.calendars_now,
        };
        let look = Arc::new(look);
        db.write(Stamp { now, by: None }, move |tx| {
            let look = Arc::clone(&look);
            Box::pin(async move { look.take(tx).await })
        })
        .await
    }
}

struct Watched {
    number: String,
    name: String,
    calendar: Calendar,
}

/// One look at all hotlines at one moment.
struct Look {
    lines: Vec<Watched>,
    tells: Arc<dyn Tells>,
    at: Moment,
    calendars: i64,
}

impl Look {
    async fn take(&self, tx: &mut Tx) -> Result<()> {
        let at = self.at;
        absences::silent(tx, &*self.tells, at).await?;
        signing::forgotten(tx, at).await?;
        let people = store::everyone_in(tx, at).await?;
        let shifts = roster::running_in(tx, at).await?;
        let open = coverage::open(tx).await?;
        for line in &self.lines {
            let works = line.calendar.is_open(at);
            let cause = gap(&people, &shifts, &line.number, at).filter(|_| works);
            let known = open.iter().find(|gap| gap.hotline == line.number);
            match (known, cause) {
                (None, Some(cause)) => coverage::begin(tx, &line.number, at, cause).await?,
                (Some(known), None) => {
                    coverage::close(tx, known.id, at).await?;
                    if known.alerted_at.is_some() {
                        let (gap, from) = (known.id, known.from_at);
                        let hotline = line.name.clone();
                        self.tells.tell(tx, Alert::Covered { gap, hotline, from, to: at }).await?;
                    }
                }
                (None, None) | (Some(_), Some(_)) => {}
            }
        }
        // a hotline that is no longer configured needs nobody
        for gone in open.iter().filter(|gap| !self.lines.iter().any(|l| l.number == gap.hotline)) {
            coverage::close(tx, gone.id, at).await?;
        }
        self.tell(tx).await?;
        let changes = self.lines.iter().filter_map(|line| line.calendar.next_change(at));
        // a shift that begins or ends may change who covers what
        let bounds = shifts.iter().map(|shift| shift.to);
        let next = changes.chain(bounds).filter(|next| *next > at).min();
        coverage::looked(tx, at, next, self.calendars).await
    }

    /// Tells of gaps that have lasted long enough, if they last still.
    async fn tell(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        let untold = coverage::untold(tx, self.at).await?;
        if untold.is_empty() {
            return Ok(());
        }
        let people = store::everyone_in(tx, now).await?;
        let shifts = roster::running_in(tx, now).await?;
        for known in untold {
            let line = self.lines.iter().find(|line| line.number == known.hotline);
            let lasts = line.filter(|line| {
                line.calendar.is_open(now) && gap(&people, &shifts, &line.number, now).is_some()
            });
            match lasts {
                Some(line) => {
                    coverage::told(tx, known.id).await?;
                    let alert = Alert::Gap {
                        gap: known.id,
                        hotline: line.name.clone(),
                        from: known.from_at,
                        cause: known.cause(),
                    };
                    self.tells.tell(tx, alert).await?;
                }
                None => coverage::hush(tx, known.id).await?,
            }
        }
        Ok(())
    }
}

impl FallsDue for Coverage {
    fn name(&self) -> &'static str {
        "coverage"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, Result<Option<Moment>>> {
        Box::pin(coverage::next_due(db))
    }

    fn fall_due<'a>(&'a self, db: &'a Db, now: Moment, due: Moment) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.look(db, now, due))
    }
}
