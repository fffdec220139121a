//! What every story needs: a fresh store on each engine.

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

/// An empty place for a store, gone when the story is over.
pub(crate) struct Place {
    /// `sqlite://…` or `postgres://…`, as `store.url` takes it.
    pub(crate) url: String,
    _kept: Kept,
}

#[expect(dead_code, reason = "held for what happens when it is dropped")]
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

/// An empty place on each engine, nothing opened yet.
pub(crate) async fn places() -> Vec<Place> {
    vec![sqlite(), postgres().await]
}

/// An empty place for an embedded store, where the engine is no part of the story.
pub(crate) fn sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("house.db").display());
    Place { url, _kept: Kept::Folder(folder) }
}

/// A database of its own on the tests' PostgreSQL.
pub(crate) async fn postgres() -> Place {
    let server = server();
    let mut connection = PgConnection::connect(&server).await.unwrap_or_else(|trouble| {
        panic!("no PostgreSQL answers at SWITCHBOARD_TEST_PG: {trouble}. `make test` starts one")
    });
    let name: String =
        sqlx::query_scalar("SELECT 'story_' || replace(CAST(gen_random_uuid() AS text), '-', '')")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let url = PgConnectOptions::from_str(&server).unwrap().database(&name).to_url_lossy();
    Place { url: url.into(), _kept: Kept::Database(Database { server, name }) }
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
