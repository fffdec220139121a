//! Short messages to telephones (RFC 3428): one MESSAGE each, answered or given up, and what telephones send us.
//!
//! All go by the first PBX that has an account of ours, over the way its line uses. The answers come by the one
//! Call-ID of this run, each told by its branch.

use std::collections::BTreeMap;
use std::pin::pin;

use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::answer::Answer;
use super::digest::{Challenge, Credentials, Session};
use super::line::{self, Addresses, ms, until};
use super::model::{self, Method, SipMessage};
use super::reach::Reached;
use super::transaction::{Client, Ms, Step};
use super::transport::{Ear, Sockets};
use crate::config::{Pbx, Sip};
use crate::kernel::{Moment, PbxId};

/// Messages that may wait for the way to open.
const WAITING: usize = 256;

/// Sends short messages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pager(mpsc::Sender<Job>);

/// What became of a short message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paged {
    /// The telephone, or the PBX for it, took it; the Call-ID and CSeq it went under.
    Taken(String),
    /// It was refused with this status.
    Refused(u16),
    /// There is no way to the PBX.
    Unreachable,
    /// Nobody answered for 32 seconds; it may have arrived.
    Silent,
}

/// What a telephone sent us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// When.
    pub at: Moment,
    /// The user of its From: the extension.
    pub from: String,
    /// What it says, at most 500 bytes of it.
    pub text: String,
}

#[derive(Debug)]
struct Job {
    to: String,
    text: String,
    done: oneshot::Sender<Paged>,
}

impl Pager {
    /// Sends `text` to the user `to` of our PBX.
    pub async fn send(&self, to: &str, text: &str) -> Paged {
        let (done, told) = oneshot::channel();
        let job = Job { to: to.to_owned(), text: text.to_owned(), done };
        if self.0.send(job).await.is_err() {
            return Paged::Unreachable;
        }
        told.await.unwrap_or(Paged::Silent)
    }
}

/// The task behind a [`Pager`] and what it needs.
pub(crate) struct Paging {
    pub(crate) id: PbxId,
    pub(crate) pbx: Pbx,
    pub(crate) sip: Sip,
    pub(crate) ear: Ear,
    pub(crate) sockets: Sockets,
    pub(crate) addresses: Addresses,
    pub(crate) who: Credentials,
    pub(crate) domain: String,
    pub(crate) call_id: String,
    pub(crate) answers: mpsc::Receiver<Answer>,
    pub(crate) rng: StdRng,
    jobs: mpsc::Receiver<Job>,
    /// What is under way, by branch.
    flights: BTreeMap<String, Flight>,
    cseq: u32,
}

/// One message under way.
struct Flight {
    client: Client,
    bytes: Vec<u8>,
    job: Job,
    cseq: u32,
    session: Option<Session>,
}

/// A pager, and where its jobs come out.
pub(crate) fn pager() -> (Pager, impl FnOnce(Parts) -> Paging) {
    let (ask, jobs) = mpsc::channel(WAITING);
    let fit = move |parts: Parts| {
        let Parts { id, pbx, sip, ear, sockets, addresses, who, domain, call_id, answers, rng } =
            parts;
        Paging {
            id,
            pbx,
            sip,
            ear,
            sockets,
            addresses,
            who,
            domain,
            call_id,
            answers,
            rng,
            jobs,
            flights: BTreeMap::new(),
            cseq: 0,
        }
    };
    (Pager(ask), fit)
}

/// All that [`Paging`] is given.
pub(crate) struct Parts {
    pub(crate) id: PbxId,
    pub(crate) pbx: Pbx,
    pub(crate) sip: Sip,
    pub(crate) ear: Ear,
    pub(crate) sockets: Sockets,
    pub(crate) addresses: Addresses,
    pub(crate) who: Credentials,
    pub(crate) domain: String,
    pub(crate) call_id: String,
    pub(crate) answers: mpsc::Receiver<Answer>,
    pub(crate) rng: StdRng,
}

impl Paging {
    /// Sends what is asked until the sockets close.
    pub(crate) async fn run(mut self, zero: Instant) {
        let close = self.ear.close.clone();
        close.run_until_cancelled(pin!(self.serve(zero))).await;
    }

    async fn serve(&mut self, zero: Instant) {
        let mut reached: Option<Reached> = None;
        let mut attempt = 0_usize;
        loop {
            let next = self.flights.values().filter_map(|flight| flight.client.next_timer()).min();
            tokio::select! {
                job = self.jobs.recv() => {
                    let Some(job) = job else { return };
                    if reached.is_none() {
                        let there = (&self.sockets, &self.addresses);
                        let found = line::find(self.id, &self.pbx, &self.sip, &self.ear, there, attempt).await;
                        attempt = attempt.wrapping_add(1);
                        reached = found.ok();
                    }
                    let Some(way) = reached.as_ref() else {
                        drop(job.done.send(Paged::Unreachable));
                        continue;
                    };
                    self.launch(way, ms(zero), job, None);
                }
                Some(answer) = self.answers.recv() => {
                    self.hear(reached.as_ref(), ms(zero), &answer);
                }
                () = line::broken(reached.as_ref()) => reached = None,
                () = until(zero, next) => {
                    // where nobody answered the way may have moved
                    if self.wake(reached.as_ref(), ms(zero)) {
                        reached = None;
                    }
                },
            }
        }
    }

    fn launch(&mut self, way: &Reached, now: Ms, job: Job, mut session: Option<Session>) {
        self.cseq = self.cseq.wrapping_add(1).max(1);
        let cseq = self.cseq;
        let branch = format!("z9hG4bK{:016x}", self.rng.next_u64());
        let uri = format!("sip:{}@{}", model::escaped(&job.to), self.domain);
        let user = model::escaped(&self.who.username);
        let tag = format!("{:08x}", self.rng.next_u32());
        let mut headers = vec![
            model::own_via(way.route.transport, way.contact, &branch),
            model::header("Max-Forwards", "70"),
            model::header("From", format!("<sip:{user}@{}>;tag={tag}", self.domain)),
            model::header("To", format!("<{uri}>")),
            model::header("Call-ID", self.call_id.as_str()),
            model::header("CSeq", format!("{cseq} MESSAGE")),
            model::own_agent(),
            model::header("Content-Type", "text/plain;charset=UTF-8"),
        ];
        if let Some(session) = &mut session {
            let chance = format!("{:016x}", self.rng.next_u64());
            let name = if session.proxy() { "Proxy-Authorization" } else { "Authorization" };
            headers.push(model::header(
                name,
                session.authorization(&self.who, "MESSAGE", &uri, &chance),
            ));
        }
        let mut request = model::request(Method::Message, &uri, headers);
        request.body = job.text.clone().into_bytes();
        let bytes = model::to_bytes(&SipMessage::Request(request));
        if way.route.send(bytes.clone()).is_err() {
            drop(job.done.send(Paged::Unreachable));
            return;
        }
        let client = Client::sent(now, way.route.way());
        self.flights.insert(branch, Flight { client, bytes, job, cseq, session });
    }

    fn hear(&mut self, way: Option<&Reached>, now: Ms, answer: &Answer) {
        let Some(flight) = self.flights.get_mut(&answer.branch) else { return };
        if !flight.client.answered(now, answer.status) {
            return;
        }
        let Some(flight) = self.flights.remove(&answer.branch) else { return };
        let told = match answer.status {
            200..=299 => Paged::Taken(format!("{} {}", self.call_id, flight.cseq)),
            401 | 407 => {
                let fresh = Challenge::strongest(answer.challenges.clone());
                let again = fresh.filter(|fresh| flight.session.is_none() || fresh.stale);
                if let (Some(challenge), Some(way)) = (again, way) {
                    return self.launch(way, now, flight.job, Some(Session::new(challenge)));
                }
                Paged::Refused(answer.status)
            }
            status => Paged::Refused(status),
        };
        drop(flight.job.done.send(told));
    }

    /// `true` where somebody did not answer.
    fn wake(&mut self, reached: Option<&Reached>, now: Ms) -> bool {
        let mut over = Vec::new();
        for (branch, flight) in &mut self.flights {
            match flight.client.wake(now) {
                Some(Step::Again) => {
                    if let Some(way) = reached {
                        // what cannot be sent now is repeated at the next turn
                        drop(way.route.send(flight.bytes.clone()));
                    }
                }
                Some(Step::GiveUp) => over.push(branch.clone()),
                None => {}
            }
        }
        for branch in &over {
            if let Some(flight) = self.flights.remove(branch) {
                drop(flight.job.done.send(Paged::Silent));
            }
        }
        !over.is_empty()
    }
}
