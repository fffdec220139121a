//! Before a desk opens its things are laid out and it is tidied: the supervisor writes the list, each desk ticks
//! it once a business date, and who has not done it when the house opens is seen (clauses 1-2a, 1-2c).

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::site::{OUT_OF_HOURS, Site};

const OPENING: &str = "/shifts/opening";

async fn did(site: &mut Site, who: &'static str, path: &str, body: Value) -> Value {
    let (status, answer) = site.post(who, path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

/// Done, of how many, and whether it is late, desk by desk as the supervisor sees it.
async fn desks(site: &mut Site) -> Vec<(i64, i64, bool)> {
    let (_, seen) = site.get("sun", OPENING).await;
    let desks = seen["desks"].as_array().unwrap().iter();
    let number = |one: &Value| one.as_i64().unwrap();
    desks
        .map(|one| (number(&one["done"]), number(&one["of"]), one["late"].as_bool().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_ticks_what_the_supervisor_listed_and_the_day_is_open() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        did(&mut site, "li", "/shifts/sign-on", json!({})).await;
        // five in the afternoon is before opening here
        did(&mut site, "sun", "/shifts/opening/time", json!({ "at": "17:30" })).await;
        for name in ["房态表打印纸", "营业台整理"] {
            did(&mut site, "sun", "/shifts/opening/items", json!({ "name": name })).await;
        }
        let twice = json!({ "name": "营业台整理" });
        let (status, refused) = site.post("sun", "/shifts/opening/items", twice).await;
        assert!(status.is_client_error() && refused["fields"]["name"].is_string(), "{refused}");

        // a house that opens before its day turns opens on the next morning of the calendar
        did(&mut site, "sun", "/shifts/opening/time", json!({ "at": "05:30" })).await;
        assert_eq!(desks(&mut site).await, [(0, 2, false)], "not before half past five");
        did(&mut site, "sun", "/shifts/opening/time", json!({ "at": "17:30" })).await;

        // she sees the list and ticks it, with a word to it
        let page = site.page("li", OPENING).await;
        assert!(page.contains("房态表打印纸") && page.contains("营业台整理"));
        assert_eq!(desks(&mut site).await, [(0, 2, false)], "not yet open");
        let note = json!({ "note": "还有两包" });
        let seen = did(&mut site, "li", "/shifts/opening/ticks/1", note).await;
        let tick = &seen["items"][0]["tick"];
        assert_eq!((&tick["by"], &tick["note"]), (&json!("李红"), &json!("还有两包")), "{seen}");
        assert_eq!(seen["mine"]["at"], Value::Null, "one is left");

        // the house opens: what is left is seen
        site.pass_to(31 * 60_000).await;
        assert_eq!(desks(&mut site).await, [(1, 2, true)]);
        let late = site.page("sun", OPENING).await;
        assert!(late.contains("已开市未完成"), "the supervisor sees it");
        let seen = did(&mut site, "li", "/shifts/opening/ticks/2", json!({})).await;
        assert_eq!((&seen["mine"]["done"], &seen["mine"]["by"]), (&json!(2), &json!("李红")));
        assert_eq!(desks(&mut site).await, [(2, 2, false)]);
        let day = site.page("li", "/shifts").await;
        let chip = day.split("id=\"opening\"").nth(1).unwrap().split("</p>").next().unwrap();
        for word in ["tag t1", "2/2", "李红", "17:31"] {
            assert!(chip.contains(word), "{word}: {chip}");
        }

        // what was ticked may have a photo, which goes with its tick
        let photo = "/shifts/opening/ticks/2/photo";
        let picture: &[u8] = b"\xff\xd8\xff\xe0 a photo";
        let (status, _) = site.upload("li", photo, ("x.jpg", b"no picture".as_slice())).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let (status, with) = site.upload("li", photo, ("x.jpg", picture)).await;
        assert_eq!(status, StatusCode::OK, "{with}");
        let kept = format!("/shifts/opening/photos/{}", with["items"][1]["tick"]["photo"]);
        let (kind, bytes) = site.file("sun", &kept).await;
        assert_eq!((kind.as_str(), bytes.as_slice()), ("image/jpeg", picture));
        assert!(site.page("sun", OPENING).await.contains(&kept), "the supervisor finds it");
        let untaken = "/shifts/opening/ticks/1234/photo";
        assert_eq!(site.upload("li", untaken, ("x.jpg", picture)).await.0, StatusCode::NOT_FOUND);

        // ticked once is ticked: a second time changes neither who nor when
        site.pass_to(40 * 60_000).await;
        let again = did(&mut site, "li", "/shifts/opening/ticks/2", json!({})).await;
        assert_eq!(again["mine"]["at"], seen["mine"]["at"]);
        let (status, back) = site.delete("li", "/shifts/opening/ticks/2").await;
        assert_eq!((status, &back["mine"]["at"]), (StatusCode::OK, &Value::Null));
        assert_eq!(site.get("li", &kept).await.0, StatusCode::NOT_FOUND);

        // what is no longer asked for is not missing; what was never asked for cannot be ticked
        let (status, _) = site.delete("sun", "/shifts/opening/items/2").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(desks(&mut site).await, [(1, 1, false)]);
        let (status, _) = site.post("li", "/shifts/opening/ticks/2", json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = site.post("li", "/shifts/opening/items", json!({ "name": "x" })).await;
        assert_eq!(status, StatusCode::FORBIDDEN);

        // the next business date begins anew
        site.pass_to(14 * 3_600_000).await;
        let (_, fresh) = site.get("li", OPENING).await;
        assert_eq!((&fresh["date"], &fresh["mine"]["done"]), (&json!("2026-11-24"), &json!(0)));

        // a photo is kept for ninety days, which whoever ticks something sees to; its tick stays
        did(&mut site, "li", "/shifts/opening/ticks/1", json!({})).await;
        let photo = "/shifts/opening/ticks/1/photo";
        let (status, with) = site.upload("li", photo, ("x.jpg", picture)).await;
        assert_eq!(status, StatusCode::OK, "{with}");
        let kept = format!("/shifts/opening/photos/{}", with["items"][0]["tick"]["photo"]);
        let aged = |date| vec![format!("UPDATE opening_photos SET business_date = '{date}'")];
        site.plant(aged("2026-08-26")).await;
        did(&mut site, "li", "/shifts/opening/ticks/1", json!({})).await;
        assert_eq!(site.file("sun", &kept).await.1, picture);
        site.plant(aged("2026-08-25")).await;
        did(&mut site, "li", "/shifts/opening/ticks/1", json!({})).await;
        assert_eq!(site.get("sun", &kept).await.0, StatusCode::NOT_FOUND);
        site.close().await;
    }
}
