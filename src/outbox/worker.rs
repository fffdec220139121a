//! The one task that empties the outbox: takes what is due in hand, sends it, writes down what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use rand::RngExt as _;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::crowd::{Crowd, MINUTE_MS, SECOND_MS, Step, both, step};
use super::message::{Channel, Row, Way};
use super::sender::Senders;
use super::state::{Outcome, Settled, settle};
use super::{push, store};
use crate::clock::Clock;
use crate::db::{self, Db, Stamp};
use crate::kernel::Moment;

/// How long a message may be in hand: longer than any way may take.
const LEASE_MS: i64 = 90_000;
/// So many places are spoken to at once.
const AT_ONCE: usize = 16;
/// After so long the outbox is looked into anyway: another node may have put something in.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Empties the outbox. Cheap to clone.
#[derive(Clone)]
pub struct Worker {
    db: Db,
    clock: Clock,
    senders: Senders,
}

impl Worker {
    /// Sends by `senders` what is in the outbox of `db`.
    pub fn new(db: &Db, clock: &Clock, senders: &Senders) -> Self {
        Self { db: db.clone(), clock: clock.clone(), senders: senders.clone() }
    }

    /// Works until told to stop; what is in hand then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let mut told = self.db.bus().listen();
        while !stop.is_cancelled() {
            let next = match self.round().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(code = %error.code(), "the outbox waits for the store");
                    None
                }
            };
            let due = async {
                match next {
                    Some(at) => self.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let put = async {
                loop {
                    match told.recv().await {
                        Ok(commit)
                            if commit
                                .iter()
                                .any(|news| news.kind == "outbox" && news.change == "queued") =>
                        {
                            return;
                        }
                        Ok(_) => {}
                        Err(RecvError::Lagged(_)) => return,
                        Err(RecvError::Closed) => std::future::pending().await,
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = put => {}
                () = due => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Sends all that is due, until nothing is; gives when to look again.
    pub async fn round(&self) -> db::Result<Option<Moment>> {
        loop {
            let now = self.clock.now();
            let lost = store::expire(&self.db, now).await?;
            if lost > 0 {
                tracing::warn!(
                    messages = lost,
                    "{lost} messages were in hand when the house stopped; see /admin/outbox"
                );
            }
            let mut places: BTreeMap<(Channel, String), Vec<Row>> = BTreeMap::new();
            for row in store::due(&self.db, now).await? {
                places.entry((row.way.channel, row.way.target.clone())).or_default().push(row);
            }
            let mut wait: Option<Moment> = None;
            let mut parcels = Vec::new();
            for rows in places.into_values() {
                match self.portion(&rows, now).await? {
                    Step::Wait(until) => wait = Some(wait.map_or(until, |other| other.min(until))),
                    Step::Together => {
                        let fits = self.senders.fitting(&rows);
                        parcels.push(vec![rows.into_iter().take(fits).collect()]);
                    }
                    Step::Singly(most) => {
                        parcels.push(rows.into_iter().take(most).map(|row| vec![row]).collect());
                    }
                }
            }
            if parcels.is_empty() {
                let next = store::next_due(&self.db).await?;
                // what is due and cannot go yet is waited for with its place
                let next = next.map(|at| at.max(now.plus_millis(50)));
                return Ok(match wait {
                    Some(until) if next.is_none_or(|at| at <= now.plus_millis(50)) => Some(until),
                    Some(until) => next.map(|at| at.min(until)),
                    None => next,
                });
            }
            let mut under_way: FuturesUnordered<_> = FuturesUnordered::new();
            let mut left = parcels.into_iter();
            under_way.extend(left.by_ref().take(AT_ONCE).map(|parcel| self.place(parcel)));
            let mut broken = None;
            while let Some(done) = under_way.next().await {
                broken = broken.or(done.err());
                under_way.extend(left.next().map(|parcel| self.place(parcel)));
            }
            if let Some(error) = broken {
                return Err(error);
            }
        }
    }

    async fn portion(&self, rows: &[Row], now: Moment) -> db::Result<Step> {
        let Some(first) = rows.first() else { return Ok(Step::Singly(0)) };
        let robot = match first.way.channel {
            Channel::Wecom | Channel::Dingtalk | Channel::Feishu | Channel::Webhook => {
                self.senders.robots().iter().find(|robot| robot.name == first.way.target)
            }
            Channel::Mail | Channel::Sip | Channel::Push => return Ok(Step::Singly(rows.len())),
        };
        let limit = robot.map_or(1, |robot| robot.per_minute);
        let limit = usize::try_from(limit).unwrap_or(1);
        let minute = self.within(rows, (MINUTE_MS, limit), now).await?;
        match robot.and_then(|robot| robot.kind.in_a_second()) {
            Some(limit) => Ok(both(minute, self.within(rows, (SECOND_MS, limit), now).await?)),
            None => Ok(minute),
        }
    }

    /// What one window of a place allows.
    async fn within(
        &self,
        rows: &[Row],
        (window_ms, limit): (i64, usize),
        now: Moment,
    ) -> db::Result<Step> {
        let Some(first) = rows.first() else { return Ok(Step::Singly(0)) };
        let since = now.plus_millis(-window_ms);
        let (lately, oldest) = store::lately(&self.db, &first.way, since).await?;
        let crowd = Crowd {
            waiting: rows.len(),
            window_ms,
            lately: usize::try_from(lately).unwrap_or(0),
            oldest,
            limit,
            merges: first.way.channel.merges(),
        };
        Ok(step(crowd, now))
    }

    /// What goes to one place, one after the other; stops there at the first that did not go.
    async fn place(&self, parcels: Vec<Vec<Row>>) -> db::Result<()> {
        for parcel in parcels {
            let now = self.clock.now();
            let ids = parcel.iter().map(|row| row.id).collect();
            let mine = store::claim(&self.db, now, ids, now.plus_millis(LEASE_MS)).await?;
            let parcel: Vec<Row> =
                parcel.into_iter().filter(|row| mine.contains(&row.id)).collect();
            let Some(first) = parcel.first() else { continue };
            let (way, attempts) = (first.way.clone(), first.attempts + 1);
            let outcome = self.senders.send(&parcel, now).await;
            let now = self.clock.now();
            let chance = rand::rng().random_range(0..1000);
            let settled = settle(attempts, &outcome, now, chance);
            self.tell(&way, &outcome, settled);
            if let (Channel::Push, Outcome::Never { why }) = (way.channel, &outcome)
                && why == push::GONE
            {
                store::people::forget(&self.db, Stamp { now, by: None }, way.target.clone())
                    .await?;
            }
            store::settled(&self.db, now, parcel, outcome, settled).await?;
            if settled != Settled::Sent {
                return Ok(());
            }
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "one of the worker's acts")]
    fn tell(&self, way: &Way, outcome: &Outcome, settled: Settled) {
        let channel = way.channel.name();
        match (settled, outcome) {
            (Settled::Sent, _) => tracing::debug!(channel, "a message went out"),
            (Settled::Again(_), Outcome::Later { why, .. }) => {
                tracing::debug!(channel, why, "a message will be tried again");
            }
            (_, Outcome::Later { why, .. } | Outcome::Never { why } | Outcome::Unclear { why }) => {
                tracing::warn!(
                    channel,
                    why,
                    "a message did not go out by {channel}: see /admin/outbox"
                );
            }
            (_, Outcome::Sent { .. }) => {}
        }
    }
}
