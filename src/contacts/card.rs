//! A card: a person or a company that calls us, what is written on it, and what may be written.

use serde::{Deserialize, Serialize};

use super::number::{self, Number};
use super::rules::SiteRules;
use super::text;
use super::wrong::Wrong;
use crate::kernel::{ContactId, Moment};

/// A person or a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody.
    #[default]
    Person,
    /// A firm, an office, a hotel; people may belong to it.
    Company,
}

impl Kind {
    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
        }
    }

    /// Reads it.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Person, Self::Company].into_iter().find(|kind| kind.word() == word)
    }
}

/// Whose telephone a number is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// In the pocket.
    #[default]
    Mobile,
    /// At work.
    Work,
    /// At home.
    Home,
    /// A fax machine.
    Fax,
    /// Anything else.
    Other,
}

impl Label {
    /// All of them, in the order of a form.
    pub const ALL: [Self; 5] = [Self::Mobile, Self::Work, Self::Home, Self::Fax, Self::Other];

    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Work => "work",
            Self::Home => "home",
            Self::Fax => "fax",
            Self::Other => "other",
        }
    }

    /// Reads it.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.word() == word)
    }
}

/// A number on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Line {
    /// E.164, or the digits of a number without an area; masked where `masked` is true.
    pub number: String,
    /// The digits behind the switchboard; empty for the number itself.
    pub extension: String,
    /// Whose telephone it is.
    pub label: Label,
    /// As it was written when the card was made.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub as_written: String,
    /// Present and true where only the last digits are told to this reader.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub masked: bool,
}

impl Line {
    /// As people write it, with the extension.
    pub fn for_people(&self) -> String {
        if self.masked { self.number.clone() } else { number::shown(&self.number) }
    }
}

/// The company a person belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CompanyRef {
    /// Its own card.
    pub id: ContactId,
    /// Its name.
    pub name: String,
}

/// Everything on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Card {
    /// Which.
    pub id: ContactId,
    /// Rises with every change.
    pub version: i64,
    /// A person or a company.
    pub kind: Kind,
    /// The name on the screens.
    pub name: String,
    /// How they wish to be addressed: `王总`, `李女士`; empty where nothing is known.
    pub form_of_address: String,
    /// Where a person belongs.
    pub company: Option<CompanyRef>,
    /// Very important.
    pub vip: bool,
    /// What must be known before anything is said to them; empty for most.
    pub warning: String,
    /// Anything else.
    pub notes: String,
    /// Words to find them by.
    pub tags: Vec<String>,
    /// Their numbers, the first first.
    pub numbers: Vec<Line>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub changed_at: Moment,
    /// The card it was merged into; nothing is on this one then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ContactId>,
    /// When it was erased; nothing is on it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Moment>,
}

impl Card {
    /// The card as only the end of a number and no note may be known of it: for those who meet a
    /// customer and need to know whom.
    #[must_use]
    pub fn glimpsed(mut self) -> Self {
        for line in &mut self.numbers {
            if !line.masked {
                line.number = number::last_four(&line.number);
            }
            line.extension.clear();
            line.as_written.clear();
            line.masked = true;
        }
        self.notes.clear();
        self.tags.clear();
        self
    }

    /// The card as it would be written down.
    pub fn written(&self) -> Draft {
        let entry = |line: &Line| Entry {
            number: Number::stored(line.number.clone(), line.extension.clone()),
            label: line.label,
            as_written: line.as_written.clone(),
        };
        Draft {
            kind: self.kind,
            name: self.name.clone(),
            form_of_address: self.form_of_address.clone(),
            company: self.company.as_ref().map(|of| of.name.clone()).unwrap_or_default(),
            vip: self.vip,
            warning: self.warning.clone(),
            notes: self.notes.clone(),
            tags: self.tags.clone(),
            numbers: self.numbers.iter().map(entry).collect(),
        }
    }
}

/// What the desk sees of a caller at the first ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ContactCard {
    /// The whole card: `/contacts/{id}`.
    pub id: ContactId,
    /// A person or a company.
    pub kind: Kind,
    /// The name on the screens.
    pub name: String,
    /// How they wish to be addressed; empty where nothing is known.
    pub form_of_address: String,
    /// Where a person belongs.
    pub company: Option<String>,
    /// Very important.
    pub vip: bool,
    /// Words to find them by.
    pub tags: Vec<String>,
    /// Anything else that is known.
    pub notes: String,
    /// What must be known before anything is said to them.
    pub warnings: Vec<String>,
    /// How many other cards have this number too.
    pub also: i64,
}

/// A number of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The number.
    pub number: Number,
    /// Whose telephone it is.
    pub label: Label,
    /// As somebody wrote it.
    pub as_written: String,
}

/// What somebody writes on a card, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Draft {
    /// A person or a company.
    pub kind: Kind,
    /// The name; never empty.
    pub name: String,
    /// How they wish to be addressed.
    pub form_of_address: String,
    /// The name of the company; empty for none.
    pub company: String,
    /// Very important.
    pub vip: bool,
    /// What must be known first.
    pub warning: String,
    /// Anything else.
    pub notes: String,
    /// Words to find them by, in order, each once.
    pub tags: Vec<String>,
    /// Numbers, each once.
    pub numbers: Vec<Entry>,
}

/// What somebody wrote, before it is checked: from a form, from JSON, from a line of a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Written {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) form_of_address: String,
    pub(super) company: String,
    pub(super) vip: bool,
    pub(super) warning: String,
    pub(super) notes: String,
    /// Parted by commas of either width, `、` or `;`.
    pub(super) tags: String,
    /// Label and text; a line without text is no number.
    pub(super) numbers: Vec<(Label, String)>,
}

/// The longest name of a person or company, in characters.
pub(super) const NAME_LONGEST: usize = 80;
/// The longest form of address.
pub(super) const ADDRESS_LONGEST: usize = 30;
/// The longest warning.
pub(super) const WARNING_LONGEST: usize = 200;
/// The longest note.
pub(super) const NOTES_LONGEST: usize = 4_000;
/// The longest tag.
pub(super) const TAG_LONGEST: usize = 20;
/// So many tags at most.
pub(super) const TAGS_MOST: usize = 20;
/// So many numbers at most.
pub(super) const NUMBERS_MOST: usize = 20;

impl Draft {
    /// Checks what somebody wrote; all that is wrong at once.
    pub fn read(written: &Written, rules: &SiteRules) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut line = |text: &str, most, why| {
            let line = text::line(text);
            if line.chars().count() > most {
                wrong.push(why);
            }
            line
        };
        let name = line(&written.name, NAME_LONGEST, Wrong::NameLong);
        let form_of_address = line(&written.form_of_address, ADDRESS_LONGEST, Wrong::AddressLong);
        let company = line(&written.company, NAME_LONGEST, Wrong::CompanyLong);
        let warning = line(&written.warning, WARNING_LONGEST, Wrong::WarningLong);
        let notes = text::lines(&written.notes);
        if notes.chars().count() > NOTES_LONGEST {
            wrong.push(Wrong::NotesLong);
        }
        if name.is_empty() {
            wrong.push(Wrong::Name);
        }
        if written.kind == Kind::Company && !company.is_empty() {
            wrong.push(Wrong::CompanyOfCompany);
        }
        let tags = tags(&written.tags, &mut wrong);
        let numbers = numbers(&written.numbers, rules, &mut wrong);
        if wrong.is_empty() {
            let (kind, vip) = (written.kind, written.vip);
            Ok(Self { kind, name, form_of_address, company, vip, warning, notes, tags, numbers })
        } else {
            Err(wrong)
        }
    }
}

fn tags(text: &str, wrong: &mut Vec<Wrong>) -> Vec<String> {
    let parts = text.split([',', '，', '、', ';', '；', '\n', '|']).map(text::line);
    let mut tags: Vec<String> = Vec::new();
    for tag in parts.filter(|tag| !tag.is_empty()) {
        if tag.chars().count() > TAG_LONGEST {
            wrong.push(Wrong::TagLong);
            break;
        }
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > TAGS_MOST {
        wrong.push(Wrong::TooManyTags);
    }
    tags.sort();
    tags
}

fn numbers(lines: &[(Label, String)], rules: &SiteRules, wrong: &mut Vec<Wrong>) -> Vec<Entry> {
    let mut numbers: Vec<Entry> = Vec::new();
    let written = lines.iter().filter(|(_, text)| !text.trim().is_empty());
    for (place, (label, text)) in (1..).zip(written) {
        match Number::read(text, rules) {
            Err(why) => wrong.push(Wrong::Number { place, why }),
            Ok(number) if numbers.iter().any(|entry| entry.number == number) => {}
            Ok(number) => {
                numbers.push(Entry { number, label: *label, as_written: text::line(text) });
            }
        }
    }
    if numbers.len() > NUMBERS_MOST {
        wrong.push(Wrong::TooManyNumbers);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_card_is_made_harmless_or_refused() {
        let mut written = Written {
            name: "<b>王\u{202e}建\0国</b>".to_owned(),
            tags: "VIP，老客户、VIP".to_owned(),
            notes: "一\r\n二\u{0}".to_owned(),
            numbers: vec![
                (Label::Mobile, "138 0000 1234".to_owned()),
                (Label::Work, "+8613800001234".to_owned()),
                (Label::Other, "  ".to_owned()),
            ],
            ..Written::default()
        };
        let draft = Draft::read(&written, &SiteRules::default()).unwrap();
        assert_eq!(draft.name, "<b>王建国</b>");
        assert_eq!(draft.tags, ["VIP", "老客户"]);
        assert_eq!(draft.notes, "一\n二");
        assert_eq!(draft.numbers.len(), 1, "one number in two spellings is one");
        written.name = "长".repeat(10_000);
        written.kind = Kind::Company;
        written.company = "别家".to_owned();
        written.numbers.push((Label::Mobile, "壹叁捌".to_owned()));
        let wrong = Draft::read(&written, &SiteRules::default()).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|one| one.field()).collect();
        assert_eq!(fields, ["name", "company", "numbers"]);
    }
}
