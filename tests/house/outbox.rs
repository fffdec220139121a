//! What goes out of the house: to real receivers, once each, in order, and what happens when they are down,
//! slow, or full.

use axum::http::{StatusCode, header};
use mailparse::MailHeaderMap as _;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hmac;
use serde_json::json;
use switchboard::clock::Clock;
use switchboard::config::{Robot as Config, RobotKind, Smtp, SmtpTls};
use switchboard::db::{Db, Stamp};
use switchboard::kernel::{Moment, Role, Roles, Secret, StaffId};
use switchboard::outbox::{
    Channel, Letter, NewMessage, Post, Routes, Senders, State, Way, Worker, dingtalk_signature,
    feishu_signature, store, webhook_signature,
};
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, json as ask_json, page};
use super::kit;
use super::line;
use super::listener;
use super::receivers::{Robot, Telephone, relay};
use super::registrar::soon;

pub(crate) fn noon() -> Moment {
    Moment::parse_rfc3339("2026-11-23T12:00:00+08:00").unwrap()
}

pub(crate) fn robot(name: &str, kind: RobotKind, url: &str) -> Config {
    Config {
        name: name.to_owned(),
        kind,
        url: Secret::new(url.to_owned()),
        secret: Secret::new("SECdemo0123456789".to_owned()),
        per_minute: 20,
        roles: vec![],
        cards: true,
        quiet: None,
    }
}

pub(crate) fn message(channel: Channel, target: &str, number: usize) -> NewMessage {
    NewMessage {
        about: format!("work-orders/W26-{number:04}"),
        event: "offered".to_owned(),
        to: None,
        way: Way { channel, target: target.to_owned() },
        instead: vec![],
        title: format!("派工单 W26-{number:04}"),
        body: "核心交换机不通\n要求到场 15:30".to_owned(),
        link: Some("http://desk.example/a/7Kd".to_owned()),
        button: None,
        mention: Some("13800001111".to_owned()),
        urgent: false,
        not_before: noon(),
    }
}

pub(crate) async fn put(db: &Db, messages: Vec<NewMessage>) -> Vec<i64> {
    let put = db.write(Stamp { now: noon(), by: None }, move |tx| {
        let messages = messages.clone();
        Box::pin(async move {
            let mut ids = Vec::new();
            for message in &messages {
                ids.push(store::put(tx, message).await?);
            }
            Ok(ids)
        })
    });
    put.await.unwrap()
}

pub(crate) async fn worker(
    db: &Db,
    clock: &Clock,
    robots: &[Config],
    smtp: Option<&Smtp>,
) -> Worker {
    let senders =
        Senders::new(db, noon(), robots, smtp, None, "http://desk.example").await.unwrap();
    Worker::new(db, clock, &senders)
}

pub(crate) async fn states(db: &Db, ids: &[i64]) -> Vec<State> {
    let mut states = Vec::new();
    for &id in ids {
        states.push(store::one(db, id).await.unwrap().unwrap().state);
    }
    states
}

#[tokio::test]
async fn each_robot_gets_its_own_format_and_its_own_signature() {
    let fine = &[(200, None, r#"{"errcode":0,"code":0}"#)];
    for fresh in kit::stores().await {
        let kinds = [RobotKind::Wecom, RobotKind::Dingtalk, RobotKind::Feishu, RobotKind::Webhook];
        let channels = [Channel::Wecom, Channel::Dingtalk, Channel::Feishu, Channel::Webhook];
        let (mut robots, mut posts, mut messages) = (vec![], vec![], vec![]);
        for (at, (kind, channel)) in kinds.into_iter().zip(channels).enumerate() {
            let (taker, posted) = Robot::open(fine).await;
            robots.push(robot(&format!("r{at}"), kind, &taker.url));
            posts.push(posted);
            messages.push(message(channel, &format!("r{at}"), at));
        }
        let ids = put(&fresh.db, messages).await;
        let clock = Clock::manual(noon());
        assert_eq!(worker(&fresh.db, &clock, &robots, None).await.round().await.unwrap(), None);
        assert_eq!(states(&fresh.db, &ids).await, [State::Sent; 4]);

        let wecom = posts[0].try_recv().unwrap().json();
        assert_eq!(wecom["msgtype"], "text");
        assert_eq!(wecom["text"]["mentioned_mobile_list"], json!(["13800001111"]));
        let text = "派工单 W26-0000\n核心交换机不通\n要求到场 15:30\nhttp://desk.example/a/7Kd";
        assert_eq!(wecom["text"]["content"], text);

        let dingtalk = posts[1].try_recv().unwrap();
        let at = noon().millis();
        let query = dingtalk.uri.query().unwrap();
        assert!(query.starts_with(&format!("key=k1&timestamp={at}&sign=")), "{query}");
        let sign = query.rsplit("sign=").next().unwrap();
        let plain = sign.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        assert_eq!(plain, dingtalk_signature("SECdemo0123456789", at));
        assert_eq!(dingtalk.json()["msgtype"], "markdown");
        assert_eq!(dingtalk.json()["at"]["atMobiles"], json!(["13800001111"]));
        assert!(dingtalk.json()["markdown"]["text"].as_str().unwrap().ends_with("@13800001111"));

        let feishu = posts[2].try_recv().unwrap().json();
        assert_eq!(feishu["timestamp"], (at / 1000).to_string());
        assert_eq!(feishu["sign"], feishu_signature("SECdemo0123456789", at / 1000));
        assert_eq!(feishu["msg_type"], "text");

        let webhook = posts[3].try_recv().unwrap();
        let signed = webhook_signature("SECdemo0123456789", &webhook.body);
        assert_eq!(webhook.headers["x-signature"], signed);
        assert_eq!(webhook.headers["idempotency-key"], format!("outbox-{}", ids[3]));
        assert_eq!(webhook.json()["about"], "work-orders/W26-0003");
    }
}

#[tokio::test]
async fn what_asks_for_an_answer_is_a_card_with_a_button_and_text_where_a_group_takes_none() {
    let fine = &[(200, None, r#"{"errcode":0,"code":0}"#)];
    let wants = |channel, target: &str, number, mention: Option<&str>| NewMessage {
        button: Some("接单".to_owned()),
        mention: mention.map(str::to_owned),
        ..message(channel, target, number)
    };
    for fresh in kit::stores().await {
        let kinds = [RobotKind::Wecom, RobotKind::Dingtalk, RobotKind::Feishu];
        let channels = [Channel::Wecom, Channel::Dingtalk, Channel::Feishu];
        let (mut robots, mut posts, mut messages) = (vec![], vec![], vec![]);
        for (at, (kind, channel)) in kinds.into_iter().zip(channels).enumerate() {
            let (taker, posted) = Robot::open(fine).await;
            robots.push(robot(&format!("r{at}"), kind, &taker.url));
            posts.push(posted);
            messages.push(wants(channel, &format!("r{at}"), at, None));
        }
        let clock = Clock::manual(noon());
        let first = put(&fresh.db, messages).await;
        worker(&fresh.db, &clock, &robots, None).await.round().await.unwrap();
        assert_eq!(states(&fresh.db, &first).await, [State::Sent; 3]);
        let link = "http://desk.example/a/7Kd";
        let at = noon().millis();

        let wecom = posts[0].try_recv().unwrap().json();
        assert_eq!(wecom["msgtype"], "template_card");
        let card = &wecom["template_card"];
        assert_eq!(
            card,
            &json!({
                "card_type": "text_notice", "main_title": { "title": "派工单 W26-0000" },
                "sub_title_text": "核心交换机不通\n要求到场 15:30",
                "jump_list": [{ "type": 1, "title": "接单", "url": link }],
                "card_action": { "type": 1, "url": link },
            })
        );

        let dingtalk = posts[1].try_recv().unwrap();
        let sign = dingtalk.uri.query().unwrap().rsplit("sign=").next().unwrap();
        let plain = sign.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        assert_eq!(plain, dingtalk_signature("SECdemo0123456789", at), "a card is signed too");
        let card = dingtalk.json();
        assert_eq!(card["msgtype"], "actionCard");
        let text = card["actionCard"]["text"].as_str().unwrap();
        assert_eq!(text, "### 派工单 W26-0001\n\n核心交换机不通\n\n要求到场 15:30");
        let buttons = json!([{ "title": "接单", "actionURL": link }]);
        assert_eq!(card["actionCard"]["btns"], buttons);

        let feishu = posts[2].try_recv().unwrap().json();
        assert_eq!(feishu["sign"], feishu_signature("SECdemo0123456789", at / 1000));
        assert_eq!(feishu["msg_type"], "interactive");
        assert_eq!(feishu["card"]["header"]["title"]["content"], "派工单 W26-0002");
        let press = &feishu["card"]["elements"][1]["actions"][0];
        assert_eq!((&press["text"]["content"], &press["url"]), (&json!("接单"), &json!(link)));

        // who is called by number is called: a card cannot; and a house that wants no cards gets none
        assert!(clock.set(noon().plus_millis(120_000)));
        robots[2].cards = false;
        let called = Some("13800001111");
        let again = vec![
            wants(Channel::Wecom, "r0", 10, called),
            wants(Channel::Dingtalk, "r1", 11, called),
            wants(Channel::Feishu, "r2", 12, None),
        ];
        put(&fresh.db, again).await;
        worker(&fresh.db, &clock, &robots, None).await.round().await.unwrap();
        assert_eq!(posts[0].try_recv().unwrap().json()["msgtype"], "text");
        assert_eq!(posts[1].try_recv().unwrap().json()["msgtype"], "markdown");
        assert_eq!(posts[2].try_recv().unwrap().json()["msg_type"], "text");

        // a group that knows no cards gets the text at once, and it counts as sent
        assert!(clock.set(noon().plus_millis(240_000)));
        let (old, mut posted) = Robot::open(&[
            (200, None, r#"{"errcode":40008,"errmsg":"invalid message type"}"#),
            (200, None, r#"{"errcode":0}"#),
        ])
        .await;
        let robots = [robot("old", RobotKind::Wecom, &old.url)];
        let ids = put(&fresh.db, vec![wants(Channel::Wecom, "old", 20, None)]).await;
        worker(&fresh.db, &clock, &robots, None).await.round().await.unwrap();
        assert_eq!(posted.try_recv().unwrap().json()["msgtype"], "template_card");
        let text = posted.try_recv().unwrap().json();
        assert!(text["text"]["content"].as_str().unwrap().ends_with(link), "{text}");
        assert_eq!(states(&fresh.db, &ids).await, [State::Sent]);
    }
}

#[tokio::test]
async fn a_robot_that_is_down_full_or_wrong_is_treated_as_such() {
    for fresh in kit::stores().await {
        let (full, mut to_full) = Robot::open(&[
            (503, None, ""),
            (200, None, r#"{"errcode":660026,"errmsg":"send too fast"}"#),
            (200, None, r#"{"errcode":0}"#),
        ])
        .await;
        let (wrong, mut to_wrong) = Robot::open(&[(200, None, r#"{"errcode":93000}"#)]).await;
        let robots = [
            robot("full", RobotKind::Dingtalk, &full.url),
            robot("wrong", RobotKind::Wecom, &wrong.url),
            robot("away", RobotKind::Feishu, "http://127.0.0.1:9/robot"),
        ];
        let mut to_be_replaced = message(Channel::Wecom, "wrong", 1);
        to_be_replaced.instead =
            vec![Way { channel: Channel::Dingtalk, target: "full".to_owned() }];
        let away = message(Channel::Feishu, "away", 2);
        let ids =
            put(&fresh.db, vec![message(Channel::Dingtalk, "full", 0), to_be_replaced, away]).await;
        let clock = Clock::manual(noon());
        let worker = worker(&fresh.db, &clock, &robots, None).await;
        worker.round().await.unwrap();
        assert_eq!(states(&fresh.db, &ids).await, [State::Waiting, State::Dead, State::Waiting]);
        assert_eq!(store::one(&fresh.db, ids[1]).await.unwrap().unwrap().trouble.unwrap(), "93000");
        drop(to_wrong.try_recv().unwrap());
        drop(to_full.try_recv().unwrap());
        // the other way took over at once, and was told that the robot is full: ten minutes of silence
        drop(to_full.try_recv().unwrap());
        assert!(clock.set(noon().plus_millis(9 * 60_000)));
        worker.round().await.unwrap();
        assert!(to_full.try_recv().is_err(), "it asked for ten minutes");
        assert!(clock.set(noon().plus_millis(11 * 60_000)));
        worker.round().await.unwrap();
        assert!(to_full.try_recv().is_ok() && to_full.try_recv().is_ok());
        assert_eq!(states(&fresh.db, &ids[..1]).await, [State::Sent]);
        // what can never be delivered is given up after a dozen attempts
        for hour in 1..40 {
            assert!(clock.set(noon().plus_millis(hour * 3_600_000)));
            worker.round().await.unwrap();
        }
        assert_eq!(states(&fresh.db, &ids[2..]).await, [State::Dead]);
    }
}

#[tokio::test]
async fn forty_messages_at_once_become_one_summary_and_order_is_kept() {
    let fresh = &kit::stores().await[0];
    let (taker, mut posted) = Robot::open(&[(200, None, r#"{"errcode":0}"#)]).await;
    let robots = [robot("group", RobotKind::Wecom, &taker.url)];
    let clock = Clock::manual(noon());
    let worker = worker(&fresh.db, &clock, &robots, None).await;
    let many = (0..40).map(|at| message(Channel::Wecom, "group", at)).collect();
    let ids = put(&fresh.db, many).await;
    worker.round().await.unwrap();
    let summary = posted.try_recv().unwrap().json();
    assert!(posted.try_recv().is_err(), "one message");
    assert_eq!(summary["msgtype"], "markdown");
    let text = summary["markdown"]["content"].as_str().unwrap();
    assert!(text.starts_with("- 派工单 W26-0000") && text.len() <= 4096);
    let states = states(&fresh.db, &ids).await;
    assert_eq!(states[0], State::Sent);
    assert!(states[1..].iter().all(|state| *state == State::Merged));

    // about one record one after the other: the second waits while the first is tried again
    let (taker, mut posted) =
        Robot::open(&[(500, None, ""), (200, None, r#"{"errcode":0}"#)]).await;
    let robots = [robot("group", RobotKind::Wecom, &taker.url)];
    let worker = self::worker(&fresh.db, &clock, &robots, None).await;
    assert!(clock.set(noon().plus_millis(120_000)));
    let two = vec![message(Channel::Wecom, "group", 90), message(Channel::Wecom, "group", 90)];
    put(&fresh.db, two).await;
    worker.round().await.unwrap();
    drop(posted.try_recv().unwrap());
    assert!(posted.try_recv().is_err(), "the second waits for the first");
    assert!(clock.set(noon().plus_millis(180_000)));
    worker.round().await.unwrap();
    assert!(posted.try_recv().is_ok() && posted.try_recv().is_ok());
}

#[tokio::test]
async fn a_mail_can_be_read_and_a_full_mailbox_is_tried_again() {
    for fresh in kit::stores().await {
        let (addr, mut mails) = relay(&["452 full"]).await;
        let smtp = Smtp {
            host: addr.ip().to_string(),
            port: addr.port(),
            tls: SmtpTls::None,
            login: None,
            from: "三响 <switchboard@example.com>".to_owned(),
        };
        let clock = Clock::manual(noon());
        let worker = worker(&fresh.db, &clock, &[], Some(&smtp)).await;
        let ids = put(&fresh.db, vec![message(Channel::Mail, "liu@example.com", 7)]).await;
        worker.round().await.unwrap();
        assert_eq!(states(&fresh.db, &ids).await, [State::Waiting]);
        assert!(clock.set(noon().plus_millis(60_000)));
        worker.round().await.unwrap();
        assert_eq!(states(&fresh.db, &ids).await, [State::Sent]);
        let mail = mails.try_recv().unwrap();
        assert!(mail.from.contains("switchboard@example.com"));
        assert!(mail.to[0].contains("liu@example.com"));
        let read = mailparse::parse_mail(&mail.raw).unwrap();
        let header = |name: &str| read.headers.get_first_value(name).unwrap();
        assert_eq!(header("Subject"), "派工单 W26-0007");
        assert!(header("From").contains("三响"));
        let text = read.get_body().unwrap();
        assert!(text.contains("核心交换机不通") && text.contains("http://desk.example/a/7Kd"));
        assert!(header("Message-ID").starts_with(&format!("<outbox-{}-", ids[0])));
    }
}

#[tokio::test]
async fn a_telephone_is_written_to_and_its_answer_is_heard() {
    let mut telephone = Telephone::open().await;
    let plan = listener::Plan {
        pbx: vec![listener::pbx(telephone.addr, switchboard::config::Transport::Udp)],
        ..listener::Plan::default()
    };
    let (mut house, mut pages) = listener::House::open_with_pages(plan).await;
    house
        .line("the line", |state| matches!(state, switchboard::sip::LineState::Registered { .. }))
        .await;
    let writes = house.handle.pager.clone().unwrap();
    let sent =
        soon("the telephone's answer", writes.send("805", "派工单 W26-0001\n回复 1 接单")).await;
    assert!(matches!(sent, switchboard::sip::Paged::Taken(_)), "{sent:?}");
    let (text, from) = telephone.next().await;
    assert!(text.starts_with("MESSAGE sip:805@pbx.example SIP/2.0\r\n"), "{text}");
    assert!(text.contains("From: <sip:listener@pbx.example>;tag="));
    assert!(text.ends_with("\r\n\r\n派工单 W26-0001\n回复 1 接单"));
    assert!(!text.contains("Contact:"), "RFC 3428 §4: no dialog, no Contact");
    telephone.write(from, "805", " 1\r\n", 1).await;
    let page = soon("the page", pages.recv()).await.unwrap();
    assert_eq!((page.from.as_str(), page.text.as_str()), ("805", "1"));
    let (ok, _) = telephone.next().await;
    assert!(ok.starts_with("SIP/2.0 200"), "{ok}");
}

/// What a browser makes of a push (RFC 8291 §3.4).
pub(crate) fn opened(
    sealed: &[u8],
    secret: EphemeralPrivateKey,
    public: &[u8],
    auth: &[u8],
) -> Vec<u8> {
    let hmac = |key: &[u8], parts: &[&[u8]]| {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
        for part in parts {
            context.update(part);
        }
        context.sign().as_ref().to_vec()
    };
    assert_eq!((&sealed[16..20], sealed[20]), (&[0, 0, 16, 0][..], 65));
    let (salt, sender, record) = (&sealed[..16], &sealed[21..86], &sealed[86..]);
    let theirs = UnparsedPublicKey::new(&ECDH_P256, sender);
    let prk = agree_ephemeral(secret, &theirs, |shared| hmac(auth, &[shared])).unwrap();
    let mixed = hmac(&prk, &[b"WebPush: info\0", public, sender, &[1]]);
    let prk = hmac(salt, &[&mixed]);
    let key = &hmac(&prk, &[b"Content-Encoding: aes128gcm\0", &[1]])[..16];
    let nonce = &hmac(&prk, &[b"Content-Encoding: nonce\0", &[1]])[..12];
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).unwrap());
    let mut text = record.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
    let open = key.open_in_place(nonce, Aad::empty(), &mut text).unwrap();
    open.strip_suffix(&[2]).unwrap().to_vec()
}

#[tokio::test]
async fn a_browser_can_open_what_it_is_pushed_and_one_that_is_gone_is_forgotten() {
    use base64::Engine as _;
    let code = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    for fresh in kit::stores().await {
        let who = line::person(&fresh.db, "liu", "刘洋").await;
        let (service, mut posted) = Robot::open(&[(201, None, ""), (410, None, "")]).await;
        let random = ring::rand::SystemRandom::new();
        let secret = EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap();
        let public = secret.compute_public_key().unwrap();
        let browser = store::people::Browser {
            endpoint: service.url.clone(),
            p256dh: code.encode(public.as_ref()),
            auth: code.encode([9; 16]),
        };
        let stamp = Stamp { now: noon(), by: Some(who) };
        store::people::subscribe(&fresh.db, stamp, who, browser).await.unwrap();
        let clock = Clock::manual(noon());
        let worker = worker(&fresh.db, &clock, &[], None).await;
        let first = put(&fresh.db, vec![message(Channel::Push, &service.url, 1)]).await;
        worker.round().await.unwrap();
        assert_eq!(states(&fresh.db, &first).await, [State::Sent]);
        let push = posted.try_recv().unwrap();
        assert_eq!(push.headers["content-encoding"], "aes128gcm");
        assert!(push.headers["authorization"].to_str().unwrap().starts_with("vapid t="));
        let opened = opened(&push.body, secret, public.as_ref(), &[9; 16]);
        let said: serde_json::Value = serde_json::from_slice(&opened).unwrap();
        assert_eq!(said["title"], "派工单 W26-0001");
        let second = put(&fresh.db, vec![message(Channel::Push, &service.url, 2)]).await;
        worker.round().await.unwrap();
        assert_eq!(states(&fresh.db, &second).await, [State::Dead]);
        assert!(store::people::browser(&fresh.db, &service.url).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn what_was_in_hand_when_the_house_died_is_uncertain_and_nothing_goes_out_twice() {
    for fresh in kit::stores().await {
        let (taker, mut posted) = Robot::open(&[(200, None, "")]).await;
        let mut config = robot("hook", RobotKind::Webhook, &taker.url);
        config.per_minute = 6000;
        let robots = [config];
        let ids =
            put(&fresh.db, (0..200).map(|at| message(Channel::Webhook, "hook", at)).collect())
                .await;
        let clock = Clock::manual(noon());
        taker.hold(true);
        let first = worker(&fresh.db, &clock, &robots, None).await;
        let stop = CancellationToken::new();
        #[expect(clippy::disallowed_methods, reason = "it is killed in the middle of its work")]
        let dying = tokio::spawn(first.run(stop.clone()));
        drop(soon("the first message", posted.recv()).await.unwrap());
        dying.abort();
        assert!(dying.await.unwrap_err().is_cancelled());
        taker.hold(false);
        // another process: the lease of the dead one still holds its message
        let second = worker(&fresh.db, &clock, &robots, None).await;
        second.round().await.unwrap();
        assert!(clock.set(noon().plus_millis(100_000)));
        second.round().await.unwrap();
        let mut seen = std::collections::BTreeMap::new();
        while let Ok(one) = posted.try_recv() {
            *seen
                .entry(one.headers["idempotency-key"].to_str().unwrap().to_owned())
                .or_insert(0) += 1;
        }
        assert!(seen.values().all(|times| *times == 1), "{seen:?}");
        let states = states(&fresh.db, &ids).await;
        assert_eq!(states.iter().filter(|state| **state == State::Uncertain).count(), 1);
        assert_eq!(states.iter().filter(|state| **state == State::Sent).count(), 199);
    }
}

#[tokio::test]
async fn two_workers_at_once_send_each_message_once() {
    for fresh in kit::stores().await {
        let (taker, mut posted) = Robot::open(&[(200, None, "")]).await;
        let mut config = robot("hook", RobotKind::Webhook, &taker.url);
        config.per_minute = 6000;
        let robots = [config];
        put(&fresh.db, (0..60).map(|at| message(Channel::Webhook, "hook", at)).collect()).await;
        let clock = Clock::manual(noon());
        let (one, two) = (
            worker(&fresh.db, &clock, &robots, None).await,
            worker(&fresh.db, &clock, &robots, None).await,
        );
        let (first, second) = tokio::join!(one.round(), two.round());
        first.unwrap();
        second.unwrap();
        let mut times = 0;
        while posted.try_recv().is_ok() {
            times += 1;
        }
        assert_eq!(times, 60);
    }
}

fn letter(urgent: bool) -> Letter {
    Letter {
        about: "notices/5".to_owned(),
        event: "sent".to_owned(),
        title: "换房".to_owned(),
        body: "A3→B1".to_owned(),
        link: None,
        button: None,
        urgent,
        everywhere: false,
    }
}

#[tokio::test]
async fn an_ordinary_letter_waits_for_the_morning_and_an_urgent_one_goes_by_all_ways() {
    for fresh in kit::stores().await {
        let who = line::person(&fresh.db, "liu", "刘洋").await;
        let night = Moment::parse_rfc3339("2026-11-23T23:00:00+08:00").unwrap();
        let stamp = Stamp { now: night, by: None };
        let reach = store::people::Reach {
            id: who,
            extension: None,
            mail: "liu@example.com".to_owned(),
            mobile: "13800001111".to_owned(),
            quiet_from: Some(22 * 60),
            quiet_to: Some(7 * 60),
            version: 0,
        };
        assert!(store::people::write_reach(&fresh.db, stamp, reach.clone()).await.unwrap());
        assert!(
            !store::people::write_reach(&fresh.db, stamp, reach).await.unwrap(),
            "of a version that is over"
        );
        let mut engineers = robot("工程师群", RobotKind::Wecom, "http://127.0.0.1:9/");
        engineers.roles = vec![Role::Engineer];
        let mut greeters = robot("咨客群", RobotKind::Wecom, "http://127.0.0.1:9/");
        greeters.roles = vec![Role::Greeter];
        let routes = Routes::new(&[engineers, greeters], true, true, chrono_tz::Asia::Shanghai);
        let post = async |urgent: bool, who: StaffId| {
            let routes = routes.clone();
            let roles: Roles = [Role::Engineer].into_iter().collect();
            let post = Post { to: who, roles, letter: letter(urgent) };
            let written = fresh.db.write(stamp, move |tx| {
                let (routes, post) = (routes.clone(), post.clone());
                Box::pin(async move { routes.post(tx, &post).await })
            });
            written.await.unwrap()
        };
        assert_eq!(post(false, who).await, 1);
        let first = store::list(&fresh.db, State::Waiting, i64::MAX).await.unwrap().remove(0);
        assert_eq!(first.way.target, "工程师群");
        assert_eq!(
            first.instead,
            [Way { channel: Channel::Mail, target: "liu@example.com".to_owned() }]
        );
        assert_eq!(first.not_before, Moment::parse_rfc3339("2026-11-24T07:00:00+08:00").unwrap());
        assert_eq!(post(true, who).await, 2);
        let urgent = store::due(&fresh.db, night).await.unwrap();
        assert_eq!(
            urgent.len(),
            1,
            "mail at once; the group's is behind the one that waits for morning"
        );
    }
}

#[tokio::test]
async fn a_supervisor_sees_what_did_not_arrive_and_decides() {
    for fresh in kit::stores().await {
        let desk = Desk::with_outbox(&fresh.db).await;
        desk.person("王芳", "supervisor").await;
        desk.person("刘洋", "engineer").await;
        let supervisor = desk.sign_in("supervisor").await;
        let engineer = desk.sign_in("engineer").await;
        let ids = put(&fresh.db, vec![message(Channel::Wecom, "nobody", 1)]).await;
        let worker = worker(&fresh.db, &desk.clock, &[], None).await;
        worker.round().await.unwrap();
        let seen = desk.ask(page("/admin/outbox").header(header::COOKIE, &supervisor)).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(
            seen.body.contains("未送达") && seen.body.contains("这条路没有配置"),
            "{}",
            seen.body
        );
        let address = format!("/admin/outbox/{}/retry", ids[0]);
        let post = |address: &str, cookie: &str| {
            ask_json(address)
                .method("POST")
                .header("sec-fetch-site", "same-origin")
                .header(header::COOKIE, cookie)
        };
        assert_eq!(desk.ask(post(&address, &engineer)).await.status, StatusCode::FORBIDDEN);
        let again = desk.ask(post(&address, &supervisor)).await;
        assert_eq!((again.status, &again.json()["state"]), (StatusCode::OK, &json!("waiting")));
        assert_eq!(desk.ask(post(&address, &supervisor)).await.status, StatusCode::CONFLICT);
        let mine = desk.ask(page("/me/reach").header(header::COOKIE, &engineer)).await;
        assert!(mine.body.contains("消息怎么找到我"));
        let trial = desk.ask(post("/me/reach/trial", &engineer)).await;
        assert_eq!(trial.status, StatusCode::UNPROCESSABLE_ENTITY, "no way to him yet");
    }
}

#[tokio::test]
async fn what_was_said_anew_is_not_sent_again_and_what_is_tried_in_vain_goes_at_once_or_never() {
    for fresh in kit::stores().await {
        let desk = Desk::with_outbox(&fresh.db).await;
        let to = Some(desk.somebody("王芳", "supervisor", "supervisor").await);
        let supervisor = desk.sign_in("supervisor").await;
        let say = |method: &'static str, address: String| {
            ask_json(&address)
                .method(method)
                .header("sec-fetch-site", "same-origin")
                .header(header::COOKIE, &supervisor)
        };
        let offered = NewMessage { to, ..message(Channel::Wecom, "nobody", 1) };
        let recalled = NewMessage { event: "recalled".to_owned(), ..offered.clone() };
        let tried = |number| NewMessage { to, ..message(Channel::Feishu, "away", number) };
        let ids = put(&fresh.db, vec![offered, recalled, tried(2), tried(3)]).await;
        let robots = [robot("away", RobotKind::Feishu, "http://127.0.0.1:9/robot")];
        let worker = worker(&fresh.db, &desk.clock, &robots, None).await;
        worker.round().await.unwrap();
        let [first, newer, waits, other] = ids[..] else { panic!("{ids:?}") };
        // of the order only the newest word goes out again
        let seen = desk.ask(page("/admin/outbox").header(header::COOKIE, &supervisor)).await.body;
        assert_eq!(seen.matches("这件事之后又发过新消息").count(), 1, "{seen}");
        let retry = |id: i64| format!("/admin/outbox/{id}/retry");
        assert!(!seen.contains(&retry(first)) && seen.contains(&retry(newer)), "{seen}");
        let refused = desk.ask(say("POST", retry(first))).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
        assert_eq!(desk.ask(say("POST", retry(newer))).await.status, StatusCode::OK);
        // what cannot be reached: when it is tried next; it may go at once, or not at all
        let list = page("/admin/outbox?state=waiting").header(header::COOKIE, &supervisor);
        let seen = desk.ask(list).await.body;
        assert!(seen.contains("连不上对方") && seen.contains("下次"), "{seen}");
        assert!(seen.contains(&retry(waits)), "{seen}");
        assert_eq!(desk.ask(say("POST", retry(waits))).await.status, StatusCode::OK);
        assert_eq!(store::one(&fresh.db, waits).await.unwrap().unwrap().attempts, 0);
        let gone = desk.ask(say("DELETE", format!("/admin/outbox/{other}"))).await;
        assert_eq!((gone.status, &gone.json()["state"]), (StatusCode::OK, &json!("discarded")));
    }
}

#[tokio::test]
async fn a_slow_robot_holds_up_nobody_else() {
    let fresh = &kit::stores().await[0];
    let (slow, mut to_slow) = Robot::open(&[(200, None, "")]).await;
    let (quick, mut to_quick) = Robot::open(&[(200, None, "")]).await;
    slow.hold(true);
    let robots = [
        robot("slow", RobotKind::Webhook, &slow.url),
        robot("quick", RobotKind::Webhook, &quick.url),
    ];
    let clock = Clock::manual(noon());
    put(
        &fresh.db,
        vec![message(Channel::Webhook, "slow", 1), message(Channel::Webhook, "quick", 2)],
    )
    .await;
    let worker = worker(&fresh.db, &clock, &robots, None).await;
    let round = worker.round();
    let both = async {
        drop(soon("the slow one", to_slow.recv()).await.unwrap());
        drop(soon("the quick one", to_quick.recv()).await.unwrap());
        slow.hold(false);
    };
    let (done, ()) = tokio::join!(round, both);
    assert_eq!(done.unwrap(), None);
}
