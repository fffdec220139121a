//! A recorded call is played again on one screen, and nobody hears of it (telephony.md §4 item 9).

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::site::Site;

const HOTLINE: &str = "[[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\ngreeting = \"您好，南京北斗星\"\n\
    hours = [\"Sun 03:00-03:01\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_call_is_practised_and_nothing_is_stored() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, HOTLINE).await;
        let (status, none) = site.get("li", "/practice").await;
        assert_eq!((status, &none["recorded"]), (StatusCode::OK, &Value::Null), "{none}");
        assert!(site.page("li", "/practice").await.contains("还没有录下的来电"));

        site.plant(super::missed::call(1, Some("+8613800001234"), -60_000, "met", 1)).await;
        site.plant(super::missed::call(2, Some("+8613800005678"), -30_000, "abandoned", 4)).await;
        let before = site.journal("call").await.len();
        let (_, newest) = site.get("li", "/practice").await;
        assert_eq!(newest["recorded"]["call"], 2, "{newest}");
        let (_, one) = site.get("li", "/practice?call=1").await;
        let recorded = &one["recorded"];
        assert_eq!(recorded["call"], 1, "{one}");
        let number = |name: &str| recorded[name].as_i64().unwrap();
        let (cycle, target) = (number("cycle_ms"), number("target_ms"));
        assert_eq!(
            number("ends_after_ms"),
            number("rings_after_ms") + target + 4 * cycle,
            "whoever was answered would have waited"
        );
        // who gave up gives up again, at the same moment
        let gone = &newest["recorded"];
        let ends = gone["ends_after_ms"].as_i64().unwrap();
        assert!(ends < gone["rings_after_ms"].as_i64().unwrap() + target + 4 * cycle, "{gone}");
        let page = site.page("li", "/practice?call=1").await;
        for part in ["id=\"practice-card\"", "data-pickup", "您好", "F2"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let (status, _) = site.get("li", "/practice?call=99").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = site.get("wang", "/practice").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "who answers no calls has nothing to practise");
        assert_eq!(site.journal("call").await.len(), before, "nobody hears of it");
        let (_, log) = site.get("li", "/calls").await;
        assert_eq!(log["items"].as_array().unwrap().len(), 2, "{}", json!(log["items"]));
        site.close().await;
    }
}
