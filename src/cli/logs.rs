//! Where log lines go and how they look.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Begins to write logs to standard error. The crates below us speak only of trouble.
pub(super) fn begin(filter: &str, format: Format) -> Result<(), String> {
    let quiet = ["sqlx=warn", "hyper=warn", "rustls=warn", "h2=warn"].join(",");
    let whole = format!("{quiet},{filter}");
    let filter = EnvFilter::try_new(whole).map_err(|why| {
        format!(
            "--log (SWITCHBOARD_LOG): {why}; right is info, debug, or switchboard::sip=debug,info"
        )
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let begun = match format {
        Format::Text => logs.with_target(false).try_init(),
        Format::Json => logs.json().flatten_event(true).try_init(),
    };
    begun.map_err(|why| format!("logs cannot be written: {why}"))
}
