//! Who is who on a ladder. Every message of a call goes to or from the PBX, so the address that
//! takes part in most of them is the PBX. A message whose own end (`local`) is not the PBX is one we
//! sent or got ourselves; one whose own end is the PBX was mirrored to us.

use std::collections::BTreeMap;

use super::super::store::Message;

/// The ends of a call's messages.
pub(super) struct Lanes {
    pbx: String,
    ours: Vec<String>,
}

impl Lanes {
    /// Looks at all messages of a call. `member` says which belong to our own ringing along: where
    /// there is but one other end, that tells which end is ours.
    pub(super) fn of(items: &[Message], member: impl Fn(&Message) -> bool) -> Self {
        let mut count: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
        for message in items {
            // of two ends with as many messages, the far one of a member's leg is the PBX
            let far = member(message);
            for (address, likely) in [(&message.local, !far), (&message.peer, far)] {
                let seen = count.entry(address).or_default();
                seen.0 += 1;
                seen.1 |= likely;
            }
        }
        let most = count.into_iter().max_by_key(|&(_, (count, likely))| (count, likely));
        let pbx = most.map(|(address, _)| address.to_owned()).unwrap_or_default();
        let mut ours: Vec<String> = Vec::new();
        for message in items.iter().filter(|message| message.peer == pbx) {
            if message.local != pbx && !ours.contains(&message.local) {
                ours.push(message.local.clone());
            }
        }
        Self { pbx, ours }
    }

    /// The PBX.
    pub(super) fn pbx(&self) -> &str {
        &self.pbx
    }

    /// Whether an address is this system.
    pub(super) fn is_ours(&self, address: &str) -> bool {
        self.ours.iter().any(|ours| ours == address)
    }

    /// Whether a message was mirrored to us, not sent or got by us.
    pub(super) fn is_mirrored(&self, message: &Message) -> bool {
        !self.is_ours(&message.local)
    }

    /// The end of a message that is not the PBX's: of a mirrored one the far one, whichever of its
    /// addresses the PBX used.
    pub(super) fn telephone<'m>(&self, message: &'m Message) -> &'m str {
        if self.is_mirrored(message) { &message.peer } else { &message.local }
    }

    /// From where to where a message went, the PBX always by its first address.
    pub(super) fn way<'m>(&'m self, message: &'m Message) -> (&'m str, &'m str) {
        let telephone = self.telephone(message);
        let to_telephone = self.is_mirrored(message) == (message.way == "out");
        if to_telephone { (&self.pbx, telephone) } else { (telephone, &self.pbx) }
    }

    /// The columns from left to right: the caller's line, the PBX, the telephones as they come, and
    /// this system.
    pub(super) fn order<'m>(
        &'m self,
        shown: &[&'m Message],
        trunk: impl Fn(&Message) -> bool,
    ) -> Vec<&'m str> {
        let (mut left, mut right, mut here): (Vec<&str>, Vec<&str>, Vec<&str>) = Default::default();
        for message in shown {
            let address = self.telephone(message);
            if [&left, &right, &here].iter().any(|side| side.contains(&address)) {
                continue;
            }
            if self.is_ours(address) {
                here.push(address);
            } else if trunk(message) {
                left.push(address);
            } else {
                right.push(address);
            }
        }
        if !shown.is_empty() {
            left.push(&self.pbx);
        }
        left.extend(right);
        left.extend(here);
        left
    }

    /// Where a column's line is.
    pub(super) fn place(column: usize, of: usize) -> String {
        percent((2 * column + 1) * 5_000 / of.max(1))
    }

    /// The middle between two columns.
    pub(super) fn between(a: usize, b: usize, of: usize) -> String {
        percent((a + b + 1) * 5_000 / of.max(1))
    }
}

fn percent(hundredths: usize) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Moment;

    const PBX: &str = "192.0.2.5:5060";
    const US: &str = "192.0.2.10:5060";
    const TRUNK: &str = "203.0.113.1:5060";
    const DESK: &str = "192.0.2.81:5060";

    fn message(leg: &str, way: &str, local: &str, peer: &str) -> Message {
        Message {
            at: Moment::from_millis(0),
            way: way.into(),
            transport: "udp".into(),
            local: local.into(),
            peer: peer.into(),
            leg: leg.into(),
            text: String::new(),
        }
    }

    fn lanes(items: &[Message]) -> Lanes {
        Lanes::of(items, |message| message.leg == "member")
    }

    #[test]
    fn a_member_alone_sees_the_pbx_at_the_far_end() {
        let items = [message("member", "in", US, PBX), message("member", "out", US, PBX)];
        let lanes = lanes(&items);
        assert_eq!(lanes.pbx(), PBX);
        assert!(!lanes.is_mirrored(&items[0]));
        assert_eq!(lanes.way(&items[0]), (PBX, US));
        assert_eq!(lanes.way(&items[1]), (US, PBX));
    }

    #[test]
    fn a_mirror_sees_the_pbx_at_the_near_end() {
        let items = [message("trunk", "in", PBX, TRUNK), message("trunk", "out", PBX, TRUNK)];
        let lanes = lanes(&items);
        assert_eq!(lanes.pbx(), PBX);
        assert!(lanes.is_mirrored(&items[0]));
        assert_eq!(lanes.way(&items[0]), (TRUNK, PBX));
    }

    #[test]
    fn the_pbx_stands_between_the_callers_line_and_the_telephones() {
        let items = [
            message("trunk", "in", PBX, TRUNK),
            message("member", "in", US, PBX),
            message("member", "out", PBX, US),
            message("801", "out", PBX, DESK),
        ];
        let lanes = lanes(&items);
        let shown: Vec<_> = items.iter().collect();
        let order = lanes.order(&shown, |message| message.leg == "trunk");
        assert_eq!(order, [TRUNK, PBX, DESK, US]);
        assert_eq!(
            items.iter().map(|m| lanes.is_mirrored(m)).collect::<Vec<_>>(),
            [true, false, true, true]
        );
        assert_eq!(lanes.way(&items[2]), (PBX, US), "what was sent to us, mirrored");
        assert_eq!(
            (Lanes::place(0, 4), Lanes::between(1, 2, 4)),
            ("12.50%".into(), "50.00%".into())
        );
    }
}
