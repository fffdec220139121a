//! The board of a full house: 60 rooms with 14 bookings each. What drawing it costs the server and the
//! wire, how long a change takes to a hundred open boards, what those who wait cost a cancellation, and
//! how smoothly a bar follows the hand in a browser on a slow machine. The real program on each engine;
//! `tests/run/bench board` runs it, `cargo bench --bench board -- short` in some seconds.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]
#![expect(clippy::float_arithmetic, reason = "milliseconds for people to read")]

#[path = "../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod kit;
#[path = "../tests/house/program.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod program;

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::Days;
use switchboard::bookings::acts::Opening;
use switchboard::bookings::doing;
use switchboard::bookings::store::waiting::{NewEntry, add_in};
use switchboard::bookings::store::world::Actor;
use switchboard::bus::Bus;
use switchboard::clock::Clock;
use switchboard::db::{Db, Stamp};
use switchboard::kernel::{AreaId, BusinessDay, Moment, RoomClassId, RoomId};
use switchboard::rooms::{self, Draft, RoomClass, RoomKind, at_minute};
use switchboard::staff::{self, Newcomer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use program::Site;

const ROOMS: i64 = 60;
const BOOKINGS: i64 = 14;
const BOARDS: usize = 100;
const WAITING: usize = 1_000;
const PASSWORD: &str = "three rings and no more";
/// Promised, in milliseconds and bytes.
const DRAWN_P50: f64 = 10.0;
const WEIGHT: usize = 60_000;
const TOLD_P99: f64 = 200.0;
const MATCH_MS: f64 = 50.0;

fn day() -> BusinessDay {
    BusinessDay {
        zone: chrono_tz::Asia::Shanghai,
        cutoff: chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap(),
    }
}

struct Plan {
    draws: usize,
    changes: usize,
    matches: usize,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let short = std::env::args().any(|word| word == "short");
    let plan = if short {
        Plan { draws: 5, changes: 3, matches: 3 }
    } else {
        Plan { draws: 100, changes: 40, matches: 40 }
    };
    let mut kept = true;
    for place in kit::places().await {
        let engine = if place.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        kept &= measure(engine, place, &plan).await;
    }
    println!("{}", if kept { "kept" } else { "NOT KEPT" });
    if !kept {
        std::process::exit(1);
    }
}

async fn measure(engine: &str, place: kit::Place, plan: &Plan) -> bool {
    let url = place.url.clone();
    let now = Clock::house().now();
    let date = day().date(now).checked_add_days(Days::new(1)).unwrap();
    let changed = fill(&url, now, date).await;
    let mut site = Site::new(place, "");
    site.start().await;
    let token = site.token("supervisor");
    let http = Http { web: site.web, token, client: reqwest::Client::new() };
    let board = format!("/rooms/board?date={date}&period=all&part=main");

    // drawn anew: something changed before each
    let (mut drawn, mut again, mut weight) = (Vec::new(), Vec::new(), 0);
    for k in 0..plan.draws {
        http.edit(&changed, k).await;
        let begin = Instant::now();
        weight = http.board(&board).await.1;
        drawn.push(begin.elapsed());
        let begin = Instant::now();
        http.board(&board).await;
        again.push(begin.elapsed());
    }
    let (drawn, again) = (sorted(drawn), sorted(again));
    let mut kept = said(engine, "board drawn anew, p50", of(&drawn, 50), DRAWN_P50);
    println!(
        "{engine:<12} drawn anew p99 {:.1} ms; kept from before p50 {:.2} ms",
        of(&drawn, 99),
        of(&again, 50)
    );
    let light = weight <= WEIGHT;
    kept &= light;
    println!(
        "{engine:<12} {} bars weigh {weight} bytes compressed, promised {WEIGHT}  {}",
        ROOMS * BOOKINGS,
        word(light)
    );

    // a hundred boards that ask again when they hear of a change
    let (tell, mut told) = mpsc::unbounded_channel();
    let mut boards = tokio::task::JoinSet::new();
    for _ in 0..BOARDS {
        boards.spawn(follow(http.clone(), board.clone(), changed.clone(), tell.clone()));
    }
    for _ in 0..BOARDS {
        told.recv().await.unwrap(); // each is listening
    }
    let mut times = Vec::new();
    for k in 0..plan.changes {
        let begin = Instant::now();
        http.edit(&changed, 1_000 + k).await;
        for _ in 0..BOARDS {
            let at: Instant = told.recv().await.unwrap();
            times.push(at.duration_since(begin));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    boards.shutdown().await;
    let times = sorted(times);
    kept &= said(engine, "change to 100 open boards, p99", of(&times, 99), TOLD_P99);

    // the hand in a browser, on a machine a quarter as fast
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");
    let node = Command::new("node")
        .arg("board.bench.mjs")
        .current_dir(folder)
        .env("PANEL", format!("http://{}", site.web))
        .env("PASSWORD", PASSWORD)
        .env("BOARD", format!("/rooms/board?date={date}&period=all"))
        .output()
        .unwrap();
    let heard = String::from_utf8_lossy(&node.stdout);
    for line in heard.lines() {
        println!("{engine:<12} {line}");
    }
    if !node.status.success() {
        println!(
            "    {}",
            String::from_utf8_lossy(&node.stderr).lines().next().unwrap_or("no words")
        );
    }
    kept &= node.status.success();
    site.stop();

    // those who wait: each cancellation looks through all of them
    let db = Db::open(&url, Bus::new()).await.unwrap();
    let took = matches(&db, now, date, plan.matches).await;
    kept &= said(engine, "cancelling with 1000 who wait, p99", of(&took, 99), MATCH_MS);
    db.close().await;
    kept
}

fn word(kept: bool) -> &'static str {
    if kept { "kept" } else { "NOT KEPT" }
}

fn said(engine: &str, what: &str, ms: f64, promised: f64) -> bool {
    let kept = ms <= promised;
    println!("{engine:<12} {what} {ms:.1} ms, promised {promised}  {}", word(kept));
    kept
}

/// Rooms, bookings of tomorrow, one operator. Gives the number of a booking that is changed.
async fn fill(url: &str, now: Moment, date: chrono::NaiveDate) -> String {
    let db = Db::open(url, Bus::new()).await.unwrap();
    let stamp = Stamp { now, by: None };
    let newcomer = Newcomer {
        name: "李红".to_owned(),
        login: "li".to_owned(),
        roles: "operator".parse().unwrap(),
        extension: None,
        password: PASSWORD.to_owned(),
    };
    staff::add(&db, stamp, newcomer).await.unwrap();
    let furnish = db.write(stamp, move |tx| {
        Box::pin(async move {
            let class = RoomClass {
                id: RoomClassId(0),
                version: 0,
                name: "小包".to_owned(),
                sort: 1,
                stay_small: 90,
                stay_medium: 90,
                stay_large: 90,
                buffer_minutes: 10,
            };
            let class_id = rooms::store::setup::add_class_in(tx, &class).await?;
            let mut area_id = AreaId(0);
            for k in 0..ROOMS {
                if k % 12 == 0 {
                    let name = format!("{}F", k / 12 + 2);
                    area_id = rooms::store::setup::add_area_in(tx, &name, k).await?;
                }
                let draft = Draft {
                    name: format!("{}{:02}", k / 12 + 2, k % 12 + 1),
                    alias: "牡丹".to_owned(),
                    kind: RoomKind::Room,
                    area_id,
                    class_id,
                    cap_min: 2,
                    cap_max: 10,
                    cap_extra: 2,
                    tables: None,
                    shareable: false,
                    priority: 0,
                    features: String::new(),
                    equipment: String::new(),
                    notes: String::new(),
                    sort: k,
                };
                rooms::store::setup::add_room_in(tx, &draft, &format!("key-{k}")).await?;
            }
            Ok(())
        })
    });
    furnish.await.unwrap();
    let actor = Actor { day: day(), approves: true };
    let (mut first, begin) = (None, day().begin(date));
    for room in 1..=ROOMS {
        for k in 0..BOOKINGS {
            let opening = Opening {
                name: ["王先生", "李女士", "赵总", "孙小姐", "周老师"]
                    [usize::try_from(k % 5).unwrap()]
                .to_owned(),
                party: 4 + k % 5,
                phone: format!("138{:08}", room * 100 + k),
                starts_at: Some(begin.plus_millis(k * 100 * 60_000 + 5 * 60_000)),
                minutes: Some(90),
                rooms: vec![RoomId(room)],
                wishes: if k % 3 == 0 { "靠窗".to_owned() } else { String::new() },
                occasion: if k % 7 == 0 { "生日".to_owned() } else { String::new() },
                ..Opening::default()
            };
            let done = doing::open_booking(&db, stamp, actor, opening).await.unwrap().unwrap();
            first = first.or(done.bookings.first().copied());
        }
    }
    let booking = switchboard::bookings::store::by_id(&db, first.unwrap()).await.unwrap().unwrap();
    db.close().await;
    booking.no
}

/// How long a cancellation takes with so many waiting, of whom only the last fits.
async fn matches(db: &Db, now: Moment, date: chrono::NaiveDate, many: usize) -> Vec<f64> {
    let stamp = Stamp { now, by: None };
    let (from_at, to_at) = (at_minute(&day(), date, 0), at_minute(&day(), date, 2_000));
    let wait = db.write(stamp, move |tx| {
        Box::pin(async move {
            for k in 0..WAITING {
                let entry = NewEntry {
                    date,
                    contact_id: None,
                    name: format!("候补{k}"),
                    phone: "+8613800001234".to_owned(),
                    // too many for any room, but for every twentieth
                    party: if k % 20 == 19 { 6 } else { 40 },
                    class_id: None,
                    area_id: None,
                    from_at,
                    to_at,
                    min_minutes: 60,
                    tier: 0,
                    note: String::new(),
                    call_id: None,
                    read_back: false,
                };
                add_in(tx, &entry).await?;
            }
            Ok(())
        })
    });
    wait.await.unwrap();
    let actor = Actor { day: day(), approves: true };
    let mut took = Vec::new();
    for k in 0..many {
        let id = switchboard::kernel::BookingId(i64::try_from(k).unwrap() * 17 + 2);
        let cancel =
            switchboard::bookings::acts::Command::Cancel { reason: "客人取消".to_owned() };
        let begin = Instant::now();
        let done = doing::act(db, stamp, actor, id, None, cancel).await.unwrap().unwrap();
        took.push(begin.elapsed());
        assert_eq!(done.offered.len(), 1, "somebody was called");
    }
    sorted(took)
}

/// A program that speaks to the panel.
#[derive(Clone)]
struct Http {
    web: SocketAddr,
    token: String,
    client: reqwest::Client,
}

impl Http {
    /// Changes a word of a booking.
    async fn edit(&self, no: &str, k: usize) {
        let url = format!("http://{}/bookings/{no}", self.web);
        let now =
            self.client.get(&url).bearer_auth(&self.token).header("accept", "application/json");
        let now: serde_json::Value = now.send().await.unwrap().json().await.unwrap();
        let body = serde_json::json!({ "version": now["version"], "note": format!("第 {k} 次") });
        let change = self.client.post(&url).bearer_auth(&self.token);
        let answer = change.header("accept", "application/json").json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// The board alone: the journal number it is true for, and what it weighs.
    async fn board(&self, path: &str) -> (i64, usize) {
        let url = format!("http://{}{path}", self.web);
        let ask = self.client.get(&url).bearer_auth(&self.token);
        let ask = ask.header("accept", "text/html").header("accept-encoding", "gzip");
        let answer = ask.send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "gzip", "{url}");
        let seq = answer.headers()["x-seq"].to_str().unwrap().parse().unwrap();
        (seq, answer.bytes().await.unwrap().len())
    }
}

/// An open board: hears of the change and asks again until what it has is as new.
async fn follow(http: Http, board: String, changed: String, tell: mpsc::UnboundedSender<Instant>) {
    let mut stream = TcpStream::connect(http.web).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let ask = format!(
        "GET /live HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: text/event-stream\r\n\r\n",
        http.web, http.token
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.contains("200"), "{line}");
    tell.send(Instant::now()).unwrap();
    let about = format!("\"subject\":\"bookings/{changed}\"");
    loop {
        line.clear();
        if stream.read_line(&mut line).await.unwrap() == 0 {
            return;
        }
        if !line.contains(&about) {
            continue;
        }
        let seq = line.split("\"seq\":").nth(1).unwrap();
        let seq: i64 = seq.split([',', '}']).next().unwrap().trim().parse().unwrap();
        while http.board(&board).await.0 < seq {}
        if tell.send(Instant::now()).is_err() {
            return;
        }
    }
}

fn sorted(times: Vec<Duration>) -> Vec<f64> {
    let mut all: Vec<f64> = times.into_iter().map(|one| one.as_secs_f64() * 1_000.0).collect();
    all.sort_unstable_by(f64::total_cmp);
    all
}

fn of(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}
