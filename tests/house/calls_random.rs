//! The call book under random histories: whatever is heard, in whatever order, it stays sound.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use switchboard::calls::{
    Book, CallKey, Event, Happening, Limits, Outcome, Record, Restored, State,
};
use switchboard::config::Hotline;
use switchboard::kernel::{Cadence, Moment};
use switchboard::sip::{LegKey, LineChange, LineState, Offer, PartyId, What, Withdrawal};

use super::book_kit::{LISTENER, hotline, rules, sighting, wake_until};

/// Long enough for every patience to end.
const A_DAY_MS: i64 = 86_400_000;

/// One thing that is heard.
#[derive(Debug, Clone)]
enum Noise {
    Heard { leg: LegKey, what: What },
    Line { up: bool },
    Restart { down_ms: i64 },
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Noise: any facts about a few legs, time that mostly runs on and sometimes steps back, lines
    /// that come and go, restarts.
    #[test]
    fn any_noise_leaves_the_book_sound(
        noise in prop::collection::vec((pause(), any_noise()), 0..120),
    ) {
        let mut house = House::new(Limits::default());
        for (pause_ms, noise) in noise {
            house.hear(pause_ms, noise)?;
        }
        house.close()?;
    }

    /// Real calls whose messages are lost, doubled and shuffled on the way: no call of the book is
    /// without a caller, and no caller has more calls than legs.
    #[test]
    fn loss_doubling_and_disorder_never_invent_a_call(
        callers in prop::collection::vec((0_u8..3, 0_i64..30_000, any_withdrawal()), 1..12),
        fate in prop::collection::vec((0_u8..10, 0_i64..3000), 1..60),
    ) {
        let mut wire = Vec::new();
        let mut fates = fate.iter().cycle();
        let mut invited = BTreeMap::<String, usize>::new();
        for (index, (caller, rang_ms, withdrawal)) in callers.iter().enumerate() {
            let leg = leg(&format!("leg {index}"), "1");
            let begun = i64::try_from(index).unwrap() * 700;
            *invited.entry(offer(*caller).caller.user.unwrap_or_default()).or_default() += 1;
            for (at, what) in [
                (begun, What::Offered(Box::new(offer(*caller)))),
                (begun, What::Alerted),
                (begun + rang_ms, What::Withdrawn(*withdrawal)),
            ] {
                let (luck, late_ms) = fates.next().unwrap();
                for copy in 0..match luck { 0 => 0, 1 | 2 => 2, _ => 1 } {
                    wire.push((at + late_ms * copy, leg.clone(), what.clone()));
                }
            }
        }
        wire.sort_by_key(|(at, ..)| *at);
        let mut house = House::new(Limits::default());
        let mut last = 0;
        for (at, leg, what) in wire {
            house.hear(at - last, Noise::Heard { leg, what })?;
            last = at;
        }
        house.close()?;
        prop_assert!(house.log.len() <= callers.len());
        let mut calls = BTreeMap::<String, usize>::new();
        for record in house.log.values() {
            let id = &record.caller.id;
            let caller = if id.withheld { Some(String::new()) } else { id.user.clone() };
            // where only the end was heard nobody knows who it was
            if let Some(caller) = caller {
                *calls.entry(caller).or_default() += 1;
            }
        }
        for (caller, count) in calls {
            let invited = invited.get(&caller).copied().unwrap_or_default();
            prop_assert!(count <= invited, "{invited} legs became {count} calls");
        }
    }

    /// One caller, any promise, any rounds: the book says what the contract's tables say of the
    /// whole wait.
    #[test]
    fn one_caller_is_measured_as_the_contract_says(
        promise in any_promise(),
        rounds in prop::collection::vec((0_i64..8000, 0_i64..2000), 0..5),
        last_ms in 0_i64..30_000,
        withdrawal in any_withdrawal(),
    ) {
        let begun = Moment::parse_rfc3339("2026-11-23T10:00:00+08:00").unwrap();
        let mut book = Book::new(rules(std::slice::from_ref(&promise)), begun.plus_millis(-A_DAY_MS));
        let round_over = Withdrawal { q850: Some(0), ..Withdrawal::default() };
        let ends = rounds.iter().map(|&(ring_ms, pause_ms)| (ring_ms, pause_ms, round_over));
        let mut at = begun;
        for (index, (ring_ms, pause_ms, why)) in ends.chain([(last_ms, 0, withdrawal)]).enumerate() {
            let leg = leg(&format!("round {index}"), "1");
            for (wait_ms, what) in [
                (0, What::Offered(Box::new(offer(1)))),
                (0, What::Alerted),
                (ring_ms, What::Withdrawn(why)),
            ] {
                at = at.plus_millis(wait_ms);
                wake_until(&mut book, at);
                book.see(sighting(at, &leg, what));
            }
            if index < rounds.len() {
                at = at.plus_millis(pause_ms);
            }
        }
        wake_until(&mut book, at.plus_millis(A_DAY_MS));
        let happenings: Vec<_> = std::iter::from_fn(|| book.poll()).collect();
        let record = &happenings.last().unwrap().record;
        prop_assert!(happenings.iter().all(|happening| happening.record.uid == record.uid));

        let waited_ms = at.millis_since(begun);
        let cycle_ms = promise.cadence.cycle_ms();
        let broken_ms = promise.target_ms();
        let short_ms = cycle_ms * i64::from(promise.short_abandon_rings);
        let outcome = match withdrawal.elsewhere {
            true if waited_ms < broken_ms => Outcome::Met,
            true => Outcome::Late,
            false if waited_ms < short_ms => Outcome::AbandonedShort,
            false => Outcome::Abandoned,
        };
        prop_assert_eq!(record.outcome, Some(outcome));
        prop_assert_eq!(i64::from(record.rings), waited_ms / cycle_ms + 1);
        prop_assert_eq!(record.answer_ms, withdrawal.elsewhere.then_some(waited_ms));
        prop_assert_eq!(record.ended_at, (!withdrawal.elsewhere).then_some(at));
        let last_ring_ms = cycle_ms * i64::from(promise.target_rings - 1);
        let begins = [(4, broken_ms), (3, last_ring_ms.max(1)), (2, cycle_ms)];
        let sounded = |&(level, after_ms): &(u8, i64)| {
            let alarm = level == 4 || (after_ms > 1 && after_ms < broken_ms);
            (alarm && after_ms <= waited_ms).then_some(level)
        };
        prop_assert_eq!(record.alarm, begins.iter().filter_map(sounded).max().unwrap_or(0));
    }

    /// A small book refuses what does not fit, counts it, and stays sound.
    #[test]
    fn a_full_book_stays_sound(noise in prop::collection::vec((0_i64..300, any_noise()), 0..120)) {
        let mut house = House::new(Limits { calls: 2, ..Limits::default() });
        for (pause_ms, noise) in noise {
            house.hear(pause_ms, noise)?;
            prop_assert!(house.book.live() <= 2);
        }
        house.close()?;
    }
}

/// A house that checks the book after every step.
struct House {
    book: Book,
    limits: Limits,
    begun: Moment,
    now: Moment,
    /// The log, by the call's name for all time.
    log: BTreeMap<String, Record>,
    keys: BTreeMap<CallKey, String>,
    alarms: BTreeMap<String, u8>,
}

impl House {
    fn new(limits: Limits) -> Self {
        let now = Moment::parse_rfc3339("2026-11-23T10:00:00+08:00").unwrap();
        let rules = rules(&[hotline("4008001234")]);
        let book = Book::with_limits(rules, now, limits);
        Self {
            book,
            limits,
            begun: now,
            now,
            log: BTreeMap::new(),
            keys: BTreeMap::new(),
            alarms: BTreeMap::new(),
        }
    }

    fn hear(&mut self, pause_ms: i64, noise: Noise) -> Result<(), TestCaseError> {
        let at = self.now.plus_millis(pause_ms);
        self.now = self.now.max(at);
        wake_until(&mut self.book, at);
        match noise {
            Noise::Heard { leg, what } => {
                // names come again, but not after they were forgotten
                let age = self.now.millis_since(self.begun) / (Book::REMEMBERED_MS - 50_000);
                let leg = self::leg(&format!("{} of age {age}", leg.call_id), &leg.branch);
                self.book.see(sighting(at, &leg, what));
            }
            Noise::Line { up } => {
                let state = if up {
                    LineState::Registered { until: at }
                } else {
                    LineState::Down { reason: "unreachable", status: None }
                };
                self.book.line(&LineChange { at, since: at, source: LISTENER, state });
            }
            Noise::Restart { down_ms } => self.restart(down_ms)?,
        }
        self.listen()
    }

    fn restart(&mut self, down_ms: i64) -> Result<(), TestCaseError> {
        self.listen()?;
        let down_at = self.now;
        self.now = self.now.plus_millis(down_ms);
        self.book = Book::with_limits(rules(&[hotline("4008001234")]), self.now, self.limits);
        self.keys.clear();
        let mut live = Vec::new();
        for record in self.log.values() {
            if record.state == State::Ended {
                for leg in &record.legs {
                    self.book.remember(&leg.key, leg.ended_at.unwrap_or(record.offered_at));
                }
            } else {
                live.push(Restored { record: record.clone() });
            }
        }
        let count = live.len();
        let keys = self.book.restore(live, down_at, self.now);
        prop_assert_eq!(keys.len(), count);
        wake_until(&mut self.book, self.now);
        Ok(())
    }

    fn close(&mut self) -> Result<(), TestCaseError> {
        self.now = self.now.plus_millis(A_DAY_MS);
        wake_until(&mut self.book, self.now);
        self.listen()?;
        prop_assert_eq!(self.book.live(), 0, "a book left alone empties itself");
        prop_assert_eq!(self.book.next_alarm(), None);
        let unended = self.log.values().filter(|record| record.state != State::Ended).count();
        prop_assert_eq!(unended, 0);
        let mut legs = BTreeSet::new();
        for record in self.log.values() {
            for leg in &record.legs {
                prop_assert!(legs.insert(leg.key.clone()), "a leg is in two calls");
            }
        }
        Ok(())
    }

    fn listen(&mut self) -> Result<(), TestCaseError> {
        while let Some(happening) = self.book.poll() {
            self.check(&happening)?;
            let record = Record::clone(&happening.record);
            self.log.insert(record.uid.to_string(), record);
        }
        let live = self.log.values().filter(|record| record.state != State::Ended).count();
        prop_assert_eq!(self.book.live(), live, "the count is what the log says");
        Ok(())
    }

    fn check(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        let record = &happening.record;
        let uid = record.uid.to_string();
        let name = self.keys.entry(happening.key).or_insert_with(|| uid.clone());
        prop_assert_eq!(&*name, &uid, "a key means one call");

        let ended = record.state == State::Ended;
        prop_assert_eq!(record.outcome.is_some(), ended, "the outcome is set when it is over");
        let times = [record.rang_at, record.answered_at, record.ended_at];
        for at in times.into_iter().flatten() {
            prop_assert!(at >= record.offered_at);
        }
        for (rang, later) in record.rang_at.into_iter().zip(record.answered_at.or(record.ended_at))
        {
            prop_assert!(later >= rang);
        }
        for span in [record.answer_ms, record.caller_wait_ms].into_iter().flatten() {
            prop_assert!(span >= 0);
        }
        for leg in &record.legs {
            for at in [leg.rang_at, leg.ended_at].into_iter().flatten() {
                prop_assert!(at >= leg.offered_at);
            }
        }
        prop_assert_eq!(record.end_seen, record.ended_at.is_some());
        match record.outcome {
            Some(Outcome::Met | Outcome::Late) => {
                prop_assert!(record.answer_ms.is_some());
                let within = record.answer_ms < Some(record.promise.target_ms);
                prop_assert_eq!(record.outcome == Some(Outcome::Met), within);
            }
            Some(Outcome::Abandoned | Outcome::AbandonedShort) => {
                prop_assert!(record.rang_at.is_some() && record.answered_at.is_none());
            }
            Some(Outcome::NotOffered) => prop_assert_eq!(record.rings, 0),
            Some(Outcome::MachineOnly) => prop_assert!(false, "a member cannot know that"),
            Some(Outcome::Unmeasured) | None => {}
        }

        let before = self.log.get(&uid);
        match before {
            None => prop_assert!(
                matches!(happening.what, Event::Offered | Event::Ended { .. }),
                "a call begins with its offer, or only its end was heard"
            ),
            Some(before) => {
                prop_assert!(happening.what != Event::Offered, "no call begins twice");
                prop_assert_eq!(before.offered_at, record.offered_at);
                prop_assert!(before.rang_at.is_none() || before.rang_at == record.rang_at);
                let amended = happening.what == Event::Amended;
                let unmeasured = before.outcome == Some(Outcome::Unmeasured);
                if before.state == State::Ended {
                    prop_assert!(
                        unmeasured && (amended || happening.what == Event::LegEnded),
                        "only what was not measured can be amended: {:?} after {:?}",
                        happening.what,
                        before.outcome
                    );
                }
            }
        }
        let alarm = self.alarms.entry(uid).or_default();
        prop_assert!(record.alarm >= *alarm, "alarms only rise");
        if let Event::Ring { level, .. } = happening.what {
            prop_assert!(level > *alarm, "no alarm sounds twice");
        }
        if let Event::Breach { .. } = happening.what {
            prop_assert!(*alarm < 4, "no alarm sounds twice");
        }
        *alarm = record.alarm;
        Ok(())
    }
}

fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0_i64..3000, 2 => 3000_i64..40_000, 1 => -5000_i64..0, 1 => 250_000_i64..400_000]
}

fn any_noise() -> impl Strategy<Value = Noise> {
    let what = prop_oneof![
        4 => (0_u8..3).prop_map(|caller| What::Offered(Box::new(offer(caller)))),
        3 => Just(What::Alerted),
        4 => any_withdrawal().prop_map(What::Withdrawn),
        1 => Just(What::Refused(486)),
        1 => Just(What::Lost),
    ];
    prop_oneof![
        20 => (0_u8..6, 0_u8..3, what).prop_map(|(call_id, branch, what)| Noise::Heard {
            leg: leg(&format!("call {call_id}"), &branch.to_string()),
            what,
        }),
        1 => any::<bool>().prop_map(|up| Noise::Line { up }),
        1 => (0_i64..60_000).prop_map(|down_ms| Noise::Restart { down_ms }),
    ]
}

fn any_promise() -> impl Strategy<Value = Hotline> {
    let cadence = prop::sample::select(vec!["CN", "UK", "US"]);
    let limit = prop::option::of(1000_i64..30_000);
    (cadence, 1_u32..6, limit, 0_u32..3, 1_u32..6).prop_map(
        |(cadence, target_rings, target_limit_ms, short_abandon_rings, colleague_rings)| Hotline {
            cadence: Cadence::named(cadence).unwrap(),
            target_rings,
            target_limit_ms,
            short_abandon_rings,
            colleague_rings,
            ..hotline("4008001234")
        },
    )
}

fn any_withdrawal() -> impl Strategy<Value = Withdrawal> {
    let causes = prop::sample::select(vec![None, Some(0), Some(16), Some(17), Some(127)]);
    (prop::bool::weighted(0.3), causes).prop_map(|(elsewhere, q850)| Withdrawal {
        elsewhere,
        q850,
        sip: None,
    })
}

/// Caller 0 is withheld.
fn offer(caller: u8) -> Offer {
    let user = (caller > 0).then(|| format!("1380000123{caller}"));
    let caller = PartyId { withheld: user.is_none(), user, display: None };
    Offer { caller, ..Offer::default() }
}

fn leg(call_id: &str, branch: &str) -> LegKey {
    LegKey { call_id: call_id.into(), branch: branch.into() }
}
