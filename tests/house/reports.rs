//! The supervisor's figures: each is what was made, each is a link to exactly its calls, and the sums
//! of past days say what the calls themselves say.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use switchboard::calls::store::{Filter, page};
use switchboard::calls::{Evidence, Figure, Outcome};
use switchboard::db::Db;
use switchboard::demo::{self, Fate};
use switchboard::kernel::{Moment, StaffId};
use switchboard::reports;
use tower::ServiceExt as _;

use super::kit;
use super::line::at;
use super::reports_made::{Leg, Made, change, made, nanjing, put};
use super::reports_truth::{Days, Pick, Truth, compare};
use super::stage::Stage;

const SUPERVISOR: &str = "who=li; roles=supervisor; tongue=en";

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: String,
    pub(crate) cookie: String,
    pub(crate) place: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

pub(crate) async fn ask(
    stage: &Stage,
    method: &str,
    path: &str,
    cookie: &str,
    accept: &str,
    body: Option<Value>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("accept", accept);
    if !cookie.is_empty() {
        request = request.header("cookie", cookie);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let response = stage.router().oneshot(request.body(body).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let header = |name: &str| {
        let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let (kind, cookie, place) = (header("content-type"), header("set-cookie"), header("location"));
    let status = parts.status;
    let body = to_bytes(body, 1 << 24).await.unwrap().to_vec();
    Answer { status, kind, cookie, place, body }
}

pub(crate) async fn get(stage: &Stage, path: &str) -> Value {
    let answer = ask(stage, "GET", path, SUPERVISOR, "application/json", None).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.json()
}

/// A store with so many made calls of the month before noon of the 23rd.
async fn made_in(db: &Db, seed: u64, count: i64) -> (Stage, Vec<Made>) {
    let stage = Stage::set(db).await;
    let calls = made(seed, count, 35, at(0), &[stage.li, stage.chen]);
    put(db, &calls).await;
    (stage, calls)
}

/// Every number that a log filter finds, page by page.
pub(crate) async fn ids(db: &Db, filter: &Filter) -> Vec<i64> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = page(db, filter, 200, after).await.unwrap();
        found.extend(page.items.iter().map(|call| call.id.0));
        after = page.next;
        if after.is_none() {
            found.sort_unstable();
            return found;
        }
    }
}

#[tokio::test]
async fn every_figure_is_what_was_made_and_a_link_to_exactly_its_calls() {
    for fresh in kit::stores().await {
        let (_stage, calls) = made_in(&fresh.db, 11, 1_500).await;
        for &figure in Figure::ALL {
            let expected: Vec<i64> = calls
                .iter()
                .filter(|call| call.is(figure.word(), &calls))
                .map(|call| call.id)
                .collect();
            let filter = Filter { figure: Some(figure), ..Filter::default() };
            assert_eq!(ids(&fresh.db, &filter).await, expected, "{}", figure.word());
            assert!(!expected.is_empty(), "{} is not in the truth", figure.word());
        }
        let check = async |filter: Filter, of: &Pick<'_>| {
            let expected: Vec<i64> =
                calls.iter().filter(|call| of(call)).map(|call| call.id).collect();
            assert_eq!(ids(&fresh.db, &filter).await, expected, "{filter:?}");
        };
        let all = Filter::default;
        check(Filter { hour: Some(2), ..all() }, &|call| call.hour == 2).await;
        check(Filter { weekday: Some(7), ..all() }, &|call| call.weekday == 7).await;
        check(Filter { answered_by: Some(StaffId(0)), ..all() }, &|call| call.staff.is_none())
            .await;
        check(Filter { hotline: Some("-".into()), ..all() }, &|call| call.hotline.is_none()).await;
        // the few slow ones are found by how slow they are, the many others by when they came
        for least in [20_000, 3_000] {
            let filter = Filter { answer_from_ms: Some(least), ..all() };
            check(filter, &|call| call.answer_ms().is_some_and(|ms| ms >= least)).await;
            let filter = Filter { wait_from_ms: Some(least), ..all() };
            check(filter, &|call| call.wait_ms().is_some_and(|ms| ms >= least)).await;
        }
        for &evidence in Evidence::ALL {
            let filter = Filter { evidence: Some(evidence), ..all() };
            check(filter, &|call| call.evidence == evidence.word()).await;
            let figure = Some(Figure::Counted);
            let filter = Filter { evidence: Some(evidence), figure, ..all() };
            check(filter, &|call| {
                call.evidence == evidence.word() && (call.lifted() || call.unserved())
            })
            .await;
        }
    }
}

#[tokio::test]
async fn the_log_holds_to_all_that_is_asked_of_it_at_once() {
    for fresh in kit::stores().await {
        let (stage, calls) = made_in(&fresh.db, 29, 900).await;
        let taken = |call: &Made| call.id % 5 == 0;
        let take = "UPDATE calls SET taken_at = offered_at, taken_by = ";
        change(&fresh.db, vec![format!("{take}{} WHERE id % 5 = 0", stage.li.0)]).await;
        let mut chance = StdRng::seed_from_u64(29);
        let mut whole = 0;
        for _ in 0..120 {
            let n: [usize; 7] = std::array::from_fn(|_| chance.random_range(0..900));
            let hour = calls[n[5]].hour;
            let filter = Filter {
                figure: n[0].is_multiple_of(2).then(|| Figure::ALL[n[0] / 2 % Figure::ALL.len()]),
                evidence: n[1]
                    .is_multiple_of(3)
                    .then(|| Evidence::ALL[n[1] / 3 % Evidence::ALL.len()]),
                hotline: [None, None, Some("4008001234"), Some("4008005678"), Some("-")][n[2] % 5]
                    .map(str::to_owned),
                answered_by: [None, None, None, Some(StaffId(0)), Some(stage.chen)][n[3] % 5],
                staff: n[4].is_multiple_of(3).then_some(stage.li),
                hour: n[5].is_multiple_of(4).then_some(hour),
                outcome: n[6]
                    .is_multiple_of(4)
                    .then(|| Outcome::ALL[n[6] / 4 % Outcome::ALL.len()]),
                ..Filter::default()
            };
            let holds = |call: &&Made| {
                filter.figure.is_none_or(|figure| call.is(figure.word(), &calls))
                    && filter.evidence.is_none_or(|evidence| call.evidence == evidence.word())
                    && filter
                        .hotline
                        .as_deref()
                        .is_none_or(|line| call.hotline.unwrap_or("-") == line)
                    && filter.answered_by.is_none_or(|who| call.staff.unwrap_or(0) == who.0)
                    && filter.staff.is_none_or(|who| call.staff == Some(who.0) || taken(call))
                    && filter.hour.is_none_or(|hour| call.hour == hour)
                    && filter.outcome.is_none_or(|outcome| call.outcome == Some(outcome.word()))
            };
            let expected: Vec<i64> = calls.iter().filter(holds).map(|call| call.id).collect();
            assert_eq!(ids(&fresh.db, &filter).await, expected, "{filter:?}");
            whole += expected.len();
        }
        assert!(whole > 500, "the filters leave something: {whole}");
        // a person's calls, answered and taken, come newest first and each once
        let filter = Filter { staff: Some(stage.li), ..Filter::default() };
        let (mut came, mut after) = (Vec::new(), None);
        loop {
            let next = page(&fresh.db, &filter, 7, after).await.unwrap();
            came.extend(next.items.iter().map(|call| (call.offered_at.millis(), call.id.0)));
            after = next.next;
            if after.is_none() {
                break;
            }
        }
        let hers = calls.iter().filter(|call| call.staff == Some(stage.li.0) || taken(call));
        let mut expected: Vec<(i64, i64)> = hers.map(|call| (call.offered, call.id)).collect();
        expected.sort_unstable();
        expected.reverse();
        assert_eq!(came, expected);
    }
}

const MONTH: Days = Days {
    of: ["2026-10-25", "2026-11-23"],
    before: ["2026-09-25", "2026-10-24"],
    until: Some("2026-10-24T12:00:00+08:00"),
    heat: ["2026-10-25", "2026-11-23"],
    trend: ["2026-11-10", "2026-11-23"],
};
const TODAY: Days = Days {
    of: ["2026-11-23", "2026-11-23"],
    before: ["2026-11-22", "2026-11-22"],
    until: Some("2026-11-22T12:00:00+08:00"),
    heat: ["2026-10-27", "2026-11-23"],
    trend: ["2026-11-10", "2026-11-23"],
};
/// The same day, which is a Monday, as the week that has only begun.
const WEEK: Days = Days {
    before: ["2026-11-16", "2026-11-16"],
    until: Some("2026-11-16T12:00:00+08:00"),
    ..TODAY
};
const YESTERDAY: Days = Days {
    of: ["2026-11-22", "2026-11-22"],
    before: ["2026-11-21", "2026-11-21"],
    until: None,
    heat: ["2026-10-26", "2026-11-22"],
    trend: ["2026-11-09", "2026-11-22"],
};
const LAST_WEEK: Days = Days {
    of: ["2026-11-16", "2026-11-22"],
    before: ["2026-11-09", "2026-11-15"],
    until: None,
    heat: ["2026-11-16", "2026-11-22"],
    trend: ["2026-11-09", "2026-11-22"],
};
const THIS_MONTH: Days = Days {
    of: ["2026-11-01", "2026-11-23"],
    before: ["2026-10-01", "2026-10-23"],
    until: Some("2026-10-23T12:00:00+08:00"),
    heat: ["2026-11-01", "2026-11-23"],
    trend: ["2026-11-10", "2026-11-23"],
};

#[tokio::test]
async fn the_report_says_what_was_made_whether_days_are_summed_or_not() {
    for fresh in kit::stores().await {
        let (stage, calls) = made_in(&fresh.db, 5, 2_000).await;
        let truth = Truth::of(&calls);
        let (li, days) = (stage.li.0, "from=2026-10-25&to=2026-11-23");
        let ask = async |query: &str, days: Days, of: &Pick<'_>| {
            compare(&stage, &truth, query, days, of).await;
        };
        for round in ["call by call", "summed"] {
            ask(&format!("{days}&by=day"), MONTH, &|_| true).await;
            ask(&format!("{days}&by=hour"), MONTH, &|_| true).await;
            let of_li = |call: &Made| call.staff == Some(li);
            ask(&format!("{days}&by=weekday&person={li}"), MONTH, &of_li).await;
            ask(&format!("{days}&by=hour&person={li}"), MONTH, &of_li).await;
            ask(&format!("period=today&person={li}"), TODAY, &of_li).await;
            let dining = |call: &Made| call.hotline == Some("4008005678");
            ask(&format!("{days}&by=month&hotline=4008005678"), MONTH, &dining).await;
            ask("period=today&hotline=4008005678", TODAY, &dining).await;
            ask(&format!("{days}&hotline=-"), MONTH, &|call| call.hotline.is_none()).await;
            ask("period=today", TODAY, &|_| true).await;
            ask("period=yesterday", YESTERDAY, &|_| true).await;
            ask("period=week", WEEK, &|_| true).await;
            ask("period=last_week", LAST_WEEK, &|_| true).await;
            ask("period=month", THIS_MONTH, &|_| true).await;
            let summed = reports::sum_marked(&fresh.db, &nanjing(), at(0)).await.unwrap();
            let nothing = summed == reports::Renewed::default();
            assert_eq!(nothing, round == "summed", "the second time nothing is new or marked");
        }
        // a day that changes is true at once, before it is summed again and after
        let month = |call: &&mut Made| ("2026-10-25"..="2026-11-23").contains(&call.date.as_str());
        let mut changed = calls.clone();
        let mut within = changed.iter_mut().filter(month);
        let late = within.find(|call| call.is("met", &calls)).unwrap();
        late.excluded = Some("test");
        let row = format!("UPDATE calls SET excluded = 'test' WHERE id = {}", late.id);
        let truth = Truth::of(&changed);
        change(&fresh.db, vec![row]).await;
        compare(&stage, &truth, &format!("{days}&by=day"), MONTH, &|_| true).await;
        let renewed = reports::sum_marked(&fresh.db, &nanjing(), at(0)).await.unwrap();
        assert_eq!(renewed, reports::Renewed { days: 1, calls: 0 });
        compare(&stage, &truth, &format!("{days}&by=day"), MONTH, &|_| true).await;
        assert!(reports::sum_anew(&fresh.db, &nanjing(), at(0)).await.unwrap().days > 30);
        compare(&stage, &truth, &format!("{days}&by=day"), MONTH, &|_| true).await;
    }
}

/// Calls of the day before around the hour it is now, the last a millisecond before and the first at it.
#[tokio::test]
async fn today_is_compared_with_the_same_part_of_the_day_before_and_the_page_says_so() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let day = 86_400_000;
        let mut calls = made(3, 6, 1, at(0), &[stage.li]);
        let times = [-5 * 3_600_000, -1, 0, 1, 6 * 3_600_000];
        calls.truncate(times.len());
        for (call, time) in calls.iter_mut().zip(times) {
            let offered = at(time - day);
            (call.offered, call.rang, call.answered) = (offered.millis(), None, None);
            (call.outcome, call.excluded, call.ended) =
                (Some("not_offered"), None, Some(offered.millis() + 20_000));
            (call.date, call.hour) = ("2026-11-22".to_owned(), nanjing().local_hour(offered));
            (call.weekday, call.staff, call.rings, call.leg) = (7, None, None, Leg::Nothing);
        }
        put(&fresh.db, &calls).await;
        for _ in ["call by call", "summed"] {
            let before = get(&stage, "/reports/answering?period=today").await["before"].clone();
            assert_eq!(before["tally"]["not_offered"], 2, "{before}");
            assert_eq!(before["until"], "2026-11-22T04:00:00.000Z");
            let whole = get(&stage, "/reports/answering?period=yesterday").await;
            assert_eq!(whole["tally"]["not_offered"], 5, "{whole}");
            assert_eq!(whole["before"]["until"], Value::Null);
            reports::sum_marked(&fresh.db, &nanjing(), at(0)).await.unwrap();
        }
        let page = async |query: &str, tongue: &str| {
            let reader = format!("who=li; roles=supervisor; tongue={tongue}");
            let path = format!("/reports/answering?{query}");
            ask(&stage, "GET", &path, &reader, "text/html", None).await.text()
        };
        let english = page("period=today", "en").await;
        assert!(english.contains("The period before, to 12:00: 2"), "{english}");
        assert!(page("period=today", "zh-CN").await.contains("上一时段（截至 12:00） 2"));
        assert!(!page("period=yesterday", "en").await.contains("period before, to"));
    }
}

/// The number of calls a link leads to, and the text it carries.
async fn behind(stage: &Stage, link: &str) -> (usize, String) {
    let (href, text) = link.split_once('"').unwrap();
    let text = text.split_once('>').unwrap().1.split_once("</a>").unwrap().0;
    let mut path = format!("{}&limit=200", href.replace("&amp;", "&").replace("&#38;", "&"));
    let mut found = 0;
    loop {
        let page = get(stage, &path).await;
        found += page["items"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { return (found, text.to_owned()) };
        path = format!("{}&after={next}", path.split("&after=").next().unwrap());
    }
}

#[tokio::test]
async fn the_page_says_what_its_figures_rest_on_and_every_operators_figure_is_a_link() {
    for fresh in kit::stores().await {
        let (stage, calls) = made_in(&fresh.db, 13, 700).await;
        let of_month = |call: &&Made| ("2026-10-25"..="2026-11-23").contains(&call.date.as_str());
        let month: Vec<&Made> = calls.iter().filter(of_month).collect();
        let count = |pick: &dyn Fn(&Made) -> bool| month.iter().filter(|call| pick(call)).count();
        let path = "/reports/answering?from=2026-10-25&to=2026-11-23";
        let page = ask(&stage, "GET", path, SUPERVISOR, "text/html", None).await.text();
        let rests = page.split_once("id=\"rests\"").unwrap().1.split_once("</section>").unwrap().0;
        let links: Vec<&str> = rests.split("<a href=\"").skip(1).collect();
        assert_eq!(links.len(), 9, "five of the rates, four of the times: {rests}");
        let mut all = 0;
        for link in links {
            let (found, text) = behind(&stage, link).await;
            assert_eq!(found.to_string(), text, "{link}");
            all += found;
        }
        let counted = count(&|call| call.lifted() || call.unserved());
        assert_eq!(all, counted + count(&|call| call.lifted()));

        let people = page.split_once("id=\"people-h\"").unwrap().1;
        let people = people.split_once("</section>").unwrap().0;
        let rows = people.split("<tr").filter(|row| row.contains("answered_by="));
        for row in rows {
            let links: Vec<&str> = row.split("<a href=\"").skip(1).collect();
            assert_eq!(links.len(), 8, "every figure of the line: {row}");
            let who = row.split_once("answered_by=").unwrap().1;
            let who: i64 = who.split(['&', '"']).next().unwrap().parse().unwrap();
            let of = |call: &Made| call.staff.unwrap_or(0) == who;
            let slowest = month.iter().filter(|call| of(call) && call.lifted());
            let slowest = slowest.filter_map(|call| call.answer_ms()).max().unwrap();
            let expected = [
                count(&|call| of(call) && call.lifted()),
                count(&|call| of(call) && call.is("met", &[])),
                count(&|call| of(call) && call.is("measured", &[])),
                count(&|call| of(call) && call.is("measured", &[])),
                count(&|call| of(call) && call.lifted() && call.answer_ms() == Some(slowest)),
                count(&|call| of(call) && call.is("pickups", &[])),
                count(&|call| of(call) && call.is("hung_caller", &[])),
                count(&|call| of(call) && call.is("talked", &[])),
            ];
            for (link, expected) in links.into_iter().zip(expected) {
                assert_eq!(behind(&stage, link).await.0, expected, "{link}");
            }
        }
    }
}

#[tokio::test]
async fn the_page_shows_of_each_piece_what_programs_are_told_of_it() {
    for fresh in kit::stores().await {
        let (stage, _) = made_in(&fresh.db, 29, 500).await;
        for by in ["hour", "weekday", "day", "week", "month"] {
            let path = format!("/reports/answering?from=2026-10-25&to=2026-11-23&by={by}");
            let report = get(&stage, &path).await;
            let page = ask(&stage, "GET", &path, SUPERVISOR, "text/html", None).await.text();
            let table = page.split_once("<table id=\"pieces\">").unwrap().1;
            let table = table.split_once("</table>").unwrap().0.split_once("<tbody>").unwrap().1;
            let rows: Vec<&str> = table.split("<tr").skip(1).collect();
            let pieces = report["pieces"].as_array().unwrap();
            assert_eq!(rows.len(), pieces.len() + 1, "{by}: the pieces and their sum");
            let tallies = pieces.iter().map(|one| &one["tally"]).chain([&report["tally"]]);
            for (row, tally) in rows.iter().zip(tallies) {
                let counts = |names: &[&str]| -> i64 {
                    names.iter().map(|name| tally[name].as_i64().unwrap()).sum()
                };
                let unserved = ["abandoned", "not_offered", "machine_only"];
                let others = ["met", "late", "short", "unmeasured", "live"];
                let expected = [
                    counts(&unserved) + counts(&others),
                    counts(&["met"]),
                    counts(&["late"]),
                    counts(&["short"]),
                    counts(&["abandoned"]),
                    counts(&["not_offered"]),
                    counts(&["machine_only"]),
                    counts(&["unmeasured"]),
                    counts(&["outage"]),
                ];
                let cell = |cell: &str| -> i64 {
                    let text = cell.split_once('>').unwrap().1.split_once('<').unwrap().0;
                    text.parse().unwrap()
                };
                let cells = row.split("<td class=\"r num\">").skip(1).take(expected.len());
                assert_eq!(cells.map(cell).collect::<Vec<_>>(), expected, "{by}: {row}");
            }
            for link in rows[0].split("<a href=\"").skip(1) {
                let (found, text) = behind(&stage, link).await;
                assert_eq!(found.to_string(), text, "{by}: {link}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_month_is_reported_as_it_was_meant() {
    let fresh = &kit::stores().await[0];
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let password = switchboard::kernel::Secret::new("x".to_owned());
    let folder = std::path::Path::new("/nowhere");
    let mut config = demo::configuration(folder, listen, listen, password);
    for hotline in &mut config.hotlines {
        hotline.hours.clear();
    }
    let config = std::sync::Arc::new(config);
    let now = Moment::parse_rfc3339("2026-11-23T12:00:00+08:00").unwrap();
    let people = "INSERT INTO staff (id, name, login, roles, extension, created_at) VALUES \
                  (901, 'a', 'a', 'operator', '801', 0), (902, 'b', 'b', 'operator', '802', 0)";
    change(&fresh.db, vec![people.to_owned()]).await;
    demo::remember(&fresh.db, config.clone(), now, 9).await.unwrap();
    reports::sum_marked(&fresh.db, &config.site.day, now).await.unwrap();
    let stage = Stage::set(&fresh.db).await;
    let mut chance = StdRng::seed_from_u64(9);
    let month = demo::month(&config.site.day, now, &mut chance);
    let report = get(&stage, "/reports/answering?from=2026-10-20&to=2026-11-23&by=day").await;
    let fate = |of: fn(Fate) -> bool| month.iter().filter(|past| of(past.part.fate)).count();
    let answered = |from, to| {
        let fits = |past: &&demo::Past| matches!(past.part.fate, Fate::Answered(after) if (from..to).contains(&after));
        month.iter().filter(fits).count()
    };
    let tally = &report["tally"];
    assert_eq!(tally["seen"], json!(month.len()));
    assert_eq!(tally["met"], json!(answered(0, 300)));
    assert_eq!(tally["late"], json!(answered(300, 10_000)));
    assert_eq!(tally["r1"], json!(answered(0, 100)));
    assert_eq!(tally["r2"], json!(answered(100, 200)));
    assert_eq!(tally["r3"], json!(answered(200, 300)));
    let soon = fate(|fate| matches!(fate, Fate::GivenUp(after) if after < 100));
    let left = fate(|fate| matches!(fate, Fate::GivenUp(after) if after >= 100));
    assert_eq!(tally["short"], json!(soon));
    assert_eq!(tally["abandoned"], json!(left));
    let strict = report["rates"]["strict_permille"].as_u64().unwrap();
    let all = answered(0, 10_000) + left;
    assert_eq!(strict, u64::try_from(answered(0, 300) * 1000 / all).unwrap());
    // where nobody talks the first telephone rings, and it is the second that fetches
    let fetched = month.iter().filter(|past| past.fetched).count();
    assert!(fetched > 5, "{fetched}");
    assert_eq!(tally["pickups"], json!(fetched));
    for one in report["persons"].as_array().unwrap() {
        let of_them = if one["key"] == "902" { fetched } else { 0 };
        assert_eq!(one["tally"]["pickups"], json!(of_them), "{one}");
    }
}

#[tokio::test]
async fn nothing_is_a_dash_and_what_cannot_be_read_is_told() {
    let fresh = &kit::stores().await[0];
    let stage = Stage::set(&fresh.db).await;
    let report = get(&stage, "/reports/answering").await;
    assert_eq!(report["rates"]["strict_permille"], Value::Null);
    assert_eq!(report["operator_clock"]["median_ms"], Value::Null);
    assert_eq!(report["period"]["from"], "2026-11-23");
    let html = ask(&stage, "GET", "/reports/answering", SUPERVISOR, "text/html", None).await;
    assert_eq!(html.status, StatusCode::OK);
    let text = html.text();
    assert!(text.contains("id=\"rate\">–</p>") && !text.contains("100.0<small>"), "{text}");
    assert!(text.contains("promise: 3 rings · 0 beyond") && !text.contains("–%"), "{text}");
    assert!(!text.contains("style="), "nothing is styled inline");
    for (query, field) in [
        ("period=decade", "period"),
        ("from=2026-13-01", "from"),
        ("from=2026-11-02&to=2026-11-01", "to"),
        ("person=somebody", "person"),
        ("by=person", "by"),
        ("format=pdf", "format"),
    ] {
        let path = format!("/reports/answering?{query}");
        let answer = ask(&stage, "GET", &path, SUPERVISOR, "application/json", None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(answer.json()["fields"][field].is_string(), "{query}: {}", answer.text());
    }
    let operator = "who=li; roles=operator";
    for path in ["/reports/answering", "/reports/staffing", "/reports/analysis", "/reports/walls"] {
        let answer = ask(&stage, "GET", path, operator, "application/json", None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_report_leaves_as_csv_and_as_a_workbook_with_its_definitions() {
    let fresh = &kit::stores().await[0];
    let (stage, calls) = made_in(&fresh.db, 5, 300).await;
    let days = "from=2026-10-25&to=2026-11-23&by=weekday";
    let path = format!("/reports/answering?{days}&format=csv");
    let csv = ask(&stage, "GET", &path, SUPERVISOR, "*/*", None).await;
    assert!(csv.kind.starts_with("text/csv"), "{}", csv.kind);
    let text = csv.text();
    assert!(text.starts_with('\u{feff}'));
    let lines: Vec<&str> = text.lines().collect();
    let report = get(&stage, &format!("/reports/answering?{days}")).await;
    assert_eq!(lines.len(), 1 + report["pieces"].as_array().unwrap().len() + 1, "heads and a sum");
    let month = |call: &&Made| ("2026-10-25"..="2026-11-23").contains(&call.date.as_str());
    let presented = calls.iter().filter(month).filter(|call| call.counts()).count();
    let sum: Vec<&str> = lines.last().unwrap().split(',').collect();
    assert_eq!(sum[1], presented.to_string());
    for by in ["hour", "weekday", "day", "week", "month"] {
        let path = format!("/reports/answering?from=2026-10-25&to=2026-11-23&by={by}&format=xlsx");
        let xlsx = ask(&stage, "GET", &path, SUPERVISOR, "*/*", None).await;
        assert_eq!(xlsx.status, StatusCode::OK, "by {by}");
        assert_eq!(&xlsx.body[..4], b"PK\x03\x04");
    }
}

#[tokio::test]
async fn a_question_is_kept_asked_again_and_each_cell_counts_its_calls() {
    for fresh in kit::stores().await {
        let (stage, calls) = made_in(&fresh.db, 8, 800).await;
        let asked = "rows=weekday&columns=hour&measure=late&from=2026-10-25&to=2026-11-23";
        let answer = get(&stage, &format!("/reports/analysis?{asked}")).await;
        let mut seen = 0;
        for (row, weekday) in rows_of(&answer) {
            for (count, hour) in row {
                let of = |call: &&Made| {
                    call.is("late", &calls)
                        && ("2026-10-25"..="2026-11-23").contains(&call.date.as_str())
                        && (call.weekday.to_string(), call.hour.to_string())
                            == (weekday.clone(), hour.clone())
                };
                assert_eq!(count, calls.iter().filter(of).count() as u64, "{weekday} {hour}");
                seen += count;
            }
        }
        assert!(seen > 20, "{answer}");
        // every hour of every day, and no day or hour without such a call
        let days = "rows=day&columns=hour&measure=abandoned&from=2026-10-25&to=2026-11-23";
        let answer = get(&stage, &format!("/reports/analysis?{days}")).await;
        let abandoned = |call: &&Made| {
            call.is("abandoned", &calls)
                && ("2026-10-25"..="2026-11-23").contains(&call.date.as_str())
        };
        let (mut seen, mut columns) = (0, BTreeMap::<String, u64>::new());
        for (row, day) in rows_of(&answer) {
            assert!(row.iter().any(|(count, _)| *count > 0), "{day}");
            for (count, hour) in row {
                let of = |call: &&Made| {
                    abandoned(call) && call.date == day && call.hour.to_string() == hour
                };
                assert_eq!(count, calls.iter().filter(of).count() as u64, "{day} {hour}");
                *columns.entry(hour).or_default() += count;
                seen += count;
            }
        }
        assert_eq!(seen, calls.iter().filter(abandoned).count() as u64, "{answer}");
        assert!(seen > 0 && columns.values().all(|count| *count > 0), "{answer}");
        let kept = json!({ "name": "迟到的星期", "asked": asked });
        let put = |body: Value| {
            ask(&stage, "POST", "/reports/questions", SUPERVISOR, "application/json", Some(body))
        };
        let first = put(kept.clone()).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text());
        assert_eq!(put(kept).await.json()["version"], 2, "the same name is the same question");
        let hostile = json!({ "name": "x", "asked": "rows=day\"><script>" });
        assert_eq!(put(hostile).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let all = get(&stage, "/reports/questions").await;
        assert_eq!(all["items"].as_array().unwrap().len(), 1);
        let path = format!("/reports/questions/{}", first.json()["id"]);
        let gone = ask(&stage, "DELETE", &path, SUPERVISOR, "application/json", None).await;
        assert_eq!(gone.status, StatusCode::OK);
        let again = ask(&stage, "DELETE", &path, SUPERVISOR, "application/json", None).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
    }
}

/// The cells of an answer: each line with its key, each count with its column's.
fn rows_of(answer: &Value) -> Vec<(Vec<(u64, String)>, String)> {
    let keys = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect()
    };
    let (rows, columns) = (keys(&answer["row_keys"]), keys(&answer["column_keys"]));
    let counts = answer["counts"].as_array().unwrap();
    let line = |line: &Value| -> Vec<(u64, String)> {
        let counts = line.as_array().unwrap().iter().map(|count| count.as_u64().unwrap());
        counts.zip(columns.clone()).collect()
    };
    counts.iter().map(line).zip(rows).collect()
}

#[tokio::test]
async fn staffing_stands_on_the_sites_own_calls() {
    let fresh = &kit::stores().await[0];
    let (stage, calls) = made_in(&fresh.db, 21, 1_200).await;
    reports::sum_marked(&fresh.db, &nanjing(), at(0)).await.unwrap();
    let report = get(&stage, "/reports/staffing?weeks=4").await;
    let inside = |call: &&Made| ("2026-10-26"..="2026-11-22").contains(&call.date.as_str());
    let presented = calls.iter().filter(inside).filter(|call| call.counts()).count();
    let csv = ask(&stage, "GET", "/reports/staffing?weeks=4&format=csv", SUPERVISOR, "*/*", None);
    let csv = csv.await.text();
    let unknown = csv.lines().skip(1).all(|line| {
        let columns: Vec<&str> = line.split(',').collect();
        !columns[4].is_empty() && columns[5].is_empty() && columns[6].is_empty()
    });
    assert!(unknown, "where nobody keeps a roster nobody is said to be missing: {csv}");
    let halves = report["halves"].as_array().unwrap();
    let told: u64 = halves.iter().map(|half| half["calls"].as_u64().unwrap()).sum();
    assert_eq!(told, presented as u64);
    let talked: Vec<&Made> =
        calls.iter().filter(inside).filter(|call| call.is("talked", &calls)).collect();
    let talk: i64 = talked.iter().map(|call| call.ended.unwrap() - call.answered.unwrap()).sum();
    let mean = talk / i64::try_from(talked.len()).unwrap();
    assert_eq!(report["ground"]["handling_ms"], json!(mean));
    assert_eq!(report["ground"]["handling_from"], "measured");
    assert_eq!(report["ground"]["promise_ms"], 15_000);
    // one of two shifts, and one who is on call at home, are one pair of hands
    let (from, to) = (at(-86_400_000).millis(), at(8 * 86_400_000).millis());
    let people = "INSERT INTO staff (id, name, login, roles, created_at) VALUES \
                  (911, 'a', 'a', 'operator', 0), (912, 'b', 'b', 'operator', 0)";
    let shifts = format!(
        "INSERT INTO shifts (staff_id, role, hotline, kind, from_at, to_at) VALUES \
         (911, 'operator', NULL, 'duty', {from}, {to}), \
         (911, 'operator', '4008001234', 'duty', {from}, {to}), \
         (912, 'operator', NULL, 'on_call', {from}, {to})"
    );
    change(&fresh.db, vec![people.to_owned(), shifts]).await;
    let rostered = get(&stage, "/reports/staffing?weeks=4").await["halves"].clone();
    assert!(rostered.as_array().unwrap().iter().all(|half| half["rostered"] == 1), "{rostered}");
    // the table to keep says the same of each half hour
    let csv = ask(&stage, "GET", "/reports/staffing?weeks=4&format=csv", SUPERVISOR, "*/*", None);
    let csv = csv.await.text();
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines[0].contains("Needed,Rostered,Missing,"), "{}", lines[0]);
    for (line, half) in lines[1..].iter().zip(rostered.as_array().unwrap()) {
        let columns: Vec<&str> = line.split(',').collect();
        let needed = half["needed"].as_i64().unwrap();
        let expected = [needed, 1, (needed - 1).max(0)].map(|n| n.to_string());
        assert_eq!(columns[4..7], expected, "{line}");
    }
    let given = get(&stage, "/reports/staffing?weeks=4&handling_s=240").await;
    assert_eq!(given["ground"]["handling_ms"], 240_000);
    for half in halves {
        let hands = half["hands"].as_array().unwrap();
        assert!(hands[0]["within_permille"].as_i64() <= hands[1]["within_permille"].as_i64());
        let minute = half["half"].as_i64().unwrap();
        assert!((0..48).contains(&minute));
    }
}

#[tokio::test]
async fn the_evidence_of_a_call_is_the_same_for_everyone_who_asks() {
    let fresh = &kit::stores().await[0];
    let stage = Stage::set(&fresh.db).await;
    stage.house.ring("a", 0, "013800001234").await;
    stage.house.answered("a", 7_421).await;
    stage.house.settle(8_000).await;
    let id = get(&stage, "/calls").await["items"][0]["id"].clone();
    let path = format!("/calls/{id}/evidence");
    let told = get(&stage, &path).await;
    assert_eq!(told["document"]["call"]["caller"]["number"], "+8613800001234");
    assert!(told["document"]["story"].as_array().unwrap().len() >= 3);
    let file = format!("{path}?format=file");
    let file = ask(&stage, "GET", &file, SUPERVISOR, "*/*", None).await;
    let hash = hex::encode(Sha256::digest(&file.body));
    assert_eq!(told["sha256"], json!(hash), "the file is what was hashed");
    assert_eq!(get(&stage, &path).await["sha256"], told["sha256"], "and stays so");
    let operator = ask(&stage, "GET", &path, "who=li; roles=operator", "*/*", None).await;
    assert_eq!(operator.status, StatusCode::FORBIDDEN);
}
