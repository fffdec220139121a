//! What is kept of the directory.

pub mod grants;
pub mod looks;
pub mod restricted;

use super::person::{Disclosure, Draft, Person, written};
use super::spelled::spell;
use crate::db::{Change, Db, Error, Query, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, PersonId, StaffId};
use crate::shifts::{self, Presence};

statements! {
    /// Everyone of the directory.
    ALL = "SELECT id, version, name, spelled, department, title, location, extension, phone, mobile, email, note, disclosure,
                  secretary_id, deputy_id, staff_id, state, place, until_at, state_at, created_at
           FROM directory_people WHERE removed_at IS NULL";
    /// A new person: name, spelled, department, title, location, extension, phone, mobile, email, note, level, secretary,
    /// deputy, account, now.
    ADD = "INSERT INTO directory_people (name, spelled, department, title, location, extension, phone, mobile, email, note, disclosure,
                                         secretary_id, deputy_id, staff_id, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id";
    /// Another content, if the version is still this.
    EDIT = "UPDATE directory_people SET name = $3, spelled = $4, department = $5, title = $6, location = $7, extension = $8, phone = $9,
                   mobile = $10, email = $11, note = $12, disclosure = $13, secretary_id = $14, deputy_id = $15, staff_id = $16, version = version + 1
            WHERE id = $1 AND version = $2 AND removed_at IS NULL";
    /// Whose account a person has.
    ACCOUNT = "SELECT staff_id FROM directory_people WHERE id = $1";
    /// No longer of the house; what was personal goes with it.
    REMOVE = "UPDATE directory_people SET removed_at = $2, version = version + 1, extension = NULL, phone = NULL, mobile = NULL, email = NULL,
                     note = NULL, place = NULL, state = NULL, until_at = NULL
              WHERE id = $1 AND removed_at IS NULL RETURNING version";
    /// Where somebody without an account is: state, place, until, now.
    PLACE = "UPDATE directory_people SET state = $2, place = $3, until_at = $4, state_at = $5, version = version + 1
             WHERE id = $1 AND removed_at IS NULL RETURNING version";
}

/// The refusal of a change to a person whom somebody else changed meanwhile.
pub const STALE: &str = "directory_stale";
/// The refusal of an account that belongs to another person of the directory.
pub const ACCOUNT_TAKEN: &str = "directory_people_staff_id_key";
/// The refusal of a person who is their own secretary or deputy.
pub const ONESELF: &str = "directory_oneself";

#[derive(sqlx::FromRow)]
struct Row {
    id: PersonId,
    version: i64,
    name: String,
    spelled: String,
    department: String,
    title: String,
    location: String,
    extension: Option<String>,
    phone: Option<String>,
    mobile: Option<String>,
    email: Option<String>,
    note: Option<String>,
    disclosure: String,
    secretary_id: Option<PersonId>,
    deputy_id: Option<PersonId>,
    staff_id: Option<StaffId>,
    state: Option<String>,
    place: Option<String>,
    until_at: Option<Moment>,
    state_at: Option<Moment>,
    created_at: Moment,
}

impl TryFrom<Row> for Person {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unreadable = || Error::Unreadable(format!("the level of directory/{}", row.id));
        Ok(Self {
            id: row.id,
            version: row.version,
            spelled: row.spelled,
            whereabouts: written(row.state.as_deref(), row.state_at, row.place, row.until_at),
            created_at: row.created_at,
            draft: Draft {
                name: row.name,
                department: row.department,
                title: row.title,
                location: row.location,
                extension: row.extension,
                phone: row.phone,
                mobile: row.mobile,
                email: row.email,
                note: row.note,
                disclosure: Disclosure::from_name(&row.disclosure).ok_or_else(unreadable)?,
                secretary: row.secretary_id,
                deputy: row.deputy_id,
                staff: row.staff_id,
            },
        })
    }
}

async fn people(query: Query<'_>) -> Result<Vec<Person>> {
    let rows: Vec<Row> = query.push(" ORDER BY name, id").all().await?;
    rows.into_iter().map(Person::try_from).collect()
}

/// Everyone of the directory, by name.
pub async fn all(db: &Db) -> Result<Vec<Person>> {
    people(db.read(ALL)).await
}

/// One person.
pub async fn by_id(db: &Db, id: PersonId) -> Result<Option<Person>> {
    Ok(people(db.read(ALL).push(" AND id = ").push_bind(id)).await?.pop())
}

/// The person of an account.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Option<Person>> {
    Ok(people(db.read(ALL).push(" AND staff_id = ").push_bind(staff)).await?.pop())
}

/// Adds a person.
pub async fn add(db: &Db, stamp: Stamp, draft: Draft) -> Result<PersonId> {
    db.write(stamp, move |tx| {
        let draft = draft.clone();
        Box::pin(async move { add_in(tx, draft).await })
    })
    .await
}

/// The same as part of another change; refused as [`ACCOUNT_TAKEN`], [`ONESELF`].
pub async fn add_in(tx: &mut Tx, draft: Draft) -> Result<PersonId> {
    let now = tx.now();
    let staff = draft.staff;
    let restricted = draft.disclosure == Disclosure::Restricted;
    let id: PersonId = content(tx.q(ADD), draft).bind(now).value().await?;
    if let Some(staff) = staff {
        shifts::store::set_private(tx, staff, restricted).await?;
    }
    record(tx, id, "added", Some(1));
    Ok(id)
}

fn content(query: Query<'_>, draft: Draft) -> Query<'_> {
    let spelled = spell(&draft.name);
    let query = query.bind(draft.name).bind(spelled).bind(draft.department).bind(draft.title);
    let query = query.bind(draft.location).bind(draft.extension).bind(draft.phone);
    let query = query.bind(draft.mobile).bind(draft.email).bind(draft.note);
    let query = query.bind(draft.disclosure.name()).bind(draft.secretary).bind(draft.deputy);
    query.bind(draft.staff)
}

/// Changes a person; refused as [`STALE`] where the version is another.
pub async fn edit(db: &Db, stamp: Stamp, id: PersonId, version: i64, draft: Draft) -> Result<()> {
    db.write(stamp, move |tx| {
        let draft = draft.clone();
        Box::pin(async move { edit_in(tx, id, version, draft).await })
    })
    .await
}

/// The same as part of another change.
pub async fn edit_in(tx: &mut Tx, id: PersonId, version: i64, draft: Draft) -> Result<()> {
    let before: Option<StaffId> = tx.q(ACCOUNT).bind(id).value().await?;
    let staff = draft.staff;
    let restricted = draft.disclosure == Disclosure::Restricted;
    if content(tx.q(EDIT).bind(id).bind(version), draft).run().await? == 0 {
        return Err(Error::Refused(STALE.to_owned()));
    }
    if let Some(before) = before.filter(|before| staff != Some(*before)) {
        shifts::store::set_private(tx, before, false).await?;
    }
    if let Some(staff) = staff {
        shifts::store::set_private(tx, staff, restricted).await?;
    }
    record(tx, id, "edited", Some(version + 1));
    Ok(())
}

/// Takes a person out of the directory and forgets their numbers; `false` where they are not in it.
pub async fn remove(db: &Db, stamp: Stamp, id: PersonId) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let removed: Option<(i64,)> = tx.q(REMOVE).bind(id).bind(now).maybe().await?;
            let Some((version,)) = removed else { return Ok(false) };
            record(tx, id, "removed", Some(version));
            Ok(true)
        })
    })
    .await
}

/// Says where somebody without an account is; `None` forgets it.
pub async fn place(
    db: &Db,
    stamp: Stamp,
    id: PersonId,
    presence: Option<Presence>,
    place: Option<String>,
    until: Option<Moment>,
) -> Result<()> {
    db.write(stamp, move |tx| {
        let place = place.clone();
        Box::pin(async move {
            let now = tx.now();
            let put = tx.q(PLACE).bind(id).bind(presence.map(Presence::name)).bind(place);
            let version: i64 = put.bind(until).bind(now).value().await?;
            record(tx, id, "whereabouts", Some(version));
            Ok(())
        })
    })
    .await
}

fn record(tx: &mut Tx, id: PersonId, change: &'static str, version: Option<i64>) {
    let line = Change::new("directory", format!("directory/{id}"), change);
    tx.record(Change { version, ..line });
}
