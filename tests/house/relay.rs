//! A road for datagrams that loses some of them: which ones depends on the seed and on the order of
//! arrival alone. It is also the witness: it tells what it let through to the listener, and when.

use std::net::SocketAddr;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use switchboard::clock::Clock;
use switchboard::kernel::Moment;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Between one caller and one listener, until it is dropped.
pub(crate) struct Relay {
    /// Where the caller sends to.
    pub(crate) entrance: SocketAddr,
    passed: mpsc::UnboundedReceiver<Passed>,
    _road: JoinSet<()>,
}

/// A datagram that was let through to the listener.
pub(crate) struct Passed {
    /// When.
    pub(crate) at: Moment,
    /// What it said; everything we send through here is UTF-8.
    pub(crate) text: String,
}

impl Relay {
    /// Opens a road to `listener` that loses `loss` percent each way.
    pub(crate) async fn open(listener: SocketAddr, loss: u32, seed: u64) -> Self {
        let front = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let back = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        back.connect(listener).await.unwrap();
        let entrance = front.local_addr().unwrap();
        let (tell, passed) = mpsc::unbounded_channel();
        let mut road = JoinSet::new();
        road.spawn(carry(front, back, Dice::new(loss, seed), Dice::new(loss, !seed), tell));
        Self { entrance, passed, _road: road }
    }

    /// The next thing let through to the listener, as soon as there is one.
    pub(crate) async fn next(&mut self) -> Passed {
        self.passed.recv().await.unwrap()
    }

    /// What was let through to the listener since it was asked last, in order.
    pub(crate) fn passed(&mut self) -> Vec<Passed> {
        std::iter::from_fn(|| self.passed.try_recv().ok()).collect()
    }
}

struct Dice {
    rng: StdRng,
    loss: u32,
}

impl Dice {
    fn new(loss: u32, seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed), loss }
    }

    fn lose(&mut self) -> bool {
        self.rng.random_ratio(self.loss, 100)
    }
}

/// A listener that is away is no trouble of the road's: what is sent to it is lost.
async fn carry(
    front: UdpSocket,
    back: UdpSocket,
    mut there: Dice,
    mut home: Dice,
    tell: mpsc::UnboundedSender<Passed>,
) {
    let clock = Clock::house();
    let mut caller = None;
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            heard = front.recv_from(&mut up) => {
                let (len, from) = heard.unwrap();
                caller = Some(from);
                let at = clock.now();
                if !there.lose() && back.send(&up[..len]).await.is_ok() {
                    let text = String::from_utf8_lossy(&up[..len]).into_owned();
                    if tell.send(Passed { at, text }).is_err() {
                        return;
                    }
                }
            }
            answered = back.recv(&mut down) => {
                if let (Ok(len), Some(caller)) = (answered, caller)
                    && !home.lose()
                {
                    front.send_to(&down[..len], caller).await.unwrap();
                }
            }
        }
    }
}

#[tokio::test]
async fn the_same_seed_loses_the_same_packets() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let listener = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut relay = Relay::open(listener.local_addr().unwrap(), 20, seed).await;
        let caller = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for number in 0..50 {
            caller.send_to(format!("{number}").as_bytes(), relay.entrance).await.unwrap();
        }
        // the last word is said until it gets through, so nothing is still on the road
        let mut heard = Vec::new();
        let mut word = [0; 16];
        while heard.last().is_none_or(|last| last != "end") {
            caller.send_to(b"end", relay.entrance).await.unwrap();
            while let Ok(Ok(len)) =
                tokio::time::timeout(std::time::Duration::from_millis(50), listener.recv(&mut word))
                    .await
            {
                heard.push(String::from_utf8(word[..len].to_vec()).unwrap());
            }
        }
        let told: Vec<String> = relay.passed().into_iter().map(|passed| passed.text).collect();
        assert_eq!(told, heard, "the witness tells what the listener heard");
        heard.retain(|word| word != "end");
        assert!((30..50).contains(&heard.len()), "{} of 50 at 20 % loss", heard.len());
        runs.push(heard);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
