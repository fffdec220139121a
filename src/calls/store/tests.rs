//! Stories of the store alone, on both engines: what no source tells yet, or only in a bad hour.

use std::sync::Arc;

use super::super::call::{AnsweredBy, LegEnd, Outcome, State, TransferKind};
use super::super::pending::Known;
use super::super::record::{CallKey, Event, LegKind, LegRecord, Party, Record, TransferRecord};
use super::*;
use crate::config::{Config, Transport};
use crate::db::Stamp;
use crate::kernel::{Extension, PbxId};
use crate::sip::{LegKey, PartyId, Way, Wire};

#[path = "../../../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories of the house use the rest")]
mod kit;
mod plans;

const SITE: &str = "[[pbx]]\nname = \"main\"\naddress = \"sip:127.0.0.1:5070\"\nmember = false\n\
    [[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\n";

/// So many milliseconds after noon of the 23rd in Nanjing.
fn at(millis: i64) -> Moment {
    Moment::from_millis(1_795_406_400_000 + millis)
}

fn extension(number: &str) -> Extension {
    number.parse().unwrap()
}

fn leg(name: &str, kind: LegKind, number: Option<&str>) -> LegRecord {
    let key = LegKey { call_id: format!("{name}@pbx").into(), branch: name.into() };
    let extension = number.map(extension);
    LegRecord { kind, extension, ..LegRecord::member(&key, 0, at(10)) }
}

fn config() -> Arc<Config> {
    Arc::new(crate::config::parse("switchboard.toml", SITE, &[]).unwrap())
}

/// A log to write in, and what is known of the calls in it.
struct Log {
    db: Db,
    known: Known,
    order: u64,
}

impl Log {
    fn new(db: &Db) -> Self {
        Self { db: db.clone(), known: Known::default(), order: 0 }
    }

    fn entry(&mut self, key: u64, record: &Record, what: Event) -> Entry {
        self.order += 1;
        let events = vec![(self.order, record.offered_at, what)];
        Entry { key: CallKey(key), place: None, record: Arc::new(record.clone()), events }
    }

    /// Stores as the writer does, and gives the calls as they are told.
    async fn store(&mut self, entries: Vec<Entry>) -> Vec<Arc<Call>> {
        let mut batch = Batch { mark: "1".into(), entries, ..Batch::default() };
        self.known.fill(&mut batch);
        let batch = Arc::new(batch);
        let (taken, config) = (batch.clone(), config());
        let stored = self.db.write(Stamp { now: at(0), by: None }, move |tx| {
            let (batch, config) = (taken.clone(), config.clone());
            Box::pin(async move { store(tx, &batch, &config).await })
        });
        let stored = stored.await.unwrap();
        for ((key, call), entry) in stored.iter().zip(&batch.entries) {
            assert_eq!(*key, entry.key);
            let place = Place { id: call.id, record: entry.record.clone() };
            self.known.learn(*key, place, call.state == State::Ended);
        }
        stored.into_iter().map(|(_, call)| call).collect()
    }

    async fn one(&mut self, key: u64, record: &Record, what: Event) -> Arc<Call> {
        let entry = self.entry(key, record, what);
        let told = self.store(vec![entry]).await.pop().unwrap();
        assert_eq!(*told, call(&self.db, told.id).await.unwrap(), "told as it is stored");
        told
    }
}

/// A call that is talked, seen on the trunk and on three telephones.
fn talked() -> Record {
    let mut lifted = leg("b", LegKind::Position, Some("801"));
    lifted.rang_at = Some(at(20));
    lifted.answered_at = Some(at(5_000));
    let mut left = leg("c", LegKind::Extension, Some("805"));
    (left.ended_at, left.end) = (Some(at(9_000)), Some(LegEnd::Transferred));
    Record {
        hotline: Some(0),
        state: State::Answered,
        answered_at: Some(at(5_000)),
        answer_rings: Some(1),
        answer_ms: Some(5_000),
        caller_wait_ms: Some(5_000),
        answered_by: Some(extension("801")),
        trunk: Some("a@carrier".into()),
        transfers: vec![
            TransferRecord {
                at: at(9_000),
                kind: TransferKind::Blind,
                from: Some(extension("801")),
                to: Some(extension("805")),
            },
            TransferRecord { at: at(9_500), kind: TransferKind::Pickup, from: None, to: None },
        ],
        legs: vec![
            leg("a", LegKind::Trunk, None),
            lifted,
            left,
            leg("d", LegKind::Outside, None),
            leg("e", LegKind::Member, None),
        ],
        detours: ["d", "f"].map(|name| leg(name, LegKind::Outside, None).key).into(),
        ..Record::sample("main/1", at(0))
    }
}

#[tokio::test]
async fn a_call_that_is_talked_comes_back_whole_after_a_restart() {
    for fresh in kit::stores().await {
        let record = talked();
        let told = Log::new(&fresh.db).one(1, &record, Event::Transferred).await;
        let answered = AnsweredBy { extension: Some(extension("801")), staff: None };
        assert_eq!(told.answered_by, Some(answered));
        assert_eq!(told.transfers[0].to.as_deref(), Some("805"));
        assert_eq!(told.legs.len(), 5);
        let kept = kept(&fresh.db, &config()).await.unwrap();
        assert_eq!(kept.records, [(told.id, record)]);
        let legs = legs_of(&fresh.db, told.id).await.unwrap();
        let services: Vec<_> = legs.iter().filter(|leg| leg.service).collect();
        assert_eq!((services.len(), services[0].name.as_str()), (1, "main d@pbx d"));
    }
}

#[tokio::test]
async fn a_transfer_that_becomes_clearer_is_told_anew_and_not_twice() {
    for fresh in kit::stores().await {
        let mut log = Log::new(&fresh.db);
        let mut record = talked();
        record.transfers.truncate(1);
        record.transfers[0].to = None;
        log.one(1, &record, Event::Transferred).await;
        record.transfers = talked().transfers;
        let told = log.one(1, &record, Event::Transferred).await;
        assert_eq!((told.version, told.transfers.len()), (2, 2));
        assert_eq!(told.transfers[0].to.as_deref(), Some("805"));
    }
}

#[tokio::test]
async fn a_source_that_saw_the_call_earlier_and_knows_the_caller_corrects_the_log() {
    for fresh in kit::stores().await {
        let mut log = Log::new(&fresh.db);
        let mut record = Record::sample("main/1", at(500));
        log.one(1, &record, Event::Ringing).await;
        // just before midnight in Nanjing: another day, another hour
        let midnight = -12 * 3_600_000;
        record.offered_at = at(midnight - 1);
        record.hotline = Some(0);
        let user = Some("13800001234".to_owned());
        record.caller =
            Arc::new(Party::of(PartyId {
                user, display: Some("王先生".into()), withheld: false
            }));
        let told = log.one(1, &record, Event::LegBegan).await;
        assert_eq!((told.offered_at, told.rang_at), (at(midnight - 1), Some(at(500))));
        assert_eq!(told.hotline.as_ref().map(|of| of.name.as_str()), Some("400"));
        assert_eq!(told.caller.number.as_deref(), Some("+8613800001234"));
        let found = async |q: &str| {
            let filter = Filter { q: Some(q.into()), ..Filter::default() };
            page(&fresh.db, &filter, 10, None).await.unwrap().items.len()
        };
        assert_eq!((found("王先生").await, found("1234").await), (1, 1));
        let day = |date: &str| date.parse().unwrap();
        assert_eq!(figures(&fresh.db, day("2026-11-22")).await.unwrap().seen, 1);
        assert_eq!(figures(&fresh.db, day("2026-11-23")).await.unwrap().seen, 0);
    }
}

#[tokio::test]
async fn a_leg_that_turns_out_to_be_another_calls_goes_there_and_stays() {
    for fresh in kit::stores().await {
        let mut log = Log::new(&fresh.db);
        let mut first = Record::sample("main/1", at(0));
        let mut second = Record::sample("main/2", at(5));
        let mut moved = leg("b", LegKind::Member, None);
        moved.offered_at = at(12);
        first.legs = vec![leg("a", LegKind::Member, None), moved];
        second.legs = vec![leg("c", LegKind::Member, None)];
        let began = log.entry(1, &first, Event::Offered);
        let other = log.entry(2, &second, Event::Offered);
        log.store(vec![began, other]).await;

        // both tell of it in one batch, the older news of the second call as it stood before
        second.legs.push(first.legs[1].clone());
        let newer = log.entry(2, &second, Event::LegBegan);
        let mut older = log.entry(1, &first, Event::Ringing);
        older.events[0].0 = 0;
        log.store(vec![newer, older]).await;
        first.legs.pop();
        log.one(1, &first, Event::LegEnded).await;
        assert_eq!(call(&fresh.db, CallId(1)).await.unwrap().legs.len(), 1);
        assert_eq!(call(&fresh.db, CallId(2)).await.unwrap().legs.len(), 2);
        let kept = kept(&fresh.db, &config()).await.unwrap();
        assert_eq!(kept.records, [(CallId(1), first), (CallId(2), second)]);
    }
}

#[tokio::test]
async fn a_ghost_takes_no_leg_from_the_call_it_resembles() {
    for fresh in kit::stores().await {
        let record = Record {
            legs: vec![leg("a", LegKind::Member, None)],
            ..Record::sample("main/1", at(0))
        };
        Log::new(&fresh.db).one(1, &record, Event::Offered).await;
        // the house was killed and remembers nothing; the PBX repeats itself
        let mut log = Log::new(&fresh.db);
        let ghost = Record { rang_at: None, state: State::Offered, ..record.clone() };
        let entry = log.entry(7, &ghost, Event::Offered);
        assert!(log.store(vec![entry]).await.is_empty());
        let kept = kept(&fresh.db, &config()).await.unwrap();
        assert_eq!(kept.records, [(CallId(1), record)]);
        assert_eq!(kept.records[0].1.pbx, PbxId(0));
    }
}

#[tokio::test]
async fn messages_whose_commit_was_not_confirmed_are_stored_once_by_either_way() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let record = Record::sample("main/1", at(0));
        let id = Log::new(db).one(1, &record, Event::Offered).await.id;
        let stamp = Stamp { now: at(0), by: None };
        for (mark, all) in [("1-1", 1), ("1-1", 1), ("1-2", 2)] {
            let wire = Wire {
                at: at(0),
                leg: LegKey { call_id: "a".into(), branch: "b".into() },
                way: Way::In,
                transport: Transport::Udp,
                local: ([127, 0, 0, 1], 5060).into(),
                peer: ([127, 0, 0, 1], 5070).into(),
                text: "BYE sip:listener@127.0.0.1 SIP/2.0".into(),
            };
            let wires = vec![WireEntry { n: 1, key: CallKey(1), id: Some(id), wire }];
            let list = Arc::new(Ladder { mark: mark.into(), wires });
            let one = list.clone();
            let alone = db.write_aside(stamp, move |alone| {
                Box::pin(async move { put_messages_alone(alone, &one).await })
            });
            alone.await.unwrap();
            let again = db.write(stamp, move |tx| {
                let list = list.clone();
                Box::pin(async move { put_messages(tx, &list).await })
            });
            again.await.unwrap();
            assert_eq!(ladder(db, id).await.unwrap().len(), all);
        }
    }
}

/// A call that a colleague's telephone answered.
fn fetched(n: u64, millis: i64) -> Record {
    let mut colleague = leg(&format!("f{n}"), LegKind::Extension, Some("805"));
    colleague.answered_at = Some(at(millis + 500));
    Record {
        state: State::Ended,
        answered_at: Some(at(millis + 500)),
        ended_at: Some(at(millis + 900)),
        outcome: Some(Outcome::Met),
        answered_by: Some(extension("805")),
        legs: vec![colleague],
        ..Record::sample(&format!("main/{n}"), at(millis))
    }
}

#[tokio::test]
async fn what_telephones_tell_of_calls_is_read_on_in_the_order_of_the_log() {
    for fresh in kit::stores().await {
        let mut log = Log::new(&fresh.db);
        // of one the begin is learnt later: it came before all others
        let early =
            Record { state: State::Answered, outcome: None, ended_at: None, ..fetched(9, 20_000) };
        log.one(9, &early, Event::Offered).await;
        for n in 1..=5 {
            let mut record = fetched(n, 1_000 * i64::try_from(n).unwrap());
            if n == 3 {
                record.answered_by = Some(extension("801"));
            }
            log.one(n, &record, Event::Offered).await;
        }
        log.one(9, &fetched(9, 0), Event::Ringing).await;
        let asked = Filter { figure: Some(super::super::Figure::Pickups), ..Filter::default() };
        let (mut told, mut place) = (Vec::new(), None);
        loop {
            let read = page(&fresh.db, &asked, 1, place).await.unwrap();
            told.extend(read.items.iter().map(|call| call.offered_at));
            let Some(next) = read.next else { break };
            place = Some(next);
        }
        assert_eq!(told, [5, 4, 2, 1, 0].map(|n| at(n * 1_000)));
    }
}

#[tokio::test]
async fn what_reaches_a_server_after_it_was_stored_in_another_way_is_not_stored_again() {
    let place = kit::postgres().await;
    let db = Db::open(&place.url, crate::bus::Bus::new()).await.unwrap();
    let mut log = Log::new(&db);
    let record = Record::sample("main/1", at(0));
    log.one(1, &record, Event::Offered).await;
    let mut batch = |mark: &str, what: Event| {
        let entries = vec![log.entry(1, &record, what)];
        let mut batch = Batch { mark: mark.into(), entries, ..Batch::default() };
        log.known.fill(&mut batch);
        Arc::new(batch)
    };
    let late = batch("7-000000000009", Event::Ringing);
    let next = batch("7-000000000010", Event::LegBegan);
    let stamp = Stamp { now: at(0), by: None };
    let alone = async |batch: &Arc<Batch>| {
        let batch = batch.clone();
        let alone = db.write_alone(stamp, move |alone| {
            Box::pin(async move { store_alone(alone, &batch, &config()).await })
        });
        alone.await
    };
    // nobody heard of it, so it was stored by the long way
    let tried = late.clone();
    let again = db.write(stamp, move |tx| {
        let batch = tried.clone();
        Box::pin(async move { store(tx, &batch, &config()).await })
    });
    assert_eq!(again.await.unwrap().len(), 1);
    assert!(matches!(alone(&late).await, Err(Error::NotFound)), "it is stored");
    assert_eq!(alone(&next).await.unwrap().len(), 1);
    assert!(matches!(alone(&late).await, Err(Error::NotFound)), "one after it is");
    let kinds: Vec<_> =
        story(&db, CallId(1)).await.unwrap().into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["offered", "ringing", "leg_began"]);
    assert_eq!(call(&db, CallId(1)).await.unwrap().version, 3);
}
