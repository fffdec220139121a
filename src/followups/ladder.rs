//! Who is told when something stays undone, and after how long.

use serde::{Deserialize, Serialize};

use crate::kernel::{Role, StaffId};

/// Whom a step tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A person.
    Staff(StaffId),
    /// Those of a role who are on duty.
    Role(Role),
    /// Whoever is on call in this rank, from 1; where nobody is, the head.
    OnCall(i64),
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// So many milliseconds after the step before; the first after it was due.
    pub wait_ms: i64,
    /// Who is told then.
    pub to: Target,
}

/// The steps of a follow-up. Without any, being overdue is only shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ladder(pub Vec<Rung>);

impl Ladder {
    /// No steps.
    pub fn none() -> Self {
        Self::default()
    }

    /// One step: this role is told so long after it was due.
    pub fn to_role(wait_ms: i64, role: Role) -> Self {
        Self(vec![Rung { wait_ms, to: Target::Role(role) }])
    }

    /// One more step.
    #[must_use]
    pub fn then(mut self, wait_ms: i64, to: Target) -> Self {
        self.0.push(Rung { wait_ms, to });
        self
    }

    /// The step with this number, from 0.
    pub fn rung(&self, number: usize) -> Option<Rung> {
        self.0.get(number).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_is_stored_as_json() {
        let ladder = Ladder::to_role(900_000, Role::Supervisor).then(60_000, Target::OnCall(1));
        let text = serde_json::to_string(&ladder).unwrap();
        let second = r#"{"wait_ms":60000,"to":{"on_call":1}}"#;
        assert_eq!(
            text,
            format!(r#"[{{"wait_ms":900000,"to":{{"role":"supervisor"}}}},{second}]"#)
        );
        assert_eq!(serde_json::from_str::<Ladder>(&text).unwrap(), ladder);
    }
}
