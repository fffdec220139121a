//! Reads `application/dialog-info+xml` (RFC 4235 §4): what the telephones of an extension are doing.
//!
//! The reader is quick-xml's, which expands nothing by itself; a body that declares a document type is
//! refused before anything in it could be. Length, depth and number of dialogs have limits.
//! Namespace prefixes are not looked at, and elements nobody asked for are passed over: every maker
//! adds some.

mod picture;
mod walk;

use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use self::picture::{Picture, Taken};
use super::{DialogState, PartyId};

/// Largest body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
/// How deep elements may stand in each other.
pub const MAX_DEPTH: usize = 16;
/// Most dialogs in one body.
pub const MAX_DIALOGS: usize = 64;

/// One body, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Whose dialogs: a URI as sent; empty where it is missing.
    pub entity: String,
    /// Counts the bodies of one subscription; `None` where it is missing or no number.
    pub version: Option<u64>,
    /// It tells all dialogs; else only those that changed.
    pub full: bool,
    /// The dialogs, in the order of the body; of one that is told twice, what is furthest in its life.
    pub dialogs: Vec<Told>,
}

/// One dialog of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its name within the subscription; where it is missing, its place in the body.
    pub id: Arc<str>,
    /// Its Call-ID.
    pub call_id: Option<Arc<str>>,
    /// The tag at the watched end.
    pub local_tag: Option<Arc<str>>,
    /// The tag at the other end.
    pub remote_tag: Option<Arc<str>>,
    /// Whether the watched end is called.
    pub called: Option<bool>,
    /// Where it is in its life; `None`: it is over.
    pub state: Option<DialogState>,
    /// The other end.
    pub remote: PartyId,
    /// The watched end.
    pub local: PartyId,
    /// One of the ends hears nothing (`+sip.rendering=no`).
    pub held: bool,
}

/// Why a body tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than [`MAX_BODY`].
    #[error("the body is too long")]
    TooLong,
    /// Deeper than [`MAX_DEPTH`].
    #[error("its elements stand too deep in each other")]
    TooDeep,
    /// More than [`MAX_DIALOGS`].
    #[error("it tells too many dialogs")]
    TooMany,
    /// It declares a document type: the door for entities of its own.
    #[error("it declares a document type")]
    Doctype,
    /// UTF-16 or another encoding of which ASCII is no part.
    #[error("its encoding is not known")]
    Encoding,
    /// It is not XML, or ends too early.
    #[error("it is not well-formed")]
    Malformed,
    /// XML, but not about dialogs.
    #[error("it is not about dialogs")]
    Foreign,
}

/// Reads one body. UTF-8 where it is, else Latin-1: whatever encoding it names, numbers and states
/// are ASCII.
///
/// # Errors
///
/// [`Unreadable`]; a single dialog that makes no sense is left out.
pub fn read(body: &[u8]) -> Result<Document, Unreadable> {
    if body.len() > MAX_BODY {
        return Err(Unreadable::TooLong);
    }
    if body.contains(&0) {
        return Err(Unreadable::Encoding);
    }
    let text = match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(body.iter().copied().map(char::from).collect()),
    };
    walk::walk(text.trim_start_matches('\u{feff}').trim())
}

#[cfg(test)]
mod tests;
