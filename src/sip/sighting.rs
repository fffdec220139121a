//! What passed on the wire, in the words of the house.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::Transport;
use crate::kernel::{Moment, PbxId};

/// One thing that leaves the room, in the order it happened.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Something that may change the life of a call.
    Sighting(Sighting),
    /// One message of a call, for its ladder.
    Wire(Wire),
    /// A line to a PBX came up or went down.
    Line(LineChange),
}

/// One fact about one leg, seen once: repeats of the wire are already removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// When the last byte reached us.
    pub at: Moment,
    /// Who told us.
    pub source: Source,
    /// Of which leg.
    pub leg: LegKey,
    /// What it was.
    pub what: What,
}

/// Where a sighting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// We rang along as a member of the hotline's group.
    Member {
        /// At which PBX.
        pbx: PbxId,
        /// With which of our accounts, by its place in the configuration.
        account: u16,
    },
}

impl Source {
    /// The PBX it is about.
    pub const fn pbx(self) -> PbxId {
        match self {
            Self::Member { pbx, .. } => pbx,
        }
    }
}

/// Names one leg for all time: Call-ID and the branch of the top Via (RFC 3261 §17.2.3). Proxies
/// use one Call-ID for all legs of a call, so the Call-ID alone is not enough.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegKey {
    /// The Call-ID header, as sent.
    pub call_id: Arc<str>,
    /// The branch of the top Via, as sent; for an RFC 2543 sender the whole top Via and the CSeq.
    pub branch: Arc<str>,
}

/// The facts a leg can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// INVITE: a caller wants someone.
    Offered(Box<Offer>),
    /// A 180 was sent: it rings here.
    Alerted,
    /// CANCEL: the PBX took it back, or someone else answered.
    Withdrawn(Withdrawal),
    /// It was refused with this status.
    Refused(u16),
    /// Nothing was heard of it until patience ended; its end was not seen.
    Lost,
}

/// What an INVITE says of who calls and whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// Who calls: P-Asserted-Identity before From (RFC 3325 §9.1); the number never when withheld.
    pub caller: PartyId,
    /// Numbers that may name the hotline, in the order of `contract.md` §2: X-Hotline-DID,
    /// X-Hotline-Number, Diversion, History-Info, To, Request-URI.
    pub dialled: Vec<String>,
    /// X-Hotline-Call-ID: the Call-ID of the trunk leg, where the dialplan adds it.
    pub trunk_call_id: Option<String>,
}

/// A person as a SIP header names them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PartyId {
    /// The user part as sent, percent-decoded; `None` when withheld or absent.
    pub user: Option<String>,
    /// The display name, unquoted; empty becomes `None`.
    pub display: Option<String>,
    /// The caller asked not to be known (RFC 3323 Privacy, or an anonymous From).
    pub withheld: bool,
}

impl std::fmt::Debug for PartyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let user = self.user.as_deref().map(crate::kernel::masked);
        f.debug_struct("PartyId")
            .field("user", &user)
            .field("display", &self.display.as_ref().map(|_| "•"))
            .field("withheld", &self.withheld)
            .finish()
    }
}

/// Why a leg was taken back: the Reason headers of the CANCEL (RFC 3326), every line read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Withdrawal {
    /// `SIP;cause=200`, or a text "Call completed elsewhere": someone else answered.
    pub elsewhere: bool,
    /// `Q.850;cause=n`.
    pub q850: Option<u16>,
    /// `SIP;cause=n`.
    pub sip: Option<u16>,
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To us.
    In,
    /// From us.
    Out,
}

/// One message of a leg as it was on the wire, credentials removed.
#[derive(Clone)]
pub struct Wire {
    /// When its last byte came, or when it was sent.
    pub at: Moment,
    /// Of which leg.
    pub leg: LegKey,
    /// Which way.
    pub way: Way,
    /// How.
    pub transport: Transport,
    /// Our end.
    pub local: SocketAddr,
    /// The other end.
    pub peer: SocketAddr,
    /// The text; bytes that are not UTF-8 are read as Latin-1.
    pub text: Box<str>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // the text holds people's numbers
        write!(f, "Wire({:?} {} bytes at {})", self.way, self.text.len(), self.at)
    }
}

/// A line came up or went down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineChange {
    /// When.
    pub at: Moment,
    /// Which line.
    pub source: Source,
    /// What it is now.
    pub state: LineState,
}

/// What a registration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    /// Not tried yet, or deliberately off.
    Off,
    /// Trying for the first time since start.
    Trying,
    /// Registered until then.
    Registered {
        /// When it lapses unless refreshed.
        until: Moment,
    },
    /// Not registered; calls are not heard. The reason is a key of the locale files:
    /// `unreachable`, `wrong-password`, `refused`, `no-address`, `port-taken`.
    Down {
        /// Why.
        reason: &'static str,
        /// The status the PBX gave, where it gave one.
        status: Option<u16>,
    },
}
