//! Which sources tell, and since when: what a silent one would have told is not known.

use super::book::{Book, Seen};
use super::machine::Live;
use super::record::CallKey;
use super::ringing::Sight;
use super::stage::Stage;
use crate::kernel::{Moment, PbxId};
use crate::sip::{LineChange, Source};

impl Book {
    /// Takes into account that a line came up or went down.
    pub fn line(&mut self, change: &LineChange) {
        let up = change.state.is_up();
        if up {
            self.silent.remove(&change.source);
        } else {
            self.cut(change.source);
        }
        let since = self.hearing.entry(change.source).or_default();
        *since = if up { since.or(Some(change.at)) } else { None };
        match change.source {
            Source::Watch { pbx, place } if !up => {
                if let Some(extension) = self.rules.watched(pbx, place) {
                    let extension = extension.clone();
                    self.lamps.darken(pbx, &extension);
                }
            }
            Source::Mirror { pbx } if !up => self.mirror_silent(pbx, change.since, change.at),
            Source::Watch { .. } | Source::Mirror { .. } | Source::Member { .. } => {}
        }
        if let Source::Watch { pbx, .. } = change.source {
            if self.all_watched(pbx) {
                self.watched.insert(pbx);
            } else {
                self.watched.remove(&pbx);
            }
        }
    }

    /// A source fell silent: what waits at its PBX may end without a word. An extension's lamp is
    /// missed only where lamps are all there is.
    fn cut(&mut self, source: Source) {
        let pbx = source.pbx();
        let heard = self.hearing.get(&source).is_some_and(Option::is_some);
        if heard {
            self.silent.insert(source);
        }
        if !heard || (matches!(source, Source::Watch { .. }) && !self.is_all_there_is(pbx)) {
            return;
        }
        for call in self.calls.values_mut().filter(|call| call.pbx == pbx) {
            if call.stage.is_waiting() || call.is_paused() {
                call.more().cut = true;
            }
        }
    }

    /// A call is seen to wait while all that should tell of it tells again: what silenced them has
    /// hidden nothing of it.
    pub(super) fn heard_on(&mut self, key: CallKey, seen: Seen) {
        let waits = |stage: &Stage| stage.is_waiting() && !matches!(stage, Stage::Paused { .. });
        let cut = |call: &Live| call.seen().cut && waits(&call.stage);
        if !self.calls.get(&key).is_some_and(|call| cut(call)) || !self.tells_since(seen) {
            return;
        }
        if let Some(call) = self.calls.get_mut(&key) {
            call.more().cut = false;
        }
    }

    /// Whether everything whose silence is missed at a PBX has told since before that moment.
    fn tells_since(&self, seen: Seen) -> bool {
        let pbx = seen.source.pbx();
        let lamps = self.is_all_there_is(pbx);
        let missed = |source: &Source| {
            source.pbx() == pbx && (lamps || !matches!(source, Source::Watch { .. }))
        };
        let mut told = self.hearing.iter().filter(|(source, _)| missed(source));
        self.opened_at <= seen.at
            && !self.silent.iter().any(missed)
            && told.all(|(_, since)| since.is_none_or(|since| since <= seen.at))
    }

    /// Looks about for a call that waits: what of the PBX can be seen just now.
    pub(super) fn look(&mut self, key: CallKey, seen: Seen) {
        if !self.calls.get(&key).is_some_and(|call| call.stage.is_waiting()) {
            return;
        }
        let now = self.sight(seen.source.pbx());
        let Some(call) = self.calls.get_mut(&key).filter(|call| call.stage.is_waiting()) else {
            return;
        };
        call.sight.phones = now.phones;
        call.sight.lamps = now.lamps;
        call.sight.busy |= now.busy;
        call.sight.talking |= now.talking;
    }

    pub(super) fn hearing_since(&self, source: Source) -> Moment {
        self.hearing.get(&source).copied().flatten().unwrap_or(self.opened_at)
    }

    /// What of a PBX can be seen now.
    fn sight(&self, pbx: PbxId) -> Sight {
        let (busy, talking) = self.lamps.positions(pbx);
        Sight {
            phones: self.shows_phones.contains(&pbx),
            lamps: self.watched.contains(&pbx) && self.lamps.tell(pbx),
            busy,
            talking,
        }
    }

    fn all_watched(&self, pbx: PbxId) -> bool {
        let up = |place| {
            let source = Source::Watch { pbx, place };
            self.hearing.get(&source).copied().flatten().is_some()
        };
        self.rules.positions_watched(pbx, up)
    }

    /// The mirror of a PBX tells nothing any more since then: what it would have told is not known.
    fn mirror_silent(&mut self, pbx: PbxId, since: Moment, now: Moment) {
        self.shows_phones.remove(&pbx);
        self.shows_trunks.remove(&pbx);
        let governed = |call: &Live| call.pbx == pbx && call.is_governed() && call.is_live();
        let keys: Vec<_> =
            self.calls.iter().filter(|(_, call)| governed(call)).map(|(&key, _)| key).collect();
        for key in keys {
            self.change(key, now, None, |call| {
                call.more().deaf = true;
                let other = call.legs.iter().any(|leg| leg.end.is_none() && !leg.is_mirrored());
                let waits = call.stage.is_waiting();
                (waits && !other).then(|| call.lose(since, now))
            });
        }
    }
}
