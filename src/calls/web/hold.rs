//! A caller on hold: how long, whether they agreed to it, and the tick that says so (telephony.md §4
//! item 7).

use axum::extract::State;
use axum::response::Response;

use super::super::call::{Call, Hold, State as CallState};
use super::super::desk::{Refusal, Whose};
use super::super::store::{self, StoryLine};
use super::{Panel, answered, person, sight};
use crate::db;
use crate::kernel::CallId;
use crate::web::{At, Problem, Reader, Want};
use crate::words::minutes;

/// Whoever is on hold for so long should hear why, in milliseconds (telephony.md §4 item 7).
const HOLD_MS: i64 = 30_000;

/// The caller is on hold.
pub(super) struct Held {
    /// Since when, epoch milliseconds.
    pub(super) since: i64,
    /// When somebody should come back to them, epoch milliseconds.
    pub(super) until: i64,
    pub(super) late: bool,
    pub(super) lasted: String,
    /// They were asked, and agreed.
    pub(super) agreed: bool,
}

impl Held {
    /// `None` where nobody waits, or nobody saw it.
    pub(super) async fn of(want: &Want, call: &Call) -> db::Result<Option<Self>> {
        if call.state != CallState::Answered {
            return Ok(None);
        }
        let story = store::story(&want.kit.db, call.id).await?;
        Ok(hold(call, &story).map(|hold| {
            let waited = want.now.millis_since(hold.since);
            Self {
                since: hold.since.millis(),
                until: hold.since.plus_millis(HOLD_MS).millis(),
                late: waited >= HOLD_MS,
                lasted: minutes(waited),
                agreed: hold.agreed,
            }
        }))
    }
}

/// Whether the caller is on hold, as the story of the call tells it in the order in which it was told;
/// `None` where nobody waits, or nobody saw it.
pub(super) fn hold(call: &Call, story: &[StoryLine]) -> Option<Hold> {
    let turns = |kind: &str| matches!(kind, "held" | "resumed" | "transferred");
    let last = story.iter().rposition(|line| turns(&line.kind))?;
    let since = story.get(last..).unwrap_or_default();
    let held =
        since.first().filter(|line| line.kind == "held" && call.state == CallState::Answered);
    let agreed = since.iter().any(|line| line.kind == "hold_agreed");
    held.map(|line| Hold { since: line.at, agreed })
}

/// Nobody is on hold, somebody else has the call, or nobody has.
pub(super) fn refused(why: Refusal, call: &Call) -> Problem {
    if why == Refusal::NotHeld {
        return Problem::rule(|l| l.calls_not_held().to_string());
    }
    let hand = call.in_hand_of().map(|hand| hand.name.clone());
    Problem::rule(move |l| match hand.as_deref() {
        Some(name) => l.calls_hold_not_yours(name).to_string(),
        None => l.calls_hold_nobodys().to_string(),
    })
}

/// `POST /calls/{id}/hold-agreed`
pub(super) async fn agree(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
) -> Result<Response, Problem> {
    let by = person(&reader)?;
    let whose = if reader.roles.has_any(sight::JUDGES) { Whose::Everybodys } else { Whose::Own };
    let done = panel.desk.hold_agreed(want.now, by, whose, id).await;
    answered(&want, &reader, "/console", done)
}
