//! Which trading day a moment belongs to: a night that ends at six still belongs to yesterday.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};
use chrono_tz::Tz;

use super::Moment;

/// The site's zone and the local time at which its day turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusinessDay {
    /// The site's zone; every local time on a screen is in it.
    pub zone: Tz,
    /// Moments before this local time belong to the day before.
    pub cutoff: NaiveTime,
}

impl BusinessDay {
    /// The business date of a moment.
    pub fn date(&self, at: Moment) -> NaiveDate {
        let local = at.utc().with_timezone(&self.zone).naive_local();
        let day = local.date();
        if local.time() < self.cutoff { day.pred_opt().unwrap_or(day) } else { day }
    }

    /// The local hour of a moment, 0–23.
    pub fn local_hour(&self, at: Moment) -> i64 {
        i64::from(at.utc().with_timezone(&self.zone).hour())
    }

    /// The moment a business date begins. A local time that a clock change skips begins when the
    /// skipped hour ends.
    pub fn begin(&self, date: NaiveDate) -> Moment {
        self.at(date.and_time(self.cutoff))
    }

    /// The begin of what a text names, a business date or an RFC 3339 instant; of a date its end where `end`.
    /// `None`: it names neither.
    pub fn named(&self, text: &str, end: bool) -> Option<Moment> {
        if let Ok(date) = text.parse::<NaiveDate>() {
            let date = if end { date.succ_opt()? } else { date };
            return Some(self.begin(date));
        }
        Moment::parse_rfc3339(text)
    }

    /// The same local time so many days before a moment.
    pub fn days_before(&self, at: Moment, days: u64) -> Moment {
        let local = at.utc().with_timezone(&self.zone).naive_local();
        self.at(local.checked_sub_days(Days::new(days)).unwrap_or(local))
    }

    /// The moment the local hour of another is over. Offsets are whole quarters of an hour, so that it
    /// is read off the local minute.
    pub fn hour_over(&self, at: Moment) -> Moment {
        let local = at.utc().with_timezone(&self.zone);
        let seconds = i64::from(local.minute()) * 60 + i64::from(local.second());
        at.plus_millis(3_600_000 - seconds * 1_000 - at.millis().rem_euclid(1_000))
    }

    fn at(&self, mut local: NaiveDateTime) -> Moment {
        for _ in 0..8 {
            if let Some(at) = local.and_local_timezone(self.zone).earliest() {
                return Moment::from(at.to_utc());
            }
            local += TimeDelta::minutes(30);
        }
        Moment::from(local.and_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_belongs_to_the_evening_before() {
        let cutoff = NaiveTime::from_hms_opt(6, 0, 0).unwrap();
        let day = BusinessDay { zone: chrono_tz::Asia::Shanghai, cutoff };
        let at = |text| Moment::parse_rfc3339(text).unwrap();
        assert_eq!(day.date(at("2026-11-23T02:00:00+08:00")).to_string(), "2026-11-22");
        assert_eq!(day.date(at("2026-11-23T06:00:00+08:00")).to_string(), "2026-11-23");
        assert_eq!(day.local_hour(at("2026-11-23T02:00:00+08:00")), 2);
        assert_eq!(
            day.begin(day.date(at("2026-11-23T02:00:00+08:00"))),
            at("2026-11-22T06:00:00+08:00")
        );
    }
}
