//! What a registration asks of whoever drives it.

use std::net::SocketAddr;

use crate::sip::transaction::Ms;

/// What a registration wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Send this request.
    Send(Request),
    /// Send the last request again, byte for byte.
    Again,
    /// Find the PBX anew: look its name up, open a connection. Then call
    /// [`super::Registration::reached`] or [`super::Registration::failed`].
    Reach,
    /// Show this.
    Show(Shown),
    /// De-registered, or given up on it.
    Over,
}

/// One REGISTER, still without a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// Names its transaction.
    pub(crate) branch: String,
    /// The number of the request in this registration.
    pub(crate) cseq: u32,
    /// How long, in seconds; 0 gives it back.
    pub(crate) expires_s: u32,
    /// The address at which we want to be called.
    pub(crate) contact: SocketAddr,
    /// Credentials: the header's name and value.
    pub(crate) credentials: Vec<(&'static str, String)>,
}

/// What the line is, with the moment it became so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Registered from then until then.
    Registered {
        /// When the answer came.
        since: Ms,
        /// When it lapses.
        until: Ms,
    },
    /// Not registered.
    Down {
        /// Since when: the lapse, not its discovery.
        since: Ms,
        /// A key of the locale files.
        reason: &'static str,
        /// The status the PBX gave.
        status: Option<u16>,
    },
}
