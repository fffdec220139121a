//! A call back that a slip asks for is a follow-up of its owner: whoever closes one of the two has
//! closed the other, in the same change.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::slip::Act;
use super::store;
use crate::db::{self, Attends, Change, Tx};
use crate::followups::{self, Assignee, Closing, Ladder, NewFollowUp};
use crate::kernel::{FollowUpId, MessageId, Moment, Role, StaffId};
use crate::web::{KnowsSubjects, Named, OnDuty, Want, id_in};

/// What the follow-up is called.
const CALL_BACK: &str = "call_back";
/// So long after a call back was due the supervisor is told, in milliseconds.
const TELL_MS: i64 = 15 * 60 * 1000;

/// The owner of a slip owes a call back by a time.
pub(super) async fn open(
    tx: &mut Tx,
    slip: MessageId,
    whose: StaffId,
    due: Moment,
) -> db::Result<()> {
    let owed = NewFollowUp::new(CALL_BACK, Assignee::Staff(whose), due)
        .about(store::subject(slip))
        .ladder(Ladder::to_role(TELL_MS, Role::Supervisor));
    followups::store::open(tx, owed).await.map(drop)
}

/// Nobody owes the call back of a slip that is over.
pub(super) async fn settle(tx: &mut Tx, slip: MessageId, act: Act, words: &str) -> db::Result<()> {
    let how = match act {
        Act::Handle => Closing::Done(words.to_owned()),
        Act::Withdraw => Closing::Dropped(words.to_owned()),
        Act::Deliver | Act::Read | Act::Escalate => return Ok(()),
    };
    for owed in followups::store::open_about(tx, &store::subject(slip), CALL_BACK).await? {
        followups::store::close(tx, owed, how.clone()).await?;
    }
    Ok(())
}

/// The owner called back, or said why not, on the list of follow-ups: the slip is handled.
async fn handled(tx: &mut Tx, id: MessageId, words: String) -> db::Result<()> {
    let slip = store::one_in(tx, id).await?;
    let before = slip.stands()?;
    match before.after(Act::Handle) {
        Ok(state) if state != before => {
            let wanted = store::Wanted { act: Act::Handle, version: None, words, stand_in: None };
            store::step(tx, slip, state, wanted).await
        }
        // it is over: whoever closed the slip closed the follow-up
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Attends the changes in which follow-ups are closed.
pub struct Owed;

impl Attends for Owed {
    fn kinds(&self) -> &'static [&'static str] {
        &["follow_up"]
    }

    fn attend<'t>(
        &'t self,
        tx: &'t mut Tx,
        recorded: &'t [Change],
    ) -> BoxFuture<'t, db::Result<()>> {
        async move {
            let closed =
                |one: &&Change| one.kind == "follow_up" && matches!(one.change, "done" | "dropped");
            for change in recorded.iter().filter(closed) {
                let Some(id) = id_in::<FollowUpId>(&change.subject, "follow-ups") else { continue };
                let owed = followups::store::locked(tx, id).await?;
                let about = owed.about.as_deref().filter(|_| owed.kind == CALL_BACK);
                if let Some(slip) = about.and_then(|about| id_in::<MessageId>(about, "messages")) {
                    handled(tx, slip, owed.result).await?;
                }
            }
            Ok(())
        }
        .boxed()
    }
}

/// What slips are called, for those they are for and those who took them.
pub(super) struct Names;

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["messages"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            let l = want.messages();
            let mut named = BTreeMap::new();
            for subject in subjects {
                let Some(id) = id_in::<MessageId>(subject, "messages") else { continue };
                match store::one(&want.kit.db, id).await {
                    Ok(slip) if super::web::sees(reader, &slip) => {
                        let from = reader.closed.text(&slip.from_name);
                        let text = if from.is_empty() {
                            l.messages_one(id.0).to_string()
                        } else {
                            l.messages_one_from(from.as_str()).to_string()
                        };
                        let href = Some(format!("/messages/{id}"));
                        named.insert((*subject).to_owned(), Named { text, href });
                    }
                    Ok(_) | Err(db::Error::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(named)
        }
        .boxed()
    }
}
