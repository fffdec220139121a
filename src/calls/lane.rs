//! The way of ladder messages into the store: beside the news, never before it. A call that begins, an alarm,
//! an answer wait for no message of a ladder; a message waits for its call.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Sleep;

use super::doing::{Doing, Pause, Step};
use super::pending::{GivenUp, Known};
use super::record::CallKey;
use super::store::{self, Ladder, WireEntry};
use crate::db::{Db, Error, Stamp};
use crate::kernel::Moment;
use crate::meters::Meters;
use crate::sip::Wire;

/// Messages that wait at most.
const WIRES_MOST: usize = 4_096;
/// Their bytes.
const WIRE_BYTES_MOST: usize = 8 << 20;
/// Messages of one change: an embedded store has one writer, and whatever comes next waits for its end.
const LADDER_MOST: usize = 128;
/// Messages wait so long for others, so that they cost one change together. Whoever reads them asks first
/// ([`super::LiveCalls::written`]).
const LATER: Duration = Duration::from_millis(200);

/// Messages that wait: bounded, the oldest given up first.
#[derive(Debug, Default)]
pub(super) struct Ladders {
    wires: VecDeque<WireEntry>,
    bytes: usize,
    /// How many were heard so far.
    heard: u64,
}

impl Ladders {
    /// A message of a call passed.
    fn heard(&mut self, key: CallKey, wire: Wire) -> Option<GivenUp> {
        self.heard += 1;
        self.bytes += wire.text.len();
        self.wires.push_back(WireEntry { n: self.heard, key, id: None, wire });
        let mut given_up = None;
        while self.wires.len() > WIRES_MOST || self.bytes > WIRE_BYTES_MOST {
            let Some(oldest) = self.wires.pop_front() else { break };
            self.bytes -= oldest.wire.text.len();
            given_up = Some(GivenUp::Wire);
        }
        given_up
    }

    /// The next change's worth, oldest first, of calls that the log has. Those of calls that are not stored
    /// yet (`early`) wait on; a call that the log will never have takes its messages with it.
    fn take(&mut self, known: &Known, early: impl Fn(CallKey) -> bool) -> Vec<WireEntry> {
        let mut taken = Vec::new();
        let mut left = Vec::new();
        while taken.len() < LADDER_MOST
            && let Some(wire) = self.wires.pop_front()
        {
            let id = known.id(wire.key);
            if id.is_none() && early(wire.key) {
                left.push(wire);
                continue;
            }
            self.bytes -= wire.wire.text.len();
            if id.is_some() {
                taken.push(WireEntry { id, ..wire });
            }
        }
        for wire in left.into_iter().rev() {
            self.wires.push_front(wire);
        }
        taken
    }
}

/// The way itself.
pub(super) struct Lane {
    queue: Ladders,
    /// Parts of a refused list, to be tried one by one.
    parts: VecDeque<WireEntry>,
    /// Runs while messages wait for others; over when it is their turn.
    later: Option<Pin<Box<Sleep>>>,
    doing: Doing<Ladder, ()>,
    pause: Pause,
    mark: (Moment, u64),
}

impl Lane {
    pub(super) fn new(now: Moment) -> Self {
        Self {
            queue: Ladders::default(),
            parts: VecDeque::new(),
            later: None,
            doing: Doing::Nothing,
            pause: Pause::default(),
            mark: (now, 0),
        }
    }

    /// A message of a call passed.
    pub(super) fn heard(&mut self, key: CallKey, wire: Wire) -> Option<GivenUp> {
        self.queue.heard(key, wire)
    }

    /// How many messages were heard so far.
    pub(super) fn count(&self) -> u64 {
        self.queue.heard
    }

    /// Whether every message up to the `n`th is stored or was given up.
    pub(super) fn has_stored(&self, n: u64) -> bool {
        let doing = self.doing.what().and_then(|ladder| ladder.wires.first());
        let oldest = [doing, self.parts.front(), self.queue.wires.front()];
        oldest.into_iter().flatten().all(|wire| wire.n > n)
    }

    /// How many messages the store has not got yet.
    pub(super) fn len(&self) -> usize {
        let doing = self.doing.what().map_or(0, |ladder| ladder.wires.len());
        self.queue.wires.len() + self.parts.len() + doing
    }

    /// Whether a change is under way.
    pub(super) fn is_busy(&self) -> bool {
        !self.doing.is_nothing()
    }

    /// Whether it is the messages' turn: somebody waits for them (`asked`), they are many, or they waited
    /// long enough for each other and no `news` is to be stored.
    pub(super) fn is_due(&mut self, news: bool, asked: bool) -> bool {
        if self.is_busy() || self.len() == 0 {
            return false;
        }
        if asked || !self.parts.is_empty() || self.queue.wires.len() >= LADDER_MOST {
            return true;
        }
        let later = self.later.get_or_insert_with(|| Box::pin(tokio::time::sleep(LATER)));
        later.is_elapsed() && !news
    }

    /// Begins the next change, where a message of a call in the log waits.
    pub(super) fn begin(
        &mut self,
        db: &Db,
        now: Moment,
        known: &Known,
        early: impl Fn(CallKey) -> bool,
    ) {
        let wires = match self.parts.pop_front() {
            Some(part) => vec![part],
            None => self.queue.take(known, early),
        };
        if self.queue.wires.is_empty() {
            self.later = None;
        }
        if wires.is_empty() {
            return;
        }
        self.mark.1 += 1;
        let mark = format!("{}-{}", self.mark.0.millis(), self.mark.1);
        self.write(db, now, Arc::new(Ladder { mark, wires }));
    }

    fn write(&mut self, db: &Db, now: Moment, ladder: Arc<Ladder>) {
        let writing = written(db.clone(), Stamp { now, by: None }, ladder.clone());
        self.doing = Doing::Writing(ladder, Box::pin(writing));
    }

    /// Waits for what is being done, or else until it is the messages' turn; for ever where nothing is to
    /// come.
    pub(super) async fn next(&mut self) -> Option<Step<()>> {
        match (&mut self.doing, &mut self.later) {
            (Doing::Nothing, Some(later)) if !later.is_elapsed() => {
                later.await;
                None
            }
            (doing, _) => Some(doing.step().await),
        }
    }

    /// A change came to its end, or a pause did. How the store is, where that is known from it.
    pub(super) fn did(
        &mut self,
        db: &Db,
        now: Moment,
        meters: &Meters,
        step: Step<()>,
    ) -> Option<Result<(), Error>> {
        match (std::mem::replace(&mut self.doing, Doing::Nothing), step) {
            (Doing::Writing(..), Step::Stored(Ok(()))) => {
                self.pause.over();
                Some(Ok(()))
            }
            (Doing::Writing(ladder, _), Step::Stored(Err(error))) => {
                meters.store_failures.inc();
                if error.is_about_values() {
                    // a store that refuses is in no trouble
                    self.pause.over();
                    self.refused(&ladder, &error, meters);
                    return Some(Ok(()));
                }
                self.doing = self.pause.rest(ladder);
                Some(Err(error))
            }
            (Doing::Resting(ladder, _), Step::Rested) => {
                self.write(db, now, ladder);
                None
            }
            (other, _) => {
                self.doing = other;
                None
            }
        }
    }

    /// A list of which a message is refused: each is tried alone, and one alone is left out.
    fn refused(&mut self, ladder: &Ladder, error: &Error, meters: &Meters) {
        if ladder.wires.len() > 1 {
            self.parts.extend(ladder.wires.iter().cloned());
            return;
        }
        let code = error.code();
        tracing::error!(code, "the store refuses a message of a ladder; it is left out");
        meters.drop_one("refused_by_store");
    }
}

/// Stores messages by one statement, or by a change of several where that fails: stored once in any case.
async fn written(db: Db, stamp: Stamp, ladder: Arc<Ladder>) -> Result<(), Error> {
    let one = ladder.clone();
    let alone = db.write_aside(stamp, move |alone| {
        Box::pin(async move { store::put_messages_alone(alone, &one).await })
    });
    let Err(error) = alone.await else { return Ok(()) };
    tracing::debug!(%error, "messages of ladders are tried the long way");
    let writing = db.write(stamp, move |tx| {
        let ladder = ladder.clone();
        Box::pin(async move { store::put_messages(tx, &ladder).await })
    });
    writing.await
}

#[cfg(test)]
mod tests {
    use super::super::record::Record;
    use super::super::store::Place;
    use super::*;
    use crate::bus::Bus;
    use crate::config::Transport;
    use crate::kernel::CallId;
    use crate::sip::{LegKey, Way};

    fn wire(bytes: usize) -> Wire {
        Wire {
            at: Moment::from_millis(0),
            leg: LegKey { call_id: "a".into(), branch: "b".into() },
            way: Way::In,
            transport: Transport::Udp,
            local: ([127, 0, 0, 1], 5060).into(),
            peer: ([127, 0, 0, 1], 5070).into(),
            text: "x".repeat(bytes).into(),
        }
    }

    fn knowing(calls: &[u64]) -> Known {
        let mut known = Known::default();
        for &call in calls {
            let record = Arc::new(Record::sample("main/1", Moment::from_millis(0)));
            let id = CallId(i64::try_from(call).unwrap());
            known.learn(CallKey(call), Place { id, record }, false);
        }
        known
    }

    fn taken(queue: &mut Ladders, known: &Known, early: &[u64]) -> Vec<u64> {
        let wires = queue.take(known, |key| early.contains(&key.0));
        assert!(wires.iter().all(|wire| wire.id == known.id(wire.key)));
        wires.iter().map(|wire| wire.n).collect()
    }

    #[test]
    fn a_message_never_goes_before_its_call_and_is_never_overtaken_by_its_next() {
        let mut queue = Ladders::default();
        for key in [1, 2, 1, 2, 3] {
            queue.heard(CallKey(key), wire(10));
        }
        // the second call is on its way into the log; the third will never be there
        assert_eq!(taken(&mut queue, &knowing(&[1]), &[2]), [1, 3]);
        queue.heard(CallKey(2), wire(10));
        assert_eq!(taken(&mut queue, &knowing(&[1]), &[2]), [0; 0]);
        assert_eq!(taken(&mut queue, &knowing(&[1, 2]), &[]), [2, 4, 6]);
        assert_eq!((queue.wires.len(), queue.bytes), (0, 0));
    }

    #[test]
    fn a_long_trouble_costs_the_oldest_messages_and_a_change_holds_few() {
        let mut queue = Ladders::default();
        let given_up: Vec<_> =
            (0..9).filter_map(|_| queue.heard(CallKey(1), wire(1 << 20))).collect();
        assert_eq!(given_up, [GivenUp::Wire]);
        assert_eq!(taken(&mut queue, &knowing(&[1]), &[]), (2..=9).collect::<Vec<_>>());
        for _ in 0..4_096 {
            assert_eq!(queue.heard(CallKey(1), wire(1)), None);
        }
        assert_eq!(queue.heard(CallKey(1), wire(1)), Some(GivenUp::Wire));
        let first = taken(&mut queue, &knowing(&[1]), &[]);
        assert_eq!((first.len(), first[0]), (LADDER_MOST, 11));
    }

    #[tokio::test]
    async fn messages_wait_for_news_unless_they_are_many_or_somebody_asks() {
        let mut lane = Lane::new(Moment::from_millis(0));
        assert!(!lane.is_due(false, true), "there are none");
        lane.heard(CallKey(1), wire(10));
        assert!(!lane.is_due(false, false), "others may come");
        assert!(lane.is_due(true, true), "somebody asks");
        lane.later = Some(Box::pin(tokio::time::sleep(Duration::ZERO)));
        assert!(lane.next().await.is_none());
        assert!(!lane.is_due(true, false), "news goes first");
        assert!(lane.is_due(false, false), "they waited long enough");
        assert!(!lane.has_stored(1) && lane.has_stored(0));
        for _ in 1..LADDER_MOST {
            lane.heard(CallKey(1), wire(10));
        }
        assert!(lane.is_due(true, false), "they are many");
    }

    #[tokio::test]
    async fn a_store_that_refuses_a_message_is_in_no_trouble_and_the_others_are_tried_alone() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("house.db").display());
        let db = Db::open(&url, Bus::new()).await.unwrap();
        let (now, meters) = (Moment::from_millis(0), Meters::new());
        let mut lane = Lane::new(now);
        let one = |n: u64| WireEntry { n, key: CallKey(1), id: Some(CallId(1)), wire: wire(10) };
        let refused = |lane: &mut Lane, all: &[u64]| {
            let wires = all.iter().map(|&n| one(n)).collect();
            let ladder = Arc::new(Ladder { mark: String::new(), wires });
            lane.doing = Doing::Writing(ladder, Box::pin(std::future::pending()));
            let step = Step::Stored(Err(Error::Refused("too long".to_owned())));
            lane.did(&db, now, &meters, step)
        };
        assert!(matches!(refused(&mut lane, &[1, 2]), Some(Ok(()))));
        assert!(!lane.is_busy() && lane.len() == 2 && lane.is_due(true, false));
        lane.parts.clear();
        assert!(matches!(refused(&mut lane, &[1]), Some(Ok(()))));
        assert!(lane.has_stored(1), "it is left out");
    }
}
