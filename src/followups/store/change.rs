//! Changing one follow-up: read under a lock, changed by its own rules, written back.

use sqlx::FromRow;

use super::super::followup::{FollowUp, State};
use super::{STALE, record};
use crate::db::{Error, Result, Tx, statements};
use crate::kernel::{FollowUpId, Moment, Role, StaffId};

statements! {
    /// One follow-up; nobody else changes it until this change is over.
    LOCKED = sqlite "SELECT id, version, kind, about, title, note, state, assignee_staff, assignee_role, opened_at, opened_by, due_at,
                            remind_at, snoozed_until, ladder, step, step_at, escalated_staff, escalated_role, escalated_at,
                            repeat_rule, taken_at, closed_at, closed_by, result, concerns
                     FROM follow_ups WHERE id = $1",
             postgres "SELECT id, version, kind, about, title, note, state, assignee_staff, assignee_role, opened_at, opened_by, due_at,
                              remind_at, snoozed_until, ladder, step, step_at, escalated_staff, escalated_role, escalated_at,
                              repeat_rule, taken_at, closed_at, closed_by, result, concerns
                       FROM follow_ups WHERE id = $1 FOR UPDATE";
    /// What is due, at most `$2`, in order of time.
    DUE = "SELECT id FROM follow_ups WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2";
    /// Everything that changes about a follow-up.
    SAVE = "UPDATE follow_ups SET version = version + 1, state = $2, assignee_staff = $3, assignee_role = $4, due_at = $5, remind_at = $6,
                snoozed_until = $7, step = $8, step_at = $9, next_at = $10, escalated_staff = $11, escalated_role = $12,
                escalated_at = $13, taken_at = $14, closed_at = $15, closed_by = $16, result = $17, title = $18, note = $19, concerns = $20
            WHERE id = $1 RETURNING version";
}

#[derive(FromRow)]
pub(super) struct Row {
    pub(super) id: FollowUpId,
    version: i64,
    kind: String,
    about: Option<String>,
    title: String,
    note: String,
    state: String,
    assignee_staff: Option<StaffId>,
    assignee_role: Option<String>,
    opened_at: Moment,
    opened_by: Option<StaffId>,
    due_at: Moment,
    remind_at: Option<Moment>,
    snoozed_until: Option<Moment>,
    ladder: String,
    step: i64,
    step_at: Option<Moment>,
    escalated_staff: Option<StaffId>,
    escalated_role: Option<String>,
    escalated_at: Option<Moment>,
    repeat_rule: Option<String>,
    taken_at: Option<Moment>,
    closed_at: Option<Moment>,
    closed_by: Option<StaffId>,
    result: String,
    concerns: Option<StaffId>,
}

impl TryFrom<Row> for FollowUp {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unreadable = |what: &str| Error::Unreadable(format!("{what} of follow-ups/{}", row.id));
        let role = |word: &Option<String>| {
            let read = word.as_deref().map(str::parse::<Role>).transpose();
            read.map_err(|_| unreadable("the role"))
        };
        Ok(Self {
            state: State::from_word(&row.state).ok_or_else(|| unreadable("the state"))?,
            role: role(&row.assignee_role)?,
            escalated_role: role(&row.escalated_role)?,
            ladder: serde_json::from_str(&row.ladder).map_err(|_| unreadable("the ladder"))?,
            repeat: row.repeat_rule.as_deref().and_then(|text| text.parse().ok()),
            step: usize::try_from(row.step).unwrap_or(0),
            id: row.id,
            version: row.version,
            kind: row.kind,
            about: row.about,
            title: row.title,
            note: row.note,
            staff: row.assignee_staff,
            opened_at: row.opened_at,
            opened_by: row.opened_by,
            due_at: row.due_at,
            remind_at: row.remind_at,
            snoozed_until: row.snoozed_until,
            step_at: row.step_at,
            escalated_staff: row.escalated_staff,
            escalated_at: row.escalated_at,
            taken_at: row.taken_at,
            closed_at: row.closed_at,
            closed_by: row.closed_by,
            result: row.result,
            concerns: row.concerns,
        })
    }
}

/// One follow-up that nobody else changes until this change is over.
pub async fn locked(tx: &mut Tx, id: FollowUpId) -> Result<FollowUp> {
    let row: Option<Row> = tx.q(LOCKED).bind(id).maybe().await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// The same, refused as [`STALE`] where the version is another than the one it was read at.
pub async fn change(tx: &mut Tx, id: FollowUpId, version: Option<i64>) -> Result<FollowUp> {
    let follow_up = locked(tx, id).await?;
    if version.is_some_and(|version| version != follow_up.version) {
        return Err(Error::Refused(STALE.to_owned()));
    }
    Ok(follow_up)
}

/// What is due, at most `limit`, in order of time.
pub(in crate::followups) async fn due_in(
    tx: &mut Tx,
    due: Moment,
    limit: i64,
) -> Result<Vec<FollowUpId>> {
    tx.q(DUE).bind(due).bind(limit).values().await
}

/// Writes a follow-up back and says how it changed.
pub(in crate::followups) async fn save(
    tx: &mut Tx,
    one: &mut FollowUp,
    change: &'static str,
    after: Option<serde_json::Value>,
) -> Result<()> {
    let step = i64::try_from(one.step).unwrap_or(i64::MAX);
    let save = tx.q(SAVE).bind(one.id).bind(one.state.word()).bind(one.staff);
    let save = save.bind(one.role.map(Role::name)).bind(one.due_at).bind(one.remind_at);
    let save = save.bind(one.snoozed_until).bind(step).bind(one.step_at).bind(one.next_at());
    let save = save.bind(one.escalated_staff).bind(one.escalated_role.map(Role::name));
    let save = save.bind(one.escalated_at).bind(one.taken_at).bind(one.closed_at);
    let save = save.bind(one.closed_by).bind(one.result.clone());
    let save = save.bind(one.title.clone()).bind(one.note.clone()).bind(one.concerns);
    one.version = save.value().await?;
    record(tx, one.id, change, one.version, after);
    Ok(())
}
