//! Writing the messages of ladders: on a way of their own, by one statement that stores a list once however
//! often it is sent.

use sqlx::types::Json;

use super::super::record::CallKey;
use super::rows::MessageRow;
use crate::db::{Alone, Query, Result, Tx, statements};
use crate::kernel::CallId;
use crate::sip::Wire;

statements! {
    /// Ladder messages from the JSON list `$1`, unless the list of this name, `$2`, was the last that was
    /// stored. On PostgreSQL the name is taken first: who comes second waits for who has it, and finds it
    /// taken.
    MESSAGES = sqlite "INSERT INTO call_messages (call_id, at, way, transport, local, peer, leg, text)
                       SELECT e.value->>'call_id', e.value->>'at', e.value->>'way', e.value->>'transport', e.value->>'local',
                              e.value->>'peer', e.value->>'leg', e.value->>'text'
                       FROM json_each($1) e
                       WHERE NOT EXISTS (SELECT 1 FROM site s WHERE s.name = 'ladder_batch' AND s.value = $2);
                       INSERT INTO site (name, value) VALUES ('ladder_batch', $2)
                       ON CONFLICT (name) DO UPDATE SET value = excluded.value",
               postgres "WITH mine AS (
                             INSERT INTO site (name, value) VALUES ('ladder_batch', $2)
                             ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE site.value <> excluded.value
                             RETURNING name
                         )
                         INSERT INTO call_messages (call_id, at, way, transport, local, peer, leg, text)
                         SELECT e.call_id, e.at, e.way, e.transport, e.local, e.peer, e.leg, e.text
                         FROM jsonb_to_recordset($1) AS e(call_id bigint, at bigint, way text, transport text, local text, peer text,
                             leg text, text text)
                         WHERE EXISTS (SELECT 1 FROM mine)";
}

/// One message of a call's ladder.
#[derive(Debug, Clone)]
pub(in crate::calls) struct WireEntry {
    /// Its place in the order in which messages were heard.
    pub(in crate::calls) n: u64,
    pub(in crate::calls) key: CallKey,
    /// Where its call is in the log; `None` where the log does not have it.
    pub(in crate::calls) id: Option<CallId>,
    pub(in crate::calls) wire: Wire,
}

/// Messages that are stored together.
#[derive(Debug)]
pub(in crate::calls) struct Ladder {
    /// Names the list, so that one whose commit was not confirmed is not written twice.
    pub(in crate::calls) mark: String,
    pub(in crate::calls) wires: Vec<WireEntry>,
}

/// Stores messages by one statement; as often as it is tried, once.
pub(in crate::calls) async fn put_messages_alone(alone: &mut Alone, ladder: &Ladder) -> Result<()> {
    put(alone.q(MESSAGES), ladder).await
}

/// The same as a change of several ways.
pub(in crate::calls) async fn put_messages(tx: &mut Tx, ladder: &Ladder) -> Result<()> {
    put(tx.q(MESSAGES), ladder).await
}

async fn put(query: Query<'_>, ladder: &Ladder) -> Result<()> {
    let rows = ladder.wires.iter().filter_map(|one| Some(MessageRow::new(one.id?, &one.wire)));
    let rows: Vec<_> = rows.collect();
    query.bind(Json(&rows)).bind(ladder.mark.clone()).run().await?;
    Ok(())
}
