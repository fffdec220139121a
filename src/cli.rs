//! The commands: what is typed, what is printed, and with which code we leave.

mod account;
mod check;
mod demo;
mod import;
mod logs;
mod rebuild;
mod replay;
mod serve;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{self, Config, Problems};
use crate::kernel::{Extension, Roles};
use crate::staff::Newcomer;

/// 三响 Switchboard: follows every call on the hotline, counts its rings, shows them live.
#[derive(Parser)]
#[command(name = "switchboard", version, about, disable_help_subcommand = true)]
struct Cli {
    /// The configuration; config/switchboard.toml if it is there, else built-in defaults
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What is logged on standard error: error, warn, info, debug, or per module
    #[arg(
        long,
        global = true,
        value_name = "FILTER",
        env = "SWITCHBOARD_LOG",
        default_value = "info"
    )]
    log: String,
    /// How log lines look
    #[arg(long, global = true, value_enum, default_value = "text")]
    log_format: logs::Format,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the service (what happens without a command, too)
    Serve,
    /// A throw-away site with invented people and a scripted PBX that rings it
    Demo(demo::Arguments),
    /// Reads the configuration, opens the store, asks every PBX, and tells what is well and what
    /// each PBX lets us hear of calls
    Check(check::Arguments),
    /// Reads a capture (pcap, pcapng) and tells which calls are in it, without a store
    Replay(replay::Arguments),
    /// The people of the house
    Staff {
        #[command(subcommand)]
        act: Staff,
    },
    /// Bearer tokens for programs
    Token {
        #[command(subcommand)]
        act: Token,
    },
    /// Takes a spreadsheet over: line by line what becomes of it, then all of it or nothing
    Import {
        #[command(subcommand)]
        what: Import,
    },
    /// Derives all sums of the reports anew, from the calls
    Rebuild,
    /// Prints the OpenAPI document
    Openapi,
}

#[derive(Subcommand)]
enum Staff {
    /// Creates an account; asks for the password unless a file gives it
    Add {
        /// The name on the screens
        name: String,
        /// The name to sign in with
        #[arg(long)]
        login: String,
        /// One or more roles, separated by commas
        #[arg(long = "role", value_name = "R[,R]", required = true)]
        roles: Roles,
        /// The person's telephone
        #[arg(long)]
        extension: Option<Extension>,
        /// A file with the password; - is standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Import {
    /// The people and companies that call: 姓名, 手机, 公司, … or name, mobile, company, …
    Contacts {
        /// CSV in UTF-8 or GB18030; the first line holds the headings
        file: PathBuf,
        /// Says what would be done and does nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Rooms: name, area, class, `cap_max` and more; known ones are changed
    Rooms {
        /// CSV in UTF-8 or GB18030; the first line holds the headings
        file: PathBuf,
        /// Says what would be done and does nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Calls that the PBX wrote down: Asterisk's Master.csv or `queue_log`, `FreeSWITCH`'s cdr csv, or a
    /// sheet with start and caller; only those the log does not have
    Calls {
        /// The file as the PBX wrote it, or CSV in UTF-8 or GB18030 with headings
        file: PathBuf,
        /// The hotline of calls whose line names none
        #[arg(long, value_name = "NUMBER")]
        hotline: Option<String>,
        /// Says what would be done and does nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Bookings: name, party, phone, when and more
    Bookings {
        /// CSV in UTF-8 or GB18030; the first line holds the headings
        file: PathBuf,
        /// Says what would be done and does nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand)]
enum Token {
    /// Prints a new token, once, alone on the last line
    Create {
        /// What the token is for
        #[arg(long)]
        name: String,
        /// One or more roles, separated by commas
        #[arg(long = "role", value_name = "R[,R]", required = true)]
        roles: Roles,
    },
}

/// Why a command could not be done.
enum Refused {
    /// The configuration: one line per problem, exit code 2.
    Configuration(Problems),
    /// What was typed: exit code 2.
    Input(String),
    /// Anything else: exit code 1.
    Other(anyhow::Error),
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// Runs the command that was typed and says with which code to leave.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Refused::Configuration(problems)) => {
            complain(&problems.to_string());
            ExitCode::from(2)
        }
        Err(Refused::Input(why)) => {
            complain(&why);
            ExitCode::from(2)
        }
        Err(Refused::Other(why)) => {
            // each error says its cause in its own sentence
            complain(&format!("switchboard: {why}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Refused> {
    logs::begin(&cli.log, cli.log_format).map_err(Refused::Input)?;
    let configured = || load(cli.config.as_deref());
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(configured()?),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Check(arguments) => check::run(&configured()?, &arguments),
        Command::Replay(arguments) => replay::run(configured()?, &arguments),
        Command::Staff { act: Staff::Add { name, login, roles, extension, password_file } } => {
            let extension = extension.map(|extension| extension.to_string());
            let newcomer = Newcomer { name, login, roles, extension, password: String::new() };
            account::add(&configured()?, newcomer, password_file.as_deref())
        }
        Command::Token { act: Token::Create { name, roles } } => {
            account::create_token(&configured()?, &name, roles)
        }
        Command::Import { what: Import::Rooms { file, dry_run } } => {
            import::sheets::run(&configured()?, import::sheets::What::Rooms, &file, dry_run)
        }
        Command::Import { what: Import::Bookings { file, dry_run } } => {
            import::sheets::run(&configured()?, import::sheets::What::Bookings, &file, dry_run)
        }
        Command::Import { what: Import::Calls { file, hotline, dry_run } } => {
            let run = if dry_run { import::Run::Dry } else { import::Run::Real };
            import::calls::calls(configured()?, &file, hotline.as_deref(), run)
        }
        Command::Import { what: Import::Contacts { file, dry_run } } => {
            let run = if dry_run { import::Run::Dry } else { import::Run::Real };
            import::contacts(&configured()?, &file, run)
        }
        Command::Rebuild => rebuild::run(&configured()?),
        Command::Openapi => {
            say(&crate::app::openapi_document());
            Ok(())
        }
    }
}

fn load(file: Option<&Path>) -> Result<Config, Refused> {
    let config = config::load(file, &config::environment()).map_err(Refused::Configuration)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    Ok(config)
}

/// One line on standard output. A reader who went away is no trouble of ours.
fn say(line: &str) {
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}

/// One line or more on standard error.
fn complain(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// A runtime with every core, for the one command that this process runs.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("switchboard").build()
}
