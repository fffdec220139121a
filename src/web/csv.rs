//! Tables that leave the house for a spreadsheet: CSV that Excel opens with Chinese, leading zeros
//! and telephone numbers intact, and that no cell of can act.
//!
//! UTF-8 with a byte order mark, CRLF, quoted by RFC 4180. A cell that a spreadsheet would take
//! for a formula (`= + - @`, a tab or a return in front) gets an apostrophe before it: what callers
//! choose as their name must not run on an accountant's machine (`spec/operations.md` §5.5).

use std::borrow::Cow;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::kernel::narrow;

/// A table under construction.
#[derive(Debug, Clone)]
pub struct Csv {
    text: String,
}

impl Csv {
    /// A table with its line of headings.
    pub fn with_headings<'c>(headings: impl IntoIterator<Item = &'c str>) -> Self {
        let mut table = Self { text: "\u{feff}".to_owned() };
        table.row(headings);
        table
    }

    /// Adds a line. Every cell is neutralised and quoted where it must be.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) {
        for (place, cell) in cells.into_iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            self.cell(cell);
        }
        self.text.push_str("\r\n");
    }

    fn cell(&mut self, text: &str) {
        let text = neutral(text);
        if text.contains([',', '"', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
            self.text.push('"');
            self.text.push_str(&text.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(&text);
        }
    }

    /// The whole table as text, byte order mark first.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Answers with the table as a file to keep; `name` without its ending, in any language.
    pub fn answer(self, name: &str) -> Response {
        let mut response = self.text.into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        // RFC 6266 §4.3: the name for everyone, and the name in UTF-8
        let spelt = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let file = format!("attachment; filename=\"table.csv\"; filename*=UTF-8''{spelt}%2Ecsv");
        if let Ok(file) = HeaderValue::try_from(file) {
            headers.insert(header::CONTENT_DISPOSITION, file);
        }
        response
    }
}

/// A cell as no spreadsheet takes it for a formula. NUL has no place in a text file.
fn neutral(text: &str) -> Cow<'_, str> {
    let text = if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    };
    // full-width forms act too, in the spreadsheets of those who write them
    let acts = text
        .trim_start_matches([' ', '\u{3000}', '\u{feff}'])
        .starts_with(|c| matches!(narrow(c), '=' | '+' | '-' | '@' | '\t' | '\r' | '\n'));
    if acts { Cow::Owned(format!("'{text}")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, written: &str) {
        let mut table = Csv { text: String::new() };
        table.row([cell, "x"]);
        assert_eq!(table.text, format!("{written},x\r\n"), "for {cell:?}");
    }

    #[test]
    fn no_cell_is_a_formula() {
        check("=1+1", "'=1+1");
        check("+8613800001234", "'+8613800001234");
        check("-", "'-");
        check("@SUM(A1)", "'@SUM(A1)");
        check("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0");
        check("\u{ff1d}1", "'\u{ff1d}1");
        check("\t=1", "'\t=1");
        check("a=1", "a=1");
    }

    #[test]
    fn a_cell_keeps_its_commas_quotes_and_lines() {
        check("王,建国", "\"王,建国\"");
        check("他说\"好\"", "\"他说\"\"好\"\"\"");
        check("一\n二", "\"一\n二\"");
        check("\0", "\u{fffd}");
        check("", "");
    }

    #[test]
    fn a_spreadsheet_knows_the_text_for_utf_8() {
        let table = Csv::with_headings(["姓名", "电话"]);
        assert_eq!(table.text(), "\u{feff}姓名,电话\r\n");
    }
}
