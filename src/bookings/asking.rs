//! Who takes a banquet up (clause 1-7b): one business manager is asked after another, each for a quarter
//! of an hour, those on duty first; then the head. Whoever answers has it.

use chrono::Datelike as _;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::banquet::{Banquet, Stage, celebrated};
use super::rules::Rules;
use super::store::{self, asks, banquets};
use crate::db::{Attends, Change, Result, Tx};
use crate::followups::store as follow_ups;
use crate::followups::{Assignee, NewFollowUp};
use crate::kernel::{FollowUpId, Language, Moment, NoticeId, Role, StaffId};
use crate::notices::store as notices;
use crate::notices::{Ladder, NewNotice, Recipients};
use crate::rooms::store::setup;
use crate::words::{self, Messages, Said, day_in_year};
use crate::{shifts, staff};

/// What it is called among follow-ups and notices.
const BANQUET: &str = "banquet";

/// Asks the first manager, or the head where there is none.
pub(super) async fn begin(tx: &mut Tx, rules: &Rules, banquet: &Banquet) -> Result<()> {
    ask_next(tx, rules, banquet).await.map(drop)
}

/// The managers in the order they are asked: those on duty, then the others.
async fn managers(tx: &mut Tx) -> Result<Vec<StaffId>> {
    let mut order = shifts::store::on_duty_in(tx, Role::Manager).await?;
    for (id, roles) in staff::store::roles_in(tx).await? {
        if roles.has(Role::Manager) && !order.contains(&id) {
            order.push(id);
        }
    }
    Ok(order)
}

/// Whose banquet it is, what is celebrated, or for how many where that was not said, and when.
fn called((l, own): (&Messages, Language), banquet: &Banquet, now: Moment) -> String {
    let mut kind = celebrated(l, &banquet.occasion);
    if let (true, Some(party)) = (kind.is_empty(), banquet.party) {
        kind = l.bookings_aloud_party(party.to_string()).to_string();
    }
    let date = day_in_year(own, banquet.solar_date, now.utc().year());
    let parts = [banquet.name.trim(), kind.as_str(), date.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The same for a list that every language reads: the date in figures, as people write it.
fn titled(banquet: &Banquet, now: Moment) -> String {
    let date = banquet.solar_date;
    let same_year = date.year() == now.utc().year();
    let date = date.format(if same_year { "%-m/%-d" } else { "%Y/%-m/%-d" }).to_string();
    let parts = [banquet.name.trim(), banquet.occasion.trim(), date.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Asks whoever was not asked yet: it is theirs to do, and they are told. Gives who that is.
async fn ask_next(tx: &mut Tx, rules: &Rules, banquet: &Banquet) -> Result<Option<StaffId>> {
    let asked = asks::asked_in(tx, banquet.id).await?;
    let next = managers(tx).await?.into_iter().find(|manager| !asked.contains(manager));
    let due = tx.now().plus_millis(rules.banquet_minutes * 60_000);
    let title = titled(banquet, tx.now());
    let (whose, to) = match next {
        Some(manager) => (Assignee::Staff(manager), Recipients::People(vec![manager])),
        None => (Assignee::Role(Role::Head), Recipients::Role(Role::Head)),
    };
    let new = NewFollowUp::new(BANQUET, whose, due)
        .about(banquets::subject(banquet.id))
        .title(title.chars().take(200).collect());
    let owed = follow_ups::open(tx, new).await?;
    let again = recurring(tx, banquet).await?;
    let now = tx.now();
    let said = Said::with(|l, own| {
        let what = called((l, own), banquet, now);
        match &again {
            Some(again) => l.bookings_tell_banquets(what, again.times).to_string(),
            None => l.bookings_tell_banquet(what).to_string(),
        }
    });
    let new = NewNotice::to_be_answered(BANQUET, said.cut(500), to)
        .about(follow_ups::subject(owed))
        .ladder(Ladder::only_ask());
    let notice = notices::send(tx, new).await?;
    asks::add_in(tx, banquet.id, next, notice, next.map(|_| due)).await?;
    Ok(next)
}

/// How the booking it came from comes again, where it does.
async fn recurring(tx: &mut Tx, banquet: &Banquet) -> Result<Option<banquets::Recurring>> {
    let Some(booking) = banquet.booking_id else { return Ok(None) };
    let booking = store::by_ids_in(tx, &[booking]).await?.pop();
    match booking.and_then(|booking| booking.series_id) {
        Some(series) => banquets::recurring_in(tx, series).await,
        None => Ok(None),
    }
}

/// Somebody has taken it up, or it is lost: nobody is asked any more.
pub(super) async fn over(tx: &mut Tx, id: i64, how: &str) -> Result<()> {
    asks::end_in(tx, id, "over").await?;
    follow_ups::close_about(tx, &banquets::subject(id), BANQUET, how).await
}

/// Whose time is over without a word: the next is asked, and the operators are told.
pub(super) async fn pass_on_in(tx: &mut Tx, due: Moment) -> Result<()> {
    let late = asks::due_in(tx, due).await?;
    if late.is_empty() {
        return Ok(());
    }
    let rules = setup::rules_in(tx).await?;
    let rules = rules.map_or_else(Rules::default, |(_, text)| Rules::read(&text));
    for ask in late {
        let banquet = banquets::one_in(tx, ask.banquet_id).await?;
        asks::end_in(tx, banquet.id, "silent").await?;
        follow_ups::close_about(tx, &banquets::subject(banquet.id), BANQUET, "silent").await?;
        if banquet.state != Stage::New {
            continue;
        }
        ask_next(tx, &rules, &banquet).await?;
        let next = asks::open_in(tx, banquet.id).await?.map(|next| next.name);
        let next = next.filter(|name| !name.is_empty());
        let subject = banquets::subject(banquet.id);
        let said = Said::with(|l, own| {
            let next = next.clone().unwrap_or_else(|| words::role(l, Role::Head));
            let (late, minutes) = (ask.name.as_str(), rules.banquet_minutes);
            let what = called((l, own), &banquet, due);
            l.bookings_tell_passed_on(what, late, minutes, next).to_string()
        });
        let to = Recipients::Role(Role::Operator);
        let told = NewNotice::to_be_known(BANQUET, said.cut(500), to);
        notices::send(tx, told.about(subject.clone()).superseding()).await?;
        tx.record(Change::new("booking", subject, "passed_on").version(banquet.version).at(due));
    }
    Ok(())
}

/// Whoever answers the question has the banquet: by the notice, or by taking up what is to be done.
pub struct Asked;

impl Attends for Asked {
    fn kinds(&self) -> &'static [&'static str] {
        &["notice", "follow_up"]
    }

    fn attend<'t>(&'t self, tx: &'t mut Tx, recorded: &'t [Change]) -> BoxFuture<'t, Result<()>> {
        async move {
            for change in recorded {
                let Some((banquet, who)) = answered(tx, change).await? else { continue };
                take_up(tx, banquet, who).await?;
            }
            Ok(())
        }
        .boxed()
    }
}

/// Which banquet somebody takes up by a change, and who.
async fn answered(tx: &mut Tx, change: &Change) -> Result<Option<(i64, StaffId)>> {
    match (change.kind, change.change) {
        ("notice", "acked" | "all_acked") => {
            let id = change.subject.strip_prefix("notices/").and_then(|id| id.parse().ok());
            let Some(id) = id.map(NoticeId) else { return Ok(None) };
            let who = change.after.as_ref().and_then(|after| after.get("staff")?.as_i64());
            let banquet = asks::by_notice_in(tx, id).await?;
            Ok(banquet.zip(who.map(StaffId)))
        }
        ("follow_up", "taken") => {
            let id = change.subject.strip_prefix("follow-ups/").and_then(|id| id.parse().ok());
            let (Some(id), Some(who)) = (id.map(FollowUpId), tx.by()) else { return Ok(None) };
            let owed = follow_ups::locked(tx, id).await?;
            let about = owed.about.filter(|_| owed.kind == BANQUET);
            let banquet = about.and_then(|about| about.strip_prefix("banquets/")?.parse().ok());
            Ok(banquet.map(|banquet| (banquet, who)))
        }
        _ => Ok(None),
    }
}

async fn take_up(tx: &mut Tx, id: i64, who: StaffId) -> Result<()> {
    let mut banquet = banquets::one_in(tx, id).await?;
    if banquet.state != Stage::New {
        return Ok(());
    }
    (banquet.state, banquet.owner_staff) = (Stage::HandedOver, Some(who));
    banquets::put_in(tx, &banquet, Stage::HandedOver.name()).await?;
    asks::end_in(tx, id, "answered").await?;
    follow_ups::close_about(tx, &banquets::subject(id), BANQUET, Stage::HandedOver.name()).await
}
