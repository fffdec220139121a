//! What the room asks of others and does not know how to do itself: who is there, how people are told, who
//! calls back. The roof hands it in.

use futures_util::future::BoxFuture;

use crate::db::{Db, Result, Tx};
use crate::kernel::{Moment, Role, StaffId};
use crate::words::Said;

/// Whether an engineer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct There {
    /// Who.
    pub staff: StaffId,
    /// Signed on.
    pub on_duty: bool,
    /// Signed on and away for now.
    pub away: bool,
    /// On call now, in this rank from 1.
    pub on_call: Option<i64>,
}

/// To whom something is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// These people.
    People(Vec<StaffId>),
    /// Those of a role.
    Role(Role),
    /// This person while they are on duty, or else those of the role: who went home hears nothing in time.
    OrElse(StaffId, Role),
}

/// What is told to an engineer who did not answer: somebody else has the order now, and it is theirs to look at.
pub const PASSED_ON: &str = "passed_on";

/// What is told to the head: nobody can be sent. It is theirs until somebody goes.
pub const NOBODY: &str = "nobody";

/// Something to be told beside the page it is on. No whole telephone numbers: it may leave the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The record: `work-orders/W26-0198`.
    pub about: String,
    /// What happened to it.
    pub event: &'static str,
    /// One line.
    pub title: Said,
    /// More of it.
    pub text: Said,
    /// To whom.
    pub whom: Whom,
    /// Whether an answer is wanted.
    pub answer: bool,
    /// In quiet hours too, and by every way.
    pub urgent: bool,
    /// Stands on their pages too, whatever ways they have, until they say that they have seen it.
    pub stands: bool,
}

/// Somebody to be telephoned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToPhone {
    /// The record: `work-orders/W26-0198`.
    pub about: String,
    /// Whom.
    pub whom: StaffId,
    /// Their name.
    pub name: String,
    /// What about, in the language of the site.
    pub matter: String,
    /// By when.
    pub due: Moment,
}

/// The others.
pub trait Neighbours: Send + Sync + 'static {
    /// Who is there now, of all people.
    fn there<'a>(&'a self, db: &'a Db, now: Moment) -> BoxFuture<'a, Result<Vec<There>>>;

    /// By which number each person is called, of those whose number everyone may know.
    fn numbers<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, Result<Vec<(StaffId, String)>>>;

    /// Tells people, as part of this change.
    fn tell<'t>(&'t self, tx: &'t mut Tx, told: Told) -> BoxFuture<'t, Result<()>>;

    /// They have answered what they were told of a record: it stands on their pages no more.
    fn seen<'t>(
        &'t self,
        tx: &'t mut Tx,
        about: String,
        whom: StaffId,
    ) -> BoxFuture<'t, Result<()>>;

    /// Somebody goes, or nobody need go any more: nobody is asked about it that nobody could be sent.
    fn found<'t>(&'t self, _: &'t mut Tx, _about: String) -> BoxFuture<'t, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Asks those of a role, on their pages and by their ways, to answer that they know of this record;
    /// what they were asked of these before it is asked no more. No whole telephone numbers.
    fn ask<'t>(
        &'t self,
        tx: &'t mut Tx,
        about: String,
        before: Vec<String>,
        said: Said,
        role: Role,
    ) -> BoxFuture<'t, Result<()>>;

    /// Has somebody call the customer back about a solved fault.
    fn call_back<'t>(
        &'t self,
        tx: &'t mut Tx,
        about: String,
        owner: Option<StaffId>,
        due: Moment,
    ) -> BoxFuture<'t, Result<()>>;

    /// The customer was called back, or need not be any more.
    fn called_back<'t>(&'t self, tx: &'t mut Tx, about: String) -> BoxFuture<'t, Result<()>>;

    /// Has the desk telephone somebody who does not answer; `false` where no number of theirs is known, or nobody
    /// is at the desk to call.
    fn phone<'t>(&'t self, tx: &'t mut Tx, call: ToPhone) -> BoxFuture<'t, Result<bool>>;

    /// They were reached, or need not be called any more; `why` says what came of it.
    fn phoned<'t>(
        &'t self,
        tx: &'t mut Tx,
        about: String,
        why: String,
    ) -> BoxFuture<'t, Result<()>>;
}
