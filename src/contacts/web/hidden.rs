//! Cards without the numbers their reader is not to be told, and what such a reader writes made whole
//! again.

use serde_json::Value;

use super::super::card::{Card, Draft, Line, Written};
use super::super::number::Number;
use super::super::sight::hides;
use super::form::typed;
use crate::kernel::{Closed, HIDDEN};
use crate::web::{OnDuty, Problem};

/// A draft as this reader may see it.
pub(super) fn draft(mut draft: Draft, closed: &Closed) -> Draft {
    if closed.is_empty() {
        return draft;
    }
    for entry in &mut draft.numbers {
        if closed.hides(entry.number.as_str()) || closed.hides(entry.number.extension()) {
            entry.number = Number::stored(HIDDEN.to_owned(), String::new());
            entry.as_written.clear();
        }
    }
    let texts = [&mut draft.name, &mut draft.form_of_address, &mut draft.warning, &mut draft.notes];
    for text in texts.into_iter().chain(&mut draft.tags) {
        *text = closed.text(text);
    }
    draft
}

/// The numbers of a card that were hidden, as they would be typed: `shown` of them were.
fn hidden(card: &Card, reader: &OnDuty, shown: usize) -> Option<Vec<String>> {
    let typed = typed(&card.written());
    let of = |closed: &Closed| {
        let lines = card.numbers.iter().zip(&typed.numbers);
        let lines = lines.filter(|(line, _)| hides(closed, line));
        let hidden: Vec<String> = lines.map(|(_, (_, text))| text.clone()).collect();
        (hidden.len() == shown).then_some(hidden)
    };
    // a look may have been granted since the form was opened
    of(&reader.closed).or_else(|| of(&reader.guarded))
}

fn is_hidden(text: &str) -> bool {
    text.trim() == HIDDEN
}

/// Puts the numbers back that the writer was not shown and left in their places. 422 where one would
/// be lost.
pub(super) fn put_back(written: &mut Written, card: &Card, reader: &OnDuty) -> Result<(), Problem> {
    let before = typed(&card.written());
    let mut problem = Problem::rules();
    let shown = written.numbers.iter().filter(|(_, text)| is_hidden(text)).count();
    let closed = card.numbers.iter().filter(|line| hides(&reader.closed, line)).count();
    // a form that was opened before anybody was restricted still has them
    let own = written.numbers.iter().filter(|(_, text)| reader.closed.hides(text)).count();
    let there = shown == 0 && own >= closed;
    match hidden(card, reader, shown) {
        Some(numbers) => {
            let places = written.numbers.iter_mut().filter(|(_, text)| is_hidden(text));
            for ((_, text), number) in places.zip(numbers) {
                *text = number;
            }
        }
        None if there => {}
        None => problem = problem.field("numbers", |l| l.calls_wrong_hidden().to_string()),
    }
    for (field, text, before) in [
        ("name", &mut written.name, &before.name),
        ("form_of_address", &mut written.form_of_address, &before.form_of_address),
        ("warning", &mut written.warning, &before.warning),
        ("notes", &mut written.notes, &before.notes),
        ("tags", &mut written.tags, &before.tags),
    ] {
        if !reader.put_back(text, before) {
            problem = problem.field(field, |l| l.calls_wrong_hidden().to_string());
        }
    }
    if problem.has_fields() { Err(problem) } else { Ok(()) }
}

/// The card from which a form was made, whole again, so that only what was changed is compared.
pub(super) fn whole(mut base: Draft, card: &Card, reader: &OnDuty) -> Draft {
    let shown = base.numbers.iter().filter(|entry| is_hidden(entry.number.as_str())).count();
    let mut of_card = card.numbers.iter().filter(|line| hides(&reader.guarded, line));
    if shown > 0 && hidden(card, reader, shown).is_some() {
        for entry in base.numbers.iter_mut().filter(|entry| is_hidden(entry.number.as_str())) {
            if let Some(Line { number, extension, as_written, .. }) = of_card.next() {
                entry.number = Number::stored(number.clone(), extension.clone());
                entry.as_written.clone_from(as_written);
            }
        }
    }
    let before = card.written();
    let texts = [
        (&mut base.name, &before.name),
        (&mut base.form_of_address, &before.form_of_address),
        (&mut base.warning, &before.warning),
        (&mut base.notes, &before.notes),
    ];
    for (text, before) in texts {
        let _put_back = reader.put_back(text, before);
    }
    base
}

/// A document of other rooms without these numbers.
pub(super) fn document(value: &mut Value, closed: &Closed) {
    match value {
        Value::String(text) => *text = closed.text(text),
        Value::Array(items) => items.iter_mut().for_each(|item| document(item, closed)),
        Value::Object(fields) => fields.values_mut().for_each(|field| document(field, closed)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
