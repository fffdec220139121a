//! Reading the ledger: its debts with who owes them, and the rules.

use sqlx::FromRow;

use super::Rule;
use crate::contacts;
use crate::db::{Db, Error, Query, Result, statements};
use crate::kernel::{CallId, DebtId, FollowUpId, Moment, StaffId};

statements! {
    /// Debts with the call they began with and who owes them; a WHERE is to follow.
    DEBTS = "SELECT d.id, d.version, d.number, d.follow_up_id, d.calls, d.first_call, d.last_call, d.first_at, d.last_at, d.closed_at,
                    d.closed_how, d.closed_about, c.caller_display, c.hotline_name, c.hotline_number, l.outcome, l.excluded,
                    f.state, f.assignee_staff AS staff, s.name AS staff_name, f.assignee_role AS role, f.due_at, f.result,
                    (SELECT count(*) FROM follow_up_attempts t WHERE t.follow_up_id = d.follow_up_id) AS attempts,
                    (SELECT count(*) FROM missed_debt_calls m JOIN imported_calls i ON i.call_id = m.call_id WHERE m.debt_id = d.id) AS imported
             FROM missed_debts d JOIN calls c ON c.id = d.first_call JOIN calls l ON l.id = d.last_call
                  LEFT JOIN follow_ups f ON f.id = d.follow_up_id LEFT JOIN staff s ON s.id = f.assignee_staff
             WHERE 1 = 1";
    /// The debt a call belongs to.
    BY_CALL = "SELECT debt_id FROM missed_debt_calls WHERE call_id = $1";
    /// How many debts somebody owes.
    OWED = "SELECT count(*) AS owed FROM missed_debts WHERE closed_at IS NULL";
    /// All rules.
    RULES = "SELECT hotline, version, owner_staff, owner_role, due_ms, escalate_ms, count_short FROM missed_rules ORDER BY hotline";
}

/// A debt as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Debt {
    /// Its number.
    pub id: DebtId,
    /// Rises with every change.
    pub version: i64,
    /// Whom to call back; none where the number was withheld.
    pub number: Option<String>,
    /// Who owes it.
    pub follow_up_id: Option<FollowUpId>,
    /// How many calls were missed.
    pub calls: i64,
    /// The first.
    pub first_call: CallId,
    /// The last.
    pub last_call: CallId,
    /// When the first was over.
    pub first_at: Moment,
    /// When the last was over.
    pub last_at: Moment,
    /// When it was settled.
    pub closed_at: Option<Moment>,
    /// How: `called_again`, `called_back`, `by_hand`, `was_test`, `not_returnable`.
    pub closed_how: Option<String>,
    /// The call that settled it.
    pub closed_about: Option<String>,
    /// The name on the customer's card, else the one the caller's telephone gave.
    pub caller_display: Option<String>,
    /// The hotline's name.
    pub hotline_name: Option<String>,
    /// The hotline's number.
    pub hotline_number: Option<String>,
    /// How the last call ended.
    pub outcome: Option<String>,
    /// Whether the last call counts.
    pub excluded: Option<String>,
    /// The state of the follow-up.
    pub state: Option<String>,
    /// The person who owes it.
    pub staff: Option<StaffId>,
    /// Their name.
    pub staff_name: Option<String>,
    /// The role whose people owe it.
    pub role: Option<String>,
    /// By when.
    pub due_at: Option<Moment>,
    /// Why it was closed by hand.
    pub result: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// How many of its calls a file of the PBX told of.
    pub imported: i64,
}

/// Which debts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Those that are settled, newest first; else those that are owed, the most urgent first, and below
    /// them those nobody can call back.
    pub closed: bool,
    /// Where a number was withheld, shown since this moment among those that are owed.
    pub withheld_since: Moment,
    /// After this one: whether it is over (1) or not, its time and number.
    pub after: Option<(i64, Moment, DebtId)>,
}

async fn load(db: &Db, query: Query<'_>) -> Result<Vec<Debt>> {
    let mut debts: Vec<Debt> = query.all().await?;
    let numbers: Vec<&str> = debts.iter().filter_map(|debt| debt.number.as_deref()).collect();
    let mut cards = contacts::store::by_numbers(db, &numbers).await?;
    for debt in &mut debts {
        if let Some(card) = debt.number.as_deref().and_then(|number| cards.remove(number)) {
            debt.caller_display = Some(card.name);
        }
    }
    Ok(debts)
}

/// One debt; [`Error::NotFound`] where there is none.
pub async fn debt(db: &Db, id: DebtId) -> Result<Debt> {
    load(db, db.read(DEBTS).push(" AND d.id = ").push_bind(id)).await?.pop().ok_or(Error::NotFound)
}

/// The debt a call belongs to, where it was missed.
pub async fn debt_of(db: &Db, call: CallId) -> Result<Option<Debt>> {
    match db.read(BY_CALL).bind(call).maybe::<(DebtId,)>().await? {
        Some((id,)) => debt(db, id).await.map(Some),
        None => Ok(None),
    }
}

/// How many numbers are owed a call.
pub async fn count_owed(db: &Db) -> Result<usize> {
    let owed: i64 = db.read(OWED).value().await?;
    Ok(usize::try_from(owed).unwrap_or(0))
}

/// A page of debts, and whether there are more.
pub async fn page(db: &Db, filter: Filter, limit: usize) -> Result<(Vec<Debt>, bool)> {
    let mut query = db.read(DEBTS);
    if filter.closed {
        query = query.push(" AND d.closed_at IS NOT NULL");
        if let Some((_, at, id)) = filter.after {
            query = query.push(" AND (d.closed_at, d.id) < (").push_bind(at).push(", ");
            query = query.push_bind(id).push(")");
        }
        query = query.push(" ORDER BY d.closed_at DESC, d.id DESC LIMIT ");
    } else {
        query = query.push(
            " AND (d.closed_at IS NULL OR (d.closed_how = 'not_returnable' AND d.closed_at >= ",
        );
        query = query.push_bind(filter.withheld_since).push("))");
        if let Some((over, at, id)) = filter.after {
            query = query.push(" AND (CASE WHEN d.closed_at IS NULL THEN 0 ELSE 1 END, ");
            query = query.push("coalesce(f.due_at, d.last_at), d.id) > (").push_bind(over);
            query = query.push(", ").push_bind(at).push(", ").push_bind(id).push(")");
        }
        query = query.push(" ORDER BY CASE WHEN d.closed_at IS NULL THEN 0 ELSE 1 END, ");
        query = query.push("coalesce(f.due_at, d.last_at), d.id LIMIT ");
    }
    let more = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut found = load(db, query.push_bind(more)).await?;
    let older = found.len() > limit;
    found.truncate(limit);
    Ok((found, older))
}

/// How missed calls are owed: the rule of all first, then those of single hotlines.
pub async fn rules(db: &Db) -> Result<Vec<Rule>> {
    db.read(RULES).all().await
}
