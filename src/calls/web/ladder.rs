//! The signalling of a call as a ladder: who sent what to whom, when; each message opens.
//!
//! One column an address, the PBX between the caller's line and the telephones.

use askama::Template;
use serde::Serialize;

use super::super::record::LegKind;
use super::super::store::{self, LegLife, Message};
use super::lanes::Lanes;
use super::{life, sight};
use crate::db;
use crate::kernel::{CallId, Moment};
use crate::web::{Frame, OnDuty, Place, Want};
use crate::words::Messages;

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
    columns: Vec<Column>,
    #[serde(skip)]
    rungs: Vec<Rung>,
    #[serde(skip)]
    choices: Vec<Choice>,
    #[serde(skip)]
    chosen: bool,
    /// Both mirrored messages and our own are here.
    #[serde(skip)]
    mixed: bool,
}

/// One end of messages.
pub(super) struct Column {
    /// Where its line is, for the SVG.
    x: String,
    name: String,
    address: String,
}

/// One message of the ladder.
pub(super) struct Rung {
    at: String,
    time: String,
    gap: String,
    /// Where the arrow begins and ends, and what stands in its middle.
    from: String,
    to: String,
    middle: String,
    rightward: bool,
    mirrored: bool,
    /// The same in words: `801 → PBX`.
    way: String,
    line: String,
    /// What stands on the arrow: `INVITE`, `180 Ringing`.
    short: String,
    /// `k-request`, `k-wait` (1xx), `k-good` (2xx), `k-bad` (the rest).
    kind: &'static str,
    wire: String,
    text: String,
}

/// A leg that can be shown alone.
pub(super) struct Choice {
    name: String,
    count: usize,
    href: String,
    current: bool,
}

/// The first line without the version, as people say it: `INVITE sip:700@pbx`, `180 Ringing`.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("SIP/2.0 ").or(line.strip_suffix(" SIP/2.0")).unwrap_or(line).to_owned()
}

/// What stands on the arrow: a request's method alone, an answer's whole line.
pub(super) fn short(text: &str) -> String {
    let line = first_line(text);
    if text.starts_with("SIP/2.0 ") {
        return line;
    }
    line.split(' ').next().unwrap_or_default().to_owned()
}

pub(super) fn kind(text: &str) -> &'static str {
    match text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.chars().next()) {
        None => "k-request",
        Some('1') => "k-wait",
        Some('2') => "k-good",
        Some(_) => "k-bad",
    }
}

/// `+12 ms`, `+5.031 s`: from the message before.
pub(super) fn gap(before: Option<Moment>, at: Moment) -> String {
    match before.map(|before| at.millis_since(before)) {
        None => String::new(),
        Some(millis @ ..1000) => format!("+{millis} ms"),
        Some(millis) => format!("+{}.{:03} s", millis / 1000, millis % 1000),
    }
}

/// The legs of the messages in the order they begin, each with its life where that is known.
fn legs<'m>(items: &'m [Message], lives: &'m [LegLife]) -> Vec<(&'m str, Option<&'m LegLife>)> {
    let mut found: Vec<(&str, Option<&LegLife>)> = Vec::new();
    for message in items {
        let leg = message.leg.as_str();
        if found.iter().all(|(known, _)| *known != leg) {
            let is =
                |life: &&LegLife| life.name.strip_suffix(leg).is_some_and(|pbx| pbx.ends_with(' '));
            found.push((leg, lives.iter().find(is)));
        }
    }
    found
}

fn choices(
    l: &Messages,
    id: CallId,
    items: &[Message],
    legs: &[(&str, Option<&LegLife>)],
    chosen: Option<usize>,
) -> Vec<Choice> {
    if legs.len() < 2 {
        return Vec::new();
    }
    let all = Choice {
        name: l.calls_ladder_all().to_string(),
        count: items.len(),
        href: format!("/calls/{id}/ladder"),
        current: chosen.is_none(),
    };
    let one = |(place, (leg, life)): (usize, &(&str, Option<&LegLife>))| Choice {
        name: life.map_or_else(|| l.calls_leg_unknown().to_string(), |life| life::name(l, life)),
        count: items.iter().filter(|message| message.leg == *leg).count(),
        href: format!("/calls/{id}/ladder?leg={}", place + 1),
        current: chosen == Some(place),
    };
    std::iter::once(all).chain(legs.iter().enumerate().map(one)).collect()
}

/// Gathers the ladder of a call for a reader, all of it or its `leg`, counted from one in the order
/// they begin. [`db::Error::NotFound`] where there is no such call.
pub(super) async fn ladder(
    want: &Want,
    reader: &OnDuty,
    id: CallId,
    leg: Option<i64>,
) -> db::Result<Ladder> {
    store::call(&want.kit.db, id).await?;
    let mut items = store::ladder(&want.kit.db, id).await?;
    // what we got ourselves and what was mirrored to us come in two rows of their own
    items.sort_by_key(|message| message.at);
    let closed = reader.closed.clone();
    sight::close_ladder(&mut items, &closed);
    let lives = sight::legs(store::legs_of(&want.kit.db, id).await?, &closed);
    if !reader.sees_numbers() {
        for message in &mut items {
            message.text = sight::mask_numbers(&message.text);
        }
    }
    let frame = want.frame(Place::Calls);
    let l = &frame.l;
    let chosen = leg.and_then(|leg| usize::try_from(leg).ok()?.checked_sub(1));
    let legs = legs(&items, &lives);
    let choices = choices(l, id, &items, &legs, chosen);
    let kind_of = |leg: &str| {
        legs.iter().find(|(known, _)| *known == leg).and_then(|(_, life)| life.map(|l| l.kind))
    };
    let lanes = Lanes::of(&items, |message| kind_of(&message.leg) == Some(LegKind::Member));
    let name_of = |address: &str| {
        if address == lanes.pbx() {
            return l.calls_ladder_pbx().to_string();
        }
        if lanes.is_ours(address) {
            return l.calls_ladder_here().to_string();
        }
        let mine = |message: &&Message| lanes.telephone(message) == address;
        let leg = items.iter().find(mine).map(|message| message.leg.as_str());
        let life = legs.iter().find(|(known, _)| Some(*known) == leg).and_then(|(_, life)| *life);
        life.map_or_else(|| l.calls_leg_unknown().to_string(), |life| life::name(l, life))
    };
    let wanted = chosen.map(|place| legs.get(place).map_or("", |(leg, _)| *leg).to_owned());
    let mut shown: Vec<&Message> = items.iter().collect();
    shown.retain(|message| wanted.as_ref().is_none_or(|leg| message.leg == *leg));
    let order = lanes.order(&shown, |message| kind_of(&message.leg) == Some(LegKind::Trunk));
    let columns: Vec<Column> = order
        .iter()
        .enumerate()
        .map(|(place, address)| Column {
            x: Lanes::place(place, order.len()),
            name: name_of(address),
            address: (*address).to_owned(),
        })
        .collect();
    let mut before = None;
    let mut rungs = Vec::with_capacity(shown.len());
    for message in &shown {
        let (from, to) = lanes.way(message);
        let place = |address: &str| order.iter().position(|known| *known == address).unwrap_or(0);
        let (a, b) = (place(from), place(to));
        rungs.push(Rung {
            at: message.at.to_string(),
            time: frame.spelling.millisecond(message.at),
            gap: gap(before, message.at),
            from: Lanes::place(a, order.len()),
            to: Lanes::place(b, order.len()),
            middle: Lanes::between(a, b, order.len()),
            rightward: a <= b,
            mirrored: lanes.is_mirrored(message),
            way: format!("{} → {}", name_of(from), name_of(to)),
            line: first_line(&message.text),
            short: short(&message.text),
            kind: kind(&message.text),
            wire: format!("{} · {} ↔ {}", message.transport, message.local, message.peer),
            text: message.text.clone(),
        });
        before = Some(message.at);
    }
    let mixed = rungs.iter().any(|rung| rung.mirrored) && rungs.iter().any(|rung| !rung.mirrored);
    if let Some(leg) = wanted {
        items.retain(|message| message.leg == leg);
    }
    // the names of legs are Call-IDs: a telephone may put its own number in
    for message in &mut items {
        message.leg = closed.wire(&message.leg);
    }
    Ok(Ladder { chosen: chosen.is_some(), frame, items, id, columns, rungs, choices, mixed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_is_said_without_the_version() {
        assert_eq!(first_line("SIP/2.0 180 Ringing\r\nVia: x"), "180 Ringing");
        assert_eq!(first_line("CANCEL sip:700@pbx SIP/2.0\r\n"), "CANCEL sip:700@pbx");
        assert_eq!(short("CANCEL sip:700@pbx SIP/2.0\r\n"), "CANCEL");
        assert_eq!(short("SIP/2.0 180 Ringing\r\nVia: x"), "180 Ringing");
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
