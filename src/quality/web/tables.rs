//! A month as tables to keep: a line for each sheet, and a line for each operator.

use super::super::sheet::Mark;
use super::month::Page;
use super::say;
use crate::web::table::{Book, Cell, Sheet};

/// Both tables, the one that was asked for first: a CSV has no more than that.
pub(super) fn book(page: &Page, operators: bool) -> Book {
    let (sheets, sums) = (sheets(page), sums(page));
    Book {
        name: format!("{} {}", page.frame.l.quality_title(), page.month),
        sheets: if operators { vec![sums, sheets] } else { vec![sheets, sums] },
    }
}

/// A line for each sheet, with its notes.
fn sheets(page: &Page) -> Sheet {
    let l = &page.frame.l;
    let mut headings: Vec<String> = vec![
        l.quality_col_call().to_string(),
        l.quality_col_day().to_string(),
        l.quality_col_when().to_string(),
        l.quality_operator().to_string(),
        l.quality_col_origin().to_string(),
    ];
    for (clause, title, _) in &page.view.titles {
        headings.push(format!("{clause} {title}"));
        headings.push(format!("{clause} {}", l.quality_note()));
    }
    headings.extend([l.quality_scored_by().to_string(), l.quality_scored_at().to_string()]);
    let mut rows = Vec::with_capacity(page.items.len());
    for (sheet, row) in page.items.iter().zip(&page.view.rows) {
        let words = [&sheet.date, &row.when, &row.name, &row.origin];
        let mut cells = vec![Cell::Number(sheet.call.0)];
        cells.extend(words.map(|word| Cell::Text(word.clone())));
        for (item, mark) in sheet.items.iter().zip(&row.marks) {
            let mark = if item.mark.is_some() { mark.text.clone() } else { String::new() };
            cells.extend([Cell::Text(mark), Cell::Text(item.note.clone())]);
        }
        let at = sheet.scored_at.map(|at| page.frame.spelling.moment(at)).unwrap_or_default();
        cells.extend([Cell::Text(row.by.clone()), Cell::Text(at)]);
        rows.push(cells);
    }
    Sheet { name: l.quality_csv().to_string(), headings, rows }
}

/// A line for each operator.
fn sums(page: &Page) -> Sheet {
    let l = &page.frame.l;
    let mut headings: Vec<String> = vec![
        l.quality_operator().to_string(),
        l.quality_sheets().to_string(),
        l.quality_drawn().to_string(),
        l.quality_open().to_string(),
        l.quality_faultless().to_string(),
    ];
    for (clause, title, _) in &page.view.titles {
        let marks =
            Mark::ALL.iter().map(|mark| format!("{clause} {title} {}", say::mark(l, *mark)));
        headings.extend(marks);
        headings.push(format!("{clause} {title} %"));
    }
    let mut rows = Vec::with_capacity(page.operators.len());
    for one in &page.operators {
        let month = &one.month;
        let mut cells = vec![Cell::Text(one.operator.name.clone())];
        let counts = [month.sheets, month.drawn, month.open, month.faultless];
        cells.extend(counts.map(Cell::Number));
        for share in &month.items {
            cells.extend([share.met, share.not_met, share.not_heard].map(Cell::Number));
            // the column says per cent; nothing over nothing is no number
            cells.push(Cell::Permille(share.permille));
        }
        rows.push(cells);
    }
    Sheet { name: l.quality_csv_operators().to_string(), headings, rows }
}
