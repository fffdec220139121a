//! What somebody who may not know a restricted person's number finds all the same, and what the summaries of faults
//! tell them.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::site::Site;

const MOBILE: &str = "13926000177";

/// A fault that an operator writes down; its number.
async fn fault(site: &mut Site, body: Value) -> String {
    let (status, said) = site.post("li", "/faults", body).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    said["no"].as_str().unwrap().to_owned()
}

/// Two faults, one with an order that is numbered as neither, one with the number; whose it is becomes restricted.
/// Their numbers, and the order's.
async fn written(site: &mut Site) -> [String; 3] {
    fault(site, json!({ "symptom": "打印机卡纸" })).await;
    let plain = json!({ "caller_number": "13800001234", "caller_name": "王建国",
        "symptom": "UPS 红灯报警", "accept": true });
    let plain = fault(site, plain).await;
    let draft = json!({ "tasks": "换 0177 型电池" });
    let (status, order) = site.post("li", &format!("/faults/{plain}/work-orders"), draft).await;
    assert_eq!(status, StatusCode::OK, "{order}");
    let order = order["no"].as_str().unwrap().to_owned();
    let calls = json!({ "caller_number": MOBILE, "caller_name": "凤凰木", "company": format!("某店 {MOBILE}"),
        "symptom": format!("请回 {MOBILE}") });
    let calls = fault(site, calls).await;
    let boss = json!({ "name": "赵建国", "mobile": MOBILE, "disclosure": "restricted" });
    let (status, said) = site.post("gao", "/directory", boss).await;
    assert!(status.is_success(), "{said}");
    [plain, calls, order]
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_of_an_order_that_a_closed_number_has_too_are_found() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        let [plain, calls, order] = written(&mut site).await;
        // the closed number has 260001 in it, and 0177
        assert_eq!((plain.as_str(), order.as_str()), ("F26-0002", "W26-0001"));
        let asked: [(&'static str, &str, &[&String]); 6] = [
            ("li", "0177", &[&plain]),
            ("gao", "0177", &[&calls, &plain]),
            ("li", "W26-0001", &[&plain]),
            ("gao", "W26-0001", &[&plain]),
            ("li", "26000177", &[]),
            ("gao", "26000177", &[&calls]),
        ];
        for (who, q, finds) in asked {
            let (_, list) = site.get(who, &format!("/faults?view=list&q={q}")).await;
            let items = list["items"].as_array().unwrap_or_else(|| panic!("{list}")).iter();
            let found: Vec<&str> = items.map(|one| one["no"].as_str().unwrap()).collect();
            assert_eq!(found, finds, "{who} asks for {q}");
            let (_, list) = site.get(who, &format!("/work-orders?q={q}")).await;
            let found = list["items"].as_array().unwrap_or_else(|| panic!("{list}")).len();
            assert_eq!(found, usize::from(finds.contains(&&plain)), "{who} asks for {q}");
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_summary_of_faults_tells_a_closed_number() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        written(&mut site).await;
        let summary = json!({ "date": "2026-11-23", "remarks": format!("已回 {MOBILE}") });
        for is_handed_in in [false, true] {
            if is_handed_in {
                let (status, said) = site.post("sun", "/reports/faults", summary.clone()).await;
                assert_eq!(status, StatusCode::OK, "{said}");
                assert!(!said.to_string().contains(MOBILE), "{said}");
            }
            for (path, says) in [
                ("/reports/faults?date=2026-11-23", "某店 "),
                ("/reports/faults/table.csv?date=2026-11-23", "请回 "),
                ("/reports/faults/table.csv?date=2026-11-23&table=figures", "某店 "),
            ] {
                let whole = site.page("gao", path).await;
                assert!(whole.contains(&format!("{says}{MOBILE}")), "{path}: {whole}");
                for who in ["li", "sun"] {
                    let told = site.page(who, path).await;
                    assert!(!told.contains(MOBILE), "{who} at {path}: {told}");
                    assert!(told.contains(&format!("{says}****")), "{who} at {path}: {told}");
                }
            }
            let (_, seen) = site.get("li", "/reports/faults?date=2026-11-23").await;
            assert!(!seen.to_string().contains(MOBILE), "{seen}");
            let remarks = if is_handed_in { "已回 ****" } else { "" };
            assert_eq!(seen["remarks"], remarks, "{seen}");
        }
        // nor does the analysis, whose cells still list what they count
        let of_day =
            "source=faults&measure=all&from=2026-11-23&to=2026-11-23&rows=customer&columns=state";
        let (asked, behind) =
            (format!("/reports/analysis?{of_day}"), format!("/reports/analysis/rows?{of_day}"));
        let table = format!("{asked}&format=csv");
        for (path, says) in [(&asked, "某店 "), (&table, "某店 "), (&behind, "请回 ")] {
            let whole = site.page("gao", path).await;
            assert!(whole.contains(&format!("{says}{MOBILE}")), "{path}: {whole}");
            let told = site.page("sun", path).await;
            assert!(!told.contains(MOBILE), "{path}: {told}");
            assert!(told.contains(&format!("{says}****")), "{path}: {told}");
        }
        let (_, cell) = site.get("sun", &format!("{behind}&row=某店%20****")).await;
        assert_eq!(cell["count"], 1, "{cell}");
        assert!(!cell.to_string().contains(MOBILE), "{cell}");
        // what was handed in keeps what was written
        let (_, whole) = site.get("gao", "/reports/faults?date=2026-11-23").await;
        assert_eq!(whole["remarks"], format!("已回 {MOBILE}"), "{whole}");
        site.close().await;
    }
}
