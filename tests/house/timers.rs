//! What falls due: in order over all rooms, each once, through failures and restarts.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use switchboard::clock::Clock;
use switchboard::db::{self, Change, Db, Stamp};
use switchboard::kernel::Moment;
use switchboard::timers::{FallsDue, Timers};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::kit;

/// What happened: the room, the moment it was due, the moment it came.
type Told = Arc<Mutex<Vec<(&'static str, i64, i64)>>>;

/// A room whose rows are in memory.
struct Kitchen {
    name: &'static str,
    open: Mutex<BTreeSet<i64>>,
    /// So many of its turns fail first; every second by a panic.
    failures: Mutex<u32>,
    told: Told,
    /// What a due moment of this room makes due in another, so many milliseconds after.
    orders: Option<(Arc<Self>, i64)>,
}

impl Kitchen {
    fn new(name: &'static str, open: &[i64], told: &Told) -> Self {
        let open = Mutex::new(open.iter().copied().collect());
        Self { name, open, failures: Mutex::new(0), told: Arc::clone(told), orders: None }
    }
}

impl FallsDue for Kitchen {
    fn name(&self) -> &'static str {
        self.name
    }

    fn next_due<'a>(&'a self, _: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        async { Ok(self.open.lock().await.first().map(|at| Moment::from_millis(*at))) }.boxed()
    }

    fn fall_due<'a>(
        &'a self,
        _: &'a Db,
        now: Moment,
        due: Moment,
    ) -> BoxFuture<'a, db::Result<()>> {
        async move {
            let mut failures = self.failures.lock().await;
            if *failures > 0 {
                *failures -= 1;
                assert!(failures.is_multiple_of(2), "as planned");
                return Err(db::Error::NotFound);
            }
            let mut open = self.open.lock().await;
            let rest = open.split_off(&(due.millis() + 1));
            for at in std::mem::replace(&mut *open, rest) {
                self.told.lock().await.push((self.name, at, now.millis()));
                if let Some((other, after)) = &self.orders {
                    other.open.lock().await.insert(at + after);
                }
            }
            Ok(())
        }
        .boxed()
    }
}

/// The timers of these rooms at work.
struct Work {
    timers: Timers,
    clock: Clock,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Work {
    fn begin(db: &Db, now: i64, rooms: Vec<Arc<dyn FallsDue>>) -> Self {
        let clock = Clock::manual(Moment::from_millis(now));
        let (timers, driver) = Timers::new(db.clone(), clock.clone(), rooms);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(driver.run(stop.clone()));
        Self { timers, clock, stop, tasks }
    }

    /// As the one who moves the clock does it.
    async fn pass(&self, target: i64) {
        let target = Moment::from_millis(target);
        while let Some(next) = self.timers.next_due().await.filter(|next| *next <= target) {
            self.clock.set(next.max(self.clock.now()));
            self.timers.settle(self.clock.now()).await;
        }
        self.clock.set(target);
        self.timers.settle(target).await;
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn store() -> kit::Fresh {
    kit::stores().await.remove(0)
}

#[tokio::test]
async fn what_follows_from_a_due_moment_comes_in_its_own_place() {
    let (fresh, told) = (store().await, Told::default());
    let grill = Arc::new(Kitchen::new("grill", &[], &told));
    let mut bar = Kitchen::new("bar", &[100, 200, 400], &told);
    bar.orders = Some((Arc::clone(&grill), 50));
    let work = Work::begin(&fresh.db, 0, vec![Arc::new(bar), grill]);
    work.pass(300).await;
    let expected = [("bar", 100, 100), ("grill", 150, 150), ("bar", 200, 200), ("grill", 250, 250)];
    assert_eq!(*told.lock().await, expected);
    work.end().await;
}

#[tokio::test]
async fn after_a_restart_what_is_overdue_comes_once_in_order_over_all_rooms() {
    let (fresh, told) = (store().await, Told::default());
    let bar: Vec<i64> = (0..5_000).map(|i| 10_000 + i * 2).collect();
    let grill: Vec<i64> = (0..5_000).map(|i| 10_001 + i * 2).collect();
    let (bar, grill) = (Kitchen::new("bar", &bar, &told), Kitchen::new("grill", &grill, &told));
    let work = Work::begin(&fresh.db, 15_000, vec![Arc::new(bar), Arc::new(grill)]);
    // only half of it is overdue
    work.timers.settle(Moment::from_millis(15_000)).await;
    let first = told.lock().await.clone();
    assert_eq!(first.len(), 5_001);
    assert!(first.iter().all(|(_, _, came)| *came == 15_000));
    work.pass(30_000).await;
    let dues: Vec<i64> = told.lock().await.iter().map(|(_, due, _)| *due).collect();
    assert_eq!(dues, (10_000..20_000).collect::<Vec<_>>());
    work.end().await;
}

#[tokio::test]
async fn a_room_that_fails_is_tried_again_and_holds_nobody_up() {
    let (fresh, told) = (store().await, Told::default());
    let bar = Kitchen::new("bar", &[1_000], &told);
    *bar.failures.lock().await = 3;
    let grill = Kitchen::new("grill", &[2_000, 9_000], &told);
    let work = Work::begin(&fresh.db, 0, vec![Arc::new(bar), Arc::new(grill)]);
    work.pass(60_000).await;
    // tried at 1, 2, 4 and 8 s
    let expected = [("grill", 2_000, 2_000), ("bar", 1_000, 8_000), ("grill", 9_000, 9_000)];
    assert_eq!(*told.lock().await, expected);
    work.end().await;
}

/// A room in which nothing is ever due; says its name whenever it is asked.
struct Ear {
    name: &'static str,
    follows_calls: bool,
    asked: mpsc::UnboundedSender<&'static str>,
}

impl FallsDue for Ear {
    fn name(&self) -> &'static str {
        self.name
    }

    fn next_due<'a>(&'a self, _: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        self.asked.send(self.name).unwrap();
        async { Ok(None) }.boxed()
    }

    fn follows_calls(&self) -> bool {
        self.follows_calls
    }

    fn fall_due<'a>(&'a self, _: &'a Db, _: Moment, _: Moment) -> BoxFuture<'a, db::Result<()>> {
        async { Ok(()) }.boxed()
    }
}

#[tokio::test]
async fn a_ringing_hotline_wakes_only_the_rooms_that_follow_calls() {
    let fresh = store().await;
    let (asked, mut heard) = mpsc::unbounded_channel();
    let ear = |name, follows_calls| Ear { name, follows_calls, asked: asked.clone() };
    let work = Work::begin(
        &fresh.db,
        0,
        vec![Arc::new(ear("missed calls", true)), Arc::new(ear("mails", false))],
    );
    let mut expect = async |names: &[&str]| {
        for name in names {
            assert_eq!(heard.recv().await.unwrap(), *name);
        }
    };
    expect(&["missed calls", "mails"]).await;
    let tell = async |kind: &'static str| {
        let stamp = Stamp { now: Moment::from_millis(0), by: None };
        let told = fresh.db.write(stamp, move |tx| {
            async move {
                tx.record(Change::new(kind, format!("{kind}/1"), "changed"));
                Ok(())
            }
            .boxed()
        });
        told.await.unwrap();
    };
    tell("call").await;
    expect(&["missed calls"]).await;
    tell("outgoing_call").await;
    expect(&["missed calls"]).await;
    tell("calendar").await;
    expect(&["missed calls", "mails"]).await;
    work.end().await;
}
