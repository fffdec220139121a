//! Full-width characters, as Chinese keyboards write digits, Latin letters and signs.

/// A full-width character as its narrow twin; any other as it is.
///
/// These are the ASCII variants U+FF01 to U+FF5E of the Unicode block Halfwidth and Fullwidth Forms, which lie in
/// the order of U+0021 to U+007E, and the ideographic space U+3000. NFKC maps them too, and with them `²` to `2` and
/// `①` to `1`, which are no digits of a number.
pub fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// A text as it is compared when somebody looks for it: narrow, in small letters.
pub fn folded(text: &str) -> String {
    text.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_ascii_and_the_ideographic_space_are_narrowed_and_nothing_else() {
        let wide: String = ('\u{ff01}'..='\u{ff5e}').map(narrow).collect();
        let ascii: String = ('!'..='~').collect();
        assert_eq!(wide, ascii);
        assert_eq!(narrow('\u{3000}'), ' ');
        // their neighbours, other signs of China, what only looks like a digit, half-width forms, ASCII
        for c in [
            '\u{ff00}', '\u{ff5f}', '\u{3001}', '。', '王', '²', '①', '\u{ff61}', '\u{ffe5}', '7',
            ' ',
        ] {
            assert_eq!(narrow(c), c, "{c:?}");
        }
    }

    #[test]
    fn what_is_looked_for_is_the_same_in_either_width_and_in_capitals() {
        for text in ["a101 room", "Ａ１０１　ＲＯＯＭ", "A１01 Room"] {
            assert_eq!(folded(text), "a101 room");
        }
        assert_eq!(folded("王经理"), "王经理");
    }
}
