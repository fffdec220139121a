//! The pages of calls as programs and people ask for them.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use switchboard::bus::Bus;
use switchboard::db::Db;
use switchboard::sip::{Heard, LineState, Way};
use tower::ServiceExt as _;

use super::kit;
use super::stage::Stage;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    kind: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }
}

async fn ask(stage: &Stage, request: Request<Body>) -> Answer {
    let response = stage.router().oneshot(request).await.unwrap();
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    Answer { status, kind, text: String::from_utf8(body.to_vec()).unwrap() }
}

/// A program-like reader with a person behind it.
pub(crate) async fn get(stage: &Stage, cookie: &str, path: &str) -> Answer {
    let request = Request::get(path).header("accept", "application/json").header("cookie", cookie);
    ask(stage, request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn send(
    stage: &Stage,
    cookie: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .header("cookie", cookie);
    ask(stage, request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_call_is_told_with_the_fields_of_the_contract() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        stage.house.ring("a", 0, "013800001234").await;
        stage.house.settle(7421).await;
        stage.house.answered("a", 7421).await;
        stage.house.settle(7421).await;
        let list = get(&stage, "who=li", "/calls").await;
        assert_eq!(list.status, StatusCode::OK);
        let list = list.json();
        assert_eq!(list["next"], Value::Null);
        let call = &list["items"][0];
        assert_eq!(call["caller"]["number"], "+8613800001234");
        assert_eq!(call["caller"]["as_sent"], "013800001234");
        assert_eq!(call["hotline"]["number"], "4008001234");
        assert_eq!(call["offered_at"], "2026-11-23T04:00:00.000Z");
        assert_eq!(call["answer_ms"], 7421);
        assert_eq!(call["answer_rings"], 2);
        assert_eq!(call["outcome"], "met");
        assert_eq!(call["within_target"], true);
        assert_eq!(call["evidence"], "member");
        assert_eq!(call["end_seen"], false);
        let id = call["id"].as_i64().unwrap();
        let one = get(&stage, "who=li", &format!("/calls/{id}")).await;
        let mut alone = call.clone();
        alone["hold"] = Value::Null;
        assert_eq!(one.json(), alone, "one call alone is the call of the list; nobody waits in it");
        assert_eq!(get(&stage, "who=li", "/calls/999").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn older_calls_follow_under_the_same_filters() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        for (k, caller) in ["13800000001", "13800000002", "13800000003"].iter().enumerate() {
            let at = 60_000 * i64::try_from(k).unwrap();
            stage.house.ring(caller, at, caller).await;
            stage.house.left(caller, at + 2000).await;
            stage.house.settle(at + 2000).await;
        }
        let path = "/calls?outcome=abandoned_short&limit=2";
        let first = get(&stage, "who=li", path).await.json();
        assert_eq!(first["items"].as_array().unwrap().len(), 2);
        let next = first["next"].as_str().unwrap();
        let second = get(&stage, "who=li", &format!("{path}&after={next}")).await.json();
        assert_eq!(second["items"][0]["caller"]["number"], "+8613800000001");
        assert_eq!(second["next"], Value::Null);
        let page = Request::get(path).header("cookie", "who=li").body(Body::empty()).unwrap();
        let page = ask(&stage, page).await;
        assert!(page.text.contains("/calls?outcome=abandoned%5Fshort&#38;limit=2&#38;after="));
        assert!(
            get(&stage, "who=li", "/calls?from=2026-11-24").await.json()["items"]
                .as_array()
                .unwrap()
                .is_empty()
        );
        let wrong = get(&stage, "who=li", "/calls?from=yesterday&outcome=lost").await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
        assert_eq!(wrong.kind, "application/problem+json");
        let fields = wrong.json()["fields"].clone();
        assert!(fields["from"].is_string() && fields["outcome"].is_string(), "{fields}");
        let crossed = Request::get("/calls?from=2026-11-24&to=2026-11-23&q=vip");
        let crossed = crossed.header("cookie", "who=li").body(Body::empty()).unwrap();
        let form = ask(&stage, crossed).await;
        assert_eq!(form.status, StatusCode::BAD_REQUEST);
        assert!(form.text.contains("“从”不能晚于“到”") && form.text.contains("value=\"vip\""));
        let one_day = "/calls?from=2026-11-24&to=2026-11-24";
        assert_eq!(get(&stage, "who=li", one_day).await.status, StatusCode::OK);
        for (field, value) in
            [("after", "garbage"), ("limit", "0"), ("limit", "201"), ("limit", "x")]
        {
            let wrong = get(&stage, "who=li", &format!("/calls?{field}={value}")).await;
            assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{field}={value}");
            assert!(wrong.json()["fields"][field].is_string(), "{}", wrong.text);
        }
        assert_eq!(get(&stage, "who=li", "/calls?limit=200").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn calls_are_for_those_who_answer_and_watch() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let stage = Stage::set(&db).await;
    stage.house.ring("a", 0, "13800001234").await;
    stage.house.settle(0).await;
    for path in ["/console", "/calls", "/calls/1", "/calls/1/ladder"] {
        for role in ["operator", "supervisor", "head", "manager", "admin"] {
            let answer = get(&stage, &format!("who=li; roles={role}"), path).await;
            assert_eq!(answer.status, StatusCode::OK, "{role} at {path}");
        }
        for role in ["engineer", "greeter", "finance", "wallboard"] {
            let answer = get(&stage, &format!("who=li; roles={role}"), path).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} at {path}");
            assert!(!answer.text.contains("13800001234"));
        }
        assert_eq!(get(&stage, "", path).await.status, StatusCode::UNAUTHORIZED);
    }
    let manager = send(&stage, "who=li; roles=manager", "POST", "/calls/1/pickup", "").await;
    assert_eq!(manager.status, StatusCode::FORBIDDEN, "a manager answers no calls");
    let operator = send(&stage, "who=li", "POST", "/calls/1/test", "").await;
    assert_eq!(operator.status, StatusCode::FORBIDDEN, "an operator does not judge");
}

#[tokio::test]
async fn the_first_who_takes_a_call_has_it_and_a_note_meets_a_note() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        stage.house.ring("a", 0, "13800001234").await;
        stage.house.settle(5000).await;
        let taken = send(&stage, "who=li", "POST", "/calls/1/pickup", "").await;
        assert_eq!(taken.json()["taken_by"]["name"], "李红");
        let second = send(&stage, "who=chen; tongue=en", "POST", "/calls/1/pickup", "").await;
        assert_eq!(second.status, StatusCode::CONFLICT);
        assert_eq!(second.json()["current"]["taken_by"]["name"], "李红");
        assert_eq!(get(&stage, "who=li", "/console").await.json()["in_hand"][0]["id"], 1);

        let version = taken.json()["version"].as_i64().unwrap();
        stage.house.settle(10_000).await;
        let note = format!(r#"{{"version": {version}, "notes": "停电"}}"#);
        let saved = send(&stage, "who=li", "POST", "/calls/1/notes", &note).await;
        assert_eq!(saved.status, StatusCode::OK, "the machine's changes are no conflict");
        let clash = send(&stage, "who=chen", "POST", "/calls/1/notes", &note).await;
        assert_eq!(clash.status, StatusCode::CONFLICT);
        assert_eq!(clash.json()["current"]["notes"], "停电");

        let away = send(&stage, "who=li", "POST", "/calls/1/wrap-up", "").await;
        assert_eq!(away.status, StatusCode::OK);
        let hands = get(&stage, "who=li", "/console").await.json()["in_hand"].clone();
        assert!(hands.as_array().unwrap().is_empty());
        let again = send(&stage, "who=li", "POST", "/calls/1/wrap-up", "").await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_supervisor_marks_a_test_and_takes_the_mark_away() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let stage = Stage::set(&db).await;
    stage.house.ring("a", 0, "13800001234").await;
    stage.house.left("a", 9000).await;
    stage.house.settle(9000).await;
    let who = "who=li; roles=supervisor";
    let marked = send(&stage, who, "POST", "/calls/1/test", "").await;
    assert_eq!(marked.json()["excluded"], "test");
    assert_eq!(get(&stage, who, "/console").await.json()["today"]["counted"], 0);
    let unmarked = send(&stage, who, "DELETE", "/calls/1/test", "").await;
    assert_eq!(unmarked.json()["excluded"], Value::Null);
    assert_eq!(get(&stage, who, "/console").await.json()["today"]["counted"], 1);
}

#[tokio::test]
async fn a_call_that_rings_on_has_begun_more_rings_each_time_it_is_asked_for() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let stage = Stage::set(&db).await;
    stage.house.ring("a", 0, "013800001234").await;
    for (millis, rings) in [(4_999, 1), (5_000, 2), (15_000, 4), (28_000, 6), (61_000, 13)] {
        stage.house.settle(millis).await;
        let call = get(&stage, "who=li", "/calls/1").await.json();
        assert_eq!(call["rings"], rings, "after {millis} ms");
        let console = get(&stage, "who=li", "/console").await.json();
        assert_eq!(console["ringing"][0]["rings"], rings, "after {millis} ms");
    }
}

#[tokio::test]
async fn a_note_that_also_puts_the_call_away_is_saved_where_nothing_is_in_hand() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let stage = Stage::set(&db).await;
    stage.house.ring("a", 0, "013800001234").await;
    stage.house.settle(1_000).await;
    let body = r#"{"version": 1, "notes": "K3 电梯困人", "wrap_up": true}"#;
    let version = get(&stage, "who=li", "/calls/1").await.json()["version"].to_string();
    let body = body.replace("\"version\": 1", &format!("\"version\": {version}"));
    let saved = send(&stage, "who=li", "POST", "/calls/1/notes", &body).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
    let call = get(&stage, "who=li", "/calls/1").await.json();
    assert_eq!(call["notes"], "K3 电梯困人");
    let again = send(&stage, "who=li", "POST", "/calls/1/wrap-up", "{}").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "nothing is in hand: {}", again.text);
}

/// A write of somebody who reads pages.
pub(crate) async fn send_page(stage: &Stage, cookie: &str, path: &str, body: &Value) -> Answer {
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.header("accept", "text/html").header("cookie", cookie);
    ask(stage, request.body(Body::from(body.to_string())).unwrap()).await
}

/// A page as a person reads it.
pub(crate) async fn page(stage: &Stage, cookie: &str, path: &str) -> Answer {
    let request = Request::get(path).header("cookie", cookie);
    ask(stage, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_time_in_which_nothing_could_be_heard_is_a_line_of_the_log_between_the_calls() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let house = &stage.house;
        house.ring("before", 0, "13800000001").await;
        house.left("before", 2_000).await;
        house.line(60_000, LineState::Down { reason: "unreachable", status: None }).await;
        house.line(120_000, LineState::Hearing).await;
        house.ring("after", 180_000, "13800000002").await;
        house.left("after", 182_000).await;
        house.settle(240_000).await;
        let log = page(&stage, "who=li", "/calls").await.text;
        let body = log.split_once("<tbody").unwrap().1;
        let place = |what: &str| body.find(what).unwrap_or_else(|| panic!("no {what} in {body}"));
        assert!(place("138 0000 0002") < place("class=\"deaf\""), "newest first");
        assert!(place("class=\"deaf\"") < place("138 0000 0001"));
        assert!(body.contains("12:01:00 – 12:02:00") && body.contains("交换机没有应答"), "{body}");
        let told = get(&stage, "who=li", "/calls").await.json();
        assert_eq!(told["outages"][0]["from_at"], "2026-11-23T04:01:00.000Z");
        assert_eq!(told["outages"][0]["source"], "line");
        let first = get(&stage, "who=li", "/calls?limit=1").await.json();
        assert_eq!(first["outages"].as_array().unwrap().len(), 0, "it is older than this page");
        let second = format!("/calls?limit=1&after={}", first["next"].as_str().unwrap());
        let second = get(&stage, "who=li", &second).await.json();
        assert_eq!(second["outages"].as_array().unwrap().len(), 1, "it is on the next, once");
        let narrow = get(&stage, "who=li", "/calls?q=138").await.json();
        assert_eq!(narrow["outages"].as_array().unwrap().len(), 0, "it is no call of a search");
    }
}

#[tokio::test]
async fn the_lines_page_says_what_is_heard_and_why_something_is_not() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let stage = Stage::set(&db).await;
    let quiet = page(&stage, "who=li", "/lines").await.text;
    assert!(quiet.contains("没有监视任何分机"), "{quiet}");
    stage.house.line(60_000, LineState::Down { reason: "refused", status: Some(403) }).await;
    stage.house.settle(60_000).await;
    stage.watch(60_000);
    let told = get(&stage, "who=li", "/lines").await.json();
    assert_eq!(told["pbxes"][0]["registrations"][0]["account"], "listener");
    assert_eq!(told["pbxes"][0]["watches"][4]["reason"], "no-hint");
    assert_eq!(told["mirrors"][1]["clock_offset_ms"], -4210);
    assert_eq!(told["pbxes"][0]["mirrored"]["last_heard_at"], "2026-11-23T04:00:59.690Z");
    assert_eq!(told["lost"][0]["count"], 4711);
    assert_eq!(told["outages"][0]["to_at"], Value::Null);
    let page = page(&stage, "who=li; tongue=en", "/lines").await.text;
    for said in [
        "the PBX has no state (hint) for this extension, status 404",
        "-4210 ms apart, put right",
        "nothing arrives from it",
        "another program uses the port",
        "goes on",
        "watches 6/8",
        "4711",
        "net.core.rmem_max",
    ] {
        assert!(page.contains(said), "{said} is missing in {page}");
    }
    // what is mirrored is no registration, and stands under a heading of its own
    let table = |caption: &str| {
        let (_, rest) = page.split_once(&format!("<caption>{caption}")).expect(caption);
        rest.split_once("</table>").unwrap().0
    };
    let mirrored = "<th scope=\"row\">HEP</th>";
    assert!(!table("Registrations").contains(mirrored), "{page}");
    assert!(table("Mirrored signalling").contains(mirrored), "{page}");
    assert_eq!(get(&stage, "who=li; roles=greeter", "/lines").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn where_a_mirror_tells_who_answers_nobody_is_told_that_it_cannot_be_seen() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let stage = Stage::set(&db).await;
    for (up, told) in [(true, false), (false, true)] {
        stage.mirror(60_000, up);
        let page = page(&stage, "who=li", "/lines").await.text;
        assert_eq!(page.contains("没有监视任何分机"), told, "{page}");
    }
}

#[tokio::test]
async fn one_telephones_signalling_can_be_read_alone_and_the_pbx_stands_in_the_middle() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let stage = Stage::set(&db).await;
    stage.house.ring("a", 0, "13800001234").await;
    for (way, text) in [("in", "INVITE sip:listener@pbx SIP/2.0"), ("out", "SIP/2.0 180 Ringing")] {
        let way = if way == "in" { Way::In } else { Way::Out };
        stage.house.hear(Heard::Wire(super::line::wire("a", 0, way, text))).await;
    }
    stage.house.settle(0).await;
    let later = super::line::at(5).millis();
    let mirrored = |way: &str, leg: &str, peer: &str, text: &str| {
        format!(
            "INSERT INTO call_messages (call_id, at, way, transport, local, peer, leg, text)
             VALUES (1, {later}, '{way}', 'udp', '127.0.0.1:5070', '{peer}', '{leg}', '{text}')"
        )
    };
    let leg = "INSERT INTO call_legs (call_id, leg, kind, extension, offered_at)
               VALUES (1, 'main 801@pbx z9', 'position', '801', 0)";
    let trunk = "INSERT INTO call_legs (call_id, leg, kind, offered_at)
                 VALUES (1, 'main trunk@carrier z1', 'trunk', 0)";
    stage
        .plant(vec![
            leg.to_owned(),
            trunk.to_owned(),
            mirrored("in", "trunk@carrier z1", "203.0.113.1:5060", "INVITE sip:400@pbx SIP/2.0"),
            mirrored("out", "801@pbx z9", "192.0.2.81:5060", "INVITE sip:801@desk SIP/2.0"),
            mirrored("in", "801@pbx z9", "192.0.2.81:5060", "SIP/2.0 180 Ringing"),
        ])
        .await;
    let all = page(&stage, "who=li; tongue=en", "/calls/1/ladder").await.text;
    let ends = all.split_once("class=\"ends\"").unwrap().1;
    let place = |name: &str| ends.find(name).unwrap_or_else(|| panic!("no {name} in {ends}"));
    assert!(place("the caller&#39;s line") < place("<b>PBX</b>"), "{ends}");
    assert!(
        place("<b>PBX</b>") < place("<b>801</b>") && place("<b>801</b>") < place("this system")
    );
    assert_eq!(all.matches("class=\"mirrored\"").count(), 3, "ours are told apart");
    let one = get(&stage, "who=li", "/calls/1/ladder?leg=3").await.json();
    let legs: Vec<&str> =
        one["items"].as_array().unwrap().iter().map(|m| m["leg"].as_str().unwrap()).collect();
    assert_eq!(legs, ["801@pbx z9", "801@pbx z9"]);
    let none = page(&stage, "who=li", "/calls/1/ladder?leg=9").await.text;
    assert!(none.contains("这部话机没有保存信令"), "{none}");
}
