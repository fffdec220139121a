//! Bookings that come again: which of them are meant by "this one", "this and later ones", "all", and
//! where each of them goes when one is moved (operations §4.9).

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::booking::{Booking, State};
use crate::kernel::{BusinessDay, Moment};
use crate::rooms::{at_minute, minute_of};

/// Which bookings of a series are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// This one alone.
    This,
    /// This one and those after it.
    Later,
    /// This one and all that are still to come.
    All,
}

impl Reach {
    /// Whether a booking is meant when `here` is pointed at. Only what is promised and still to come is
    /// changed by pointing at another; `here` itself is, as long as it is not over.
    pub fn takes(self, here: &Booking, one: &Booking, now: Moment) -> bool {
        if one.id == here.id {
            return self == Self::This || here.state.is_open();
        }
        let to_come = one.state == State::Booked && one.starts_at > now;
        match self {
            Self::This => false,
            Self::Later => to_come && one.starts_at > here.starts_at,
            Self::All => to_come,
        }
    }
}

/// How one is moved, told by the wall: the others go as many days on and begin at the same time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// So many days on; back where negative.
    pub days: i64,
    /// The time of day, in minutes after midnight of the business date.
    pub minute: i64,
}

impl Shift {
    /// From a moment to another.
    pub fn between(day: &BusinessDay, from: Moment, to: Moment) -> Self {
        let days = (day.date(to) - day.date(from)).num_days();
        Self { days, minute: minute_of(day, to) }
    }

    /// Where a booking goes that begins then.
    pub fn put(self, day: &BusinessDay, at: Moment) -> Moment {
        let date = day.date(at).checked_add_signed(TimeDelta::days(self.days));
        date.map_or(at, |date| at_minute(day, date, self.minute))
    }
}

/// What is done with a booking of a series that somebody is in the way of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Nothing is done at all, and the ones in the way are told.
    #[default]
    Ask,
    /// It is left as it is; a new one is left out.
    Skip,
    /// It gets the best other room; where there is none, as above.
    OtherRoom,
}

impl OnConflict {
    /// Its word in a form.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "" | "abort" | "ask" => Some(Self::Ask),
            "skip" => Some(Self::Skip),
            "other_room" => Some(Self::OtherRoom),
            _ => None,
        }
    }

    /// The word for a form.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ask => "",
            Self::Skip => "skip",
            Self::OtherRoom => "other_room",
        }
    }
}

/// What is chosen for each booking that somebody is in the way of, and for all the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// By the number of a booking, or the date of a new one.
    pub each: BTreeMap<String, OnConflict>,
    /// For all others.
    pub rest: OnConflict,
}

impl Choices {
    /// Reads `skip:B261130-004`, `other_room:2026-11-30`, and the word for the rest; `None` where one is
    /// no choice.
    pub fn read(each: &[String], rest: Option<&str>) -> Option<Self> {
        let mut choices =
            Self { rest: OnConflict::from_word(rest.unwrap_or_default())?, each: BTreeMap::new() };
        for one in each.iter().filter(|one| !one.is_empty()) {
            let (word, which) = one.split_once(':')?;
            choices.each.insert(which.to_owned(), OnConflict::from_word(word)?);
        }
        Some(choices)
    }

    /// The choice for one.
    pub fn of(&self, which: &str) -> OnConflict {
        self.each.get(which).copied().unwrap_or(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_time_of_day_wherever_the_clocks_stand() {
        let cutoff = chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap();
        let day = BusinessDay { zone: chrono_tz::Europe::Berlin, cutoff };
        let at = |text| Moment::parse_rfc3339(text).unwrap();
        let (here, there) = (at("2026-10-19T19:00:00+02:00"), at("2026-10-21T01:30:00+02:00"));
        let shift = Shift::between(&day, here, there);
        assert_eq!(shift, Shift { days: 1, minute: 25 * 60 + 30 });
        // a week later the clocks have gone back
        let next = shift.put(&day, at("2026-10-26T19:00:00+01:00"));
        assert_eq!(next, at("2026-10-28T01:30:00+01:00"));
    }

    #[test]
    fn a_choice_is_for_one_or_for_the_rest() {
        let each = ["skip:B1".to_owned(), "other_room:B2".to_owned(), String::new()];
        let choices = Choices::read(&each, Some("skip")).unwrap();
        assert_eq!((choices.of("B2"), choices.of("B3")), (OnConflict::OtherRoom, OnConflict::Skip));
        assert_eq!(Choices::read(&["drop:B1".to_owned()], None), None);
        assert_eq!(Choices::read(&["B1".to_owned()], None), None);
    }
}
