//! The way to people beside the panel: what another channel is handed.

use futures_util::future::BoxFuture;

use crate::db::{self, Tx};
use crate::kernel::{Language, NoticeId, StaffId};

/// One notice for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Which.
    pub notice: NoticeId,
    /// What sort.
    pub kind: String,
    /// The record it is about.
    pub about: Option<String>,
    /// To whom.
    pub to: StaffId,
    /// The language they chose, or that of the site.
    pub language: Language,
    /// What is told, in that language.
    pub text: String,
    /// Where it can be answered with one button, without signing in. For this person alone.
    pub link: String,
    /// Whether an answer is waited for.
    pub must_ack: bool,
    /// The first time, the second, …
    pub asked: i64,
}

/// A channel: takes what it can deliver into its own books, as part of the same change.
pub trait Deliver: Send + Sync + 'static {
    /// Takes one parcel, or leaves it where this person cannot be reached so.
    fn deliver<'t>(&'t self, tx: &'t mut Tx, parcel: Parcel) -> BoxFuture<'t, db::Result<()>>;

    /// Takes back what of a notice has not gone out yet: to this person, or to everybody.
    fn withdraw<'t>(
        &'t self,
        tx: &'t mut Tx,
        notice: NoticeId,
        from: Option<StaffId>,
    ) -> BoxFuture<'t, db::Result<()>>;
}
