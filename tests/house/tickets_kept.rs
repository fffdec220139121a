//! What was filed and what was handed in stays as it was, whatever becomes of the fault (clauses 5.2 and 5.3a).

use axum::http::{StatusCode, header};
use serde_json::json;
use switchboard::db::Sql;

use super::desk::page;
use super::kit;
use super::site::{OUT_OF_HOURS, Site};
use super::tickets::House;

impl House {
    /// Runs a statement that no page would.
    async fn forced(&self, sql: Sql) -> switchboard::db::Result<()> {
        let forced = self.desk.kit.db.write(self.desk.stamp(), move |tx| {
            Box::pin(async move { tx.keep(sql).run().await.map(drop) })
        });
        forced.await
    }

    /// The paper of an order, without the mark of a reprint.
    async fn paper(&self, order: &str) -> String {
        let asked = page(&format!("/work-orders/{order}/print"));
        let body = self.desk.ask(asked.header(header::COOKIE, &self.operator)).await.body;
        let text = body.split("<article").nth(1).unwrap().split("</article>").next().unwrap();
        let marks = (1..9).map(|n| format!(" · 补打 {n}"));
        marks.fold(text.to_owned(), |text, mark| text.replace(&mark, ""))
    }

    /// Somebody writes other words on a fault.
    async fn rewritten(&self, fault: &str) {
        let version =
            self.get(&self.operator, &format!("/faults/{fault}")).await["version"].clone();
        let words =
            json!({ "version": version, "company": "别家", "place": "别处", "symptom": "别的" });
        let (status, said) = self.say(&format!("/faults/{fault}"), words).await;
        assert_eq!((status, &said["company"]), (StatusCode::OK, &json!("别家")), "{said}");
    }
}

#[tokio::test]
async fn a_filed_order_is_printed_as_it_was_filed_whatever_becomes_of_its_fault() {
    const RENAMED: Sql = Sql::both("UPDATE staff SET name = '刘大洋' WHERE name = '刘洋'");
    const FORGED: Sql = Sql::both("UPDATE work_order_papers SET words = '{}'");
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        for verb in ["accept", "depart", "arrive"] {
            assert_eq!(house.act(&order, verb, json!({})).await.0, StatusCode::OK);
        }
        let work = json!({ "work_done": "更换电池组" });
        assert_eq!(house.act(&order, "finish", work).await.0, StatusCode::OK);
        house.picture(&order, "signature").await;
        let signs = json!({ "customer": "王建国" });
        assert_eq!(house.act(&order, "sign", signs).await.0, StatusCode::OK);
        // until it is filed, the paper says what is known now
        house.rewritten(&fault).await;
        assert!(house.paper(&order).await.contains("别家"));
        let version =
            house.get(&house.operator, &format!("/faults/{fault}")).await["version"].clone();
        let back = json!({ "version": version, "company": "恒信物流", "place": "河西园 B 座 12 层", "symptom": "UPS 红灯报警" });
        assert_eq!(house.say(&format!("/faults/{fault}"), back).await.0, StatusCode::OK);

        let file = format!("/work-orders/{order}/acts/archive");
        assert_eq!(house.say(&file, json!({})).await.1["state"], "archived");
        let filed = house.paper(&order).await;
        assert!(filed.contains("恒信物流") && filed.contains("刘洋"), "{filed}");
        house.rewritten(&fault).await;
        house.forced(RENAMED).await.unwrap();
        assert_eq!(house.paper(&order).await, filed, "a reprint is the same");
        let refused = house.forced(FORGED).await.unwrap_err();
        assert!(refused.is_refusal("work_order_papers_frozen"), "{refused}");
        assert_eq!(house.paper(&order).await, filed);
    }
}

#[tokio::test]
async fn the_faults_of_a_summary_are_kept_with_its_figures() {
    const FORGED: Sql = Sql::both("UPDATE fault_report_lines SET state = 'closed'");
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let table = async |asked: &str| {
            let asked = page(&format!("/reports/faults/table.csv?{asked}"));
            house.desk.ask(asked.header(header::COOKIE, &house.operator)).await.body
        };
        let day = "date=2026-11-23";
        let fault = house.fault(json!({})).await;
        let before = table(day).await;
        assert!(before.contains("恒信物流") && before.contains("已受理"), "{before}");
        // an empty week is handed in too
        for asked in [
            json!({ "date": "2026-11-23" }),
            json!({ "period": "week", "date": "2026-11-30", "remarks": "无" }),
        ] {
            let (status, said) = house.say("/reports/faults", asked).await;
            assert_eq!(status, StatusCode::OK, "{said}");
        }
        assert_eq!(table(day).await, before, "handed in as it was");
        let empty = table("period=week&date=2026-11-30").await;

        house.rewritten(&fault).await;
        let solved = json!({ "solution": "重启" });
        let (status, said) = house.say(&format!("/faults/{fault}/solution"), solved).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        house.fault(json!({ "symptom": "打印机卡纸" })).await;
        assert_eq!(table(day).await, before, "the same afterwards");
        let week = table("period=week&date=2026-11-23").await;
        assert!(week.contains("别家") && week.contains("打印机卡纸"), "not handed in yet: {week}");
        house.pass(8 * 24 * 60).await;
        let operator = house.desk.sign_in("operator").await;
        let (status, said) = house.post(&operator, "/faults", json!({ "symptom": "断网" })).await;
        assert_eq!((status, &said["business_date"]), (StatusCode::OK, &json!("2026-12-01")));
        let asked = page("/reports/faults/table.csv?period=week&date=2026-11-30");
        let later = house.desk.ask(asked.header(header::COOKIE, &operator)).await.body;
        assert_eq!(later, empty, "an empty one stays empty");
        let refused = house.forced(FORGED).await.unwrap_err();
        assert!(refused.is_refusal("fault_report_lines_frozen"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_is_told_that_a_summary_was_handed_in_until_they_have_read_it() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        assert!(site.waiting("gao").await.is_empty());
        let summary = json!({ "date": "2026-11-23", "remarks": "正常" });
        let (status, said) = site.post("li", "/reports/faults", summary).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let told = site.waiting("gao").await;
        assert!(told.len() == 1 && told[0].contains("报障汇总"), "{told:?}");
        let page = site.page("gao", "/me").await.replace("&#38;", "&");
        assert!(page.contains("/reports/faults?period=day&date=2026-11-23"), "{page}");
        assert!(site.waiting("sun").await.is_empty(), "and nobody else");
        let read = json!({ "date": "2026-11-23", "answer": "已阅" });
        let (status, said) = site.post("gao", "/reports/faults/reading", read).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert_eq!(site.waiting("gao").await, Vec::<String>::new());
        site.close().await;
    }
}
