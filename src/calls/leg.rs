//! One leg of a call, and what leads from one telephone to another.

use super::call::{Evidence, LegEnd, TransferKind};
use crate::kernel::{Extension, Moment};
use crate::sip::LegKey;

/// One leg of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegRecord {
    /// Its name for all time.
    pub key: LegKey,
    /// What it is.
    pub kind: LegKind,
    /// Which telephone, where that is known; never of a member's leg.
    pub extension: Option<Extension>,
    /// The INVITE.
    pub offered_at: Moment,
    /// The 180.
    pub rang_at: Option<Moment>,
    /// It was lifted.
    pub answered_at: Option<Moment>,
    /// It was over.
    pub ended_at: Option<Moment>,
    /// How.
    pub end: Option<LegEnd>,
    /// Which of our accounts rings, of a member's leg; 0 after a restart.
    pub account: u16,
}

/// The Call-ID of legs that only a watched telephone told of.
pub(super) const WATCHED: &str = "dialog-info";

impl LegRecord {
    /// A leg that begins.
    pub(super) fn new(
        key: &LegKey,
        kind: LegKind,
        extension: Option<Extension>,
        offered_at: Moment,
    ) -> Self {
        Self {
            key: key.clone(),
            kind,
            extension,
            offered_at,
            rang_at: None,
            answered_at: None,
            ended_at: None,
            end: None,
            account: 0,
        }
    }

    /// A leg on which we ring along ourselves.
    pub(super) fn member(key: &LegKey, account: u16, offered_at: Moment) -> Self {
        Self { account, ..Self::new(key, LegKind::Member, None, offered_at) }
    }

    /// Whether its own signalling was seen in the mirror.
    pub(super) fn is_mirrored(&self) -> bool {
        self.kind != LegKind::Member && self.is_named()
    }

    /// Whether its Call-ID names it.
    pub(super) fn is_named(&self) -> bool {
        &*self.key.call_id != WATCHED
    }

    /// Whether both ring the same telephone, or the same account of ours.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (LegKind::Member, LegKind::Member) => self.account == other.account,
            (LegKind::Trunk, LegKind::Trunk) => true,
            _ => self.extension.is_some() && self.extension == other.extension,
        }
    }
}

/// A call went from one telephone to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRecord {
    /// When.
    pub at: Moment,
    /// How.
    pub kind: TransferKind,
    /// From which telephone.
    pub from: Option<Extension>,
    /// To which; `None` when it left the house or was not seen.
    pub to: Option<Extension>,
}

/// What a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegKind {
    /// Our own ringing along.
    Member,
    /// One of the operators' telephones.
    Position,
    /// From the carrier.
    Trunk,
    /// A telephone of the house that is no position.
    Extension,
    /// Out of the house again: forwarded to a mobile, say.
    Outside,
}

impl LegKind {
    /// What its ringing is worth as the start of a call's clock; a telephone that is no position
    /// starts none.
    pub(super) const fn evidence(self) -> Option<Evidence> {
        match self {
            Self::Member => Some(Evidence::Member),
            Self::Position => Some(Evidence::Position180),
            Self::Trunk => Some(Evidence::Trunk180),
            Self::Extension | Self::Outside => None,
        }
    }

    /// The word in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Position => "position",
            Self::Trunk => "trunk",
            Self::Extension => "extension",
            Self::Outside => "outside",
        }
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Member, Self::Position, Self::Trunk, Self::Extension, Self::Outside]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}
