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
use crate::kernel::{Extension, Moment, PbxId};
use crate::meters::Meters;
use crate::sip::{
    Dialog, DialogState, End, Heard, LegKey, LineChange, LineState, Offer, PartyId, Role, Sighting,
    Source, Watched, What, Withdrawal,
};

/// From the INVITE to our 180, in milliseconds.
const ALERTED_MS: i64 = 60;

/// Writes the month before `now` into an empty log. One seed is one month.
pub async fn remember(db: &Db, config: Arc<Config>, now: Moment, seed: u64) -> Result<()> {
    let mut chance = StdRng::seed_from_u64(seed);
    let month = plan::month(&config.site.day, now, &mut chance);
    let watched = config.pbx.first().map(|pbx| pbx.watch.as_slice()).unwrap_or_default();
    let mut happened: Vec<(Moment, Heard)> = Vec::with_capacity(month.len() * 6);
    let mut desk = Desk::of(watched);
    // in the order they come; nobody talks on into the third call after their own, so that of three
    // telephones one is always free to ring
    let mut month: Vec<&Past> = month.iter().collect();
    month.sort_by_key(|past| past.at);
    let came: Vec<Moment> = month.iter().map(|past| past.at).collect();
    for (nth, past) in month.iter().copied().enumerate() {
        let third = came.get(nth + 3).map_or(now, |at| at.plus_millis(-2_000));
        if let Some(hotline) = config.hotlines.get(past.part.hotline) {
            // the telephone that is lifted speaks before the others are told to be quiet
            happened.extend(desk.shows((past, third.min(now)), hotline, &mut chance));
            happened.extend(seen(past, hotline, &mut chance).map(heard));
        }
    }
    // now and then the desk calls back
    for past in month.iter().filter(|past| past.part.caller.number.is_some()) {
        if chance.random_ratio(1, 14) {
            happened.extend(called_back(past, now, &mut chance).into_iter().map(heard));
        }
    }
    // two callers at once are seen in turns, as on a real wire
    happened.sort_by_key(|(at, _)| *at);

    let begin = happened.first().map_or(now, |(first, _)| *first);
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
    // a lamp is believed only where every telephone of the desk is known to be watched
    for place in (0..).take(watched.len()) {
        let source = Source::Watch { pbx: PbxId(0), place };
        let state = LineState::Registered { until: now };
        let up = LineChange { at: begin, since: begin, source, state };
        // the room lives until its sender goes
        drop(tell.send(Heard::Line(up)).await);
    }
    for (at, one) in happened {
        clock.set(at);
        drop(tell.send(one).await);
    }
    clock.set(now);
    room.settle(now).await;
    desk::write(db, room.desk(), now, &mut chance).await?;
    drop(tell);
    tasks.close();
    tasks.wait().await;
    Ok(())
}

fn heard(sighting: Sighting) -> (Moment, Heard) {
    (sighting.at, Heard::Sighting(sighting))
}

/// The telephones of the desk, the one that lifts most often first, and until when each is busy.
struct Desk<'a> {
    telephones: Vec<(&'a Extension, Moment)>,
}

impl<'a> Desk<'a> {
    fn of(watched: &'a [Extension]) -> Self {
        let free = |one| (one, Moment::from_millis(i64::MIN));
        Self { telephones: watched.iter().map(free).collect() }
    }

    /// What one telephone shows of a call to those who subscribed to it: that it rings, and that it is lifted
    /// where somebody answers; nothing where all were talking.
    fn shows(
        &mut self,
        (past, latest): (&Past, Moment),
        hotline: &Hotline,
        chance: &mut StdRng,
    ) -> Vec<(Moment, Heard)> {
        let rang_at = past.at.plus_millis(ALERTED_MS);
        let quiet_at = rang_at.plus_millis(past.part.fate.after_ms(hotline.cadence.cycle_ms()));
        let talk = quiet_at.plus_millis(chance.random_range(25_000..400_000));
        // whoever talks when the day begins would be talking still
        let talk = talk.min(latest.plus_millis(-1_000)).max(quiet_at.plus_millis(1_000));
        let free = |(_, until): &&mut (&Extension, Moment)| *until < past.at;
        let mut all: Vec<_> = self.telephones.iter_mut().filter(free).take(3).collect();
        let caller = &past.part.caller;
        let id: Arc<str> = format!("{:08x}", chance.random::<u32>()).into();
        let remote = PartyId {
            user: caller.number.clone(),
            display: None,
            withheld: caller.number.is_none(),
        };
        let dialog = |state| Dialog {
            id: id.clone(),
            call_id: None,
            state,
            called: Some(true),
            remote: remote.clone(),
            held: false,
        };
        let told = |extension: &Extension, at: Moment, dialogs: Vec<Dialog>| {
            let (pbx, extension) = (PbxId(0), extension.clone());
            (at, Heard::Watched(Watched { at, pbx, extension, fresh: false, dialogs }))
        };
        if past.fetched
            && let [(rung, rung_until), (by, by_until), ..] = all.as_mut_slice()
        {
            (*rung_until, *by_until) = (quiet_at.plus_millis(2_000), talk.plus_millis(2_000));
            // who fetches a call dialled a code for it, and nobody's number is told
            let remote = PartyId::default();
            let own = Dialog { called: None, remote, ..dialog(DialogState::Confirmed) };
            return vec![
                told(rung, rang_at, vec![dialog(DialogState::Early)]),
                told(by, quiet_at, vec![own]),
                told(rung, quiet_at.plus_millis(1), Vec::new()),
                told(by, talk.plus_millis(1), Vec::new()),
            ];
        }
        // mostly the first that is free, now and then its neighbour
        let next = usize::from(chance.random_ratio(1, 3)).min(all.len().saturating_sub(1));
        let Some((extension, until)) = all.drain(..).nth(next) else { return Vec::new() };
        let told = |at, dialogs| told(extension, at, dialogs);
        let rings = told(rang_at, vec![dialog(DialogState::Early)]);
        let (lifted, over_at) = match past.part.fate {
            Fate::Answered(_) => (Some(told(quiet_at, vec![dialog(DialogState::Confirmed)])), talk),
            Fate::GivenUp(_) => (None, quiet_at),
        };
        *until = over_at.plus_millis(2_000);
        let dark = told(over_at.plus_millis(1), Vec::new());
        [Some(rings), lifted, Some(dark)].into_iter().flatten().collect()
    }
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
        ..Offer::default()
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
