//! What is kept of the people: one function per question or change.

pub mod links;
pub mod sessions;
pub mod tokens;

use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{Extension, Language, Moment, Role, Roles, StaffId};
use crate::web::Theme;

use super::person::{Draft, Person};

statements! {
    /// Everyone, in order of their name.
    EVERYONE = "SELECT id, version, name, login, password_hash, roles, extension, language, theme, volume, created_at, disabled_at
                FROM staff ORDER BY CASE WHEN disabled_at IS NULL THEN 0 ELSE 1 END, name, id";
    /// One person.
    BY_ID = "SELECT id, version, name, login, password_hash, roles, extension, language, theme, volume, created_at, disabled_at
             FROM staff WHERE id = $1";
    /// The one who signs in so.
    BY_LOGIN = "SELECT id, version, name, login, password_hash, roles, extension, language, theme, volume, created_at, disabled_at
                FROM staff WHERE login = $1";
    /// How many people there are.
    COUNT = "SELECT count(*) AS people FROM staff";
    /// A new person: name, login, hash, roles, extension, now.
    ADD = "INSERT INTO staff (name, login, password_hash, roles, extension, created_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    /// Another name, roles, extension, if the version is still this.
    EDIT = "UPDATE staff SET name = $3, roles = $4, extension = $5, version = version + 1 WHERE id = $1 AND version = $2";
    /// The own settings.
    PREFER = "UPDATE staff SET language = $2, theme = $3, volume = $4, version = version + 1 WHERE id = $1 RETURNING version";
    /// Another password.
    PASSWORD = "UPDATE staff SET password_hash = $2, version = version + 1 WHERE id = $1 RETURNING version";
    /// May not sign in from now on, or may again.
    DISABLE = "UPDATE staff SET disabled_at = $2, version = version + 1 WHERE id = $1 RETURNING version";
    /// Their telephone is no longer theirs: it is another, or none (`$2` now).
    PART = "UPDATE staff_extensions SET to_at = CASE WHEN from_at > $2 THEN from_at ELSE $2 END
            WHERE staff_id = $1 AND to_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM staff s WHERE s.id = $1 AND s.disabled_at IS NULL AND s.extension = staff_extensions.extension)";
    /// Their telephone is theirs from now on.
    HAVE = "INSERT INTO staff_extensions (staff_id, extension, from_at)
            SELECT s.id, s.extension, CAST($2 AS BIGINT) FROM staff s
            WHERE s.id = $1 AND s.disabled_at IS NULL AND s.extension IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM staff_extensions h WHERE h.staff_id = $1 AND h.to_at IS NULL)";
    /// The roles of everyone who may sign in.
    ROLES = "SELECT id, roles FROM staff WHERE disabled_at IS NULL ORDER BY id";
    /// The roles of one who may sign in.
    ROLES_OF = "SELECT roles FROM staff WHERE id = $1 AND disabled_at IS NULL";
    /// The language somebody chose.
    LANGUAGE_OF = "SELECT language FROM staff WHERE id = $1 AND language IS NOT NULL";
    /// The roles of everyone who may sign in; nobody changes them until this change is over.
    ROLES_HELD = sqlite "SELECT id, roles FROM staff WHERE disabled_at IS NULL ORDER BY id",
                 postgres "SELECT id, roles FROM staff WHERE disabled_at IS NULL ORDER BY id FOR UPDATE";
}

/// The refusal of a change to a record that somebody else changed meanwhile.
pub const STALE: &str = "staff_stale";

/// The refusal to leave the house without an administrator.
pub const LAST_ADMIN: &str = "staff_last_admin";

#[derive(sqlx::FromRow)]
struct Row {
    id: StaffId,
    version: i64,
    name: String,
    login: String,
    password_hash: Option<String>,
    roles: String,
    extension: Option<String>,
    language: Option<String>,
    theme: Option<String>,
    volume: i64,
    created_at: Moment,
    disabled_at: Option<Moment>,
}

impl TryFrom<Row> for Person {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unreadable = |what: &str| Error::Unreadable(format!("{what} of staff/{}", row.id));
        Ok(Self {
            roles: row.roles.parse().map_err(|_| unreadable("the roles"))?,
            extension: row
                .extension
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| unreadable("the extension"))?,
            id: row.id,
            version: row.version,
            name: row.name,
            login: row.login,
            password_hash: row.password_hash,
            language: row.language.as_deref().and_then(Language::from_tag),
            theme: row.theme.as_deref().and_then(Theme::from_name),
            volume: row.volume,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        })
    }
}

/// Everyone: those who may sign in first, by name.
pub async fn everyone(db: &Db) -> Result<Vec<Person>> {
    let rows: Vec<Row> = db.read(EVERYONE).all().await?;
    rows.into_iter().map(Person::try_from).collect()
}

/// One person.
pub async fn by_id(db: &Db, id: StaffId) -> Result<Option<Person>> {
    let row: Option<Row> = db.read(BY_ID).bind(id).maybe().await?;
    row.map(Person::try_from).transpose()
}

/// The one who signs in with this login, in lower case.
pub async fn by_login(db: &Db, login: &str) -> Result<Option<Person>> {
    let row: Option<Row> = db.read(BY_LOGIN).bind(login).maybe().await?;
    row.map(Person::try_from).transpose()
}

/// Whether nobody was ever added.
pub async fn is_empty(db: &Db) -> Result<bool> {
    Ok(db.read(COUNT).value::<i64>().await? == 0)
}

pub(super) async fn add_in(tx: &mut Tx, draft: &Draft, hash: Option<&str>) -> Result<StaffId> {
    let now = tx.now();
    let id: StaffId = tx
        .q(ADD)
        .bind(&draft.name)
        .bind(&draft.login)
        .bind(hash)
        .bind(draft.roles.to_string())
        .bind(draft.extension.as_ref().map(Extension::as_str))
        .bind(now)
        .value()
        .await?;
    keep_extension(tx, id).await?;
    record(tx, id, "added", Some(1));
    Ok(id)
}

/// Who may sign in, and with which roles, as a change under way sees it.
pub async fn roles_in(tx: &mut Tx) -> Result<Vec<(StaffId, Roles)>> {
    let held: Vec<(StaffId, String)> = tx.q(ROLES).all().await?;
    Ok(held.into_iter().filter_map(|(id, roles)| Some((id, roles.parse().ok()?))).collect())
}

/// The roles of one person, as a change under way sees them; none where they may not sign in.
pub async fn roles_of_in(tx: &mut Tx, id: StaffId) -> Result<Option<Roles>> {
    let held: Option<(String,)> = tx.q(ROLES_OF).bind(id).maybe().await?;
    Ok(held.and_then(|(roles,)| roles.parse().ok()))
}

/// The language somebody chose; `None` where they chose none.
pub async fn language_of_in(tx: &mut Tx, id: StaffId) -> Result<Option<Language>> {
    let chosen: Option<(String,)> = tx.q(LANGUAGE_OF).bind(id).maybe().await?;
    Ok(chosen.and_then(|(tag,)| Language::from_tag(&tag)))
}

pub(super) async fn is_empty_in(tx: &mut Tx) -> Result<bool> {
    Ok(tx.q(COUNT).value::<i64>().await? == 0)
}

/// Changes name, roles and telephone; refused as [`STALE`] where the version is another, as
/// [`LAST_ADMIN`] where nobody would be left to set the system up.
pub async fn edit(db: &Db, stamp: Stamp, id: StaffId, version: i64, draft: Draft) -> Result<()> {
    db.write(stamp, move |tx| {
        let draft = draft.clone();
        Box::pin(async move {
            if !draft.roles.has(Role::Admin) {
                keep_an_admin(tx, id).await?;
            }
            let edited = tx
                .q(EDIT)
                .bind(id)
                .bind(version)
                .bind(&draft.name)
                .bind(draft.roles.to_string())
                .bind(draft.extension.as_ref().map(Extension::as_str))
                .run()
                .await?;
            if edited == 0 {
                return Err(Error::Refused(STALE.to_owned()));
            }
            keep_extension(tx, id).await?;
            record(tx, id, "edited", Some(version + 1));
            Ok(())
        })
    })
    .await
}

/// Changes the person's own settings.
pub async fn prefer(
    db: &Db,
    stamp: Stamp,
    id: StaffId,
    language: Option<Language>,
    theme: Option<Theme>,
    volume: i64,
) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let prefer = tx.q(PREFER).bind(id).bind(language.map(Language::tag));
            let version = prefer.bind(theme.map(Theme::name)).bind(volume).value().await?;
            record(tx, id, "settings", Some(version));
            Ok(())
        })
    })
    .await
}

/// Changes the password and ends every session but `kept`.
pub async fn choose_password(
    db: &Db,
    stamp: Stamp,
    id: StaffId,
    hash: String,
    kept: Option<String>,
) -> Result<()> {
    db.write(stamp, move |tx| {
        let (hash, kept) = (hash.clone(), kept.clone());
        Box::pin(async move { choose_password_in(tx, id, &hash, kept.as_deref()).await })
    })
    .await
}

pub(super) async fn choose_password_in(
    tx: &mut Tx,
    id: StaffId,
    hash: &str,
    kept: Option<&str>,
) -> Result<()> {
    let version = tx.q(PASSWORD).bind(id).bind(hash).value().await?;
    sessions::end_others_in(tx, id, kept).await?;
    record(tx, id, "password", Some(version));
    Ok(())
}

/// Keeps the person from signing in, and ends their sessions.
pub async fn disable(db: &Db, stamp: Stamp, id: StaffId) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            keep_an_admin(tx, id).await?;
            let version = tx.q(DISABLE).bind(id).bind(Some(stamp.now)).value().await?;
            sessions::end_others_in(tx, id, None).await?;
            keep_extension(tx, id).await?;
            record(tx, id, "disabled", Some(version));
            Ok(())
        })
    })
    .await
}

/// Lets the person sign in again.
pub async fn enable(db: &Db, stamp: Stamp, id: StaffId) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let version = tx.q(DISABLE).bind(id).bind(None::<Moment>).value().await?;
            keep_extension(tx, id).await?;
            record(tx, id, "enabled", Some(version));
            Ok(())
        })
    })
    .await
}

/// Keeps whose telephone an extension is from now on: a call that is told of later is credited to who
/// had it then.
async fn keep_extension(tx: &mut Tx, id: StaffId) -> Result<()> {
    let now = tx.now();
    tx.q(PART).bind(id).bind(now).run().await?;
    tx.q(HAVE).bind(id).bind(now).run().await.map(drop)
}

/// Refuses where `leaving` is the only administrator.
async fn keep_an_admin(tx: &mut Tx, leaving: StaffId) -> Result<()> {
    let held: Vec<(StaffId, String)> = tx.q(ROLES_HELD).all().await?;
    let is_admin = |roles: &str| roles.parse::<Roles>().is_ok_and(|roles| roles.has(Role::Admin));
    let leaves = held.iter().any(|(id, roles)| *id == leaving && is_admin(roles));
    let others = held.iter().any(|(id, roles)| *id != leaving && is_admin(roles));
    if leaves && !others { Err(Error::Refused(LAST_ADMIN.to_owned())) } else { Ok(()) }
}

pub(super) fn record(tx: &mut Tx, id: StaffId, change: &'static str, version: Option<i64>) {
    let change = Change::new("staff", format!("staff/{id}"), change);
    tx.record(Change { version, ..change });
}
