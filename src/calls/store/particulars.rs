//! The records of calls: what the operators wrote, and what they are still writing.

use std::collections::BTreeMap;

use sqlx::FromRow;
use sqlx::types::Json;

use super::super::desk::Refusal;
use super::super::particulars::{CallRecord, Kind, Part, Particulars, Urgency};
use super::desk::{Done, find_anew, put_event};
use super::load::{Ask, call_in, staff_ref, word};
use crate::db::{Change, Db, Result, Stamp, statements};
use crate::db::{Error, Tx};
use crate::kernel::{CallId, Moment, StaffId};

statements! {
    /// The records of the calls in the JSON list `$1`.
    OF = sqlite "SELECT r.call_id, r.version, r.kind, r.urgency, r.who, r.occurred, r.place, r.matter, r.purpose, r.need,
                        r.read_who, r.read_when, r.read_where, r.read_what, r.readback_at, r.written_by, s.name AS written_name, r.written_at
                 FROM call_records r LEFT JOIN staff s ON s.id = r.written_by
                 WHERE r.call_id IN (SELECT e.value FROM json_each($1) e)",
         postgres "SELECT r.call_id, r.version, r.kind, r.urgency, r.who, r.occurred, r.place, r.matter, r.purpose, r.need,
                          r.read_who, r.read_when, r.read_where, r.read_what, r.readback_at, r.written_by, s.name AS written_name, r.written_at
                   FROM call_records r LEFT JOIN staff s ON s.id = r.written_by
                   WHERE r.call_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v))";
    /// A first record; nothing where there is one.
    FIRST = "INSERT INTO call_records (call_id, version, kind, urgency, who, occurred, place, matter, purpose, need,
                 read_who, read_when, read_where, read_what, readback_at, written_by, written_at)
             VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (call_id) DO NOTHING RETURNING version";
    /// A later one, if it is still at version `$17`.
    AGAIN = "UPDATE call_records SET version = version + 1, kind = $2, urgency = $3, who = $4, occurred = $5, place = $6,
                 matter = $7, purpose = $8, need = $9, read_who = $10, read_when = $11, read_where = $12, read_what = $13,
                 readback_at = $14, written_by = $15, written_at = $16
             WHERE call_id = $1 AND version = $17 RETURNING version";
    /// The call knows when it was read back.
    CALL = "UPDATE calls SET readback_at = $2, version = version + 1 WHERE id = $1 RETURNING version";
    /// What a person is writing of a call.
    KEEP = "INSERT INTO call_drafts (call_id, staff_id, fields, at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (call_id, staff_id) DO UPDATE SET fields = excluded.fields, at = excluded.at";
    /// The person has saved or thrown it away.
    FORGET = "DELETE FROM call_drafts WHERE call_id = $1 AND staff_id = $2";
    /// What a person was writing of a call.
    DRAFT = "SELECT fields FROM call_drafts WHERE call_id = $1 AND staff_id = $2";
}

#[derive(FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "a column for each of the four parts")]
struct Row {
    call_id: CallId,
    version: i64,
    kind: Option<String>,
    urgency: String,
    who: String,
    occurred: String,
    place: String,
    matter: String,
    purpose: String,
    need: String,
    read_who: bool,
    read_when: bool,
    read_where: bool,
    read_what: bool,
    readback_at: Option<Moment>,
    written_by: Option<StaffId>,
    written_name: Option<String>,
    written_at: Moment,
}

impl Row {
    fn record(self) -> Result<CallRecord> {
        let read = [self.read_who, self.read_when, self.read_where, self.read_what];
        let read = Part::ALL.iter().zip(read).filter(|(_, read)| *read).map(|(part, _)| *part);
        Ok(CallRecord {
            version: self.version,
            kind: self.kind.map(|text| word(&text, Kind::from_word)).transpose()?,
            urgency: word(&self.urgency, Urgency::from_word)?,
            who: self.who,
            when: self.occurred,
            place: self.place,
            what: self.matter,
            purpose: self.purpose,
            need: self.need,
            read: read.collect(),
            readback_at: self.readback_at,
            written_by: staff_ref(self.written_by, self.written_name),
            written_at: self.written_at,
        })
    }
}

/// The records of several calls; a call nobody wrote of has none.
pub(super) async fn of(ask: &mut Ask<'_>, ids: &[CallId]) -> Result<BTreeMap<CallId, CallRecord>> {
    let rows: Vec<Row> = ask.q(OF).bind(Json(ids)).all().await?;
    rows.into_iter().map(|row| Ok((row.call_id, row.record()?))).collect()
}

/// Saves the record, unless someone else did since `version`; 0 is the first. What the machine adds
/// to a live call meanwhile is no conflict. The person's draft goes with it.
pub(in crate::calls) async fn write_record(
    tx: &mut Tx,
    id: CallId,
    version: i64,
    written: &Particulars,
) -> Result<Done> {
    let (now, by) = (tx.now(), tx.by());
    let call = call_in(tx, id).await?;
    let readback_at = written.readback_at(call.record.as_ref(), now);
    let [who, when, place, what] = written.parts.clone();
    let [read_who, read_when, read_where, read_what] = written.read();
    let sql = if version == 0 { FIRST } else { AGAIN };
    let save = tx.q(sql).bind(id).bind(written.kind.map(Kind::word));
    let save = save.bind(written.urgency.unwrap_or(Urgency::Normal).word());
    let save = save.bind(who).bind(when).bind(place).bind(what);
    let save = save.bind(written.purpose.clone()).bind(written.need.clone());
    let save = save.bind(read_who).bind(read_when).bind(read_where).bind(read_what);
    let mut save = save.bind(readback_at).bind(by).bind(now);
    if version != 0 {
        save = save.bind(version);
    }
    let saved: Option<(i64,)> = save.maybe().await?;
    if saved.is_none() {
        return Ok(Err((Refusal::Stale, call.into())));
    }
    let _version: i64 = tx.q(CALL).bind(id).bind(readback_at).value().await?;
    put_event(tx, id, "recorded", by).await?;
    if readback_at.is_some() && call.readback_at != readback_at {
        put_event(tx, id, "read_back", by).await?;
    }
    if let Some(by) = by {
        tx.q(FORGET).bind(id).bind(by).run().await?;
    }
    let call = call_in(tx, id).await?;
    find_anew(tx, &call).await?;
    tx.record(Change::new("call", format!("calls/{id}"), "recorded").version(call.version));
    Ok(Ok(call))
}

/// What a person was writing and has not saved.
#[derive(Debug, Clone, FromRow)]
pub(in crate::calls) struct Draft {
    /// The fields of the form by name, as JSON.
    pub(in crate::calls) fields: String,
}

/// The draft of a person.
pub(in crate::calls) async fn draft(db: &Db, id: CallId, by: StaffId) -> Result<Option<Draft>> {
    db.read(DRAFT).bind(id).bind(by).maybe().await
}

/// Keeps a draft; `None` throws it away. Nobody else is told: a draft is its writer's own.
pub(in crate::calls) async fn keep_draft(
    db: &Db,
    stamp: Stamp,
    id: CallId,
    by: StaffId,
    fields: Option<String>,
) -> Result<()> {
    db.write(stamp, move |tx| {
        let fields = fields.clone();
        Box::pin(async move {
            let now = tx.now();
            match fields {
                Some(fields) => {
                    // a call that is not there is no place for words
                    call_in(tx, id).await?;
                    tx.q(KEEP).bind(id).bind(by).bind(fields).bind(now).run().await?
                }
                None => tx.q(FORGET).bind(id).bind(by).run().await?,
            };
            Ok::<_, Error>(())
        })
    })
    .await
}
