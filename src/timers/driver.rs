//! The one task that lets things fall due.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::rota::{Rota, Turn};
use super::{Command, FallsDue};
use crate::clock::Clock;
use crate::db::{self, Db};
use crate::kernel::Moment;

/// Commits that come close together are answered by one look; a new timer is at least this long.
const GATHER: Duration = Duration::from_millis(20);
/// Another program may write into the same store without telling: look at least so often.
const LONGEST: Duration = Duration::from_secs(10);

/// Lets things fall due; see [`Driver::run`].
pub struct Driver {
    db: Db,
    clock: Clock,
    rooms: Vec<Arc<dyn FallsDue>>,
    rota: Rota,
    commands: mpsc::Receiver<Command>,
}

impl Driver {
    pub(super) fn new(
        db: Db,
        clock: Clock,
        rooms: Vec<Arc<dyn FallsDue>>,
        commands: mpsc::Receiver<Command>,
    ) -> Self {
        let rota = Rota::new(rooms.len());
        Self { db, clock, rooms, rota, commands }
    }

    /// Runs until told to stop. What is in hand is finished; the rest falls due after the next start.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut heard = self.db.bus().listen();
        let stands = self.clock.is_manual();
        let mut gathering = false;
        self.serve(self.clock.now(), &stop).await;
        loop {
            let (clock, next) = (self.clock.clone(), self.rota.next());
            let due = async {
                match next {
                    Some(at) if !stands => clock.sleep_until(at).await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(command) = self.commands.recv() => self.obey(command, &stop).await,
                // lagging behind means only that there was much news
                _ = heard.recv(), if !gathering => gathering = true,
                () = tokio::time::sleep(GATHER), if gathering => {
                    gathering = false;
                    heard = heard.resubscribe();
                    self.serve(self.clock.now(), &stop).await;
                }
                () = due => self.serve(self.clock.now(), &stop).await,
                () = tokio::time::sleep(LONGEST), if !gathering => {
                    self.serve(self.clock.now(), &stop).await;
                }
            }
        }
    }

    async fn obey(&mut self, command: Command, stop: &CancellationToken) {
        let heard = match command {
            Command::Next(tell) => {
                self.ask_all(self.clock.now()).await;
                tell.send(self.rota.next()).is_ok()
            }
            Command::Settle(now, done) => {
                self.serve(now, stop).await;
                done.send(()).is_ok()
            }
        };
        if !heard {
            tracing::debug!("who asked the timers went away");
        }
    }

    /// Lets everything fall due that is due at `now`, in order over all rooms.
    async fn serve(&mut self, now: Moment, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            self.ask_all(now).await;
            let Some(turn) = self.rota.turn(now) else { return };
            self.take(turn, now).await;
        }
    }

    async fn take(&mut self, turn: Turn, now: Moment) {
        let room = Arc::clone(&self.rooms[turn.room]);
        let done = caught(room.fall_due(&self.db, now, turn.until)).await;
        match done {
            Ok(()) => self.rota.done(turn),
            Err(why) => self.failed(turn.room, now, &why),
        }
    }

    async fn ask_all(&mut self, now: Moment) {
        for (index, room) in self.rooms.clone().into_iter().enumerate() {
            if !self.rota.may_ask(index, now) {
                continue;
            }
            match caught(room.next_due(&self.db)).await {
                Ok(due) => {
                    if !self.rota.tell(index, due, now) {
                        let name = room.name();
                        tracing::error!(room = name, "{name}: what is due stays due");
                    }
                }
                Err(why) => self.failed(index, now, &why),
            }
        }
    }

    fn failed(&mut self, room: usize, now: Moment, why: &str) {
        let pause_ms = self.rota.fail(room, now);
        let name = self.rooms[room].name();
        tracing::error!(room = name, reason = %why, pause_ms, "{name} could not do what is due");
    }
}

/// A room that panics fails like one whose store does.
async fn caught<T>(asked: impl Future<Output = db::Result<T>>) -> Result<T, String> {
    match AssertUnwindSafe(asked).catch_unwind().await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it panicked".to_owned()),
    }
}
