//! Stores what the book tells, in its own time: everything that waits goes into one transaction,
//! and what happens meanwhile is the next. A store in trouble delays, it does not lose.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Sleep;

use super::call::{Call, State};
use super::caller;
use super::driver::Work;
use super::live::LiveCalls;
use super::pending::{GivenUp, Known, Pending, parts};
use super::record::Event;
use super::store::{Batch, Place, Stored};
use super::turns::Turns;
use super::writing::Writing;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Error, Stamp};
use crate::kernel::Moment;
use crate::meters::{Kind, Meters};

/// A sign of life is stored at least so often.
const BEAT_MS: i64 = 2_000;
/// The pause after the first failure; it doubles up to [`PAUSE_MOST`].
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MOST: Duration = Duration::from_secs(2);
/// How long the house waits for the store when it stops.
const FAREWELL: Duration = Duration::from_secs(2);
/// Messages of ladders wait so long for others, so that they cost one transaction together: no call that
/// begins meanwhile waits behind them. Whoever reads them asks first ([`LiveCalls::written`]).
const LATER: Duration = Duration::from_millis(200);
/// How much is taken in at once.
const GULP: usize = 512;

/// Whether what happens can be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreHealth {
    /// It can.
    pub ok: bool,
    /// Since when it is so.
    pub since: Moment,
    /// What ails it, as a key of the locale files: `disk-full`, `unreachable`, …
    pub reason: Option<&'static str>,
}

/// What the writer needs.
pub(super) struct Writer {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) config: Arc<Config>,
    pub(super) meters: Meters,
    pub(super) live: LiveCalls,
    pub(super) health: watch::Sender<StoreHealth>,
    pub(super) known: Known,
    /// How much the store had not taken when the house stopped.
    pub(super) left: Arc<AtomicUsize>,
}

/// What the writer is doing while it listens.
enum Doing {
    Nothing,
    Writing(Arc<Batch>, BoxFuture<'static, Result<Vec<Stored>, Error>>),
    Resting(Arc<Batch>, BoxFuture<'static, ()>),
}

enum Step {
    Stored(Result<Vec<Stored>, Error>),
    Rested,
}

impl Doing {
    /// Waits for what is being done; for ever where that is nothing.
    async fn step(&mut self) -> Step {
        match self {
            Self::Nothing => std::future::pending().await,
            Self::Writing(_, writing) => Step::Stored(writing.await),
            Self::Resting(_, resting) => {
                resting.await;
                Step::Rested
            }
        }
    }
}

struct Desk {
    writer: Writer,
    pending: Pending,
    /// Parts of a refused batch, to be tried one by one.
    parts: VecDeque<Batch>,
    flushes: Vec<oneshot::Sender<()>>,
    /// Runs while messages wait for others; over when it is their turn.
    later: Option<Pin<Box<Sleep>>>,
    turns: Turns,
    doing: Doing,
    pause: Duration,
    /// Nothing more is heard.
    stopping: bool,
    next_beat: Moment,
    mark: (Moment, u64),
}

impl Writer {
    /// Writes until the driver has gone and everything is stored, or the farewell took too long.
    pub(super) async fn run(self, mut work: mpsc::UnboundedReceiver<Work>) {
        let now = self.clock.now();
        let mut desk = Desk {
            writer: self,
            pending: Pending::default(),
            parts: VecDeque::new(),
            flushes: Vec::new(),
            later: None,
            turns: Turns::default(),
            doing: Doing::Nothing,
            pause: PAUSE_FIRST,
            stopping: false,
            next_beat: now,
            mark: (now, 0),
        };
        let mut gulp = Vec::with_capacity(GULP);
        loop {
            desk.begin();
            let (clock, beat) = (desk.writer.clock.clone(), desk.next_beat);
            let idle = matches!(desk.doing, Doing::Nothing);
            tokio::select! {
                taken = work.recv_many(&mut gulp, GULP) => {
                    if taken == 0 {
                        break;
                    }
                    for one in gulp.drain(..) {
                        desk.take(one);
                    }
                }
                step = desk.doing.step() => desk.did(step),
                () = turn(&mut desk.later), if idle => {}
                () = clock.sleep_until(beat), if idle => {}
            }
            desk.show_backlog();
        }
        if tokio::time::timeout(FAREWELL, desk.finish()).await.is_err() {
            let left = desk.backlog();
            tracing::error!(left, "the store did not take the last happenings before the stop");
            desk.writer.left.store(left, Ordering::Relaxed);
        }
    }
}

impl Desk {
    /// Begins the next transaction, if nothing is being done and something waits or a sign of life
    /// is due.
    fn begin(&mut self) {
        if !matches!(self.doing, Doing::Nothing) {
            return;
        }
        let mut batch = self.parts.pop_front();
        if let Some(part) = &mut batch {
            self.writer.known.fill(part);
        }
        if batch.is_none() && !self.pending.is_empty() {
            if self.can_wait() {
                return;
            }
            let asked = !self.flushes.is_empty();
            batch = Some(self.pending.take(&self.writer.known, asked));
            if !self.pending.has_messages() {
                self.later = None;
            }
        }
        if batch.is_none() {
            for done in self.flushes.drain(..) {
                // whoever asked may have gone
                let _gone = done.send(());
            }
            if self.writer.clock.now() < self.next_beat {
                return;
            }
        }
        let mut batch = batch.unwrap_or_default();
        self.mark.1 += 1;
        batch.mark = format!("{}-{}", self.mark.0.millis(), self.mark.1);
        self.write(Arc::new(batch), false);
    }

    /// Whether only messages wait, and others may still come.
    fn can_wait(&mut self) -> bool {
        let pending = &self.pending;
        let now = !self.flushes.is_empty() || self.stopping;
        if now || pending.has_news() || pending.has_many_messages() {
            return false;
        }
        let later = self.later.get_or_insert_with(|| Box::pin(tokio::time::sleep(LATER)));
        !later.is_elapsed()
    }

    fn write(&mut self, batch: Arc<Batch>, again: bool) {
        let Writer { db, config, live, clock, .. } = &self.writer;
        let now = clock.now();
        self.next_beat = now.plus_millis(BEAT_MS);
        let (db, config, live, taken) = (db.clone(), config.clone(), live.clone(), batch.clone());
        let writing = async move {
            // looked up beside the change, and once for a call
            let known = caller::look_up(&db, &taken);
            let looking = known.clone();
            let change =
                Writing { db, stamp: Stamp { now, by: None }, batch: taken, config, live, known };
            tokio::join!(change.write(again), looking).0
        };
        self.doing = Doing::Writing(batch, Box::pin(writing));
    }

    /// A transaction came to its end, or a pause did.
    fn did(&mut self, step: Step) {
        match (std::mem::replace(&mut self.doing, Doing::Nothing), step) {
            (Doing::Writing(batch, _), Step::Stored(Ok(stored))) => self.stored(&batch, &stored),
            (Doing::Writing(batch, _), Step::Stored(Err(error))) => self.failed(batch, &error),
            (Doing::Resting(batch, _), Step::Rested) => self.write(batch, true),
            (other, _) => self.doing = other,
        }
    }

    fn stored(&mut self, batch: &Batch, stored: &[Stored]) {
        self.pause = PAUSE_FIRST;
        self.feel(None);
        for _ in stored.len()..batch.entries.len() {
            self.writer.meters.drop_one("ghost_call");
        }
        for (key, call) in stored {
            let Some(entry) = batch.entries.iter().find(|entry| entry.key == *key) else {
                continue;
            };
            let place = Place { id: call.id, record: entry.record.clone() };
            let ended_now = self.writer.known.learn(*key, place, call.state == State::Ended);
            let answered = entry.events.iter().any(|(_, _, what)| *what == Event::Answered);
            count(&self.writer.meters, call, ended_now, answered);
        }
        let live = i64::try_from(self.writer.live.count()).unwrap_or(i64::MAX);
        self.writer.meters.live_calls.set(live);
    }

    fn failed(&mut self, batch: Arc<Batch>, error: &Error) {
        self.writer.meters.store_failures.inc();
        if error.is_about_values() {
            if let Some(several) = parts(Arc::unwrap_or_clone(batch)) {
                self.parts.extend(several);
            } else {
                let code = error.code();
                tracing::error!(code, "the store refuses a happening; it is left out");
                self.writer.meters.drop_one("refused_by_store");
            }
            return;
        }
        self.feel(Some(error));
        let pause = self.pause;
        self.pause = (pause * 2).min(PAUSE_MOST);
        self.doing = Doing::Resting(batch, Box::pin(tokio::time::sleep(pause)));
    }

    /// Publishes how the store is, and says so once.
    fn feel(&self, trouble: Option<&Error>) {
        let now = self.writer.clock.now();
        let reason = trouble.map(Error::ailment);
        self.writer.health.send_if_modified(|health| {
            if health.reason == reason {
                return false;
            }
            if let Some(error) = trouble {
                let code = error.code();
                tracing::error!(
                    reason,
                    code,
                    "the store takes nothing; what happens is kept in memory"
                );
            } else {
                tracing::info!("the store takes what happens again");
            }
            let since = if health.ok == reason.is_none() { health.since } else { now };
            *health = StoreHealth { ok: reason.is_none(), since, reason };
            true
        });
    }

    fn take(&mut self, work: Work) {
        let given_up = match work {
            Work::Happened(happening) => self.pending.happened(happening),
            Work::Dialled(happening) => self.pending.dialled(happening),
            Work::Heard(key, wire) => self.pending.heard(key, wire),
            Work::Turned(change) => {
                let mut given_up = None;
                for line in self.turns.turn(&self.writer.config, &change) {
                    given_up = self.pending.turned(line).or(given_up);
                }
                given_up
            }
            Work::Flush(done) => {
                // who asked while the store was in trouble may have gone
                self.flushes.retain(|one| !one.is_closed());
                self.flushes.push(done);
                None
            }
        };
        let reason = match given_up {
            None => return,
            Some(GivenUp::Wire) => "ladder_full",
            Some(GivenUp::Call | GivenUp::Event | GivenUp::Line) => "store_full",
        };
        self.writer.meters.drop_one(reason);
    }

    /// How much the store has not got yet.
    fn backlog(&self) -> usize {
        let doing = match &self.doing {
            Doing::Nothing => 0,
            Doing::Writing(batch, _) | Doing::Resting(batch, _) => batch.len(),
        };
        self.pending.len() + self.parts.iter().map(Batch::len).sum::<usize>() + doing
    }

    fn show_backlog(&self) {
        let waiting = i64::try_from(self.backlog()).unwrap_or(i64::MAX);
        self.writer.meters.store_backlog.set(waiting);
    }

    /// Stores what is left, and a last sign of life.
    async fn finish(&mut self) {
        self.stopping = true;
        self.next_beat = Moment::from_millis(i64::MIN);
        loop {
            let last = self.pending.is_empty() && self.parts.is_empty();
            self.begin();
            let said = last && matches!(&self.doing, Doing::Writing(batch, _) if batch.len() == 0);
            while !matches!(self.doing, Doing::Nothing) {
                let step = self.doing.step().await;
                self.did(step);
            }
            if said {
                return;
            }
            self.next_beat = Moment::from_millis(i64::MIN);
        }
    }
}

/// Waits until it is the messages' turn; for ever where none wait.
async fn turn(later: &mut Option<Pin<Box<Sleep>>>) {
    match later {
        Some(later) => later.await,
        None => std::future::pending().await,
    }
}

/// Counts what came of a call.
fn count(meters: &Meters, call: &Call, ended_now: bool, answered: bool) {
    if let Some(outcome) = call.outcome.filter(|_| ended_now) {
        meters.calls.get_or_create(&Kind { kind: outcome.word().to_owned() }).inc();
    }
    if answered {
        if let Some(rings) = call.answer_rings {
            meters.answer_rings.observe(f64::from(rings));
        }
        if let Some(millis) = call.answer_ms.and_then(|millis| u64::try_from(millis).ok()) {
            meters.answer_seconds.observe(Duration::from_millis(millis).as_secs_f64());
        }
    }
}
