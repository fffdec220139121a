//! The ledger of missed calls: a debt with an owner and a time, settled by contact in either
//! direction, over restarts.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::site::{Site, at};

const MINUTE: i64 = 60_000;
const WANG: &str = "+8613800001234";

/// A row of the log and its line of the journal, as the writer of calls leaves them.
pub(crate) fn call(
    id: i64,
    caller: Option<&str>,
    millis: i64,
    outcome: &str,
    seq: i64,
) -> Vec<String> {
    let (begun, ended) = (at(millis).millis(), at(millis + 20_000).millis());
    let number = caller.map_or("NULL".to_owned(), |number| format!("'{number}'"));
    let answered = matches!(outcome, "met" | "late");
    let answered = if answered { (begun + 6_000).to_string() } else { "NULL".to_owned() };
    let withheld = caller.is_none();
    vec![
        format!(
            "INSERT INTO calls (id, uid, version, pbx, hotline_number, caller_number, withheld, state, offered_at, rang_at, \
             answered_at, ended_at, rings, outcome, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, \
             colleague_rings, business_date, local_hour) VALUES ({id}, 'c{id}', 1, 'main', '4008001234', {number}, {withheld}, \
             'ended', {begun}, {begun}, {answered}, {ended}, 4, '{outcome}', 'caller', TRUE, 'position_180', 5000, 3, 15000, 2, \
             '2026-11-23', 17)"
        ),
        format!(
            "INSERT INTO journal (seq, at, kind, subject, change, version) \
             VALUES ((SELECT seq FROM journal_head) + {seq}, {ended}, 'call', 'calls/{id}', 'ended', 1)"
        ),
        format!("UPDATE journal_head SET seq = seq + {seq}"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn that_somebody_was_reached_settles_the_debt_and_says_what_for() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        site.plant(call(1, Some(WANG), 0, "abandoned", 1)).await;
        site.pass_to(MINUTE).await;
        let debt = ledger(&mut site, "li", "open").await.remove(0);
        let reached =
            json!({ "outcome": "reached", "note": "已答复营业时间", "again_in_minutes": 5 });
        // the follow-up leads to the ledger, which alone settles
        let task = format!("/follow-ups/{}", debt["follow_up"]);
        let (status, _) = site.post("li", &format!("{task}/attempts"), reached.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!site.page("li", &task).await.contains("value=\"reached\""));
        let attempts = format!("/calls/missed/{}/attempts", debt["id"]);
        let (status, _) = site.post("li", &attempts, reached.clone()).await;
        assert_eq!(status, StatusCode::OK);
        assert!(ledger(&mut site, "li", "open").await.is_empty());
        let settled = ledger(&mut site, "li", "closed").await;
        assert_eq!(
            (&settled[0]["closed_how"], &settled[0]["attempts"], &settled[0]["reason"]),
            (&json!("called_back"), &json!(1), &json!("已答复营业时间"))
        );
        let (_, duties) = site.get("zhou", "/follow-ups").await;
        assert!(duties["items"].as_array().unwrap().is_empty());
        let (status, _) = site.post("li", &attempts, reached).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "nothing is owed any more");
        site.close().await;
    }
}

/// The house called a number and was answered, or not.
fn dialled(id: i64, number: &str, millis: i64, answered: bool) -> Vec<String> {
    let begun = at(millis).millis();
    let answered = if answered { (begun + 3_000).to_string() } else { "NULL".to_owned() };
    vec![
        format!(
            "INSERT INTO outgoing_calls (id, uid, version, pbx, extension, dialled, number, state, started_at, answered_at, \
             ended_at, ended_by, evidence, business_date) VALUES ({id}, 'o{id}', 1, 'main', '801', '{number}', '{number}', 'ended', \
             {begun}, {answered}, {}, 'us', 'mirror', '2026-11-23')",
            begun + 60_000
        ),
        format!(
            "INSERT INTO journal (seq, at, kind, subject, change, version) VALUES ((SELECT seq FROM journal_head) + 1, {begun}, \
             'outgoing_call', 'outgoing_calls/{id}', 'ended', 1)"
        ),
        "UPDATE journal_head SET seq = seq + 1".to_owned(),
    ]
}

async fn ledger(site: &mut Site, who: &'static str, view: &str) -> Vec<Value> {
    let (status, page) = site.get(who, &format!("/calls/missed?view={view}")).await;
    assert_eq!(status, StatusCode::OK);
    page["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_missed_calls_of_one_number_are_one_debt_and_an_answered_call_settles_it() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        site.plant(call(1, Some(WANG), 0, "abandoned", 1)).await;
        site.pass_to(MINUTE).await;
        let owed = ledger(&mut site, "li", "open").await;
        assert_eq!(owed.len(), 1);
        assert_eq!(
            owed[0]["due_at"],
            json!(at(15 * MINUTE + 20_000)),
            "a quarter of an hour after it was over"
        );
        assert_eq!((&owed[0]["owner"]["role"], &owed[0]["calls"]), (&json!("operator"), &json!(1)));
        site.plant(call(2, Some(WANG), 3 * MINUTE, "not_offered", 1)).await;
        site.plant(call(3, Some("+862584523317"), 3 * MINUTE, "abandoned_short", 1)).await;
        site.pass_to(5 * MINUTE).await;
        let owed = ledger(&mut site, "li", "open").await;
        assert_eq!(
            (owed.len(), &owed[0]["calls"]),
            (1, &json!(2)),
            "one ring and gone is owed nothing"
        );
        let (_, duties) = site.get("zhou", "/follow-ups").await;
        assert_eq!(duties["items"][0]["kind"], "missed_call", "it is on the operators' list");

        site.plant(call(4, Some(WANG), 8 * MINUTE, "met", 1)).await;
        site.pass_to(10 * MINUTE).await;
        assert!(ledger(&mut site, "li", "open").await.is_empty());
        let settled = ledger(&mut site, "li", "closed").await;
        assert_eq!(
            (&settled[0]["closed_how"], &settled[0]["closed_by"]),
            (&json!("called_again"), &json!("calls/4"))
        );
        assert!(site.get("zhou", "/follow-ups").await.1["items"].as_array().unwrap().is_empty());
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hung_up_while_nobody_heard_how_it_rang_is_owed_a_call() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        site.plant(call(1, Some(WANG), 0, "unmeasured", 1)).await;
        // how it ended is not known: somebody may have spoken with them
        let mut unseen = call(2, Some("+8613900000002"), 0, "unmeasured", 1);
        unseen.insert(
            1,
            "UPDATE calls SET ended_by = 'unknown', end_seen = FALSE WHERE id = 2".into(),
        );
        site.plant(unseen).await;
        // somebody said that they took it
        let mut taken = call(3, Some("+8613900000003"), 0, "unmeasured", 1);
        let li = site.id("li");
        taken.insert(1, format!("UPDATE calls SET taken_by = {li} WHERE id = 3"));
        site.plant(taken).await;
        site.pass_to(MINUTE).await;
        let owed = ledger(&mut site, "li", "open").await;
        let who: Vec<&Value> = owed.iter().map(|debt| &debt["number"]).collect();
        assert_eq!(who, [&json!(WANG)], "{owed:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_says_i_call_back_and_reaching_the_number_settles_it() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        site.plant(call(1, Some(WANG), 0, "machine_only", 1)).await;
        site.pass_to(MINUTE).await;
        let id = ledger(&mut site, "li", "open").await[0]["id"].clone();
        let claim = format!("/calls/missed/{id}/claim");
        let (status, debt) = site.post("li", &claim, json!({})).await;
        assert_eq!((status, &debt["owner"]["name"]), (StatusCode::OK, &json!("李红")));
        let (status, _) = site.post("zhou", &claim, json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT, "so that two do not run");
        assert!(site.page("li", "/calls/missed").await.contains("href=\"tel:+8613800001234\""));
        // the call's own page says so too, and is where it can be acted on
        let own = site.page("zhou", "/calls/1").await;
        let owed = own.split_once("id=\"debt\"").unwrap().1.split_once("</section>").unwrap().0;
        assert!(owed.contains("李红") && owed.contains("前回拨"), "{owed}");
        assert!(owed.contains(&format!("action=\"{claim}\"")), "{owed}");
        // the card of the call back knows whom it is for
        let named = "UPDATE calls SET caller_display = '林女士' WHERE id = 1";
        site.plant(vec![named.to_owned()]).await;
        let prepared = site
            .page("li", "/calls/plans/new?number=%2B8613800001234&purpose=x&about=calls%2F1")
            .await;
        assert!(prepared.contains("value=\"林女士\""), "{prepared}");
        // nobody there: an attempt, no contact
        site.plant(dialled(1, WANG, 2 * MINUTE, false)).await;
        let tried = json!({ "outcome": "no_answer", "again_in_minutes": 5 });
        let never = json!({ "outcome": "no_answer", "again_in_minutes": 20_000 });
        let (status, said) = site.post("li", &format!("/calls/missed/{id}/attempts"), never).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "no promise is dropped unsaid");
        assert!(said["fields"]["again_in_minutes"].is_string(), "{said}");
        let (status, _) = site.post("li", &format!("/calls/missed/{id}/attempts"), tried).await;
        assert_eq!(status, StatusCode::OK);
        site.pass_to(3 * MINUTE).await;
        assert_eq!(ledger(&mut site, "li", "open").await[0]["attempts"], 1);
        site.plant(dialled(2, WANG, 9 * MINUTE, true)).await;
        site.pass_to(11 * MINUTE).await;
        let settled = ledger(&mut site, "li", "closed").await;
        assert_eq!(settled[0]["closed_how"], "called_back");
        // the debt says what both calls were for, also the one that reached nobody
        let (_, made) = site.get("sun", "/calls/outgoing").await;
        let for_it = made["items"].as_array().unwrap().iter().map(|call| &call["call_back"]);
        assert_eq!(for_it.collect::<Vec<_>>(), [&json!(true), &json!(true)]);
        assert!(site.page("sun", "/calls/outgoing").await.contains("回拨未接来电"));
        // who calls back is told whom of us they spoke with, and what for
        site.plant(call(2, Some(WANG), 11 * MINUTE, "met", 1)).await;
        let li = site.id("li");
        let taken = format!("UPDATE calls SET taken_by = {li}, taken_at = offered_at WHERE id = 2");
        site.plant(vec![taken]).await;
        let card = site.page("li", "/console?call=2").await;
        assert!(card.contains("我方去电") && card.contains("无人接听"), "{card}");
        let told = card.split_once("给该号码打过电话（").unwrap().1;
        assert!(told.split_once('<').unwrap().0.ends_with("）：回拨未接来电"), "{card}");
        // its page names who answered, not who only said that they would
        let zhou = site.id("zhou");
        site.plant(vec![format!("UPDATE calls SET answered_staff = {zhou} WHERE id = 2")]).await;
        let one = site.page("li", "/calls/2").await;
        let head = one.split_once("class=\"org\"").unwrap().1.split_once("</p>").unwrap().0;
        assert!(head.ends_with(" · 小周"), "{head}");
        // what follows a contact is a call like any other
        site.plant(dialled(3, WANG, 12 * MINUTE, true)).await;
        site.pass_to(14 * MINUTE).await;
        let (_, untied) = site.get("sun", "/calls/outgoing?state=untied").await;
        assert_eq!(untied["items"].as_array().unwrap().len(), 1);
        assert_eq!(untied["items"][0]["id"], 3);
        let (status, _) = site.post("zhou", &claim, json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "nothing is owed any more");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_called_back_is_told_to_the_supervisor_also_over_a_restart() {
    for place in kit::places().await {
        let site = Site::open(&place).await;
        site.plant(call(1, Some(WANG), 0, "abandoned", 1)).await;
        // the house is closed before it could see to it, and comes back an hour later
        let mut site = Box::pin(site.reopen(&place, at(60 * MINUTE))).await;
        site.pass_to(60 * MINUTE).await;
        let owed = ledger(&mut site, "li", "open").await;
        assert_eq!((owed.len(), &owed[0]["due_at"]), (1, &json!(at(75 * MINUTE))));
        let mut site = Box::pin(site.reopen(&place, at(70 * MINUTE))).await;
        site.pass_to(75 * MINUTE).await;
        let owed = ledger(&mut site, "li", "open").await;
        assert_eq!((owed.len(), &owed[0]["overdue"]), (1, &json!(true)), "once, not twice");
        assert!(site.waiting("sun").await.is_empty());
        site.pass_to(90 * MINUTE).await;
        assert!(site.waiting("sun").await[0].ends_with("回拨未接来电"));
        let (status, problem) = site
            .post(
                "li",
                &format!("/calls/missed/{}/closure", owed[0]["id"]),
                json!({ "reason": " " }),
            )
            .await;
        assert_eq!(
            (status, problem["fields"]["reason"].is_string()),
            (StatusCode::UNPROCESSABLE_ENTITY, true)
        );
        let why = json!({ "reason": "推销电话" });
        site.post("li", &format!("/calls/missed/{}/closure", owed[0]["id"]), why).await;
        let settled = ledger(&mut site, "sun", "closed").await;
        assert_eq!(
            (&settled[0]["closed_how"], &settled[0]["reason"]),
            (&json!("by_hand"), &json!("推销电话"))
        );
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_number_is_shown_as_not_returnable_and_owed_by_nobody() {
    let place = kit::sqlite();
    let mut site = Site::open(&place).await;
    site.plant(call(1, None, 0, "abandoned", 1)).await;
    site.plant(call(2, Some(WANG), 0, "abandoned", 1)).await;
    site.pass_to(MINUTE).await;
    let mut shown = ledger(&mut site, "li", "open").await;
    let owed = shown.remove(0);
    assert_eq!(owed["number"], WANG, "what can be done stands above what cannot");
    let why = json!({ "reason": "推销电话" });
    site.post("li", &format!("/calls/missed/{}/closure", owed["id"]), why).await;
    assert_eq!((&shown[0]["returnable"], &shown[0]["number"]), (&json!(false), &Value::Null));
    assert!(site.get("li", "/follow-ups").await.1["items"].as_array().unwrap().is_empty());
    let (status, _) = site.get("jia", "/calls/missed").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a greeter has no business with calls");
    site.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_missed_calls_are_owed_is_set_for_each_hotline() {
    for place in kit::places().await {
        let hotline = "[[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\ngreeting = \"您好\"\n\
                       hours = [\"Mon-Fri 09:00-18:00\"]\n";
        let mut site = Site::open_with(&place, hotline).await;
        let rule = json!({ "hotline": "4008001234", "version": 0, "role": "supervisor", "due_minutes": 30,
                           "escalate_minutes": 5, "count_short": true });
        let (status, _) = site.post("li", "/admin/missed-calls", rule.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = site.post("sun", "/admin/missed-calls", rule.clone()).await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = site.post("sun", "/admin/missed-calls", rule).await;
        assert_eq!(status, StatusCode::CONFLICT, "made on an older version");
        let with = |minutes: &str, version: i64| {
            json!({ "hotline": "4008001234", "version": version, "role": "supervisor",
                    "due_minutes": minutes, "escalate_minutes": "5", "count_short": "on" })
        };
        let (status, said) = site.post("sun", "/admin/missed-calls", with("30分", 1)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(said["detail"].as_str().unwrap().contains("“30分”"), "{said}");
        let (status, said) = site.post("sun", "/admin/missed-calls", with("３０", 1)).await;
        assert_eq!(status, StatusCode::OK, "wide digits are digits: {said}");
        // ten to six: ten minutes today, twenty tomorrow morning
        site.plant(call(1, Some(WANG), 50 * MINUTE - 20_000, "abandoned_short", 1)).await;
        site.pass_to(50 * MINUTE).await;
        let owed = ledger(&mut site, "sun", "open").await;
        assert_eq!(owed[0]["owner"]["role"], "supervisor");
        let tomorrow = at(16 * 60 * MINUTE + 20 * MINUTE);
        assert_eq!(owed[0]["due_at"], json!(tomorrow), "only working time counts");
        site.close().await;
    }
}
