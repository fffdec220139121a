//! What goes with the card of a call to be made: papers that the caller needs at hand, and the same
//! text sent on to whoever is called or to a group (operations.md clauses 2.1 and 2.3).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::super::particulars::clean;
use super::super::store::{self, Plan, PlanWords};
use super::{Panel, person, say, sight};
use crate::kernel::{PlanId, masked_in};
use crate::outbox::{Channel, NewMessage, Way};
use crate::web::{At, Input, Problem, Reader, Want, file, maybe_text};
use crate::words::Messages;

/// The largest paper, in bytes; all of a form that is sent is at most four MiB.
const LARGEST: usize = 3 * 1024 * 1024;
/// So many papers a card has at most.
const MOST: usize = 10;
/// The longest name of a paper, in characters.
const NAME_MOST: usize = 120;

/// The card, where it is the reader's own.
async fn own(want: &Want, reader: &Reader, id: PlanId) -> Result<Plan, Problem> {
    sight::may_write(reader)?;
    person(reader)?;
    let plan = store::plan(&want.kit.db, id).await?;
    if Some(plan.staff_id) == reader.staff() { Ok(plan) } else { Err(Problem::forbidden()) }
}

/// What a paper is: what a file says of itself does not count, its first bytes do.
fn mime(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'%', b'P', b'D', b'F', ..] => "application/pdf",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        _ => "application/octet-stream",
    }
}

/// A name without folders, control characters and marks that turn the line round.
fn named(l: &Messages, raw: &str) -> String {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = clean(&say::shown(last), false).chars().take(NAME_MOST).collect();
    if name.is_empty() { l.calls_plan_paper_unnamed().to_string() } else { name }
}

/// `POST /calls/plans/{id}/papers`
pub(super) async fn add(
    want: Want,
    reader: Reader,
    At(id): At<PlanId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    own(&want, &reader, id).await?;
    let refused = |say: fn(&Messages) -> String| Err(Problem::rules().field("file", say));
    let sent = file(&headers, body).await?.filter(|(_, bytes)| !bytes.is_empty());
    let Some((name, bytes)) = sent else {
        return refused(|l| l.calls_plan_paper_missing().to_string());
    };
    if bytes.len() > LARGEST {
        return Err(Problem::status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let db = &want.kit.db;
    if store::papers::papers(db, id).await?.len() >= MOST {
        return refused(|l| l.calls_plan_paper_many(MOST).to_string());
    }
    let (name, mime) = (named(&want.messages(), &name), mime(&bytes));
    let new = store::papers::NewPaper { name, mime, bytes: bytes.to_vec() };
    let paper = store::papers::add(db, want.stamp(), id, new).await?;
    want.done(&format!("/calls/plans/{id}"), &serde_json::json!({ "id": paper }))
}

/// `GET /calls/plans/{id}/papers/{paper}`: always a file to be kept, never a page of ours.
pub(super) async fn show(
    want: Want,
    reader: Reader,
    At((id, paper)): At<(PlanId, i64)>,
) -> Result<Response, Problem> {
    sight::may_read(&reader)?;
    let db = &want.kit.db;
    let plan = store::plan(db, id).await?;
    if Some(plan.staff_id) != reader.staff() && !reader.roles.has_any(sight::JUDGES) {
        return Err(Problem::not_found());
    }
    let kept = store::papers::bytes(db, id, paper).await?;
    let (name, mime, bytes) = kept.ok_or_else(Problem::not_found)?;
    let name = utf8_percent_encode(&name, NON_ALPHANUMERIC);
    let as_file = format!("attachment; filename*=UTF-8''{name}");
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, mime.parse().map_err(Problem::broken)?);
    headers.insert(header::CONTENT_DISPOSITION, as_file.parse().map_err(Problem::broken)?);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok((headers, bytes).into_response())
}

/// `DELETE /calls/plans/{id}/papers/{paper}`
pub(super) async fn remove(
    want: Want,
    reader: Reader,
    At((id, paper)): At<(PlanId, i64)>,
) -> Result<Response, Problem> {
    own(&want, &reader, id).await?;
    if !store::papers::remove(&want.kit.db, want.stamp(), id, paper).await? {
        return Err(Problem::not_found());
    }
    want.done(&format!("/calls/plans/{id}"), &serde_json::json!({ "removed": paper }))
}

/// The text of a card as it is sent on: the result, the points in their order, the figures, the
/// summing up, and who says so.
pub(super) fn text(l: &Messages, words: &PlanWords, name: &str) -> String {
    let mut lines = vec![words.conclusion.clone()];
    let points: Vec<&str> = words.points.lines().filter(|line| !line.trim().is_empty()).collect();
    match points.as_slice() {
        [] => {}
        [only] => lines.push((*only).to_owned()),
        several => {
            lines.extend((1..).zip(several).map(|(n, point): (usize, _)| format!("{n}. {point}")));
        }
    }
    lines.push(words.figures.clone());
    if !words.summary.is_empty() {
        lines.push(l.calls_plan_letter_summary(words.summary.as_str()).to_string());
    }
    lines.retain(|line| !line.trim().is_empty());
    if !lines.is_empty() {
        lines.push(format!("— {name}"));
    }
    lines.join("\n")
}

/// Where a card's text is to go.
#[derive(Deserialize)]
pub(super) struct Sending {
    /// `mail`, or a robot's name.
    #[serde(default, deserialize_with = "maybe_text")]
    way: Option<String>,
    /// The mail address.
    #[serde(default, deserialize_with = "maybe_text")]
    to: Option<String>,
}

impl Sending {
    fn way(self, panel: &Panel) -> Result<Way, Problem> {
        let wrong = |field, say: fn(&Messages) -> String| Err(Problem::rules().field(field, say));
        let named = self.way.unwrap_or_default();
        if named != "mail" {
            let robot = panel.senders.as_ref().and_then(|senders| senders.robot(&named));
            return robot.map_or_else(|| wrong("way", |l| l.calls_plan_no_way().to_string()), Ok);
        }
        if !panel.senders.as_ref().is_some_and(crate::outbox::Senders::has_mail) {
            return wrong("way", |l| l.calls_plan_no_way().to_string());
        }
        let target = self.to.unwrap_or_default();
        if !crate::outbox::is_address(&target) {
            return wrong("to", |l| l.calls_plan_no_address().to_string());
        }
        Ok(Way { channel: Channel::Mail, target })
    }
}

/// `POST /calls/plans/{id}/letters`
pub(super) async fn send(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<PlanId>,
    Input(sending): Input<Sending>,
) -> Result<Response, Problem> {
    let plan = own(&want, &reader, id).await?;
    let way = sending.way(&panel)?;
    let l = want.messages();
    let body = text(&l, &plan.words(), reader.name());
    if body.is_empty() {
        return Err(Problem::rule(|l| l.calls_plan_nothing_to_send().to_string()));
    }
    let title = l.calls_plan_letter(plan.purpose.as_str()).to_string();
    // robots are on other people's machines
    let outside = way.channel != Channel::Mail;
    let said = |text: String| if outside { masked_in(&text) } else { text };
    let letter = NewMessage {
        about: store::plan_subject(id),
        event: "sent".to_owned(),
        to: None,
        way,
        instead: Vec::new(),
        title: said(title),
        body: said(body),
        link: None,
        button: None,
        mention: None,
        urgent: false,
        not_before: want.now,
    };
    let db = &want.kit.db;
    store::papers::send(db, want.stamp(), id, letter).await?;
    let letters = store::papers::letters(db, id).await?;
    want.done(&format!("/calls/plans/{id}"), &serde_json::json!({ "letters": letters }))
}

/// The ways by which a card's text can be sent on: whether there is mail, and the robots by name.
pub(super) fn ways(panel: &Panel) -> (bool, Vec<String>) {
    let Some(senders) = &panel.senders else { return (false, Vec::new()) };
    let robots = senders.robots().iter().map(|robot| robot.name.clone()).collect();
    (senders.has_mail(), robots)
}
