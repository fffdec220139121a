//! Who should go: engineers in order, each with the reason (operations.md §4.11). A person confirms.

use std::cmp::Reverse;

use crate::kernel::{Moment, StaffId};

/// What is known of one engineer.
#[expect(clippy::struct_excessive_bools, reason = "each is asked of an engineer by itself")]
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Candidate {
    /// Who.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// Signed on and not gone home.
    pub on_duty: bool,
    /// On call now, in this rank from 1.
    pub on_call: Option<i64>,
    /// Signed on, and away until later: in a meeting, at lunch.
    pub away: bool,
    /// Their telephone has not spoken to us for a while.
    pub offline_ms: Option<i64>,
    /// Can do what is asked.
    pub skilled: bool,
    /// Is at that site, or has it as their area.
    pub near: bool,
    /// Minutes of work they still have today.
    pub load_minutes: i64,
    /// When they were last sent somewhere.
    pub last_at: Option<Moment>,
    /// How long ago that was.
    pub idle_ms: Option<i64>,
    /// Was asked for this order already, and did not take it.
    pub asked: bool,
}

impl Candidate {
    /// On duty, or on call.
    pub const fn is_there(&self) -> bool {
        self.on_duty || self.on_call.is_some()
    }

    /// Nobody is picked who is not there, or was asked before.
    pub const fn is_eligible(&self) -> bool {
        !self.asked && self.is_there()
    }
}

/// In the order in which they should be asked; who is not eligible comes last, to be seen and not chosen.
pub fn ranked(mut all: Vec<Candidate>) -> Vec<Candidate> {
    all.sort_by_key(|one| {
        (
            !one.is_eligible(),
            !one.skilled,
            one.away,
            !one.on_duty,
            one.on_call.unwrap_or(i64::MAX),
            !one.near,
            one.load_minutes,
            one.last_at.map_or(i64::MIN, Moment::millis),
            Reverse(one.staff_id.0),
        )
    });
    all
}

/// The first who may be asked and can do it.
pub fn first(ranked: &[Candidate]) -> Option<&Candidate> {
    ranked.iter().find(|one| one.is_eligible() && one.skilled)
}

/// How long an engineer has to say yes, in milliseconds, by priority.
pub const fn answer_within_ms(priority: i64) -> i64 {
    match priority {
        ..=1 => 3 * 60_000,
        2 => 10 * 60_000,
        _ => 30 * 60_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: i64) -> Candidate {
        Candidate {
            staff_id: StaffId(id),
            name: id.to_string(),
            on_duty: true,
            on_call: None,
            away: false,
            offline_ms: None,
            skilled: true,
            near: false,
            load_minutes: 60,
            last_at: Some(Moment::from_millis(1000)),
            idle_ms: None,
            asked: false,
        }
    }

    fn order(all: Vec<Candidate>) -> Vec<i64> {
        ranked(all).iter().map(|one| one.staff_id.0).collect()
    }

    #[test]
    fn duty_skill_nearness_load_and_rest_in_this_order() {
        let all = vec![
            Candidate { on_duty: false, on_call: Some(1), ..one(1) },
            Candidate { skilled: false, near: true, load_minutes: 0, ..one(2) },
            Candidate { near: true, load_minutes: 240, ..one(3) },
            Candidate { load_minutes: 0, ..one(4) },
            Candidate { load_minutes: 0, last_at: None, ..one(5) },
            Candidate { on_duty: false, ..one(6) },
            Candidate { away: true, near: true, load_minutes: 0, ..one(7) },
        ];
        assert_eq!(order(all), [3, 5, 4, 1, 7, 2, 6]);
    }

    #[test]
    fn nobody_is_picked_who_is_not_there_cannot_do_it_or_was_asked() {
        let all = ranked(vec![
            Candidate { on_duty: false, ..one(1) },
            Candidate { skilled: false, ..one(2) },
            Candidate { asked: true, ..one(3) },
        ]);
        assert_eq!(first(&all), None);
    }
}
