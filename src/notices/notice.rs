//! One notice: whom it went to, who answered how, what it is now.

use serde::Serialize;
use utoipa::ToSchema;

use super::ladder::Ladder;
use crate::kernel::{Language, Moment, NoticeId, Role, StaffId};
use crate::words::Said;

/// What a notice is now.
///
/// ```text
/// open ──> overdue (asked again) ──> escalated (others were told)
///   └────────┴──────────┴──> all_acked · superseded · closed
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeState)]
pub enum State {
    /// Waits for answers.
    Open,
    /// Was asked again.
    Overdue,
    /// Others were told who is silent.
    Escalated,
    /// Everybody has answered.
    AllAcked,
    /// A newer notice about the same subject took its place.
    Superseded,
    /// Nobody needs to answer any more.
    Closed,
}

impl State {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Overdue,
        Self::Escalated,
        Self::AllAcked,
        Self::Superseded,
        Self::Closed,
    ];

    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Escalated => "escalated",
            Self::AllAcked => "all_acked",
            Self::Superseded => "superseded",
            Self::Closed => "closed",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nobody is asked any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::AllAcked | Self::Superseded | Self::Closed)
    }

    /// What it is once the silent were asked again.
    #[must_use]
    pub const fn asked_again(self) -> Self {
        if matches!(self, Self::Open) { Self::Overdue } else { self }
    }
}

/// How somebody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeMethod)]
pub enum Method {
    /// On a page of the panel.
    Page,
    /// By a message or key of the telephone.
    Sip,
    /// By voice; whoever heard it ticked it.
    Voice,
    /// By an answer link.
    Link,
}

impl Method {
    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Sip => "sip",
            Self::Voice => "voice",
            Self::Link => "link",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Page, Self::Sip, Self::Voice, Self::Link];
        all.into_iter().find(|method| method.word() == word)
    }
}

/// Whom a notice goes to; settled when it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipients {
    /// These people. Who may not sign in any more is left out.
    People(Vec<StaffId>),
    /// Those of a role who are on duty.
    Role(Role),
    /// These of a role, and none of the others.
    Among(Role, Vec<StaffId>),
}

/// Whether an older notice is still worth an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supersedes {
    /// It is.
    Nothing,
    /// Open notices of the same kind about the same subject are not: the newer one says what holds.
    SameSubject,
}

/// A notice to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// What sort: `message`, `board`, `follow_up`; a word of the room that sends it.
    pub kind: &'static str,
    /// The record: `calls/17`.
    pub about: Option<String>,
    /// What is told, to each in their own language; one line of at most 500 characters.
    pub said: Said,
    /// To whom.
    pub to: Recipients,
    /// Whether everybody has to answer. If not, it is shown for a day and may be put away.
    pub must_ack: bool,
    /// What follows while somebody is silent.
    pub ladder: Ladder,
    /// What it takes the place of.
    pub supersedes: Supersedes,
}

impl NewNotice {
    /// A notice that everybody has to answer, with the usual ladder.
    pub fn to_be_answered(kind: &'static str, said: impl Into<Said>, to: Recipients) -> Self {
        Self {
            kind,
            about: None,
            said: said.into(),
            to,
            must_ack: true,
            ladder: Ladder::usual(),
            supersedes: Supersedes::Nothing,
        }
    }

    /// A notice that nobody has to answer.
    pub fn to_be_known(kind: &'static str, said: impl Into<Said>, to: Recipients) -> Self {
        let ladder = Ladder::shown();
        Self { must_ack: false, ladder, ..Self::to_be_answered(kind, said, to) }
    }

    /// Says which record it is about.
    #[must_use]
    pub fn about(mut self, subject: String) -> Self {
        self.about = Some(subject);
        self
    }

    /// Takes the place of open ones of the same kind about the same subject.
    #[must_use]
    pub fn superseding(mut self) -> Self {
        self.supersedes = Supersedes::SameSubject;
        self
    }

    /// With other steps than the usual.
    #[must_use]
    pub fn ladder(mut self, ladder: Ladder) -> Self {
        self.ladder = ladder;
        self
    }
}

/// One person's answer, or that it is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NoticeReceipt)]
pub struct Receipt {
    /// Who was asked.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// When it was first on one of their screens, or reached them otherwise.
    pub delivered_at: Option<Moment>,
    /// When they answered.
    pub acked_at: Option<Moment>,
    /// How.
    pub method: Option<Method>,
    /// Who heard it and ticked it.
    pub ticked_by: Option<StaffId>,
    /// From sending to answer, in milliseconds.
    pub ack_ms: Option<i64>,
}

/// A notice as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notice {
    /// Its number.
    pub id: NoticeId,
    /// Rises with every change.
    pub version: i64,
    /// What sort.
    pub kind: String,
    /// The record it is about.
    pub about: Option<String>,
    /// What is told: as it was typed, or in the language asked for by [`Self::told`].
    pub text: String,
    /// The same in every language.
    #[serde(skip)]
    #[schema(ignore)]
    pub said: Said,
    /// The role whose people on duty were asked; null where people were named.
    pub to_role: Option<Role>,
    /// Who sent it; null where the house did.
    pub sent_by: Option<StaffId>,
    /// The name of who sent it.
    pub sent_by_name: Option<String>,
    /// When.
    pub sent_at: Moment,
    /// Whether everybody has to answer.
    pub must_ack: bool,
    /// What it is now.
    pub state: State,
    /// How often it was asked.
    pub asked: i64,
    /// When it was asked last.
    pub asked_at: Moment,
    /// The newer notice that took its place.
    pub superseded_by: Option<NoticeId>,
    /// When nobody had to answer any more.
    pub closed_at: Option<Moment>,
    /// Each person's answer, by name.
    pub receipts: Vec<Receipt>,
}

impl Notice {
    /// The notice as it is told to a reader of this language.
    #[must_use]
    pub fn told(mut self, language: Language) -> Self {
        self.said.to(language).clone_into(&mut self.text);
        self
    }

    /// How many have answered.
    pub fn acked(&self) -> usize {
        self.receipts.iter().filter(|receipt| receipt.acked_at.is_some()).count()
    }

    /// Who has not, in order of their names.
    pub fn missing(&self) -> impl Iterator<Item = &Receipt> {
        self.receipts.iter().filter(|receipt| receipt.acked_at.is_none())
    }

    /// This person's receipt.
    pub fn receipt(&self, staff: StaffId) -> Option<&Receipt> {
        self.receipts.iter().find(|receipt| receipt.staff == staff)
    }
}
