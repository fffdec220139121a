//! `/sites`: where faults happen, what was promised for it, and what engineers can.

use std::borrow::Borrow;

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::clock::Metric;
use super::super::store::people;
use super::super::store::places::{self, Asset, Contract, Goal, Site};
use super::{KEEPERS, Panel, READERS, WRITERS, say};
use crate::calendars;
use crate::db;
use crate::kernel::StaffId;
use crate::web::{At, Frame, Input, Place, Problem, Reader, Want, maybe_number, maybe_text};

/// The goals of a contract, or of everybody without one.
#[derive(Debug, Clone, Serialize)]
struct Goals {
    contract: i64,
    name: String,
    rows: Vec<GoalRow>,
}

/// A priority's goals in minutes; 0 where a contract leaves it to everybody's.
#[derive(Debug, Clone, Serialize)]
struct GoalRow {
    priority: i64,
    name: String,
    respond: i64,
    arrive: i64,
    resolve: i64,
}

#[derive(Debug, Clone, Serialize)]
struct Skilled {
    id: StaffId,
    name: String,
    skills: String,
    areas: String,
}

#[derive(Template, Serialize)]
#[template(path = "tickets/places.html")]
struct PlacesPage {
    #[serde(skip)]
    frame: Frame,
    sites: Vec<Site>,
    contracts: Vec<Contract>,
    assets: Vec<Asset>,
    goals: Vec<Goals>,
    engineers: Vec<Skilled>,
    #[serde(skip)]
    calendars: Vec<(i64, String)>,
    #[serde(skip)]
    writes: bool,
    #[serde(skip)]
    keeps: bool,
}

impl PlacesPage {
    fn site_name(&self, id: impl Borrow<i64>) -> String {
        let site = self.sites.iter().find(|site| site.id == *id.borrow());
        site.map(|site| format!("{} {}", site.company, site.name)).unwrap_or_default()
    }

    fn contract_name(&self, id: impl Borrow<Option<i64>>) -> String {
        let one = self.contracts.iter().find(|one| Some(one.id) == *id.borrow());
        one.map(|one| one.number.clone()).unwrap_or_default()
    }

    fn calendar_name(&self, id: impl Borrow<Option<i64>>) -> String {
        let one = self.calendars.iter().find(|(one, _)| Some(*one) == *id.borrow());
        one.map(|(_, name)| name.clone()).unwrap_or_default()
    }
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let db = &want.kit.db;
    let l = want.messages();
    let contracts = places::contracts(db).await?;
    let mut goals = Vec::new();
    let everybody =
        Contract { name: l.tickets_goals_everybody().to_string(), ..Contract::default() };
    for contract in std::iter::once(&everybody).chain(&contracts) {
        let kept = places::goals(db, contract.id).await?;
        let minutes = |priority: i64, metric: Metric| {
            let own = |goal: &&Goal| {
                goal.contract_id == contract.id
                    && goal.priority == priority
                    && goal.metric == metric
            };
            kept.iter().find(own).map_or(0, |goal| goal.within_ms / 60_000)
        };
        let rows = (1..=4).map(|priority| GoalRow {
            priority,
            name: say::priority(&l, priority),
            respond: minutes(priority, Metric::Respond),
            arrive: minutes(priority, Metric::Arrive),
            resolve: minutes(priority, Metric::Resolve),
        });
        let name = if contract.id == 0 {
            contract.name.clone()
        } else {
            format!("{} {} {}", contract.company, contract.number, contract.name)
        };
        goals.push(Goals { contract: contract.id, name, rows: rows.collect() });
    }
    let engineers = people::engineers(db).await?.into_iter();
    let engineers = engineers.map(|one| Skilled {
        id: one.id,
        name: one.name,
        skills: one.skills,
        areas: one.areas,
    });
    let calendars = calendars::store::all(db).await?.into_iter().map(|kept| (kept.id.0, kept.name));
    want.page(&PlacesPage {
        sites: places::sites(db).await?,
        assets: places::assets(db).await?,
        contracts,
        goals,
        engineers: engineers.collect(),
        calendars: calendars.collect(),
        writes: reader.roles.has_any(WRITERS),
        keeps: reader.roles.has_any(KEEPERS),
        frame: want.frame(Place::Sites),
    })
}

/// Whatever is written on this page: only the fields of its form are there.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Written {
    #[serde(default, deserialize_with = "maybe_number")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    company: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    address: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    area: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    note: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    contact: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    number: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    calendar: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    valid_to: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    site: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    contract: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    serial: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    skills: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    areas: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    priority: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    respond: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    arrive: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    resolve: Option<i64>,
}

fn needed(field: &'static str) -> Problem {
    Problem::rules().field(field, |l| l.tickets_wrong_needed().to_string())
}

fn done(want: &Want, id: db::Result<i64>) -> Result<Response, Problem> {
    match id {
        Ok(id) => want.done("/sites", &serde_json::json!({ "id": id })),
        Err(error) if error.is_refusal(places::STALE) => {
            Err(Problem::stale(&serde_json::json!({})))
        }
        Err(db::Error::Refused(name)) if name.ends_with("_key") => {
            Err(Problem::rule(|l| l.tickets_wrong_twice().to_string()))
        }
        Err(db::Error::Refused(_)) => Err(needed("company")),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn put_site(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let company = written.company.ok_or_else(|| needed("company"))?;
    let site = Site {
        id: written.id.unwrap_or(0),
        version: written.version.unwrap_or(0),
        company,
        name: written.name.unwrap_or_default(),
        address: written.address.unwrap_or_default(),
        area: written.area.unwrap_or_default(),
        contact_id: written.contact,
        note: written.note.unwrap_or_default(),
    };
    done(&want, places::put_site(&want.kit.db, want.stamp(), site).await)
}

pub(super) async fn put_contract(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let one = Contract {
        id: written.id.unwrap_or(0),
        version: written.version.unwrap_or(0),
        number: written.number.ok_or_else(|| needed("number"))?,
        company: written.company.ok_or_else(|| needed("company"))?,
        name: written.name.unwrap_or_default(),
        calendar_id: written.calendar,
        valid_to: written.valid_to,
    };
    let put = places::put_contract(&want.kit.db, want.stamp(), one).await;
    if put.is_ok() {
        panel.desk.remeasure(want.now).await?;
    }
    done(&want, put)
}

pub(super) async fn put_asset(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let one = Asset {
        id: written.id.unwrap_or(0),
        version: written.version.unwrap_or(0),
        site_id: written.site.ok_or_else(|| needed("site"))?,
        contract_id: written.contract,
        name: written.name.ok_or_else(|| needed("name"))?,
        serial: written.serial.unwrap_or_default(),
        note: written.note.unwrap_or_default(),
    };
    done(&want, places::put_asset(&want.kit.db, want.stamp(), one).await)
}

pub(super) async fn put_goals(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let contract_id = written.contract.unwrap_or(0);
    let priority =
        written.priority.filter(|one| (1..=4).contains(one)).ok_or_else(|| needed("priority"))?;
    let given = [
        (Metric::Respond, written.respond),
        (Metric::Arrive, written.arrive),
        (Metric::Resolve, written.resolve),
    ];
    let mut goals = Vec::new();
    for (metric, minutes) in given {
        match minutes {
            Some(minutes @ 1..=525_600) => {
                goals.push(Goal { contract_id, priority, metric, within_ms: minutes * 60_000 });
            }
            // a contract may leave a goal to everybody's
            None | Some(0) => {}
            Some(_) => {
                return Err(Problem::rules()
                    .field(metric.name(), |l| l.tickets_wrong_minutes().to_string()));
            }
        }
    }
    places::set_goals(&want.kit.db, want.stamp(), goals).await?;
    panel.desk.remeasure(want.now).await?;
    want.done("/sites", &serde_json::json!({ "contract": contract_id }))
}

pub(super) async fn put_engineer(
    want: Want,
    reader: Reader,
    At(id): At<StaffId>,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let db = &want.kit.db;
    let known = people::engineers(db).await?.iter().any(|one| one.id == id);
    if !known {
        return Err(Problem::not_found());
    }
    let (skills, areas) = (written.skills.unwrap_or_default(), written.areas.unwrap_or_default());
    people::set(db, want.stamp(), id, skills, areas).await?;
    want.done("/sites", &serde_json::json!({ "id": id }))
}
