//! A work order (派工单): what it is now, and what it becomes (operations.md §2.6).

use super::words::named;
use crate::kernel::{Moment, StaffId};

named! {
    /// Where an order stands.
    State {
        /// 草稿.
        Draft = "draft",
        /// 已派.
        Issued = "issued",
        /// 已接单.
        Acked = "acked",
        /// 出发.
        EnRoute = "en_route",
        /// 到场.
        OnSite = "on_site",
        /// 暂停.
        Paused = "paused",
        /// 完工.
        Done = "done",
        /// 已签字.
        Signed = "signed",
        /// 已归档.
        Archived = "archived",
        /// 撤回.
        Recalled = "recalled",
    }
}

impl State {
    /// Whether nothing is left to do at the customer's.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Signed | Self::Archived | Self::Recalled)
    }

    /// How far along an engineer is, 0 to 5: what the row of steps shows.
    pub const fn step(self) -> usize {
        match self {
            Self::Draft | Self::Recalled => 0,
            Self::Issued => 1,
            Self::Acked => 2,
            Self::EnRoute => 3,
            Self::OnSite | Self::Paused => 4,
            Self::Done => 5,
            Self::Signed | Self::Archived => 6,
        }
    }
}

named! {
    /// What is done to an order.
    Verb {
        /// 派单.
        Issue = "issue",
        /// 接单.
        Accept = "accept",
        /// 拒单.
        Decline = "decline",
        /// Nobody answered in time.
        Silence = "silence",
        /// 出发.
        Depart = "depart",
        /// 到场.
        Arrive = "arrive",
        /// 暂停.
        Pause = "pause",
        /// Goes on.
        Resume = "resume",
        /// 完工.
        Finish = "finish",
        /// 签字.
        Sign = "sign",
        /// 归档.
        Archive = "archive",
        /// 撤回.
        Recall = "recall",
        /// 求助: somebody at the desk must help at once.
        Help = "help",
        /// 记一笔.
        Note = "note",
        /// 撤销: the last act was taken back.
        Undo = "undo",
    }
}

impl Verb {
    /// Whether it is the engineer's to do.
    pub const fn is_engineers(self) -> bool {
        matches!(
            self,
            Self::Accept
                | Self::Decline
                | Self::Depart
                | Self::Arrive
                | Self::Pause
                | Self::Resume
                | Self::Finish
                | Self::Sign
                | Self::Help
                | Self::Note
        )
    }
}

/// An order as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, serde::Serialize, serde::Deserialize)]
pub struct Order {
    /// Its row.
    pub id: i64,
    /// `W26-0198`.
    pub no: String,
    /// Rises with every change.
    pub version: i64,
    /// The ticket it is for.
    pub ticket_id: i64,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub state: State,
    /// When it was written.
    pub created_at: Moment,
    /// When it was issued.
    pub issued_at: Option<Moment>,
    /// Who issued it.
    pub issued_by: Option<StaffId>,
    /// What the crew must be able to do.
    pub skills: String,
    /// From when the customer expects them.
    pub window_from: Option<Moment>,
    /// Until when.
    pub window_to: Option<Moment>,
    /// What to do, a line each.
    pub tasks: String,
    /// What to take along.
    pub tools: String,
    /// What to know.
    pub instructions: String,
    /// When it was accepted.
    pub acked_at: Option<Moment>,
    /// When they set out.
    pub departed_at: Option<Moment>,
    /// When they were there.
    pub arrived_at: Option<Moment>,
    /// When they were done.
    pub finished_at: Option<Moment>,
    /// When the customer signed.
    pub signed_at: Option<Moment>,
    /// When it was filed.
    pub archived_at: Option<Moment>,
    /// Why it had happened.
    pub cause: String,
    /// What was done.
    pub work_done: String,
    /// What was used, a line each.
    pub parts: String,
    /// What was measured.
    pub readings: String,
    /// What is left to do; empty where it is solved.
    pub next_step: String,
    /// What it costs.
    pub fee_fen: i64,
    /// Who signed.
    pub customer: String,
    /// 1 to 5, the customer's word.
    pub satisfaction: Option<i64>,
    /// Why nobody signed.
    pub unsigned_why: String,
    /// How often it was printed.
    pub prints: i64,
    /// How often its ticket had come back when it was written, and then sent.
    #[serde(default)]
    pub round: i64,
    /// What of [`Self::tasks`] is ticked, a line each.
    #[serde(default)]
    pub ticked: String,
}

/// What comes with an act.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// Why: declined, paused, recalled; or a note.
    pub reason: String,
    /// Why it had happened.
    pub cause: String,
    /// What was done.
    pub work_done: String,
    /// What was used.
    pub parts: String,
    /// What was measured.
    pub readings: String,
    /// What is left to do.
    pub next_step: String,
    /// What it costs, in fen.
    pub fee_fen: i64,
    /// Who signs.
    pub customer: String,
    /// The customer's word, 1 to 5.
    pub satisfaction: Option<i64>,
    /// Why nobody signs.
    pub unsigned_why: String,
    /// What was ticked since of what is to do, a line each.
    pub ticked: String,
    /// What was ticked and is not any more.
    pub unticked: String,
}

/// What there is to see of an order's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pictures {
    /// Photographs.
    pub photos: i64,
    /// Signatures.
    pub signatures: i64,
}

/// Why it cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such way from this state.
    NoSuchMove(State),
    /// A reason is needed.
    NoReason,
    /// What was done must be said.
    NoWork,
    /// The customer's name and signature, or why there is none.
    NoSignature,
    /// Where nobody signs, a photograph stands for it.
    NoPhoto,
    /// A crew with one lead is needed.
    NoCrew,
    /// The lead is neither on duty nor on call.
    NotThere,
    /// Money is not negative, a word of the customer is 1 to 5.
    Figures,
}

impl Order {
    /// Does it, or says why not. `at` is when it was done, by the clock of whoever did it.
    pub fn act(
        &mut self,
        verb: Verb,
        details: &Details,
        at: Moment,
        seen: Pictures,
    ) -> Result<(), Refusal> {
        let needs_reason = matches!(verb, Verb::Decline | Verb::Pause | Verb::Recall);
        let to = match (verb, self.state) {
            (Verb::Issue, State::Draft) => State::Issued,
            (Verb::Accept, State::Issued) => State::Acked,
            (Verb::Decline, State::Issued | State::Acked) | (Verb::Silence, State::Issued) => {
                State::Draft
            }
            (Verb::Depart, State::Acked) => State::EnRoute,
            (Verb::Arrive, State::EnRoute) | (Verb::Resume, State::Paused) => State::OnSite,
            (Verb::Pause, State::OnSite) => State::Paused,
            (Verb::Finish, State::OnSite) => State::Done,
            (Verb::Sign, State::Done) => State::Signed,
            (Verb::Archive, State::Signed) => State::Archived,
            (Verb::Recall, State::Draft | State::Issued | State::Acked | State::EnRoute) => {
                State::Recalled
            }
            (
                Verb::Help,
                State::Acked | State::EnRoute | State::OnSite | State::Paused | State::Done,
            )
            | (
                Verb::Note,
                State::Draft
                | State::Issued
                | State::Acked
                | State::EnRoute
                | State::OnSite
                | State::Paused
                | State::Done
                | State::Signed
                | State::Recalled,
            ) => self.state,
            (_, state) => return Err(Refusal::NoSuchMove(state)),
        };
        if (needs_reason || matches!(verb, Verb::Help | Verb::Note))
            && details.reason.trim().is_empty()
        {
            return Err(Refusal::NoReason);
        }
        match verb {
            Verb::Issue => self.issued_at = Some(at),
            Verb::Accept => self.acked_at = Some(at),
            Verb::Decline | Verb::Silence => {
                self.issued_at = None;
                self.acked_at = None;
            }
            Verb::Depart => self.departed_at = Some(at),
            Verb::Arrive => self.arrived_at = self.arrived_at.or(Some(at)),
            Verb::Finish => self.finish(details, at)?,
            Verb::Sign => self.sign(details, at, seen)?,
            Verb::Archive => self.archived_at = Some(at),
            Verb::Pause | Verb::Resume | Verb::Recall | Verb::Help | Verb::Note | Verb::Undo => {}
        }
        if verb.is_engineers() {
            self.ticked = self.ticked_by(details);
        }
        self.state = to;
        Ok(())
    }

    /// What is ticked then, in the order of what is to do: what a colleague has ticked stays.
    pub(crate) fn ticked_by(&self, details: &Details) -> String {
        let says = |lines: &str, task: &str| lines.lines().any(|line| line.trim() == task);
        let is_ticked = |task: &&str| {
            !task.is_empty()
                && !says(&details.unticked, task)
                && (says(&details.ticked, task) || says(&self.ticked, task))
        };
        let tasks = self.tasks.lines().map(str::trim);
        tasks.filter(is_ticked).collect::<Vec<_>>().join("\n")
    }

    fn finish(&mut self, details: &Details, at: Moment) -> Result<(), Refusal> {
        if details.work_done.trim().is_empty() {
            return Err(Refusal::NoWork);
        }
        if details.fee_fen < 0 {
            return Err(Refusal::Figures);
        }
        self.finished_at = Some(at);
        details.work_done.trim().clone_into(&mut self.work_done);
        details.cause.trim().clone_into(&mut self.cause);
        details.parts.trim().clone_into(&mut self.parts);
        details.readings.trim().clone_into(&mut self.readings);
        details.next_step.trim().clone_into(&mut self.next_step);
        self.fee_fen = details.fee_fen;
        Ok(())
    }

    fn sign(&mut self, details: &Details, at: Moment, seen: Pictures) -> Result<(), Refusal> {
        let (customer, why) = (details.customer.trim(), details.unsigned_why.trim());
        if details.satisfaction.is_some_and(|word| !(1..=5).contains(&word)) {
            return Err(Refusal::Figures);
        }
        if why.is_empty() && (customer.is_empty() || seen.signatures == 0) {
            return Err(Refusal::NoSignature);
        }
        if !why.is_empty() && seen.photos == 0 {
            return Err(Refusal::NoPhoto);
        }
        customer.clone_into(&mut self.customer);
        why.clone_into(&mut self.unsigned_why);
        self.satisfaction = details.satisfaction;
        self.signed_at = Some(at);
        Ok(())
    }
}
