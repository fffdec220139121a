//! The directory as a spreadsheet: reading rows, and writing them so that no cell is a formula.

use std::collections::BTreeMap;

/// A column: its name in the file, and the Chinese one.
pub(super) const COLUMNS: [(&str, &str); 11] = [
    ("name", "姓名"),
    ("department", "部门"),
    ("title", "职务"),
    ("location", "位置"),
    ("extension", "分机"),
    ("phone", "电话"),
    ("mobile", "手机"),
    ("email", "邮箱"),
    ("disclosure", "级别"),
    ("secretary", "秘书"),
    ("note", "备注"),
];

/// A row by the names of its columns, with its line in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The line, the heading being the first.
    pub(super) line: usize,
    /// The cells that are there.
    pub(super) cells: BTreeMap<&'static str, String>,
}

impl Row {
    /// A cell; empty where the file has no such column.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

/// Why a file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// No heading with a column for names.
    Heading,
    /// A row that is no row of a spreadsheet.
    Row(usize),
}

/// Reads a file as spreadsheets write it: commas, semicolons or tabs, with a heading.
pub(super) fn read(text: &str) -> Result<Vec<Row>, Unreadable> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let count = |c: char| first.matches(c).count();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|&c| (count(char::from(c)), c == b','))
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let known = |heading: &str| {
        let lower = heading.to_lowercase();
        COLUMNS.iter().find(|(name, chinese)| lower == *name || lower == *chinese)
    };
    let headings = reader.headers().map_err(|_| Unreadable::Heading)?.clone();
    let columns: Vec<Option<&'static str>> =
        headings.iter().map(|heading| known(heading).map(|(name, _)| *name)).collect();
    if !columns.contains(&Some("name")) {
        return Err(Unreadable::Heading);
    }
    let mut rows = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let line = index + 2;
        let record = record.map_err(|_| Unreadable::Row(line))?;
        let cells: BTreeMap<_, _> = columns
            .iter()
            .zip(record.iter())
            .filter_map(|(column, cell)| Some(((*column)?, plain(cell).to_owned())))
            .collect();
        if cells.values().any(|cell| !cell.is_empty()) {
            rows.push(Row { line, cells });
        }
    }
    Ok(rows)
}

/// The cell without the mark that keeps it from being a formula.
fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell no spreadsheet takes for a formula.
pub(super) fn harmless(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_is_read_in_either_language_and_nothing_is_a_formula() {
        let rows = read("\u{feff}姓名;部门;手机\n张伟;技术部;'+8613800138000\n;;\n").unwrap();
        assert_eq!(rows.len(), 1, "an empty line is no row");
        assert_eq!(rows[0].cell("name"), "张伟");
        assert_eq!(rows[0].cell("mobile"), "+8613800138000");
        assert_eq!(rows[0].cell("email"), "");
        assert_eq!(read("department,title\na,b\n"), Err(Unreadable::Heading));
        for cell in ["=1+1", "+86", "-2", "@x", "\tx"] {
            assert_eq!(plain(&harmless(cell)), cell);
            assert!(harmless(cell).starts_with('\''));
        }
        assert_eq!(harmless("O'Brien"), "O'Brien");
    }
}
