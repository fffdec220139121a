//! Opening the store, migrating it, and the one way to write.

use std::fs::File;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

use super::query::{Executor, Query};
use super::tx::EngineTx;
use super::{Error, Result, Sql, Stamp, Tx};
use crate::bus::Bus;

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// How often a write that met someone else is tried again.
const TRIES: u32 = 6;

/// The store and the loudspeaker that only a commit may use. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    bus: Bus,
}

#[derive(Clone)]
enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
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
    #[error("the store cannot be opened: {0}")]
    Sqlx(#[from] sqlx::Error),
    /// A migration failed; the store is as it was before it.
    #[error("the store cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The folder or the lock file.
    #[error("the store's folder {} cannot be used: {source}", .path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Db {
    /// Opens the store at a URL (`sqlite://data/switchboard.db`, `postgres://user@host/db`),
    /// creates it where it does not exist (SQLite) and brings its schema up to date.
    pub async fn open(url: &str, bus: Bus) -> Result<Self, OpenError> {
        let pools = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url).await?
        } else if url.starts_with("sqlite:") {
            open_sqlite(url).await?
        } else {
            return Err(OpenError::Scheme);
        };
        Ok(Self { pools, bus })
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// The loudspeaker, to listen to.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// A question outside a transaction.
    pub fn read(&self, sql: Sql) -> Query<'_> {
        let executor = match &self.pools {
            Pools::Sqlite { read, .. } => Executor::SqlitePool(read),
            Pools::Postgres(pool) => Executor::PgPool(pool),
        };
        Query::new(executor, sql)
    }

    /// One change. Runs in a task of its own and is tried again when someone else was in the way,
    /// so `change` may run several times. What it recorded is told after the commit.
    #[expect(clippy::disallowed_methods, reason = "a write must outlive the caller who hangs up")]
    pub async fn write<R: Send + 'static>(
        &self,
        stamp: Stamp,
        change: impl for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<R>> + Send + Sync + 'static,
    ) -> Result<R> {
        let db = self.clone();
        let task = tokio::spawn(async move {
            let mut tries = 0;
            loop {
                tries += 1;
                match db.once(stamp, &change).await {
                    Err(Error::Retry(_)) if tries < TRIES => {
                        tokio::time::sleep(Duration::from_millis(u64::from(tries) * 5)).await;
                    }
                    done => return done,
                }
            }
        });
        match task.await {
            Ok(done) => done,
            Err(died) => Err(Error::Broken(sqlx::Error::Io(std::io::Error::other(died)))),
        }
    }

    async fn once<R>(
        &self,
        stamp: Stamp,
        change: &(impl for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<R>> + Send + Sync),
    ) -> Result<R> {
        let engine = match &self.pools {
            Pools::Sqlite { write, .. } => {
                EngineTx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => EngineTx::Postgres(pool.begin().await?),
        };
        let mut tx = Tx { engine, stamp, changes: Vec::new(), then: Vec::new() };
        match change(&mut tx).await {
            Ok(result) => {
                let news = tx.commit().await?;
                self.bus.tell(news);
                Ok(result)
            }
            Err(error) => {
                tx.rollback().await;
                Err(error)
            }
        }
    }

    /// Closes every connection; what is committed stays.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_postgres(url: &str) -> Result<Pools, OpenError> {
    let options = PgConnectOptions::from_str(url)?.application_name("switchboard");
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(options)
        .await?;
    POSTGRES.run(&pool).await?;
    Ok(Pools::Postgres(pool))
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
    let mut lock_name = file.into_os_string();
    lock_name.push(".lock");
    let lock = File::create(lock_name).map_err(trouble)?;
    lock.lock().map_err(trouble)?;
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    SQLITE.run(&write).await?;
    drop(lock);
    let read = SqlitePoolOptions::new()
        .max_connections(4)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Pools::Sqlite { write, read })
}
