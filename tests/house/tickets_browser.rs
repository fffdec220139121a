//! Two at the desk with one fault, in a real browser against the whole house: `tests/browser/faults.test.mjs`.

use serde_json::json;

use super::browser::told;
use super::kit;
use super::site::{OUT_OF_HOURS, Site};

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
    let card = json!({
        "caller_number": "13800005678", "symptom": "投影仪无信号", "accept": true, "plan": "带备机去换",
        "promised_at": "2026-11-23T11:00:00.000Z",
    });
    let (_, card) = site.post("li", "/faults", card).await;
    let card = card["no"].as_str().unwrap().to_owned();
    let session = |cookie: String| cookie.split_once('=').unwrap().1.to_owned();
    let (li, zhou) = (session(site.cookie("li").await), session(site.cookie("zhou").await));
    let panel = format!("http://{}", site.open.web);
    let more = [("LI", li), ("ZHOU", zhou), ("FAULT", no), ("CARD", card)];
    told("faults.test.mjs", &panel, &more).await;
    site.close().await;
}
