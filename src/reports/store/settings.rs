//! What the supervisor sets, and the alerts that were raised: once for a cause, until it is gone.

use std::sync::Arc;

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::super::watch::{Alarms, Told};
use crate::db::{Change, Db, Error, Result, Stamp, statements};
use crate::kernel::{Moment, Roles};

statements! {
    /// What is set.
    SETTINGS = "SELECT version, target_permille, rate_after_calls, waiting_calls, pbx_silent_minutes, nobody_minutes FROM report_settings WHERE one = 1";
    /// Sets it anew, if nobody did meanwhile.
    SET = "UPDATE report_settings SET version = version + 1, target_permille = $2, rate_after_calls = $3, waiting_calls = $4,
               pbx_silent_minutes = $5, nobody_minutes = $6, alert_roles = coalesce($7, alert_roles), alert_out = coalesce($8, alert_out)
           WHERE one = 1 AND version = $1";
    /// Who is told of alerts.
    TO = "SELECT alert_roles, alert_out FROM report_settings WHERE one = 1";
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

/// Who is told of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertsTo {
    /// Everybody with one of these roles.
    pub roles: Roles,
    /// By the ways out of the house too.
    pub out: bool,
}

/// Who is told of alerts; a role that is no more is nobody.
pub async fn alerts_to(db: &Db) -> Result<AlertsTo> {
    let (roles, out): (String, i64) = db.read(TO).one().await?;
    Ok(AlertsTo { roles: roles.parse().unwrap_or_default(), out: out != 0 })
}

/// Sets it anew, and who is told of alerts where that is given; [`Error::NotFound`] where somebody did
/// meanwhile.
pub async fn change_settings(
    db: &Db,
    stamp: Stamp,
    new: Settings,
    roles: Option<Roles>,
    out: Option<bool>,
) -> Result<()> {
    db.write(stamp, move |tx| {
        let roles = roles.as_ref().map(Roles::to_string);
        Box::pin(async move {
            let query = tx.q(SET).bind(new.version).bind(new.target_permille);
            let query = query.bind(new.rate_after_calls).bind(new.waiting_calls);
            let query = query.bind(new.pbx_silent_minutes).bind(new.nobody_minutes);
            if query.bind(roles).bind(out.map(i64::from)).run().await? == 0 {
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

/// Raises an alert and tells of it; `false` where it is open already.
pub async fn raise_alert(
    db: &Db,
    stamp: Stamp,
    told: Told,
    alarms: Arc<dyn Alarms>,
) -> Result<bool> {
    db.write(stamp, move |tx| {
        let (told, alarms) = (told.clone(), Arc::clone(&alarms));
        Box::pin(async move {
            let (now, cause) = (tx.now(), told.alert.cause.word());
            let query = tx.q(RAISE).bind(cause).bind(told.alert.subject.clone());
            let raised = query.bind(told.alert.figure).bind(now).run().await? > 0;
            if raised {
                alarms.tell(tx, told).await?;
                tx.record(Change::new("report", format!("reports/alerts/{cause}"), "raised"));
            }
            Ok(raised)
        })
    })
    .await
}

/// The cause of an alert is gone: those who were told of it are told so.
pub async fn clear_alert(db: &Db, stamp: Stamp, told: Told, alarms: Arc<dyn Alarms>) -> Result<()> {
    db.write(stamp, move |tx| {
        let (told, alarms) = (told.clone(), Arc::clone(&alarms));
        Box::pin(async move {
            let (now, cause) = (tx.now(), told.alert.cause.word());
            let query = tx.q(CLEAR).bind(cause).bind(told.alert.subject.clone());
            if query.bind(now).run().await? > 0 {
                alarms.tell(tx, told).await?;
                tx.record(Change::new("report", format!("reports/alerts/{cause}"), "over"));
            }
            Ok(())
        })
    })
    .await
}
