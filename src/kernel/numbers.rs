//! The numbers people say on the telephone: a fault F26-0312, a work order W26-0198, a booking B261123-014.
//!
//! Each is gapless within its series; the next one is taken from [`crate::db::counters`] in the transaction
//! that uses it, so a change that is refused takes no number.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};

/// The text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number is written like F26-0312, W26-0198 or B261123-014")]
pub struct NotANumber;

macro_rules! yearly {
    ($(#[$doc:meta])* $name:ident, $letter:literal, $series:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The last two digits of the year.
            pub year: u8,
            /// Counts from 1 within the year.
            pub serial: i64,
        }

        impl $name {
            /// The counter of the year in which this date lies.
            pub fn series(date: NaiveDate) -> String {
                format!(concat!($series, "-{:02}"), two_digits(date))
            }

            /// The number so far along in the year of this date.
            pub fn new(date: NaiveDate, serial: i64) -> Self {
                Self { year: two_digits(date), serial }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{:02}-{:04}"), self.year, self.serial)
            }
        }

        impl FromStr for $name {
            type Err = NotANumber;

            fn from_str(text: &str) -> Result<Self, NotANumber> {
                let (year, serial) = parts(text, $letter)?;
                let year = digits(year, 2..=2)?;
                Ok(Self { year: u8::try_from(year).map_err(|_| NotANumber)?, serial: digits(serial, 4..=9)? })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

yearly! {
    /// A fault ticket; `/faults/F26-0312`.
    FaultNo, "F", "fault"
}
yearly! {
    /// A work order; `/work-orders/W26-0198`.
    WorkOrderNo, "W", "work-order"
}

/// A booking of one business day; `/bookings/B261123-014`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookingNo {
    /// The business day on which it was taken.
    pub date: NaiveDate,
    /// Counts from 1 within the day.
    pub serial: i64,
}

impl BookingNo {
    /// The counter of a business day.
    pub fn series(date: NaiveDate) -> String {
        format!("booking-{}", date.format("%y%m%d"))
    }
}

impl fmt::Display for BookingNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "B{}-{:03}", self.date.format("%y%m%d"), self.serial)
    }
}

impl FromStr for BookingNo {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let (date, serial) = parts(text, "B")?;
        digits(date, 6..=6)?;
        let date =
            NaiveDate::parse_from_str(&format!("20{date}"), "%Y%m%d").map_err(|_| NotANumber)?;
        Ok(Self { date, serial: digits(serial, 3..=9)? })
    }
}

impl serde::Serialize for BookingNo {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for BookingNo {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn two_digits(date: NaiveDate) -> u8 {
    u8::try_from(date.year().rem_euclid(100)).unwrap_or(0)
}

fn parts<'t>(text: &'t str, letter: &str) -> Result<(&'t str, &'t str), NotANumber> {
    let bare = text.trim().strip_prefix(letter).ok_or(NotANumber)?;
    bare.split_once('-').ok_or(NotANumber)
}

fn digits(text: &str, long: std::ops::RangeInclusive<usize>) -> Result<i64, NotANumber> {
    let plain = long.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().map_err(|_| NotANumber) } else { Err(NotANumber) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_said() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let fault = FaultNo::new(date, 312);
        assert_eq!(fault.to_string(), "F26-0312");
        assert_eq!("F26-0312".parse(), Ok(fault));
        assert_eq!(FaultNo::series(date), "fault-26");
        assert_eq!("W26-12345".parse(), Ok(WorkOrderNo { year: 26, serial: 12_345 }));
        let booking = BookingNo { date, serial: 14 };
        assert_eq!(booking.to_string(), "B261123-014");
        assert_eq!("B261123-014".parse(), Ok(booking));
        for wrong in ["", "F26", "W26-0198x", "f26-0312", "F26-031", "F+6-0312", "F26-0312-1"] {
            assert_eq!(wrong.parse::<FaultNo>(), Err(NotANumber), "{wrong}");
        }
        assert_eq!("B261332-001".parse::<BookingNo>(), Err(NotANumber));
    }
}
