//! Granted looks as they are kept.

use crate::db::{Change, Db, Result, Stamp, Tx, statements};
use crate::directory::grants::NewGrant;
use crate::kernel::{Moment, PersonId, StaffId};

statements! {
    /// A new one: person, who may look, who grants, why, from, until.
    ADD = "INSERT INTO directory_grants (person_id, staff_id, by_staff, reason, from_at, to_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    /// What a reader may look at now, and until when.
    RUNNING = "SELECT person_id, max(to_at) AS to_at FROM directory_grants
               WHERE staff_id = $1 AND ended_at IS NULL AND to_at > $2 GROUP BY person_id";
    /// The grants that run for a person.
    OF_PERSON = "SELECT g.id, g.staff_id, p.name, b.name AS by_name, g.reason, g.from_at, g.to_at FROM directory_grants g
                 JOIN staff p ON p.id = g.staff_id JOIN staff b ON b.id = g.by_staff
                 WHERE g.person_id = $1 AND g.ended_at IS NULL AND g.to_at > $2 ORDER BY g.to_at, g.id";
    /// Ends one before its time.
    REVOKE = "UPDATE directory_grants SET ended_at = $3, ended = 'revoked' WHERE id = $1 AND person_id = $2 AND ended_at IS NULL AND to_at > $3";
    /// The earliest end.
    NEXT = "SELECT min(to_at) AS due FROM directory_grants WHERE ended_at IS NULL";
    /// Those whose time has come.
    ENDED = "SELECT id, person_id FROM directory_grants WHERE ended_at IS NULL AND to_at <= $1 ORDER BY to_at, id";
    /// Writes the end down.
    EXPIRE = "UPDATE directory_grants SET ended_at = to_at, ended = 'expired' WHERE id = $1 AND ended_at IS NULL";
}

/// A grant that runs.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Grant {
    /// Which.
    pub id: i64,
    /// Who may look.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// Who granted it.
    pub by_name: String,
    /// Why.
    pub reason: String,
    /// From when.
    pub from_at: Moment,
    /// Until when.
    pub to_at: Moment,
}

/// Grants a look.
pub async fn add(db: &Db, stamp: Stamp, grant: NewGrant) -> Result<i64> {
    db.write(stamp, move |tx| {
        let NewGrant { person, staff, by, reason, until } = grant.clone();
        Box::pin(async move {
            let now = tx.now();
            let add = tx.q(ADD).bind(person).bind(staff).bind(by).bind(reason).bind(now);
            let id: i64 = add.bind(until).value().await?;
            record(tx, person, id, "granted");
            Ok(id)
        })
    })
    .await
}

/// Whom a reader may look at now, each with the end of the grant.
pub async fn running(db: &Db, staff: StaffId, now: Moment) -> Result<Vec<(PersonId, Moment)>> {
    db.read(RUNNING).bind(staff).bind(now).all().await
}

/// The grants that run for a person, by their end.
pub async fn of_person(db: &Db, person: PersonId, now: Moment) -> Result<Vec<Grant>> {
    db.read(OF_PERSON).bind(person).bind(now).all().await
}

/// Ends a grant before its time; `false` where it does not run.
pub async fn revoke(db: &Db, stamp: Stamp, person: PersonId, id: i64) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            if tx.q(REVOKE).bind(id).bind(person).bind(now).run().await? == 0 {
                return Ok(false);
            }
            record(tx, person, id, "revoked");
            Ok(true)
        })
    })
    .await
}

pub(in crate::directory) async fn next_end(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT).value().await
}

pub(in crate::directory) async fn expire(db: &Db, stamp: Stamp, due: Moment) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let ended: Vec<(i64, PersonId)> = tx.q(ENDED).bind(due).all().await?;
            for (id, person) in ended {
                if tx.q(EXPIRE).bind(id).run().await? > 0 {
                    record(tx, person, id, "expired");
                }
            }
            Ok(())
        })
    })
    .await
}

fn record(tx: &mut Tx, person: PersonId, grant: i64, change: &'static str) {
    let line = Change::new("disclosure", format!("directory/{person}"), change);
    tx.record(Change { after: Some(serde_json::json!({ "grant": grant })), ..line });
}
