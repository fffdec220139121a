//! The dock beside the ringing calls: whom to call back, what this reader owes, whose answer is
//! missing; and what rooms above add to it.

use super::super::agenda::{Agenda, AgendaAct, AgendaItem, preparation};
use super::super::known::{Link, Tag};
use super::super::missed::store as ledger;
use super::{Panel, number_for_people, outcome_word, sight};
use crate::db;
use crate::followups::{self, FollowUp};
use crate::kernel::{Closed, Role, StaffId, masked};
use crate::notices::{self, Notice};
use crate::web::{OnDuty, Want};
use crate::words::{self, Messages};

/// So many items stand under a heading.
const SHOWN: usize = 4;
/// So many follow-ups and notices are counted.
const COUNTED: i64 = 100;

/// Everything a reader has to do, by heading; headings without items are left out.
pub(super) async fn dock(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    closed: &Closed,
) -> db::Result<Vec<Agenda>> {
    let mut dock = vec![owed(want, reader, closed).await?, due(want, reader).await?];
    dock.push(unanswered(want, reader).await?);
    for room in &*panel.agendas {
        dock.push(room.agenda(want, reader).await?);
    }
    Ok(dock.into_iter().flatten().filter(|agenda| !agenda.items.is_empty()).collect())
}

fn all(want: &Want, href: &str) -> Link {
    Link { href: href.to_owned(), label: want.messages().calls_filter_all().to_string() }
}

/// Missed calls whose callers wait: by name where the house knows it, with who owes the call.
async fn owed(want: &Want, reader: &OnDuty, closed: &Closed) -> db::Result<Option<Agenda>> {
    let (l, spelling, db) = (want.messages(), want.spelling(), &want.kit.db);
    let count = ledger::count_owed(db).await?;
    if count == 0 {
        return Ok(None);
    }
    // a withheld number cannot be called back, so nobody owes it anything
    let filter =
        ledger::Filter { closed: false, withheld_since: want.now.plus_millis(1), after: None };
    let (debts, _) = ledger::page(db, filter, SHOWN).await?;
    let sees = reader.sees_numbers();
    let writes = sight::writes(reader) && reader.in_browser();
    let item = |debt: ledger::Debt| {
        let (debt, hidden) = debt.seen(closed);
        let whole = sees && !hidden;
        let number = debt.number.as_deref();
        let name = debt.caller_display.clone().filter(|_| whole || hidden);
        let shown = number.map(|number| match (whole, hidden) {
            (true, _) => number_for_people(number),
            (false, true) => number.to_owned(),
            (false, false) => masked(number),
        });
        let role: Option<Role> = debt.role.as_deref().and_then(|word| word.parse().ok());
        let mine = debt.staff.is_some() && debt.staff == reader.staff();
        let owner = match (&debt.staff_name, role) {
            (Some(_), _) if mine => l.calls_me().to_string(),
            (Some(name), _) => name.clone(),
            (None, Some(role)) => l.missed_any_of(words::role(&l, role)).to_string(),
            (None, None) => String::new(),
        };
        let times = (debt.calls > 1).then(|| l.missed_times(debt.calls).to_string());
        let ended = debt.outcome.as_deref().map(|word| outcome_word(&l, word));
        let date = want.kit.day.date(debt.last_at);
        let today = date == want.kit.day.date(want.now);
        let rang = Some(if today { spelling.minute(debt.last_at) } else { spelling.day(date) });
        let parts = [rang, times.or(ended), Some(owner).filter(|owner| !owner.is_empty())];
        let purpose = l.calls_purpose_callback().to_string();
        let about = format!("calls/{}", debt.last_call);
        let taken = mine && debt.state.as_deref() == Some("doing");
        let claim = AgendaAct {
            action: format!("/calls/missed/{}/claim", debt.id),
            label: l.missed_claim().to_string(),
            key: 't',
        };
        let item = AgendaItem {
            href: format!("/calls/{}", debt.last_call),
            text: name.or(shown).unwrap_or_else(|| l.missed_withheld().to_string()),
            aside: joined(&l, parts),
            tag: taken.then(|| Tag { text: l.missed_mine().to_string(), tint: "ta" }),
            call: writes.then(|| preparation(number.filter(|_| whole), &purpose, &about)),
            acts: Some(claim).filter(|_| writes && !taken).into_iter().collect(),
            ..AgendaItem::default()
        };
        match debt.due_at {
            Some(at) => item.due(&l, spelling, at, want.now),
            None => item,
        }
    };
    Ok(Some(Agenda {
        kind: "missed_calls",
        title: l.missed_open().to_string(),
        count,
        all: Some(all(want, "/calls/missed")),
        items: debts.into_iter().map(item).collect(),
    }))
}

/// What this reader owes beside calls, the most urgent first.
async fn due(want: &Want, reader: &OnDuty) -> db::Result<Option<Agenda>> {
    let (l, spelling) = (want.messages(), want.spelling());
    let (staff, roles) = (reader.staff(), &reader.roles);
    let found = followups::store::to_do(&want.kit.db, staff, roles, COUNTED).await?;
    let writes = sight::writes(reader) && reader.in_browser();
    let item = |listed: &followups::store::Listed| {
        let one: &FollowUp = &listed.follow_up;
        let text = reader.closed.text(&followups::said(&l, one));
        let tried =
            (listed.attempts > 0).then(|| l.followups_attempts(listed.attempts).to_string());
        let role = one.role.filter(|_| one.staff.is_none());
        let owner = role.map(|role| l.missed_any_of(words::role(&l, role)).to_string());
        // whoever is away with a guest has left this to the reader
        let absent = listed
            .staff_name
            .as_deref()
            .filter(|_| listed.stand_in.is_some() && listed.stand_in == staff);
        let owner = owner.or(absent.map(|name| l.followups_instead_of(name).to_string()));
        let done = AgendaAct {
            action: format!("/follow-ups/{}/completion", one.id),
            label: l.followups_done().to_string(),
            key: 'd',
        };
        // an approval is granted or refused on its own page, a complaint is closed in words
        let decides = one.kind == "approval";
        let by_key = reader.in_browser() && !decides && one.kind != "complaint";
        let own = format!("follow-ups/{}", one.id);
        let item = AgendaItem {
            href: if decides { "/bookings/approvals".to_owned() } else { format!("/{own}") },
            aside: joined(&l, [owner, tried]),
            call: (writes && !decides).then(|| preparation(None, &text, &own)),
            acts: Some(done).filter(|_| by_key).into_iter().collect(),
            text,
            ..AgendaItem::default()
        };
        item.due(&l, spelling, one.due_at, want.now)
    };
    Ok(Some(Agenda {
        kind: "follow_ups",
        title: l.calls_agenda_due().to_string(),
        count: found.len(),
        all: Some(all(want, "/follow-ups")),
        items: found.iter().take(SHOWN).map(item).collect(),
    }))
}

/// What this reader sent and somebody has not answered: by name.
async fn unanswered(want: &Want, reader: &OnDuty) -> db::Result<Option<Agenda>> {
    let Some(staff) = reader.staff() else { return Ok(None) };
    let (l, spelling) = (want.messages(), want.spelling());
    let sent = notices::store::sent_by(&want.kit.db, staff, COUNTED).await?;
    let waits = |notice: &&Notice| others(notice, staff).next().is_some();
    let found: Vec<&Notice> = sent.iter().filter(waits).collect();
    let item = |notice: &&Notice| {
        let missing: Vec<&str> = others(notice, staff).collect();
        let asked = notice.receipts.len();
        let answered = l.calls_agenda_answered(notice.acked(), asked).to_string();
        AgendaItem {
            href: format!("/notices/{}", notice.id),
            text: reader.closed.text(notice.said.to(want.language)),
            aside: joined(&l, [Some(spelling.minute(notice.sent_at)), Some(missing.join(" "))]),
            tag: Some(Tag { text: answered, tint: "t3" }),
            ..AgendaItem::default()
        }
    };
    Ok(Some(Agenda {
        kind: "notices",
        title: l.calls_agenda_unanswered().to_string(),
        count: found.len(),
        all: Some(all(want, "/notices?state=open")),
        items: found.iter().take(SHOWN).map(item).collect(),
    }))
}

/// The others who have not answered a notice that has to be answered.
fn others(notice: &Notice, staff: StaffId) -> impl Iterator<Item = &str> {
    let asked = notice.must_ack && !notice.state.is_over();
    let missing = notice.missing().filter(move |one| asked && one.staff != staff);
    missing.map(|one| one.name.as_str())
}

fn joined<const N: usize>(l: &Messages, parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(&l.layout_dot().to_string())
}
