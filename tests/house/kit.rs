//! What every story needs: a fresh store on each engine.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use switchboard::bus::Bus;
use switchboard::db::Db;

/// A fresh store, gone when the story is over.
pub(crate) struct Fresh {
    /// The store.
    pub(crate) db: Db,
    /// Where it is, for a story that opens it again or gives it to the real program.
    pub(crate) place: Place,
}

/// A place for a store, gone when the story is over.
pub(crate) struct Place {
    /// `sqlite://…` or `postgres://…`, as `store.url` takes it.
    pub(crate) url: String,
    kept: Kept,
}

enum Kept {
    Folder(tempfile::TempDir),
    Database(Database),
}

/// A fresh store on each engine. PostgreSQL is where `SWITCHBOARD_TEST_PG` says.
pub(crate) async fn stores() -> Vec<Fresh> {
    let mut stores = Vec::new();
    for place in places().await {
        let db = Db::open(&place.url, Bus::new()).await.unwrap();
        stores.push(Fresh { db, place });
    }
    stores
}

/// An empty place on each engine, with its tables made and nothing opened yet.
pub(crate) async fn places() -> Vec<Place> {
    vec![sqlite(), postgres().await]
}

/// A place on each engine where nothing was ever opened.
pub(crate) async fn bare() -> Vec<Place> {
    vec![bare_sqlite(), database_like("template0").await]
}

/// An empty place for an embedded store, where the engine is no part of the story.
pub(crate) fn sqlite() -> Place {
    let place = bare_sqlite();
    let Kept::Folder(folder) = &place.kept else { unreachable!("it is a folder") };
    std::fs::copy(made_file(), folder.path().join(FILE)).unwrap();
    place
}

/// A database of its own on the tests' PostgreSQL.
pub(crate) async fn postgres() -> Place {
    database_like(&made_database().await).await
}

const FILE: &str = "house.db";

fn bare_sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join(FILE).display());
    Place { url, kept: Kept::Folder(folder) }
}

async fn database_like(other: &str) -> Place {
    let server = server();
    let mut connection = to_server().await;
    let name: String =
        sqlx::query_scalar("SELECT 'story_' || replace(CAST(gen_random_uuid() AS text), '-', '')")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE {other}");
    sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let url = in_database(&name);
    Place { url, kept: Kept::Database(Database { server, name }) }
}

async fn to_server() -> PgConnection {
    PgConnection::connect(&server()).await.unwrap_or_else(|trouble| {
        panic!("no PostgreSQL answers at SWITCHBOARD_TEST_PG: {trouble}. `make test` starts one")
    })
}

fn in_database(name: &str) -> String {
    PgConnectOptions::from_str(&server()).unwrap().database(name).to_url_lossy().into()
}

/// Making the tables takes longer than most stories: it is done once for each state of `migrations/`, and every
/// story begins with a copy. This file is beside the stories' program.
fn made_file() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap();
    let made = folder.join(format!("tables-{}.db", state_of("migrations/sqlite")));
    if !made.exists() {
        let aside = tempfile::tempdir_in(folder).unwrap();
        let file = aside.path().join(FILE);
        make_tables(format!("sqlite://{}", file.display()));
        // in one go: others look for it meanwhile
        std::fs::rename(file, &made).unwrap();
    }
    made
}

/// As [`made_file`], a database that others are copied from; who comes first makes it.
async fn made_database() -> String {
    const THERE: &str = "SELECT count(*) FROM pg_database WHERE datname = $1";
    let name = format!("tables_{}", state_of("migrations/postgres"));
    let mut connection = to_server().await;
    sqlx::query("SELECT pg_advisory_lock(1)").execute(&mut connection).await.unwrap();
    let there: i64 =
        sqlx::query_scalar(THERE).bind(&name).fetch_one(&mut connection).await.unwrap();
    if there == 0 {
        let made = database_like("template0").await;
        make_tables(made.url.clone());
        let Kept::Database(database) = &made.kept else { unreachable!("it is a database") };
        let rename = format!("ALTER DATABASE {} RENAME TO {name}", database.name);
        sqlx::query(AssertSqlSafe(rename)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    name
}

/// On a ground of its own: who asks may stand on one already, or on none.
fn make_tables(url: String) {
    let tables = async move { Db::open(&url, Bus::new()).await.unwrap().close().await };
    let made = std::thread::spawn(|| {
        let ground = tokio::runtime::Builder::new_current_thread().enable_all().build();
        ground.unwrap().block_on(tables);
    });
    made.join().unwrap();
}

/// Another word for every other content of a folder.
fn state_of(folder: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut state = DefaultHasher::new();
    for file in files {
        (file.file_name(), std::fs::read(&file).unwrap()).hash(&mut state);
    }
    format!("{:016x}", state.finish())
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says where PostgreSQL is")]
fn server() -> String {
    std::env::var("SWITCHBOARD_TEST_PG").unwrap_or_else(|_| {
        panic!(
            "SWITCHBOARD_TEST_PG is not set, and every store story runs on PostgreSQL too. Run \
             `make test`, or `tests/run/postgres with cargo test …`, which start one"
        )
    })
}

struct Database {
    server: String,
    name: String,
}

impl Drop for Database {
    /// The story may have left connections behind; they end with it.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let sweep = async move {
            let mut connection = PgConnection::connect(&server).await?;
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await?;
            connection.close().await
        };
        let swept = std::thread::spawn(|| {
            let ground = tokio::runtime::Builder::new_current_thread().enable_all().build();
            ground.map(|ground| ground.block_on(sweep))
        });
        // a server that went away took the database along
        drop(swept.join());
    }
}
