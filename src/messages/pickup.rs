//! A colleague answered for somebody who is away: once the call is written down or put away, the
//! absent one finds a slip of it, with who answered and why (operations.md clause 3.5).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::slip::{Reason, SOON_MS, Via, asks_call_back};
use super::store::settled::{self, Settled};
use super::store::{self, Message, NewMessage};
use crate::calls::{self, Call};
use crate::db::{self, Db, Stamp};
use crate::directory::store::restricted::closed_to_all;
use crate::kernel::{CallId, Language, Moment, Phone, StaffId};
use crate::shifts::{self, WhyColleague};
use crate::timers::FallsDue;
use crate::web::id_in;
use crate::words::{self, Messages};

/// So many settled calls are looked at in one turn.
const CHUNK: i64 = 100;
/// Of a call that was settled longer ago nobody waits for a slip any more, in milliseconds.
const OLDEST_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Leaves the slips of pick-ups: read off the journal, so that none is lost where the house is killed
/// between a record and its slip, and none is left twice.
pub struct PickUps {
    language: Language,
    /// Up to here the journal holds nothing for a slip; what does is noted in the store.
    read_to: AtomicI64,
}

impl PickUps {
    /// In the site's language, which is what nobody's words are kept in.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language, read_to: AtomicI64::new(0) }
    }

    /// The next settled calls, and up to where they reach.
    async fn look(&self, db: &Db) -> db::Result<(Vec<Settled>, i64)> {
        let after = settled::cursor(db).await?.max(self.read_to.load(Ordering::Relaxed));
        let head = db::head(db).await?;
        let found = settled::between(db, after, head, CHUNK).await?;
        if found.is_empty() {
            self.read_to.store(head, Ordering::Relaxed);
        }
        let whole = i64::try_from(found.len()).unwrap_or(CHUNK) < CHUNK;
        let upto = if whole { head } else { found.last().map_or(head, |row| row.seq) };
        Ok((found, upto))
    }
}

impl FallsDue for PickUps {
    fn name(&self) -> &'static str {
        "slips of pick-ups"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        async move { Ok(self.look(db).await?.0.first().map(|row| row.at)) }.boxed()
    }

    fn follows_calls(&self) -> bool {
        true
    }

    fn fall_due<'a>(&'a self, db: &'a Db, now: Moment, _: Moment) -> BoxFuture<'a, db::Result<()>> {
        async move {
            let (settled, upto) = self.look(db).await?;
            if settled.is_empty() {
                return Ok(());
            }
            let mut seen = BTreeSet::new();
            for row in settled.iter().filter(|row| now.millis_since(row.at) <= OLDEST_MS) {
                let Some(id) = id_in::<CallId>(&row.subject, "calls") else { continue };
                if seen.insert(id) {
                    match slips(db, now, self.language, id).await {
                        // erased meanwhile
                        Ok(()) | Err(db::Error::NotFound) => {}
                        // no other waits behind a call that cannot be read
                        Err(error @ (db::Error::Unreadable(_) | db::Error::Refused(_))) => {
                            let code = error.code();
                            tracing::error!(
                                call = id.0,
                                code,
                                "no slip could be left of a call that was picked up"
                            );
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            db.write(Stamp { now, by: None }, move |tx| settled::set_cursor(tx, upto).boxed()).await
        }
        .boxed()
    }
}

/// Leaves a slip of a call with everyone whose call it was and who was away when a colleague took it;
/// once for each.
async fn slips(db: &Db, now: Moment, language: Language, id: CallId) -> db::Result<()> {
    let mut call = calls::store::call(db, id).await?;
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
    let closed = closed_to_all(db).await?;
    calls::close(&mut call, &closed);
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
        phone: number
            .or_else(|| caller.as_sent.clone().filter(|_| !caller.masked))
            .unwrap_or_default(),
        callback_by: asks_call_back(&body).then(|| now.plus_millis(SOON_MS)),
        body,
        urgent,
        readback_at: record.and_then(|record| record.readback_at),
        call_id: Some(call.id),
        via: Via::Pickup,
        reason: Some(reason),
    }
}
