//! The recorded scenarios of a real PBX, seen in every way the house can see a call: as a member
//! whose operators' telephones are watched, through mirrored signalling, and all together. What is
//! said is compared with what really happened, as the lab's `judge` does.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use switchboard::calls::{Book, EndedBy, Evidence, Outcome, Record, TransferKind};
use switchboard::config::{Pbx, Transport};
use switchboard::kernel::{Extension, Moment, PbxId};
use switchboard::sip::dialog_info;
use switchboard::sip::read::{self, Framing, Message, Start};
use switchboard::sip::{
    Dialog, Heard, LineChange, LineState, Mirrored, Sighting, Sorter, Source, Watched, What,
};

use super::book_kit::{LISTENER, wake_until};
use super::calls_recorded::{
    END_TOLERANCE_MS, FIXTURES, PICKUP_TOLERANCE_MS, TOLERANCE_MS, Truth, block, lab_pbx,
    lab_rules, scenarios, truths,
};

/// What the house is allowed to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It rings along.
    Member,
    /// It rings along, and watches the telephones.
    MemberAndDialog,
    /// The PBX mirrors its signalling.
    Mirror,
    /// All of it.
    All,
}

impl Mode {
    /// Every one.
    pub(crate) const EVERY: [Self; 4] =
        [Self::Member, Self::MemberAndDialog, Self::Mirror, Self::All];

    const fn rings_along(self) -> bool {
        matches!(self, Self::Member | Self::MemberAndDialog | Self::All)
    }

    const fn watches(self) -> bool {
        matches!(self, Self::MemberAndDialog | Self::All)
    }

    pub(crate) const fn mirrors(self) -> bool {
        matches!(self, Self::Mirror | Self::All)
    }
}

/// What a member that watches cannot get right: it was deaf.
const BEYOND_A_MEMBER: [&str; 1] = ["30-listener-dead"];

#[test]
fn every_recorded_call_is_right_in_the_mirror() {
    judge_all(Mode::Mirror, &[], 28);
}

#[test]
fn every_recorded_call_is_right_with_everything_together() {
    judge_all(Mode::All, &[], 28);
}

#[test]
fn watching_the_telephones_a_member_knows_who_answered_and_when_it_was_over() {
    judge_all(Mode::MemberAndDialog, &BEYOND_A_MEMBER, 27);
}

#[track_caller]
fn judge_all(mode: Mode, but: &[&str], many: usize) {
    let mut judged = 0;
    let mut wrong = Vec::new();
    for name in scenarios().iter().filter(|name| !but.contains(&name.as_str())) {
        judged += 1;
        let faults = judge(&truths(name), &heard(name, mode), mode);
        if !faults.is_empty() {
            wrong.push(format!("{name}: {}", faults.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(judged, many, "the recordings have gone missing");
}

#[test]
fn a_member_that_was_deaf_does_not_guess_from_the_lamps() {
    // deaf for seven and a half seconds: the last repeat of the INVITE and the CANCEL get through
    let mut events = events("30-listener-dead", Mode::MemberAndDialog);
    let first = |event: &Reaches| matches!(event, Reaches::Own { .. });
    let begun = events.iter().find(|(_, event)| first(event)).unwrap().0;
    events.retain(|(at, event)| !first(event) || at.millis_since(begun) > 7_400);
    let calls = seen(&lab_in(Mode::MemberAndDialog), &events);
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].outcome, calls[0].end_seen), (Some(Outcome::Unmeasured), false));
}

#[test]
fn a_blind_and_an_attended_transfer_are_told_with_who_and_to_whom() {
    for (name, kind) in [
        ("08-blind-transfer", TransferKind::Blind),
        ("09-attended-transfer", TransferKind::Attended),
    ] {
        for mode in [Mode::Mirror, Mode::All, Mode::MemberAndDialog] {
            let calls = heard(name, mode);
            let told: Vec<_> = calls[0]
                .transfers
                .iter()
                .map(|one| (one.kind, one.from.clone(), one.to.clone()))
                .collect();
            let ext = |text: &str| Some(text.parse().unwrap());
            assert_eq!(told, [(kind, ext("801"), ext("804"))], "{name} {mode:?}");
        }
    }
}

#[test]
fn who_hung_up_first_is_seen_in_the_mirror() {
    let by = |name| heard(name, Mode::Mirror)[0].ended_by;
    assert_eq!(by("01-ring1-answered"), EndedBy::Us);
    assert_eq!(by("02-ring3-answered"), EndedBy::Caller);
    assert_eq!(by("04-abandoned"), EndedBy::Caller);
    assert_eq!(by("06-all-busy-no-listener"), EndedBy::Us);
}

#[test]
fn a_proxy_shows_one_call_over_all_its_legs() {
    let one = |name: &str| {
        let calls = seen(&lab_of(name, Mode::Mirror), &events(name, Mode::Mirror));
        assert_eq!(calls.len(), 1, "{name}");
        calls[0].clone()
    };
    let answered = one("K1-kamailio-answered");
    assert_eq!(answered.outcome, Some(Outcome::Met));
    assert!(answered.answered_by.is_some() && answered.end_seen);
    assert_eq!(answered.evidence, Evidence::Position180);
    let left = one("K2-kamailio-abandoned");
    assert!(matches!(left.outcome, Some(Outcome::Abandoned | Outcome::AbandonedShort)), "{left:?}");
    assert_eq!(one("K4-kamailio-busy-with-listener").answered_at, None);
}

// ---------------------------------------------------------------------------------- the recording

/// One thing that reaches the house.
#[derive(Debug, Clone)]
pub(crate) enum Reaches {
    /// A mirrored packet with its own time.
    Mirrored { at: Moment, source: SocketAddr, destination: SocketAddr, payload: Vec<u8> },
    /// A message of our own leg, received or sent.
    Own { received: bool, bytes: Vec<u8> },
    /// A NOTIFY about an extension.
    Notify { extension: String, body: String },
}

/// Everything of a recording that reaches a house of that mode, in the order it came.
pub(crate) fn events(name: &str, mode: Mode) -> Vec<(Moment, Reaches)> {
    let text = |file| fs::read_to_string(format!("{FIXTURES}/{name}/{file}")).unwrap_or_default();
    let mut events = Vec::new();
    if mode.mirrors() {
        events.extend(text("mirror.txt").split("==== ").skip(1).map(mirrored));
    }
    if mode.rings_along() {
        let blocks = text("listener-messages.txt");
        events.extend(blocks.split("==== ").skip(1).map(|text| {
            let (at, received, bytes) = block(text);
            (at, Reaches::Own { received, bytes })
        }));
    }
    if mode.watches() {
        events.extend(text("notify.txt").split("==== ").skip(1).map(notify));
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

fn mirrored(text: &str) -> (Moment, Reaches) {
    let (head, message) = text.split_once('\n').unwrap();
    let words: Vec<_> = head.split(' ').collect();
    let micros = |text: &str| Moment::from_millis(text.parse::<i64>().unwrap() / 1000);
    let (source, destination) = (words[2].parse().unwrap(), words[4].parse().unwrap());
    let payload = message.replace('\n', "\r\n").into_bytes();
    (micros(words[0]), Reaches::Mirrored { at: micros(words[1]), source, destination, payload })
}

fn notify(text: &str) -> (Moment, Reaches) {
    let (head, body) = text.split_once('\n').unwrap();
    let (at, extension) = head.split_once(' ').unwrap();
    let (extension, body) = (extension.to_owned(), body.to_owned());
    (super::calls_recorded::moment(at), Reaches::Notify { extension, body })
}

/// The lab's PBX as a house of that mode is told of it.
pub(crate) fn lab_in(mode: Mode) -> Pbx {
    let mut pbx = lab_pbx();
    pbx.member = mode.rings_along();
    if !mode.watches() {
        pbx.watch = Vec::new();
    }
    pbx
}

/// The PBX of a recording, as a house of that mode is told of it: kamailio publishes the hotline's
/// lamp alone.
pub(crate) fn lab_of(name: &str, mode: Mode) -> Pbx {
    let mut pbx = lab_in(mode);
    if name.starts_with('K') {
        pbx.address.port = 5080;
        pbx.watch.retain(|extension| extension.as_str() != "701");
        pbx.watch.extend(mode.watches().then(|| "4008001234".parse::<Extension>().unwrap()));
    }
    pbx
}

/// What the house says of a recording.
fn heard(name: &str, mode: Mode) -> Vec<Arc<Record>> {
    seen(&lab_in(mode), &events(name, mode))
}

/// Lets all that reach a house of that PBX; the calls, in the order they began.
pub(crate) fn seen(pbx: &Pbx, events: &[(Moment, Reaches)]) -> Vec<Arc<Record>> {
    seen_since(pbx, events, None)
}

/// The same where our own account was not registered before that moment.
pub(crate) fn seen_since(
    pbx: &Pbx,
    events: &[(Moment, Reaches)],
    member_from: Option<Moment>,
) -> Vec<Arc<Record>> {
    let Some((begun, _)) = events.first() else { return Vec::new() };
    let mut book = Book::new(lab_rules(pbx), begun.plus_millis(-3_600_000));
    if let Some(at) = member_from {
        let state = LineState::Registered { until: at.plus_millis(3_600_000) };
        book.line(&LineChange { at, since: at, source: LISTENER, state });
    }
    for (place, _) in (0_u16..).zip(&pbx.watch) {
        let source = Source::Watch { pbx: PbxId(0), place };
        let state = LineState::Registered { until: begun.plus_millis(3_600_000) };
        let at = begun.plus_millis(-3_600_000);
        book.line(&LineChange { at, since: at, source, state });
    }
    let refuses = events.iter().any(|(_, event)| {
        matches!(event, Reaches::Own { received: false, bytes } if bytes.starts_with(b"SIP/2.0 486"))
    });
    let mut sorter = Sorter::new(std::slice::from_ref(pbx));
    sorter.learn(PbxId(0), &[SocketAddr::new([127, 0, 0, 1].into(), pbx.address.port)]);
    let mut now = *begun;
    for (at, event) in events {
        now = now.max(*at);
        wake_until(&mut book, now);
        let mut tell = |heard| {
            if let Heard::Sighting(sighting) = heard {
                book.see(sighting);
            }
        };
        sorter.wake(now, &mut tell);
        match event {
            Reaches::Mirrored { at, source, destination, payload } => {
                let transport = Transport::Udp;
                let (source, destination) = (*source, *destination);
                let (at, heard_at) = (*at, now);
                sorter.hear(
                    &Mirrored { at, heard_at, transport, source, destination, payload },
                    &mut tell,
                );
            }
            Reaches::Own { received, bytes } => {
                for sighting in own(now, *received, bytes, !refuses) {
                    book.see(sighting);
                }
            }
            Reaches::Notify { extension, body } => book.watch(&watched(now, extension, body)),
        }
    }
    let end = now.plus_millis(86_400_000);
    sorter.wake(end, &mut |heard| {
        if let Heard::Sighting(sighting) = heard {
            wake_until(&mut book, sighting.heard_at);
            book.see(sighting);
        }
    });
    wake_until(&mut book, end);
    assert_eq!(book.live(), 0, "a book left alone empties itself");
    let mut log = Vec::<Arc<Record>>::new();
    while let Some(happening) = book.poll() {
        match log.iter_mut().find(|record| record.uid == happening.record.uid) {
            Some(record) => *record = happening.record,
            None => log.push(happening.record),
        }
    }
    log
}

/// A message of our own leg, as our endpoint would tell of it: a 180 at once for every new INVITE.
fn own(at: Moment, received: bool, bytes: &[u8], rings: bool) -> Vec<Sighting> {
    let message = Message::parse(bytes, Framing::Datagram).unwrap();
    let leg = read::leg_key(&message).unwrap();
    let facts = match (message.start, received) {
        (Start::Request { method: b"INVITE", .. }, true) => {
            let offered = What::Offered(Box::new(read::offer(&message)));
            std::iter::once(offered).chain(rings.then_some(What::Alerted)).collect()
        }
        (Start::Request { method: b"CANCEL", .. }, true) => {
            vec![What::Withdrawn(read::reasons(&message))]
        }
        (Start::Response { code: 486, .. }, false) => vec![What::Refused(486)],
        _ => Vec::new(),
    };
    let told = |what| Sighting { at, heard_at: at, source: LISTENER, leg: leg.clone(), what };
    facts.into_iter().map(told).collect()
}

/// A body of full state, as a subscription that goes on tells of it.
fn watched(at: Moment, extension: &str, body: &str) -> Watched {
    let document = dialog_info::read(body.as_bytes()).unwrap();
    let dialog = |told: dialog_info::Told| {
        let dialog_info::Told { id, call_id, state, called, remote, held, .. } = told;
        Some(Dialog { id, call_id, state: state?, called, remote, held })
    };
    Watched {
        at,
        pbx: PbxId(0),
        extension: extension.parse().unwrap(),
        fresh: false,
        dialogs: document.dialogs.into_iter().filter_map(dialog).collect(),
    }
}

// -------------------------------------------------------------------------------------- the judge

/// Everything that is wrong about what the house says.
fn judge(truths: &[Truth], said: &[Arc<Record>], mode: Mode) -> Vec<String> {
    let mut left: Vec<_> = said.iter().collect();
    let mut wrong = Vec::new();
    for truth in truths {
        let nearest = (0..left.len())
            .filter(|&index| truth.fits(left[index]))
            .min_by_key(|&index| left[index].offered_at.millis_since(truth.start).abs());
        match nearest {
            Some(index) => wrong.extend(compare(truth, left.remove(index), mode)),
            None if truth.member_rang.is_none() && !mode.mirrors() => {}
            None => wrong.push(format!("no call of {}", truth.number)),
        }
    }
    wrong.extend(left.iter().map(|record| format!("too many: {:?}", record.outcome)));
    wrong
}

fn compare(truth: &Truth, said: &Record, mode: Mode) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut near = |what: &str, said: Option<Moment>, real: Option<Moment>, tolerance_ms| {
        let right = match (said, real) {
            (Some(said), Some(real)) => said.millis_since(real).abs() <= tolerance_ms,
            (said, real) => said.is_none() && real.is_none(),
        };
        if !right {
            wrong.push(format!("{what} {said:?}, real {real:?}"));
        }
    };
    let tolerance_ms = if truth.pickup { PICKUP_TOLERANCE_MS } else { TOLERANCE_MS };
    let mirrors = mode.mirrors();
    if mirrors || truth.rang.is_some() {
        near("rang", said.rang_at, truth.rang, TOLERANCE_MS);
    } else if said.rang_at.is_some() {
        near("rang", said.rang_at, truth.member_rang, TOLERANCE_MS);
    }
    near("answered", said.answered_at, truth.answer, tolerance_ms);
    if mirrors || (truth.machine.is_none() && !truth.transferred) {
        near("ended", said.ended_at, truth.end, END_TOLERANCE_MS);
    }
    let by = said.answered_by.as_ref().map(ToString::to_string);
    if by != truth.by {
        wrong.push(format!("answered by {by:?}, real {:?}", truth.by));
    }
    let mut right = truth.outcomes(tolerance_ms);
    if mirrors && truth.answer.is_none() {
        right = match (truth.rang, truth.machine) {
            (None, _) => vec![Outcome::NotOffered],
            (Some(rang), Some(machine)) if machine >= rang => vec![Outcome::MachineOnly],
            _ => right,
        };
    } else if truth.rang.is_none() && truth.answer.is_none() {
        right.push(Outcome::NotOffered);
    }
    if !said.outcome.is_some_and(|outcome| right.contains(&outcome)) {
        wrong.push(format!("outcome {:?}, real {right:?}", said.outcome));
    }
    if mirrors && said.hotline.is_none() {
        wrong.push(format!("the hotline {} was not seen", truth.did));
    }
    if truth.withheld && !(said.caller.id.withheld && said.caller.id.user.is_none()) {
        wrong.push("a withheld number is shown".to_owned());
    }
    wrong
}
