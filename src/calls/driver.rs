//! The one task that owns the book: hears, lets time pass, hands on what happened. It never waits
//! for the store.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::book::Book;
use super::limits::Counts;
use super::outgoing::OutgoingHappening;
use super::record::{CallKey, Happening};
use crate::calendars::Days;
use crate::clock::Clock;
use crate::kernel::Moment;
use crate::meters::Meters;
use crate::sip::{Heard, LegKey, LineChange, What, Wire};

/// How much is heard at once.
const GULP: usize = 256;
/// Messages that may wait for the sighting that says whose they are.
const WAITING_MOST: usize = 512;
/// What is older than this against the newest is nobody's, in milliseconds.
const WAITING_MS: i64 = 10_000;
/// How long the house listens on while it stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// What the driver hands to the writer.
#[derive(Debug)]
pub(super) enum Work {
    /// Something happened to a call.
    Happened(Happening),
    /// Something happened to a call that the house makes.
    Dialled(OutgoingHappening),
    /// A message of a call passed.
    Heard(CallKey, Wire),
    /// A line came up or went down.
    Turned(LineChange),
    /// Answers once everything handed over before is stored.
    Flush(oneshot::Sender<()>),
}

/// What the driver can be asked.
#[derive(Debug)]
pub(super) enum Command {
    /// When something falls due next, with everything heard so far taken in.
    NextAlarm(oneshot::Sender<Option<Moment>>),
    /// Lets time pass up to this moment, and answers once all that fell due is stored.
    Settle(Moment, oneshot::Sender<()>),
    /// Answers once everything heard so far is stored.
    Write(oneshot::Sender<()>),
    /// Goes by these holidays and extra working days from now on.
    Observe(Arc<Days>),
}

/// The owner of the book.
pub(super) struct Driver {
    pub(super) book: Book,
    pub(super) clock: Clock,
    pub(super) meters: Meters,
    pub(super) writer: mpsc::UnboundedSender<Work>,
    /// Messages of legs the book does not know (yet), oldest first.
    pub(super) waiting: VecDeque<Wire>,
    /// What the book had let go by when that was last counted.
    pub(super) counts: Counts,
}

impl Driver {
    /// Drives until told to stop and nothing more is heard.
    pub(super) async fn run(
        mut self,
        mut heard: mpsc::Receiver<Heard>,
        mut commands: mpsc::Receiver<Command>,
        stop: CancellationToken,
    ) {
        self.hand_on();
        let mut gulp = Vec::with_capacity(GULP);
        let farewell = async {
            stop.cancelled().await;
            tokio::time::sleep(FAREWELL).await;
        };
        tokio::pin!(farewell);
        let mut listening = true;
        loop {
            let clock = self.clock.clone();
            let alarm = self.book.next_alarm();
            let due = async {
                match alarm {
                    Some(alarm) => clock.sleep_until(alarm.at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                taken = heard.recv_many(&mut gulp, GULP) => {
                    if taken == 0 {
                        break;
                    }
                    self.meters.queue_depth.set(i64::try_from(heard.len()).unwrap_or(i64::MAX));
                    for one in gulp.drain(..) {
                        self.hear(one);
                    }
                }
                Some(command) = commands.recv() => {
                    self.hear_all(&mut heard);
                    match command {
                        Command::NextAlarm(tell) => {
                            let alarm = self.book.next_alarm().map(|alarm| alarm.at);
                            if tell.send(alarm).is_err() {
                                tracing::debug!("who asked for the next alarm went away");
                            }
                        }
                        Command::Settle(now, done) => {
                            self.pass(now);
                            self.hand(Work::Flush(done));
                        }
                        Command::Write(done) => self.hand(Work::Flush(done)),
                        Command::Observe(days) => self.book.rules.observe(&days),
                    }
                }
                () = due => {
                    self.hear_all(&mut heard);
                    self.pass(self.clock.now());
                }
                () = &mut farewell, if listening => {
                    listening = false;
                    heard.close();
                }
            }
        }
    }

    /// Everything heard so far, before time is let pass: a CANCEL in the queue comes before the
    /// alarm that is due after it.
    fn hear_all(&mut self, heard: &mut mpsc::Receiver<Heard>) {
        while let Ok(one) = heard.try_recv() {
            self.hear(one);
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Sighting(sighting) => {
                let leg = sighting.leg.clone();
                let begins = matches!(sighting.what, What::Offered(_));
                self.book.see(sighting);
                self.hand_on();
                self.release(&leg, begins);
            }
            Heard::Wire(wire) => match self.book.key_of_leg(&wire.leg) {
                Some(key) => self.hand(Work::Heard(key, wire)),
                None if self.book.may_follow(&wire.leg) => self.hold(wire),
                None => {}
            },
            Heard::Watched(watched) => {
                self.book.watch(&watched);
                self.hand_on();
            }
            Heard::Line(change) => {
                self.book.line(&change);
                self.hand_on();
                self.hand(Work::Turned(change));
            }
            Heard::SetBack(found) => {
                self.book.set_back(&found);
                self.hand_on();
            }
        }
    }

    fn pass(&mut self, now: Moment) {
        self.book.wake(now);
        self.hand_on();
    }

    /// Keeps a message whose leg the book has not met: its sighting may be next.
    fn hold(&mut self, wire: Wire) {
        if self.waiting.len() >= WAITING_MOST {
            let (book, now) = (&self.book, wire.at);
            self.waiting.retain(|one| {
                now.millis_since(one.at).abs() <= WAITING_MS && book.may_follow(&one.leg)
            });
        }
        if self.waiting.len() >= WAITING_MOST {
            self.waiting.pop_front();
        }
        self.waiting.push_back(wire);
    }

    /// Hands on the messages that waited for this leg; where a call began, for any of its legs.
    fn release(&mut self, leg: &LegKey, begins: bool) {
        if self.waiting.is_empty() {
            return;
        }
        let Some(of_leg) = self.book.key_of_leg(leg) else { return };
        for wire in std::mem::take(&mut self.waiting) {
            let key = match wire.leg == *leg {
                true => Some(of_leg),
                false if begins => self.book.key_of_leg(&wire.leg),
                false => None,
            };
            match key {
                Some(key) => self.hand(Work::Heard(key, wire)),
                None => self.waiting.push_back(wire),
            }
        }
    }

    fn hand_on(&mut self) {
        while let Some(happening) = self.book.poll() {
            self.hand(Work::Happened(happening));
        }
        while let Some(happening) = self.book.poll_outgoing() {
            self.hand(Work::Dialled(happening));
        }
        let counts = self.book.counts();
        for (reason, now, before) in [
            ("book_full", counts.full, self.counts.full),
            ("name_too_long", counts.too_long, self.counts.too_long),
        ] {
            for _ in before..now {
                self.meters.drop_one(reason);
            }
        }
        self.counts = counts;
    }

    fn hand(&self, work: Work) {
        // the writer outlives the driver
        drop(self.writer.send(work));
    }
}
