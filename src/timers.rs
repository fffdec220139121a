//! Everything that falls due at some moment: who is asked when, in which order, and what happens to
//! what fell due while the house was closed.
//!
//! A room keeps what falls due as rows with a moment and hands in a [`FallsDue`]. One task asks all
//! rooms for their earliest moment, sleeps until the first of them, is woken by every commit, and
//! lets things fall due in order of time over all rooms. Nothing is kept in memory, so after a
//! restart what is overdue falls due once, in order, and the room marks it late ([`late_by`]).
//!
//! - A room that fails is named in the log and tried again with a growing pause; the others go on.
//! - Under a manual clock nothing falls due by itself but what is due already when it is stored:
//!   the one who moves the clock asks [`Timers::next_due`], moves it there and calls
//!   [`Timers::settle`].

mod driver;
mod rota;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::db::{self, Db};
use crate::kernel::Moment;

pub use driver::Driver;
pub use rota::{Rota, Turn};

/// What falls due later than this was not merely served a moment after its time, in milliseconds.
const LATE_MS: i64 = 5_000;

/// A room in which things fall due.
pub trait FallsDue: Send + Sync + 'static {
    /// What falls due, for logs: `follow-ups`.
    fn name(&self) -> &'static str;

    /// The earliest moment that is still open; `None` when there is nothing. Asked after every
    /// commit but those that tell of calls alone ([`FallsDue::follows_calls`]): one look into an index.
    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>>;

    /// Whether something may fall due here because of what happened to calls alone. A room that says no
    /// is not asked after news of nothing else, of which a busy hotline makes hundreds a minute.
    fn follows_calls(&self) -> bool {
        false
    }

    /// Does what was due at or before `due`, each once and in order of its moment; may leave a rest
    /// for the next turn. `now` is later than `due` where the house was closed meanwhile; what
    /// follows from it counts from `now`.
    fn fall_due<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
        due: Moment,
    ) -> BoxFuture<'a, db::Result<()>>;
}

/// By how many milliseconds something that was due at `due` comes late, where that is worth saying.
pub fn late_by(due: Moment, now: Moment) -> Option<i64> {
    let late = now.millis_since(due);
    (late > LATE_MS).then_some(late)
}

/// What the driver can be asked.
enum Command {
    Next(oneshot::Sender<Option<Moment>>),
    Settle(Moment, oneshot::Sender<()>),
}

/// The way to the driver, for the one who moves a manual clock. Cheap to clone.
#[derive(Clone)]
pub struct Timers {
    commands: mpsc::Sender<Command>,
}

impl Timers {
    /// The timers of these rooms; they run once [`Driver::run`] does.
    pub fn new(db: Db, clock: Clock, rooms: Vec<Arc<dyn FallsDue>>) -> (Self, Driver) {
        let (commands, asked) = mpsc::channel(16);
        (Self { commands }, Driver::new(db, clock, rooms, asked))
    }

    /// When something falls due next over all rooms; `None` when nothing does, or the house closes.
    pub async fn next_due(&self) -> Option<Moment> {
        let (tell, told) = oneshot::channel();
        self.commands.send(Command::Next(tell)).await.ok()?;
        told.await.ok().flatten()
    }

    /// Lets everything fall due that is due at `now`, and returns once it is stored. At once when
    /// the house closes.
    pub async fn settle(&self, now: Moment) {
        let (done, settled) = oneshot::channel();
        if self.commands.send(Command::Settle(now, done)).await.is_ok() {
            // a driver that stops meanwhile leaves the rest for the next start
            drop(settled.await);
        }
    }
}
