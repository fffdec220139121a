//! "Save and finish": what the record says is wanted is made with the same key. The call is put away
//! once that is there; until then it stays in hand.

use super::super::complaint;
use super::super::desk::{After, may_talk};
use super::super::particulars::{Kind, Particulars};
use super::super::store;
use super::Panel;
use crate::db;
use crate::kernel::CallId;
use crate::web::{Problem, Want, doors};

/// What follows a record that was finished, and the page of what is still to be written for it.
pub(super) async fn finish(
    panel: &Panel,
    want: &Want,
    id: CallId,
    written: &Particulars,
) -> Result<(After, Option<String>), Problem> {
    let call = store::call(&want.kit.db, id).await?;
    if may_talk(&call, want.now) && is_empty(written) {
        return Err(Problem::rules().field("what", |l| l.calls_finish_empty().to_string()));
    }
    let Some(kind) = written.kind else { return Ok((After::PutAway, None)) };
    if has_made(panel, want, id, kind).await? {
        return Ok((After::PutAway, None));
    }
    let [.., what] = &written.parts;
    match kind {
        Kind::Fault => Ok((After::KeepOpen, Some(format!("/faults/new?call={id}&done=on")))),
        Kind::Message => Ok((After::KeepOpen, Some(format!("/messages/new?call={id}&done=on")))),
        Kind::Complaint if what.trim().is_empty() => {
            Err(Problem::rules().field("what", |l| l.calls_finish_complaint().to_string()))
        }
        Kind::Complaint => Ok((After::Complaint, None)),
        Kind::Booking if books(want) => {
            Ok((After::KeepOpen, Some(format!("/bookings/new?call={id}&done=on"))))
        }
        Kind::Booking | Kind::Enquiry => Ok((After::PutAway, None)),
    }
}

/// Whether the reader may write bookings.
fn books(want: &Want) -> bool {
    want.reader.as_ref().is_some_and(|reader| reader.roles.has_any(doors::BOOKERS))
}

/// Whether nothing was written; who calls is proposed.
fn is_empty(written: &Particulars) -> bool {
    let [_, when, place, what] = &written.parts;
    let texts = [when, place, what, &written.purpose, &written.need];
    written.kind.is_none() && texts.into_iter().all(|text| text.trim().is_empty())
}

/// Whether what the record asks for was made of the call before.
async fn has_made(panel: &Panel, want: &Want, id: CallId, kind: Kind) -> db::Result<bool> {
    let db = &want.kit.db;
    if kind == Kind::Complaint {
        return Ok(complaint::of(db, id).await?.is_some());
    }
    for room in panel.records.iter() {
        if room.has_made(db, id, kind).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a call stayed in hand for is made: it leaves the console.
pub async fn put_away(want: &Want, id: CallId) -> db::Result<()> {
    let done = want.kit.db.write(want.stamp(), move |tx| Box::pin(store::put_away(tx, id)));
    done.await.map(drop)
}
