//! A restart at any moment of a recording: the house takes the call up again from its log, and what is
//! mirrored from then on is of the same call and of the same people.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use switchboard::calls::{Book, Record, Restored, State};
use switchboard::config::{Pbx, Transport};
use switchboard::kernel::{Moment, PbxId};
use switchboard::sip::{Heard, LineChange, LineState, Mirrored, Sorter, Source};

use super::book_kit::wake_until;
use super::calls_recorded::{TOLERANCE_MS, lab_rules};
use super::calls_seen::{Mode, Reaches, events, lab_of};
use super::calls_told::{folder, real_calls};

/// A house that hears nothing but the mirror.
struct House {
    pbx: Pbx,
    book: Book,
    sorter: Sorter,
    /// What the log holds, by the calls' names for all time.
    log: BTreeMap<String, Record>,
}

impl House {
    fn open(pbx: Pbx, now: Moment) -> Self {
        let book = Book::new(lab_rules(&pbx), now);
        let (sorter, log) = (sorter(&pbx), BTreeMap::new());
        let mut house = Self { pbx, book, sorter, log };
        house.mirror_up(now);
        house
    }

    fn mirror_up(&mut self, at: Moment) {
        let source = Source::Mirror { pbx: PbxId(0) };
        self.book.line(&LineChange { at, since: at, source, state: LineState::Hearing });
    }

    fn hear(&mut self, now: Moment, event: &Reaches) {
        let Reaches::Mirrored { at, source, destination, payload } = event else { return };
        wake_until(&mut self.book, now);
        let mut tell = |heard| {
            if let Heard::Sighting(sighting) = heard {
                self.book.see(sighting);
            }
        };
        let (at, source, destination) = (*at, *source, *destination);
        let transport = Transport::Udp;
        let mirrored = Mirrored { at, heard_at: now, transport, source, destination, payload };
        self.sorter.hear(&mirrored, &mut tell);
        self.note();
    }

    fn note(&mut self) {
        while let Some(happening) = self.book.poll() {
            self.log.insert(happening.record.uid.to_string(), Record::clone(&happening.record));
        }
    }

    /// Stops, and takes up a moment later what the log holds.
    fn restart(&mut self, now: Moment) {
        wake_until(&mut self.book, now);
        self.note();
        self.book = Book::new(lab_rules(&self.pbx), now);
        self.sorter = sorter(&self.pbx);
        let (over, live): (Vec<_>, Vec<_>) =
            self.log.values().partition(|record| record.state == State::Ended);
        for record in over {
            for leg in &record.legs {
                self.book.remember(&leg.key, leg.ended_at.unwrap_or(record.offered_at));
            }
            for leg in &record.detours {
                self.book.remember(leg, record.ended_at.unwrap_or(record.offered_at));
            }
        }
        let live = live.into_iter().map(|record| Restored { record: record.clone() }).collect();
        self.book.restore(live, now, now);
        self.mirror_up(now);
    }

    fn close(mut self, now: Moment) -> Vec<Record> {
        let end = now.plus_millis(86_400_000);
        let mut told = Vec::new();
        self.sorter.wake(end, &mut |heard| told.push(heard));
        for heard in told {
            if let Heard::Sighting(sighting) = heard {
                wake_until(&mut self.book, sighting.heard_at);
                self.book.see(sighting);
            }
        }
        wake_until(&mut self.book, end);
        self.note();
        assert_eq!(self.book.live(), 0, "a book left alone empties itself");
        self.log.into_values().collect()
    }
}

fn sorter(pbx: &Pbx) -> Sorter {
    let mut sorter = Sorter::new(std::slice::from_ref(pbx));
    sorter.learn(PbxId(0), &[SocketAddr::new([127, 0, 0, 1].into(), pbx.address.port)]);
    sorter
}

/// What the log holds of a recording when the house was restarted after so many of its messages.
fn told(name: &str, events: &[(Moment, Reaches)], restarted_after: usize) -> Vec<Record> {
    let begun = events[0].0;
    let mut house = House::open(lab_of(name, Mode::Mirror), begun.plus_millis(-60_000));
    let mut now = begun;
    for (place, (at, event)) in events.iter().enumerate() {
        if place == restarted_after {
            house.restart(now);
        }
        now = now.max(*at);
        house.hear(now, event);
    }
    house.close(now)
}

/// Whether the house was restarted between what was sent to a service that dials anew and its coming
/// back, two milliseconds later: no house is up again so soon, and what came back would be another call.
fn is_back_too_soon(name: &str, events: &[(Moment, Reaches)], after: usize) -> bool {
    let service: std::net::IpAddr = "127.0.0.50".parse().unwrap();
    let invite = |from: bool| {
        events.iter().position(|(_, event)| match event {
            Reaches::Mirrored { source, destination, payload, .. } => {
                let of = if from { source } else { destination };
                of.ip() == service && payload.starts_with(b"INVITE")
            }
            Reaches::Own { .. } | Reaches::Notify { .. } => false,
        })
    };
    let between = invite(false).is_some_and(|sent| sent < after)
        && invite(true).is_some_and(|back| after <= back);
    (name.starts_with("D7") || name.starts_with("D9")) && between
}

#[test]
fn restarted_at_any_moment_a_call_through_a_service_is_one_call_and_the_service_nobody() {
    let mut wrong = Vec::new();
    let mut moments = 0;
    for name in folder().iter().filter(|name| name.starts_with('D')) {
        let events = events(name, Mode::Mirror);
        let real = real_calls(name);
        let truth = &real[0];
        for after in 1..events.len() {
            if is_back_too_soon(name, &events, after) {
                continue;
            }
            moments += 1;
            let calls = told(name, &events, after);
            if calls.len() != 1 {
                wrong.push(format!("{name} after {after}: {} calls", calls.len()));
                continue;
            }
            let call = &calls[0];
            let by = call.answered_by.as_ref().map(ToString::to_string);
            if by.is_some() && by != truth.by {
                wrong.push(format!("{name} after {after}: by {by:?}"));
            }
            let early =
                |at: Moment| truth.answer.is_none_or(|real| real.millis_since(at) > TOLERANCE_MS);
            if call.answered_at.is_some_and(early) {
                wrong.push(format!("{name} after {after}: answered at {:?}", call.answered_at));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {moments}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(moments > 1_000, "the recordings have gone missing");
}
