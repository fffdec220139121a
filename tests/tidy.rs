//! The house rules that a machine can check. Formatting and lints have their own tools; these are
//! ours alone. Each failure names the file, the rule and the reason.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom: a room may use rooms on lower floors, and itself, and no other.
const FLOORS: &[(&str, u8)] = &[
    ("kernel", 0),
    ("clock", 5),
    ("config", 5),
    ("meters", 5),
    ("bus", 10),
    ("words", 10),
    ("sip", 10),
    ("db", 15),
    ("web", 20),
    ("timers", 22),
    ("undo", 24),
    ("staff", 30),
    ("editing", 32),
    ("journal", 32),
    ("scripts", 34),
    ("calendars", 32),
    ("outbox", 36),
    ("shifts", 38),
    ("contacts", 40),
    ("claims", 40),
    ("notices", 44),
    ("followups", 46),
    ("directory", 50),
    ("calls", 60),
    ("messages", 70),
    ("quality", 70),
    ("rooms", 70),
    ("bookings", 80),
    ("tickets", 80),
    ("devices", 82),
    ("reports", 84),
    ("demo", 88),
    ("app", 90),
    ("cli", 95),
    ("lib", 100),
    ("main", 100),
];

/// Rooms on one floor that may still use each other, in one direction.
const DOORS: &[(&str, &str)] = &[];

/// A file longer than this is two files.
const LONGEST: usize = 400;

/// Longer than that today, and may only shrink.
const LONG_FOR_NOW: &[(&str, usize)] = &[];

#[test]
fn nobody_imports_from_a_higher_floor() {
    let floors: BTreeMap<_, _> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in house() {
        let here = room_of(&path);
        let floor = *floors.get(here.as_str()).unwrap_or_else(|| {
            panic!("{} is in no room: give `{here}` a floor in {}", path.display(), file!())
        });
        for (number, line) in code_lines(&text) {
            for there in rooms_named_in(line) {
                let Some(&other) = floors.get(there) else {
                    continue;
                };
                let door = DOORS.contains(&(here.as_str(), there));
                if here != there && other >= floor && !door && floor < 100 {
                    wrong.push(format!(
                        "{}:{number}: `{here}` (floor {floor}) uses `{there}` (floor {other})",
                        path.display()
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports go down only, so that no circle can form:\n{}",
        list(&wrong)
    );
}

#[test]
fn every_file_is_short_and_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for (path, text) in house() {
        let name = path.to_string_lossy();
        let lines = text.lines().count();
        let allowed = LONG_FOR_NOW
            .iter()
            .find(|(long, _)| name.ends_with(long))
            .map_or(LONGEST, |&(_, lines)| lines);
        if lines > allowed {
            wrong.push(format!("{name} has {lines} lines, {allowed} are allowed"));
        }
        if !text.starts_with("//! ") {
            wrong.push(format!("{name} does not begin with a //! line that says what it is for"));
        }
    }
    assert!(wrong.is_empty(), "{}", list(&wrong));
}

#[test]
fn sql_lives_in_store_files() {
    let mut wrong = Vec::new();
    for (path, text) in house() {
        let name = path.to_string_lossy();
        if name.ends_with("store.rs")
            || name.contains("/store/")
            || name.contains("/db/")
            || name.ends_with("/db.rs")
        {
            continue;
        }
        for (number, line) in code_lines(&text) {
            // the name of the log's target asks nothing
            let asks = ["(", "_", "!", ":"].map(|next| format!("sqlx::query{next}"));
            if asks.iter().any(|ask| line.contains(ask)) || line.contains("statements! {") {
                wrong.push(format!("{name}:{number}: SQL outside a store file"));
            }
        }
    }
    assert!(wrong.is_empty(), "one place to look for each question we ask:\n{}", list(&wrong));
}

#[test]
fn rsip_stays_inside_sip() {
    let mut wrong = Vec::new();
    for (path, text) in house() {
        if room_of(&path) == "sip" {
            continue;
        }
        for (number, line) in code_lines(&text) {
            if line.contains("rsip::") {
                wrong.push(format!("{}:{number}: rsip outside sip/", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "what we send is built in one room:\n{}", list(&wrong));
}

#[test]
fn rsip_reads_nothing() {
    let readers =
        ["rsip::prelude", "ToTypedHeader", ".typed()", "DigestGenerator", "rsip::services"];
    let mut wrong = Vec::new();
    for (path, text) in house() {
        for (number, line) in code_lines(&text) {
            let parses =
                line.contains("rsip") && (line.contains("try_from") || line.contains("parse()"));
            if parses || readers.iter().any(|reader| line.contains(reader)) {
                wrong.push(format!("{}:{number}: rsip reads here", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "received bytes are for sip::read alone:\n{}", list(&wrong));
}

#[test]
fn no_room_is_called_after_nothing() {
    let empty = ["utils", "util", "common", "helpers", "helper", "manager", "service", "misc"];
    let wrong: Vec<_> = house()
        .into_iter()
        .filter(|(path, _)| {
            path.file_stem().is_some_and(|stem| empty.contains(&stem.to_string_lossy().as_ref()))
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "a name that fits everything tells nothing:\n{}", list(&wrong));
}

// ---------------------------------------------------------------------------------------- helpers

/// Which sentence takes which words, in the order of the first language: that of the arguments.
fn words_of_sentences() -> BTreeMap<String, Vec<String>> {
    let mut takes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in fs::read_to_string("locales/zh-CN.ftl").unwrap().lines() {
        let begins = !line.starts_with(' ') && !line.starts_with('#');
        if let Some((name, _)) = line.split_once(" =").filter(|_| begins) {
            key = name.replace('-', "_");
        }
        let words = takes.entry(key.clone()).or_default();
        for after in line.split('$').skip(1) {
            let word: String =
                after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    takes
}

#[test]
fn a_sentence_is_given_its_words_in_its_own_order() {
    let takes = words_of_sentences();
    let mut wrong = Vec::new();
    for (path, text) in house() {
        for called in text.replace(".as_str()", "").split('.') {
            let Some((name, after)) = called.split_once('(') else { continue };
            let Some((inside, _)) = after.split_once(')') else { continue };
            let Some(words) = takes.get(name.trim()) else { continue };
            let given: Vec<&str> =
                inside.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
            let all = given.len() == words.len()
                && given.iter().all(|one| words.iter().any(|word| word == one));
            if all && given.join(", ") != words.join(", ") {
                wrong.push(format!("{}: {name}({})", path.display(), given.join(", ")));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "every type fits every word, so no compiler tells:\n{}",
        list(&wrong)
    );
}

/// What the macro of a refused field is called with, in the order of the page.
fn refused_fields(page: &str) -> impl Iterator<Item = &str> {
    page.split("call kit::wrong(").skip(1).filter_map(|rest| {
        let (inside, _) = rest.split_once(')')?;
        Some(inside.split_once(',')?.1.trim())
    })
}

/// Where an attribute of this name ends: at the first quote that is in no expression of its own.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let begins = format!("{name}=\"");
    page.split(begins.as_str())
        .skip(1)
        .map(|rest| {
            let mut depth = 0_u32;
            let end = rest.find(|c: char| {
                match c {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                c == '"' && depth == 0
            });
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect()
}

#[test]
fn a_refused_field_points_to_its_sentence() {
    let mut wrong = Vec::new();
    for (path, page) in files("templates", "html") {
        let described = attributes(&page, "aria-describedby").join(" ");
        for field in refused_fields(&page) {
            let id = match field.strip_prefix('"') {
                Some(name) => format!("wrong-{}", name.trim_end_matches('"')),
                None => format!("wrong-{{{{ {field} }}}}"),
            };
            let ends = |rest: &str| rest.is_empty() || rest.starts_with(' ');
            if !described.match_indices(&id).any(|(at, _)| ends(&described[at + id.len()..])) {
                wrong.push(format!("{}: no aria-describedby names {id}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "a screen reader must say why:\n{}", list(&wrong));
}

fn house() -> Vec<(PathBuf, String)> {
    files("src", "rs")
}

/// All files of a kind below a folder, in order.
fn files(folder: &str, kind: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    walk(Path::new(folder), kind, &mut found);
    found.sort();
    assert!(found.len() > 5, "run from the root of the repository");
    found
}

fn walk(folder: &Path, kind: &str, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, kind, found);
        } else if path.extension().is_some_and(|extension| extension == kind) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// `src/calls/book.rs` and `src/calls.rs` are both in `calls`.
fn room_of(path: &Path) -> String {
    let inside = path.strip_prefix("src").unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_start()))
        .filter(|(_, line)| !line.starts_with("//"))
}

fn rooms_named_in(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

fn list(wrong: &[String]) -> String {
    wrong.join("\n")
}
