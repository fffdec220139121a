//! The link to a server is lost, and the server is not: it goes on with what was on its way. That is stored
//! once, and told; also where nobody says that the link is lost.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use switchboard::bus::Bus;
use switchboard::calls::store;
use switchboard::db::Db;
use switchboard::kernel::CallId;
use tokio::io::{copy, copy_bidirectional, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::kit::{self, Place};
use super::line::House;
use super::registrar::PATIENCE;

/// How many of the house's statements wait for somebody, and how many of these ask for the last batch.
const WAITING: &str = "SELECT count(*), count(*) FILTER (WHERE query LIKE 'SELECT value FROM site %')
                       FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
/// Ends what the house asked first.
const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'WITH e AS %'";
/// Takes the turn in the journal from everybody.
const TURN: &str = "SELECT seq FROM journal_head FOR UPDATE";
/// Takes the calls from everybody.
const CALLS: &str = "SELECT id FROM calls FOR UPDATE";
/// What a person does to a call.
const NOTED: &str = "WITH mine AS (UPDATE calls SET version = version + 1 WHERE id = 1 RETURNING id)
                     INSERT INTO call_events (call_id, seq, at, kind) SELECT id, 3, 0, 'noted' FROM mine";

/// The newest call, and how many there are.
const NEWEST: &str = "SELECT coalesce(max(id), 0), count(*) FROM calls";

/// What a link still carries. Nobody is told: it is not closed, and a connection that fell silent stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carries {
    /// Everything.
    All,
    /// What the house says, and no answer.
    Questions,
    Nothing,
}

/// A link to a server that can be cut on the house's side alone, or fall silent.
struct Link {
    url: String,
    cut: watch::Sender<()>,
    carries: watch::Sender<Carries>,
    _road: JoinSet<()>,
}

impl Link {
    async fn to(server: &str) -> Self {
        let options = PgConnectOptions::from_str(server).unwrap();
        let (host, port) = (options.get_host().to_owned(), options.get_port());
        let entrance = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = entrance.local_addr().unwrap();
        let url = options.host(&here.ip().to_string()).port(here.port()).to_url_lossy().into();
        let (cut, cuts) = watch::channel(());
        let (carries, told) = watch::channel(Carries::All);
        let mut road = JoinSet::new();
        road.spawn(async move {
            let mut links = JoinSet::new();
            loop {
                let (house, _) = entrance.accept().await.unwrap();
                let mut cuts = cuts.clone();
                cuts.mark_unchanged();
                let server = TcpStream::connect((host.as_str(), port)).await.unwrap();
                links.spawn(carry(house, server, cuts, told.clone()));
            }
        });
        Self { url, cut, carries, _road: road }
    }

    /// Every connection there is now is lost for the house; the server hears nothing of it.
    fn cut(&self) {
        self.cut.send_replace(());
    }

    /// From now on it carries this.
    fn carry(&self, what: Carries) {
        self.carries.send_replace(what);
    }
}

async fn carry(
    mut house: TcpStream,
    mut server: TcpStream,
    mut cut: watch::Receiver<()>,
    mut carries: watch::Receiver<Carries>,
) {
    let silent = async {
        let silent = carries.wait_for(|what| *what != Carries::All).await;
        silent.map_or(Carries::Nothing, |what| *what)
    };
    let what = tokio::select! {
        biased;
        what = silent => what,
        _ = cut.changed() => {
            drop(house);
            std::future::pending::<()>().await;
            drop(server);
            return;
        }
        _ = copy_bidirectional(&mut house, &mut server) => return,
    };
    let ((mut said, _to_house), (mut answers, mut to_server)) = (house.split(), server.split());
    let (mut nobody, mut nothing) = (sink(), sink());
    let there = async {
        match what {
            Carries::Questions => copy(&mut said, &mut to_server).await,
            Carries::All | Carries::Nothing => copy(&mut said, &mut nothing).await,
        }
    };
    // an answer that was on its way is lost
    let lost = async {
        drop(copy(&mut answers, &mut nobody).await);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = there => {}
        () = lost => {}
    }
    // the house hung up: the server hears of that once the link carries anything again
    drop(carries.wait_for(|what| *what == Carries::All).await);
}

/// A house behind such a link, and two who speak with its server beside it.
struct Scene {
    place: Place,
    link: Link,
    db: Db,
    house: House,
    /// Holds what the house needs.
    holder: PgConnection,
    /// Watches who waits.
    watcher: PgConnection,
}

impl Scene {
    async fn open() -> Self {
        let place = kit::postgres().await;
        let link = Link::to(&place.url).await;
        let db = Db::open(&link.url, Bus::new()).await.unwrap();
        let house = House::open(&db).await;
        let holder = PgConnection::connect(&place.url).await.unwrap();
        let watcher = PgConnection::connect(&place.url).await.unwrap();
        Self { place, link, db, house, holder, watcher }
    }

    async fn hold(&mut self, what: &'static str) {
        sqlx::query("BEGIN").execute(&mut self.holder).await.unwrap();
        sqlx::query(what).execute(&mut self.holder).await.unwrap();
    }

    async fn let_go(&mut self) {
        sqlx::query("COMMIT").execute(&mut self.holder).await.unwrap();
    }

    /// Until so many wait, so many of them to hear which batch was stored last.
    async fn wait_for(&mut self, waiting: (i64, i64)) {
        let come = async {
            while sqlx::query_as::<_, (i64, i64)>(WAITING)
                .fetch_one(&mut self.watcher)
                .await
                .unwrap()
                != waiting
            {}
        };
        tokio::time::timeout(PATIENCE, come).await.expect("they come to wait");
    }

    /// The link is lost while a statement waits, and the house asks whether it was done.
    async fn lose(&mut self) {
        self.wait_for((1, 0)).await;
        self.link.cut();
        self.wait_for((2, 1)).await;
    }

    /// What happened to a call, once each, and as it is shown.
    async fn is(&self, id: i64, story: &[&str]) {
        let told = store::story(&self.db, CallId(id)).await.unwrap();
        let kinds: Vec<_> = told.iter().map(|line| line.kind.as_str()).collect();
        assert_eq!(kinds, story);
        let shown = self.house.room.live().get(CallId(id)).expect("it is shown");
        assert_eq!(*shown, store::call(&self.db, CallId(id)).await.unwrap());
    }

    /// A call rings while nobody answers the house any more; it says so, and fails in time.
    async fn fall_silent(&mut self, carries: Carries, leg: &str, millis: i64) {
        let mut health = self.house.room.health();
        let (_, before) = self.newest().await;
        self.link.carry(carries);
        self.house.ring(leg, millis, &format!("139{millis:08}")).await;
        if carries == Carries::Questions {
            let done = async { while self.newest().await.1 == before {} };
            tokio::time::timeout(PATIENCE, done).await.expect("the server stores it");
        }
        self.db.out_of_time(true);
        let told = tokio::time::timeout(PATIENCE, health.wait_for(|health| !health.ok)).await;
        let reason = told.expect("it is told").unwrap().reason;
        assert_eq!(reason, Some("unreachable"));
        let asked = store::call(&self.db, CallId(1));
        assert_eq!(asked.await.unwrap_err().ailment(), "unreachable", "and no page waits for ever");
    }

    /// The link works again; what it was silent on does not.
    async fn be_heard(&mut self, millis: i64) {
        self.link.carry(Carries::All);
        self.db.out_of_time(false);
        let mut health = self.house.room.health();
        let well = tokio::time::timeout(PATIENCE, health.wait_for(|health| health.ok)).await;
        drop(well.expect("it is told").unwrap());
        self.house.settle(millis).await;
    }

    async fn newest(&mut self) -> (i64, i64) {
        sqlx::query_as(NEWEST).fetch_one(&mut self.watcher).await.unwrap()
    }

    async fn close(self) {
        self.house.stop().await;
        drop((self.place, self.link));
    }
}

#[tokio::test]
async fn what_a_server_still_does_though_the_link_was_lost_is_stored_once_and_told() {
    let mut scene = Scene::open().await;
    let health = scene.house.room.health();
    scene.hold(TURN).await;
    scene.house.ring("one", 1_000, "13800001234").await;
    scene.lose().await;
    scene.let_go().await;
    scene.house.settle(1_000).await;
    scene.is(1, &["offered", "ringing"]).await;

    // with the call in hand, and before
    scene.hold(TURN).await;
    scene.house.answered("one", 3_000).await;
    scene.lose().await;
    scene.let_go().await;
    scene.house.settle(3_000).await;
    scene.is(1, &["offered", "ringing", "answered"]).await;

    scene.house.ring("two", 4_000, "13800005678").await;
    scene.house.settle(4_000).await;
    scene.hold(CALLS).await;
    scene.house.left("two", 4_200).await;
    scene.lose().await;
    scene.let_go().await;
    scene.house.settle(4_200).await;
    scene.is(2, &["offered", "ringing", "ended"]).await;
    assert!(!health.has_changed().unwrap(), "nobody was alarmed");
    scene.close().await;
}

#[tokio::test]
async fn what_a_server_gave_up_is_stored_after_what_a_person_did_meanwhile() {
    let mut scene = Scene::open().await;
    scene.house.ring("one", 1_000, "13800001234").await;
    scene.house.settle(1_000).await;
    scene.hold(NOTED).await;
    scene.house.answered("one", 3_000).await;
    scene.lose().await;
    sqlx::query(KILL).fetch_all(&mut scene.watcher).await.unwrap();
    // the second try waits for the person
    scene.wait_for((1, 0)).await;
    scene.let_go().await;
    scene.house.settle(3_000).await;
    scene.is(1, &["offered", "ringing", "noted", "answered"]).await;
    scene.close().await;
}

#[tokio::test]
async fn a_link_that_dies_without_a_word_is_told_and_calls_are_stored_once_when_it_is_back() {
    let mut scene = Scene::open().await;
    // more often than there are connections for changes
    for n in 0..9_i64 {
        let begun = 1_000 + n * 10_000;
        let (heard, leg) = (format!("heard {n}"), format!("unheard {n}"));
        scene.house.ring(&heard, begun, &format!("138{begun:08}")).await;
        scene.house.left(&heard, begun + 500).await;
        scene.house.settle(begun + 500).await;
        let carries = if n % 2 == 0 { Carries::Nothing } else { Carries::Questions };
        scene.fall_silent(carries, &leg, begun + 1_000).await;
        scene.be_heard(begun + 2_000).await;
        let (id, calls) = scene.newest().await;
        assert_eq!(calls, 2 * (n + 1), "once each");
        scene.is(id, &["offered", "ringing"]).await;
        // the server lives: what came to it before and after is one call
        scene.house.left(&leg, begun + 3_000).await;
        scene.house.settle(begun + 3_000).await;
        scene.is(id, &["offered", "ringing", "ended"]).await;
    }
    scene.close().await;
}
