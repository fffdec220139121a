//! What a spreadsheet would do to the cards, line by line: a new card, something added to one that
//! is there, nothing, or a mistake. Pure: what is there already is an argument.

use std::collections::BTreeMap;

use super::card::{Card, Draft};
use super::merge::together;
use super::rules::SiteRules;
use super::sheet::SheetLine;
use super::wrong::Wrong;
use crate::kernel::ContactId;

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A new card.
    Add(Draft),
    /// Numbers, tags or notes are added to a card with the same name and number.
    Complete {
        /// Which card.
        id: ContactId,
        /// At which version.
        version: i64,
        /// As it will be.
        draft: Draft,
    },
    /// Everything is on a card already.
    Same(ContactId),
    /// An earlier line says the same person.
    Repeat(u64),
    /// It cannot be read.
    Wrong(Vec<Wrong>),
}

/// A line and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Where it begins in the file, from 1.
    pub line: u64,
    /// The name that is written there, for people.
    pub name: String,
    /// The numbers that are written there, for people.
    pub numbers: Vec<String>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of all lines, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ImportTally {
    /// New cards.
    pub added: usize,
    /// Cards to which something is added.
    pub completed: usize,
    /// Lines that change nothing.
    pub unchanged: usize,
    /// Lines that cannot be read; with one of them nothing is imported.
    pub wrong: usize,
}

impl ImportTally {
    /// Counts.
    pub fn of(verdicts: &[Verdict]) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            match verdict.fate {
                Fate::Add(_) => tally.added += 1,
                Fate::Complete { .. } => tally.completed += 1,
                Fate::Same(_) | Fate::Repeat(_) => tally.unchanged += 1,
                Fate::Wrong(_) => tally.wrong += 1,
            }
        }
        tally
    }
}

/// Reads lines in their order, remembering those before: a file is judged in parts.
#[derive(Debug, Default)]
pub(super) struct Judge {
    /// Number and name of the lines that make or complete a card.
    before: BTreeMap<(String, String), u64>,
}

/// The key under which two lines, or a line and a card, are the same person: name and number. One
/// without a number is known by name and company.
fn keys(draft: &Draft) -> Vec<(String, String)> {
    if draft.numbers.is_empty() {
        return vec![(format!("@{}", draft.company), draft.name.clone())];
    }
    let key = |number: String| (number, draft.name.clone());
    draft.numbers.iter().map(|entry| key(entry.number.to_string())).collect()
}

/// What a cell says, for people.
fn cut(text: &str) -> String {
    super::text::line(text).chars().take(80).collect()
}

/// Checks every line, and gives its draft where there is one.
pub(super) fn drafts(lines: &[SheetLine], rules: &SiteRules) -> Vec<Result<Draft, Vec<Wrong>>> {
    let read = |line: &SheetLine| {
        let draft = Draft::read(&line.written, rules);
        if line.wrong.is_empty() {
            return draft;
        }
        let mut wrong = line.wrong.clone();
        wrong.extend(draft.err().unwrap_or_default());
        Err(wrong)
    };
    lines.iter().map(read).collect()
}

impl Judge {
    /// What becomes of these lines, `known` being the cards that share a number or a name with
    /// them.
    pub(super) fn judge(
        &mut self,
        lines: &[SheetLine],
        drafts: Vec<Result<Draft, Vec<Wrong>>>,
        known: &[Card],
    ) -> Vec<Verdict> {
        let mut cards: BTreeMap<(String, String), &Card> = BTreeMap::new();
        for card in known {
            for key in keys(&card.written()) {
                cards.entry(key).or_insert(card);
            }
        }
        let judged = lines.iter().zip(drafts).map(|(line, draft)| Verdict {
            line: line.line,
            name: cut(&line.written.name),
            numbers: {
                let written = line.written.numbers.iter().map(|(_, text)| cut(text));
                written.filter(|text| !text.is_empty()).collect()
            },
            fate: match draft {
                Ok(draft) => self.fate(line.line, draft, &cards),
                Err(wrong) => Fate::Wrong(wrong),
            },
        });
        judged.collect()
    }

    fn fate(&mut self, line: u64, draft: Draft, cards: &BTreeMap<(String, String), &Card>) -> Fate {
        let keys = keys(&draft);
        if let Some(&before) = keys.iter().find_map(|key| self.before.get(key)) {
            return Fate::Repeat(before);
        }
        let known =
            keys.iter().find_map(|key| cards.get(key)).filter(|card| card.kind == draft.kind);
        for key in keys {
            self.before.insert(key, line);
        }
        let Some(card) = known else { return Fate::Add(draft) };
        let there = card.written();
        match together(&there, &draft) {
            Ok(both) if both == there => Fate::Same(card.id),
            Ok(draft) => Fate::Complete { id: card.id, version: card.version, draft },
            // what does not fit on one card is another
            Err(_) => Fate::Add(draft),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::Sheet;
    use super::*;

    #[test]
    fn a_line_is_new_or_repeats_or_is_wrong() {
        let text = "姓名,电话,备注\n王建国,13800001234,\n王建国,138-0000-1234,又一次\n李红,13800001234,\n赵,12,\n";
        let lines = Sheet::read(text.as_bytes()).unwrap().lines;
        let drafts = drafts(&lines, &SiteRules::default());
        let verdicts = Judge::default().judge(&lines, drafts, &[]);
        let words: Vec<_> = verdicts
            .iter()
            .map(|one| match one.fate {
                Fate::Add(_) => "add",
                Fate::Repeat(2) => "as line 2",
                Fate::Wrong(_) => "wrong",
                Fate::Complete { .. } | Fate::Same(_) | Fate::Repeat(_) => "?",
            })
            .collect();
        assert_eq!(words, ["add", "as line 2", "add", "wrong"]);
        assert_eq!(
            ImportTally::of(&verdicts),
            ImportTally { added: 2, completed: 0, unchanged: 1, wrong: 1 }
        );
    }
}
