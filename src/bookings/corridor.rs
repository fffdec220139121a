//! What is called out in the corridor: every change of the board is a notice to each greeter on duty,
//! who has to answer (clause 1-9a).

use chrono::NaiveDate;
use serde::Serialize;

use super::rules::Rules;
use super::store::{areas, corridor as kept};
use super::world::Call;
use crate::db::{Db, Result, Tx};
use crate::kernel::{Moment, NoticeId, Role, RoomId, StaffId};
use crate::notices::store as notices;
use crate::notices::{Act, Ladder, NewNotice, Notice, Recipients, Rung};
use crate::rooms::House;
use crate::shifts;
use crate::words::Spelling;

/// What a call in the corridor is named among the notices.
const BOARD: &str = "board";
/// The board shows so many open calls.
const SHOWN: i64 = 20;

/// Calls it out, as part of the change: asked again twice, then the supervisor is told. A newer call
/// about the same booking, or one that names every room an older one of the same day named, says what
/// holds. `date`: the day it is about, where that is not today.
///
/// Only who is on duty is asked, and of those only who is called for this part of the house. Where no greeter is, the supervisors answer in their place; a house
/// without greeters has nobody to call.
pub(super) async fn call(
    tx: &mut Tx,
    rules: &Rules,
    subject: &str,
    call: &Call,
    date: Option<NaiveDate>,
) -> Result<()> {
    let to = match shifts::store::on_duty_in(tx, Role::Greeter).await? {
        on_duty if !on_duty.is_empty() => {
            let here = areas::of_these_in(tx, on_duty, &call.rooms).await?;
            Recipients::Among(Role::Greeter, here)
        }
        _ if has_greeters(tx).await? => Recipients::Role(Role::Supervisor),
        _ => return Ok(()),
    };
    let again_ms = rules.notice_again_s.max(1) * 1_000;
    let rung = |times: i64, act| Rung { after_ms: again_ms * times, act };
    let ladder = Ladder::new(vec![
        rung(1, Act::Ask),
        rung(2, Act::Ask),
        rung(4, Act::Tell(Role::Supervisor)),
    ]);
    let new = NewNotice::to_be_answered(BOARD, call.said.clone().cut(500), to)
        .about(subject.to_owned())
        .ladder(ladder)
        .superseding();
    let notice = notices::send(tx, new).await?;
    kept::add_in(tx, notice, (call.kind, date), &call.rooms).await?;
    for older in kept::covered_in(tx, notice).await? {
        notices::replace(tx, older, notice).await?;
    }
    Ok(())
}

/// Whether the house has greeters at all.
async fn has_greeters(tx: &mut Tx) -> Result<bool> {
    let held = crate::staff::store::roles_in(tx).await?;
    Ok(held.iter().any(|(_, roles)| roles.has(Role::Greeter)))
}

/// A call that waits for somebody's answer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Waiting {
    /// Which.
    pub(super) id: i64,
    /// What is called out.
    pub(super) text: String,
    /// `change`, `swap`, `cancel`, …; empty where it is no longer known.
    pub(super) kind: String,
    /// For guests who go from one room to another: name and by-name of both, to be read in large.
    pub(super) rooms: Vec<(String, String)>,
    /// Who changed it.
    pub(super) by: String,
    /// When, as it is written.
    pub(super) when: String,
    /// How many have not answered yet.
    pub(super) missing: usize,
    /// Whether it was asked before.
    pub(super) again: bool,
}

/// What waits for this person's answer.
pub(super) async fn waiting(
    db: &Db,
    house: &House,
    staff: StaffId,
    spelling: Spelling,
) -> Result<Vec<Waiting>> {
    let mut all = notices::waiting(db, staff, SHOWN).await?;
    all.retain(|notice| notice.kind == BOARD);
    let ids: Vec<NoticeId> = all.iter().map(|notice| notice.id).collect();
    let about = kept::of(db, &ids).await?;
    let one = |notice: Notice| {
        let (kind, rooms) = about.get(&notice.id).cloned().unwrap_or_default();
        let moved = kind == "change" && rooms.len() == 2 && rooms.first() != rooms.last();
        let named =
            |id: &RoomId| house.room(*id).map(|room| (room.name.clone(), room.alias.clone()));
        Waiting {
            id: notice.id.0,
            when: spelling.minute(notice.sent_at),
            missing: notice.missing().count(),
            again: notice.asked > 1,
            rooms: if moved { rooms.iter().filter_map(named).collect() } else { Vec::new() },
            kind,
            by: notice.sent_by_name.unwrap_or_default(),
            text: notice.said.to(spelling.language).to_owned(),
        }
    };
    Ok(all.into_iter().map(one).collect())
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
            text: notice.said.to(spelling.language).to_owned(),
        }
    };
    Ok(all.into_iter().map(one).collect())
}
