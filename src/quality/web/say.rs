//! Items, marks and shares in words.

use super::super::sheet::{Difference, Item, Mark, Origin};
use crate::words::Messages;

/// What an item is called: `4.5 不说“喂”`.
pub(super) fn item(l: &Messages, item: Item) -> String {
    match item {
        Item::Tone => l.quality_tone(),
        Item::NoRudeWords => l.quality_no_rude_words(),
        Item::NoJokes => l.quality_no_jokes(),
        Item::PleaseThanks => l.quality_please_thanks(),
        Item::NeverWei => l.quality_never_wei(),
    }
    .to_string()
}

/// What is listened for, as the rule of the house says it.
pub(super) fn hint(l: &Messages, item: Item) -> String {
    match item {
        Item::Tone => l.quality_tone_hint(),
        Item::NoRudeWords => l.quality_no_rude_words_hint(),
        Item::NoJokes => l.quality_no_jokes_hint(),
        Item::PleaseThanks => l.quality_please_thanks_hint(),
        Item::NeverWei => l.quality_never_wei_hint(),
    }
    .to_string()
}

/// A mark in a word.
pub(super) fn mark(l: &Messages, mark: Mark) -> String {
    match mark {
        Mark::Met => l.quality_met(),
        Mark::NotMet => l.quality_not_met(),
        Mark::NotHeard => l.quality_not_heard(),
    }
    .to_string()
}

/// The tint of a mark.
pub(super) const fn tint(mark: Mark) -> &'static str {
    match mark {
        Mark::Met => "t1",
        Mark::NotMet => "t4",
        Mark::NotHeard => "",
    }
}

/// How a call was chosen.
pub(super) fn origin(l: &Messages, origin: Origin) -> String {
    match origin {
        Origin::Drawn => l.quality_drawn(),
        Origin::Chosen => l.quality_chosen(),
    }
    .to_string()
}

/// What a save made another, in a line: `4.5 不说“喂”：符合 → 不符合`.
pub(super) fn difference(l: &Messages, one: Difference) -> String {
    let called = format!("{} {}", one.item.clause(), item(l, one.item));
    let to = mark(l, one.to);
    match one.from {
        None => l.quality_marked(called, to).to_string(),
        Some(from) if from == one.to => l.quality_note_changed(called, to).to_string(),
        Some(from) => l.quality_changed(called, mark(l, from), to).to_string(),
    }
}

/// Thousandths as per cent; a dash over nothing.
pub(super) fn percent(permille: Option<i64>) -> String {
    permille
        .map_or_else(|| "–".to_owned(), |share| format!("{}.{}%", share / 10, share.rem_euclid(10)))
}
