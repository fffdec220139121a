//! Two at the desk with one fault, and an engineer on the road, in a real browser against the whole house:
//! `tests/browser/faults.test.mjs` and `news.test.mjs`.

use serde_json::json;

use super::browser::told;
use super::kit;
use super::site::{OUT_OF_HOURS, Site};

fn session(cookie: &str) -> String {
    cookie.split_once('=').unwrap().1.to_owned()
}

/// A fault that only waits for somebody to be sent; its number.
async fn reported(site: &mut Site, symptom: &str) -> String {
    let fault = json!({
        "caller_number": "13800005678", "symptom": symptom, "accept": true, "plan": "带备机去换",
        "promised_at": "2026-11-23T11:00:00.000Z",
    });
    let (_, fault) = site.post("li", "/faults", fault).await;
    fault["no"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_the_desk_see_each_other_edit_and_take_back_what_they_did() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    let fault =
        json!({ "caller_number": "13800001234", "symptom": "UPS 红灯报警", "accept": true });
    let (_, fault) = site.post("li", "/faults", fault).await;
    let no = fault["no"].as_str().unwrap().to_owned();
    let (status, _) = site.post("wang", "/shifts/sign-on", json!({})).await;
    assert!(status.is_success());
    let card = reported(&mut site, "投影仪无信号").await;
    // a board as long as a day makes it
    for nth in 1..=9 {
        reported(&mut site, &format!("第 {nth} 台打印机卡纸")).await;
    }
    let (li, zhou) = (session(&site.cookie("li").await), session(&site.cookie("zhou").await));
    let panel = format!("http://{}", site.open.web);
    let more = [("LI", li), ("ZHOU", zhou), ("FAULT", no), ("CARD", card)];
    told("faults.test.mjs", &panel, &more).await;
    site.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_takes_a_step_back_on_the_road_and_comes_back_to_news() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    let (status, _) = site.post("wang", "/shifts/sign-on", json!({})).await;
    assert!(status.is_success());
    let (fault, fresh) =
        (reported(&mut site, "UPS 红灯报警").await, reported(&mut site, "投影仪无信号").await);
    let lead = site.id("wang");
    let (status, order) =
        site.post("li", &format!("/faults/{fault}/work-orders"), json!({ "lead": lead })).await;
    assert!(status.is_success(), "{order}");
    let (li, wang) = (session(&site.cookie("li").await), session(&site.cookie("wang").await));
    let panel = format!("http://{}", site.open.web);
    let order = order["no"].as_str().unwrap().to_owned();
    let more = [
        ("LI", li),
        ("WANG", wang),
        ("LEAD", lead.to_string()),
        ("ORDER", order),
        ("FRESH", fresh),
    ];
    told("news.test.mjs", &panel, &more).await;
    site.close().await;
}
