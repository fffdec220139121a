//! Brings in what a file tells and the log does not have: all of it in one change, or nothing.

use std::sync::Arc;

use futures_util::FutureExt as _;

use super::super::call::Promise;
use super::super::missed::Ledger;
use super::super::rules::Rules;
use super::super::store::imported as store;
use super::judged::{Fate, Lines, Verdict, judge};
use super::sheet::{Heard, Source};
use crate::config::Config;
use crate::db::{Change, Db, Error, Result, Stamp, Tx};
use crate::kernel::{BusinessDay, CallId, Moment};

/// More new calls than this are no gap but a history: the file is split.
pub const MOST: usize = 20_000;
/// The refusal of that.
const TOO_MANY: &str = "calls_import_too_many";
/// So long before and after the file's own calls the log is looked at, in milliseconds.
const AROUND_MS: i64 = 3_600_000;
/// So long a call may have lasted that began before the file does, in milliseconds.
const LONG_MS: i64 = 6 * 3_600_000;

/// Whether a file was refused because it tells of more than [`MOST`] new calls.
pub fn too_many(error: &Error) -> bool {
    error.is_refusal(TOO_MANY)
}

/// What the configuration says of the calls that are brought in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Terms {
    config: Arc<Config>,
    promises: Arc<[Promise]>,
    otherwise: Option<usize>,
    ledger: Ledger,
}

impl Terms {
    /// By the configuration; `otherwise` is the place of the hotline of calls whose file names none.
    pub fn new(config: Config, otherwise: Option<usize>) -> Self {
        let zone = config.site.day.zone;
        let rules = Rules::new(&config.hotlines, &config.pbx, zone);
        let promises = (0..config.hotlines.len()).map(|at| rules.terms(Some(at)).promise).collect();
        let ledger = Ledger::new(&config.hotlines, zone);
        Self { config: Arc::new(config), promises, otherwise, ledger }
    }

    fn lines(&self) -> Lines<'_> {
        Lines { hotlines: &self.config.hotlines, otherwise: self.otherwise }
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Call by call.
    pub verdicts: Vec<Verdict>,
    /// How many were brought in, or would be.
    pub added: usize,
    /// How many of them nobody answered.
    pub missed: usize,
    /// How many the log has without what became of them, which the file says.
    pub completed: usize,
    /// How many the log has already.
    pub there: usize,
    /// How many are calls to outside.
    pub outgoing: usize,
    /// How many are of no hotline.
    pub elsewhere: usize,
}

impl Imported {
    fn of(verdicts: Vec<Verdict>) -> Self {
        let mut tally = Self::default();
        for verdict in &verdicts {
            match verdict.fate {
                Fate::New(_) => {
                    tally.added += 1;
                    tally.missed += usize::from(verdict.call.answered.is_none());
                }
                Fate::Completes(_) => tally.completed += 1,
                Fate::There(_) => tally.there += 1,
                Fate::Outgoing(_) => tally.outgoing += 1,
                Fate::Elsewhere => tally.elsewhere += 1,
            }
        }
        Self { verdicts, ..tally }
    }
}

fn span(calls: &[Heard]) -> (Moment, Moment) {
    let first = calls.iter().map(|call| call.started).min().unwrap_or(Moment::from_millis(0));
    let last = calls.iter().map(|call| call.ended.unwrap_or(call.started)).max().unwrap_or(first);
    (first.plus_millis(-LONG_MS), last.plus_millis(AROUND_MS))
}

/// Says what would become of a file.
pub async fn try_out(db: &Db, terms: &Terms, calls: &[Heard]) -> Result<Imported> {
    let (from, to) = span(calls);
    let known = store::around(&db.unhurried(), from, to).await?;
    Ok(Imported::of(judge(calls, &known, terms.lines())))
}

/// Brings a file in. Who was missed is owed a call back as if the house had seen it, and a later call of
/// theirs, or one to them, settles it. Refused where [`too_many`] are new.
pub async fn bring_in(
    db: &Db,
    stamp: Stamp,
    terms: Terms,
    source: Source,
    calls: Vec<Heard>,
) -> Result<Imported> {
    let hours = Arc::new(terms.ledger.calendars(db).await?);
    let (db, calls) = (db.unhurried(), Arc::new(calls));
    db.write(stamp, move |tx| {
        let (terms, calls, hours) = (terms.clone(), Arc::clone(&calls), Arc::clone(&hours));
        async move {
            let (from, to) = span(&calls);
            let known = store::around_in(tx, from, to).await?;
            let done = Imported::of(judge(&calls, &known, terms.lines()));
            if done.added > MOST {
                return Err(Error::Refused(TOO_MANY.to_owned()));
            }
            for verdict in &done.verdicts {
                match &verdict.fate {
                    Fate::New(line) => {
                        if let Some(id) = add(tx, &terms, source, verdict, *line).await? {
                            terms.ledger.see_imported(tx, id, &hours).await?;
                        }
                    }
                    Fate::Outgoing(phone) => {
                        if let Some(at) = verdict.call.answered {
                            terms.ledger.was_called_back(tx, phone.as_str(), at).await?;
                        }
                    }
                    Fate::Completes(id) => {
                        if complete(tx, source, verdict, *id).await? {
                            terms.ledger.see_imported(tx, *id, &hours).await?;
                        }
                    }
                    Fate::There(_) | Fate::Elsewhere => {}
                }
            }
            Ok(done)
        }
        .boxed()
    })
    .await
}

async fn add(
    tx: &mut Tx,
    terms: &Terms,
    source: Source,
    verdict: &Verdict,
    line: usize,
) -> Result<Option<CallId>> {
    let (Some(hotline), Some(promise)) =
        (terms.config.hotlines.get(line), terms.promises.get(line))
    else {
        return Ok(None);
    };
    let call = &verdict.call;
    let day: BusinessDay = terms.config.site.day;
    let pbx = terms.config.pbx.first().map_or("import", |pbx| pbx.name.as_str());
    let new = store::New {
        uid: uid(source, verdict),
        pbx: pbx.to_owned(),
        hotline_number: hotline.number.clone(),
        hotline_name: hotline.name.clone(),
        caller: verdict.caller.clone(),
        as_sent: call.caller.clone(),
        display: call.name.clone(),
        offered_at: call.started,
        answered_at: call.answered,
        ended_at: call.ended.unwrap_or_else(|| call.answered.unwrap_or(call.started)),
        end_seen: call.ended.is_some(),
        extension: call.extension.clone(),
        outcome: outcome(verdict),
        promise: *promise,
        business_date: day.date(call.started).to_string(),
        local_hour: day.local_hour(call.started),
    };
    let id = store::add(tx, &new, source.word()).await?;
    if let Some(id) = id {
        let change = Change::new("call", format!("calls/{id}"), "imported").version(1);
        tx.record(change);
    }
    Ok(id)
}

/// Completes a call that was over unheard; `false` where what became of it is known meanwhile.
async fn complete(tx: &mut Tx, source: Source, verdict: &Verdict, id: CallId) -> Result<bool> {
    let call = &verdict.call;
    let told = store::Completion {
        id,
        answered_at: call.answered,
        ended_at: call.ended,
        extension: call.extension.clone(),
        outcome: outcome(verdict),
    };
    let version = store::complete(tx, &told, source.word()).await?;
    if let Some(version) = version {
        tx.record(Change::new("call", format!("calls/{id}"), "imported").version(version));
    }
    Ok(version.is_some())
}

/// A record counts in seconds: a call that was answered is not measured by it.
fn outcome(verdict: &Verdict) -> &'static str {
    match (verdict.call.answered, verdict.call.machine) {
        (Some(_), _) => "unmeasured",
        (None, true) => "machine_only",
        (None, false) => "abandoned",
    }
}

/// What the PBX calls it; where the file does not say, where it begins in it. Nothing of the caller.
fn uid(source: Source, verdict: &Verdict) -> String {
    let call = &verdict.call;
    let at = call.started.millis();
    if call.key.is_empty() {
        format!("{}:{at}:{}", source.word(), call.line)
    } else {
        format!("{}:{at}:{}", source.word(), call.key)
    }
}
