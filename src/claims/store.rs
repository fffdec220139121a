//! The claims as they are kept: asking who has what, and the one way to change it.

use std::collections::BTreeSet;

use sqlx::types::Json;

use super::plan::{Taken, clash};
use super::{Claim, NewClaim, Resource};
use crate::db::{Change, Db, Result, Tx, statements};
use crate::kernel::{ClaimId, Moment};

statements! {
    /// Waits until nobody else changes claims. SQLite has one writer anyway.
    QUEUE = sqlite "SELECT CAST(1 AS BIGINT) AS turn",
            postgres "SELECT CAST(1 AS BIGINT) AS turn FROM pg_advisory_xact_lock(CAST(CAST('claims' AS regclass) AS oid)::bigint)";
    /// Waits for the turn, ends what has ended by itself on the things `$1` at `$2`, and tells it and what is
    /// taken on them and reaches into `[$3, $4)`.
    SWEPT = sqlite "UPDATE claims SET released_at = expires_at, release_reason = 'expired'
                    WHERE released_at IS NULL AND expires_at <= $2 AND +resource IN (SELECT value FROM json_each($1))
                    RETURNING id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note;
                    SELECT id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note FROM claims
                    WHERE released_at IS NULL AND from_at < $4 AND to_at > $3 AND resource IN (SELECT value FROM json_each($1))
                    ORDER BY resource, from_at, id",
            postgres "SELECT id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note
                      FROM claims_in_turn($1, $2, $3, $4)";
    /// What is taken on these things and reaches into `[$2, $3)`.
    ON = sqlite "SELECT id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note FROM claims
                 WHERE released_at IS NULL AND from_at < $3 AND to_at > $2 AND resource IN (SELECT value FROM json_each($1))
                 ORDER BY resource, from_at, id",
         postgres "SELECT id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note FROM claims
                   WHERE released_at IS NULL AND from_at < $3 AND to_at > $2 AND resource IN (SELECT v FROM jsonb_array_elements_text($1) v)
                   ORDER BY resource, from_at, id";
    /// Everything that is taken and reaches into `[$1, $2)`.
    BETWEEN = "SELECT id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note FROM claims
               WHERE released_at IS NULL AND from_at < $2 AND to_at > $1 ORDER BY resource, from_at, id";
    /// These claims, over or not.
    BY_IDS = sqlite "SELECT id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note FROM claims
                     WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id",
             postgres "SELECT id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note FROM claims
                       WHERE id = ANY (ARRAY(SELECT v::bigint FROM jsonb_array_elements_text($1) v)) ORDER BY id";
    /// What a record has.
    OF_OWNER = "SELECT id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note FROM claims
                WHERE owner = $1 AND released_at IS NULL ORDER BY id";
    /// Takes claims out of the way before they are put elsewhere.
    PARK = sqlite "UPDATE claims SET released_at = $2 WHERE released_at IS NULL AND id IN (SELECT value FROM json_each($1))",
           postgres "UPDATE claims SET released_at = $2 WHERE released_at IS NULL AND id = ANY (ARRAY(SELECT v::bigint FROM jsonb_array_elements_text($1) v))";
    /// A claim as it shall be.
    PUT = "UPDATE claims SET resource = $2, from_at = $3, to_at = $4, buffer_ms = $5, kind = $6, owner = $7, expires_at = $8, released_at = $9,
           note = $10, release_reason = CASE WHEN CAST($9 AS bigint) IS NULL THEN NULL ELSE coalesce(release_reason, 'released') END WHERE id = $1";
    /// A new claim.
    TAKE = "INSERT INTO claims (resource, from_at, to_at, buffer_ms, kind, owner, expires_at, by_staff, created_at, note)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id";
    /// When the next claim ends by itself.
    NEXT_END = "SELECT min(expires_at) AS due FROM claims WHERE released_at IS NULL AND expires_at IS NOT NULL";
    /// What has ended by itself and is not swept yet.
    ENDED = "SELECT id, resource, from_at, to_at, buffer_ms, kind, owner, expires_at, released_at, by_staff, created_at, note FROM claims
             WHERE released_at IS NULL AND expires_at <= $1 ORDER BY expires_at, id";
    /// Ends one that has ended by itself.
    END = "UPDATE claims SET released_at = expires_at, release_reason = 'expired' WHERE id = $1 AND released_at IS NULL AND expires_at <= $2";
}

/// Waits for one's turn to change claims: from here on nobody else does until the change is over, so
/// what is read now is still so when it is written.
pub async fn queue(tx: &mut Tx) -> Result<()> {
    tx.q(QUEUE).value::<i64>().await.map(drop)
}

/// What is taken on these things and reaches into `[from, to)`, once it is one's turn as after [`queue`].
/// Holds that have ended by themselves are ended on the way.
pub async fn on(
    tx: &mut Tx,
    resources: &BTreeSet<Resource>,
    from: Moment,
    to: Moment,
) -> Result<Vec<Claim>> {
    let now = tx.now();
    // what it ends is told below, what it only reads is no change
    let swept = tx.keep(SWEPT).bind(Json(resources)).bind(now).bind(from).bind(to);
    let (live, ended): (Vec<Claim>, Vec<Claim>) =
        swept.all::<Claim>().await?.into_iter().partition(|claim| claim.released_at.is_none());
    for claim in ended {
        tell_end(tx, &claim, now);
    }
    Ok(live)
}

/// The same outside a change: what a page shows. Ended holds are left out, not ended.
pub async fn seen_on(
    db: &Db,
    resources: &BTreeSet<Resource>,
    from: Moment,
    to: Moment,
    now: Moment,
) -> Result<Vec<Claim>> {
    let claims: Vec<Claim> = db.read(ON).bind(Json(resources)).bind(from).bind(to).all().await?;
    Ok(claims.into_iter().filter(|claim| claim.counts(now)).collect())
}

/// Everything that is taken between two moments; ended holds are left out.
pub async fn between(db: &Db, from: Moment, to: Moment, now: Moment) -> Result<Vec<Claim>> {
    let claims: Vec<Claim> = db.read(BETWEEN).bind(from).bind(to).all().await?;
    Ok(claims.into_iter().filter(|claim| claim.counts(now)).collect())
}

/// Everything that is taken between two moments, inside a change; call [`queue`] first.
pub async fn between_in(tx: &mut Tx, from: Moment, to: Moment) -> Result<Vec<Claim>> {
    let now = tx.now();
    let claims: Vec<Claim> = tx.q(BETWEEN).bind(from).bind(to).all().await?;
    Ok(claims.into_iter().filter(|claim| claim.counts(now)).collect())
}

/// These claims, over or not.
pub async fn by_ids(tx: &mut Tx, ids: &[ClaimId]) -> Result<Vec<Claim>> {
    tx.q(BY_IDS).bind(Json(ids)).all().await
}

/// Those of these claims that still count, outside a change.
pub async fn live(db: &Db, ids: &[ClaimId], now: Moment) -> Result<Vec<Claim>> {
    let claims: Vec<Claim> = db.read(BY_IDS).bind(Json(ids)).all().await?;
    Ok(claims.into_iter().filter(|claim| claim.counts(now)).collect())
}

/// What a record has taken and not given back.
pub async fn of_owner(tx: &mut Tx, owner: &super::Owner) -> Result<Vec<Claim>> {
    tx.q(OF_OWNER).bind(owner).all().await
}

/// Makes a change of claims: `puts` are claims as they shall be from now on (elsewhere, longer,
/// over), `takes` new ones. All of it or, with who is in the way, nothing. The new claims' numbers
/// come back in the order of `takes`.
pub async fn apply(
    tx: &mut Tx,
    puts: &[Claim],
    takes: &[NewClaim],
) -> Result<std::result::Result<Vec<ClaimId>, Taken>> {
    let spans: Vec<Span<'_>> = spans(puts, takes).collect();
    let from = spans.iter().map(|(_, from, _)| *from).min();
    let to = spans.iter().map(|(.., to)| *to).max();
    if let (Some(from), Some(to)) = (from, to) {
        let resources = spans.iter().map(|(resource, ..)| (*resource).clone()).collect();
        let live = on(tx, &resources, from, to).await?;
        if let Some(taken) = clash(&live, puts, takes, tx.now()) {
            return Ok(Err(taken));
        }
    }
    make(tx, puts, takes).await.map(Ok)
}

/// A stretch of time on a thing.
type Span<'a> = (&'a Resource, Moment, Moment);

/// The stretches a change of claims asks for; what is given back asks for none.
fn spans<'a>(puts: &'a [Claim], takes: &'a [NewClaim]) -> impl Iterator<Item = Span<'a>> {
    let living = puts.iter().filter(|claim| claim.released_at.is_none());
    let living = living.map(|claim| (&claim.resource, claim.from_at, claim.to_at));
    living.chain(takes.iter().map(|claim| (&claim.resource, claim.from_at, claim.to_at)))
}

/// What was read by [`on`] in a change, once it was its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// On these things.
    pub resources: BTreeSet<Resource>,
    /// From here.
    pub from: Moment,
    /// Up to here.
    pub to: Moment,
}

impl Seen {
    fn holds(&self, puts: &[Claim], takes: &[NewClaim]) -> bool {
        spans(puts, takes).all(|(resource, from, to)| {
            self.from <= from && to <= self.to && self.resources.contains(resource)
        })
    }
}

/// The same as [`apply`] in a change that has read what is taken on these things already, and has changed
/// nothing of it since: `live`. What was not `seen` is read now.
pub async fn apply_on(
    tx: &mut Tx,
    (seen, live): (&Seen, &[Claim]),
    puts: &[Claim],
    takes: &[NewClaim],
) -> Result<std::result::Result<Vec<ClaimId>, Taken>> {
    if !seen.holds(puts, takes) {
        return apply(tx, puts, takes).await;
    }
    match clash(live, puts, takes, tx.now()) {
        Some(refusal) => Ok(Err(refusal)),
        None => make(tx, puts, takes).await.map(Ok),
    }
}

/// Writes them; the database itself refuses what meets another.
async fn make(tx: &mut Tx, puts: &[Claim], takes: &[NewClaim]) -> Result<Vec<ClaimId>> {
    let (now, by) = (tx.now(), tx.by());
    // one alone is in nobody's way but its own
    if puts.len() > 1 {
        let moved: Vec<ClaimId> = puts.iter().map(|claim| claim.id).collect();
        tx.q(PARK).bind(Json(moved)).bind(now).run().await?;
    }
    for claim in puts {
        let put = tx.q(PUT).bind(claim.id).bind(&claim.resource).bind(claim.from_at);
        let put = put.bind(claim.to_at).bind(claim.buffer_ms).bind(claim.kind);
        let put = put.bind(&claim.owner).bind(claim.expires_at).bind(claim.released_at);
        put.bind(&claim.note).run().await?;
    }
    let mut ids = Vec::with_capacity(takes.len());
    for claim in takes {
        let take = tx.q(TAKE).bind(&claim.resource).bind(claim.from_at).bind(claim.to_at);
        let take = take.bind(claim.buffer_ms).bind(claim.kind).bind(&claim.owner);
        let take = take.bind(claim.expires_at).bind(by).bind(now).bind(&claim.note);
        ids.push(take.value::<ClaimId>().await?);
    }
    Ok(ids)
}

/// When the next claim ends by itself.
pub async fn next_end(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_END).value().await
}

/// Ends what has ended by itself up to `due`, and tells it: `rooms/7 hold_ended`.
pub(super) async fn end_due(tx: &mut Tx, due: Moment) -> Result<()> {
    let ended: Vec<Claim> = tx.q(ENDED).bind(due).all().await?;
    for claim in ended {
        if tx.q(END).bind(claim.id).bind(due).run().await? == 1 {
            tell_end(tx, &claim, due);
        }
    }
    Ok(())
}

fn tell_end(tx: &mut Tx, claim: &Claim, due: Moment) {
    let change = Change::new("room", claim.resource.to_string(), "hold_ended");
    tx.record(change.at(claim.expires_at.unwrap_or(due)));
}
