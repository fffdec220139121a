//! What a dispatcher reads where an order came back, an engineer has to be telephoned, or one fault stands for
//! another.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::site::{OUT_OF_HOURS, Site};

const MINUTE: i64 = 60_000;

/// 王工 with a telephone and 陈工 (who signs in as 丙) without one are on duty, and 李红 at the desk.
async fn world(place: &kit::Place) -> Site {
    let mut site = Site::open_with(place, OUT_OF_HOURS).await;
    site.plant(vec![
        "UPDATE staff SET extension = '805' WHERE login = 'wang'".to_owned(),
        "UPDATE staff SET roles = 'engineer', name = '陈工' WHERE login = 'bing'".to_owned(),
    ])
    .await;
    for who in ["wang", "bing", "li"] {
        assert_eq!(site.post(who, "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
    }
    site
}

/// A fault that was reported and accepted; its number.
async fn reported(site: &mut Site) -> String {
    let fault = json!({
        "caller_number": "13800001234", "caller_name": "王建国", "company": "恒信物流", "symptom": "UPS 红灯报警",
        "impact": 1, "urgency": 1, "plan": "换电池", "promised_at": "2026-11-23T11:00:00.000Z", "accept": true,
    });
    site.post("li", "/faults", fault).await.1["no"].as_str().unwrap().to_owned()
}

/// The same, and it was sent to 王工; its number and the order's.
async fn sent(site: &mut Site) -> (String, String) {
    let no = reported(site).await;
    let lead = json!({ "lead": site.id("wang") });
    let (status, order) = site.post("li", &format!("/faults/{no}/work-orders"), lead).await;
    assert_eq!(status, StatusCode::OK, "{order}");
    (no, order["no"].as_str().unwrap().to_owned())
}

async fn act(site: &mut Site, who: &'static str, order: &str, verb: &str, body: Value) {
    let (status, said) = site.post(who, &format!("/work-orders/{order}/acts/{verb}"), body).await;
    assert!(status.is_success(), "{who} {verb}: {said}");
}

/// The part of a page with this id, up to the end of its section.
fn section<'p>(page: &'p str, id: &str) -> &'p str {
    let from = page.split(&format!("id=\"{id}\"")).nth(1).unwrap_or_else(|| panic!("no {id}"));
    from.split("</section>").next().unwrap()
}

/// The sheet of a printed order, without what stands around it on a screen.
async fn sheet(site: &mut Site, order: &str) -> String {
    let page = site.page("li", &format!("/work-orders/{order}/print")).await;
    let sheet = page.split("<article").nth(1).unwrap();
    sheet.split("</article>").next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nobody_took_is_sent_again_from_its_fault_and_no_second_is_written() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        let (fault, order) = sent(&mut site).await;
        act(&mut site, "wang", &order, "decline", json!({ "reason": "车坏了" })).await;
        // the house asked the next; who said no has sent nobody
        let now = site.get("li", &format!("/work-orders/{order}")).await.1;
        let events = now["events"].as_array().unwrap().iter();
        let issued: Vec<&Value> =
            events.filter(|one| one["verb"] == "issue").map(|one| &one["name"]).collect();
        assert_eq!(issued, ["李红", ""], "{now}");
        act(&mut site, "bing", &order, "decline", json!({ "reason": "在别处" })).await;

        let page = site.page("li", &format!("/faults/{fault}")).await;
        let dispatch = section(&page, "dispatch");
        assert!(dispatch.contains("能去的都问过了"), "{dispatch}");
        assert!(dispatch.contains(&format!("action=\"/work-orders/{order}/issue\"")), "{dispatch}");
        assert!(!dispatch.contains(&format!("/faults/{fault}/work-orders")), "no second order");
        assert!(dispatch.contains("已问过"), "{dispatch}");
        assert!(!dispatch.contains(" checked"), "nobody is proposed who has said no");
        assert!(!dispatch.contains(" disabled"), "and who was telephoned since can be chosen");
        let own = site.page("li", &format!("/work-orders/{order}")).await;
        assert!(section(&own, "dispatch").contains("能去的都问过了"));

        let version = site.get("li", &format!("/work-orders/{order}")).await.1["version"].clone();
        let again =
            json!({ "lead": site.id("wang"), "crew": [site.id("bing")], "version": version });
        let (status, now) = site.post("li", &format!("/work-orders/{order}/issue"), again).await;
        assert_eq!((status, &now["state"]), (StatusCode::OK, &json!("issued")), "{now}");
        assert_eq!(now["crew"].as_array().unwrap().len(), 2);
        for verb in ["accept", "depart", "arrive"] {
            act(&mut site, "wang", &order, verb, json!({})).await;
        }
        act(&mut site, "wang", &order, "finish", json!({ "work_done": "换了电池" })).await;
        let fault = site.get("li", &format!("/faults/{fault}")).await.1;
        assert_eq!(fault["state"], "resolved", "nothing is left open beside it");
        assert_eq!(fault["orders"].as_array().unwrap().len(), 1);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_to_be_telephoned_stands_on_the_order_with_the_number() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        let (_, order) = sent(&mut site).await;
        let page = site.page("li", &format!("/work-orders/{order}")).await;
        assert!(!page.contains("phone-lead"), "he still has time");
        site.pass_to(3 * MINUTE).await;
        let page = site.page("li", &format!("/work-orders/{order}")).await;
        assert!(page.contains("请现在打电话给王工") && page.contains("href=\"tel:805\""), "{page}");
        let board = site.page("li", "/faults").await;
        assert!(board.contains("<span class=\"end c3\">打电话给王工"), "it stands out");
        act(&mut site, "li", &order, "accept", json!({})).await;
        let page = site.page("li", &format!("/work-orders/{order}")).await;
        assert!(!page.contains("phone-lead"));
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_clock_says_that_somebody_came_or_mended_where_nobody_did() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        let (first, other) = (reported(&mut site).await, reported(&mut site).await);
        site.pass_to(5 * MINUTE).await;
        let solved = json!({ "solution": "电话指导复位" });
        let (status, _) = site.post("li", &format!("/faults/{first}/solution"), solved).await;
        assert_eq!(status, StatusCode::OK);
        let page = site.page("li", &format!("/faults/{first}")).await;
        assert!(page.contains("解决用时") && !page.contains("到场用时"), "nobody went");
        // a number as one says it is one of this year
        let of = first.trim_start_matches("F26-").trim_start_matches('0');
        let (status, said) =
            site.post("li", &format!("/faults/{other}/duplicate"), json!({ "of": of })).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let page = site.page("li", &format!("/faults/{other}")).await;
        assert!(page.contains(&format!("href=\"/faults/{first}\"")));
        assert!(page.contains("响应用时"), "somebody took it");
        assert!(!page.contains("到场用时") && !page.contains("解决用时"), "nothing was solved");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paper_has_the_year_and_leaves_room_only_where_a_hand_still_writes() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        let (_, order) = sent(&mut site).await;
        let paper = sheet(&mut site, &order).await;
        assert!(
            paper.contains("2026-11-23 17:00") && paper.contains("2026-11-23 19:00"),
            "{paper}"
        );
        assert!(!paper.contains("11/23 周一"), "{paper}");
        assert!(paper.contains("class=\"tall\""), "a hand writes what was done");
        for verb in ["accept", "depart", "arrive"] {
            act(&mut site, "wang", &order, verb, json!({})).await;
        }
        act(&mut site, "wang", &order, "finish", json!({ "work_done": "换了电池" })).await;
        let paper = sheet(&mut site, &order).await;
        assert!(!paper.contains("class=\"tall\""), "it is done");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_and_devices_are_changed_where_they_are_read() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        let body = json!({ "company": "恒信物流", "name": "B 座" });
        let (_, made) = site.post("sun", "/sites", body).await;
        let body = json!({ "number": "HX-1", "company": "恒信物流", "name": "4 小时" });
        let (_, contract) = site.post("sun", "/sites/contracts", body).await;
        let body = json!({ "site": made["id"], "contract": contract["id"], "name": "UPS", "serial": "S1" });
        let (status, _) = site.post("li", "/sites/assets", body).await;
        assert_eq!(status, StatusCode::OK);
        let page = site.page("sun", "/sites").await;
        assert!(section(&page, "contracts").contains("name=\"number\" value=\"HX-1\""));
        assert!(section(&page, "assets").contains("name=\"serial\" value=\"S1\""));
        let now = site.get("sun", "/sites").await.1;
        let one = &now["contracts"][0];
        let body = json!({
            "id": one["id"], "version": one["version"], "number": "HX-1", "company": "恒信物流",
            "name": "2 小时", "valid_to": "2027-12-31",
        });
        assert_eq!(site.post("sun", "/sites/contracts", body).await.0, StatusCode::OK);
        let now = site.get("sun", "/sites").await.1;
        assert_eq!(now["contracts"].as_array().unwrap().len(), 1);
        assert_eq!(now["contracts"][0]["name"], "2 小时");
        site.close().await;
    }
}
