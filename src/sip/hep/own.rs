//! Messages that we sent or received ourselves: when a copy of one is mirrored, we know when it
//! truly passed, and so how far the sender's clock is off.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use xxhash_rust::xxh3::xxh3_64;

use crate::kernel::Moment;

/// Notes that wait for the desk; more are not taken.
const WAITING: usize = 256;
/// So many messages are remembered ...
const RECENT: usize = 128;
/// ... for so long: a copy may come late.
const LONG_MS: i64 = 120_000;

/// Notes messages of our own. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Tap(Option<mpsc::Sender<Note>>);

/// One message of our own: what it is known by, and when it passed.
type Note = (u64, Moment);

/// The other end of a [`Tap`].
#[derive(Debug)]
pub struct Notes {
    coming: mpsc::Receiver<Note>,
    recent: VecDeque<Note>,
}

impl Tap {
    /// A tap that notes, or one that does not because nothing is mirrored to us.
    pub(crate) fn new(open: bool) -> (Self, Notes) {
        let (tap, notes) = mpsc::channel(WAITING);
        (Self(open.then_some(tap)), Notes { coming: notes, recent: VecDeque::new() })
    }

    /// This message passed then.
    pub(crate) fn note(&self, message: &[u8], at: Moment) {
        if let Some(tap) = &self.0 {
            // a note that finds no room is missed by nobody: the next message will do
            let _noted = tap.try_send((xxh3_64(message), at));
        }
    }
}

impl Notes {
    /// Notes of nothing, for whoever hears only mirrors.
    pub fn none() -> Self {
        Tap::new(false).1
    }

    /// Takes what was noted meanwhile and forgets what is too old.
    pub(super) fn gather(&mut self, now: Moment) {
        while let Ok(note) = self.coming.try_recv() {
            if self.recent.len() >= RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back(note);
        }
        while self.recent.front().is_some_and(|(_, at)| now.millis_since(*at) > LONG_MS) {
            self.recent.pop_front();
        }
    }

    /// When this message passed at our own socket. One that was repeated is none: its copies
    /// cannot be told apart.
    pub(super) fn passed_at(&self, message: &[u8]) -> Option<Moment> {
        if self.recent.is_empty() {
            return None;
        }
        let name = xxh3_64(message);
        let mut same = self.recent.iter().filter(|(known, _)| *known == name);
        let only = same.next().map(|(_, at)| *at);
        only.filter(|_| same.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Moment = Moment::from_millis(1_795_443_600_000);

    #[test]
    fn a_copy_of_our_own_message_tells_when_it_passed_and_a_repeated_one_does_not() {
        let (tap, mut notes) = Tap::new(true);
        tap.note(b"INVITE", NOON);
        notes.gather(NOON);
        assert_eq!(notes.passed_at(b"INVITE"), Some(NOON));
        assert_eq!(notes.passed_at(b"BYE"), None);
        tap.note(b"INVITE", NOON.plus_millis(500));
        notes.gather(NOON);
        assert_eq!(notes.passed_at(b"INVITE"), None);
        notes.gather(NOON.plus_millis(LONG_MS + 1));
        assert_eq!(notes.passed_at(b"INVITE"), Some(NOON.plus_millis(500)));
        for _ in 0..10_000 {
            tap.note(b"OPTIONS", NOON.plus_millis(LONG_MS));
        }
        notes.gather(NOON.plus_millis(LONG_MS));
        assert!(notes.recent.len() <= RECENT);
    }
}
