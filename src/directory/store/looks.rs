//! Looks at restricted people, and attempts: lines of the journal and nothing else.

use crate::db::{Change, Db, Result, Stamp, statements};
use crate::kernel::{Moment, PersonId, StaffId};

statements! {
    /// How often this reader did this to this person since a moment.
    SINCE = "SELECT count(*) AS times FROM journal WHERE subject = $1 AND coalesce(by_staff, 0) = $2 AND change = $3 AND at > $4";
    /// The restricted people who have an account.
    ACCOUNTS = "SELECT id, staff_id FROM directory_people
                WHERE removed_at IS NULL AND disclosure = 'restricted' AND staff_id IS NOT NULL ORDER BY id";
}

/// The same search found again within this is one attempt, in milliseconds: a minute of typing.
const TYPING_MS: i64 = 60_000;
/// A page that asks itself anew within this is one look, in milliseconds.
const OPEN_MS: i64 = 10 * 60_000;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Saw the person whole.
    Looked,
    /// Opened the person and saw the refusal.
    Refused,
    /// Found the person in a search.
    Found,
    /// Asked to be put through.
    Transfer,
    /// Took the person along in an export.
    Exported,
}

impl Look {
    const fn name(self) -> &'static str {
        match self {
            Self::Looked => "looked",
            Self::Refused => "refused",
            Self::Found => "found",
            Self::Transfer => "transfer",
            Self::Exported => "exported",
        }
    }
}

/// Writes looks at restricted people in the journal. `again`: a page that is open asked itself
/// anew, which is no new look.
pub async fn write(
    db: &Db,
    stamp: Stamp,
    people: &[PersonId],
    look: Look,
    again: bool,
) -> Result<()> {
    let within_ms = match (look, again) {
        (Look::Found, _) => Some(TYPING_MS),
        (_, true) => Some(OPEN_MS),
        (_, false) => None,
    };
    let mut new = Vec::new();
    for &person in people {
        let known = match within_ms {
            Some(within) => known(db, stamp, person, look, stamp.now.plus_millis(-within)).await?,
            None => false,
        };
        if !known {
            new.push(person);
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    db.write(stamp, move |tx| {
        let new = new.clone();
        Box::pin(async move {
            for person in new {
                tx.record(Change::new("disclosure", format!("directory/{person}"), look.name()));
            }
            Ok(())
        })
    })
    .await
}

/// Writes a look at the people of these accounts, as far as they are restricted; a page that is open
/// and asks itself anew is one look.
pub async fn write_of(db: &Db, stamp: Stamp, accounts: &[StaffId]) -> Result<()> {
    let all: Vec<(PersonId, StaffId)> = db.read(ACCOUNTS).all().await?;
    let people = all.into_iter().filter(|(_, staff)| accounts.contains(staff));
    let people: Vec<PersonId> = people.map(|(person, _)| person).collect();
    write(db, stamp, &people, Look::Looked, true).await
}

async fn known(db: &Db, stamp: Stamp, person: PersonId, look: Look, since: Moment) -> Result<bool> {
    let by = stamp.by.map_or(0, |staff| staff.0);
    let asked = db.read(SINCE).bind(format!("directory/{person}")).bind(by);
    Ok(asked.bind(look.name()).bind(since).value::<i64>().await? > 0)
}
