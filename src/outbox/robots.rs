//! What group robots and webhooks are sent, each in its maker's format and signed as its maker asks, and what
//! their answers mean.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::Sha256;

use super::message::Row;
use super::state::Outcome;
use crate::config::{Robot, RobotKind};
use crate::kernel::Moment;

/// What is posted: the address, the headers beside the usual, the body.
pub(super) struct Posting {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// 钉钉: base64 of HMAC-SHA256 over "timestamp LF secret", keyed with the secret; the moment in milliseconds.
/// Goes into the address, percent-encoded.
pub fn dingtalk_signature(secret: &str, timestamp_ms: i64) -> String {
    STANDARD.encode(hmac(secret.as_bytes(), format!("{timestamp_ms}\n{secret}").as_bytes()))
}

/// 飞书: base64 of HMAC-SHA256 over nothing, keyed with "timestamp LF secret"; the moment in seconds.
pub fn feishu_signature(secret: &str, timestamp_s: i64) -> String {
    STANDARD.encode(hmac(format!("{timestamp_s}\n{secret}").as_bytes(), b""))
}

/// `X-Signature` of a webhook: `sha256=` and the hex HMAC-SHA256 over the body.
pub fn webhook_signature(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex::encode(hmac(secret.as_bytes(), body)))
}

/// One message for a robot.
pub(super) fn posting(robot: &Robot, row: &Row, now: Moment) -> Posting {
    let text = Text::of(row);
    match robot.kind {
        RobotKind::Wecom => {
            let mut content = json!({ "content": text.plain(2048) });
            if let Some(mobile) = &row.mention {
                content["mentioned_mobile_list"] = json!([mobile]);
            }
            plain(robot, &json!({ "msgtype": "text", "text": content }))
        }
        RobotKind::Dingtalk => {
            let mobiles: Vec<&String> = row.mention.iter().collect();
            // a mention shows only where the text names it
            let mut said = text.marked();
            for mobile in &mobiles {
                said.extend(["\n\n@", mobile.as_str()]);
            }
            let markdown = json!({ "title": unmarked(&row.title), "text": cut(&said, 18_000) });
            let at = json!({ "atMobiles": mobiles, "isAtAll": false });
            signed_dingtalk(
                robot,
                &json!({ "msgtype": "markdown", "markdown": markdown, "at": at }),
                now,
            )
        }
        RobotKind::Feishu => {
            let content = json!({ "text": text.plain(18_000) });
            signed_feishu(robot, json!({ "msg_type": "text", "content": content }), now)
        }
        RobotKind::Webhook => {
            let event = json!({
                "id": row.id, "at": row.at, "event": row.event, "about": row.about,
                "title": row.title, "text": row.body, "link": row.link,
                "to": row.to.map(|staff| json!({ "staff_id": staff })), "urgent": row.urgent,
            });
            let mut posting = plain(robot, &event);
            posting.headers.push(("idempotency-key", format!("outbox-{}", row.id)));
            if !robot.secret.reveal().is_empty() {
                let signature = webhook_signature(robot.secret.reveal(), &posting.body);
                posting.headers.push(("x-signature", signature));
            }
            posting
        }
    }
}

/// A message that asks for an answer as a card with a button (operations.md §5.6), where the robot takes cards.
/// `None`: it goes as text. A card calls nobody by number, so whoever is called goes by text where a maker knows
/// that (企业微信, 钉钉).
pub(super) fn card(robot: &Robot, row: &Row, now: Moment) -> Option<Posting> {
    let (button, link) = row.button.as_ref().zip(row.link.as_ref()).filter(|_| robot.cards)?;
    match robot.kind {
        RobotKind::Wecom if row.mention.is_none() => {
            let mut card = json!({
                "card_type": "text_notice",
                "main_title": { "title": cut(&row.title, 128) },
                "jump_list": [{ "type": 1, "title": button, "url": link }],
                "card_action": { "type": 1, "url": link },
            });
            if !row.body.is_empty() {
                card["sub_title_text"] = json!(cut(&row.body, 512));
            }
            Some(plain(robot, &json!({ "msgtype": "template_card", "template_card": card })))
        }
        RobotKind::Dingtalk if row.mention.is_none() => {
            let (title, lines) = (unmarked(&row.title), unmarked(&row.body).replace('\n', "\n\n"));
            let card = json!({
                "title": title, "text": cut(&format!("### {title}\n\n{lines}"), 18_000),
                "btnOrientation": "0", "btns": [{ "title": button, "actionURL": link }],
            });
            let body = json!({ "msgtype": "actionCard", "actionCard": card });
            Some(signed_dingtalk(robot, &body, now))
        }
        RobotKind::Feishu => {
            let mut elements = Vec::new();
            if !row.body.is_empty() {
                let said = json!({ "tag": "plain_text", "content": cut(&row.body, 18_000) });
                elements.push(json!({ "tag": "div", "text": said }));
            }
            let label = json!({ "tag": "plain_text", "content": button });
            let press = json!({ "tag": "button", "type": "primary", "text": label, "url": link });
            elements.push(json!({ "tag": "action", "actions": [press] }));
            let title = json!({ "tag": "plain_text", "content": cut(&row.title, 512) });
            let template = if row.urgent { "red" } else { "orange" };
            let card = json!({
                "header": { "title": title, "template": template }, "elements": elements,
            });
            let body = json!({ "msg_type": "interactive", "card": card });
            Some(signed_feishu(robot, body, now))
        }
        RobotKind::Wecom | RobotKind::Dingtalk | RobotKind::Webhook => None,
    }
}

/// How many of those that wait go into one message: as many as it holds with all that each of them says, or at
/// least the first of them. What is left waits for the next.
pub(super) fn fitting(kind: RobotKind, rows: &[Row]) -> usize {
    let mut bytes = 0;
    let fits = rows.iter().take_while(|row| {
        bytes += item(kind, row).len() + 1;
        bytes <= room(kind)
    });
    fits.count().max(1)
}

/// How much text a message of this robot holds, in bytes.
const fn room(kind: RobotKind) -> usize {
    match kind {
        RobotKind::Wecom => 4096,
        RobotKind::Dingtalk | RobotKind::Feishu | RobotKind::Webhook => 18_000,
    }
}

/// One of several in a message. Where it is too long by itself its words are cut, never its link.
fn item(kind: RobotKind, row: &Row) -> String {
    let said = format!("{} {}", row.title, row.body.replace('\n', " "));
    let said = match kind {
        RobotKind::Webhook => said,
        RobotKind::Wecom | RobotKind::Dingtalk | RobotKind::Feishu => unmarked(&said),
    };
    let link = row.link.as_deref().map(|link| match kind {
        // a text knows no links, but shows an address that stands by itself as one
        RobotKind::Feishu | RobotKind::Webhook => format!(" {link}"),
        RobotKind::Wecom | RobotKind::Dingtalk => {
            format!(" [{}]({link})", row.button.as_deref().unwrap_or("↗"))
        }
    });
    let link = link.unwrap_or_default();
    format!("- {}{link}", cut(said.trim_end(), room(kind) / 4))
}

/// All that waits for a robot and fits, in one message.
pub(super) fn summary(robot: &Robot, rows: &[Row], now: Moment) -> Posting {
    let items: Vec<String> = rows.iter().map(|row| item(robot.kind, row)).collect();
    let text = items.join("\n");
    match robot.kind {
        RobotKind::Wecom => {
            plain(robot, &json!({ "msgtype": "markdown", "markdown": { "content": text } }))
        }
        RobotKind::Dingtalk => {
            let title = rows.first().map(|row| unmarked(&row.title)).unwrap_or_default();
            let mobiles: BTreeSet<&String> =
                rows.iter().filter_map(|row| row.mention.as_ref()).collect();
            let named: Vec<String> = mobiles.iter().map(|mobile| format!("@{mobile}")).collect();
            let text =
                if named.is_empty() { text } else { format!("{text}\n\n{}", named.join(" ")) };
            let markdown = json!({ "title": title, "text": text });
            let at = json!({ "atMobiles": mobiles, "isAtAll": false });
            let body = json!({ "msgtype": "markdown", "markdown": markdown, "at": at });
            signed_dingtalk(robot, &body, now)
        }
        RobotKind::Feishu | RobotKind::Webhook => {
            signed_feishu(robot, json!({ "msg_type": "text", "content": { "text": text } }), now)
        }
    }
}

fn plain(robot: &Robot, body: &Value) -> Posting {
    Posting {
        url: robot.url.reveal().to_owned(),
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

fn signed_dingtalk(robot: &Robot, body: &Value, now: Moment) -> Posting {
    let mut posting = plain(robot, body);
    let secret = robot.secret.reveal();
    if !secret.is_empty() {
        let (at, sign) = (now.millis(), dingtalk_signature(secret, now.millis()));
        let sign = utf8_percent_encode(&sign, NON_ALPHANUMERIC);
        let joined = if posting.url.contains('?') { '&' } else { '?' };
        posting.url = format!("{}{joined}timestamp={at}&sign={sign}", posting.url);
    }
    posting
}

fn signed_feishu(robot: &Robot, mut body: Value, now: Moment) -> Posting {
    let secret = robot.secret.reveal();
    if !secret.is_empty() {
        let at = now.millis() / 1000;
        body["timestamp"] = json!(at.to_string());
        body["sign"] = json!(feishu_signature(secret, at));
    }
    plain(robot, &body)
}

struct Text<'r>(&'r Row);

impl<'r> Text<'r> {
    fn of(row: &'r Row) -> Self {
        Self(row)
    }

    /// At most so many bytes; what is too long is cut before the link, never the link.
    fn plain(&self, bytes: usize) -> String {
        let link = self.0.link.as_deref().unwrap_or_default();
        let parts = [self.0.title.as_str(), self.0.body.as_str()];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let said = cut(&unmarked(&said.join("\n")), bytes.saturating_sub(link.len() + 1));
        if link.is_empty() { said } else { format!("{said}\n{link}") }
    }

    fn marked(&self) -> String {
        let body = unmarked(&self.0.body).replace('\n', "\n\n");
        let link = self.0.link.as_ref().map(|link| format!("\n\n[{link}]({link})"));
        format!("#### {}\n\n{body}{}", unmarked(&self.0.title), link.unwrap_or_default())
    }
}

/// Words that nobody's name can turn into a link, a picture or a mention (`[…](…)`, `<@…>`, `<at …>`): the
/// signs of those stand in their full width. A backslash is no way out, 企业微信 shows it.
fn unmarked(text: &str) -> String {
    let shown = |sign: char| match sign {
        '[' => '［',
        ']' => '］',
        '<' => '＜',
        '>' => '＞',
        other => other,
    };
    text.chars().map(shown).collect()
}

/// At most so many bytes, never in the middle of a character.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end =
        (0..=bytes.saturating_sub(3)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// How long 钉钉 takes nothing after too many messages.
const DINGTALK_BLOCKS_MS: i64 = 10 * 60 * 1000;

/// What a robot's answer means. A 200 is no success: the code inside is.
pub(super) fn meaning(
    kind: RobotKind,
    status: u16,
    retry_after_s: Option<i64>,
    body: &[u8],
) -> Outcome {
    let later = |why: String, pause_ms, everything| Outcome::Later { why, pause_ms, everything };
    let asked_ms = retry_after_s.map(|seconds| seconds.clamp(1, 86_400) * 1000);
    match status {
        200..=299 => {}
        408 | 425 | 500..=599 => return later(status.to_string(), asked_ms, false),
        429 => return later(status.to_string(), asked_ms.or(Some(60_000)), true),
        _ => return Outcome::Never { why: status.to_string() },
    }
    if kind == RobotKind::Webhook {
        return Outcome::Sent { reference: None };
    }
    let said: Option<Value> = serde_json::from_slice(body).ok();
    let code = said.as_ref().and_then(|said| {
        let named = |name: &str| said.get(name).and_then(Value::as_i64);
        named("errcode").or_else(|| named("code")).or_else(|| named("StatusCode"))
    });
    match (kind, code) {
        (_, Some(0)) => Outcome::Sent { reference: None },
        // too many messages: 企业微信 45009, 钉钉 660026 and 410100, 飞书 9499 and 11232
        (RobotKind::Wecom, Some(code @ 45_009)) => later(code.to_string(), Some(60_000), true),
        (RobotKind::Dingtalk, Some(code @ (660_026 | 410_100 | 130_101))) => {
            later(code.to_string(), Some(DINGTALK_BLOCKS_MS), true)
        }
        (RobotKind::Feishu, Some(code @ (9_499 | 11_232))) => {
            later(code.to_string(), Some(60_000), true)
        }
        // their own trouble
        (_, Some(code @ -1)) => later(code.to_string(), None, false),
        (_, Some(code)) => Outcome::Never { why: code.to_string() },
        // a proxy's page or nothing: whether the robot spoke, nobody knows
        (_, None) => Outcome::Unclear { why: "unreadable-answer".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_the_makers_compute() {
        let secret = "SECdemo0123456789";
        assert_eq!(
            dingtalk_signature(secret, 1_700_000_000_000),
            "ww0uYz9hgC//la1LzHCxhiH8ja6t5XU0VlJXBRQKVAA="
        );
        assert_eq!(
            feishu_signature(secret, 1_700_000_000),
            "OwVY1o4jtY+KrWyBDuR3eNKZbwzYJawAd+W7mUYesSU="
        );
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("报障", 6), "报障");
        assert_eq!(cut("报障单", 8), "报…");
        assert!(cut(&"故障".repeat(1000), 2048).len() <= 2048);
    }

    #[test]
    fn a_robot_that_is_full_asks_for_silence_and_a_wrong_key_is_given_up() {
        let full = meaning(RobotKind::Dingtalk, 200, None, br#"{"errcode":660026}"#);
        assert!(matches!(full, Outcome::Later { pause_ms: Some(600_000), everything: true, .. }));
        let wrong = meaning(RobotKind::Wecom, 200, None, br#"{"errcode":93000}"#);
        assert_eq!(wrong, Outcome::Never { why: "93000".to_owned() });
        let page = meaning(RobotKind::Feishu, 200, None, b"<html>");
        assert!(matches!(page, Outcome::Unclear { .. }));
    }
}
