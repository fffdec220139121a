//! One message on its way out: what it says, by which way it goes, what has become of it.

use crate::kernel::{Moment, StaffId};

/// By which way.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 企业微信 group robot.
    Wecom,
    /// 钉钉 custom robot.
    Dingtalk,
    /// 飞书 custom robot.
    Feishu,
    /// Signed JSON over HTTP.
    Webhook,
    /// Mail.
    Mail,
    /// A short message to a telephone (RFC 3428).
    Sip,
    /// Web Push to a browser.
    Push,
}

/// The text is no way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a way out is one of wecom, dingtalk, feishu, webhook, mail, sip, push")]
pub struct NotAChannel;

impl Channel {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Wecom,
        Self::Dingtalk,
        Self::Feishu,
        Self::Webhook,
        Self::Mail,
        Self::Sip,
        Self::Push,
    ];

    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wecom => "wecom",
            Self::Dingtalk => "dingtalk",
            Self::Feishu => "feishu",
            Self::Webhook => "webhook",
            Self::Mail => "mail",
            Self::Sip => "sip",
            Self::Push => "push",
        }
    }

    /// Whether many messages for one target may become one: a group reads a summary, a program does not.
    pub const fn merges(self) -> bool {
        match self {
            Self::Wecom | Self::Dingtalk | Self::Feishu => true,
            Self::Webhook | Self::Mail | Self::Sip | Self::Push => false,
        }
    }
}

impl std::str::FromStr for Channel {
    type Err = NotAChannel;

    fn from_str(text: &str) -> Result<Self, NotAChannel> {
        Self::ALL.into_iter().find(|channel| channel.name() == text).ok_or(NotAChannel)
    }
}

/// A way to a place: the robot's name, a mail address, an extension, a browser's endpoint.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Way {
    /// By which way.
    pub channel: Channel,
    /// Where to.
    pub target: String,
}

/// What a room puts into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The record: `work-orders/W26-0198`. One record's messages keep their order at each place.
    pub about: String,
    /// What happened to it: `offered`, `changed`, …
    pub event: String,
    /// For whom; `None` is a group.
    pub to: Option<StaffId>,
    /// The way it goes.
    pub way: Way,
    /// The ways to try, one after the other, when this one fails for good.
    pub instead: Vec<Way>,
    /// One line.
    pub title: String,
    /// What it says; may have several lines.
    pub body: String,
    /// Where the reader goes from it: an answer link, or the record.
    pub link: Option<String>,
    /// What the button says where an answer is asked for: a robot that knows cards sends one.
    pub button: Option<String>,
    /// The mobile number by which a robot calls the reader.
    pub mention: Option<String>,
    /// Goes out in quiet hours too.
    pub urgent: bool,
    /// Not before this moment.
    pub not_before: Moment,
}

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Will be sent.
    Waiting,
    /// Is being sent.
    Sending,
    /// Was taken by the other side.
    Sent,
    /// Went out as a line of a summary.
    Merged,
    /// May have gone out: the house stopped, or the other side fell silent, in mid-sending.
    Uncertain,
    /// Could not be delivered.
    Dead,
    /// A person decided that it need not go out any more.
    Discarded,
}

impl State {
    /// All of them, those a person must look at first.
    pub const ALL: [Self; 7] = [
        Self::Dead,
        Self::Uncertain,
        Self::Waiting,
        Self::Sending,
        Self::Sent,
        Self::Merged,
        Self::Discarded,
    ];

    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Merged => "merged",
            Self::Uncertain => "uncertain",
            Self::Dead => "dead",
            Self::Discarded => "discarded",
        }
    }

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether a person may send it again or let it be, after so many attempts. The store says the same in
    /// `by_a_person!`.
    pub const fn open_to_a_person(self, attempts: i64) -> bool {
        match self {
            Self::Dead | Self::Uncertain => true,
            Self::Waiting => attempts > 0,
            Self::Sending | Self::Sent | Self::Merged | Self::Discarded => false,
        }
    }
}

/// One message as it is stored.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number.
    pub id: i64,
    /// When it was put in.
    pub at: Moment,
    /// The record it is about.
    pub about: String,
    /// What happened to the record.
    pub event: String,
    /// For whom.
    pub to: Option<StaffId>,
    /// The way it goes.
    pub way: Way,
    /// The ways left to try.
    pub instead: Vec<Way>,
    /// One line.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Where the reader goes from it.
    pub link: Option<String>,
    /// What the button says where an answer is asked for.
    pub button: Option<String>,
    /// The mobile number by which a robot calls the reader.
    pub mention: Option<String>,
    /// Goes out in quiet hours too.
    pub urgent: bool,
    /// When it is tried next.
    pub not_before: Moment,
    /// How often it was tried.
    pub attempts: i64,
    /// What has become of it.
    pub state: State,
    /// When it was taken.
    pub sent_at: Option<Moment>,
    /// Why the last attempt failed.
    pub trouble: Option<String>,
}
