//! The next step of a banquet: taken up, spoken with, a hall kept until a date, won or lost.

use axum::response::Response;
use serde::Deserialize;

use super::super::super::acts::cut;
use super::super::super::asking;
use super::super::super::banquet::{Banquet, Stage};
use super::super::super::doing::{self, Signing};
use super::super::super::refusal::{Refusal, Wrong};
use super::super::super::store::banquets;
use super::super::super::when::when;
use super::super::act::{actor, agreed, in_field, money};
use super::super::say::refused;
use super::{MANAGERS, view};
use crate::claims::{self, Kind, NewClaim, Owner, Resource};
use crate::kernel::{ClaimId, Moment, RoomId};
use crate::rooms::{House, at_minute, minute_of};
use crate::web::{At, Input, OnDuty, Problem, Reader, Want, maybe_number, maybe_text, number};

/// The next step of a banquet.
#[derive(Deserialize)]
pub(in crate::bookings::web) struct Step {
    #[serde(deserialize_with = "number")]
    version: i64,
    state: Stage,
    /// The hall that is kept.
    #[serde(default, deserialize_with = "maybe_number")]
    hall: Option<i64>,
    /// Until when it is kept.
    #[serde(default, deserialize_with = "maybe_text")]
    until: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
    /// When it begins, where it is signed; as the hall was kept where nothing is said.
    #[serde(default, deserialize_with = "maybe_text")]
    when: Option<String>,
    /// How long it is.
    #[serde(default, deserialize_with = "maybe_number")]
    minutes: Option<i64>,
    /// How many come, where nobody wrote it down before.
    #[serde(default, deserialize_with = "maybe_number")]
    party: Option<i64>,
    /// Paid with the signature, in yuan.
    #[serde(default, deserialize_with = "maybe_text")]
    deposit: Option<String>,
}

/// From when to when a hall is kept, in minutes of the day, where no period is named.
const DAY_OF_HALL: (i64, i64) = (10 * 60, 23 * 60);

/// How an option is to be kept.
struct Kept {
    hall: RoomId,
    span: (Moment, Moment),
    until: Moment,
    name: String,
}

/// What changes with a step.
struct Plan {
    banquet: Banquet,
    word: &'static str,
    keep: Option<Kept>,
    give_back: Option<ClaimId>,
    signing: Option<Signing>,
}

/// From when to when a hall is kept for it: its period of the day, or all of it.
fn span(want: &Want, house: &House, banquet: &Banquet) -> (Moment, Moment) {
    let day = &want.kit.day;
    let period = house.periods.iter().find(|one| Some(one.id) == banquet.period_id);
    let date = banquet.solar_date;
    let (from, to) = DAY_OF_HALL;
    let whole = || (at_minute(day, date, from), at_minute(day, date, to));
    period.map_or_else(whole, |period| period.span(day, date))
}

/// What is agreed with the signature.
fn signing(want: &Want, house: &House, banquet: &Banquet, step: &Step) -> Result<Signing, Problem> {
    let (from, to) = span(want, house, banquet);
    let day = &want.kit.day;
    let read = |text: &str| {
        if let Some(at) = Moment::parse_rfc3339(text) {
            return Ok(at);
        }
        let said = when(text, day.date(want.now), 0);
        let date = said.date.filter(|_| said.named).unwrap_or(banquet.solar_date);
        agreed(day, Some(date), said.minute)
    };
    let starts_at = match step.when.as_deref() {
        None => from,
        Some(text) => read(text).map_err(in_field("when"))?,
    };
    let left = to.millis_since(starts_at) / 60_000;
    Ok(Signing {
        starts_at,
        minutes: step.minutes.unwrap_or(left.clamp(60, 2_880)),
        party: step.party,
        deposit_fen: money("deposit", step.deposit.as_deref())?.unwrap_or(0),
    })
}

fn plan(
    want: &Want,
    reader: &OnDuty,
    house: &House,
    banquet: &Banquet,
    step: &Step,
) -> Result<Plan, Problem> {
    let wrong = |field, wrong: Wrong| Problem::rules().field(field, move |l| wrong.say(l));
    if !banquet.state.may_become(step.state) {
        return Err(Problem::rule(|l| l.bookings_banquet_not_now().to_string()));
    }
    let mut next = banquet.clone();
    next.state = step.state;
    let mut plan =
        Plan { word: step.state.name(), keep: None, give_back: None, signing: None, banquet: next };
    match step.state {
        Stage::HandedOver => plan.banquet.owner_staff = reader.staff(),
        Stage::Option => {
            let hall = step.hall.map(RoomId).or(banquet.hall_id);
            let hall = hall.filter(|id| house.room(*id).is_some());
            let hall = hall.ok_or_else(|| wrong("hall", Wrong::Room))?;
            let until = step.until.as_deref().and_then(|text| until_said(want, text));
            let until = until.filter(|at| *at > want.now);
            let until = until.ok_or_else(|| wrong("until", Wrong::Date))?;
            let span = span(want, house, banquet);
            plan.banquet.hall_id = Some(hall);
            plan.banquet.option_until = Some(until);
            plan.give_back = banquet.option_claim;
            plan.keep = Some(Kept { hall, span, until, name: banquet.name.clone() });
        }
        Stage::Lost => {
            let reason = step.reason.clone().filter(|reason| !reason.trim().is_empty());
            let reason = reason.ok_or_else(|| {
                Problem::rules().field("reason", |l| l.bookings_reason_needed().to_string())
            })?;
            plan.banquet.reason = Some(reason);
            plan.give_back = banquet.option_claim;
            (plan.banquet.option_claim, plan.banquet.option_until) = (None, None);
        }
        Stage::Won => plan.signing = Some(signing(want, house, banquet, step)?),
        Stage::Contacted | Stage::New => {}
    }
    Ok(plan)
}

/// A date alone means the end of that day.
fn until_said(want: &Want, text: &str) -> Option<Moment> {
    if let Some(at) = Moment::parse_rfc3339(text) {
        return Some(at);
    }
    let day = &want.kit.day;
    let said = when(text, day.date(want.now), minute_of(day, want.now));
    Some(at_minute(day, said.date?, said.minute.unwrap_or(24 * 60)))
}

pub(in crate::bookings::web) async fn step(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
    Input(step): Input<Step>,
) -> Result<Response, Problem> {
    reader.may(MANAGERS)?;
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let banquet = banquets::one(db, id).await?.ok_or_else(Problem::not_found)?;
    if banquet.version != step.version {
        return Err(Problem::stale(&view(&want, &reader, &house, banquet).await?));
    }
    let plan = std::sync::Arc::new(plan(&want, &reader, &house, &banquet, &step)?);
    let actor = actor(&want, &reader);
    let done = db.write(want.stamp(), move |tx| {
        let plan = std::sync::Arc::clone(&plan);
        Box::pin(async move {
            claims::store::queue(tx).await?;
            let now = tx.now();
            let mut banquet = plan.banquet.clone();
            if let Some(signing) = &plan.signing {
                match doing::sign_in(tx, actor, &banquet, signing).await? {
                    Ok(booking) => banquet.booking_id = Some(booking),
                    Err(refusal) => return Ok(Err(refusal)),
                }
                (banquet.option_claim, banquet.option_until) = (None, None);
            }
            let mut back = Vec::new();
            if let Some(claim) = plan.give_back {
                let found = claims::store::by_ids(tx, &[claim]).await?;
                back.extend(found.iter().filter(|one| one.counts(now)).map(|one| cut(one, now)));
            }
            let take: Vec<NewClaim> = plan
                .keep
                .iter()
                .map(|kept| NewClaim {
                    resource: Resource::room(kept.hall),
                    from_at: kept.span.0,
                    to_at: kept.span.1,
                    buffer_ms: 0,
                    kind: Kind::Option,
                    owner: Owner::of(banquets::subject(banquet.id)),
                    expires_at: Some(kept.until),
                    note: kept.name.clone(),
                })
                .collect();
            match claims::store::apply(tx, &back, &take).await? {
                Ok(taken) => banquet.option_claim = taken.first().copied().or(banquet.option_claim),
                Err(taken) => return Ok(Err(Refusal::Taken(taken))),
            }
            if plan.give_back.is_some() && plan.keep.is_none() {
                banquet.option_claim = None;
            }
            banquets::put_in(tx, &banquet, plan.word).await?;
            if banquet.state != Stage::New {
                asking::over(tx, banquet.id, plan.word).await?;
            }
            Ok(Ok(()))
        })
    });
    match done.await {
        Ok(Ok(())) => {}
        Ok(Err(refusal)) => return Err(refused(&want, refusal).await),
        Err(error) if error.is_refusal(banquets::STALE) => {
            return Err(refused(&want, Refusal::Changed).await);
        }
        Err(error) => return Err(error.into()),
    }
    let now = banquets::one(db, id).await?.ok_or_else(Problem::not_found)?;
    let now = view(&want, &reader, &house, now).await?;
    want.done("/banquets", &now)
}
