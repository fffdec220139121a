//! What a member of the ring group answers: 100, one 180, and never a 200 to an INVITE.
//!
//! A pure machine: messages and wake-ups go in with `now`, [`Out`]s come out. It knows no socket
//! and no clock.

mod page;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::directory::Directory;
use super::read::{self, Fault, Message, Name, Start, Unnamed};
use super::reply::{self, lines_of, unsupported};
use super::transaction::{Due, Key, Known, Ms, Opening, Reply, Servers, Way};
use super::transport::Route;
use super::watchers::Watchers;
use super::{Heard, LegKey, Sighting, Source, What, Wire, Withdrawal};
use crate::kernel::Moment;

/// Transactions kept at once. A call is one while it rings and a few seconds longer.
const MOST_TRANSACTIONS: usize = 32_768;
/// What we can do.
const ALLOW: &str = "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, NOTIFY, MESSAGE\r\n";
/// What we would read, were we to answer.
const ACCEPT: &str = "Accept: application/sdp\r\n";
/// What a sender that finds the table full is asked to wait, in seconds.
const BUSY: &str = "Retry-After: 5\r\n";

/// What a member wants done: what is sent in this order, and what is told, which may go before it.
#[derive(Debug)]
pub(crate) enum Out {
    /// Send these bytes.
    Send(Route, Vec<u8>),
    /// Tell the house.
    Tell(Heard),
    /// A telephone wrote to us.
    Paged(super::pager::Page),
    /// Count something dropped, by reason.
    Dropped(&'static str),
}

/// What answers of a transaction are about and where they go.
#[derive(Debug, Clone)]
struct Context {
    route: Route,
    leg: Option<Leg>,
}

/// A leg, as its transactions know it.
#[derive(Debug, Clone)]
struct Leg {
    key: LegKey,
    source: Source,
    unnamed: Option<Arc<Unnamed>>,
    /// A CANCEL came before its INVITE, when and why: told with it, or when it cannot come any more.
    early: Option<(Moment, Withdrawal)>,
}

/// The member: all transactions that PBXes began with us.
#[derive(Debug)]
pub(crate) struct Member {
    servers: Servers<Context>,
    /// Who speaks.
    pub(crate) directory: Directory,
    secret: [u8; 32],
    /// Legs that rang before the restart and have not been heard of since.
    live: BTreeSet<LegKey>,
    /// What we subscribed to: whose NOTIFYs are answered, and who is busy.
    pub(crate) watchers: Watchers,
    outs: VecDeque<Out>,
}

/// One message with all that is known about how it came.
struct Came<'a> {
    now: Ms,
    at: Moment,
    route: &'a Route,
    message: &'a Message<'a>,
}

impl Member {
    /// A member that remembers the legs that rang before a restart.
    pub(crate) fn new(
        directory: Directory,
        secret: [u8; 32],
        live: impl IntoIterator<Item = LegKey>,
        watchers: Watchers,
    ) -> Self {
        Self {
            servers: Servers::new(MOST_TRANSACTIONS),
            directory,
            secret,
            live: live.into_iter().collect(),
            watchers,
            outs: VecDeque::new(),
        }
    }

    /// What is to be done next; call until it gives `None`.
    pub(crate) fn poll(&mut self) -> Option<Out> {
        self.outs.pop_front()
    }

    /// When [`Member::wake`] wants to be called.
    pub(crate) fn next_timer(&self) -> Option<Ms> {
        self.servers.next_timer()
    }

    /// A request came.
    pub(crate) fn hear(&mut self, now: Ms, at: Moment, route: &Route, message: &Message<'_>) {
        let Start::Request { method, .. } = message.start else { return };
        let came = Came { now, at, route, message };
        if let Err(fault) = read::check(message) {
            return self.refuse(&came, method, fault);
        }
        let Some(key) = Key::of(message) else {
            return self.outs.push_back(Out::Dropped("no_transaction"));
        };
        match method {
            b"ACK" => self.acknowledged(&came, &key),
            b"INVITE" => self.invited(&came, &key),
            b"CANCEL" => self.cancelled(&came, &key),
            _ => self.asked(&came, &key, method),
        }
    }

    /// Time has passed. `at` stamps what is sent now.
    pub(crate) fn wake(&mut self, now: Ms, at: Moment) {
        while let Some(due) = self.servers.wake(now) {
            match due {
                Due::Again(context, bytes) => self.send(at, &context, bytes),
                Due::RangTooLong(key) => {
                    if let Some(leg) = self.leg(&key) {
                        self.tell(at, leg.source, leg.key, What::Lost);
                    }
                    self.respond(now, at, &key, Reply::plain(480));
                }
                Due::NeverAcknowledged(_) => {
                    self.outs.push_back(Out::Dropped("never_acknowledged"));
                }
                Due::Over(context) => {
                    if let Some(Leg { key, source, early: Some((then, why)), .. }) = context.leg {
                        self.tell(then, source, key, What::Withdrawn(why));
                    }
                }
            }
        }
    }

    fn invited(&mut self, came: &Came<'_>, key: &Key) {
        let Some(leg) = read::leg_key(came.message) else { return };
        if super::model::has_tag(came.message) {
            // within a dialog, and we never had one (RFC 3261 §12.2.2)
            if !self.repeated(came, key) {
                self.answer(came, key, Reply::plain(481));
            }
            return;
        }
        let unnamed = Unnamed::of(came.message).map(Arc::new);
        self.wire_in(came, &leg, unnamed.as_deref());
        if self.repeated(came, key) {
            return;
        }
        let Came { now, at, message, .. } = *came;
        let source = self.source(came);
        let tag = reply::tag(&self.secret, &leg);
        // datagrams overtake each other: its CANCEL may have been first (answered 481), or this
        // may be a late double of an INVITE that is long over (its CANCEL was answered 200)
        let cancel = Key::cancelling(message);
        let taken_back = cancel.as_ref().and_then(|cancel| self.servers.said(cancel));
        let ours = Leg { key: leg.clone(), source, unnamed, early: None };
        if !self.begin(came, key.clone(), true, &tag, Some(ours)) {
            return;
        }
        self.live.remove(&leg);
        if taken_back == Some(200) {
            return self.respond(now, at, key, Reply::plain(487));
        }
        let offer = Box::new(read::offer(message));
        self.tell(at, source, leg.clone(), What::Offered(offer));
        self.respond(now, at, key, Reply::with(100, lines_of(message, &[Name::Timestamp])));
        if let Some(cancel) = cancel.filter(|_| taken_back.is_some()) {
            self.servers.amend(&cancel, Reply::plain(200));
            self.respond(now, at, key, Reply::plain(487));
            let early = self.servers.context_mut(&cancel);
            let early = early.and_then(|context| context.leg.as_mut()?.early.take());
            let why = early.map_or_else(Withdrawal::default, |(_, why)| why);
            self.tell(at, source, leg, What::Withdrawn(why));
        } else if self.watchers.declines(source.pbx()) {
            self.respond(now, at, key, Reply::plain(486));
            self.tell(at, source, leg, What::Refused(486));
        } else {
            // RFC 3261 §12.1.1: the routes, and where we were just reached
            let mut lines = lines_of(message, &[Name::RecordRoute]);
            if let Start::Request { uri, .. } = message.start {
                lines.extend(["Contact: <", &read::text(uri), ">\r\n"]);
            }
            self.respond(now, at, key, Reply::with(180, lines));
            self.tell(at, source, leg, What::Alerted);
        }
    }

    fn cancelled(&mut self, came: &Came<'_>, key: &Key) {
        let Some(leg) = read::leg_key(came.message) else { return };
        let Some(invite) = Key::cancelled(came.message) else { return };
        // the wish not to be named stands in the INVITE alone; without it nobody is named
        let ours = self.leg(&invite).or_else(|| self.leg(key)).map(|ours| ours.unnamed);
        let unnamed = ours.unwrap_or_else(|| Some(Arc::new(Unnamed::whoever(came.message))));
        self.wire_in(came, &leg, unnamed.as_deref());
        if self.repeated(came, key) {
            return;
        }
        let Came { now, at, message, route } = *came;
        let tag = reply::tag(&self.secret, &leg);
        let known = self.servers.context_mut(&invite).map(|context| {
            if context.route.is_closed() {
                // the connection of the INVITE is gone: its answer takes the new one
                context.route = route.clone();
            }
            context.leg.clone()
        });
        let rings = self.servers.rings(&invite);
        let source = known.clone().flatten().map(|known| known.source);
        let source = source.unwrap_or_else(|| self.source(came));
        let restored = known.is_none() && self.live.remove(&leg);
        let why = read::reasons(message);
        let early = known.is_none() && !restored && route.way() == Way::Datagrams;
        let early = early.then_some((at, why));
        let ours = Leg { key: leg.clone(), source, unnamed, early };
        if !self.begin(came, key.clone(), false, &tag, Some(ours.clone())) {
            return;
        }
        if early.is_none() && (rings || known.is_none()) {
            self.tell(at, source, leg, What::Withdrawn(why));
        }
        if known.is_none() && !restored {
            return self.respond(now, at, key, Reply::plain(481));
        }
        self.respond(now, at, key, Reply::plain(200));
        if restored {
            // the INVITE came before the restart: its transaction is made again from its CANCEL,
            // which repeats Via, From, To, Call-ID and the number of CSeq (RFC 3261 §9.1)
            let back = reply::way_back(message, route);
            let Some(head) = reply::head(message, &tag, route.peer, Some("INVITE")) else { return };
            let context = Context { route: back, leg: Some(ours) };
            let opening = Opening { invite: true, way: route.way(), head, context };
            self.servers.open(now, invite.clone(), opening);
        }
        self.respond(now, at, &invite, Reply::plain(487));
    }

    fn acknowledged(&mut self, came: &Came<'_>, key: &Key) {
        if let Some(Context { leg: Some(leg), .. }) = self.servers.acknowledge(came.now, key) {
            self.wire_in(came, &leg.key, leg.unnamed.as_deref());
        }
    }

    fn asked(&mut self, came: &Came<'_>, key: &Key, method: &[u8]) {
        if self.repeated(came, key) {
            return;
        }
        let reply = match method {
            b"OPTIONS" => Reply::with(200, [ALLOW, ACCEPT].concat()),
            b"NOTIFY" => Reply::plain(self.watchers.notified(came.now, came.at, came.message)),
            // these belong to a dialog that we do not have
            b"BYE" | b"PRACK" | b"UPDATE" | b"INFO" => Reply::plain(481),
            b"MESSAGE" => self.paged(came),
            b"REFER" | b"REGISTER" | b"SUBSCRIBE" | b"PUBLISH" => Reply::with(405, ALLOW),
            _ => Reply::with(501, ALLOW),
        };
        self.answer(came, key, reply);
    }

    /// A request that can be read and is wrong: answered without remembering it (RFC 3261 §8.2.7).
    fn refuse(&mut self, came: &Came<'_>, method: &[u8], fault: Fault) {
        if method == b"ACK" {
            return self.outs.push_back(Out::Dropped("bad_ack"));
        }
        let lines = match fault {
            Fault::Extension => unsupported(came.message),
            Fault::Version
            | Fault::Missing(_)
            | Fault::Repeated(_)
            | Fault::Unreadable(_)
            | Fault::Method
            | Fault::Uri
            | Fault::Scheme => String::new(),
        };
        self.outs.push_back(Out::Dropped("refused"));
        self.answer_once(came, &Reply::with(fault.status(), lines));
    }

    /// Answers a repeat with what was last said; false when the request is new.
    fn repeated(&mut self, came: &Came<'_>, key: &Key) -> bool {
        match self.servers.known(key) {
            Known::New => false,
            Known::Repeat(said) => {
                if let Some((mut context, bytes)) = said {
                    if context.route.is_closed() {
                        context.route = came.route.clone();
                    }
                    self.send(came.at, &context, bytes);
                }
                true
            }
        }
    }

    /// Opens a transaction and answers it at once.
    fn answer(&mut self, came: &Came<'_>, key: &Key, reply: Reply) {
        let invite = came.message.method() == Some(b"INVITE");
        let tag = read::leg_key(came.message).map(|leg| reply::tag(&self.secret, &leg));
        if self.begin(came, key.clone(), invite, &tag.unwrap_or_default(), None) {
            self.respond(came.now, came.at, key, reply);
        }
    }

    /// Opens a transaction; false when there is no room, which is answered.
    fn begin(
        &mut self,
        came: &Came<'_>,
        key: Key,
        invite: bool,
        tag: &str,
        leg: Option<Leg>,
    ) -> bool {
        if !self.servers.has_room(invite) {
            self.outs.push_back(Out::Dropped("transactions_full"));
            self.answer_once(came, &Reply::with(503, BUSY));
            return false;
        }
        let Some(head) = reply::head(came.message, tag, came.route.peer, None) else {
            return false;
        };
        let context = Context { route: reply::way_back(came.message, came.route), leg };
        self.servers.open(came.now, key, Opening { invite, way: came.route.way(), head, context });
        true
    }

    /// Answers and forgets.
    fn answer_once(&mut self, came: &Came<'_>, reply: &Reply) {
        let tag = read::leg_key(came.message).map(|leg| reply::tag(&self.secret, &leg));
        let tag = tag.as_deref().unwrap_or("switchboard");
        if let Some(head) = reply::head(came.message, tag, came.route.peer, None) {
            let route = reply::way_back(came.message, came.route);
            self.outs.push_back(Out::Send(route, reply.render(&head)));
        }
    }

    fn respond(&mut self, now: Ms, at: Moment, key: &Key, reply: Reply) {
        if let Some((context, bytes)) = self.servers.respond(now, key, reply) {
            self.send(at, &context, bytes);
        }
    }

    fn send(&mut self, at: Moment, context: &Context, bytes: Vec<u8>) {
        if let Some(leg) = &context.leg {
            let text = read::sent_text(&bytes, leg.unnamed.as_deref());
            self.wire(at, &leg.key, super::Way::Out, &context.route, text);
        }
        self.outs.push_back(Out::Send(context.route.clone(), bytes));
    }

    fn wire_in(&mut self, came: &Came<'_>, leg: &LegKey, unnamed: Option<&Unnamed>) {
        let text = read::text_without(came.message, unnamed);
        self.wire(came.at, leg, super::Way::In, came.route, text);
    }

    fn leg(&mut self, key: &Key) -> Option<Leg> {
        self.servers.context_mut(key)?.leg.clone()
    }

    fn wire(&mut self, at: Moment, leg: &LegKey, way: super::Way, route: &Route, text: String) {
        let Route { transport, local, peer, .. } = *route;
        let text = text.into_boxed_str();
        let wire = Wire { at, leg: leg.clone(), way, transport, local, peer, text };
        self.outs.push_back(Out::Tell(Heard::Wire(wire)));
    }

    fn tell(&mut self, at: Moment, source: Source, leg: LegKey, what: What) {
        self.outs.push_back(Out::Tell(Heard::Sighting(Sighting {
            at,
            heard_at: at,
            source,
            leg,
            what,
        })));
    }

    fn source(&self, came: &Came<'_>) -> Source {
        let Start::Request { uri, .. } = came.message.start else {
            return self.directory.source(came.route.peer, "");
        };
        self.directory.source(came.route.peer, &super::directory::user(uri))
    }
}

#[cfg(test)]
mod tests;
