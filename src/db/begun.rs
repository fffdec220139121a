//! A transaction on a server.
//!
//! The driver's own would give its connection back to the pool whatever became of it, and there it is asked whether it
//! still lives for as long as a dead link lets it: so many deaths as there are connections, and none would be left. So
//! the house says BEGIN and COMMIT itself, and closes what did not come to its end.

use sqlx::{Executor as _, PgConnection, Postgres};

use super::at_hand::{AtHand, Taken};
use super::open::{WRITERS, is_gone};
use super::patience::Patience;

/// A transaction that was begun. Dropped before its end its connection is closed, and the server undoes it.
pub(super) struct Begun {
    on: Taken<Postgres>,
    hand: AtHand<Postgres>,
}

impl Begun {
    /// Begins on a connection that was not asked first whether it still lives, since that would be a way
    /// to the server and back for every change. A dead one is noticed here, where nothing is lost yet.
    pub(super) async fn begin(hand: &AtHand<Postgres>, patience: &Patience) -> sqlx::Result<Self> {
        let mut ended = 0;
        loop {
            let mut on = Box::pin(hand.take()).await?;
            match patience.with(on.execute("BEGIN")).await {
                Err(error) if ended < WRITERS && is_gone(&error) => {
                    tracing::debug!(%error, "a connection to the store had died");
                    ended += 1;
                }
                done => {
                    done?;
                    return Ok(Self { on, hand: hand.clone() });
                }
            }
        }
    }

    /// The connection, to say something inside of it.
    pub(super) fn on(&mut self) -> &mut PgConnection {
        &mut self.on
    }

    /// Whether nobody was lost since it began.
    pub(super) fn is_good(&self) -> bool {
        !self.hand.is_suspect(&self.on)
    }

    pub(super) async fn commit(self, patience: &Patience) -> sqlx::Result<()> {
        self.end("COMMIT", patience).await
    }

    pub(super) async fn rollback(self, patience: &Patience) {
        if let Err(error) = self.end("ROLLBACK", patience).await {
            tracing::debug!(%error, "a change was not taken back; its connection is closed");
        }
    }

    async fn end(mut self, how: &'static str, patience: &Patience) -> sqlx::Result<()> {
        patience.with(self.on.execute(how)).await?;
        let Self { on, hand } = self;
        hand.put(on).await;
        Ok(())
    }
}
