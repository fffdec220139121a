//! `/healthz`, `/readyz`, `/metrics`: what machines ask before they trust us.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use tokio::sync::watch;
use utoipa::ToSchema;

use super::tasks::Tasks;
use crate::calls::StoreHealth;
use crate::db::Engine;
use crate::sip::SocketState;
use crate::web::{
    Kit, LineView, Lost, MirrorView, OnDuty, Problem, SocketView, Sources, WatchView,
};

/// What `/readyz` looks at.
#[derive(Clone)]
pub struct Watched {
    /// Store, lines, meters.
    pub kit: Kit,
    /// The SIP sockets.
    pub sockets: watch::Receiver<Vec<SocketState>>,
    /// The tasks of the house.
    pub tasks: Tasks,
}

/// Whether the house can do its work, part by part.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct Readiness {
    /// The store, the sockets, the registrations and the tasks are well.
    pub ready: bool,
    /// The version of the program.
    pub version: &'static str,
    /// The parts; only for loopback and for those who are signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parted>,
}

/// The parts of the house.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct Parted {
    /// Where everything is kept.
    pub store: StorePart,
    /// The SIP sockets, then those for mirrored signalling, in the order of the configuration.
    pub sockets: Vec<SocketPart>,
    /// The lines to the PBXes.
    pub lines: Vec<LineView>,
    /// The subscriptions to extensions.
    pub watches: Vec<WatchView>,
    /// The senders of mirrored signalling.
    pub mirrors: Vec<MirrorView>,
    /// What is mirrored of each PBX.
    pub mirrored: Vec<LineView>,
    /// Messages lost on the way in since the start.
    pub lost: Vec<Lost>,
    /// Calls that are not over.
    pub live_calls: i64,
    /// Tasks that died; the service must be started again.
    pub dead_tasks: Vec<&'static str>,
}

/// The store.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct StorePart {
    /// It takes what is written.
    pub ok: bool,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// Entries that wait for it.
    pub backlog: i64,
}

/// One socket for SIP or for mirrored SIP.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct SocketPart {
    /// `sip` or `hep`.
    pub hears: &'static str,
    /// As configured: `udp://127.0.0.1:5060`.
    pub listen: String,
    /// It is open.
    pub ok: bool,
    /// Why it is not.
    pub problem: Option<String>,
}

/// The addresses for machines.
pub(super) fn routes(watched: Watched) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(watched)
}

async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(
    State(watched): State<Watched>,
    Near(near): Near,
    reader: Option<Extension<OnDuty>>,
) -> Response {
    let mut readiness = watched.readiness();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    readiness.parts = readiness.parts.filter(|_| near);
    if let (Some(parts), Some(Extension(reader))) = (&mut readiness.parts, reader) {
        for watch in &mut parts.watches {
            watch.extension = reader.closed.number(std::mem::take(&mut watch.extension));
        }
    }
    (status, [(header::CACHE_CONTROL, "no-store")], Json(readiness)).into_response()
}

async fn metrics(State(watched): State<Watched>, Near(near): Near) -> Result<Response, Problem> {
    if !near {
        return Err(Problem::unauthorized());
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], watched.kit.meters.text()).into_response())
}

impl Watched {
    /// How the house is now.
    pub fn readiness(&self) -> Readiness {
        let engine = match self.kit.db.engine() {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        };
        let store = StorePart {
            ok: *self.kit.store_ok.borrow(),
            engine,
            backlog: self.kit.meters.store_backlog.get(),
        };
        let socket = |socket: &SocketState| SocketPart {
            hears: "sip",
            listen: format!("{}://{}", socket.listen.transport.name(), socket.listen.addr),
            ok: socket.bound.is_some(),
            problem: socket
                .problem
                .as_ref()
                .map(|problem| problem.advice("sip.listen", socket.listen)),
        };
        let mut sockets: Vec<SocketPart> = self.sockets.borrow().iter().map(socket).collect();
        let Sources { watches, mirrors, mirrored, lost, sockets: others, .. } =
            self.kit.sources.borrow().clone();
        let others = others.into_iter().filter(|socket| socket.hears != "sip");
        let other = |SocketView { hears, listen, ok, problem, .. }| SocketPart {
            hears,
            listen,
            ok,
            problem,
        };
        sockets.extend(others.map(other));
        let lines = self.kit.lines.borrow().clone();
        let dead_tasks = self.tasks.dead();
        let ready = store.ok
            && dead_tasks.is_empty()
            && sockets.iter().all(|socket| socket.ok)
            && lines.iter().all(|line| line.up);
        let live_calls = self.kit.meters.live_calls.get();
        let parts = Parted {
            store,
            sockets,
            lines,
            watches,
            mirrors,
            mirrored,
            lost,
            live_calls,
            dead_tasks,
        };
        Readiness { ready, version: self.kit.version, parts: Some(parts) }
    }
}

/// Whether the one who asks is on this machine or has an account here.
struct Near(bool);

impl<S: Send + Sync> FromRequestParts<S> for Near {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let local = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
        // behind a proxy on this machine everyone comes from loopback
        let passed_on = passed_on(&parts.headers);
        Ok(Self((local && !passed_on) || parts.extensions.get::<OnDuty>().is_some()))
    }
}

fn passed_on(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-real-ip"].iter().any(|name| headers.contains_key(*name))
}

/// Passes on whether the store takes what happens, from now on.
pub(super) async fn follow_store(
    mut health: watch::Receiver<StoreHealth>,
    told: watch::Sender<bool>,
) {
    loop {
        let ok = health.borrow_and_update().ok;
        told.send_if_modified(|was| std::mem::replace(was, ok) != ok);
        if health.changed().await.is_err() {
            return;
        }
    }
}
