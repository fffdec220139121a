//! Opening the store and migrating it, asking it, closing it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Executor as _, PgConnection, Postgres, Sqlite, SqlitePool};
use tokio::sync::watch;

use super::ahead::Ahead;
use super::alone::OneWay;
use super::anchor::Anchor;
use super::at_hand::AtHand;
use super::attend::{Attending, Attends};
use super::checkpoint;
use super::line::Line;
use super::patience::Patience;
use super::query::{Executor, Query};
use super::server;
use super::{Result, Sql};
use crate::bus::Bus;

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// Connections to a server, for changes and for questions.
pub(super) const WRITERS: u32 = 7;
pub(super) const READERS: u32 = 11;
/// Questions that an embedded store is asked at a time.
const EMBEDDED_READERS: u32 = 4;
/// Pages of SQLite's log after which a commit itself moves them; as a rule that is done beside it.
const WAL_MOST: &str = "16000";

/// The store and the loudspeaker that only a commit may use. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub(super) pools: Pools,
    pub(super) bus: Bus,
    /// The file of an embedded store.
    file: Option<PathBuf>,
    anchor: Option<Arc<Anchor>>,
    pub(super) attending: Attending,
    pub(super) line: Line,
    pub(super) patience: Patience,
}

/// The right to follow calls on an embedded store; gone with this value.
#[derive(Debug)]
pub struct Held {
    _lock: Option<File>,
}

#[derive(Clone)]
pub(super) enum Pools {
    Sqlite {
        write: SqlitePool,
        read: AtHand<Sqlite>,
        wrote: watch::Sender<()>,
    },
    Postgres {
        write: AtHand<Postgres>,
        read: AtHand<Postgres>,
        ahead: Ahead,
        one_way: OneWay,
        aside: OneWay,
    },
}

/// Which engine is under the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file beside the service.
    Sqlite,
    /// A server.
    Postgres,
}

/// Why the store cannot be opened, in words for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is of no engine we have.
    #[error("store.url must begin with sqlite:// or postgres://")]
    Scheme,
    /// The engine refused.
    #[error("store.url: the store cannot be opened: {0}")]
    Sqlx(#[from] sqlx::Error),
    /// The server is away, or does not let us in.
    #[error("store.url: {0}")]
    Server(String),
    /// The file is none of ours, or cannot be read or written.
    #[error("store.url: {} cannot be opened: {source}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the engine said.
        source: sqlx::Error,
    },
    /// The file was moved or deleted, and its log stayed: with that a new file would be broken from the first.
    #[error(
        "store.url: {} is not there, and its log {} is: put the file back, or remove the log too where a new store is wanted",
        .file.display(), .log.display()
    )]
    Moved {
        /// Which file.
        file: PathBuf,
        /// Its log.
        log: PathBuf,
    },
    /// A later version of the program has used the store.
    #[error(
        "store.url: a newer version of switchboard has used this store (its step {0} is unknown here); run that version, or restore a copy from before"
    )]
    Newer(i64),
    /// A migration failed; the store is as it was before it.
    #[error("store.url: the store cannot be brought up to date: {0}")]
    Migrate(#[source] MigrateError),
    /// Another service follows calls on this store.
    #[error("another switchboard service is running on {}; stop it first", .0.display())]
    InUse(PathBuf),
    /// The folder or the lock file.
    #[error("store.url: the store needs {}, which cannot be used: {source}", .path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        if let MigrateError::VersionMissing(step) = error {
            Self::Newer(step)
        } else {
            Self::Migrate(error)
        }
    }
}

impl Db {
    /// Opens the store at a URL (`sqlite://data/switchboard.db`, `postgres://user@host/db`),
    /// creates it where it does not exist (SQLite) and brings its schema up to date.
    pub async fn open(url: &str, bus: Bus) -> Result<Self, OpenError> {
        let patience = Patience::default();
        let pools = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url, &patience).await?
        } else if url.starts_with("sqlite:") {
            open_sqlite(url).await?
        } else {
            return Err(OpenError::Scheme);
        };
        let embedded = matches!(pools, Pools::Sqlite { .. });
        let file = if embedded { Some(file_of(url)?) } else { None };
        let anchor = file.as_deref().and_then(Anchor::of).map(Arc::new);
        let (attending, line) = (Attending::default(), Line::default());
        Ok(Self { pools, bus, file, anchor, attending, line, patience })
    }

    /// The same store for what may take minutes, such as an import: a server is given time for each statement. For all
    /// else a server that has not answered after twenty seconds counts as out of reach.
    #[must_use]
    pub fn unhurried(&self) -> Self {
        Self { patience: self.patience.long(), ..self.clone() }
    }

    /// For stories: what a server has not answered yet is given up, as if its time had passed, until there is time
    /// again.
    #[doc(hidden)]
    pub fn out_of_time(&self, over: bool) {
        self.patience.end(over);
    }

    /// Takes the right to follow calls here, which one service at a time has: two would each close
    /// the other's calls. Commands beside a service need no such right. On PostgreSQL any number
    /// may serve the panel.
    pub fn hold(&self) -> Result<Held, OpenError> {
        let Some(file) = &self.file else { return Ok(Held { _lock: None }) };
        let path = beside(file, ".serving");
        let lock = File::create(&path)
            .map_err(|source| OpenError::Folder { path: path.clone(), source })?;
        match lock.try_lock() {
            Ok(()) => Ok(Held { _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(file.clone())),
            Err(TryLockError::Error(source)) => Err(OpenError::Folder { path, source }),
        }
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Shows every change to these rooms before its commit; named once, before the house works.
    pub fn attended_by(&self, rooms: Vec<Arc<dyn Attends>>) {
        self.attending.name(rooms);
    }

    /// The loudspeaker, to listen to.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// A question outside a transaction.
    pub fn read(&self, sql: Sql) -> Query<'_> {
        let executor = match &self.pools {
            Pools::Sqlite { read, .. } => Executor::SqliteAtHand(read),
            Pools::Postgres { read, .. } => Executor::PgAtHand(read, &self.patience),
        };
        Query::new(executor, sql)
    }

    /// Refuses a change where the file of the store is not where it was opened any more.
    pub(super) fn anchored(&self) -> Result<()> {
        match &self.anchor {
            Some(anchor) => anchor.holds().map_err(Into::into),
            None => Ok(()),
        }
    }

    /// Closes every connection; what is committed stays.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { write, read, ahead, one_way, aside } => {
                write.shut();
                drop(ahead.take());
                one_way.let_go().await;
                aside.let_go().await;
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// Whether the server ended the connection: it broke, or said good-bye (class 57P).
pub(super) fn is_gone(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    // idle in a transaction, or in one altogether, for longer than the server allows
    let timed_out = |code: &str| matches!(code, "25P03" | "25P04");
    matches!(error, sqlx::Error::Io(_))
        || code.is_some_and(|code| code.starts_with("57P") || timed_out(&code))
}

/// Has the server look now and then whether anybody still waits for what it works on: a page may be left and a
/// connection given up in the middle of it. An old server, and one on Windows, cannot.
async fn work_for_nobody_ends(on: &mut PgConnection) -> sqlx::Result<()> {
    match on.execute("SET client_connection_check_interval = '5s'").await {
        Err(error) if error.as_database_error().is_none() => Err(error),
        Err(error) => {
            tracing::debug!(%error, "the server does not look whether anybody waits for it");
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

async fn open_postgres(url: &str, patience: &Patience) -> Result<Pools, OpenError> {
    // compiling a statement and reading with several processes pay for questions of minutes; ours take
    // milliseconds, and a ringing call is never to wait for a report. The wide sums of a year are sorted
    // in memory. Who is gone without a word is noticed after half a minute, also where an answer was on its
    // way: what was begun holds its rows until then
    let options = PgConnectOptions::from_str(url)?.application_name("switchboard").options([
        ("jit", "off"),
        ("max_parallel_workers_per_gather", "0"),
        ("work_mem", "16MB"),
        ("tcp_keepalives_idle", "15"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
        ("tcp_user_timeout", "30000"),
    ]);
    // a pool only says that nobody answered in time; one connection says why
    let first = patience.with(PgConnection::connect_with(&options)).await;
    first.map_err(|error| OpenError::Server(server::says(&options, &error)))?.close().await?;
    let pool = |most| {
        let pool = PgPoolOptions::new().max_connections(most);
        pool.acquire_timeout(Duration::from_secs(5))
            .after_connect(|on, _| Box::pin(work_for_nobody_ends(on)))
    };
    let write = pool(WRITERS).test_before_acquire(false).connect_with(options.clone()).await?;
    POSTGRES.run(&write).await?;
    let read = pool(READERS).test_before_acquire(false).connect_with(options).await?;
    let read = AtHand::far(read, READERS as usize, patience);
    let write = AtHand::far(write, WRITERS as usize, patience);
    let (one_way, aside) = (OneWay::default(), OneWay::default());
    Ok(Pools::Postgres { write, read, ahead: Ahead::default(), one_way, aside })
}

fn file_of(url: &str) -> Result<PathBuf, sqlx::Error> {
    Ok(SqliteConnectOptions::from_str(url)?.get_filename().to_owned())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

async fn open_sqlite(url: &str) -> Result<Pools, OpenError> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("recursive_triggers", "ON")
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", "-65536");
    let file = options.get_filename().to_owned();
    let folder = file.parent().map(PathBuf::from).unwrap_or_default();
    let trouble = |source| OpenError::Folder { path: folder.clone(), source };
    if !folder.as_os_str().is_empty() {
        std::fs::create_dir_all(&folder).map_err(trouble)?;
    }
    // sqlx has no migration lock for SQLite: two openers at once would both create the tables
    let lock_path = beside(&file, ".lock");
    let locked = File::create(&lock_path).and_then(|lock| lock.lock().map(|()| lock));
    let lock = locked.map_err(|source| OpenError::Folder { path: lock_path, source })?;
    let log = beside(&file, "-wal");
    if log.exists() && !file.exists() {
        return Err(OpenError::Moved { file, log });
    }
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options.clone().pragma("wal_autocheckpoint", WAL_MOST))
        .await
        .map_err(|source| OpenError::File { path: file.clone(), source })?;
    SQLITE.run(&write).await?;
    drop(lock);
    let read = SqlitePoolOptions::new()
        // one more than questions: what moves the log
        .max_connections(EMBEDDED_READERS + 1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // where the file is gone a further connection makes no other
        .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
        .await?;
    let commits = checkpoint::keep(&read);
    Ok(Pools::Sqlite { write, wrote: commits, read: AtHand::of(read, EMBEDDED_READERS as usize) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Change, Stamp, head};
    use crate::kernel::Moment;

    #[tokio::test]
    async fn what_was_written_is_moved_into_the_database_beside_the_writing() {
        let folder = tempfile::tempdir().unwrap();
        let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
        let db = Db::open(&url("house.db"), Bus::new()).await.unwrap();
        let stamp = Stamp { now: Moment::from_millis(1_000), by: None };
        let write = db.write(stamp, |tx| {
            Box::pin(async move {
                tx.record(Change::new("test", "tests/1".into(), "made"));
                Ok(())
            })
        });
        write.await.unwrap();
        let Pools::Sqlite { read, .. } = &db.pools else { panic!("an embedded store") };
        checkpoint::once(read.pool()).await.unwrap();
        // the file alone, without the log beside it
        std::fs::copy(folder.path().join("house.db"), folder.path().join("copy.db")).unwrap();
        let copy = Db::open(&url("copy.db"), Bus::new()).await.unwrap();
        assert_eq!(head(&copy).await.unwrap(), 1);
    }
}
