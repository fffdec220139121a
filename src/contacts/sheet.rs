//! A spreadsheet of cards as it comes: from Excel in China (GB18030), from anything else (UTF-8,
//! with or without a byte order mark, UTF-16 with one), with its headings in either language.

use std::collections::BTreeSet;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

use super::card::{Kind, Label, Written};
use super::number::folded;
use super::text;
use super::wrong::Wrong;

/// Why a file is no spreadsheet of cards.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotASheet {
    /// Nothing is in it.
    #[error("the file is empty")]
    Empty,
    /// Neither UTF-8 nor GB18030.
    #[error("line {line} is neither UTF-8 nor GB18030: save the file as \"CSV UTF-8\"")]
    NotText {
        /// The first line that cannot be read, from 1.
        line: usize,
    },
    /// There is no column with names.
    #[error("no column is headed 姓名 or name; the first line must hold the headings")]
    NoName,
    /// Two columns for one thing.
    #[error("two columns are headed for the same: {0}")]
    Twice(String),
    /// More lines than are taken at once.
    #[error("more than {MOST} lines: part the file")]
    TooLong,
}

/// So many lines are taken at once.
pub(super) const MOST: usize = 200_000;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetLine {
    /// Where it begins in the file, from 1; the headings are on line 1.
    pub line: u64,
    /// What is written there.
    pub written: Written,
    /// A word that can only be one of a few and is none.
    #[serde(skip)]
    pub(super) wrong: Vec<Wrong>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its lines; empty ones are left out.
    pub lines: Vec<SheetLine>,
    /// In which encoding it was: `UTF-8`, `GB18030`, …
    pub encoding: &'static str,
    /// Headings nobody knows; their columns are not read.
    pub unknown: Vec<String>,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Name,
    Address,
    Kind,
    Company,
    Vip,
    Warning,
    Notes,
    Tags,
    Number(Label),
}

/// The headings that are known, folded, without their numbers at the end (`电话2`).
const HEADINGS: &[(Column, &[&str])] = &[
    (Column::Name, &["姓名", "名称", "名字", "客户", "联系人", "name"]),
    (Column::Address, &["称呼", "form_of_address", "form of address", "salutation"]),
    (Column::Kind, &["类型", "类别", "kind", "type"]),
    (Column::Company, &["公司", "单位", "公司名称", "company", "organisation", "organization"]),
    (Column::Vip, &["vip", "贵宾", "重要"]),
    (Column::Warning, &["提醒", "特别提醒", "注意", "warning"]),
    (Column::Notes, &["备注", "说明", "notes", "note", "remarks"]),
    (Column::Tags, &["标签", "tags", "tag"]),
    (
        Column::Number(Label::Mobile),
        &[
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "电话号码",
            "号码",
            "联系电话",
            "mobile",
            "phone",
            "number",
            "telephone",
        ],
    ),
    (
        Column::Number(Label::Work),
        &["单位电话", "公司电话", "办公电话", "座机", "固话", "work", "work phone", "office"],
    ),
    (Column::Number(Label::Home), &["家庭电话", "住宅电话", "home", "home phone"]),
    (Column::Number(Label::Fax), &["传真", "fax"]),
    (Column::Number(Label::Other), &["其他电话", "其它电话", "other", "other phone"]),
];

impl Sheet {
    /// Reads a file.
    pub fn read(bytes: &[u8]) -> Result<Self, NotASheet> {
        let (text, encoding) = decoded(bytes)?;
        let first = text.lines().find(|line| !line.trim().is_empty()).ok_or(NotASheet::Empty)?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(first))
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut records = reader.records().filter_map(Result::ok);
        let headings = records.next().ok_or(NotASheet::Empty)?;
        let (columns, unknown) = columns(headings.iter())?;
        let mut lines = Vec::new();
        let mut at = Place { byte: 0, line: 1 };
        for record in records {
            at.go_to(&text, record.position().map_or(0, csv::Position::byte));
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if lines.len() == MOST {
                return Err(NotASheet::TooLong);
            }
            lines.push(sheet_line(at.line, &columns, record.iter()));
        }
        Ok(Self { lines, encoding, unknown })
    }
}

/// Where a record begins. The reader's own count leaves out empty lines.
struct Place {
    byte: usize,
    line: u64,
}

impl Place {
    /// On to the record that begins at this byte, or behind the empty lines there.
    fn go_to(&mut self, text: &str, byte: u64) {
        let all = text.as_bytes();
        let mut to = usize::try_from(byte).unwrap_or(0).clamp(self.byte, all.len());
        while all.get(to).is_some_and(|b| matches!(b, b'\r' | b'\n')) {
            to += 1;
        }
        let passed = memchr::memchr_iter(b'\n', &all[self.byte..to]).count();
        self.line += u64::try_from(passed).unwrap_or(0);
        self.byte = to;
    }
}

/// The text of a file and its encoding.
fn decoded(bytes: &[u8]) -> Result<(String, &'static str), NotASheet> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(NotASheet::Empty);
    }
    let marked = Encoding::for_bom(bytes);
    let candidates: &[&'static Encoding] = match marked {
        Some((encoding, _)) if encoding == UTF_8 => &[UTF_8],
        Some((encoding, _)) if encoding == UTF_16LE => &[UTF_16LE],
        Some((encoding, _)) if encoding == UTF_16BE => &[UTF_16BE],
        _ => &[UTF_8, GB18030],
    };
    let bytes = &bytes[marked.map_or(0, |(_, length)| length)..];
    let read = candidates.iter().find_map(|encoding| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        Some((text.into_owned(), encoding.name()))
    });
    read.ok_or_else(|| {
        let good = std::str::from_utf8(bytes).map_or_else(|why| why.valid_up_to(), str::len);
        NotASheet::NotText { line: memchr::memchr_iter(b'\n', &bytes[..good]).count() + 1 }
    })
}

/// What parts the cells: whatever of the three the headings have most of.
fn delimiter(headings: &str) -> u8 {
    let many = |delimiter: u8| memchr::memchr_iter(delimiter, headings.as_bytes()).count();
    let mut best = b',';
    for other in [b'\t', b';'] {
        if many(other) > many(best) {
            best = other;
        }
    }
    best
}

type Columns = Vec<Option<Column>>;

fn columns<'h>(
    headings: impl Iterator<Item = &'h str>,
) -> Result<(Columns, Vec<String>), NotASheet> {
    let (mut columns, mut unknown) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for heading in headings {
        let plain = folded(&text::line(heading));
        let bare = plain.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let known = HEADINGS.iter().find(|(_, names)| names.contains(&bare)).map(|&(what, _)| what);
        match known {
            // numbers may have as many columns as they like
            Some(what) if !matches!(what, Column::Number(_)) && !seen.insert(what) => {
                return Err(NotASheet::Twice(text::line(heading)));
            }
            Some(_) => {}
            None if plain.is_empty() => {}
            None => unknown.push(text::line(heading).chars().take(40).collect()),
        }
        columns.push(known);
    }
    if seen.contains(&Column::Name) { Ok((columns, unknown)) } else { Err(NotASheet::NoName) }
}

fn sheet_line<'c>(line: u64, columns: &Columns, cells: impl Iterator<Item = &'c str>) -> SheetLine {
    let (mut written, mut wrong) = (Written::default(), Vec::new());
    for (column, cell) in columns.iter().zip(cells) {
        let Some(column) = column else { continue };
        let cell = as_typed(cell);
        match column {
            Column::Name => cell.clone_into(&mut written.name),
            Column::Address => cell.clone_into(&mut written.form_of_address),
            Column::Company => cell.clone_into(&mut written.company),
            Column::Warning => cell.clone_into(&mut written.warning),
            Column::Notes => cell.clone_into(&mut written.notes),
            Column::Tags => cell.clone_into(&mut written.tags),
            Column::Kind => match kind(cell) {
                Some(kind) => written.kind = kind,
                None => wrong.push(Wrong::Kind),
            },
            Column::Vip => match yes(cell) {
                Some(vip) => written.vip = vip,
                None => wrong.push(Wrong::Vip),
            },
            Column::Number(label) => {
                let parts = cell.split([';', '；', '、', '\n']);
                let parts = parts.filter(|part| !part.trim().is_empty());
                written.numbers.extend(parts.map(|part| (*label, part.trim().to_owned())));
            }
        }
    }
    SheetLine { line, written, wrong }
}

/// A cell without the apostrophe that keeps a spreadsheet from taking it for a formula.
fn as_typed(cell: &str) -> &str {
    let acts = |rest: &&str| rest.trim_start().starts_with(['=', '+', '-', '@', '\t', '＝', '＋']);
    cell.strip_prefix('\'').filter(acts).unwrap_or(cell)
}

fn kind(cell: &str) -> Option<Kind> {
    match folded(cell).trim() {
        "" | "person" | "个人" | "人" => Some(Kind::Person),
        "company" | "公司" | "单位" | "企业" => Some(Kind::Company),
        _ => None,
    }
}

fn yes(cell: &str) -> Option<bool> {
    match folded(cell).trim() {
        "" | "no" | "n" | "false" | "0" | "否" | "不是" => Some(false),
        "yes" | "y" | "true" | "1" | "是" | "vip" | "√" | "✓" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "姓名,电话,电话2,公司,VIP,来源\r\n王建国,13800001234,025-84523317;95588,\"纸月亮,茶业\",是,展会\r\n\r\n李红,'+8613900001234,,,,\r\n";

    #[track_caller]
    fn check(bytes: &[u8], encoding: &str) {
        let sheet = Sheet::read(bytes).unwrap();
        assert_eq!(sheet.encoding, encoding);
        assert_eq!(sheet.unknown, ["来源"]);
        let [wang, li] = &sheet.lines[..] else { panic!("{:?}", sheet.lines) };
        assert_eq!((wang.line, li.line), (2, 4));
        assert_eq!(wang.written.company, "纸月亮,茶业");
        assert!(wang.written.vip && !li.written.vip);
        assert_eq!(wang.written.numbers.len(), 3);
        assert_eq!(li.written.numbers, [(Label::Mobile, "+8613900001234".to_owned())]);
    }

    #[test]
    fn a_file_is_read_in_every_encoding_that_excel_writes() {
        check(TABLE.as_bytes(), "UTF-8");
        check(format!("\u{feff}{TABLE}").as_bytes(), "UTF-8");
        check(&GB18030.encode(TABLE).0, "gb18030");
        let wide: Vec<u8> =
            format!("\u{feff}{TABLE}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&wide, "UTF-16LE");
        check(
            TABLE
                .replace(',', ";")
                .replace("84523317;95588", "84523317、95588")
                .replace("纸月亮;茶业", "纸月亮,茶业")
                .as_bytes(),
            "UTF-8",
        );
    }

    #[test]
    fn a_file_that_is_none_is_told_why() {
        assert_eq!(Sheet::read(b" \r\n"), Err(NotASheet::Empty));
        assert_eq!(Sheet::read("电话\n138".as_bytes()), Err(NotASheet::NoName));
        assert_eq!(Sheet::read("姓名,name\n王,x".as_bytes()), Err(NotASheet::Twice("name".into())));
        let broken = [b"name\nWang\n".as_slice(), &[0xff, 0xff, b'\n']].concat();
        assert_eq!(Sheet::read(&broken), Err(NotASheet::NotText { line: 3 }));
        let marked = [b"\xef\xbb\xbfname\n".as_slice(), &[0xd6, 0xd0, b'\n']].concat();
        assert_eq!(Sheet::read(&marked), Err(NotASheet::NotText { line: 2 }));
    }

    #[test]
    fn a_word_that_is_none_of_its_few_is_wrong() {
        let sheet = Sheet::read("姓名,类型,vip\n王,外星人,也许\n".as_bytes()).unwrap();
        assert_eq!(sheet.lines[0].wrong, [Wrong::Kind, Wrong::Vip]);
    }
}
