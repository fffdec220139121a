//! `switchboard check`: is all well, part by part, what each PBX lets us hear of calls, and which of
//! its settings would give more.

mod ask;
mod evidence;
mod options;
mod state;
mod trial;

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Refused, runtime, say};
use crate::app;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::meters::Meters;
use crate::scripts;
use crate::sip::{self, Line, LineState, SocketState};
use evidence::{Gives, Member};
use trial::Gathered;

/// How long a PBX may take to answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long we listen for what comes by itself: the first NOTIFYs, mirrored packets.
const LISTEN: Duration = Duration::from_secs(3);

/// What may be asked for on the command line.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Waits for one call that you place now, and tells what each source saw of it
    #[arg(long)]
    test_call: bool,
    /// How long to wait for it, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "test_call")]
    wait: u64,
}

impl Arguments {
    fn patience(&self) -> Option<Duration> {
        self.test_call.then(|| Duration::from_secs(self.wait))
    }
}

/// What the check has to say: rows that are well or not, the table of evidence, the test call.
struct Told {
    rows: Vec<Row>,
    gives: Vec<Gives>,
    trial: Vec<String>,
}

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

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Refused> {
    let mut rows: Vec<Row> =
        config.warnings.iter().map(|warning| Row::new("config", "", true, warning)).collect();
    let (store, told) = runtime()?.block_on(async {
        let store = store(config).await;
        let mut told = match ask::running(config) {
            Some(state) => beside(config, &state, arguments.patience()).await,
            None => tried(config, arguments.patience()).await,
        };
        for (gives, pbx) in told.gives.iter_mut().zip(&config.pbx) {
            gives.options = options::ask(pbx).await;
        }
        (store, told)
    });
    rows.extend(store);
    rows.extend(told.rows);
    show(&rows);
    show_evidence(&told.gives);
    if arguments.test_call {
        say("");
        say("test call");
        for line in &told.trial {
            say(&format!("    {line}"));
        }
    }
    if rows.iter().all(|row| row.well) {
        Ok(())
    } else {
        Err(Refused::Other(anyhow::anyhow!("not all is well")))
    }
}

/// What each PBX gives and what comes of it; then what would give more.
fn show_evidence(gives: &[Gives]) {
    if gives.is_empty() {
        return;
    }
    say("");
    for line in evidence::table(gives) {
        say(&line);
    }
    let advice: Vec<String> = gives.iter().flat_map(Gives::advice).collect();
    if !advice.is_empty() {
        say("");
        for line in advice {
            say(&format!("more  {line}"));
        }
    }
}

/// What the person at the telephone is asked to do.
fn invite(patience: Duration) {
    let seconds = patience.as_secs();
    say(&format!(
        "call the hotline now, let somebody answer, and hang up; waiting up to {seconds} s"
    ));
}

fn show(rows: &[Row]) {
    let width = rows.iter().map(|row| row.which.chars().count()).max().unwrap_or_default();
    for Row { part, which, well, says } in rows {
        let mark = if *well { "ok" } else { "NO" };
        say(&format!("{mark}  {part:<8} {which:<width$}  {says}"));
    }
}

/// The store, and the greetings of the configuration against the list of words that is kept there.
async fn store(config: &Config) -> Vec<Row> {
    let db = match Db::open(config.store_url.reveal(), Bus::new()).await {
        Ok(db) => db,
        Err(why) => return vec![Row::new("store", "", false, why.to_string())],
    };
    let engine = format!("{:?}", db.engine()).to_lowercase();
    let mut rows = vec![Row::new("store", engine, true, "can be opened, its schema is up to date")];
    match scripts::unsaid(&db, &config.hotlines).await {
        Ok(all) => rows.extend(
            all.into_iter().map(|one| Row::new("greeting", &one.line, false, one.advice())),
        ),
        Err(why) => rows.push(Row::new("store", "", false, why.to_string())),
    }
    db.close().await;
    rows
}

/// Beside a running service: its own word, and nothing is registered over it.
async fn beside(config: &Config, state: &Value, patience: Option<Duration>) -> Told {
    let rows = told(config, state);
    let mut gives = state::gives(config, &state["parts"]);
    let mut trial = Vec::new();
    if let Some(patience) = patience {
        invite(patience);
        let begin = Clock::house().now();
        let seen = match Db::open(config.store_url.reveal(), Bus::new()).await {
            Ok(db) => {
                let seen = trial::logged(&db, begin, patience).await;
                db.close().await;
                seen.map_err(|why| why.to_string())
            }
            Err(why) => Err(why.to_string()),
        };
        match seen {
            Ok(Some(logged)) => trial = trial::read(&logged, &mut gives),
            Ok(None) => trial.push("no call was written down".to_owned()),
            Err(why) => trial.push(format!("the log cannot be read: {why}")),
        }
    }
    Told { rows, gives, trial }
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
    let list = |key: &str| state::list(parts, key);
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
        let part = if socket["hears"] == "hep" { "hep" } else { "sip" };
        rows.push(Row::new(part, text(&socket, "listen"), well, says));
    }
    for line in list("lines") {
        let which = format!("{} {}", text(&line, "pbx"), text(&line, "account"));
        let well = line["up"] == true;
        let why = text(&line, "reason").replace('-', " ");
        let says = match (well, why.is_empty()) {
            (true, _) => SEEN.to_owned(),
            (false, true) => "the PBX has not answered yet".to_owned(),
            (false, false) => why,
        };
        rows.push(Row::new("line", which, well, says));
    }
    for watch in list("watches").iter().filter(|watch| watch["up"] == false) {
        let which = format!("{} {}", text(watch, "pbx"), text(watch, "extension"));
        let why = text(watch, "reason").replace('-', " ");
        rows.push(Row::new("watch", which, false, why));
    }
    for mirror in list("mirrors").iter().filter(|mirror| mirror["silent_since"].is_string()) {
        let peer = text(mirror, "peer");
        // one host may mirror several PBXes
        let which = match mirror["capture_id"].as_u64() {
            None | Some(0) => peer,
            Some(capture) => format!("{peer} capture {capture}"),
        };
        let says = format!("silent since {}", text(mirror, "silent_since"));
        rows.push(Row::new("mirror", which, false, says));
    }
    if list("lines").is_empty() && list("watches").is_empty() && list("mirrors").is_empty() {
        let says = "no [[pbx]] is configured, so no call can be heard";
        rows.push(Row::new("line", "", false, says));
    }
    rows
}

/// Takes the sockets and registers for a moment, as the service would.
async fn tried(config: &Config, patience: Option<Duration>) -> Told {
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
        // what telephones write is not for a check
        pages: mpsc::channel(1).0,
        tasks: tasks.clone(),
        stop: stop.clone(),
        seed: rand::Rng::next_u64(&mut rand::rng()),
    };
    let mut wire = sip::start(setup).await;
    let mut gathered = Gathered::new(config);
    let settled = async {
        let trying = |line: &Line| matches!(line.state, LineState::Trying);
        drop(wire.lines.wait_for(|lines| !lines.iter().any(trying)).await);
    };
    tokio::select! {
        () = settled => {}
        () = gathered.listen(&mut heard, PATIENCE, false) => {}
    }
    let mut rows = vec![panel_row(config)];
    rows.extend(wire.sockets.borrow().iter().map(|socket| socket_row("sip", socket)));
    rows.extend(wire.hep_sockets.borrow().iter().map(|socket| socket_row("hep", socket)));
    rows.extend(wire.lines.borrow().iter().map(line_row));
    for (gives, place) in gathered.gives().iter_mut().zip(0_u16..) {
        let lines = wire.lines.borrow();
        let theirs = lines.iter().filter(|line| line.pbx.0 == place);
        gives.member = theirs
            .map(member)
            .max_by_key(|member| *member == Member::Registered)
            .unwrap_or_default();
    }
    let trial = if let Some(patience) = patience {
        invite(patience);
        gathered.listen(&mut heard, patience, true).await;
        gathered.report()
    } else {
        let comes_by_itself =
            config.hep.is_some() || config.pbx.iter().any(|pbx| !pbx.watch.is_empty());
        let wait = if comes_by_itself { LISTEN } else { Duration::ZERO };
        gathered.listen(&mut heard, wait, false).await;
        Vec::new()
    };
    for line in wire.watches.borrow().iter() {
        gathered.watched(line);
    }
    gathered.mirrored(&wire.mirrors.borrow());
    if config.pbx.is_empty() {
        let says =
            "no [[pbx]] is configured, so no call can be heard; write one into the configuration";
        rows.push(Row::new("line", "", false, says));
    }
    stop.cancel();
    tasks.close();
    drop(tokio::time::timeout(PATIENCE, tasks.wait()).await);
    Told { rows, gives: gathered.gives().to_vec(), trial }
}

/// Our extension at a PBX, as its line tells.
fn member(line: &Line) -> Member {
    match line.state {
        LineState::Registered { .. } | LineState::Hearing => Member::Registered,
        LineState::Off => Member::Off,
        LineState::Trying => Member::Down("no answer".to_owned()),
        LineState::Down { reason, .. } => Member::Down(reason.replace('-', " ")),
    }
}

/// What a line says that is well; what comes of it is in the table below.
const SEEN: &str = "registered; rings along";

fn socket_row(what: &'static str, socket: &SocketState) -> Row {
    let which = format!("{}://{}", socket.listen.transport.name(), socket.listen.addr);
    match &socket.problem {
        None => Row::new(what, which, true, "open"),
        Some(problem) => {
            let advice = problem.advice(&format!("{what}.listen"), socket.listen);
            Row::new(what, which, false, advice)
        }
    }
}

/// Whether the service could take the panel's address, which nobody of ours answers at.
fn panel_row(config: &Config) -> Row {
    let which = config.web.listen.to_string();
    match app::panel_trouble(&config.web) {
        None => Row::new("panel", which, true, "can be opened"),
        Some(trouble) => Row::new("panel", which, false, trouble.to_string()),
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
