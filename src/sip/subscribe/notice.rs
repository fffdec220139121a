//! What a NOTIFY says of its subscription (RFC 6665 §4.1.3).

use crate::sip::dialog_end::DialogEnd;
use crate::sip::read::{self, Message, Name};

/// One NOTIFY, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Who sent it.
    pub(crate) end: DialogEnd,
    /// Its number in the dialog.
    pub(crate) cseq: u32,
    /// What became of the subscription.
    pub(crate) state: Standing,
    /// How long it lasts from now, in seconds, where it says so.
    pub(crate) expires_s: Option<u32>,
    /// After how many seconds to ask again, where it says so.
    pub(crate) retry_after_s: Option<u32>,
}

/// Subscription-State.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// We are told what happens.
    Active,
    /// Somebody there has to agree first.
    Pending,
    /// It is over.
    Terminated(Ending),
}

/// Why a subscription is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Subscribe again at once: `deactivated`, `timeout`, or no reason.
    Renew,
    /// Subscribe again after a while: `probation`.
    Later,
    /// Nobody agreed, for long: `rejected`, `giveup`, `invariant`.
    Refused,
    /// There is nothing to watch: `noresource`.
    Nothing,
}

impl Notice {
    /// Reads a NOTIFY; `None` when it names no dialog.
    pub(crate) fn of(message: &Message<'_>) -> Option<Self> {
        let (cseq, _) = read::cseq(message.get(Name::CSeq)?)?;
        // without the header, which RFC 6665 §8.2.1 demands, a subscription that tells is active
        let value = message.get(Name::SubscriptionState).unwrap_or(b"active");
        let end = value.iter().position(|&byte| byte == b';').unwrap_or(value.len());
        let (word, params) = value.split_at_checked(end)?;
        let is = |known: &[u8]| word.trim_ascii().eq_ignore_ascii_case(known);
        let state = if is(b"terminated") {
            Standing::Terminated(ending(params))
        } else if is(b"pending") {
            Standing::Pending
        } else {
            Standing::Active
        };
        let seconds = |name| read::param(params, name).and_then(read::expires);
        Some(Self {
            end: DialogEnd::of_request(message)?,
            cseq,
            state,
            expires_s: seconds("expires"),
            retry_after_s: seconds("retry-after"),
        })
    }
}

fn ending(params: &[u8]) -> Ending {
    let reason = read::param(params, "reason").unwrap_or_default();
    let is = |known: &[u8]| reason.eq_ignore_ascii_case(known);
    if is(b"noresource") {
        Ending::Nothing
    } else if is(b"rejected") || is(b"giveup") || is(b"invariant") {
        Ending::Refused
    } else if is(b"probation") {
        Ending::Later
    } else {
        Ending::Renew
    }
}
