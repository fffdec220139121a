//! What is kept of notices: sending, answering, asking again, each as part of somebody's change.

pub mod erase;
mod keys;
mod read;
mod spare;

use serde_json::json;
use sqlx::types::Json;

use super::ladder::Ladder;
use super::notice::{Method, NewNotice, Recipients, State, Supersedes};
use crate::db::{Change, Db, Error, Result, Sql, Stamp, Tx, statements};
use crate::kernel::{Language, Moment, NoticeId, Role, StaffId};
use crate::shifts;
use crate::words::Said;

pub use keys::{STATEMENTS as KEY_STATEMENTS, by_key};
pub use read::{
    Filter, STATEMENTS as READ_STATEMENTS, answers, notice, of_subject, open_of_kind, page,
    sent_by, undelivered, waiting,
};
pub use spare::{STATEMENTS as SPARE_STATEMENTS, keep_from, settle, spare};

pub(super) use keys::add as add_key;
pub(super) use read::{Stepping, in_change, next_due, one_in};

statements! {
    /// A notice; the first step is its delivery, due at once.
    ADD = "INSERT INTO notices (kind, about, text, to_role, sent_by, sent_at, must_ack, state, ladder, asked_at, due_at, said)
           VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $6, $6, $9) RETURNING id";
    /// The receipts of the people `$2`.
    RECEIPTS = sqlite "INSERT INTO notice_receipts (notice_id, staff_id)
                       SELECT $1, s.id FROM json_each($2) e CROSS JOIN staff s ON s.id = e.value
                       WHERE s.disabled_at IS NULL ORDER BY s.id ON CONFLICT DO NOTHING RETURNING staff_id",
               postgres "INSERT INTO notice_receipts (notice_id, staff_id)
                         SELECT $1, s.id FROM jsonb_array_elements_text($2) AS e(value) JOIN staff s ON s.id = e.value::bigint
                         WHERE s.disabled_at IS NULL ORDER BY s.id ON CONFLICT DO NOTHING RETURNING staff_id";
    /// Everybody of a role who may sign in; `$1` is `%,operator,%`.
    OF_ROLE = "SELECT id FROM staff WHERE disabled_at IS NULL AND ',' || roles || ',' LIKE $1 ORDER BY id";
    /// Older ones of the same kind about the same subject, out of force.
    SUPERSEDE = "UPDATE notices SET state = 'superseded', superseded_by = $3, closed_at = $4, due_at = NULL, version = version + 1
                 WHERE about = $1 AND kind = $2 AND id <> $3 AND closed_at IS NULL RETURNING id, version";
    /// One of them, out of force.
    REPLACE = "UPDATE notices SET state = 'superseded', superseded_by = $2, closed_at = $3, due_at = NULL, version = version + 1
               WHERE id = $1 AND closed_at IS NULL RETURNING version";
    /// Open ones about a record.
    OPEN_ABOUT = "SELECT id FROM notices WHERE about = $1 AND closed_at IS NULL ORDER BY id";
    /// Those of a kind about a record that wait for this person.
    WAITING_ABOUT = "SELECT n.id FROM notices n JOIN notice_receipts r ON r.notice_id = n.id
                     WHERE n.about = $1 AND n.kind = $2 AND r.staff_id = $3 AND r.acked_at IS NULL AND n.closed_at IS NULL ORDER BY n.id";
    /// What a notice of a kind is about.
    ABOUT_OF = "SELECT about FROM notices WHERE id = $1 AND kind = $2 AND about IS NOT NULL";
    /// Nobody else changes this notice until this change is over.
    LOCK = sqlite "SELECT state FROM notices WHERE id = $1",
           postgres "SELECT state FROM notices WHERE id = $1 FOR UPDATE";
    /// An answer, if there is none yet.
    ACK = "UPDATE notice_receipts SET acked_at = $3, method = $4, ticked_by = $5, delivered_at = coalesce(delivered_at, $3)
           WHERE notice_id = $1 AND staff_id = $2 AND acked_at IS NULL";
    /// What was ticked for somebody is taken back.
    UNTICK = "UPDATE notice_receipts SET acked_at = NULL, method = NULL, ticked_by = NULL
              WHERE notice_id = $1 AND staff_id = $2 AND method = 'voice' AND acked_at >= $3";
    /// Whether this person was asked.
    ASKED = "SELECT staff_id FROM notice_receipts WHERE notice_id = $1 AND staff_id = $2";
    /// Who has not answered.
    MISSING = "SELECT staff_id FROM notice_receipts WHERE notice_id = $1 AND acked_at IS NULL ORDER BY staff_id";
    /// Who was asked, and when they answered.
    ANSWERED = "SELECT staff_id, acked_at FROM notice_receipts WHERE notice_id = $1 ORDER BY staff_id";
    /// Another state, and the time of its end.
    MOVE = "UPDATE notices SET state = $2, closed_at = CAST($3 AS BIGINT), due_at = CASE WHEN CAST($3 AS BIGINT) IS NULL THEN due_at ELSE NULL END, version = version + 1
            WHERE id = $1 RETURNING version";
    /// A notice that was over waits again for the one whose answer was taken back.
    REOPEN = "UPDATE notices SET state = CASE WHEN asked > 1 THEN 'overdue' ELSE 'open' END, closed_at = NULL, version = version + 1
              WHERE id = $1 AND state = 'all_acked' RETURNING version";
    /// One more change, nothing else.
    TOUCH = "UPDATE notices SET version = version + 1 WHERE id = $1 RETURNING version";
    /// Asked once more.
    ASK_AGAIN = "UPDATE notices SET asked = asked + 1, asked_at = $2, state = $3, version = version + 1 WHERE id = $1 RETURNING version";
    /// The step that is due next.
    NEXT = "UPDATE notices SET step = $2, due_at = $3 WHERE id = $1 AND closed_at IS NULL";
    /// It was on a screen of this person, or reached them otherwise.
    DELIVERED = "UPDATE notice_receipts SET delivered_at = $3 WHERE notice_id = $1 AND staff_id = $2 AND delivered_at IS NULL";
}

/// The statements of every store file of this room, for the test that prepares them.
pub const REGISTER: &[&[(&str, Sql)]] =
    &[STATEMENTS, KEY_STATEMENTS, READ_STATEMENTS, SPARE_STATEMENTS, erase::STATEMENTS];

/// The refusal of a text that is empty or longer than 500 characters.
pub const TEXT: &str = "notices_text";
/// The refusal of an answer by somebody who was not asked.
pub const NOT_ASKED: &str = "notice_not_asked";
/// The refusal to ask again or to close what is over.
pub const OVER: &str = "notice_over";
/// The refusal to take back an answer that was not ticked by voice just now.
pub const TOO_LATE: &str = "notice_too_late";

/// What a notice says at most, in characters.
const LONGEST: usize = 500;
/// A tick may be taken back for so long, in milliseconds.
const UNTICK_MS: i64 = 60_000;

/// The subject of a notice: `notices/5`.
pub fn subject(id: NoticeId) -> String {
    format!("notices/{id}")
}

pub(super) fn record(
    tx: &mut Tx,
    id: NoticeId,
    change: &'static str,
    version: i64,
    after: Option<serde_json::Value>,
) {
    let change = Change::new("notice", subject(id), change).version(version);
    tx.record(Change { after, ..change });
}

/// Tells these people's own screens.
pub(super) fn record_for(tx: &mut Tx, id: NoticeId, people: &[StaffId], change: &'static str) {
    for staff in people {
        tx.record(Change::new("notice", format!("notices/{id}/receipts/{staff}"), change));
    }
}

/// Sends a notice as part of a change. Whom it goes to is settled here; where that is nobody, the
/// ladder begins with whoever is told of silence.
pub async fn send(tx: &mut Tx, new: NewNotice) -> Result<NoticeId> {
    if !new.said.is_sound(LONGEST) {
        return Err(Error::Refused(TEXT.to_owned()));
    }
    // the first of the languages stands where people's own words do
    let text = new.said.to(Language::default()).trim();
    let typed = new.said == Said::from(text.to_owned());
    let said = if typed { None } else { serde_json::to_string(&new.said).ok() };
    let (now, by) = (tx.now(), tx.by());
    let role = match &new.to {
        Recipients::People(_) => None,
        Recipients::Role(role) | Recipients::Among(role, _) => Some(role.name()),
    };
    let ladder = serde_json::to_string(&new.ladder).unwrap_or_else(|_| "[]".to_owned());
    let add = tx.q(ADD).bind(new.kind).bind(&new.about).bind(text).bind(role).bind(by).bind(now);
    let id: NoticeId = add.bind(new.must_ack).bind(ladder).bind(said).value().await?;
    let wanted = match &new.to {
        Recipients::People(people) | Recipients::Among(_, people) => people.clone(),
        Recipients::Role(role) => on_duty(tx, *role).await?,
    };
    let people: Vec<StaffId> = tx.q(RECEIPTS).bind(id).bind(Json(&wanted)).values().await?;
    record(tx, id, "sent", 1, Some(json!({ "to_role": role, "people": people })));
    record_for(tx, id, &people, "sent");
    if let (Supersedes::SameSubject, Some(about)) = (new.supersedes, &new.about) {
        supersede(tx, id, about, new.kind).await?;
    }
    Ok(id)
}

/// A newer notice says what those of this kind about a record said: nobody is asked by them any more.
pub async fn supersede(tx: &mut Tx, newer: NoticeId, about: &str, kind: &str) -> Result<()> {
    let now = tx.now();
    let query = tx.q(SUPERSEDE).bind(about).bind(kind).bind(newer).bind(now);
    let older: Vec<(NoticeId, i64)> = query.all().await?;
    for (id, version) in older {
        let silent: Vec<StaffId> = tx.q(MISSING).bind(id).values().await?;
        record(tx, id, "superseded", version, Some(json!({ "by": subject(newer) })));
        record_for(tx, id, &silent, "superseded");
        settle_told(tx, id).await?;
    }
    Ok(())
}

/// A newer notice says what this one said: nobody is asked any more. One that is over stays as it is.
pub async fn replace(tx: &mut Tx, older: NoticeId, newer: NoticeId) -> Result<()> {
    let silent: Vec<StaffId> = tx.q(MISSING).bind(older).values().await?;
    let now = tx.now();
    let gone: Option<(i64,)> = tx.q(REPLACE).bind(older).bind(newer).bind(now).maybe().await?;
    if let Some((version,)) = gone {
        record(tx, older, "superseded", version, Some(json!({ "by": subject(newer) })));
        record_for(tx, older, &silent, "superseded");
        settle_told(tx, older).await?;
    }
    Ok(())
}

/// Those of a role who are on duty; where nobody is, everybody of the role who may sign in.
pub async fn on_duty(tx: &mut Tx, role: Role) -> Result<Vec<StaffId>> {
    let signed_on = shifts::store::on_duty_in(tx, role).await?;
    if !signed_on.is_empty() {
        return Ok(signed_on);
    }
    tx.q(OF_ROLE).bind(format!("%,{role},%")).values().await
}

/// One person's answer; `ticked_by` heard it where it came by voice. False where they had answered
/// before: nothing changes then. [`NOT_ASKED`] where they were never asked.
pub async fn ack(
    tx: &mut Tx,
    id: NoticeId,
    staff: StaffId,
    method: Method,
    ticked_by: Option<StaffId>,
) -> Result<bool> {
    let now = tx.now();
    let state = lock(tx, id).await?;
    let answer = tx.q(ACK).bind(id).bind(staff).bind(now).bind(method.word()).bind(ticked_by);
    if answer.run().await? == 0 {
        let asked: Option<(StaffId,)> = tx.q(ASKED).bind(id).bind(staff).maybe().await?;
        return asked.map(|_| false).ok_or_else(|| Error::Refused(NOT_ASKED.to_owned()));
    }
    let silent: Vec<StaffId> = tx.q(MISSING).bind(id).values().await?;
    let all = silent.is_empty() && !state.is_over();
    let version: i64 = if all {
        tx.q(MOVE).bind(id).bind(State::AllAcked.word()).bind(Some(now)).value().await?
    } else {
        tx.q(TOUCH).bind(id).value().await?
    };
    let after = json!({ "staff": staff, "method": method, "ticked_by": ticked_by });
    record(tx, id, if all { "all_acked" } else { "acked" }, version, Some(after));
    record_for(tx, id, &[staff], "acked");
    if all {
        settle_told(tx, id).await?;
    }
    Ok(true)
}

/// This person has answered elsewhere what notices of a kind told them of a record.
pub async fn ack_about(tx: &mut Tx, about: &str, kind: &str, staff: StaffId) -> Result<()> {
    let waiting = tx.q(WAITING_ABOUT).bind(about).bind(kind).bind(staff);
    let waiting: Vec<NoticeId> = waiting.values().await?;
    for id in waiting {
        ack(tx, id, staff, Method::Link, None).await?;
    }
    Ok(())
}

/// What a notice is about, where it is of this kind.
pub async fn about_of(tx: &mut Tx, id: NoticeId, kind: &str) -> Result<Option<String>> {
    let about: Option<(String,)> = tx.q(ABOUT_OF).bind(id).bind(kind).maybe().await?;
    Ok(about.map(|(about,)| about))
}

/// Who was asked, and when each of them answered.
pub async fn answered_in(tx: &mut Tx, id: NoticeId) -> Result<Vec<(StaffId, Option<Moment>)>> {
    tx.q(ANSWERED).bind(id).all().await
}

/// Takes back what was ticked for somebody, within a minute.
pub async fn untick(tx: &mut Tx, id: NoticeId, staff: StaffId) -> Result<()> {
    let now = tx.now();
    lock(tx, id).await?;
    let since = now.plus_millis(-UNTICK_MS);
    if tx.q(UNTICK).bind(id).bind(staff).bind(since).run().await? == 0 {
        return Err(Error::Refused(TOO_LATE.to_owned()));
    }
    let reopened: Option<(i64,)> = tx.q(REOPEN).bind(id).maybe().await?;
    let version = match reopened {
        Some((version,)) => version,
        None => tx.q(TOUCH).bind(id).value().await?,
    };
    record(tx, id, "unticked", version, Some(json!({ "staff": staff })));
    record_for(tx, id, &[staff], "unticked");
    Ok(())
}

/// Asks those again who are silent, or one of them; returns whom.
pub async fn ask_again(tx: &mut Tx, id: NoticeId, only: Option<StaffId>) -> Result<Vec<StaffId>> {
    let now = tx.now();
    let state = lock(tx, id).await?;
    let mut silent: Vec<StaffId> = tx.q(MISSING).bind(id).values().await?;
    silent.retain(|staff| only.is_none_or(|only| only == *staff));
    if state.is_over() || silent.is_empty() {
        return Err(Error::Refused(OVER.to_owned()));
    }
    let again = tx.q(ASK_AGAIN).bind(id).bind(now).bind(state.asked_again().word());
    let version = again.value().await?;
    record(tx, id, "asked_again", version, Some(json!({ "people": silent })));
    record_for(tx, id, &silent, "asked_again");
    Ok(silent)
}

/// Nobody needs to answer any more.
pub async fn close(tx: &mut Tx, id: NoticeId, why: Option<String>) -> Result<()> {
    if lock(tx, id).await?.is_over() {
        return Err(Error::Refused(OVER.to_owned()));
    }
    end(tx, id, why).await?;
    settle_told(tx, id).await
}

async fn end(tx: &mut Tx, id: NoticeId, why: Option<String>) -> Result<()> {
    let silent: Vec<StaffId> = tx.q(MISSING).bind(id).values().await?;
    let now = tx.now();
    let close = tx.q(MOVE).bind(id).bind(State::Closed.word()).bind(Some(now));
    let version = close.value().await?;
    let change = Change::new("notice", subject(id), "closed").version(version);
    tx.record(Change { why, ..change });
    record_for(tx, id, &silent, "closed");
    Ok(())
}

/// A notice is over: who was told that somebody is silent about it, and who was told of those, need not answer that.
pub(super) async fn settle_told(tx: &mut Tx, id: NoticeId) -> Result<()> {
    let mut over = vec![id];
    while let Some(one) = over.pop() {
        let open: Vec<NoticeId> = tx.q(OPEN_ABOUT).bind(subject(one)).values().await?;
        for told in open {
            lock(tx, told).await?;
            end(tx, told, Some("settled".to_owned())).await?;
            over.push(told);
        }
    }
    Ok(())
}

/// Nobody needs to answer what was told about this record any more: it is settled.
pub async fn close_about(tx: &mut Tx, about: &str) -> Result<()> {
    let open: Vec<NoticeId> = tx.q(OPEN_ABOUT).bind(about).values().await?;
    for id in open {
        close(tx, id, Some("settled".to_owned())).await?;
    }
    Ok(())
}

/// Others were told who is silent.
pub(super) async fn escalated(tx: &mut Tx, id: NoticeId, to: Role) -> Result<()> {
    let open = tx.q(MOVE).bind(id).bind(State::Escalated.word()).bind(None::<Moment>);
    let version = open.value().await?;
    record(tx, id, "escalated", version, Some(json!({ "to_role": to })));
    Ok(())
}

/// The step that is due next, and when; `None` when nothing follows.
pub(super) async fn set_next(
    tx: &mut Tx,
    id: NoticeId,
    step: usize,
    due: Option<Moment>,
) -> Result<()> {
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    tx.keep(NEXT).bind(id).bind(step).bind(due).run().await.map(drop)
}

async fn lock(tx: &mut Tx, id: NoticeId) -> Result<State> {
    let word: Option<(String,)> = tx.q(LOCK).bind(id).maybe().await?;
    let (word,) = word.ok_or(Error::NotFound)?;
    State::from_word(&word).ok_or_else(|| Error::Unreadable(format!("the state of notices/{id}")))
}

/// These notices were on a screen of this person.
pub async fn delivered(db: &Db, stamp: Stamp, staff: StaffId, ids: Vec<NoticeId>) -> Result<()> {
    db.write(stamp, move |tx| {
        let ids = ids.clone();
        Box::pin(async move {
            for id in ids {
                delivered_in(tx, id, staff).await?;
            }
            Ok(())
        })
    })
    .await
}

/// A notice has reached this person by some channel.
pub async fn delivered_in(tx: &mut Tx, id: NoticeId, staff: StaffId) -> Result<()> {
    let now = tx.now();
    if tx.q(DELIVERED).bind(id).bind(staff).bind(now).run().await? > 0 {
        let version = tx.q(TOUCH).bind(id).value().await?;
        record(tx, id, "delivered", version, Some(json!({ "staff": staff })));
    }
    Ok(())
}

/// The ladder as it was stored; an unreadable one has no steps.
pub(super) fn ladder(text: &str) -> Ladder {
    serde_json::from_str(text).unwrap_or_default()
}
