//! Guests who have not come by the house's cut-off and paid nothing are released together, with one key
//! (operations §4.6): never by itself, and never somebody whom nobody tried to reach.

use super::super::acts::Command;
use super::super::refusal::Refusal;
use super::super::rules::Rules;
use super::super::store;
use super::super::store::perform::Done;
use super::super::store::world::Actor;
use super::decided;
use super::whole::{Whole, one_call};
use crate::claims;
use crate::db::{Db, Result, Stamp};
use crate::kernel::{BookingId, Language};
use crate::rooms::store as rooms_store;
use crate::words::Said;

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Released {
    /// What was released; no act where nobody was.
    pub done: Done,
    /// Those who keep their rooms, and why.
    pub left: Vec<(BookingId, Refusal)>,
}

/// Releases those of a business date who may be, as one act that is undone together.
pub async fn release(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    date: chrono::NaiveDate,
) -> Result<Released> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            claims::store::queue(tx).await?;
            let rules = rooms_store::setup::rules_in(tx).await?;
            let rules = rules.map_or_else(Rules::default, |(_, text)| Rules::read(&text));
            let (mut released, mut whole) = (Released::default(), Whole::default());
            for booking in store::of_day_in(tx, date).await? {
                if !rules.releases(&actor.day, &booking, tx.now()) {
                    continue;
                }
                match decided(tx, actor, booking.id, None, &Command::NoShow).await? {
                    Ok((world, outcome)) => whole.take(tx, &world, outcome).await?,
                    Err(refusal) => released.left.push((booking.id, refusal)),
                }
            }
            let words = Said::with(|_, own| {
                let each = whole.said().iter().map(|one| one.call.said.to(own));
                each.collect::<Vec<_>>().join(if own == Language::ZhCn { "；" } else { "; " })
            });
            let call = one_call(whole.said(), words);
            released.done = whole.end(tx, "released", "", call).await?;
            Ok(released)
        })
    })
    .await
}
