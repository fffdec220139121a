//! The permission table, tested in full: every method of every address, for each of the nine roles
//! and for nobody, over HTTP against the whole house; and that what is restricted is in no answer a
//! lesser role gets.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard::app;
use switchboard::bus::Bus;
use switchboard::clock::Clock;
use switchboard::config;
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::{Moment, Role, Roles, StaffId};
use switchboard::staff::{self, Newcomer};

use super::app::Open;
use super::{kit, program};

/// Who may what. See the head of the file.
const TABLE: &str = include_str!("../permissions.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// Names for several roles.
    groups: BTreeMap<String, Vec<String>>,
    /// `post /shifts`: who may.
    pub(crate) addresses: BTreeMap<String, Entry>,
    /// Fields of an answer that not everyone who may ask gets.
    fields: Vec<Field>,
    /// More addresses that are searched for what is restricted.
    searches: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Roles and groups; `open` is everyone, `known` everyone who is signed in.
    may: Vec<String>,
    /// Where to ask, where the place-holders alone do not do.
    at: Option<String>,
    /// What to send.
    body: Option<toml::Value>,
    /// Asked by people, where programs have no such thing.
    #[serde(default)]
    person: bool,
    /// Not asked as it is: signing in and out, a stream that does not end.
    pub(crate) only_listed: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    at: String,
    #[serde(rename = "field")]
    pointer: String,
    /// What it holds for those who get it; anything where nothing is said.
    value: Option<String>,
    /// Who gets it.
    whole: Vec<String>,
}

impl Table {
    pub(crate) fn read() -> Self {
        toml::from_str(TABLE).unwrap_or_else(|wrong| panic!("tests/permissions.toml: {wrong}"))
    }

    fn roles(&self, named: &[String]) -> BTreeSet<Role> {
        let one = |name: &String| -> Vec<Role> {
            match (name.as_str(), self.groups.get(name)) {
                ("known" | "open", _) => Role::ALL.to_vec(),
                (_, Some(group)) => self.roles(group).into_iter().collect(),
                (_, None) => vec![name.parse().unwrap_or_else(|_| panic!("{name} is no role"))],
            }
        };
        named.iter().flat_map(one).collect()
    }
}

impl Entry {
    fn is_open(&self) -> bool {
        self.may.iter().any(|name| name == "open")
    }

    /// The address with something in each place-holder that is nobody's.
    pub(crate) fn address(&self, path: &str) -> String {
        let mut address = self.at.clone().unwrap_or_else(|| path.to_owned());
        while let Some((before, rest)) = address.split_once('{') {
            let (name, after) = rest.split_once('}').unwrap();
            let filled = match name {
                "date" => "2026-11-23",
                "key" | "token" => "nobodys-key",
                _ => "987654",
            };
            address = format!("{before}{filled}{after}");
        }
        address
    }
}

#[test]
fn every_address_has_its_line_and_every_line_an_address() {
    let document: Value = serde_json::from_str(&app::openapi_document()).unwrap();
    let mut known = BTreeSet::new();
    let mut open = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, about) in methods.as_object().unwrap() {
            known.insert(format!("{method} {path}"));
            if about["security"] == json!([]) {
                open.insert(format!("{method} {path}"));
            }
        }
    }
    let table = Table::read();
    let listed: BTreeSet<String> = table.addresses.keys().cloned().collect();
    let missing: Vec<_> = known.difference(&listed).collect();
    assert!(missing.is_empty(), "without a line in tests/permissions.toml: {missing:#?}");
    let gone: Vec<_> = listed.difference(&known).collect();
    assert!(gone.is_empty(), "in tests/permissions.toml and nowhere else: {gone:#?}");
    for (address, entry) in &table.addresses {
        assert_eq!(entry.is_open(), open.contains(address), "{address} in the OpenAPI document");
    }
}

/// The whole house with a token for each role, and a restricted person full of canaries.
struct Site {
    open: Open,
    tokens: BTreeMap<Role, String>,
    /// The session of a person of each role.
    people: BTreeMap<Role, String>,
    client: reqwest::Client,
    boss: i64,
    boss_staff: StaffId,
    boss_cookie: String,
}

/// Where the head reads a number that somebody wrote down, by the beginning of the address.
const NOTED: [&str; 14] = [
    "/contacts/1",
    "/contacts/1/edit",
    "/contacts?q=12366",
    "/contacts/export?q=12366",
    "/bookings?date=2026-11-23",
    "/bookings/B261123-901",
    "/waitlist",
    "/banquets",
    "/faults",
    "/faults/F26-0001",
    "/work-orders/W26-9001",
    "/work-orders/W26-9001/print",
    "/messages/1",
    "/notices",
];

/// Where the head reads something of the restricted person.
const SINGING: [&str; 12] = [
    "/directory?q=zjg",
    "/calls",
    "/calls/51",
    "/calls/51/ladder",
    "/calls/51/evidence",
    "/calls/51/evidence?format=file",
    "/calls/52",
    "/calls/53",
    "/calls/missed",
    "/calls/outgoing",
    "/calls/plans/1",
    "/calls/plans/2",
];

/// Numbers, words and places that belong to the restricted person alone.
const CANARIES: [&str; 9] = [
    "8977123",
    "13977712377",
    "139 7771 2377",
    "02597712377",
    "025 9771 2377",
    "canary@boss",
    "CanaryTower",
    "CanaryTrip",
    "CanaryReason",
];

impl Site {
    async fn open(place: &kit::Place) -> Self {
        let text = format!(
            "[web]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"{}\"\n[sip]\nlisten = [\"udp://127.0.0.1:0\"]\n\
             [[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\n",
            place.url
        );
        let config = config::parse("story", &text, &[]).unwrap();
        let now = Moment::parse_rfc3339("2026-11-23T10:00:00+08:00").unwrap();
        let db = Db::open(&place.url, Bus::new()).await.unwrap();
        let stamp = Stamp { now, by: None };
        let mut tokens = BTreeMap::new();
        for role in Role::ALL {
            let roles: Roles = std::iter::once(role).collect();
            let made = staff::create_token(&db, stamp, role.name(), roles).await.unwrap();
            tokens.insert(role, made.1);
            let newcomer = Newcomer {
                name: role.name().to_owned(),
                login: role.name().to_owned(),
                roles: std::iter::once(role).collect(),
                extension: None,
                password: super::desk::PASSWORD.to_owned(),
            };
            staff::add(&db, stamp, newcomer).await.unwrap();
        }
        let newcomer = Newcomer {
            name: "赵总".to_owned(),
            login: "boss".to_owned(),
            roles: "manager".parse().unwrap(),
            extension: Some("8977123".to_owned()),
            password: super::desk::PASSWORD.to_owned(),
        };
        let staff: StaffId = staff::add(&db, stamp, newcomer).await.unwrap();
        db.close().await;
        let open = Open::house(config, Clock::manual(now), None).await;
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let people = BTreeMap::new();
        let (boss, boss_staff, boss_cookie) = (0, staff, String::new());
        let mut site = Self { open, tokens, people, client, boss, boss_staff, boss_cookie };
        for role in Role::ALL {
            let cookie = site.sign_in(role.name()).await;
            site.people.insert(role, cookie);
        }
        let secretary = json!({"name": "何静", "extension": "8600", "disclosure": "public"});
        let secretary = site.write(Role::Head, "/directory", &secretary).await;
        let boss = json!({"name": "赵建国", "department": "总经办", "title": "总经理",
            "location": "CanaryTower", "extension": "8977123", "phone": "02597712377",
            "mobile": "13977712377", "email": "canary@boss.example", "note": "CanaryReason",
            "disclosure": "restricted", "secretary": secretary["id"], "staff": staff});
        site.boss = site.write(Role::Head, "/directory", &boss).await["id"].as_i64().unwrap();
        site.boss_cookie = site.sign_in("boss").await;
        site.leave().await;
        site
    }

    /// Calls of the restricted person, and what came of them.
    async fn rung(&self, place: &kit::Place) {
        let db = Db::open(&place.url, Bus::new()).await.unwrap();
        let everyone = staff::store::everyone(&db).await.unwrap();
        let operator = everyone.iter().find(|person| person.login == "operator").unwrap().id;
        // at once: the house that is open sees them all, and is owed nothing that stands here already
        let rows = super::closed_calls::rows(self.boss_staff, operator);
        let stamp = Stamp { now: super::site::at(0), by: None };
        let put = db.write(stamp, move |tx| {
            let rows = rows.clone();
            Box::pin(async move {
                for row in rows {
                    tx.keep(Sql::both(row.leak())).run().await?;
                }
                Ok(())
            })
        });
        put.await.unwrap();
        db.close().await;
    }

    /// The restricted person's number where people write numbers: on a customer's card, in a booking, on
    /// the waitlist, for a banquet, on a fault and its order, on a slip, in a follow-up, in a notice.
    /// Where it is read.
    async fn written_down(&self, place: &kit::Place) -> Vec<String> {
        let (mobile, text) = ("13977712377", "回 139 7771 2377 或 8977123");
        let card = json!({"name": "凤凰木", "numbers": [mobile, "13977712366"], "notes": text});
        let card = self.write(Role::Operator, "/contacts", &card).await["id"].to_string();
        let wait = json!({"name": "凤凰木", "party": 6, "phone": mobile, "from": "19:00", "to": "23:00",
            "minutes": 90, "note": text});
        self.write(Role::Operator, "/waitlist", &wait).await;
        let banquet = json!({"name": "凤凰木", "phone": mobile, "occasion": "婚宴", "date": "2026-12-26",
            "tables": 30, "note": text});
        let banquet = self.write(Role::Operator, "/banquets", &banquet).await["id"].to_string();
        let booking = json!({"name": "凤凰木", "party": 8, "phone": mobile, "when": "明天晚上七点",
            "note": text});
        let booking = self.write(Role::Operator, "/bookings", &booking).await;
        let booking = booking["no"].as_str().unwrap().to_owned();
        let fault = json!({"caller_number": mobile, "caller_name": "凤凰木", "symptom": text,
            "impact": 2, "urgency": 2});
        let fault = self.write(Role::Operator, "/faults", &fault).await;
        let fault = fault["no"].as_str().unwrap().to_owned();
        let task = json!({"title": text, "note": text, "due_at": "2026-11-24T10:00:00+08:00",
            "role": "operator"});
        let task = self.write(Role::Supervisor, "/follow-ups", &task).await["id"].to_string();
        let mut made = Vec::new();
        for (path, body) in [
            ("/messages", json!({"for": "supervisor", "phone": mobile, "body": text})),
            ("/notices", json!({"text": text, "role": "greeter"})),
        ] {
            let pass = Some(self.pass(Role::Operator, true));
            let (status, said) = self.send(pass, "post", path, Some(&body), true).await;
            assert!(status.is_success(), "{path}: {said}");
            let said: Value = serde_json::from_str(&said).unwrap();
            made.push(format!("{path}/{}", said["id"]));
        }
        let db = Db::open(&place.url, Bus::new()).await.unwrap();
        let everyone = staff::store::everyone(&db).await.unwrap();
        let engineer = everyone.iter().find(|person| person.login == "engineer").unwrap().id;
        let (now, late) =
            (super::site::at(-7 * 3_600_000).millis(), super::site::at(-8 * 3_600_000));
        for row in [
            format!(
                "INSERT INTO work_orders (no, version, ticket_id, state, created_at, issued_at, skills, tasks, tools, instructions, \
                 cause, work_done, parts, readings, next_step, fee_fen, customer, unsigned_why, prints) VALUES ('W26-9001', 1, 1, \
                 'issued', {now}, {now}, '', '{text}', '', '', '', '', '', '', '', 0, '', '', 0)"
            ),
            format!(
                "INSERT INTO work_order_crew (order_id, staff_id, lead) SELECT id, {engineer}, TRUE FROM work_orders WHERE no = 'W26-9001'"
            ),
            format!(
                "INSERT INTO bookings (no, business_date, local_hour, name, party, phone, wall, starts_at, planned_minutes, wishes, \
                 note, source, state, created_at) VALUES ('B261123-901', '2026-11-23', 9, '凤凰木', 4, '+8613977712377', '09:30', {}, \
                 120, '{text}', '', 'self', 'booked', {now})",
                late.plus_millis(1_800_000).millis()
            ),
        ] {
            let row = Sql::both(row.leak());
            let stamp = Stamp { now: super::site::at(0), by: None };
            let put = db.write(stamp, move |tx| Box::pin(async move { tx.keep(row).run().await }));
            put.await.unwrap();
        }
        db.close().await;
        let card = format!("/contacts/{card}");
        let mut read = vec![
            card.clone(),
            format!("{card}/edit"),
            "/contacts?q=12377".to_owned(),
            "/contacts?q=12366".to_owned(),
            "/contacts/export?q=12366".to_owned(),
            "/contacts/privacy/export?number=13977712366".to_owned(),
            "/bookings?date=2026-11-23".to_owned(),
            "/bookings/B261123-901".to_owned(),
            format!("/bookings/{booking}"),
            format!("/banquets/{banquet}"),
            "/rooms/board?date=2026-11-23&period=all".to_owned(),
            format!("/faults/{fault}"),
            "/faults?view=list".to_owned(),
            "/work-orders/W26-9001".to_owned(),
            "/work-orders/W26-9001/print".to_owned(),
            format!("/follow-ups/{task}"),
            format!("/calls/plans/new?about=faults/{fault}"),
            format!("/calls/plans/new?about=bookings/{booking}"),
            "/calls/plans/new?about=waitlist/1".to_owned(),
            format!("/calls/plans/new?about={}", &card[1..]),
        ];
        read.extend(made);
        read
    }

    /// What a search of the log finds for a role: the ids of the calls.
    async fn found(&self, role: Role, asked: &str) -> Vec<i64> {
        let (_, text) = self.ask(Some(role), "get", &format!("/calls?{asked}"), None, true).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        let items = answer["items"].as_array().unwrap();
        items.iter().map(|call| call["id"].as_i64().unwrap()).collect()
    }

    /// One customer in every room: a call, a card, a booking, a fault, a slip; and an operator on
    /// duty. Names of the table with what stands for them.
    async fn planted(&self, place: &kit::Place) -> Vec<(&'static str, String)> {
        let number = "+8613977712399";
        let db = Db::open(&place.url, Bus::new()).await.unwrap();
        let (missed, ago) = ("+8613977712388", -9 * 3_600_000);
        let rang = super::site::at(ago).millis();
        let mut rows = super::missed::call(1, Some(number), -8 * 3_600_000, "met", 1);
        rows.extend(super::missed::call(2, Some(missed), ago, "abandoned", 1));
        rows.push(format!(
            "INSERT INTO missed_debts (number, calls, first_call, last_call, first_at, last_at) VALUES ('{missed}', 1, 2, 2, {rang}, {rang})"
        ));
        for row in rows {
            let row = Sql::both(row.leak());
            let stamp = Stamp { now: super::site::at(0), by: None };
            let put = db.write(stamp, move |tx| Box::pin(async move { tx.keep(row).run().await }));
            put.await.unwrap();
        }
        db.close().await;
        let card = json!({"name": "凤凰木", "numbers": [number], "notes": "靠窗"});
        let card = self.write(Role::Supervisor, "/contacts", &card).await;
        let booking =
            json!({"name": "凤凰木", "party": 8, "phone": "13977712399", "when": "明天晚上七点"});
        let booking = self.write(Role::Operator, "/bookings", &booking).await;
        let fault = json!({"caller_number": number, "caller_name": "凤凰木", "symptom": "不通",
            "impact": 2, "urgency": 2});
        let fault = self.write(Role::Operator, "/faults", &fault).await;
        let mut slip = Value::Null;
        for (path, body) in [
            ("/shifts/sign-on", json!({})),
            ("/calls/1/notes", json!({"version": 1, "notes": "靠窗"})),
            ("/messages", json!({"for": "赵总", "body": "请回电", "call": 1})),
        ] {
            let pass = Some(self.pass(Role::Operator, true));
            let (status, text) = self.send(pass, "post", path, Some(&body), true).await;
            assert!(status.is_success(), "{path}: {text}");
            slip = serde_json::from_str::<Value>(&text).unwrap()["id"].clone();
        }
        let task = json!({"title": "回访凤凰木", "due_at": "2026-11-24T10:00:00+08:00", "role": "greeter",
            "about": format!("contacts/{}", card["id"])});
        let task = self.write(Role::Supervisor, "/follow-ups", &task).await;
        vec![
            ("{call}", "1".to_owned()),
            ("{contact}", card["id"].to_string()),
            ("{booking}", booking["no"].as_str().unwrap().to_owned()),
            ("{fault}", fault["no"].as_str().unwrap().to_owned()),
            ("{slip}", slip.to_string()),
            ("{task}", task["id"].to_string()),
        ]
    }

    /// What a person or a program of a role shows at the door.
    fn pass(&self, role: Role, person: bool) -> (&'static str, String) {
        if person {
            ("cookie", self.people[&role].clone())
        } else {
            ("authorization", format!("Bearer {}", self.tokens[&role]))
        }
    }

    async fn sign_in(&self, login: &str) -> String {
        let sign_in = json!({"login": login, "password": super::desk::PASSWORD});
        let request = self.client.post(self.url("/sign-in")).header("accept", "application/json");
        let answer = request.json(&sign_in).send().await.unwrap();
        let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The restricted person goes on a trip.
    async fn leave(&self) {
        let trip = json!({"state": "out", "place": "CanaryTrip", "reason": "CanaryReason"});
        let request = self.client.post(self.url("/shifts/absence"));
        let request = request.header("cookie", &self.boss_cookie);
        let request = request.header("accept", "application/json").json(&trip);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.open.web)
    }

    async fn write(&self, role: Role, path: &str, body: &Value) -> Value {
        let (status, text) = self.ask(Some(role), "post", path, Some(body), true).await;
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn ask(
        &self,
        role: Option<Role>,
        method: &str,
        path: &str,
        body: Option<&Value>,
        json: bool,
    ) -> (StatusCode, String) {
        let pass = role.map(|role| self.pass(role, false));
        self.send(pass, method, path, body, json).await
    }

    async fn send(
        &self,
        pass: Option<(&'static str, String)>,
        method: &str,
        path: &str,
        body: Option<&Value>,
        json: bool,
    ) -> (StatusCode, String) {
        let method: Method = method.to_uppercase().parse().unwrap();
        let accept = if json { "application/json" } else { "text/html" };
        let mut request = self.client.request(method, self.url(path)).header("accept", accept);
        if let Some((name, value)) = pass {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

/// What is wrong with an answer, if anything.
fn judged(role: Option<Role>, may: bool, open: bool, status: StatusCode) -> Option<String> {
    let refused = match role {
        Some(_) => status == StatusCode::FORBIDDEN,
        None => status == StatusCode::UNAUTHORIZED,
    };
    let sound = match role {
        None if open => !refused,
        Some(_) if may => {
            !matches!(
                status,
                StatusCode::UNAUTHORIZED
                    | StatusCode::FORBIDDEN
                    | StatusCode::BAD_REQUEST
                    | StatusCode::METHOD_NOT_ALLOWED
                    | StatusCode::UNSUPPORTED_MEDIA_TYPE
            ) && !status.is_server_error()
        }
        None | Some(_) => refused,
    };
    let who = role.map_or("nobody", Role::name);
    let meant = if may || open { "may" } else { "may not" };
    (!sound).then(|| format!("{who} {meant}, and got {}", status.as_u16()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_may_what_the_table_says_and_nothing_else() {
    let table = Table::read();
    for place in kit::places().await {
        let site = Site::open(&place).await;
        let mut wrong = Vec::new();
        for (line, entry) in table.addresses.iter().filter(|(_, e)| e.only_listed.is_none()) {
            let (method, path) = line.split_once(' ').unwrap();
            let address = entry.address(path);
            let may = table.roles(&entry.may);
            let body = entry.body.as_ref().map(|body| serde_json::to_value(body).unwrap());
            let body = body.or_else(|| (method != "get").then(|| json!({})));
            for role in Role::ALL.map(Some).into_iter().chain([None]) {
                let allowed = role.is_some_and(|role| may.contains(&role));
                let faces = if method == "get" { &[true, false][..] } else { &[true] };
                for &json in faces {
                    let pass = role.map(|role| site.pass(role, entry.person));
                    let asked = site.send(pass, method, &address, body.as_ref(), json);
                    let (status, text) = asked.await;
                    // a page sends nobody to sign in
                    let status = match (role, status) {
                        (None, StatusCode::SEE_OTHER) if !json && !entry.is_open() => {
                            StatusCode::UNAUTHORIZED
                        }
                        _ => status,
                    };
                    if let Some(what) = judged(role, allowed, entry.is_open(), status) {
                        let face = if json { "JSON" } else { "page" };
                        let text: String = text.chars().take(160).collect();
                        wrong.push(format!("{line} ({face}): {what}: {text}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{} of the table:\n{}", wrong.len(), wrong.join("\n"));
        site.open.close().await;
    }
}

/// The addresses within the house that a page leads to.
fn led_to(page: &str) -> Vec<String> {
    let links = page.split("href=\"/").skip(1);
    let links = links.filter_map(|rest| rest.split(['"', '#']).next());
    links.map(|link| format!("/{}", link.replace("&amp;", "&"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_leads_to_a_door_that_is_closed_to_its_reader() {
    for place in kit::places().await {
        let site = Site::open(&place).await;
        let planted = site.planted(&place).await;
        let at = |name: &str| &planted.iter().find(|(one, _)| *one == name).unwrap().1;
        let begin = [
            "/me".to_owned(),
            format!("/calls/{}", at("{call}")),
            format!("/contacts/{}", at("{contact}")),
            format!("/bookings/{}", at("{booking}")),
            format!("/faults/{}", at("{fault}")),
            format!("/messages/{}", at("{slip}")),
            format!("/follow-ups/{}", at("{task}")),
            format!("/directory/{}", site.boss),
        ];
        let mut closed = BTreeSet::new();
        for role in Role::ALL {
            let mut known = BTreeSet::new();
            let mut ahead: Vec<(String, String)> =
                begin.iter().map(|path| (path.clone(), String::new())).collect();
            while let Some((path, from)) = ahead.pop() {
                let pass = Some(site.pass(role, true));
                let (status, page) = site.send(pass, "get", &path, None, false).await;
                if status == StatusCode::FORBIDDEN && !from.is_empty() {
                    closed.insert(format!("{}: {from} leads to {path}", role.name()));
                }
                if status != StatusCode::OK {
                    continue;
                }
                for link in led_to(&page) {
                    // one of each kind: of /calls/17 and /calls/18?x=1 one tells enough
                    let kind = link.split('?').next().unwrap_or_default();
                    let kind: String = kind.chars().filter(|c| !c.is_ascii_digit()).collect();
                    if !link.starts_with("/assets/") && known.insert(kind) {
                        ahead.push((link, path.clone()));
                    }
                }
            }
        }
        assert!(closed.is_empty(), "{closed:#?}");
        site.open.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restricted_is_in_no_answer_a_lesser_role_gets() {
    let table = Table::read();
    for place in kit::places().await {
        let site = Site::open(&place).await;
        site.rung(&place).await;
        let noted = site.written_down(&place).await;
        let boss = site.boss.to_string();
        let reads = table
            .addresses
            .iter()
            .filter(|(line, entry)| line.starts_with("get ") && entry.only_listed.is_none());
        let mut addresses: Vec<String> =
            reads.map(|(line, entry)| entry.address(&line["get ".len()..])).collect();
        addresses.extend(table.searches.iter().map(|one| one.replace("{boss}", &boss)));
        addresses.extend(noted.iter().cloned());
        let trusted = table.roles(&["confidants".to_owned()]);
        let mut told = Vec::new();
        let mut sung = BTreeSet::new();
        for address in &addresses {
            for role in Role::ALL {
                for json in [true, false] {
                    let (_, text) = site.ask(Some(role), "get", address, None, json).await;
                    for canary in CANARIES.iter().filter(|canary| text.contains(**canary)) {
                        if trusted.contains(&role) {
                            sung.insert(address.as_str());
                        } else if !address.contains(canary) {
                            told.push(format!("{role} read {canary} at {address}"));
                        }
                    }
                }
            }
        }
        assert!(told.is_empty(), "restricted, and told:\n{}", told.join("\n"));
        // what a desk of flesh and blood has open: their own calls and cards among them
        for address in [
            "/console",
            "/console?call=52",
            "/calls/52",
            "/calls/missed",
            "/calls/outgoing",
            "/calls/plans/1",
            "/calls/plans/new?about=calls/52",
            "/messages/new?call=52",
            "/messages?box=taken",
            "/rooms/board",
            "/faults",
        ] {
            for json in [true, false] {
                let pass = Some(site.pass(Role::Operator, true));
                let (status, text) = site.send(pass, "get", address, None, json).await;
                assert_eq!(status, StatusCode::OK, "{address}");
                for canary in CANARIES.iter().filter(|canary| text.contains(**canary)) {
                    told.push(format!("an operator's desk read {canary} at {address}"));
                }
            }
        }
        assert!(told.is_empty(), "restricted, and told:\n{}", told.join("\n"));

        // the search proves something only where there is something to find
        for address in SINGING.into_iter().chain(NOTED) {
            assert!(sung.contains(address), "the canaries sing for nobody at {address}");
        }

        // nobody is found by a number they may not know, and the calls of others still are
        for asked in [
            "caller=13977712377",
            "q=13977712377",
            "caller=12377",
            "q=8977123",
            "q=%E8%AF%B7%E5%9B%9E139",
        ] {
            assert!(
                !site.found(Role::Head, asked).await.is_empty(),
                "{asked} finds nothing at all"
            );
            for role in [Role::Operator, Role::Supervisor, Role::Manager] {
                assert_eq!(site.found(role, asked).await, Vec::<i64>::new(), "{role}: {asked}");
            }
        }
        assert_eq!(site.found(Role::Operator, "caller=12399").await, [51]);
        for address in [
            "/contacts?q=13977712377",
            "/contacts?q=12377",
            "/bookings?phone=13977712377",
            "/bookings?date=2026-11-23&q=12377",
            "/faults?view=list&q=12377",
            "/work-orders?q=12377",
        ] {
            for (role, finds) in [(Role::Head, true), (Role::Operator, false)] {
                let (_, text) = site.ask(Some(role), "get", address, None, true).await;
                let found: Value = serde_json::from_str(&text).unwrap();
                let found =
                    found["items"].as_array().unwrap_or_else(|| panic!("{address}: {text}"));
                // words of orders are not all looked through
                let blind = address.starts_with("/work-orders") || address.starts_with("/faults");
                assert!(
                    found.is_empty() != finds || (finds && blind),
                    "{role} at {address}: {text}"
                );
            }
        }

        // an engineer's telephone is not led past them
        let dial = "/work-orders/W26-9001/dial";
        for (role, there) in [(Role::Engineer, false), (Role::Operator, false), (Role::Head, true)]
        {
            let pass = Some(site.pass(role, true));
            let (status, text) = site.send(pass, "get", dial, None, true).await;
            assert_eq!(status == StatusCode::SEE_OTHER, there, "{role}: {status} {text}");
        }
        for address in ["/my/jobs", "/work-orders/W26-9001"] {
            let pass = Some(site.pass(Role::Engineer, true));
            let (status, text) = site.send(pass, "get", address, None, true).await;
            assert_eq!(status, StatusCode::OK, "{address}");
            assert!(text.contains("W26-9001"), "{text}");
            for canary in CANARIES.iter().filter(|canary| text.contains(**canary)) {
                told.push(format!("an engineer read {canary} at {address}"));
            }
        }
        assert!(told.is_empty(), "restricted, and told:\n{}", told.join("\n"));

        // acts that answer with a person
        let transfer = format!("/directory/{boss}/transfer");
        let (_, text) =
            site.ask(Some(Role::Operator), "post", &transfer, Some(&json!({})), true).await;
        assert!(text.contains("8600"), "{text}");
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary}: {text}");
        }

        // the stream tells an operator nothing of the trip, and the head that something changed
        let mut streams = Vec::new();
        for role in [Role::Operator, Role::Supervisor, Role::Head] {
            let request = site.client.get(site.url("/live")).bearer_auth(&site.tokens[&role]);
            streams.push((role, request.send().await.unwrap()));
        }
        let back = site.client.delete(site.url("/shifts/absence"));
        let back = back.header("cookie", &site.boss_cookie).header("accept", "application/json");
        assert!(back.send().await.unwrap().status().is_success());
        site.leave().await;
        let mark = json!({"name": "Mark", "disclosure": "public"});
        let marked = site.write(Role::Head, "/directory", &mark).await["id"].to_string();
        for (role, mut stream) in streams {
            let mut heard = String::new();
            while !heard.contains(&format!("directory/{marked}\"")) {
                let chunk = stream.chunk().await.unwrap().unwrap();
                heard.push_str(&String::from_utf8_lossy(&chunk));
            }
            assert_eq!(heard.contains("presence_private"), role == Role::Head, "{role}: {heard}");
            assert!(!heard.contains("event: presence\n"), "{role}: {heard}");
            for canary in CANARIES {
                assert!(!heard.contains(canary), "{role} heard {canary}");
            }
        }
        site.open.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restricted_is_in_no_line_of_the_log() {
    let mut site = program::Site::new(kit::sqlite(), "");
    site.start_saying("debug").await;
    let (head, operator) = (site.token("head"), site.token("operator"));
    let client = reqwest::Client::new();
    let boss = json!({"name": "赵建国", "title": "总经理", "location": "CanaryTower",
        "extension": "8977123", "phone": "02597712377", "mobile": "13977712377",
        "email": "canary@boss.example", "note": "CanaryReason", "disclosure": "restricted"});
    let added = client.post(format!("http://{}/directory", site.web)).bearer_auth(&head);
    let added = added.header("accept", "application/json").json(&boss).send().await.unwrap();
    assert!(added.status().is_success());
    let boss = added.json::<Value>().await.unwrap()["id"].clone();
    for (token, sees) in [(&head, true), (&operator, false)] {
        for path in [
            format!("/directory/{boss}"),
            "/directory?q=zjg".to_owned(),
            "/directory?q=13977712377".to_owned(),
            "/directory?q=CanaryTower".to_owned(),
            format!("/directory/{boss}/grants?why=CanaryReason"),
        ] {
            let asked = client.get(format!("http://{}{path}", site.web)).bearer_auth(token);
            let text = asked.header("accept", "application/json").send().await.unwrap();
            let told = text.text().await.unwrap().contains("13977712377");
            assert!(!told || sees, "{path}");
        }
    }
    site.stop();
    let log = site.words();
    assert!(log.contains("the panel is open"), "{log}");
    for canary in CANARIES {
        assert!(!log.contains(canary), "{canary} is in the log: {log}");
    }
}

/// Whether somebody got a field, as the table has it.
fn holds(field: &Field, found: &Value) -> bool {
    match &field.value {
        Some(value) => found.as_str() == Some(value.as_str()),
        None => !found.is_null() && found.as_str() != Some(""),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_gets_the_fields_the_table_says() {
    let table = Table::read();
    let place = kit::sqlite();
    let site = Site::open(&place).await;
    let planted = site.planted(&place).await;
    let mut wrong = Vec::new();
    for field in &table.fields {
        let whole = table.roles(&field.whole);
        let mut address = field.at.replace("{boss}", &site.boss.to_string());
        for (name, id) in &planted {
            address = address.replace(name, id);
        }
        for role in Role::ALL {
            let (status, text) = site.ask(Some(role), "get", &address, None, true).await;
            let answer: Value = serde_json::from_str(&text).unwrap_or_default();
            let got = status.is_success()
                && answer.pointer(&field.pointer).is_some_and(|v| holds(field, v));
            if got != whole.contains(&role) {
                wrong.push(format!("{role} at {address} {}: {}", field.pointer, got));
            }
        }
    }
    assert!(!table.fields.is_empty() && wrong.is_empty(), "{}", wrong.join("\n"));
    site.open.close().await;
}
