//! The signalling of a call as a ladder: who sent what to whom, when; each message opens.

use askama::Template;
use serde::Serialize;

use super::super::store::{self, Message};
use super::sight;
use crate::db;
use crate::kernel::{CallId, Moment};
use crate::web::{Frame, OnDuty, Place, Want};

/// The ladder; as JSON the list of messages.
#[derive(Template, Serialize)]
#[template(path = "calls/ladder.html")]
pub(super) struct Ladder {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Message>,
    #[serde(skip)]
    id: CallId,
    #[serde(skip)]
    peer: String,
    #[serde(skip)]
    rungs: Vec<Rung>,
}

/// One message of the ladder.
pub(super) struct Rung {
    at: String,
    time: String,
    gap: String,
    inward: bool,
    line: String,
    /// `k-request`, `k-wait` (1xx), `k-good` (2xx), `k-bad` (the rest).
    kind: &'static str,
    wire: String,
    text: String,
}

/// The first line without the version, as people say it: `INVITE sip:700@pbx`, `180 Ringing`.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("SIP/2.0 ").or(line.strip_suffix(" SIP/2.0")).unwrap_or(line).to_owned()
}

fn kind(text: &str) -> &'static str {
    match text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.chars().next()) {
        None => "k-request",
        Some('1') => "k-wait",
        Some('2') => "k-good",
        Some(_) => "k-bad",
    }
}

/// `+12 ms`, `+5.031 s`: from the message before.
fn gap(before: Option<Moment>, at: Moment) -> String {
    match before.map(|before| at.millis_since(before)) {
        None => String::new(),
        Some(millis @ ..1000) => format!("+{millis} ms"),
        Some(millis) => format!("+{}.{:03} s", millis / 1000, millis % 1000),
    }
}

/// Gathers the ladder of a call for a reader. [`db::Error::NotFound`] where there is no such call.
pub(super) async fn ladder(want: &Want, reader: &OnDuty, id: CallId) -> db::Result<Ladder> {
    store::call(&want.kit.db, id).await?;
    let mut items = store::ladder(&want.kit.db, id).await?;
    if !reader.sees_numbers() {
        for message in &mut items {
            message.text = sight::mask_numbers(&message.text);
        }
    }
    let frame = want.frame(Place::Calls);
    let mut before = None;
    let mut rungs = Vec::with_capacity(items.len());
    for message in &items {
        rungs.push(Rung {
            at: message.at.to_string(),
            time: frame.spelling.millisecond(message.at),
            gap: gap(before, message.at),
            inward: message.way == "in",
            line: first_line(&message.text),
            kind: kind(&message.text),
            wire: format!("{} · {} ↔ {}", message.transport, message.local, message.peer),
            text: message.text.clone(),
        });
        before = Some(message.at);
    }
    let peer = items.first().map(|message| message.peer.clone()).unwrap_or_default();
    Ok(Ladder { frame, items, id, peer, rungs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_is_said_without_the_version() {
        assert_eq!(first_line("SIP/2.0 180 Ringing\r\nVia: x"), "180 Ringing");
        assert_eq!(first_line("CANCEL sip:700@pbx SIP/2.0\r\n"), "CANCEL sip:700@pbx");
        assert_eq!(kind("SIP/2.0 487 Request Terminated\r\n"), "k-bad");
        assert_eq!(kind("INVITE sip:700@pbx SIP/2.0"), "k-request");
    }

    #[test]
    fn the_time_between_two_messages_is_in_milliseconds_then_seconds() {
        let at = Moment::from_millis;
        assert_eq!(gap(None, at(5)), "");
        assert_eq!(gap(Some(at(0)), at(12)), "+12 ms");
        assert_eq!(gap(Some(at(0)), at(5031)), "+5.031 s");
    }
}
