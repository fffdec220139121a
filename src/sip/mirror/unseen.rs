//! Legs whose INVITE was not seen, or only after its answers: what those repeat of it has to do.

use super::ends::Sides;
use super::{Came, Sorter};
use crate::sip::read::{self, Unnamed};
use crate::sip::{Heard, Mirrored, Offer, Role, What};

impl Sorter {
    /// An answer to an INVITE that was not seen.
    pub(super) fn answered_unseen(
        &mut self,
        came: &Came<'_>,
        code: u16,
        tell: &mut impl FnMut(Heard),
    ) {
        let Some(sides) = self.ends.sides(came.heard.source, came.heard.destination) else {
            return self.drop("no_pbx");
        };
        let role = self.ends.role(came.message, &sides, !sides.received);
        let mut offer = read::answered_offer(came.message);
        let role = self.or_returned(role, &sides, &offer.caller, came, tell);
        offer.came_on = self.came_on(&role, sides.pbx, &offer.caller, came.heard.at);
        offer.role = role.clone();
        // the wish not to be named stands in the INVITE alone; without it nobody is named
        let unnamed = Some(Box::new(Unnamed::whoever(came.message)));
        let caller = offer.caller.clone();
        if let Some(id) = self.begin(came, &sides, role, offer, unnamed) {
            self.note_way(id, &sides, &caller, came, tell);
            self.reveal(id, tell);
            self.came_back(id, &caller, tell);
            self.show(id, came, tell);
            self.answered(id, came, code, tell);
            self.overtaken(id, came, tell);
        }
    }

    /// Whether what was taken for a leg, by an answer to an INVITE that was not seen, was asked within
    /// the dialog that this earlier answer of the other end began; then it is none.
    pub(super) fn was_within(
        &mut self,
        id: u64,
        came: &Came<'_>,
        tell: &mut impl FnMut(Heard),
    ) -> bool {
        let Mirrored { at, heard_at, .. } = *came.heard;
        let Some(leg) = self.legs.get(id) else { return false };
        let other_end = leg.callee_tag.is_some() && leg.callee_tag == came.tags.from;
        if !leg.unseen || !other_end || leg.since <= at {
            return false;
        }
        let key = leg.key.clone();
        self.strays.invited_again(&key);
        self.end(id, at, heard_at, What::Lost, tell);
        self.legs.remove(id);
        true
    }

    /// The INVITE of a leg comes after its answers, and says more than they did.
    pub(super) fn seen_after_all(
        &mut self,
        id: u64,
        came: &Came<'_>,
        tell: &mut impl FnMut(Heard),
    ) {
        let Mirrored { at, heard_at, .. } = *came.heard;
        let Some(leg) = self.legs.get(id) else { return };
        let sides = Sides { pbx: leg.pbx, local: leg.local, peer: leg.peer, received: false };
        let outside = leg.role == Role::Trunk;
        let unnamed = if outside { Unnamed::of_caller } else { Unnamed::of };
        leg.unnamed = unnamed(came.message).map(Box::new);
        let offer = Offer { role: leg.role.clone(), ..read::offer(came.message) };
        if matches!(leg.role, Role::Outbound | Role::Detour) {
            // it was sent there earlier than its answers told
            self.note_way(id, &sides, &offer.caller, came, tell);
        }
        if self.legs.get(id).is_some_and(|leg| !leg.is_over()) {
            self.tell(id, at, heard_at, What::Offered(Box::new(offer)), tell);
        }
        self.show(id, came, tell);
    }
}
