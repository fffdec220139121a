//! The journal: to be read by those who may, and written by whatever changes anything.

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard::app;

use super::kit;
use super::site::{Site, at};

#[tokio::test(flavor = "multi_thread")]
async fn who_did_what_is_read_by_person_record_and_time() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        let task = json!({ "title": "统计", "due_at": at(3_600_000), "staff": site.id("li") });
        let (_, task) = site.post("gao", "/follow-ups", task).await;
        let subject = format!("follow-ups/{}", task["id"]);
        site.post("li", &format!("/{subject}/completion"), json!({})).await;
        let (status, page) = site.get("sun", &format!("/journal?subject={subject}")).await;
        assert_eq!(status, StatusCode::OK);
        let rows = page["items"].as_array().unwrap();
        let said: Vec<_> = rows
            .iter()
            .map(|row| (row["by"]["name"].as_str().unwrap(), row["change"].as_str().unwrap()))
            .collect();
        assert_eq!(said, [("李红", "done"), ("高部长", "opened")]);
        assert_eq!(rows[0]["name"]["text"], "统计", "a name for those who may know it");
        let li = site.id("li");
        let (_, own) = site.get("sun", &format!("/journal?person={li}&kind=follow_up")).await;
        assert_eq!(own["items"].as_array().unwrap().len(), 1);
        // an operator reads what she did, whatever she asks
        let (_, own) = site.get("li", "/journal?person=house").await;
        let by = |row: &Value| row["by"]["id"] == json!(li);
        assert!(own["items"].as_array().unwrap().iter().all(by));
        let (status, _) = site.get("jia", "/journal").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (_, none) = site.get("sun", "/journal?from=2026-11-25").await;
        assert!(none["items"].as_array().unwrap().is_empty());
        let (_, all) = site.get("sun", "/journal?from=2026-11-22&to=2026-11-23").await;
        assert!(all["items"].as_array().unwrap().len() > 8);
        let (status, problem) = site.get("sun", "/journal?from=yesterday").await;
        assert_eq!(
            (status, problem["fields"]["from"].is_string()),
            (StatusCode::BAD_REQUEST, true)
        );
        // what a change says is said in words: the field, the person, the day
        let shown = site.page("sun", &format!("/journal?subject={subject}")).await;
        assert!(shown.contains("人员 李红") && shown.contains("期限 11/23 周一"), "{shown}");
        assert!(!shown.contains("due_at"), "{shown}");
        let alike = "href=\"/journal?kind=follow_up&amp;change=done\"";
        assert!(shown.contains(alike), "what happened leads to all that happened so: {shown}");
        let table = site.page("sun", &format!("/journal.csv?subject={subject}")).await;
        assert!(table.starts_with('\u{feff}') && table.contains("李红") && table.contains("\r\n"));
        // why a colleague answered is told in words, on the page and in the table
        let picked = format!(
            "INSERT INTO journal (seq, at, kind, subject, change, why) VALUES ((SELECT seq FROM journal_head) + 1, {}, 'call', \
             'calls/7', 'picked_up', 'no_answer')",
            at(0).millis()
        );
        site.plant(vec![picked, "UPDATE journal_head SET seq = seq + 1".to_owned()]).await;
        for path in ["/journal?subject=calls/7", "/journal.csv?subject=calls/7"] {
            let shown = site.page("sun", path).await;
            assert!(shown.contains("原因：未接") && !shown.contains("原因：no_answer"), "{shown}");
        }
        // a message of the outbox has a name too
        let sent = format!(
            "INSERT INTO journal (seq, at, kind, subject, change) VALUES ((SELECT seq FROM journal_head) + 1, {}, 'outbox', \
             'outbox/29', 'sent')",
            at(0).millis()
        );
        site.plant(vec![sent, "UPDATE journal_head SET seq = seq + 1".to_owned()]).await;
        let shown = site.page("sun", "/journal?subject=outbox/29").await;
        assert!(shown.contains("第 29 号发件"), "{shown}");
        // and so have a card, somebody of the directory, and a call that is owed back
        let card = json!({ "name": "凤凰木", "numbers": ["13800001239"] });
        let (_, card) = site.post("sun", "/contacts", card).await;
        let person = json!({ "name": "章文静", "disclosure": "public" });
        let (_, person) = site.post("gao", "/directory", person).await;
        for (subject, name) in [
            (format!("contacts/{}", card["id"]), "凤凰木"),
            (format!("directory/{}", person["id"]), "章文静"),
        ] {
            let (_, page) = site.get("sun", &format!("/journal?subject={subject}")).await;
            let named = &page["items"][0]["name"];
            assert_eq!(named["text"], name, "{subject}: {page}");
            assert_eq!(named["href"], format!("/{subject}"));
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_picked_from_a_list_of_words() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        let task = json!({ "title": "统计", "due_at": at(3_600_000), "staff": site.id("li") });
        let (_, task) = site.post("gao", "/follow-ups", task).await;
        let subject = format!("follow-ups/{}", task["id"]);
        site.post("li", &format!("/{subject}/completion"), json!({})).await;
        let shown = site.page("sun", "/journal").await;
        let choice = "<option value=\"follow_up/done\">跟进·办好</option>";
        assert!(shown.contains("<optgroup label=\"跟进\">") && shown.contains(choice), "{shown}");
        let chosen = "<option value=\"follow_up/done\" selected>";
        // what is picked, what a row leads to and what an address said before are one
        for path in [
            "/journal?subject=&person=&what=follow_up%2Fdone&from=&to=",
            "/journal?kind=follow_up&change=done",
        ] {
            let shown = site.page("sun", path).await;
            assert!(shown.contains(chosen) && shown.contains(&subject), "{path}: {shown}");
            let (_, page) = site.get("sun", path).await;
            let rows = page["items"].as_array().unwrap();
            assert_eq!(rows.len(), 1, "{page}");
            assert_eq!(rows[0]["change"], "done");
        }
        let table = site.page("sun", "/journal.csv?what=follow_up").await;
        assert_eq!(table.matches(&subject).count(), 2, "{table}");
        // a change of whatever kind has no group: it stands above them
        let shown = site.page("sun", "/journal?change=done").await;
        assert!(shown.contains("<option value=\"/done\" selected>办好</option>"), "{shown}");
        // who reads what they did themselves finds no more in the list than that
        let shown = site.page("li", "/journal").await;
        assert!(shown.contains(choice) && !shown.contains("<optgroup label=\"来电\">"), "{shown}");
        // what nobody has a word for is no empty list
        let (status, problem) = site.get("sun", "/journal?kind=teapot&change=boiled").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(problem["fields"]["kind"].as_str().unwrap().contains("teapot"), "{problem}");
        assert!(problem["fields"]["change"].as_str().unwrap().contains("boiled"), "{problem}");
        let (_, shown) = site.look("sun", "/journal?what=call%2Fboiled").await;
        assert!(
            shown.contains("id=\"wrong-change\"") && shown.contains("id=\"filters\""),
            "{shown}"
        );
        assert!(!shown.contains("id=\"wrong-kind\""), "a call is a kind: {shown}");
        // a place that is none of ours is no empty page, and who reads their own asks for nobody else
        let (_, shown) = site.look("sun", "/journal?after=x").await;
        assert!(!shown.contains("id=\"filters\""), "{shown}");
        assert_eq!(site.get("li", "/journal?person=abc").await.0, StatusCode::OK);
        // nothing happened so yet: that is no mistake
        let (status, none) = site.get("sun", "/journal?what=booking%2Fseated").await;
        assert_eq!((status, &none["items"]), (StatusCode::OK, &json!([])));
        site.close().await;
    }
}

/// Addresses that change nothing that is kept, and why.
const QUIET: &[(&str, &str)] = &[
    ("post /demo/clock", "moves the demo's clock; what falls due by it writes its own rows"),
    ("post /calls/{id}/draft", "what somebody still writes is theirs; saved it is a row"),
    ("delete /calls/{id}/draft", "the same, taken back"),
    ("post /admin/numbers/trial", "reads samples by rules that are not kept"),
    ("post /my/heartbeat", "a sign of life of a telephone: nobody's record"),
];

/// Addresses that a story of their room sends: address, file. The store itself looks at every change a
/// story makes (`db::told`): one that touches a record and writes no line stops that story. So what
/// excuses an address from the walk is that somebody sends it; the file must name it.
const SENT_BY_THEIR_STORY: &[(&str, &str)] = &[
    ("post /admin/booking-rules", "restored"),
    ("post /admin/calendars", "calendars"),
    ("post /admin/calendars/{id}", "calendars"),
    ("post /admin/numbers", "contacts_pages"),
    ("post /admin/numbers/rereading", "contacts_pages"),
    ("delete /admin/outbox/{id}", "outbox"),
    ("post /admin/outbox/{id}/retry", "outbox"),
    ("post /banquets", "bookings_evening"),
    ("post /banquets/{id}", "bookings_asked"),
    ("delete /bookings/acts/latest", "bookings_series"),
    ("delete /bookings/acts/{id}", "bookings_series"),
    ("delete /bookings/approvals/{id}", "bookings_series_whole"),
    ("post /bookings/approvals/{id}", "bookings_series_whole"),
    ("post /devices/checks", "devices"),
    ("post /devices/checks/{id}/faults", "devices"),
    ("post /devices/checks/{id}/radios/{staff}", "devices"),
    ("post /devices/checks/{id}/trial", "devices"),
    ("post /shifts/opening/ticks/{item}/photo", "opening"),
    ("post /bookings/holds", "bookings_kept"),
    ("delete /bookings/holds/{id}", "bookings_kept"),
    ("post /bookings/holds/{id}", "bookings_kept"),
    ("post /bookings/release", "bookings_released"),
    ("post /bookings/repacking", "bookings_kept"),
    ("post /bookings/{no}", "bookings_kept"),
    ("post /bookings/{no}/attribution", "bookings"),
    ("post /bookings/{no}/change", "bookings_asked"),
    ("post /bookings/{no}/chase", "bookings"),
    ("post /bookings/{no}/combination", "bookings_evening"),
    ("post /bookings/{no}/eta", "bookings"),
    ("post /bookings/{no}/extension", "room_calendars"),
    ("post /bookings/{no}/join", "bookings_undone"),
    ("post /bookings/{no}/no-show", "bookings"),
    ("post /bookings/{no}/readback", "bookings_evening"),
    ("post /bookings/{no}/series", "bookings_series"),
    ("post /bookings/{no}/series/cancellation", "bookings_series"),
    ("post /bookings/{no}/swap", "bookings_evening"),
    ("post /calls/outgoing/{id}/judgement", "outgoing_purpose"),
    ("post /calls/outgoing/{id}/purpose", "outgoing_purpose"),
    ("post /calls/plans/{id}/letters", "papers"),
    ("post /calls/plans/{id}/papers", "hostile"),
    ("delete /calls/plans/{id}/papers/{paper}", "papers"),
    ("post /calls/{id}/hold-agreed", "holds"),
    ("post /calls/{id}/pickup", "panel"),
    ("post /calls/{id}/quality", "quality"),
    ("post /calls/{id}/wrap-up", "panel"),
    ("post /contacts/imports", "contacts_pages"),
    ("delete /contacts/imports/{id}", "contacts_pages"),
    ("post /contacts/imports/{id}/acceptance", "contacts_pages"),
    ("delete /contacts/merges/{id}", "contacts_pages"),
    ("post /contacts/privacy/erasure", "contacts_pages"),
    ("post /contacts/{id}", "contacts_pages"),
    ("post /contacts/{id}/apart", "contacts_pages"),
    ("post /contacts/{id}/merges", "contacts_pages"),
    ("post /directory/import", "directory"),
    ("delete /faults/acts/latest", "tickets_phoned"),
    ("delete /faults/acts/{id}", "tickets_phoned"),
    ("post /faults/{no}", "read_back"),
    ("post /faults/{no}/cancellation", "tickets_undone"),
    ("post /faults/{no}/closing", "promises_kept"),
    ("post /faults/{no}/consultations", "tickets_orders"),
    ("post /faults/{no}/duplicate", "tickets"),
    ("post /faults/{no}/helping", "tickets_desk"),
    ("post /faults/{no}/reopening", "promises_kept"),
    ("post /faults/{no}/solution", "tickets"),
    ("delete /faults/{no}/waiting", "tickets_undone"),
    ("post /faults/{no}/waiting", "tickets_asked"),
    ("post /faults/{no}/work-orders", "tickets_orders"),
    ("post /follow-ups/{id}/concerned", "followups"),
    ("post /me", "staff"),
    ("post /me/browsers", "promises_kept"),
    ("post /me/password", "staff"),
    ("post /me/reach", "promises"),
    ("post /me/reach/trial", "outbox"),
    ("delete /messages/{id}", "messages"),
    ("post /messages/{id}/answer", "messages"),
    ("post /my/floor/areas", "bookings_asked"),
    ("post /my/floor/{room}/{act}", "bookings_corridor"),
    ("post /my/jobs/acts", "tickets"),
    ("post /reports/faults", "tickets_figures"),
    ("post /reports/faults/reading", "tickets"),
    ("post /reports/mails", "reports_told"),
    ("delete /reports/mails/{id}", "reports_wall"),
    ("post /reports/settings", "reports_told"),
    ("post /reports/walls", "reports_wall"),
    ("delete /reports/walls/{id}", "reports_wall"),
    ("delete /rooms/{id}/closure", "bookings"),
    ("post /rooms/{id}/closure", "bookings"),
    ("post /rooms/{id}/readiness", "restored"),
    ("post /setup/{token}", "staff"),
    ("post /shifts", "shifts"),
    ("delete /shifts/absence", "shifts"),
    ("post /shifts/absence", "shifts"),
    ("post /shifts/absence/departure", "shifts"),
    ("post /shifts/self-check", "shifts"),
    ("delete /shifts/sign-on", "alerts"),
    ("delete /shifts/stand-ins/{absence}", "shifts"),
    ("post /shifts/stand-ins/{absence}", "shifts"),
    ("delete /shifts/{id}", "shifts"),
    ("post /sign-in", "staff"),
    ("post /sign-out", "staff"),
    ("post /sites", "tickets_told"),
    ("post /sites/assets", "tickets_told"),
    ("post /sites/contracts", "tickets_figures"),
    ("post /sites/engineers/{id}", "tickets_hand"),
    ("post /sites/goals", "tickets_figures"),
    ("post /staff", "staff"),
    ("post /staff/{id}", "staff"),
    ("post /viewings", "bookings_kept"),
    ("post /viewings/{id}/end", "bookings_kept"),
    ("post /waitlist/{id}/reply", "bookings_evening"),
    ("post /work-orders/{no}", "tickets_orders"),
    ("post /work-orders/{no}/acts/{verb}", "tickets_orders"),
    ("post /work-orders/{no}/issue", "tickets_moves"),
    ("post /work-orders/{no}/pictures", "tickets"),
    ("delete /work-orders/{no}/pictures/{id}", "tickets_orders"),
    ("post /work-orders/{no}/print", "tickets_orders"),
];

/// Addresses that are another's twin: one handler, or one way to the store, whose line the other's
/// story asks for.
const TWINS: &[(&str, &str)] = &[
    ("delete /bookings/{no}/no-show", "delete /bookings/{no}/cancellation"),
    ("post /bookings/{no}/addition", "post /bookings/{no}/combination"),
    ("post /bookings/{no}/split", "post /bookings/{no}/join"),
    ("delete /calls/{id}/pickup", "post /calls/{id}/pickup"),
];

/// Addresses of the second walk.
const WALKED_TOO: &[&str] = &[
    "delete /admin/calendars/{id}/days/{date}",
    "delete /admin/room-links",
    "delete /admin/room-prices/{id}",
    "delete /admin/scripts/words/{id}",
    "delete /admin/scripts/{id}",
    "delete /admin/tokens/{id}",
    "delete /bookings/{no}/arrival",
    "delete /bookings/{no}/cancellation",
    "delete /bookings/{no}/departure",
    "delete /bookings/{no}/left-unseated",
    "delete /bookings/{no}/seat",
    "delete /reports/questions/{id}",
    "delete /shifts/sign-ons/{staff}",
    "delete /staff/{id}/disabled",
    "delete /waitlist/{id}",
    "post /admin/areas",
    "post /admin/calendars/{id}/days",
    "post /admin/outbox/people/{id}",
    "post /admin/periods",
    "post /admin/room-classes",
    "post /admin/room-links",
    "post /admin/room-prices",
    "post /admin/rooms",
    "post /admin/rooms/{id}",
    "post /admin/rooms/{id}/retirement",
    "post /admin/scripts",
    "post /admin/scripts/words",
    "post /admin/scripts/{id}",
    "post /admin/tokens",
    "post /bookings",
    "post /bookings/{no}/arrival",
    "post /bookings/{no}/cancellation",
    "post /bookings/{no}/departure",
    "post /bookings/{no}/left-unseated",
    "post /bookings/{no}/seat",
    "post /faults",
    "post /faults/{no}/acceptance",
    "post /faults/{no}/notes",
    "post /reports/questions",
    "post /shifts/sign-on",
    "post /staff/{id}/disabled",
    "post /staff/{id}/link",
    "post /waitlist",
];

/// One act of the walk: address as the document has it, as it is sent, who, what.
struct Act {
    address: &'static str,
    path: String,
    who: &'static str,
    body: Value,
}

fn act(address: &'static str, path: String, who: &'static str, body: Value) -> Act {
    Act { address, path, who, body }
}

/// Does an act, which leaves a line in the journal: the address as it is listed, and the answer.
async fn told(site: &mut Site, Act { address, path, who, body }: Act) -> (String, Value) {
    let before = switchboard::db::head(&site.db).await.unwrap();
    let (status, answer) = match address.strip_prefix("delete ") {
        Some(_) if body == json!({}) => site.delete(who, &path).await,
        Some(_) => site.delete_with(who, &path, body).await,
        None => site.post(who, &path, body).await,
    };
    assert!(status.is_success(), "{address}: {status} {answer}");
    let rows = switchboard::db::news_after(&site.db, before, 100).await.unwrap();
    let own = rows.iter().filter(|row| row.kind != "session");
    assert!(own.count() > 0, "{address} wrote nothing in the journal");
    let line = if address.contains(' ') { address.to_owned() } else { format!("post {address}") };
    (line, answer)
}

#[test]
fn who_is_excused_from_the_walk_is_sent_by_the_story_that_is_named() {
    for (address, story) in SENT_BY_THEIR_STORY {
        let path = address.split_once(' ').unwrap().1;
        let word = path.split('/').rfind(|part| !part.is_empty() && !part.starts_with('{'));
        let file = format!("tests/house/{story}.rs");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{file}: {why}"));
        assert!(text.contains(word.unwrap()), "{file} does not send {address}");
    }
    let named = |one: &str| {
        let sent = SENT_BY_THEIR_STORY.iter().any(|(address, _)| *address == one);
        sent || WALKED_TOO.contains(&one)
    };
    for (address, twin) in TWINS {
        assert!(named(twin), "{address} is the twin of {twin}, which nobody sends");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_up_and_the_evening_leave_a_line_for_each_step() {
    let place = kit::sqlite();
    let mut site = Site::open(&place).await;
    let admin = "UPDATE staff SET roles = 'supervisor,admin' WHERE login = 'sun'";
    site.plant(vec![admin.to_owned()]).await;
    let (li, zhou) = (site.id("li"), site.id("zhou"));
    let mut walked = std::collections::BTreeSet::new();
    for (path, body) in super::bookings_kit::furniture() {
        let (line, _) = told(&mut site, act(path, path.to_owned(), "sun", body)).await;
        walked.insert(line);
    }
    let (_, calendars) = site.get("sun", "/admin/calendars").await;
    let days = format!("/admin/calendars/{}/days", calendars["items"][0]["id"]);
    let word = json!({ "word": "哎呀" });
    let token = json!({ "name": "墙", "roles": ["wallboard"] });
    let wait = json!({ "name": "凤凰木", "party": 6, "phone": "13800001234", "from": "19:00",
        "to": "23:00", "minutes": 90 });
    let fault = json!({ "caller_number": "13800001234", "caller_name": "凤凰木", "symptom": "不通",
        "impact": 2, "urgency": 2 });
    let room = json!({ "version": 1, "name": "A1", "area_id": 1, "class_id": 1, "cap_min": 2,
        "cap_max": 10, "sort": 1 });
    let setup = [
        act(
            "delete /admin/room-links",
            "/admin/room-links".into(),
            "sun",
            json!({ "a": 5, "b": 6 }),
        ),
        act("delete /admin/room-prices/{id}", "/admin/room-prices/1".into(), "sun", json!({})),
        act("/admin/rooms/{id}", "/admin/rooms/1".into(), "sun", room),
        act("/admin/rooms/{id}/retirement", "/admin/rooms/8/retirement".into(), "sun", json!({})),
        act(
            "/admin/calendars/{id}/days",
            days.clone(),
            "sun",
            json!({ "from": "2026-12-24", "kind": "closed", "name": "盘点" }),
        ),
        act(
            "delete /admin/calendars/{id}/days/{date}",
            format!("{days}/2026-12-24"),
            "sun",
            json!({}),
        ),
        act(
            "/admin/scripts",
            "/admin/scripts".into(),
            "sun",
            json!({ "use": "closing", "body": "谢谢您，再见" }),
        ),
        act(
            "/admin/scripts/{id}",
            "/admin/scripts/1".into(),
            "sun",
            json!({ "version": 1, "body": "谢谢您，请慢走" }),
        ),
        act("delete /admin/scripts/{id}", "/admin/scripts/1".into(), "sun", json!({})),
        act("/admin/tokens", "/admin/tokens".into(), "sun", token),
        act("delete /admin/tokens/{id}", "/admin/tokens/1".into(), "sun", json!({})),
        act(
            "/admin/outbox/people/{id}",
            format!("/admin/outbox/people/{li}"),
            "gao",
            json!({ "version": 0 }),
        ),
        act("/staff/{id}/link", format!("/staff/{zhou}/link"), "sun", json!({})),
        act("/staff/{id}/disabled", format!("/staff/{zhou}/disabled"), "sun", json!({})),
        act("delete /staff/{id}/disabled", format!("/staff/{zhou}/disabled"), "sun", json!({})),
        act(
            "/reports/questions",
            "/reports/questions".into(),
            "sun",
            json!({ "name": "x", "asked": "from=2026-11-01" }),
        ),
        act("delete /reports/questions/{id}", "/reports/questions/1".into(), "sun", json!({})),
        act("/shifts/sign-on", "/shifts/sign-on".into(), "li", json!({})),
        act("delete /shifts/sign-ons/{staff}", format!("/shifts/sign-ons/{li}"), "sun", json!({})),
        act("/waitlist", "/waitlist".into(), "li", wait),
        act("delete /waitlist/{id}", "/waitlist/1".into(), "li", json!({})),
        act("/faults", "/faults".into(), "li", fault),
        act("/faults/{no}/acceptance", "/faults/F26-0001/acceptance".into(), "li", json!({})),
        act(
            "/faults/{no}/notes",
            "/faults/F26-0001/notes".into(),
            "li",
            json!({ "text": "已问过" }),
        ),
    ];
    for step in setup {
        walked.insert(told(&mut site, step).await.0);
    }
    let words = act("/admin/scripts/words", "/admin/scripts/words".into(), "sun", word);
    let (line, answer) = told(&mut site, words).await;
    walked.insert(line);
    let path = format!("/admin/scripts/words/{}", answer["id"]);
    let back = act("delete /admin/scripts/words/{id}", path, "sun", json!({}));
    walked.insert(told(&mut site, back).await.0);

    let reserve = |room: &str| {
        json!({ "name": "王先生", "party": 6, "phone": "13800001234", "when": "2026-11-23 17:30",
            "room": [room] })
    };
    for (room, steps) in [
        (
            "A3",
            [
                ("", "arrival"),
                ("delete ", "arrival"),
                ("", "arrival"),
                ("", "left-unseated"),
                ("delete ", "left-unseated"),
                ("", "seat"),
                ("delete ", "seat"),
                ("", "seat"),
                ("", "departure"),
                ("delete ", "departure"),
            ]
            .as_slice(),
        ),
        ("A4", [("", "cancellation"), ("delete ", "cancellation")].as_slice()),
    ] {
        let booked = act("/bookings", "/bookings".into(), "li", reserve(room));
        let (line, booking) = told(&mut site, booked).await;
        walked.insert(line);
        let no = booking["no"].as_str().unwrap().to_owned();
        for (method, step) in steps {
            let address = format!("{method}/bookings/{{no}}/{step}");
            let body = match (*method, *step) {
                ("", "left-unseated" | "cancellation") => json!({ "reason": "改天" }),
                _ => json!({}),
            };
            let step = act(address.leak(), format!("/bookings/{no}/{step}"), "li", body);
            walked.insert(told(&mut site, step).await.0);
        }
    }
    let listed: std::collections::BTreeSet<String> =
        WALKED_TOO.iter().map(|address| (*address).to_owned()).collect();
    assert_eq!(walked, listed);
    site.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_edited_without_a_row_of_the_journal() {
    let place = kit::sqlite();
    let mut site = Site::open(&place).await;
    let ended = at(20_000).millis();
    let begun = at(0).millis();
    site.plant(vec![
        format!(
            "INSERT INTO calls (id, uid, version, pbx, caller_number, withheld, state, offered_at, rang_at, ended_at, rings, outcome, \
             ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour) VALUES \
             (1, 'c1', 1, 'main', '+8613800001234', FALSE, 'ended', {begun}, {begun}, {ended}, 4, 'abandoned', 'caller', TRUE, \
             'position_180', 5000, 3, 15000, 2, '2026-11-23', 17)"
        ),
        format!(
            "INSERT INTO journal (seq, at, kind, subject, change) VALUES ((SELECT seq FROM journal_head) + 1, {ended}, 'call', 'calls/1', 'ended')"
        ),
        "UPDATE journal_head SET seq = seq + 1".to_owned(),
        format!(
            "INSERT INTO calls (id, uid, version, pbx, withheld, state, offered_at, rang_at, answered_at, ended_at, rings, \
             answered_staff, outcome, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, \
             local_hour) VALUES (2, 'c2', 1, 'main', TRUE, 'ended', {begun}, {begun}, {begun}, {ended}, 1, {}, 'met', 'caller', TRUE, \
             'position_180', 5000, 3, 15000, 2, '2026-11-23', 17)",
            site.id("li")
        ),
    ])
    .await;
    site.pass_to(60_000).await;
    let (li, bing) = (site.id("li"), site.id("bing"));
    let due = at(3_600_000);
    let own = |title: &str| json!({ "title": title, "due_at": due });
    let out = json!({ "state": "out", "place": "杭州" });
    let given = json!({ "title": "given", "due_at": due, "staff": li });
    let f = "follow-ups".to_owned();
    let rule =
        json!({ "version": 1, "role": "operator", "due_minutes": 15, "escalate_minutes": 15 });
    let acts = [
        act("/follow-ups", format!("/{f}"), "li", own("a")),
        act("/follow-ups", format!("/{f}"), "gao", given),
        act("/follow-ups/{id}/taking", format!("/{f}/2/taking"), "li", json!({})),
        act("delete /follow-ups/{id}/taking", format!("/{f}/2/taking"), "li", json!({})),
        act("/follow-ups/{id}/snooze", format!("/{f}/2/snooze"), "li", json!({ "minutes": 5 })),
        act(
            "/follow-ups/{id}/attempts",
            format!("/{f}/2/attempts"),
            "li",
            json!({ "outcome": "busy" }),
        ),
        act(
            "/follow-ups/{id}/assignment",
            format!("/{f}/2/assignment"),
            "li",
            json!({ "role": "operator" }),
        ),
        act("/follow-ups/{id}/completion", format!("/{f}/2/completion"), "li", json!({})),
        act("/follow-ups/{id}/refusal", format!("/{f}/3/refusal"), "li", json!({ "reason": "no" })),
        act(
            "/follow-ups/{id}/dismissal",
            format!("/{f}/3/dismissal"),
            "gao",
            json!({ "reason": "no" }),
        ),
        act(
            "/quality/samples",
            "/quality/samples".into(),
            "sun",
            json!({ "person": li.to_string() }),
        ),
        act(
            "/quality/{id}",
            "/quality/1".into(),
            "sun",
            json!({ "version": 1, "tone": "met", "no_rude_words": "met", "no_jokes": "not_heard",
                    "please_thanks": "met", "never_wei": "met" }),
        ),
        act(
            "/notices",
            "/notices".into(),
            "li",
            json!({ "text": "x", "role": "greeter", "must_ack": true }),
        ),
        act("/notices/{id}/receipt", "/notices/{notice}/receipt".into(), "jia", json!({})),
        act(
            "/notices/{id}/receipts/{staff}",
            format!("/notices/{{notice}}/receipts/{bing}"),
            "li",
            json!({}),
        ),
        act(
            "delete /notices/{id}/receipts/{staff}",
            format!("/notices/{{notice}}/receipts/{bing}"),
            "li",
            json!({}),
        ),
        act("/notices/{id}/reminder", "/notices/{notice}/reminder".into(), "li", json!({})),
        act("/notices/{id}/closure", "/notices/{notice}/closure".into(), "li", json!({})),
        act("/calls/missed/{id}/claim", "/calls/missed/1/claim".into(), "li", json!({})),
        act("delete /calls/missed/{id}/claim", "/calls/missed/1/claim".into(), "li", json!({})),
        act(
            "/calls/missed/{id}/attempts",
            "/calls/missed/1/attempts".into(),
            "li",
            json!({ "outcome": "busy" }),
        ),
        act(
            "/calls/missed/{id}/closure",
            "/calls/missed/1/closure".into(),
            "li",
            json!({ "reason": "no" }),
        ),
        act("/admin/missed-calls", "/admin/missed-calls".into(), "sun", rule),
        act(
            "/contacts",
            "/contacts".into(),
            "sun",
            json!({ "name": "凤凰木", "numbers": ["13800001239"] }),
        ),
        act(
            "/shifts/opening/items",
            "/shifts/opening/items".into(),
            "sun",
            json!({ "name": "房态表打印纸" }),
        ),
        act(
            "/shifts/opening/ticks/{item}",
            "/shifts/opening/ticks/1".into(),
            "li",
            json!({ "note": "还有两包" }),
        ),
        act(
            "delete /shifts/opening/ticks/{item}",
            "/shifts/opening/ticks/1".into(),
            "li",
            json!({}),
        ),
        act("/shifts/opening/time", "/shifts/opening/time".into(), "sun", json!({ "at": "10:30" })),
        act(
            "delete /shifts/opening/items/{item}",
            "/shifts/opening/items/1".into(),
            "sun",
            json!({}),
        ),
        act("/messages", "/messages".into(), "li", json!({ "for": "孙主管", "body": "请回电" })),
        act("/messages/{id}/receipt", "/messages/1/receipt".into(), "sun", json!({})),
        act(
            "/directory",
            "/directory".into(),
            "gao",
            json!({ "name": "赵建国", "extension": "8977", "disclosure": "restricted" }),
        ),
        act("/directory/{id}/transfer", "/directory/1/transfer".into(), "li", json!({})),
        act(
            "/directory/{id}/grants",
            "/directory/1/grants".into(),
            "sun",
            json!({ "staff": li, "reason": "急事", "minutes": 30 }),
        ),
        act("/directory/{id}/presence", "/directory/1/presence".into(), "li", out),
        act(
            "delete /directory/{id}/grants/{grant}",
            "/directory/1/grants/1".into(),
            "sun",
            json!({}),
        ),
        act(
            "/directory/{id}",
            "/directory/1".into(),
            "gao",
            json!({ "version": 2, "name": "赵建国", "disclosure": "internal" }),
        ),
        act("delete /directory/{id}", "/directory/1".into(), "gao", json!({})),
        act(
            "/calls/{id}/notes",
            "/calls/2/notes".into(),
            "li",
            json!({ "version": 1, "notes": "请回电" }),
        ),
        act(
            "/calls/{id}/record",
            "/calls/2/record".into(),
            "li",
            json!({ "version": 0, "what": "报修" }),
        ),
        act("/calls/{id}/test", "/calls/2/test".into(), "sun", json!({})),
        act("delete /calls/{id}/test", "/calls/2/test".into(), "sun", json!({})),
        act(
            "/calls/plans",
            "/calls/plans".into(),
            "li",
            json!({ "number": "13800001234", "purpose": "回电" }),
        ),
        act(
            "/calls/plans/{id}",
            "/calls/plans/1".into(),
            "li",
            json!({ "version": 1, "purpose": "回电" }),
        ),
    ];
    // their stories: an answer link answers with a press, a form is opened and left
    let own = ["post /a/{key}", "post /w/{key}", "post /editing", "delete /editing"];
    let mut walked: Vec<String> = own.map(str::to_owned).to_vec();
    walked.extend(WALKED_TOO.iter().map(|address| (*address).to_owned()));
    let mut notice = Value::Null;
    for Act { address, path, who, body } in acts {
        let path = path.replace("{notice}", &notice.to_string());
        let (line, answer) = told(&mut site, act(address, path, who, body)).await;
        if address == "/notices" {
            notice = answer["id"].clone();
        }
        walked.push(line);
    }
    let document: Value = serde_json::from_str(&app::openapi_document()).unwrap();
    let mut missing = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|method| *method != "get") {
            let address = format!("{method} {path}");
            let named = |list: &[(&str, &str)]| list.iter().any(|(one, _)| *one == address);
            let quiet = named(QUIET);
            let told = named(SENT_BY_THEIR_STORY) || named(TWINS);
            if !quiet && !told && !walked.contains(&address) {
                missing.push(address);
            }
        }
    }
    assert!(missing.is_empty(), "walk these too:\n{}", missing.join("\n"));
    let excused = SENT_BY_THEIR_STORY.iter().chain(TWINS).map(|(address, _)| address);
    let excused = excused.filter(|address| {
        let (method, path) = address.split_once(' ').unwrap();
        walked.contains(&(**address).to_owned()) || document["paths"][path][method].is_null()
    });
    assert_eq!(excused.collect::<Vec<_>>(), Vec::<&&str>::new(), "walked, or gone: take them out");
    site.close().await;
}
