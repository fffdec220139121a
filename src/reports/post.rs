//! Reports that go out by themselves: when next, and what is written.

use std::sync::Arc;

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use futures_util::future::BoxFuture;

use super::answering::gather;
use super::letter::{House, letter};
use super::period::{By, Period};
use super::store::{self, Mail, Scope, Which};
use crate::db::{Db, Result, Stamp, Tx};
use crate::kernel::{BusinessDay, Language, Moment};
use crate::timers::FallsDue;
use crate::words::{self, Spelling};

/// A letter that is ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailing {
    /// To which address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says: plain text, lines ended by LF.
    pub text: String,
    /// The record it is about: `report-mails/3`.
    pub about: String,
}

/// A way for letters out of the house; handed in by the roof.
pub trait SendsMail: Send + Sync + 'static {
    /// Takes a letter into its own books, as part of this change. Once taken it is delivered or its
    /// failure is told there.
    fn send<'t>(&'t self, tx: &'t mut Tx, mail: Mailing) -> BoxFuture<'t, Result<()>>;
}

/// A letter is late when it goes out so much after its time, in milliseconds.
const LATE_MS: i64 = 60_000;

/// When a report is due next after a moment: at a local minute of every day, or of one weekday. A
/// time that a clock change skips is half an hour later.
pub(super) fn next_at(weekday: Option<i64>, minute: i64, zone: Tz, after: Moment) -> Moment {
    let seconds = u32::try_from(minute.clamp(0, 1439) * 60).unwrap_or(0);
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default();
    let today = after.utc().with_timezone(&zone).date_naive();
    let fits = |day: &NaiveDate| {
        weekday.is_none_or(|wanted| i64::from(day.weekday().number_from_monday()) == wanted)
    };
    let days = (0..=8).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
    let at = |day: NaiveDate| {
        let local = day.and_time(time);
        let found = local.and_local_timezone(zone).earliest().or_else(|| {
            (local + chrono::TimeDelta::minutes(30)).and_local_timezone(zone).earliest()
        });
        found.map(|at| Moment::from(at.to_utc()))
    };
    let next = days.filter(fits).filter_map(at).find(|at| *at > after);
    next.unwrap_or_else(|| after.plus_millis(86_400_000))
}

/// The last time at or before `now` at which a mail was due, and the next one: what was missed while the
/// house was closed goes out once.
fn due_by(mail: &Mail, zone: Tz, now: Moment) -> (Moment, Moment) {
    let mut due = mail.next_at;
    loop {
        let next = next_at(mail.weekday, mail.minute, zone, due);
        if next > now {
            return (due, next);
        }
        due = next;
    }
}

/// What the reports post needs to know of the house.
#[derive(Clone)]
pub struct Post {
    /// The site's zone and business day.
    pub day: BusinessDay,
    /// The site's name.
    pub site: String,
    /// How people reach the panel, without a trailing slash.
    pub url: String,
    /// The way out.
    pub way: Arc<dyn SendsMail>,
}

impl FallsDue for Post {
    fn name(&self) -> &'static str {
        "report mails"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, Result<Option<Moment>>> {
        Box::pin(store::next_mail(db))
    }

    fn fall_due<'a>(&'a self, db: &'a Db, now: Moment, due: Moment) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.hand_over(db, now, due))
    }
}

impl Post {
    /// Hands over every report due at or before `due`, each once.
    async fn hand_over(&self, db: &Db, now: Moment, due: Moment) -> Result<()> {
        for mail in store::mails_due(db, due).await? {
            let stamp = Stamp { now, by: None };
            let (last, next) = due_by(&mail, self.day.zone, now);
            let mailing = Box::pin(self.write(db, &mail, now, last)).await?;
            store::sent(db, stamp, &mail, next, mailing, Arc::clone(&self.way)).await?;
        }
        Ok(())
    }

    /// The letter of the days before it was due.
    async fn write(&self, db: &Db, mail: &Mail, now: Moment, due: Moment) -> Result<Mailing> {
        let language = Language::from_tag(&mail.language).unwrap_or(Language::ZhCn);
        let l = words::of(language);
        let today = self.day.date(due);
        let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let from = if mail.every == "week" { back(7) } else { back(1) };
        let period = Period { name: "custom", from, to: back(1) };
        let scope = Scope { period, hotline: mail.hotline.clone(), person: None };
        let by = if mail.every == "week" { By::Day } else { By::Hour };
        let (settings, when) = (store::settings(db).await?, (&self.day, now));
        let report = gather(db, &scope, (by, Which::All), settings, when).await?;
        let spelling = Spelling { language, zone: self.day.zone };
        // faults and bookings are of no hotline
        let house = match &scope.hotline {
            None => House::read(db, &scope, self.day).await?,
            Some(_) => House::default(),
        };
        let days = spelling.days(period.from, period.to);
        let mut text = letter(&l, spelling, &report, &house, &self.url);
        if now.millis_since(mail.next_at) >= LATE_MS {
            text.insert_str(
                0,
                &format!("{}\n\n", l.reports_mail_late(spelling.moment(mail.next_at))),
            );
        }
        Ok(Mailing {
            to: mail.address.clone(),
            subject: l.reports_mail_subject(self.site.as_str(), days.as_str()).to_string(),
            text,
            about: format!("report-mails/{}", mail.id),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(weekday: Option<i64>, minute: i64, after: &str) -> String {
        let after = Moment::parse_rfc3339(after).unwrap();
        let next = next_at(weekday, minute, chrono_tz::Asia::Shanghai, after);
        next.utc().with_timezone(&chrono_tz::Asia::Shanghai).to_rfc3339()
    }

    #[test]
    fn a_report_goes_out_at_its_local_minute() {
        let monday = "2026-11-23T07:59:59+08:00";
        assert_eq!(next(None, 480, monday), "2026-11-23T08:00:00+08:00");
        assert_eq!(next(None, 480, "2026-11-23T08:00:00+08:00"), "2026-11-24T08:00:00+08:00");
        assert_eq!(next(Some(1), 480, monday), "2026-11-23T08:00:00+08:00");
        assert_eq!(next(Some(1), 480, "2026-11-23T08:00:00+08:00"), "2026-11-30T08:00:00+08:00");
        assert_eq!(next(Some(7), 0, monday), "2026-11-29T00:00:00+08:00");
    }

    #[test]
    fn a_minute_that_summer_time_skips_is_half_an_hour_later() {
        let after = Moment::parse_rfc3339("2026-03-28T12:00:00Z").unwrap();
        let next = next_at(None, 150, chrono_tz::Europe::Berlin, after);
        assert_eq!(next.to_string(), "2026-03-29T01:00:00.000Z");
    }
}
