//! What people do to calls, whatever page or program they come from.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::call::{Call, State};
use super::complaint;
use super::live::LiveCalls;
use super::particulars::{Particulars, TooLong};
use super::store;
use crate::db::{self, Db, Error, Stamp, Tx};
use crate::kernel::{CallId, Moment, StaffId};

/// An answered call can still be taken for so long: its talk may go on unseen.
pub(super) const JUST_ANSWERED_MS: i64 = 10 * 60 * 1000;

/// Whether somebody may be talking still: it lives, or it was answered a short while ago and its end
/// was not seen.
pub(super) fn may_talk(call: &Call, now: Moment) -> bool {
    let unseen = call.answered_at.filter(|_| call.ended_at.is_none());
    call.state != State::Ended || unseen.is_some_and(|at| now.millis_since(at) < JUST_ANSWERED_MS)
}

/// The longest notes, in characters.
const NOTES_MOST: usize = 8_000;

/// Why an act was not done. What it came to is in [`DeskError::Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Someone else took the call first.
    AlreadyTaken,
    /// The call is over.
    Over,
    /// Someone else has the call.
    NotYours,
    /// The notes were changed since they were read.
    Stale,
    /// The call does not count for another reason.
    NotCountedAnyway,
    /// Nobody is on hold.
    NotHeld,
    /// Only who has the call in hand may do it; where nobody has, it is to be taken first.
    NotInHand,
}

/// Whose calls somebody may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those in their own hand.
    Own,
    /// Everybody's.
    Everybodys,
}

/// An act on a call that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// A rule says no; with the call as it stands.
    #[error("the call does not allow it: {why:?}")]
    Refused {
        /// Which rule.
        why: Refusal,
        /// The call as it stands now.
        call: Box<Call>,
    },
    /// Notes longer than 8000 characters.
    #[error("notes are at most 8000 characters long")]
    TooLong,
    /// Fields of a record that are longer than they may be.
    #[error("fields of the record are too long")]
    LongFields(Vec<TooLong>),
    /// The store; [`crate::db::Error::NotFound`] where there is no such call.
    #[error(transparent)]
    Store(#[from] Error),
}

/// What follows once something is saved about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It stays in hand.
    KeepOpen,
    /// It leaves the console.
    PutAway,
    /// It was a complaint: it leaves the console, and somebody owes an answer.
    Complaint,
}

/// The acts on calls. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    db: Db,
    live: LiveCalls,
}

impl Desk {
    /// The acts on the calls of a store, kept true to its picture of live calls.
    pub(super) fn new(db: Db, live: LiveCalls) -> Self {
        Self { db, live }
    }

    /// "I take it": the first wins, while the call is live or was answered within ten minutes.
    pub async fn claim(&self, now: Moment, by: StaffId, id: CallId) -> Result<Call, DeskError> {
        let since = now.plus_millis(-JUST_ANSWERED_MS);
        let stamp = Stamp { now, by: Some(by) };
        self.act(stamp, move |tx| Box::pin(store::claim(tx, id, by, since))).await
    }

    /// Gives a taken call back.
    pub async fn release(&self, now: Moment, by: StaffId, id: CallId) -> Result<Call, DeskError> {
        let stamp = Stamp { now, by: Some(by) };
        self.act(stamp, move |tx| Box::pin(store::release(tx, id, by))).await
    }

    /// The caller on hold agreed to it, says who has the call in hand.
    pub async fn hold_agreed(
        &self,
        now: Moment,
        by: StaffId,
        whose: Whose,
        id: CallId,
    ) -> Result<Call, DeskError> {
        let stamp = Stamp { now, by: Some(by) };
        self.act(stamp, move |tx| Box::pin(store::hold_agreed(tx, id, by, whose))).await
    }

    /// Saves the notes, read at `version`; stale where someone else wrote since.
    pub async fn save_notes(
        &self,
        stamp: Stamp,
        id: CallId,
        version: i64,
        text: &str,
    ) -> Result<Call, DeskError> {
        self.write_notes(stamp, id, version, text, After::KeepOpen).await
    }

    /// Saves the notes and puts the call away, where the person has it in hand: both or neither.
    pub async fn save_notes_and_put_away(
        &self,
        stamp: Stamp,
        id: CallId,
        version: i64,
        text: &str,
    ) -> Result<Call, DeskError> {
        self.write_notes(stamp, id, version, text, After::PutAway).await
    }

    async fn write_notes(
        &self,
        stamp: Stamp,
        id: CallId,
        version: i64,
        text: &str,
        after: After,
    ) -> Result<Call, DeskError> {
        if text.chars().count() > NOTES_MOST {
            return Err(DeskError::TooLong);
        }
        let text = text.replace('\0', "");
        let done = self.act(stamp, move |tx| {
            let text = text.clone();
            Box::pin(async move {
                let done = store::notes(tx, id, stamp.by, version, &text).await?;
                if done.is_ok() && after != After::KeepOpen {
                    store::put_away(tx, id).await?;
                }
                Ok(done)
            })
        });
        done.await
    }

    /// Saves who, when, where and what, read at `version` of the record (0: there was none); stale
    /// where someone else wrote since. What is to follow is done with it: both or neither.
    pub async fn save_record(
        &self,
        stamp: Stamp,
        id: CallId,
        version: i64,
        written: Particulars,
        after: After,
    ) -> Result<Call, DeskError> {
        let written = written.cleaned().map_err(DeskError::LongFields)?;
        let done = self.act(stamp, move |tx| {
            let written = written.clone();
            Box::pin(async move {
                let done = store::write_record(tx, id, version, &written).await?;
                if let Ok(call) = &done {
                    if after == After::Complaint {
                        complaint::owe(tx, call).await?;
                    }
                    if after != After::KeepOpen {
                        store::put_away(tx, id).await?;
                    }
                }
                Ok(done)
            })
        });
        done.await
    }

    /// The person is done with a call: it leaves the console. [`Error::NotFound`] where they have no
    /// such call in hand.
    pub async fn put_away(&self, stamp: Stamp, id: CallId) -> Result<(), DeskError> {
        let done = self.db.write(stamp, move |tx| Box::pin(store::put_away(tx, id))).await?;
        if done { Ok(()) } else { Err(Error::NotFound.into()) }
    }

    /// Marks a call as a test, which is shown and not counted, or takes the mark away.
    pub async fn mark_test(&self, stamp: Stamp, id: CallId, test: bool) -> Result<Call, DeskError> {
        self.act(stamp, move |tx| Box::pin(store::mark(tx, id, stamp.by, test))).await
    }

    /// One act as a change of its own. What was done is in the picture once it is committed, before
    /// anybody is told.
    async fn act(
        &self,
        stamp: Stamp,
        act: impl for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, db::Result<store::Done>>
        + Send
        + Sync
        + 'static,
    ) -> Result<Call, DeskError> {
        let (live, act) = (self.live.clone(), Arc::new(act));
        let done = self.db.write(stamp, move |tx| {
            let (live, act) = (live.clone(), Arc::clone(&act));
            Box::pin(async move {
                let done = act(tx).await?;
                if let Ok(call) = &done {
                    let call = Arc::new(call.clone());
                    tx.after_commit(move || live.put(&[call]));
                }
                Ok(done)
            })
        });
        done.await?.map_err(|(why, call)| DeskError::Refused { why, call })
    }
}
