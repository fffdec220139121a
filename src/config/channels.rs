//! `[smtp]` and `[[robot]]`: by which ways messages go out of the house.

use chrono::NaiveTime;

use super::load::keys_of;
use super::raw::Section;
use crate::kernel::{Role, Secret};

/// `[smtp]`: who takes our mail.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// The relay's name or address.
    pub host: String,
    /// Its port: 587, or 465 where the connection is encrypted from its beginning.
    pub port: u16,
    /// How the connection is kept private.
    pub tls: SmtpTls,
    /// Who we are there, where it asks.
    pub login: Option<(String, Secret)>,
    /// The address our mail comes from.
    pub from: String,
}

/// How a connection to the relay is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// From its beginning.
    Implicit,
    /// After STARTTLS, which must succeed.
    Starttls,
    /// Not at all: for a relay on this machine.
    None,
}

/// `[[robot]]`: a group robot or a program that takes our messages over HTTP.
#[derive(Debug, Clone)]
pub struct Robot {
    /// The name on the screens.
    pub name: String,
    /// Whose format it speaks.
    pub kind: RobotKind,
    /// Where it listens; holds its key.
    pub url: Secret,
    /// What its messages are signed with; empty where it asks for no signature.
    pub secret: Secret,
    /// How many messages it takes in a minute.
    pub per_minute: u32,
    /// Whose messages go there; empty is everybody's.
    pub roles: Vec<Role>,
    /// Whether what asks for an answer goes there as a card with a button.
    pub cards: bool,
    /// From when to when, local time, only urgent messages go there.
    pub quiet: Option<(NaiveTime, NaiveTime)>,
}

/// The formats of [`Robot`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RobotKind {
    /// 企业微信 group robot.
    Wecom,
    /// 钉钉 custom robot.
    Dingtalk,
    /// 飞书 custom robot.
    Feishu,
    /// Signed JSON.
    Webhook,
}

impl RobotKind {
    /// The name in the configuration and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wecom => "wecom",
            Self::Dingtalk => "dingtalk",
            Self::Feishu => "feishu",
            Self::Webhook => "webhook",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Wecom, Self::Dingtalk, Self::Feishu, Self::Webhook]
            .into_iter()
            .find(|kind| kind.name() == text)
    }

    /// What the maker allows in a minute.
    const fn allowed(self) -> u32 {
        match self {
            Self::Wecom | Self::Dingtalk => 20,
            Self::Feishu => 100,
            Self::Webhook => 600,
        }
    }

    /// What the maker allows in a second, where it says that too.
    pub const fn in_a_second(self) -> Option<usize> {
        match self {
            Self::Feishu => Some(5),
            Self::Wecom | Self::Dingtalk | Self::Webhook => None,
        }
    }
}

pub(super) fn smtp(root: &mut Section<'_>) -> Option<Smtp> {
    if !root.has("smtp") {
        return None;
    }
    let mut from = root.section("smtp", keys_of("smtp"));
    let host = from.text("host", "the name of a mail relay");
    if host.is_none() {
        from.wrong("host", "is missing: the name of the mail relay");
    }
    let right = "\"starttls\", \"implicit\" or \"none\"";
    let tls = from
        .read("tls", right, |text| match text {
            "starttls" => Some(SmtpTls::Starttls),
            "implicit" => Some(SmtpTls::Implicit),
            "none" => Some(SmtpTls::None),
            _ => None,
        })
        .unwrap_or(SmtpTls::Starttls);
    let usual = if tls == SmtpTls::Implicit { 465 } else { 587 };
    let port = from.whole("port", 1..=65_535).and_then(|port| u16::try_from(port).ok());
    let username = from.text("username", "a user name");
    let password = from.secret("password");
    let right = "a mail address such as \"switchboard@example.com\"";
    let sender = from.read("from", right, |text| text.contains('@').then(|| text.to_owned()));
    if sender.is_none() && !from.has("from") {
        from.wrong("from", format!("is missing: {right}"));
    }
    from.done();
    let login = username.map(|name| (name, password.unwrap_or_default()));
    let host = host.unwrap_or_default();
    Some(Smtp { host, port: port.unwrap_or(usual), tls, login, from: sender.unwrap_or_default() })
}

pub(super) fn robots(root: &mut Section<'_>) -> Vec<Robot> {
    let mut found: Vec<Robot> = Vec::new();
    for mut from in root.sections("robot", keys_of("robot")) {
        let name = from.text("name", "the name of the robot").unwrap_or_default();
        if name.is_empty() {
            from.wrong("name", "is missing: the name of the robot on the screens");
        }
        if found.iter().any(|other| other.name == name) {
            from.wrong("name", format!("{name:?} is the name of another robot too"));
        }
        let right = "\"wecom\", \"dingtalk\", \"feishu\" or \"webhook\"";
        if !from.has("kind") {
            from.wrong("kind", format!("is missing: {right}"));
        }
        let kind = from.read("kind", right, RobotKind::read).unwrap_or(RobotKind::Webhook);
        if !from.has("url") && !from.has("url_file") {
            from.wrong("url", "is missing: where the robot listens, beginning with https://");
        }
        let url = from.secret("url").unwrap_or_default();
        let plain = url.reveal();
        if !plain.is_empty() && !plain.starts_with("https://") && !plain.starts_with("http://") {
            from.wrong("url", "must begin with https:// or http://");
        }
        let secret = from.secret("secret").unwrap_or_default();
        let per_minute = from.whole("per_minute", 1..=6_000).unwrap_or(kind.allowed());
        let right = "a role such as \"engineer\"";
        let role = |text: &str| text.parse::<Role>().ok();
        let roles = from.list("roles", right, true, role).unwrap_or_default();
        let cards = from.flag("cards").unwrap_or(true);
        let quiet = from.read("quiet", "hours such as \"22:00-07:00\"", hours);
        from.done();
        found.push(Robot { name, kind, url, secret, per_minute, roles, cards, quiet });
    }
    found
}

fn hours(text: &str) -> Option<(NaiveTime, NaiveTime)> {
    let (from, to) = text.split_once('-')?;
    let read = |part: &str| NaiveTime::parse_from_str(part.trim(), "%H:%M").ok();
    Some((read(from)?, read(to)?))
}
