//! The parts of the house a greeter is called for, chosen by the greeter.

use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::super::store::areas;
use super::super::FLOOR;
use crate::kernel::{AreaId, Role};
use crate::rooms::House;
use crate::web::{Input, OnDuty, Problem, Reader, Want, list as many};

/// A part of the house.
#[derive(Serialize)]
pub(super) struct Part {
    pub(super) id: AreaId,
    pub(super) name: String,
    /// Whether the greeter is called for it.
    pub(super) mine: bool,
}

/// The parts, where there is a choice: for greeters, in a house that has several.
pub(super) async fn parts(
    want: &Want,
    reader: &OnDuty,
    house: &House,
) -> Result<Vec<Part>, Problem> {
    let staff = reader.staff().filter(|_| reader.roles.has(Role::Greeter));
    let Some(staff) = staff.filter(|_| house.areas.len() > 1) else { return Ok(Vec::new()) };
    let chosen = areas::of(&want.kit.db, staff).await?;
    let part = |id: AreaId, name: &str| Part {
        id,
        name: name.to_owned(),
        mine: chosen.is_empty() || chosen.contains(&id),
    };
    Ok(house.areas.iter().map(|area| part(area.id, &area.name)).collect())
}

#[derive(Deserialize)]
pub(in crate::bookings::web) struct Chosen {
    /// Their numbers; all of them, or none, is the whole house.
    #[serde(default, deserialize_with = "many")]
    area: Vec<serde_json::Value>,
}

pub(in crate::bookings::web) async fn choose(
    want: Want,
    reader: Reader,
    Input(Chosen { area }): Input<Chosen>,
) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    let staff = reader.staff().ok_or_else(Problem::forbidden)?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let number =
        |one: &serde_json::Value| one.as_i64().or_else(|| one.as_str()?.trim().parse().ok());
    let mut chosen = Vec::new();
    for one in &area {
        let id = AreaId(number(one).ok_or_else(Problem::syntax)?);
        if house.areas.iter().any(|area| area.id == id) && !chosen.contains(&id) {
            chosen.push(id);
        }
    }
    if chosen.len() == house.areas.len() {
        chosen.clear();
    }
    areas::choose(&want.kit.db, want.stamp(), staff, chosen).await?;
    let record = serde_json::json!({ "areas": parts(&want, &reader, &house).await? });
    want.done("/my/floor", &record)
}
