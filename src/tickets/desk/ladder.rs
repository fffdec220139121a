//! Offering an order, and who is asked next when nobody answers: the next on the ladder, then the head.

use super::Desk;
use crate::db::{self, Tx};
use crate::kernel::{Role, StaffId};
use crate::tickets::dispatch::{Candidate, answer_within_ms, first};
use crate::tickets::neighbours::{NOBODY, PASSED_ON, Told, Whom};
use crate::tickets::order::{Details, Order, Pictures, Refusal, State, Verb};
use crate::tickets::store;
use crate::tickets::store::offers;
use crate::tickets::store::orders::{self, NewEvent};
use crate::tickets::ticket::Ticket;
use crate::words::{self, Said, Spelling};

impl Desk {
    /// Issues a draft to a crew and offers it to the lead.
    pub(super) async fn issue_in(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        order: &mut Order,
        crew: &[StaffId],
        chosen: Option<&Candidate>,
    ) -> db::Result<Result<(), Refusal>> {
        let Some(&lead) = crew.first() else { return Ok(Err(Refusal::NoCrew)) };
        let (before, now) = (order.state, tx.now());
        if let Err(why) = order.act(Verb::Issue, &Details::default(), now, Pictures::default()) {
            return Ok(Err(why));
        }
        order.round = ticket.reopened;
        let mut together = vec![lead];
        for one in crew {
            if !together.contains(one) {
                together.push(*one);
            }
        }
        orders::set_crew(tx, order.id, &together).await?;
        orders::save(tx, order, "issued").await?;
        let text = orders::named(&orders::crew_in(tx, order.id).await?);
        let event =
            NewEvent { op_id: None, verb: Verb::Issue, at: now, applied: true, text: &text };
        // who says no sends nobody: the next is asked by the house
        let by = tx.by().filter(|by| order.issued_by == Some(*by));
        orders::event_of(tx, order, before, &event, by).await?;
        self.neighbours.found(tx, format!("faults/{}", ticket.no)).await?;
        let why = chosen.map(|one| self.reason(one)).unwrap_or_default();
        self.offer_to(tx, ticket, order, lead, (&why, false)).await?;
        if chosen.is_some_and(|one| one.staff_id == lead && one.offline_ms.is_some()) {
            // their telephone hears nothing: somebody's voice does (operations.md §4.11)
            let due = now.plus_millis(answer_within_ms(ticket.priority));
            self.to_be_phoned(tx, ticket, order, lead, due).await?;
        }
        Ok(Ok(()))
    }

    /// Asks the lead to take the order, within the time that its priority leaves; `again` after it was taken back.
    pub(super) async fn offer_to(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        order: &Order,
        lead: StaffId,
        (why, again): (&str, bool),
    ) -> db::Result<()> {
        let by = tx.now().plus_millis(answer_within_ms(ticket.priority));
        offers::offer(tx, order.id, lead, by, why).await?;
        let told = Told {
            about: format!("work-orders/{}", order.no),
            event: "offered",
            title: Said::of(|l| {
                l.tickets_tell_offer(order.no.as_str(), ticket.priority).to_string()
            }),
            text: Said::with(|l, language| {
                let until = Spelling { language, zone: self.day.zone }.minute(by);
                let (company, place) = (ticket.company.as_str(), ticket.place.as_str());
                l.tickets_tell_offer_text(ticket.symptom.as_str(), company, place, until)
                    .to_string()
            }),
            whom: Whom::People(vec![lead]),
            answer: true,
            urgent: ticket.priority <= 2,
            stands: again,
        };
        self.neighbours.tell(tx, told).await
    }

    /// After a refusal or silence: the next who is there and can do it, or else the head.
    pub(super) async fn next_on_ladder(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        order: &mut Order,
        ladder: Vec<Candidate>,
    ) -> db::Result<()> {
        let crew = orders::crew_in(tx, order.id).await?;
        let was = crew.iter().find(|mate| mate.lead).map(|mate| mate.staff_id);
        let left: Vec<Candidate> =
            ladder.into_iter().filter(|one| Some(one.staff_id) != was).collect();
        if let Some(next) = first(&left) {
            let mut together = vec![next.staff_id];
            together.extend(crew.iter().map(|mate| mate.staff_id).filter(|one| Some(*one) != was));
            // a refusal leaves the order as it is: somebody else was quicker
            return self.issue_in(tx, ticket, order, &together, Some(next)).await.map(|_| ());
        }
        orders::set_crew(tx, order.id, &[]).await?;
        self.nobody(tx, ticket, &order.no).await
    }

    /// 无人可派: the head is told at once.
    pub(crate) async fn nobody(&self, tx: &mut Tx, ticket: &Ticket, order: &str) -> db::Result<()> {
        store::note(tx, ticket.id, "nobody", order).await?;
        store::record(tx, &ticket.no, "nobody", ticket.version);
        let told = Told {
            about: format!("faults/{}", ticket.no),
            event: NOBODY,
            title: Said::of(|l| {
                l.tickets_tell_nobody(ticket.no.as_str(), ticket.priority).to_string()
            }),
            text: fault_said(ticket),
            whom: Whom::Role(Role::Head),
            answer: true,
            urgent: true,
            stands: true,
        };
        self.neighbours.tell(tx, told).await
    }

    /// Who sent the order hears that it was taken.
    pub(super) async fn tell_issuer(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        order: &Order,
        event: &'static str,
    ) -> db::Result<()> {
        let Some(issuer) = order.issued_by.filter(|issuer| Some(*issuer) != tx.by()) else {
            return Ok(());
        };
        let told = Told {
            about: format!("work-orders/{}", order.no),
            event,
            title: Said::of(|l| l.tickets_tell_accepted(order.no.as_str()).to_string()),
            text: ticket.symptom.clone().into(),
            whom: Whom::People(vec![issuer]),
            answer: false,
            urgent: false,
            stands: false,
        };
        self.neighbours.tell(tx, told).await
    }

    /// 求助: who sent the engineer hears it, or the desk; by every way and with an answer.
    pub(super) async fn help(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        order: &Order,
        why: &str,
    ) -> db::Result<()> {
        store::note(tx, ticket.id, "help", why).await?;
        let crew = orders::crew_in(tx, order.id).await?;
        let who = crew.iter().find(|mate| Some(mate.staff_id) == tx.by()).or(crew.first());
        let who = who.map(|mate| mate.name.clone()).unwrap_or_default();
        let told = Told {
            about: format!("faults/{}", ticket.no),
            event: "help",
            title: Said::of(|l| l.tickets_tell_help(order.no.as_str(), who.as_str()).to_string()),
            text: why.to_owned().into(),
            whom: match order.issued_by {
                Some(issuer) => Whom::OrElse(issuer, Role::Operator),
                None => Whom::Role(Role::Operator),
            },
            answer: true,
            urgent: true,
            stands: false,
        };
        self.neighbours.tell(tx, told).await
    }

    /// Who asked for help hears that somebody takes care of it, and who.
    pub(super) async fn tell_helped(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        asked: &[StaffId],
    ) -> db::Result<()> {
        let by = tx.by();
        let Some(who) = self.me(tx).await? else { return Ok(()) };
        for order in orders::of_ticket_in(tx, ticket.id).await? {
            if order.state == State::Draft || order.state == State::Recalled {
                continue;
            }
            let crew = orders::crew_in(tx, order.id).await?;
            let theirs = crew.iter().any(|mate| asked.contains(&mate.staff_id));
            // the desk may have asked for them
            let told = |mate: &&orders::Mate| {
                let waits = if theirs { asked.contains(&mate.staff_id) } else { mate.lead };
                waits && Some(mate.staff_id) != by
            };
            let whom: Vec<StaffId> = crew.iter().filter(told).map(|mate| mate.staff_id).collect();
            if whom.is_empty() {
                continue;
            }
            let told = Told {
                about: format!("work-orders/{}", order.no),
                event: "helping",
                title: Said::of(|l| {
                    l.tickets_tell_helping(order.no.as_str(), who.as_str()).to_string()
                }),
                text: fault_said(ticket),
                whom: Whom::People(whom),
                answer: false,
                urgent: true,
                stands: true,
            };
            self.neighbours.tell(tx, told).await?;
        }
        Ok(())
    }

    /// The name of whoever does this; `None` is the house.
    async fn me(&self, tx: &mut Tx) -> db::Result<Option<String>> {
        match tx.by() {
            Some(by) => store::people::name_in(tx, by).await,
            None => Ok(None),
        }
    }

    /// An engineer is asked what to do.
    pub(super) async fn ask(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        whom: StaffId,
        question: &str,
    ) -> db::Result<()> {
        let fault = fault_said(ticket);
        let told = Told {
            about: format!("faults/{}", ticket.no),
            event: "consult",
            title: Said::of(|l| l.tickets_tell_consult(ticket.no.as_str()).to_string()),
            text: Said::with(|_, language| format!("{question}\n{}", fault.to(language))),
            whom: Whom::People(vec![whom]),
            answer: true,
            urgent: ticket.priority <= 2,
            stands: true,
        };
        self.neighbours.tell(tx, told).await
    }

    /// Those who come along hear with whom, once the lead has said yes.
    pub(super) async fn tell_mates(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        order: &Order,
    ) -> db::Result<()> {
        let crew = orders::crew_in(tx, order.id).await?;
        let lead = crew.iter().find(|mate| mate.lead).map(|mate| mate.name.clone());
        let mates: Vec<StaffId> =
            crew.iter().filter(|mate| !mate.lead).map(|mate| mate.staff_id).collect();
        let Some(lead) = lead.filter(|_| !mates.is_empty()) else { return Ok(()) };
        let told = Told {
            about: format!("work-orders/{}", order.no),
            event: "joined",
            title: Said::of(|l| {
                l.tickets_tell_joined(order.no.as_str(), lead.as_str()).to_string()
            }),
            text: fault_said(ticket),
            whom: Whom::People(mates),
            answer: false,
            urgent: ticket.priority <= 2,
            stands: false,
        };
        self.neighbours.tell(tx, told).await
    }

    /// Whose time for an answer ran out hears who is asked now: the job leaves their page.
    pub(super) async fn tell_silent(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        order: &Order,
        silent: StaffId,
    ) -> db::Result<()> {
        let crew = orders::crew_in(tx, order.id).await?;
        let next = crew.iter().find(|mate| mate.lead).map(|mate| mate.name.clone());
        let told = Told {
            about: format!("work-orders/{}", order.no),
            event: PASSED_ON,
            title: Said::of(|l| match next.as_deref() {
                Some(next) => l.tickets_tell_passed_on(order.no.as_str(), next).to_string(),
                None => l.tickets_tell_passed_back(order.no.as_str()).to_string(),
            }),
            text: fault_said(ticket),
            whom: Whom::People(vec![silent]),
            answer: false,
            urgent: false,
            stands: true,
        };
        self.neighbours.tell(tx, told).await
    }

    /// The crew hears that the order was taken back, and why.
    pub(super) async fn tell_crew(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        order: &Order,
        why: &str,
    ) -> db::Result<()> {
        let crew: Vec<StaffId> =
            orders::crew_in(tx, order.id).await?.iter().map(|mate| mate.staff_id).collect();
        store::note(tx, ticket.id, "recalled", why).await?;
        if crew.is_empty() {
            return Ok(());
        }
        let who = self.me(tx).await?;
        let told = Told {
            about: format!("work-orders/{}", order.no),
            event: "recalled",
            title: Said::of(|l| match who.as_deref() {
                Some(who) => l.tickets_tell_recalled_by(order.no.as_str(), who).to_string(),
                None => l.tickets_tell_recalled(order.no.as_str()).to_string(),
            }),
            text: why.to_owned().into(),
            whom: Whom::People(crew),
            answer: false,
            urgent: true,
            stands: true,
        };
        self.neighbours.tell(tx, told).await
    }

    /// Why this engineer, in words.
    pub(crate) fn reason(&self, one: &Candidate) -> String {
        reason(&words::of(self.language), one)
    }
}

/// What a fault is, for whoever is told of it.
pub(crate) fn fault_said(ticket: &Ticket) -> Said {
    Said::of(|l| {
        let (company, place) = (ticket.company.as_str(), ticket.place.as_str());
        l.tickets_tell_fault(ticket.symptom.as_str(), company, place).to_string()
    })
}

/// Why this engineer, in words of a language.
pub(crate) fn reason(l: &words::Messages, one: &Candidate) -> String {
    let mut why = Vec::new();
    if one.on_duty {
        why.push(l.tickets_why_on_duty().to_string());
    } else if let Some(rank) = one.on_call {
        why.push(l.tickets_why_on_call(rank).to_string());
    } else {
        why.push(l.tickets_why_off().to_string());
    }
    if one.away {
        why.push(l.tickets_why_away().to_string());
    }
    why.push(
        if one.skilled { l.tickets_why_skilled() } else { l.tickets_why_unskilled() }.to_string(),
    );
    if one.near {
        why.push(l.tickets_why_near().to_string());
    }
    if one.asked {
        why.push(l.tickets_why_asked().to_string());
    }
    if let Some(silent) = one.offline_ms {
        why.push(l.tickets_why_offline(silent / 60_000).to_string());
    }
    why.push(match one.load_minutes {
        0 => l.tickets_why_free().to_string(),
        minutes => l.tickets_why_load(minutes).to_string(),
    });
    why.push(idle(l, one.idle_ms));
    why.join(&l.layout_dot().to_string())
}

/// How long ago somebody was last sent, in words.
fn idle(l: &words::Messages, idle_ms: Option<i64>) -> String {
    const MINUTE_MS: i64 = 60_000;
    const HOUR_MS: i64 = 60 * MINUTE_MS;
    const DAY_MS: i64 = 24 * HOUR_MS;
    match idle_ms {
        None => l.tickets_why_never().to_string(),
        Some(idle) if idle < HOUR_MS => l.tickets_why_minutes(idle / MINUTE_MS).to_string(),
        Some(idle) if idle < DAY_MS => l.tickets_why_hours(idle / HOUR_MS).to_string(),
        Some(idle) => l.tickets_why_days(idle / DAY_MS).to_string(),
    }
}
