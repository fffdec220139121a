//! What follows while somebody is silent: asking again, then telling others.

use serde::{Deserialize, Serialize};

use crate::kernel::{Moment, Role};
use crate::timers::late_by;

/// One step of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// So many milliseconds after the notice was sent; rising from step to step.
    pub after_ms: i64,
    /// What then.
    pub act: Act,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Asks those again who are silent.
    Ask,
    /// Tells those of a role who is silent.
    Tell(Role),
    /// Stops waiting: nobody needs to answer any more.
    Close,
}

/// The steps of a notice, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ladder(Vec<Rung>);

/// What needs no answer is shown for so long, in milliseconds.
const SHOWN_MS: i64 = 24 * 60 * 60 * 1000;

impl Ladder {
    /// These steps; brought into order of time.
    pub fn new(mut rungs: Vec<Rung>) -> Self {
        rungs.sort_by_key(|rung| rung.after_ms);
        Self(rungs)
    }

    /// Asks again after 30 and 60 s, and tells a role after 120 s (clause 1-9a).
    pub fn then_tell(role: Role) -> Self {
        let rung = |after_ms, act| Rung { after_ms, act };
        Self(vec![rung(30_000, Act::Ask), rung(60_000, Act::Ask), rung(120_000, Act::Tell(role))])
    }

    /// The usual one: the supervisor is told.
    pub fn usual() -> Self {
        Self::then_tell(Role::Supervisor)
    }

    /// Asks again after 30 and 60 s; nobody stands above these people.
    pub fn only_ask() -> Self {
        let rung = |after_ms| Rung { after_ms, act: Act::Ask };
        Self(vec![rung(30_000), rung(60_000)])
    }

    /// For what needs no answer: shown for a day.
    pub fn shown() -> Self {
        Self(vec![Rung { after_ms: SHOWN_MS, act: Act::Close }])
    }

    /// Who is told of those who stay silent, seen from whom was told already: the supervisor, then
    /// the head.
    pub fn above(told: Role) -> Self {
        match told {
            Role::Supervisor => Self::then_tell(Role::Head),
            Role::Operator
            | Role::Engineer
            | Role::Greeter
            | Role::Manager
            | Role::Head
            | Role::Finance
            | Role::Admin
            | Role::Wallboard => Self::only_ask(),
        }
    }

    /// The step with this number, from 0.
    pub fn rung(&self, number: usize) -> Option<Rung> {
        self.0.get(number).copied()
    }

    /// When the first step is due for something sent at `sent`.
    pub fn first(&self, sent: Moment) -> Option<Moment> {
        self.rung(0).map(|rung| sent.plus_millis(rung.after_ms))
    }

    /// When the step after this one is due. The steps keep their distance from the time they were
    /// due at; after a restart from now on, so that not all come at once.
    pub fn after(&self, number: usize, due: Moment, now: Moment) -> Option<Moment> {
        let (this, next) = (self.rung(number)?, self.rung(number + 1)?);
        let from = if late_by(due, now).is_some() { now } else { due };
        Some(from.plus_millis(next.after_ms.saturating_sub(this.after_ms)))
    }

    /// The roles that are told.
    pub fn told(&self) -> impl Iterator<Item = Role> {
        self.0.iter().filter_map(|rung| match rung.act {
            Act::Tell(role) => Some(role),
            Act::Ask | Act::Close => None,
        })
    }

    /// The first step that tells a role, for a notice that reaches nobody at all.
    pub fn first_teller(&self) -> Option<usize> {
        self.0.iter().position(|rung| matches!(rung.act, Act::Tell(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_their_distance_and_do_not_come_all_at_once_after_a_restart() {
        let at = Moment::from_millis;
        let ladder = Ladder::usual();
        assert_eq!(ladder.first(at(0)), Some(at(30_000)));
        assert_eq!(ladder.after(0, at(30_000), at(30_400)), Some(at(60_000)));
        assert_eq!(ladder.after(1, at(60_000), at(60_000)), Some(at(120_000)));
        assert_eq!(ladder.after(1, at(60_000), at(900_000)), Some(at(960_000)));
        assert_eq!(ladder.after(2, at(120_000), at(120_000)), None);
        assert_eq!(ladder.first_teller(), Some(2));
    }

    #[test]
    fn a_ladder_is_stored_as_json() {
        let text = serde_json::to_string(&Ladder::usual()).unwrap();
        let first = r#"[{"after_ms":30000,"act":"ask"},{"after_ms":60000,"act":"ask"},"#;
        assert_eq!(text, format!(r#"{first}{{"after_ms":120000,"act":{{"tell":"supervisor"}}}}]"#));
        assert_eq!(serde_json::from_str::<Ladder>(&text).unwrap(), Ladder::usual());
    }
}
