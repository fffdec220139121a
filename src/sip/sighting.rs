//! What passed on the wire, in the words of the house.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::Transport;
use crate::kernel::{Extension, Moment, PbxId};

/// One thing that leaves the room, in the order it happened.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Something that may change the life of a call.
    Sighting(Sighting),
    /// What one watched extension is doing now.
    Watched(Watched),
    /// One message of a call, for its ladder.
    Wire(Wire),
    /// A line to a PBX came up or went down.
    Line(LineChange),
    /// A clock by which things were dated had been set back.
    SetBack(SetBack),
}

/// One fact about one leg, seen once: repeats of the wire are already removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// When it happened: when the last byte reached us, or what a mirrored packet's own time says,
    /// corrected by what its sender's clock is off. What is measured is measured by this.
    pub at: Moment,
    /// When we learnt of it, by our own clock; never before `at` but for a few milliseconds. What
    /// is waited for is waited for from here.
    pub heard_at: Moment,
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
    /// We subscribed to the dialogs of an extension (RFC 4235).
    Watch {
        /// At which PBX.
        pbx: PbxId,
        /// Which of [`crate::config::Pbx::watch`], by its place in the configuration.
        place: u16,
    },
    /// Its signalling is mirrored to us (HEPv3).
    Mirror {
        /// Of which PBX.
        pbx: PbxId,
    },
}

impl Source {
    /// The PBX it is about.
    pub const fn pbx(self) -> PbxId {
        match self {
            Self::Member { pbx, .. } | Self::Watch { pbx, .. } | Self::Mirror { pbx } => pbx,
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
    /// A 2xx to the INVITE: it was lifted here.
    Answered,
    /// CANCEL: the PBX took it back, or someone else answered.
    Withdrawn(Withdrawal),
    /// It was refused with this status: 300 and above, never a challenge (401, 407).
    Refused(u16),
    /// BYE: the talk on this leg is over; who of its two ends said so.
    Ended(End),
    /// A re-INVITE put the other end on hold, or took it back.
    Held(bool),
    /// REFER: whoever is on this leg wants the other end connected to someone else.
    Referred(Referral),
    /// Nothing was heard of it until patience ended; its end was not seen.
    Lost,
}

/// One of the two ends of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Who sent the INVITE.
    Caller,
    /// Who was invited.
    Callee,
}

/// What a REFER asks for (RFC 3515; RFC 3891 for the talk it is to take over).
#[derive(Clone, PartialEq, Eq)]
pub struct Referral {
    /// The user part of Refer-To.
    pub to: String,
    /// The Call-ID of the talk that is to be replaced: an attended transfer.
    pub replaces: Option<Arc<str>>,
}

impl std::fmt::Debug for Referral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.replaces.is_some() { "attended" } else { "blind" };
        write!(f, "Referral({kind}, {})", crate::kernel::masked(&self.to))
    }
}

/// What a leg leads to, as the addresses and names of its INVITE tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Role {
    /// From the PBX to one of our own accounts: we ring along.
    #[default]
    Member,
    /// From outside to the PBX.
    Trunk,
    /// From the PBX to a telephone of the house: a position or another watched extension.
    Phone(Extension),
    /// A telephone of the house calls: someone inside, outside, or a call that rings elsewhere.
    Placed(Extension),
    /// From the PBX to outside.
    Outbound,
    /// From the PBX to a service in the path of calls that the configuration names: it sends them back.
    Detour,
    /// Back to the PBX from where it had sent this very caller: a service in the path of the call.
    Returned(Back),
}

/// How a call came back from a service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Back {
    /// The leg on which the PBX had sent it there, a moment before, where that was seen.
    pub sent: Option<LegKey>,
    /// The configuration names the service: nobody calls from there, whatever else was seen of it.
    pub named: bool,
}

/// What an INVITE says of who calls and whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// What the leg leads to.
    pub role: Role,
    /// Who calls: P-Asserted-Identity before From (RFC 3325 §9.1); the number never when withheld.
    pub caller: PartyId,
    /// Numbers that may name the hotline, in the order of `contract.md` §2: X-Hotline-DID,
    /// X-Hotline-Number, Diversion, History-Info, To, Request-URI.
    pub dialled: Vec<String>,
    /// The INVITE itself was not seen: this is what an answer to it repeats, From and To.
    pub from_answer: bool,
    /// X-Hotline-Call-ID: the Call-ID of the trunk leg, where the dialplan adds it.
    pub trunk_call_id: Option<String>,
    /// The leg on which the caller came to the PBX, of what comes back from a service.
    pub came_on: Option<LegKey>,
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

/// What one watched extension is doing: all its dialogs that are not over (RFC 4235 §4.1), partial
/// documents already merged, repeats and overtaken ones already left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// When the NOTIFY reached us.
    pub at: Moment,
    /// At which PBX.
    pub pbx: PbxId,
    /// Whose dialogs.
    pub extension: Extension,
    /// The first document of a subscription: what lies before it was not seen.
    pub fresh: bool,
    /// Its dialogs; none when it is idle, or not registered: a PBX does not tell the two apart.
    pub dialogs: Vec<Dialog>,
}

impl Watched {
    /// Whether it rings or talks.
    pub fn is_busy(&self) -> bool {
        let busy = [DialogState::Early, DialogState::Confirmed];
        self.dialogs.iter().any(|dialog| busy.contains(&dialog.state))
    }
}

/// One dialog of a watched extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// Its name within the subscription.
    pub id: Arc<str>,
    /// Its Call-ID, where the PBX tells it.
    pub call_id: Option<Arc<str>>,
    /// Where it is in its life.
    pub state: DialogState,
    /// Whether the extension is called; `None` where the PBX does not say.
    pub called: Option<bool>,
    /// The other side.
    pub remote: PartyId,
    /// The other side hears nothing (`+sip.rendering=no`).
    pub held: bool,
}

/// Where a watched dialog is in its life (RFC 4235 §3.7.1); the end is told by its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DialogState {
    /// `trying` or `proceeding`: nothing rings yet.
    Trying,
    /// `early`: it rings.
    Early,
    /// `confirmed`: people talk.
    Confirmed,
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
    /// When its last byte came, or when it was sent; of a mirrored one its own time, corrected.
    pub at: Moment,
    /// Of which leg.
    pub leg: LegKey,
    /// Which way: seen from `local`.
    pub way: Way,
    /// How.
    pub transport: Transport,
    /// Our end; of a mirrored message the PBX's.
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
    /// When that was noticed.
    pub at: Moment,
    /// Since when it is so: a mirror gives nothing since its last packet, which is noticed later.
    pub since: Moment,
    /// Which line.
    pub source: Source,
    /// What it is now.
    pub state: LineState,
}

/// The clock of whoever mirrors a PBX was set back. That takes a while to be told from packets that come late:
/// meanwhile what was mirrored was dated too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetBack {
    /// When that was found.
    pub at: Moment,
    /// At which PBX.
    pub pbx: PbxId,
    /// When the first packet came that was dated too early, by our own clock.
    pub since: Moment,
    /// By how much, in milliseconds; above zero.
    pub by_ms: i64,
}

/// What a line is: a registration, a subscription, or a mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    /// Not tried yet, or deliberately off.
    Off,
    /// Trying for the first time since start.
    Trying,
    /// Registered, or subscribed, until then.
    Registered {
        /// When it lapses unless refreshed.
        until: Moment,
    },
    /// Mirrored packets come.
    Hearing,
    /// It tells nothing. The reason is a key of the locale files: `unreachable`,
    /// `wrong-password`, `refused`, `no-address`, `port-taken`; of a subscription `no-hint`
    /// and `silent` too, of a mirror `silent`.
    Down {
        /// Why.
        reason: &'static str,
        /// The status the PBX gave, where it gave one.
        status: Option<u16>,
    },
}

impl LineState {
    /// Whether what happens is told to us.
    pub const fn is_up(&self) -> bool {
        matches!(self, Self::Registered { .. } | Self::Hearing)
    }
}
