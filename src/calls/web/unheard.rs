//! Talks of which nothing tells any more, or did not for a while: whether they go on is not known.

use std::collections::BTreeMap;

use super::super::call::{Call, State};
use super::super::sources::SourceKind;
use super::super::store::{self, Outage};
use crate::db;
use crate::kernel::{CallId, Extension, HIDDEN, Moment};
use crate::web::{Sources, Want};

/// A message may be on its way for so long: what is dated before something was heard again was heard then.
const ON_ITS_WAY_MS: i64 = 2_000;

/// Since when it is not known whether this talk goes on: what is mirrored of its PBX fell silent, or the service
/// was down, nothing was told of the call since then, and the telephone that talks is not watched. `None` of
/// what is no talk, and while its end would have been told.
pub(super) async fn since(want: &Want, call: &Call) -> db::Result<Option<Moment>> {
    Ok(all(want, std::slice::from_ref(call)).await?.remove(&call.id))
}

/// The same of several calls: those of which nothing tells.
pub(super) async fn all(want: &Want, calls: &[Call]) -> db::Result<BTreeMap<CallId, Moment>> {
    let (db, mut found) = (&want.kit.db, BTreeMap::new());
    let talks = calls.iter().filter(|call| call.state == State::Answered);
    let talks: Vec<_> = talks.filter_map(|call| Some((call, call.answered_at?))).collect();
    let Some(first) = talks.iter().map(|(_, answered_at)| *answered_at).min() else {
        return Ok(found);
    };
    let mut gaps = store::outages_between(db, first, want.now).await?;
    gaps.retain(|gap| {
        matches!(gap.source, SourceKind::Mirror | SourceKind::Service | SourceKind::Watch)
    });
    if gaps.is_empty() {
        return Ok(found);
    }
    for (call, answered_at) in talks {
        let pbx = store::pbx_of(db, call.id).await?;
        let heard_at = store::heard_at(db, call.id).await?.unwrap_or(answered_at).max(answered_at);
        let since = silent_since(&want.kit.sources.borrow(), &gaps, &pbx, call, heard_at);
        found.extend(since.map(|at| (call.id, at)));
    }
    Ok(found)
}

fn silent_since(
    sources: &Sources,
    gaps: &[Outage],
    pbx: &str,
    call: &Call,
    heard_at: Moment,
) -> Option<Moment> {
    let answered = call.answered_by.as_ref().and_then(|by| by.extension.as_ref());
    let handed = call.transfers.last().and_then(|last| last.to.as_deref());
    // which telephone a reader may not know can be any of those that are watched
    let talker = handed.or(answered.map(Extension::as_str)).filter(|talker| *talker != HIDDEN);
    let its = |extension: &str| talker.is_none_or(|talker| extension == talker);
    let mut watches = sources.watches.iter().filter(|watch| watch.pbx == pbx);
    if watches.any(|watch| watch.up && its(&watch.extension)) {
        return None;
    }
    let mirrored = sources.mirrored.iter().any(|line| line.pbx == pbx && line.up);
    let later = |to: Moment| to.millis_since(heard_at) > ON_ITS_WAY_MS;
    let open = |gap: &&Outage| gap.pbx == pbx && gap.to_at.is_none_or(later);
    let of_all = |gap: &&Outage| matches!(gap.source, SourceKind::Mirror | SourceKind::Service);
    // a lamp that is watched again shows what is
    let of_its =
        |gap: &&Outage| gap.source == SourceKind::Watch && gap.to_at.is_none() && its(&gap.account);
    let silent = gaps.iter().filter(open).filter(of_all).map(|gap| gap.from_at).min();
    let dark = gaps.iter().filter(open).filter(of_its).map(|gap| gap.from_at).min();
    // until what is mirrored fell silent it would have told, whatever the lamps did not
    silent.or(dark.filter(|_| !mirrored)).map(|at| at.max(heard_at))
}
