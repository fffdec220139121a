//! Where mirrored messages go: whoever sorts them into legs and calls.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::kernel::{Moment, PbxId};
use crate::sip::mirrored::Mirrored;
use crate::sip::{Heard, Sorter, Telephone};

/// Makes sense of mirrored messages, one after the other, in one task.
pub trait Hears: Send + 'static {
    /// A message was mirrored; what it means is told at once.
    fn hear(&mut self, mirrored: &Mirrored<'_>, tell: &mut dyn FnMut(Heard));

    /// When it wants to be woken, if at all.
    fn next_timer(&self) -> Option<Moment>;

    /// That time has come.
    fn wake(&mut self, now: Moment, tell: &mut dyn FnMut(Heard));

    /// Whether something goes on that was told late when it began.
    fn late_goes_on(&mut self) -> bool {
        false
    }

    /// How much it let go since the beginning, by reason.
    fn dropped(&self) -> BTreeMap<&'static str, u64> {
        BTreeMap::new()
    }

    /// What was seen of telephones.
    fn telephones(&self) -> Vec<Telephone> {
        Vec::new()
    }

    /// The name of a PBX stands for these addresses now.
    fn learn(&mut self, pbx: PbxId, addresses: &[SocketAddr]);
}

impl Hears for Sorter {
    fn hear(&mut self, mirrored: &Mirrored<'_>, mut tell: &mut dyn FnMut(Heard)) {
        Self::hear(self, mirrored, &mut tell);
    }

    fn next_timer(&self) -> Option<Moment> {
        Self::next_timer(self)
    }

    fn wake(&mut self, now: Moment, mut tell: &mut dyn FnMut(Heard)) {
        Self::wake(self, now, &mut tell);
    }

    fn late_goes_on(&mut self) -> bool {
        Self::late_goes_on(self)
    }

    fn dropped(&self) -> BTreeMap<&'static str, u64> {
        Self::dropped(self).clone()
    }

    fn telephones(&self) -> Vec<Telephone> {
        Self::telephones(self)
    }

    fn learn(&mut self, pbx: PbxId, addresses: &[SocketAddr]) {
        Self::learn(self, pbx, addresses);
    }
}
