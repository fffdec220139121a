//! What is told of a leg: once, in order, and nobody named who withheld themselves.

use super::legs::{Hidden, Leg, Stage, Tags};
use super::{Came, OVER_MS, Sorter};
use crate::kernel::{Moment, PbxId};
use crate::sip::{
    End, Heard, LegKey, Mirrored, Offer, Role, Sighting, Source, Way, What, Wire, read,
};

/// A leg that nobody answers is given up after this, in milliseconds.
pub(super) const UNANSWERED_MS: i64 = 600_000;
/// Messages of an INVITE that waits for its challenge.
const MOST_WAITING: usize = 8;

impl Sorter {
    /// Tells of a leg, if nobody was told yet; of whoever is sent out by it, before it.
    pub(super) fn reveal(&mut self, id: u64, tell: &mut impl FnMut(Heard)) {
        let Some(leg) = self.legs.get(id) else { return };
        if let (Role::Outbound, Stage::Hidden(hidden)) = (&leg.role, &leg.stage) {
            let (pbx, caller) = (leg.pbx, hidden.offer.caller.clone());
            self.reveal_caller(pbx, &caller, tell);
        }
        let Some(leg) = self.legs.get(id) else { return };
        let Stage::Hidden(hidden) = &mut leg.stage else { return };
        let hidden = std::mem::replace(
            &mut **hidden,
            Hidden { at: leg.due, heard_at: leg.due, offer: Offer::default(), wires: Vec::new() },
        );
        let Hidden { at, heard_at, offer, wires } = hidden;
        leg.stage = Stage::Offered;
        let what = What::Offered(Box::new(offer));
        tell(sighting(leg.pbx, at, heard_at, leg.key.clone(), what));
        for wire in wires {
            tell(Heard::Wire(wire));
        }
        self.legs.until(id, heard_at.plus_millis(UNANSWERED_MS));
    }

    /// Ends a leg; once.
    pub(super) fn end(
        &mut self,
        id: u64,
        at: Moment,
        heard_at: Moment,
        what: What,
        tell: &mut impl FnMut(Heard),
    ) {
        self.reveal(id, tell);
        let Some(leg) = self.legs.get(id).filter(|leg| !leg.is_over()) else { return };
        leg.stage = Stage::Over;
        leg.over_at = Some(at);
        leg.refer = None;
        self.tell(id, at, heard_at, what, tell);
        self.legs.until(id, heard_at.plus_millis(OVER_MS));
    }

    pub(super) fn tell(
        &mut self,
        id: u64,
        at: Moment,
        heard_at: Moment,
        what: What,
        tell: &mut impl FnMut(Heard),
    ) {
        if let Some(leg) = self.legs.get(id) {
            tell(sighting(leg.pbx, at, heard_at, leg.key.clone(), what));
        }
    }

    /// Shows a message on the ladder of its leg, without who withheld themselves.
    pub(super) fn show(&mut self, id: u64, came: &Came<'_>, tell: &mut impl FnMut(Heard)) {
        let Some(leg) = self.legs.get(id) else { return };
        if leg.shows == 0 || matches!(leg.stage, Stage::Challenged) {
            return;
        }
        leg.shows = leg.shows.saturating_sub(1);
        let Mirrored { at, transport, source, destination, .. } = *came.heard;
        let received = received(leg, came.heard);
        let (way, local, peer) =
            if received { (Way::In, destination, source) } else { (Way::Out, source, destination) };
        let text = read::text_without(came.message, leg.unnamed.as_deref()).into();
        let wire = Wire { at, leg: leg.key.clone(), way, transport, local, peer, text };
        match &mut leg.stage {
            Stage::Hidden(hidden) if hidden.wires.len() < MOST_WAITING => hidden.wires.push(wire),
            Stage::Hidden(_) => {}
            Stage::Offered | Stage::Ringing | Stage::Talking | Stage::Over | Stage::Challenged => {
                tell(Heard::Wire(wire));
            }
        }
    }
}

pub(super) fn sighting(pbx: PbxId, at: Moment, heard_at: Moment, leg: LegKey, what: What) -> Heard {
    Heard::Sighting(Sighting { at, heard_at, source: Source::Mirror { pbx }, leg, what })
}

/// Whether the PBX received a message of a leg.
pub(super) fn received(leg: &Leg, heard: &Mirrored<'_>) -> bool {
    if heard.source == leg.peer || heard.destination == leg.local {
        return true;
    }
    let sent = heard.destination == leg.peer || heard.source == leg.local;
    !sent && heard.source.ip() != leg.local.ip()
}

/// Which end of a leg sent a message with these tags.
pub(super) fn who(leg: &Leg, tags: Tags) -> End {
    if leg.caller_tag == tags.from { End::Caller } else { End::Callee }
}
