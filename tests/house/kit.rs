//! What every story needs: a fresh store on each engine.

use switchboard::bus::Bus;
use switchboard::db::Db;

/// A fresh store on SQLite, in a folder that goes with it.
pub(crate) struct Fresh {
    /// The store.
    pub(crate) db: Db,
    _folder: Option<tempfile::TempDir>,
}

/// A fresh store on each engine. PostgreSQL is where `SWITCHBOARD_TEST_PG` says.
pub(crate) async fn stores() -> Vec<Fresh> {
    vec![sqlite().await]
}

async fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("house.db").display());
    let db = Db::open(&url, Bus::new()).await.unwrap();
    Fresh { db, _folder: Some(folder) }
}
