//! The one task that lets things fall due.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::rota::{Rota, Turn};
use super::{Command, FallsDue};
use crate::bus::News;
use crate::clock::Clock;
use crate::db::{self, Db};
use crate::kernel::Moment;

/// Commits that come close together are answered by one look; a new timer is at least this long.
const GATHER: Duration = Duration::from_millis(20);
/// What the news of a ringing telephone are called.
const OF_CALLS: &[&str] = &["call", "outgoing_call"];
/// Another program may write into the same store without telling: look at least so often.
const LONGEST: Duration = Duration::from_secs(10);

/// Which rooms are to be asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    /// Those that follow calls.
    Followers,
    All,
}

impl Asked {
    fn after(news: &[News]) -> Self {
        let of_calls = |one: &News| OF_CALLS.contains(&one.kind.as_str());
        if news.iter().all(of_calls) { Self::Followers } else { Self::All }
    }

    /// After everything that was told by now; lagging behind means only that there was much news.
    fn after_all(heard: &mut Receiver<Arc<[News]>>) -> Self {
        let mut whom = Self::Followers;
        loop {
            whom = whom.max(match heard.try_recv() {
                Ok(news) => Self::after(&news),
                Err(TryRecvError::Lagged(_)) => Self::All,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return whom,
            });
        }
    }
}

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
        let mut asked: Option<Asked> = None;
        let mut round = tokio::time::interval(LONGEST);
        round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (clock, next) = (self.clock.clone(), self.rota.next());
            let due = async {
                match next {
                    Some(at) if !stands => clock.sleep_until(at).await,
                    _ => std::future::pending().await,
                }
            };
            let whom = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(command) = self.commands.recv() => {
                    self.obey(command, &stop).await;
                    continue;
                }
                told = heard.recv(), if asked.is_none() => {
                    asked = Some(told.map_or(Asked::All, |news| Asked::after(&news)));
                    continue;
                }
                () = tokio::time::sleep(GATHER), if asked.is_some() => {
                    let first = asked.take().unwrap_or(Asked::All);
                    first.max(Asked::after_all(&mut heard))
                }
                () = due => Asked::All,
                _ = round.tick() => Asked::All,
            };
            self.serve(self.clock.now(), whom, &stop).await;
        }
    }

    async fn obey(&mut self, command: Command, stop: &CancellationToken) {
        let heard = match command {
            Command::Next(tell) => {
                self.ask(Asked::All, self.clock.now()).await;
                tell.send(self.rota.next()).is_ok()
            }
            Command::Settle(now, done) => {
                self.serve(now, Asked::All, stop).await;
                done.send(()).is_ok()
            }
        };
        if !heard {
            tracing::debug!("who asked the timers went away");
        }
    }

    /// Lets everything fall due that is due at `now`, in order over all rooms.
    async fn serve(&mut self, now: Moment, whom: Asked, stop: &CancellationToken) {
        self.ask(whom, now).await;
        while !stop.is_cancelled() {
            let Some(turn) = self.rota.turn(now) else { return };
            self.take(turn, now).await;
            self.ask(Asked::All, now).await;
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

    async fn ask(&mut self, whom: Asked, now: Moment) {
        for (index, room) in self.rooms.clone().into_iter().enumerate() {
            let concerned = whom == Asked::All || room.follows_calls();
            if !concerned || !self.rota.may_ask(index, now) {
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
