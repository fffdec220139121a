//! Stores what the book tells, in its own time: what waits and is of one kind goes into one change, and what
//! happens meanwhile is the next. Messages of ladders go beside that ([`Lane`]). A store in trouble delays,
//! it does not lose.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::call::{Call, State};
use super::caller;
use super::doing::{Doing, Pause, Step};
use super::driver::Work;
use super::lane::Lane;
use super::live::LiveCalls;
use super::pending::{GivenUp, Known, Pending, parts};
use super::record::{CallKey, Event};
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
/// How long the house waits for the store when it stops.
const FAREWELL: Duration = Duration::from_secs(2);
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

/// Somebody waits until all that was heard before is stored.
struct Flush {
    done: oneshot::Sender<()>,
    /// The number of what had happened last.
    news: u64,
    /// So many messages were heard before.
    messages: u64,
}

/// What ails the store, as the news and as the messages find it.
#[derive(Default)]
struct Ails {
    news: Option<&'static str>,
    messages: Option<&'static str>,
}

struct Desk {
    writer: Writer,
    pending: Pending,
    /// Parts of a refused batch, to be tried one by one.
    parts: VecDeque<Batch>,
    flushes: Vec<Flush>,
    lane: Lane,
    turns: Turns,
    doing: Doing<Batch, Vec<Stored>>,
    pause: Pause,
    ails: Ails,
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
            lane: Lane::new(now),
            turns: Turns::default(),
            doing: Doing::Nothing,
            pause: Pause::default(),
            ails: Ails::default(),
            stopping: false,
            next_beat: now,
            mark: (now, 0),
        };
        let mut gulp = Vec::with_capacity(GULP);
        loop {
            desk.begin();
            let (clock, beat) = (desk.writer.clock.clone(), desk.next_beat);
            let idle = desk.doing.is_nothing();
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
                step = desk.lane.next() => desk.laid(step),
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
    /// Begins what is to be stored next, and answers those who waited for what is stored.
    fn begin(&mut self) {
        // who asked while the store was in trouble may have gone
        self.flushes.retain(|one| !one.done.is_closed());
        self.begin_news();
        self.begin_messages();
        let Self { flushes, lane, pending, doing, parts, .. } = self;
        let is_stored = |one: &mut Flush| {
            let mut under_way = doing.what().into_iter().chain(&*parts);
            let waits =
                pending.holds_since(one.news) || under_way.any(|batch| batch.holds_since(one.news));
            !waits && lane.has_stored(one.messages)
        };
        for flush in flushes.extract_if(.., is_stored) {
            // whoever asked may have gone
            let _gone = flush.done.send(());
        }
    }

    /// Begins the next change of news, if none is being made and something waits or a sign of life is due.
    fn begin_news(&mut self) {
        if !self.doing.is_nothing() {
            return;
        }
        let mut batch = self.parts.pop_front();
        if let Some(part) = &mut batch {
            self.writer.known.fill(part);
        }
        if batch.is_none() && !self.pending.is_empty() {
            batch = Some(self.pending.take(&self.writer.known));
        }
        if batch.is_none() && self.writer.clock.now() < self.next_beat {
            return;
        }
        let mut batch = batch.unwrap_or_default();
        self.mark.1 += 1;
        // as texts they are in this order too
        batch.mark = format!("{}-{:012}", self.mark.0.millis(), self.mark.1);
        self.write(Arc::new(batch), false);
    }

    /// Begins the next change of messages, if it is their turn.
    fn begin_messages(&mut self) {
        let news = !self.doing.is_nothing() || !self.pending.is_empty();
        let asked = self.stopping || !self.flushes.is_empty();
        if !self.lane.is_due(news, asked) {
            return;
        }
        let under_way = self.doing.what().into_iter().chain(&self.parts);
        let under_way: BTreeSet<CallKey> =
            under_way.flat_map(|batch| &batch.entries).map(|entry| entry.key).collect();
        let Writer { db, clock, known, .. } = &self.writer;
        let pending = &self.pending;
        self.lane
            .begin(db, clock.now(), known, |key| pending.holds(key) || under_way.contains(&key));
    }

    /// Something ended on the way of the messages.
    fn laid(&mut self, step: Option<Step<()>>) {
        let Some(step) = step else { return };
        let Writer { db, clock, meters, .. } = &self.writer;
        if let Some(how) = self.lane.did(db, clock.now(), meters, step) {
            let error = how.err();
            self.ails.messages = error.as_ref().map(Error::ailment);
            self.feel(error.as_ref());
        }
    }

    fn write(&mut self, batch: Arc<Batch>, again: bool) {
        let Writer { db, config, live, clock, .. } = &self.writer;
        let now = clock.now();
        self.next_beat = now.plus_millis(BEAT_MS);
        let (db, config, live, taken) = (db.clone(), config.clone(), live.clone(), batch.clone());
        let known = caller::look_up(&db, &taken);
        let change =
            Writing { db, stamp: Stamp { now, by: None }, batch: taken, config, live, known };
        let writing = change.write(again);
        self.doing = Doing::Writing(batch, Box::pin(writing));
    }

    /// A transaction came to its end, or a pause did.
    fn did(&mut self, step: Step<Vec<Stored>>) {
        match (std::mem::replace(&mut self.doing, Doing::Nothing), step) {
            (Doing::Writing(batch, _), Step::Stored(Ok(stored))) => self.stored(&batch, &stored),
            (Doing::Writing(batch, _), Step::Stored(Err(error))) => self.failed(batch, &error),
            (Doing::Resting(batch, _), Step::Rested) => self.write(batch, true),
            (other, _) => self.doing = other,
        }
    }

    fn stored(&mut self, batch: &Batch, stored: &[Stored]) {
        self.pause.over();
        self.ails.news = None;
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
        self.ails.news = Some(error.ailment());
        self.feel(Some(error));
        self.doing = self.pause.rest(batch);
    }

    /// Publishes how the store is, and says so once.
    fn feel(&self, trouble: Option<&Error>) {
        let now = self.writer.clock.now();
        let reason = self.ails.news.or(self.ails.messages);
        self.writer.health.send_if_modified(|health| {
            if health.reason == reason {
                return false;
            }
            if reason.is_some() {
                let code = trouble.map_or_else(String::new, Error::code);
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
            Work::Heard(key, wire) => self.lane.heard(key, wire),
            Work::Turned(change) => {
                let mut given_up = None;
                for line in self.turns.turn(&self.writer.config, &change) {
                    given_up = self.pending.turned(line).or(given_up);
                }
                given_up
            }
            Work::Flush(done) => {
                let (news, messages) = (self.pending.count(), self.lane.count());
                self.flushes.push(Flush { done, news, messages });
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
        let under_way = self.doing.what().into_iter().chain(&self.parts);
        self.pending.len() + self.lane.len() + under_way.map(Batch::len).sum::<usize>()
    }

    fn show_backlog(&self) {
        let waiting = i64::try_from(self.backlog()).unwrap_or(i64::MAX);
        self.writer.meters.store_backlog.set(waiting);
    }

    /// Stores what is left, and a last sign of life. Neither way waits for the other: messages that cannot
    /// be stored keep no call from the log.
    async fn finish(&mut self) {
        self.stopping = true;
        loop {
            self.begin();
            if self.doing.is_nothing() && !self.lane.is_busy() {
                break;
            }
            tokio::select! {
                step = self.doing.step() => self.did(step),
                step = self.lane.next() => self.laid(step),
            }
        }
        self.next_beat = Moment::from_millis(i64::MIN);
        self.begin();
        while !self.doing.is_nothing() {
            let step = self.doing.step().await;
            self.did(step);
        }
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
