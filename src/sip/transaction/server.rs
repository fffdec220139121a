//! The requests of others, until the answer has surely arrived (RFC 3261 §17.2).

use std::collections::{BTreeSet, HashMap};

use super::{Key, Ms, PATIENCE, RINGING_LIMIT, T1, T2, T4, Way};

/// What a new transaction begins with.
#[derive(Debug)]
pub(crate) struct Opening<C> {
    /// An INVITE has rules of its own.
    pub(crate) invite: bool,
    /// What it came by.
    pub(crate) way: Way,
    /// Header lines every response repeats: Via, From, To with our tag, Call-ID, CSeq.
    pub(crate) head: Box<[u8]>,
    /// Where answers go and what they are about; given back with each of them.
    pub(crate) context: C,
}

/// A response: status, phrase, and header lines of its own, each ended by CR LF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The status code.
    pub(crate) status: u16,
    /// Further header lines.
    pub(crate) lines: Box<str>,
}

impl Reply {
    /// A response without lines of its own.
    pub(crate) fn plain(status: u16) -> Self {
        Self { status, lines: Box::default() }
    }

    /// A response with these lines, each ended by CR LF.
    pub(crate) fn with(status: u16, lines: impl Into<Box<str>>) -> Self {
        Self { status, lines: lines.into() }
    }

    /// The response as bytes.
    pub(crate) fn render(&self, head: &[u8]) -> Vec<u8> {
        let mut text = format!("SIP/2.0 {} {}\r\n", self.status, phrase(self.status)).into_bytes();
        text.extend_from_slice(head);
        text.extend_from_slice(self.lines.as_bytes());
        text.extend_from_slice(b"Content-Length: 0\r\n\r\n");
        text
    }
}

/// The words RFC 3261 §21 gives a status.
const fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        200 => "OK",
        400 => "Bad Request",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        483 => "Too Many Hops",
        486 => "Busy Here",
        487 => "Request Terminated",
        489 => "Bad Event",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        _ => "Refused",
    }
}

/// What a request is to the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known<C> {
    /// Never seen.
    New,
    /// Seen: what was last said goes out again, if anything was.
    Repeat(Option<(C, Vec<u8>)>),
}

/// What a wake-up brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due<C> {
    /// Send this again (timer G).
    Again(C, Vec<u8>),
    /// It rang for [`RINGING_LIMIT`] and nobody took it back.
    RangTooLong(Key),
    /// Our final answer was never acknowledged (timer H).
    NeverAcknowledged(C),
    /// An answered request that is no INVITE will not be repeated any more (timer J).
    Over(C),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No final answer yet.
    Proceeding,
    /// The final answer is out; an INVITE waits for its ACK.
    Completed,
    /// The ACK came; its repeats are absorbed (timer I).
    Confirmed,
}

#[derive(Debug)]
struct Server<C> {
    state: State,
    invite: bool,
    way: Way,
    head: Box<[u8]>,
    said: Option<Reply>,
    context: C,
    /// The alarm that stands in the queue for this transaction.
    alarm: Ms,
    pause: Ms,
    /// When the present state ends by itself.
    over: Ms,
}

impl<C: Clone> Server<C> {
    fn say(&self) -> Option<(C, Vec<u8>)> {
        self.said.as_ref().map(|said| (self.context.clone(), said.render(&self.head)))
    }
}

/// All transactions that others began.
#[derive(Debug)]
pub(crate) struct Servers<C> {
    table: HashMap<Key, Server<C>>,
    /// One alarm per transaction, soonest first.
    alarms: BTreeSet<(Ms, Key)>,
    others: usize,
    most: usize,
}

impl<C: Clone> Servers<C> {
    /// An empty table for at most so many transactions; half of it is kept for INVITEs.
    pub(crate) fn new(most: usize) -> Self {
        Self { table: HashMap::new(), alarms: BTreeSet::new(), others: 0, most }
    }

    /// How many transactions are open.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether an INVITE of this key is open and has no final answer.
    pub(crate) fn rings(&self, key: &Key) -> bool {
        self.table.get(key).is_some_and(|one| one.invite && one.state == State::Proceeding)
    }

    /// The status last said in a transaction.
    pub(crate) fn said(&self, key: &Key) -> Option<u16> {
        self.table.get(key)?.said.as_ref().map(|said| said.status)
    }

    /// What repeats of an answered request hear from now on.
    pub(crate) fn amend(&mut self, key: &Key, reply: Reply) {
        if let Some(one) = self.table.get_mut(key) {
            one.said = Some(reply);
        }
    }

    /// What a transaction is about.
    pub(crate) fn context_mut(&mut self, key: &Key) -> Option<&mut C> {
        self.table.get_mut(key).map(|one| &mut one.context)
    }

    /// Looks a request up; a repeat is answered with what was last said (§17.2.1, §17.2.2).
    pub(crate) fn known(&self, key: &Key) -> Known<C> {
        match self.table.get(key) {
            None => Known::New,
            Some(one) => Known::Repeat(match one.state {
                State::Proceeding | State::Completed => one.say(),
                State::Confirmed => None,
            }),
        }
    }

    /// Whether one more may be opened.
    pub(crate) fn has_room(&self, invite: bool) -> bool {
        let half = self.most.checked_div(2).unwrap_or(0);
        self.table.len() < self.most && (invite || self.others < half)
    }

    /// Begins a transaction; one of the same key is replaced.
    pub(crate) fn open(&mut self, now: Ms, key: Key, opening: Opening<C>) {
        self.forget(&key);
        let Opening { invite, way, head, context } = opening;
        let over = now.saturating_add(if invite { RINGING_LIMIT } else { PATIENCE });
        let server = Server {
            state: State::Proceeding,
            invite,
            way,
            head,
            said: None,
            context,
            alarm: over,
            pause: T1,
            over,
        };
        self.others = self.others.saturating_add(usize::from(!invite));
        self.alarms.insert((over, key.clone()));
        self.table.insert(key, server);
    }

    /// Answers; `None` when there is no such transaction or it has its final answer already.
    pub(crate) fn respond(&mut self, now: Ms, key: &Key, reply: Reply) -> Option<(C, Vec<u8>)> {
        let one = self.table.get_mut(key)?;
        if one.state != State::Proceeding {
            return None;
        }
        let last = reply.status >= 200;
        one.said = Some(reply);
        let said = one.say();
        if last {
            one.state = State::Completed;
            one.over = now.saturating_add(PATIENCE);
            match (one.invite, one.way) {
                // timer J is zero on a stream
                (false, Way::Stream) => self.forget(key),
                // timer G
                (true, Way::Datagrams) => self.set_alarm(key, now.saturating_add(T1)),
                // timers H and J
                (true, Way::Stream) | (false, Way::Datagrams) => {
                    self.set_alarm(key, now.saturating_add(PATIENCE));
                }
            }
        }
        said
    }

    /// An ACK came; gives what the transaction was about, repeats included.
    pub(crate) fn acknowledge(&mut self, now: Ms, key: &Key) -> Option<C> {
        let one = self.table.get_mut(key)?;
        let context = one.context.clone();
        if one.invite && one.state == State::Completed {
            one.state = State::Confirmed;
            match one.way {
                // timer I
                Way::Datagrams => {
                    one.over = now.saturating_add(T4);
                    self.set_alarm(key, now.saturating_add(T4));
                }
                Way::Stream => self.forget(key),
            }
        }
        Some(context)
    }

    /// When [`Servers::wake`] wants to be called.
    pub(crate) fn next_timer(&self) -> Option<Ms> {
        self.alarms.first().map(|&(at, _)| at)
    }

    /// Time has passed. Call until it gives `None`.
    pub(crate) fn wake(&mut self, now: Ms) -> Option<Due<C>> {
        loop {
            let (at, key) = self.alarms.first().cloned()?;
            if at > now {
                return None;
            }
            let Some(one) = self.table.get_mut(&key) else {
                self.alarms.pop_first();
                continue;
            };
            match (one.state, one.invite) {
                (State::Proceeding, true) if now >= one.over => {
                    // whoever is told answers at once; should they not, this asks again
                    one.over = now.saturating_add(T4);
                    self.set_alarm(&key, now.saturating_add(T4));
                    return Some(Due::RangTooLong(key));
                }
                (State::Completed, true) if now >= one.over => {
                    let context = one.context.clone();
                    self.forget(&key);
                    return Some(Due::NeverAcknowledged(context));
                }
                (State::Completed, true) => {
                    one.pause = one.pause.saturating_mul(2).min(T2);
                    let (next, said) = (now.saturating_add(one.pause).min(one.over), one.say());
                    self.set_alarm(&key, next);
                    if let Some((context, bytes)) = said {
                        return Some(Due::Again(context, bytes));
                    }
                }
                (State::Completed, false) => {
                    let context = one.context.clone();
                    self.forget(&key);
                    return Some(Due::Over(context));
                }
                (State::Proceeding | State::Confirmed, _) => self.forget(&key),
            }
        }
    }

    fn set_alarm(&mut self, key: &Key, at: Ms) {
        if let Some(one) = self.table.get_mut(key) {
            self.alarms.remove(&(one.alarm, key.clone()));
            one.alarm = at;
            self.alarms.insert((at, key.clone()));
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(one) = self.table.remove(key) {
            self.alarms.remove(&(one.alarm, key.clone()));
            self.others = self.others.saturating_sub(usize::from(!one.invite));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::read::{Framing, Message};

    fn key(number: usize) -> Key {
        let text =
            format!("OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{number}\r\n\r\n");
        Key::of(&Message::parse(text.as_bytes(), Framing::Datagram).unwrap()).unwrap()
    }

    fn opening(invite: bool) -> Opening<()> {
        Opening { invite, way: Way::Datagrams, head: Box::default(), context: () }
    }

    #[test]
    fn a_flood_of_questions_leaves_room_for_calls() {
        let mut servers = Servers::new(4);
        for number in 0..2 {
            assert!(servers.has_room(false));
            servers.open(0, key(number), opening(false));
        }
        assert!(!servers.has_room(false));
        for number in 2..4 {
            assert!(servers.has_room(true));
            servers.open(0, key(number), opening(true));
        }
        assert!(!servers.has_room(true));
        // timer J ends what was never answered, and makes room again
        assert_eq!(servers.wake(PATIENCE), None);
        assert!(servers.has_room(false));
        assert_eq!(servers.len(), 2);
    }

    #[test]
    fn an_answered_question_is_repeated_for_32_seconds() {
        let mut servers = Servers::new(4);
        servers.open(0, key(1), opening(false));
        let said = servers.respond(100, &key(1), Reply::plain(200));
        assert!(said.is_some());
        assert_eq!(servers.known(&key(1)), Known::Repeat(said));
        assert_eq!(servers.next_timer(), Some(32_100));
        assert_eq!(servers.wake(32_100), Some(Due::Over(())));
        assert_eq!(servers.wake(32_100), None);
        assert_eq!(servers.known(&key(1)), Known::New);
    }
}
