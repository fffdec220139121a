//! Finding somebody in three keystrokes: by sound, name, department, title, number. Pure.
//!
//! What a reader may not know must not help them find: the digits of a closed person's numbers and
//! the words of their place are not looked at.

use super::person::Person;
use super::spelled::{sounds_like, spell};
use crate::kernel::{digits, folded};

/// How well a person fits what was typed; less is better, `None` is not at all.
pub(super) fn fits(person: &Person, typed: &str, open: bool) -> Option<u8> {
    let typed = folded(typed.trim());
    if typed.is_empty() {
        return Some(0);
    }
    let draft = &person.draft;
    let name = folded(&draft.name);
    if name == typed {
        return Some(0);
    }
    if name.starts_with(&typed) {
        return Some(1);
    }
    let compact: String = typed.split_whitespace().collect();
    match sounds_like(&person.spelled, &compact) {
        Some(0) => return Some(2),
        Some(_) => return Some(4),
        None => {}
    }
    if name.contains(&typed) {
        return Some(3);
    }
    if open && has_number(person, &typed) {
        return Some(3);
    }
    let told = [draft.title.as_str(), draft.department.as_str()];
    // 总经理 by zjl: whoever calls knows the office, not the name
    if compact.len() > 1 && told.iter().any(|word| sounds_like(&spell(word), &compact) == Some(0)) {
        return Some(5);
    }
    let place = open.then_some(draft.location.as_str());
    let words = told.into_iter().chain(place);
    let mut words = words.map(folded);
    words.any(|word| word.contains(&typed)).then_some(5)
}

/// Whether one of the numbers holds the digits; at least three of them.
fn has_number(person: &Person, typed: &str) -> bool {
    let asked = digits(typed);
    let number_like = typed.chars().all(|c| c.is_ascii_digit() || " -+".contains(c));
    if asked.len() < 3 || !number_like {
        return false;
    }
    let draft = &person.draft;
    let numbers = [&draft.extension, &draft.phone, &draft.mobile];
    numbers.into_iter().flatten().any(|number| digits(number).contains(&asked))
}
