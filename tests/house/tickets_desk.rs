//! What the desk is told in time: what cannot be written, who waits for help, what stands in the way of sending, who
//! was first and with what (operations.md §2.6, §4.14, §5.4).

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::desk::{Answer, form, page};
use super::kit;
use super::tickets::{House, encoded};

impl House {
    /// A page as the operator sees it, in a language.
    async fn desk_page(&self, address: &str, language: &str) -> String {
        let asked = page(address).header(header::COOKIE, &self.operator);
        self.desk.ask(asked.header(header::ACCEPT_LANGUAGE, language)).await.body
    }

    async fn desk_form(&self, address: &str, fields: &[(&str, &str)]) -> Answer {
        self.desk.ask(form(address, fields).header(header::COOKIE, &self.operator)).await
    }

    async fn desk_fault(&self, fault: &str) -> Value {
        self.get(&self.operator, &format!("/faults/{fault}")).await
    }
}

#[tokio::test]
async fn a_promise_that_has_passed_and_a_number_of_words_are_refused_at_their_field_and_nothing_is_lost()
 {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let late = json!({ "symptom": "断网", "promised_at": "2026-11-23T01:59:00.000Z", "caller_number": "不是电话😀abc" });
        let (status, said) = house.say("/faults", late).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(said["fields"]["promised_at"].as_str().unwrap().contains("已经过了"), "{said}");
        assert!(said["fields"]["caller_number"].as_str().unwrap().contains("不是电话"), "{said}");
        let written = [
            ("symptom", "打印机卡纸很多次"),
            ("company", "恒信物流"),
            ("promised", "2026-11-23T09:30"),
            ("impact", "3"),
            ("urgency", "3"),
            ("plan", "重装驱动"),
        ];
        let refused = house.desk_form("/faults", &written).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        for kept in ["打印机卡纸很多次", "恒信物流", "2026-11-23T09:30", "重装驱动", "已经过了"]
        {
            assert!(refused.body.contains(kept), "{kept}: {}", refused.body);
        }
        assert_eq!(house.get(&house.operator, "/faults").await["columns"][0]["items"], json!([]));

        // an extension is a number, and so is one with its extension
        for number in ["801", "025-84523317 转 801"] {
            house.fault(json!({ "caller_number": number })).await;
        }
        // a promise whose time has come stands while something else is written; another past one does not
        let fault = house.fault(json!({})).await;
        let later = "2026-11-23T20:00:00+08:00";
        house.desk.clock.set(switchboard::kernel::Moment::parse_rfc3339(later).unwrap());
        let edit = |version: &Value, promised: &str| json!({ "version": version, "symptom": "UPS 又红灯", "promised": promised });
        let version = house.desk_fault(&fault).await["version"].clone();
        let (status, said) =
            house.say(&format!("/faults/{fault}"), edit(&version, "2026-11-23T16:00")).await;
        assert_eq!((status, &said["symptom"]), (StatusCode::OK, &json!("UPS 又红灯")), "{said}");
        let (status, said) = house
            .say(&format!("/faults/{fault}"), edit(&said["version"], "2026-11-23T19:00"))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        let version = house.desk_fault(&fault).await["version"].to_string();
        let edit = [
            ("version", version.as_str()),
            ("symptom", "写了很久的现象"),
            ("promised", "2026-11-23T19:00"),
        ];
        let refused = house.desk_form(&format!("/faults/{fault}"), &edit).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.body.contains("写了很久的现象")
                && refused.body.contains("已经过了")
                && refused.body.contains(&format!("action=\"/faults/{fault}\"")),
            "{}",
            refused.body
        );
        assert!(!refused.body.contains("别人刚"), "nobody else wrote: {}", refused.body);
    }
}

#[tokio::test]
async fn what_stands_in_the_way_of_sending_is_said_there_and_what_is_known_of_a_fault_is_seen() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let bare = house
            .fault(json!({ "plan": null, "promised_at": null, "category": "供电", "caller_name": "", "caller_number": "" }))
            .await;
        let shown = house.desk_page(&format!("/faults/{bare}"), "zh-CN").await;
        assert!(!shown.contains("id=\"dispatch-form\""), "{shown}");
        for said in [
            "派工前请写好处理方案",
            "href=\"#plan\"",
            "派工前请写好承诺时间",
            "href=\"#promised\"",
            "<dt>类别</dt><dd>供电</dd>",
        ] {
            assert!(shown.contains(said), "{said}: {shown}");
        }
        assert!(shown.contains("<dt>报障人</dt><dd>–"), "{shown}");
        let (status, draft) = house.say(&format!("/faults/{bare}/work-orders"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{draft}");
        let order = format!("/work-orders/{}", draft["no"].as_str().unwrap());
        let shown = house.desk_page(&order, "zh-CN").await;
        assert!(!shown.contains("id=\"issue-form\""), "{shown}");
        assert!(shown.contains(&format!("href=\"/faults/{bare}#plan\"")), "{shown}");

        // what is open of a customer comes as the name is typed, once there are two letters of it
        let asked = |name: &str| format!("/faults/new?company={}", encoded(name));
        assert!(house.desk_page(&asked("恒信"), "zh-CN").await.contains(&format!("alike-{bare}")));
        for other in ["恒", "%信", "恒_物", "宁"] {
            let shown = house.desk_page(&asked(other), "zh-CN").await;
            assert!(!shown.contains(&format!("alike-{bare}")), "{other}");
        }

        // a number is the same however it is typed
        let double = house.fault(json!({})).await;
        let small = format!(" {} ", bare.to_lowercase().replace('-', " - "));
        let (status, said) =
            house.say(&format!("/faults/{double}/duplicate"), json!({ "of": small })).await;
        assert_eq!((status, &said["duplicate_of"]), (StatusCode::OK, &json!(bare)), "{said}");

        // English counts and spaces as English does
        let fault = house.fault(json!({})).await;
        for (act, body) in [
            ("solution", json!({ "solution": "重启" })),
            ("reopening", json!({ "text": "又断了" })),
            ("acceptance", json!({})),
        ] {
            assert_eq!(house.say(&format!("/faults/{fault}/{act}"), body).await.0, StatusCode::OK);
        }
        let shown = house.desk_page(&format!("/faults/{fault}"), "en").await;
        assert!(shown.contains("reopened once") && shown.contains("has the skill · "), "{shown}");

        // looking at the paper is no print; the second that went to the printer is a reprint
        let sent = house.sent(&fault).await;
        let paper = format!("/work-orders/{sent}/print");
        for _ in 0..3 {
            assert!(!house.desk_page(&paper, "zh-CN").await.contains("补打"));
        }
        let (status, printed) = house.say(&paper, json!({})).await;
        assert_eq!((status, &printed["prints"]), (StatusCode::OK, &json!(1)), "{printed}");
        assert!(house.desk_page(&paper, "zh-CN").await.contains("补打 1"));
    }
}

#[tokio::test]
async fn a_call_for_help_stands_on_the_board_and_on_its_fault_until_somebody_takes_it() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        house.act(&order, "accept", json!({})).await;
        assert_eq!(house.get(&house.operator, "/faults").await["helps"], json!([]));
        let cry = json!({ "reason": "配电箱打不开" });
        assert_eq!(house.act(&order, "help", cry.clone()).await.0, StatusCode::OK);
        let board = house.get(&house.operator, "/faults").await;
        let helps = &board["helps"][0];
        assert_eq!((&helps["no"], &helps["name"]), (&json!(fault), &json!("刘洋")), "{board}");
        let marked = board["columns"].as_array().unwrap().iter().any(|column| {
            column["items"].as_array().unwrap().iter().any(|card| card["help"] == true)
        });
        assert!(marked, "{board}");
        for address in ["/faults".to_owned(), format!("/faults/{fault}")] {
            let shown = house.desk_page(&address, "zh-CN").await;
            assert!(shown.contains("刘洋求助") && shown.contains("配电箱打不开"), "{shown}");
            assert!(shown.contains("我来处理"), "{shown}");
        }
        // taken twice is taken once
        for _ in 0..2 {
            let (status, said) = house.say(&format!("/faults/{fault}/helping"), json!({})).await;
            assert_eq!(status, StatusCode::OK, "{said}");
        }
        assert_eq!(house.get(&house.operator, "/faults").await["helps"], json!([]));
        let lines = house.journal_of(&format!("faults/{fault}")).await;
        assert_eq!(lines.iter().filter(|line| *line == "helping").count(), 1, "{lines:?}");
        // asked again it stands again; what is solved waits for nobody
        house.act(&order, "help", cry).await;
        assert_eq!(
            house.get(&house.operator, "/faults").await["helps"].as_array().unwrap().len(),
            1
        );
        house.desk.clock.set(house.desk.clock.now().plus_millis(1_000));
        for (verb, body) in [
            ("depart", json!({})),
            ("arrive", json!({})),
            ("finish", json!({ "work_done": "换电池" })),
        ] {
            assert_eq!(house.act(&order, verb, body).await.0, StatusCode::OK, "{verb}");
        }
        assert_eq!(house.get(&house.operator, "/faults").await["helps"], json!([]));
        // and where the fault comes back, what was asked for on the visit before is past
        let again = format!("/faults/{fault}/reopening");
        let (status, said) = house.say(&again, json!({ "text": "又断了" })).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert_eq!(house.get(&house.operator, "/faults").await["helps"], json!([]));
    }
}

#[tokio::test]
async fn whose_press_comes_too_late_is_told_who_changed_what_on_the_road_and_long_ago_too() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.desk.somebody("小周", "zhou", "operator").await;
        let zhou = house.desk.sign_in("zhou").await;
        let fault = house.fault(json!({})).await;
        let seen = house.desk_fault(&fault).await;
        let edit = json!({ "version": seen["version"], "symptom": "UPS 冒烟", "category": "供电" });
        let (status, said) = house.post(&zhou, &format!("/faults/{fault}"), edit).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let press = json!({ "version": seen["version"], "lead": house.liu.0 });
        let address = format!("/faults/{fault}/work-orders");
        let (status, said) = house.say(&address, press.clone()).await;
        assert_eq!(status, StatusCode::CONFLICT, "{said}");
        let detail = said["detail"].as_str().unwrap();
        for word in ["小周", "10:00", "现象", "类别"] {
            assert!(detail.contains(word), "{word}: {detail}");
        }
        // what an engineer did is told too, and what was done longer ago than it can be taken back
        let order = house.sent(&fault).await;
        house.pass(1).await;
        house.act(&order, "accept", json!({})).await;
        let (_, said) = house.say(&address, press.clone()).await;
        let detail = said["detail"].as_str().unwrap();
        assert!(detail.contains("刘洋在 10:01") && detail.contains("接单"), "{detail}");
        let other = house.fault(json!({})).await;
        let seen = house.desk_fault(&other).await;
        let edit = json!({ "version": seen["version"], "symptom": "UPS 冒烟" });
        assert_eq!(house.post(&zhou, &format!("/faults/{other}"), edit).await.0, StatusCode::OK);
        house.pass(15).await;
        let press = json!({ "version": seen["version"], "lead": house.liu.0 });
        let (status, said) = house.say(&format!("/faults/{other}/work-orders"), press).await;
        assert_eq!(status, StatusCode::CONFLICT, "{said}");
        assert!(said["detail"].as_str().unwrap().contains("小周"), "{said}");
    }
}
