//! `switchboard import contacts FILE.csv [--dry-run]`: line by line what becomes of it, then all of
//! it or nothing. Works beside a running service, at once.

pub(super) mod calls;
pub(super) mod sheets;

use std::path::Path;

use super::{Refused, complain, runtime, say};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Config;
use crate::contacts::store::{imports, rules};
use crate::contacts::{Fate, ImportTally, Sheet, Verdict};
use crate::db::{Db, Stamp};

/// Whether anything is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// Only told.
    Dry,
    /// Told and written.
    Real,
}

pub(super) fn contacts(config: &Config, file: &Path, run: Run) -> Result<(), Refused> {
    let named = |why: String| Refused::Input(format!("{}: {why}", file.display()));
    let bytes = std::fs::read(file).map_err(|why| named(format!("cannot be read: {why}")))?;
    let sheet = Sheet::read(&bytes).map_err(|why| named(why.to_string()))?;
    runtime()?.block_on(async {
        let db = Db::open(config.store_url.reveal(), Bus::new()).await?;
        let done = told(&db, sheet, run).await;
        db.close().await;
        done
    })
}

async fn told(db: &Db, sheet: Sheet, run: Run) -> Result<(), Refused> {
    let (_, site) = rules::current(db).await?;
    let verdicts = imports::judge(db, &site, &sheet.lines).await?;
    for heading in &sheet.unknown {
        complain(&format!("the column \"{heading}\" is not used"));
    }
    for verdict in &verdicts {
        say(&line(verdict));
    }
    let ImportTally { added, completed, unchanged, wrong } = ImportTally::of(&verdicts);
    let count = format!("{added} new, {completed} completed, {unchanged} unchanged, {wrong} wrong");
    if wrong > 0 {
        return Err(Refused::Input(format!("{count}: nothing was imported")));
    }
    if run == Run::Dry {
        say(&format!("{count}: nothing was imported (dry run)"));
        return Ok(());
    }
    let stamp = Stamp { now: Clock::house().now(), by: None };
    let done = imports::import(db, stamp, site, sheet.lines).await;
    let done = done.map_err(|error| {
        if error.is_refusal(imports::WRONG) {
            Refused::Input("the cards changed meanwhile: nothing was imported".to_owned())
        } else {
            error.into()
        }
    })?;
    let ImportTally { added, completed, unchanged, .. } = done;
    say(&format!("{added} new, {completed} completed, {unchanged} unchanged: imported"));
    Ok(())
}

fn line(verdict: &Verdict) -> String {
    let said = match &verdict.fate {
        Fate::Add(_) => "new".to_owned(),
        Fate::Complete { id, .. } => format!("completes contacts/{id}"),
        Fate::Same(id) => format!("there already: contacts/{id}"),
        Fate::Repeat(line) => format!("repeats line {line}"),
        Fate::Wrong(wrong) => {
            let all: Vec<String> =
                wrong.iter().map(|one| format!("{}: {one}", one.field())).collect();
            format!("WRONG: {}", all.join("; "))
        }
    };
    format!("line {}: {} – {said}", verdict.line, verdict.name)
}
