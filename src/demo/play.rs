//! The demo's PBX on a real socket, playing its script.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

use super::pbx::{Outgoing, Pbx};
use super::plan::{self, Cue};
use crate::clock::Clock;
use crate::kernel::{Moment, Secret};

/// How long after the listener registered the first call comes, in milliseconds.
pub const FIRST_MS: i64 = 500;
/// The largest datagram.
const LARGEST: usize = 65_535;

/// A hotline as the script needs it.
#[derive(Debug, Clone)]
pub struct Rings {
    /// Its number, for `X-Hotline-DID`.
    pub number: String,
    /// One ring, in milliseconds.
    pub cycle_ms: i64,
}

/// The scripted PBX, bound to its port and not yet running.
pub struct Stage {
    socket: UdpSocket,
    here: SocketAddr,
}

/// What is played.
pub struct Script {
    /// The account that may register.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// The hotlines, in the order of the configuration.
    pub hotlines: Vec<Rings>,
    /// Seeds everything.
    pub seed: u64,
    /// Whether calls are placed at all; under a manual clock the PBX is silent.
    pub silent: bool,
}

impl Stage {
    /// Takes a free port on loopback.
    pub async fn set() -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let here = socket.local_addr()?;
        Ok(Self { socket, here })
    }

    /// Where the PBX is.
    pub fn address(&self) -> SocketAddr {
        self.here
    }

    /// Plays until told to stop.
    pub async fn play(self, script: Script, clock: Clock, stop: CancellationToken) {
        let mut pbx = Pbx::new(self.here, &script.username, script.password.clone(), script.seed);
        let mut cues = Cues::new(&script);
        let mut datagram = vec![0; LARGEST];
        loop {
            let now = clock.now();
            if pbx.can_ring() && !script.silent {
                while let Some(cue) = cues.due(now, script.cycle_of(0)) {
                    if let Some(hotline) = script.hotlines.get(cue.part.hotline) {
                        let (number, cycle_ms) = (&hotline.number, hotline.cycle_ms);
                        self.send(pbx.ring(&cue.part, number, cycle_ms, now)).await;
                    }
                }
            }
            self.send(pbx.wake(now)).await;
            let next = [pbx.next_due(), cues.next_at.filter(|_| pbx.can_ring())];
            let next = next.into_iter().flatten().min();
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(&clock, next) => {}
                heard = self.socket.recv_from(&mut datagram) => {
                    // an unreachable listener is reported here too; it will come back
                    if let Ok((length, from)) = heard {
                        let bytes = datagram.get(..length).unwrap_or_default();
                        self.send(pbx.hear(bytes, from, clock.now())).await;
                    }
                }
            }
        }
    }

    async fn send(&self, messages: Vec<Outgoing>) {
        for message in messages {
            if let Err(why) = self.socket.send_to(message.text.as_bytes(), message.to).await {
                tracing::debug!(%why, "the demo's PBX could not send; it will try again");
            }
        }
    }
}

impl Script {
    fn cycle_of(&self, hotline: usize) -> i64 {
        self.hotlines.get(hotline).map_or(5_000, |hotline| hotline.cycle_ms)
    }
}

/// The cues to come, one round after the other.
struct Cues {
    chance: StdRng,
    waiting: std::collections::VecDeque<Cue>,
    next_at: Option<Moment>,
}

impl Cues {
    fn new(script: &Script) -> Self {
        Self {
            chance: StdRng::seed_from_u64(script.seed),
            waiting: std::collections::VecDeque::new(),
            next_at: None,
        }
    }

    /// The cue that is due, if one is.
    fn due(&mut self, now: Moment, cycle_ms: i64) -> Option<Cue> {
        let at = *self.next_at.get_or_insert(now.plus_millis(FIRST_MS));
        if at > now {
            return None;
        }
        // the next round is drawn up before this one is over: the pause between them is its own
        while self.waiting.len() < 2 {
            self.waiting.extend(plan::round(&mut self.chance));
        }
        let cue = self.waiting.pop_front()?;
        let pause = self.waiting.front().map_or(0, |next| next.pause);
        self.next_at = Some(at.plus_millis(cycle_ms.saturating_mul(i64::from(pause)) / 100));
        Some(cue)
    }
}

async fn sleep(clock: &Clock, until: Option<Moment>) {
    match until {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
