//! What only the roof can join: the roster says who is on call for follow-ups, and what the desk must
//! be told of is told by a notice.

use std::sync::Arc;

use chrono_tz::Tz;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::faults::CALL_BACK;
use crate::db::{self, Attends, Change, Db, Tx};
use crate::followups::{self, OnCall};
use crate::kernel::{Moment, Role, StaffId};
use crate::notices::{self, NewNotice, Recipients};
use crate::shifts::store::signing;
use crate::shifts::{self, Alert, Kind, Tells};
use crate::staff;
use crate::tickets;
use crate::web::id_in;
use crate::words::{Said, Spelling};

/// The kind of what is told of who is there.
const COVERAGE: &str = "coverage";
/// What the supervisors are told of about calls that nobody at the desk can make.
const LEFT_OWED: &str = "desk/call_backs";
/// So many of them are named.
const NAMED: usize = 8;

/// Who is on call, by the roster.
pub(super) struct Roster;

impl OnCall for Roster {
    fn on_call<'a>(
        &'a self,
        db: &'a Db,
        rank: i64,
        now: Moment,
    ) -> BoxFuture<'a, db::Result<Option<StaffId>>> {
        async move {
            let running = shifts::store::roster::running(db, now).await?.into_iter();
            let mut on_call = running.filter(|shift| shift.kind == Kind::OnCall);
            Ok(on_call.find(|shift| shift.rank == rank).map(|shift| shift.staff))
        }
        .boxed()
    }
}

/// Tells by notices what the room of shifts has people told of.
pub(super) struct ToldByNotice;

impl Tells for ToldByNotice {
    fn tell<'a>(&'a self, tx: &'a mut Tx, alert: Alert) -> BoxFuture<'a, db::Result<()>> {
        async move {
            let notice = |said: Said, to, about: String| {
                NewNotice::to_be_answered(COVERAGE, said, to).about(about).superseding()
            };
            let new = match alert {
                Alert::Gap { gap, hotline, .. } => {
                    let said = Said::of(|l| l.notices_coverage_gap(hotline.as_str()).to_string());
                    notice(said, Recipients::Role(Role::Head), format!("gaps/{gap}"))
                }
                Alert::Covered { gap, hotline, .. } => {
                    notices::store::close_about(tx, &format!("gaps/{gap}")).await?;
                    let said = Said::of(|l| l.notices_coverage_again(hotline.as_str()).to_string());
                    let to = Recipients::Role(Role::Head);
                    NewNotice::to_be_known(COVERAGE, said, to).about(format!("gaps/{gap}"))
                }
                Alert::LeftAlone { absence, name, .. } => {
                    let said = Said::of(|l| l.notices_left_alone(name.as_str()).to_string());
                    let to = Recipients::Role(Role::Supervisor);
                    notice(said, to, format!("absences/{absence}"))
                }
                Alert::StandsIn { absence, stand_in, name, .. } => {
                    let said = Said::of(|l| l.notices_stands_in(name.as_str()).to_string());
                    let to = Recipients::People(vec![stand_in]);
                    NewNotice::to_be_known(COVERAGE, said, to).about(format!("absences/{absence}"))
                }
                Alert::StandIn { absence, stand_in, name, .. } => {
                    let said = Said::of(|l| l.notices_stand_in(name.as_str()).to_string());
                    let to = Recipients::People(vec![stand_in]);
                    notice(said, to, format!("absences/{absence}"))
                }
                Alert::Answered { absence, stand_in } => {
                    let about = format!("absences/{absence}");
                    return notices::store::ack_about(tx, &about, COVERAGE, stand_in).await;
                }
            };
            notices::store::send(tx, new).await.map(drop)
        }
        .boxed()
    }
}

/// Sees the last operator leave their desk: what only they could do is waited for no longer, and the supervisors
/// hear at once which callers are still owed a call back.
pub(super) struct Unattended {
    /// The site's zone.
    zone: Tz,
}

impl Unattended {
    /// In this zone.
    pub(super) fn by(zone: Tz) -> Arc<dyn Attends> {
        Arc::new(Self { zone })
    }

    /// Whether one of those who came or went is an operator who is gone now.
    async fn went(tx: &mut Tx, recorded: &[Change]) -> db::Result<bool> {
        let now = tx.now();
        for change in recorded.iter().filter(|change| change.kind != "staff") {
            let Some(staff) = id_in::<StaffId>(&change.subject, "staff") else { continue };
            let left = match shifts::store::person_in(tx, staff, now).await? {
                Some(duty) => duty.is_operator() && !duty.is_at_hand(now),
                // whoever may not sign in any more is nobody now: what they were counts
                None => shifts::store::person_in(tx, staff, now.plus_millis(-1))
                    .await?
                    .is_some_and(|duty| duty.is_operator()),
            };
            if left {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn tell(&self, tx: &mut Tx) -> db::Result<()> {
        let mut owed = followups::store::untold(tx, CALL_BACK).await?;
        // a slip asks for a call back too: it has its own reader
        owed.retain(|(about, _)| about.starts_with("faults/"));
        if owed.is_empty() {
            return Ok(());
        }
        let said = Said::with(|l, language| {
            let spelling = Spelling { language, zone: self.zone };
            let one = |(about, due): &(String, Moment)| {
                let no = about.strip_prefix("faults/").unwrap_or(about);
                format!("{no} ({})", spelling.moment(*due))
            };
            let named: Vec<String> = owed.iter().take(NAMED).map(one).collect();
            l.notices_call_backs_left(owed.len(), named.join(" · ")).to_string()
        });
        let new = NewNotice::to_be_answered(COVERAGE, said, Recipients::Role(Role::Supervisor))
            .about(LEFT_OWED.to_owned())
            .superseding();
        notices::store::send(tx, new).await.map(drop)
    }
}

impl Attends for Unattended {
    fn kinds(&self) -> &'static [&'static str] {
        &["presence", "presence_private", "staff"]
    }

    fn attend<'t>(
        &'t self,
        tx: &'t mut Tx,
        recorded: &'t [Change],
    ) -> BoxFuture<'t, db::Result<()>> {
        async move {
            if !shifts::store::at_hand_in(tx, Role::Operator).await?.is_empty() {
                return notices::store::close_about(tx, LEFT_OWED).await;
            }
            tickets::unattended(tx).await?;
            if Self::went(tx, recorded).await? { self.tell(tx).await } else { Ok(()) }
        }
        .boxed()
    }
}

/// Sees who cannot be at a desk any more although nobody signed them off: their account is closed, or an operator has
/// signed out of the panel everywhere. Their duty ends with it, so that the house does not count on them.
pub(super) struct Leaves;

impl Attends for Leaves {
    fn kinds(&self) -> &'static [&'static str] {
        &["staff"]
    }

    fn attend<'t>(
        &'t self,
        tx: &'t mut Tx,
        recorded: &'t [Change],
    ) -> BoxFuture<'t, db::Result<()>> {
        async move {
            for change in recorded.iter().filter(|change| change.kind == "staff") {
                let Some(staff) = id_in::<StaffId>(&change.subject, "staff") else { continue };
                let now = tx.now();
                match change.change {
                    "disabled" => {
                        let ended = signing::Ended::BySupervisor;
                        signing::sign_off_in(tx, staff, ended).await?;
                    }
                    "signed_out" if Self::left_desk(tx, staff).await? => {
                        signing::sign_off_in(tx, staff, signing::Ended::BySelf).await?;
                    }
                    // another role: whoever answers calls may be one less
                    "edited" => shifts::store::touch(tx, now).await?,
                    _ => {}
                }
            }
            Ok(())
        }
        .boxed()
    }
}

impl Leaves {
    /// Whether an operator is signed in nowhere any more.
    async fn left_desk(tx: &mut Tx, staff: StaffId) -> db::Result<bool> {
        let roles = staff::store::roles_of_in(tx, staff).await?;
        let answers = roles.is_some_and(|roles| roles.has(Role::Operator));
        Ok(answers && !staff::store::sessions::is_in(tx, staff).await?)
    }
}
