//! Tables that leave the house: the same rows as CSV for every spreadsheet and as XLSX with numbers
//! that are numbers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};

use super::Problem;
use super::csv::Csv;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words, dates, telephone numbers: never taken for a formula or a number.
    Text(String),
    /// A day.
    Day(Option<NaiveDate>),
    /// A minute by the site's clock.
    At(Option<NaiveDateTime>),
    /// A count.
    Number(i64),
    /// A share in thousandths; nothing over nothing.
    Permille(Option<i64>),
    /// Milliseconds, written as seconds; nothing where there are none.
    Millis(Option<i64>),
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What it is called; at most 31 characters are kept.
    pub name: String,
    /// The headings.
    pub headings: Vec<String>,
    /// The lines.
    pub rows: Vec<Vec<Cell>>,
}

/// Tables of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// The name of the file without its ending.
    pub name: String,
    /// The tables; CSV has the first alone.
    pub sheets: Vec<Sheet>,
}

impl Cell {
    /// The cell as a text.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Day(day) => day.map(|day| day.to_string()).unwrap_or_default(),
            Self::At(at) => {
                at.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
            }
            Self::Number(number) => number.to_string(),
            Self::Permille(share) => share.map(percent).unwrap_or_default(),
            Self::Millis(millis) => millis
                .map(|ms| format!("{}.{:03}", ms / 1000, ms.rem_euclid(1000)))
                .unwrap_or_default(),
        }
    }
}

/// Thousandths as a percentage with one decimal: `963` is `96.3`.
pub fn percent(permille: i64) -> String {
    format!("{}.{}", permille / 10, permille.abs() % 10)
}

const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl Book {
    /// The table that was asked for, `csv` or `xlsx`, as a file to keep; `None` for any other word.
    ///
    /// # Errors
    /// Where a spreadsheet cannot hold it.
    pub fn answer(&self, format: &str) -> Option<Result<Response, Problem>> {
        match format {
            "csv" => Some(Ok(self.csv().answer(&self.name))),
            "xlsx" => Some(self.xlsx_answer()),
            _ => None,
        }
    }

    /// The first table as CSV.
    fn csv(&self) -> Csv {
        let empty = Sheet { name: String::new(), headings: Vec::new(), rows: Vec::new() };
        let sheet = self.sheets.first().unwrap_or(&empty);
        let mut csv = Csv::with_headings(sheet.headings.iter().map(String::as_str));
        for row in &sheet.rows {
            let cells: Vec<String> = row.iter().map(Cell::text).collect();
            csv.row(cells.iter().map(String::as_str));
        }
        csv
    }

    /// All tables as XLSX.
    fn xlsx_answer(&self) -> Result<Response, Problem> {
        let file = self.xlsx().map_err(Problem::broken)?;
        let name = utf8_percent_encode(&self.name, NON_ALPHANUMERIC);
        let keep = format!("attachment; filename=\"table.xlsx\"; filename*=UTF-8''{name}%2Exlsx");
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(KIND)),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
            (header::CONTENT_DISPOSITION, HeaderValue::try_from(keep).map_err(Problem::broken)?),
        ];
        Ok((StatusCode::OK, headers, file).into_response())
    }

    /// The tables as an XLSX file.
    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let head = Format::new().set_bold();
        let (share, seconds) =
            (Format::new().set_num_format("0.0%"), Format::new().set_num_format("0.000"));
        let (days, minutes) = (
            Format::new().set_num_format("yyyy-mm-dd"),
            Format::new().set_num_format("yyyy-mm-dd hh:mm"),
        );
        let mut names = Vec::new();
        for table in &self.sheets {
            let sheet = book.add_worksheet();
            sheet.set_name(sheet_name(&table.name, &mut names))?;
            sheet.set_freeze_panes(1, 0)?;
            for (column, heading) in (0_u16..).zip(&table.headings) {
                sheet.write_string_with_format(0, column, heading, &head)?;
            }
            for (line, row) in (1_u32..).zip(&table.rows) {
                for (column, cell) in (0_u16..).zip(row) {
                    match cell {
                        Cell::Text(text) => sheet.write_string(line, column, text)?,
                        Cell::Number(number) => sheet.write_number(line, column, whole(*number))?,
                        Cell::Permille(Some(n)) => {
                            sheet.write_number_with_format(line, column, thousandth(*n), &share)?
                        }
                        Cell::Millis(Some(n)) => sheet.write_number_with_format(
                            line,
                            column,
                            thousandth(*n),
                            &seconds,
                        )?,
                        Cell::Day(Some(date)) => {
                            sheet.write_datetime_with_format(line, column, day(*date)?, &days)?
                        }
                        Cell::At(Some(at)) => sheet.write_datetime_with_format(
                            line,
                            column,
                            day(at.date())?.and_hms(clip(at.hour()), clip8(at.minute()), 0)?,
                            &minutes,
                        )?,
                        Cell::Permille(None)
                        | Cell::Millis(None)
                        | Cell::Day(None)
                        | Cell::At(None) => continue,
                    };
                }
            }
            sheet.autofit();
        }
        book.save_to_buffer()
    }
}

/// A spreadsheet knows numbers as doubles only.
#[expect(clippy::cast_precision_loss, reason = "a spreadsheet's own number")]
fn whole(number: i64) -> f64 {
    number as f64
}

/// The same of thousandths.
#[expect(clippy::float_arithmetic, reason = "a spreadsheet's own number")]
fn thousandth(number: i64) -> f64 {
    whole(number) / 1000.0
}

/// A spreadsheet's own day.
fn day(date: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    let year = u16::try_from(date.year()).unwrap_or(1900);
    ExcelDateTime::from_ymd(year, clip8(date.month()), clip8(date.day()))
}

/// An hour as a spreadsheet takes it.
fn clip(hour: u32) -> u16 {
    u16::try_from(hour).unwrap_or(0)
}

/// A month, day or minute as a spreadsheet takes it.
fn clip8(part: u32) -> u8 {
    u8::try_from(part).unwrap_or(0)
}

/// What a spreadsheet takes as the name of a sheet: no two are alike, whatever the case of their letters.
fn sheet_name(name: &str, taken: &mut Vec<String>) -> String {
    let plain = || name.chars().filter(|c| !"[]:*?/\\'".contains(*c));
    let short: String = plain().take(31).collect();
    let mut alone = if short.is_empty() { "1".to_owned() } else { short };
    let mut nth = 2;
    while taken.contains(&alone.to_lowercase()) {
        alone = format!("{} {nth}", plain().take(27).collect::<String>());
        nth += 1;
    }
    taken.push(alone.to_lowercase());
    alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_is_a_zip_of_its_sheets() {
        let rows = vec![vec![
            Cell::Text("=1+1".into()),
            Cell::Number(3),
            Cell::Permille(None),
            Cell::Permille(Some(963)),
            Cell::Millis(Some(6100)),
            Cell::Day(NaiveDate::from_ymd_opt(2026, 11, 23)),
            Cell::At(
                NaiveDate::from_ymd_opt(2026, 11, 23).and_then(|day| day.and_hms_opt(9, 5, 0)),
            ),
        ]];
        let sheet = |name: &str| Sheet {
            name: name.into(),
            headings: vec!["a".into()],
            rows: rows.clone(),
        };
        let book =
            Book { name: "x".into(), sheets: vec![sheet("9/1 [a]"), sheet("二"), sheet("二")] };
        let file = book.xlsx().unwrap();
        assert_eq!(&file[..4], b"PK\x03\x04");
        let mut taken = Vec::new();
        let names = ["9/1 [a]", "91 A", "二", "二"].map(|name| sheet_name(name, &mut taken));
        assert_eq!(names, ["91 a", "91 A 2", "二", "二 2"]);
        let texts: Vec<String> = rows[0].iter().map(Cell::text).collect();
        assert_eq!(texts, ["=1+1", "3", "", "96.3", "6.100", "2026-11-23", "2026-11-23 09:05"]);
    }
}
