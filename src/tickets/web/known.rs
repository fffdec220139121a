//! What the desk is told of a caller's faults, before it speaks.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;

use super::super::store;
use super::super::store::visits::Visit;
use super::READERS;
use super::say;
use super::views::{self, TicketView};
use crate::calls::{
    Beside, Call, CallerKey, Kind, KnowsCall, KnowsCaller, Link, Links, Section, SectionLine, Tag,
    Way, Whom,
};
use crate::db::{self, Db};
use crate::kernel::CallId;
use crate::outbox::store::people;
use crate::web::{OnDuty, Want};

/// Open faults of a caller, and whether a call led to one.
pub struct KnowsFaults;

impl KnowsCall for KnowsFaults {
    fn beside<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        call: &'a Call,
    ) -> BoxFuture<'a, db::Result<Option<Beside>>> {
        Box::pin(async move {
            if !reader.roles.has_any(READERS) {
                return Ok(None);
            }
            let l = want.messages();
            let found = store::of_call(&want.kit.db, call.id).await?;
            Ok(found.last().map(|newest| Beside {
                icon: "wrench",
                label: l.tickets_of_call(newest.no.as_str()).to_string(),
                tag: Some(Tag {
                    text: say::state(&l, newest.state),
                    tint: if newest.state.is_open() { "ti" } else { "t1" },
                }),
                way: Way::See(format!("/faults/{}", newest.no)),
            }))
        })
    }

    fn grown<'a>(
        &'a self,
        db: &'a Db,
        calls: &'a [CallId],
    ) -> BoxFuture<'a, db::Result<BTreeMap<CallId, Links>>> {
        Box::pin(async move {
            let grown = store::grown::of(db, calls).await?.into_iter();
            Ok(grown.map(|(call, faults)| (call, Links { faults, ..Links::default() })).collect())
        })
    }

    fn has_made<'a>(
        &'a self,
        db: &'a Db,
        call: CallId,
        kind: Kind,
    ) -> BoxFuture<'a, db::Result<bool>> {
        Box::pin(
            async move { Ok(kind == Kind::Fault && !store::of_call(db, call).await?.is_empty()) },
        )
    }
}

impl KnowsCaller for KnowsFaults {
    fn about<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        caller: &'a CallerKey,
    ) -> BoxFuture<'a, db::Result<Vec<Section>>> {
        Box::pin(async move {
            if !reader.roles.has_any(READERS) {
                return Ok(vec![]);
            }
            let db = &want.kit.db;
            let card = caller.company.or(caller.contact);
            let site = match card {
                Some(card) => {
                    let sites = store::places::sites_of(db, Some(card.0), "").await?;
                    if let [only] = sites.as_slice() { Some(only.id) } else { None }
                }
                None => None,
            };
            let numbers = &caller.numbers[..caller.numbers.len().min(5)];
            let open = store::alike(db, &caller.numbers, site, "", 0).await?;
            let mut lately = Vec::new();
            for number in numbers {
                lately.extend(store::again::lately(db, number, want.now).await?);
            }
            let l = want.messages();
            let again = store::again::repeated(&lately)
                .map(|(one, times)| l.tickets_known_again(times, one.no.as_str()).to_string());
            let visit = store::visits::last(db, numbers, site).await?;
            if open.is_empty() && again.is_none() && visit.is_none() {
                return Ok(vec![]);
            }
            let names = views::names(db).await?;
            let open = views::tickets(want, reader, open, &names).await?;
            let mut section = section(want, &open);
            section.warnings.splice(0..0, again);
            section.lines.extend(visit.map(|visit| last_on_site(want, visit)));
            Ok(vec![section])
        })
    }

    fn whom<'a>(&'a self, db: &'a Db, subject: &'a str) -> BoxFuture<'a, db::Result<Option<Whom>>> {
        Box::pin(async move {
            if let Some(no) = subject.strip_prefix("work-orders/") {
                return lead(db, no).await;
            }
            let Some(no) = subject.strip_prefix("faults/") else { return Ok(None) };
            let ticket = store::by_no(db, no).await?;
            let ticket = ticket.filter(|ticket| !ticket.caller_number.is_empty());
            Ok(ticket.map(|one| Whom { number: one.caller_number, name: one.caller_name }))
        })
    }
}

/// Who is to be telephoned about an order: whoever leads it, by their extension or else their mobile.
async fn lead(db: &Db, no: &str) -> db::Result<Option<Whom>> {
    let Some(order) = store::orders::by_no(db, no).await? else { return Ok(None) };
    let crew = store::orders::crew(db, order.id).await?;
    let Some(lead) = crew.into_iter().find(|mate| mate.lead) else { return Ok(None) };
    let known = people::people(db).await?.into_iter().find(|one| one.id == lead.staff_id);
    let number = known.and_then(|one| {
        let extension = one.extension.filter(|number| !number.is_empty());
        extension.or(Some(one.mobile).filter(|number| !number.is_empty()))
    });
    Ok(number.map(|number| Whom { number, name: lead.name }))
}

/// Who was there last: the caller may ask for them, and they know the place.
fn last_on_site(want: &Want, visit: Visit) -> SectionLine {
    SectionLine {
        href: Some(format!("/work-orders/{}", visit.no)),
        id: visit.no,
        text: want.messages().tickets_known_visit(visit.engineer).to_string(),
        aside: Some(want.spelling().moment(visit.arrived_at)),
        tag: None,
        meta: None,
        meta_tint: "",
    }
}

fn section(want: &Want, open: &[TicketView]) -> Section {
    let l = want.messages();
    let missed = open.iter().any(TicketView::is_missed);
    let line = |ticket: &TicketView| SectionLine {
        id: ticket.no.clone(),
        href: Some(format!("/faults/{}", ticket.no)),
        text: ticket.symptom.clone(),
        aside: Some(if ticket.plan.is_empty() {
            ticket.place.clone()
        } else {
            ticket.plan.clone()
        }),
        tag: Some(Tag { text: ticket.state_name.clone(), tint: ticket.priority_tint }),
        meta: ticket.worst().map(|bar| bar.said.clone()),
        meta_tint: ticket.worst().map_or("", |bar| bar.tint),
    };
    let promised = open.iter().filter_map(|ticket| {
        let at = ticket.promised_at?;
        Some(l.tickets_known_promised(ticket.no.as_str(), want.spelling().moment(at)).to_string())
    });
    Section {
        kind: "faults",
        title: l.tickets_known().to_string(),
        icon: "wrench",
        count: open.len(),
        tint: if missed { "c4" } else { "c2" },
        hint: open.first().map(|ticket| ticket.no.clone()),
        all: Some(Link { href: "/faults".to_owned(), label: l.tickets_board().to_string() }),
        lines: open.iter().take(4).map(line).collect(),
        warnings: promised.take(2).collect(),
    }
}
