//! What a subscription asks of whoever drives it.

use std::net::SocketAddr;

use crate::sip::register::Shown;

/// What a subscription wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Send this request.
    Send(Request),
    /// Send the last request again, byte for byte.
    Again,
    /// Find the PBX. Then call [`super::Subscription::reached`] or [`super::Subscription::failed`].
    Reach,
    /// Nobody answers there: the next [`Act::Reach`] looks anew.
    Doubt,
    /// A new dialog begins: the next NOTIFY is its first.
    Begin,
    /// Everything was asked for: the next NOTIFY is whole.
    Asked,
    /// The PBX knows nothing of this subscription any more, and perhaps of none.
    Lost,
    /// Show this.
    Show(Shown),
    /// Un-subscribed, or given up on it.
    Over,
}

/// One SUBSCRIBE, still without a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// Names its transaction.
    pub(crate) branch: String,
    /// Which dialog of ours, counted from 1.
    pub(crate) dialog: u32,
    /// The number of the request in its dialog.
    pub(crate) cseq: u32,
    /// How long, in seconds; 0 ends it.
    pub(crate) expires_s: u32,
    /// The address at which we want to be told.
    pub(crate) contact: SocketAddr,
    /// The other end's tag, once there is a dialog.
    pub(crate) to_tag: Option<String>,
    /// The Request-URI.
    pub(crate) target: String,
    /// Route headers.
    pub(crate) routes: Vec<String>,
    /// Credentials: the header's name and value.
    pub(crate) credentials: Vec<(&'static str, String)>,
}
