//! `switchboard import calls FILE [--hotline NUMBER] [--dry-run]`: what a file of the PBX tells of the
//! time nobody listened here. Works beside a running service, at once.

use std::path::Path;

use super::super::{Refused, complain, runtime, say};
use super::Run;
use crate::bus::Bus;
use crate::calls::import::{
    Fate, Imported, Sheet, Terms, Verdict, bring_in, read, too_many, try_out,
};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Stamp};
use crate::kernel::Phone;
use crate::words::Spelling;

pub(in crate::cli) fn calls(
    config: Config,
    file: &Path,
    hotline: Option<&str>,
    run: Run,
) -> Result<(), Refused> {
    let named = |why: String| Refused::Input(format!("{}: {why}", file.display()));
    let otherwise = hotline.map(|number| place_of(&config, number)).transpose()?;
    let bytes = std::fs::read(file).map_err(|why| named(format!("cannot be read: {why}")))?;
    let sheet = read(&bytes, config.site.day.zone).map_err(named)?;
    for one in &sheet.bad {
        complain(&format!("line {}: {}", one.line, one.why));
    }
    if !sheet.bad.is_empty() {
        let many = sheet.bad.len();
        return Err(Refused::Input(format!("{many} lines are wrong, nothing was imported")));
    }
    runtime()?.block_on(async {
        let db = Db::open(config.store_url.reveal(), Bus::new()).await?;
        let spelling =
            Spelling { language: crate::kernel::Language::En, zone: config.site.day.zone };
        let done = told(&db, Terms::new(config, otherwise), sheet, run, spelling).await;
        db.close().await;
        done
    })
}

fn place_of(config: &Config, number: &str) -> Result<usize, Refused> {
    let spelled = |text: &str| Phone::read(text).map_or(text.to_owned(), |phone| phone.to_string());
    let place = config.hotlines.iter().position(|line| spelled(&line.number) == spelled(number));
    place.ok_or_else(|| {
        let known: Vec<&str> = config.hotlines.iter().map(|line| line.number.as_str()).collect();
        Refused::Input(format!("{number} is no hotline; there are: {}", known.join(", ")))
    })
}

async fn told(
    db: &Db,
    terms: Terms,
    sheet: Sheet,
    run: Run,
    spelling: Spelling,
) -> Result<(), Refused> {
    let tried = try_out(db, &terms, &sheet.calls).await?;
    for verdict in &tried.verdicts {
        if let Some(said) = line(verdict, spelling) {
            say(&said);
        }
    }
    if tried.elsewhere > 0 {
        say(&format!(
            "{} calls are of no hotline; --hotline NUMBER counts them to one",
            tried.elsewhere
        ));
    }
    if run == Run::Dry {
        say(&format!("{}: nothing was imported (dry run)", tally(&tried)));
        return Ok(());
    }
    let stamp = Stamp { now: Clock::house().now(), by: None };
    let done = bring_in(db, stamp, terms, sheet.source, sheet.calls).await.map_err(|error| {
        if too_many(&error) {
            Refused::Input("more than 20000 new calls: split the file".to_owned())
        } else {
            error.into()
        }
    })?;
    say(&format!("{}: imported", tally(&done)));
    Ok(())
}

fn tally(done: &Imported) -> String {
    let Imported { added, missed, completed, there, outgoing, .. } = done;
    format!(
        "{added} new ({missed} missed), {completed} completed, {there} in the log already, {outgoing} to outside"
    )
}

/// A new call or one that is there; numbers as they stand in the file of whoever runs this.
fn line(verdict: &Verdict, spelling: Spelling) -> Option<String> {
    let call = &verdict.call;
    let how = if call.answered.is_some() { "answered" } else { "missed" };
    let said = match &verdict.fate {
        Fate::New(_) => format!("new, {how}"),
        Fate::Completes(id) => format!("{how}: completes calls/{id}"),
        Fate::There(id) => format!("in the log already: calls/{id}"),
        Fate::Outgoing(_) | Fate::Elsewhere => return None,
    };
    let who = if call.caller.is_empty() { "withheld" } else { &call.caller };
    Some(format!("line {}: {} {who} – {said}", call.line, spelling.moment(call.started)))
}
