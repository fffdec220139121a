//! `/calls/{id}/evidence`: one call as a file with its hash.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Office, READERS};
use crate::calls::figures;
use crate::kernel::CallId;
use crate::reports::evidence::{gather, seal};
use crate::web::{At, Filter, Frame, Place, Problem, Reader, Want, maybe_text};

/// `?format=file` gives exactly the bytes that are hashed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    format: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "reports/evidence.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    /// The SHA-256 of the document, in hex.
    sha256: String,
    /// How many bytes were hashed.
    bytes: usize,
    /// What was hashed.
    document: Value,
    #[serde(skip)]
    id: CallId,
    #[serde(skip)]
    events: usize,
    #[serde(skip)]
    messages: usize,
    #[serde(skip)]
    outages: usize,
    #[serde(skip)]
    ground: String,
}

pub(super) async fn show(
    State(office): State<Office>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let kit = &want.kit;
    office.live.written().await;
    let evidence = gather(&kit.db, &kit.site_name, id, want.now).await?.without(&reader.closed);
    let sealed = seal(&evidence).map_err(Problem::broken)?;
    if asked.format.as_deref() == Some("file") {
        let name = format!("attachment; filename=\"call-{id}-{}.json\"", sealed.sha256);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
            (header::CONTENT_DISPOSITION, HeaderValue::try_from(name).map_err(Problem::broken)?),
        ];
        return Ok((headers, sealed.document).into_response());
    }
    want.page(&Page {
        frame: want.frame(Place::Calls),
        bytes: sealed.document.len(),
        document: serde_json::from_str(&sealed.document).map_err(Problem::broken)?,
        sha256: sealed.sha256,
        id,
        events: evidence.story.len(),
        messages: evidence.ladder.len(),
        outages: evidence.outages.len(),
        ground: figures::evidence(&want.messages(), evidence.call.evidence),
    })
}
