//! What two wrote on one fault at once, field by field, for the one who saved second (operations.md §4.14): what only
//! one of them changed is put together by itself, what both changed somebody decides.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};

use super::hidden;
use super::intake::Fields;
use crate::tickets::store::places;
use crate::web::{Frame, OnDuty, Place, Problem, Want};
use crate::words::Messages;

/// A field that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    field: String,
    mine: String,
    theirs: String,
    /// Both changed it: somebody has to decide.
    open: bool,
}

/// Three versions laid side by side.
pub(super) struct Merged {
    /// What comes of both; ours where both changed it.
    pub(super) result: Fields,
    /// Fields that only one changed or both did: who has to decide is told of each.
    differing: Vec<(String, Value, Value, bool)>,
}

impl Merged {
    /// Whether nothing is left to decide.
    pub(super) fn is_settled(&self) -> bool {
        self.differing.iter().all(|(.., open)| !open)
    }
}

fn object(fields: &Fields) -> Map<String, Value> {
    match serde_json::to_value(fields) {
        Ok(Value::Object(all)) => all,
        Ok(_) | Err(_) => Map::new(),
    }
}

/// What the fields are called in which two differ.
pub(super) fn differing(l: &Messages, before: &Fields, now: &Fields) -> Vec<String> {
    let (before, now) = (object(before), object(now));
    let changed = now.iter().filter(|(name, value)| before.get(name.as_str()) != Some(*value));
    let written =
        changed.filter(|(name, _)| !matches!(name.as_str(), "asset" | "call" | "contact"));
    written.map(|(name, _)| title(l, name)).collect()
}

/// What comes of what the page showed (`base`), what was written (`mine`) and what is there now (`theirs`).
pub(super) fn merged(base: &Fields, mine: &Fields, theirs: &Fields) -> Merged {
    let (base, mut result, theirs) = (object(base), object(mine), object(theirs));
    let mut differing = Vec::new();
    for (name, now) in theirs {
        let (was, own) = (base.get(&name), result.get(&name).cloned().unwrap_or_default());
        if own == now || name == "asset" || name == "call" {
            continue;
        }
        let (i_did, they_did) = (was != Some(&own), was != Some(&now));
        differing.push((name.clone(), own, now.clone(), i_did && they_did));
        if !i_did {
            result.insert(name, now);
        }
    }
    let result = serde_json::from_value(Value::Object(result)).unwrap_or_default();
    Merged { result, differing }
}

#[derive(Template, Serialize)]
#[template(path = "tickets/conflict.html")]
struct ConflictPage {
    #[serde(skip)]
    frame: Frame,
    no: String,
    version: i64,
    rows: Vec<Row>,
    #[serde(skip)]
    form: Fields,
    #[serde(skip)]
    base: String,
    #[serde(skip)]
    sites: Vec<places::Site>,
    #[serde(skip)]
    contracts: Vec<places::Contract>,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

/// The page on which somebody decides; saved again, it counts against what is there now.
pub(super) async fn page(
    want: &Want,
    reader: &OnDuty,
    (no, version): (&str, i64),
    mut merged: Merged,
    mut theirs: Fields,
) -> Result<Response, Problem> {
    let l = want.messages();
    hidden::clear_form(&l, &mut merged.result, &reader.closed);
    hidden::clear_form(&l, &mut theirs, &reader.closed);
    let sites = super::board::sites(want).await?;
    let contracts = places::contracts(&want.kit.db).await?;
    let shown = |name: &str, value: &Value| match name {
        "site" => sites
            .iter()
            .find(|one| value.as_i64() == Some(one.id))
            .map(|one| format!("{} {}", one.company, one.name))
            .unwrap_or_default(),
        "contract" => contracts
            .iter()
            .find(|one| value.as_i64() == Some(one.id))
            .map(|one| format!("{} {}", one.number, one.name))
            .unwrap_or_default(),
        "impact" | "urgency" => weight(&l, name, value.as_i64().unwrap_or_default()),
        "promised" => value.as_str().unwrap_or_default().replace('T', " "),
        "caller_number" => {
            reader.closed.number(value.as_str().map(str::to_owned).unwrap_or_default())
        }
        _ => reader.closed.text(value.as_str().unwrap_or_default()),
    };
    let rows = merged.differing.iter().filter(|(name, ..)| name != "contact");
    let rows = rows.map(|(name, mine, theirs, open)| Row {
        field: title(&l, name),
        mine: shown(name, mine),
        theirs: shown(name, theirs),
        open: *open,
    });
    let page = ConflictPage {
        rows: rows.collect(),
        no: no.to_owned(),
        version,
        form: merged.result,
        base: serde_json::to_string(&theirs).map_err(Problem::broken)?,
        sites,
        contracts,
        errors: BTreeMap::new(),
        frame: want.frame(Place::Faults),
    };
    want.page_with(StatusCode::CONFLICT, &page)
}

/// The form once more, with what is wrong with it: nothing that was written is lost.
pub(super) async fn again(
    want: &Want,
    reader: &OnDuty,
    (no, version): (&str, i64),
    mut form: Fields,
    (base, problem): (Option<String>, &Problem),
) -> Result<Response, Problem> {
    let l = want.messages();
    hidden::clear_form(&l, &mut form, &reader.closed);
    let page = ConflictPage {
        rows: vec![],
        no: no.to_owned(),
        version,
        form,
        base: base.unwrap_or_default(),
        sites: super::board::sites(want).await?,
        contracts: places::contracts(&want.kit.db).await?,
        errors: problem.fields(&l),
        frame: want.frame(Place::Faults),
    };
    want.page_with(problem.status, &page)
}

fn weight(l: &Messages, name: &str, of: i64) -> String {
    match (name, of) {
        ("impact", 1) => l.tickets_impact_1(),
        ("impact", 2) => l.tickets_impact_2(),
        ("impact", _) => l.tickets_impact_3(),
        (_, 1) => l.tickets_urgency_1(),
        (_, 2) => l.tickets_urgency_2(),
        _ => l.tickets_urgency_3(),
    }
    .to_string()
}

/// What a field of a fault is called.
pub(super) fn title(l: &Messages, name: &str) -> String {
    match name {
        "caller_number" => l.tickets_caller_number(),
        "caller_name" => l.tickets_caller_name(),
        "company" => l.tickets_company(),
        "site" => l.tickets_site(),
        "contract" => l.tickets_contract(),
        "place" => l.tickets_place(),
        "serial" => l.tickets_serial(),
        "need" => l.tickets_need(),
        "purpose" => l.tickets_purpose(),
        "category" => l.tickets_category(),
        "skill" => l.tickets_skill(),
        "impact" => l.tickets_impact(),
        "urgency" => l.tickets_urgency(),
        "tried" => l.tickets_tried(),
        "plan" => l.tickets_plan(),
        "promised" => l.tickets_promised(),
        _ => l.tickets_symptom(),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(symptom: &str, plan: &str, urgency: i64) -> Fields {
        Fields { symptom: symptom.to_owned(), plan: plan.to_owned(), urgency, ..Fields::default() }
    }

    #[test]
    fn what_only_one_changed_is_put_together_and_what_both_did_is_asked() {
        let base = fields("红灯", "", 2);
        let settled = merged(&base, &fields("红灯", "换电池", 2), &fields("红灯", "", 1));
        assert!(settled.is_settled());
        assert_eq!((settled.result.plan.as_str(), settled.result.urgency), ("换电池", 1));
        let open = merged(&base, &fields("红灯亮", "换电池", 2), &fields("红灯闪", "", 1));
        assert!(!open.is_settled());
        assert_eq!((open.result.symptom.as_str(), open.result.urgency), ("红灯亮", 1));
    }
}
