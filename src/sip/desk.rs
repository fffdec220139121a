//! The one task that reads messages: it owns the member and the subscriptions.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use rand::rngs::StdRng;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::board::Board;
use super::directory::Directory;
use super::hep::Tap;
use super::line::{ms, state_of, until};
use super::member::{Member, Out};
use super::read::{self, Framing, Message, Name, Start, Unreadable};
use super::road::News;
use super::transport::{Ear, Received, Route};
use super::watchers::{Do, Watchers};
use super::{Heard, LegKey, What};
use crate::config::Pbx;
use crate::kernel::PbxId;
use crate::meters::{Kind, Meters};

/// What the task has and hears.
pub(crate) struct Desk {
    /// When SIP's timers began.
    pub(crate) zero: Instant,
    /// Stamps and counts.
    pub(crate) ear: Ear,
    /// What the sockets hear.
    pub(crate) inbound: mpsc::Receiver<Received>,
    /// Which addresses the names of the PBXes stand for.
    pub(crate) addresses: watch::Receiver<BTreeMap<PbxId, Vec<SocketAddr>>>,
    /// The registrations, by Call-ID.
    pub(crate) answers: BTreeMap<String, mpsc::Sender<Answer>>,
    /// Where everything heard goes.
    pub(crate) out: mpsc::Sender<Heard>,
    /// Who speaks.
    pub(crate) directory: Directory,
    /// Makes our To tags.
    pub(crate) secret: [u8; 32],
    /// Legs that rang before the restart.
    pub(crate) live: Vec<LegKey>,
    /// The PBXes, and whom we watch there.
    pub(crate) pbx: Vec<Pbx>,
    /// Our address is configured and not learnt.
    pub(crate) fixed: bool,
    /// The chance of the subscriptions.
    pub(crate) rng: StdRng,
    /// Who finds the way to a PBX.
    pub(crate) roads: BTreeMap<PbxId, mpsc::Sender<()>>,
    /// What they found.
    pub(crate) news: mpsc::Receiver<(PbxId, News)>,
    /// Where states are shown.
    pub(crate) board: Board,
    /// Ends it: everything is given back.
    pub(crate) stop: CancellationToken,
    /// Told when all subscriptions are given back.
    pub(crate) all_back: CancellationToken,
    /// Tells the mirrors what passes here too.
    pub(crate) tap: Tap,
    /// What telephones write to us.
    pub(crate) pages: mpsc::Sender<super::pager::Page>,
}

impl Desk {
    /// Serves until the sockets close, whatever happens.
    pub(crate) async fn run(mut self) {
        let close = self.ear.close.clone();
        let until_closed = close.run_until_cancelled(async {
            loop {
                let serving = AssertUnwindSafe(self.serve()).catch_unwind().await;
                if serving.is_ok() {
                    return;
                }
                // transactions are lost and calls are not: a leg is known by its key, not by us
                tracing::error!("the SIP desk stopped unexpectedly and begins anew");
            }
        });
        until_closed.await;
    }

    /// Serves until the sockets are gone.
    async fn serve(&mut self) {
        let directory = self.directory.clone();
        let watchers = Watchers::new(&self.pbx, ms(self.zero), self.fixed, &mut self.rng);
        let mut member = Member::new(directory, self.secret, self.live.clone(), watchers);
        self.addresses.mark_changed();
        let mut leaving = false;
        loop {
            self.act_all(&mut member).await;
            while let Some(what) = member.watchers.poll() {
                self.carry_out(what);
            }
            let next = member.next_timer();
            let due = member.watchers.next_timer();
            tokio::select! {
                received = self.inbound.recv() => match received {
                    Some(received) => self.hear(&mut member, &received),
                    None => return,
                },
                () = until(self.zero, next) => member.wake(ms(self.zero), self.ear.clock.now()),
                () = until(self.zero, due) => member.watchers.wake(ms(self.zero)),
                Some((pbx, news)) = self.news.recv() => self.hear_news(&mut member, pbx, news),
                () = self.stop.cancelled(), if !leaving => {
                    leaving = true;
                    member.watchers.leave(ms(self.zero));
                }
                Ok(()) = self.addresses.changed() => {
                    for (id, found) in self.addresses.borrow_and_update().iter() {
                        member.directory.learn(*id, found);
                    }
                }
            }
        }
    }

    fn hear_news(&self, member: &mut Member, pbx: PbxId, news: News) {
        let now = ms(self.zero);
        match news {
            News::Open(route, contact) => member.watchers.reached(now, pbx, route, contact),
            News::Shut(reason) => member.watchers.shut(now, pbx, reason),
            News::Broken => member.watchers.broken(now, pbx),
        }
    }

    fn hear(&self, member: &mut Member, received: &Received) {
        let Received { at, route, bytes } = received;
        self.tap.note(bytes, *at);
        let meters = &self.ear.meters;
        let message = match Message::parse(bytes, Framing::Datagram) {
            Ok(message) => message,
            Err(Unreadable::KeepAlive) => return,
            Err(why) => return meters.drop_one(why.label()),
        };
        count(&meters.sip_in, kind_of(&message));
        match message.start {
            Start::Request { uri, .. } => {
                if let Some(line) = member.directory.line(route.peer, uri) {
                    self.board.heard(line, *at);
                }
                member.hear(ms(self.zero), *at, route, &message);
            }
            Start::Response { .. } => self.answered(member, &message),
        }
    }

    /// A response belongs to the line or the subscription whose Call-ID it carries.
    fn answered(&self, member: &mut Member, message: &Message<'_>) {
        let meters = &self.ear.meters;
        let call_id = message.get(Name::CallId).map(read::text).unwrap_or_default();
        let answer = read::check(message).ok().and_then(|()| Answer::of(message));
        let Some(answer) = answer else { return meters.drop_one("unasked_answer") };
        match self.answers.get(call_id.as_ref()) {
            Some(line) => {
                if line.try_send(answer).is_err() {
                    meters.drop_one("answers_full");
                }
            }
            None => {
                if !member.watchers.hear(ms(self.zero), &call_id, &answer) {
                    meters.drop_one("unasked_answer");
                }
            }
        }
    }

    /// Does what is to be done. Whoever follows calls is told of a new one before it is answered, and goes
    /// first: its way to the screens is short, and the PBX waits half a second before it asks again.
    async fn act_all(&self, member: &mut Member) {
        let mut sends = Vec::new();
        let mut begins = false;
        while let Some(out) = member.poll() {
            match out {
                Out::Send(..) => sends.push(out),
                Out::Tell(_) | Out::Paged(_) | Out::Dropped(_) => {
                    begins |= begins_a_call(&out);
                    self.act(out);
                }
            }
        }
        if begins {
            tokio::task::yield_now().await;
        }
        for send in sends {
            self.act(send);
        }
    }

    fn act(&self, out: Out) {
        let meters = &self.ear.meters;
        match out {
            Out::Send(route, bytes) => {
                let kind = bytes.get(8..11).map(read::text).unwrap_or_default().into_owned();
                self.send(&route, bytes, &kind);
            }
            Out::Tell(heard) => tell(&self.out, meters, heard),
            Out::Paged(page) => {
                if self.pages.try_send(page).is_err() {
                    meters.drop_one("pages_full");
                }
            }
            Out::Dropped(why) => meters.drop_one(why),
        }
    }

    /// Does what the subscriptions want.
    fn carry_out(&self, what: Do) {
        let meters = &self.ear.meters;
        match what {
            Do::Send(route, bytes) => self.send(&route, bytes, "SUBSCRIBE"),
            Do::Reach(pbx) => {
                // one wish that waits is enough
                let wished = self.roads.get(&pbx).map(|road| road.try_send(()));
                debug_assert!(wished.is_some(), "every watched PBX has its road");
            }
            Do::Show(source, shown) => {
                let (since, state) = state_of(shown, self.ear.clock.now(), ms(self.zero));
                self.board.show(source, since, &state);
            }
            Do::Heard(pbx, place, at) => self.board.notified(pbx, place, at),
            Do::Tell(watched) => {
                if watched.is_busy() {
                    self.board.rang(watched.pbx, &watched.extension, watched.at);
                }
                tell(&self.out, meters, Heard::Watched(watched));
            }
            Do::Count(kind) => count(&meters.notifies, kind),
            Do::Over => self.all_back.cancel(),
        }
    }

    fn send(&self, route: &Route, bytes: Vec<u8>, kind: &str) {
        let meters = &self.ear.meters;
        self.tap.note(&bytes, self.ear.clock.now());
        match route.send(bytes) {
            Ok(()) => count(&meters.sip_out, kind),
            Err(unsent) => {
                meters.drop_one("unsent");
                tracing::debug!(kind, "a message was not sent: {unsent}");
            }
        }
    }
}

/// Whether the house is told of a call that was not there before.
fn begins_a_call(out: &Out) -> bool {
    match out {
        Out::Tell(Heard::Sighting(sighting)) => matches!(sighting.what, What::Offered(_)),
        Out::Tell(_) | Out::Send(..) | Out::Paged(_) | Out::Dropped(_) => false,
    }
}

/// Passes on without waiting. The ladder gives way first: its texts are not taken in the last
/// quarter of the queue.
pub(crate) fn tell(out: &mpsc::Sender<Heard>, meters: &Meters, heard: Heard) {
    let quarter = out.max_capacity().checked_div(4).unwrap_or(0);
    if matches!(heard, Heard::Wire(_)) && out.capacity() <= quarter {
        return meters.drop_one("ladder_full");
    }
    if out.try_send(heard).is_err() {
        meters.drop_one("queue_full");
    }
    let waiting = out.max_capacity().saturating_sub(out.capacity());
    meters.queue_depth.set(i64::try_from(waiting).unwrap_or(i64::MAX));
}

/// The method of a request we know, the class of a response.
fn kind_of(message: &Message<'_>) -> &'static str {
    const METHODS: [&str; 14] = [
        "INVITE",
        "ACK",
        "CANCEL",
        "OPTIONS",
        "BYE",
        "NOTIFY",
        "MESSAGE",
        "REFER",
        "REGISTER",
        "SUBSCRIBE",
        "PUBLISH",
        "PRACK",
        "UPDATE",
        "INFO",
    ];
    match message.start {
        Start::Request { method, .. } => {
            let known = METHODS.iter().find(|known| known.as_bytes() == method);
            known.copied().unwrap_or("other")
        }
        Start::Response { code, .. } => match code {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            500..=599 => "5xx",
            _ => "6xx",
        },
    }
}

fn count(
    meter: &prometheus_client::metrics::family::Family<
        Kind,
        prometheus_client::metrics::counter::Counter,
    >,
    kind: &str,
) {
    meter.get_or_create(&Kind { kind: kind.to_owned() }).inc();
}
