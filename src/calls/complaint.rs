//! A complaint that came by telephone is owed an answer: the supervisors' within a day, and then the
//! head is told (operations.md clause 3-d).

use super::call::Call;
use super::particulars::Part;
use crate::db::{Db, Result, Tx};
use crate::followups::store::{NOTE_MOST, TITLE_MOST, for_subject, open, open_about};
use crate::followups::{Assignee, Ladder, NewFollowUp};
use crate::kernel::{CallId, FollowUpId, Role};

/// What such a follow-up is called.
const COMPLAINT: &str = "complaint";

/// Whoever complained hears of it within so long, in milliseconds.
const HEARS_MS: i64 = 24 * 60 * 60 * 1000;

/// Opens it, with what the record of the call says; one that is open already stays the only one.
pub(super) async fn owe(tx: &mut Tx, call: &Call) -> Result<()> {
    let about = format!("calls/{}", call.id);
    let Some(record) = &call.record else { return Ok(()) };
    if !open_about(tx, &about, COMPLAINT).await?.is_empty() {
        return Ok(());
    }
    let what = record.part(Part::What);
    let first = what.lines().next().unwrap_or_default();
    let parts = [record.part(Part::Where), record.part(Part::When), what, record.need.as_str()];
    let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let due = tx.now().plus_millis(HEARS_MS);
    let new = NewFollowUp::new(COMPLAINT, Assignee::Role(Role::Supervisor), due)
        .about(about)
        .title(first.chars().take(TITLE_MOST).collect())
        .ladder(Ladder::to_role(0, Role::Head));
    let note = said.join("\n").chars().take(NOTE_MOST).collect();
    open(tx, NewFollowUp { note, ..new }).await.map(drop)
}

/// The newest follow-up of the complaint that a call was; nothing where none was opened.
pub(super) async fn of(db: &Db, call: CallId) -> Result<Option<FollowUpId>> {
    let all = for_subject(db, &format!("calls/{call}")).await?;
    let found = all.into_iter().find(|one| one.follow_up.kind == COMPLAINT);
    Ok(found.map(|one| one.follow_up.id))
}
