//! What was filed and what was handed in stays as it was, whatever becomes of the fault (clauses 5.2 and 5.3a).

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use switchboard::db::Sql;

use super::desk::{json as ask_json, page};
use super::kit;
use super::site::{OUT_OF_HOURS, Site};
use super::tickets::{House, MINUTE};

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

    /// An act as 刘洋's telephone tells it later, pressed at half past ten.
    async fn tells(&self, order: &str, verb: &str, op_id: &str, details: Value) -> Value {
        let act = json!({ "op_id": op_id, "no": order, "verb": verb, "at": "2026-11-23T02:30:00.000Z", "details": details });
        let (status, said) = self.post(&self.liu.1, "/my/jobs/acts", act).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        said
    }

    /// A signature that comes with an act.
    async fn signature(&self, order: &str, act: &str) {
        let address =
            format!("/work-orders/{order}/pictures?kind=signature&op_id=p-{act}&act={act}");
        let request = ask_json(&address)
            .method("POST")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &self.liu.1)
            .header(header::CONTENT_TYPE, "image/png");
        let png = [&b"\x89PNG\r\n\x1a\n"[..], &[0; 60]].concat();
        assert_eq!(self.desk.ask_with(request, png).await.status, StatusCode::OK);
    }

    /// What became of the signatures of an order, oldest first.
    async fn signatures(&self, order: &str) -> Vec<(i64, Value)> {
        let now = self.get(&self.operator, &format!("/work-orders/{order}")).await;
        let all = now["pictures"].as_array().unwrap().iter();
        let signed = all.filter(|one| one["kind"] == "signature");
        signed.map(|one| (one["id"].as_i64().unwrap(), one["became"].clone())).collect()
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
async fn a_signature_belongs_to_the_act_it_came_with_and_what_is_refused_says_why() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        house.desk.clock.set(house.desk.clock.now().plus_millis(90 * MINUTE));
        let jobs = page("/my/jobs").header(header::COOKIE, &house.liu.1);
        let jobs = house.desk.ask(jobs).await.body;
        assert!(jobs.contains("js/ticking.js") && jobs.contains("data-until="), "time goes on");
        for verb in ["accept", "depart", "arrive"] {
            assert_eq!(house.act(&order, verb, json!({})).await.0, StatusCode::OK);
        }
        // a fee that cannot be read: the words say so, told once or twice
        let unreadable = json!({ "work_done": "换了电池", "fee": "12o" });
        for _ in 0..2 {
            let said = house.tells(&order, "finish", "f1", unreadable.clone()).await;
            assert_eq!((&said["applied"], &said["state"]), (&json!(false), &json!("on_site")));
            let words = said["said"].as_str().unwrap();
            assert!(words.contains("完工") && words.contains("费用"), "{words}");
            assert!(!words.contains("现在是"), "{words}");
        }
        // so it is not done yet, and the signature that was drawn for it counts for nothing
        let customer = json!({ "customer": "王建国" });
        house.signature(&order, "s1").await;
        let said = house.tells(&order, "sign", "s1", customer.clone()).await;
        let words = said["said"].as_str().unwrap();
        assert!(words.contains("在现场") && words.contains("不算客户签字"), "{words}");
        let fee = json!({ "work_done": "换了电池", "fee": "￥480 元" });
        let done = house.tells(&order, "finish", "f2", fee).await;
        assert_eq!((&done["applied"], &done["state"]), (&json!(true), &json!("done")));
        let said = house.tells(&order, "sign", "s2", customer.clone()).await;
        assert_eq!(said["applied"], false, "an old signature is none: {said}");
        house.picture(&order, "photo").await;
        // a picture no desk could show says what the camera is to do
        let heic = ask_json(&format!("/work-orders/{order}/pictures?kind=photo&op_id=h1"))
            .method("POST")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &house.liu.1)
            .header(header::CONTENT_TYPE, "image/heic");
        let answer = house.desk.ask_with(heic, b"\0\0\0\x18ftypheic\0\0\0\0".to_vec()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(answer.body.contains("兼容性最佳"), "{}", answer.body);
        let jobs = page("/my/jobs").header(header::COOKIE, &house.liu.1);
        let jobs = house.desk.ask(jobs).await.body;
        assert!(jobs.contains("data-photos data-count=\"1\""), "photographs alone: {jobs}");
        // nor does one that belongs to another act
        house.signature(&order, "s3").await;
        assert_eq!(house.tells(&order, "sign", "s4", customer.clone()).await["applied"], false);
        assert!(!house.paper(&order).await.contains("class=\"sig\""), "nothing is signed yet");
        assert_eq!(house.tells(&order, "sign", "s3", customer.clone()).await["state"], "signed");
        // and one that comes after that stays beside the order
        house.signature(&order, "s5").await;
        assert_eq!(house.tells(&order, "sign", "s5", customer).await["applied"], false);
        let signatures = house.signatures(&order).await;
        let became: Vec<&Value> = signatures.iter().map(|(_, became)| became).collect();
        assert_eq!(became, [&json!("late"), &json!("signed"), &json!("late")]);
        let paper = house.paper(&order).await;
        assert_eq!(paper.matches("class=\"sig\"").count(), 1, "{paper}");
        assert!(paper.contains(&format!("/pictures/{}\"", signatures[1].0)), "{paper}");
        assert!(paper.contains("480.00"), "{paper}");
        let path = format!("/work-orders/{order}");
        let seen = house.desk.ask(page(&path).header(header::COOKIE, &house.operator)).await.body;
        assert!(seen.contains("未采用的签字"), "{seen}");

        // what was not applied stands in the history in the reader's words, with when it was pressed
        let path = format!("/faults/{fault}");
        let history = house.get(&house.operator, &path).await["history"].clone();
        let notes = history.as_array().unwrap().iter();
        let texts: Vec<&str> = notes
            .filter(|one| one["what"] == "离线操作未应用")
            .map(|one| one["text"].as_str().unwrap())
            .collect();
        assert_eq!(texts.len(), 5, "each once: {texts:?}");
        assert!(texts.iter().all(|text| text.contains("10:30")), "{texts:?}");
        assert!(texts.iter().any(|text| text.contains("完工") && text.contains("换了电池")));
        assert!(texts.iter().all(|text| !text.contains("sign") && !text.contains("finish")));
        let asked = page(&path).header(header::COOKIE, &house.operator);
        let english = house.desk.ask(asked.header(header::ACCEPT_LANGUAGE, "en")).await.body;
        assert!(english.contains("Sign (pressed"), "{english}");
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
