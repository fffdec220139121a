//! `switchboard demo`.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveTime;
use clap::{Args, ValueEnum};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio_util::sync::CancellationToken;

use super::{Refused, runtime, say};
use crate::app::{self, Opening};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::demo::{self, Script, Stage};
use crate::kernel::{Moment, Roles, Secret};
use crate::staff;

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

