//! A caller on hold: how long, whether they agreed to it, and the tick that says so (telephony.md §4
//! item 7).

use axum::extract::State;
use axum::response::Response;

use super::super::call::{Call, State as CallState};
use super::super::store;
use super::{Panel, answered, person};
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
        let turns = |kind: &str| matches!(kind, "held" | "resumed" | "transferred");
        let last = story.iter().rposition(|line| turns(&line.kind));
        let since = last.map(|last| &story[last..]).unwrap_or_default();
        let agreed = since.iter().any(|line| line.kind == "hold_agreed");
        let held = since.first().filter(|line| line.kind == "held").map(|line| line.at);
        Ok(held.map(|at| {
            let waited = want.now.millis_since(at);
            Self {
                since: at.millis(),
                until: at.plus_millis(HOLD_MS).millis(),
                late: waited >= HOLD_MS,
                lasted: minutes(waited),
                agreed,
            }
        }))
    }
}

/// `POST /calls/{id}/hold-agreed`
pub(super) async fn agree(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
) -> Result<Response, Problem> {
    let by = person(&reader)?;
    let done = panel.desk.hold_agreed(want.now, by, id).await;
    answered(&want, &reader, "/console", done)
}
