//! The places where calls are looked for, so that a message costs the same however many there are.

use std::collections::{BTreeSet, HashMap};

use super::machine::Live;
use super::record::CallKey;
use super::stage::Stage;
use crate::kernel::{Extension, PbxId};

/// Calls by what is asked of them. Each is brought in line whenever its call changes.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Calls of which something is asked.
    asking: BTreeSet<(PbxId, CallKey)>,
    /// Calls whose caller is known from an answer alone.
    guessed: BTreeSet<(PbxId, CallKey)>,
    /// Calls whose trunk is seen and whose caller waits.
    waiting: BTreeSet<(PbxId, CallKey)>,
    /// Calls that ring or talk at a telephone, as only its lamp tells.
    at_phone: BTreeSet<(PbxId, Extension, CallKey)>,
    /// Who talks in which call.
    talkers: HashMap<(PbxId, Extension), CallKey>,
}

impl Index {
    /// Brings everything in line with what a call is now.
    pub(super) fn file(&mut self, key: CallKey, call: &Live) {
        let (at, more, over) = ((call.pbx, key), call.seen(), call.is_over());
        let put = |set: &mut BTreeSet<(PbxId, CallKey)>, there: bool| {
            if there {
                set.insert(at)
            } else {
                set.remove(&at)
            };
        };
        put(&mut self.asking, more.open.is_some() && !over);
        put(&mut self.guessed, more.by_answer && !over);
        put(&mut self.waiting, call.stage.is_waiting() && call.is_governed());
        for leg in call.legs.iter().filter(|leg| !leg.is_named()) {
            let Some(extension) = &leg.extension else { continue };
            let place = (call.pbx, extension.clone(), key);
            if call.open_at(extension).is_some() && !over {
                self.at_phone.insert(place);
            } else {
                self.at_phone.remove(&place);
            }
        }
        let Some(talker) = &more.talker else { return };
        let talker = (call.pbx, talker.clone());
        if matches!(call.stage, Stage::Talking { .. }) {
            self.talkers.insert(talker, key);
        } else if self.talkers.get(&talker) == Some(&key) {
            self.talkers.remove(&talker);
        }
    }

    /// The calls of a PBX of which something is asked, oldest first.
    pub(super) fn asking(&self, pbx: PbxId) -> impl Iterator<Item = CallKey> + use<'_> {
        self.asking.range(all(pbx)).map(|&(_, key)| key)
    }

    /// The calls of a PBX whose caller is known from an answer alone, oldest first.
    pub(super) fn guessed(&self, pbx: PbxId) -> impl Iterator<Item = CallKey> + use<'_> {
        self.guessed.range(all(pbx)).map(|&(_, key)| key)
    }

    /// The calls of a PBX whose trunk is seen and whose caller waits, oldest first.
    pub(super) fn waiting(&self, pbx: PbxId) -> impl Iterator<Item = CallKey> + use<'_> {
        self.waiting.range(all(pbx)).map(|&(_, key)| key)
    }

    /// The calls that ring or talk at a telephone, as its lamp tells, oldest first.
    pub(super) fn at_phone(&self, pbx: PbxId, extension: &Extension) -> Vec<CallKey> {
        let from = (pbx, extension.clone(), CallKey(0));
        let to = (pbx, extension.clone(), CallKey(u64::MAX));
        self.at_phone.range(from..=to).map(|&(.., key)| key).collect()
    }

    /// A telephone is no longer this call's: its leg went to another one.
    pub(super) fn left_phone(&mut self, pbx: PbxId, extension: &Extension, key: CallKey) {
        self.at_phone.remove(&(pbx, extension.clone(), key));
    }

    /// The call in which a telephone talks; to be compared with the call before it is believed.
    pub(super) fn talker(&self, pbx: PbxId, extension: &Extension) -> Option<CallKey> {
        self.talkers.get(&(pbx, extension.clone())).copied()
    }
}

fn all(pbx: PbxId) -> std::ops::RangeInclusive<(PbxId, CallKey)> {
    (pbx, CallKey(0))..=(pbx, CallKey(u64::MAX))
}
