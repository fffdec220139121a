//! A month as tables to keep: a line for each sheet, or a line for each operator.

use super::super::sheet::Mark;
use super::month::Page;
use super::say;
use crate::web::csv::Csv;

/// A line for each sheet, with its notes.
pub(super) fn sheets(page: &Page) -> Csv {
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
    let mut csv = Csv::with_headings(headings.iter().map(String::as_str));
    for (sheet, row) in page.items.iter().zip(&page.view.rows) {
        let mut cells: Vec<String> = vec![
            sheet.call.to_string(),
            sheet.date.clone(),
            row.when.clone(),
            row.name.clone(),
            row.origin.clone(),
        ];
        for (item, mark) in sheet.items.iter().zip(&row.marks) {
            cells.push(if item.mark.is_some() { mark.text.clone() } else { String::new() });
            cells.push(item.note.clone());
        }
        let at = sheet.scored_at.map(|at| page.frame.spelling.moment(at)).unwrap_or_default();
        cells.extend([row.by.clone(), at]);
        csv.row(cells.iter().map(String::as_str));
    }
    csv
}

/// A line for each operator.
pub(super) fn sums(page: &Page) -> Csv {
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
    let mut csv = Csv::with_headings(headings.iter().map(String::as_str));
    for one in &page.operators {
        let month = &one.month;
        let mut cells = vec![one.operator.name.clone()];
        let counts = [month.sheets, month.drawn, month.open, month.faultless];
        cells.extend(counts.map(|count| count.to_string()));
        for share in &month.items {
            cells.extend([share.met, share.not_met, share.not_heard].map(|n| n.to_string()));
            // the column says per cent; nothing over nothing is no number
            let percent = share.permille.map(|_| say::percent(share.permille));
            cells.push(percent.map(|text| text.replace('%', "")).unwrap_or_default());
        }
        csv.row(cells.iter().map(String::as_str));
    }
    csv
}
