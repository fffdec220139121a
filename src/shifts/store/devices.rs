//! What operators found when checking telephone and radios (clause 1-2b), a row a check. Who makes them is a room
//! above, which knows the telephones and asks the greeters.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::devices::{DeviceCheck, Rang, Registered};
use crate::db::{Change, Db, Error, Result, Tx, statements};
use crate::kernel::{Moment, NoticeId, StaffId};

statements! {
    /// Checks; a WHERE is to follow.
    CHECKS = "SELECT id, version, staff_id, extension, begun_at, registered, rang, rang_at, asked, answered, silent, due_at,
                     telephone_fault, radio_fault FROM device_checks WHERE 1 = 1";
    /// A check begins.
    BEGIN = "INSERT INTO device_checks (business_date, staff_id, extension, begun_at, registered, due_at)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    /// So many were asked by this notice.
    ASKED = "UPDATE device_checks SET notice_id = $2, asked = $3 WHERE id = $1";
    /// How the trial call went, and whether the PBX has the telephone.
    RANG = "UPDATE device_checks SET registered = $2, rang = $3, rang_at = $4, version = version + 1 WHERE id = $1 RETURNING version";
    /// The radios have had their time.
    SETTLE = "UPDATE device_checks SET asked = $2, answered = $3, silent = $4, due_at = NULL, version = version + 1
              WHERE id = $1 AND due_at IS NOT NULL RETURNING version";
    /// A fault of the telephone was reported.
    TELEPHONE_FAULT = "UPDATE device_checks SET telephone_fault = $2, version = version + 1 WHERE id = $1 RETURNING version";
    /// A fault of the radios was reported.
    RADIO_FAULT = "UPDATE device_checks SET radio_fault = $2, version = version + 1 WHERE id = $1 RETURNING version";
    /// The notice by which the greeters were asked.
    NOTICE = "SELECT notice_id FROM device_checks WHERE id = $1 AND notice_id IS NOT NULL";
    /// When the next is due.
    NEXT_DUE = "SELECT min(due_at) AS due_at FROM device_checks WHERE due_at IS NOT NULL";
}

/// A check that begins.
#[derive(Debug, Clone)]
pub struct NewCheck {
    /// The business date.
    pub date: NaiveDate,
    /// Who makes it.
    pub staff: StaffId,
    /// Their telephone; empty where they have none.
    pub extension: String,
    /// Whether the PBX has it.
    pub registered: Registered,
    /// When the radios have had their time.
    pub due_at: Moment,
}

/// Which part of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The operator's telephone.
    Telephone,
    /// The greeters' radios.
    Radio,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    version: i64,
    staff_id: StaffId,
    extension: String,
    begun_at: Moment,
    registered: String,
    rang: String,
    rang_at: Option<Moment>,
    asked: i64,
    answered: i64,
    silent: String,
    due_at: Option<Moment>,
    telephone_fault: Option<String>,
    radio_fault: Option<String>,
}

impl From<Row> for DeviceCheck {
    fn from(row: Row) -> Self {
        let silent = row.silent.split(',').filter_map(|id| id.parse().ok());
        Self {
            id: row.id,
            version: row.version,
            staff: row.staff_id,
            extension: row.extension,
            begun_at: row.begun_at,
            registered: Registered::from_word(&row.registered),
            rang: Rang::from_word(&row.rang),
            rang_at: row.rang_at,
            asked: row.asked,
            answered: row.answered,
            silent: silent.collect(),
            due_at: row.due_at,
            telephone_fault: row.telephone_fault,
            radio_fault: row.radio_fault,
        }
    }
}

/// The address of a check, for the journal and for notices about it.
pub fn subject(id: i64) -> String {
    format!("devices/{id}")
}

fn told(tx: &mut Tx, id: i64, change: &'static str, version: i64, after: serde_json::Value) {
    let change = Change::new("shift", subject(id), change).version(version);
    tx.record(Change { after: Some(after), ..change });
}

/// Every check of a business date, the newest first.
pub async fn of_date(db: &Db, date: NaiveDate) -> Result<Vec<DeviceCheck>> {
    let query = db.read(CHECKS).push(" AND business_date = ").push_bind(date.to_string());
    let rows: Vec<Row> = query.push(" ORDER BY id DESC").all().await?;
    Ok(rows.into_iter().map(DeviceCheck::from).collect())
}

/// The last check of each person on a business date.
pub async fn last_of_each(db: &Db, date: NaiveDate) -> Result<BTreeMap<StaffId, DeviceCheck>> {
    let all = of_date(db, date).await?.into_iter().rev();
    Ok(all.map(|check| (check.staff, check)).collect())
}

/// One check; [`Error::NotFound`] where there is none.
pub async fn one(db: &Db, id: i64) -> Result<DeviceCheck> {
    let row: Option<Row> = db.read(CHECKS).push(" AND id = ").push_bind(id).maybe().await?;
    row.map(DeviceCheck::from).ok_or(Error::NotFound)
}

/// The check of a person that waits for the radios.
pub async fn running_in(tx: &mut Tx, staff: StaffId) -> Result<Option<DeviceCheck>> {
    let query = tx.q(CHECKS).push(" AND due_at IS NOT NULL AND staff_id = ").push_bind(staff);
    let row: Option<Row> = query.push(" ORDER BY id DESC LIMIT 1").maybe().await?;
    Ok(row.map(DeviceCheck::from))
}

/// A check begins.
pub async fn begin_in(tx: &mut Tx, new: &NewCheck) -> Result<i64> {
    let now = tx.now();
    let query = tx.q(BEGIN).bind(new.date.to_string()).bind(new.staff).bind(&new.extension);
    let query = query.bind(now).bind(new.registered.word()).bind(new.due_at);
    let id: i64 = query.value().await?;
    told(tx, id, "opened", 1, serde_json::json!({ "registered": new.registered }));
    Ok(id)
}

/// The greeters were asked, as part of the change that begins it.
pub async fn asked_in(tx: &mut Tx, id: i64, notice: NoticeId, asked: i64) -> Result<()> {
    tx.q(ASKED).bind(id).bind(notice).bind(asked).run().await.map(drop)
}

/// By which notice the greeters were asked, where any was.
pub async fn notice_of(db: &Db, id: i64) -> Result<Option<NoticeId>> {
    let found: Option<(NoticeId,)> = db.read(NOTICE).bind(id).maybe().await?;
    Ok(found.map(|(notice,)| notice))
}

/// The same inside a change.
pub async fn notice_of_in(tx: &mut Tx, id: i64) -> Result<Option<NoticeId>> {
    let found: Option<(NoticeId,)> = tx.q(NOTICE).bind(id).maybe().await?;
    Ok(found.map(|(notice,)| notice))
}

/// How the trial call went.
pub async fn rang_in(
    tx: &mut Tx,
    id: i64,
    registered: Registered,
    (rang, at): (Rang, Option<Moment>),
) -> Result<()> {
    let query = tx.q(RANG).bind(id).bind(registered.word()).bind(rang.word()).bind(at);
    let version: i64 = query.value().await?;
    told(tx, id, "tried", version, serde_json::json!({ "registered": registered, "rang": rang }));
    Ok(())
}

/// The radios have had their time: of those who were asked these stayed silent.
pub async fn settle_in(tx: &mut Tx, id: i64, asked: i64, silent: &[StaffId]) -> Result<()> {
    let answered = asked.saturating_sub(i64::try_from(silent.len()).unwrap_or(i64::MAX));
    let list: Vec<String> = silent.iter().map(ToString::to_string).collect();
    let query = tx.q(SETTLE).bind(id).bind(asked).bind(answered).bind(list.join(","));
    let settled: Option<(i64,)> = query.maybe().await?;
    if let Some((version,)) = settled {
        let after = serde_json::json!({ "asked": asked, "answered": answered, "silent": silent });
        told(tx, id, "settled", version, after);
    }
    Ok(())
}

/// A fault was reported of one of the devices.
pub async fn fault_in(tx: &mut Tx, id: i64, device: Device, no: &str) -> Result<()> {
    let sql = match device {
        Device::Telephone => TELEPHONE_FAULT,
        Device::Radio => RADIO_FAULT,
    };
    let version: i64 = tx.q(sql).bind(id).bind(no).value().await?;
    told(tx, id, "fault", version, serde_json::json!({ "fault": no }));
    Ok(())
}

/// When the next is due.
pub async fn next_due(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_DUE).value().await
}

/// What is due inside a change.
pub async fn due_in(tx: &mut Tx, due: Moment) -> Result<Vec<DeviceCheck>> {
    let query = tx.q(CHECKS).push(" AND due_at <= ").push_bind(due);
    let rows: Vec<Row> = query.push(" ORDER BY due_at, id LIMIT 100").all().await?;
    Ok(rows.into_iter().map(DeviceCheck::from).collect())
}
