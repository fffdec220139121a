//! What is kept of who is there: one function per question or change.

pub mod absences;
pub mod coverage;
pub mod devices;
pub mod opening;
pub mod roster;
pub mod signing;

use std::collections::BTreeSet;

use super::absence::Answer;
use super::hand::{Hand, hand};
use super::presence::{Absence, Duty, Presence, Ticks, Whereabouts};
use crate::db::{Change, Db, Error, Query, Result, Sql, Tx, statements};
use crate::kernel::{Extension, Moment, Role, StaffId};

statements! {
    /// Every person who may sign in, with their duty and absence at `$1`.
    EVERYONE = "SELECT p.id, p.name, p.extension, p.roles, s.from_at, s.checked_at, s.rested, s.dressed, s.voiced,
                       a.id AS absence, a.state, a.reason, a.place, a.asked_at, a.from_at AS left_at, a.until_at, a.stand_in, q.name AS stand_in_name, a.answer,
                       CAST(CASE WHEN v.staff_id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS private
                FROM staff p
                LEFT JOIN sign_ons s ON s.staff_id = p.id AND s.from_at <= $1 AND (s.to_at IS NULL OR s.to_at > $1)
                LEFT JOIN absences a ON a.staff_id = p.id AND a.asked_at <= $1 AND (a.ended_at IS NULL OR a.ended_at > $1)
                LEFT JOIN staff q ON q.id = a.stand_in
                LEFT JOIN staff_private v ON v.staff_id = p.id
                WHERE (p.disabled_at IS NULL OR p.disabled_at > $1)";
    /// Whether only the head may know where somebody is.
    IS_PRIVATE = "SELECT count(*) AS private FROM staff_private WHERE staff_id = $1";
    /// Everyone of whom it is so.
    PRIVATE = "SELECT staff_id FROM staff_private ORDER BY staff_id";
    /// From now on it is so.
    MAKE_PRIVATE = "INSERT INTO staff_private (staff_id) VALUES ($1) ON CONFLICT (staff_id) DO NOTHING";
    /// Everyone may know again.
    MAKE_OPEN = "DELETE FROM staff_private WHERE staff_id = $1";
    /// Somebody came or went at this moment.
    TOUCH = "INSERT INTO coverage_due (at) VALUES ($1)";
}

/// The refusal of an act on a duty that is not there.
pub const NOT_ON_DUTY: &str = "not_on_duty";

#[derive(sqlx::FromRow)]
struct Row {
    id: StaffId,
    name: String,
    extension: Option<String>,
    roles: String,
    from_at: Option<Moment>,
    checked_at: Option<Moment>,
    rested: Option<i64>,
    dressed: Option<i64>,
    voiced: Option<i64>,
    absence: Option<i64>,
    state: Option<String>,
    reason: Option<String>,
    place: Option<String>,
    asked_at: Option<Moment>,
    left_at: Option<Moment>,
    until_at: Option<Moment>,
    stand_in: Option<StaffId>,
    stand_in_name: Option<String>,
    answer: Option<String>,
    private: i64,
}

impl TryFrom<Row> for Duty {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unreadable = |what: &str| Error::Unreadable(format!("{what} of staff/{}", row.id));
        let extension: Option<Extension> = row
            .extension
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|_| unreadable("the extension"))?;
        let roles = row.roles.parse().map_err(|_| unreadable("the roles"))?;
        let absence = match (row.absence, row.asked_at, row.state, row.answer) {
            (Some(id), Some(asked_at), Some(state), Some(answer)) => Some(Absence {
                id,
                state: Presence::from_name(&state).ok_or_else(|| unreadable("the absence"))?,
                answer: Answer::from_name(&answer).ok_or_else(|| unreadable("the answer"))?,
                reason: row.reason,
                place: row.place,
                asked_at,
                from: row.left_at,
                until: row.until_at,
                stand_in: row.stand_in.zip(row.stand_in_name),
            }),
            _ => None,
        };
        let ticked = |tick: Option<i64>| tick == Some(1);
        let ticks = Ticks {
            rested: ticked(row.rested),
            dressed: ticked(row.dressed),
            voiced: ticked(row.voiced),
        };
        Ok(Self {
            staff: row.id,
            name: row.name,
            extension,
            roles,
            since: row.from_at,
            checked: row.checked_at.map(|at| (at, ticks)),
            absence,
            private: row.private == 1,
        })
    }
}

async fn people(query: Query<'_>, one: Option<StaffId>) -> Result<Vec<Duty>> {
    let query = query.when(" AND p.id = ", one).push(" ORDER BY p.name, p.id");
    let rows: Vec<Row> = query.all().await?;
    rows.into_iter().map(Duty::try_from).collect()
}

/// Everyone who may sign in, with their duty and absence at a moment, by name.
pub async fn everyone(db: &Db, at: Moment) -> Result<Vec<Duty>> {
    people(db.read(EVERYONE).bind(at), None).await
}

/// One person, with their duty and absence at a moment.
pub async fn person(db: &Db, staff: StaffId, at: Moment) -> Result<Option<Duty>> {
    Ok(people(db.read(EVERYONE).bind(at), Some(staff)).await?.pop())
}

pub(super) async fn everyone_in(tx: &mut Tx, at: Moment) -> Result<Vec<Duty>> {
    people(tx.q(EVERYONE).bind(at), None).await
}

/// The same inside a change.
pub async fn person_in(tx: &mut Tx, staff: StaffId, at: Moment) -> Result<Option<Duty>> {
    Ok(people(tx.q(EVERYONE).bind(at), Some(staff)).await?.pop())
}

/// Who of a role is signed on at a moment, away or not.
pub async fn on_duty(db: &Db, role: Role, now: Moment) -> Result<Vec<StaffId>> {
    let everyone = everyone(db, now).await?.into_iter();
    let on = everyone.filter(|duty| duty.since.is_some() && duty.roles.has(role));
    Ok(on.map(|duty| duty.staff).collect())
}

/// The same inside a change.
pub async fn on_duty_in(tx: &mut Tx, role: Role) -> Result<Vec<StaffId>> {
    let now = tx.now();
    let everyone = everyone_in(tx, now).await?.into_iter();
    let on = everyone.filter(|duty| duty.since.is_some() && duty.roles.has(role));
    Ok(on.map(|duty| duty.staff).collect())
}

/// Who of a role is signed on and not away at a moment.
pub async fn at_hand(db: &Db, role: Role, now: Moment) -> Result<Vec<StaffId>> {
    let everyone = everyone(db, now).await?.into_iter();
    let there = everyone.filter(|duty| duty.is_at_hand(now) && duty.roles.has(role));
    Ok(there.map(|duty| duty.staff).collect())
}

/// The same inside a change.
pub async fn at_hand_in(tx: &mut Tx, role: Role) -> Result<Vec<StaffId>> {
    let now = tx.now();
    let everyone = everyone_in(tx, now).await?.into_iter();
    let there = everyone.filter(|duty| duty.is_at_hand(now) && duty.roles.has(role));
    Ok(there.map(|duty| duty.staff).collect())
}

/// Where a person is, live calls left out; `None` for nobody of ours.
pub async fn presence_of(db: &Db, staff: StaffId, now: Moment) -> Result<Option<Whereabouts>> {
    Ok(person(db, staff, now).await?.map(|duty| duty.whereabouts(now, false)))
}

/// What the desks must know of a call on this hotline that nobody answers.
pub async fn hand_for(
    db: &Db,
    hotline: &str,
    talking: &BTreeSet<StaffId>,
    now: Moment,
) -> Result<Hand> {
    let everyone = everyone(db, now).await?;
    let shifts = roster::running(db, now).await?;
    Ok(hand(&everyone, &shifts, talking, hotline, now))
}

/// Says whether only the head and the administrators may know where a person is.
pub async fn set_private(tx: &mut Tx, staff: StaffId, private: bool) -> Result<()> {
    let sql: Sql = if private { MAKE_PRIVATE } else { MAKE_OPEN };
    tx.q(sql).bind(staff).run().await.map(drop)
}

/// Everyone whose whereabouts and telephone only the head may know.
pub async fn private(db: &Db) -> Result<Vec<StaffId>> {
    db.read(PRIVATE).values().await
}

/// Whether only the head may know somebody's whereabouts and telephone.
pub async fn private_in(tx: &mut Tx, staff: StaffId) -> Result<bool> {
    let private: i64 = tx.q(IS_PRIVATE).bind(staff).value().await?;
    Ok(private > 0)
}

/// Writes that somebody's presence changed; of a private person only that, for few.
pub(super) async fn record(tx: &mut Tx, staff: StaffId, change: &'static str) -> Result<()> {
    let private: i64 = tx.q(IS_PRIVATE).bind(staff).value().await?;
    let (kind, change) =
        if private > 0 { ("presence_private", "changed") } else { ("presence", change) };
    tx.record(Change::new(kind, format!("staff/{staff}"), change));
    Ok(())
}

/// Has the coverage looked at: somebody came or went at this moment.
pub async fn touch(tx: &mut Tx, at: Moment) -> Result<()> {
    tx.q(TOUCH).bind(at).run().await.map(drop)
}
