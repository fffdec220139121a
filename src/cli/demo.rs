//! `switchboard demo`.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tokio_util::sync::CancellationToken;

use super::{Refused, runtime, say};
use crate::app::{self, Opening};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::{Config, SipListen, Transport};
use crate::db::{Db, Stamp};
use crate::demo::{self, Script, Stage};
use crate::kernel::{Moment, Roles, Secret};
use crate::reports;
use crate::sip::SocketProblem;
use crate::staff::{self, Newcomer};
use crate::web::fresh_secret;

#[derive(Args)]
pub(super) struct Arguments {
    /// Where the panel listens; 127.0.0.1:8080 or the next free port
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// One seed is one month of calls and one script
    #[arg(long, value_name = "N", default_value_t = 3)]
    seed: u64,
    /// Whether time runs by itself or only when told by POST /demo/clock
    #[arg(long, value_enum, default_value = "real")]
    clock: Time,
    /// When the manual clock begins, RFC 3339; today 17:00 site time
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Moment>,
    /// Where the site is kept; a temporary folder that goes with the demo
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Time {
    Real,
    Manual,
}

fn instant(text: &str) -> Result<Moment, String> {
    Moment::parse_rfc3339(text).ok_or_else(|| "an instant is 2026-11-23T17:00:00+08:00".to_owned())
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Refused> {
    if arguments.at.is_some() && arguments.clock == Time::Real {
        return Err(Refused::Input("--at goes with --clock manual".to_owned()));
    }
    // dropped, and with it the site, when the demo is over
    let throw_away = arguments.data.is_none().then(tempfile::tempdir).transpose()?;
    let folder = match (&arguments.data, &throw_away) {
        (Some(kept), _) => kept.as_path(),
        (None, Some(folder)) => folder.path(),
        (None, None) => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    runtime()?.block_on(play(arguments, folder))
}

async fn play(arguments: &Arguments, folder: &Path) -> Result<(), Refused> {
    // said before a month of calls is made up
    if let Some(addr) = arguments.listen
        && let Err(fault) = TcpListener::bind(addr)
    {
        let listen = SipListen { transport: Transport::Tcp, addr };
        let advice = SocketProblem::of(&fault).advice("--listen", listen);
        return Err(Refused::Other(anyhow::anyhow!("--listen: {addr} cannot be used: {advice}")));
    }
    let stop = CancellationToken::new();
    app::stop_on_signal(stop.clone())?;
    let stage = Stage::set().await?;
    let password = Secret::new(fresh_secret(&mut rand::rng()));
    let listen = arguments.listen.unwrap_or_else(free_address);
    let config = demo::configuration(folder, listen, stage.address(), password.clone());
    let started_at = Clock::house().now();
    let clock = match arguments.clock {
        Time::Real => Clock::house(),
        Time::Manual => {
            Clock::manual(arguments.at.unwrap_or_else(|| five_o_clock(&config, started_at)))
        }
    };
    let accounts = fill(&config, &clock, arguments.seed, folder).await?;
    let script = Script {
        username: demo::USERNAME.to_owned(),
        password,
        hotlines: demo::rings(&config),
        seed: arguments.seed,
        silent: clock.is_manual(),
    };
    let opening = Opening { config, clock: clock.clone(), stop };
    let house = app::open(opening).await?;
    house.beside("demo pbx", |last| stage.play(script, clock, last));
    say(&format!("url: {}", house.url()));
    for line in &accounts {
        say(line);
    }
    house.serve().await?;
    Ok(())
}

/// Puts people and a month of calls into an empty store; what lets people in is kept beside it, so
/// that a site in a folder of its own can be opened again.
async fn fill(
    config: &Config,
    clock: &Clock,
    seed: u64,
    folder: &Path,
) -> Result<Vec<String>, Refused> {
    let kept = folder.join("accounts.txt");
    if let Ok(lines) = std::fs::read_to_string(&kept) {
        return Ok(lines.lines().map(str::to_owned).collect());
    }
    let db = Db::open(config.store_url.reveal(), Bus::new()).await?;
    let stamp = Stamp { now: clock.now(), by: None };
    let mut lines = Vec::new();
    for person in &demo::PEOPLE {
        let (role, login) = (person.role.name(), person.role.name());
        let mut password = fresh_secret(&mut rand::rng());
        password.truncate(16);
        let newcomer = Newcomer {
            name: person.name.to_owned(),
            login: login.to_owned(),
            roles: std::iter::once(person.role).collect(),
            extension: person.extension.map(str::to_owned),
            password: password.clone(),
        };
        staff::add(&db, stamp, newcomer).await?;
        lines.push(format!("account: {role} {login} {password}"));
    }
    let (_, token) = staff::create_token(&db, stamp, "demo", Roles::all()).await?;
    lines.push(format!("token: {token}"));
    demo::acquaint(&db, clock.now(), seed).await?;
    let operator = staff::store::by_login(&db, "operator").await?.map(|person| person.id);
    demo::furnish(&db, config.site.day, clock.now(), operator).await?;
    demo::remember(&db, Arc::new(config.clone()), clock.now(), seed).await?;
    demo::report_faults(&db, config, clock.now()).await?;
    demo::settle(&db, config, clock.now()).await?;
    reports::sum_marked(&db, &config.site.day, clock.now()).await?;
    db.close().await;
    keep(&kept, &lines)?;
    Ok(lines)
}

/// Writes a file that only its owner may read.
fn keep(path: &Path, lines: &[String]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", lines.join("\n"))
}

/// 127.0.0.1:8080, or the next port that is free.
fn free_address() -> SocketAddr {
    let usual = SocketAddr::from(([127, 0, 0, 1], 8080));
    let ports = usual.port()..usual.port() + 100;
    let addresses = ports.map(|port| SocketAddr::new(usual.ip(), port));
    addresses.into_iter().find(|address| TcpListener::bind(address).is_ok()).unwrap_or(usual)
}

/// Today 17:00 site time.
fn five_o_clock(config: &Config, now: Moment) -> Moment {
    let zone = config.site.day.zone;
    let today = now.utc().with_timezone(&zone).date_naive();
    let local = today.and_hms_opt(17, 0, 0).and_then(|at| at.and_local_timezone(zone).earliest());
    local.map_or(now, |at| Moment::from(at.to_utc()))
}
