//! Reading follow-ups: one, those about a record, a person's own, a page of them.

use std::collections::BTreeMap;

use sqlx::FromRow;
use sqlx::types::Json;

use super::super::followup::FollowUp;
use super::super::given::Attempt;
use super::attempt_of;
use super::change::Row;
use crate::db::{Db, Error, Query, Result, statements};
use crate::kernel::{FollowUpId, Moment, Roles, StaffId};

statements! {
    /// Follow-ups with names and the number of attempts; a WHERE is to follow.
    FOLLOW_UPS = "SELECT f.id, f.version, f.kind, f.about, f.title, f.note, f.state, f.assignee_staff, f.assignee_role, f.opened_at, f.opened_by,
                         f.due_at, f.remind_at, f.snoozed_until, f.ladder, f.step, f.step_at, f.escalated_staff, f.escalated_role,
                         f.escalated_at, f.repeat_rule, f.taken_at, f.closed_at, f.closed_by, f.result, f.concerns,
                         a.name AS staff_name, o.name AS opened_name, c.name AS closed_name, n.name AS concerns_name,
                         (SELECT count(*) FROM follow_up_attempts t WHERE t.follow_up_id = f.id) AS attempts,
                         (SELECT b.stand_in FROM absences b WHERE b.staff_id = f.assignee_staff AND b.ended_at IS NULL AND b.from_at IS NOT NULL
                             AND b.answer = 'accepted') AS stand_in
                  FROM follow_ups f LEFT JOIN staff a ON a.id = f.assignee_staff LEFT JOIN staff o ON o.id = f.opened_by
                       LEFT JOIN staff c ON c.id = f.closed_by LEFT JOIN staff n ON n.id = f.concerns
                  WHERE 1 = 1";
    /// When something falls due next.
    NEXT_DUE = "SELECT min(next_at) AS next_at FROM follow_ups WHERE next_at IS NOT NULL";
    /// What was tried.
    ATTEMPTS = "SELECT at, by_staff, outcome, note FROM follow_up_attempts WHERE follow_up_id = $1 ORDER BY seq";
    /// Those about the subjects `$1`, the newest first.
    ABOUT = sqlite "SELECT f.id, f.about FROM json_each($1) e CROSS JOIN follow_ups f ON f.about = e.value ORDER BY f.id DESC",
            postgres "SELECT f.id, f.about FROM follow_ups f
                      WHERE f.about IN (SELECT e.value FROM jsonb_array_elements_text($1) AS e(value)) ORDER BY f.id DESC";
    /// How many somebody owes, what is about themselves apart: for themselves or for whom they stand in, that are not asleep: `$1` the person, `$2` `,role,role,`, `$3` now: due by then.
    COUNT_MINE = "SELECT count(*) AS open, CAST(coalesce(sum(CASE WHEN due_at <= $3 THEN 1 ELSE 0 END), 0) AS BIGINT) AS overdue
                  FROM follow_ups WHERE closed_at IS NULL AND state <> 'snoozed' AND (concerns IS NULL OR concerns <> $1)
                    AND (assignee_staff = $1 OR (assignee_staff IS NULL AND $2 LIKE '%,' || assignee_role || ',%')
                         OR assignee_staff IN (SELECT b.staff_id FROM absences b WHERE b.stand_in = $1 AND b.ended_at IS NULL
                                               AND b.from_at IS NOT NULL AND b.answer = 'accepted')
                         OR escalated_staff = $1 OR $2 LIKE '%,' || escalated_role || ',%')";
}

/// A follow-up with the names that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The follow-up.
    pub follow_up: FollowUp,
    /// The name of the person who owes it.
    pub staff_name: Option<String>,
    /// The name of who opened it.
    pub opened_name: Option<String>,
    /// The name of who closed it.
    pub closed_name: Option<String>,
    /// The name of whom it is about.
    pub concerns_name: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// Who stands in for the person who owes it, while they are away.
    pub stand_in: Option<StaffId>,
}

#[derive(FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    row: Row,
    staff_name: Option<String>,
    opened_name: Option<String>,
    closed_name: Option<String>,
    concerns_name: Option<String>,
    attempts: i64,
    stand_in: Option<StaffId>,
}

impl TryFrom<ListedRow> for Listed {
    type Error = Error;

    fn try_from(row: ListedRow) -> Result<Self> {
        Ok(Self {
            follow_up: row.row.try_into()?,
            staff_name: row.staff_name,
            opened_name: row.opened_name,
            closed_name: row.closed_name,
            concerns_name: row.concerns_name,
            attempts: row.attempts,
            stand_in: row.stand_in,
        })
    }
}

/// Which follow-ups a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// What the reader owes, by due time.
    Mine,
    /// What anybody owes, by due time.
    All,
    /// What is owed and was due, by due time.
    Overdue,
    /// What is done or dropped, the newest first.
    Closed,
}

/// Whose eyes look, and where the page begins.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Which.
    pub view: View,
    /// The reader, where it is a person.
    pub staff: Option<StaffId>,
    /// The reader's roles.
    pub roles: Roles,
    /// Whether the reader sees what others owe.
    pub sees_all: bool,
    /// Now: what was due before is overdue.
    pub now: Moment,
    /// After this one: its due time (closed: when it was closed) and number.
    pub after: Option<(Moment, FollowUpId)>,
}

/// One page, and where the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The follow-ups.
    pub items: Vec<Listed>,
    /// Where the next page begins.
    pub next: Option<(Moment, FollowUpId)>,
}

/// `,operator,supervisor,`, to look a role up in.
fn spelt(roles: &Roles) -> String {
    format!(",{roles},")
}

/// Whom a person stands in for.
const INSTEAD_OF: &str = " OR f.assignee_staff IN (SELECT b.staff_id FROM absences b
    WHERE b.ended_at IS NULL AND b.from_at IS NOT NULL AND b.answer = 'accepted' AND b.stand_in = ";

/// Narrows to what a person owes, for themselves or for whom they stand in, or also to what they gave.
fn own<'q>(query: Query<'q>, staff: Option<StaffId>, roles: &Roles, given: bool) -> Query<'q> {
    let staff = staff.unwrap_or(StaffId(0));
    let roles = spelt(roles);
    // a complaint about somebody is nothing that they owe
    let query = if given {
        query
    } else {
        query.push(" AND (f.concerns IS NULL OR f.concerns <> ").push_bind(staff).push(")")
    };
    let query = query.push(" AND (f.assignee_staff = ").push_bind(staff);
    let query = query.push(INSTEAD_OF).push_bind(staff).push(")");
    let query = query.push(" OR (f.assignee_staff IS NULL AND ").push_bind(roles.clone());
    let query = query.push(" LIKE '%,' || f.assignee_role || ',%') OR f.escalated_staff = ");
    let query = query.push_bind(staff).push(" OR ").push_bind(roles);
    let query = query.push(" LIKE '%,' || f.escalated_role || ',%'");
    if given {
        query.push(" OR f.opened_by = ").push_bind(staff).push(")")
    } else {
        query.push(")")
    }
}

async fn load(query: Query<'_>) -> Result<Vec<Listed>> {
    let rows: Vec<ListedRow> = query.all().await?;
    rows.into_iter().map(Listed::try_from).collect()
}

/// One follow-up; [`Error::NotFound`] where there is none.
pub async fn follow_up(db: &Db, id: FollowUpId) -> Result<Listed> {
    let query = db.read(FOLLOW_UPS).push(" AND f.id = ").push_bind(id);
    load(query).await?.pop().ok_or(Error::NotFound)
}

/// Those about a record, the newest first.
pub async fn for_subject(db: &Db, subject: &str) -> Result<Vec<Listed>> {
    let query = db.read(FOLLOW_UPS).push(" AND f.about = ").push_bind(subject);
    load(query.push(" ORDER BY f.id DESC LIMIT 100")).await
}

/// Those of a kind that are open, the oldest first; at most `limit`.
pub async fn open_of_kind(db: &Db, kind: &str, limit: i64) -> Result<Vec<Listed>> {
    let query = db.read(FOLLOW_UPS).push(" AND f.closed_at IS NULL AND f.kind = ");
    let query = query.push_bind(kind).push(" ORDER BY f.id LIMIT ").push_bind(limit);
    load(query).await
}

/// The numbers of those about several records, the newest first.
pub async fn for_subjects(
    db: &Db,
    subjects: &[String],
) -> Result<BTreeMap<String, Vec<FollowUpId>>> {
    let found: Vec<(FollowUpId, String)> = db.read(ABOUT).bind(Json(subjects)).all().await?;
    let mut of: BTreeMap<String, Vec<FollowUpId>> = BTreeMap::new();
    for (id, subject) in found {
        of.entry(subject).or_default().push(id);
    }
    Ok(of)
}

/// What somebody owes and is not asleep, the most urgent first; at most `limit`.
pub async fn mine(
    db: &Db,
    staff: Option<StaffId>,
    roles: &Roles,
    limit: i64,
) -> Result<Vec<Listed>> {
    let query = db.read(FOLLOW_UPS).push(" AND f.closed_at IS NULL AND f.state <> 'snoozed'");
    let query = own(query, staff, roles, false);
    load(query.push(" ORDER BY f.due_at, f.id LIMIT ").push_bind(limit)).await
}

/// What somebody owes beside missed calls and is not asleep, the most urgent first; at most `limit`.
pub async fn to_do(
    db: &Db,
    staff: Option<StaffId>,
    roles: &Roles,
    limit: i64,
) -> Result<Vec<Listed>> {
    let query = db.read(FOLLOW_UPS).push(" AND f.closed_at IS NULL AND f.state <> 'snoozed'");
    let query = own(query.push(" AND f.kind <> 'missed_call'"), staff, roles, false);
    load(query.push(" ORDER BY f.due_at, f.id LIMIT ").push_bind(limit)).await
}

/// How many somebody owes, and how many of them were due before now.
pub async fn count_mine(
    db: &Db,
    staff: Option<StaffId>,
    roles: &Roles,
    now: Moment,
) -> Result<(i64, i64)> {
    let staff = staff.unwrap_or(StaffId(0));
    db.read(COUNT_MINE).bind(staff).bind(spelt(roles)).bind(now).one().await
}

/// A page of follow-ups.
pub async fn page(db: &Db, filter: &Filter, limit: usize) -> Result<Page> {
    let mut query = db.read(FOLLOW_UPS);
    let closed = filter.view == View::Closed;
    query = query.push(if closed {
        " AND f.closed_at IS NOT NULL"
    } else {
        " AND f.closed_at IS NULL"
    });
    query = match filter.view {
        View::Overdue => query.push(" AND f.due_at <= ").push_bind(filter.now),
        View::Mine | View::All | View::Closed => query,
    };
    if filter.view == View::Mine || !filter.sees_all {
        query = own(query, filter.staff, &filter.roles, filter.view != View::Mine);
    }
    if let Some((at, id)) = filter.after {
        query = query.push(if closed {
            " AND (f.closed_at, f.id) < ("
        } else {
            " AND (f.due_at, f.id) > ("
        });
        query = query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    query = query.push(if closed {
        " ORDER BY f.closed_at DESC, f.id DESC LIMIT "
    } else {
        " ORDER BY f.due_at, f.id LIMIT "
    });
    let more = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut items = load(query.push_bind(more)).await?;
    let older = items.len() > limit;
    items.truncate(limit);
    let place = |one: &Listed| {
        let at = if closed { one.follow_up.closed_at } else { Some(one.follow_up.due_at) };
        at.map(|at| (at, one.follow_up.id))
    };
    let next = items.last().filter(|_| older).and_then(place);
    Ok(Page { items, next })
}

/// What was tried, the oldest first.
pub async fn attempts(db: &Db, id: FollowUpId) -> Result<Vec<Attempt>> {
    let rows: Vec<(Moment, Option<StaffId>, String, String)> =
        db.read(ATTEMPTS).bind(id).all().await?;
    rows.into_iter().map(|(at, by, how, note)| attempt_of(at, by, &how, note)).collect()
}

/// When something falls due next.
pub(in crate::followups) async fn next_due(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_DUE).value().await
}
