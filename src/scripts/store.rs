//! What is kept of scripts and of the words that are never said.

use serde::Serialize;

use super::politeness::{Forbidden, folded, look};
use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{Language, Moment, ScriptId, StaffId};

statements! {
    /// Everything that is said, in the order of the page.
    ALL = "SELECT s.id, s.version, s.use, s.line, s.language, s.title, s.body, p.name AS changed_by, s.changed_at
           FROM scripts s LEFT JOIN staff p ON p.id = s.changed_by
           ORDER BY CASE s.use WHEN 'greeting' THEN 1 WHEN 'closing' THEN 2 WHEN 'refusal' THEN 3 WHEN 'outbound' THEN 4 ELSE 5 END,
                    s.line, s.language DESC, s.title, s.id";
    /// One of them.
    ONE = "SELECT s.id, s.version, s.use, s.line, s.language, s.title, s.body, p.name AS changed_by, s.changed_at
           FROM scripts s LEFT JOIN staff p ON p.id = s.changed_by WHERE s.id = $1";
    /// What is said in a case on a line in a language: the line's own before every line's.
    SAID = "SELECT body FROM scripts WHERE use = $1 AND line IN ($2, '') AND language = $3 ORDER BY line DESC";
    /// A new one.
    ADD = "INSERT INTO scripts (use, line, language, title, body, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    /// Other words, if the version is still this.
    EDIT = "UPDATE scripts SET title = $3, body = $4, changed_by = $5, changed_at = $6, version = version + 1
            WHERE id = $1 AND version = $2";
    /// Said no more.
    DROP = "DELETE FROM scripts WHERE id = $1";
    /// The words that are never said.
    WORDS = "SELECT id, word, why FROM forbidden_words ORDER BY id";
    /// Another such word.
    FORBID = "INSERT INTO forbidden_words (word, folded, why, added_by, added_at) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    /// It may be said again.
    ALLOW = "DELETE FROM forbidden_words WHERE id = $1";
}

/// The refusal of a change to a script that somebody else changed meanwhile.
pub const STALE: &str = "script_stale";
/// The refusal of a second script for the same case, line and language.
pub const SAID_TWICE: &str = "scripts_use_line_language_title_key";
/// The refusal of a word that is on the list already.
pub const WORD_TWICE: &str = "forbidden_words_folded_key";

/// When something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// First of all; `{name}` is who speaks.
    Greeting,
    /// Last of all.
    Closing,
    /// Where something may not be told.
    Refusal,
    /// First of all in a call we make.
    Outbound,
    /// A text to be put into what is written.
    Canned,
}

impl Use {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 5] =
        [Self::Greeting, Self::Closing, Self::Refusal, Self::Outbound, Self::Canned];

    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Closing => "closing",
            Self::Refusal => "refusal",
            Self::Outbound => "outbound",
            Self::Canned => "canned",
        }
    }

    /// Reads it.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// One text that is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Script {
    /// Which.
    pub id: ScriptId,
    /// Rises with every change.
    pub version: i64,
    /// When it is said.
    #[serde(rename = "use")]
    pub case: Use,
    /// On which hotline, by its number; empty for every line.
    pub line: String,
    /// In which language: `zh-CN` or `en`.
    pub language: String,
    /// The name of a canned text; empty otherwise.
    pub title: String,
    /// The words; `{name}`, `{extension}` and `{site}` stand for who speaks.
    pub body: String,
    /// Who changed it last.
    pub changed_by: Option<String>,
    /// When.
    pub changed_at: Moment,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: ScriptId,
    version: i64,
    r#use: String,
    line: String,
    language: String,
    title: String,
    body: String,
    changed_by: Option<String>,
    changed_at: Moment,
}

impl Row {
    fn script(self) -> Result<Script> {
        let unreadable = || Error::Unreadable(format!("the use of scripts/{}", self.id));
        Ok(Script {
            id: self.id,
            version: self.version,
            case: Use::from_word(&self.r#use).ok_or_else(unreadable)?,
            line: self.line,
            language: self.language,
            title: self.title,
            body: self.body,
            changed_by: self.changed_by,
            changed_at: self.changed_at,
        })
    }
}

/// What somebody writes, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// When it is said.
    pub case: Use,
    /// On which hotline; empty for every line.
    pub line: String,
    /// In which language.
    pub language: Language,
    /// The name of a canned text.
    pub title: String,
    /// The words.
    pub body: String,
}

/// Everything that is said.
pub async fn all(db: &Db) -> Result<Vec<Script>> {
    let rows: Vec<Row> = db.read(ALL).all().await?;
    rows.into_iter().map(Row::script).collect()
}

/// One of them.
pub async fn one(db: &Db, id: ScriptId) -> Result<Script> {
    db.read(ONE).bind(id).one::<Row>().await?.script()
}

/// What is said in a case on a line, the line's own words before those of every line; `None` where
/// nobody wrote any, or a word in them was forbidden later: such a text is kept, and said no more.
pub async fn said(db: &Db, case: Use, line: &str, language: Language) -> Result<Option<String>> {
    let said = db.read(SAID).bind(case.word()).bind(line.to_owned()).bind(language.tag());
    let written: Vec<String> = said.values().await?;
    if written.is_empty() {
        return Ok(None);
    }
    let list = forbidden(db).await?;
    Ok(written.into_iter().find(|body| look(body, &list).forbidden.is_empty()))
}

/// Adds a text; refused as [`SAID_TWICE`] where the case has one on this line and in this language.
pub async fn add(db: &Db, stamp: Stamp, draft: Draft) -> Result<ScriptId> {
    db.write(stamp, move |tx| {
        let draft = draft.clone();
        Box::pin(async move { add_in(tx, &draft).await })
    })
    .await
}

/// The same inside another change.
pub async fn add_in(tx: &mut Tx, draft: &Draft) -> Result<ScriptId> {
    let (now, by) = (tx.now(), tx.by());
    let add = tx.q(ADD).bind(draft.case.word()).bind(draft.line.clone());
    let add = add.bind(draft.language.tag()).bind(draft.title.clone()).bind(draft.body.clone());
    let id: ScriptId = add.bind(by).bind(now).value().await?;
    tx.record(Change::new("script", format!("scripts/{id}"), "added").version(1));
    Ok(id)
}

/// Changes the words; refused as [`STALE`] where the version is another.
pub async fn edit(
    db: &Db,
    stamp: Stamp,
    id: ScriptId,
    version: i64,
    title: String,
    body: String,
) -> Result<()> {
    db.write(stamp, move |tx| {
        let (title, body) = (title.clone(), body.clone());
        Box::pin(async move {
            let (now, by) = (tx.now(), tx.by());
            let edit = tx.q(EDIT).bind(id).bind(version).bind(title).bind(body);
            if edit.bind(by).bind(now).run().await? == 0 {
                return Err(Error::Refused(STALE.to_owned()));
            }
            let change = Change::new("script", format!("scripts/{id}"), "edited");
            tx.record(change.version(version + 1));
            Ok(())
        })
    })
    .await
}

/// Takes a text away; [`Error::NotFound`] where there is none.
pub async fn drop_one(db: &Db, stamp: Stamp, id: ScriptId) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            if tx.q(DROP).bind(id).run().await? == 0 {
                return Err(Error::NotFound);
            }
            tx.record(Change::new("script", format!("scripts/{id}"), "dropped"));
            Ok(())
        })
    })
    .await
}

/// A word that is never said, with its number on the list.
#[expect(clippy::struct_field_names, reason = "programs know it as the word")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Word {
    /// Its number.
    pub id: i64,
    /// The word.
    pub word: String,
    /// The rule behind it.
    pub why: String,
}

/// The list of words that are never said.
pub async fn words(db: &Db) -> Result<Vec<Word>> {
    db.read(WORDS).all().await
}

/// The same, to look at a text with.
pub async fn forbidden(db: &Db) -> Result<Vec<Forbidden>> {
    let words = words(db).await?;
    Ok(words.into_iter().map(|one| Forbidden { word: one.word, why: one.why }).collect())
}

/// Puts a word on the list; refused as [`WORD_TWICE`] where it is there.
pub async fn forbid(db: &Db, stamp: Stamp, word: String, why: String) -> Result<i64> {
    db.write(stamp, move |tx| {
        let (word, why) = (word.clone(), why.clone());
        Box::pin(async move {
            let (now, by): (Moment, Option<StaffId>) = (tx.now(), tx.by());
            let forbid = tx.q(FORBID).bind(word.clone()).bind(folded(&word)).bind(why);
            let id: i64 = forbid.bind(by).bind(now).value().await?;
            tx.record(Change::new("script", format!("forbidden-words/{id}"), "added"));
            Ok(id)
        })
    })
    .await
}

/// Takes a word off the list; [`Error::NotFound`] where it is not there.
pub async fn allow(db: &Db, stamp: Stamp, id: i64) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            if tx.q(ALLOW).bind(id).run().await? == 0 {
                return Err(Error::NotFound);
            }
            tx.record(Change::new("script", format!("forbidden-words/{id}"), "dropped"));
            Ok(())
        })
    })
    .await
}
