//! A fault ticket: what it is now, and what it becomes (operations.md §2.6). The states and moves of that
//! table, and no others; the store refuses whatever gets past here.

mod moves;

use super::clock::Metric;
use super::words::named;
use crate::kernel::{CallId, Moment, StaffId};

/// A reopening later than this is a new fault.
pub const REOPEN_WITHIN_MS: i64 = 7 * 24 * 3_600_000;
/// A solved fault that nobody called back about is closed after so long.
pub const CLOSE_AFTER_MS: i64 = 7 * 24 * 3_600_000;

named! {
    /// Where a ticket stands.
    State {
        /// 新报.
        New = "new",
        /// 已受理.
        Accepted = "accepted",
        /// 已派工.
        Dispatched = "dispatched",
        /// 处理中.
        InProgress = "in_progress",
        /// 挂起.
        Waiting = "waiting",
        /// 已解决, the caller not asked yet.
        Resolved = "resolved",
        /// 已关闭.
        Closed = "closed",
        /// 重开.
        Reopened = "reopened",
        /// 重复.
        Duplicate = "duplicate",
        /// 已取消.
        Cancelled = "cancelled",
    }
}

impl State {
    /// Whether somebody still has to do something about the fault itself.
    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::New
                | Self::Accepted
                | Self::Dispatched
                | Self::InProgress
                | Self::Waiting
                | Self::Reopened
        )
    }

    /// Whether it is no fault of its own any more: a duplicate of another, or cancelled.
    pub const fn is_void(self) -> bool {
        matches!(self, Self::Duplicate | Self::Cancelled)
    }

    /// Whether it is still on the board.
    pub const fn is_open(self) -> bool {
        self.is_active() || matches!(self, Self::Resolved)
    }
}

named! {
    /// For whom a ticket waits.
    WaitingFor {
        /// 等客户.
        Customer = "customer",
        /// 等备件.
        Parts = "parts",
        /// 等第三方.
        ThirdParty = "third_party",
    }
}

impl WaitingFor {
    /// Whether the resolve clock stands meanwhile: our own stores are no excuse.
    pub const fn pauses(self) -> bool {
        matches!(self, Self::Customer | Self::ThirdParty)
    }
}

named! {
    /// By which of the two exits a ticket was solved.
    SolvedHow {
        /// On the telephone.
        Phone = "phone",
        /// By an engineer.
        Site = "site",
    }
}

/// 1 is the most urgent of four. Impact: 1 a whole site, 2 several people, 3 one; urgency: 1 nothing works,
/// 2 much is in the way, 3 can wait.
pub const fn priority(impact: i64, urgency: i64) -> i64 {
    match impact + urgency {
        ..=2 => 1,
        3 => 2,
        4 => 3,
        _ => 4,
    }
}

/// A ticket as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, serde::Serialize, serde::Deserialize)]
pub struct Ticket {
    /// Its row.
    pub id: i64,
    /// `F26-0312`.
    pub no: String,
    /// Rises with every change.
    pub version: i64,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub state: State,
    /// When it was reported.
    pub opened_at: Moment,
    /// Who wrote it down.
    pub opened_by: Option<StaffId>,
    /// The day it counts for.
    pub business_date: String,
    /// The call it came by.
    pub call_id: Option<CallId>,
    /// The customer's card.
    pub contact_id: Option<i64>,
    /// E.164, or as written; empty where unknown.
    pub caller_number: String,
    /// Who reported it.
    pub caller_name: String,
    /// Whose fault it is.
    pub company: String,
    /// Where, if known.
    pub site_id: Option<i64>,
    /// By which contract.
    pub contract_id: Option<i64>,
    /// Which thing.
    pub asset_id: Option<i64>,
    /// Where, in the caller's words.
    pub place: String,
    /// Its serial number.
    pub serial: String,
    /// 需求.
    pub need: String,
    /// 目的.
    pub purpose: String,
    /// What is seen.
    pub symptom: String,
    /// What sort of thing: 网络, 打印, …
    pub category: String,
    /// What an engineer must be able to do.
    pub skill: String,
    /// 1 to 3, see [`priority`].
    pub impact: i64,
    /// 1 to 3, see [`priority`].
    pub urgency: i64,
    /// 1 to 4, computed.
    pub priority: i64,
    /// What the caller has tried.
    pub tried: String,
    /// What will be done.
    pub plan: String,
    /// Until when, as told to the caller.
    pub promised_at: Option<Moment>,
    /// Who looks after it.
    pub owner: Option<StaffId>,
    /// For whom it waits.
    pub waiting_for: Option<String>,
    /// Until when.
    pub waiting_until: Option<Moment>,
    /// The state it returns to.
    pub waiting_from: Option<String>,
    /// How it was solved.
    pub solution: String,
    /// Why it had happened.
    pub cause: String,
    /// By which exit.
    pub solved_how: Option<String>,
    /// When somebody took it.
    pub accepted_at: Option<Moment>,
    /// When it was solved.
    pub resolved_at: Option<Moment>,
    /// When the caller said so too.
    pub closed_at: Option<Moment>,
    /// 1 to 5, the caller's word.
    pub satisfaction: Option<i64>,
    /// How often it came back.
    pub reopened: i64,
    /// The ticket that stands for it.
    pub duplicate_of: Option<i64>,
    /// Why it was cancelled.
    pub reason: String,
    /// When it was read back to who reported it, as it is written now.
    pub readback_at: Option<Moment>,
}

/// What somebody does to a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// 受理: from now on it has an owner.
    Accept(StaffId),
    /// 电话解决, with how.
    ResolveByPhone {
        /// What helped.
        solution: String,
        /// Why it had happened.
        cause: String,
    },
    /// 派工: the first order was issued.
    Dispatch,
    /// An engineer is on the way or there.
    Begin,
    /// Nobody was sent any more: the last order was taken back, and with it the 派工.
    Unsend,
    /// 挂起.
    Wait {
        /// For whom.
        why: WaitingFor,
        /// Until when.
        until: Moment,
    },
    /// Goes on, before or at its time.
    Return,
    /// The engineers are done.
    ResolveOnSite {
        /// What they did.
        solution: String,
        /// Why it had happened.
        cause: String,
    },
    /// 回访: the caller was asked; `None` where nobody could be, after [`CLOSE_AFTER_MS`].
    Close(Option<i64>),
    /// It came back.
    Reopen,
    /// Another ticket stands for it.
    DuplicateOf(i64),
    /// Nothing is to be done.
    Cancel(String),
}

/// What is known of a ticket's orders when something is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Orders {
    /// Issued and not taken back.
    pub issued: usize,
    /// Neither done nor taken back.
    pub open: usize,
}

/// Why it cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such way from this state.
    NoSuchMove(State),
    /// Without a solution nothing is solved.
    NoSolution,
    /// A plan is needed before anybody is sent.
    NoPlan,
    /// And a time the caller was promised.
    NoPromise,
    /// No order was issued.
    NoOrder,
    /// An engineer is not done yet.
    OrdersOpen,
    /// Waiting ends in the future.
    UntilPast,
    /// More than seven days after it was solved it is a new fault.
    TooLate,
    /// A ticket is not its own duplicate.
    Itself,
    /// What stands for another must stand itself.
    Void,
    /// A reason is needed.
    NoReason,
    /// 1 to 5.
    Satisfaction,
}

/// What a move does to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// Begins, in a new round where the ticket came back.
    Start(Metric),
    /// Stands until it goes on.
    Pause(Metric),
    /// Goes on.
    Resume(Metric),
    /// Ends for good.
    Stop(Metric),
}
