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
    let session = |cookie: String| cookie.split_once('=').unwrap().1.to_owned();
    let (li, zhou) = (session(site.cookie("li").await), session(site.cookie("zhou").await));
    let panel = format!("http://{}", site.open.web);
    told("faults.test.mjs", &panel, &[("LI", li), ("ZHOU", zhou), ("FAULT", no)]).await;
    site.close().await;
}
