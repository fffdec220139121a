//! Talks of which nothing tells any more: whether they go on is not known.

use std::collections::BTreeMap;

use super::super::call::{Call, State};
use super::super::store;
use crate::db;
use crate::kernel::{CallId, Extension, HIDDEN, Moment};
use crate::web::{Sources, Want};

/// Since when nothing tells how this talk goes on: what is mirrored of its PBX fell silent, and the telephone
/// that talks is not watched, or nothing is told of it either. `None` of what is no talk, while something
/// tells, and before it is known whether anything will.
pub(super) async fn since(want: &Want, call: &Call) -> db::Result<Option<Moment>> {
    if call.state != State::Answered || !want.kit.sources.borrow().any_down() {
        return Ok(None);
    }
    let pbx = store::pbx_of(&want.kit.db, call.id).await?;
    Ok(silent_since(&want.kit.sources.borrow(), &pbx, call))
}

/// The same of several calls: those of which nothing tells.
pub(super) async fn all(want: &Want, calls: &[Call]) -> db::Result<BTreeMap<CallId, Moment>> {
    let mut found = BTreeMap::new();
    for call in calls {
        found.extend(since(want, call).await?.map(|at| (call.id, at)));
    }
    Ok(found)
}

fn silent_since(sources: &Sources, pbx: &str, call: &Call) -> Option<Moment> {
    let answered_at = call.answered_at.filter(|_| call.state == State::Answered)?;
    let answered = call.answered_by.as_ref().and_then(|by| by.extension.as_ref());
    let handed = call.transfers.last().and_then(|last| last.to.as_deref());
    // which telephone a reader may not know can be any of those that are watched
    let talker = handed.or(answered.map(Extension::as_str)).filter(|talker| *talker != HIDDEN);
    let mirrored = sources.mirrored.iter().filter(|line| line.pbx == pbx);
    let told = mirrored.map(|line| (line.up, line.since));
    let watched = sources
        .watches
        .iter()
        .filter(|watch| watch.pbx == pbx && talker.is_none_or(|talker| watch.extension == talker));
    let told = told.chain(watched.map(|watch| (watch.up, watch.since)));
    let mut last = None;
    for (up, since) in told {
        if up {
            return None;
        }
        last = last.max(since);
    }
    last.map(|last| last.max(answered_at))
}
