//! One follow-up: whose it is, what may be done with it, what follows when nothing is done.

use serde::Serialize;
use utoipa::ToSchema;

use super::given::Assignee;
use super::ladder::{Ladder, Target};
use super::repeat::Repeat;
use crate::kernel::{FollowUpId, Moment, Role, StaffId};
use crate::notices::Recipients;
use crate::timers::late_by;

/// What a follow-up is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FollowUpState)]
pub enum State {
    /// Nobody is at it.
    Open,
    /// Somebody is at it.
    Doing,
    /// Sleeps until a time.
    Snoozed,
    /// It was due and others were told.
    Escalated,
    /// Done.
    Done,
    /// Will not be done, for a reason.
    Dropped,
}

impl State {
    /// All six.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Doing, Self::Snoozed, Self::Escalated, Self::Done, Self::Dropped];

    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Doing => "doing",
            Self::Snoozed => "snoozed",
            Self::Escalated => "escalated",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nobody owes it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Dropped)
    }
}

/// How a follow-up ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// It was done; what came of it may be said.
    Done(String),
    /// It will not be done; why must be said.
    Dropped(String),
}

/// What follows from time passing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A snooze is over.
    Woke,
    /// Its owner is to be reminded.
    Reminder,
    /// It is due now.
    Due,
    /// Others are to be told.
    Escalated(Target),
}

/// Why something cannot be done with a follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is done or dropped.
    #[error("it is over")]
    Over,
    /// Somebody else is at it.
    #[error("somebody else is at it")]
    Taken(StaffId),
    /// A reason is missing.
    #[error("a reason is needed")]
    Reason,
    /// The time has passed, or is more than a year away.
    #[error("the time must be later than now, within a year")]
    Time,
    /// Only the one it was given to may refuse it, and only to somebody who gave it.
    #[error("it was not given to this person by somebody else")]
    NotGiven,
    /// Whom a complaint is about neither handles nor closes it (clause 3-d).
    #[error("the complaint is about this person")]
    Concerned,
    /// It was to go to whom the complaint is about.
    #[error("the complaint is about whom it was to go to")]
    ToConcerned,
}

/// The longest a snooze lasts and the farthest a due time lies, in milliseconds.
const FARTHEST_MS: i64 = 366 * 24 * 60 * 60 * 1000;

/// A follow-up as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// Its number.
    pub id: FollowUpId,
    /// Rises with every change.
    pub version: i64,
    /// What sort.
    pub kind: String,
    /// The record it is about.
    pub about: Option<String>,
    /// What is to be done.
    pub title: String,
    /// More of it.
    pub note: String,
    /// What it is now.
    pub state: State,
    /// The person who owes it.
    pub staff: Option<StaffId>,
    /// The role whose people owe it.
    pub role: Option<Role>,
    /// When it was opened.
    pub opened_at: Moment,
    /// By whom; none is the house.
    pub opened_by: Option<StaffId>,
    /// By when it is owed.
    pub due_at: Moment,
    /// When its owner is reminded.
    pub remind_at: Option<Moment>,
    /// Until when it sleeps.
    pub snoozed_until: Option<Moment>,
    /// Who is told when it stays undone.
    pub ladder: Ladder,
    /// How far that has gone: 0 is not due yet, 1 was due, then the steps.
    pub step: usize,
    /// When the next of that comes.
    pub step_at: Option<Moment>,
    /// Whom it was last escalated to.
    pub escalated_staff: Option<StaffId>,
    /// The role it was last escalated to.
    pub escalated_role: Option<Role>,
    /// When.
    pub escalated_at: Option<Moment>,
    /// Whether it comes back.
    pub repeat: Option<Repeat>,
    /// Since when somebody is at it.
    pub taken_at: Option<Moment>,
    /// When it was done or dropped.
    pub closed_at: Option<Moment>,
    /// By whom; none is the house.
    pub closed_by: Option<StaffId>,
    /// What came of it, or why it was dropped.
    pub result: String,
    /// Whom of the house a complaint is about.
    pub concerns: Option<StaffId>,
}

impl FollowUp {
    /// Whether its time has passed and it is still owed.
    pub fn is_overdue(&self, now: Moment) -> bool {
        !self.state.is_over() && self.due_at <= now
    }

    /// When something falls due by itself.
    pub fn next_at(&self) -> Option<Moment> {
        if self.state.is_over() {
            return None;
        }
        self.snoozed_until.or_else(|| self.remind_at.into_iter().chain(self.step_at).min())
    }

    /// Whether it is a complaint about this person.
    pub fn is_about(&self, staff: Option<StaffId>) -> bool {
        staff.is_some() && self.concerns == staff
    }

    /// To whom it was handed up last, where it stayed undone.
    pub fn told(&self) -> Option<Recipients> {
        let person = self.escalated_staff.map(|staff| Recipients::People(vec![staff]));
        person.or(self.escalated_role.map(Recipients::Role))
    }

    fn alive(&self) -> Result<(), Refusal> {
        if self.state.is_over() { Err(Refusal::Over) } else { Ok(()) }
    }

    /// Somebody is at it from now on.
    pub fn take(&mut self, by: StaffId, now: Moment) -> Result<(), Refusal> {
        self.alive()?;
        if self.is_about(Some(by)) {
            return Err(Refusal::Concerned);
        }
        if self.state == State::Doing
            && let Some(other) = self.staff.filter(|other| *other != by)
        {
            return Err(Refusal::Taken(other));
        }
        (self.state, self.staff, self.taken_at) = (State::Doing, Some(by), Some(now));
        self.snoozed_until = None;
        Ok(())
    }

    /// Who was at it gives it back: to the role it came from, else it stays theirs.
    pub fn give_back(&mut self) -> Result<(), Refusal> {
        self.alive()?;
        self.awake();
        self.taken_at = None;
        if self.role.is_some() {
            self.staff = None;
        }
        Ok(())
    }

    fn awake(&mut self) {
        self.snoozed_until = None;
        self.state = if self.escalated_at.is_some() { State::Escalated } else { State::Open };
    }

    /// Sleeps until a time. What was due before is due then, and the ladder goes on from there.
    pub fn snooze(&mut self, until: Moment, now: Moment) -> Result<(), Refusal> {
        self.alive()?;
        if until <= now || until > now.plus_millis(FARTHEST_MS) {
            return Err(Refusal::Time);
        }
        if self.step == 0 {
            self.due_at = self.due_at.max(until);
            self.step_at = Some(self.due_at);
        } else if let Some(rung) = self.ladder.rung(self.step - 1) {
            self.step_at = self.step_at.map(|at| at.max(until.plus_millis(rung.wait_ms)));
        }
        (self.state, self.snoozed_until) = (State::Snoozed, Some(until));
        Ok(())
    }

    /// Done, or dropped for a reason.
    pub fn close(&mut self, how: Closing, by: Option<StaffId>, now: Moment) -> Result<(), Refusal> {
        self.alive()?;
        if self.is_about(by) {
            return Err(Refusal::Concerned);
        }
        let (state, said) = match how {
            Closing::Done(said) => (State::Done, said),
            Closing::Dropped(why) if why.trim().is_empty() => return Err(Refusal::Reason),
            Closing::Dropped(why) => (State::Dropped, why),
        };
        (self.state, self.result) = (state, said.trim().to_owned());
        (self.closed_at, self.closed_by) = (Some(now), by);
        (self.snoozed_until, self.step_at, self.remind_at) = (None, None, None);
        Ok(())
    }

    /// Refuses what was given: it goes back to whoever gave it (clause 5.4).
    pub fn refuse(&mut self, by: StaffId, why: &str) -> Result<StaffId, Refusal> {
        self.alive()?;
        if why.trim().is_empty() {
            return Err(Refusal::Reason);
        }
        let giver = self.opened_by.filter(|giver| self.staff == Some(by) && *giver != by);
        let giver = giver.filter(|giver| !self.is_about(Some(*giver))).ok_or(Refusal::NotGiven)?;
        (self.staff, self.role, self.taken_at) = (Some(giver), None, None);
        self.awake();
        Ok(giver)
    }

    /// Somebody else owes it from now on.
    pub fn assign(&mut self, to: Assignee) -> Result<(), Refusal> {
        self.alive()?;
        if matches!(to, Assignee::Staff(staff) if self.is_about(Some(staff))) {
            return Err(Refusal::ToConcerned);
        }
        (self.staff, self.role) = match to {
            Assignee::Staff(staff) => (Some(staff), self.role),
            Assignee::Role(role) => (None, Some(role)),
        };
        self.taken_at = None;
        self.awake();
        Ok(())
    }

    /// Says whom of the house it is about. Who that is has it no longer in hand; whoever it was about
    /// before cannot say that it is about somebody else.
    pub fn name_concerned(
        &mut self,
        whom: Option<StaffId>,
        by: Option<StaffId>,
    ) -> Result<(), Refusal> {
        self.alive()?;
        if self.is_about(by) {
            return Err(Refusal::Concerned);
        }
        self.concerns = whom;
        if self.is_about(self.escalated_staff) {
            self.escalated_staff = None;
        }
        if self.is_about(self.staff) {
            self.assign(Assignee::Role(self.role.unwrap_or(Role::Supervisor)))?;
        }
        Ok(())
    }

    /// It is owed by another time; the ladder begins anew from there.
    pub fn move_due(&mut self, due: Moment, now: Moment) -> Result<(), Refusal> {
        self.alive()?;
        if due <= now || due > now.plus_millis(FARTHEST_MS) {
            return Err(Refusal::Time);
        }
        (self.due_at, self.step, self.step_at) = (due, 0, Some(due));
        self.remind_at = self.remind_at.filter(|at| *at < due);
        Ok(())
    }

    /// Lets time pass up to `now`: what follows, in order. What comes late counts on from now.
    pub fn pass(&mut self, now: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some(at) = self.next_at().filter(|at| *at <= now) {
            if self.snoozed_until.is_some() {
                self.awake();
                effects.push(Effect::Woke);
            } else if self.remind_at == Some(at) {
                self.remind_at = None;
                effects.push(Effect::Reminder);
            } else {
                effects.push(self.step(at, now));
            }
        }
        effects
    }

    fn step(&mut self, at: Moment, now: Moment) -> Effect {
        let rung = self.step.checked_sub(1).and_then(|number| self.ladder.rung(number));
        let from = if late_by(at, now).is_some() { now } else { at };
        let next = self.ladder.rung(self.step);
        self.step_at = next.map(|next| from.plus_millis(next.wait_ms.max(1)));
        self.step += 1;
        let Some(rung) = rung else { return Effect::Due };
        self.escalated_at = Some(now);
        (self.escalated_staff, self.escalated_role) = match rung.to {
            Target::Staff(staff) => (Some(staff), None),
            Target::Role(role) => (None, Some(role)),
            // the store puts in whoever it is
            Target::OnCall(_) => (None, None),
        };
        if self.state == State::Open {
            self.state = State::Escalated;
        }
        Effect::Escalated(rung.to)
    }
}
