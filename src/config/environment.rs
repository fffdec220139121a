//! `SWITCHBOARD_WEB__LISTEN=…`: every key of the file can be given by the environment instead.

use toml::{Table, Value};

use super::raw::Source;

const PREFIX: &str = "SWITCHBOARD_";

/// The variables of the process that can be read as text.
pub fn environment() -> Vec<(String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

/// Puts the values of the variables into the tree of the file, where they win over the file.
pub(super) fn apply(table: &mut Table, source: &mut Source, variables: &[(String, String)]) {
    let mut ours: Vec<(Vec<Step>, &str, &str)> = variables
        .iter()
        .filter_map(|(name, value)| {
            let rest = name.strip_prefix(PREFIX).filter(|rest| rest.contains("__"))?;
            let path = rest.split("__").map(Step::read).collect();
            Some((path, name.as_str(), value.as_str()))
        })
        .collect();
    // in the order of the numbers, so that PBX__0__… makes room for PBX__1__…
    ours.sort();
    for (path, variable, value) in ours {
        let names: Vec<String> = path.iter().map(Step::name).collect();
        let key = names.join(".");
        source.by_variable.insert(key.clone(), variable.to_owned());
        if let Err(says) = put(table, &path, value) {
            source.wrong(&key, says);
        }
    }
}

/// One step on the way to a value.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Place(usize),
    Key(String),
}

impl Step {
    fn read(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Key(text.to_ascii_lowercase()), Self::Place)
    }

    fn name(&self) -> String {
        match self {
            Self::Place(index) => index.to_string(),
            Self::Key(key) => key.clone(),
        }
    }
}

fn put(table: &mut Table, path: &[Step], text: &str) -> Result<(), String> {
    match path {
        [last] => {
            let key = last.name();
            // a secret given one way replaces a secret given the other way
            let twin =
                key.strip_suffix("_file").map_or_else(|| format!("{key}_file"), str::to_owned);
            table.remove(&twin);
            table.insert(key, Value::String(text.to_owned()));
            Ok(())
        }
        [list, Step::Place(index), rest @ ..] => {
            let entry = table.entry(list.name()).or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(items) = entry else {
                return Err("is not a list in the file".to_owned());
            };
            if *index > items.len() {
                return Err(format!("there are only {}: numbers begin at 0", items.len()));
            }
            if *index == items.len() {
                items.push(Value::Table(Table::new()));
            }
            match (items.get_mut(*index), rest) {
                (Some(item), []) => *item = Value::String(text.to_owned()),
                (Some(Value::Table(inner)), _) => return put(inner, rest, text),
                _ => return Err("is not a section in the file".to_owned()),
            }
            Ok(())
        }
        [section, rest @ ..] => {
            let entry = table.entry(section.name()).or_insert_with(|| Value::Table(Table::new()));
            let inner = entry.as_table_mut().ok_or("is not a section in the file")?;
            put(inner, rest, text)
        }
        [] => Ok(()),
    }
}
