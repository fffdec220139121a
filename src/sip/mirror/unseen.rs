//! Legs whose INVITE was not seen, or only after its answers: what those repeat of it has to do.

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
        offer.role = role.clone();
        // the wish not to be named stands in the INVITE alone; without it nobody is named
        let unnamed = Some(Box::new(Unnamed::whoever(came.message)));
        let caller = offer.caller.clone();
        if let Some(id) = self.begin(came, &sides, role, offer, unnamed) {
            self.note_way(id, &sides, &caller, came, tell);
            self.reveal(id, tell);
            self.show(id, came, tell);
            self.answered(id, came, code, tell);
            self.overtaken(id, came, tell);
        }
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
        let outside = leg.role == Role::Trunk;
        let unnamed = if outside { Unnamed::of_caller } else { Unnamed::of };
        leg.unnamed = unnamed(came.message).map(Box::new);
        let offer = Offer { role: leg.role.clone(), ..read::offer(came.message) };
        if !leg.is_over() {
            self.tell(id, at, heard_at, What::Offered(Box::new(offer)), tell);
        }
        self.show(id, came, tell);
    }
}
