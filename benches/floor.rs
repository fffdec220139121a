//! What the machine itself takes for the way that a call goes: a datagram is heard, one row is made
//! durable, one line is written to a reader. Nothing of the house is in it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::{BETWEEN, Bare};

/// Datagrams that are measured.
const SENT: usize = 500;

/// How long each datagram took to the reader, in the order in which they were sent.
pub(super) async fn measure(mut bare: Bare) -> Vec<Duration> {
    let ear = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (ear_at, door_at): (SocketAddr, SocketAddr) =
        (ear.local_addr().unwrap(), door.local_addr().unwrap());
    let house = tokio::spawn(async move {
        let (mut reader, _) = door.accept().await.unwrap();
        reader.set_nodelay(true).unwrap();
        let mut packet = vec![0; 4_096];
        for _ in 0..SENT {
            let length = ear.recv(&mut packet).await.unwrap();
            bare.insert(&String::from_utf8_lossy(&packet[..length])).await;
            reader.write_all(b"event\n").await.unwrap();
        }
    });
    let mut stream = BufReader::new(TcpStream::connect(door_at).await.unwrap());
    let reads = tokio::spawn(async move {
        let mut heard = Vec::with_capacity(SENT);
        let mut line = String::new();
        while heard.len() < SENT {
            line.clear();
            assert!(stream.read_line(&mut line).await.unwrap() > 0, "the line was closed");
            heard.push(Instant::now());
        }
        heard
    });
    let wire = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let text = "x".repeat(400);
    let mut beat = tokio::time::interval(BETWEEN);
    let mut sent = Vec::with_capacity(SENT);
    for _ in 0..SENT {
        beat.tick().await;
        wire.send_to(text.as_bytes(), ear_at).await.unwrap();
        sent.push(Instant::now());
    }
    let heard = reads.await.unwrap();
    house.await.unwrap();
    sent.iter().zip(heard).map(|(from, at)| at.duration_since(*from)).collect()
}
