//! Where mirrored messages go: whoever sorts them into legs and calls.

use std::net::SocketAddr;

use crate::kernel::{Moment, PbxId};
use crate::sip::Heard;
use crate::sip::mirrored::Mirrored;

/// Makes sense of mirrored messages, one after the other, in one task.
pub trait Hears: Send + 'static {
    /// A message was mirrored; what it means is told at once.
    fn hear(&mut self, mirrored: &Mirrored<'_>, tell: &mut dyn FnMut(Heard));

    /// When it wants to be woken, if at all.
    fn next_timer(&self) -> Option<Moment>;

    /// That time has come.
    fn wake(&mut self, now: Moment, tell: &mut dyn FnMut(Heard));

    /// The name of a PBX stands for these addresses now.
    fn learn(&mut self, pbx: PbxId, addresses: &[SocketAddr]);
}

/// Takes mirrored messages and tells nothing of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unsorted;

impl Hears for Unsorted {
    fn hear(&mut self, _: &Mirrored<'_>, _: &mut dyn FnMut(Heard)) {}

    fn next_timer(&self) -> Option<Moment> {
        None
    }

    fn wake(&mut self, _: Moment, _: &mut dyn FnMut(Heard)) {}

    fn learn(&mut self, _: PbxId, _: &[SocketAddr]) {}
}
