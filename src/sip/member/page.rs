//! A short message that a telephone sends us (RFC 3428 §7): taken where it is plain text, and told.

use super::{Came, Member, Out, Reply};
use crate::sip::pager::Page;
use crate::sip::read::{self, Name};

/// So much of it is kept, in bytes.
const MOST: usize = 500;
const PLAIN: &str = "Accept: text/plain\r\n";

impl Member {
    /// Takes a MESSAGE: 200 where it says something plain, 415 otherwise (RFC 3261 §21.4.13).
    pub(super) fn paged(&mut self, came: &Came<'_>) -> Reply {
        let message = came.message;
        let kind = message.get(Name::ContentType).unwrap_or_default();
        let kind = kind.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
        if !kind.eq_ignore_ascii_case(b"text/plain") {
            return Reply::with(415, PLAIN);
        }
        let from = message.get(Name::From).and_then(read::name_addr);
        let user =
            from.and_then(|from| read::uri(from.uri)).map(|uri| read::percent_decoded(uri.user));
        let body = message.body.get(..MOST).unwrap_or(message.body);
        if let Some(user) = user {
            let from = String::from_utf8_lossy(&user).into_owned();
            let text = read::text(body).trim().to_owned();
            self.outs.push_back(Out::Paged(Page { at: came.at, from, text }));
        }
        Reply::plain(200)
    }
}
