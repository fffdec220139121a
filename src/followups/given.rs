//! What is given to somebody, and what they tried.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::ladder::Ladder;
use super::repeat::Repeat;
use crate::kernel::{Moment, Role, StaffId};

/// Whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// One person's.
    Staff(StaffId),
    /// Whoever of a role takes it.
    Role(Role),
}

/// A follow-up to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFollowUp {
    /// What sort: `task`, `missed_call`, …; a word of the room that opens it.
    pub kind: Cow<'static, str>,
    /// The record: `calls/17`.
    pub about: Option<String>,
    /// What is to be done, in the language of the site; may be empty where the kind says it.
    pub title: String,
    /// More of it.
    pub note: String,
    /// Whose it is.
    pub assignee: Assignee,
    /// By when.
    pub due_at: Moment,
    /// When to remind of it.
    pub remind_at: Option<Moment>,
    /// Who is told when it stays undone.
    pub ladder: Ladder,
    /// Whether it comes back.
    pub repeat: Option<Repeat>,
}

impl NewFollowUp {
    /// Something to be done by a time, without reminder, ladder or repeat.
    pub fn new(kind: impl Into<Cow<'static, str>>, assignee: Assignee, due_at: Moment) -> Self {
        Self {
            kind: kind.into(),
            about: None,
            title: String::new(),
            note: String::new(),
            assignee,
            due_at,
            remind_at: None,
            ladder: Ladder::none(),
            repeat: None,
        }
    }

    /// Says which record it is about.
    #[must_use]
    pub fn about(mut self, subject: String) -> Self {
        self.about = Some(subject);
        self
    }

    /// Says what is to be done.
    #[must_use]
    pub fn title(mut self, title: String) -> Self {
        self.title = title;
        self
    }

    /// Says who is told when it stays undone.
    #[must_use]
    pub fn ladder(mut self, ladder: Ladder) -> Self {
        self.ladder = ladder;
        self
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FollowUpOutcome)]
pub enum AttemptOutcome {
    /// Somebody was reached.
    Reached,
    /// Nobody answered.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// It was somebody else's number.
    WrongNumber,
    /// Word was left.
    MessageLeft,
    /// Something else; the note says what.
    Other,
}

impl AttemptOutcome {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::Reached,
        Self::NoAnswer,
        Self::Busy,
        Self::WrongNumber,
        Self::MessageLeft,
        Self::Other,
    ];

    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::WrongNumber => "wrong_number",
            Self::MessageLeft => "message_left",
            Self::Other => "other",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// What was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FollowUpAttempt)]
pub struct Attempt {
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Option<StaffId>,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// More of it.
    pub note: String,
}
