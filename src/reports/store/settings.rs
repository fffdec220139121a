//! What the supervisor sets, and the alerts that were raised: once for a cause, until it is gone.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::db::{Change, Db, Error, Result, Stamp, statements};
use crate::kernel::Moment;

statements! {
    /// What is set.
    SETTINGS = "SELECT version, target_permille, rate_after_calls, waiting_calls, pbx_silent_minutes, nobody_minutes FROM report_settings WHERE one = 1";
    /// Sets it anew, if nobody did meanwhile.
    SET = "UPDATE report_settings SET version = version + 1, target_permille = $2, rate_after_calls = $3, waiting_calls = $4,
               pbx_silent_minutes = $5, nobody_minutes = $6
           WHERE one = 1 AND version = $1";
    /// Alerts whose cause is still there.
    OPEN = "SELECT cause, subject, figure, raised_at FROM report_alerts WHERE over_at IS NULL ORDER BY raised_at, id";
    /// Raises one, unless it is open.
    RAISE = "INSERT INTO report_alerts (cause, subject, figure, raised_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (cause, subject) WHERE over_at IS NULL DO NOTHING";
    /// The cause is gone.
    CLEAR = "UPDATE report_alerts SET over_at = $3 WHERE cause = $1 AND subject = $2 AND over_at IS NULL";
}

/// The target, and at what an alert is due; 0 switches an alert off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow, Serialize, ToSchema)]
pub struct Settings {
    /// Rises with every change.
    pub version: i64,
    /// Answered within the promise, of all that count, in thousandths.
    pub target_permille: i64,
    /// The rate of today is looked at from so many counted calls on.
    pub rate_after_calls: i64,
    /// An alert is due when so many callers wait at once.
    pub waiting_calls: i64,
    /// An alert is due when a PBX could not be heard for so many minutes.
    pub pbx_silent_minutes: i64,
    /// An alert is due when nobody was on duty for so many minutes while a hotline is open.
    pub nobody_minutes: i64,
}

/// What is set.
pub async fn settings(db: &Db) -> Result<Settings> {
    db.read(SETTINGS).one().await
}

/// Sets it anew; [`Error::NotFound`] where somebody did meanwhile.
pub async fn change_settings(db: &Db, stamp: Stamp, new: Settings) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let query = tx.q(SET).bind(new.version).bind(new.target_permille);
            let query = query.bind(new.rate_after_calls).bind(new.waiting_calls);
            if query.bind(new.pbx_silent_minutes).bind(new.nobody_minutes).run().await? == 0 {
                return Err(Error::NotFound);
            }
            let version = new.version + 1;
            tx.record(Change::new("report", "reports/settings".into(), "changed").version(version));
            Ok(())
        })
    })
    .await
}

/// An alert whose cause is still there.
#[expect(clippy::struct_field_names, reason = "the column is called so")]
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize, ToSchema)]
pub struct Raised {
    /// `rate`, `waiting`, `nobody`, `pbx`.
    pub cause: String,
    /// Of what: a business date, a PBX, `calls`, `desk`.
    pub subject: String,
    /// The figure when it was raised: thousandths, calls or minutes.
    pub figure: i64,
    /// When.
    pub raised_at: Moment,
}

/// Alerts whose cause is still there, oldest first.
pub async fn open_alerts(db: &Db) -> Result<Vec<Raised>> {
    db.read(OPEN).all().await
}

/// Raises an alert; `false` where it is open already.
pub async fn raise_alert(
    db: &Db,
    stamp: Stamp,
    cause: &'static str,
    subject: String,
    figure: i64,
) -> Result<bool> {
    db.write(stamp, move |tx| {
        let subject = subject.clone();
        Box::pin(async move {
            let now = tx.now();
            let query = tx.q(RAISE).bind(cause).bind(subject.clone()).bind(figure).bind(now);
            let raised = query.run().await? > 0;
            if raised {
                tx.record(Change::new("report", format!("reports/alerts/{cause}"), "raised"));
            }
            Ok(raised)
        })
    })
    .await
}

/// The cause of an alert is gone.
pub async fn clear_alert(db: &Db, stamp: Stamp, cause: String, subject: String) -> Result<()> {
    db.write(stamp, move |tx| {
        let (cause, subject) = (cause.clone(), subject.clone());
        Box::pin(async move {
            let now = tx.now();
            if tx.q(CLEAR).bind(cause.clone()).bind(subject).bind(now).run().await? > 0 {
                tx.record(Change::new("report", format!("reports/alerts/{cause}"), "over"));
            }
            Ok(())
        })
    })
    .await
}
