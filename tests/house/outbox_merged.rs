//! Many messages for one robot become few posts, and each of them keeps its answer link (operations.md §5.6).

use std::collections::BTreeMap;

use serde_json::Value;
use switchboard::clock::Clock;
use switchboard::config::RobotKind;
use switchboard::outbox::{Channel, NewMessage, State};

use super::kit;
use super::outbox::{message, noon, put, robot, states, worker};
use super::receivers::Robot;

const MINUTE: i64 = 60_000;

/// What a post says, and how much a maker lets it be.
fn said(post: &Value) -> (String, usize) {
    let (text, most) = match post["msgtype"].as_str() {
        Some("markdown") => (
            post["markdown"]["content"].as_str().or(post["markdown"]["text"].as_str()),
            if post["markdown"]["content"].is_string() { 4096 } else { 20_000 },
        ),
        Some("text") => (post["text"]["content"].as_str(), 2048),
        _ => (post["content"]["text"].as_str(), 20_000),
    };
    (text.unwrap().to_owned(), most)
}

/// Every answer link in a text, as somebody's telephone would open it.
fn links(text: &str) -> Vec<String> {
    let after = text.split("http://desk.example/w/").skip(1);
    let key = |rest: &str| rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    after.map(key).collect()
}

#[tokio::test]
async fn of_many_messages_at_once_each_keeps_its_link_and_no_post_is_too_long() {
    let kinds = [
        (RobotKind::Wecom, Channel::Wecom),
        (RobotKind::Dingtalk, Channel::Dingtalk),
        (RobotKind::Feishu, Channel::Feishu),
    ];
    for fresh in kit::stores().await {
        for (number, (kind, channel)) in kinds.into_iter().enumerate() {
            let name = format!("group{number}");
            let (taker, mut posted) =
                Robot::open(&[(200, None, r#"{"errcode":0,"code":0}"#)]).await;
            let robots = [robot(&name, kind, &taker.url)];
            let clock = Clock::manual(noon());
            let worker = worker(&fresh.db, &clock, &robots, None).await;
            let many: Vec<NewMessage> = (0..90)
                .map(|at| NewMessage {
                    link: Some(format!("http://desk.example/w/{:043}", number * 1000 + at)),
                    button: Some("接单".to_owned()),
                    // one of them has a lot to say
                    body: if at == 7 {
                        "核心交换机不通\n".repeat(900)
                    } else {
                        "要求到场 15:30".to_owned()
                    },
                    mention: (at % 30 == 0).then(|| format!("1380000{at:04}")),
                    ..message(channel, &name, at)
                })
                .collect();
            let ids = put(&fresh.db, many).await;
            for minute in 0..5 {
                worker.round().await.unwrap();
                assert!(clock.set(noon().plus_millis((minute + 1) * MINUTE + 10)));
            }
            let mut found: BTreeMap<String, usize> = BTreeMap::new();
            let mut posts = 0;
            while let Ok(post) = posted.try_recv() {
                posts += 1;
                let post = post.json();
                let (text, most) = said(&post);
                assert!(text.len() <= most, "{kind:?}: {} bytes", text.len());
                for link in links(&text) {
                    *found.entry(link).or_default() += 1;
                }
                if kind == RobotKind::Feishu {
                    assert!(!text.contains("]("), "a text knows no links: {text}");
                }
            }
            assert!(posts < 20, "{kind:?} got {posts} posts");
            let each: Vec<String> =
                (0..90).map(|at| format!("{:043}", number * 1000 + at)).collect();
            let lost: Vec<&String> =
                each.iter().filter(|key| found.get(*key) != Some(&1)).collect();
            assert!(lost.is_empty(), "{kind:?} lost {lost:?}");
            let states = states(&fresh.db, &ids).await;
            assert!(states.iter().all(|state| matches!(state, State::Sent | State::Merged)));
        }
    }
}

#[tokio::test]
async fn a_group_that_takes_five_in_a_second_gets_the_sixth_in_the_next() {
    for fresh in kit::stores().await {
        let (taker, mut posted) = Robot::open(&[(200, None, r#"{"code":0}"#)]).await;
        let robots = [robot("group", RobotKind::Feishu, &taker.url)];
        let clock = Clock::manual(noon());
        let worker = worker(&fresh.db, &clock, &robots, None).await;
        let five = (0..5).map(|at| message(Channel::Feishu, "group", at)).collect();
        put(&fresh.db, five).await;
        worker.round().await.unwrap();
        for _ in 0..5 {
            drop(posted.try_recv().unwrap());
        }
        let sixth = put(&fresh.db, vec![message(Channel::Feishu, "group", 5)]).await;
        let again = worker.round().await.unwrap();
        assert!(posted.try_recv().is_err(), "its second is used up");
        assert_eq!(again, Some(noon().plus_millis(1_001)));
        assert!(clock.set(noon().plus_millis(1_001)));
        worker.round().await.unwrap();
        drop(posted.try_recv().unwrap());
        assert_eq!(states(&fresh.db, &sixth).await, [State::Sent]);
        // more than a second takes become one message
        assert!(clock.set(noon().plus_millis(5_000)));
        let eight = (10..18).map(|at| message(Channel::Feishu, "group", at)).collect();
        put(&fresh.db, eight).await;
        worker.round().await.unwrap();
        let text = posted.try_recv().unwrap().json();
        assert!(text["content"]["text"].as_str().unwrap().contains("W26-0017"), "{text}");
        assert!(posted.try_recv().is_err(), "one message");
    }
}

#[tokio::test]
async fn a_long_message_by_itself_keeps_its_link_too() {
    for fresh in kit::stores().await {
        for (number, kind) in [RobotKind::Wecom, RobotKind::Feishu].into_iter().enumerate() {
            let name = format!("long{number}");
            let (taker, mut posted) =
                Robot::open(&[(200, None, r#"{"errcode":0,"code":0}"#)]).await;
            let robots = [robot(&name, kind, &taker.url)];
            let clock = Clock::manual(noon());
            let channel = if kind == RobotKind::Wecom { Channel::Wecom } else { Channel::Feishu };
            let long = NewMessage {
                body: "核心交换机不通\n".repeat(2000),
                ..message(channel, &name, number)
            };
            put(&fresh.db, vec![long]).await;
            worker(&fresh.db, &clock, &robots, None).await.round().await.unwrap();
            let (text, most) = said(&posted.try_recv().unwrap().json());
            assert!(text.len() <= most && text.ends_with("\nhttp://desk.example/a/7Kd"), "{text}");
        }
    }
}

/// Who calls under such a name makes no link, no picture and no mention in anybody's group, alone or among others.
#[tokio::test]
async fn a_hostile_name_is_only_a_name_in_every_group() {
    const NAME: &str = "[付款](https://evil.example) ![x](https://evil.example/t.png) <@all> <at user_id=\"all\">全体</at>";
    let kinds = [
        (RobotKind::Wecom, Channel::Wecom),
        (RobotKind::Dingtalk, Channel::Dingtalk),
        (RobotKind::Feishu, Channel::Feishu),
    ];
    for fresh in kit::stores().await {
        for (number, (kind, channel)) in kinds.into_iter().enumerate() {
            for (case, (many, button)) in
                [(1, None), (1, Some("接单".to_owned())), (60, None)].into_iter().enumerate()
            {
                let name = format!("hostile{number}{case}");
                let (taker, mut posted) =
                    Robot::open(&[(200, None, r#"{"errcode":0,"code":0}"#)]).await;
                let robots = [robot(&name, kind, &taker.url)];
                let clock = Clock::manual(noon());
                let worker = worker(&fresh.db, &clock, &robots, None).await;
                let one = |at: usize| NewMessage {
                    title: format!("留言 {NAME}"),
                    body: format!("{NAME} 请回电"),
                    button: button.clone(),
                    mention: None,
                    ..message(channel, &name, at)
                };
                put(&fresh.db, (0..many).map(one).collect()).await;
                for minute in 0..4 {
                    worker.round().await.unwrap();
                    assert!(clock.set(noon().plus_millis((minute + 1) * MINUTE + 10)));
                }
                let mut posts = 0;
                while let Ok(post) = posted.try_recv() {
                    posts += 1;
                    // a card of plain text shows signs as signs
                    let post = post.json();
                    let plain =
                        post["msgtype"] == "template_card" || post["msg_type"] == "interactive";
                    let text = post.to_string();
                    assert!(text.contains("付款") && text.contains("/a/7Kd"), "{kind:?}: {text}");
                    for sign in ["](https://evil", "<@", "<at "] {
                        assert!(plain || !text.contains(sign), "{kind:?} {case}: {text}");
                    }
                }
                assert!(posts > 0, "{kind:?}");
            }
        }
    }
}
