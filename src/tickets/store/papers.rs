//! What stands on the paper of an order: kept when it is filed, so that a reprint says the same whatever becomes of
//! the fault, its site and its contract (clause 5.3a).

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::super::clock::Metric;
use super::super::order::Order;
use super::super::ticket::Ticket;
use super::places::{self, Contract, Site};
use super::{board, clocks, orders};
use crate::db::{Db, Result, Tx, statements};
use crate::kernel::Moment;

statements! {
    /// Keeps the words of an order's paper, once.
    KEEP = "INSERT INTO work_order_papers (order_id, words) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING";
    /// The words of an order's paper, where they were kept.
    KEPT = "SELECT words FROM work_order_papers WHERE order_id = $1";
}

/// What a paper says beside the order itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paper {
    /// The fault.
    pub ticket: Ticket,
    /// Where it is.
    pub site: Option<Site>,
    /// By which contract.
    pub contract: Option<Contract>,
    /// What the thing is called.
    pub asset: String,
    /// The name of who sent the order.
    pub issuer: Option<String>,
    /// The names of the crew, the lead first.
    pub crew: Vec<String>,
    /// By when somebody is to be there, as was promised with the contract.
    #[serde(default)]
    pub arrive_by: Option<Moment>,
}

/// By when somebody is to be there, by the clock of the fault as it stands.
async fn arrive_by(db: &Db, ticket: i64, zone: Tz) -> Result<Option<Moment>> {
    let all = clocks::of(db, &[ticket]).await?;
    let Some(clock) = all.into_iter().find(|one| one.metric == Metric::Arrive) else {
        return Ok(None);
    };
    let calendar = places::calendar(db, clock.calendar_id, zone).await?;
    Ok(clock.begun().and_then(|from| calendar.add_working(from, clock.goal_ms)))
}

/// What the paper of an order says now.
pub async fn now(db: &Db, order: &Order, ticket: Ticket, zone: Tz) -> Result<Paper> {
    let (site, contract) = places::of_ticket(db, &ticket).await?;
    let asset = match ticket.asset_id {
        Some(id) => places::assets(db).await?.into_iter().find(|asset| asset.id == id),
        None => None,
    };
    let crew = orders::crew(db, order.id).await?.into_iter().map(|mate| mate.name).collect();
    let mut names = board::names(db).await?.into_iter();
    let issuer = order.issued_by.and_then(|by| names.find(|(id, _)| *id == by));
    Ok(Paper {
        site,
        contract,
        asset: asset.map(|asset| asset.name).unwrap_or_default(),
        issuer: issuer.map(|(_, name)| name),
        crew,
        arrive_by: arrive_by(db, ticket.id, zone).await?,
        ticket,
    })
}

/// The paper as words to be kept.
pub fn words(paper: &Paper) -> String {
    serde_json::to_string(paper).unwrap_or_default()
}

/// Keeps what the paper of an order says, as part of the change that files it.
pub async fn keep(tx: &mut Tx, order: i64, words: &str) -> Result<()> {
    tx.q(KEEP).bind(order).bind(words).run().await.map(drop)
}

/// What the paper of a filed order says. `None`: it is not filed, was filed before papers were kept, or its person
/// was erased.
pub async fn kept(db: &Db, order: i64) -> Result<Option<Paper>> {
    let words: Option<(String,)> = db.read(KEPT).bind(order).maybe().await?;
    Ok(words.and_then(|(words,)| serde_json::from_str(&words).ok()))
}
