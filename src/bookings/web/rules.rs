//! `/admin/booking-rules`: the house's own rules of booking.

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::rules::Rules;
use super::APPROVERS;
use crate::kernel::narrow;
use crate::rooms::Restored;
use crate::rooms::store::setup;
use crate::web::{Frame, Input, Place, Problem, Reader, Want, flag, maybe_text, number};

#[derive(Template, Serialize)]
#[template(path = "bookings/rules.html")]
struct RulesPage {
    #[serde(skip)]
    frame: Frame,
    version: i64,
    rules: Rules,
}

impl RulesPage {
    fn release(&self) -> String {
        self.rules
            .release_minute
            .map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60))
            .unwrap_or_default()
    }
}

async fn page(want: &Want) -> Result<RulesPage, Problem> {
    let kept = setup::rules(&want.kit.db).await?;
    let (version, rules) =
        kept.map_or_else(|| (0, Rules::default()), |(version, text)| (version, Rules::read(&text)));
    Ok(RulesPage { frame: want.frame(Place::Rooms), version, rules })
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(APPROVERS)?;
    want.page(&page(&want).await?)
}

#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(deserialize_with = "number")]
    grace_minutes: i64,
    #[serde(deserialize_with = "number")]
    retry_minutes: i64,
    #[serde(deserialize_with = "number")]
    due_soon_minutes: i64,
    /// `21:30`; empty: never.
    #[serde(default, deserialize_with = "maybe_text")]
    release: Option<String>,
    #[serde(deserialize_with = "number")]
    hold_minutes: i64,
    #[serde(deserialize_with = "number")]
    offer_minutes: i64,
    #[serde(deserialize_with = "number")]
    viewing_minutes: i64,
    #[serde(deserialize_with = "number")]
    shortest_minutes: i64,
    #[serde(deserialize_with = "number")]
    short_below: i64,
    #[serde(deserialize_with = "number")]
    short_eta_minutes: i64,
    #[serde(deserialize_with = "number")]
    banquet_party: i64,
    #[serde(deserialize_with = "number")]
    banquet_minutes: i64,
    #[serde(default, deserialize_with = "flag")]
    lower_spend_needs_approval: bool,
    #[serde(default, deserialize_with = "flag")]
    late_cancel_needs_approval: bool,
    #[serde(deserialize_with = "number")]
    notice_again_s: i64,
    /// What the house calls it that a room is ready again; empty: as delivered.
    #[serde(default, deserialize_with = "maybe_text")]
    restored_zh: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    restored_en: Option<String>,
}

fn clock(text: &str) -> Option<i64> {
    let plain: String = text.trim().chars().map(narrow).collect();
    let (hours, minutes) = plain.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..48).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

pub(super) async fn put(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(APPROVERS)?;
    let wrong = || Problem::rules().field("release", |l| l.rooms_wrong_period().to_string());
    let release_minute = match written.release.as_deref() {
        None => None,
        Some(text) => Some(clock(text).ok_or_else(wrong)?),
    };
    let word = |word: &Option<String>| word.clone().unwrap_or_default();
    let (zh, en) = (word(&written.restored_zh), word(&written.restored_en));
    let restored = Restored::written(&zh, &en).ok_or_else(|| {
        Problem::rules().field("restored_zh", |l| l.bookings_wrong_restored().to_string())
    })?;
    let rules = Rules {
        grace_minutes: written.grace_minutes,
        retry_minutes: written.retry_minutes,
        due_soon_minutes: written.due_soon_minutes,
        release_minute,
        hold_minutes: written.hold_minutes,
        offer_minutes: written.offer_minutes,
        viewing_minutes: written.viewing_minutes,
        shortest_minutes: written.shortest_minutes,
        short_below: written.short_below,
        short_eta_minutes: written.short_eta_minutes,
        banquet_party: written.banquet_party,
        banquet_minutes: written.banquet_minutes,
        lower_spend_needs_approval: written.lower_spend_needs_approval,
        late_cancel_needs_approval: written.late_cancel_needs_approval,
        notice_again_s: written.notice_again_s,
        restored,
    };
    if !rules.is_sound() {
        return Err(Problem::rule(|l| l.bookings_wrong_rules().to_string()));
    }
    let text = serde_json::to_string(&rules).map_err(Problem::broken)?;
    match setup::put_rules(&want.kit.db, want.stamp(), written.version, text).await {
        Ok(_) => want.done("/admin/booking-rules", &page(&want).await?),
        Err(error) if error.is_refusal(setup::STALE) => Err(Problem::stale(&page(&want).await?)),
        Err(error) => Err(error.into()),
    }
}
