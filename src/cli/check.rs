//! `switchboard check`: is all well, part by part, and what can be seen of calls.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Refused, runtime, say};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::meters::Meters;
use crate::sip::{self, Line, LineState, SocketState};

/// How long a PBX may take to answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a running service may take to tell its state.
const SOON: Duration = Duration::from_secs(2);

/// One row of the table.
struct Row {
    part: &'static str,
    which: String,
    well: bool,
    says: String,
}

impl Row {
    fn new(
        part: &'static str,
        which: impl Into<String>,
        well: bool,
        says: impl Into<String>,
    ) -> Self {
        Self { part, which: which.into(), well, says: says.into() }
    }
}

pub(super) fn run(config: &Config) -> Result<(), Refused> {
    let mut rows: Vec<Row> =
        config.warnings.iter().map(|warning| Row::new("config", "", true, warning)).collect();
    rows.extend(runtime()?.block_on(async {
        let mut rows = vec![store(config).await];
        match running(config) {
            Some(state) => rows.extend(told(config, &state)),
            None => rows.extend(tried(config).await),
        }
        rows
    }));
    show(&rows);
    if rows.iter().all(|row| row.well) {
        Ok(())
    } else {
        Err(Refused::Other(anyhow::anyhow!("not all is well")))
    }
}

fn show(rows: &[Row]) {
    let width = rows.iter().map(|row| row.which.chars().count()).max().unwrap_or_default();
    for Row { part, which, well, says } in rows {
        let mark = if *well { "ok" } else { "NO" };
        say(&format!("{mark}  {part:<8} {which:<width$}  {says}"));
    }
}

async fn store(config: &Config) -> Row {
    match Db::open(config.store_url.reveal(), Bus::new()).await {
        Ok(db) => {
            let engine = format!("{:?}", db.engine()).to_lowercase();
            db.close().await;
            Row::new("store", engine, true, "can be opened, its schema is up to date")
        }
        Err(why) => Row::new("store", "", false, why.to_string()),
    }
}

/// The state of the service that runs with this configuration, if one does.
fn running(config: &Config) -> Option<Value> {
    let mut address = config.web.listen;
    if address.ip().is_unspecified() {
        address.set_ip([127, 0, 0, 1].into());
    }
    if config.web.tls.is_some() {
        // whoever holds the port is asked nothing: its certificate names another host than this
        return TcpStream::connect_timeout(&address, SOON).ok().map(|_| Value::Null);
    }
    asked(address).ok().flatten()
}

fn asked(address: SocketAddr) -> std::io::Result<Option<Value>> {
    let mut stream = TcpStream::connect_timeout(&address, SOON)?;
    stream.set_read_timeout(Some(SOON))?;
    let request = "GET /readyz HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n";
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let state: Option<Value> = serde_json::from_str(body).ok();
    Ok(state.filter(|state| state.get("ready").is_some()))
}

/// What the running service says of itself.
fn told(config: &Config, state: &Value) -> Vec<Row> {
    let url = &config.web.public_url;
    let mut rows = vec![Row::new("service", url, true, "runs; this is its own state")];
    let Some(parts) = state.get("parts") else {
        rows.push(Row::new("service", url, false, "its state can only be read at /readyz"));
        return rows;
    };
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let list = |key: &str| parts[key].as_array().cloned().unwrap_or_default();
    let stored = parts["store"]["ok"] == true;
    let says = if stored { "takes what happens" } else { "takes nothing at present" };
    rows.push(Row::new("store", text(&parts["store"], "engine"), stored, says));
    for dead in list("dead_tasks") {
        let which = dead.as_str().unwrap_or_default().to_owned();
        rows.push(Row::new("task", which, false, "died; start the service again"));
    }
    for socket in list("sockets") {
        let well = socket["ok"] == true;
        let says = if well { "open".to_owned() } else { text(&socket, "problem") };
        rows.push(Row::new("sip", text(&socket, "listen"), well, says));
    }
    for line in list("lines") {
        let which = format!("{} {}", text(&line, "pbx"), text(&line, "account"));
        let well = line["up"] == true;
        let says = if well { SEEN.to_owned() } else { text(&line, "reason").replace('-', " ") };
        rows.push(Row::new("line", which, well, says));
    }
    if list("lines").is_empty() {
        let says = "no [[pbx]] is configured, so no call can be heard";
        rows.push(Row::new("line", "", false, says));
    }
    rows
}

/// Takes the sockets and registers for a moment, as the service would.
async fn tried(config: &Config) -> Vec<Row> {
    let (out, mut heard) = mpsc::channel(64);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let setup = sip::Setup {
        sip: config.sip.clone(),
        hep: config.hep.clone(),
        pbx: config.pbx.clone(),
        clock: Clock::house(),
        meters: Meters::new(),
        site_secret: [0; 32],
        live_legs: Vec::new(),
        out,
        tasks: tasks.clone(),
        stop: stop.clone(),
        seed: rand::Rng::next_u64(&mut rand::rng()),
    };
    let mut wire = sip::start(setup).await;
    let settled = async {
        let trying = |line: &Line| matches!(line.state, LineState::Trying);
        drop(wire.lines.wait_for(|lines| !lines.iter().any(trying)).await);
    };
    tokio::select! {
        () = settled => {}
        () = tokio::time::sleep(PATIENCE) => {}
        // calls that ring meanwhile are the service's, not ours
        () = async { while heard.recv().await.is_some() {} } => {}
    }
    let mut rows: Vec<Row> =
        wire.sockets.borrow().iter().map(|socket| socket_row("sip", socket)).collect();
    rows.extend(wire.hep_sockets.borrow().iter().map(|socket| socket_row("hep", socket)));
    rows.extend(wire.lines.borrow().iter().map(line_row));
    if config.pbx.is_empty() {
        let says =
            "no [[pbx]] is configured, so no call can be heard; write one into the configuration";
        rows.push(Row::new("line", "", false, says));
    }
    stop.cancel();
    tasks.close();
    drop(tokio::time::timeout(PATIENCE, tasks.wait()).await);
    rows
}

/// What a member of the ring group sees of calls, and what not.
const SEEN: &str =
    "registered; seen: ringing, answered, given up; not seen: who answered, the end of the talk";

fn socket_row(what: &'static str, socket: &SocketState) -> Row {
    let which = format!("{}://{}", socket.listen.transport.name(), socket.listen.addr);
    match &socket.problem {
        None => Row::new(what, which, true, "open"),
        Some(problem) => Row::new(what, which, false, problem.to_string()),
    }
}

fn line_row(line: &Line) -> Row {
    let which = format!("{} {}", line.pbx_name, line.username);
    match &line.state {
        LineState::Registered { .. } | LineState::Hearing => Row::new("line", which, true, SEEN),
        LineState::Off => Row::new("line", which, true, "off: member = false"),
        LineState::Trying => Row::new("line", which, false, "the PBX does not answer"),
        LineState::Down { reason, status } => {
            let status = status.map_or_else(String::new, |status| format!(" ({status})"));
            Row::new("line", which, false, format!("{}{status}", reason.replace('-', " ")))
        }
    }
}
