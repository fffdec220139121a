//! The month that was: invented sightings, followed and stored by the same room that follows real
//! ones, only faster.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::plan::{self, Fate, Past};
use crate::calls::{self, Setup};
use crate::clock::Clock;
use crate::config::{Config, Hotline};
use crate::db::{Db, Result};
use crate::kernel::{Moment, PbxId};
use crate::meters::Meters;
use crate::sip::{Heard, LegKey, Offer, PartyId, Role, Sighting, Source, What, Withdrawal};

/// From the INVITE to our 180, in milliseconds.
const ALERTED_MS: i64 = 60;

/// Writes the month before `now` into an empty log. One seed is one month.
pub async fn remember(db: &Db, config: Arc<Config>, now: Moment, seed: u64) -> Result<()> {
    let mut chance = StdRng::seed_from_u64(seed);
    let month = plan::month(&config.site.day, now, &mut chance);
    let mut sightings: Vec<Sighting> = Vec::with_capacity(month.len() * 3);
    for past in &month {
        if let Some(hotline) = config.hotlines.get(past.part.hotline) {
            sightings.extend(seen(past, hotline, &mut chance));
        }
    }
    // two callers at once are seen in turns, as on a real wire
    sightings.sort_by_key(|sighting| sighting.at);

    let begin = sightings.first().map_or(now, |first| first.at);
    let (tell, heard) = mpsc::channel(1024);
    let (tasks, clock) = (TaskTracker::new(), Clock::manual(begin));
    let setup = Setup {
        db: db.clone(),
        clock: clock.clone(),
        config: Arc::clone(&config),
        meters: Meters::new(),
        heard,
        tasks: tasks.clone(),
        stop: CancellationToken::new(),
    };
    let remembered = calls::restore(db, &config).await?;
    let room = calls::start(setup, remembered).await?;
    for sighting in sightings {
        clock.set(sighting.at);
        // the room lives until its sender goes
        drop(tell.send(Heard::Sighting(sighting)).await);
    }
    clock.set(now);
    room.settle(now).await;
    drop(tell);
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// What a member of the ring group sees of one call.
fn seen(past: &Past, hotline: &Hotline, chance: &mut StdRng) -> [Sighting; 3] {
    let source = Source::Member { pbx: PbxId(0), account: 0 };
    let leg = LegKey {
        call_id: format!("{:032x}", chance.random::<u128>()).into(),
        branch: format!("z9hG4bKPj{:032x}", chance.random::<u128>()).into(),
    };
    let caller = &past.part.caller;
    let offer = Offer {
        role: Role::Member,
        caller: PartyId {
            user: caller.number.clone(),
            display: caller.number.as_ref().map(|_| caller.name.clone()),
            withheld: caller.number.is_none(),
        },
        dialled: vec![hotline.number.clone()],
        from_answer: false,
        trunk_call_id: None,
    };
    let withdrawal = match past.part.fate {
        Fate::Answered(_) => Withdrawal { elsewhere: true, q850: Some(26), sip: Some(200) },
        Fate::GivenUp(_) => Withdrawal { elsewhere: false, q850: Some(127), sip: None },
    };
    let rang_at = past.at.plus_millis(ALERTED_MS);
    let over_at = rang_at.plus_millis(past.part.fate.after_ms(hotline.cadence.cycle_ms()));
    [
        (past.at, What::Offered(Box::new(offer))),
        (rang_at, What::Alerted),
        (over_at, What::Withdrawn(withdrawal)),
    ]
    .map(|(at, what)| Sighting { at, heard_at: at, source, leg: leg.clone(), what })
}
