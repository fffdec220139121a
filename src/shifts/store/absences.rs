//! Leaving the desk and coming back.

use std::sync::Arc;

use crate::db::{Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, StaffId};
use crate::shifts::absence::{ANSWER_MS, Answer, Begins, Leave, Refusal, begins, desk_mate};
use crate::shifts::presence::Duty;
use crate::shifts::tell::{Alert, Tells};

use super::{NOT_ON_DUTY, everyone_in, person_in, record, touch};

statements! {
    /// A new one: whose, state, reason, place, asked, left, back, stand-in, answer.
    ADD = "INSERT INTO absences (staff_id, state, reason, place, asked_at, from_at, until_at, stand_in, answer)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
    /// Ends the open one of a person.
    END = "UPDATE absences SET ended_at = $2 WHERE staff_id = $1 AND ended_at IS NULL";
    /// Those for whom `$1` stands in have `$2` instead, but `$2` themselves.
    PASS_ON = "UPDATE absences SET stand_in = $2 WHERE stand_in = $1 AND staff_id <> $2 AND answer = 'accepted' AND ended_at IS NULL RETURNING staff_id";
    /// The answer of the one asked: absence, who, answer, now, when the person leaves.
    ANSWER = "UPDATE absences SET answer = $3, answered_at = $4, from_at = $5
              WHERE id = $1 AND stand_in = $2 AND answer = 'asked' AND ended_at IS NULL RETURNING staff_id";
    /// The person leaves without waiting any longer.
    DEPART = "UPDATE absences SET from_at = $2, answer = CASE WHEN answer = 'asked' THEN 'silent' ELSE answer END
              WHERE staff_id = $1 AND from_at IS NULL AND ended_at IS NULL RETURNING id";
    /// Those asked at or before `$1` who have not answered.
    SILENT = "SELECT staff_id FROM absences WHERE answer = 'asked' AND ended_at IS NULL AND asked_at <= $1 ORDER BY asked_at, id";
    /// Absences that touch a stretch of time, `$1` to `$2`.
    BETWEEN = "SELECT staff_id, state, from_at, ended_at FROM absences
               WHERE from_at < $2 AND (ended_at IS NULL OR ended_at > $1) ORDER BY from_at, id";
}

/// The refusal of a second absence.
pub const ALREADY: &str = "absences_staff_id_key";
/// The refusal of a stand-in who is not on duty, away, or oneself.
pub const NOT_FREE: &str = "stand_in_not_free";
/// The refusal of an answer nobody waits for any more.
pub const ANSWERED: &str = "absence_answered";

/// An absence as the day's picture draws it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Past {
    /// Whose.
    pub staff_id: StaffId,
    /// `away`, `meeting`, `out`.
    pub state: String,
    /// From when.
    pub from_at: Moment,
    /// Until when; `None` while it lasts.
    pub ended_at: Option<Moment>,
}

/// Asks to leave, or leaves; see [`leave_in`].
pub async fn leave(
    db: &Db,
    stamp: Stamp,
    tells: &Arc<dyn Tells>,
    staff: StaffId,
    leave: Leave,
) -> Result<i64> {
    let tells = Arc::clone(tells);
    db.write(stamp, move |tx| {
        let (tells, leave) = (Arc::clone(&tells), leave.clone());
        Box::pin(async move { leave_in(tx, &*tells, staff, leave).await })
    })
    .await
}

/// A person leaves their desk, as part of another change: at once, or once the one they name has
/// agreed to stand in. Refused as [`ALREADY`], [`NOT_FREE`].
pub async fn leave_in(tx: &mut Tx, tells: &dyn Tells, staff: StaffId, leave: Leave) -> Result<i64> {
    let now = tx.now();
    let person = person_in(tx, staff, now).await?.ok_or(Error::NotFound)?;
    let stand_in = match leave.stand_in {
        Some(asked) => person_in(tx, asked, now).await?,
        None => None,
    };
    let begins = begins(&person, leave.stand_in, stand_in.as_ref(), now);
    let begins = begins.map_err(|refusal| {
        let name = match refusal {
            Refusal::Already => ALREADY,
            Refusal::NotFree => NOT_FREE,
        };
        Error::Refused(name.to_owned())
    })?;
    begin(tx, tells, person, leave, begins).await
}

/// An operator leaves their desk with a guest, as part of another change: nobody is asked, the colleague
/// at the next desk stands in until they are back and hears so. Where nobody is at hand they leave all the
/// same, and the supervisors are told. Refused as [`ALREADY`].
pub async fn step_out_in(
    tx: &mut Tx,
    tells: &dyn Tells,
    staff: StaffId,
    leave: Leave,
) -> Result<i64> {
    let now = tx.now();
    let everyone = everyone_in(tx, now).await?;
    // whoever does not sit at a desk leaves none
    let mut own = everyone.iter().filter(|one| one.staff == staff);
    let holds = own.any(|one| one.is_operator() && one.is_at_hand(now));
    let mate = desk_mate(&everyone, staff, now).map(|one| one.staff).filter(|_| holds);
    let Some(mate) = mate else {
        return leave_in(tx, tells, staff, Leave { stand_in: None, ..leave }).await;
    };
    let person = everyone.into_iter().find(|one| one.staff == staff).ok_or(Error::NotFound)?;
    if person.absence.is_some() {
        return Err(Error::Refused(ALREADY.to_owned()));
    }
    pass_on(tx, staff, mate).await?;
    begin(tx, tells, person, Leave { stand_in: Some(mate), ..leave }, Begins::Covered).await
}

/// Whoever somebody stood in for goes to the colleague at the next desk.
async fn pass_on(tx: &mut Tx, staff: StaffId, mate: StaffId) -> Result<()> {
    let passed: Vec<StaffId> = tx.q(PASS_ON).bind(staff).bind(mate).values().await?;
    for absent in passed {
        record(tx, absent, "changed").await?;
    }
    Ok(())
}

/// The same for one who goes off duty; where nobody is at the next desk it stays as it is.
pub(super) async fn pass_on_of(tx: &mut Tx, staff: StaffId, at: Moment) -> Result<()> {
    let everyone = everyone_in(tx, at).await?;
    match desk_mate(&everyone, staff, at).map(|one| one.staff) {
        Some(mate) => pass_on(tx, staff, mate).await,
        None => Ok(()),
    }
}

/// The absence begins, or is asked for.
async fn begin(
    tx: &mut Tx,
    tells: &dyn Tells,
    person: Duty,
    leave: Leave,
    begins: Begins,
) -> Result<i64> {
    let (now, staff) = (tx.now(), person.staff);
    let (answer, from) = match begins {
        Begins::Asking => (Answer::Asked, None),
        Begins::Covered => (Answer::Accepted, Some(now)),
        Begins::Freely | Begins::Alone => (Answer::None, Some(now)),
    };
    let Leave { state, reason, place, until, stand_in } = leave;
    let add = tx.q(ADD).bind(staff).bind(state.name()).bind(reason).bind(place).bind(now);
    let add = add.bind(from).bind(until).bind(stand_in).bind(answer.name());
    let id: i64 = add.value().await?;
    record(tx, staff, "changed").await?;
    let name = person.name;
    match (begins, stand_in) {
        (Begins::Asking, Some(stand_in)) => {
            tells.tell(tx, Alert::StandIn { absence: id, stand_in, name, until }).await?;
        }
        (Begins::Covered, Some(stand_in)) => {
            touch(tx, now).await?;
            tells.tell(tx, Alert::StandsIn { absence: id, stand_in, name, until }).await?;
        }
        (Begins::Alone, _) => {
            touch(tx, now).await?;
            tells.tell(tx, Alert::LeftAlone { absence: id, staff, name, until }).await?;
        }
        (Begins::Freely | Begins::Asking | Begins::Covered, _) => touch(tx, now).await?,
    }
    Ok(id)
}

/// The one who was asked to stand in answers; refused as [`ANSWERED`] where nobody waits for it.
/// Whose absence it is.
pub async fn answer(
    db: &Db,
    stamp: Stamp,
    tells: &Arc<dyn Tells>,
    (absence, by): (i64, StaffId),
    accepted: bool,
) -> Result<StaffId> {
    let tells = Arc::clone(tells);
    db.write(stamp, move |tx| {
        let tells = Arc::clone(&tells);
        Box::pin(async move {
            let now = tx.now();
            let answer = if accepted { Answer::Accepted } else { Answer::Declined };
            let leaves = accepted.then_some(now);
            let asked = tx.q(ANSWER).bind(absence).bind(by).bind(answer.name()).bind(now);
            let staff: Option<(StaffId,)> = asked.bind(leaves).maybe().await?;
            let Some((staff,)) = staff else { return Err(Error::Refused(ANSWERED.to_owned())) };
            touch(tx, now).await?;
            record(tx, staff, "changed").await?;
            tells.tell(tx, Alert::Answered { absence, stand_in: by }).await?;
            Ok(staff)
        })
    })
    .await
}

/// A person who asked leaves without waiting any longer; the supervisors are told. Refused as
/// [`NOT_ON_DUTY`] where they asked nobody.
pub async fn depart(db: &Db, stamp: Stamp, tells: &Arc<dyn Tells>, staff: StaffId) -> Result<()> {
    let tells = Arc::clone(tells);
    db.write(stamp, move |tx| {
        let tells = Arc::clone(&tells);
        Box::pin(async move {
            let now = tx.now();
            if departed(tx, &*tells, staff, now).await? {
                Ok(())
            } else {
                Err(Error::Refused(NOT_ON_DUTY.to_owned()))
            }
        })
    })
    .await
}

async fn departed(tx: &mut Tx, tells: &dyn Tells, staff: StaffId, at: Moment) -> Result<bool> {
    let gone: Option<(i64,)> = tx.q(DEPART).bind(staff).bind(at).maybe().await?;
    let Some((absence,)) = gone else { return Ok(false) };
    let person = person_in(tx, staff, at).await?.ok_or(Error::NotFound)?;
    let until = person.absence.and_then(|absence| absence.until);
    touch(tx, at).await?;
    record(tx, staff, "changed").await?;
    tells.tell(tx, Alert::LeftAlone { absence, staff, name: person.name, until }).await?;
    Ok(true)
}

/// Those who asked and got no answer by `due` leave; the supervisors are told.
pub(in crate::shifts) async fn silent(tx: &mut Tx, tells: &dyn Tells, due: Moment) -> Result<()> {
    let asked: Vec<StaffId> = tx.q(SILENT).bind(due.plus_millis(-ANSWER_MS)).values().await?;
    for staff in asked {
        departed(tx, tells, staff, due).await?;
    }
    Ok(())
}

/// A person is back at the desk, or no longer asks to leave; refused as [`NOT_ON_DUTY`] where they
/// were not away.
pub async fn come_back(db: &Db, stamp: Stamp, staff: StaffId) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            if come_back_in(tx, staff).await? {
                Ok(())
            } else {
                Err(Error::Refused(NOT_ON_DUTY.to_owned()))
            }
        })
    })
    .await
}

/// The same as part of another change; whether they were away.
pub async fn come_back_in(tx: &mut Tx, staff: StaffId) -> Result<bool> {
    let now = tx.now();
    if !end(tx, staff, now).await? {
        return Ok(false);
    }
    touch(tx, now).await?;
    record(tx, staff, "changed").await?;
    Ok(true)
}

pub(super) async fn end(tx: &mut Tx, staff: StaffId, at: Moment) -> Result<bool> {
    Ok(tx.q(END).bind(staff).bind(at).run().await? > 0)
}

/// The absences that touch a stretch of time, by their begin.
pub async fn between(db: &Db, from: Moment, to: Moment) -> Result<Vec<Past>> {
    db.read(BETWEEN).bind(from).bind(to).all().await
}
