//! Reading a TOML tree key by key, so that every problem of a file is found in one go.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::{Table, Value};

use crate::kernel::Secret;

/// One thing that is wrong: where, which key, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the environment variable.
    pub place: String,
    /// The key, such as `pbx.0.password`; empty where the file as a whole is meant.
    pub key: String,
    /// What is wrong and what would be right.
    pub says: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.place, self.says)
        } else {
            write!(f, "{}: {}: {}", self.place, self.key, self.says)
        }
    }
}

/// Everything that is wrong with a configuration, one line each.
#[derive(Debug, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Where the values come from, and what was found wrong with them so far.
pub(super) struct Source {
    /// The file as the administrator named it.
    pub(super) file: String,
    /// Which keys an environment variable gave, and which variable.
    pub(super) by_variable: BTreeMap<String, String>,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<String>>,
}

impl Source {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            by_variable: BTreeMap::new(),
            problems: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    pub(super) fn wrong(&self, key: &str, says: impl Into<String>) {
        let place = self.by_variable.get(key).unwrap_or(&self.file).clone();
        let problem = Problem { place, key: key.to_owned(), says: says.into() };
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn warn(&self, says: String) {
        self.warnings.borrow_mut().push(says);
    }

    /// The warnings, or all problems where there is one.
    pub(super) fn finish(self) -> Result<Vec<String>, Problems> {
        let problems = self.problems.into_inner();
        if problems.is_empty() { Ok(self.warnings.into_inner()) } else { Err(Problems(problems)) }
    }

    fn unknown(&self, key: &str, known: &[&str]) {
        let below = format!("{key}.");
        let variable = self
            .by_variable
            .iter()
            .find(|(path, _)| *path == key || path.starts_with(&below))
            .map(|(_, variable)| variable);
        let place = variable.unwrap_or(&self.file).clone();
        let says = format!("unknown key; known here: {}", known.join(", "));
        self.problems.borrow_mut().push(Problem { place, key: key.to_owned(), says });
    }
}

/// One table of the file; every key is taken once, what is left over is unknown.
pub(super) struct Section<'s> {
    pub(super) source: &'s Source,
    path: String,
    table: Table,
    known: &'static [&'static str],
}

impl<'s> Section<'s> {
    pub(super) fn root(source: &'s Source, table: Table, known: &'static [&'static str]) -> Self {
        Self { source, path: String::new(), table, known }
    }

    /// The whole name of a key of this section.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Reports something about a key of this section.
    pub(super) fn wrong(&self, key: &str, says: impl Into<String>) {
        self.source.wrong(&self.key(key), says);
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        debug_assert!(self.known.contains(&key), "{key} is not in the register of keys");
        self.table.remove(key)
    }

    /// The value; one from the environment is read as TOML where it is more than a text.
    fn typed(&mut self, key: &str) -> Option<Value> {
        let value = self.take(key)?;
        let Value::String(text) = &value else { return Some(value) };
        if !self.source.by_variable.contains_key(&self.key(key)) {
            return Some(value);
        }
        let read = format!("value = {text}").parse::<Table>().ok();
        Some(read.and_then(|mut table| table.remove("value")).unwrap_or(value))
    }

    /// A text; `right` says what is expected.
    pub(super) fn text(&mut self, key: &str, right: &str) -> Option<String> {
        let value = self.take(key)?;
        if let Value::String(text) = value {
            return Some(text);
        }
        self.wrong(key, format!("must be {right}, not {}", shown(&value)));
        None
    }

    /// A text that means something; `right` says what is expected.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        right: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(key, right)?;
        let value = read(&text);
        if value.is_none() {
            self.wrong(key, format!("must be {right}, not {text:?}"));
        }
        value
    }

    /// A list of texts that mean something; one alone may stand without brackets where `alone`.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        right: &str,
        alone: bool,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let by_variable = self.source.by_variable.contains_key(&self.key(key));
        let value = self.typed(key)?;
        let items = if let Value::Array(items) = value {
            items
        } else if value.is_str() && (alone || by_variable) {
            vec![value]
        } else {
            self.wrong(key, format!("must be a list, each {right}, not {}", shown(&value)));
            return None;
        };
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.as_str().and_then(&read) {
                Some(value) => values.push(value),
                None => self.wrong(
                    &format!("{key}.{index}"),
                    format!("must be {right}, not {}", shown(item)),
                ),
            }
        }
        Some(values)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        let value = self.typed(key)?;
        if value.as_bool().is_none() {
            self.wrong(key, format!("must be true or false, not {}", shown(&value)));
        }
        value.as_bool()
    }

    /// A whole number within a range.
    pub(super) fn whole(&mut self, key: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.typed(key)?;
        let read = value.as_integer().and_then(|number| u32::try_from(number).ok());
        let found = read.filter(|number| range.contains(number));
        if found.is_none() {
            let (from, to) = (range.start(), range.end());
            let says = format!("must be a whole number from {from} to {to}, not {}", shown(&value));
            self.wrong(key, says);
        }
        found
    }

    /// A number of seconds, whole or not, within a range of milliseconds; in milliseconds.
    pub(super) fn millis(&mut self, key: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = self.typed(key)?;
        let found = millis_of(&value).filter(|millis| range.contains(millis));
        if found.is_none() {
            let (from, to) = (seconds_of(*range.start()), seconds_of(*range.end()));
            let says = format!("must be seconds from {from} to {to}, not {}", shown(&value));
            self.wrong(key, says);
        }
        found
    }

    /// A name or a list of seconds, as a cadence is written.
    pub(super) fn name_or_millis(&mut self, key: &str) -> Option<Result<String, Vec<u32>>> {
        let value = self.typed(key)?;
        if let Some(name) = value.as_str() {
            return Some(Ok(name.to_owned()));
        }
        let part = |item| millis_of(item).and_then(|millis| u32::try_from(millis).ok());
        let parts = value.as_array().into_iter().flatten();
        Some(Err(parts.map(|item| part(item).unwrap_or(0)).collect()))
    }

    /// A secret, written here or in the file that its `…_file` twin names. Never shown.
    pub(super) fn secret(&mut self, key: &str) -> Option<Secret> {
        let twin = format!("{key}_file");
        let here = self.has(key);
        let named = self.text(&twin, "the path of a file");
        if here && named.is_some() {
            self.wrong(&twin, format!("stands beside {key}: keep one of the two"));
        }
        if here {
            let value = self.take(key)?;
            if !value.is_str() {
                self.wrong(key, "must be a text in quotes");
            }
            return value.as_str().map(|text| Secret::new(text.to_owned()));
        }
        let path = named?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned())),
            Err(why) => {
                self.wrong(&twin, format!("must be a file that can be read: {path}: {why}"));
                None
            }
        }
    }

    /// The path of a file that is there and can be read.
    pub(super) fn file(&mut self, key: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.text(key, "the path of a file")?);
        let opened = std::fs::File::open(&path).and_then(|file| file.metadata());
        match opened {
            Ok(about) if about.is_file() => {}
            Ok(_) => self.wrong(key, format!("must be a file, not a folder: {}", path.display())),
            Err(why) => {
                let says = format!("must be a file that can be read: {}: {why}", path.display());
                self.wrong(key, says);
            }
        }
        Some(path)
    }

    /// The table of this name; an empty one where there is none.
    pub(super) fn section(&mut self, key: &str, known: &'static [&'static str]) -> Self {
        let path = self.key(key);
        let table = match self.take(key) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(other) => {
                self.wrong(key, format!("must be a section [{path}], not {}", shown(&other)));
                Table::new()
            }
        };
        Self { source: self.source, path, table, known }
    }

    /// The tables `[[key]]`, in the order of the file.
    pub(super) fn sections(&mut self, key: &str, known: &'static [&'static str]) -> Vec<Self> {
        let path = self.key(key);
        let items = match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.wrong(key, format!("must be written [[{path}]], with double brackets"));
                Vec::new()
            }
        };
        let mut found = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let path = format!("{path}.{index}");
            if let Value::Table(table) = item {
                found.push(Self { source: self.source, path, table, known });
            } else {
                self.source.wrong(&path, format!("must be a section [[{key}]]"));
            }
        }
        found
    }

    /// Whatever was not asked for is unknown.
    pub(super) fn done(self) {
        for key in self.table.keys() {
            self.source.unknown(&self.key(key), self.known);
        }
    }
}

fn millis_of(value: &Value) -> Option<i64> {
    let seconds = match (value.as_integer(), value.as_float()) {
        (Some(whole), _) => Duration::from_secs(u64::try_from(whole).ok()?),
        (None, Some(seconds)) => Duration::try_from_secs_f64(seconds).ok()?,
        (None, None) => return None,
    };
    i64::try_from(seconds.as_millis()).ok()
}

fn seconds_of(millis: i64) -> String {
    let (whole, rest) = (millis / 1000, millis % 1000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}") }
}

/// A value as the administrator wrote it, on one line.
fn shown(value: &Value) -> String {
    match value {
        Value::Table(_) => "a section".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Datetime(at) => at.to_string(),
    }
}
