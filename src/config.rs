//! What the site wrote in `switchboard.toml`, checked: after loading nothing here can be wrong.

mod channels;
mod environment;
mod hotlines;
mod load;
mod pbxes;
mod raw;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use chrono::{NaiveTime, Weekday};
use ipnet::IpNet;

use crate::kernel::{BusinessDay, Cadence, Extension, Language, Secret};

pub use channels::{Robot, RobotKind, Smtp, SmtpTls};
pub use environment::environment;
pub use load::{KEYS, USUAL_FILE, load, parse};
pub use raw::{Problem, Problems};

/// The whole configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The house.
    pub site: Site,
    /// The panel.
    pub web: Web,
    /// Where everything is kept; `sqlite://…` or `postgres://…` (may hold a password).
    pub store_url: Secret,
    /// The SIP sockets.
    pub sip: Sip,
    /// Mirrored signalling; `None` is off.
    pub hep: Option<Hep>,
    /// The PBXes, in the order of the file; a [`crate::kernel::PbxId`] is a place in this list.
    pub pbx: Vec<Pbx>,
    /// The hotlines, in the order of the file; never empty: without any there is a default one.
    pub hotlines: Vec<Hotline>,
    /// Who takes our mail; `None` sends none.
    pub smtp: Option<Smtp>,
    /// Group robots and programs that take our messages, in the order of the file.
    pub robots: Vec<Robot>,
    /// What is allowed but looks like a mistake: a configured PBX outside `sip.trusted`, …
    pub warnings: Vec<String>,
}

/// `[site]`.
#[derive(Debug, Clone)]
pub struct Site {
    /// The name on the screens.
    pub name: String,
    /// The zone and the hour at which the business day turns.
    pub day: BusinessDay,
    /// The default language of the panel.
    pub language: Language,
}

/// `[web]`.
#[derive(Debug, Clone)]
pub struct Web {
    /// Where the panel listens.
    pub listen: SocketAddr,
    /// How people reach it, without a trailing slash.
    pub public_url: String,
    /// Certificate chain and key (PEM), to serve https directly.
    pub tls: Option<TlsFiles>,
}

/// A certificate and its key, PEM files.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// `[sip]`.
#[derive(Debug, Clone)]
pub struct Sip {
    /// The sockets.
    pub listen: Vec<SipListen>,
    /// Who may send us SIP.
    pub trusted: Vec<IpNet>,
    /// The address for Contact and Via where the socket's own will not do.
    pub advertise: Option<IpAddr>,
    /// Certificate for TLS sockets.
    pub tls: Option<TlsFiles>,
    /// Whom to believe when the PBX speaks TLS; the system's authorities where absent.
    pub tls_ca: Option<PathBuf>,
}

/// One SIP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SipListen {
    /// udp, tcp or tls.
    pub transport: Transport,
    /// Address and port.
    pub addr: SocketAddr,
}

/// How SIP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream inside TLS.
    Tls,
}

impl Transport {
    /// The lower-case name, as in `udp://` and `;transport=udp`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }
}

/// `[hep]`: mirrored signalling (HEPv3).
#[derive(Debug, Clone)]
pub struct Hep {
    /// Sockets, udp or tcp.
    pub listen: Vec<SipListen>,
    /// Who may send.
    pub trusted: Vec<IpNet>,
    /// Chunk 0x000e must match.
    pub auth_key: Option<Secret>,
}

/// `[[pbx]]`.
#[derive(Debug, Clone)]
pub struct Pbx {
    /// The name on the screens and in the log.
    pub name: String,
    /// Where it is.
    pub address: PbxAddress,
    /// The domain of our address of record; the realm is what the challenge says.
    pub domain: String,
    /// Our accounts there; more than one where each hotline has its own.
    pub accounts: Vec<Account>,
    /// REGISTER and ring along, never answer.
    pub member: bool,
    /// What to do when every position is known to be busy.
    pub when_all_busy: WhenAllBusy,
    /// Extensions and hints to SUBSCRIBE to.
    pub watch: Vec<Extension>,
    /// The operators' telephones.
    pub positions: Vec<Extension>,
    /// Where calls are sent that come straight back: recorders, announcement servers, dialplans of
    /// others. Nobody calls from there.
    pub services: Vec<IpAddr>,
}

impl Pbx {
    /// We are registered there and ring along.
    pub fn is_joined(&self) -> bool {
        self.member && !self.accounts.is_empty()
    }

    /// We subscribe to extensions there.
    pub fn is_watched(&self) -> bool {
        !self.watch.is_empty() && !self.accounts.is_empty()
    }
}

/// Where a PBX is: `sip:host:port;transport=udp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbxAddress {
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The port; 5060 or 5061 (tls) where the file names none.
    pub port: u16,
    /// How to speak to it.
    pub transport: Transport,
}

/// One account of ours at a PBX.
#[derive(Debug, Clone)]
pub struct Account {
    /// The SIP user.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// The hotline this account rings for when the INVITE does not say.
    pub hotline: Option<String>,
}

/// What a member does when every position is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenAllBusy {
    /// Ring on.
    Ring,
    /// Refuse with 486, so that the PBX can overflow.
    Decline,
}

/// `[[hotline]]`.
#[derive(Debug, Clone)]
pub struct Hotline {
    /// The name on the screens.
    pub name: String,
    /// The number, as written in the file.
    pub number: String,
    /// Other spellings and group numbers that mean this hotline.
    pub aliases: Vec<String>,
    /// What the operator says first.
    pub greeting: String,
    /// How it rings.
    pub cadence: Cadence,
    /// The promise: answered before ring `target_rings` + 1 begins.
    pub target_rings: u32,
    /// A second limit, in milliseconds from the first ring.
    pub target_limit_ms: Option<i64>,
    /// A caller who leaves before ring `short_abandon_rings` + 1 begins left too soon to count.
    pub short_abandon_rings: u32,
    /// From this ring on every free desk is asked to pick up.
    pub colleague_rings: u32,
    /// How long after a ring round ended (Q.850 cause 0) the next round may begin and still be the
    /// same caller, in milliseconds.
    pub round_gap_ms: i64,
    /// Opening hours, local time; empty is always.
    pub hours: Vec<Hours>,
}

/// `Mon-Fri 09:00-12:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The days on which the window begins.
    pub days: Vec<Weekday>,
    /// The local time it begins.
    pub from: NaiveTime,
    /// The local time it ends; not after `from` means the day after.
    pub to: NaiveTime,
}

impl Hotline {
    /// The promise in milliseconds from the first ring: an answer before this is within it.
    pub fn target_ms(&self) -> i64 {
        let rings = self.cadence.cycle_ms().saturating_mul(i64::from(self.target_rings));
        self.target_limit_ms.map_or(rings, |limit| limit.min(rings))
    }
}
