//! Drives one account's registration: finds the PBX, sends what the machine asks for, feeds it
//! answers and time.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::net::lookup_host;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::board::Board;
use super::digest::Credentials;
use super::reach::{self, Reached, Unreached};
use super::register::{Act, Form, Registration, Shown};
use super::transaction::Ms;
use super::transport::{Ear, Outlet, Sockets, Unsent};
use super::{LineState, Source};
use crate::config::{Pbx, Sip};
use crate::kernel::{Moment, PbxId};

/// How long a name may take to be looked up.
const LOOKUP: Duration = Duration::from_secs(5);
/// How often the name of a PBX that we do not register at is looked up.
const LOOKUP_AGAIN: Duration = Duration::from_mins(1);

/// Which addresses the names of the PBXes stand for.
pub(crate) type Addresses = watch::Sender<BTreeMap<PbxId, Vec<SocketAddr>>>;

/// One line and what it needs.
pub(crate) struct Registrar {
    /// Which line.
    pub(crate) source: Source,
    /// Who we are there.
    pub(crate) who: Credentials,
    /// Its chance.
    pub(crate) rng: StdRng,
    /// The PBX.
    pub(crate) pbx: Pbx,
    /// What stays the same in all its requests.
    pub(crate) form: Form,
    /// The sockets' settings.
    pub(crate) sip: Sip,
    /// How connections hear.
    pub(crate) ear: Ear,
    /// The sockets.
    pub(crate) sockets: Sockets,
    /// Where names are published.
    pub(crate) addresses: Addresses,
    /// Where states are shown.
    pub(crate) board: Board,
    /// Answers to our requests.
    pub(crate) answers: mpsc::Receiver<Answer>,
    /// Ends it.
    pub(crate) stop: CancellationToken,
}

type Reaching = Pin<Box<dyn Future<Output = Result<Reached, Unreached>> + Send>>;

impl Registrar {
    /// Keeps the line registered until told to stop, then gives it back.
    pub(crate) async fn run(mut self, zero: Instant) {
        loop {
            let rng = StdRng::seed_from_u64(self.rng.next_u64());
            let (who, uri) = (self.who.clone(), self.form.registrar.clone());
            let fixed = self.sip.advertise.is_some();
            let machine = Registration::new(ms(zero), who, uri, fixed, rng);
            let keeping = AssertUnwindSafe(self.keep(machine, zero)).catch_unwind().await;
            if keeping.is_ok() {
                return;
            }
            tracing::error!(pbx.name = %self.pbx.name, "a line stopped unexpectedly and begins anew");
        }
    }

    async fn keep(&mut self, mut machine: Registration, zero: Instant) {
        let mut reached: Option<Reached> = None;
        let mut reaching: Option<Reaching> = None;
        let mut last = Vec::new();
        let mut attempt = 0_usize;
        let mut leaving = false;
        let mut said = None;
        loop {
            while let Some(act) = machine.poll() {
                match act {
                    Act::Send(request) => {
                        last = self.form.fill(&request);
                        self.send(&mut machine, zero, reached.as_ref(), &last);
                    }
                    Act::Again => self.send(&mut machine, zero, reached.as_ref(), &last),
                    Act::Reach => {
                        reached = None;
                        reaching = Some(self.reach(attempt));
                        attempt = attempt.wrapping_add(1);
                    }
                    Act::Show(shown) => self.show(zero, shown),
                    Act::Over => return,
                }
            }
            let next = machine.next_timer();
            tokio::select! {
                Some(answer) = self.answers.recv() => {
                    self.board.heard(self.source, self.ear.clock.now());
                    machine.hear(ms(zero), &answer);
                }
                found = finished(&mut reaching) => {
                    reaching = None;
                    match found {
                        Ok(found) => {
                            said = None;
                            let (way, contact) = (found.route.way(), found.contact);
                            reached = Some(found);
                            machine.reached(ms(zero), way, contact);
                        }
                        Err(why) => {
                            self.log_once(&mut said, &why);
                            machine.failed(ms(zero), why.reason);
                        }
                    }
                }
                () = broken(reached.as_ref()) => {
                    reached = None;
                    machine.failed(ms(zero), "unreachable");
                }
                () = until(zero, next) => machine.wake(ms(zero)),
                () = self.stop.cancelled(), if !leaving => {
                    leaving = true;
                    reaching = None;
                    machine.leave(ms(zero));
                }
            }
        }
    }

    fn reach(&self, attempt: usize) -> Reaching {
        let (pbx, sip, ear) = (self.pbx.clone(), self.sip.clone(), self.ear.clone());
        let (sockets, addresses) = (self.sockets.clone(), self.addresses.clone());
        let id = self.source.pbx();
        Box::pin(async move { find(id, &pbx, &sip, &ear, (&sockets, &addresses), attempt).await })
    }

    fn send(
        &self,
        machine: &mut Registration,
        zero: Instant,
        reached: Option<&Reached>,
        bytes: &[u8],
    ) {
        let Some(reached) = reached else { return };
        match reached.route.send(bytes.to_vec()) {
            Ok(()) => self.count_sent(),
            Err(Unsent::Closed) => machine.failed(ms(zero), "unreachable"),
            // a network that is down for a while: the timers repeat it
            Err(unsent) => {
                self.ear.meters.drop_one("unsent");
                tracing::debug!(pbx.name = %self.pbx.name, "a REGISTER was not sent: {unsent}");
            }
        }
    }

    /// The same obstacle is logged once, however often it is run into.
    fn log_once(&self, said: &mut Option<Unreached>, why: &Unreached) {
        if said.as_ref() != Some(why) {
            tracing::warn!(pbx.name = %self.pbx.name, reason = why.reason, "{} cannot be reached: {}", self.pbx.name, why.detail);
            *said = Some(why.clone());
        }
    }

    fn count_sent(&self) {
        let kind = crate::meters::Kind { kind: "REGISTER".to_owned() };
        self.ear.meters.sip_out.get_or_create(&kind).inc();
    }

    fn show(&self, zero: Instant, shown: Shown) {
        let (since, state) = state_of(shown, self.ear.clock.now(), ms(zero));
        self.board.show(self.source, since, &state);
    }
}

/// What is shown as the state of a line, and since when; `now` and `now_ms` are one moment.
pub(crate) fn state_of(shown: Shown, now: Moment, now_ms: Ms) -> (Moment, LineState) {
    let moment = |at: Ms| moment(now, now_ms, at);
    match shown {
        Shown::Registered { since, until } => {
            (moment(since), LineState::Registered { until: moment(until) })
        }
        Shown::Down { since, reason, status } => {
            (moment(since), LineState::Down { reason, status })
        }
    }
}

/// Looks the PBX up and finds the way there: the `attempt`-th begins at another of its addresses.
pub(crate) async fn find(
    id: PbxId,
    pbx: &Pbx,
    sip: &Sip,
    ear: &Ear,
    (sockets, addresses): (&Sockets, &Addresses),
    attempt: usize,
) -> Result<Reached, Unreached> {
    let found = look_up(id, pbx, ear, addresses).await;
    // a PBX of several addresses is tried at each, and next time from another one on
    let first = attempt.checked_rem(found.len()).unwrap_or(0);
    let mut last = Unreached::because("its name is not known");
    for &peer in found.iter().cycle().skip(first).take(found.len()) {
        match reach::reach(&pbx.address, peer, sip, ear, sockets).await {
            Ok(reached) => return Ok(reached),
            Err(why) => last = why,
        }
    }
    Err(last)
}

/// Looks up the name of a PBX we do not register at, so that what it sends is known as its own.
pub(crate) async fn know(
    id: PbxId,
    pbx: Pbx,
    ear: Ear,
    addresses: Addresses,
    stop: CancellationToken,
) {
    let look = async || {
        look_up(id, &pbx, &ear, &addresses).await;
        tokio::time::sleep(LOOKUP_AGAIN).await;
    };
    while stop.run_until_cancelled(look()).await.is_some() {}
}

/// The addresses a PBX's name stands for now, published for those who sort what comes in.
async fn look_up(id: PbxId, pbx: &Pbx, ear: &Ear, addresses: &Addresses) -> Vec<SocketAddr> {
    let name = (pbx.address.host.as_str(), pbx.address.port);
    let found: Vec<_> = match tokio::time::timeout(LOOKUP, lookup_host(name)).await {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(_)) | Err(_) => return Vec::new(),
    };
    addresses.send_if_modified(|known| {
        let news = known.get(&id) != Some(&found);
        if news {
            for one in found.iter().filter(|one| !ear.knows(one.ip())) {
                tracing::warn!(pbx.name = %pbx.name, pbx.ip = %one.ip(), "{} is at {}, which sip.trusted does not hold: nothing it sends is heard", pbx.name, one.ip());
            }
            known.insert(id, found.clone());
        }
        news
    });
    found
}

/// Milliseconds since `zero`.
#[expect(clippy::disallowed_methods, reason = "the edge at which SIP's timers meet the machine's")]
pub(crate) fn ms(zero: Instant) -> Ms {
    Ms::try_from(Instant::now().saturating_duration_since(zero).as_millis()).unwrap_or(Ms::MAX)
}

/// Returns at that time, or never.
pub(crate) async fn until(zero: Instant, at: Option<Ms>) {
    match at.and_then(|at| zero.checked_add(Duration::from_millis(at))) {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The wall's time of a moment of the monotonic clock.
fn moment(now: Moment, now_ms: Ms, at: Ms) -> Moment {
    let signed = |ms: Ms| i64::try_from(ms).unwrap_or(i64::MAX);
    now.plus_millis(signed(at).saturating_sub(signed(now_ms)))
}

async fn finished(reaching: &mut Option<Reaching>) -> Result<Reached, Unreached> {
    match reaching {
        Some(reaching) => reaching.await,
        None => std::future::pending().await,
    }
}

/// Returns when the connection is gone, where there is one.
pub(crate) async fn broken(reached: Option<&Reached>) {
    match reached.map(|reached| &reached.route.outlet) {
        Some(Outlet::Stream(queue)) => queue.closed().await,
        Some(Outlet::Datagrams(_)) | None => std::future::pending().await,
    }
}
