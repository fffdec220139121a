//! The cards of a filter as a spreadsheet, which the import reads back.

use axum::response::Response;

use super::super::card::{Card, Label};
use super::super::sheet::MOST;
use super::super::sight::{MOVERS, without};
use super::super::store::{self, rules, search};
use super::list::Asked;
use super::say;
use crate::kernel::ContactId;
use crate::web::csv::Csv;
use crate::web::{Filter, Problem, Reader, Want};
use crate::words::Messages;

/// So many by words at most: more are not looked at.
const FOUND: usize = 4_000;
/// So many are read at once.
const CHUNK: usize = 500;

pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(MOVERS)?;
    let db = &want.kit.db;
    let (_, site) = rules::current(db).await?;
    let filter = asked.filter(&want, &reader).await?;
    let l = want.messages();
    let headings = headings(&l);
    let mut table = Csv::with_headings(headings.iter().map(String::as_str));
    let (mut before, mut written): (Option<ContactId>, usize) = (None, 0);
    let limit = if filter.q.is_some() { FOUND } else { CHUNK };
    loop {
        let found = search::find(db, &site, &filter, limit, before).await?;
        written += found.ids.len();
        // half a table would pass for a whole one; the import takes no more lines either
        if found.too_many || written > MOST {
            return Err(Problem::rule(|l| l.contacts_export_too_many().to_string()));
        }
        for ids in found.ids.chunks(CHUNK) {
            for card in store::cards(db, ids).await? {
                let card = without(card, &reader.closed);
                table.row(cells(&l, &card).iter().map(String::as_str));
            }
        }
        before = found.next;
        if before.is_none() {
            break;
        }
    }
    Ok(table.answer(&l.contacts_file_name().to_string()))
}

fn headings(l: &Messages) -> Vec<String> {
    vec![
        l.contacts_name().to_string(),
        l.contacts_form_of_address().to_string(),
        l.contacts_kind().to_string(),
        l.contacts_company().to_string(),
        "VIP".to_owned(),
        l.contacts_label_mobile().to_string(),
        l.contacts_column_work().to_string(),
        l.contacts_column_home().to_string(),
        l.contacts_label_fax().to_string(),
        l.contacts_column_other().to_string(),
        l.contacts_tags().to_string(),
        l.contacts_warning().to_string(),
        l.contacts_notes().to_string(),
    ]
}

fn cells(l: &Messages, card: &Card) -> Vec<String> {
    let numbers = |label: Label| {
        let lines = card.numbers.iter().filter(|line| line.label == label);
        let texts = lines.map(|line| match line.extension.as_str() {
            "" => line.number.clone(),
            extension => format!("{}转{extension}", line.number),
        });
        texts.collect::<Vec<_>>().join(";")
    };
    let vip = if card.vip { l.contacts_yes().to_string() } else { String::new() };
    let company = card.company.as_ref().map(|of| of.name.clone()).unwrap_or_default();
    let mut cells = vec![
        card.name.clone(),
        card.form_of_address.clone(),
        say::kind(l, card.kind),
        company,
        vip,
    ];
    cells.extend(Label::ALL.map(numbers));
    cells.extend([card.tags.join("、"), card.warning.clone(), card.notes.clone()]);
    cells
}
