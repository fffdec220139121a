//! What happened, picked from a list of words instead of typed as a code.

use std::collections::BTreeSet;

use super::happenings::{HAPPENINGS, change, is_listed, kind, words_of};
use super::own::Own;
use super::spelt::Names;
use crate::kernel::Language;
use crate::web::Problem;
use crate::words::{self, Messages};

/// Something to filter by.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// The choices about one kind of record.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) choices: Vec<Choice>,
}

/// What is filtered by: a kind, a change, or both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Picked<'a> {
    pub(super) kind: &'a str,
    pub(super) change: &'a str,
}

impl<'a> Picked<'a> {
    /// As the list sends it: `call`, `call/answered`, `/answered`.
    pub(super) fn read(text: &'a str) -> Self {
        let (kind, change) = text.split_once('/').unwrap_or((text, ""));
        Self { kind, change }
    }

    fn value(self) -> String {
        if self.change.is_empty() {
            self.kind.to_owned()
        } else {
            format!("{}/{}", self.kind, self.change)
        }
    }

    fn said(self, l: &Messages, own: &Own) -> String {
        let named = || kind(l, self.kind).unwrap_or_else(|| self.kind.to_owned());
        let changed = || change(l, own, self.kind, self.change);
        match (self.kind, self.change) {
            ("", _) => changed(),
            (_, "") => l.journal_whole_kind(named()).to_string(),
            _ => l.journal_of_kind(named(), changed()).to_string(),
        }
    }

    /// 400 where the house has no such kind or no such change.
    pub(super) fn known(self) -> Result<(), Problem> {
        let l = words::of(Language::ZhCn);
        let mut wrong = Problem::syntax();
        if !self.kind.is_empty() && kind(&l, self.kind).is_none() {
            let word = self.kind.to_owned();
            wrong = wrong.field("kind", move |l| l.journal_wrong_kind(word.as_str()).to_string());
        }
        if !self.change.is_empty() && !is_listed(self.kind, self.change) {
            let word = self.change.to_owned();
            wrong =
                wrong.field("change", move |l| l.journal_wrong_change(word.as_str()).to_string());
        }
        if wrong.has_fields() { Err(wrong) } else { Ok(()) }
    }
}

/// Who can have done it, the house itself first.
pub(super) fn people(l: &Messages, names: Names, asked: Option<&str>) -> Vec<Choice> {
    let choice = |value: String, label: String| {
        let chosen = asked == Some(value.as_str());
        Choice { value, label, chosen }
    };
    let house = choice("house".to_owned(), l.journal_house().to_string());
    let everyone = names.into_iter().map(|(id, name)| choice(id.to_string(), name));
    std::iter::once(house).chain(everyone).collect()
}

/// What happens to records, by kind, in the reader's words; `only` what is in `did`, where that is given. What was
/// asked stands in it in any case: the first part is of what no list has.
pub(super) fn groups(
    l: &Messages,
    own: &Own,
    asked: Picked<'_>,
    did: Option<&BTreeSet<(String, String)>>,
) -> (Option<Choice>, Vec<Group>) {
    let has = |kind: &str, change: &str| {
        did.is_none_or(|did| did.iter().any(|(of, how)| of == kind && how == change))
    };
    let choice = |one: Picked<'_>| Choice {
        value: one.value(),
        label: one.said(l, own),
        chosen: one == asked,
    };
    let group = |(of, happened): &(&'static str, &'static str)| {
        let happened = words_of(happened).filter(|how| has(of, how));
        let single = happened.map(|how| choice(Picked { kind: of, change: how }));
        let mut choices: Vec<Choice> = single.collect();
        if choices.is_empty() {
            return None;
        }
        choices.insert(0, choice(Picked { kind: of, change: "" }));
        Some(Group { name: kind(l, of).unwrap_or_default(), choices })
    };
    let groups: Vec<Group> = HAPPENINGS.iter().filter_map(group).collect();
    let listed = groups.iter().flat_map(|group| &group.choices).any(|one| one.chosen);
    let other = Some(asked).filter(|asked| !listed && *asked != Picked::default());
    (other.map(choice), groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_picked_is_said_in_words_and_stays_chosen() {
        let (l, own) = (words::of(Language::ZhCn), Own::new());
        let asked = Picked::read("call/answered");
        let (other, all) = groups(&l, &own, asked, None);
        assert!(other.is_none());
        let calls = &all[0];
        assert_eq!(
            (calls.name.as_str(), calls.choices[0].label.as_str()),
            ("来电", "来电（全部）")
        );
        let chosen: Vec<_> =
            all.iter().flat_map(|group| &group.choices).filter(|one| one.chosen).collect();
        assert_eq!(chosen.len(), 1);
        assert_eq!(chosen[0].label, "来电·接听");
        // an address that names a change of any kind keeps working
        let (other, _) = groups(&l, &own, Picked { kind: "", change: "answered" }, None);
        let other = other.unwrap();
        assert_eq!((other.value.as_str(), other.label.as_str()), ("/answered", "接听"));
        assert_eq!(Picked::read("/answered"), Picked { kind: "", change: "answered" });
        // somebody who reads what they did finds what they did, and no more
        let did = BTreeSet::from([("booking".to_owned(), "booked".to_owned())]);
        let (_, own_only) = groups(&l, &own, Picked::default(), Some(&did));
        assert_eq!(own_only.len(), 1);
        assert_eq!(own_only[0].choices.len(), 2);
    }

    #[test]
    fn what_the_house_has_no_word_for_is_unknown() {
        for (kind, change) in
            [("", ""), ("call", ""), ("", "answered"), ("booking", "offered"), ("room", "internal")]
        {
            assert!(Picked { kind, change }.known().is_ok(), "{kind} {change}");
        }
        for (kind, change) in [("teapot", ""), ("", "boiled"), ("call", "boiled"), ("", "接听")] {
            assert!(Picked { kind, change }.known().is_err(), "{kind} {change}");
        }
    }
}
