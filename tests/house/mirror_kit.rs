//! Mirrored messages for stories: the recordings of a real PBX, and a sorter that listens to them.

use std::fs;
use std::net::SocketAddr;

use serde_json::Value;
use switchboard::config::{Pbx, Transport};
use switchboard::kernel::Moment;
use switchboard::sip::{Heard, Mirrored, Sorter};

use super::book_kit::pbx;

/// Where the recordings are.
pub(crate) const FIXTURES: &str = "tests/fixtures/mirror";

/// One recorded message.
pub(crate) struct Recorded {
    /// When, by the PBX's clock.
    pub(crate) at: Moment,
    /// Who sent it.
    pub(crate) source: SocketAddr,
    /// Who received it.
    pub(crate) destination: SocketAddr,
    /// The message.
    pub(crate) payload: Vec<u8>,
}

impl Recorded {
    /// As it is given to the sorter.
    pub(crate) fn mirrored(&self) -> Mirrored<'_> {
        Mirrored {
            at: self.at,
            heard_at: self.at,
            transport: Transport::Udp,
            source: self.source,
            destination: self.destination,
            payload: &self.payload,
        }
    }
}

/// The messages of a recording, in the order in which they were mirrored. A block is `==== <epoch>
/// <source> -> <destination>` and the message, its line ends simplified.
pub(crate) fn recorded(name: &str) -> Vec<Recorded> {
    let text = fs::read_to_string(format!("{FIXTURES}/{name}/sip.txt")).unwrap();
    let block = |text: &str| {
        let (head, message) = text.split_once('\n').unwrap();
        let words: Vec<_> = head.split(' ').collect();
        Recorded {
            at: moment(words[0]),
            source: words[1].parse().unwrap(),
            destination: words[3].parse().unwrap(),
            payload: message.replace('\n', "\r\n").into_bytes(),
        }
    };
    text.split("==== ").skip(1).map(block).collect()
}

/// What really happened in a recording.
pub(crate) fn truth(name: &str) -> Value {
    let text = fs::read_to_string(format!("{FIXTURES}/{name}/truth.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Seconds since the epoch, with a fraction.
pub(crate) fn moment(text: &str) -> Moment {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let millis = format!("{fraction:0<3}")[..3].parse::<i64>().unwrap();
    Moment::from_millis(seconds.parse::<i64>().unwrap() * 1000 + millis)
}

/// The PBX of a recording.
pub(crate) fn lab(name: &str) -> Pbx {
    let mut lab = pbx(None);
    lab.address.port = if name.starts_with('K') { 5080 } else { 5070 };
    lab
}

/// All that a sorter tells of these messages, and of the quarter of an hour after them.
pub(crate) fn told(sorter: &mut Sorter, messages: &[Recorded]) -> Vec<Heard> {
    let mut told = Vec::new();
    for message in messages {
        sorter.hear(&message.mirrored(), &mut |heard| told.push(heard));
    }
    if let Some(last) = messages.last() {
        sorter.wake(last.at.plus_millis(900_000), &mut |heard| told.push(heard));
    }
    told
}
