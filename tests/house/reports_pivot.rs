//! Questions asked of faults and bookings: each cell counts what was made, and lists exactly that.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

use super::kit;
use super::line::at;
use super::reports::{ask, get};
use super::reports_made::change;
use super::stage::Stage;

/// One record that was made: its number and its keys by cut.
struct Made {
    no: String,
    date: String,
    state: &'static str,
    kind: &'static str,
    customer: &'static str,
    open: bool,
}

fn faults(chance: &mut StdRng) -> Vec<(Made, String)> {
    let states = ["new", "resolved", "closed", "cancelled", "reopened"];
    let fault = |n: usize| {
        let state = states[chance.random_range(0..states.len())];
        let kind = ["网络", "", "打印机"][chance.random_range(0..3)];
        let customer = ["华泰", "汉庭", ""][chance.random_range(0..3)];
        let date = format!("2026-11-{:02}", chance.random_range(1..24));
        let no = format!("F26-{n:04}");
        let row = format!(
            "('{no}', 1, '{state}', {}, '{date}', '', '', '{customer}', '', '', '', '', '坏了', '{kind}', '', 1, 1, 1, '', '', \
             '修好了', '', 0, '')",
            at(0).millis() + i64::try_from(n).unwrap()
        );
        let open = matches!(state, "new" | "reopened");
        (Made { no, date, state, kind, customer, open }, row)
    };
    (1..=120).map(fault).collect()
}

fn bookings(chance: &mut StdRng) -> Vec<(Made, String)> {
    let states = ["booked", "departed", "cancelled", "no_show"];
    let booking = |n: usize| {
        let state = states[chance.random_range(0..states.len())];
        let kind = ["self", "online"][chance.random_range(0..2)];
        let date = format!("2026-11-{:02}", chance.random_range(1..24));
        let no = format!("B261101-{n:03}");
        let row = format!(
            "('{no}', '{date}', 18, '王女士', 8, '+8613800000001', '', {}, 120, '{kind}', '{}', 0)",
            at(0).millis() + i64::try_from(n).unwrap(),
            if state == "departed" { "in_room" } else { "booked" },
        );
        (Made { no, date, state, kind, customer: "", open: state == "booked" }, row)
    };
    (1..=90).map(booking).collect()
}

/// Every cell against what was made, and the list behind it.
async fn compare(stage: &Stage, source: &str, cuts: [&str; 2], measure: &str, made: &[&Made]) {
    let key = |one: &Made, cut: &str| match cut {
        "state" => one.state.to_owned(),
        "kind" => one.kind.to_owned(),
        "customer" => one.customer.to_owned(),
        "month" => one.date[..7].to_owned(),
        _ => one.date.clone(),
    };
    let mut expected: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for one in made {
        let place = (key(one, cuts[0]), key(one, cuts[1]));
        expected.entry(place).or_default().push(one.no.clone());
    }
    let asked = format!(
        "source={source}&rows={}&columns={}&measure={measure}&from=2026-11-01&to=2026-11-23",
        cuts[0], cuts[1]
    );
    let answer = get(stage, &format!("/reports/analysis?{asked}")).await;
    let keys = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect()
    };
    let (rows, columns) = (keys(&answer["row_keys"]), keys(&answer["column_keys"]));
    let mut cells = 0;
    for (row, line) in rows.iter().zip(answer["counts"].as_array().unwrap()) {
        for (column, count) in columns.iter().zip(line.as_array().unwrap()) {
            let mut behind = expected.remove(&(row.clone(), column.clone())).unwrap_or_default();
            assert_eq!(count.as_u64().unwrap(), behind.len() as u64, "{asked}: {row} {column}");
            let name = |key: &str| {
                if key.is_empty() {
                    "-".to_owned()
                } else {
                    utf8_percent_encode(key, NON_ALPHANUMERIC).to_string()
                }
            };
            let path =
                format!("/reports/analysis/rows?{asked}&row={}&column={}", name(row), name(column));
            let listed = get(stage, &path).await;
            let mut told: Vec<String> = listed["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["no"].as_str().unwrap().to_owned())
                .collect();
            told.sort();
            behind.sort();
            assert_eq!(told, behind, "{path}");
            cells += 1;
        }
    }
    assert!(expected.is_empty() && cells > 0, "{asked}: {expected:?} are in no cell");
}

#[tokio::test]
async fn each_cell_of_faults_and_bookings_lists_exactly_what_it_counts() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let mut chance = StdRng::seed_from_u64(5);
        let (faults, rows): (Vec<_>, Vec<_>) = faults(&mut chance).into_iter().unzip();
        let faults_put = format!(
            "INSERT INTO tickets (no, version, state, opened_at, business_date, caller_number, caller_name, company, place, serial, \
             need, purpose, symptom, category, skill, impact, urgency, priority, tried, plan, solution, cause, reopened, reason) VALUES {}",
            rows.join(", ")
        );
        let (bookings, rows): (Vec<_>, Vec<_>) = bookings(&mut chance).into_iter().unzip();
        let bookings_put = format!(
            "INSERT INTO bookings (no, business_date, local_hour, name, party, phone, wall, starts_at, planned_minutes, source, \
             state, created_at) VALUES {}",
            rows.join(", ")
        );
        let mut rows = vec![faults_put, bookings_put];
        rows.extend(bookings.iter().map(|one| {
            format!("UPDATE bookings SET state = '{}' WHERE no = '{}'", one.state, one.no)
        }));
        change(&fresh.db, rows).await;
        let all: Vec<&Made> = faults.iter().collect();
        compare(&stage, "faults", ["customer", "state"], "all", &all).await;
        compare(&stage, "faults", ["kind", "day"], "all", &all).await;
        let open: Vec<&Made> = faults.iter().filter(|one| one.open).collect();
        compare(&stage, "faults", ["state", "month"], "open", &open).await;
        let all: Vec<&Made> = bookings.iter().collect();
        compare(&stage, "bookings", ["day", "state"], "all", &all).await;
        let gone: Vec<&Made> = bookings.iter().filter(|one| one.state == "no_show").collect();
        compare(&stage, "bookings", ["kind", "month"], "no_show", &gone).await;

        // the records of a cell are read page by page, each once
        let asked = "source=faults&measure=all&from=2026-11-01&to=2026-11-23&limit=50";
        let path = format!("/reports/analysis/rows?{asked}");
        let (mut read, mut pages, mut after) = (Vec::new(), 0, String::new());
        loop {
            let page = get(&stage, &format!("{path}{after}")).await;
            assert_eq!(page["count"], 120);
            let items = page["items"].as_array().unwrap();
            read.extend(items.iter().map(|item| item["no"].as_str().unwrap().to_owned()));
            pages += 1;
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let newest_first: Vec<String> = faults.iter().rev().map(|one| one.no.clone()).collect();
        assert_eq!((pages, &read), (3, &newest_first));
        let reader = "who=li; roles=supervisor; tongue=en";
        let told = ask(&stage, "GET", &path, reader, "text/html", None).await.text();
        assert!(told.contains("1–50 of 120") && told.contains(">Older</a>"), "{told}");
        let older = told.split_once("rel=\"next\"").unwrap().0.rsplit_once("href=\"").unwrap().1;
        let older = older.split('"').next().unwrap().replace("&#38;", "&");
        let told = ask(&stage, "GET", &older, reader, "text/html", None).await.text();
        assert!(told.contains("51–100 of 120") && told.contains(">Newest</a>"), "{told}");
        let wrong = format!("{path}1");
        let refused = ask(&stage, "GET", &wrong, reader, "application/json", None).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "limit=501");

        // a page for people, its links lead to the records; no guest is named
        let reader = "who=li; roles=supervisor; tongue=en";
        let page = "/reports/analysis?source=bookings&rows=kind&columns=state&from=2026-11-01&to=2026-11-23";
        let told = ask(&stage, "GET", page, reader, "text/html", None).await.text();
        assert!(
            told.contains("/reports/analysis/rows?source=bookings") && told.contains("Bookings")
        );
        let rows =
            "/reports/analysis/rows?source=bookings&measure=all&from=2026-11-01&to=2026-11-23";
        let told = ask(&stage, "GET", rows, reader, "text/html", None).await.text();
        assert!(told.contains("/bookings/B261101-001") && !told.contains("王女士"), "{told}");
        let wrong = "/reports/analysis?source=bookings&rows=hotline";
        let refused = ask(&stage, "GET", wrong, reader, "application/json", None).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "bookings know no hotline");
        // of calls the rows are the log
        let log = "/reports/analysis/rows?source=calls&measure=late&from=2026-11-01&to=2026-11-23";
        let led = ask(&stage, "GET", log, reader, "text/html", None).await;
        assert_eq!(led.status, StatusCode::SEE_OTHER);
        assert!(
            led.place.starts_with("/calls?") && led.place.contains("figure=late"),
            "{}",
            led.place
        );
    }
}
