//! Who shows rooms: their time is taken from the moment they leave the desk with a party until they are back
//! (clause 1-8). A room can be shown and booked at once; nobody can be with two parties at once.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::acts::cut;
use super::banquet::Viewing;
use super::store::banquets;
use crate::claims::{self, Kind, Owner, Resource, Taken};
use crate::db::{Attends, Change, Error, Result, Tx};
use crate::kernel::{ClaimId, Moment, StaffId};
use crate::shifts::{self, Leave, Presence, Tells};
use crate::web::id_in;

/// Why somebody is away who shows a room.
const SHOWING: &str = "带看";

/// The party whoever acts has not come back from, also where it takes longer than was thought.
pub(super) async fn not_back(tx: &mut Tx) -> Result<Option<Taken>> {
    let Some(by) = tx.by() else { return Ok(None) };
    let open = banquets::viewing_of_in(tx, by).await?;
    Ok(open.map(|open| Taken {
        resource: Resource::person(by),
        from_at: open.started_at,
        to_at: tx.now(),
        kind: Kind::Appointment,
        owner: Some(Owner::viewing(open.id)),
        by_staff: Some(by),
        since: Some(open.started_at),
    }))
}

/// What was taken for a viewing belongs to it: room and person.
pub(super) async fn own(tx: &mut Tx, viewing: i64, ids: &[ClaimId]) -> Result<()> {
    let mut own = claims::store::by_ids(tx, ids).await?;
    for claim in &mut own {
        claim.owner = Owner::viewing(viewing);
    }
    let put = claims::store::apply(tx, &own, &[]).await?;
    put.map(drop).map_err(|_| Error::Refused(claims::OVERLAP.to_owned()))
}

/// What was taken for a viewing is given back.
async fn give_back(tx: &mut Tx, viewing: &Viewing) -> Result<()> {
    let now = tx.now();
    let mut own = claims::store::of_owner(tx, &Owner::viewing(viewing.id)).await?;
    if own.iter().all(|claim| claim.id != viewing.claim_id) {
        // begun before claims named their viewing
        let room = claims::store::by_ids(tx, &[viewing.claim_id]).await?;
        own.extend(room.into_iter().filter(|claim| claim.released_at.is_none()));
    }
    let back: Vec<_> = own.iter().map(|claim| cut(claim, now)).collect();
    drop(claims::store::apply(tx, &back, &[]).await?);
    Ok(())
}

/// Who is on duty and at the desk leaves it, and the colleague at the next desk stands in for them; who
/// is away already stays so.
pub(super) async fn leave(
    tx: &mut Tx,
    tells: &dyn Tells,
    place: String,
    until: Moment,
) -> Result<()> {
    let Some(by) = tx.by() else { return Ok(()) };
    let on_duty = shifts::store::person_in(tx, by, tx.now()).await?;
    if !on_duty.is_some_and(|duty| duty.since.is_some() && duty.absence.is_none()) {
        return Ok(());
    }
    let leave = Leave {
        state: Presence::Away,
        reason: Some(SHOWING.to_owned()),
        place: Some(place),
        until: Some(until),
        stand_in: None,
    };
    shifts::store::absences::step_out_in(tx, tells, by, leave).await.map(drop)
}

/// The viewing is over, and whoever went for it is back at the desk. False: it was over before.
pub(super) async fn over(tx: &mut Tx, viewing: &Viewing, outcome: &str) -> Result<bool> {
    if !banquets::end_viewing_in(tx, viewing.id, outcome).await? {
        return Ok(false);
    }
    if let Some(by) = viewing.staff_id {
        let duty = shifts::store::person_in(tx, by, tx.now()).await?;
        let away = duty.and_then(|duty| duty.absence);
        if away.is_some_and(|away| away.reason.as_deref() == Some(SHOWING)) {
            shifts::store::absences::come_back_in(tx, by).await?;
        }
    }
    Ok(true)
}

/// Whoever says at the desk that they are back has left the party they showed rooms to: what became of it is
/// not known yet.
pub struct Back;

impl Attends for Back {
    fn kinds(&self) -> &'static [&'static str] {
        &["presence", "presence_private"]
    }

    fn attend<'t>(&'t self, tx: &'t mut Tx, recorded: &'t [Change]) -> BoxFuture<'t, Result<()>> {
        async move {
            for change in recorded {
                let Some(staff) = id_in::<StaffId>(&change.subject, "staff") else { continue };
                let Some(viewing) = banquets::viewing_of_in(tx, staff).await? else { continue };
                let duty = shifts::store::person_in(tx, staff, tx.now()).await?;
                if duty.is_some_and(|duty| duty.since.is_some() && duty.absence.is_none()) {
                    end(tx, &viewing, "considering").await?;
                }
            }
            Ok(())
        }
        .boxed()
    }
}

/// A viewing is over, and what was taken for it is given back. False: it was over before.
pub(super) async fn end(tx: &mut Tx, viewing: &Viewing, outcome: &str) -> Result<bool> {
    claims::store::queue(tx).await?;
    if !over(tx, viewing, outcome).await? {
        return Ok(false);
    }
    give_back(tx, viewing).await?;
    tx.record(Change::new("room", format!("rooms/{}", viewing.room_id), "viewing_over"));
    Ok(true)
}
