//! What the reports tell by themselves: mails at a set time, alerts once per cause and again when over;
//! read in the letters that really arrive.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::receivers::{Mail, relay};
use super::reports_sums::owed;
use super::site::{Site, at};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A relay without a key, on this machine.
fn smtp(addr: std::net::SocketAddr) -> String {
    format!(
        "[smtp]\nhost = \"{}\"\nport = {}\ntls = \"none\"\nfrom = \"三响 <switchboard@house.example>\"\n",
        addr.ip(),
        addr.port()
    )
}

/// To whom a letter went, what it is about, what it says.
fn read(mail: &Mail) -> (String, String, String) {
    let parsed = mailparse::parse_mail(&mail.raw).unwrap();
    let subject = parsed.headers.iter().find(|header| header.get_key() == "Subject").unwrap();
    (mail.to.join(" "), subject.get_value(), parsed.get_body().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_report_goes_out_once_and_says_when_it_is_late() {
    for fresh in kit::stores().await {
        let (addr, mut mails) = relay(&[]).await;
        // without a relay the page says that nothing goes out
        let mut site = Site::open(&fresh.place).await;
        let told = site.get("sun", "/reports/settings").await.1;
        assert_eq!(told["mails_go_out"], false);
        let mut site = site.reopen_with(&fresh.place, &smtp(addr), at(0)).await;
        let told = site.get("sun", "/reports/settings").await.1;
        assert_eq!(told["mails_go_out"], true);
        let page = site.page("sun", "/reports/settings").await;
        assert!(!page.contains("There is no way for mails") && !page.contains("还没有发信的渠道"));
        let daily = json!({ "every": "day", "time": "17:30", "address": "head@house.example" });
        assert_eq!(site.post("sun", "/reports/mails", daily).await.0, StatusCode::OK);
        let weekly = json!({ "every": "week", "weekday": 1, "time": "17:45", "address": "chief@house.example" });
        assert_eq!(site.post("sun", "/reports/mails", weekly).await.0, StatusCode::OK);

        site.pass_to(31 * MINUTE).await;
        let (to, subject, text) = read(&mails.recv().await.unwrap());
        assert!(to.contains("head@house.example"), "{to}");
        assert!(subject.contains("2026/11/22 周日"), "{subject}");
        assert!(text.contains("/reports/answering?from=2026-11-22&to=2026-11-22"), "{text}");
        assert!(!text.contains("迟到"), "{text}");
        site.pass_to(46 * MINUTE).await;
        let (to, subject, _) = read(&mails.recv().await.unwrap());
        assert!(to.contains("chief@house.example"), "{to}");
        assert!(subject.contains("2026/11/16 周一 – 11/22 周日"), "{subject}");

        // a restart sends nothing again; the house is then closed over three evenings
        let site = site.reopen_with(&fresh.place, &smtp(addr), at(60 * MINUTE)).await;
        let late = at(3 * DAY + 60 * MINUTE);
        let mut site = site.reopen_with(&fresh.place, &smtp(addr), late).await;
        let (to, subject, text) = read(&mails.recv().await.unwrap());
        assert!(to.contains("head@house.example"), "{to}");
        assert!(subject.contains("2026/11/25 周三"), "the last that was due: {subject}");
        assert!(text.contains("迟到") && text.contains("17:30"), "{text}");
        let told = site.get("sun", "/reports/settings").await.1;
        assert_eq!(told["mails"][0]["next_at"], "2026-11-27T09:30:00.000Z");
        site.pass_to(4 * DAY + 31 * MINUTE).await;
        let (_, subject, text) = read(&mails.recv().await.unwrap());
        assert!(subject.contains("2026/11/26 周四") && !text.contains("迟到"), "{subject} {text}");
        let sent = site.journal("report").await.into_iter().filter(|line| line.ends_with(" sent"));
        assert_eq!(sent.count(), 4);
        assert!(mails.try_recv().is_err(), "each once");
        site.close().await;
    }
}

/// A call of the day before that nobody answered, on a hotline.
fn missed(id: i64, hotline: &str) -> String {
    let offered = at(-DAY).millis() + id;
    format!(
        "INSERT INTO calls (id, uid, version, pbx, hotline_number, withheld, state, offered_at, rang_at, ended_at, rings, outcome, \
         ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour) VALUES \
         ({id}, 'm{id}', 1, 'main', '{hotline}', FALSE, 'ended', {offered}, {offered}, {}, 4, 'abandoned', 'caller', TRUE, \
         'member', 5000, 3, 15000, 2, '2026-11-22', 17)",
        offered + 20_000
    )
}

fn fault(n: i64, state: &str, how: &str, reopened: i64) -> String {
    format!(
        "INSERT INTO tickets (no, version, state, opened_at, business_date, caller_number, caller_name, company, place, serial, \
         need, purpose, symptom, category, skill, impact, urgency, priority, tried, plan, solution, cause, reopened, reason, \
         solved_how) VALUES ('F26-{n:04}', 1, '{state}', {}, '2026-11-22', '', '', '', '', '', '', '', '坏了', '', '', 1, 1, 1, \
         '', '', '修好了', '', {reopened}, '', {how})",
        at(-DAY).millis()
    )
}

fn booking(n: i64, source: &str) -> String {
    format!(
        "INSERT INTO bookings (no, business_date, local_hour, name, party, phone, wall, starts_at, planned_minutes, source, \
         state, created_at) VALUES ('B261122-{n:03}', '2026-11-22', 18, '王女士', 8, '+8613800000001', '', {}, 120, \
         '{source}', 'booked', 0)",
        at(-DAY).millis()
    )
}

/// The lines of a letter that say a figure.
fn says(text: &str, lines: &[&str]) {
    let told: Vec<&str> = text.lines().map(str::trim_end).collect();
    for line in lines {
        assert!(told.contains(line), "{line} is not in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_letter_says_what_is_owed_and_what_became_of_faults_and_bookings() {
    for fresh in kit::stores().await {
        let (addr, mut mails) = relay(&[]).await;
        let mut site = Site::open_with(&fresh.place, &smtp(addr)).await;
        let mut rows: Vec<String> = (1..=4).map(|id| missed(id, "4008001234")).collect();
        rows.push(missed(5, "4008005678"));
        // one was called back in time, one too late, one let be; two are still owed
        let due = at(30 * DAY).millis();
        rows.extend((1..=5).flat_map(|id| owed(id, due)));
        for (id, closed, how) in
            [(1, due, "called_back"), (2, due + 1, "called_again"), (3, 500, "by_hand")]
        {
            rows.push(format!(
                "UPDATE missed_debts SET closed_at = {closed}, closed_how = '{how}' WHERE id = {id}"
            ));
        }
        rows.extend([
            fault(1, "new", "NULL", 0),
            fault(2, "resolved", "'phone'", 0),
            fault(3, "closed", "'site'", 1),
            fault(4, "cancelled", "NULL", 0),
            booking(1, "self"),
            booking(2, "walk_in"),
            booking(3, "online"),
        ]);
        rows.push("UPDATE bookings SET state = 'cancelled' WHERE no = 'B261122-003'".to_owned());
        rows.push("UPDATE bookings SET state = 'no_show' WHERE no = 'B261122-001'".to_owned());
        let mail = |minute: i64, language: &str, hotline: &str| {
            format!(
                "INSERT INTO report_mails (every, minute, address, language, hotline, next_at) VALUES \
                 ('day', {}, 'head@house.example', '{language}', {hotline}, {})",
                17 * 60 + minute,
                at(minute * MINUTE).millis()
            )
        };
        rows.push(mail(30, "zh-CN", "NULL"));
        rows.push(mail(40, "en", "NULL"));
        rows.push(mail(50, "en", "'4008001234'"));
        site.plant(rows).await;

        site.pass_to(31 * MINUTE).await;
        let (_, subject, text) = read(&mails.recv().await.unwrap());
        assert!(subject.contains("2026/11/22 周日"), "{subject}");
        says(&text, &["应回电: 5", "按时回电: 1", "迟回电: 1", "尚未回电: 2", "免回: 1"]);
        says(&text, &["[故障]", "报障: 4", "未解决: 1", "已解决: 2", "重开: 1", "电话解决: 1"]);
        says(&text, &["[预订]", "预订: 3", "到店: 0", "取消: 1", "未到: 1", "直接来店: 1"]);
        assert!(text.contains("/calls?from=2026-11-22&to=2026-11-22&call_back=owed"), "{text}");
        let faults = "/reports/analysis?source=faults&from=2026-11-22&to=2026-11-22";
        assert!(text.contains(faults) && !text.contains("王女士"), "{text}");

        site.pass_to(41 * MINUTE).await;
        let (_, _, text) = read(&mails.recv().await.unwrap());
        says(&text, &["Call-backs owed: 5", "Kept in time: 1", "Kept late: 1", "Still owed: 2"]);
        says(&text, &["[Faults]", "Faults reported: 4", "Still open: 1", "Solved by telephone: 1"]);
        says(&text, &["[Bookings]", "Bookings: 3", "Cancelled: 1", "Did not come: 1"]);

        // a letter about one hotline says what that one owes, and nothing of the house
        site.pass_to(51 * MINUTE).await;
        let (_, _, text) = read(&mails.recv().await.unwrap());
        says(&text, &["Call-backs owed: 4", "Still owed: 1"]);
        assert!(!text.contains("Faults") && !text.contains("Bookings"), "{text}");
        assert!(text.contains("&to=2026-11-22&hotline=4008001234&call_back=owed"), "{text}");
        site.close().await;
    }
}

fn settings(version: i64, target: &str) -> Value {
    json!({ "version": version, "target": target, "rate_after_calls": 20, "waiting_calls": 0,
        "pbx_silent_minutes": 0, "nobody_minutes": 0 })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_reaches_those_it_is_for_once_and_they_hear_when_it_is_over() {
    for fresh in kit::stores().await {
        let (addr, mut mails) = relay(&[]).await;
        let mut site = Site::open_with(&fresh.place, &smtp(addr)).await;
        let late: Vec<String> = (0..25)
            .map(|n| {
                let offered = at(-3_600_000).millis() + n;
                format!(
                    "('u{n}', 1, 'main', FALSE, 'ended', {offered}, {offered}, {0}, {0}, 1, 'late', 'caller', TRUE, 'member', \
                     5000, 3, 15000, 2, '2026-11-23', 16)",
                    offered + 20_000
                )
            })
            .collect();
        let calls = format!(
            "INSERT INTO calls (uid, version, pbx, withheld, state, offered_at, rang_at, answered_at, ended_at, rings, outcome, \
             ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour) VALUES {}",
            late.join(", ")
        );
        let reach = |who: &str, id: i64| {
            format!(
                "INSERT INTO outbox_people (staff_id, version, mail, mobile) VALUES ({id}, 1, '{who}@house.example', '')"
            )
        };
        let rows = vec![reach("sun", site.id("sun")), reach("wang", site.id("wang")), calls];
        site.plant(rows).await;
        let set = settings(1, "95.0");
        assert_eq!(site.post("sun", "/reports/settings", set).await.0, StatusCode::OK);
        let (to, subject, text) = read(&mails.recv().await.unwrap());
        assert!(to.contains("sun@house.example"), "{to}");
        assert!(subject.contains("提醒") && subject.contains("0.0%"), "{subject}");
        assert!(text.contains("/reports/settings"), "{text}");
        let notices = site.get("sun", "/notices").await.1.to_string();
        assert!(notices.contains("提醒"), "{notices}");
        let head = site.get("gao", "/notices").await.1.to_string();
        assert!(head.contains("提醒"), "{head}");
        let engineers = site.get("wang", "/notices").await.1;
        assert!(!engineers.to_string().contains("提醒"), "{engineers}");

        // another look at the same cause tells nobody again; its end does
        let set = settings(2, "96.0");
        assert_eq!(site.post("sun", "/reports/settings", set).await.0, StatusCode::OK);
        let set = settings(3, "0.1");
        let rows = vec!["UPDATE calls SET excluded = 'test' WHERE id > 5".to_owned()];
        site.plant(rows).await;
        assert_eq!(site.post("sun", "/reports/settings", set).await.0, StatusCode::OK);
        let (to, subject, _) = read(&mails.recv().await.unwrap());
        assert!(to.contains("sun@house.example") && subject.contains("已解除"), "{to} {subject}");
        let told = site.get("sun", "/reports/settings").await.1;
        assert_eq!(told["alerts"], json!([]));

        // whom it is for is set; a role that does not exist is refused
        let mut wrong = settings(4, "0.1");
        wrong["alert_roles"] = json!("chief");
        let (status, refused) = site.post("sun", "/reports/settings", wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        let mut set = settings(4, "95.0");
        (set["alert_roles"], set["rate_after_calls"]) = (json!("engineer"), json!(5));
        assert_eq!(site.post("sun", "/reports/settings", set).await.0, StatusCode::OK);
        let (to, subject, _) = read(&mails.recv().await.unwrap());
        assert!(to.contains("wang@house.example") && subject.contains("提醒"), "{to} {subject}");
        assert!(mails.try_recv().is_err(), "nobody else");
        site.close().await;
    }
}
