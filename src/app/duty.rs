//! What only the roof can join: the roster says who is on call for follow-ups, and what the desk must
//! be told of is told by a notice.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::db::{self, Db, Tx};
use crate::followups::OnCall;
use crate::kernel::{Moment, Role, StaffId};
use crate::notices::{self, NewNotice, Recipients};
use crate::shifts::{self, Alert, Kind, Tells};
use crate::words::Said;

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
                NewNotice::to_be_answered("coverage", said, to).about(about).superseding()
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
                    NewNotice::to_be_known("coverage", said, to).about(format!("gaps/{gap}"))
                }
                Alert::LeftAlone { absence, name, .. } => {
                    let said = Said::of(|l| l.notices_left_alone(name.as_str()).to_string());
                    let to = Recipients::Role(Role::Supervisor);
                    notice(said, to, format!("absences/{absence}"))
                }
                Alert::StandsIn { absence, stand_in, name, .. } => {
                    let said = Said::of(|l| l.notices_stands_in(name.as_str()).to_string());
                    let to = Recipients::People(vec![stand_in]);
                    NewNotice::to_be_known("coverage", said, to)
                        .about(format!("absences/{absence}"))
                }
                Alert::StandIn { absence, stand_in, name, .. } => {
                    let said = Said::of(|l| l.notices_stand_in(name.as_str()).to_string());
                    let to = Recipients::People(vec![stand_in]);
                    notice(said, to, format!("absences/{absence}"))
                }
            };
            notices::store::send(tx, new).await.map(drop)
        }
        .boxed()
    }
}
