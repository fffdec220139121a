//! Cards in words: what lists and pages repeat.

use super::super::card::{Card, Kind, Label, Line};
use super::super::place::place_of;
use crate::kernel::Language;
use crate::words::Messages;

/// Whose telephone a number is.
pub(super) fn label(l: &Messages, label: Label) -> String {
    let said = match label {
        Label::Mobile => l.contacts_label_mobile(),
        Label::Work => l.contacts_label_work(),
        Label::Home => l.contacts_label_home(),
        Label::Fax => l.contacts_label_fax(),
        Label::Other => l.contacts_label_other(),
    };
    said.to_string()
}

/// A person or a company.
pub(super) fn kind(l: &Messages, kind: Kind) -> String {
    match kind {
        Kind::Person => l.contacts_kind_person().to_string(),
        Kind::Company => l.contacts_kind_company().to_string(),
    }
}

/// A number ready to be shown.
pub(super) struct Shown {
    pub(super) text: String,
    /// For `tel:`; `None` where it is masked.
    pub(super) dial: Option<String>,
    pub(super) extension: Option<String>,
    pub(super) label: String,
    pub(super) place: Option<&'static str>,
}

impl Shown {
    pub(super) fn of(l: &Messages, language: Language, line: &Line) -> Self {
        let extension = (!line.extension.is_empty()).then(|| line.extension.clone());
        Self {
            text: line.for_people(),
            dial: (!line.masked).then(|| line.number.clone()),
            extension: extension.map(|digits| l.contacts_extension(digits).to_string()),
            label: label(l, line.label),
            place: place_of(&line.number, language).filter(|_| !line.masked),
        }
    }
}

/// A card as a line of a list.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) version: i64,
    pub(super) name: String,
    pub(super) initial: String,
    pub(super) form_of_address: String,
    pub(super) is_company: bool,
    pub(super) vip: bool,
    /// Id and name of the company.
    pub(super) company: Option<(i64, String)>,
    /// At most two.
    pub(super) numbers: Vec<Shown>,
    /// How many more numbers there are.
    pub(super) more: usize,
    pub(super) tags: Vec<String>,
    pub(super) warned: bool,
}

impl Row {
    pub(super) fn of(l: &Messages, language: Language, card: &Card) -> Self {
        let shown = card.numbers.iter().take(2);
        Self {
            id: card.id.0,
            version: card.version,
            initial: initial(&card.name),
            name: card.name.clone(),
            form_of_address: card.form_of_address.clone(),
            is_company: card.kind == Kind::Company,
            vip: card.vip,
            company: card.company.as_ref().map(|of| (of.id.0, of.name.clone())),
            numbers: shown.map(|line| Shown::of(l, language, line)).collect(),
            more: card.numbers.len().saturating_sub(2),
            tags: card.tags.clone(),
            warned: !card.warning.is_empty(),
        }
    }
}

/// The first character of a name, for the round mark beside it.
pub(super) fn initial(name: &str) -> String {
    name.chars()
        .find(|c| c.is_alphanumeric())
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default()
}
