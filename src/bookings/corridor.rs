//! What is called out in the corridor: every change of the board is a notice to each greeter on duty,
//! who has to answer (clause 1-9a).

use serde::Serialize;

use super::rules::Rules;
use super::world::Call;
use crate::db::{Db, Result, Tx};
use crate::kernel::{Moment, Role, StaffId};
use crate::notices::store as notices;
use crate::notices::{Act, Ladder, NewNotice, Notice, Recipients, Rung};
use crate::words::Spelling;

/// What a call in the corridor is named among the notices.
const BOARD: &str = "board";
/// The board shows so many open calls.
const SHOWN: i64 = 20;

/// Calls it out, as part of the change: asked again twice, then the supervisor is told. A newer call
/// about the same booking says what holds.
pub(super) async fn call(tx: &mut Tx, rules: &Rules, subject: &str, call: &Call) -> Result<()> {
    let again_ms = rules.notice_again_s.max(1) * 1_000;
    let rung = |times: i64, act| Rung { after_ms: again_ms * times, act };
    let ladder = Ladder::new(vec![
        rung(1, Act::Ask),
        rung(2, Act::Ask),
        rung(4, Act::Tell(Role::Supervisor)),
    ]);
    let text: String = call.text.chars().take(500).collect();
    let new = NewNotice::to_be_answered(BOARD, text, Recipients::Role(Role::Greeter))
        .about(subject.to_owned())
        .ladder(ladder)
        .superseding();
    notices::send(tx, new).await.map(drop)
}

/// A call that waits for somebody's answer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Waiting {
    /// Which.
    pub(super) id: i64,
    /// What is called out.
    pub(super) text: String,
    /// When, as it is written.
    pub(super) when: String,
    /// How many have not answered yet.
    pub(super) missing: usize,
}

/// What waits for this person's answer.
pub(super) async fn waiting(db: &Db, staff: StaffId, spelling: Spelling) -> Result<Vec<Waiting>> {
    let all = notices::waiting(db, staff, SHOWN).await?;
    let one = |notice: Notice| Waiting {
        id: notice.id.0,
        when: spelling.minute(notice.sent_at),
        missing: notice.missing().count(),
        text: notice.text,
    };
    Ok(all.into_iter().filter(|notice| notice.kind == BOARD).map(one).collect())
}

/// One greeter and whether they have answered.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Lamp {
    /// Who.
    pub(super) staff: StaffId,
    /// Their name.
    pub(super) name: String,
    /// Whether they have answered.
    pub(super) on: bool,
    /// Since when they are silent, for the seconds beside the name.
    pub(super) since: Moment,
}

/// A call as the board's rail shows it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Called {
    /// Which.
    pub(super) id: i64,
    /// What is called out.
    pub(super) text: String,
    /// When, as it is written.
    pub(super) when: String,
    /// How many have answered, and how many were asked.
    pub(super) acked: usize,
    /// How many were asked.
    pub(super) asked: usize,
    /// Each of them.
    pub(super) lamps: Vec<Lamp>,
}

/// The calls that are still open, the newest first.
pub(super) async fn open(db: &Db, spelling: Spelling) -> Result<Vec<Called>> {
    let all = notices::open_of_kind(db, BOARD, SHOWN).await?;
    let one = |notice: Notice| {
        let since = notice.sent_at;
        let lamp = |receipt: &crate::notices::Receipt| Lamp {
            staff: receipt.staff,
            name: receipt.name.clone(),
            on: receipt.acked_at.is_some(),
            since,
        };
        let lamps: Vec<Lamp> = notice.receipts.iter().map(lamp).collect();
        Called {
            id: notice.id.0,
            when: spelling.minute(notice.sent_at),
            acked: lamps.iter().filter(|lamp| lamp.on).count(),
            asked: lamps.len(),
            lamps,
            text: notice.text,
        }
    };
    Ok(all.into_iter().map(one).collect())
}
