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
            assert!(shown.contains("原因：未接") && !shown.contains("no_answer"), "{shown}");
        }
        site.close().await;
    }
}

/// Addresses that change nothing that is kept, and why.
const QUIET: &[(&str, &str)] = &[
    ("post /demo/clock", "moves the demo's clock; what falls due by it writes its own rows"),
    ("post /calls/{id}/draft", "what somebody still writes is theirs; saved it is a row"),
    ("delete /calls/{id}/draft", "the same, taken back"),
];

/// Addresses whose rooms' own stories look into the journal, one by one: what is new is walked here.
/// This list only shrinks.
const TOLD_BY_THEIR_ROOM: &[&str] = &[
    "post /admin/areas",
    "post /admin/booking-rules",
    "post /admin/calendars",
    "post /admin/calendars/{id}",
    "post /admin/calendars/{id}/days",
    "delete /admin/calendars/{id}/days/{date}",
    "post /admin/numbers",
    "post /admin/numbers/rereading",
    "post /admin/numbers/trial",
    "post /admin/outbox/people/{id}",
    "delete /admin/outbox/{id}",
    "post /admin/outbox/{id}/retry",
    "post /admin/periods",
    "post /admin/room-classes",
    "delete /admin/room-links",
    "post /admin/room-links",
    "post /admin/room-prices",
    "delete /admin/room-prices/{id}",
    "post /admin/rooms",
    "post /admin/rooms/{id}",
    "post /admin/rooms/{id}/retirement",
    "post /admin/scripts",
    "post /admin/scripts/words",
    "delete /admin/scripts/words/{id}",
    "delete /admin/scripts/{id}",
    "post /admin/scripts/{id}",
    "post /admin/tokens",
    "delete /admin/tokens/{id}",
    "post /banquets",
    "post /banquets/{id}",
    "post /bookings",
    "delete /bookings/acts/latest",
    "delete /bookings/acts/{id}",
    "delete /bookings/approvals/{id}",
    "post /bookings/approvals/{id}",
    "post /bookings/holds",
    "delete /bookings/holds/{id}",
    "post /bookings/holds/{id}",
    "post /bookings/release",
    "post /bookings/repacking",
    "post /bookings/{no}",
    "post /bookings/{no}/addition",
    "delete /bookings/{no}/arrival",
    "post /bookings/{no}/arrival",
    "post /bookings/{no}/attribution",
    "delete /bookings/{no}/cancellation",
    "post /bookings/{no}/cancellation",
    "post /bookings/{no}/change",
    "post /bookings/{no}/chase",
    "post /bookings/{no}/combination",
    "delete /bookings/{no}/departure",
    "post /bookings/{no}/departure",
    "post /bookings/{no}/eta",
    "post /bookings/{no}/extension",
    "post /bookings/{no}/join",
    "delete /bookings/{no}/left-unseated",
    "post /bookings/{no}/left-unseated",
    "delete /bookings/{no}/no-show",
    "post /bookings/{no}/no-show",
    "post /bookings/{no}/readback",
    "delete /bookings/{no}/seat",
    "post /bookings/{no}/seat",
    "post /bookings/{no}/series",
    "post /bookings/{no}/series/cancellation",
    "post /bookings/{no}/split",
    "post /bookings/{no}/swap",
    "post /calls/outgoing/{id}/judgement",
    "post /calls/outgoing/{id}/purpose",
    "post /calls/plans/{id}/letters",
    "post /calls/plans/{id}/papers",
    "delete /calls/plans/{id}/papers/{paper}",
    "post /calls/{id}/hold-agreed",
    "delete /calls/{id}/pickup",
    "post /calls/{id}/pickup",
    "post /calls/{id}/quality",
    "post /calls/{id}/wrap-up",
    "post /contacts/imports",
    "delete /contacts/imports/{id}",
    "post /contacts/imports/{id}/acceptance",
    "delete /contacts/merges/{id}",
    "post /contacts/privacy/erasure",
    "post /contacts/{id}",
    "post /contacts/{id}/apart",
    "post /contacts/{id}/merges",
    "post /directory/import",
    "post /faults",
    "delete /faults/acts/latest",
    "delete /faults/acts/{id}",
    "post /faults/{no}",
    "post /faults/{no}/acceptance",
    "post /faults/{no}/cancellation",
    "post /faults/{no}/closing",
    "post /faults/{no}/consultations",
    "post /faults/{no}/duplicate",
    "post /faults/{no}/notes",
    "post /faults/{no}/reopening",
    "post /faults/{no}/solution",
    "delete /faults/{no}/waiting",
    "post /faults/{no}/waiting",
    "post /faults/{no}/work-orders",
    "post /me",
    "post /me/browsers",
    "post /me/password",
    "post /me/reach",
    "post /me/reach/trial",
    "delete /messages/{id}",
    "post /messages/{id}/answer",
    "post /my/floor/areas",
    "post /my/floor/{room}/{act}",
    "post /my/heartbeat",
    "post /my/jobs/acts",
    "post /reports/faults",
    "post /reports/faults/reading",
    "post /reports/mails",
    "delete /reports/mails/{id}",
    "post /reports/questions",
    "delete /reports/questions/{id}",
    "post /reports/settings",
    "post /reports/walls",
    "delete /reports/walls/{id}",
    "delete /rooms/{id}/closure",
    "post /rooms/{id}/closure",
    "post /rooms/{id}/readiness",
    "post /setup/{token}",
    "post /shifts",
    "delete /shifts/absence",
    "post /shifts/absence",
    "post /shifts/absence/departure",
    "post /shifts/self-check",
    "delete /shifts/sign-on",
    "post /shifts/sign-on",
    "delete /shifts/sign-ons/{staff}",
    "delete /shifts/stand-ins/{absence}",
    "post /shifts/stand-ins/{absence}",
    "delete /shifts/{id}",
    "post /sign-in",
    "post /sign-out",
    "post /sites",
    "post /sites/assets",
    "post /sites/contracts",
    "post /sites/engineers/{id}",
    "post /sites/goals",
    "post /staff",
    "post /staff/{id}",
    "delete /staff/{id}/disabled",
    "post /staff/{id}/disabled",
    "post /staff/{id}/link",
    "post /viewings",
    "post /viewings/{id}/end",
    "post /waitlist",
    "delete /waitlist/{id}",
    "post /waitlist/{id}/reply",
    "post /work-orders/{no}",
    "post /work-orders/{no}/acts/{verb}",
    "post /work-orders/{no}/issue",
    "post /work-orders/{no}/pictures",
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
    let mut notice = Value::Null;
    for Act { address, path, who, body } in acts {
        let path = path.replace("{notice}", &notice.to_string());
        let before = switchboard::db::head(&site.db).await.unwrap();
        let (status, answer) = match address.strip_prefix("delete ") {
            Some(_) => site.delete(who, &path).await,
            None => site.post(who, &path, body).await,
        };
        assert!(status.is_success(), "{address}: {status} {answer}");
        let rows = switchboard::db::news_after(&site.db, before, 100).await.unwrap();
        let own = rows.iter().filter(|row| row.kind != "session");
        assert!(own.count() > 0, "{address} wrote nothing in the journal");
        if address == "/notices" {
            notice = answer["id"].clone();
        }
        walked.push(if address.contains(' ') {
            address.to_owned()
        } else {
            format!("post {address}")
        });
    }
    let document: Value = serde_json::from_str(&app::openapi_document()).unwrap();
    let mut missing = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|method| *method != "get") {
            let address = format!("{method} {path}");
            let quiet = QUIET.iter().any(|(quiet, _)| *quiet == address);
            let told = TOLD_BY_THEIR_ROOM.contains(&address.as_str());
            if !quiet && !told && !walked.contains(&address) {
                missing.push(address);
            }
        }
    }
    assert!(missing.is_empty(), "walk these too:\n{}", missing.join("\n"));
    let excused = TOLD_BY_THEIR_ROOM.iter().filter(|address| {
        let (method, path) = address.split_once(' ').unwrap();
        walked.contains(&(**address).to_owned()) || document["paths"][path][method].is_null()
    });
    assert_eq!(excused.collect::<Vec<_>>(), Vec::<&&str>::new(), "walked, or gone: take them out");
    site.close().await;
}
