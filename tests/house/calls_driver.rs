//! From what is heard to what is stored: the driver, the writer, and a store in trouble.

use switchboard::bus::News;
use switchboard::calls::{self, Call, Outcome, State, store};
use switchboard::db::{self, Db, Sql, Stamp};
use switchboard::kernel::CallId;
use switchboard::sip::{LineChange, LineState, Offer, Source, Way, What};

use super::kit;
use super::line::{self, House, at};

const COUNT: Sql = Sql::both("SELECT count(*) AS n FROM calls");
const EVENT_COUNT: Sql = Sql::both("SELECT count(*) AS n FROM call_events");
const LEG_COUNT: Sql = Sql::both("SELECT count(*) AS n FROM call_legs");
const HIDE: Sql = Sql::both("ALTER TABLE call_events RENAME TO call_events_away");
const SHOW: Sql = Sql::both("ALTER TABLE call_events_away RENAME TO call_events");

const LISTENING: &str = r#"
    [hep]
    listen = "udp://127.0.0.1:9060"

    [[pbx]]
    name = "main"
    address = "sip:127.0.0.1:5070;transport=udp"
    username = "listener"
    password = "ring ring"
    hotline = "4008001234"
    watch = ["801", "802"]

    [[hotline]]
    name = "400 热线"
    number = "4008001234"
"#;

async fn count(db: &Db, sql: Sql) -> i64 {
    db.read(sql).value().await.unwrap()
}

async fn run(db: &Db, sql: Sql) {
    let stamp = Stamp { now: at(0), by: None };
    db.write(stamp, move |tx| Box::pin(async move { tx.keep(sql).run().await })).await.unwrap();
}

async fn everything(db: &Db) -> Vec<Call> {
    let page = store::page(db, &store::Filter::default(), 200, None).await.unwrap();
    page.items
}

fn changes<'a>(news: impl IntoIterator<Item = &'a News>) -> Vec<String> {
    news.into_iter().map(|one| one.change.clone()).collect()
}

#[tokio::test]
async fn a_call_rings_climbs_and_is_answered_late_and_every_step_is_stored_in_order() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.ring("one", 1_000, "13800001234").await;
        house.settle(1_000).await;
        let id = house.room.live().all()[0].id;
        assert_eq!(id, CallId(1));
        assert_eq!(house.room.live().get(id).unwrap().state, State::Ringing);

        // the 2nd and 3rd ring begin 5 s and 10 s after the first, the promise breaks at 15 s
        house.settle(10_999).await;
        assert_eq!(house.room.live().get(id).unwrap().alarm, 2);
        house.settle(11_000).await;
        assert_eq!(house.room.live().get(id).unwrap().alarm, 3);
        house.settle(16_000).await;
        assert_eq!(house.room.live().get(id).unwrap().alarm, 4);
        house.answered("one", 17_500).await;
        house.settle(18_000).await;

        let call = store::call(&fresh.db, id).await.unwrap();
        assert_eq!((call.state, call.outcome), (State::Ended, Some(Outcome::Late)));
        assert_eq!((call.answer_rings, call.answer_ms), (Some(4), Some(16_500)));
        assert_eq!(call.within_target, Some(false));
        assert_eq!(call.caller.number.as_deref(), Some("+8613800001234"));
        assert_eq!(call.hotline.as_ref().map(|of| of.name.as_str()), Some("400 热线"));
        assert_eq!(*house.room.live().get(id).unwrap(), call, "the picture is what is stored");
        assert!(house.room.live().all().is_empty());

        let story = store::story(&fresh.db, id).await.unwrap();
        let kinds: Vec<_> = story.iter().map(|line| line.kind.as_str()).collect();
        assert_eq!(kinds, ["offered", "ringing", "ring2", "ring3", "breach", "answered"]);
        let seqs: Vec<_> = story.iter().map(|line| line.seq).collect();
        assert_eq!(seqs, [1, 2, 3, 4, 5, 6]);
        assert_eq!(story[2].at, at(6_000), "an alarm is dated when it was due");

        let news = db::news_after(&fresh.db, 0, 100).await.unwrap();
        assert_eq!(changes(&news), kinds);
        assert!(news.iter().all(|one| one.kind == "call" && one.subject == "calls/1"));
        assert_eq!(news.last().unwrap().version, Some(call.version));
        house.stop().await;
    }
}

#[tokio::test]
async fn each_news_comes_only_after_its_call_is_readable() {
    for fresh in kit::stores().await {
        let mut bus = fresh.db.bus().listen();
        let house = House::open(&fresh.db).await;
        let live = house.room.live().clone();
        let db = fresh.db.clone();
        let reader = async move {
            let mut seen = Vec::new();
            while seen.last().map(String::as_str) != Some("answered") {
                for news in bus.recv().await.unwrap().iter() {
                    let stored = store::call(&db, CallId(1)).await.unwrap();
                    assert!(Some(stored.version) >= news.version, "{news:?} before its row");
                    let pictured = live.get(CallId(1)).unwrap();
                    assert!(Some(pictured.version) >= news.version, "{news:?} before the picture");
                    seen.push(news.change.clone());
                }
            }
            seen
        };
        let speaker = async {
            house.ring("one", 0, "13800001234").await;
            house.settle(7_000).await;
            house.answered("one", 8_000).await;
            house.settle(8_000).await;
        };
        let (seen, ()) = tokio::join!(reader, speaker);
        assert_eq!(seen, ["offered", "ringing", "ring2", "answered"]);
        house.stop().await;
    }
}

#[tokio::test]
async fn two_hundred_calls_at_once_are_each_stored_once() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        for n in 0..200 {
            let (leg, caller) = (format!("c{n}"), format!("1380000{n:04}"));
            house.ring(&leg, 0, &caller).await;
            // a PBX that did not hear us repeats itself
            let again = line::offer(&caller, "", "4008001234");
            house.see(&leg, 500, What::Offered(Box::new(again))).await;
        }
        house.settle(1_000).await;
        assert_eq!(house.room.live().count(), 200);
        for n in 0..200 {
            house.left(&format!("c{n}"), 6_000).await;
        }
        house.settle(6_000).await;
        assert_eq!(house.room.live().count(), 0);
        assert_eq!(count(&fresh.db, COUNT).await, 200);
        assert_eq!(count(&fresh.db, LEG_COUNT).await, 200);
        let calls = everything(&fresh.db).await;
        assert!(calls.iter().all(|call| call.outcome == Some(Outcome::Abandoned)));
        let ids: Vec<_> = calls.iter().rev().map(|call| call.id.0).collect();
        assert_eq!(ids, (1..=200).collect::<Vec<_>>(), "the log numbers its calls without gaps");
        assert!(house.meters.text().contains("switchboard_calls_total{kind=\"abandoned\"} 200"));
        house.stop().await;
    }
}

#[tokio::test]
async fn a_store_in_trouble_loses_nothing_doubles_nothing_and_says_so() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let mut health = house.room.health();
        house.ring("before", 0, "13800000001").await;
        house.settle(0).await;
        run(&fresh.db, HIDE).await;
        house.ring("during", 100, "13800000002").await;
        health.wait_for(|health| !health.ok).await.unwrap();
        assert_eq!(health.borrow().reason, Some("failed"));
        house.left("before", 200).await;
        house.answered("during", 3_000).await;
        house.ring("still", 3_100, "13800000003").await;
        assert_eq!(count(&fresh.db, COUNT).await, 1, "nothing is stored by halves");

        run(&fresh.db, SHOW).await;
        house.settle(3_100).await;
        assert!(health.wait_for(|health| health.ok).await.unwrap().reason.is_none());
        let calls = everything(&fresh.db).await;
        let outcomes: Vec<_> = calls.iter().rev().map(|call| call.outcome).collect();
        assert_eq!(outcomes, [Some(Outcome::AbandonedShort), Some(Outcome::Met), None]);
        let stories: [&[&str]; 3] = [
            &["offered", "ringing", "ended"],
            &["offered", "ringing", "answered"],
            &["offered", "ringing"],
        ];
        for (call, expected) in calls.iter().rev().zip(stories) {
            let story = store::story(&fresh.db, call.id).await.unwrap();
            let kinds: Vec<_> = story.iter().map(|line| line.kind.as_str()).collect();
            assert_eq!(kinds, expected);
        }
        assert_eq!(db::head(&fresh.db).await.unwrap(), 8, "one journal row for each happening");
        house.stop().await;
    }
}

#[tokio::test]
async fn a_full_disk_is_named_and_waited_out() {
    const FULL: Sql = Sql::both("PRAGMA max_page_count = 1");
    const ROOM: Sql = Sql::both("PRAGMA max_page_count = 1073741823");
    let place = kit::sqlite();
    let db = Db::open(&place.url, switchboard::bus::Bus::new()).await.unwrap();
    let house = House::open(&db).await;
    let mut health = house.room.health();
    house.ring("one", 0, "13800001234").await;
    house.settle(0).await;
    db.write(Stamp { now: at(0), by: None }, |tx| {
        Box::pin(async move { tx.keep(FULL).maybe::<(i64,)>().await })
    })
    .await
    .unwrap();
    let long = "v=0\r\n".repeat(20_000);
    house.hear(switchboard::sip::Heard::Wire(line::wire("one", 10, Way::In, &long))).await;
    house.left("one", 6_000).await;
    health.wait_for(|health| !health.ok).await.unwrap();
    assert_eq!(health.borrow().reason, Some("disk-full"));
    db.write(Stamp { now: at(0), by: None }, |tx| {
        Box::pin(async move { tx.keep(ROOM).maybe::<(i64,)>().await })
    })
    .await
    .unwrap();
    house.settle(6_000).await;
    assert!(house.room.health().borrow().ok);
    assert_eq!(everything(&db).await[0].outcome, Some(Outcome::Abandoned));
    let ladder = store::ladder(&db, CallId(1)).await.unwrap();
    assert_eq!(ladder.len(), 1);
    assert_eq!(ladder[0].text, long);
    house.stop().await;
}

#[tokio::test]
async fn a_store_whose_file_was_moved_away_takes_nothing_until_it_is_back() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, switchboard::bus::Bus::new()).await.unwrap();
    let house = House::open(&db).await;
    let mut health = house.room.health();
    house.ring("one", 0, "13800001234").await;
    house.settle(0).await;
    let file = std::path::PathBuf::from(place.url.strip_prefix("sqlite://").unwrap());
    let away = file.with_extension("away");
    std::fs::rename(&file, &away).unwrap();
    house.left("one", 6_000).await;
    health.wait_for(|health| !health.ok).await.unwrap();
    // nor is another one made in its place, which would be broken by the log of this
    let why = Db::open(&place.url, switchboard::bus::Bus::new()).await.err().unwrap().to_string();
    assert!(why.contains("put the file back"), "{why}");
    assert!(!file.exists());
    let stamp = Stamp { now: at(6_000), by: None };
    let refused =
        db.write(stamp, |tx| Box::pin(async move { tx.keep(COUNT).maybe::<(i64,)>().await }));
    let why = refused.await.unwrap_err().to_string();
    assert!(why.contains("put it back"), "{why}");
    std::fs::rename(&away, &file).unwrap();
    house.settle(6_000).await;
    assert!(house.room.health().borrow().ok);
    assert_eq!(everything(&db).await[0].outcome, Some(Outcome::Abandoned));
    house.stop().await;
}

#[tokio::test]
async fn one_refused_happening_does_not_hold_up_the_others() {
    const REFUSE_SQLITE: Sql = Sql::both(
        "CREATE TRIGGER calls_refuse BEFORE INSERT ON calls WHEN NEW.caller_as_sent = '13800000002'
         BEGIN SELECT RAISE(ABORT, 'calls_refuse'); END",
    );
    const REFUSE_POSTGRES: Sql = Sql::both(
        "ALTER TABLE calls ADD CONSTRAINT calls_refuse CHECK (caller_as_sent <> '13800000002')",
    );
    for fresh in kit::stores().await {
        match fresh.db.engine() {
            db::Engine::Sqlite => run(&fresh.db, REFUSE_SQLITE).await,
            db::Engine::Postgres => run(&fresh.db, REFUSE_POSTGRES).await,
        }
        let house = House::open(&fresh.db).await;
        for n in 1..=3 {
            house.ring(&format!("c{n}"), 0, &format!("1380000000{n}")).await;
        }
        house.settle(0).await;
        let numbers: Vec<_> = everything(&fresh.db)
            .await
            .into_iter()
            .filter_map(|call| call.caller.as_sent)
            .collect();
        assert_eq!(numbers, ["13800000003", "13800000001"]);
        assert!(house.room.health().borrow().ok, "the store itself is well");
        assert!(house.meters.text().contains("kind=\"refused_by_store\""));
        house.stop().await;
    }
}

#[tokio::test]
async fn a_restart_in_mid_ring_takes_up_the_clock_and_the_story_where_they_were() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.ring("one", 0, "13800001234").await;
        house.settle(7_000).await;
        house.stop().await;

        let remembered = calls::restore(&fresh.db, &line::config()).await.unwrap();
        assert_eq!(remembered.alive_at(), Some(at(7_000)));
        let legs = remembered.live_legs();
        assert_eq!(legs, [(switchboard::kernel::PbxId(0), line::key("one"))]);

        let house = House::open_at(&fresh.db, at(12_000)).await;
        assert_eq!(house.room.live().all()[0].rang_at, Some(at(0)));
        // the PBX repeats its INVITE: a ghost, not a second call
        house.ring("one", 12_100, "13800001234").await;
        house.settle(13_000).await;
        assert_eq!(house.room.live().all()[0].alarm, 3, "the third ring fell due while down");
        house.answered("one", 17_000).await;
        house.settle(17_000).await;

        assert_eq!(count(&fresh.db, COUNT).await, 1);
        let call = store::call(&fresh.db, CallId(1)).await.unwrap();
        assert_eq!((call.outcome, call.answer_ms), (Some(Outcome::Late), Some(17_000)));
        let story = store::story(&fresh.db, call.id).await.unwrap();
        let kinds: Vec<_> = story.iter().map(|line| line.kind.as_str()).collect();
        assert_eq!(kinds, ["offered", "ringing", "ring2", "ring3", "breach", "answered"]);
        let outages = store::outages(&fresh.db, 10).await.unwrap();
        assert_eq!(outages.len(), 1);
        assert!(outages[0].service && outages[0].account == "listener");
        assert_eq!((outages[0].from_at, outages[0].to_at), (at(7_000), Some(at(12_000))));
        house.stop().await;
    }
}

#[tokio::test]
async fn a_call_that_ended_while_the_service_was_away_for_long_is_closed_as_such() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.ring("one", 0, "13800001234").await;
        house.settle(1_000).await;
        house.stop().await;
        let house = House::open_at(&fresh.db, at(60_000)).await;
        house.settle(60_000).await;
        let call = store::call(&fresh.db, CallId(1)).await.unwrap();
        assert_eq!((call.outcome, call.end_seen), (Some(Outcome::Unmeasured), false));
        assert!(house.room.live().all().is_empty());
        house.stop().await;
    }
}

#[tokio::test]
async fn calls_of_a_pbx_that_is_gone_from_the_configuration_are_closed() {
    const ELSEWHERE: Sql = Sql::both("UPDATE calls SET pbx = 'sold'");
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.ring("one", 0, "13800001234").await;
        house.settle(1_000).await;
        house.stop().await;
        run(&fresh.db, ELSEWHERE).await;
        let house = House::open_at(&fresh.db, at(2_000)).await;
        assert!(house.room.live().all().is_empty());
        let call = store::call(&fresh.db, CallId(1)).await.unwrap();
        assert_eq!((call.outcome, call.end_seen), (Some(Outcome::Unmeasured), false));
        house.stop().await;
    }
}

#[tokio::test]
async fn a_line_that_goes_down_is_an_outage_until_it_is_back() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let down = LineState::Down { reason: "unreachable", status: None };
        house.line(0, LineState::Trying).await;
        house.line(500, LineState::Registered { until: at(60_000) }).await;
        house.line(30_000, LineState::Registered { until: at(90_000) }).await;
        house.line(40_000, down.clone()).await;
        house.line(45_000, down).await;
        house.settle(45_000).await;
        let open = store::outages_open(&fresh.db).await.unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].from_at, open[0].reason.as_str()), (at(40_000), "unreachable"));
        house.line(50_000, LineState::Registered { until: at(110_000) }).await;
        house.settle(50_000).await;
        assert!(store::outages_open(&fresh.db).await.unwrap().is_empty());
        assert_eq!(store::outages(&fresh.db, 10).await.unwrap()[0].to_at, Some(at(50_000)));
        let news = db::news_after(&fresh.db, 0, 10).await.unwrap();
        assert_eq!(changes(&news), ["up", "down", "up"]);
        assert!(news.iter().all(|one| one.subject == "lines/main/listener" && one.kind == "line"));
        house.stop().await;
    }
}

#[tokio::test]
async fn a_watched_telephone_and_a_mirror_that_fall_silent_are_outages_under_their_own_names() {
    const PBX: switchboard::kernel::PbxId = switchboard::kernel::PbxId(0);
    let watch = Source::Watch { pbx: PBX, place: 1 };
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let house = House::open_as(db, line::config_of(LISTENING), at(0)).await;
        let turn = async |source, millis, state| {
            let change = LineChange { at: at(millis), since: at(millis), source, state };
            house.hear(switchboard::sip::Heard::Line(change)).await;
        };
        for (source, millis) in [(watch, 100), (Source::Mirror { pbx: PBX }, 200)] {
            turn(source, 0, LineState::Hearing).await;
            turn(source, millis, LineState::Down { reason: "silent", status: None }).await;
        }
        house.settle(300).await;
        let told = |outages: &[store::Outage]| -> Vec<_> {
            outages.iter().map(|one| (one.source, one.account.clone(), one.from_at)).collect()
        };
        let open = store::outages_open(db).await.unwrap();
        let expected = [
            (calls::SourceKind::Watch, "802".to_owned(), at(100)),
            (calls::SourceKind::Mirror, "hep".to_owned(), at(200)),
        ];
        assert_eq!(told(&open), expected);
        // beside a registration less is told of calls, and they are heard
        assert!(open.iter().all(|outage| !outage.deaf), "{open:?}");
        assert!(store::deaf_between(db, at(0), at(300)).await.unwrap().is_empty());
        turn(watch, 400, LineState::Registered { until: at(60_000) }).await;
        house.settle(400).await;
        assert_eq!(told(&store::outages_open(db).await.unwrap()), expected[1..]);
        let news = db::news_after(db, 0, 10).await.unwrap();
        let subjects: Vec<_> = news.iter().map(|one| one.subject.as_str()).collect();
        let (of_watch, of_mirror) = ("lines/main/802", "lines/main/hep");
        assert_eq!(subjects, [of_watch, of_watch, of_mirror, of_mirror, of_watch]);
        house.stop().await;

        // nobody listens for the mirror any more; the service itself was away for a second
        let house = House::open_at(db, at(1_400)).await;
        house.settle(1_400).await;
        assert!(store::outages_open(db).await.unwrap().is_empty());
        let service = (calls::SourceKind::Service, "listener".to_owned(), at(400));
        assert_eq!(told(&store::outages(db, 1).await.unwrap()), [service]);
        house.stop().await;
    }
}

#[tokio::test]
async fn a_second_telephone_of_a_call_finds_it_after_a_restart_by_the_name_the_dialplan_gives() {
    let named = || {
        let trunk_call_id = Some("trunk-1@carrier".to_owned());
        Offer { trunk_call_id, ..line::offer("13800001234", "", "4008001234") }
    };
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.ring_as("one", 0, named()).await;
        house.settle(1_000).await;
        house.stop().await;
        let house = House::open_at(&fresh.db, at(2_000)).await;
        house.ring_as("two", 2_100, named()).await;
        house.ring("stranger", 2_200, "13800001234").await;
        house.settle(2_200).await;
        assert_eq!(count(&fresh.db, COUNT).await, 2);
        assert_eq!(store::call(&fresh.db, CallId(1)).await.unwrap().legs.len(), 2);
        assert_eq!(store::call(&fresh.db, CallId(2)).await.unwrap().legs.len(), 1);
        house.stop().await;
    }
}

#[tokio::test]
async fn the_ladder_is_whole_even_when_a_message_comes_before_its_sighting() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let say = async |millis, way, text| {
            let wire = line::wire("one", millis, way, text);
            house.hear(switchboard::sip::Heard::Wire(wire)).await;
        };
        say(0, Way::In, "INVITE sip:listener@127.0.0.1 SIP/2.0\r\n\r\n\0").await;
        say(1, Way::Out, "SIP/2.0 180 Ringing\r\n\r\n").await;
        house.ring("one", 1, "13800001234").await;
        house.left("one", 900).await;
        say(900, Way::In, "CANCEL sip:listener@127.0.0.1 SIP/2.0\r\n\r\n").await;
        house.settle(900).await;
        say(950, Way::In, "ACK sip:listener@127.0.0.1 SIP/2.0\r\n\r\n").await;
        house.settle(950).await;
        let ladder = store::ladder(&fresh.db, CallId(1)).await.unwrap();
        let firsts: Vec<_> =
            ladder.iter().filter_map(|message| message.text.split(' ').next()).collect();
        assert_eq!(firsts, ["INVITE", "SIP/2.0", "CANCEL", "ACK"]);
        assert_eq!((ladder[1].way.as_str(), ladder[1].peer.as_str()), ("out", "127.0.0.1:5070"));
        house.stop().await;
    }
}

#[tokio::test]
async fn stopping_stores_what_was_just_heard_and_a_last_sign_of_life() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.clock.set(at(500));
        for n in 0..50 {
            house.ring(&format!("c{n}"), 500, &format!("138000000{n:02}")).await;
        }
        house.stop().await;
        assert_eq!(count(&fresh.db, COUNT).await, 50);
        assert_eq!(count(&fresh.db, EVENT_COUNT).await, 100);
        let remembered = calls::restore(&fresh.db, &line::config()).await.unwrap();
        assert_eq!(remembered.alive_at(), Some(at(500)));
        assert_eq!(remembered.live_legs().len(), 50);
    }
}

#[tokio::test]
async fn a_wire_that_stays_open_does_not_hold_up_the_stop() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, switchboard::bus::Bus::new()).await.unwrap();
    let house = House::open(&db).await;
    house.ring("one", 0, "13800001234").await;
    let wire = house.wire();
    house.stop().await;
    assert!(wire.is_closed());
    assert_eq!(count(&db, COUNT).await, 1);
}

#[tokio::test]
async fn names_no_index_could_hold_are_shortened_and_no_nul_reaches_the_store() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let long = format!("a\0{}", "9".repeat(9_000));
        house.ring_as("one", 0, line::offer(&long, &long, "4008001234")).await;
        house.ring("two", 0, "13800001234").await;
        house.settle(0).await;
        let call = store::call(&fresh.db, CallId(1)).await.unwrap();
        assert_eq!(call.caller.as_sent.as_ref().map(|sent| sent.chars().count()), Some(128));
        assert!(call.caller.display.unwrap().starts_with("a\u{fffd}99"));
        assert_eq!(count(&fresh.db, COUNT).await, 2);
        assert!(house.room.health().borrow().ok);
        house.stop().await;
    }
}

#[tokio::test]
async fn numbers_names_and_words_stay_out_of_the_journal_and_of_the_story() {
    const JOURNAL: Sql = Sql::both(
        "SELECT coalesce(subject, '') || coalesce(before, '') || coalesce(after, '') || coalesce(why, '') AS t FROM journal",
    );
    const STORY: Sql = Sql::both("SELECT kind || coalesce(data, '') AS t FROM call_events");
    for fresh in kit::stores().await {
        let by = line::person(&fresh.db, "li", "李红").await;
        let house = House::open(&fresh.db).await;
        house.ring("one", 0, "13800001234").await;
        house.settle(6_000).await;
        let desk = house.room.desk();
        desk.claim(at(6_000), by, CallId(1)).await.unwrap();
        let stamp = Stamp { now: at(6_000), by: Some(by) };
        let version = store::call(&fresh.db, CallId(1)).await.unwrap().version;
        desk.save_notes(stamp, CallId(1), version, "电梯困人").await.unwrap();
        house.left("one", 7_000).await;
        house.settle(7_000).await;
        let mut texts: Vec<String> = fresh.db.read(JOURNAL).values().await.unwrap();
        texts.extend(fresh.db.read(STORY).values::<String>().await.unwrap());
        assert!(texts.len() >= 10);
        for secret in ["1380000", "王先生", "电梯", "李红"] {
            assert!(!texts.iter().any(|text| text.contains(secret)), "{secret} in {texts:?}");
        }
        house.stop().await;
    }
}

#[tokio::test]
async fn a_hundred_calls_that_ring_through_a_crash_are_all_accounted_for() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        for n in 0..100 {
            house.ring(&format!("c{n}"), n, &format!("1380000{n:04}")).await;
        }
        house.settle(100).await;
        // kill -9: nothing more is said, nothing is written down
        let gone = house;
        let house = House::open_at(&fresh.db, at(3_000)).await;
        assert_eq!(house.room.live().count(), 100);
        for n in 0..100 {
            house.answered(&format!("c{n}"), 8_000 + n).await;
        }
        house.settle(9_000).await;
        let calls = everything(&fresh.db).await;
        assert_eq!(calls.len(), 100);
        assert!(calls.iter().all(|call| call.outcome == Some(Outcome::Met)));
        assert_eq!(house.room.live().count(), 0);
        house.stop().await;
        drop(gone);
    }
}

#[tokio::test]
async fn what_a_full_store_did_not_take_before_the_stop_is_counted() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.ring("one", 0, "13800001234").await;
        house.settle(0).await;
        run(&fresh.db, HIDE).await;
        house.answered("one", 5_000).await;
        let left = house.room.left();
        house.stop().await;
        assert!(
            left.load(std::sync::atomic::Ordering::Relaxed) > 0,
            "the answer is lost, and said"
        );
        run(&fresh.db, SHOW).await;
        let house = House::open(&fresh.db).await;
        let left = house.room.left();
        house.stop().await;
        assert_eq!(left.load(std::sync::atomic::Ordering::Relaxed), 0);
    }
}
