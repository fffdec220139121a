//! The month that was: invented sightings, followed and stored by the same room that follows real
//! ones, only faster.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk;
use super::plan::{self, Fate, Past};
use crate::calls::{self, Setup};
use crate::clock::Clock;
use crate::config::{Config, Hotline};
use crate::db::{Db, Result};
use crate::kernel::{Moment, PbxId};
use crate::meters::Meters;
use crate::sip::{End, Heard, LegKey, Offer, PartyId, Role, Sighting, Source, What, Withdrawal};

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
    // now and then the desk calls back
    for past in month.iter().filter(|past| past.part.caller.number.is_some()) {
        if chance.random_ratio(1, 14) {
            sightings.extend(called_back(past, now, &mut chance));
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
    desk::write(db, room.desk(), now, &mut chance).await?;
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

/// The desk's own telephone calls somebody back, as a mirror of its signalling shows it; nothing where
/// that would not be over by `now`.
fn called_back(past: &Past, now: Moment, chance: &mut StdRng) -> Vec<Sighting> {
    let source = Source::Mirror { pbx: PbxId(0) };
    let leg = LegKey {
        call_id: format!("{:032x}", chance.random::<u128>()).into(),
        branch: format!("z9hG4bKPj{:032x}", chance.random::<u128>()).into(),
    };
    let Ok(desk) = "801".parse() else { return Vec::new() };
    let offer = Offer {
        role: Role::Placed(desk),
        dialled: past.part.caller.number.clone().into_iter().collect(),
        ..Offer::default()
    };
    let begin = past.at.plus_millis(chance.random_range(300_000..3_000_000));
    let talk = chance.random_range(20_000..240_000);
    let steps = [
        (0, What::Offered(Box::new(offer))),
        (900, What::Alerted),
        (7_000, What::Answered),
        (7_000 + talk, What::Ended(End::Caller)),
    ];
    if begin.plus_millis(7_000 + talk) >= now {
        return Vec::new();
    }
    let seen = |(after, what)| {
        let at = begin.plus_millis(after);
        Sighting { at, heard_at: at, source, leg: leg.clone(), what }
    };
    steps.map(seen).into()
}
