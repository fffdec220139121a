//! Clocks under changed goals and calendars, and the summary of a day, counted by hand.

use std::collections::BTreeMap;
use std::io::Read as _;

use axum::http::{StatusCode, header};
use futures_util::future::join_all;
use serde_json::{Value, json};
use switchboard::calendars::{self, Weekly, Window};

use super::desk::page;
use super::kit;
use super::tickets::{House, MINUTE};

impl House {
    /// A clock of a fault.
    async fn clock(&self, fault: &str, metric: &str) -> Value {
        let seen = self.get(&self.operator, &format!("/faults/{fault}")).await;
        let clocks = seen["clocks"].as_array().unwrap().clone();
        clocks.into_iter().find(|one| one["metric"] == metric).unwrap()
    }
}

/// The parts of an archive, by their names.
fn unzipped(file: &[u8]) -> BTreeMap<String, String> {
    let number = |at: usize, bytes: usize| {
        file[at..at + bytes].iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let mut parts = BTreeMap::new();
    let central = |at: &usize| file[*at..].starts_with(b"PK\x01\x02");
    for at in (0..file.len()).filter(central) {
        let (size, named, from) = (number(at + 20, 4), number(at + 28, 2), number(at + 42, 4));
        let name = String::from_utf8(file[at + 46..at + 46 + named].to_vec()).unwrap();
        let begin = from + 30 + number(from + 26, 2) + number(from + 28, 2);
        let mut text = String::new();
        let mut packed = flate2::read::DeflateDecoder::new(&file[begin..begin + size]);
        if packed.read_to_string(&mut text).is_ok() {
            parts.insert(name, text);
        }
    }
    parts
}

#[tokio::test]
async fn a_changed_goal_or_calendar_counts_from_the_beginning_of_what_is_open() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.desk.person("孙主管", "supervisor").await;
        let keeper = house.desk.sign_in("supervisor").await;
        let contract = json!({ "number": "HX-1", "company": "恒信物流", "name": "四小时" });
        let (status, made) = house.post(&keeper, "/sites/contracts", contract).await;
        assert_eq!(status, StatusCode::OK, "{made}");
        let fault = house.fault(json!({ "contract": made["id"] })).await;
        house.pass(90).await;
        let before = house.clock(&fault, "resolve").await;
        assert_eq!(
            (&before["goal_ms"], &before["elapsed_ms"]),
            (&json!(240 * MINUTE), &json!(90 * MINUTE))
        );
        let goals = json!({ "contract": made["id"], "priority": 1, "resolve": 60 });
        assert_eq!(house.post(&keeper, "/sites/goals", goals).await.0, StatusCode::OK);
        let now = house.clock(&fault, "resolve").await;
        assert_eq!((&now["goal_ms"], &now["missed"]), (&json!(60 * MINUTE), &json!(true)));
        house.pass(91).await;
        assert_eq!(house.told("missed").await.len(), 1, "told once it is known");

        // the contract's hours: from eleven on; what passed before was no working time after all
        let at = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let mut weekly = Weekly::default();
        weekly.add(chrono::Weekday::Mon, Window { from: at(11), to: at(18) });
        let stamp = house.desk.stamp();
        let hours = calendars::store::add(&fresh.db, stamp, "合同时间".to_owned(), weekly, false);
        let change = json!({ "id": made["id"], "version": 1, "number": "HX-1", "company": "恒信物流", "calendar": hours.await.unwrap().0 });
        assert_eq!(house.post(&keeper, "/sites/contracts", change).await.0, StatusCode::OK);
        let now = house.clock(&fault, "resolve").await;
        assert_eq!((&now["elapsed_ms"], &now["missed"]), (&json!(31 * MINUTE), &json!(false)));
        house.pass(200).await;
        let missed = house.told("missed").await;
        let zh = switchboard::kernel::Language::ZhCn;
        let solved_late = missed.iter().filter(|one| one.title.to(zh).contains("解决"));
        assert_eq!(solved_late.count(), 1, "what was told is not told again");
    }
}

#[tokio::test]
async fn nobody_is_pressed_while_the_customer_keeps_us_waiting_but_our_own_stores_are_no_excuse() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let wait = |why: &str, until: &str| json!({ "why": why, "until_at": until });
        let address = format!("/faults/{fault}/waiting");
        house.say(&address, wait("customer", "2026-11-23T07:00:00.000Z")).await;
        house.pass(4 * 60).await;
        assert!(house.told("warned").await.is_empty() && house.told("missed").await.is_empty());
        assert_eq!(house.clock(&fault, "resolve").await["state"], "paused");
        house.pass(5 * 60 + 1).await;
        assert_eq!(house.state(&fault).await, "accepted");
        let missed = house.told("missed").await;
        assert_eq!(missed.len(), 1, "the arrival, once he is back");
        // waiting for our own parts stops no clock
        let before = house.clock(&fault, "resolve").await["elapsed_ms"].as_i64().unwrap();
        house.say(&address, wait("parts", "2026-11-23T09:00:00.000Z")).await;
        house.pass(5 * 60 + 31).await;
        let now = house.clock(&fault, "resolve").await;
        assert_eq!(
            (&now["state"], now["elapsed_ms"].as_i64().unwrap()),
            (&json!("running"), before + 30 * MINUTE)
        );
        // the house closes at six; what is left of four hours is over in the morning
        house.pass(25 * 60).await;
        assert_eq!(house.told("missed").await.len(), 2, "and the solution in its turn");
    }
}

#[tokio::test]
async fn twelve_faults_of_a_day_are_counted_as_by_hand_and_a_double_leaves_eleven() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let mut numbers = Vec::new();
        for n in 0..12 {
            let company = ["恒信物流", "海宁商贸", "玄武湖会展"][n % 3];
            let category = if n < 7 { "网络" } else { "UPS" };
            let more = json!({
                "company": company, "place": format!("{company} 一楼"), "category": category,
                "serial": if n < 2 { "UPS-7".to_owned() } else { String::new() }, "accept": n != 11,
            });
            numbers.push(house.fault(more).await);
        }
        for no in &numbers[..5] {
            house.say(&format!("/faults/{no}/solution"), json!({ "solution": "重启" })).await;
        }
        house.say(&format!("/faults/{}/reopening", numbers[0]), json!({ "text": "又断" })).await;
        let order = house.sent(&numbers[5]).await;
        for verb in ["accept", "depart"] {
            house.act(&order, verb, json!({})).await;
        }
        // there in time and told three hours later: in time
        house.pass(240).await;
        let there = json!({ "op_id": "t1", "no": order, "verb": "arrive", "at": "2026-11-23T03:00:00.000Z" });
        assert_eq!(house.post(&house.liu.1, "/my/jobs/acts", there).await.1["applied"], true);
        house.act(&order, "finish", json!({ "work_done": "换交换机" })).await;

        let report = house.get(&house.operator, "/reports/faults").await;
        for (figure, by_hand) in
            [("came", 12), ("solved", 5), ("first_call", 4), ("reopened", 1), ("open", 7)]
        {
            assert_eq!(report[figure], by_hand, "{figure}: {report}");
        }
        assert_eq!(
            report["categories"],
            json!([{ "name": "网络", "number": 7 }, { "name": "UPS", "number": 5 }])
        );
        assert_eq!(report["sites"].as_array().unwrap().len(), 3);
        assert_eq!(report["sites"][0]["number"], 4);
        assert_eq!(report["engineers"], json!([{ "name": "刘洋", "number": 1 }]));
        let repeats = report["repeats"].as_array().unwrap();
        assert!(
            repeats.iter().any(|one| one["serial"] == "UPS-7" && one["number"] == 2),
            "{repeats:?}"
        );
        assert_eq!(
            repeats.iter().filter(|one| one["serial"] == "" && one["number"] == 4).count(),
            3
        );
        assert_eq!(report["oldest"][0], numbers[0]);
        let goal = |metric: &str| {
            let all = report["goals"].as_array().unwrap();
            let one = all.iter().find(|one| one["metric"] == metric).unwrap();
            (one["met"].as_i64().unwrap(), one["number"].as_i64().unwrap())
        };
        // eleven were taken at once, one came again and was not, one never was
        assert_eq!(goal("respond"), (11, 13));
        let goals = report["goals"].as_array().unwrap().iter();
        let metrics: Vec<&str> = goals.map(|one| one["metric"].as_str().unwrap()).collect();
        assert_eq!(metrics, ["respond", "arrive", "resolve"], "in the order in which they count");
        // 刘洋 was there after an hour, and seven wait too long; the five that were solved before anybody had to go
        // say nothing of how soon anybody is there, and stand beside the figure
        assert_eq!(goal("arrive"), (1, 8));
        assert_eq!(report["goals"][1]["unvisited"], 5);
        let asked = page("/reports/faults").header(header::COOKIE, &house.operator);
        let drawn = house.desk.ask(asked).await.body;
        assert!(drawn.contains("1/8·另 5 次没上门，不计"), "{drawn}");

        let same = json!({ "of": numbers[6] });
        house.say(&format!("/faults/{}/duplicate", numbers[7]), same).await;
        let report = house
            .say("/reports/faults", json!({ "date": "2026-11-23", "remarks": "下午断电" }))
            .await
            .1;
        assert_eq!(
            (&report["came"], &report["left_out"]),
            (&json!(11), &json!([[numbers[7], numbers[6]]]))
        );
        house.desk.person("陈总", "head").await;
        let head = house.desk.sign_in("head").await;
        let read = json!({ "date": "2026-11-23", "answer": "查一下配电" });
        assert_eq!(house.post(&head, "/reports/faults/reading", read).await.0, StatusCode::OK);
        let kept = house.get(&head, "/reports/faults?date=2026-11-23").await;
        assert_eq!(
            (&kept["read_by"], &kept["answer"], &kept["read_at"]),
            (&json!("陈总"), &json!("查一下配电"), &json!("2026-11-23T06:00:00.000Z"))
        );
        house.pass(35 * 24 * 60).await;
        let operator = house.desk.sign_in("operator").await;
        assert_eq!(
            house.get(&operator, "/reports/faults?date=2026-11-23").await,
            kept,
            "the same next month"
        );
        let week = house.get(&operator, "/reports/faults?period=week&date=2026-11-25").await;
        assert_eq!(
            (&week["came"], &week["from"], &week["to"]),
            (&json!(11), &json!("2026-11-23"), &json!("2026-11-29"))
        );
        let file = async |address: &str| {
            let request = page(address).header(header::COOKIE, &operator);
            house.desk.ask_bytes(request).await
        };
        let sheet = file("/reports/faults/table.csv?date=2026-11-23").await;
        let sheet = String::from_utf8(sheet).unwrap();
        assert_eq!(sheet.trim_end().split("\r\n").count(), 13, "a heading and twelve lines");
        // the figures too, and in both they are those that were handed in
        let figures = file("/reports/faults/table.csv?date=2026-11-23&table=figures").await;
        let figures = String::from_utf8(figures).unwrap();
        for line in [
            "新报,,11",
            "类别,网络,7",
            "客户,恒信物流,4",
            "地点,恒信物流 恒信物流 一楼,4",
            "工程师,刘洋,1",
            "没上门，不计入到场达标,,5",
        ] {
            assert!(figures.lines().any(|one| one == line), "{line}: {figures}");
        }
        assert!(figures.contains("UPS-7,2") && figures.contains("查一下配电"), "{figures}");
        let book = unzipped(&file("/reports/faults/table.xlsx?date=2026-11-23").await);
        let words = &book["xl/sharedStrings.xml"];
        for word in ["UPS-7", "恒信物流 恒信物流 一楼", "刘洋", "网络", "查一下配电", &numbers[0]]
        {
            assert!(words.contains(word), "{word}: {words}");
        }
        let (faults, sums) = (&book["xl/worksheets/sheet1.xml"], &book["xl/worksheets/sheet2.xml"]);
        assert_eq!(faults.matches("<row ").count(), 13);
        // a day is a day, and eleven is a number: 2026-11-23 is day 46349 of a spreadsheet
        assert!(faults.contains("<v>46349</v>") && !faults.contains("t=\"str\""), "{faults}");
        assert!(sums.contains("<v>11</v>"), "{sums}");
    }
}

/// The figures of a summary are those of the faults that are kept with it, however many come in while it is handed in.
#[tokio::test]
async fn a_summary_handed_in_while_faults_come_in_counts_the_faults_it_keeps() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        for period in ["day", "week"] {
            let of = json!({ "period": period, "date": "2026-11-23" });
            let come_in = join_all((0..12).map(|_| house.fault(json!({}))));
            let (handed, _) = tokio::join!(house.say("/reports/faults", of.clone()), come_in);
            assert_eq!(handed.0, StatusCode::OK, "{}", handed.1);
            let sheet = format!("/reports/faults/table.csv?period={period}&date=2026-11-23");
            let request = page(&sheet).header(header::COOKIE, &house.operator);
            let sheet = String::from_utf8(house.desk.ask_bytes(request).await).unwrap();
            let kept = sheet.trim_end().split("\r\n").count() - 1;
            assert_eq!(handed.1["came"], kept, "{sheet}");
            assert_eq!(house.say("/reports/faults", of).await.0, StatusCode::CONFLICT, "once");
        }
    }
}
