//! Spreadsheets taken over: judged line by line, then written in one change or not at all.

use std::collections::BTreeSet;

use serde::Serialize;
use sqlx::types::Json;

use super::super::card::{Card, Draft};
use super::super::import::{Fate, ImportTally, Judge, Verdict, drafts};
use super::super::rules::SiteRules;
use super::super::sheet::SheetLine;
use super::super::wrong::Wrong;
use super::write::{add_many_in, edit_in};
use super::{Ask, gather};
use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{ContactId, Moment};

statements! {
    /// Cards with one of the numbers of the JSON list `$1`.
    WITH_NUMBERS = sqlite "SELECT DISTINCT contact_id FROM contact_numbers WHERE number IN (SELECT value FROM json_each($1))",
                   postgres "SELECT DISTINCT contact_id FROM contact_numbers WHERE number IN (SELECT value FROM jsonb_array_elements_text($1))";
    /// Cards without a number, with one of the names of the JSON list `$1`.
    WITH_NAMES = sqlite "SELECT c.id FROM contacts c WHERE c.name IN (SELECT value FROM json_each($1))
                         AND c.merged_into IS NULL AND c.erased_at IS NULL
                         AND NOT EXISTS (SELECT 1 FROM contact_numbers n WHERE n.contact_id = c.id)",
                 postgres "SELECT c.id FROM contacts c WHERE c.name IN (SELECT value FROM jsonb_array_elements_text($1))
                           AND c.merged_into IS NULL AND c.erased_at IS NULL
                           AND NOT EXISTS (SELECT 1 FROM contact_numbers n WHERE n.contact_id = c.id)";
    /// A file that was read: now, by, name, lines.
    KEEP = "INSERT INTO contact_imports (at, by_staff, file_name, state, lines) VALUES ($1, $2, $3, 'checked', $4) RETURNING id";
    /// Files read before `$1` and not taken over are forgotten.
    FORGET = "UPDATE contact_imports SET state = 'dropped', lines = NULL WHERE state = 'checked' AND at < $1";
    /// A file.
    ONE = "SELECT i.id, i.at, i.file_name, i.state, i.lines, i.added, i.changed, s.name AS by_name
           FROM contact_imports i LEFT JOIN staff s ON s.id = i.by_staff WHERE i.id = $1";
    /// It was taken over: id, added, changed.
    DONE = "UPDATE contact_imports SET state = 'done', lines = NULL, added = $2, changed = $3 WHERE id = $1 AND state = 'checked'";
    /// It was not.
    DROP = "UPDATE contact_imports SET state = 'dropped', lines = NULL WHERE id = $1 AND state = 'checked'";
    /// The server plans by how many cards there are: told after many came, not when it gets round to
    /// counting. A caller's name is looked up within milliseconds only then. SQLite plans without.
    COUNT = sqlite "DELETE FROM contact_imports WHERE 1 = 0", postgres "ANALYZE contacts, contact_numbers, contact_tags";
    /// The newest files.
    NEWEST = "SELECT i.id, i.at, i.file_name, i.state, CAST(NULL AS TEXT) AS lines, i.added, i.changed, s.name AS by_name
              FROM contact_imports i LEFT JOIN staff s ON s.id = i.by_staff ORDER BY i.id DESC LIMIT 20";
}

/// The refusal of a file of which a line cannot be read.
pub const WRONG: &str = "contacts_import_wrong";
/// The refusal of a file that was taken over or dropped already.
pub const OVER: &str = "contacts_import_over";

/// After so many new cards the server is told.
const MANY: usize = 1_000;
/// So many lines are judged and written at once.
const CHUNK: usize = 500;
/// A file that was read waits so long to be taken over, in milliseconds.
const WAITS_MS: i64 = 24 * 60 * 60 * 1000;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Import {
    /// Which.
    pub id: i64,
    /// When it was read.
    pub at: Moment,
    /// What the file was called.
    pub file_name: String,
    /// `checked`, `done` or `dropped`.
    pub state: String,
    #[serde(skip)]
    lines: Option<String>,
    /// Cards it made.
    pub added: i64,
    /// Cards it added to.
    pub changed: i64,
    /// Who read it.
    pub by_name: Option<String>,
}

impl Import {
    /// The lines of a file that waits; empty once it is over.
    pub fn lines(&self) -> Result<Vec<SheetLine>> {
        let Some(text) = &self.lines else { return Ok(Vec::new()) };
        let unreadable =
            |_| Error::Unreadable(format!("the lines of contacts/imports/{}", self.id));
        serde_json::from_str(text).map_err(unreadable)
    }
}

/// What lines would do, without doing it.
pub async fn judge(db: &Db, rules: &SiteRules, lines: &[SheetLine]) -> Result<Vec<Verdict>> {
    let (mut judge, mut verdicts) = (Judge::default(), Vec::with_capacity(lines.len()));
    for chunk in lines.chunks(CHUNK) {
        let drafts = drafts(chunk, rules);
        let known = known(Ask::Db(db), &drafts).await?;
        verdicts.extend(judge.judge(chunk, drafts, &known));
    }
    Ok(verdicts)
}

/// The cards that may be meant by drafts.
async fn known(
    mut ask: Ask<'_>,
    drafts: &[std::result::Result<Draft, Vec<Wrong>>],
) -> Result<Vec<Card>> {
    let (mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new());
    for draft in drafts.iter().flatten() {
        numbers.extend(draft.numbers.iter().map(|entry| entry.number.as_str()));
        if draft.numbers.is_empty() {
            names.insert(draft.name.as_str());
        }
    }
    let mut ids: BTreeSet<ContactId> = BTreeSet::new();
    if !numbers.is_empty() {
        ids.extend(ask.q(WITH_NUMBERS).bind(Json(&numbers)).values::<ContactId>().await?);
    }
    if !names.is_empty() {
        ids.extend(ask.q(WITH_NAMES).bind(Json(&names)).values::<ContactId>().await?);
    }
    gather(ask, &ids.into_iter().collect::<Vec<_>>()).await
}

/// Takes lines over, all or nothing; refused as [`WRONG`] where one cannot be read.
pub async fn import(
    db: &Db,
    stamp: Stamp,
    rules: SiteRules,
    lines: Vec<SheetLine>,
) -> Result<ImportTally> {
    let db = db.unhurried();
    db.write(stamp, move |tx| {
        let (rules, lines) = (rules.clone(), lines.clone());
        Box::pin(async move { import_in(tx, &rules, &lines).await })
    })
    .await
}

async fn import_in(tx: &mut Tx, rules: &SiteRules, lines: &[SheetLine]) -> Result<ImportTally> {
    let (mut judge, mut all) = (Judge::default(), ImportTally::default());
    for chunk in lines.chunks(CHUNK) {
        let drafts = drafts(chunk, rules);
        let known = known(Ask::Tx(tx), &drafts).await?;
        let verdicts = judge.judge(chunk, drafts, &known);
        let tally = ImportTally::of(&verdicts);
        if tally.wrong > 0 {
            return Err(Error::Refused(WRONG.to_owned()));
        }
        all.added += tally.added;
        all.completed += tally.completed;
        all.unchanged += tally.unchanged;
        let mut fresh = Vec::new();
        for verdict in verdicts {
            match verdict.fate {
                Fate::Add(draft) => fresh.push(draft),
                Fate::Complete { id, version, draft } => {
                    edit_in(tx, id, version, &draft, "edited").await?;
                }
                Fate::Same(_) | Fate::Repeat(_) | Fate::Wrong(_) => {}
            }
        }
        add_many_in(tx, &fresh).await?;
    }
    if all.added >= MANY {
        tx.q(COUNT).run().await?;
    }
    Ok(all)
}

/// Keeps a file that was read, until somebody looked at what it would do.
pub async fn keep(db: &Db, stamp: Stamp, name: String, lines: Vec<SheetLine>) -> Result<i64> {
    db.write(stamp, move |tx| {
        let text = serde_json::to_string(&lines).unwrap_or_default();
        let name = name.clone();
        Box::pin(async move {
            let (now, by) = (tx.now(), tx.by());
            tx.q(FORGET).bind(now.plus_millis(-WAITS_MS)).run().await?;
            let id: i64 = tx.q(KEEP).bind(now).bind(by).bind(name).bind(text).value().await?;
            tx.record(Change::new("contact", format!("contacts/imports/{id}"), "import_checked"));
            Ok(id)
        })
    })
    .await
}

/// One file.
pub async fn one(db: &Db, id: i64) -> Result<Option<Import>> {
    db.read(ONE).bind(id).maybe().await
}

/// The newest files, without their lines.
pub async fn newest(db: &Db) -> Result<Vec<Import>> {
    db.read(NEWEST).all().await
}

/// Takes over a file that was read; refused as [`OVER`] where somebody did, or dropped it.
pub async fn take_over(db: &Db, stamp: Stamp, rules: SiteRules, id: i64) -> Result<ImportTally> {
    let db = db.unhurried();
    db.write(stamp, move |tx| {
        let rules = rules.clone();
        Box::pin(async move {
            let import: Import = tx.q(ONE).bind(id).one().await?;
            if import.state != "checked" {
                return Err(Error::Refused(OVER.to_owned()));
            }
            let tally = import_in(tx, &rules, &import.lines()?).await?;
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            let done = tx.q(DONE).bind(id).bind(count(tally.added)).bind(count(tally.completed));
            if done.run().await? == 0 {
                return Err(Error::Refused(OVER.to_owned()));
            }
            tx.record(Change::new("contact", format!("contacts/imports/{id}"), "imported"));
            Ok(tally)
        })
    })
    .await
}

/// Drops a file that was read.
pub async fn drop_it(db: &Db, stamp: Stamp, id: i64) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            if tx.q(DROP).bind(id).run().await? == 0 {
                return Err(Error::Refused(OVER.to_owned()));
            }
            tx.record(Change::new("contact", format!("contacts/imports/{id}"), "import_dropped"));
            Ok(())
        })
    })
    .await
}
