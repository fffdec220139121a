//! What is read digit by digit in a call we make: the times, places and numbers of a text
//! (operations.md clause 2.3).

use crate::kernel::narrow;

/// Endings after which a house number follows.
const STREETS: [char; 6] = ['道', '路', '街', '巷', '弄', '园'];
/// What may follow the digits of a place.
const PLACES: [char; 7] = ['号', '楼', '层', '室', '座', '栋', '幢'];
/// What may follow the digits of a date or a time.
const TIMES: [char; 7] = ['年', '月', '日', '点', '时', '分', '秒'];
/// So many characters of a street's name are taken with its number.
const STREET_MOST: usize = 8;
/// A bare number shorter than this is read like any word.
const DIGITS_LEAST: usize = 3;

fn han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

fn digit(c: char) -> bool {
    narrow(c).is_ascii_digit()
}

/// A run of digits with what belongs to it, and where it ends.
fn number_at(text: &[char], from: usize) -> usize {
    let mut at = from;
    while let Some(&c) = text.get(at) {
        let inside = matches!(c, ':' | '：' | '.' | ',' | '-' | '/' | ' ')
            && text.get(at + 1).copied().is_some_and(digit)
            // a space parts a number from the next, unless telephone numbers are grouped so
            && (c != ' ' || text[from..at].iter().all(|c| digit(*c) || *c == ' '));
        if !digit(c) && !inside {
            break;
        }
        at += 1;
    }
    at
}

/// The figures of a text in their order: `12月5日`, `15:30`, `软件大道88号`, `3,360.00`.
pub(super) fn figures(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut taken) = (0, 0);
    while at < text.len() {
        if !digit(text[at]) {
            at += 1;
            continue;
        }
        let mut from = at;
        let mut end = number_at(&text, at);
        let mut unit = false;
        // 12月5日, 3点20分: digits and units in turns
        while text.get(end).is_some_and(|c| TIMES.contains(c)) {
            unit = true;
            end += 1;
            if !text.get(end).copied().is_some_and(digit) || text[end - 1] == '日' {
                break;
            }
            let next = number_at(&text, end);
            if !text.get(next).is_some_and(|c| TIMES.contains(c)) {
                break;
            }
            end = next;
        }
        if !unit {
            while text.get(end).is_some_and(|c| PLACES.contains(c)) {
                unit = true;
                end += 1;
                if text.get(end).copied().is_some_and(digit) {
                    end = number_at(&text, end);
                }
            }
            let street = from > taken && STREETS.contains(&text[from - 1]);
            if street {
                unit = true;
                let name = text[taken..from].iter().rev().take(STREET_MOST);
                from -= name.take_while(|c| han(**c)).count();
            }
        }
        let digits = text[from..end].iter().filter(|c| digit(**c)).count();
        let parted = text[from..end].iter().any(|c| matches!(c, ':' | '：' | '.'));
        if unit || parted || digits >= DIGITS_LEAST {
            found.push(text[from..end].iter().collect());
        }
        taken = end;
        at = end.max(at + 1);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_places_and_numbers_are_read_digit_by_digit() {
        assert_eq!(figures("12月5日15:30 软件大道88号"), ["12月5日", "15:30", "软件大道88号"]);
        assert_eq!(figures("请于下午3点20分到B座12层，带 2 人"), ["3点20分", "12层"]);
        assert_eq!(figures("回电 138 1395 2211，押金3,360.00元"), ["138 1395 2211", "3,360.00"]);
        assert_eq!(figures("您好，谢谢"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in ".{0,80}") {
            for figure in figures(&text) {
                prop_assert!(text.contains(&figure));
            }
        }
    }
}
