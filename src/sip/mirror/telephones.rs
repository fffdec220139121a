//! What mirrored signalling says of telephones: whom the registrar has, and who rang or answered.

use std::collections::BTreeMap;

use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::read::{self, Message, Name, param};

/// Telephones that are remembered.
const MOST: usize = 4_096;
/// A registration lasts so long where its answer does not say, in seconds.
const LASTS_S: u32 = 3_600;

/// What was seen of one telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telephone {
    /// Where it belongs.
    pub pbx: PbxId,
    /// Which.
    pub extension: Extension,
    /// When its registrar spoke of it last; `None` where only its ringing was seen.
    pub told_at: Option<Moment>,
    /// Until when it is registered; `None` where it is not.
    pub until: Option<Moment>,
    /// When it last rang, answered, or called somebody.
    pub rang_at: Option<Moment>,
}

/// All that are known.
#[derive(Debug, Default)]
pub(super) struct Telephones {
    known: BTreeMap<(PbxId, Extension), Telephone>,
}

impl Telephones {
    /// A registrar answered a telephone: the answer names every place where it is reached, and for how
    /// long; none is no registration (RFC 3261 §10.3).
    pub(super) fn registered(
        &mut self,
        (pbx, user): (PbxId, &str),
        message: &Message<'_>,
        at: Moment,
    ) {
        let Ok(extension) = user.parse::<Extension>() else { return };
        let whole = message.get(Name::Expires).and_then(read::expires).unwrap_or(LASTS_S);
        let lasts = read::contacts(message)
            .map(|one| param(one.params, "expires").and_then(read::expires).unwrap_or(whole))
            .max()
            .filter(|seconds| *seconds > 0);
        if let Some(telephone) = self.of(pbx, &extension) {
            telephone.told_at = Some(at);
            let lasts_ms = lasts.map(|seconds| i64::from(seconds).saturating_mul(1_000));
            telephone.until = lasts_ms.map(|lasts_ms| at.plus_millis(lasts_ms));
        }
    }

    /// A telephone rang, answered, or called somebody.
    pub(super) fn rang(&mut self, pbx: PbxId, extension: &Extension, at: Moment) {
        if let Some(telephone) = self.of(pbx, extension) {
            telephone.rang_at = Some(at);
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Telephone> {
        self.known.values().cloned().collect()
    }

    fn of(&mut self, pbx: PbxId, extension: &Extension) -> Option<&mut Telephone> {
        let key = (pbx, extension.clone());
        if self.known.len() >= MOST && !self.known.contains_key(&key) {
            return None;
        }
        Some(self.known.entry(key).or_insert_with(|| Telephone {
            pbx,
            extension: extension.clone(),
            told_at: None,
            until: None,
            rang_at: None,
        }))
    }
}
