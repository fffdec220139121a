//! Faults and orders without the numbers their reader is not to be told, and what such a reader writes
//! made whole again.

use super::super::order::Order;
use super::super::store::orders;
use super::super::store::reports::{Figures, Kept, Line};
use super::super::ticket::Ticket;
use super::intake::Fields;
use crate::db::Db;
use crate::kernel::{Closed, digits, unhidden};
use crate::web::{OnDuty, Problem};
use crate::words::Messages;

/// What is written of a fault, the number apart.
fn texts(ticket: &mut Ticket) -> [&mut String; 12] {
    [
        &mut ticket.caller_name,
        &mut ticket.company,
        &mut ticket.place,
        &mut ticket.serial,
        &mut ticket.need,
        &mut ticket.purpose,
        &mut ticket.symptom,
        &mut ticket.tried,
        &mut ticket.plan,
        &mut ticket.solution,
        &mut ticket.cause,
        &mut ticket.reason,
    ]
}

/// Takes closed numbers out of a fault.
pub(super) fn clear(ticket: &mut Ticket, closed: &Closed) {
    if closed.is_empty() {
        return;
    }
    ticket.caller_number = closed.number(std::mem::take(&mut ticket.caller_number));
    for text in texts(ticket) {
        *text = closed.text(text);
    }
}

fn texts_of_order(order: &mut Order) -> [&mut String; 11] {
    [
        &mut order.tasks,
        &mut order.ticked,
        &mut order.tools,
        &mut order.instructions,
        &mut order.cause,
        &mut order.work_done,
        &mut order.parts,
        &mut order.readings,
        &mut order.next_step,
        &mut order.customer,
        &mut order.unsigned_why,
    ]
}

/// Takes closed numbers out of what is written of an order.
pub(super) fn clear_order(order: &mut Order, closed: &Closed) {
    if closed.is_empty() {
        return;
    }
    for text in texts_of_order(order) {
        *text = closed.text(text);
    }
}

/// Takes closed numbers out of what a summary names and says.
pub(super) fn clear_summary(figures: &mut Figures, kept: Option<&mut Kept>, closed: &Closed) {
    if closed.is_empty() {
        return;
    }
    let named = [&mut figures.categories, &mut figures.companies, &mut figures.sites];
    for one in named.into_iter().flatten() {
        one.name = closed.text(&one.name);
    }
    for one in &mut figures.repeats {
        for text in [&mut one.company, &mut one.place, &mut one.serial] {
            *text = closed.text(text);
        }
    }
    if let Some(kept) = kept {
        kept.remarks = closed.text(&kept.remarks);
        kept.answer = closed.text(&kept.answer);
    }
}

/// Takes closed numbers out of the faults of a summary.
pub(super) fn clear_lines(lines: &mut [Line], closed: &Closed) {
    if closed.is_empty() {
        return;
    }
    for line in lines {
        let texts = [&mut line.company, &mut line.place, &mut line.serial, &mut line.symptom];
        for text in texts {
            *text = closed.text(text);
        }
    }
}

/// Takes closed numbers out of what stands in a form.
pub(super) fn clear_form(l: &Messages, form: &mut Fields, closed: &Closed) {
    if closed.is_empty() {
        return;
    }
    form.caller_number = closed.number(std::mem::take(&mut form.caller_number));
    for (_, text) in texts_of_form(form) {
        *text = closed.text(text);
    }
    if form.read.is_some() {
        form.read = Some(form.aloud(l).words());
    }
}

fn texts_of_form(form: &mut Fields) -> [(&'static str, &mut String); 9] {
    [
        ("caller_name", &mut form.caller_name),
        ("company", &mut form.company),
        ("place", &mut form.place),
        ("serial", &mut form.serial),
        ("need", &mut form.need),
        ("purpose", &mut form.purpose),
        ("symptom", &mut form.symptom),
        ("tried", &mut form.tried),
        ("plan", &mut form.plan),
    ]
}

/// Puts the numbers back that the writer was not shown and left in their places; the fields in which
/// one would be lost.
fn kept(form: &mut Fields, before: &Fields, reader: &OnDuty) -> Vec<&'static str> {
    form.caller_number = unhidden(&form.caller_number, &before.caller_number);
    let mut before = before.clone();
    let texts = texts_of_form(form).into_iter().zip(texts_of_form(&mut before));
    let lost = texts.filter_map(|((field, text), (_, before))| {
        (!reader.put_back(text, before)).then_some(field)
    });
    lost.collect()
}

/// The same of a form that was sent; 422 where a number would be lost.
pub(super) fn put_back(form: &mut Fields, before: &Fields, reader: &OnDuty) -> Result<(), Problem> {
    let lost = kept(form, before, reader).into_iter();
    let wrong = lost.fold(Problem::rules(), |problem, field| {
        problem.field(field, |l| l.calls_wrong_hidden().to_string())
    });
    if wrong.has_fields() { Err(wrong) } else { Ok(()) }
}

/// What a page showed, whole again as far as can be told, so that only what was changed is compared.
pub(super) fn whole(mut base: Fields, now: &Fields, reader: &OnDuty) -> Fields {
    kept(&mut base, now, reader);
    base
}

/// A number that stood in this field would be lost (422).
pub(super) fn lost(field: &'static str) -> Problem {
    Problem::rules().field(field, |l| l.calls_wrong_hidden().to_string())
}

/// Whether a fault is found by what its reader may know of it and of its orders: digit by digit a number
/// could be guessed by what is found.
pub(super) async fn finds(
    db: &Db,
    ticket: &Ticket,
    q: &str,
    closed: &Closed,
) -> crate::db::Result<bool> {
    let asked = digits(q);
    let back: String = asked.chars().rev().collect();
    let is_touched = closed.reversed().any(|(one, _)| one.contains(&back) || back.contains(&one));
    if asked.is_empty() || !is_touched {
        return Ok(true);
    }
    let says = |text: &str| digits(text).contains(&asked);
    let mut ticket = ticket.clone();
    clear(&mut ticket, closed);
    if says(&ticket.no)
        || says(&ticket.caller_number)
        || texts(&mut ticket).into_iter().any(|text| says(text))
    {
        return Ok(true);
    }
    let mut orders = orders::of_ticket(db, ticket.id).await?;
    for order in &mut orders {
        clear_order(order, closed);
    }
    Ok(orders.iter().any(|order| says(&order.no))
        || orders.iter_mut().flat_map(texts_of_order).any(|text| says(text)))
}

/// Those of several that are found so.
pub(super) async fn found(
    db: &Db,
    all: Vec<Ticket>,
    q: &str,
    closed: &Closed,
) -> crate::db::Result<Vec<Ticket>> {
    let mut found = Vec::with_capacity(all.len());
    for ticket in all {
        if finds(db, &ticket, q, closed).await? {
            found.push(ticket);
        }
    }
    Ok(found)
}
