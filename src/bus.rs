//! News of what was stored: where to look again, never what is there.
//!
//! Only a committed [`crate::db`] write speaks here. Whoever lags behind the ring of recent news is
//! told so and reads on from the journal by number.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::kernel::Moment;

/// How many commits a slow listener may lag before it must read the journal instead.
const RING: usize = 4096;

/// One row of the journal, as told to open screens and streams. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct News {
    /// The number of the journal row; gapless and rising.
    pub seq: i64,
    /// When the change was made.
    pub at: Moment,
    /// What sort of thing changed: `call`, `staff`, `line`, …
    pub kind: String,
    /// Which: `calls/17`.
    pub subject: String,
    /// How: `ringing`, `answered`, …
    pub change: String,
    /// The version of the record after the change, for records that have one.
    pub version: Option<i64>,
}

/// The loudspeaker of the house.
#[derive(Clone)]
pub struct Bus(broadcast::Sender<Arc<[News]>>);

impl Bus {
    /// A new loudspeaker with nobody listening.
    pub fn new() -> Self {
        Self(broadcast::Sender::new(RING))
    }

    /// Listens from here on. Each item is one commit's news in order.
    pub fn listen(&self) -> broadcast::Receiver<Arc<[News]>> {
        self.0.subscribe()
    }

    /// Tells what a commit has made true. To be called by `db` alone.
    pub(crate) fn tell(&self, news: Vec<News>) {
        if !news.is_empty() {
            // nobody listening is no error
            drop(self.0.send(news.into()));
        }
    }
}

impl Default for Bus {
    fn default() -> Self {
        Self::new()
    }
}
