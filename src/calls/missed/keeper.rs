//! Keeps the ledger after what happened to calls, read off the journal: over a restart nothing is
//! forgotten, and nothing is owed twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::Ledger;
use super::store::{self, Happened, Rule, Seen};
use crate::calendars::{self, Calendar};
use crate::db::{self, Db, Stamp, Tx};
use crate::kernel::{CallId, Moment, OutgoingId};
use crate::timers::FallsDue;
use crate::web::id_in;

/// So many rows of the journal are read at a time.
const CHUNK: i64 = 500;
/// Calls older than this open no debt: nobody waits for that call any more, in milliseconds.
const OLDEST_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The keeper of the ledger.
pub(super) struct Keeper {
    ledger: Ledger,
    /// Up to here nothing of the journal concerns the ledger; what does is noted in the store.
    read_to: AtomicI64,
}

/// What concerns the ledger, in the order of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Concern {
    Call(CallId),
    Outgoing(OutgoingId),
}

/// What was found: the moments and calls that concern the ledger, and how far was read.
struct Found {
    first: Option<Moment>,
    concerns: Vec<Concern>,
    upto: i64,
}

impl Keeper {
    pub(super) fn new(ledger: Ledger) -> Self {
        Self { ledger, read_to: AtomicI64::new(0) }
    }

    /// The next stretch of the journal in which something concerns the ledger.
    async fn look(&self, db: &Db) -> db::Result<Found> {
        let mut after = store::cursor(db).await?.max(self.read_to.load(Ordering::Relaxed));
        let head = db::head(db).await?;
        loop {
            let rows = store::happened(db, after, head, CHUNK).await?;
            let last = rows.last().map(|row| row.seq);
            let whole = i64::try_from(rows.len()).unwrap_or(CHUNK) < CHUNK;
            let upto = if whole { head } else { last.unwrap_or(head) };
            let found = sift(db, rows).await?;
            if !found.1.is_empty() {
                return Ok(Found { first: found.0, concerns: found.1, upto });
            }
            after = upto;
            self.read_to.store(upto, Ordering::Relaxed);
            if whole {
                return Ok(Found { first: None, concerns: Vec::new(), upto });
            }
        }
    }
}

/// Those of these rows that concern the ledger, each call once at its last row.
async fn sift(db: &Db, rows: Vec<Happened>) -> db::Result<(Option<Moment>, Vec<Concern>)> {
    let newest = rows.last().map_or(Moment::from_millis(0), |row| row.at);
    let mut concerns: Vec<(Moment, Concern)> = Vec::new();
    for row in rows {
        let concern = if row.kind == "call" {
            id_in(&row.subject, "calls").map(Concern::Call)
        } else {
            id_in(&row.subject, "outgoing_calls").map(Concern::Outgoing)
        };
        let Some(concern) = concern else { continue };
        concerns.retain(|(_, earlier)| *earlier != concern);
        concerns.push((row.at, concern));
    }
    let calls: Vec<CallId> = concerns.iter().filter_map(|(_, one)| one.call()).collect();
    let outgoing: Vec<OutgoingId> = concerns.iter().filter_map(|(_, one)| one.outgoing()).collect();
    let since = newest.plus_millis(-OLDEST_MS);
    let (calls, outgoing) = store::concerning(db, &calls, &outgoing, since).await?;
    concerns.retain(|(_, one)| match one {
        Concern::Call(id) => calls.contains(id),
        Concern::Outgoing(id) => outgoing.contains(id),
    });
    let first = concerns.first().map(|(at, _)| *at);
    Ok((first, concerns.into_iter().map(|(_, one)| one).collect()))
}

impl Concern {
    fn call(self) -> Option<CallId> {
        match self {
            Self::Call(id) => Some(id),
            Self::Outgoing(_) => None,
        }
    }

    fn outgoing(self) -> Option<OutgoingId> {
        match self {
            Self::Outgoing(id) => Some(id),
            Self::Call(_) => None,
        }
    }
}

impl FallsDue for Keeper {
    fn name(&self) -> &'static str {
        "missed calls"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        async move { Ok(self.look(db).await?.first) }.boxed()
    }

    fn follows_calls(&self) -> bool {
        true
    }

    fn fall_due<'a>(&'a self, db: &'a Db, now: Moment, _: Moment) -> BoxFuture<'a, db::Result<()>> {
        async move {
            let found = self.look(db).await?;
            if found.concerns.is_empty() {
                return Ok(());
            }
            let lines = self.ledger.calendars(db).await?;
            let (concerns, upto, lines) = (found.concerns, found.upto, Arc::new(lines));
            db.write(Stamp { now, by: None }, move |tx| {
                let (concerns, lines) = (concerns.clone(), Arc::clone(&lines));
                async move {
                    for concern in concerns {
                        see(tx, concern, &lines).await?;
                    }
                    store::set_cursor(tx, upto).await
                }
                .boxed()
            })
            .await
        }
        .boxed()
    }
}

impl Ledger {
    /// When each hotline is open, by its number.
    pub(in crate::calls) async fn calendars(&self, db: &Db) -> db::Result<Vec<(String, Calendar)>> {
        let days = calendars::store::house_days(db).await?;
        let open = |hours: &[_]| Calendar::of_hours(self.zone, hours, Arc::clone(&days));
        let lines = self.hotlines.iter();
        Ok(lines.map(|line| (line.number.clone(), open(&line.hours))).collect())
    }

    /// A call that a file told of is seen in the change that brings it in, so that the ledger never
    /// stands half.
    pub(in crate::calls) async fn see_imported(
        &self,
        tx: &mut Tx,
        id: CallId,
        lines: &[(String, Calendar)],
    ) -> db::Result<()> {
        let since = tx.now().plus_millis(-OLDEST_MS);
        match store::seen(tx, id).await? {
            Some(call) if call.offered_at >= since => see(tx, Concern::Call(id), lines).await,
            _ => Ok(()),
        }
    }

    /// A file told that the house reached a number at a time.
    pub(in crate::calls) async fn was_called_back(
        &self,
        tx: &mut Tx,
        number: &str,
        at: Moment,
    ) -> db::Result<()> {
        store::was_called_back(tx, number, at).await
    }
}

async fn see(tx: &mut Tx, concern: Concern, lines: &[(String, Calendar)]) -> db::Result<()> {
    let id = match concern {
        Concern::Outgoing(id) => return store::called_back(tx, id).await,
        Concern::Call(id) => id,
    };
    let Some(call) = store::seen(tx, id).await? else { return Ok(()) };
    if call.excluded.as_deref() == Some("test") {
        return store::was_test(tx, id).await;
    }
    if call.answered_at.is_some() {
        return store::called_again(tx, &call).await;
    }
    let rule = store::rule(tx, call.hotline_number.as_deref()).await?;
    if !is_owed(&call, &rule) {
        return Ok(());
    }
    let from = call.ended_at.unwrap_or(call.offered_at).max(tx.now());
    let line = lines.iter().find(|(number, _)| Some(number) == call.hotline_number.as_ref());
    let calendar = line.or(lines.first()).map(|(_, calendar)| calendar);
    let due = calendar.and_then(|calendar| calendar.add_working(from, rule.due_ms));
    let due = due.unwrap_or_else(|| from.plus_millis(rule.due_ms));
    store::missed(tx, &call, &rule, due).await?;
    store::settle_if_in_contact(tx, &call).await
}

/// Whether the caller is owed a call. After hours they are, at the next opening; one ring and gone is
/// owed where the rule says so. Who hung up while we could not hear how it rang is owed one as well.
fn is_owed(call: &Seen, rule: &Rule) -> bool {
    let missed = match call.outcome.as_deref() {
        Some("abandoned" | "not_offered" | "machine_only") => true,
        Some("abandoned_short") => rule.count_short,
        // they hung up, and nobody is known to have spoken with them: how long it rang is not known
        Some("unmeasured") => {
            call.ended_by == "caller" && call.answered_at.is_none() && call.taken_by.is_none()
        }
        _ => false,
    };
    missed && call.state == "ended"
}
