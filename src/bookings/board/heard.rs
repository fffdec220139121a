//! What the journal has told since the boards began to listen: its lines are asked for once, whatever is
//! drawn and whoever asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::db::{self, Db};

/// Of each kind of line the newest. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    /// What was told up to this number is not known.
    from: i64,
    /// What was told up to this number is.
    to: i64,
    /// The newest number of each kind.
    last: BTreeMap<String, i64>,
}

/// So many lines are looked through; after more everything is drawn anew anyway.
const LOOKED: i64 = 200;

impl Heard {
    /// Whether the journal has no line of these kinds between two numbers of it.
    pub(super) async fn is_quiet(
        &self,
        db: &Db,
        kinds: &[&str],
        seq: i64,
        head: i64,
    ) -> db::Result<bool> {
        if head <= seq {
            return Ok(true);
        }
        let mut told = self.0.lock().await;
        told.listen(db, seq, head).await?;
        let newer = |kind: &&str| told.last.get(*kind).is_some_and(|last| *last > seq);
        Ok(told.from <= seq && !kinds.iter().any(newer))
    }
}

impl Told {
    /// Hears what was told up to `head`; whoever asks first has known what was before `seq`.
    async fn listen(&mut self, db: &Db, seq: i64, head: i64) -> db::Result<()> {
        if self.to == 0 {
            (self.from, self.to) = (seq, seq);
        }
        if head <= self.to {
            return Ok(());
        }
        if head - self.to > LOOKED {
            *self = Self { from: head, to: head, last: BTreeMap::new() };
            return Ok(());
        }
        for news in db::news_after(db, self.to, LOOKED).await? {
            self.to = self.to.max(news.seq);
            self.last.insert(news.kind, news.seq);
        }
        self.to = self.to.max(head);
        Ok(())
    }
}
