//! `switchboard import rooms|bookings FILE.csv [--dry-run]`: row by row what is wrong, and nothing half
//! imported.

use std::path::Path;

use super::super::{Refused, complain, runtime, say};
use crate::bookings::{import_bookings, text_of};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Stamp};
use crate::rooms::{Imported, import_rooms};

/// Which sheet.
#[derive(Clone, Copy)]
pub(in crate::cli) enum What {
    /// Rooms; known ones are changed.
    Rooms,
    /// Bookings.
    Bookings,
}

/// Imports one sheet, or only says what would happen.
pub(in crate::cli) fn run(
    config: &Config,
    what: What,
    file: &Path,
    dry_run: bool,
) -> Result<(), Refused> {
    let bytes = std::fs::read(file)
        .map_err(|error| Refused::Input(format!("{}: {error}", file.display())))?;
    let done = runtime()?.block_on(async {
        let db = Db::open(config.store_url.reveal(), Bus::new()).await?;
        let stamp = Stamp { now: Clock::house().now(), by: None };
        let done = match what {
            What::Rooms => import_rooms(&db, stamp, &text_of(&bytes), dry_run).await,
            What::Bookings => import_bookings(&db, stamp, config.site.day, &bytes, dry_run).await,
        };
        db.close().await;
        Ok::<_, Refused>(done?)
    })?;
    told(&done)
}

fn told(done: &Imported) -> Result<(), Refused> {
    for one in &done.problems {
        let column =
            if one.column.is_empty() { String::new() } else { format!(", {}", one.column) };
        complain(&format!("row {}{column}: {}", one.row, one.problem));
    }
    if !done.problems.is_empty() {
        let many = done.problems.len();
        return Err(Refused::Input(format!("{many} problems, nothing was imported")));
    }
    let (added, changed, same) = (done.added, done.changed, done.same);
    let how = if done.dry_run { "would be imported" } else { "imported" };
    say(&format!("{how}: {added} new, {changed} changed, {same} as they are"));
    Ok(())
}
