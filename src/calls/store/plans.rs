//! What outgoing calls are for: cards prepared before dialling, purposes given afterwards, and how a
//! supervisor judged the rest (operations.md clauses 1.2, 2.1–2.3).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use super::super::outgoing::OutgoingCall;
use crate::db::{Change, Db, Error, Query, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, OutgoingId, PlanId, StaffId};

statements! {
    /// Cards; a WHERE is to follow.
    PLANS = "SELECT p.id, p.version, p.staff_id, s.name AS staff_name, p.number, p.name, p.about, p.purpose, p.conclusion, p.points,
                    p.figures, p.summary, p.summed_up, p.planned_at, p.outgoing_id, p.tied_at
             FROM call_plans p JOIN staff s ON s.id = p.staff_id WHERE 1 = 1";
    /// The cards of the outgoing calls in the JSON list `$1`.
    OF = sqlite "SELECT p.id, p.version, p.staff_id, s.name AS staff_name, p.number, p.name, p.about, p.purpose, p.conclusion, p.points,
                        p.figures, p.summary, p.summed_up, p.planned_at, p.outgoing_id, p.tied_at
                 FROM call_plans p JOIN staff s ON s.id = p.staff_id WHERE p.outgoing_id IN (SELECT e.value FROM json_each($1) e)",
         postgres "SELECT p.id, p.version, p.staff_id, s.name AS staff_name, p.number, p.name, p.about, p.purpose, p.conclusion, p.points,
                          p.figures, p.summary, p.summed_up, p.planned_at, p.outgoing_id, p.tied_at
                   FROM call_plans p JOIN staff s ON s.id = p.staff_id
                   WHERE p.outgoing_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v))";
    /// A new card; tied at once where it is written after the call.
    ADD = "INSERT INTO call_plans (staff_id, number, name, about, purpose, conclusion, points, figures, summary, planned_at, outgoing_id, tied_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING id";
    /// Other words on it, if the version is still this.
    EDIT = "UPDATE call_plans SET purpose = $3, conclusion = $4, points = $5, figures = $6, summary = $7, summed_up = $8, version = version + 1
            WHERE id = $1 AND version = $2";
    /// The call that follows a card belongs to it: the same person, the same number, within half a day. Of several
    /// cards for one number the newest waits.
    TIE = "UPDATE call_plans SET version = version + 1, tied_at = $1, outgoing_id =
               (SELECT min(o.id) FROM outgoing_calls o WHERE o.staff_id = call_plans.staff_id AND o.number = call_plans.number
                    AND o.started_at >= call_plans.planned_at AND NOT EXISTS (SELECT 1 FROM call_plans t WHERE t.outgoing_id = o.id))
           WHERE id IN (SELECT max(p.id) FROM call_plans p WHERE p.outgoing_id IS NULL AND p.planned_at >= $2 GROUP BY p.staff_id, p.number)
               AND EXISTS (SELECT 1 FROM outgoing_calls o WHERE o.staff_id = call_plans.staff_id AND o.number = call_plans.number
                    AND o.started_at >= call_plans.planned_at AND NOT EXISTS (SELECT 1 FROM call_plans t WHERE t.outgoing_id = o.id))
           RETURNING id, version";
    /// Judgements of the outgoing calls in the JSON list `$1`.
    JUDGED = sqlite "SELECT j.outgoing_id, j.verdict, j.why, s.name AS judged_by, j.judged_at FROM outgoing_judgements j
                     LEFT JOIN staff s ON s.id = j.judged_by WHERE j.outgoing_id IN (SELECT e.value FROM json_each($1) e)",
             postgres "SELECT j.outgoing_id, j.verdict, j.why, s.name AS judged_by, j.judged_at FROM outgoing_judgements j
                       LEFT JOIN staff s ON s.id = j.judged_by
                       WHERE j.outgoing_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v))";
    /// A judgement, or another one.
    JUDGE = "INSERT INTO outgoing_judgements (outgoing_id, verdict, why, judged_by, judged_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (outgoing_id) DO UPDATE SET verdict = excluded.verdict, why = excluded.why, judged_by = excluded.judged_by,
                 judged_at = excluded.judged_at";
    /// How many calls of each person were judged private since a moment.
    PRIVATE = "SELECT s.name, count(*) AS n FROM outgoing_judgements j JOIN outgoing_calls o ON o.id = j.outgoing_id
               JOIN staff s ON s.id = o.staff_id WHERE j.verdict = 'private' AND o.started_at >= $1 GROUP BY s.name ORDER BY count(*) DESC, s.name";
    /// Outgoing calls of one person since a moment; which of them is to follow.
    UNTIED = "SELECT o.id FROM outgoing_calls o WHERE o.staff_id = $1 AND o.started_at >= $2";
    /// Of the outgoing calls in the JSON list `$1`; which of them is to follow.
    OF_THESE = sqlite "SELECT o.id FROM outgoing_calls o WHERE o.id IN (SELECT e.value FROM json_each($1) e)",
               postgres "SELECT o.id FROM outgoing_calls o
                         WHERE o.id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v))";
    /// How often each of the numbers in the JSON list `$1` was dialled since `$2` without a card, by everyone or by person `$3`.
    OFTEN = sqlite "SELECT o.dialled, count(*) AS n FROM outgoing_calls o WHERE o.dialled IN (SELECT e.value FROM json_each($1) e)
                    AND o.started_at >= $2 AND NOT EXISTS (SELECT 1 FROM call_plans p WHERE p.outgoing_id = o.id)
                    AND ($3 IS NULL OR o.staff_id = $3) GROUP BY o.dialled",
            postgres "SELECT o.dialled, count(*) AS n FROM outgoing_calls o
                      WHERE o.dialled IN (SELECT e.v FROM jsonb_array_elements_text($1) AS e(v))
                      AND o.started_at >= $2 AND NOT EXISTS (SELECT 1 FROM call_plans p WHERE p.outgoing_id = o.id)
                      AND (CAST($3 AS bigint) IS NULL OR o.staff_id = $3) GROUP BY o.dialled";
}

/// Somebody with that number had been missed and was still owed a call.
const OWED: &str =
    "EXISTS (SELECT 1 FROM missed_debts d WHERE d.number = o.number AND d.first_at <= o.started_at
     AND (d.closed_at IS NULL OR d.closed_at >= o.started_at))";

/// Nobody said what a call was for, nobody has judged it, and it was owed to nobody.
pub(super) fn unsaid(query: Query<'_>) -> Query<'_> {
    let query =
        query.push(" AND NOT EXISTS (SELECT 1 FROM call_plans p WHERE p.outgoing_id = o.id)");
    let query = query
        .push(" AND NOT EXISTS (SELECT 1 FROM outgoing_judgements j WHERE j.outgoing_id = o.id)");
    query.push(" AND NOT ").push(OWED)
}

/// A card waits so long for its call, in milliseconds: half a day.
const WAITS_MS: i64 = 12 * 60 * 60 * 1000;

/// The refusal of a change to a card that somebody else changed meanwhile.
pub const PLAN_STALE: &str = "call_plan_stale";

/// What an outgoing call is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow, utoipa::ToSchema)]
pub struct Plan {
    /// Which.
    pub id: PlanId,
    /// Rises with every change.
    pub version: i64,
    /// Who calls.
    pub staff_id: StaffId,
    /// Their name.
    pub staff_name: String,
    /// Whom: E.164, or as it is dialled.
    pub number: String,
    /// Their name.
    pub name: String,
    /// The record it is about: `contacts/7`, `calls/17`, `follow-ups/3`.
    pub about: Option<String>,
    /// What for.
    pub purpose: String,
    /// The result, said first.
    pub conclusion: String,
    /// The points, a line each, in the order they are said.
    pub points: String,
    /// What else is read digit by digit.
    pub figures: String,
    /// What is said again at the end.
    pub summary: String,
    /// Whether it was.
    pub summed_up: bool,
    /// When it was prepared.
    pub planned_at: Moment,
    /// The call it was for, once it was made.
    pub outgoing_id: Option<OutgoingId>,
    /// Since when that is known.
    pub tied_at: Option<Moment>,
}

impl Plan {
    /// The words of the card.
    pub fn words(&self) -> PlanWords {
        PlanWords {
            purpose: self.purpose.clone(),
            conclusion: self.conclusion.clone(),
            points: self.points.clone(),
            figures: self.figures.clone(),
            summary: self.summary.clone(),
            summed_up: self.summed_up,
        }
    }
}

/// The subject of a card: `call_plans/3`.
pub fn plan_subject(id: PlanId) -> String {
    format!("call_plans/{id}")
}

/// A card to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewPlan {
    /// Whom.
    pub number: String,
    /// Their name.
    pub name: String,
    /// The record it is about.
    pub about: Option<String>,
    /// The words of the card.
    pub words: PlanWords,
    /// The call it was for, where that was made already.
    pub of: Option<OutgoingId>,
}

/// The words of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanWords {
    /// What for; never empty.
    pub purpose: String,
    /// The result.
    pub conclusion: String,
    /// The points.
    pub points: String,
    /// What is read digit by digit.
    pub figures: String,
    /// What is said at the end.
    pub summary: String,
    /// Whether it was said.
    pub summed_up: bool,
}

/// One card.
pub async fn plan(db: &Db, id: PlanId) -> Result<Plan> {
    db.read(PLANS).push(" AND p.id = ").push_bind(id).one().await
}

/// Cards whose call has not been made yet, newest first.
pub async fn plans_waiting(db: &Db, staff: StaffId, now: Moment) -> Result<Vec<Plan>> {
    let query =
        db.read(PLANS).push(" AND p.outgoing_id IS NULL AND p.staff_id = ").push_bind(staff);
    let query = query.push(" AND p.planned_at >= ").push_bind(now.plus_millis(-WAITS_MS));
    query.push(" ORDER BY p.planned_at DESC, p.id DESC LIMIT 5").all().await
}

/// Prepares a card, or says the purpose of a call that was made; `None` where that call has one.
pub async fn add_plan(
    db: &Db,
    stamp: Stamp,
    staff: StaffId,
    new: NewPlan,
) -> Result<Option<PlanId>> {
    db.write(stamp, move |tx| {
        let new = new.clone();
        Box::pin(async move {
            let now = tx.now();
            let words = &new.words;
            let add = tx.q(ADD).bind(staff).bind(new.number.clone()).bind(new.name.clone());
            let add = add.bind(new.about.clone()).bind(words.purpose.clone());
            let add = add.bind(words.conclusion.clone()).bind(words.points.clone());
            let add = add.bind(words.figures.clone()).bind(words.summary.clone()).bind(now);
            let id: Option<(PlanId,)> = add.bind(new.of).bind(new.of.map(|_| now)).maybe().await?;
            if let Some((id,)) = id {
                tx.record(Change::new("call_plan", plan_subject(id), "prepared").version(1));
                if let Some(of) = new.of {
                    tx.record(Change::new("outgoing_call", format!("outgoing_calls/{of}"), "tied"));
                }
            }
            Ok(id.map(|row| row.0))
        })
    })
    .await
}

/// Changes the words; refused as [`PLAN_STALE`] where the version is another.
pub async fn edit_plan(
    db: &Db,
    stamp: Stamp,
    id: PlanId,
    version: i64,
    words: PlanWords,
) -> Result<()> {
    db.write(stamp, move |tx| {
        let words = words.clone();
        Box::pin(async move {
            let edit = tx.q(EDIT).bind(id).bind(version).bind(words.purpose).bind(words.conclusion);
            let edit = edit.bind(words.points).bind(words.figures).bind(words.summary);
            if edit.bind(words.summed_up).run().await? == 0 {
                return Err(Error::Refused(PLAN_STALE.to_owned()));
            }
            let change = Change::new("call_plan", plan_subject(id), "edited");
            tx.record(change.version(version + 1));
            Ok(())
        })
    })
    .await
}

/// Ties cards that wait to the calls that followed them; to be asked after outgoing calls were stored.
pub(in crate::calls) async fn tie(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    let tied: Vec<(PlanId, i64)> =
        tx.q(TIE).bind(now).bind(now.plus_millis(-WAITS_MS)).all().await?;
    for (id, version) in tied {
        tx.record(Change::new("call_plan", plan_subject(id), "tied").version(version));
    }
    Ok(())
}

/// What a supervisor thinks of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow, utoipa::ToSchema)]
pub struct Judgement {
    /// Of which call.
    #[serde(skip)]
    pub outgoing_id: OutgoingId,
    /// `business` or `private`.
    pub verdict: String,
    /// Why.
    pub why: String,
    /// Who said so.
    pub judged_by: Option<String>,
    /// When.
    pub judged_at: Moment,
}

/// What each of these calls was for, and how it was judged.
pub async fn purposes(
    db: &Db,
    calls: &[OutgoingCall],
) -> Result<(BTreeMap<OutgoingId, Plan>, BTreeMap<OutgoingId, Judgement>)> {
    let ids: Vec<OutgoingId> = calls.iter().map(|call| call.id).collect();
    let plans: Vec<Plan> = db.read(OF).bind(Json(&ids)).all().await?;
    let judged: Vec<Judgement> = db.read(JUDGED).bind(Json(&ids)).all().await?;
    let plans = plans.into_iter().filter_map(|plan| Some((plan.outgoing_id?, plan)));
    Ok((plans.collect(), judged.into_iter().map(|one| (one.outgoing_id, one)).collect()))
}

/// Judges a call `business` or `private`.
pub async fn judge(
    db: &Db,
    stamp: Stamp,
    id: OutgoingId,
    verdict: &'static str,
    why: String,
) -> Result<()> {
    db.write(stamp, move |tx| {
        let why = why.clone();
        Box::pin(async move {
            let (now, by) = (tx.now(), tx.by());
            tx.q(JUDGE).bind(id).bind(verdict).bind(why).bind(by).bind(now).run().await?;
            let word = if verdict == "private" { "judged_private" } else { "judged_business" };
            tx.record(Change::new("outgoing_call", format!("outgoing_calls/{id}"), word));
            Ok(())
        })
    })
    .await
}

/// How many calls of each person were judged private since a moment; most first.
pub async fn private_calls(db: &Db, since: Moment) -> Result<Vec<(String, i64)>> {
    db.read(PRIVATE).bind(since).all().await
}

/// The last calls of a person that nobody said the purpose of.
pub async fn untied_of(db: &Db, staff: StaffId, since: Moment) -> Result<Vec<OutgoingId>> {
    let query = unsaid(db.read(UNTIED).bind(staff).bind(since));
    query.push(" ORDER BY o.started_at DESC, o.id DESC LIMIT 5").values().await
}

/// Which of these calls went to somebody who had been missed and was still owed a call.
pub async fn owed(db: &Db, calls: &[OutgoingCall]) -> Result<BTreeSet<OutgoingId>> {
    let ids: Vec<OutgoingId> = calls.iter().map(|call| call.id).collect();
    let query = db.read(OF_THESE).bind(Json(&ids)).push(" AND ").push(OWED);
    Ok(query.values::<OutgoingId>().await?.into_iter().collect())
}

/// How often each of these was dialled since a moment without a card, by everyone or by one person.
pub async fn dialled_often(
    db: &Db,
    dialled: &BTreeSet<&str>,
    since: Moment,
    by: Option<StaffId>,
) -> Result<BTreeMap<String, i64>> {
    let query = db.read(OFTEN).bind(Json(dialled)).bind(since).bind(by);
    let rows: Vec<(String, i64)> = query.all().await?;
    Ok(rows.into_iter().collect())
}
