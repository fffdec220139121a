//! For whom a slip can be: everyone with an account, and who of the directory has none; what is left
//! for those reaches their secretary, their deputy, else a supervisor, who passes it on.

use std::collections::BTreeMap;

use pinyin::ToPinyin as _;
use serde::Serialize;

use crate::directory::{self, Disclosure};
use crate::kernel::{Role, StaffId, folded};
use crate::shifts;
use crate::staff::Person;
use crate::web::{Problem, Want};
use crate::words::Messages;

/// Somebody a slip can be for.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Somebody {
    /// Whose box it comes to.
    pub(super) id: StaffId,
    pub(super) name: String,
    pub(super) extension: Option<String>,
    /// They have no box: whoever gets it passes it on.
    pub(super) passed_on: bool,
    /// The name of whoever that is.
    #[serde(skip)]
    through: String,
    /// How the name sounds and its initials, to be found by.
    #[serde(skip)]
    sounds: String,
    #[serde(skip)]
    initials: String,
}

impl Somebody {
    fn named(id: StaffId, name: String, extension: Option<String>, passed_on: bool) -> Self {
        let sounds: Vec<&str> =
            name.as_str().to_pinyin().flatten().map(pinyin::Pinyin::plain).collect();
        Self {
            id,
            initials: sounds.iter().filter_map(|sound| sound.chars().next()).collect(),
            sounds: sounds.concat(),
            extension,
            name,
            passed_on,
            through: String::new(),
        }
    }

    /// It comes to somebody of this name, who passes it on.
    fn through(self, name: &str) -> Self {
        Self { through: name.to_owned(), ..self }
    }

    /// Whether this text is their whole name, their extension, or the id of their box.
    pub(super) fn is_named(&self, text: &str) -> bool {
        let text = folded(text.trim());
        folded(&self.name) == text
            || self.extension.as_deref() == Some(&*text)
            || (!self.passed_on && self.id.to_string() == text)
    }

    /// To whom a slip for them goes, before it is sent.
    pub(super) fn goes(&self, l: &Messages) -> String {
        if self.passed_on {
            l.messages_goes_through(self.through.as_str(), self.name.as_str()).to_string()
        } else {
            l.messages_goes(self.name.as_str()).to_string()
        }
    }

    /// All that finds them, for the script that says so while it is written: the sound, its initials.
    pub(super) fn found_by(&self) -> String {
        format!("{} {}", self.sounds, self.initials)
    }

    /// Whoever passes it on; empty where it is theirs.
    pub(super) fn passes(&self) -> &str {
        &self.through
    }

    /// Whether a few letters, digits or characters mean this person.
    fn is_meant(&self, text: &str) -> bool {
        folded(&self.name).contains(text)
            || self.initials.starts_with(text)
            || self.sounds.starts_with(text)
            || self.extension.as_deref() == Some(text)
    }

    /// What the slip says: for whom it is, where it comes to somebody else.
    pub(super) fn worded(&self, l: &Messages, body: String) -> String {
        if self.passed_on {
            format!("{}\n{body}", l.messages_pass_on(self.name.as_str()))
        } else {
            body
        }
    }
}

/// Everyone a slip can be for, those with an account first.
pub(super) async fn people(want: &Want) -> Result<Vec<Somebody>, Problem> {
    let db = &want.kit.db;
    let everyone = crate::staff::store::everyone(db).await?;
    let private = shifts::store::private(db).await?;
    let works = |person: &Person| person.disabled_at.is_none() && person.roles.is_a_person();
    let working: Vec<Person> = everyone.into_iter().filter(works).collect();
    // somebody restricted is found by name; the telephone is nobody's business
    let seen = |person: &Person| {
        let extension = person.extension.as_ref().filter(|_| !private.contains(&person.id));
        let extension = extension.map(ToString::to_string);
        Somebody::named(person.id, person.name.clone(), extension, false)
    };
    let mut people: Vec<Somebody> = working.iter().map(seen).collect();
    let mut watches = shifts::store::at_hand(db, Role::Supervisor, want.now).await?;
    let holds =
        |role: Role| working.iter().filter(move |one| one.roles.has(role)).map(|one| one.id);
    watches.extend(holds(Role::Supervisor).chain(holds(Role::Head)));
    let known = directory::store::all(db).await?;
    let boxes: BTreeMap<_, _> =
        known.iter().filter_map(|one| Some((one.id, one.draft.staff?))).collect();
    for one in known.iter().filter(|one| one.draft.staff.is_none()) {
        let theirs = [one.draft.secretary, one.draft.deputy];
        let theirs = theirs.into_iter().flatten().find_map(|other| boxes.get(&other));
        let Some(&id) = theirs.or(watches.first()) else { continue };
        let told = one.draft.disclosure != Disclosure::Restricted;
        let extension = one.draft.extension.clone().filter(|_| told);
        let name = one.draft.name.clone();
        if !working.iter().any(|person| person.name == name) {
            let through = working.iter().find(|person| person.id == id);
            let through = through.map(|person| person.name.as_str()).unwrap_or_default();
            people.push(Somebody::named(id, name, extension, true).through(through));
        }
    }
    Ok(people)
}

/// Whom a few letters mean: the one person, else the names of those they could be.
pub(super) fn meant<'p>(people: &'p [Somebody], text: &str) -> Result<&'p Somebody, Vec<String>> {
    let text = folded(text.trim());
    if text.is_empty() {
        return Err(Vec::new());
    }
    let exact = |one: &&Somebody| {
        let numbered = !one.passed_on && one.id.to_string() == text;
        numbered || folded(&one.name) == text
    };
    let exactly: Vec<_> = people.iter().filter(exact).collect();
    let could = people.iter().filter(|one| one.is_meant(&text));
    let found = if exactly.is_empty() { could.collect() } else { exactly };
    match found.as_slice() {
        [one] => Ok(one),
        several => Err(several.iter().map(|one| one.name.clone()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(id: i64, name: &str, extension: Option<&str>, passed_on: bool) -> Somebody {
        Somebody::named(StaffId(id), name.to_owned(), extension.map(str::to_owned), passed_on)
    }

    #[test]
    fn a_few_letters_name_one_person_or_say_who_it_could_be() {
        let people = [
            somebody(5, "张伟", Some("806"), false),
            somebody(6, "周敏", None, false),
            somebody(7, "赵伟", None, false),
            somebody(7, "钱总", None, true),
        ];
        let id = |text| meant(&people, text).map(|one| one.id.0);
        assert_eq!(id("zhangw"), Ok(5));
        assert_eq!(id("张伟"), Ok(5));
        assert_eq!(id("806"), Ok(5));
        assert_eq!(id("6"), Ok(6), "an id is an id");
        assert_eq!((id("８０６"), id("Ｚｈａｎｇｗ")), (Ok(5), Ok(5)), "in full width");
        assert_eq!(id("zm"), Ok(6));
        assert_eq!(id("qz"), Ok(7), "it comes to whoever passes it on");
        assert_eq!(id("7"), Ok(7));
        assert_eq!(id("zw"), Err(vec!["张伟".to_owned(), "赵伟".to_owned()]));
        assert_eq!(id("nobody"), Err(Vec::new()));
        assert_eq!(id(" "), Err(Vec::new()));
    }
}
