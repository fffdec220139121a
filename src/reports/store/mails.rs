//! Reports that go out by themselves: to whom, when next.

use std::sync::Arc;

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::super::post::{Mailing, SendsMail};
use crate::db::{Change, Db, Result, Stamp, statements};
use crate::kernel::{MailId, Moment};

statements! {
    /// All of them, the next first.
    ALL = "SELECT id, every, weekday, minute, address, language, hotline, next_at, sent_at FROM report_mails ORDER BY next_at, id";
    /// Those that are due.
    DUE = "SELECT id, every, weekday, minute, address, language, hotline, next_at, sent_at FROM report_mails WHERE next_at <= $1 ORDER BY next_at, id";
    /// When the next is due.
    NEXT = "SELECT next_at FROM report_mails ORDER BY next_at LIMIT 1";
    /// Adds one.
    ADD = "INSERT INTO report_mails (every, weekday, minute, address, language, hotline, next_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
    /// One was handed over; the next is due then.
    SENT = "UPDATE report_mails SET sent_at = $3, next_at = $4, version = version + 1 WHERE id = $1 AND next_at = $2";
    /// Goes out no more.
    DROP = "DELETE FROM report_mails WHERE id = $1";
}

/// A report that goes out by itself.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize, ToSchema)]
pub struct Mail {
    /// Its number.
    pub id: MailId,
    /// `day`: of yesterday, every day; `week`: of the last seven days.
    pub every: String,
    /// On which day of the week, 1 is Monday; null every day.
    pub weekday: Option<i64>,
    /// At which local minute of the day.
    pub minute: i64,
    /// To which address.
    pub address: String,
    /// In which language.
    pub language: String,
    /// About which hotline; null about all.
    pub hotline: Option<String>,
    /// When it goes out next.
    pub next_at: Moment,
    /// When it last went out.
    pub sent_at: Option<Moment>,
}

/// What is needed for a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// `day` or `week`.
    pub every: &'static str,
    /// For a week: which day, 1 is Monday.
    pub weekday: Option<i64>,
    /// The local minute of the day.
    pub minute: i64,
    /// The address.
    pub address: String,
    /// The language.
    pub language: &'static str,
    /// About which hotline.
    pub hotline: Option<String>,
    /// When it goes out first.
    pub next_at: Moment,
}

/// All of them, the next first.
pub async fn mails(db: &Db) -> Result<Vec<Mail>> {
    db.read(ALL).all().await
}

/// Those due at or before a moment.
pub async fn mails_due(db: &Db, due: Moment) -> Result<Vec<Mail>> {
    db.read(DUE).bind(due).all().await
}

/// When the next is due.
pub async fn next_mail(db: &Db) -> Result<Option<Moment>> {
    Ok(db.read(NEXT).maybe::<(Moment,)>().await?.map(|(next,)| next))
}

/// Adds one.
pub async fn add_mail(db: &Db, stamp: Stamp, new: NewMail) -> Result<MailId> {
    db.write(stamp, move |tx| {
        let new = new.clone();
        Box::pin(async move {
            let by = tx.by();
            let query = tx.q(ADD).bind(new.every).bind(new.weekday).bind(new.minute);
            let query = query.bind(new.address).bind(new.language).bind(new.hotline);
            let id: MailId = query.bind(new.next_at).bind(by).value().await?;
            tx.record(Change::new("report", format!("report-mails/{id}"), "created"));
            Ok(id)
        })
    })
    .await
}

/// Hands one over and says when it is due again, all or nothing; `false` where another process did it first.
pub async fn sent(
    db: &Db,
    stamp: Stamp,
    mail: &Mail,
    next: Moment,
    mailing: Mailing,
    way: Arc<dyn SendsMail>,
) -> Result<bool> {
    let (id, was) = (mail.id, mail.next_at);
    db.write(stamp, move |tx| {
        let (mailing, way) = (mailing.clone(), Arc::clone(&way));
        Box::pin(async move {
            let now = tx.now();
            let done = tx.q(SENT).bind(id).bind(was).bind(now).bind(next).run().await? > 0;
            if done {
                way.send(tx, mailing).await?;
                tx.record(Change::new("report", format!("report-mails/{id}"), "sent"));
            }
            Ok(done)
        })
    })
    .await
}

/// Goes out no more; `false` where there is none.
pub async fn drop_mail(db: &Db, stamp: Stamp, id: MailId) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let done = tx.q(DROP).bind(id).run().await? > 0;
            if done {
                tx.record(Change::new("report", format!("report-mails/{id}"), "dropped"));
            }
            Ok(done)
        })
    })
    .await
}
