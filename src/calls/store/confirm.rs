//! A commit whose confirmation was lost: was it made or not? A batch carries a mark that is stored
//! with it, so that trying again never writes it twice.
//!
//! A server that lost only the link may still be at the first try. That one has taken the mark's row before
//! anything that it could store twice, so whoever asks waits there until it is over, and has the row until
//! what is tried again is stored: a first try that comes later still finds its mark taken.

use std::sync::Arc;

use super::load::call_in;
use super::outgoing;
use super::write::{Batch, Stored};
use crate::db::{Change, Result, Tx, statements};
use crate::kernel::CallId;

statements! {
    /// The last batch that was stored; on a server once whoever is storing one has done so.
    LAST_BATCH = sqlite "SELECT value FROM site WHERE name = 'calls_batch'",
                 postgres "SELECT value FROM site WHERE name = 'calls_batch' FOR UPDATE";
    /// The call of a name.
    OF_UID = "SELECT id FROM calls WHERE uid = $1";
}

/// Looks whether this very batch is in the store already, its commit unconfirmed. What it holds
/// is read back then, and told once more: nobody was told before.
pub(in crate::calls) async fn confirm(tx: &mut Tx, batch: &Batch) -> Result<Option<Vec<Stored>>> {
    let last: Option<(String,)> = tx.q(LAST_BATCH).maybe().await?;
    if last.is_none_or(|(mark,)| mark != batch.mark) {
        return Ok(None);
    }
    let mut stored = Vec::new();
    for entry in &batch.entries {
        let id: Option<(CallId,)> = tx.q(OF_UID).bind(entry.record.uid.to_string()).maybe().await?;
        let (Some((id,)), Some(&(_, at, event))) = (id, entry.events.last()) else { continue };
        let call = call_in(tx, id).await?;
        let change = Change::new("call", format!("calls/{id}"), event.word());
        let why = Some("the commit was not confirmed".to_owned());
        tx.record(Change { why, ..change.version(call.version).at(at) });
        stored.push((entry.key, Arc::new(call)));
    }
    outgoing::tell_again(tx, &batch.outgoing).await?;
    Ok(Some(stored))
}

#[cfg(test)]
mod tests {
    use super::super::super::record::{CallKey, Event, Record};
    use super::super::write::{Entry, store};
    use super::*;
    use crate::bus::Bus;
    use crate::config;
    use crate::db::{Db, Stamp, head};
    use crate::kernel::Moment;

    fn batch(mark: &str) -> Batch {
        let at = Moment::from_millis(1_000);
        let record = Record::sample("main/1", at);
        let events = vec![(1, at, Event::Offered), (2, at, Event::Ringing)];
        let entry = Entry { key: CallKey(1), place: None, record: Arc::new(record), events };
        Batch { mark: mark.to_owned(), entries: vec![entry], ..Batch::default() }
    }

    /// What the writer does with a batch it tries again.
    async fn again(db: &Db, batch: Batch) -> Vec<Stored> {
        let config = Arc::new(config::parse("none", "", &[]).unwrap());
        let stamp = Stamp { now: Moment::from_millis(2_000), by: None };
        let put = db.write(stamp, move |tx| {
            let (batch, config) = (batch.clone(), config.clone());
            Box::pin(async move {
                match confirm(tx, &batch).await? {
                    Some(found) => Ok(found),
                    None => store(tx, &batch, &config).await,
                }
            })
        });
        put.await.unwrap()
    }

    #[tokio::test]
    async fn a_batch_that_was_stored_unconfirmed_is_told_again_and_not_stored_again() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("house.db").display());
        let db = Db::open(&url, Bus::new()).await.unwrap();
        let first = again(&db, batch("1-1")).await;
        assert_eq!(head(&db).await.unwrap(), 2);
        let mut bus = db.bus().listen();
        let second = again(&db, batch("1-1")).await;
        assert_eq!(first, second, "the same call, at the same version");
        assert_eq!(super::super::story(&db, CallId(1)).await.unwrap().len(), 2);
        let told: Vec<_> = bus.recv().await.unwrap().iter().map(|one| one.change.clone()).collect();
        assert_eq!(told, ["ringing"]);
        let ghost = again(&db, batch("1-2")).await;
        assert!(ghost.is_empty(), "a new batch with a name the log holds is a ghost");
        assert_eq!(super::super::live(&db).await.unwrap().len(), 1);
    }
}
