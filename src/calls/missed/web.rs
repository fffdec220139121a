//! The ledger on a page: who owes a call back to whom.

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::agenda::preparation;
use super::super::web::sight::{may_read, may_write};
use super::super::web::{number_for_people, outcome_word};
use super::say::{age, closed_how};
use super::store::{self, Debt};
use crate::db;
use crate::followups::AttemptOutcome;
use crate::kernel::{CallId, Closed, DebtId, FollowUpId, Moment, Role, StaffId, masked};
use crate::web::{
    Filter, Frame, OnDuty, Place, Problem, Reader, Want, from_cursor, maybe_text, to_cursor,
};
use crate::words::{self, Messages};

const PAGE: usize = 50;
/// A withheld number stays on the page for so long, in milliseconds.
const WITHHELD_MS: i64 = 24 * 60 * 60 * 1000;

/// `?view=closed&after=…`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    view: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    after: Option<String>,
}

/// Who owes it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MissedOwner)]
pub(super) struct Owner {
    /// The person, once somebody has taken it.
    staff: Option<StaffId>,
    /// Their name.
    name: Option<String>,
    /// The role whose people owe it.
    role: Option<Role>,
}

/// A debt as pages and programs see it.
#[expect(clippy::struct_excessive_bools, reason = "each shows or hides a piece of the page")]
#[derive(Serialize, ToSchema)]
#[schema(as = MissedCall)]
pub struct View {
    pub(in crate::calls) id: DebtId,
    version: i64,
    /// Whom to call back; masked for those without need, null where it was withheld.
    number: Option<String>,
    masked: bool,
    pub(in crate::calls) withheld: bool,
    /// Whether somebody can call back at all.
    pub(in crate::calls) returnable: bool,
    /// The name the caller's telephone gave.
    display: Option<String>,
    hotline: Option<String>,
    /// How many calls were missed.
    calls: i64,
    first_call: CallId,
    last_call: CallId,
    pub(in crate::calls) first_at: Moment,
    last_at: Moment,
    /// How the last of them ended.
    outcome: Option<String>,
    excluded: Option<String>,
    /// Some of them were told by a file of the PBX afterwards.
    imported: bool,
    owner: Owner,
    /// The state of the follow-up.
    state: Option<String>,
    follow_up: Option<FollowUpId>,
    due_at: Option<Moment>,
    pub(in crate::calls) overdue: bool,
    /// How long the first caller has waited, in milliseconds.
    age_ms: i64,
    pub(in crate::calls) attempts: i64,
    closed_at: Option<Moment>,
    closed_how: Option<String>,
    /// The call that settled it.
    closed_by: Option<String>,
    pub(in crate::calls) reason: Option<String>,
    #[serde(skip)]
    pub(in crate::calls) who: String,
    /// The number as people write it.
    #[serde(skip)]
    shown: Option<String>,
    #[serde(skip)]
    pub(in crate::calls) tel: Option<String>,
    /// Where the call back is prepared.
    #[serde(skip)]
    pub(in crate::calls) prepare: Option<String>,
    #[serde(skip)]
    last: String,
    #[serde(skip)]
    pub(in crate::calls) age: String,
    #[serde(skip)]
    pub(in crate::calls) due: String,
    #[serde(skip)]
    pub(in crate::calls) owned: String,
    #[serde(skip)]
    pub(in crate::calls) how: String,
    #[serde(skip)]
    ended: String,
    #[serde(skip)]
    pub(in crate::calls) closed: Option<String>,
    /// The reader is at it.
    #[serde(skip)]
    pub(in crate::calls) mine: bool,
    #[serde(skip)]
    pub(in crate::calls) settled_link: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "calls/missed.html")]
struct MissedPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<View>,
    next: Option<String>,
    #[serde(skip)]
    closed: bool,
    /// Whether the reader may act.
    #[serde(skip)]
    acts: bool,
    /// Whether the reader may say how missed calls are owed.
    #[serde(skip)]
    rules: bool,
    #[serde(skip)]
    outcomes: Vec<(&'static str, String)>,
}

impl MissedPage {
    fn older(&self) -> String {
        let view = if self.closed { "closed" } else { "open" };
        format!("/calls/missed?view={view}&after={}", self.next.as_deref().unwrap_or_default())
    }
}

impl View {
    pub(super) fn of(want: &Want, reader: &OnDuty, closed: &Closed, debt: Debt) -> Self {
        let (l, spelling, now) = (want.messages(), want.spelling(), want.now);
        let (debt, hidden) = debt.seen(closed);
        let whole = reader.sees_numbers() && !hidden;
        let withheld = debt.number.is_none();
        let shown = debt
            .number
            .as_deref()
            .map(|number| if whole || hidden { number_for_people(number) } else { masked(number) });
        let role: Option<Role> = debt.role.as_deref().and_then(|word| word.parse().ok());
        let owned = match (&debt.staff_name, role) {
            (Some(name), _) => name.clone(),
            (None, Some(role)) => l.missed_any_of(words::role(&l, role)).to_string(),
            (None, None) => String::new(),
        };
        let overdue = debt.closed_at.is_none() && debt.due_at.is_some_and(|due| due <= now);
        let age_ms = debt.closed_at.unwrap_or(now).millis_since(debt.first_at).max(0);
        let dial = debt.number.clone().filter(|_| whole && debt.closed_at.is_none());
        let purpose = l.calls_purpose_callback().to_string();
        let about = format!("calls/{}", debt.last_call);
        let display = debt.caller_display.filter(|_| whole || hidden);
        let settled_link = debt.closed_about.clone().filter(|about| about.starts_with("calls/"));
        Self {
            who: display
                .clone()
                .or_else(|| shown.clone())
                .unwrap_or_else(|| l.missed_withheld().to_string()),
            shown,
            prepare: dial.as_deref().map(|number| preparation(Some(number), &purpose, &about)),
            tel: dial,
            last: spelling.moment(debt.last_at),
            age: age(&l, age_ms),
            due: debt.due_at.map(|at| spelling.moment(at)).unwrap_or_default(),
            how: debt.closed_how.as_deref().map(|how| closed_how(&l, how)).unwrap_or_default(),
            ended: debt.outcome.as_deref().map(|word| outcome_word(&l, word)).unwrap_or_default(),
            closed: debt.closed_at.map(|at| spelling.moment(at)),
            mine: debt.staff.is_some()
                && debt.staff == reader.staff()
                && debt.state.as_deref() == Some("doing"),
            settled_link: settled_link.map(|about| format!("/{about}")),
            owned,
            number: debt
                .number
                .map(|number| if whole || hidden { number } else { masked(&number) }),
            masked: !whole && !withheld,
            withheld,
            returnable: !withheld,
            display,
            hotline: debt.hotline_name.or(debt.hotline_number),
            calls: debt.calls,
            first_call: debt.first_call,
            last_call: debt.last_call,
            first_at: debt.first_at,
            last_at: debt.last_at,
            outcome: debt.outcome,
            excluded: debt.excluded,
            imported: debt.imported > 0,
            owner: Owner { staff: debt.staff, name: debt.staff_name, role },
            state: debt.state,
            follow_up: debt.follow_up_id,
            due_at: debt.due_at,
            overdue,
            age_ms,
            attempts: debt.attempts,
            closed_at: debt.closed_at,
            closed_how: debt.closed_how,
            closed_by: debt.closed_about,
            reason: debt.result.filter(|text| !text.is_empty()),
            id: debt.id,
            version: debt.version,
        }
    }
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    may_read(&reader)?;
    let closed = match asked.view.as_deref() {
        None | Some("open") => false,
        Some("closed") => true,
        Some(_) => {
            return Err(Problem::syntax().field("view", |l| l.missed_wrong_view().to_string()));
        }
    };
    let after = asked.after.as_deref().map(from_cursor::<(i64, i64, DebtId)>).transpose()?;
    let filter = store::Filter {
        closed,
        withheld_since: want.now.plus_millis(-WITHHELD_MS),
        after: after.map(|(over, at, id)| (over, Moment::from_millis(at), id)),
    };
    let (found, older) = store::page(&want.kit.db, filter, PAGE).await?;
    let place = |debt: &Debt| {
        let at = if closed { debt.closed_at } else { debt.due_at.or(Some(debt.last_at)) };
        let over = i64::from(debt.closed_at.is_some());
        at.map(|at| to_cursor(&(over, at.millis(), debt.id)))
    };
    let next = found.last().filter(|_| older).and_then(place);
    let numbers = reader.closed.clone();
    want.page(&MissedPage {
        items: found.into_iter().map(|debt| View::of(&want, &reader, &numbers, debt)).collect(),
        frame: want.frame(Place::Missed),
        next,
        closed,
        acts: may_write(&reader).is_ok(),
        rules: reader.roles.has_any(super::admin::KEEPERS),
        outcomes: outcomes(&want.messages()),
    })
}

/// How a call back may end, and the words for it.
pub(in crate::calls) fn outcomes(l: &Messages) -> Vec<(&'static str, String)> {
    let outcomes = AttemptOutcome::ALL.into_iter().map(|how| {
        let label = match how {
            AttemptOutcome::Reached => l.followups_tried_reached(),
            AttemptOutcome::NoAnswer => l.followups_tried_no_answer(),
            AttemptOutcome::Busy => l.followups_tried_busy(),
            AttemptOutcome::WrongNumber => l.followups_tried_wrong_number(),
            AttemptOutcome::MessageLeft => l.followups_tried_message_left(),
            AttemptOutcome::Other => l.followups_tried_other(),
        };
        (how.word(), label.to_string())
    });
    outcomes.collect()
}

/// The debt a call belongs to, as pages show it.
pub(in crate::calls) async fn of_call(
    want: &Want,
    reader: &OnDuty,
    id: CallId,
) -> db::Result<Option<View>> {
    let debt = store::debt_of(&want.kit.db, id).await?;
    Ok(debt.map(|debt| View::of(want, reader, &reader.closed, debt)))
}
