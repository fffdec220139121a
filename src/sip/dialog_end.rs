//! The other end of a dialog we began, as its messages tell it (RFC 3261 §12.1.2, RFC 6665 §4.4.1).

use super::read::{self, Message, Name};

/// Longest address or route that is repeated, in bytes.
const LONGEST: usize = 1024;
/// Most routes that are repeated.
const MOST_ROUTES: usize = 16;

/// Whom we talk to, and by which way. Both come from outside and go out again, so only what can
/// stand in a header is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DialogEnd {
    /// Its tag.
    pub(crate) tag: String,
    /// Where requests within the dialog go; `None` where it named no usable Contact.
    pub(crate) target: Option<String>,
    /// The proxies in between, the nearest to us first, each as it stands in a Route header.
    pub(crate) routes: Vec<String>,
}

impl DialogEnd {
    /// As the answer to our request tells it; `None` without a tag.
    pub(crate) fn of_answer(message: &Message<'_>) -> Option<Self> {
        let mut end = Self::read(message, Name::To)?;
        end.routes.reverse();
        Some(end)
    }

    /// As a request from there tells it.
    pub(crate) fn of_request(message: &Message<'_>) -> Option<Self> {
        Self::read(message, Name::From)
    }

    fn read(message: &Message<'_>, theirs: Name) -> Option<Self> {
        let tag = tag(message, theirs)?;
        let target = read::contacts(message).next().and_then(|one| plain(one.uri));
        let lines = message.all(Name::RecordRoute).flat_map(read::addresses);
        let routes = lines.filter_map(|one| Some(format!("<{}>", plain(one.uri)?)));
        Some(Self { tag, target, routes: routes.take(MOST_ROUTES).collect() })
    }
}

/// The tag of a From or To, as sent.
pub(crate) fn tag(message: &Message<'_>, name: Name) -> Option<String> {
    let one = read::name_addr(message.get(name)?)?;
    let tag = read::param(one.params, "tag")?;
    (!tag.is_empty() && tag.len() <= LONGEST).then(|| read::text(tag).into_owned())
}

/// A URI that can be repeated without harm.
fn plain(uri: &[u8]) -> Option<String> {
    let fits = uri.len() <= LONGEST
        && uri.iter().all(|&byte| byte.is_ascii_graphic() && !b"<>\"".contains(&byte))
        && read::uri(uri).is_some_and(|uri| uri.is_sip());
    fits.then(|| read::text(uri).into_owned())
}
