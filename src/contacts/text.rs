//! What strangers write, made fit to be stored and shown: nothing unseen, nothing that turns the
//! text around it, no line where there is to be one line only.

/// Characters that show nothing and change what stands beside them: controls, marks of direction,
/// spaces without width, the byte order mark.
pub(super) fn is_unseen(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
        || matches!(
            c,
            '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{61c}'
                | '\u{ad}'
        )
}

/// One line: no white space at its ends, one space where there was more.
pub(super) fn line(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines: one kind of line end, nothing unseen, no empty lines at the ends.
pub(super) fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    seen.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_turns_nothing_around_and_hides_nothing() {
        assert_eq!(line(" 王\u{202e}建\u{0}国\t \n 先生\u{200b} "), "王建国 先生");
        assert_eq!(lines("\r\n一\r\n二\u{2066}\u{7}\n"), "一\n二");
    }
}
