//! A room's calendar under names that mean harm: whatever stands in a text, the lines are those we wrote,
//! none is longer than 75 octets, none is cut inside a character, and the text is read back as it was
//! (RFC 5545 §3.1, §3.3.11).

use axum::http::StatusCode;
use proptest::prelude::*;
use serde_json::json;
use switchboard::kernel::Moment;
use switchboard::rooms::{Event, calendar};

use super::bookings_kit::House;
use super::kit;

/// The lines of a calendar as a reader unfolds them. Every physical line is checked.
fn unfolded(text: &str) -> Vec<String> {
    assert!(text.ends_with("\r\n"), "the last line ends");
    let mut lines: Vec<String> = Vec::new();
    for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line:?}", line.len());
        let bare = line.chars().find(|c| c.is_control() && *c != '\t');
        assert_eq!(bare, None, "{line:?}");
        match line.strip_prefix(' ') {
            Some(rest) => lines.last_mut().unwrap().push_str(rest),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

/// A text as a reader takes its escapes off.
fn read(value: &str) -> String {
    let (mut text, mut letters) = (String::new(), value.chars());
    while let Some(letter) = letters.next() {
        let next = if letter == '\\' { letters.next() } else { None };
        text.push(match next {
            Some('n' | 'N') => '\n',
            Some(other @ ('\\' | ',' | ';')) => other,
            Some(other) => panic!("no escape: \\{other}"),
            None => {
                assert!(!matches!(letter, ',' | ';' | '\\'), "bare {letter} in {value}");
                letter
            }
        });
    }
    text
}

/// What of a text a calendar can hold.
fn held(said: &str) -> String {
    let said = said.replace("\r\n", "\n");
    let said = said.replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    said.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn at(minutes: i64) -> Moment {
    Moment::parse_rfc3339("2026-11-23T19:00:00+08:00").unwrap().plus_millis(minutes * 60_000)
}

fn event(summary: &str) -> Event {
    Event {
        uid: "B261123-014-7@switchboard".into(),
        sequence: 3,
        summary: summary.to_owned(),
        from: at(0),
        to: at(120),
        cancelled: true,
        changed_at: at(-115),
    }
}

fn value<'a>(lines: &'a [String], name: &str) -> &'a str {
    let of_name = |line: &&String| line.split([':', ';']).next() == Some(name);
    let found: Vec<&String> = lines.iter().filter(of_name).collect();
    assert_eq!(found.len(), 1, "{name}: {lines:?}");
    found[0].split_once(':').unwrap().1
}

const HARM: [&str; 12] = [
    "A3\r\nBEGIN:VEVENT",
    "A3\rX-EVIL:1",
    "A3\nATTACH:http://evil",
    "\0\u{1}\u{7f}\u{9b}",
    "逗号，,分号;反斜\\杠\\n",
    "\u{2028}\u{2029}\u{85}",
    "\t tab",
    "",
    " ",
    "\\",
    "𠮷野家🀄",
    "\"quoted:;\"",
];

#[test]
fn no_name_is_a_line_of_its_own() {
    let zone = chrono_tz::Asia::Shanghai;
    let wide =
        ["\u{a0}".repeat(400), "\u{3000}".repeat(400), "长".repeat(3_400), "x".repeat(10_000)];
    let plain = unfolded(&calendar("A3", zone, &[event("")])).len();
    for said in HARM.iter().copied().chain(wide.iter().map(String::as_str)) {
        let lines = unfolded(&calendar(said, zone, &[event(said)]));
        assert_eq!(lines.len(), plain, "{said:?}: {lines:?}");
        for name in ["NAME", "X-WR-CALNAME", "SUMMARY"] {
            assert_eq!(read(value(&lines, name)), held(said), "{name}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_back_as_it_was(name in "\\PC{0,60}|[\\x00-\\x20,;\\\\:\"]{0,80}|.{0,300}", summary in "(\\r|\\n|\\\\|,|;|长|🀄|\u{a0}|\u{3000}|x){0,400}") {
        let text = calendar(&name, chrono_tz::Asia::Shanghai, &[event(&summary), event(&name)]);
        let lines = unfolded(&text);
        prop_assert_eq!(read(value(&lines, "NAME")), held(&name));
        let said: Vec<&String> = lines.iter().filter(|line| line.starts_with("SUMMARY:")).collect();
        prop_assert_eq!(said.len(), 2);
        prop_assert_eq!(read(&said[0]["SUMMARY:".len()..]), held(&summary));
        prop_assert_eq!(lines.iter().filter(|line| *line == "BEGIN:VEVENT").count(), 2);
    }
}

#[test]
fn a_booking_that_moved_keeps_its_name_and_counts_up() {
    let text = calendar("A3", chrono_tz::Asia::Shanghai, &[event("B261123-014 · 8")]);
    for line in [
        "UID:B261123-014-7@switchboard",
        "SEQUENCE:3",
        "DTSTART;TZID=Asia/Shanghai:20261123T190000",
        "DTEND;TZID=Asia/Shanghai:20261123T210000",
        "STATUS:CANCELLED",
        "LAST-MODIFIED:20261123T090500Z",
        "TZOFFSETTO:+0800",
    ] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} is missing in {text}");
    }
}

#[test]
fn a_zone_says_when_its_clocks_change() {
    let summer = Event { from: at(0), to: at(200 * 24 * 60), ..event("x") };
    let lines = unfolded(&calendar("A3", chrono_tz::Europe::Berlin, &[summer]));
    let zone = lines.iter().skip_while(|line| *line != "BEGIN:DAYLIGHT");
    let zone: Vec<&str> = zone.take(6).map(String::as_str).collect();
    // two in the morning becomes three
    let expected = [
        "BEGIN:DAYLIGHT",
        "DTSTART:20270328T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "TZNAME:CEST",
        "END:DAYLIGHT",
    ];
    assert_eq!(zone, expected, "{lines:?}");
}

#[tokio::test]
async fn a_room_with_a_name_that_means_harm_has_a_calendar_and_a_change_is_dated() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let alias = "贵宾,一;号\\厅";
        let room = json!({ "name": "Z9", "alias": alias, "area_id": 1, "class_id": 1, "cap_min": 2, "cap_max": 8, "sort": 10 });
        let made = house.did(&zhou, "/admin/rooms", room).await;
        let id = made["id"].as_i64().unwrap_or_else(|| panic!("{made}"));
        let no = house.book(&li, "王先生\\,;", 6, "Z9", "19:00").await;
        let link = house.seen(&zhou, &format!("/rooms/{id}")).await["calendar"].clone();
        let link = link.as_str().unwrap().strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
        let feed = async || {
            let answer = house.desk.ask(axum::extract::Request::get(&link)).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            unfolded(&answer.body)
        };
        let lines = feed().await;
        assert!(read(value(&lines, "NAME")).contains(alias), "{lines:?}");
        assert!(value(&lines, "SUMMARY").starts_with(&no), "{lines:?}");
        assert_eq!(value(&lines, "LAST-MODIFIED"), "20261123T100000Z");
        // what calendars are told of a change is when it was made
        house.pass_to("18:20").await;
        let longer = json!({ "minutes": 30 });
        house.did(&li, &format!("/bookings/{no}/extension"), longer).await;
        let lines = feed().await;
        assert_eq!(value(&lines, "LAST-MODIFIED"), "20261123T102000Z");
        assert_eq!(value(&lines, "SEQUENCE"), "2");
        for name in ["Z\n8", "Z\u{1}8"] {
            let room = json!({ "name": name, "area_id": 1, "class_id": 1, "cap_min": 2, "cap_max": 8, "sort": 11 });
            house.refused(&zhou, "/admin/rooms", room).await;
        }
    }
}
