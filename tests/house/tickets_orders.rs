//! Work orders: crews, refusals, pauses, no signature, paper, the archive, and what two do at once.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use switchboard::kernel::{Moment, Role};
use switchboard::tickets::neighbours::Whom;

use super::desk::{json as ask_json, page};
use super::kit;
use super::tickets::{House, encoded};

#[tokio::test]
async fn a_refused_dispatch_writes_nothing_and_the_next_one_is_solved_by_its_engineer() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({ "plan": null })).await;
        let send = json!({ "lead": house.liu.0 });
        let address = format!("/faults/{fault}/work-orders");
        assert_eq!(house.say(&address, send).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(house.get(&house.operator, "/work-orders").await["items"], json!([]));
        let page = house.get(&house.operator, &format!("/faults/{fault}")).await;
        let edit = json!({ "version": page["version"], "symptom": "UPS 红灯", "impact": 1, "urgency": 1, "plan": "换电池", "promised_at": "2026-11-23T08:00:00.000Z" });
        assert_eq!(house.say(&format!("/faults/{fault}"), edit).await.0, StatusCode::OK);
        let order = house.sent(&fault).await;
        assert_eq!(order, "W26-0001", "no number was used up");
        for verb in ["accept", "depart", "arrive"] {
            house.act(&order, verb, json!({})).await;
        }
        house.act(&order, "finish", json!({ "work_done": "换了电池" })).await;
        assert_eq!(house.state(&fault).await, "resolved");
    }
}

#[tokio::test]
async fn a_crew_has_one_lead_who_says_yes_and_the_others_hear_with_whom_they_go() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let chen = house.desk.somebody("陈工", "chen", "engineer").await;
        let mate = house.desk.sign_in("chen").await;
        house.there(&[house.liu.0, house.gao.0, chen]).await;
        let fault = house.fault(json!({})).await;
        let crew = json!({ "lead": house.liu.0, "crew": [chen, house.liu.0, chen], "skills": "", "tools": "万用表", "instructions": "先报备门禁" });
        let (status, order) = house.say(&format!("/faults/{fault}/work-orders"), crew).await;
        assert_eq!(status, StatusCode::OK, "{order}");
        let no = order["no"].as_str().unwrap();
        let crew: Vec<(&str, bool)> = order["crew"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["name"].as_str().unwrap(), one["lead"].as_bool().unwrap()))
            .collect();
        assert_eq!(crew, [("刘洋", true), ("陈工", false)]);
        let accept = format!("/work-orders/{no}/acts/accept");
        assert_eq!(house.post(&mate, &accept, json!({})).await.0, StatusCode::FORBIDDEN);
        let jobs = house.desk.ask(page("/my/jobs").header(header::COOKIE, &mate)).await;
        assert!(jobs.body.contains(no) && !jobs.body.contains("data-job-act=\"accept\""));
        // each sees who goes along, and calls them without their number standing there
        house.town.numbers.lock().await.push((house.liu.0, "13900005555".to_owned()));
        let job = house.get(&mate, "/my/jobs").await["items"][0].clone();
        let along = job["along"].as_array().unwrap().iter();
        let along: Vec<_> = along
            .map(|one| {
                let flag = |name: &str| one[name].as_bool().unwrap();
                (one["name"].as_str().unwrap(), flag("lead"), flag("me"), flag("can_call"))
            })
            .collect();
        assert_eq!(along, [("刘洋", true, false, true), ("陈工", false, true, false)]);
        let jobs = house.desk.ask(page("/my/jobs").header(header::COOKIE, &mate)).await;
        let dial = format!("/work-orders/{no}/crew/{}/dial", house.liu.0);
        assert!(jobs.body.contains(&dial) && !jobs.body.contains("13900005555"), "{}", jobs.body);
        let dialled = house.desk.ask(page(&dial).header(header::COOKIE, &mate)).await;
        assert_eq!(dialled.status, StatusCode::SEE_OTHER);
        let others = format!("/work-orders/{no}/crew/{}/dial", house.gao.0);
        let refused = house.desk.ask(page(&others).header(header::COOKIE, &mate)).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "who does not go along is not called");
        assert!(house.told("joined").await.is_empty());
        assert_eq!(house.post(&house.liu.1, &accept, json!({})).await.0, StatusCode::OK);
        let joined = &house.told("joined").await[0];
        assert_eq!(joined.whom, Whom::People(vec![chen]));
        assert!(joined.title.to(switchboard::kernel::Language::ZhCn).contains("刘洋"));
        // on the road either of them tells how far they are
        let depart = format!("/work-orders/{no}/acts/depart");
        assert_eq!(house.post(&mate, &depart, json!({})).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn nobody_is_sent_who_is_not_there_and_the_head_hears_at_once() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        house.there(&[house.gao.0]).await;
        let address = format!("/faults/{fault}/work-orders");
        let (status, said) = house.say(&address, json!({ "lead": house.liu.0 })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(said["fields"]["lead"].as_str().unwrap().contains("不在岗"), "{said}");
        let unknown = house.say(&address, json!({ "lead": 987_654 })).await;
        assert_eq!(unknown.0, StatusCode::UNPROCESSABLE_ENTITY);
        house.there(&[]).await;
        let (status, draft) = house.say(&address, json!({ "tasks": "换电池" })).await;
        assert_eq!((status, &draft["state"]), (StatusCode::OK, &json!("draft")));
        let head = &house.told("nobody").await[0];
        assert_eq!((&head.whom, head.answer, head.urgent), (&Whom::Role(Role::Head), true, true));
    }
}

#[tokio::test]
async fn a_no_a_pause_and_a_customer_who_does_not_sign() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        let no = house.act(&order, "decline", json!({})).await;
        assert_eq!(no.0, StatusCode::UNPROCESSABLE_ENTITY, "a no has its reason");
        let (status, now) = house.act(&order, "decline", json!({ "reason": "车坏了" })).await;
        assert_eq!(
            (status, &now["state"]),
            (StatusCode::OK, &json!("issued")),
            "the next is asked"
        );
        let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
        assert_eq!(now["crew"][0]["name"], "高峰");
        assert_eq!(now["offers"][0]["state"], "declined");
        assert_eq!(now["issued_by"]["name"], "李红", "who said no did not send it");
        assert_eq!(house.act(&order, "accept", json!({})).await.0, StatusCode::FORBIDDEN);
        // 高峰 says yes by telephone, and the desk writes it down for him
        for verb in ["accept", "depart", "arrive"] {
            let address = format!("/work-orders/{order}/acts/{verb}");
            assert_eq!(house.say(&address, json!({})).await.0, StatusCode::OK, "{verb}");
        }
        let act = |verb: &str| format!("/work-orders/{order}/acts/{verb}");
        assert_eq!(house.say(&act("pause"), json!({})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            house.say(&act("pause"), json!({ "reason": "取件" })).await.1["state"],
            "paused"
        );
        let done = json!({ "work_done": "换了" });
        assert_eq!(house.say(&act("finish"), done.clone()).await.0, StatusCode::CONFLICT);
        assert_eq!(house.say(&act("resume"), json!({})).await.1["state"], "on_site");
        assert_eq!(
            house.say(&act("recall"), json!({ "reason": "x" })).await.0,
            StatusCode::CONFLICT
        );
        assert_eq!(house.say(&act("finish"), done).await.1["state"], "done");
        assert_eq!(
            house.say(&act("archive"), json!({})).await.0,
            StatusCode::CONFLICT,
            "not signed"
        );
        let unsigned = json!({ "unsigned_why": "客户已下班" });
        let refused = house.say(&act("sign"), unsigned.clone()).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "a photograph stands for it");
        let png = [&b"\x89PNG\r\n\x1a\n"[..], &[0; 60]].concat();
        let request = page(&format!("/work-orders/{order}/pictures?kind=photo"))
            .method("POST")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &house.operator)
            .header(header::CONTENT_TYPE, "image/png");
        assert!(house.desk.ask_with(request, png).await.status.is_redirection());
        assert_eq!(house.say(&act("sign"), unsigned).await.1["state"], "signed");
        assert_eq!(house.say(&act("archive"), json!({})).await.1["state"], "archived");
        // every act with both clocks, in order
        let seen = house.get(&house.operator, &format!("/work-orders/{order}")).await;
        let events = seen["events"].as_array().unwrap();
        let verbs: Vec<&str> = events.iter().map(|one| one["verb"].as_str().unwrap()).collect();
        assert_eq!(
            verbs,
            [
                "issue", "decline", "issue", "accept", "depart", "arrive", "pause", "resume",
                "finish", "sign", "archive"
            ]
        );
        assert!(
            events.iter().all(|one| one["at_client"].is_string() && one["at_server"].is_string())
        );
    }
}

#[tokio::test]
async fn paper_says_all_of_it_on_both_sizes_and_the_archive_is_found_by_what_one_remembers() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let site = json!({ "company": "恒信物流", "name": "河西园", "address": "奥体大街 68 号", "note": "提前半小时报备门禁" });
        let (status, site) = house.say("/sites", site).await;
        assert_eq!(status, StatusCode::OK, "{site}");
        let fault = house.fault(json!({ "need": "恢复供电", "site": site["id"] })).await;
        let order = house.sent(&fault).await;
        let at = format!("/work-orders/{order}");
        let version = house.get(&house.operator, &at).await["version"].clone();
        let plan = json!({ "version": version, "tasks": "换电池", "instructions": "先断市电" });
        assert_eq!(house.say(&at, plan).await.0, StatusCode::OK);
        for verb in ["accept", "depart", "arrive"] {
            house.act(&order, verb, json!({})).await;
        }
        let work = json!({ "work_done": "更换电池组", "cause": "电池老化", "parts": "电池 4 节 ¥120", "readings": "54.1 V", "fee": "480.00" });
        house.act(&order, "finish", work).await;
        house.picture(&order, "signature").await;
        house.act(&order, "sign", json!({ "customer": "王建国", "satisfaction": 5 })).await;
        house.say(&format!("/work-orders/{order}/acts/archive"), json!({})).await;
        let print = async |paper: &str| {
            let address = format!("/work-orders/{order}/print{paper}");
            house.desk.ask(page(&address).header(header::COOKIE, &house.operator)).await.body
        };
        let (large, small) = (print("").await, print("?paper=a5").await);
        for said in [
            "派工单",
            "W26-0001",
            "F26-0001",
            "<svg class=\"code\"",
            "恒信物流",
            "王建国",
            "河西园 B 座 12 层",
            "UPS-7",
            "合同",
            "UPS 红灯报警",
            "特急",
            "刘洋",
            "李红",
            "换电池",
            "工具",
            "出发",
            "到场",
            "完工",
            "电池老化",
            "更换电池组",
            "<span>电池</span><span>4 节</span><span>¥120</span>",
            "提前半小时报备门禁",
            "先断市电",
            "承诺时间",
            "54.1 V",
            "480.00",
            "☑ 解决",
            "☑ 非常满意",
            "class=\"sig\"",
            "工程师签字",
            "存根 · 客户 · 财务",
        ] {
            assert!(large.contains(said), "A4 says {said}");
            assert!(small.contains(said), "A5 says {said}");
        }
        // a reprint says that it is one, and is otherwise the same
        let paper = |html: &str| {
            let text = html.split("<article").nth(1).unwrap().split("</article>").next().unwrap();
            let marks = (1..9).map(|n| format!(" · 补打 {n}"));
            marks.fold(text.to_owned(), |text, mark| text.replace(&mark, ""))
        };
        assert!(!print("").await.contains("补打"), "looking at it is no print");
        for _ in 0..2 {
            let (status, said) = house.say(&format!("/work-orders/{order}/print"), json!({})).await;
            assert_eq!(status, StatusCode::OK, "{said}");
        }
        let again = print("").await;
        assert!(again.contains("补打 2") && !large.contains("补打"), "{}", paper(&again));
        assert_eq!(paper(&again), paper(&large));

        let found = async |asked: String| {
            house.get(&house.operator, &format!("/work-orders?{asked}")).await["items"].clone()
        };
        for asked in [
            format!("q={}", encoded("恒信物流")),
            "q=UPS-7".to_owned(),
            format!("q={}", encoded("电池老化")),
            format!("q={}", encoded("先断市电")),
            format!("q={}", encoded("刘洋")),
            format!("q={}", encoded("刘洋 UPS-7")),
            "q=13800001234".to_owned(),
            format!("q={}", encoded("138 0000 1234")),
            "q=1234".to_owned(),
            format!("engineer={}", house.liu.0),
            "from=2026-11-23&to=2026-11-23".to_owned(),
            format!("q=UPS-7&engineer={}&from=2026-11-23", house.liu.0),
        ] {
            assert_eq!(found(asked.clone()).await[0]["no"], "W26-0001", "by {asked}");
        }
        for asked in ["from=2026-11-24", "q=1235", "q=13800001235"] {
            assert_eq!(found(asked.to_owned()).await, json!([]), "by {asked}");
        }
        assert_eq!(found(format!("q={}", encoded("高峰"))).await, json!([]), "he was not there");
        // an engineer finds a number by what is shown of it and by all of it, and guesses no digit
        for (asked, number) in [("1234", 1), ("01234", 0), ("13800001234", 1)] {
            let own = house.get(&house.liu.1, &format!("/work-orders?q={asked}")).await;
            assert_eq!(own["items"].as_array().unwrap().len(), number, "{asked}: {own}");
        }
        let version =
            house.get(&house.operator, &format!("/work-orders/{order}")).await["version"].clone();
        let edit = json!({ "version": version, "tasks": "别的" });
        assert_eq!(house.say(&format!("/work-orders/{order}"), edit).await.0, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn what_is_ticked_on_the_road_stands_at_the_desk_and_on_paper() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let crew = json!({ "lead": house.liu.0, "tasks": "检查电池内阻\n换电池\n\n清灰" });
        let (_, order) = house.say(&format!("/faults/{fault}/work-orders"), crew).await;
        let order = order["no"].as_str().unwrap().to_owned();
        let ticked = async || {
            let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
            now["ticked"].clone()
        };
        assert_eq!(ticked().await, json!([]));
        // with whatever is pressed; what is not on the list is none of it
        house.act(&order, "accept", json!({})).await;
        house.act(&order, "depart", json!({ "ticked": "清灰\n别的" })).await;
        assert_eq!(ticked().await, json!(["清灰"]));
        // a colleague ticks another line: both stand, in the order of the list
        house.act(&order, "arrive", json!({ "ticked": "检查电池内阻" })).await;
        assert_eq!(ticked().await, json!(["检查电池内阻", "清灰"]));
        // a photograph is taken back by whoever took it
        assert_eq!(house.picture(&order, "photo").await, StatusCode::OK);
        let pictures = async || {
            let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
            let ids = now["pictures"].as_array().unwrap().iter().map(|one| one["id"].clone());
            ids.collect::<Vec<Value>>()
        };
        let taken = pictures().await;
        let photo = format!("/work-orders/{order}/pictures/{}", taken[0]);
        for (who, status) in [
            (&house.operator, StatusCode::NOT_FOUND),
            (&house.liu.1, StatusCode::OK),
            (&house.liu.1, StatusCode::NOT_FOUND),
        ] {
            let request = ask_json(&photo)
                .method("DELETE")
                .header("sec-fetch-site", "same-origin")
                .header(header::COOKIE, who);
            assert_eq!(house.desk.ask(request).await.status, status);
        }
        assert_eq!(pictures().await, Vec::<Value>::new());
        let told = house.journal_of(&format!("work-orders/{order}")).await;
        assert_eq!(told.iter().filter(|word| *word == "photo_withdrawn").count(), 1, "{told:?}");
        let gone = house.desk.ask(page(&photo).header(header::COOKIE, &house.operator)).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        let work = json!({ "work_done": "更换电池组", "ticked": "换电池", "unticked": "清灰" });
        assert_eq!(house.act(&order, "finish", work).await.0, StatusCode::OK);
        assert_eq!(ticked().await, json!(["检查电池内阻", "换电池"]));
        for address in [format!("/work-orders/{order}"), format!("/work-orders/{order}/print")] {
            let shown =
                house.desk.ask(page(&address).header(header::COOKIE, &house.operator)).await;
            for line in ["☑ 检查电池内阻", "☑ 换电池", "□ 清灰"] {
                assert!(shown.body.contains(line), "{line} at {address}: {}", shown.body);
            }
        }
        let phone = house.desk.ask(page("/my/jobs").header(header::COOKIE, &house.liu.1)).await;
        assert_eq!(phone.body.matches("type=\"checkbox\" checked").count(), 2, "{}", phone.body);
        // the customer is who called, and each number of the rating has its word
        for said in ["value=\"王建国\"", "非常满意", "很不满意"] {
            assert!(phone.body.contains(said), "{said}: {}", phone.body);
        }
    }
}

#[tokio::test]
async fn orders_count_without_a_gap_and_begin_anew_with_the_year() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let address = format!("/faults/{fault}/work-orders");
        let all = (0..30).map(|_| house.say(&address, json!({})));
        let mut numbers: Vec<String> = futures_util::future::join_all(all)
            .await
            .into_iter()
            .map(|(_, draft)| draft["no"].as_str().unwrap().to_owned())
            .collect();
        numbers.sort();
        assert_eq!(numbers, (1..=30).map(|n| format!("W26-{n:04}")).collect::<Vec<_>>());
        let new_year = Moment::parse_rfc3339("2027-01-01T00:30:00+08:00").unwrap();
        assert!(house.desk.clock.set(new_year));
        let operator = house.desk.sign_in("operator").await;
        let (_, first) = house.post(&operator, &address, json!({})).await;
        assert_eq!(first["no"], "W27-0001");
        let report = json!({ "symptom": "断网", "impact": 3, "urgency": 3 });
        assert_eq!(house.post(&operator, "/faults", report).await.1["no"], "F27-0001");
    }
}

#[tokio::test]
async fn who_accepts_what_is_being_taken_back_is_told_and_there_is_one_result() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        for _ in 0..8 {
            let fault = house.fault(json!({})).await;
            let order = house.sent(&fault).await;
            let recall = format!("/work-orders/{order}/acts/recall");
            let (yes, back) = tokio::join!(
                house.act(&order, "accept", json!({})),
                house.say(&recall, json!({ "reason": "客户改期" }))
            );
            let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
            match (yes.0, back.0) {
                // he was first, then it was taken back all the same; or he was late
                (StatusCode::OK | StatusCode::CONFLICT, StatusCode::OK) => {
                    assert_eq!(now["state"], "recalled");
                }
                // both held the same version: the desk is shown that he has said yes, and decides again
                (StatusCode::OK, StatusCode::CONFLICT) => {
                    assert_eq!(
                        (&now["state"], &back.1["current"]["state"]),
                        (&json!("acked"), &json!("acked"))
                    );
                    continue;
                }
                other => panic!("{other:?}"),
            }
            let told = house.told("recalled").await;
            let told = told.iter().find(|one| one.about == format!("work-orders/{order}")).unwrap();
            assert_eq!(told.whom, Whom::People(vec![house.liu.0]), "he hears of it");
            if yes.0 == StatusCode::CONFLICT {
                assert_eq!(yes.1["current"]["state"], "recalled", "and sees it at once");
            } else {
                let heard = house.told("accepted").await;
                assert!(
                    heard.iter().any(|one| one.about == told.about),
                    "the desk hears of his yes"
                );
            }
            let late = house.act(&order, "accept", json!({})).await;
            assert_eq!(
                (late.0, &late.1["current"]["state"]),
                (StatusCode::CONFLICT, &json!("recalled"))
            );
        }
    }
}

#[tokio::test]
async fn an_engineer_is_asked_before_anybody_is_sent_and_it_stands_beside_the_fault() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let no = house.fault(json!({})).await;
        let path = format!("/faults/{no}/consultations");
        let asked = json!({ "engineer": house.liu.0, "text": "红灯闪三下是什么？" });
        let (status, fault) = house.say(&path, asked).await;
        assert_eq!((status, &fault["state"]), (StatusCode::OK, &json!("accepted")), "{fault}");
        let told = house.told("consult").await;
        assert_eq!((told.len(), told[0].answer), (1, true));
        let text = told[0].text.to(switchboard::kernel::Language::ZhCn);
        assert!(text.contains("红灯闪三下") && text.contains("UPS 红灯报警"), "{text}");
        assert!(!text.contains("13800001234"), "it leaves the house");
        let history = house.get(&house.operator, &format!("/faults/{no}")).await["history"].clone();
        let entry = history.as_array().unwrap().iter().find(|one| one["what"] == "请教工程师");
        assert_eq!(entry.unwrap()["text"], "刘洋：红灯闪三下是什么？", "{history}");
        for (body, field) in [
            (json!({ "engineer": house.liu.0, "text": " " }), "text"),
            (json!({ "text": "谁知道" }), "engineer"),
            (json!({ "engineer": 987_654, "text": "在吗" }), "lead"),
        ] {
            let (status, said) = house.say(&path, body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
            assert!(said["fields"][field].is_string(), "{said}");
        }
        assert_eq!(house.told("consult").await.len(), 1);
    }
}

#[tokio::test]
async fn what_is_not_mentioned_stays_and_what_is_empty_is_cleared() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let no = house.fault(json!({ "tried": "重启", "need": "今天修好" })).await;
        let at = format!("/faults/{no}");
        let before = house.get(&house.operator, &at).await;
        let edit = json!({ "version": before["version"], "symptom": "UPS 黄灯", "tried": "", "need": null });
        let (status, after) = house.say(&at, edit).await;
        assert_eq!(status, StatusCode::OK, "{after}");
        for field in [
            "company",
            "place",
            "serial",
            "plan",
            "caller_number",
            "caller_name",
            "promised_at",
            "impact",
            "urgency",
        ] {
            assert_eq!(after[field], before[field], "{field}");
        }
        let cleared = (&after["symptom"], &after["tried"], &after["need"]);
        assert_eq!(cleared, (&json!("UPS 黄灯"), &json!(""), &json!("")));
    }
}
