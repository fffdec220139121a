//! Two cards made one, and three versions of one card laid side by side.

use serde::{Deserialize, Serialize};

use super::card::{Draft, NUMBERS_MOST, TAGS_MOST};

/// What both cards of a merge held before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub(super) kept: Draft,
    pub(super) gone: Draft,
}

/// Why two cards cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlike {
    /// A person is no company.
    Kinds,
    /// More numbers or tags than a card holds.
    TooMuch,
}

/// One card of two: what `kept` says stands; what it leaves open `gone` fills in; numbers, tags and
/// notes are of both.
pub(super) fn together(kept: &Draft, gone: &Draft) -> Result<Draft, Unlike> {
    if kept.kind != gone.kind {
        return Err(Unlike::Kinds);
    }
    let or = |one: &str, other: &str| if one.is_empty() { other } else { one }.to_owned();
    let both = |one: &str, other: &str, between: &str| match (one, other) {
        ("", only) | (only, "") => only.to_owned(),
        (one, other) if one.contains(other) => one.to_owned(),
        (one, other) => format!("{one}{between}{other}"),
    };
    let mut one = kept.clone();
    one.form_of_address = or(&kept.form_of_address, &gone.form_of_address);
    one.company = or(&kept.company, &gone.company);
    one.vip |= gone.vip;
    one.warning = both(&kept.warning, &gone.warning, "；");
    one.notes = both(&kept.notes, &gone.notes, "\n");
    // another name is something to remember them by
    if gone.name != kept.name {
        one.notes = both(&one.notes, &format!("（{}）", gone.name), "\n");
    }
    for tag in &gone.tags {
        if !one.tags.contains(tag) {
            one.tags.push(tag.clone());
        }
    }
    one.tags.sort();
    for entry in &gone.numbers {
        if !one.numbers.iter().any(|known| known.number == entry.number) {
            one.numbers.push(entry.clone());
        }
    }
    if one.numbers.len() > NUMBERS_MOST || one.tags.len() > TAGS_MOST {
        return Err(Unlike::TooMuch);
    }
    Ok(one)
}

/// One field of three versions of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Side {
    /// Nobody changed it, or both alike.
    Same,
    /// Only we changed it.
    Mine,
    /// Only somebody else changed it.
    Theirs,
    /// Both changed it, differently.
    Both,
}

/// Who changed a field since `base`.
pub(super) fn side<T: PartialEq + ?Sized>(base: &T, mine: &T, theirs: &T) -> Side {
    match (mine == base, theirs == base, mine == theirs) {
        (_, _, true) => Side::Same,
        (true, _, _) => Side::Theirs,
        (_, true, _) => Side::Mine,
        (false, false, false) => Side::Both,
    }
}

/// The fields of a card, by name, with who changed each.
pub(super) fn sides(base: &Draft, mine: &Draft, theirs: &Draft) -> Vec<(&'static str, Side)> {
    let numbers = |draft: &Draft| {
        draft.numbers.iter().map(|entry| (entry.number.clone(), entry.label)).collect::<Vec<_>>()
    };
    vec![
        ("kind", side(&base.kind, &mine.kind, &theirs.kind)),
        ("name", side(&base.name, &mine.name, &theirs.name)),
        (
            "form_of_address",
            side(&base.form_of_address, &mine.form_of_address, &theirs.form_of_address),
        ),
        ("company", side(&base.company, &mine.company, &theirs.company)),
        ("vip", side(&base.vip, &mine.vip, &theirs.vip)),
        ("numbers", side(&numbers(base), &numbers(mine), &numbers(theirs))),
        ("tags", side(&base.tags, &mine.tags, &theirs.tags)),
        ("warning", side(&base.warning, &mine.warning, &theirs.warning)),
        ("notes", side(&base.notes, &mine.notes, &theirs.notes)),
    ]
}

/// What comes of both: what only one changed is theirs or ours, and where both did it is ours until
/// somebody decides.
pub(super) fn result(base: &Draft, mine: &Draft, theirs: &Draft) -> Draft {
    let mut result = mine.clone();
    for (field, side) in sides(base, mine, theirs) {
        if side != Side::Theirs {
            continue;
        }
        match field {
            "kind" => result.kind = theirs.kind,
            "name" => result.name.clone_from(&theirs.name),
            "form_of_address" => result.form_of_address.clone_from(&theirs.form_of_address),
            "company" => result.company.clone_from(&theirs.company),
            "vip" => result.vip = theirs.vip,
            "numbers" => result.numbers.clone_from(&theirs.numbers),
            "tags" => result.tags.clone_from(&theirs.tags),
            "warning" => result.warning.clone_from(&theirs.warning),
            _ => result.notes.clone_from(&theirs.notes),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::super::card::{Label, Written};
    use super::super::rules::SiteRules;
    use super::*;

    fn card(name: &str, numbers: &[&str], notes: &str) -> Draft {
        let written = Written {
            name: name.to_owned(),
            notes: notes.to_owned(),
            numbers: numbers.iter().map(|one| (Label::Mobile, (*one).to_owned())).collect(),
            ..Written::default()
        };
        Draft::read(&written, &SiteRules::default()).unwrap()
    }

    #[test]
    fn one_card_of_two_loses_nothing() {
        let kept = card("王建国", &["13800001234"], "喜欢靠窗");
        let mut gone = card("老王", &["13800001234", "13900001234"], "对花生过敏");
        gone.vip = true;
        let one = together(&kept, &gone).unwrap();
        assert_eq!(one.name, "王建国");
        assert_eq!(one.notes, "喜欢靠窗\n对花生过敏\n（老王）");
        assert!(one.vip);
        assert_eq!(one.numbers.len(), 2);
    }

    #[test]
    fn what_only_one_changed_is_taken_from_them() {
        let base = card("王建国", &["13800001234"], "");
        let mut mine = base.clone();
        mine.notes = "我写的".to_owned();
        let mut theirs = base.clone();
        theirs.vip = true;
        let both = result(&base, &mine, &theirs);
        assert!(both.vip && both.notes == "我写的");
        assert!(sides(&base, &mine, &theirs).iter().all(|(_, side)| *side != Side::Both));
        theirs.notes = "别人写的".to_owned();
        let sides = sides(&base, &mine, &theirs);
        assert!(sides.contains(&("notes", Side::Both)));
    }
}
