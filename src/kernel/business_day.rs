//! Which trading day a moment belongs to: a night that ends at six still belongs to yesterday.

use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike as _};
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
        let mut local = date.and_time(self.cutoff);
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
