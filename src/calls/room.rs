//! The room set going: what is restored, started, shown and stopped.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use futures_util::FutureExt as _;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::book::Book;
use super::desk::Desk;
use super::driver::{Command, Driver};
use super::live::LiveCalls;
use super::pending::Known;
use super::record::{Record, Restored};
use super::rules::Rules;
use super::sources::SourceName;
use super::store::{self, Place};
use super::writer::{StoreHealth, Writer};
use crate::calendars;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Result, Stamp};
use crate::kernel::{Moment, PbxId};
use crate::meters::Meters;
use crate::sip::{Heard, LegKey};

/// Everything [`start`] needs.
pub struct Setup {
    /// Where calls are kept.
    pub db: Db,
    /// When it is.
    pub clock: Clock,
    /// The hotlines and PBXes.
    pub config: Arc<Config>,
    /// Counts calls, answers and queues.
    pub meters: Meters,
    /// What the SIP side hears. The room stops once this is closed, or a second after `stop`.
    pub heard: mpsc::Receiver<Heard>,
    /// Knows all tasks that are started.
    pub tasks: TaskTracker,
    /// Ends them: what was heard is stored first, within 3 s.
    pub stop: CancellationToken,
}

/// What the store knew of the living when the service came up; to be read before the SIP side
/// starts, which needs [`Remembered::live_legs`].
#[derive(Debug)]
pub struct Remembered(store::Kept);

impl Remembered {
    /// The legs that were ringing.
    pub fn live_legs(&self) -> Vec<(PbxId, LegKey)> {
        let records = self.0.records.iter().map(|(_, record)| record);
        let legs = records.flat_map(|record| record.legs.iter().map(|leg| (record.pbx, leg)));
        legs.filter(|(_, leg)| leg.end.is_none()).map(|(pbx, leg)| (pbx, leg.key.clone())).collect()
    }

    /// The last sign of life before; `None` on the very first start.
    pub fn alive_at(&self) -> Option<Moment> {
        self.0.alive_at
    }
}

/// Reads what was alive when the service stopped, by index alone: as fast with a million calls.
pub async fn restore(db: &Db, config: &Config) -> Result<Remembered> {
    Ok(Remembered(store::kept(db, config).await?))
}

/// The room at work. Cheap to clone.
#[derive(Clone)]
pub struct Room {
    live: LiveCalls,
    desk: Desk,
    health: watch::Receiver<StoreHealth>,
    died: watch::Receiver<Option<&'static str>>,
    commands: mpsc::Sender<Command>,
    left: Arc<AtomicUsize>,
}

impl Room {
    /// The committed picture of live calls.
    pub fn live(&self) -> &LiveCalls {
        &self.live
    }

    /// What people may do to calls.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Whether what happens can be stored.
    pub fn health(&self) -> watch::Receiver<StoreHealth> {
        self.health.clone()
    }

    /// How many happenings the store had not taken when the house stopped: they are lost. To be asked
    /// once the tasks have ended.
    pub fn left(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.left)
    }

    /// The name of a task of this room that panicked, once one did: calls are no longer followed
    /// then, or no longer stored.
    pub fn died(&self) -> watch::Receiver<Option<&'static str>> {
        self.died.clone()
    }

    /// When something falls due next in a call; `None` when nothing does, or the room has stopped.
    pub async fn next_alarm(&self) -> Option<Moment> {
        let (tell, told) = oneshot::channel();
        self.commands.send(Command::NextAlarm(tell)).await.ok()?;
        told.await.ok().flatten()
    }

    /// Lets time pass up to `now` for a manual clock: takes in everything heard so far, runs all
    /// that falls due in order, and returns once it is stored. At once when the room has stopped.
    pub async fn settle(&self, now: Moment) {
        let (done, stored) = oneshot::channel();
        if self.commands.send(Command::Settle(now, done)).await.is_ok() {
            // a room that stops meanwhile stores everything too
            drop(stored.await);
        }
    }
}

/// Starts following calls where they were left.
pub async fn start(setup: Setup, remembered: Remembered) -> Result<Room> {
    let Setup { db, clock, config, meters, heard, tasks, stop } = setup;
    let now = clock.now();
    let store::Kept { records, outgoing, orphans, over, alive_at } = remembered.0;
    come_back(&db, &config, now, alive_at, orphans).await?;
    let living: Vec<_> = store::live(&db).await?.into_iter().map(Arc::new).collect();
    let live = LiveCalls::new(&living);

    let mut rules = Rules::new(&config.hotlines, &config.pbx, config.site.day.zone);
    rules.observe(&calendars::store::house_days(&db).await?);
    let mut book = Book::new(rules, now);
    for (leg, ended_at) in &over {
        book.remember(leg, *ended_at);
    }
    let place = |(id, record): (_, Record)| {
        (Place { id, record: Arc::new(record.clone()) }, Restored { record })
    };
    let (places, calls): (Vec<_>, Vec<_>) = records.into_iter().map(place).unzip();
    let keys = book.restore(calls, alive_at.unwrap_or(now), now);
    book.restore_outgoing(outgoing, now);
    let mut known = Known::default();
    for (key, place) in keys.into_iter().zip(places) {
        known.learn(key, place, false);
    }

    meters.live_calls.set(i64::try_from(live.count()).unwrap_or(i64::MAX));

    let (health, healthy) = watch::channel(StoreHealth { ok: true, since: now, reason: None });
    let left = Arc::new(AtomicUsize::new(0));
    let (work, works) = mpsc::unbounded_channel();
    let (commands, asked) = mpsc::channel(16);
    live.driven_by(commands.clone());
    let desk = Desk::new(db.clone(), live.clone());
    tasks.spawn(follow_days(db.clone(), commands.clone(), stop.clone()));
    let writer = Writer {
        db,
        clock: clock.clone(),
        config,
        meters: meters.clone(),
        live: live.clone(),
        health,
        known,
        left: Arc::clone(&left),
    };
    let counts = book.counts();
    let driver = Driver { book, clock, meters, writer: work, waiting: VecDeque::new(), counts };
    let (grave, died) = watch::channel(None);
    tasks.spawn(vital("the writer of calls", grave.clone(), writer.run(works)));
    tasks.spawn(vital("the driver of calls", grave, driver.run(heard, asked, stop)));
    Ok(Room { live, desk, health: healthy, died, commands, left })
}

/// Tells the driver of holidays and extra working days whenever they were changed, for as long as
/// it drives.
async fn follow_days(db: Db, commands: mpsc::Sender<Command>, stop: CancellationToken) {
    let mut told = db.bus().listen();
    loop {
        let heard = tokio::select! {
            () = stop.cancelled() => return,
            () = commands.closed() => return,
            heard = told.recv() => heard,
        };
        let changed = match heard {
            Ok(news) => news.iter().any(|one| one.kind == "calendar"),
            Err(RecvError::Lagged(_)) => true,
            Err(RecvError::Closed) => return,
        };
        if !changed {
            continue;
        }
        match calendars::store::house_days(&db).await {
            Ok(days) => {
                if commands.send(Command::Observe(days)).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::warn!(reason = %error, "holidays could not be read"),
        }
    }
}

/// Runs a task the room cannot do without; a panic is told by name.
async fn vital(
    name: &'static str,
    grave: watch::Sender<Option<&'static str>>,
    task: impl Future<Output = ()> + Send,
) {
    if AssertUnwindSafe(task).catch_unwind().await.is_err() {
        tracing::error!(task = name, "{name} died; start the service again");
        grave.send_replace(Some(name));
    }
}

/// Writes down how long the service was away, and closes what nobody can follow any more.
async fn come_back(
    db: &Db,
    config: &Config,
    now: Moment,
    alive_at: Option<Moment>,
    orphans: Vec<crate::kernel::CallId>,
) -> Result<()> {
    let sources = SourceName::all(config);
    db.write(Stamp { now, by: None }, move |tx| {
        let (sources, orphans) = (sources.clone(), orphans.clone());
        Box::pin(async move {
            store::back(tx, &sources, alive_at).await?;
            store::close_orphans(tx, &orphans).await?;
            // less than what is stored from now on, more than what an earlier run may have on its way
            store::alive(tx, &now.millis().to_string()).await
        })
    })
    .await
}
