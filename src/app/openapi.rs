//! `/openapi.json`: every address with what it takes and gives. Shapes come from the structs that
//! are sent; the list of addresses is [`paths`], and a test finds the route that is missing there.

mod paths;

use axum::Json;
use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;

use crate::bookings::{BanquetView, BookingView, EntryView};
use crate::calls::missed::{MissedView, Rule};
use crate::calls::store::{Figures, Message, Outage, Plan};
use crate::calls::{Call, Outcome, OutgoingCall, State};
use crate::contacts::{Card, ContactCard, ImportTally, SiteRules};
use crate::followups::FollowUpView;
use crate::messages;
use crate::notices::{Answers, Notice};
use crate::reports::answering::Answering;
use crate::reports::store::{Mail, Question, Settings, WallKey};
use crate::reports::{Tally, Wall};
use crate::scripts::Script;
use crate::web::{HeardBy, LineView, Lost, MirrorView, SocketView, WatchView};
use paths::{Answer, Operation, PATHS};

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(
    Answers,
    Answering,
    Call,
    crate::calls::CallAlone,
    Card,
    ContactCard,
    BanquetView,
    BookingView,
    EntryView,
    Figures,
    ImportTally,
    FollowUpView,
    HeardBy,
    LineView,
    Lost,
    Mail,
    Message,
    MirrorView,
    MissedView,
    Notice,
    Rule,
    Outage,
    Outcome,
    OutgoingCall,
    Plan,
    Script,
    messages::Message,
    crate::quality::OperatorMonth,
    crate::quality::RecordView,
    crate::quality::SheetView,
    Question,
    Settings,
    SiteRules,
    SocketView,
    State,
    crate::rooms::Room,
    Tally,
    Wall,
    WallKey,
    WatchView,
    super::demo_clock::Told,
    super::health::Readiness,
)))]
struct Shapes;

/// The document, as `switchboard openapi` prints it.
pub fn document() -> String {
    // a document of maps, lists and texts is always writable
    serde_json::to_string_pretty(&written()).unwrap_or_default()
}

pub(super) async fn show() -> Json<Value> {
    Json(written())
}

fn written() -> Value {
    let mut shapes = serde_json::to_value(Shapes::openapi()).unwrap_or_default();
    let mut schemas = shapes["components"]["schemas"].take();
    if let Some(schemas) = schemas.as_object_mut() {
        schemas.insert("Problem".to_owned(), problem());
    }
    let mut paths: Map<String, Value> = Map::new();
    for operation in PATHS.iter().copied().flatten() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "三响 Switchboard",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": "switchboard_session" },
            },
        },
        "security": [{ "token": [] }, { "session": [] }],
    })
}

const ABOUT: &str = "Every address answers HTML to a browser and JSON to `Accept: application/json`. \
    Instants are RFC 3339 UTC with milliseconds, durations are integer milliseconds and end in \
    `_ms`, lists are `{\"items\": […], \"next\": cursor|null}` and are paged with `limit` and \
    `after`. A write may carry `Idempotency-Key`, kept 24 hours: a repeat gets the first answer. \
    A stale `version` is 409 with the current record. A form may say `_method=DELETE`.";

fn described(operation: &Operation) -> Value {
    let mut described = json!({
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": operation_id(operation),
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if operation.open {
        described["security"] = json!([]);
    }
    if !operation.body.is_empty() {
        let fields = operation.body.iter().map(|(name, kind)| (name.to_string(), kind.schema()));
        let required: Vec<&str> = operation
            .body
            .iter()
            .filter(|(_, kind)| kind.needed())
            .map(|(name, _)| *name)
            .collect();
        let schema = json!({
            "type": "object",
            "properties": fields.collect::<Map<_, _>>(),
            "required": required,
        });
        described["requestBody"] = json!({
            "required": !required.is_empty(),
            "content": {
                "application/json": { "schema": schema },
                "application/x-www-form-urlencoded": { "schema": schema },
            },
        });
    }
    described
}

/// `post_calls_id_notes`.
fn operation_id(operation: &Operation) -> String {
    let path = operation.path.replace(['{', '}', '*'], "").replace(['/', '-', '.'], "_");
    format!("{}{}", operation.method, if path == "_" { "_home" } else { &path })
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let in_path = in_path.map(|name| {
        json!({ "name": name.trim_start_matches('*'), "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let in_query = operation.query.iter().map(|(name, about)| {
        json!({ "name": name, "in": "query", "description": about, "schema": { "type": "string" } })
    });
    in_path.chain(in_query).collect()
}

fn responses(operation: &Operation) -> Value {
    let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let with = |about: &str, kind: &str, schema: Value| json!({ "description": about, "content": { kind: { "schema": schema } } });
    let good = match operation.answer {
        Answer::One(name) => with("The record.", "application/json", of(name)),
        Answer::List(name) => with(
            "A page of records, newest first.",
            "application/json",
            json!({
                "type": "object",
                "properties": {
                    "items": { "type": "array", "items": of(name) },
                    "next": { "type": ["string", "null"] },
                },
                "required": ["items"],
            }),
        ),
        Answer::Page(about) => with(about, "application/json", json!({ "type": "object" })),
        Answer::Text(kind) => with("The text.", kind, json!({ "type": "string" })),
    };
    let mut responses = json!({ operation.good: good });
    let problem = |about: &str| with(about, "application/problem+json", of("Problem"));
    if !operation.open {
        responses["401"] = problem("Nobody is signed in.");
        responses["403"] = problem("The roles do not allow it.");
    }
    if operation.path.contains('{') {
        responses["404"] = problem("There is no such record.");
    }
    if operation.method != "get" {
        responses["400"] = problem("It cannot be read.");
        responses["409"] = problem("The record has changed; with the current one.");
        responses["422"] = problem("A rule says no.");
    }
    responses
}

/// RFC 9457.
fn problem() -> Value {
    json!({
        "type": "object",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "fields": { "type": "object", "additionalProperties": { "type": "string" } },
            "current": { "type": "object" },
        },
        "required": ["type", "title", "status", "detail", "fields"],
    })
}
