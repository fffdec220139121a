//! When calls could not be heard: what the log says of a time, and that asking it costs no more the
//! longer the house stands.

use sqlx::Connection as _;
use switchboard::bus::Bus;
use switchboard::calls::{self, store};
use switchboard::db::{self, Db, Sql, Stamp};
use switchboard::kernel::PbxId;
use switchboard::sip::{Heard, LineChange, LineState, Source};

use super::kit;
use super::line::{self, House, at};

/// No registration: a mirror and two lamps are all that tells.
const UNJOINED: &str = r#"
    [hep]
    listen = "udp://127.0.0.1:9060"

    [[pbx]]
    name = "main"
    address = "sip:127.0.0.1:5070;transport=udp"
    username = "listener"
    password = "ring ring"
    member = false
    watch = ["801", "802"]

    [[hotline]]
    name = "400 热线"
    number = "4008001234"
"#;

const MIRROR: Source = Source::Mirror { pbx: PbxId(0) };
const FIRST: Source = Source::Watch { pbx: PbxId(0), place: 0 };
const SECOND: Source = Source::Watch { pbx: PbxId(0), place: 1 };

async fn turn(house: &House, source: Source, millis: i64, up: bool) {
    if up {
        let (at, state) = (at(millis), LineState::Hearing);
        return house.hear(Heard::Line(LineChange { at, since: at, source, state })).await;
    }
    silent(house, source, millis, millis).await;
}

/// A source gives nothing since then, as was noticed at that moment.
async fn silent(house: &House, source: Source, since: i64, millis: i64) {
    let state = LineState::Down { reason: "silent", status: None };
    let (at, since) = (at(millis), at(since));
    house.hear(Heard::Line(LineChange { at, since, source, state })).await;
}

#[tokio::test]
async fn without_a_registration_lamps_and_mirror_are_deaf_together_and_alone_tell_less() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let house = House::open_as(db, line::config_of(UNJOINED), at(0)).await;
        for source in [FIRST, SECOND, MIRROR] {
            turn(&house, source, 0, true).await;
        }
        for (source, millis) in [(MIRROR, 1_000), (FIRST, 2_000), (SECOND, 3_000)] {
            turn(&house, source, millis, false).await;
        }
        turn(&house, MIRROR, 4_000, true).await;
        house.settle(5_000).await;
        let deaf = store::deaf_between(db, at(0), at(5_000)).await.unwrap();
        assert_eq!(deaf.len(), 1, "{deaf:?}");
        assert_eq!((deaf[0].source, deaf[0].account.as_str()), (calls::SourceKind::Pbx, "all"));
        assert_eq!((deaf[0].from_at, deaf[0].to_at), (at(3_000), Some(at(4_000))));
        assert_eq!(store::deaf_ms(&deaf, at(0), at(5_000)), 1_000);
        let open = store::outages_open(db).await.unwrap();
        assert!(open.len() == 2 && open.iter().all(|one| !one.deaf), "{open:?}");
        // all of it is silent when the house stops, and tells again after it is back
        turn(&house, MIRROR, 6_000, false).await;
        house.settle(6_000).await;
        house.stop().await;
        let house = House::open_as(db, line::config_of(UNJOINED), at(7_000)).await;
        house.settle(7_000).await;
        let open = store::outages_open(db).await.unwrap();
        assert!(open.iter().any(|one| one.deaf && one.from_at == at(6_000)), "{open:?}");
        turn(&house, SECOND, 8_000, true).await;
        house.settle(8_000).await;
        let open = store::outages_open(db).await.unwrap();
        assert!(open.iter().all(|one| !one.deaf), "{open:?}");
        house.stop().await;
    }
}

#[tokio::test]
async fn a_mirror_is_out_since_its_last_packet_and_all_is_deaf_since_the_last_that_told() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let house = House::open_as(db, line::config_of(UNJOINED), at(0)).await;
        for source in [FIRST, SECOND, MIRROR] {
            turn(&house, source, 0, true).await;
        }
        // the lamps first, and the mirror, silent before them, is noticed last
        turn(&house, FIRST, 60_000, false).await;
        turn(&house, SECOND, 70_000, false).await;
        silent(&house, MIRROR, 10_000, 130_000).await;
        silent(&house, MIRROR, 10_000, 131_000).await;
        house.settle(140_000).await;
        let open = store::outages_open(db).await.unwrap();
        let since = |kind| open.iter().find(|one| one.source == kind).map(|one| one.from_at);
        assert_eq!(open.len(), 4, "{open:?}");
        assert_eq!(since(calls::SourceKind::Mirror), Some(at(10_000)));
        assert_eq!(since(calls::SourceKind::Pbx), Some(at(70_000)));
        // what the figures leave out is all of it
        let deaf = store::deaf_between(db, at(0), at(140_000)).await.unwrap();
        assert_eq!(store::deaf_ms(&deaf, at(0), at(140_000)), 70_000);
        // the journal says when it was known
        let news = db::news_after(db, 0, 50).await.unwrap();
        let told = news.iter().find(|one| one.subject == "lines/main/hep" && one.change == "down");
        assert_eq!(told.map(|one| one.at), Some(at(130_000)));
        house.stop().await;
    }
}

#[tokio::test]
async fn outages_that_touch_a_time_are_found_however_long_they_last_and_however_many_went_before() {
    const FILL: Sql = Sql::both(
        "INSERT INTO outages (pbx, source, from_at, to_at, reason, deaf) VALUES ('main', $1, $2, $3, 'unreachable', $4)",
    );
    const DAY_MS: i64 = 86_400_000;
    for fresh in kit::stores().await {
        // short and long ones, such as end or begin with the time, and two that go on
        let lasting = [1_000, 3_600_000, DAY_MS, DAY_MS + 1, 9 * DAY_MS];
        let mut all = Vec::new();
        for (n, lasts) in (0..60_i64).zip(lasting.into_iter().cycle()) {
            let from = at((n - 40) * DAY_MS / 4);
            all.push((from, (n % 29 != 7).then(|| from.plus_millis(lasts)), n % 2 == 0));
        }
        let filled = all.clone();
        let stamp = Stamp { now: at(0), by: None };
        let fill = fresh.db.write(stamp, move |tx| {
            let filled = filled.clone();
            Box::pin(async move {
                for (n, (from, to, deaf)) in (0..).zip(filled) {
                    let row = tx.q(FILL).bind(format!("line/{n}")).bind(from).bind(to);
                    row.bind(deaf).run().await?;
                }
                Ok(())
            })
        });
        fill.await.unwrap();
        for (from, to) in [
            (0, DAY_MS),
            (-3 * DAY_MS, -2 * DAY_MS),
            (-DAY_MS, -DAY_MS),
            (-90 * DAY_MS, 90 * DAY_MS),
        ] {
            let (from, to) = (at(from), at(to));
            let touches = |deaf: bool| {
                let mut found: Vec<_> = all
                    .iter()
                    .filter(|(begun, over, deafens)| {
                        *begun <= to && over.is_none_or(|over| over >= from) && (*deafens || !deaf)
                    })
                    .map(|(begun, ..)| *begun)
                    .collect();
                found.sort();
                found.reverse();
                found
            };
            let begun = |outages: Vec<store::Outage>| -> Vec<_> {
                outages.into_iter().map(|one| one.from_at).collect()
            };
            let told = begun(store::outages_between(&fresh.db, from, to).await.unwrap());
            assert_eq!(told, touches(false), "{from} to {to}");
            let told = begun(store::deaf_between(&fresh.db, from, to).await.unwrap());
            assert_eq!(told, touches(true), "{from} to {to}");
        }
    }
}

#[tokio::test]
async fn to_find_the_outages_of_a_time_what_was_before_is_not_walked_through() {
    let place = kit::sqlite();
    drop(Db::open(&place.url, Bus::new()).await.unwrap());
    let mut on = sqlx::sqlite::SqliteConnection::connect(&place.url).await.unwrap();
    let find =
        store::OUTAGES_STATEMENTS.iter().filter(|(name, _)| ["BETWEEN", "DEAF"].contains(name));
    for (name, sql) in find {
        let explain = format!("EXPLAIN QUERY PLAN {}", sql.for_sqlite());
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(explain)).fetch_all(&mut on).await.unwrap();
        let steps: Vec<_> = plan.into_iter().map(|(.., step)| step).collect();
        let reads: Vec<_> = steps.iter().filter(|step| step.contains(" outages ")).collect();
        assert_eq!(reads.len(), 3, "{name}: {steps:?}");
        let bounded = |step: &str| {
            step.contains("(from_at>? AND from_at<?)")
                || step.contains("outages_long (from_at<?)")
                || step.contains("outages_ongoing (from_at<?)")
        };
        assert!(reads.iter().all(|step| bounded(step)), "{name}: {steps:?}");
    }
}
