//! Bookings that come again: which of them are meant by "this one", "this and later ones", "all", and
//! where each of them goes when one is moved (operations §4.9).

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::booking::{Booking, State};
use crate::kernel::{BusinessDay, Moment};
use crate::rooms::{Skipped, agreed_at, minute_of};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

    /// Where a booking goes that begins then, unless the clocks skip that time.
    pub fn put(self, day: &BusinessDay, at: Moment) -> Result<Moment, Skipped> {
        let date = day.date(at).checked_add_signed(TimeDelta::days(self.days));
        date.map_or(Ok(at), |date| agreed_at(day, date, self.minute))
    }
}

/// What is done with a booking of a series that somebody is in the way of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Nothing is done at all, and the ones in the way are told.
    #[default]
    Ask,
    /// It is left as it is; a new one is left out.
    Skip,
    /// It gets the best other room; where there is none, as above.
    OtherRoom,
    /// The clocks skip its time that day: it begins at the next there is.
    NextTime,
}

impl OnConflict {
    /// Its word in a form.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "" | "abort" | "ask" => Some(Self::Ask),
            "skip" => Some(Self::Skip),
            "other_room" => Some(Self::OtherRoom),
            "next_time" => Some(Self::NextTime),
            _ => None,
        }
    }

    /// The word for a form.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ask => "",
            Self::Skip => "skip",
            Self::OtherRoom => "other_room",
            Self::NextTime => "next_time",
        }
    }
}

/// What is chosen for each booking that somebody is in the way of, and for all the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

    /// The choice for one that somebody is in the way of; another time does not help there.
    pub fn of(&self, which: &str) -> OnConflict {
        match self.each.get(which).copied().unwrap_or(self.rest) {
            OnConflict::NextTime => OnConflict::Ask,
            choice @ (OnConflict::Ask | OnConflict::Skip | OnConflict::OtherRoom) => choice,
        }
    }

    /// The choice for one whose time the clocks skip. Another room for all others says nothing of its
    /// time; chosen for this very one, it means the next time there is, in the best other room.
    pub fn of_skipped(&self, which: &str) -> OnConflict {
        match self.each.get(which) {
            Some(choice) => *choice,
            None if self.rest == OnConflict::OtherRoom => OnConflict::Ask,
            None => self.rest,
        }
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
        assert_eq!(next, Ok(at("2026-10-28T01:30:00+01:00")));
        // and in spring there is a night without half past two
        let late = Shift { days: 0, minute: 26 * 60 + 30 };
        let skipped = late.put(&day, at("2027-03-27T19:00:00+01:00")).unwrap_err();
        assert_eq!(skipped.wall.to_string(), "2027-03-28 02:30:00");
        assert_eq!(skipped.next, at("2027-03-28T03:00:00+02:00"));
    }

    #[test]
    fn another_room_for_all_makes_no_other_time() {
        let each = ["other_room:B2".to_owned(), "next_time:B3".to_owned()];
        let choices = Choices::read(&each, Some("other_room")).unwrap();
        let skipped = ["B1", "B2", "B3"].map(|no| choices.of_skipped(no));
        assert_eq!(skipped, [OnConflict::Ask, OnConflict::OtherRoom, OnConflict::NextTime]);
        assert_eq!(choices.of("B3"), OnConflict::Ask, "somebody is in the way there too");
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
