//! Cuts a stream of bytes into messages (RFC 3261 §18.3).

use memchr::memchr;

use super::read::{self, MAX_BODY, MAX_HEAD, MAX_MESSAGE, Name, Unreadable};

/// Gathers the bytes of one connection and gives them back a message at a time.
///
/// It holds at most 64 KB and looks at each byte of a head once, however small the pieces in which
/// it comes. A message is cut out by its Content-Length alone, which must be there; whether the
/// rest of it can be read is for [`read::Message::parse`], so that one bad header costs one message and
/// not the connection.
#[derive(Debug, Default)]
pub struct Framer {
    held: Vec<u8>,
    /// Bytes at the front that were already given away.
    given: usize,
    /// Bytes behind `given` in which no head ends.
    seen: usize,
    /// Length of the message at the front, once its head is there.
    whole: Option<usize>,
}

impl Framer {
    /// Nothing held.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what was received.
    ///
    /// # Errors
    ///
    /// [`Unreadable::TooLong`] when more than 64 KB would be held: take the messages out between
    /// two reads, or close the connection.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unreadable> {
        self.held.drain(..self.given.min(self.held.len()));
        self.given = 0;
        if self.held.len().saturating_add(bytes.len()) > MAX_MESSAGE {
            return Err(Unreadable::TooLong);
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    /// How many bytes [`Framer::push`] would take now.
    pub fn room(&self) -> usize {
        MAX_MESSAGE.saturating_sub(self.held.len().saturating_sub(self.given))
    }

    /// A message has begun and is not whole: the timer of a slow sender runs.
    pub fn is_waiting(&self) -> bool {
        !self.rest().is_empty()
    }

    /// The next whole message; `None` until more bytes came. Line ends between messages are
    /// keep-alives (RFC 5626 §3.5.1) and skipped.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when no end can be found: nothing that follows can be trusted, so close the
    /// connection.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, Unreadable> {
        let length = match self.whole {
            Some(length) => length,
            None => match self.measure()? {
                Some(length) => *self.whole.insert(length),
                None => return Ok(None),
            },
        };
        if self.rest().len() < length {
            return Ok(None);
        }
        let begin = self.given;
        self.given = begin.saturating_add(length);
        (self.seen, self.whole) = (0, None);
        Ok(self.held.get(begin..self.given))
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.given..).unwrap_or_default()
    }

    /// The length of the message at the front; `None` while its head has no end.
    fn measure(&mut self) -> Result<Option<usize>, Unreadable> {
        if self.seen == 0 {
            let message = read::after_line_ends(self.rest()).len();
            self.given = self.held.len().saturating_sub(message);
        }
        let Some(head) = self.end_of_head() else {
            return if self.rest().len() > MAX_HEAD { Err(Unreadable::TooLong) } else { Ok(None) };
        };
        if head > MAX_HEAD {
            return Err(Unreadable::TooLong);
        }
        let body = declared_length(self.rest().get(..head).unwrap_or_default())?;
        if body > MAX_BODY {
            return Err(Unreadable::TooLong);
        }
        Ok(Some(head.saturating_add(body)))
    }

    /// Just behind the first empty line; where the search stopped is remembered.
    fn end_of_head(&mut self) -> Option<usize> {
        let mut at = self.seen;
        loop {
            let rest = self.held.get(self.given.saturating_add(at)..)?;
            let Some(end) = memchr(b'\n', rest) else {
                at = at.saturating_add(rest.len());
                break;
            };
            let next = rest.get(end.saturating_add(1)..)?;
            if let Some(behind) = read::after_empty_line(next) {
                return Some(self.rest().len().saturating_sub(behind.len()));
            }
            if matches!(next, [] | [b'\r']) {
                at = at.saturating_add(end);
                break;
            }
            at = at.saturating_add(end).saturating_add(1);
        }
        self.seen = at;
        None
    }
}

/// What Content-Length says in a head that need not be readable otherwise.
fn declared_length(head: &[u8]) -> Result<usize, Unreadable> {
    let mut rest =
        memchr(b'\n', head).and_then(|end| head.get(end.saturating_add(1)..)).unwrap_or_default();
    let mut length = None;
    while read::after_empty_line(rest).is_none()
        && let Some((line, behind)) = read::logical_line(rest)
    {
        if let Ok((Name::ContentLength, _, value)) = read::header(line) {
            let declared = read::content_length(value)?;
            if length.is_some_and(|known| known != declared) {
                return Err(Unreadable::ContentLength);
            }
            length = Some(declared);
        }
        rest = behind;
    }
    length.ok_or(Unreadable::ContentLength)
}
