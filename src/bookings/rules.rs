//! The house's own rules of booking; every house has others, so all of them can be set.

use serde::{Deserialize, Serialize};

use super::booking::{Booking, State};
use crate::kernel::{BusinessDay, Moment};
use crate::rooms::{Restored, at_minute};

/// The rules. What is not set is as delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// So long after the time agreed a guest is late, in minutes.
    pub grace_minutes: i64,
    /// So long after an unanswered call it is tried again.
    pub retry_minutes: i64,
    /// So long before the time agreed guests are about to come.
    pub due_soon_minutes: i64,
    /// From here on those who have not come and not paid may be released together: minutes after
    /// midnight of the business date; `None`: never.
    pub release_minute: Option<i64>,
    /// A hold lasts so long.
    pub hold_minutes: i64,
    /// An offer to the waitlist lasts so long.
    pub offer_minutes: i64,
    /// Showing a room takes so long.
    pub viewing_minutes: i64,
    /// A gap shorter than this is of use to nobody.
    pub shortest_minutes: i64,
    /// Rooms are short when fewer than this of a kind are free.
    pub short_below: i64,
    /// Guests who put it off while rooms are short are given at most so long.
    pub short_eta_minutes: i64,
    /// A party of so many is a banquet.
    pub banquet_party: i64,
    /// A manager takes a banquet up within so many minutes.
    pub banquet_minutes: i64,
    /// Moving to a room with a lower minimum spend needs a supervisor or manager.
    pub lower_spend_needs_approval: bool,
    /// Calling off after the release time needs a supervisor or manager.
    pub late_cancel_needs_approval: bool,
    /// Greeters are asked again after so many seconds, and once more after as many.
    pub notice_again_s: i64,
    /// What the house calls it that a room is ready again.
    pub restored: Restored,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            grace_minutes: 10,
            retry_minutes: 5,
            due_soon_minutes: 30,
            release_minute: Some(21 * 60 + 30),
            hold_minutes: 5,
            offer_minutes: 10,
            viewing_minutes: 15,
            shortest_minutes: 60,
            short_below: 2,
            short_eta_minutes: 20,
            banquet_party: 20,
            banquet_minutes: 15,
            lower_spend_needs_approval: true,
            late_cancel_needs_approval: false,
            notice_again_s: 30,
            restored: Restored::default(),
        }
    }
}

impl Rules {
    /// Reads what the store keeps; a text that cannot be read is as delivered.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Whether a guest may be released together with others: not come, late by the grace, nothing paid and
    /// nobody of rank, and the cut-off of their business date is over (operations §4.6).
    pub fn releases(&self, day: &BusinessDay, booking: &Booking, now: Moment) -> bool {
        let cut_off = |minute| at_minute(day, booking.business_date, minute);
        let late = booking.expected_at().plus_millis(self.grace_minutes * 60_000);
        booking.state == State::Booked
            && booking.may_be_released()
            && late <= now
            && self.release_minute.is_some_and(|minute| cut_off(minute) <= now)
    }

    /// Whether every number makes sense.
    pub fn is_sound(&self) -> bool {
        let minutes = [
            self.grace_minutes,
            self.retry_minutes,
            self.due_soon_minutes,
            self.hold_minutes,
            self.offer_minutes,
            self.viewing_minutes,
            self.shortest_minutes,
            self.short_eta_minutes,
            self.banquet_minutes,
        ];
        minutes.iter().all(|minutes| (1..=24 * 60).contains(minutes))
            && self.release_minute.is_none_or(|minute| (0..=48 * 60).contains(&minute))
            && (0..=1_000).contains(&self.short_below)
            && (2..=2_000).contains(&self.banquet_party)
            && (5..=3_600).contains(&self.notice_again_s)
    }
}
