//! A stage for the panel: the real rooms over HTTP with a clock that stands still, and a wire that
//! a browser's story can speak into. Only signing in is played.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::StreamExt as _;
use switchboard::calls;
use switchboard::config::Config;
use switchboard::db::{Db, Sql, Stamp};
use switchboard::directory;
use switchboard::kernel::{Closed, Language, PbxId, Role, Roles, StaffId};
use switchboard::messages;
use switchboard::reports;
use switchboard::scripts;
use switchboard::sip::{self, End, Heard, LineState, Offer, Sighting, Source, Way, What};
use switchboard::web::{
    self, Account, HeardBy, Kit, KitParts, LineView, Lost, MirrorView, OnDuty, SocketView, Sources,
    Theme, WatchView,
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::line::{self, House};

/// The stage; everything about who looks is in cookies.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) house: Arc<House>,
    db: Db,
    pub(crate) li: StaffId,
    pub(crate) chen: StaffId,
    cut: Arc<Notify>,
    away: Arc<AtomicBool>,
    sources: watch::Sender<Sources>,
    config: Arc<Config>,
}

/// What a story may ask of the stage.
#[derive(serde::Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
enum Act {
    /// A caller arrives and our telephone rings.
    Ring { leg: String, at: i64, caller: String, name: String, hotline: String },
    /// A caller arrives and nobody is rung yet.
    Offered { leg: String, at: i64, caller: String, name: String },
    /// Our telephone rings for one who arrived.
    Alerted { leg: String, at: i64 },
    /// Someone answered.
    Answered { leg: String, at: i64 },
    /// The caller left.
    Left { leg: String, at: i64 },
    /// What a mirror of the PBX shows of a caller at 801's telephone.
    Mirrored { leg: String, at: i64, shown: Shown },
    /// A message for the ladder.
    Wire { leg: String, at: i64, way: String, text: String },
    /// Our registration goes (false) or comes back (true).
    Line { at: i64, up: bool },
    /// Rows that no wire of this house makes yet.
    Rows { rows: Vec<String> },
    /// The PBX is watched and mirrored, with one trouble of each kind.
    Sources { at: i64 },
    /// Past days are summed.
    Sums,
    /// Time passes up to here.
    Settle { at: i64 },
    /// Every open stream is cut.
    Cut,
    /// `/live` answers 502 (true), or again (false).
    Away { away: bool },
    /// How many streams are open.
    Streams,
}

/// What a mirror of the PBX shows.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shown {
    /// A caller comes and the telephone rings.
    Rings { caller: String, name: String },
    /// It is lifted.
    Lifted,
    /// The caller is put on hold (true) or taken back (false).
    Held(bool),
    /// The caller hangs up.
    Left,
}

impl Stage {
    /// Sets the stage on a store, with two operators.
    pub(crate) async fn set(db: &Db) -> Self {
        Self::set_as(db, line::config()).await
    }

    /// The same with a configuration of its own.
    pub(crate) async fn set_as(db: &Db, config: Config) -> Self {
        let li = line::person(db, "li", "李红").await;
        let chen = line::person(db, "chen", "陈晨").await;
        let config = Arc::new(config);
        let house = House::open_as(db, Config::clone(&config), line::at(0)).await;
        let house = Arc::new(house);
        let (cut, away) = (Arc::default(), Arc::default());
        let sources = watch::Sender::default();
        Self { house, db: db.clone(), li, chen, cut, away, sources, config }
    }

    /// The panel as the app puts it together, without the staff room.
    pub(crate) fn router(&self) -> Router {
        let up = LineView {
            pbx: "main".into(),
            by: HeardBy::Member,
            account: "listener".into(),
            last_heard_at: None,
            up: true,
            since: Some(line::at(0)),
            reason: None,
            status: None,
        };
        let (config, house) = (&self.config, &self.house);
        let kit = Kit::new(KitParts {
            db: self.db.clone(),
            clock: house.clock.clone(),
            meters: house.meters.clone(),
            site_name: config.site.name.clone(),
            language: config.site.language,
            day: config.site.day,
            public_url: config.web.public_url.clone(),
            version: "0",
            lines: watch::Sender::new(vec![up]).subscribe(),
            sources: self.sources.subscribe(),
            store_ok: watch::Sender::new(true).subscribe(),
            stop: CancellationToken::new(),
        });
        let mut hotlines = config.hotlines.clone();
        for hotline in &mut hotlines {
            "您好，南京北斗星，请问有什么可以帮您？".clone_into(&mut hotline.greeting);
        }
        let panel =
            calls::Panel::new(house.room.desk().clone(), house.room.live().clone(), &hotlines)
                .leading(vec![Arc::new(messages::OnCallPage)]);
        let spoken: Vec<Arc<dyn web::live::Fragments>> = vec![
            panel.fragments(),
            reports::news(),
            switchboard::contacts::ContactNews::speaker(),
            Arc::new(scripts::ScriptNews),
            Arc::new(messages::MessageNews),
        ];
        let office = reports::Office::new(&hotlines, house.room.live().clone());
        let cards = switchboard::contacts::Panel::default()
            .knowing(vec![Arc::new(calls::PastCalls(house.room.live().clone()))])
            .holding(vec![Arc::new(calls::PastCalls(house.room.live().clone()))]);
        let rooms = calls::routes(panel)
            .merge(reports::routes(office.clone()))
            .merge(reports::open_routes(office))
            .merge(switchboard::contacts::routes(cards))
            .merge(scripts::routes(&hotlines))
            .merge(messages::routes())
            .merge(web::live::routes(spoken))
            .layer(from_fn_with_state(kit.clone(), web::once))
            .layer(from_fn_with_state(self.clone(), play_sign_in))
            .layer(from_fn_with_state(self.clone(), trouble));
        Router::new()
            .route("/stage", post(act))
            .with_state(self.clone())
            .fallback_service(web::house(&kit, rooms))
    }

    /// A mirror of the PBX shows what becomes of a caller at 801's telephone.
    pub(crate) async fn mirrored(&self, leg: &str, millis: i64, shown: Shown) {
        let see = async |side: &str, at: i64, what: What| {
            let (at, leg) = (line::at(at), line::key(&format!("{leg}-{side}")));
            let source = Source::Mirror { pbx: PbxId(0) };
            let sighting = Sighting { at, heard_at: at, source, leg, what };
            self.house.hear(Heard::Sighting(sighting)).await;
        };
        match shown {
            Shown::Rings { caller, name } => {
                let offer = line::offer(&caller, &name, "4008001234");
                let phone = sip::Role::Phone("801".parse().unwrap());
                for (side, role) in [("trunk", sip::Role::Trunk), ("phone", phone)] {
                    let offer = Offer { role, ..offer.clone() };
                    see(side, millis, What::Offered(Box::new(offer))).await;
                }
                see("phone", millis, What::Alerted).await;
            }
            Shown::Lifted => {
                see("phone", millis, What::Answered).await;
                see("trunk", millis, What::Answered).await;
            }
            Shown::Held(held) => see("phone", millis, What::Held(held)).await,
            Shown::Left => {
                see("trunk", millis, What::Ended(End::Caller)).await;
                see("phone", millis, What::Ended(End::Caller)).await;
            }
        }
    }

    /// Puts rows into the store.
    pub(crate) async fn plant(&self, rows: Vec<String>) {
        let rows: Vec<Sql> = rows.into_iter().map(|row| Sql::both(row.leak())).collect();
        let stamp = Stamp { now: line::at(0), by: None };
        let plant = self.db.write(stamp, move |tx| {
            let rows = rows.clone();
            Box::pin(async move {
                // whoever numbers lines of the journal takes their turn, as the house does
                tx.keep(Sql::both("UPDATE journal_head SET seq = seq")).run().await?;
                for row in rows {
                    tx.keep(row).run().await?;
                }
                Ok(())
            })
        });
        plant.await.unwrap();
    }

    /// The PBX is watched and mirrored: one extension has no hint, one clock is off, one sender is
    /// silent, one port is taken.
    pub(crate) fn watch(&self, at: i64) {
        let watch = |extension: &str, position: bool, up: bool| WatchView {
            pbx: "main".into(),
            extension: extension.into(),
            position,
            up,
            since: Some(line::at(0)),
            reason: (!up).then_some("no-hint"),
            status: (!up).then_some(404),
            rang_at: None,
            last_notify_at: up.then(|| line::at(at - 1_200)),
            notifies: if up { 148 } else { 0 },
        };
        let mirror = |peer: &str, offset_ms, off: bool, silent: bool| MirrorView {
            pbx: None,
            peer: peer.into(),
            capture_id: 2022,
            packets: 48_213,
            last_at: Some(line::at(at - 310)),
            clock_offset_ms: offset_ms,
            clock_corrected: off,
            clock_off: off,
            silent_since: silent.then(|| line::at(at - 95_000)),
        };
        let socket = |hears, listen: &str, problem: Option<&str>| SocketView {
            hears,
            listen: listen.into(),
            ok: problem.is_none(),
            reason: problem.map(|_| "port-taken"),
            problem: problem.map(str::to_owned),
        };
        self.sources.send_replace(Sources {
            telephones: [].into(),
            watches: vec![
                watch("700", false, true),
                watch("801", true, true),
                watch("802", true, true),
                watch("803", true, true),
                watch("804", false, false),
            ],
            mirrors: vec![
                mirror("192.0.2.5", 12, false, false),
                mirror("192.0.2.6", -4_210, true, false),
                mirror("192.0.2.7", 3, false, true),
            ],
            mirrored: vec![LineView {
                pbx: "main".into(),
                by: HeardBy::Mirror,
                account: "HEP".into(),
                up: true,
                since: Some(line::at(0)),
                reason: None,
                status: None,
                last_heard_at: Some(line::at(at - 310)),
            }],
            lost: vec![Lost { reason: "hep_kernel", count: 4_711 }],
            sockets: vec![
                socket("sip", "udp://192.0.2.10:5060", None),
                socket("hep", "udp://192.0.2.10:9060", Some("another program holds the port")),
            ],
        });
    }

    /// Nothing is watched, and the PBX's signalling is mirrored, or was until then.
    pub(crate) fn mirror(&self, at: i64, up: bool) {
        self.mirror_beside(at, up, &[]);
    }

    /// The same beside these watched telephones, of which something is told, or was until then.
    pub(crate) fn mirror_beside(&self, at: i64, up: bool, lamps: &[(&str, bool)]) {
        let since = |up: bool| Some(line::at(if up { 0 } else { at }));
        let watch = |&(extension, up): &(&str, bool)| WatchView {
            pbx: "main".into(),
            extension: extension.into(),
            position: true,
            up,
            since: since(up),
            reason: (!up).then_some("unreachable"),
            status: None,
            rang_at: None,
            last_notify_at: Some(line::at(at)),
            notifies: 2,
        };
        let mirrored = LineView {
            pbx: "main".into(),
            by: HeardBy::Mirror,
            account: "HEP".into(),
            up,
            since: since(up),
            reason: (!up).then_some("silent"),
            status: None,
            last_heard_at: Some(line::at(at)),
        };
        let (mirrored, watches) = (vec![mirrored], lamps.iter().map(watch).collect());
        self.sources.send_replace(Sources { mirrored, watches, ..Sources::default() });
    }

    /// Serves until the story ends.
    pub(crate) async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router = self.router();
        #[expect(clippy::disallowed_methods, reason = "the stage lives as long as its story")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        addr
    }
}

fn cookie(request: &Request, name: &str) -> Option<String> {
    let all = request.headers().get(header::COOKIE)?.to_str().ok()?;
    let mut pairs = all.split("; ").filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// `who=li` or `who=chen`; `roles`, `lang` and `theme` as the story likes.
async fn play_sign_in(State(stage): State<Stage>, mut request: Request, next: Next) -> Response {
    let who = cookie(&request, "who");
    let (id, name, extension) = match who.as_deref() {
        Some("chen") => (stage.chen, "陈晨", "802"),
        Some("li") => (stage.li, "李红", "801"),
        _ => return next.run(request).await,
    };
    let roles = cookie(&request, "roles").and_then(|roles| roles.parse::<Roles>().ok());
    let mut reader = OnDuty {
        account: Account::Staff {
            id,
            name: name.to_owned(),
            login: name.to_owned(),
            extension: extension.parse().ok(),
        },
        roles: roles.unwrap_or_else(|| [Role::Operator].into_iter().collect()),
        language: cookie(&request, "tongue").as_deref().and_then(Language::from_tag),
        theme: cookie(&request, "theme").as_deref().and_then(Theme::from_name),
        volume: 70,
        closed: Closed::default(),
        guarded: Closed::default(),
    };
    let now = stage.house.clock.now();
    let restricted =
        directory::store::restricted::restricted(&stage.db, now).await.unwrap_or_default();
    (reader.closed, reader.guarded) =
        (restricted.closed_to(&reader, now), restricted.closed_to_all());
    request.extensions_mut().insert(reader.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(reader);
    response
}

/// Cuts streams, and lets `/live` be away.
async fn trouble(State(stage): State<Stage>, request: Request, next: Next) -> Response {
    if request.uri().path() != "/live" {
        return next.run(request).await;
    }
    if stage.away.load(Ordering::Relaxed) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let cut = stage.cut.clone();
    next.run(request).await.map(|body| {
        let until = Box::pin(async move { cut.notified().await });
        Body::from_stream(body.into_data_stream().take_until(until))
    })
}

async fn act(State(stage): State<Stage>, Json(act): Json<Act>) -> String {
    let house = &stage.house;
    match act {
        Act::Ring { leg, at, caller, name, hotline } => {
            house.ring_as(&leg, at, line::offer(&caller, &name, &hotline)).await;
        }
        Act::Offered { leg, at, caller, name } => {
            let offer = line::offer(&caller, &name, "4008001234");
            house.see(&leg, at, What::Offered(Box::new(offer))).await;
        }
        Act::Alerted { leg, at } => house.see(&leg, at, What::Alerted).await,
        Act::Answered { leg, at } => house.answered(&leg, at).await,
        Act::Left { leg, at } => house.left(&leg, at).await,
        Act::Mirrored { leg, at, shown } => stage.mirrored(&leg, at, shown).await,
        Act::Wire { leg, at, way, text } => {
            let way = if way == "in" { Way::In } else { Way::Out };
            let wire = line::wire(&leg, at, way, &text);
            house.hear(Heard::Wire(wire)).await;
        }
        Act::Line { at, up } => {
            let turned = if up {
                LineState::Registered { until: line::at(at + 120_000) }
            } else {
                LineState::Down { reason: "unreachable", status: None }
            };
            house.line(at, turned).await;
        }
        Act::Rows { rows } => stage.plant(rows).await,
        Act::Sources { at } => stage.watch(at),
        Act::Sums => {
            let day = line::config().site.day;
            reports::sum_marked(&stage.db, &day, line::at(0)).await.unwrap();
        }
        Act::Settle { at } => house.settle(at).await,
        Act::Cut => stage.cut.notify_waiters(),
        Act::Away { away } => stage.away.store(away, Ordering::Relaxed),
        Act::Streams => return house.meters.live_streams.get().to_string(),
    }
    String::new()
}
