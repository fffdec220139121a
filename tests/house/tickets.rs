//! Faults: from the report on the telephone to the signed work order in the archive.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use switchboard::db::{self, Db, Stamp, Tx};
use switchboard::editing;
use switchboard::kernel::{BusinessDay, Language, Moment, Role, StaffId};
use switchboard::tickets::neighbours::{Neighbours, There, ToPhone, Told, Whom};
use switchboard::tickets::{self, Due, Panel};
use switchboard::timers::FallsDue as _;
use switchboard::words::Said;
use tokio::sync::Mutex;

use super::desk::{Desk, json as ask_json, outbox_rooms, page, write};
use super::kit;
use super::line;

pub(crate) const MINUTE: i64 = 60_000;

/// The other rooms: who is there is what the story says, what is told is kept.
#[derive(Default)]
pub(crate) struct Town {
    there: Mutex<Vec<There>>,
    told: Mutex<Vec<Told>>,
    calls: Mutex<Vec<String>>,
    /// By which number people are called.
    pub(crate) numbers: Mutex<Vec<(StaffId, String)>>,
}

impl Town {
    /// Who is still to be called back.
    pub(crate) async fn calls(&self) -> Vec<String> {
        self.calls.lock().await.clone()
    }
}

impl Neighbours for Town {
    fn there<'a>(&'a self, _: &'a Db, _: Moment) -> BoxFuture<'a, db::Result<Vec<There>>> {
        async { Ok(self.there.lock().await.clone()) }.boxed()
    }

    fn numbers<'a>(&'a self, _: &'a Db) -> BoxFuture<'a, db::Result<Vec<(StaffId, String)>>> {
        async { Ok(self.numbers.lock().await.clone()) }.boxed()
    }

    fn tell<'t>(&'t self, _: &'t mut Tx, told: Told) -> BoxFuture<'t, db::Result<()>> {
        async move {
            self.told.lock().await.push(told);
            Ok(())
        }
        .boxed()
    }

    fn seen<'t>(&'t self, _: &'t mut Tx, _: String, _: StaffId) -> BoxFuture<'t, db::Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn ask<'t>(
        &'t self,
        _: &'t mut Tx,
        _: String,
        _: Vec<String>,
        _: Said,
        _: Role,
    ) -> BoxFuture<'t, db::Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn call_back<'t>(
        &'t self,
        _: &'t mut Tx,
        about: String,
        _: Option<StaffId>,
        _: Moment,
    ) -> BoxFuture<'t, db::Result<()>> {
        async move {
            self.calls.lock().await.push(about);
            Ok(())
        }
        .boxed()
    }

    fn phone<'t>(&'t self, _: &'t mut Tx, _: ToPhone) -> BoxFuture<'t, db::Result<bool>> {
        async { Ok(false) }.boxed()
    }

    fn phoned<'t>(&'t self, _: &'t mut Tx, _: String, _: String) -> BoxFuture<'t, db::Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn called_back<'t>(&'t self, _: &'t mut Tx, about: String) -> BoxFuture<'t, db::Result<()>> {
        async move {
            self.calls.lock().await.retain(|one| *one != about);
            Ok(())
        }
        .boxed()
    }
}

/// A desk with faults, an operator, two engineers and what they hold.
pub(crate) struct House {
    pub(crate) desk: Desk,
    pub(crate) town: Arc<Town>,
    pub(crate) faults: tickets::Desk,
    pub(crate) operator: String,
    pub(crate) liu: (StaffId, String),
    pub(crate) gao: (StaffId, String),
}

impl House {
    pub(crate) async fn open(db: &Db) -> Self {
        let town = Arc::new(Town::default());
        let day = BusinessDay {
            zone: chrono_tz::Asia::Shanghai,
            cutoff: chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap(),
        };
        let faults = tickets::Desk::new(db, day, Language::ZhCn, Arc::clone(&town) as _);
        let at = Moment::parse_rfc3339("2026-11-23T10:00:00+08:00").unwrap();
        let forms = editing::Room::new(tickets::EDITED.to_vec());
        let rooms = tickets::routes(Panel::new(&faults))
            .merge(outbox_rooms(db, at).await)
            .merge(editing::routes(forms));
        let desk = Desk::with_at(db, at, rooms);
        desk.person("李红", "operator").await;
        desk.person("刘洋", "engineer").await;
        let operator = desk.sign_in("operator").await;
        let liu = desk.sign_in("engineer").await;
        let id = desk.ask(ask_json("/me").header(header::COOKIE, &liu)).await.json()["id"]
            .as_i64()
            .unwrap();
        let gao = line::person(db, "gao", "高峰").await;
        make_engineer(db, gao).await;
        let gao_cookie = String::new();
        let house =
            Self { desk, town, faults, operator, liu: (StaffId(id), liu), gao: (gao, gao_cookie) };
        house.there(&[house.liu.0, gao]).await;
        house
    }

    pub(crate) async fn there(&self, on: &[StaffId]) {
        let there =
            on.iter().map(|&staff| There { staff, on_duty: true, away: false, on_call: None });
        self.is_there(there.collect()).await;
    }

    /// The same with all that there is to say of them.
    pub(crate) async fn is_there(&self, there: Vec<There>) {
        *self.town.there.lock().await = there;
    }

    pub(crate) async fn post(
        &self,
        cookie: &str,
        address: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let request = ask_json(address)
            .method("POST")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/json");
        let answer = self.desk.ask_with(request, body.to_string()).await;
        (answer.status, answer.json())
    }

    pub(crate) async fn say(&self, address: &str, body: Value) -> (StatusCode, Value) {
        self.post(&self.operator, address, body).await
    }

    pub(crate) async fn get(&self, cookie: &str, address: &str) -> Value {
        let answer = self.desk.ask(ask_json(address).header(header::COOKIE, cookie)).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.body);
        answer.json()
    }

    /// Reports a fault and takes it.
    pub(crate) async fn fault(&self, more: Value) -> String {
        let mut body = json!({
            "caller_number": "13800001234", "caller_name": "王建国", "company": "恒信物流",
            "place": "河西园 B 座 12 层", "serial": "UPS-7", "symptom": "UPS 红灯报警",
            "impact": 1, "urgency": 1, "plan": "派人换电池", "promised_at": "2026-11-23T08:00:00.000Z", "accept": true,
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, fault) = self.say("/faults", body).await;
        assert_eq!(status, StatusCode::OK, "{fault}");
        fault["no"].as_str().unwrap().to_owned()
    }

    /// Sends 刘洋; gives the order's number.
    pub(crate) async fn sent(&self, fault: &str) -> String {
        let body = json!({ "lead": self.liu.0, "tasks": "换电池" });
        let (status, order) = self.say(&format!("/faults/{fault}/work-orders"), body).await;
        assert_eq!(status, StatusCode::OK, "{order}");
        order["no"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn act(&self, order: &str, verb: &str, body: Value) -> (StatusCode, Value) {
        self.post(&self.liu.1, &format!("/work-orders/{order}/acts/{verb}"), body).await
    }

    pub(crate) async fn picture(&self, order: &str, kind: &str) -> StatusCode {
        let address = format!("/work-orders/{order}/pictures?kind={kind}&op_id={order}-{kind}");
        let request = ask_json(&address)
            .method("POST")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &self.liu.1)
            .header(header::CONTENT_TYPE, "image/png");
        let png = [&b"\x89PNG\r\n\x1a\n"[..], &[0; 60]].concat();
        self.desk.ask_with(request, png).await.status
    }

    /// Lets everything fall due up to so many minutes after ten.
    pub(crate) async fn pass(&self, minutes: i64) {
        let begun = Moment::parse_rfc3339("2026-11-23T10:00:00+08:00").unwrap();
        let now = begun.plus_millis(minutes * MINUTE);
        let (due, db) = (Due::new(&self.faults), &self.desk.kit.db);
        while let Some(at) = due.next_due(db).await.unwrap().filter(|at| *at <= now) {
            self.desk.clock.set(at.max(self.desk.clock.now()));
            due.fall_due(db, at.max(self.desk.clock.now()), at).await.unwrap();
        }
        assert!(self.desk.clock.set(now));
    }

    pub(crate) async fn state(&self, fault: &str) -> String {
        self.get(&self.operator, &format!("/faults/{fault}")).await["state"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The words of the journal about a record, in order.
    pub(crate) async fn journal_of(&self, subject: &str) -> Vec<String> {
        const LINES: db::Sql =
            db::Sql::both("SELECT change FROM journal WHERE subject = $1 ORDER BY seq");
        self.desk.kit.db.read(LINES).bind(subject).values().await.unwrap()
    }

    pub(crate) async fn told(&self, event: &str) -> Vec<Told> {
        self.town.told.lock().await.iter().filter(|told| told.event == event).cloned().collect()
    }
}

async fn make_engineer(db: &Db, id: StaffId) {
    let make = db::Sql::both("UPDATE staff SET roles = 'engineer' WHERE id = $1");
    db.write(Stamp { now: Moment::from_millis(0), by: None }, move |tx| {
        Box::pin(async move { tx.keep(make).bind(id).run().await })
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_fault_has_two_exits_and_each_wants_its_words() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let no = house.fault(json!({ "plan": null, "promised_at": null })).await;
        assert_eq!(no, "F26-0001");
        let (status, said) =
            house.say(&format!("/faults/{no}/solution"), json!({ "solution": " " })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(said["fields"]["solution"], "请写明是怎么解决的。");
        let send = json!({ "lead": house.liu.0 });
        let (status, said) = house.say(&format!("/faults/{no}/work-orders"), send.clone()).await;
        assert_eq!(
            (status, &said["fields"]["plan"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("派工前请写好处理方案。"))
        );
        let (status, solved) =
            house.say(&format!("/faults/{no}/solution"), json!({ "solution": "重启路由器" })).await;
        assert_eq!((status, &solved["state"]), (StatusCode::OK, &json!("resolved")));
        assert_eq!(*house.town.calls.lock().await, [format!("faults/{no}")], "somebody calls back");
        let (status, said) = house.say(&format!("/faults/{no}/closing"), json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "the customer was asked: {said}");
        assert!(said["fields"]["satisfaction"].as_str().unwrap().contains("评价"), "{said}");
        let (status, closed) =
            house.say(&format!("/faults/{no}/closing"), json!({ "satisfaction": 5 })).await;
        assert_eq!((status, &closed["state"]), (StatusCode::OK, &json!("closed")));
        assert!(house.town.calls.lock().await.is_empty());
        let (status, again) =
            house.say(&format!("/faults/{no}/reopening"), json!({ "text": "又断了" })).await;
        assert_eq!(
            (status, &again["state"], &again["reopened"]),
            (StatusCode::OK, &json!("reopened"), &json!(1))
        );
        let (status, _) =
            house.say(&format!("/faults/{no}/solution"), json!({ "solution": "x" })).await;
        assert_eq!(status, StatusCode::CONFLICT, "it must be taken again first");
        assert_eq!(house.fault(json!({})).await, "F26-0002");
    }
}

#[tokio::test]
async fn an_engineer_goes_mends_it_has_it_signed_and_the_archive_is_read_only() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        assert_eq!(order, "W26-0001");
        assert_eq!(house.state(&fault).await, "dispatched");
        let offer = &house.told("offered").await[0];
        assert_eq!(
            (&offer.whom, offer.answer, offer.urgent),
            (&Whom::People(vec![house.liu.0]), true, true)
        );
        for language in [Language::ZhCn, Language::En] {
            let text = offer.text.to(language);
            assert!(!text.contains("13800001234"), "no number leaves the house");
        }
        assert_eq!(
            house.act(&order, "depart", json!({})).await.0,
            StatusCode::CONFLICT,
            "first a yes"
        );
        for (verb, state) in [("accept", "acked"), ("depart", "en_route"), ("arrive", "on_site")] {
            let (status, now) = house.act(&order, verb, json!({})).await;
            assert_eq!((status, &now["state"]), (StatusCode::OK, &json!(state)), "{verb}");
        }
        assert_eq!(house.state(&fault).await, "in_progress");
        assert_eq!(
            house.act(&order, "finish", json!({})).await.0,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let work = json!({ "work_done": "更换电池组", "parts": "电池 4 节", "readings": "54.1 V", "fee": "120.50" });
        let (status, done) = house.act(&order, "finish", work).await;
        assert_eq!(
            (status, &done["state"], &done["fee_fen"]),
            (StatusCode::OK, &json!("done"), &json!(12_050))
        );
        let solved = house.get(&house.operator, &format!("/faults/{fault}")).await;
        assert_eq!(
            (&solved["state"], &solved["solution"]),
            (&json!("resolved"), &json!("更换电池组"))
        );
        let unsigned = house.act(&order, "sign", json!({ "customer": "王建国" })).await;
        assert_eq!(unsigned.0, StatusCode::UNPROCESSABLE_ENTITY, "a name is no signature");
        assert_eq!(house.picture(&order, "signature").await, StatusCode::OK);
        let (status, signed) =
            house.act(&order, "sign", json!({ "customer": "王建国", "satisfaction": 5 })).await;
        assert_eq!((status, &signed["state"]), (StatusCode::OK, &json!("signed")));
        let file = format!("/work-orders/{order}/acts/archive");
        assert_eq!(house.post(&house.liu.1, &file, json!({})).await.0, StatusCode::FORBIDDEN);
        assert_eq!(house.say(&file, json!({})).await.1["state"], "archived");
        assert_eq!(house.picture(&order, "photo").await, StatusCode::CONFLICT);
        let edit =
            db::Sql::both("UPDATE work_orders SET work_done = 'other' WHERE no = 'W26-0001'");
        let refused = fresh.db.write(house.desk.stamp(), move |tx| {
            Box::pin(async move { tx.keep(edit).run().await })
        });
        assert!(refused.await.unwrap_err().is_refusal("work_order_archived"));
        for words in ["UPS-7", "恒信", "电池组", "W26-0001", "ＵＰＳ－７", "ｗ２６－０００１"]
        {
            let found =
                house.get(&house.operator, &format!("/work-orders?q={}", encoded(words))).await;
            assert_eq!(found["items"][0]["no"], order.as_str(), "by {words}");
        }
        let found =
            house.get(&house.operator, &format!("/work-orders?engineer={}", house.gao.0)).await;
        assert_eq!(found["items"], json!([]));
        let print = house
            .desk
            .ask(
                page(&format!("/work-orders/{order}/print?paper=a5"))
                    .header(header::COOKIE, &house.operator),
            )
            .await;
        assert!(print.body.contains("存根 · 客户 · 财务") && print.body.contains("更换电池组"));
        // what the customer said on site is seen, stands in the form of the call back, and is not lost
        for (at, said) in [
            (format!("/work-orders/{order}"), "<dd>非常满意</dd>"),
            (format!("/faults/{fault}"), "value=\"5\" checked"),
        ] {
            let asked = page(&at).header(header::COOKIE, &house.operator);
            let body = house.desk.ask(asked).await.body;
            assert!(body.contains(said), "{at}: {body}");
        }
        let (status, closed) = house.say(&format!("/faults/{fault}/closing"), json!({})).await;
        assert_eq!((status, &closed["satisfaction"]), (StatusCode::OK, &json!(5)), "{closed}");
    }
}

pub(crate) fn encoded(text: &str) -> String {
    percent_encoding::percent_encode(text.as_bytes(), percent_encoding::NON_ALPHANUMERIC)
        .to_string()
}

#[tokio::test]
async fn the_store_refuses_every_move_that_is_not_in_the_table() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        for illegal in [
            "UPDATE tickets SET state = 'closed', solution = 'x' WHERE no = 'F26-0001'",
            "UPDATE tickets SET state = 'in_progress' WHERE no = 'F26-0001'",
            "UPDATE tickets SET state = 'new' WHERE no = 'F26-0001'",
        ] {
            let sql = db::Sql::both(illegal);
            let refused = fresh.db.write(house.desk.stamp(), move |tx| {
                Box::pin(async move { tx.keep(sql).run().await })
            });
            assert!(refused.await.unwrap_err().is_refusal("ticket_move"), "{illegal}");
        }
        assert_eq!(house.state(&fault).await, "accepted");
    }
}

#[tokio::test]
async fn silence_passes_the_order_on_and_then_the_head_is_told() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        house.pass(2).await;
        assert_eq!(house.told("offered").await.len(), 1);
        house.pass(3).await;
        let second = &house.told("offered").await[1];
        assert_eq!(second.whom, Whom::People(vec![house.gao.0]), "three minutes, then the next");
        let passed = &house.told("passed_on").await[0];
        assert_eq!((&passed.whom, passed.stands), (&Whom::People(vec![house.liu.0]), true));
        let said = passed.title.to(Language::ZhCn);
        assert!(said.contains(&order) && said.contains("高峰"), "who is asked now: {said}");
        let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
        assert_eq!((&now["state"], &now["crew"][0]["name"]), (&json!("issued"), &json!("高峰")));
        house.pass(6).await;
        let head = &house.told("nobody").await[0];
        assert_eq!(head.whom, Whom::Role(Role::Head));
        let passed = &house.told("passed_on").await[1];
        assert_eq!(passed.whom, Whom::People(vec![house.gao.0]));
        assert!(passed.title.to(Language::En).contains("back at the desk"));
        let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
        assert_eq!((&now["state"], &now["crew"]), (&json!("draft"), &json!([])));
        let offers: Vec<&str> = now["offers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["state"].as_str().unwrap())
            .collect();
        assert_eq!(offers, ["silent", "silent"]);
        // what happened says whom
        let whom = now["events"].as_array().unwrap().iter().map(|one| one["text"].as_str());
        let whom: Vec<&str> = whom.map(Option::unwrap).collect();
        assert_eq!(whom, ["刘洋", "刘洋", "高峰", "高峰"], "{now}");
        // nobody is there at all: said at once, and nobody is proposed
        house.there(&[]).await;
        let page = house.get(&house.operator, &format!("/faults/{fault}")).await;
        assert_eq!(page["nobody"], true);
        assert!(page["proposals"].as_array().unwrap().iter().all(|one| one["eligible"] == false));
    }
}

#[tokio::test]
async fn two_dispatchers_confirm_two_engineers_and_one_goes() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let (_, draft) = house.say(&format!("/faults/{fault}/work-orders"), json!({})).await;
        let (order, version) = (draft["no"].as_str().unwrap(), &draft["version"]);
        let address = format!("/work-orders/{order}/issue");
        let send = |who: StaffId| house.say(&address, json!({ "version": version, "lead": who }));
        let (first, second) = tokio::join!(send(house.liu.0), send(house.gao.0));
        let mut statuses = [first.0, second.0];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
        let lost = if first.0 == StatusCode::OK { &second.1 } else { &first.1 };
        assert_eq!(lost["current"]["state"], "issued", "the other is shown who goes");
        assert_eq!(house.told("offered").await.len(), 1);
    }
}

#[tokio::test]
async fn acts_told_later_count_from_when_they_were_done_and_what_came_too_late_is_a_note() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        let tell = |verb: &str, op: &str, at: &str, details: Value| {
            let body =
                json!({ "op_id": op, "no": order, "verb": verb, "at": at, "details": details });
            house.post(&house.liu.1, "/my/jobs/acts", body)
        };
        assert!(house.desk.clock.set(house.desk.clock.now().plus_millis(90 * MINUTE)));
        let (_, told) = tell("accept", "a1", "2026-11-23T02:01:00.000Z", json!({})).await;
        assert_eq!((&told["applied"], &told["state"]), (&json!(true), &json!("acked")));
        // what somebody else did on this telephone is not told as what its reader did
        let others = json!({ "op_id": "a0", "no": order, "verb": "depart", "at": "2026-11-23T02:02:00.000Z", "by": house.gao.0 });
        let (status, said) = house.post(&house.liu.1, "/my/jobs/acts", others).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{said}");
        let (_, twice) = tell("accept", "a1", "2026-11-23T02:01:00.000Z", json!({})).await;
        assert_eq!(
            (&twice["applied"], &twice["state"]),
            (&json!(true), &json!("acked")),
            "told twice, done once"
        );
        // two tabs of one telephone tell it at the same moment
        let depart = || tell("depart", "a2", "2026-11-23T02:30:00.000Z", json!({}));
        let (here, there) = tokio::join!(depart(), depart());
        assert_eq!((&here.1["applied"], &there.1["applied"]), (&json!(true), &json!(true)));
        for (op, verb) in [("a2", "depart"), ("a3", "arrive")] {
            assert_eq!(
                tell(verb, op, "2026-11-23T02:30:00.000Z", json!({})).await.1["applied"],
                true
            );
        }
        let seen = house.get(&house.operator, &format!("/work-orders/{order}")).await;
        assert_eq!(
            seen["arrived_at"], "2026-11-23T02:30:00.000Z",
            "when it was done, not when it was heard"
        );
        assert_eq!(seen["events"].as_array().unwrap().len(), 4);
        // withdrawn meanwhile: what the engineer did is kept for both to see
        let other = house.fault(json!({})).await;
        let second = house.sent(&other).await;
        let recall = format!("/work-orders/{second}/acts/recall");
        assert_eq!(house.say(&recall, json!({ "reason": "客户自己好了" })).await.0, StatusCode::OK);
        assert_eq!(
            house.told("recalled").await[0].whom,
            Whom::People(vec![house.liu.0]),
            "the engineer hears of it"
        );
        let body = json!({ "op_id": "b1", "no": second, "verb": "accept", "at": "2026-11-23T03:00:00.000Z" });
        let (status, late) = house.post(&house.liu.1, "/my/jobs/acts", body).await;
        assert_eq!((status, &late["applied"]), (StatusCode::OK, &json!(false)));
        let said = late["said"].as_str().unwrap();
        for one in ["已撤回", "李红", "客户自己好了", "接单"] {
            assert!(said.contains(one), "who, why and what was not applied: {said}");
        }
        assert!(!said.contains("离线"), "he may have been on line: {said}");
        let desk = house
            .desk
            .ask(page(&format!("/faults/{other}")).header(header::COOKIE, &house.operator))
            .await;
        assert!(desk.body.contains("离线操作未应用"), "and so does the desk");
    }
}

#[tokio::test]
async fn waiting_pauses_the_solution_clock_and_ends_by_itself() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let left = async |metric: &str| {
            let seen = house.get(&house.operator, &format!("/faults/{fault}")).await;
            let clocks = seen["clocks"].as_array().unwrap().clone();
            clocks.into_iter().find(|one| one["metric"] == metric).unwrap()
        };
        assert_eq!(left("respond").await["state"], "stopped");
        house.pass(30).await;
        let before = left("resolve").await["elapsed_ms"].as_i64().unwrap();
        assert_eq!(before, 30 * MINUTE);
        let past = json!({ "why": "customer", "until_at": "2026-11-23T01:00:00.000Z" });
        let address = format!("/faults/{fault}/waiting");
        assert_eq!(house.say(&address, past).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let wait =
            json!({ "why": "customer", "until_at": "2026-11-23T03:30:00.000Z", "text": "等钥匙" });
        assert_eq!(house.say(&address, wait).await.1["state"], "waiting");
        house.pass(80).await;
        assert_eq!(left("resolve").await["elapsed_ms"].as_i64().unwrap(), before, "it stands");
        assert_eq!(left("resolve").await["state"], "paused");
        house.pass(100).await;
        assert_eq!(house.state(&fault).await, "accepted", "at half past eleven it goes on");
        assert_eq!(left("resolve").await["elapsed_ms"].as_i64().unwrap(), before + 10 * MINUTE);
    }
}

#[tokio::test]
async fn a_goal_warns_once_and_is_missed_once_and_a_new_goal_counts_from_the_beginning() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({ "accept": false })).await;
        house.pass(11).await;
        assert_eq!(house.told("warned").await.len(), 0);
        house.pass(12).await;
        assert_eq!(house.told("warned").await.len(), 1, "three quarters of fifteen minutes");
        house.pass(40).await;
        let missed = house.told("missed").await;
        assert_eq!((missed.len(), house.told("warned").await.len()), (1, 1), "each once");
        assert!(missed[0].title.to(Language::ZhCn).contains("响应超时"));
        let seen = house.get(&house.operator, "/faults").await;
        assert_eq!(seen["missed"], 1);
        // edited to be less urgent: the clock is read by the other goal, from its beginning
        let page = house.get(&house.operator, &format!("/faults/{fault}")).await;
        let edit = json!({ "version": page["version"], "symptom": "UPS 红灯报警", "impact": 3, "urgency": 3 });
        let (status, edited) = house.say(&format!("/faults/{fault}"), edit).await;
        assert_eq!((status, &edited["priority"]), (StatusCode::OK, &json!(4)), "{edited}");
        let respond = edited["clocks"].as_array().unwrap()[0].clone();
        assert_eq!(
            (&respond["goal_ms"], &respond["elapsed_ms"], &respond["missed"]),
            (&json!(240 * MINUTE), &json!(40 * MINUTE), &json!(false))
        );
        let stale =
            json!({ "version": page["version"], "symptom": "y", "impact": 1, "urgency": 1 });
        assert_eq!(house.say(&format!("/faults/{fault}"), stale).await.0, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn the_same_caller_site_or_device_shows_its_open_fault_first_and_duplicates_leave_a_trace() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let first = house.fault(json!({})).await;
        let form = house.get(&house.operator, "/faults/new?number=013800001234").await;
        assert_eq!(form["alike"][0]["no"], first.as_str(), "by the number in any spelling");
        assert_eq!(form["alike"][0]["plan"], "派人换电池");
        let form = house.get(&house.operator, "/faults/new?serial=UPS-7").await;
        assert_eq!(form["alike"][0]["no"], first.as_str(), "by the device");
        let second = house.fault(json!({ "caller_number": "13900000000" })).await;
        let same = json!({ "of": first });
        let (status, merged) = house.say(&format!("/faults/{second}/duplicate"), same).await;
        assert_eq!((status, &merged["duplicate_of"]), (StatusCode::OK, &json!(first)));
        let (status, _) =
            house.say(&format!("/faults/{first}/duplicate"), json!({ "of": first })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let report = house.get(&house.operator, "/reports/faults").await;
        assert_eq!((&report["came"], &report["left_out"]), (&json!(1), &json!([[second, first]])));
        // one that is solved stands behind one that is not, however new it is
        let solved = house.fault(json!({})).await;
        house.say(&format!("/faults/{solved}/solution"), json!({ "solution": "重启" })).await;
        let form = house.get(&house.operator, "/faults/new?number=013800001234").await;
        let listed = form["alike"].as_array().unwrap().iter().map(|one| one["no"].clone());
        assert_eq!(listed.take(2).collect::<Vec<_>>(), [json!(first), json!(solved)]);
    }
}

#[tokio::test]
async fn a_summary_that_was_handed_in_is_the_same_next_month() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        house.say(&format!("/faults/{fault}/solution"), json!({ "solution": "重启" })).await;
        house.fault(json!({ "symptom": "打印机卡纸" })).await;
        let (status, given) =
            house.say("/reports/faults", json!({ "date": "2026-11-23", "remarks": "正常" })).await;
        assert_eq!(status, StatusCode::OK, "{given}");
        assert_eq!(
            (&given["came"], &given["solved"], &given["first_call"], &given["open"]),
            (&json!(2), &json!(1), &json!(1), &json!(1))
        );
        assert_eq!(given["repeats"][0]["number"], 2, "the same device twice");
        house.fault(json!({})).await;
        house.pass(40 * 24 * 60).await;
        let operator = house.desk.sign_in("operator").await;
        let month = house.get(&operator, "/reports/faults?date=2026-11-23").await;
        assert_eq!((&month["came"], &month["remarks"]), (&json!(2), &json!("正常")));
        let again = house.post(&operator, "/reports/faults", json!({ "date": "2026-11-23" })).await;
        assert_eq!(again.0, StatusCode::CONFLICT);
        house.desk.person("陈总", "head").await;
        let head = house.desk.sign_in("head").await;
        let read = json!({ "date": "2026-11-23", "answer": "已阅" });
        assert_eq!(
            house.post(&head, "/reports/faults/reading", read.clone()).await.0,
            StatusCode::OK
        );
        assert_eq!(
            house.post(&head, "/reports/faults/reading", read).await.0,
            StatusCode::CONFLICT
        );
        let sheet = house
            .desk
            .ask(page("/reports/faults/table.csv?date=2026-11-23").header(header::COOKIE, &head))
            .await;
        assert!(sheet.body.starts_with('\u{feff}') && sheet.body.contains("打印机卡纸"));
        let change = db::Sql::both("UPDATE fault_reports SET figures = '{}'");
        let refused = fresh.db.write(house.desk.stamp(), move |tx| {
            Box::pin(async move { tx.keep(change).run().await })
        });
        assert!(refused.await.unwrap_err().is_refusal("fault_reports_frozen"));
    }
}

#[tokio::test]
async fn an_engineer_sees_own_orders_and_no_number_but_through_the_dial_button() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        let jobs = house.desk.ask(page("/my/jobs").header(header::COOKIE, &house.liu.1)).await;
        assert!(jobs.body.contains("UPS 红灯报警") && jobs.body.contains("接单"));
        assert!(!jobs.body.contains("13800001234"), "hidden behind the dial button");
        let dial = house
            .desk
            .ask(page(&format!("/work-orders/{order}/dial")).header(header::COOKIE, &house.liu.1))
            .await;
        assert_eq!(
            (dial.status, dial.header("location")),
            (StatusCode::SEE_OTHER, "tel:+8613800001234")
        );
        let board = house.desk.ask(ask_json("/faults").header(header::COOKIE, &house.liu.1)).await;
        assert_eq!(board.status, StatusCode::FORBIDDEN);
        let token = house.desk.token("operator").await;
        let accepted = house
            .desk
            .ask(write(&format!("/work-orders/{order}/acts/accept"), &token, &json!({})))
            .await;
        assert_eq!(
            accepted.status,
            StatusCode::OK,
            "the desk may, when he says so on the telephone"
        );
        for beat in ["the first", "the next, of which nobody need be told"] {
            let heard = house.post(&house.liu.1, "/my/heartbeat", json!({})).await;
            assert_eq!(heard.0, StatusCode::OK, "{beat}");
        }
        house.pass(12).await;
        let seen = house.get(&house.operator, "/faults").await;
        let chip = seen["engineers"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == "刘洋")
            .unwrap()
            .clone();
        assert!(chip["offline_ms"].as_i64().unwrap() > 90_000, "{chip}");
    }
}

#[tokio::test]
async fn fifty_faults_at_once_have_fifty_numbers_without_a_gap() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let all = futures_util::future::join_all((0..50).map(|_| house.fault(json!({})))).await;
        let mut numbers = all;
        numbers.sort();
        let expected: Vec<String> = (1..=50).map(|n| format!("F26-{n:04}")).collect();
        assert_eq!(numbers, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_works_without_a_network_and_everything_arrives_afterwards() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, switchboard::bus::Bus::new()).await.unwrap();
    let house = House::open(&db).await;
    let fault = house.fault(json!({})).await;
    let order = house.sent(&fault).await;
    let taken_back_fault = house.fault(json!({})).await;
    let taken_back = house.sent(&taken_back_fault).await;
    let undone_fault = house.fault(json!({})).await;
    let undone = house.sent(&undone_fault).await;
    let drafted_fault = house.fault(json!({})).await;
    let drafted = house.sent(&drafted_fault).await;
    house.desk.somebody("高工", "gaogong", "engineer").await;
    let other = house.desk.sign_in("gaogong").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let rooms = house.desk.rooms.clone();
    #[expect(clippy::disallowed_methods, reason = "it lives as long as its story")]
    tokio::spawn(async move { axum::serve(listener, rooms).await });
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let mut node = std::process::Command::new("node");
    node.args([
        "--test",
        "--test-reporter=spec",
        "--test-force-exit",
        "--test-timeout=200000",
        "jobs.test.mjs",
    ])
    .env("PANEL", format!("http://127.0.0.1:{}", addr.port()))
    .env("SESSION", house.liu.1.split_once('=').unwrap().1)
    .env("DESK", house.operator.split_once('=').unwrap().1)
    .env("ORDER", &order)
    .env("FAULT", &fault)
    .env("TAKEN_BACK", &taken_back)
    .env("TAKEN_BACK_FAULT", &taken_back_fault)
    .env("UNDONE", &undone)
    .env("DRAFTED", &drafted)
    .env("OTHER", other.split_once('=').unwrap().1)
    .current_dir(&folder);
    let done = tokio::task::spawn_blocking(move || node.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
    assert_eq!((&now["state"], &now["customer"]), (&json!("signed"), &json!("王建国")));
    assert_eq!(now["work_done"], "更换电池组");
    let kinds: Vec<&str> = now["pictures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"signature") && kinds.contains(&"photo"), "{kinds:?}");
    let bytes = db::Sql::both(
        "SELECT CAST(length(bytes) AS bigint) FROM work_order_pictures WHERE kind = 'photo'",
    );
    let bytes: i64 = db.read(bytes).value().await.unwrap();
    assert!((10_000..=240 * 1024).contains(&bytes), "nine million bytes were shrunk to {bytes}");
    let applied = now["events"].as_array().unwrap().iter().all(|event| event["applied"] == true);
    assert!(applied && now["events"].as_array().unwrap().len() == 6, "each act once");
    assert_eq!(house.state(&fault).await, "resolved");
}
