//! A colleague answered for somebody who is away: once the call is written down or put away, the
//! absent one finds a slip of it, with who answered and why (operations.md clause 3.5).

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::slip::{Reason, SOON_MS, Via, asks_call_back};
use super::store::{self, Message, NewMessage};
use crate::bus::News;
use crate::calls::{self, Call};
use crate::db::{self, Db, Stamp};
use crate::kernel::{CallId, Language, Moment, Phone, StaffId};
use crate::shifts::{self, WhyColleague};
use crate::web::Kit;
use crate::words::{self, Messages};

/// Follows the news of calls until the house closes.
pub async fn follow(kit: Kit, stop: CancellationToken) {
    let mut heard = kit.db.bus().listen();
    loop {
        let told: Arc<[News]> = tokio::select! {
            () = stop.cancelled() => return,
            told = heard.recv() => match told {
                Ok(told) => told,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
        };
        for news in told.iter().filter(|news| settles(news)) {
            let id = news.subject.strip_prefix("calls/").and_then(|id| id.parse().ok());
            let Some(id) = id.map(CallId) else { continue };
            if let Err(error) = slips(&kit.db, kit.clock.now(), kit.language, id).await {
                let code = error.code();
                tracing::error!(
                    call = id.0,
                    code,
                    "no slip could be left of a call that was picked up"
                );
            }
        }
    }
}

/// Whether a call has been written down, or put away without.
fn settles(news: &News) -> bool {
    news.kind == "call" && matches!(news.change.as_str(), "recorded" | "put_away")
}

/// Leaves a slip of a call with everyone whose call it was and who was away when a colleague took it;
/// once for each.
pub async fn slips(db: &Db, now: Moment, language: Language, id: CallId) -> db::Result<()> {
    let call = calls::store::call(db, id).await?;
    let answered = call.answered_by.as_ref().and_then(|by| by.staff.as_ref());
    let Some(by) = answered.or(call.taken_by.as_ref()).map(|staff| staff.id) else {
        return Ok(());
    };
    let at = call.answered_at.or(call.taken_at).unwrap_or(call.offered_at);
    let hotline = call.hotline.as_ref().map(|one| one.number.as_str()).unwrap_or_default();
    let talking: BTreeSet<StaffId> = calls::store::talking_at(db, id, at).await?;
    let hand = shifts::store::hand_for(db, hotline, &talking, at).await?;
    // where nobody's turn is known it was nobody's call but theirs
    let why = hand.why_for(by).filter(|_| !hand.whose.is_empty());
    let Some(why) = why else { return Ok(()) };
    let reason = match why {
        WhyColleague::NobodyOnDuty => Reason::OffDuty,
        WhyColleague::OperatorAway => Reason::Away,
        WhyColleague::OnAnotherCall => Reason::OnCall,
        WhyColleague::NoAnswer => Reason::NoAnswer,
    };
    calls::store::picked_up(db, Stamp { now, by: Some(by) }, id, reason.word()).await?;
    for mate in hand.absent().filter(|mate| mate.staff != by) {
        let new = written(language, &call, mate.staff, reason, now);
        store::take(db, Stamp { now, by: Some(by) }, new).await?;
    }
    Ok(())
}

/// What a slip of a pick-up says to a reader: where nothing was recorded that is the house's own
/// sentence, kept in the site's language and told in theirs.
pub(super) fn told(l: &Messages, slip: &Message) -> Option<String> {
    let ours = |language| words::of(language).messages_pickup_unwritten().to_string();
    let unwritten = slip.via == Via::Pickup.word()
        && [Language::ZhCn, Language::En].into_iter().any(|language| ours(language) == slip.body);
    unwritten.then(|| l.messages_pickup_unwritten().to_string())
}

/// The slip of a call: what was recorded, else that nothing was.
fn written(
    language: Language,
    call: &Call,
    for_staff: StaffId,
    reason: Reason,
    now: Moment,
) -> NewMessage {
    let l = words::of(language);
    let record = call.record.as_ref();
    let said = record.map(|record| {
        let parts = [&record.what, &record.need, &record.when, &record.place];
        parts.into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join("\n")
    });
    let said = said.filter(|text| !text.is_empty());
    let caller = &call.caller;
    let number = caller.number.as_deref().and_then(Phone::read).map(|phone| phone.for_people());
    let contact = caller.contact.as_ref().map(|contact| contact.name.clone());
    let urgent = record.is_some_and(|record| record.urgency != calls::Urgency::Normal);
    let body = said.unwrap_or_else(|| l.messages_pickup_unwritten().to_string());
    NewMessage {
        for_staff,
        from_name: contact.or_else(|| caller.display.clone()).unwrap_or_default(),
        phone: number.or_else(|| caller.as_sent.clone()).unwrap_or_default(),
        callback_by: asks_call_back(&body).then(|| now.plus_millis(SOON_MS)),
        body,
        urgent,
        readback_at: record.and_then(|record| record.readback_at),
        call_id: Some(call.id),
        via: Via::Pickup,
        reason: Some(reason),
    }
}
