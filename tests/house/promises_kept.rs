//! Two promises from end to end: who has a browser that takes pushes is told by it, sealed for that browser
//! alone; and whoever reported a fault is called back when it is solved.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::agreement::{ECDH_P256, EphemeralPrivateKey};
use serde_json::{Value, json};
use switchboard::db::{Sql, Stamp};
use switchboard::kernel::StaffId;
use switchboard::outbox::store::people::{self, Browser};

use super::kit;
use super::outbox::opened;
use super::receivers::{Robot, relay};
use super::registrar::soon;
use super::site::{OUT_OF_HOURS, Site, at};

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_pushed_sealed_to_a_browser_and_goes_another_way_once_that_is_gone() {
    for place in kit::places().await {
        let (mail, mut mails) = relay(&[]).await;
        let (service, mut pushes) = Robot::open(&[(201, None, ""), (410, None, "")]).await;
        let more = format!(
            "{OUT_OF_HOURS}[smtp]\nhost = \"{}\"\nport = {}\ntls = \"none\"\nfrom = \"switchboard@house.example\"\n",
            mail.ip(),
            mail.port()
        );
        let mut site = Site::open_with(&place, &more).await;
        let reach = json!({ "version": 0, "mail": "zhou@house.example" });
        assert_eq!(site.post("zhou", "/me/reach", reach).await.0, StatusCode::OK);

        // what his browser says of itself; services are reached by https alone, this one plays on loopback
        let random = ring::rand::SystemRandom::new();
        let secret = EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap();
        let public = secret.compute_public_key().unwrap();
        let (p256dh, auth) =
            (URL_SAFE_NO_PAD.encode(public.as_ref()), URL_SAFE_NO_PAD.encode([9; 16]));
        let subscription = |endpoint: &str| json!({ "endpoint": endpoint, "keys": { "p256dh": p256dh, "auth": auth } });
        let (status, _) = site.post("zhou", "/me/browsers", subscription(&service.url)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let zhou = site.id("zhou");
        let stamp = Stamp { now: at(0), by: Some(StaffId(zhou)) };
        let browser = Browser { endpoint: service.url.clone(), p256dh, auth };
        people::subscribe(&site.db, stamp, StaffId(zhou), browser).await.unwrap();
        assert_eq!(site.get("zhou", "/me/reach").await.1["browsers"], 1);

        let told =
            json!({ "text": "机房漏水，电话 138 0000 1234", "people": [zhou], "must_ack": true });
        let (status, notice) = site.post("li", "/notices", told).await;
        assert_eq!(status, StatusCode::OK, "{notice}");
        let push = soon("a push", pushes.recv()).await.unwrap();
        assert_eq!(push.headers["content-encoding"], "aes128gcm");
        let vapid = push.headers["authorization"].to_str().unwrap();
        assert!(vapid.starts_with("vapid t=") && vapid.contains("k="), "{vapid}");
        let seen = String::from_utf8_lossy(&push.body);
        assert!(!seen.contains("机房"), "the service between reads nothing");
        let said = opened(&push.body, secret, public.as_ref(), &[9; 16]);
        let said: Value = serde_json::from_slice(&said).unwrap();
        assert_eq!(said["title"], "请回应：机房漏水，电话 138****1234");
        // its link answers with one press
        let link = said["link"].as_str().unwrap();
        let link = &link[link.find("/a/").unwrap()..];
        assert_eq!(site.stranger("POST", link).await.0, StatusCode::OK);
        let (_, notice) = site.get("li", &format!("/notices/{}", notice["id"])).await;
        assert_eq!(
            (&notice["acked"], &notice["receipts"][0]["method"]),
            (&json!(1), &json!("link"))
        );
        assert!(mails.try_recv().is_err(), "one way is enough");

        // the browser is gone: forgotten, and the same letter goes by mail
        let told = json!({ "text": "电梯困人", "people": [zhou], "must_ack": true });
        site.post("li", "/notices", told).await;
        soon("the push that finds nobody", pushes.recv()).await.unwrap();
        let mail = soon("a mail instead", mails.recv()).await.unwrap();
        assert!(mail.to.join(" ").contains("zhou@house.example"), "{:?}", mail.to);
        assert_eq!(site.get("zhou", "/me/reach").await.1["browsers"], 0);
        let told = json!({ "text": "已放人", "people": [zhou], "must_ack": true });
        site.post("li", "/notices", told).await;
        soon("a mail at once", mails.recv()).await.unwrap();
        assert!(pushes.try_recv().is_err(), "nobody pushes to it any more");
        site.close().await;
    }
}

/// A fault that 李红 took; its number.
async fn fault(site: &mut Site) -> String {
    let fault = json!({
        "caller_number": "13800001234", "caller_name": "王建国", "company": "恒信物流", "place": "B 座 12 层",
        "symptom": "UPS 红灯报警", "impact": 2, "urgency": 2, "accept": true
    });
    let (status, fault) = site.post("li", "/faults", fault).await;
    assert_eq!(status, StatusCode::OK, "{fault}");
    fault["no"].as_str().unwrap().to_owned()
}

/// What a person owes about a fault.
async fn owed(site: &mut Site, who: &'static str, no: &str) -> Vec<Value> {
    let (_, list) = site.get(who, "/follow-ups").await;
    let about = json!(format!("faults/{no}"));
    let items = list["items"].as_array().unwrap().iter();
    items.filter(|one| one["about"] == about).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reported_a_fault_is_called_back_when_it_is_solved_and_the_supervisor_hears_if_not()
{
    const STATES: Sql =
        Sql::both("SELECT kind, state FROM follow_ups WHERE about = $1 ORDER BY id");
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let no = fault(&mut site).await;
        assert!(owed(&mut site, "li", &no).await.is_empty(), "nothing is owed while it is open");
        let solve = json!({ "solution": "复位后正常" });
        let (status, solved) =
            site.post("li", &format!("/faults/{no}/solution"), solve.clone()).await;
        assert_eq!((status, &solved["state"]), (StatusCode::OK, &json!("resolved")), "{solved}");

        // a task of the operator who took it, within four hours
        let mine = owed(&mut site, "li", &no).await;
        assert_eq!(mine.len(), 1);
        assert_eq!(
            (&mine[0]["kind"], &mine[0]["due_at"]),
            (&json!("call_back"), &json!(at(4 * HOUR).to_string()))
        );
        assert!(owed(&mut site, "zhou", &no).await.is_empty(), "and nobody else's");
        let page = site.page("li", "/follow-ups").await;
        assert!(page.contains(&format!("/faults/{no}")), "{page}");

        // nobody answers there: tried again; then it is due, and a quarter of an hour later the supervisor
        // hears of it
        let attempt = format!("/follow-ups/{}/attempts", mine[0]["id"]);
        let (status, said) = site.post("li", &attempt, json!({ "outcome": "no_answer" })).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        site.pass_to(4 * HOUR).await;
        assert!(!site.waiting("li").await.is_empty(), "it is due");
        assert!(site.waiting("sun").await.is_empty());
        site.pass_to(4 * HOUR + 16 * MINUTE).await;
        assert!(!site.waiting("sun").await.is_empty(), "the supervisor is told");

        // called back and closed: nothing is owed, and nobody is asked for it any more
        let close = json!({ "satisfaction": 5 });
        let (status, closed) =
            site.post("li", &format!("/faults/{no}/closing"), close.clone()).await;
        assert_eq!((status, &closed["state"]), (StatusCode::OK, &json!("closed")), "{closed}");
        assert!(owed(&mut site, "li", &no).await.is_empty());
        assert!(site.waiting("li").await.is_empty());

        // it was not solved after all: opened again, solved again, called back again
        let again = json!({ "text": "又报警了" });
        assert_eq!(
            site.post("li", &format!("/faults/{no}/reopening"), again).await.0,
            StatusCode::OK
        );
        assert!(owed(&mut site, "li", &no).await.is_empty());
        let accept = site.post("zhou", &format!("/faults/{no}/acceptance"), json!({})).await;
        assert_eq!(accept.0, StatusCode::OK, "{}", accept.1);
        let solve = site.post("zhou", &format!("/faults/{no}/solution"), solve).await;
        assert_eq!(solve.0, StatusCode::OK, "{}", solve.1);
        assert_eq!(owed(&mut site, "zhou", &no).await.len(), 1, "whoever took it this time");
        let about = format!("faults/{no}");
        let rows: Vec<(String, String)> = site.db.read(STATES).bind(&about).all().await.unwrap();
        let became: Vec<(&str, &str)> =
            rows.iter().map(|(kind, state)| (kind.as_str(), state.as_str())).collect();
        assert_eq!(became, [("call_back", "done"), ("call_back", "open")]);
        site.close().await;
    }
}
