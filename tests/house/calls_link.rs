//! The link to a server is lost, and the server is not: it goes on with what was on its way. That is stored
//! once, and told.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use switchboard::bus::Bus;
use switchboard::calls::store;
use switchboard::db::Db;
use switchboard::kernel::CallId;
use tokio::io::copy_bidirectional;
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

/// A link to a server that can be cut on the house's side alone.
struct Link {
    url: String,
    cut: watch::Sender<()>,
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
        let mut road = JoinSet::new();
        road.spawn(async move {
            let mut links = JoinSet::new();
            loop {
                let (house, _) = entrance.accept().await.unwrap();
                let mut cuts = cuts.clone();
                cuts.mark_unchanged();
                let server = TcpStream::connect((host.as_str(), port)).await.unwrap();
                links.spawn(carry(house, server, cuts));
            }
        });
        Self { url, cut, _road: road }
    }

    /// Every connection there is now is lost for the house; the server hears nothing of it.
    fn cut(&self) {
        self.cut.send_replace(());
    }
}

async fn carry(mut house: TcpStream, mut server: TcpStream, mut cut: watch::Receiver<()>) {
    tokio::select! {
        _ = copy_bidirectional(&mut house, &mut server) => return,
        _ = cut.changed() => {}
    }
    drop(house);
    std::future::pending::<()>().await;
    drop(server);
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
