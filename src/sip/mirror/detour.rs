//! Calls that the PBX sends to somebody outside who sends them straight back: a service in the path
//! of the call (`spec/pbx.md` §5). What comes back is no other caller.

use std::net::IpAddr;

use super::legs::Stage;
use super::recent::Recent;
use super::tell::UNANSWERED_MS;
use super::{Came, Sides, Sorter, TALK_MS, sighting};
use crate::kernel::{Moment, PbxId, Phone};
use crate::sip::{Back, Heard, LegKey, Offer, PartyId, Role, What, read};

/// What comes back comes this soon, in milliseconds: seen were 3. A second caller of one number over
/// one carrier is hardly that quick; whoever withholds their number is never known by it.
const BACK_MS: i64 = 1_000;
/// Callers who were sent out, and such as came in, that are remembered.
const MOST: usize = 1024;
/// Legs of one caller from one place.
const MOST_OF_ONE: usize = 8;

/// Where each caller was sent of late, and from where each came.
#[derive(Debug)]
pub(super) struct Detours {
    sent: Recent<Way, (u64, Moment)>,
    came: Recent<Way, Vec<(u64, Moment)>>,
    /// The newest leg on which each caller came, from wherever.
    callers: Recent<(PbxId, String), u64>,
}

/// Of which PBX, who is at the other end, and which caller.
type Way = (PbxId, IpAddr, String);

impl Default for Detours {
    fn default() -> Self {
        Self { sent: Recent::new(MOST), came: Recent::new(MOST), callers: Recent::new(MOST) }
    }
}

impl Detours {
    /// A leg begins.
    fn note(&mut self, role: &Role, way: Way, id: u64, at: Moment) {
        match role {
            Role::Outbound | Role::Detour => self.sent.put(way, (id, at)),
            Role::Trunk => {
                let (pbx, _, number) = &way;
                self.callers.put((*pbx, number.clone()), id);
                let mut legs = self.came.get_mut(&way).map(std::mem::take).unwrap_or_default();
                legs.retain(|(_, before)| at.millis_since(*before).abs() <= BACK_MS);
                legs.truncate(MOST_OF_ONE - 1);
                legs.push((id, at));
                self.came.put(way, legs);
            }
            Role::Member | Role::Phone(_) | Role::Placed(_) | Role::Returned(_) => {}
        }
    }
}

impl Sorter {
    /// Who seems to call from outside may be somebody whom the PBX has just sent there: a proxy keeps
    /// the Call-ID, anyone else the caller. By the PBX's clock it was sent before it came back.
    pub(super) fn or_returned(
        &mut self,
        role: Role,
        sides: &Sides,
        caller: &PartyId,
        came: &Came<'_>,
        tell: &mut impl FnMut(Heard),
    ) -> Role {
        let named = self.ends.is_service(sides);
        if role == Role::Outbound && named {
            return Role::Detour;
        }
        if role != Role::Trunk {
            return role;
        }
        if let Some(sent) = self.sent_before(sides, caller, came, tell) {
            return Role::Returned(Back { sent: Some(sent), named });
        }
        let at = came.heard.at;
        let within = match came.message.code() {
            // a service may play something before it dials
            _ if named => TALK_MS,
            Some(_) => UNANSWERED_MS,
            None => BACK_MS,
        };
        let sent = way(sides, caller).and_then(|way| self.detours.sent.get(&way).copied());
        let sent = sent.filter(|(_, sent)| (0..=within).contains(&at.millis_since(*sent)));
        let same = self.legs.of_call_id(&came.key.call_id);
        let same = same.into_iter().find_map(|id| {
            let leg = self.outside(id, came, sides)?;
            // not what the PBX asks of its own caller within the talk
            let forked = self.legs.get(id)?.caller_tag == came.tags.from;
            forked.then_some((id, leg))
        });
        let found = same.or_else(|| {
            let (id, _) = sent?;
            Some((id, self.outside(id, came, sides)?))
        });
        let Some((id, leg)) = found else {
            return if named { Role::Returned(Back { sent: None, named }) } else { Role::Trunk };
        };
        self.reveal(id, tell);
        Role::Returned(Back { sent: Some(leg), named })
    }

    /// The leg on which the PBX itself sent this message out: a Via of its own says so (RFC 3261 §16.3,
    /// loop detection), however little else was seen of that leg. Whoever calls can write such a Via
    /// too, so that it is believed only where that leg is known, or one on which its caller came; that
    /// one is told of first.
    fn sent_before(
        &mut self,
        sides: &Sides,
        caller: &PartyId,
        came: &Came<'_>,
        tell: &mut impl FnMut(Heard),
    ) -> Option<LegKey> {
        let sent = own_hop(came, sides)?;
        let of_caller = || {
            let (pbx, _, number) = way(sides, caller)?;
            self.detours.callers.get(&(pbx, number)).copied()
        };
        let known = self.legs.exact(&sent).or_else(of_caller)?;
        self.legs.get(known)?;
        self.reveal(known, tell);
        Some(sent)
    }

    /// The leg on which the caller of what comes back came, and was then, by the PBX's clock.
    pub(super) fn came_on(
        &mut self,
        role: &Role,
        pbx: PbxId,
        caller: &PartyId,
        at: Moment,
    ) -> Option<LegKey> {
        let Role::Returned(_) = role else { return None };
        let id = self.detours.callers.get(&(pbx, number(caller)?)).copied()?;
        let leg = self.legs.get(id)?;
        leg.over_at.is_none_or(|over| at < over).then(|| leg.key.clone())
    }

    /// What came back was told of: now its caller is, who may be known only now.
    pub(super) fn came_back(&mut self, id: u64, caller: &PartyId, tell: &mut impl FnMut(Heard)) {
        let back = self.legs.get(id).filter(|leg| matches!(leg.role, Role::Returned(_)));
        if let Some(pbx) = back.map(|leg| leg.pbx) {
            self.reveal_caller(pbx, caller, tell);
        }
    }

    /// Whoever the PBX sends on is a call: nobody asks them for a password any more.
    pub(super) fn reveal_caller(
        &mut self,
        pbx: PbxId,
        caller: &PartyId,
        tell: &mut impl FnMut(Heard),
    ) {
        let came = number(caller).and_then(|number| self.detours.callers.get(&(pbx, number)));
        if let Some(id) = came.copied() {
            self.reveal(id, tell);
        }
    }

    /// The name of a leg on which the PBX wants somebody there, outside, or talks there: the answer may
    /// overtake what was sent before it.
    fn outside(&mut self, id: u64, came: &Came<'_>, sides: &Sides) -> Option<LegKey> {
        let leg = self.legs.get(id)?;
        let there = matches!(leg.role, Role::Outbound | Role::Detour)
            && leg.pbx == sides.pbx
            && leg.peer.ip() == sides.peer.ip()
            && leg.key.branch != came.key.branch;
        // its end may be seen before what came back in its time
        let then = leg.over_at.is_none_or(|over| came.heard.at < over);
        let called = then && !matches!(leg.stage, Stage::Challenged);
        (there && called).then(|| leg.key.clone())
    }

    /// A leg begins; of one that is sent out only now, what came back may have been seen before.
    pub(super) fn note_way(
        &mut self,
        id: u64,
        sides: &Sides,
        caller: &PartyId,
        came: &Came<'_>,
        tell: &mut impl FnMut(Heard),
    ) {
        let (at, heard_at) = (came.heard.at, came.heard.heard_at);
        let Some(role) = self.legs.get(id).map(|leg| leg.role.clone()) else { return };
        let Some(way) = way(sides, caller) else { return };
        self.detours.note(&role, way.clone(), id, at);
        if !matches!(role, Role::Outbound | Role::Detour) {
            return;
        }
        let later = |(_, came): &&(u64, Moment)| (0..=BACK_MS).contains(&came.millis_since(at));
        let came_back = self.detours.came.get(&way).into_iter().flatten().filter(later);
        for (back, back_at) in came_back.copied().collect::<Vec<_>>() {
            let Some(leg) = self.legs.get(back).filter(|leg| leg.role == Role::Trunk) else {
                continue;
            };
            // in the same millisecond only where the Call-ID says it
            if back_at == at && leg.key.call_id != came.key.call_id {
                continue;
            }
            leg.role = Role::Returned(Back { sent: Some(came.key.clone()), named: false });
            if let Stage::Hidden(hidden) = &mut leg.stage {
                hidden.offer.role = leg.role.clone();
                continue;
            }
            let offer =
                Offer { role: leg.role.clone(), caller: caller.clone(), ..Offer::default() };
            let (pbx, key) = (leg.pbx, leg.key.clone());
            self.reveal(id, tell);
            tell(sighting(pbx, at, heard_at, key, What::Offered(Box::new(offer))));
        }
    }
}

/// What an older hop of a message is called that is the PBX's own.
fn own_hop(came: &Came<'_>, sides: &Sides) -> Option<LegKey> {
    let own = |hop: &read::Via<'_>| {
        let host = std::str::from_utf8(hop.host).ok().and_then(|host| host.parse::<IpAddr>().ok());
        host == Some(sides.local.ip()) && hop.port.unwrap_or(5060) == sides.local.port()
    };
    let mut older = read::vias(came.message).skip(1).map_while(|hop| hop).filter(own);
    let branch = older.find_map(|hop| hop.branch.filter(|name| name.starts_with(b"z9hG4bK")))?;
    Some(LegKey { call_id: came.key.call_id.clone(), branch: read::key(branch) })
}

/// The way of a caller; `None` of one who withheld their number.
fn way(sides: &Sides, caller: &PartyId) -> Option<Way> {
    Some((sides.pbx, sides.peer.ip(), number(caller)?))
}

fn number(caller: &PartyId) -> Option<String> {
    let user = caller.user.as_deref().filter(|_| !caller.withheld)?;
    let phone = Phone::read(user);
    Some(phone.map_or_else(|| user.to_owned(), |phone| phone.as_str().to_owned()))
}
