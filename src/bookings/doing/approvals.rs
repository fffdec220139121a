//! What needs a supervisor's or manager's word: asked for, granted and done as it stands then, or refused.
//! A change of bookings that come again is asked for once, for all of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::acts::{Command, given};
use super::super::owed;
use super::super::refusal::Refusal;
use super::super::store::perform::{Done, perform};
use super::super::store::world::Actor;
use super::super::store::{self, acts as kept};
use super::occurrences::{Changed, Pointed, change_in};
use super::{Answer, BACK, decided};
use crate::db::{Change, Db, Error, Result, Stamp, Tx};
use crate::kernel::{BookingId, StaffId};

/// What is asked for, as it is kept until somebody answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Petition {
    /// A change of bookings that come again.
    Series {
        /// Which, and what is done to them.
        series: Box<Pointed>,
    },
    /// An act on one booking.
    One(Command),
}

/// What came of an answer.
#[derive(Debug, Clone)]
pub enum Answered {
    /// It is not done.
    Refused,
    /// It is done.
    Done(Done),
    /// Somebody is in the way of some by now: nothing is done, and it still waits.
    Asks(Changed),
}

/// Asks a supervisor or manager to decide.
pub async fn ask(db: &Db, stamp: Stamp, id: BookingId, request: Petition) -> Result<i64> {
    // plain enums are always writable
    let text = serde_json::to_string(&request).unwrap_or_default();
    db.write(stamp, move |tx| {
        let text = text.clone();
        Box::pin(async move {
            let asked = kept::ask_in(tx, id, &text).await?;
            let booking = store::by_ids_in(tx, &[id]).await?.pop().ok_or(Error::NotFound)?;
            let subject = format!("bookings/{}", booking.no);
            tx.record(Change::new("booking", subject, "approval_asked"));
            owed::approval(tx, &booking).await?;
            Ok(asked)
        })
    })
    .await
}

/// It is decided: nobody has to any more, and whoever asked is told.
async fn over(
    tx: &mut Tx,
    (id, asked_by): (BookingId, Option<StaffId>),
    granted: bool,
    why: &str,
) -> Result<()> {
    let Some(booking) = store::by_ids_in(tx, &[id]).await?.pop() else { return Ok(()) };
    if !granted {
        tx.record(Change::new("booking", format!("bookings/{}", booking.no), "approval_refused"));
    }
    owed::approval_over(tx, &booking.no, if granted { "granted" } else { "refused" }).await?;
    owed::decided(tx, &booking, asked_by, (granted, why)).await
}

/// Grants what was asked, and does it as it stands now; or refuses, and says why: whoever asked has a guest to tell.
pub async fn answer(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    id: i64,
    granted: bool,
    why: &str,
) -> Answer<Answered> {
    let why = match given(why) {
        Ok(why) => why,
        Err(Refusal::Reason) if granted => String::new(),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(asked) = kept::asked_one(db, id).await? else { return Ok(Err(Refusal::TooLate)) };
    let Ok(request) = serde_json::from_str::<Petition>(&asked.command) else {
        return Ok(Err(Refusal::TooLate));
    };
    let request = Arc::new(request);
    let (told, heard) = tokio::sync::watch::channel(None);
    let write = db.write(stamp, move |tx| {
        let (request, told, booking) = (Arc::clone(&request), told.clone(), asked.booking_id);
        let (asked, why) = ((booking, asked.asked_by), why.clone());
        Box::pin(async move {
            if !kept::answer_in(tx, id, granted, &why).await? {
                return Ok(Err(Refusal::TooLate));
            }
            if !granted {
                over(tx, asked, granted, &why).await?;
                return Ok(Ok(Answered::Refused));
            }
            let actor = Actor { approves: true, ..actor };
            let answered = match &*request {
                Petition::One(command) => match decided(tx, actor, booking, None, command).await? {
                    Ok((world, outcome)) => {
                        perform(tx, &world, outcome).await.map(|done| Ok(Answered::Done(done)))?
                    }
                    Err(refusal) => Err(refusal),
                },
                Petition::Series { series } => match change_in(tx, actor, series).await? {
                    Ok(changed) if changed.asks() => Ok(Answered::Asks(changed)),
                    Ok(changed) => Ok(Answered::Done(changed.done)),
                    Err(refusal) => Err(refusal),
                },
            };
            if !matches!(answered, Ok(Answered::Done(_))) {
                // it was answered only if it could be done
                told.send_replace(Some(answered));
                return Err(Error::Refused(BACK.to_owned()));
            }
            over(tx, asked, granted, &why).await?;
            Ok(answered)
        })
    });
    match write.await {
        Err(error) if error.is_refusal(BACK) => {
            Ok(heard.borrow().clone().unwrap_or(Err(Refusal::Changed)))
        }
        answer => answer,
    }
}
