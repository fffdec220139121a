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
                let each: Vec<&str> =
                    whole.said().iter().map(|one| one.call.said.to(own)).collect();
                in_one(&each, if own == Language::ZhCn { "；" } else { "; " })
            });
            let call = one_call(whole.said(), words);
            released.done = whole.end(tx, "released", "", call).await?;
            Ok(released)
        })
    })
    .await
}

/// Sentences that begin with the same words are one: those words are said once.
fn in_one(each: &[&str], between: &str) -> String {
    let Some((first, others)) = each.split_first() else { return String::new() };
    let alike = |other: &str| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let shared = others.iter().map(|other| alike(other)).min().unwrap_or(0);
    let words = first.as_bytes().iter().take(shared).rposition(|byte| *byte == b' ');
    let words = words.map_or(0, |space| space + 1);
    let tails = others.iter().map(|other| other.get(words..).unwrap_or(other));
    std::iter::once(*first).chain(tails).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_begin_with_is_said_once() {
        let each = ["未到释放 301 方先生 12位", "未到释放 305 周总 10位", "未到释放 A1 徐先生 8位"];
        assert_eq!(in_one(&each, "；"), "未到释放 301 方先生 12位；305 周总 10位；A1 徐先生 8位");
        assert_eq!(in_one(&each[..1], "；"), each[0]);
        assert_eq!(in_one(&["王先生 6位", "赵女士 4位"], "；"), "王先生 6位；赵女士 4位");
        assert_eq!(in_one(&[], "；"), "");
    }
}
