//! The pages of cards as the people concerned ask for them, over HTTP.

use axum::body::Body;
use axum::http::{StatusCode, header};
use encoding_rs::GB18030;
use serde_json::{Value, json};
use switchboard::contacts::store::{imports, write};
use switchboard::db::Db;

use super::contacts::{add, person, stamp};
use super::desk::{Answer, Desk, form, json as ask_json, page, write as send};
use super::kit;

/// A desk with somebody at it; the cookie is theirs.
async fn seated(desk: &Desk, role: &str) -> String {
    desk.person("李红", role).await;
    desk.sign_in(role).await
}

async fn get(desk: &Desk, who: &str, address: &str) -> Answer {
    desk.ask(page(address).header(header::COOKIE, who)).await
}

async fn act(desk: &Desk, who: &str, address: &str, fields: &[(&str, &str)]) -> Answer {
    desk.ask(form(address, fields).header(header::COOKIE, who)).await
}

async fn told(desk: &Desk, token: &str, address: &str) -> Value {
    let answer = desk.ask(ask_json(address).header(header::AUTHORIZATION, token)).await;
    assert!(answer.status.is_success(), "{address}: {} {}", answer.status, answer.body);
    answer.json()
}

async fn file(desk: &Desk, token: &str, bytes: Vec<u8>) -> Answer {
    let request = ask_json("/contacts/imports")
        .method("POST")
        .header(header::AUTHORIZATION, token)
        .header(header::CONTENT_TYPE, "text/csv");
    desk.ask_with(request, Body::from(bytes)).await
}

#[tokio::test]
async fn an_unknown_caller_becomes_a_card_in_one_form() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let li = seated(&desk, "operator").await;
        let new = get(&desk, &li, "/contacts/new?number=%2B8613800001234").await;
        assert!(new.body.contains("value=\"+8613800001234\""), "{}", new.body);
        let nameless =
            act(&desk, &li, "/contacts", &[("numbers", "138 0000"), ("labels", "mobile")]).await;
        assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nameless.body.contains("请填写姓名") && nameless.body.contains("第 1 个号码"));
        assert!(nameless.body.contains("value=\"138 0000\""), "nothing typed is lost");
        let fields = [
            ("kind", "person"),
            ("name", "王建国"),
            ("form_of_address", "王总"),
            ("company", "纸月亮茶业"),
            ("numbers", "+8613800001234"),
            ("labels", "mobile"),
            ("numbers", "025-84523317转801"),
            ("labels", "work"),
            ("numbers", ""),
            ("labels", "home"),
            ("tags", "老客户，靠窗"),
            ("vip", "on"),
            ("warning", "对花生过敏"),
            ("notes", "每周三来"),
        ];
        let made = act(&desk, &li, "/contacts", &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let card = get(&desk, &li, made.header("location")).await;
        for word in [
            "王建国",
            "王总",
            "纸月亮茶业",
            "138 0000 1234",
            "转 801",
            "北京市",
            "对花生过敏",
            "VIP",
        ] {
            assert!(card.body.contains(word), "{word}");
        }
        let known = get(&desk, &li, "/contacts/new?number=13800001234").await;
        assert!(known.body.contains("这个号码已有名片") && known.body.contains("王建国"));
        let token = desk.token("operator").await;
        let found = told(&desk, &token, "/contacts?q=wjg").await;
        assert_eq!(found["items"][0]["numbers"][1]["extension"], "801");
        assert_eq!(found["items"][0]["company"]["name"], "纸月亮茶业");
        assert!(
            desk.journal()
                .await
                .iter()
                .all(|line| !line.contains("王建国") && !line.contains("1380000"))
        );
    }
}

#[tokio::test]
async fn two_who_write_at_once_lose_nothing() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let li = seated(&desk, "operator").await;
        let id = add(&fresh.db, person("王建国", "", &["13800001234"])).await;
        let address = format!("/contacts/{id}");
        let opened = get(&desk, &li, &format!("{address}/edit")).await;
        let base =
            opened.body.split("name=\"base\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let base = base.replace("&#34;", "\"");
        let fields = |notes: &'static str, vip: &'static str| {
            vec![
                ("version", "1"),
                ("base", base.as_str()),
                ("kind", "person"),
                ("name", "王建国"),
                ("numbers", "13800001234"),
                ("labels", "mobile"),
                ("notes", notes),
                ("vip", vip),
            ]
        };
        let first = act(&desk, &li, &address, &fields("先到", "")).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
        // only the other field: put together without a question
        let second = act(&desk, &li, &address, &fields("", "on")).await;
        assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.body);
        let token = desk.token("operator").await;
        let card = told(&desk, &token, &address).await;
        assert_eq!(
            (&card["notes"], &card["vip"], &card["version"]),
            (&json!("先到"), &json!(true), &json!(3))
        );
        // the same field: both are shown, and what was typed stands in the form
        let third = act(&desk, &li, &address, &fields("后到", "")).await;
        assert_eq!(third.status, StatusCode::CONFLICT);
        assert!(
            third.body.contains("别人刚刚也改了")
                && third.body.contains("先到")
                && third.body.contains("后到")
        );
        assert!(third.body.contains("name=\"version\" value=\"3\""));
        let stale = json!({ "version": 1, "name": "老王" });
        let told = desk.ask(send(&address, &token, &stale)).await;
        assert_eq!(told.status, StatusCode::CONFLICT);
        assert_eq!(told.json()["current"]["notes"], "先到");
    }
}

#[tokio::test]
async fn cards_are_for_those_who_need_them_and_no_more_of_them_than_that() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    let id = add(&fresh.db, person("王建国", "", &["13800001234"])).await;
    for (role, list, one, import, privacy, numbers) in [
        ("operator", 200, 200, 403, 403, 403),
        ("supervisor", 200, 200, 200, 200, 403),
        ("manager", 200, 200, 200, 403, 403),
        ("head", 200, 200, 200, 200, 403),
        ("admin", 200, 200, 200, 200, 200),
        ("engineer", 403, 403, 403, 403, 403),
        ("greeter", 403, 403, 403, 403, 403),
        ("finance", 403, 403, 403, 403, 403),
        ("wallboard", 403, 403, 403, 403, 403),
    ] {
        let token = desk.token(role).await;
        let addresses = [
            ("/contacts".to_owned(), list),
            (format!("/contacts/{id}"), one),
            (format!("/contacts/{id}/edit"), list),
            ("/contacts/new".to_owned(), list),
            ("/contacts/duplicates".to_owned(), list),
            ("/contacts/imports".to_owned(), import),
            ("/contacts/export".to_owned(), import),
            ("/contacts/privacy?number=13800001234".to_owned(), privacy),
            ("/contacts/privacy/export?number=13800001234".to_owned(), privacy),
            ("/admin/numbers".to_owned(), numbers),
        ];
        for (address, status) in addresses {
            let answer = desk.ask(ask_json(&address).header(header::AUTHORIZATION, &token)).await;
            assert_eq!(answer.status.as_u16(), status, "{role} at {address}");
            let sees = status == 200;
            assert!(
                sees || !answer.body.contains("王建国") && !answer.body.contains("13800001234")
            );
        }
        let written = desk.ask(send("/contacts", &token, &json!({ "name": "新" }))).await;
        assert_eq!(written.status.as_u16(), if list == 200 { 201 } else { 403 }, "{role} writes");
    }
    let nobody = desk.ask(ask_json("/contacts")).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_hostile_name_is_shown_harmlessly_everywhere() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let (li, token) = (seated(&desk, "supervisor").await, desk.token("supervisor").await);
        let name = "<script>alert(1)</script>\u{202e}\u{0}=1+1";
        let made = desk
            .ask(send("/contacts", &token, &json!({ "name": name, "numbers": ["13800001234"], "notes": "\u{2066}<b>x\u{0}", "company": "@SUM(A1)", "tags": ["<i>"] })))
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let id = made.json()["id"].clone();
        assert_eq!(made.json()["name"], "<script>alert(1)</script>=1+1");
        let long =
            desk.ask(send("/contacts", &token, &json!({ "name": "长".repeat(10_000) }))).await;
        assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
        for address in [
            "/contacts".to_owned(),
            "/contacts?q=alert".to_owned(),
            "/contacts?tag=%3Ci%3E".to_owned(),
            format!("/contacts/{id}"),
            format!("/contacts/{id}/edit"),
            "/contacts/duplicates".to_owned(),
            "/contacts/privacy?number=13800001234".to_owned(),
            "/contacts/new?name=%3Cscript%3E&number=%3Cb%3E".to_owned(),
        ] {
            let shown = get(&desk, &li, &address).await;
            assert_eq!(shown.status, StatusCode::OK, "{address}");
            assert!(!shown.body.contains("<script>alert"), "{address}");
            assert!(
                !shown.body.contains("<b>x")
                    && !shown.body.contains(['\u{202e}', '\u{2066}', '\u{0}'])
            );
        }
        let table = get(&desk, &li, "/contacts/export").await.body;
        assert!(table.starts_with('\u{feff}') && table.contains("\r\n"));
        assert!(table.contains("'@SUM(A1)") && table.contains("'+8613800001234"), "{table}");
        assert!(table.lines().all(|line| !line.starts_with('=')));
    }
}

async fn add_many(db: &Db, many: usize) {
    let add = db.write(stamp(), move |tx| {
        Box::pin(async move {
            let all: Vec<_> = (0..many).map(|n| person(&format!("钱{n}"), "", &[])).collect();
            write::add_many_in(tx, &all).await.map(drop)
        })
    });
    add.await.unwrap();
}

#[tokio::test]
async fn a_spreadsheet_is_checked_first_and_written_whole_or_not_at_all() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let token = desk.token("supervisor").await;
        let count = async || {
            told(&desk, &token, "/contacts?limit=200").await["items"].as_array().unwrap().len()
        };
        let there = add(&fresh.db, person("王建国", "", &["13800001234"])).await;
        let wrong = "姓名,手机,公司\n李红,13900001234,\n赵,12,\n,13700001234,\n";
        let refused = file(&desk, &token, wrong.into()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let lines = refused.json()["lines"].clone();
        assert_eq!((&lines[0]["line"], &lines[0]["fate"]), (&json!(3), &json!("wrong")));
        assert_eq!(lines[1]["line"], 4);
        let said = lines[0]["problems"][0].as_str().unwrap();
        assert!(said.contains("“12”"), "the number itself is named: {said}");
        assert_eq!((refused.json()["tally"]["wrong"].clone(), count().await), (json!(2), 1));

        let good = "姓名,手机,公司,标签\r\n李红,13900001234,纸月亮茶业,老客户\r\n王建国,138-0000-1234;84523317转801,,靠窗\r\n李红,013900001234,,\r\n";
        let (good, _, _) = GB18030.encode(good);
        let settled = json!({ "version": 0, "area_code": "025", "services": ["95xxx"], "extension_words": ["转"], "separators": "-" });
        let admin = desk.token("admin").await;
        assert_eq!(desk.ask(send("/admin/numbers", &admin, &settled)).await.status, StatusCode::OK);
        let checked = file(&desk, &token, good.to_vec()).await;
        assert_eq!(checked.status, StatusCode::CREATED, "{}", checked.body);
        let checked = checked.json();
        assert_eq!(checked["encoding"], "gb18030");
        assert_eq!(
            checked["tally"],
            json!({ "added": 1, "completed": 1, "unchanged": 1, "wrong": 0 })
        );
        assert_eq!(count().await, 1, "looked at, not written");
        let address = format!("/contacts/imports/{}", checked["id"]);
        let done = desk.ask(send(&format!("{address}/acceptance"), &token, &json!({}))).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert_eq!(count().await, 3, "and a card for the company");
        let card = told(&desk, &token, &format!("/contacts/{there}")).await;
        assert_eq!(
            (card["numbers"].as_array().unwrap().len(), &card["tags"]),
            (2, &json!(["靠窗"]))
        );
        let twice = desk.ask(send(&format!("{address}/acceptance"), &token, &json!({}))).await;
        assert_eq!(twice.status, StatusCode::CONFLICT);
        assert_eq!(told(&desk, &token, &address).await["state"], "done");

        let broken = file(&desk, &token, b"name\nWang\n\xff\xff\n".to_vec()).await;
        assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(broken.json()["fields"]["file"].as_str().unwrap().contains("第 3 行"));

        // what was written out is read back as what is there
        let table =
            desk.ask(ask_json("/contacts/export").header(header::AUTHORIZATION, &token)).await.body;
        let again = file(&desk, &token, table.into_bytes()).await.json();
        assert_eq!(
            again["tally"],
            json!({ "added": 0, "completed": 0, "unchanged": 3, "wrong": 0 }),
            "{again}"
        );

        // a table has everybody it is of, or there is none
        let of_qian = "/contacts/export?q=%E9%92%B1";
        add_many(&fresh.db, 600).await;
        let table = desk.ask(ask_json(of_qian).header(header::AUTHORIZATION, &token)).await.body;
        assert_eq!(table.lines().count(), 601);
        add_many(&fresh.db, 4_000).await;
        let none = desk.ask(ask_json(of_qian).header(header::AUTHORIZATION, &token)).await;
        assert_eq!(
            none.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "half of them would pass for all"
        );
    }
}

#[tokio::test]
async fn a_browser_sends_a_file_in_a_form() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    let li = seated(&desk, "supervisor").await;
    let part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"客户.csv\"\r\nContent-Type: text/csv\r\n\r\n姓名,手机\r\n李红,13900001234\r\n\r\n--x--\r\n";
    let request = || {
        page("/contacts/imports")
            .method("POST")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &li)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
    };
    let sent = desk.ask_with(request(), Body::from(part)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let shown = get(&desk, &li, sent.header("location")).await;
    assert!(
        shown.body.contains("客户.csv")
            && shown.body.contains("新名片")
            && shown.body.contains("李红")
    );
    let dropped = act(&desk, &li, sent.header("location"), &[("_method", "DELETE")]).await;
    assert_eq!(dropped.status, StatusCode::SEE_OTHER);
    let nothing = desk.ask_with(request(), Body::from("--x--\r\n")).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let lines = imports::one(&fresh.db, 1).await.unwrap().unwrap().lines().unwrap();
    assert!(lines.is_empty(), "what was dropped is forgotten");
}

#[tokio::test]
async fn doubles_are_offered_merged_and_made_two_again_over_http() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let (li, token) = (seated(&desk, "operator").await, desk.token("operator").await);
        let one = add(&fresh.db, person("王建国", "", &["13800001234"])).await;
        let other = add(&fresh.db, person("老王", "", &["13800001234", "13900001234"])).await;
        let third = add(&fresh.db, person("王妻", "", &["13800001234"])).await;
        let page = get(&desk, &li, "/contacts/duplicates").await.body;
        assert!(page.contains("老王") && page.contains("王妻") && page.contains("并入此张"));
        let apart =
            act(&desk, &li, &format!("/contacts/{one}/apart"), &[("other", &third.to_string())])
                .await;
        assert_eq!(apart.status, StatusCode::SEE_OTHER);
        let fields =
            [("other", other.to_string()), ("version", "1".into()), ("other_version", "1".into())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let merged = act(&desk, &li, &format!("/contacts/{one}/merges"), &fields).await;
        assert_eq!(merged.header("location"), format!("/contacts/{one}"));
        let gone = get(&desk, &li, &format!("/contacts/{other}")).await;
        assert_eq!(gone.header("location"), format!("/contacts/{one}"), "the old address leads on");
        assert_eq!(told(&desk, &token, &format!("/contacts/{other}")).await["merged_into"], one.0);
        assert!(get(&desk, &li, &format!("/contacts/{one}")).await.body.contains("撤销合并"));
        let undone = act(&desk, &li, "/contacts/merges/1", &[("_method", "DELETE")]).await;
        assert_eq!(undone.header("location"), format!("/contacts/{other}"));
        // both cards tell the same of it: which one was on which
        for card in [one, other] {
            let page = get(&desk, &li, &format!("/contacts/{card}")).await.body;
            let told = page.split_once("“老王”已并入 → ").map(|(_, after)| after);
            let into = format!("<a class=\"link\" href=\"/contacts/{one}\"><bdi>王建国</bdi>");
            assert!(told.is_some_and(|after| after.starts_with(&into)), "{page}");
            assert!(page.contains("已撤销"), "{page}");
        }
        assert_eq!(told(&desk, &token, "/contacts?q=13900001234").await["items"][0]["id"], other.0);
        let itself = json!({ "other": one, "version": 3, "other_version": 3 });
        let refused = desk.ask(send(&format!("/contacts/{one}/merges"), &token, &itself)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn rules_are_tried_before_they_are_saved() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let token = desk.token("admin").await;
        let id =
            write::add(&fresh.db, stamp(), person("王建国", "", &["025-84523317"])).await.unwrap();
        let rules = |version: i64, strip: &[&str]| json!({ "version": version, "area_code": "025", "strip": strip, "services": ["95xxx", "123xx"], "extension_words": ["转"], "separators": "-/", "samples": ["84523317", "8,13800001234", "8 13800001234\n95588"] });
        // the bench works with the rules a new site has, as they stand in its fields
        let mut usual = told(&desk, &token, "/admin/numbers").await["rules"].clone();
        usual["version"] = json!(0);
        usual["samples"] =
            json!(["１３８００００１２３４", "400/800/1234", "+86 25 8452 3317 转 801"]);
        let bench = desk.ask(send("/admin/numbers/trial", &token, &usual)).await;
        assert_eq!(bench.status, StatusCode::OK, "{}", bench.body);
        let read: Vec<_> = bench.json()["trials"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["then"].clone())
            .collect();
        assert_eq!(
            read,
            [json!("+8613800001234"), json!("+864008001234"), json!("+862584523317转801")]
        );
        let tried = desk.ask(send("/admin/numbers/trial", &token, &rules(0, &["8"]))).await.json();
        let trials = tried["trials"].as_array().unwrap();
        assert_eq!(trials.len(), 4);
        assert_eq!(
            (&trials[0]["now"], &trials[0]["then"], &trials[0]["differs"]),
            (&Value::Null, &json!("+862584523317"), &json!(true))
        );
        assert_eq!(trials[0]["place"], "江苏省南京市");
        assert!(trials[1]["why"].is_string(), "a comma is no separator of these rules");
        assert_eq!(trials[2]["then"], "+8613800001234");
        assert_eq!(told(&desk, &token, "/admin/numbers").await["version"], 0, "nothing is saved");
        let wrong = json!({ "version": 0, "area_code": "x", "strip": ["9x"], "services": ["1"] });
        let wrong = desk.ask(send("/admin/numbers", &token, &wrong)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(wrong.json()["fields"].as_object().unwrap().len(), 3);
        let saved = desk.ask(send("/admin/numbers", &token, &rules(0, &["8"]))).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
        let late = desk.ask(send("/admin/numbers", &token, &rules(0, &["7"]))).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        // a number that reads otherwise now
        let mut odd = person("赵", "", &[]);
        odd.numbers = person("", "", &["13800001234"]).numbers;
        odd.numbers[0].as_written = "84523318".to_owned();
        let odd = add(&fresh.db, odd).await;
        let again = desk.ask(send("/admin/numbers/rereading", &token, &json!({}))).await.json();
        assert_eq!(again["changed"], 1);
        let operator = desk.token("operator").await;
        let numbers = told(&desk, &operator, &format!("/contacts/{odd}")).await["numbers"].clone();
        assert_eq!(numbers[0]["number"], "+862584523318");
        assert_eq!(told(&desk, &operator, "/contacts?q=3317").await["items"][0]["id"], id.0);
    }
}

#[tokio::test]
async fn a_person_is_told_what_we_hold_and_is_erased_for_good() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let (li, token) = (seated(&desk, "supervisor").await, desk.token("supervisor").await);
        let one = add(&fresh.db, person("王建国", "纸月亮茶业", &["13800001234"])).await;
        let other = add(&fresh.db, person("老王", "", &["13800001234", "13900001234"])).await;
        let seen = |id| switchboard::contacts::store::merges::Seen { id, version: 1 };
        switchboard::contacts::store::merges::merge(&fresh.db, stamp(), seen(one), seen(other))
            .await
            .unwrap();
        let held = told(&desk, &token, "/contacts/privacy?number=138-0000-1234").await;
        assert_eq!(held["held"][1], json!({ "room": "contacts", "records": 1 }));
        let all = told(&desk, &token, "/contacts/privacy/export?number=13800001234").await;
        assert!(all["contacts"].to_string().contains("王建国") && all["calls"].is_array());
        let fields =
            [("number", "13800001234"), ("ground", "request"), ("contacts", &*one.to_string())];
        let erased = act(&desk, &li, "/contacts/privacy/erasure", &fields).await;
        assert_eq!(erased.status, StatusCode::SEE_OTHER, "{}", erased.body);
        let gone = desk
            .ask(ask_json(&format!("/contacts/{one}")).header(header::AUTHORIZATION, &token))
            .await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        let found = told(&desk, &token, "/contacts?q=13800001234").await;
        assert_eq!(found["items"], json!([]));
        let rows: Vec<(String, String)> = fresh.db.read(switchboard::db::Sql::both("SELECT c.name, coalesce(m.snapshot, '') AS snapshot FROM contacts c LEFT JOIN contact_merges m ON m.kept_id = c.id WHERE c.kind = 'person'")).all().await.unwrap();
        assert!(
            rows.iter().all(|(name, snapshot)| name.is_empty() && snapshot.is_empty()),
            "{rows:?}"
        );
        let undo = act(&desk, &li, "/contacts/merges/1", &[("_method", "DELETE")]).await;
        assert_eq!(undo.status, StatusCode::CONFLICT, "what is erased does not come back");
    }
}
