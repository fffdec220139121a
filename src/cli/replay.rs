//! `switchboard replay`: the calls in a capture, as the service would have seen them.

mod show;

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use self::show::Show;
use super::Refused;
use crate::calls::{Book, CallKey, Record, Rules, State};
use crate::config::{Config, Hotline, Pbx, PbxAddress, Transport, WhenAllBusy};
use crate::kernel::{Cadence, Extension, Moment, Phone};
use crate::sip::{CaptureError, Heard, Sorter, read_capture};

/// An ended call is printed when nothing more was heard of it for so long, in milliseconds.
const SETTLED_MS: i64 = 60_000;
/// So long after the last packet the book is asked what became of the calls that were not over, in
/// milliseconds.
const AFTERWARDS_MS: i64 = 24 * 3_600_000;

#[derive(Args)]
pub(super) struct Arguments {
    /// The capture: pcap or pcapng
    #[arg(value_name = "FILE.pcap")]
    file: PathBuf,
    /// A call is a JSON object on a line of its own; the summary goes to standard error
    #[arg(long)]
    json: bool,
    /// The hotline's number, instead of those of the configuration; more than once for several
    #[arg(long = "hotline", value_name = "NUMBER")]
    hotlines: Vec<String>,
    /// An operator's telephone, instead of those of the configuration; more than once for several
    #[arg(long = "position", value_name = "EXT")]
    positions: Vec<Extension>,
}

pub(super) fn run(config: Config, arguments: &Arguments) -> Result<(), Refused> {
    let name = arguments.file.display();
    let wrong = |why: &dyn std::fmt::Display| Refused::Input(format!("{name}: {why}"));
    let hotlines = hotlines(&config, &arguments.hotlines)?;
    let pbx = pbxes(config.pbx, &arguments.positions);
    let file =
        File::open(&arguments.file).map_err(|why| wrong(&format!("cannot be read: {why}")))?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(wrong(&"is a folder; replay reads a capture file"));
    }
    let rules = Rules::new(&hotlines, &pbx, config.site.day.zone);
    let mut sorter = Sorter::guessing(&pbx).without_wires();
    let show = Show::new(arguments.json, hotlines, config.site.day.zone);
    let mut reading = Reading::new(rules, show);
    let read = read_capture(file, &mut |message| {
        reading.last = reading.last.max(Some(message.heard_at));
        sorter.hear(message, &mut |heard| reading.take(heard));
    });
    if let Some(last) = reading.last {
        // an INVITE that waits for its challenge; the others are not given up for a capture's end
        sorter.wake(last.plus_millis(1000), &mut |heard| reading.take(heard));
    }
    let found = match read {
        Ok(found) => found,
        Err(why @ (CaptureError::NotACapture | CaptureError::Empty)) => return Err(wrong(&why)),
        Err(why) => {
            reading.finish();
            return Err(wrong(&format!("{why}; what comes before is above")));
        }
    };
    if let Some(link) = found.unknown_link.filter(|_| found.messages == 0) {
        let why = format!(
            "its link type {link} is not known; capture on Ethernet, any (Linux cooked) or loopback"
        );
        return Err(wrong(&why));
    }
    reading.finish();
    reading.show.summary(&found, sorter.dropped());
    Ok(())
}

/// The hotlines that were typed, with the promises of the configuration where it knows them.
fn hotlines(config: &Config, typed: &[String]) -> Result<Vec<Hotline>, Refused> {
    if typed.is_empty() {
        return Ok(config.hotlines.clone());
    }
    let known = Rules::new(&config.hotlines, &[], config.site.day.zone);
    let mut hotlines: Vec<Hotline> = Vec::new();
    for number in typed {
        let number = number.trim();
        if Phone::read(number).is_none() && number.parse::<Extension>().is_err() {
            return Err(Refused::Input(format!(
                "--hotline {number:?}: must be a number as people dial it, such as 4008001234"
            )));
        }
        let configured = known.hotline(number).and_then(|place| config.hotlines.get(place));
        let hotline = configured.cloned().unwrap_or_else(|| usual(number));
        if !hotlines.iter().any(|known| known.number == hotline.number) {
            hotlines.push(hotline);
        }
    }
    Ok(hotlines)
}

/// A hotline with the promise that a configuration has where it says nothing.
fn usual(number: &str) -> Hotline {
    Hotline {
        name: number.to_owned(),
        number: number.to_owned(),
        aliases: Vec::new(),
        greeting: String::new(),
        cadence: Cadence::default(),
        target_rings: 3,
        target_limit_ms: None,
        short_abandon_rings: 1,
        colleague_rings: 2,
        round_gap_ms: 2000,
        hours: Vec::new(),
    }
}

/// The configured PBXes with the positions that were typed; without any, one at no address.
fn pbxes(mut pbx: Vec<Pbx>, positions: &[Extension]) -> Vec<Pbx> {
    if pbx.is_empty() {
        pbx.push(Pbx {
            name: "capture".to_owned(),
            address: PbxAddress { host: String::new(), port: 5060, transport: Transport::Udp },
            domain: String::new(),
            accounts: Vec::new(),
            member: false,
            when_all_busy: WhenAllBusy::Ring,
            watch: Vec::new(),
            positions: Vec::new(),
            services: Vec::new(),
        });
    }
    if !positions.is_empty() {
        for one in &mut pbx {
            one.positions = positions.to_vec();
        }
    }
    pbx
}

/// The book, and the calls that were not printed yet.
struct Reading {
    rules: Option<Rules>,
    book: Option<Book>,
    last: Option<Moment>,
    calls: BTreeMap<CallKey, Arc<Record>>,
    /// Ended calls in the order in which they will be printed, and from when on.
    settling: VecDeque<(Moment, CallKey)>,
    show: Show,
}

impl Reading {
    fn new(rules: Rules, show: Show) -> Self {
        let (calls, settling) = (BTreeMap::new(), VecDeque::new());
        Self { rules: Some(rules), book: None, last: None, calls, settling, show }
    }

    fn take(&mut self, heard: Heard) {
        let Heard::Sighting(sighting) = heard else { return };
        let now = sighting.heard_at;
        if let Some(rules) = self.rules.take() {
            // what a capture begins with began there, and is no echo of what was before it
            self.book = Some(Book::new(rules, now.plus_millis(-3_600_000)));
        }
        if let Some(book) = &mut self.book {
            book.see(sighting);
        }
        self.listen();
        while let Some((_, key)) = self.settling.pop_front_if(|(due, _)| *due <= now) {
            self.print(key);
        }
    }

    /// Takes what the book tells.
    fn listen(&mut self) {
        let Some(book) = &mut self.book else { return };
        // what the house dialled itself is no call of a hotline
        while book.poll_outgoing().is_some() {}
        while let Some(happening) = book.poll() {
            let over = happening.record.state == State::Ended;
            let before = self.calls.insert(happening.key, happening.record);
            if over && before.is_none_or(|before| before.state != State::Ended) {
                self.settling.push_back((happening.at.plus_millis(SETTLED_MS), happening.key));
            }
        }
    }

    fn print(&mut self, key: CallKey) {
        if let Some(record) = self.calls.remove(&key) {
            self.show.call(&record);
        }
    }

    /// Prints what is left, in the order in which it began.
    fn finish(&mut self) {
        let until = self.last.map(|last| last.plus_millis(AFTERWARDS_MS));
        while let Some(book) = &mut self.book
            && let Some(alarm) = book.next_alarm().filter(|alarm| Some(alarm.at) <= until)
        {
            book.wake(alarm.at);
            self.listen();
        }
        while let Some((_, key)) = self.settling.pop_front() {
            self.print(key);
        }
        while let Some((_, record)) = self.calls.pop_first() {
            self.show.call(&record);
        }
    }
}
