//! Any order, loss or doubling of what a call's recording holds gives one call, one outcome and no
//! negative time: datagrams overtake each other, get lost, come twice.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use switchboard::calls::{Outcome, Record, State};
use switchboard::config::Pbx;
use switchboard::kernel::{Extension, Moment};
use switchboard::sip::read::{self, Framing, Message, Name};

use super::calls_seen::{Mode, Reaches, events, lab_of, seen};
use super::calls_told::{folder, real_calls};

/// A recording as it reaches a house of one mode.
type Events = Vec<(Moment, Reaches)>;

/// Every recording that holds calls, and how many.
static RECORDED: LazyLock<BTreeMap<String, usize>> = LazyLock::new(|| {
    let calls = folder().into_iter().map(|name| (name.clone(), real_calls(&name).len()));
    calls.filter(|(_, calls)| *calls > 0).collect()
});

/// What becomes of a recording on its way.
#[derive(Debug, Clone)]
struct Fate {
    /// For each message: lost, twice, and how much later than the others it comes, milliseconds.
    each: Vec<(bool, bool, i64)>,
}

fn fate(most_late_ms: i64) -> impl Strategy<Value = Fate> {
    let lost = prop::bool::weighted(0.08);
    let twice = prop::bool::weighted(0.1);
    let late = prop_oneof![3 => Just(0), 2 => 0..=most_late_ms];
    prop::collection::vec((lost, twice, late), 400).prop_map(|each| Fate { each })
}

/// Nearly everything is lost. Of two sources that are left with nothing in common nobody could say
/// that they tell of one call: each is by itself here.
fn ruin() -> impl Strategy<Value = Fate> {
    let each = (prop::bool::weighted(0.8), prop::bool::weighted(0.1), 0..=40_i64);
    prop::collection::vec(each, 400).prop_map(|each| Fate { each })
}

impl Fate {
    /// The recording as it arrives.
    fn strike(&self, events: &Events) -> Events {
        let mut arrives = Vec::new();
        for ((at, event), (lost, twice, late)) in events.iter().zip(self.each.iter().cycle()) {
            if *lost {
                continue;
            }
            arrives.push((at.plus_millis(*late), event.clone()));
            if *twice {
                arrives.push((at.plus_millis(late + 35), event.clone()));
            }
        }
        arrives.sort_by_key(|(at, _)| *at);
        arrives
    }
}

/// The mirrored messages in another order, at once: as what a road had held up arrives. What is
/// said to ourselves is asked for again until we answer, and waits for nothing.
fn burst(events: &Events, order: &[usize]) -> Events {
    let Some((last, _)) = events.last() else { return Vec::new() };
    let held_up = |event: &Reaches| matches!(event, Reaches::Mirrored { .. });
    let (mut left, mut arrives) = (Vec::new(), Vec::new());
    for (at, event) in events {
        if held_up(event) {
            left.push(event);
        } else {
            arrives.push((*at, event.clone()));
        }
    }
    for (pick, place) in order.iter().cycle().zip(0_i64..) {
        if left.is_empty() {
            break;
        }
        let event = left.remove(pick % left.len());
        arrives.push((last.plus_millis(place * 2), event.clone()));
    }
    arrives
}

fn recording() -> impl Strategy<Value = String> {
    prop::sample::select(RECORDED.keys().cloned().collect::<Vec<_>>())
}

// ------------------------------------------------------------------------------------ what is sure

/// Which call a message proves by itself: our own INVITE is a caller who waits, and so is a trunk's
/// INVITE to a hotline, or what the PBX answers to it (from a 180 on).
fn proves(event: &Reaches) -> Option<String> {
    let bytes = match event {
        Reaches::Own { received: true, bytes } => bytes,
        Reaches::Mirrored { payload, source, destination, .. } => {
            let carrier = ["127.0.0.10", "127.0.0.11"].map(str::parse::<IpAddr>);
            let is_carrier = |ip| carrier.iter().any(|known| known.as_ref() == Ok(&ip));
            // the PBX asks again what a carrier answers
            let asked = is_carrier(source.ip()) && !payload.starts_with(b"SIP/2.0");
            let told = is_carrier(destination.ip()) && payload.starts_with(b"SIP/2.0");
            if !asked && !told {
                return None;
            }
            payload
        }
        Reaches::Own { .. } | Reaches::Notify { .. } => return None,
    };
    let message = Message::parse(bytes, Framing::Datagram).unwrap();
    let (_, method) = message.get(Name::CSeq).and_then(read::cseq)?;
    let begins = message.method().is_some_and(|method| method == b"INVITE");
    let in_talk = message.get(Name::To).is_some_and(|to| {
        let to = String::from_utf8_lossy(to);
        to.contains(";tag=")
    });
    let rings = matches!(message.code(), Some(180..=299));
    (method == b"INVITE" && (begins && !in_talk || rings))
        .then(|| read::leg_key(&message).unwrap().call_id.to_string())
}

/// How many calls are proven at least: each trunk's, or each of our own legs.
fn proven(events: &Events) -> usize {
    let of = |own: bool| {
        let of_kind = |event: &&Reaches| matches!(event, Reaches::Own { .. }) == own;
        let kind = events.iter().map(|(_, event)| event).filter(of_kind);
        kind.filter_map(proves).collect::<BTreeSet<_>>().len()
    };
    of(true).max(of(false))
}

/// How many calls are proven by what a service sends back: it dials a hotline for one caller on each Call-ID.
fn returned(events: &Events) -> usize {
    let returned = |event: &Reaches| match event {
        Reaches::Mirrored { source, payload, .. } if source.ip() == IpAddr::from(SERVICE) => {
            let text = String::from_utf8_lossy(payload);
            let dials = text.starts_with("INVITE sip:700@") || text.contains("To: <sip:400800124");
            let message = Message::parse(payload, Framing::Datagram).unwrap();
            let begins = dials && message.method() == Some(b"INVITE");
            begins.then(|| read::leg_key(&message).unwrap().call_id.to_string())
        }
        Reaches::Mirrored { .. } | Reaches::Own { .. } | Reaches::Notify { .. } => None,
    };
    events.iter().filter_map(|(_, event)| returned(event)).collect::<BTreeSet<_>>().len()
}

/// Where the recordings' service is.
const SERVICE: [u8; 4] = [127, 0, 0, 50];

/// The house of a recording: it is told of the service in the path of its calls.
fn house_of(name: &str, mode: Mode) -> Pbx {
    let services = name.starts_with('D').then(|| SERVICE.into()).into_iter().collect();
    Pbx { services, ..lab_of(name, mode) }
}

/// Here a service is called for the hotline and dials anew, with a Call-ID of its own, a number that leads to
/// a hotline itself. In a house that is not told of the service, that what comes back is the same call is said by
/// what was sent there alone. Where that is lost, or seen last of the three, nothing that was seen before tells the two from two callers of one number,
/// and one call more than there was may be told: never two more, each with times and an outcome as any other,
/// and never one for two (`ARCHITECTURE.md`, a service in the path of a call).
const REDIALLED: &str = "D7-dm-no-inline-group-700";
/// Here the service is a proxy that leaves the Call-ID and the dialled number standing: either of what was sent
/// and the caller's own leg is enough. With neither seen before what came back, its Via is a word that
/// every caller could write.
const LOOPED: [&str; 2] = ["D9-dm-no-plain-proxy-loop", "D9b-dm-no-plain-proxy-parallel-fork"];

/// Whether what comes back from a service is sure to be known for what it is. Where what was sent is seen between
/// it and its caller it is known too, as long as its first message is no late answer; the story below says so.
fn is_known_to_come_back(name: &str, arrives: &Events) -> bool {
    let Some((came, sent)) = before_it_came_back(name, arrives) else { return true };
    sent || LOOPED.contains(&name) && came
}

/// Whether the caller's INVITE, and the one that was sent to the service, are seen before anything that
/// comes back; `None` where no service sends the call back.
fn before_it_came_back(name: &str, arrives: &Events) -> Option<(bool, bool)> {
    let looped = LOOPED.contains(&name);
    if name != REDIALLED && !looped {
        return None;
    }
    let service = IpAddr::from(SERVICE);
    let carrier: IpAddr = "127.0.0.10".parse().unwrap();
    let invite = |message: &Message<'_>| message.method() == Some(b"INVITE");
    let is_answer = |message: &Message<'_>| matches!(message.code(), Some(101..=299));
    let of = |events: &Events, is: &dyn Fn(&Message<'_>, SocketAddr, SocketAddr) -> bool| {
        events.iter().position(|(_, event)| match event {
            Reaches::Mirrored { source, destination, payload, .. } => {
                let message = Message::parse(payload, Framing::Datagram).unwrap();
                is(&message, *source, *destination)
            }
            Reaches::Own { .. } | Reaches::Notify { .. } => false,
        })
    };
    let whole = events(name, Mode::Mirror);
    let Some(back) = of(&whole, &|message, source, _| invite(message) && source.ip() == service)
    else {
        unreachable!("{name} has a service")
    };
    let Reaches::Mirrored { payload, .. } = &whole[back].1 else { unreachable!() };
    let back = Message::parse(payload, Framing::Datagram).unwrap();
    let Some(leg) = read::leg_key(&back) else { unreachable!("{name} comes back by a leg") };
    let back = (back.get(Name::CallId), leg);
    // a proxy's way back has the Call-ID of the way there, and a branch of its own
    let is_back = |message: &Message<'_>| {
        message.get(Name::CallId) == back.0
            && (!looped || read::leg_key(message).is_some_and(|leg| leg == back.1))
    };
    let came = of(arrives, &|message, source, _| invite(message) && source.ip() == carrier);
    let sent = of(arrives, &|message, _, destination| {
        invite(message) && destination.ip() == service && !is_back(message)
    });
    let first = of(arrives, &|message, source, destination| {
        is_back(message)
            || looped && (invite(message) && source.ip() == service)
            || looped && is_answer(message) && destination.ip() == service
    });
    let before = |one: Option<usize>| one.is_some() && (first.is_none() || one < first);
    Some((before(came), before(sent)))
}

#[test]
fn what_comes_back_is_one_call_though_it_is_seen_before_what_was_sent_and_that_before_the_caller() {
    let (service, carrier): (IpAddr, IpAddr) =
        ("127.0.0.50".parse().unwrap(), "127.0.0.10".parse().unwrap());
    for name in [REDIALLED, LOOPED[0], LOOPED[1]] {
        let whole = events(name, Mode::Mirror);
        let invite = |event: &Reaches, is: &dyn Fn(IpAddr, IpAddr) -> bool| match event {
            Reaches::Mirrored { source, destination, payload, .. } => {
                payload.starts_with(b"INVITE ") && is(source.ip(), destination.ip())
            }
            Reaches::Own { .. } | Reaches::Notify { .. } => false,
        };
        let back = whole.iter().position(|(_, event)| invite(event, &|from, _| from == service));
        let back = whole[back.unwrap()].0;
        // the PBX has said that it tries, and no telephone rings yet
        let late = |(at, event): &(Moment, Reaches)| match event {
            event if invite(event, &|_, to| to == service) => (back.plus_millis(20), event.clone()),
            event if invite(event, &|from, _| from == carrier) => {
                (back.plus_millis(25), event.clone())
            }
            event => (*at, event.clone()),
        };
        let mut arrives: Events = whole.iter().map(late).collect();
        arrives.sort_by_key(|(at, _)| *at);
        let [was, is] = [&whole, &arrives].map(|events| {
            let calls = seen(&lab_of(name, Mode::Mirror), events);
            assert_eq!(calls.len(), 1, "{name}: {}", in_short(&calls));
            (calls[0].outcome, calls[0].answered_by.clone())
        });
        assert_eq!(was, is, "{name}");
    }
}

/// When the recording began and ended: by the PBX's clock, and by ours.
fn span(events: &Events) -> (Moment, Moment) {
    let times = |(at, event): &(Moment, Reaches)| match event {
        Reaches::Mirrored { at: own, .. } => [*own, *at],
        Reaches::Own { .. } | Reaches::Notify { .. } => [*at, *at],
    };
    let all: Vec<_> = events.iter().flat_map(times).collect();
    (*all.iter().min().unwrap(), *all.iter().max().unwrap())
}

fn is_sane(record: &Record, (begun, over): (Moment, Moment)) -> Result<(), TestCaseError> {
    prop_assert_eq!(record.state, State::Ended);
    prop_assert!(record.outcome.is_some());
    let order = [Some(record.offered_at), record.rang_at, record.answered_at, record.ended_at];
    let order: Vec<_> = order.into_iter().flatten().collect();
    let longest = over.millis_since(begun);
    for measured in [record.answer_ms, record.caller_wait_ms].into_iter().flatten() {
        prop_assert!((0..=longest).contains(&measured), "{measured} of {longest} ms: {record:?}");
    }
    prop_assert!(order.iter().all(|at| *at >= record.offered_at), "{record:?}");
    prop_assert!(order.iter().all(|at| *at >= begun && *at <= over), "{begun} {over} {record:?}");
    prop_assert!(record.ended_at.is_none() || record.ended_at >= record.answered_at);
    for leg in &record.legs {
        let order = [Some(leg.offered_at), leg.rang_at, leg.answered_at, leg.ended_at];
        prop_assert!(order.iter().flatten().is_sorted(), "{leg:?}");
    }
    let measured = !matches!(record.outcome, Some(Outcome::Met | Outcome::Late));
    prop_assert!(measured || record.answered_at.is_some());
    Ok(())
}

fn in_short(calls: &[Arc<Record>]) -> String {
    let leg = |leg: &switchboard::calls::LegRecord| {
        let at = |at: Option<Moment>| at.map_or("-".to_owned(), |at| at.to_string());
        let phone = leg.extension.as_ref().map_or("", |extension| extension.as_str());
        let (word, from) = (leg.kind.word(), leg.offered_at);
        format!("\n    {word} {phone} {from} {} {:?}", at(leg.ended_at), leg.end)
    };
    let call = |call: &Arc<Record>| {
        let legs: String = call.legs.iter().map(leg).collect();
        format!("\n  {} {:?} {:?}{legs}", call.offered_at, call.outcome, call.ended_at)
    };
    calls.iter().map(call).collect()
}

/// What the house says of what is left of a recording: as many calls as there were, and as are sure.
fn as_many(mode: Mode, name: &str, arrives: &Events) -> Result<Vec<Arc<Record>>, TestCaseError> {
    as_many_to(&house_of(name, mode), name, arrives, RECORDED[name])
}

/// The same in a house of that kind, which may tell of so many at most.
fn as_many_to(
    house: &Pbx,
    name: &str,
    arrives: &Events,
    most: usize,
) -> Result<Vec<Arc<Record>>, TestCaseError> {
    let calls = seen(house, arrives);
    // who is not told of the service takes what comes back for nobody's where its caller is not seen
    let told_of = if house.services.is_empty() { 0 } else { returned(arrives) };
    let least = proven(arrives).max(told_of);
    let told = calls.len();
    prop_assert!(
        (least..=most).contains(&told),
        "{name}: {told} of {least} to {most}: {}",
        in_short(&calls)
    );
    for call in &calls {
        is_sane(call, span(arrives))?;
    }
    Ok(calls)
}

#[test]
fn every_call_of_every_recording_is_proven_where_nothing_is_lost() {
    for (name, calls) in &*RECORDED {
        for mode in [Mode::Mirror, Mode::All] {
            assert_eq!(proven(&events(name, mode)), *calls, "{name} {mode:?}");
        }
        for mode in [Mode::Member, Mode::MemberAndDialog] {
            let own = events(name, Mode::Member);
            let heard = if own.is_empty() { 0 } else { *calls };
            assert_eq!(proven(&events(name, mode)), heard, "{name} {mode:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn mirrored_in_any_order_with_losses_and_doubles_it_is_one_call(
        name in recording(),
        fate in fate(3_000),
    ) {
        as_many(Mode::Mirror, &name, &fate.strike(&events(&name, Mode::Mirror)))?;
    }

    #[test]
    fn seen_in_every_way_in_any_order_with_losses_and_doubles_it_is_one_call(
        name in recording(),
        fate in fate(400),
    ) {
        as_many(Mode::All, &name, &fate.strike(&events(&name, Mode::All)))?;
    }

    #[test]
    fn ringing_along_in_any_order_with_losses_and_doubles_it_is_one_call(
        name in recording(),
        fate in fate(400),
    ) {
        as_many(Mode::Member, &name, &fate.strike(&events(&name, Mode::Member)))?;
    }

    #[test]
    fn ringing_along_and_watching_in_any_order_with_losses_and_doubles_it_is_one_call(
        name in recording(),
        fate in fate(400),
    ) {
        let events = events(&name, Mode::MemberAndDialog);
        as_many(Mode::MemberAndDialog, &name, &fate.strike(&events))?;
    }

    #[test]
    fn of_whatever_little_is_left_it_is_one_call(
        name in recording(),
        mode in prop::sample::select(vec![Mode::Member, Mode::MemberAndDialog, Mode::Mirror]),
        fate in ruin(),
    ) {
        as_many(mode, &name, &fate.strike(&events(&name, mode)))?;
    }

    #[test]
    fn held_up_and_let_go_in_any_order_it_is_one_call(
        name in recording(),
        order in prop::collection::vec(0_usize..1_000, 200),
    ) {
        as_many(Mode::Mirror, &name, &burst(&events(&name, Mode::Mirror), &order))?;
    }

    #[test]
    fn doubles_and_small_overtakings_change_no_outcome(
        name in recording(),
        fate in fate(40),
    ) {
        let each = fate.each.iter().map(|(_, twice, late)| (false, *twice, *late)).collect();
        let whole = Fate { each }.strike(&events(&name, Mode::Mirror));
        let was = as_many(Mode::Mirror, &name, &events(&name, Mode::Mirror))?;
        let is = as_many(Mode::Mirror, &name, &whole)?;
        prop_assert_eq!(told(&was), told(&is), "{}", name);
    }

    #[test]
    fn doubles_and_small_overtakings_change_no_outcome_where_nobody_tells_of_the_service(
        name in through_a_service(),
        fate in fate(40),
    ) {
        let each = fate.each.iter().map(|(_, twice, late)| (false, *twice, *late)).collect();
        let whole = Fate { each }.strike(&events(&name, Mode::Mirror));
        let (came, sent) = before_it_came_back(&name, &whole).unwrap_or((true, true));
        prop_assume!(came && sent || LOOPED.contains(&name.as_str()) && (came || sent));
        let house = lab_of(&name, Mode::Mirror);
        let was = as_many_to(&house, &name, &events(&name, Mode::Mirror), 1)?;
        let is = as_many_to(&house, &name, &whole, 1)?;
        prop_assert_eq!(told(&was), told(&is), "{}", name);
    }

    #[test]
    fn where_nobody_tells_of_the_service_it_is_one_call_more_at_most_and_only_if_the_link_is_lost(
        name in through_a_service(),
        fate in prop_oneof![fate(3_000), ruin()],
    ) {
        let arrives = fate.strike(&events(&name, Mode::Mirror));
        let most = 1 + usize::from(!is_known_to_come_back(&name, &arrives));
        as_many_to(&lab_of(&name, Mode::Mirror), &name, &arrives, most)?;
    }

    #[test]
    fn two_callers_of_one_number_or_of_none_who_come_back_from_a_service_are_never_one(
        name in through_a_service(),
        after in 0_i64..1_500,
        withheld in any::<bool>(),
        fate in fate(3_000),
    ) {
        let arrives = fate.strike(&two_of(&events(&name, Mode::Mirror), after, withheld));
        // whose leg is whose may stay open where much of both is late: one more may be told, none is hidden
        as_many_to(&house_of(&name, Mode::Mirror), &name, &arrives, 3)?;
    }
}

/// A recording, and the same again for a second caller so much later: by the same number, or both
/// withhold theirs.
fn two_of(events: &Events, after: i64, withheld: bool) -> Events {
    let anew = |event: &Reaches, second: bool| {
        let mut event = event.clone();
        if let Reaches::Mirrored { at, payload, .. } = &mut event {
            let mut text = String::from_utf8(std::mem::take(payload)).unwrap();
            if withheld {
                text = text.replace("13800001111@", "anonymous@");
            }
            if second {
                for name in ["Call-ID: ", "tag=", "branch=z9hG4bK"] {
                    text = text.replace(name, &format!("{name}2"));
                }
                *at = at.plus_millis(after);
            }
            *payload = text.into_bytes();
        }
        event
    };
    let first = events.iter().map(|(at, event)| (*at, anew(event, false)));
    let second = events.iter().map(|(at, event)| (at.plus_millis(after), anew(event, true)));
    let mut both: Events = first.chain(second).collect();
    both.sort_by_key(|(at, _)| *at);
    both
}

fn through_a_service() -> impl Strategy<Value = String> {
    prop::sample::select([&[REDIALLED][..], &LOOPED].concat()).prop_map(str::to_owned)
}

/// What is told of each call, in an order of its own.
fn told(calls: &[Arc<Record>]) -> Vec<(Option<Moment>, Option<Outcome>, Option<Extension>)> {
    let told = |call: &Arc<Record>| (call.rang_at, call.outcome, call.answered_by.clone());
    let mut told: Vec<_> = calls.iter().map(told).collect();
    told.sort();
    told
}
