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

/// The crates below us speak only of trouble, and a statement is not read out because it took long:
/// the first opening of a store would put all its tables into the log.
const QUIET: &str = "sqlx=warn,sqlx::query=error,hyper=warn,rustls=warn,h2=warn";

fn filter(asked: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(format!("{QUIET},{asked}")).map_err(|why| {
        format!(
            "--log (SWITCHBOARD_LOG): {why}; right is info, debug, or switchboard::sip=debug,info"
        )
    })
}

/// Begins to write logs to standard error.
pub(super) fn begin(asked: &str, format: Format) -> Result<(), String> {
    let filter = filter(asked)?;
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

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Where log lines go to be read.
    struct Paper(Sender<Vec<u8>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_statement_that_took_long_is_read_out_only_to_whoever_asks() {
        let said = |asked: &str| {
            let (paper, lines) = channel();
            let logs = tracing_subscriber::fmt()
                .with_env_filter(filter(asked).unwrap())
                .with_writer(move || Paper(paper.clone()))
                .finish();
            tracing::subscriber::with_default(logs, || {
                tracing::warn!(target: "sqlx::query", "CREATE TABLE calls");
                tracing::warn!(target: "sqlx::pool", "the pool");
            });
            String::from_utf8(lines.try_iter().flatten().collect()).unwrap()
        };
        for usual in ["info", "debug", "warn"] {
            let log = said(usual);
            assert!(!log.contains("CREATE") && log.contains("the pool"), "{usual}: {log}");
        }
        assert!(said("info,sqlx::query=warn").contains("CREATE"));
    }
}
