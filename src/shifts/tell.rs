//! What the room has people told of: it says what, the roof knows by which way.

use futures_util::future::BoxFuture;

use super::coverage::Cause;
use crate::db::{Result, Tx};
use crate::kernel::{Moment, StaffId};

/// Something somebody must be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alert {
    /// Nobody is there for a hotline in working time: for the head.
    Gap {
        /// The gap's number.
        gap: i64,
        /// The hotline's name.
        hotline: String,
        /// Since when.
        from: Moment,
        /// Nobody signed on, or all are away.
        cause: Cause,
    },
    /// Somebody is there again: for those who were told of the gap.
    Covered {
        /// The gap's number.
        gap: i64,
        /// The hotline's name.
        hotline: String,
        /// Since when it was open.
        from: Moment,
        /// Until when.
        to: Moment,
    },
    /// An operator left the desk and nobody stands in: for the supervisors.
    LeftAlone {
        /// The absence's number.
        absence: i64,
        /// Who left.
        staff: StaffId,
        /// Their name.
        name: String,
        /// When they mean to be back.
        until: Option<Moment>,
    },
    /// An operator left with a guest and the colleague at the next desk stands in: for that colleague.
    StandsIn {
        /// The absence's number.
        absence: i64,
        /// Who stands in.
        stand_in: StaffId,
        /// For whom.
        name: String,
        /// Until when.
        until: Option<Moment>,
    },
    /// A colleague is asked to stand in: for that colleague.
    StandIn {
        /// The absence's number.
        absence: i64,
        /// Who is asked.
        stand_in: StaffId,
        /// For whom.
        name: String,
        /// Until when.
        until: Option<Moment>,
    },
    /// The colleague who was asked has answered, either way: nobody need remind them.
    Answered {
        /// The absence's number.
        absence: i64,
        /// Who was asked.
        stand_in: StaffId,
    },
}

/// Has people told, in the change that gives the reason.
pub trait Tells: Send + Sync + 'static {
    /// Tells of it.
    fn tell<'a>(&'a self, tx: &'a mut Tx, alert: Alert) -> BoxFuture<'a, Result<()>>;
}

/// Tells nobody: what is to be told stands in the journal and on the pages all the same.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Tells for Silent {
    fn tell<'a>(&'a self, _: &'a mut Tx, _: Alert) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
