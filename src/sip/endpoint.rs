//! The SIP side as it runs: sockets in front, the member in the middle, one registration a line.

use std::collections::BTreeMap;
use std::net::{Ipv6Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::board::Board;
use super::digest::Credentials;
use super::directory::Directory;
use super::hep::{self, Tap, Unsorted};
use super::line::{self, Addresses, Registrar, ms, until};
use super::member::{Member, Out};
use super::read::{self, Framing, Message, Name, Start, Unreadable};
use super::register::{Answer, Form};
use super::transport::{Ear, Received, Sockets, keep_open};
use super::{Handle, Heard, LegKey, Setup, Source};
use crate::config::{Account, Pbx};
use crate::kernel::PbxId;
use crate::meters::{Kind, Meters};

/// Messages that wait between the sockets and the member.
const INBOUND: usize = 4096;
/// How long the good-byes may take.
const GOODBYE: Duration = Duration::from_millis(2_500);

/// Starts everything that hears and speaks SIP; returns when each socket was tried once. It ends
/// when `setup.stop` is cancelled: `setup.tasks` then runs empty within 3 s.
#[expect(clippy::disallowed_methods, reason = "SIP's timers run on the monotonic clock")]
pub async fn start(setup: Setup) -> Handle {
    let zero = Instant::now();
    let Setup {
        sip,
        hep,
        pbx,
        clock,
        meters,
        site_secret,
        live_legs,
        decline,
        out,
        tasks,
        stop,
        seed,
    } = setup;
    let (inbound_in, inbound) = mpsc::channel(INBOUND);
    let addresses: Addresses = watch::Sender::new(BTreeMap::new());
    let ear = Ear::new(
        clock.clone(),
        meters.clone(),
        &sip.trusted,
        addresses.subscribe(),
        inbound_in,
        tasks.clone(),
    );
    let sockets = Sockets::new(&sip.listen);
    let board = Board::new(&pbx, clock.now(), out.clone(), meters.clone());
    keep_open(&ear, &sip, &sockets).await;
    let (tap, own) = Tap::new(hep.is_some());
    let mirrors = hep::Setup {
        hep,
        pbxes: pbx.len(),
        addresses: addresses.subscribe(),
        own,
        clock,
        meters,
        out: out.clone(),
        tasks: tasks.clone(),
        stop: stop.clone(),
    };
    let mirrors = hep::start(mirrors, Unsorted).await;
    let handle = Handle {
        lines: board.lines.subscribe(),
        sockets: sockets.states.subscribe(),
        mirrors: mirrors.mirrors,
        hep_sockets: mirrors.sockets,
    };

    let mut rng = StdRng::seed_from_u64(seed);
    let mut answers = BTreeMap::new();
    let lines = TaskTracker::new();
    for (one, index) in pbx.iter().zip(0_u16..) {
        let id = PbxId(index);
        if !one.member || one.accounts.is_empty() {
            let know = line::know(id, one.clone(), ear.clone(), addresses.clone(), stop.clone());
            tasks.spawn(know);
            continue;
        }
        for (account, place) in one.accounts.iter().zip(0_u16..) {
            let (answers_in, answers_out) = mpsc::channel(16);
            let form = form(one, account, &mut rng);
            answers.insert(form.call_id.clone(), answers_in);
            let who = Credentials {
                username: account.username.clone(),
                password: account.password.clone(),
            };
            let registrar = Registrar {
                source: Source::Member { pbx: id, account: place },
                who,
                rng: StdRng::seed_from_u64(rng.next_u64()),
                pbx: one.clone(),
                form,
                sip: sip.clone(),
                ear: ear.clone(),
                sockets: sockets.clone(),
                addresses: addresses.clone(),
                board: board.clone(),
                answers: answers_out,
                stop: stop.clone(),
            };
            tasks.spawn(lines.track_future(registrar.run(zero)));
        }
    }
    lines.close();

    let close = ear.close.clone();
    let desk = Desk {
        zero,
        ear,
        inbound,
        addresses: addresses.subscribe(),
        answers,
        out,
        directory: Directory::new(&pbx),
        secret: site_secret,
        live: live_legs.into_iter().map(|(_, leg)| leg).collect(),
        decline,
        tap,
    };
    tasks.spawn(desk.run());
    tasks.spawn(async move {
        stop.cancelled().await;
        // registrations are given back while the sockets still hear the answers
        drop(tokio::time::timeout(GOODBYE, lines.wait()).await);
        close.cancel();
    });
    handle
}

fn form(pbx: &Pbx, account: &Account, rng: &mut StdRng) -> Form {
    let bare_ipv6 = pbx.domain.parse::<Ipv6Addr>().is_ok();
    let domain = if bare_ipv6 { format!("[{}]", pbx.domain) } else { pbx.domain.clone() };
    Form {
        username: account.username.clone(),
        registrar: format!("sip:{domain}"),
        call_id: format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()),
        tag: format!("{:016x}", rng.next_u64()),
        transport: pbx.address.transport,
    }
}

/// The one task that reads messages and owns the member.
struct Desk {
    zero: Instant,
    ear: Ear,
    inbound: mpsc::Receiver<Received>,
    addresses: watch::Receiver<BTreeMap<PbxId, Vec<SocketAddr>>>,
    answers: BTreeMap<String, mpsc::Sender<Answer>>,
    out: mpsc::Sender<Heard>,
    directory: Directory,
    secret: [u8; 32],
    live: Vec<LegKey>,
    decline: BTreeMap<PbxId, watch::Receiver<bool>>,
    /// Tells the mirrors what passes here too.
    tap: Tap,
}

impl Desk {
    async fn run(mut self) {
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
        let mut member =
            Member::new(directory, self.secret, self.live.clone(), self.decline.clone());
        self.addresses.mark_changed();
        loop {
            let next = member.next_timer();
            tokio::select! {
                received = self.inbound.recv() => match received {
                    Some(received) => self.hear(&mut member, &received),
                    None => return,
                },
                () = until(self.zero, next) => member.wake(ms(self.zero), self.ear.clock.now()),
                Ok(()) = self.addresses.changed() => {
                    for (id, found) in self.addresses.borrow_and_update().iter() {
                        member.directory.learn(*id, found);
                    }
                }
            }
            while let Some(out) = member.poll() {
                self.act(out);
            }
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
            Start::Request { .. } => member.hear(ms(self.zero), *at, route, &message),
            Start::Response { .. } => self.answered(&message),
        }
    }

    /// A response belongs to the line whose Call-ID it carries.
    fn answered(&self, message: &Message<'_>) {
        let line = message
            .get(Name::CallId)
            .and_then(|call_id| self.answers.get(read::text(call_id).as_ref()));
        let answer = read::check(message).ok().and_then(|()| Answer::of(message));
        match line.zip(answer) {
            Some((line, answer)) => {
                if line.try_send(answer).is_err() {
                    self.ear.meters.drop_one("answers_full");
                }
            }
            None => self.ear.meters.drop_one("unasked_answer"),
        }
    }

    fn act(&self, out: Out) {
        let meters = &self.ear.meters;
        match out {
            Out::Send(route, bytes) => {
                let kind = bytes.get(8..11).map(read::text).unwrap_or_default().into_owned();
                self.tap.note(&bytes, self.ear.clock.now());
                match route.send(bytes) {
                    Ok(()) => count(&meters.sip_out, &kind),
                    Err(unsent) => {
                        meters.drop_one("unsent");
                        tracing::debug!(status = kind, "an answer was not sent: {unsent}");
                    }
                }
            }
            Out::Tell(heard) => tell(&self.out, meters, heard),
            Out::Dropped(why) => meters.drop_one(why),
        }
    }
}

/// Passes on without waiting. The ladder gives way first: its texts are not taken in the last
/// quarter of the queue.
pub(super) fn tell(out: &mpsc::Sender<Heard>, meters: &Meters, heard: Heard) {
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
