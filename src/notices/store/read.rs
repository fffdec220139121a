//! Reading notices: one, a page of them, what waits for a person, how people answer.

use std::collections::BTreeMap;

use sqlx::FromRow;
use sqlx::types::Json;

use super::super::figures::{Answers, BLIND_MS};
use super::super::notice::{Method, Notice, Receipt, State};
use crate::db::{Db, Error, Query, Result, Tx, statements};
use crate::kernel::{Moment, NoticeId, Role, StaffId};
use crate::words::Said;

statements! {
    /// Notices with the name of who sent them; a WHERE is to follow.
    NOTICES = "SELECT n.id, n.version, n.kind, n.about, n.text, n.said, n.to_role, n.sent_by, s.name AS sent_by_name, n.sent_at,
                      n.must_ack, n.state, n.ladder, n.step, n.asked, n.asked_at, n.due_at, n.superseded_by, n.closed_at
               FROM notices n LEFT JOIN staff s ON s.id = n.sent_by WHERE 1 = 1";
    /// The receipts of the notices `$1`, by name.
    RECEIPTS = sqlite "SELECT r.notice_id, r.staff_id, s.name, r.delivered_at, r.acked_at, r.method, r.ticked_by
                       FROM json_each($1) e CROSS JOIN notice_receipts r ON r.notice_id = e.value JOIN staff s ON s.id = r.staff_id
                       ORDER BY r.notice_id, s.name, r.staff_id",
               postgres "SELECT r.notice_id, r.staff_id, s.name, r.delivered_at, r.acked_at, r.method, r.ticked_by
                         FROM notice_receipts r JOIN staff s ON s.id = r.staff_id
                         WHERE r.notice_id IN (SELECT e.value::bigint FROM jsonb_array_elements_text($1) AS e(value))
                         ORDER BY r.notice_id, s.name, r.staff_id";
    /// When something is due next.
    NEXT_DUE = "SELECT min(due_at) AS due_at FROM notices WHERE due_at IS NOT NULL";
    /// Of the notices that wait for this person's answer those that no screen has shown.
    UNDELIVERED = "SELECT n.id FROM notice_receipts r JOIN notices n ON n.id = r.notice_id
                   WHERE r.staff_id = $1 AND r.acked_at IS NULL AND r.delivered_at IS NULL AND n.closed_at IS NULL ORDER BY n.id";
    /// How each person answered what was sent from `$1` to before `$2` and had to be answered; sooner
    /// than `$3` is blind.
    ANSWERS = "WITH one AS (
                   SELECT r.staff_id, n.state, r.method, r.acked_at - n.sent_at AS ms
                   FROM notices n JOIN notice_receipts r ON r.notice_id = n.id
                   WHERE n.must_ack AND n.sent_at >= $1 AND n.sent_at < $2
               ), ranked AS (
                   SELECT staff_id, ms, row_number() OVER (PARTITION BY staff_id ORDER BY ms) AS place,
                          count(*) OVER (PARTITION BY staff_id) AS many
                   FROM one WHERE ms IS NOT NULL
               ), middle AS (
                   SELECT staff_id, CAST(min(ms) AS BIGINT) AS median_ms FROM ranked WHERE 2 * place >= many GROUP BY staff_id
               )
               SELECT o.staff_id AS staff, s.name, CAST(count(*) AS BIGINT) AS asked,
                      CAST(sum(CASE WHEN o.ms IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS acked,
                      CAST(sum(CASE WHEN o.ms IS NULL AND o.state IN ('escalated', 'closed') THEN 1 ELSE 0 END) AS BIGINT) AS missed,
                      m.median_ms,
                      CAST(sum(CASE WHEN o.ms < $3 AND o.method <> 'voice' THEN 1 ELSE 0 END) AS BIGINT) AS blind
               FROM one o JOIN staff s ON s.id = o.staff_id LEFT JOIN middle m ON m.staff_id = o.staff_id
               GROUP BY o.staff_id, s.name, m.median_ms ORDER BY s.name, o.staff_id";
}

#[derive(FromRow)]
struct Row {
    id: NoticeId,
    version: i64,
    kind: String,
    about: Option<String>,
    text: String,
    said: Option<String>,
    to_role: Option<String>,
    sent_by: Option<StaffId>,
    sent_by_name: Option<String>,
    sent_at: Moment,
    must_ack: bool,
    state: String,
    ladder: String,
    step: i64,
    asked: i64,
    asked_at: Moment,
    due_at: Option<Moment>,
    superseded_by: Option<NoticeId>,
    closed_at: Option<Moment>,
}

#[derive(FromRow)]
struct ReceiptRow {
    notice_id: NoticeId,
    staff_id: StaffId,
    name: String,
    delivered_at: Option<Moment>,
    acked_at: Option<Moment>,
    method: Option<String>,
    ticked_by: Option<StaffId>,
}

/// A notice with the steps that follow.
pub(in crate::notices) struct Stepping {
    pub(in crate::notices) notice: Notice,
    pub(in crate::notices) ladder: super::Ladder,
    pub(in crate::notices) step: usize,
    pub(in crate::notices) due_at: Option<Moment>,
}

/// Which notices a page shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those that are not over.
    pub open: bool,
    /// Only those this person sent or was asked by.
    pub of: Option<StaffId>,
    /// Besides those, what went to a role.
    pub and_broadcasts: bool,
    /// Everything older than this one.
    pub before: Option<NoticeId>,
}

fn stepping(row: Row, receipts: Vec<ReceiptRow>) -> Result<Stepping> {
    let unreadable = |what: &str| Error::Unreadable(format!("{what} of notices/{}", row.id));
    let receipt = |one: ReceiptRow| Receipt {
        staff: one.staff_id,
        name: one.name,
        delivered_at: one.delivered_at,
        acked_at: one.acked_at,
        method: one.method.as_deref().and_then(Method::from_word),
        ticked_by: one.ticked_by,
        ack_ms: one.acked_at.map(|at| at.millis_since(row.sent_at)),
    };
    let role = row.to_role.as_deref().map(str::parse::<Role>).transpose();
    Ok(Stepping {
        ladder: super::ladder(&row.ladder),
        step: usize::try_from(row.step).unwrap_or(0),
        due_at: row.due_at,
        notice: Notice {
            state: State::from_word(&row.state).ok_or_else(|| unreadable("the state"))?,
            to_role: role.map_err(|_| unreadable("the role"))?,
            receipts: receipts.into_iter().map(receipt).collect(),
            id: row.id,
            version: row.version,
            kind: row.kind,
            about: row.about,
            said: row
                .said
                .and_then(|said| serde_json::from_str(&said).ok())
                .unwrap_or_else(|| Said::from(row.text.clone())),
            text: row.text,
            sent_by: row.sent_by,
            sent_by_name: row.sent_by_name,
            sent_at: row.sent_at,
            must_ack: row.must_ack,
            asked: row.asked,
            asked_at: row.asked_at,
            superseded_by: row.superseded_by,
            closed_at: row.closed_at,
        },
    })
}

fn folded(rows: Vec<Row>, receipts: Vec<ReceiptRow>) -> Result<Vec<Stepping>> {
    let mut of: BTreeMap<NoticeId, Vec<ReceiptRow>> = BTreeMap::new();
    for receipt in receipts {
        of.entry(receipt.notice_id).or_default().push(receipt);
    }
    let one = |row: Row| {
        let receipts = of.remove(&row.id).unwrap_or_default();
        stepping(row, receipts)
    };
    rows.into_iter().map(one).collect()
}

async fn load(db: &Db, query: Query<'_>) -> Result<Vec<Notice>> {
    let rows: Vec<Row> = query.all().await?;
    let ids: Vec<NoticeId> = rows.iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let receipts = db.read(RECEIPTS).bind(Json(ids)).all().await?;
    Ok(folded(rows, receipts)?.into_iter().map(|one| one.notice).collect())
}

/// One notice; [`Error::NotFound`] where there is none.
pub async fn notice(db: &Db, id: NoticeId) -> Result<Notice> {
    let query = db.read(NOTICES).push(" AND n.id = ").push_bind(id);
    load(db, query).await?.pop().ok_or(Error::NotFound)
}

/// One notice inside a change.
pub(in crate::notices) async fn one_in(tx: &mut Tx, id: NoticeId) -> Result<Option<Stepping>> {
    let rows: Vec<Row> = tx.q(NOTICES).push(" AND n.id = ").push_bind(id).all().await?;
    let receipts = tx.q(RECEIPTS).bind(Json(vec![id])).all().await?;
    Ok(folded(rows, receipts)?.pop())
}

/// What is due inside a change: at most `limit`, in order of time.
pub(in crate::notices) async fn in_change(
    tx: &mut Tx,
    due: Moment,
    limit: i64,
) -> Result<Vec<Stepping>> {
    let query = tx.q(NOTICES).push(" AND n.due_at <= ").push_bind(due);
    let query = query.push(" ORDER BY n.due_at, n.id LIMIT ").push_bind(limit);
    let rows: Vec<Row> = query.all().await?;
    let ids: Vec<NoticeId> = rows.iter().map(|row| row.id).collect();
    let receipts = tx.q(RECEIPTS).bind(Json(ids)).all().await?;
    folded(rows, receipts)
}

/// When something is due next.
pub(in crate::notices) async fn next_due(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_DUE).value().await
}

/// The notices about a record, newest first; at most 100.
pub async fn of_subject(db: &Db, about: &str) -> Result<Vec<Notice>> {
    let query = db.read(NOTICES).push(" AND n.about = ").push_bind(about);
    load(db, query.push(" ORDER BY n.id DESC LIMIT 100")).await
}

/// The open ones of a kind, newest first; at most `limit`.
pub async fn open_of_kind(db: &Db, kind: &str, limit: i64) -> Result<Vec<Notice>> {
    let query = db.read(NOTICES).push(" AND n.closed_at IS NULL AND n.kind = ").push_bind(kind);
    load(db, query.push(" ORDER BY n.id DESC LIMIT ").push_bind(limit)).await
}

/// A page of notices, newest first, and whether there are older ones.
pub async fn page(db: &Db, filter: Filter, limit: usize) -> Result<(Vec<Notice>, bool)> {
    let mut query = db.read(NOTICES).when(" AND n.id < ", filter.before);
    if filter.open {
        query = query.push(" AND n.closed_at IS NULL");
    }
    if let Some(staff) = filter.of {
        query = query.push(" AND (n.sent_by = ").push_bind(staff);
        query = query.push(
            " OR EXISTS (SELECT 1 FROM notice_receipts r WHERE r.notice_id = n.id AND r.staff_id = ",
        );
        query = query.push_bind(staff).push(")");
        if filter.and_broadcasts {
            query = query.push(" OR n.to_role IS NOT NULL");
        }
        query = query.push(")");
    }
    let more = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut found = load(db, query.push(" ORDER BY n.id DESC LIMIT ").push_bind(more)).await?;
    let older = found.len() > limit;
    found.truncate(limit);
    Ok((found, older))
}

/// The open ones this person sent, newest first; at most `limit`.
pub async fn sent_by(db: &Db, staff: StaffId, limit: i64) -> Result<Vec<Notice>> {
    let query = db.read(NOTICES).push(" AND n.closed_at IS NULL AND n.sent_by = ").push_bind(staff);
    load(db, query.push(" ORDER BY n.id DESC LIMIT ").push_bind(limit)).await
}

/// What waits for this person's answer, at most `limit`: approvals that somebody has to decide come first, then what
/// else is to be done, then what is to be answered, last what is only to be known, and of each the oldest first.
pub async fn waiting(db: &Db, staff: StaffId, limit: i64) -> Result<Vec<Notice>> {
    let query = db.read(NOTICES).push(
        " AND n.closed_at IS NULL AND n.id IN (SELECT r.notice_id FROM notice_receipts r WHERE r.acked_at IS NULL AND r.staff_id = ",
    );
    let query = query.push_bind(staff).push(
        ") ORDER BY CASE WHEN n.must_ack AND n.kind = 'approval' THEN 0 WHEN n.must_ack AND n.about LIKE 'follow-ups/%' THEN 1 WHEN n.must_ack THEN 2 ELSE 3 END, n.id LIMIT ",
    );
    load(db, query.push_bind(limit)).await
}

/// Those of what waits for this person that no screen has shown.
pub async fn undelivered(db: &Db, staff: StaffId) -> Result<Vec<NoticeId>> {
    db.read(UNDELIVERED).bind(staff).values().await
}

/// How each person answered what was sent between two moments and had to be answered: for reports
/// and for whoever wonders whether people tick blindly.
pub async fn answers(db: &Db, from: Moment, to: Moment) -> Result<Vec<Answers>> {
    db.read(ANSWERS).bind(from).bind(to).bind(BLIND_MS).all().await
}
