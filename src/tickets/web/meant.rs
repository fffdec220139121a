//! Which fault somebody means who writes its number by hand.

use crate::kernel::narrow;

/// The number of a fault as people write it: small or full-width letters, blanks and a missing hyphen make no other
/// number, and a short one is of the year of `beside`.
pub(super) fn number_meant(text: &str, beside: &str) -> String {
    let plain: String = text.chars().map(narrow).filter(|c| !c.is_whitespace()).collect();
    let plain = plain.to_uppercase();
    let figures: String = plain.trim_start_matches('F').chars().filter(|c| *c != '-').collect();
    let years = beside.trim_start_matches('F').split('-').next().unwrap_or_default();
    let is_number = !figures.is_empty() && figures.chars().all(|c| c.is_ascii_digit());
    let whole = plain.trim_start_matches('F').split_once('-');
    match (whole, figures.len()) {
        _ if !is_number => plain,
        (Some((year, no)), _) => format!("F{year}-{no:0>4}"),
        (None, ..=4) => format!("F{years}-{figures:0>4}"),
        (None, _) => {
            figures.split_at_checked(2).map_or(plain, |(year, no)| format!("F{year}-{no}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_in_small_wide_and_spaced_letters_and_a_short_one_is_of_the_year() {
        let ways = ["F26-0312", " f26-0312 ", "f 26 - 0312", "Ｆ２６－０３１２"];
        let short = ["f26 0312", "312", "F312", "0312", "26-312"];
        for text in ways.into_iter().chain(short) {
            assert_eq!(number_meant(text, "F26-0009"), "F26-0312", "{text}");
        }
        assert_eq!(number_meant("f2610000", "F26-0009"), "F26-10000");
        for text in ["", "王", "W26-0001", "F26-x"] {
            assert_eq!(number_meant(text, "F26-0009"), text.to_uppercase(), "no number of a fault");
        }
    }
}
