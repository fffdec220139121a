//! A follow-up as pages and programs see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::followup::{FollowUp, State};
use super::super::given::AttemptOutcome;
use super::super::store::Listed;
use super::list::Somebody;
use super::{acts as may_act, instead};
use crate::kernel::{FollowUpId, Moment, Role, StaffId};
use crate::web::{Named, OnDuty, Want};
use crate::words::{self, Messages};

/// What is to be done, in the reader's language.
pub fn what(l: &Messages, one: &FollowUp) -> String {
    let kind = match one.kind.as_str() {
        "missed_call" => l.followups_kind_missed_call(),
        "recall" => l.followups_kind_recall(),
        "chase" => l.followups_kind_chase(),
        "approval" => l.followups_kind_approval(),
        "banquet" => l.followups_kind_banquet(),
        "help" => l.followups_kind_help(),
        "call_back" => l.followups_kind_call_back(),
        "complaint" => l.followups_kind_complaint(),
        "phone_engineer" => l.followups_kind_phone_engineer(),
        // a task is what its title says
        _ if !one.title.is_empty() => return one.title.clone(),
        "task" => l.followups_kind_task(),
        other => return other.to_owned(),
    };
    if one.title.is_empty() { kind.to_string() } else { format!("{kind} · {}", one.title) }
}

pub(super) fn state(l: &Messages, state: State) -> String {
    let said = match state {
        State::Open => l.followups_state_open(),
        State::Doing => l.followups_state_doing(),
        State::Snoozed => l.followups_state_snoozed(),
        State::Escalated => l.followups_state_escalated(),
        State::Done => l.followups_state_done(),
        State::Dropped => l.followups_state_dropped(),
    };
    said.to_string()
}

pub(super) fn outcome(l: &Messages, outcome: AttemptOutcome) -> String {
    let said = match outcome {
        AttemptOutcome::Reached => l.followups_tried_reached(),
        AttemptOutcome::NoAnswer => l.followups_tried_no_answer(),
        AttemptOutcome::Busy => l.followups_tried_busy(),
        AttemptOutcome::WrongNumber => l.followups_tried_wrong_number(),
        AttemptOutcome::MessageLeft => l.followups_tried_message_left(),
        AttemptOutcome::Other => l.followups_tried_other(),
    };
    said.to_string()
}

/// Somebody by number and name.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FollowUpPerson)]
pub struct Person {
    pub(super) id: StaffId,
    pub(super) name: String,
}

fn person(id: Option<StaffId>, name: Option<String>) -> Option<Person> {
    id.map(|id| Person { id, name: name.unwrap_or_default() })
}

/// A follow-up, ready to be shown.
#[expect(clippy::struct_excessive_bools, reason = "each shows or hides a piece of the page")]
#[derive(Serialize, ToSchema)]
#[schema(as = FollowUp)]
pub struct View {
    pub(super) id: FollowUpId,
    pub(super) version: i64,
    pub(super) kind: String,
    pub(super) about: Option<String>,
    pub(super) title: String,
    pub(super) note: String,
    pub(super) state: State,
    /// Still owed, and its time has passed.
    pub(super) overdue: bool,
    /// The person who owes it.
    pub(super) staff: Option<Person>,
    /// Whom of the house a complaint is about: they neither handle nor close it.
    pub(super) concerns: Option<Person>,
    /// The role whose people owe it.
    pub(super) role: Option<Role>,
    pub(super) opened_at: Moment,
    pub(super) opened_by: Option<Person>,
    pub(super) due_at: Moment,
    pub(super) snoozed_until: Option<Moment>,
    pub(super) escalated_at: Option<Moment>,
    pub(super) repeat: Option<String>,
    pub(super) attempts: i64,
    pub(super) closed_at: Option<Moment>,
    pub(super) closed_by: Option<Person>,
    pub(super) result: String,
    /// What the record it is about is called, where the reader may know.
    pub(super) about_name: Option<Named>,
    /// Whether the reader may act on it.
    #[serde(skip)]
    pub(super) acts: bool,
    /// Whether the reader is at it.
    #[serde(skip)]
    pub(super) mine: bool,
    /// Whether it is a complaint about the reader.
    #[serde(skip)]
    pub(super) about_me: bool,
    /// Whether somebody gave it to the reader.
    #[serde(skip)]
    pub(super) given: bool,
    #[serde(skip)]
    pub(super) state_name: String,
    #[serde(skip)]
    pub(super) tint: &'static str,
    #[serde(skip)]
    pub(super) due: String,
    /// How long until it is due, or since.
    #[serde(skip)]
    pub(super) left: String,
    #[serde(skip)]
    pub(super) owner: String,
    #[serde(skip)]
    pub(super) closed: Option<String>,
}

impl View {
    /// Whether it is a complaint about this person.
    pub(super) fn is_about(&self, person: &Somebody) -> bool {
        self.concerns.as_ref().is_some_and(|whom| whom.id.0 == person.id)
    }

    /// Whether one key closes it: a missed call is settled in its ledger, a complaint in words, an approval
    /// where it is granted or refused.
    pub(super) fn closes_with_a_key(&self) -> bool {
        !matches!(self.kind.as_str(), "missed_call" | "complaint" | "approval")
    }

    pub(super) fn of(
        want: &Want,
        reader: &OnDuty,
        listed: Listed,
        about_name: Option<Named>,
    ) -> Self {
        let (l, spelling, now) = (want.messages(), want.spelling(), want.now);
        let (acts, instead) = (may_act(reader, &listed), instead(reader, &listed));
        let one = listed.follow_up;
        let owner = match (&listed.staff_name, one.role) {
            (Some(name), _) if instead => l.followups_instead_of(name.as_str()).to_string(),
            (Some(name), _) => name.clone(),
            (None, Some(role)) => l.followups_any_of(words::role(&l, role)).to_string(),
            (None, None) => String::new(),
        };
        let is_me = |staff: Option<StaffId>| staff.is_some() && staff == reader.staff();
        Self {
            acts: !one.state.is_over() && acts,
            mine: is_me(one.staff) && one.state == State::Doing,
            given: is_me(one.staff)
                && one.opened_by.is_some()
                && !is_me(one.opened_by)
                && !one.is_about(one.opened_by)
                && !one.state.is_over(),
            about_me: one.is_about(reader.staff()),
            overdue: one.is_overdue(now),
            title: reader.closed.text(&what(&l, &one)),
            state_name: state(&l, one.state),
            tint: match one.state {
                State::Escalated => "t4",
                State::Open if one.is_overdue(now) => "t3",
                State::Open => "",
                State::Doing => "ta",
                State::Snoozed => "ti",
                State::Done => "t1",
                State::Dropped => "t2",
            },
            due: spelling.moment(one.due_at),
            left: match one.closed_at {
                Some(at) if at <= one.due_at => String::new(),
                // how late it was, and not how long ago that is
                closed => left(&l, one.due_at, closed.unwrap_or(now)),
            },
            owner,
            closed: one.closed_at.map(|at| spelling.moment(at)),
            staff: person(one.staff, listed.staff_name),
            concerns: person(one.concerns, listed.concerns_name),
            opened_by: person(one.opened_by, listed.opened_name),
            closed_by: person(one.closed_by, listed.closed_name),
            attempts: listed.attempts,
            about_name,
            id: one.id,
            version: one.version,
            kind: one.kind,
            about: one.about,
            note: reader.closed.text(&one.note),
            state: one.state,
            role: one.role,
            opened_at: one.opened_at,
            due_at: one.due_at,
            snoozed_until: one.snoozed_until,
            escalated_at: one.escalated_at,
            repeat: one.repeat.map(|repeat| repeat.to_string()),
            closed_at: one.closed_at,
            result: reader.closed.text(&one.result),
        }
    }
}

/// How long until, or since, in words of one unit.
fn left(l: &Messages, due: Moment, now: Moment) -> String {
    let millis = due.millis_since(now);
    let minutes = millis.abs() / 60_000;
    let span = match minutes {
        0..120 => l.followups_minutes(minutes).to_string(),
        120..2_880 => l.followups_hours(minutes / 60).to_string(),
        _ => l.followups_days(minutes / 1_440).to_string(),
    };
    if millis >= 0 { l.followups_in(span).to_string() } else { l.followups_late(span).to_string() }
}
