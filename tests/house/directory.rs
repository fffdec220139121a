//! Who is who, and what nobody is told: restricted people in every answer an operator gets.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use switchboard::directory::{self, Disclosure, Expiry, Panel};
use switchboard::kernel::{Moment, StaffId};
use switchboard::shifts::Nobody;
use switchboard::timers::FallsDue as _;

use super::desk::{Answer, Desk, form, json as ask_json, page};
use super::kit::{self, Fresh};

/// What must never reach an operator: numbers, mail, places of the boss.
const SECRETS: [&str; 8] = [
    "8601773",
    "13911112222",
    "139 1111 2222",
    "02588887777",
    "025 8888 7777",
    "boss@example",
    "顶楼东",
    "杭州谈判",
];

struct House {
    desk: Desk,
    people: Vec<(&'static str, StaffId, String)>,
    boss: i64,
}

impl House {
    async fn open(fresh: &Fresh) -> Self {
        let now = Moment::parse_rfc3339("2026-11-23T10:00:00+08:00").unwrap();
        let panel = Panel::new(Arc::new(Nobody));
        let shifts = switchboard::shifts::Panel::new(
            Arc::from([]),
            Arc::new(Nobody),
            Arc::new(switchboard::shifts::Silent),
        )
        .noting(Arc::new(directory::LooksElsewhere));
        let rooms = directory::routes(panel).merge(switchboard::shifts::routes(shifts));
        let desk = Desk::with_at(&fresh.db, now, rooms);
        let mut house = Self { desk, people: Vec::new(), boss: 0 };
        for (login, name, role) in [
            ("li", "李红", "operator"),
            ("zhou", "周明", "supervisor"),
            ("qin", "秦头", "head"),
            ("boss", "赵总", "manager"),
        ] {
            let id = house.desk.somebody(name, login, role).await;
            let cookie = house.desk.sign_in(login).await;
            house.people.push((login, id, cookie));
        }
        let secretary = house
            .done(
                "qin",
                "POST",
                "/directory",
                json!({"name": "何静", "department": "总经办",
                "title": "秘书", "extension": "8600", "disclosure": "public"}),
            )
            .await;
        let boss = house
            .done("qin", "POST", "/directory", json!({"name": "赵建国", "department": "总经办",
                "title": "总经理", "location": "顶楼东", "extension": "8601773", "phone": "025-88887777",
                "mobile": "139 1111 2222", "email": "boss@example.com", "disclosure": "restricted",
                "secretary": secretary["id"], "staff": house.id("boss")}))
            .await;
        house.boss = boss["id"].as_i64().unwrap();
        house
            .done(
                "qin",
                "POST",
                "/directory",
                json!({"name": "张伟", "department": "技术部",
                "title": "工程师", "location": "三楼", "extension": "8123", "mobile": "13800138000",
                "disclosure": "internal"}),
            )
            .await;
        let trip = json!({"state": "out", "place": "杭州谈判", "until": "18:00"});
        house.done("boss", "POST", "/shifts/absence", trip).await;
        house
    }

    fn id(&self, login: &str) -> StaffId {
        self.people.iter().find(|(known, ..)| *known == login).unwrap().1
    }

    fn cookie(&self, login: &str) -> &str {
        &self.people.iter().find(|(known, ..)| *known == login).unwrap().2
    }

    async fn act(&self, login: &str, method: &str, address: &str, body: Value) -> Answer {
        let request = ask_json(address)
            .method(method)
            .header(header::COOKIE, self.cookie(login))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json");
        self.desk.ask_with(request, body.to_string()).await
    }

    async fn done(&self, login: &str, method: &str, address: &str, body: Value) -> Value {
        let answer = self.act(login, method, address, body).await;
        assert!(answer.status.is_success(), "{method} {address}: {}", answer.body);
        answer.json()
    }

    async fn get(&self, login: &str, address: &str) -> Value {
        let request = ask_json(address).header(header::COOKIE, self.cookie(login));
        self.desk.ask(request).await.json()
    }

    async fn shown(&self, login: &str, address: &str) -> String {
        let request = page(address).header(header::COOKIE, self.cookie(login));
        self.desk.ask(request).await.body
    }

    /// The lines of the journal about looks at the boss.
    async fn looks(&self) -> Vec<String> {
        let about = format!("directory/{} ", self.boss);
        let lines = self.desk.journal().await.into_iter();
        let looks = lines.filter_map(|line| line.strip_prefix(&about).map(str::to_owned));
        looks.filter(|change| change != "added").collect()
    }
}

#[track_caller]
fn nothing_of(body: &str, whence: &str) {
    for secret in SECRETS {
        assert!(!body.contains(secret), "{secret} is in {whence}: {body}");
    }
}

#[tokio::test]
async fn an_operator_finds_the_director_and_never_a_number() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        let one = format!("/directory/{}", house.boss);
        let search = "/directory?q=%E6%80%BB%E7%BB%8F%E7%90%86";
        for address in
            [search, "/directory", "/directory?q=zjg", "/directory?q=zjl", one.as_str(), "/shifts"]
        {
            nothing_of(&house.get("li", address).await.to_string(), address);
            nothing_of(&house.shown("li", address).await, address);
        }
        let found = house.get("li", search).await;
        let boss = &found["items"][0];
        assert_eq!((&boss["name"], &boss["closed"]), (&json!("赵建国"), &json!(true)));
        assert!(boss["refusal"].as_str().unwrap().contains("总经理的联系方式和行程不便告知"));
        assert_eq!(boss["presence"], Value::Null, "nor whether he is there");
        let office = house.get("li", "/directory?q=zjl").await;
        assert_eq!(office["items"][0]["name"], "赵建国", "by the sound of the office");
        // what may not be known must not help to find
        for hidden in ["8601773", "13911112222", "%E9%A1%B6%E6%A5%BC"] {
            let found = house.get("li", &format!("/directory?q={hidden}")).await;
            assert_eq!(found["items"], json!([]), "{hidden}");
        }
        let shown = house.shown("li", &one).await;
        assert!(shown.contains("留言") && shown.contains("转秘书"));
        let to = house.done("li", "POST", &format!("{one}/transfer"), json!({})).await;
        assert_eq!(to, json!({"dial": "8600", "to": "何静", "secretary": true}));
        let looks = house.looks().await;
        assert_eq!(looks, ["found", "refused", "refused", "refused", "transfer"]);
    }
}

#[tokio::test]
async fn a_grant_has_a_supervisor_a_reason_and_an_end() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        let one = format!("/directory/{}", house.boss);
        let grants = format!("{one}/grants");
        let grant = json!({"staff": house.id("li"), "reason": "客户会议改期", "minutes": 30});
        let refused = house.act("li", "POST", &grants, grant.clone()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "nobody grants themselves");
        for wrong in [
            json!({"staff": house.id("li"), "reason": " ", "minutes": 30}),
            json!({"staff": house.id("li"), "reason": "客户会议", "minutes": 1441}),
            json!({"staff": house.id("li"), "reason": "客户会议"}),
            json!({"staff": 99, "reason": "客户会议", "minutes": 30}),
        ] {
            let refused = house.act("zhou", "POST", &grants, wrong.clone()).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        nothing_of(&house.get("zhou", &one).await.to_string(), "what a supervisor sees without");
        house.done("zhou", "POST", &grants, grant.clone()).await;
        let seen = house.get("li", &one).await;
        assert_eq!(seen["mobile"], "+8613911112222");
        assert_eq!((&seen["presence"], &seen["place"]), (&json!("out"), &json!("杭州谈判")));
        assert_eq!(seen["granted_until"], "2026-11-23T02:30:00.000Z");
        assert!(house.shown("zhou", &one).await.contains("客户会议改期"));

        let ends = house.desk.clock.now().plus_millis(30 * 60_000);
        assert_eq!(Expiry.next_due(&fresh.db).await.unwrap(), Some(ends));
        assert!(house.desk.clock.set(ends));
        nothing_of(&house.get("li", &one).await.to_string(), "what was granted until now");
        Expiry.fall_due(&fresh.db, ends, ends).await.unwrap();
        assert_eq!(Expiry.next_due(&fresh.db).await.unwrap(), None);

        let made = house.done("zhou", "POST", &grants, grant).await;
        assert_eq!(house.get("li", &one).await["extension"], "8601773");
        house.done("qin", "DELETE", &format!("{grants}/{}", made["id"]), json!({})).await;
        nothing_of(&house.get("li", &one).await.to_string(), "what was taken back");
        let looks = house.looks().await;
        assert_eq!(
            looks,
            [
                "refused", "granted", "looked", "refused", "refused", "expired", "granted",
                "looked", "revoked", "refused"
            ]
        );
        let journal = house.desk.journal().await.join("\n");
        assert!(!journal.contains("会议"), "the reason is no matter of the journal");
        nothing_of(&journal, "the journal");
    }
}

#[tokio::test]
async fn an_open_page_that_asks_itself_anew_is_one_look() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        let one = format!("/directory/{}", house.boss);
        let ask = async |dest: &'static str| {
            let request = page(&one).header(header::COOKIE, house.cookie("qin"));
            house.desk.ask(request.header("sec-fetch-dest", dest)).await
        };
        ask("document").await;
        ask("empty").await;
        ask("empty").await;
        assert_eq!(house.looks().await, ["looked"]);
        ask("document").await;
        assert!(house.desk.clock.set(house.desk.clock.now().plus_millis(11 * 60_000)));
        ask("empty").await;
        assert_eq!(house.looks().await, ["looked", "looked", "looked"]);
    }
}

#[tokio::test]
async fn three_keystrokes_find_a_colleague_with_place_and_presence() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        let wide = ["%EF%BD%9A%EF%BD%88%EF%BD%97", "%EF%BC%98%EF%BC%91%EF%BC%92%EF%BC%93"];
        let plain = ["zhw", "zw", "ZHANG", "8123", "%E5%BC%A0", "%E6%8A%80%E6%9C%AF", "138000"];
        for typed in plain.into_iter().chain(wide) {
            let found = house.get("li", &format!("/directory?q={typed}")).await;
            assert_eq!(found["items"][0]["name"], "张伟", "{typed}: {found}");
        }
        // the whole list is by sound, as a book of names is
        let chen = json!({"name": "陈默", "disclosure": "public"});
        house.done("qin", "POST", "/directory", chen).await;
        let list = house.get("li", "/directory").await;
        let names = list["items"].as_array().unwrap().iter().map(|one| one["name"].clone());
        assert_eq!(names.collect::<Vec<_>>(), ["陈默", "何静", "张伟", "赵建国"]);
        let id = house.get("li", "/directory?q=zhw").await["items"][0]["id"].clone();
        let place = format!("/directory/{id}/presence");
        let trip = json!({"state": "out", "place": "河西机房", "until": "16:00"});
        house.done("li", "POST", &place, trip).await;
        let seen = house.get("li", "/directory?q=zhw").await["items"][0].clone();
        assert_eq!((&seen["location"], &seen["presence"]), (&json!("三楼"), &json!("out")));
        assert_eq!(
            (&seen["place"], &seen["until"]),
            (&json!("河西机房"), &json!("2026-11-23T08:00:00.000Z"))
        );
        assert!(seen["refusal"].as_str().unwrap().contains("仅供内部"));
        let boss = format!("/directory/{}/presence", house.boss);
        let refused = house.act("li", "POST", &boss, json!({"state": "off"})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(house.get("li", "/directory?q=zzz").await["items"], json!([]));
    }
}

#[tokio::test]
async fn the_head_keeps_the_directory_and_a_spreadsheet_comes_in_whole_or_not_at_all() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        let one = format!("/directory/{}", house.boss);
        let edit = json!({"version": 1, "name": "赵建国", "disclosure": "internal"});
        assert_eq!(
            house.act("zhou", "POST", &one, edit.clone()).await.status,
            StatusCode::FORBIDDEN
        );
        let wrong = json!({"version": 1, "name": " ", "mobile": "12", "extension": "a b", "disclosure": "secret",
                           "deputy": 99});
        let wrong = house.act("qin", "POST", &one, wrong).await.json();
        let fields: Vec<&String> = wrong["fields"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["deputy", "disclosure", "extension", "mobile", "name"]);

        let csv = "姓名,部门,职务,手机,级别,秘书\n张伟,技术部,主任工程师,13900139000,公开,\n\
                   陈静,财务部,会计,025-84523317,内部,何静\n";
        let bad = format!("{csv}无名,财务部,,12,内部,\n");
        let told = house.act("qin", "POST", "/directory/import", json!({"csv": bad})).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(told.json()["rows"][2]["what"], "wrong");
        let sent = form("/directory/import", &[("csv", bad.as_str())]);
        let sent = sent.header(header::COOKIE, house.cookie("qin"));
        let shown = house.desk.ask(sent).await.body;
        assert!(shown.contains("<b>手机</b> "), "a column is called as people call it: {shown}");
        assert_eq!(house.get("qin", "/directory?q=cj").await["items"], json!([]), "not one row");
        let tried =
            house.done("qin", "POST", "/directory/import", json!({"csv": csv, "dry_run": true}));
        assert_eq!(tried.await["imported"], false);
        let told = house.done("qin", "POST", "/directory/import", json!({"csv": csv})).await;
        let what: Vec<&Value> =
            told["rows"].as_array().unwrap().iter().map(|row| &row["what"]).collect();
        assert_eq!(what, ["changed", "new"]);
        let zhang = house.get("li", "/directory?q=zhw").await["items"][0].clone();
        assert_eq!(
            (&zhang["title"], &zhang["extension"]),
            (&json!("主任工程师"), &json!("8123")),
            "kept"
        );
        assert_eq!(zhang["disclosure"], "public");

        let refused = house.act("zhou", "GET", "/directory/export", json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let out = house.shown("qin", "/directory/export").await;
        assert!(out.contains("'+8613911112222"), "no cell is a formula: {out}");
        let again = house.done("qin", "POST", "/directory/import", json!({"csv": out})).await;
        assert!(again["rows"].as_array().unwrap().iter().all(|row| row["what"] == "changed"));

        house.done("qin", "DELETE", &one, json!({})).await;
        assert_eq!(house.act("qin", "GET", &one, json!({})).await.status, StatusCode::NOT_FOUND);
        let kept = directory::store::all(&fresh.db).await.unwrap();
        assert!(kept.iter().all(|person| person.draft.disclosure != Disclosure::Restricted));
    }
}

#[tokio::test]
async fn names_that_are_markup_stand_there_harmlessly() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        let name = "<b>王\u{202e}五</b>\"'";
        let made = house
            .done(
                "qin",
                "POST",
                "/directory",
                json!({"name": name, "title": "{{ 7*7 }}", "disclosure": "restricted"}),
            )
            .await;
        assert_eq!(made["name"], name);
        for address in ["/directory".to_owned(), format!("/directory/{}", made["id"])] {
            let shown = house.shown("li", &address).await;
            assert!(!shown.contains("<b>王"), "{address}");
        }
    }
}

#[tokio::test]
async fn a_look_is_written_down_wherever_it_is_had_and_once_while_a_page_is_open() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        // a list and a day that show nothing closed are no look
        for address in ["/directory", "/shifts"] {
            house.get("li", address).await;
        }
        assert_eq!(house.looks().await, Vec::<String>::new());
        // whoever is in the list themselves looks at nobody
        for address in ["/directory", "/shifts"] {
            house.get("boss", address).await;
        }
        assert_eq!(house.looks().await, Vec::<String>::new());
        // the list and the day show the head everything: each is the same look while it stands open
        for address in ["/directory", "/directory", "/shifts", "/shifts?date=2026-11-23"] {
            let shown = house.get("qin", address).await.to_string();
            assert!(shown.contains("杭州谈判"), "{address}: {shown}");
        }
        assert_eq!(house.looks().await, ["looked"]);
        // with a grant the list is a look of somebody else
        let grant = json!({"staff": house.id("li"), "reason": "客户急找", "minutes": 30});
        house.done("zhou", "POST", &format!("/directory/{}/grants", house.boss), grant).await;
        let shown = house.get("li", "/directory").await.to_string();
        assert!(shown.contains("8601773"), "{shown}");
        assert_eq!(house.looks().await, ["looked", "granted", "looked"]);
    }
}
