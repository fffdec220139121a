//! One sheet: five items, a mark and a note for each, and what differs between two saves.

use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::words;

words! {
    /// What is listened for (operations.md clauses 4.1–4.5).
    Item {
        /// 4.1: natural, clear, soft, kind; neither too loud nor too low.
        Tone = "tone",
        /// 4.2: no rude, scornful or insulting words.
        NoRudeWords = "no_rude_words",
        /// 4.3: no jokes.
        NoJokes = "no_jokes",
        /// 4.4: 「请」 and 「谢谢」 at every turn.
        PleaseThanks = "please_thanks",
        /// 4.5: never 「喂」.
        NeverWei = "never_wei",
    }
}

words! {
    /// What was heard of an item.
    Mark {
        /// As it should be.
        Met = "met",
        /// Not so; the note says what.
        NotMet = "not_met",
        /// It could not be heard, or did not come up; counts neither way.
        NotHeard = "not_heard",
    }
}

words! {
    /// How a call came to have a sheet.
    Origin {
        /// Drawn by chance.
        Drawn = "drawn",
        /// Somebody chose it.
        Chosen = "chosen",
    }
}

impl Item {
    /// The field of its note.
    pub const fn note_name(self) -> &'static str {
        match self {
            Self::Tone => "tone_note",
            Self::NoRudeWords => "no_rude_words_note",
            Self::NoJokes => "no_jokes_note",
            Self::PleaseThanks => "please_thanks_note",
            Self::NeverWei => "never_wei_note",
        }
    }

    /// The clause it comes from.
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Tone => "4.1",
            Self::NoRudeWords => "4.2",
            Self::NoJokes => "4.3",
            Self::PleaseThanks => "4.4",
            Self::NeverWei => "4.5",
        }
    }
}

/// The longest note, in characters.
pub(super) const NOTE_MOST: usize = 500;

/// A mark and what is said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The mark.
    pub mark: Mark,
    /// At most 500 characters; there where the item was not met.
    pub note: String,
}

/// All five scores of one save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scores {
    /// 4.1.
    pub tone: Score,
    /// 4.2.
    pub no_rude_words: Score,
    /// 4.3.
    pub no_jokes: Score,
    /// 4.4.
    pub please_thanks: Score,
    /// 4.5.
    pub never_wei: Score,
}

/// An item whose mark or note is another than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualityDifference)]
pub struct Difference {
    /// Which.
    #[schema(value_type = String)]
    pub item: Item,
    /// The mark before; null where nothing was scored.
    #[schema(value_type = Option<String>)]
    pub from: Option<Mark>,
    /// The mark now.
    #[schema(value_type = String)]
    pub to: Mark,
    /// Whether the words of the note are others.
    pub note: bool,
}

impl Scores {
    /// All five, from a score for each item in the order of the clauses.
    pub fn each(mut score: impl FnMut(Item) -> Score) -> Self {
        Self {
            tone: score(Item::Tone),
            no_rude_words: score(Item::NoRudeWords),
            no_jokes: score(Item::NoJokes),
            please_thanks: score(Item::PleaseThanks),
            never_wei: score(Item::NeverWei),
        }
    }

    /// The score of an item.
    pub const fn of(&self, item: Item) -> &Score {
        match item {
            Item::Tone => &self.tone,
            Item::NoRudeWords => &self.no_rude_words,
            Item::NoJokes => &self.no_jokes,
            Item::PleaseThanks => &self.please_thanks,
            Item::NeverWei => &self.never_wei,
        }
    }

    /// How many items have this mark.
    pub fn count(&self, mark: Mark) -> usize {
        Item::ALL.iter().filter(|item| self.of(**item).mark == mark).count()
    }

    /// What is another than in an earlier save; all five where there was none.
    pub fn differ(&self, before: Option<&Self>) -> Vec<Difference> {
        let difference = |item: Item| {
            let (was, now) = (before.map(|before| before.of(item)), self.of(item));
            (was != Some(now)).then(|| Difference {
                item,
                from: was.map(|was| was.mark),
                to: now.mark,
                note: was.map_or("", |was| was.note.as_str()) != now.note,
            })
        };
        Item::ALL.iter().copied().filter_map(difference).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Five scores, from a letter each: `+` met, `-` not met, `?` not heard.
    pub(in crate::quality) fn scores(marks: &str) -> Scores {
        let mut marks = marks.chars();
        Scores::each(|_| {
            let (mark, note) = match marks.next() {
                Some('+') => (Mark::Met, ""),
                Some('-') => (Mark::NotMet, "why"),
                _ => (Mark::NotHeard, ""),
            };
            Score { mark, note: note.to_owned() }
        })
    }

    #[test]
    fn what_differs_is_named_item_by_item() {
        let (before, mut now) = (scores("++?-+"), scores("+-?-+"));
        assert_eq!(before.differ(None).len(), 5, "all is new");
        assert_eq!(before.differ(Some(&before)), []);
        let changed = Difference {
            item: Item::NoRudeWords,
            from: Some(Mark::Met),
            to: Mark::NotMet,
            note: true,
        };
        assert_eq!(now.differ(Some(&before)), [changed]);
        now.no_rude_words = before.no_rude_words.clone();
        now.please_thanks.note = "otherwise".to_owned();
        let words = Difference {
            item: Item::PleaseThanks,
            from: Some(Mark::NotMet),
            to: Mark::NotMet,
            note: true,
        };
        assert_eq!(now.differ(Some(&before)), [words]);
        assert_eq!(now.count(Mark::Met), 3);
    }
}
