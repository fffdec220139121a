//! What every screen shares: the store, the clock, the site's name, the state of the lines.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Sources;
use crate::clock::Clock;
use crate::db::Db;
use crate::kernel::{BusinessDay, Language, Moment};
use crate::meters::Meters;
use crate::words::Spelling;

/// The shared part of the panel. Cheap to clone.
#[derive(Clone)]
pub struct Kit(Arc<KitParts>);

/// What the kit is made of.
pub struct KitParts {
    /// The store; its bus feeds the live streams.
    pub db: Db,
    /// What time it is.
    pub clock: Clock,
    /// The figures of the machine.
    pub meters: Meters,
    /// The name of the site, on every screen.
    pub site_name: String,
    /// The language of those who have not chosen.
    pub language: Language,
    /// The site's zone and the hour at which its day turns.
    pub day: BusinessDay,
    /// How people reach the panel, without a trailing slash.
    pub public_url: String,
    /// The version of the program.
    pub version: &'static str,
    /// The lines to the PBXes; the app keeps it up to date.
    pub lines: watch::Receiver<Vec<LineView>>,
    /// What else tells us of calls; the app keeps it up to date.
    pub sources: watch::Receiver<Sources>,
    /// Whether the store takes what is written; the app keeps it up to date.
    pub store_ok: watch::Receiver<bool>,
    /// Cancelled when the house closes: open streams end.
    pub stop: CancellationToken,
}

/// By what a PBX is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeardBy {
    /// We are registered there and ring along.
    Member,
    /// The extensions that we watch, as long as one of them tells something.
    Watch,
    /// The signalling that it mirrors.
    Mirror,
}

/// A line to a PBX as the screens show it: an account of ours, and of a PBX where we have none what
/// stands for it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct LineView {
    /// The PBX's name in the configuration.
    pub pbx: String,
    /// By what it is heard.
    pub by: HeardBy,
    /// Our account there; `dialog-info` and `HEP` of a PBX without one.
    pub account: String,
    /// Whether we can hear calls on it.
    pub up: bool,
    /// Since when it is up or down; `None` before the first attempt ended.
    pub since: Option<Moment>,
    /// Why it is down: `unreachable`, `wrong-password`, `refused`, `no-address`, `port-taken`.
    pub reason: Option<&'static str>,
    /// The status the PBX gave with it, where it gave one.
    pub status: Option<u16>,
    /// When the PBX last said anything on it.
    pub last_heard_at: Option<Moment>,
}

impl Kit {
    /// Puts the parts together.
    pub fn new(parts: KitParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Whether people reach the panel by https, so that cookies must not travel otherwise.
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// How times are written for a reader of this language.
    pub fn spelling(&self, language: Language) -> Spelling {
        Spelling { language, zone: self.day.zone }
    }
}

impl Deref for Kit {
    type Target = KitParts;

    fn deref(&self) -> &KitParts {
        &self.0
    }
}
