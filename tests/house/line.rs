//! A house on the line: a store, a clock that stands still, and a wire to speak into.

use std::sync::Arc;

use switchboard::calls::{self, Remembered, Room, Setup};
use switchboard::clock::Clock;
use switchboard::config::{Config, Transport};
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::{Moment, PbxId, StaffId};
use switchboard::meters::Meters;
use switchboard::sip::{
    Heard, LegKey, LineChange, LineState, Offer, PartyId, Sighting, Source, Way, What, Wire,
    Withdrawal,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Monday noon in Nanjing.
pub(crate) const NOON: &str = "2026-11-23T12:00:00+08:00";

/// The line everything in these stories is heard on.
pub(crate) const SOURCE: Source = Source::Member { pbx: PbxId(0), account: 0 };

/// So many milliseconds after noon.
pub(crate) fn at(millis: i64) -> Moment {
    Moment::parse_rfc3339(NOON).unwrap().plus_millis(millis)
}

/// A house that follows calls.
pub(crate) struct House {
    pub(crate) clock: Clock,
    pub(crate) meters: Meters,
    pub(crate) room: Room,
    wire: mpsc::Sender<Heard>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl House {
    /// Opens the house at noon.
    pub(crate) async fn open(db: &Db) -> Self {
        Self::open_at(db, at(0)).await
    }

    /// Opens the house, taking up what the store remembers.
    pub(crate) async fn open_at(db: &Db, now: Moment) -> Self {
        Self::open_as(db, config(), now).await
    }

    /// Opens the house with a configuration of its own.
    pub(crate) async fn open_as(db: &Db, config: Config, now: Moment) -> Self {
        let config = Arc::new(config);
        let remembered = calls::restore(db, &config).await.unwrap();
        Self::start(db, config, now, remembered).await
    }

    async fn start(db: &Db, config: Arc<Config>, now: Moment, remembered: Remembered) -> Self {
        let (wire, heard) = mpsc::channel(4096);
        let (clock, meters) = (Clock::manual(now), Meters::new());
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let setup = Setup {
            db: db.clone(),
            clock: clock.clone(),
            config,
            meters: meters.clone(),
            heard,
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        let room = calls::start(setup, remembered).await.unwrap();
        Self { clock, meters, room, wire, tasks, stop }
    }

    /// Says something on the wire.
    pub(crate) async fn hear(&self, heard: Heard) {
        self.wire.send(heard).await.unwrap();
    }

    /// One fact about one leg.
    pub(crate) async fn see(&self, leg: &str, millis: i64, what: What) {
        let sighting =
            Sighting { at: at(millis), heard_at: at(millis), source: SOURCE, leg: key(leg), what };
        self.hear(Heard::Sighting(sighting)).await;
    }

    /// A caller arrives and our telephone rings.
    pub(crate) async fn ring(&self, leg: &str, millis: i64, caller: &str) {
        self.ring_as(leg, millis, offer(caller, "王先生", "4008001234")).await;
    }

    /// A caller with a name, for a hotline of one's choice.
    pub(crate) async fn ring_as(&self, leg: &str, millis: i64, offer: Offer) {
        self.see(leg, millis, What::Offered(Box::new(offer))).await;
        self.see(leg, millis, What::Alerted).await;
    }

    /// Someone else answered.
    pub(crate) async fn answered(&self, leg: &str, millis: i64) {
        let elsewhere = Withdrawal { elsewhere: true, ..Withdrawal::default() };
        self.see(leg, millis, What::Withdrawn(elsewhere)).await;
    }

    /// The caller left.
    pub(crate) async fn left(&self, leg: &str, millis: i64) {
        let left = Withdrawal { q850: Some(16), ..Withdrawal::default() };
        self.see(leg, millis, What::Withdrawn(left)).await;
    }

    /// The line came up or went down.
    pub(crate) async fn line(&self, millis: i64, state: LineState) {
        let at = at(millis);
        self.hear(Heard::Line(LineChange { at, since: at, source: SOURCE, state })).await;
    }

    /// Lets time pass, and waits until what came of it is stored.
    pub(crate) async fn settle(&self, millis: i64) {
        assert!(self.clock.set(at(millis)));
        self.room.settle(at(millis)).await;
    }

    /// Another end of the wire, for a source that does not stop with the house.
    pub(crate) fn wire(&self) -> mpsc::Sender<Heard> {
        self.wire.clone()
    }

    /// The house stops as on SIGTERM.
    pub(crate) async fn stop(self) {
        drop(self.wire);
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// The leg of a short name.
pub(crate) fn key(leg: &str) -> LegKey {
    LegKey { call_id: format!("{leg}@pbx").into(), branch: format!("z9hG4bK-{leg}").into() }
}

/// What an INVITE says.
pub(crate) fn offer(caller: &str, display: &str, hotline: &str) -> Offer {
    let caller = PartyId {
        user: Some(caller.to_owned()),
        display: (!display.is_empty()).then(|| display.to_owned()),
        withheld: false,
    };
    Offer { caller, dialled: vec![hotline.to_owned()], ..Offer::default() }
}

/// A message on the wire.
pub(crate) fn wire(leg: &str, millis: i64, way: Way, text: &str) -> Wire {
    Wire {
        at: at(millis),
        leg: key(leg),
        way,
        transport: Transport::Udp,
        local: "127.0.0.1:5060".parse().unwrap(),
        peer: "127.0.0.1:5070".parse().unwrap(),
        text: text.into(),
    }
}

/// A person of the house.
pub(crate) async fn person(db: &Db, login: &'static str, name: &'static str) -> StaffId {
    const ADD: Sql = Sql::both(
        "INSERT INTO staff (name, login, roles, created_at) VALUES ($1, $2, 'operator', 0) RETURNING id",
    );
    db.write(Stamp { now: at(0), by: None }, move |tx| {
        Box::pin(async move { tx.keep(ADD).bind(name).bind(login).value().await })
    })
    .await
    .unwrap()
}

/// Two hotlines behind one PBX.
pub(crate) fn config() -> Config {
    const SITE: &str = r#"
        [site]
        name = "南京北斗星"

        [[pbx]]
        name = "main"
        address = "sip:127.0.0.1:5070;transport=udp"
        domain = "127.0.0.1"
        username = "listener"
        password = "ring ring"
        hotline = "4008001234"

        [[hotline]]
        name = "400 热线"
        number = "4008001234"

        [[hotline]]
        name = "报修"
        number = "4008005678"
    "#;
    config_of(SITE)
}

/// The configuration of a file.
pub(crate) fn config_of(text: &str) -> Config {
    switchboard::config::parse("switchboard.toml", text, &[]).unwrap()
}
