//! Questions that were kept, to be asked again.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::db::{Change, Db, Result, Stamp, statements};
use crate::kernel::{Moment, QuestionId};

statements! {
    /// All questions by name.
    ALL = "SELECT q.id, q.version, q.name, q.source, q.asked, q.created_at, s.name AS by_name FROM questions q LEFT JOIN staff s ON s.id = q.created_by ORDER BY q.name";
    /// Keeps a question; one of the same name is replaced.
    KEEP = "INSERT INTO questions (name, source, asked, created_at, created_by) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO UPDATE SET source = excluded.source, asked = excluded.asked, created_at = excluded.created_at,
                created_by = excluded.created_by, version = questions.version + 1
            RETURNING id";
    /// One question.
    ONE = "SELECT q.asked FROM questions q WHERE q.id = $1";
    /// Forgets a question.
    DROP = "DELETE FROM questions WHERE id = $1";
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize, ToSchema)]
pub struct Question {
    /// Its number.
    pub id: QuestionId,
    /// Rises when it is kept again.
    pub version: i64,
    /// What it is called.
    pub name: String,
    /// Of what it asks: `calls`, …
    pub source: String,
    /// What it asks, as the address of the answer says it.
    pub asked: String,
    /// When it was kept.
    pub created_at: Moment,
    /// By whom.
    pub by_name: Option<String>,
}

/// All questions by name.
pub async fn questions(db: &Db) -> Result<Vec<Question>> {
    db.read(ALL).all().await
}

/// What a question asks; `None` where there is no such question.
pub async fn ask_again(db: &Db, id: QuestionId) -> Result<Option<String>> {
    Ok(db.read(ONE).bind(id).maybe::<(String,)>().await?.map(|(asked,)| asked))
}

/// Keeps a question under its name.
pub async fn keep_question(
    db: &Db,
    stamp: Stamp,
    name: String,
    source: String,
    asked: String,
) -> Result<QuestionId> {
    db.write(stamp, move |tx| {
        let (name, source, asked) = (name.clone(), source.clone(), asked.clone());
        Box::pin(async move {
            let (now, by) = (tx.now(), tx.by());
            let query = tx.q(KEEP).bind(name).bind(source).bind(asked).bind(now).bind(by);
            let id: QuestionId = query.value().await?;
            tx.record(Change::new("question", format!("questions/{id}"), "kept"));
            Ok(id)
        })
    })
    .await
}

/// Forgets a question; `false` where there is none.
pub async fn drop_question(db: &Db, stamp: Stamp, id: QuestionId) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let done = tx.q(DROP).bind(id).run().await? > 0;
            if done {
                tx.record(Change::new("question", format!("questions/{id}"), "dropped"));
            }
            Ok(done)
        })
    })
    .await
}
