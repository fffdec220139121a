//! What is wrong with what somebody wrote on a card, with the field and the sentence for each.

use super::card::{
    ADDRESS_LONGEST, NAME_LONGEST, NOTES_LONGEST, NUMBERS_MOST, TAG_LONGEST, TAGS_MOST,
    WARNING_LONGEST,
};
use super::number::NotANumber;
use crate::words::Messages;

/// One thing that is wrong with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A card needs a name.
    #[error("a name is needed")]
    Name,
    /// More than 80 characters.
    #[error("a name has at most {NAME_LONGEST} characters")]
    NameLong,
    /// More than 30 characters.
    #[error("a form of address has at most {ADDRESS_LONGEST} characters")]
    AddressLong,
    /// More than 80 characters.
    #[error("a company's name has at most {NAME_LONGEST} characters")]
    CompanyLong,
    /// A company belongs to no other.
    #[error("a company belongs to no other company")]
    CompanyOfCompany,
    /// More than 200 characters.
    #[error("a warning has at most {WARNING_LONGEST} characters")]
    WarningLong,
    /// More than 4000 characters.
    #[error("notes have at most {NOTES_LONGEST} characters")]
    NotesLong,
    /// A tag has more than 20 characters.
    #[error("a tag has at most {TAG_LONGEST} characters")]
    TagLong,
    /// More than 20 tags.
    #[error("a card has at most {TAGS_MOST} tags")]
    TooManyTags,
    /// More than 20 numbers.
    #[error("a card has at most {NUMBERS_MOST} numbers")]
    TooManyNumbers,
    /// A number cannot be read.
    #[error("number {place}: {why}")]
    Number {
        /// Which, from 1.
        place: usize,
        /// Why not.
        why: NotANumber,
    },
    /// A word that is none of those for a person or a company.
    #[error("the kind is person or company (个人, 公司)")]
    Kind,
    /// Neither yes nor no.
    #[error("VIP is yes or no (是, 否)")]
    Vip,
}

impl Wrong {
    /// The field it is about.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name | Self::NameLong => "name",
            Self::AddressLong => "form_of_address",
            Self::CompanyLong | Self::CompanyOfCompany => "company",
            Self::WarningLong => "warning",
            Self::NotesLong => "notes",
            Self::TagLong | Self::TooManyTags => "tags",
            Self::TooManyNumbers | Self::Number { .. } => "numbers",
            Self::Kind => "kind",
            Self::Vip => "vip",
        }
    }

    /// The sentence for the one who wrote it.
    pub fn say(self, l: &Messages) -> String {
        let said = match self {
            Self::Name => l.contacts_wrong_name(),
            Self::NameLong | Self::CompanyLong => l.contacts_wrong_long(NAME_LONGEST),
            Self::AddressLong => l.contacts_wrong_long(ADDRESS_LONGEST),
            Self::CompanyOfCompany => l.contacts_wrong_company_of_company(),
            Self::WarningLong => l.contacts_wrong_long(WARNING_LONGEST),
            Self::NotesLong => l.contacts_wrong_long(NOTES_LONGEST),
            Self::TagLong => l.contacts_wrong_tag_long(TAG_LONGEST),
            Self::TooManyTags => l.contacts_wrong_tags(TAGS_MOST),
            Self::TooManyNumbers => l.contacts_wrong_numbers(NUMBERS_MOST),
            Self::Number { place, why } => {
                return l.contacts_wrong_number(place, no_number(l, why)).to_string();
            }
            Self::Kind => l.contacts_wrong_kind(),
            Self::Vip => l.contacts_wrong_vip(),
        };
        said.to_string()
    }
}

/// Why a text is no number, in words.
pub(super) fn no_number(l: &Messages, why: NotANumber) -> String {
    let said = match why {
        NotANumber::Empty => l.contacts_number_empty(),
        NotANumber::TooLong => l.contacts_number_too_long(),
        NotANumber::Sign => l.contacts_number_sign(),
        NotANumber::Unknown => l.contacts_number_unknown(),
        NotANumber::Extension => l.contacts_number_extension(),
    };
    said.to_string()
}
