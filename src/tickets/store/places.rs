//! Sites, contracts, things, and how soon was promised for them.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::super::clock::Metric;
use super::super::ticket::Ticket;
use super::clocks::Promise;
use crate::calendars::{self, Calendar};
use crate::db::{Books, Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::CalendarId;

statements! {
    /// All sites.
    SITES = "SELECT id, version, company, name, address, area, contact_id, note FROM sites ORDER BY company, name";
    /// One site.
    SITE = "SELECT id, version, company, name, address, area, contact_id, note FROM sites WHERE id = $1";
    /// The sites of a customer's card.
    SITES_OF = "SELECT id, version, company, name, address, area, contact_id, note FROM sites WHERE contact_id = $1 ORDER BY id";
    /// The sites of a company.
    SITES_NAMED = "SELECT id, version, company, name, address, area, contact_id, note FROM sites WHERE company = $1 ORDER BY id";
    /// A new site.
    ADD_SITE = "INSERT INTO sites (version, company, name, address, area, contact_id, note, created_at) VALUES (1, $1, $2, $3, $4, $5, $6, $7) RETURNING id";
    /// Changes a site against its version.
    EDIT_SITE = "UPDATE sites SET version = version + 1, company = $3, name = $4, address = $5, area = $6, contact_id = $7, note = $8 WHERE id = $1 AND version = $2";
    /// All contracts.
    CONTRACTS = "SELECT id, version, number, company, name, calendar_id, valid_to FROM contracts ORDER BY company, number";
    /// A company's newest contract that is not over on a date.
    CONTRACT_OF = "SELECT id, version, number, company, name, calendar_id, valid_to FROM contracts WHERE company = $1 AND (valid_to IS NULL OR valid_to >= $2) ORDER BY id DESC LIMIT 1";
    /// One contract.
    CONTRACT = "SELECT id, version, number, company, name, calendar_id, valid_to FROM contracts WHERE id = $1";
    /// A new contract.
    ADD_CONTRACT = "INSERT INTO contracts (version, number, company, name, calendar_id, valid_to, created_at) VALUES (1, $1, $2, $3, $4, $5, $6) RETURNING id";
    /// Changes a contract against its version.
    EDIT_CONTRACT = "UPDATE contracts SET version = version + 1, number = $3, company = $4, name = $5, calendar_id = $6, valid_to = $7 WHERE id = $1 AND version = $2";
    /// All things.
    ASSETS = "SELECT id, version, site_id, contract_id, name, serial, note FROM assets ORDER BY site_id, name, id";
    /// The thing with a serial number.
    ASSET_BY_SERIAL = "SELECT id, version, site_id, contract_id, name, serial, note FROM assets WHERE serial = $1";
    /// A new thing.
    ADD_ASSET = "INSERT INTO assets (version, site_id, contract_id, name, serial, note, created_at) VALUES (1, $1, $2, $3, $4, $5, $6) RETURNING id";
    /// Changes a thing against its version.
    EDIT_ASSET = "UPDATE assets SET version = version + 1, site_id = $3, contract_id = $4, name = $5, serial = $6, note = $7 WHERE id = $1 AND version = $2";
    /// The goals of a contract; 0 is everybody without one.
    GOALS = "SELECT contract_id, priority, metric, goal_ms FROM goals WHERE contract_id = $1 OR contract_id = 0 ORDER BY contract_id, priority, metric";
    /// Sets a goal.
    SET_GOAL = "INSERT INTO goals (contract_id, priority, metric, goal_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (contract_id, priority, metric) DO UPDATE SET goal_ms = excluded.goal_ms";
}

/// A record is another version than the writer saw.
pub const STALE: &str = "place_stale";

/// Where faults happen.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::FromRow,
)]
pub struct Site {
    /// Its row; 0 is new.
    pub id: i64,
    /// Rises with every change.
    pub version: i64,
    /// Whose.
    pub company: String,
    /// What it is called: 河西园 B 座 12 层.
    pub name: String,
    /// The street.
    pub address: String,
    /// The part of town, for who is near.
    pub area: String,
    /// The customer's card.
    pub contact_id: Option<i64>,
    /// What to know before going there.
    pub note: String,
}

/// What was promised.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::FromRow,
)]
pub struct Contract {
    /// Its row; 0 is new.
    pub id: i64,
    /// Rises with every change.
    pub version: i64,
    /// The number on the paper.
    pub number: String,
    /// With whom.
    pub company: String,
    /// What it is called: 4 小时到场.
    pub name: String,
    /// Its working hours; `None` are the house's.
    pub calendar_id: Option<i64>,
    /// The last day on which it holds.
    pub valid_to: Option<String>,
}

/// A thing that can be broken.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Asset {
    /// Its row; 0 is new.
    pub id: i64,
    /// Rises with every change.
    pub version: i64,
    /// Where it stands.
    pub site_id: i64,
    /// By which contract it is looked after.
    pub contract_id: Option<i64>,
    /// What it is.
    pub name: String,
    /// Its serial number; empty where unknown.
    pub serial: String,
    /// What to know of it.
    pub note: String,
}

/// One goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// Of which contract; 0 is everybody without one.
    pub contract_id: i64,
    /// 1 to 4.
    pub priority: i64,
    /// What is measured.
    pub metric: Metric,
    /// Milliseconds of working time.
    pub within_ms: i64,
}

fn changed(tx: &mut Tx, what: &str, id: i64, change: &'static str) {
    tx.record(Change::new("fault", format!("{what}/{id}"), change));
}

fn fresh(done: u64) -> Result<()> {
    if done == 0 { Err(Error::Refused(STALE.to_owned())) } else { Ok(()) }
}

/// All sites.
pub async fn sites(db: &Db) -> Result<Vec<Site>> {
    db.read(SITES).all().await
}

/// One site.
pub async fn site(db: &Db, id: i64) -> Result<Option<Site>> {
    db.read(SITE).bind(id).maybe().await
}

/// The sites of a customer: of their card, or else of their company.
pub async fn sites_of(db: &Db, contact: Option<i64>, company: &str) -> Result<Vec<Site>> {
    if let Some(contact) = contact {
        let of_card: Vec<Site> = db.read(SITES_OF).bind(contact).all().await?;
        if !of_card.is_empty() {
            return Ok(of_card);
        }
    }
    if company.is_empty() {
        return Ok(Vec::new());
    }
    db.read(SITES_NAMED).bind(company).all().await
}

/// Writes a site, new or changed; gives its row.
pub async fn put_site(db: &Db, stamp: Stamp, site: Site) -> Result<i64> {
    db.write(stamp, move |tx| {
        let site = site.clone();
        Box::pin(async move {
            if site.id == 0 {
                let add = tx.q(ADD_SITE).bind(&site.company).bind(&site.name).bind(&site.address);
                let add = add.bind(&site.area).bind(site.contact_id).bind(&site.note);
                let id: i64 = add.bind(stamp.now).value().await?;
                changed(tx, "sites", id, "site");
                return Ok(id);
            }
            let edit = tx.q(EDIT_SITE).bind(site.id).bind(site.version).bind(&site.company);
            let edit = edit.bind(&site.name).bind(&site.address).bind(&site.area);
            fresh(edit.bind(site.contact_id).bind(&site.note).run().await?)?;
            changed(tx, "sites", site.id, "site");
            Ok(site.id)
        })
    })
    .await
}

/// All contracts.
pub async fn contracts(db: &Db) -> Result<Vec<Contract>> {
    db.read(CONTRACTS).all().await
}

/// One contract.
pub async fn contract(db: &Db, id: i64) -> Result<Option<Contract>> {
    db.read(CONTRACT).bind(id).maybe().await
}

/// Where a ticket is, and by which contract.
pub async fn of_ticket(db: &Db, ticket: &Ticket) -> Result<(Option<Site>, Option<Contract>)> {
    let at = match ticket.site_id {
        Some(id) => site(db, id).await?,
        None => None,
    };
    let by = match ticket.contract_id {
        Some(id) => contract(db, id).await?,
        None => None,
    };
    Ok((at, by))
}

/// The contract that holds for a company on a date.
pub async fn contract_of(db: &Db, company: &str, date: &str) -> Result<Option<Contract>> {
    db.read(CONTRACT_OF).bind(company).bind(date).maybe().await
}

/// Writes a contract, new or changed; gives its row.
pub async fn put_contract(db: &Db, stamp: Stamp, one: Contract) -> Result<i64> {
    db.write(stamp, move |tx| {
        let one = one.clone();
        Box::pin(async move {
            if one.id == 0 {
                let add = tx.q(ADD_CONTRACT).bind(&one.number).bind(&one.company).bind(&one.name);
                let add = add.bind(one.calendar_id).bind(&one.valid_to);
                let id: i64 = add.bind(stamp.now).value().await?;
                changed(tx, "contracts", id, "contract");
                return Ok(id);
            }
            let edit = tx.q(EDIT_CONTRACT).bind(one.id).bind(one.version).bind(&one.number);
            let edit = edit.bind(&one.company).bind(&one.name).bind(one.calendar_id);
            fresh(edit.bind(&one.valid_to).run().await?)?;
            changed(tx, "contracts", one.id, "promise");
            Ok(one.id)
        })
    })
    .await
}

/// All things.
pub async fn assets(db: &Db) -> Result<Vec<Asset>> {
    db.read(ASSETS).all().await
}

/// The thing with a serial number.
pub async fn asset_by_serial(db: &Db, serial: &str) -> Result<Option<Asset>> {
    db.read(ASSET_BY_SERIAL).bind(serial).maybe().await
}

/// Writes a thing, new or changed; gives its row.
pub async fn put_asset(db: &Db, stamp: Stamp, one: Asset) -> Result<i64> {
    db.write(stamp, move |tx| {
        let one = one.clone();
        Box::pin(async move {
            if one.id == 0 {
                let add = tx.q(ADD_ASSET).bind(one.site_id).bind(one.contract_id).bind(&one.name);
                let id: i64 = add.bind(&one.serial).bind(&one.note).bind(stamp.now).value().await?;
                changed(tx, "assets", id, "asset");
                return Ok(id);
            }
            let edit = tx.q(EDIT_ASSET).bind(one.id).bind(one.version).bind(one.site_id);
            let edit = edit.bind(one.contract_id).bind(&one.name).bind(&one.serial);
            fresh(edit.bind(&one.note).run().await?)?;
            changed(tx, "assets", one.id, "asset");
            Ok(one.id)
        })
    })
    .await
}

/// The goals of a contract and those of everybody without one (`contract_id` 0).
pub async fn goals(db: &Db, contract: i64) -> Result<Vec<Goal>> {
    let rows: Vec<(i64, i64, String, i64)> = db.read(GOALS).bind(contract).all().await?;
    let read = |(contract_id, priority, metric, goal_ms): (i64, i64, String, i64)| {
        let metric =
            metric.parse().map_err(|_| Error::Unreadable("a goal of another kind".to_owned()))?;
        Ok(Goal { contract_id, priority, metric, within_ms: goal_ms })
    };
    rows.into_iter().map(read).collect()
}

/// Sets goals.
pub async fn set_goals(db: &Db, stamp: Stamp, goals: Vec<Goal>) -> Result<()> {
    db.write(stamp, move |tx| {
        let goals = goals.clone();
        Box::pin(async move {
            for goal in &goals {
                let set = tx.q(SET_GOAL).bind(goal.contract_id).bind(goal.priority);
                set.bind(goal.metric.name()).bind(goal.within_ms).run().await?;
            }
            if let Some(first) = goals.first() {
                changed(tx, "contracts", first.contract_id, "promise");
            }
            Ok(())
        })
    })
    .await
}

/// What a ticket of this contract and priority is measured by.
pub async fn promise(db: &Db, contract: Option<i64>, priority: i64, zone: Tz) -> Result<Promise> {
    let kept = match contract {
        Some(id) => self::contract(db, id).await?,
        None => None,
    };
    let calendar_id = kept.and_then(|contract| contract.calendar_id);
    let mut goals = BTreeMap::new();
    // those of the contract come after those of everybody and win
    for goal in self::goals(db, contract.unwrap_or(0)).await? {
        if goal.priority == priority {
            goals.insert(goal.metric, goal.within_ms);
        }
    }
    let calendar = calendar(db, calendar_id, zone).await?;
    Ok(Promise { calendar_id, calendar, goals })
}

/// A calendar by its row; the house's own where there is none.
pub async fn calendar(db: &Db, id: Option<i64>, zone: Tz) -> Result<Calendar> {
    calendar_of(&mut Books::Now(db), id, zone).await
}

/// The same, also inside a change.
pub async fn calendar_of(books: &mut Books<'_>, id: Option<i64>, zone: Tz) -> Result<Calendar> {
    if let Some(id) = id
        && let Some(calendar) = calendars::store::calendar_of(books, CalendarId(id), zone).await?
    {
        return Ok(calendar);
    }
    match calendars::store::house_of(books, zone).await {
        Err(Error::NotFound) => Ok(Calendar::always(zone)),
        found => found,
    }
}
