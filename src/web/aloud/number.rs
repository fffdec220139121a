//! A telephone number as it is read to somebody: in groups of digits. `aloud.js` groups the same way;
//! `tests/fixtures/read-aloud.json` holds cases for both.

use crate::kernel::narrow;

/// An outside number has at most so many digits (E.164).
const MOST: usize = 15;
/// The countries whose code is one digit, or two; of all others it is three (ITU-T E.164, annex).
const SHORT: [&str; 2] = ["1", "7"];
const TWO: [&str; 43] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "90", "91", "92", "93", "94", "95", "98",
];

/// What is written, with every number in it in its groups: `138 0000 1234`; a number of another
/// country as whoever wrote it grouped it. What is no outside number stays as it is written.
pub(super) fn grouped(text: &str) -> String {
    if let Some(one) = one(text) {
        return one;
    }
    let parts: Vec<&str> = text.split(|c| narrow(c) == '/').map(str::trim).collect();
    let said: Vec<Option<String>> = parts.iter().copied().map(one).collect();
    if parts.len() < 2 || said.iter().all(Option::is_none) {
        return text.to_owned();
    }
    let parts = said.into_iter().zip(parts);
    parts
        .map(|(said, part)| said.unwrap_or_else(|| part.to_owned()))
        .collect::<Vec<_>>()
        .join(" / ")
}

/// A sentence with every telephone number that stands in one piece in its groups: `王建国 138 1395
/// 2211`. A number inside a name, a date or a serial number with letters stays as it is.
pub fn grouped_in(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(|c: char| c == '+' || c.is_ascii_digit()) {
        let (before, run) = rest.split_at(begin);
        let tail = run.strip_prefix('+').unwrap_or(run);
        let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (run, after) = run.split_at(run.len() - tail.len() + digits);
        said.push_str(before);
        let alone = !said.ends_with(beside) && !after.starts_with(beside);
        let number = ((10..=13).contains(&digits) && alone).then(|| one(run)).flatten();
        said.push_str(number.as_deref().unwrap_or(run));
        rest = after;
    }
    said.push_str(rest);
    said
}

/// What makes the digits beside it something else than a telephone number.
fn beside(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '.' | '-' | '_' | '+') || narrow(c).is_ascii_digit()
}

/// One number; `None` where this is none.
fn one(text: &str) -> Option<String> {
    let parts = folded(text)?;
    let digits = parts.concat();
    let abroad = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00"));
    let home = abroad.map_or(Some(digits.as_str()), |rest| rest.strip_prefix("86"));
    if let Some(home) = home {
        // a PBX writes the country without a plus
        let bare = home.strip_prefix("86").filter(|_| abroad.is_none());
        return of_country(home, abroad.is_some())
            .or_else(|| bare.and_then(|bare| of_country(bare, true)));
    }
    let abroad =
        abroad.filter(|rest| (8..=MOST).contains(&rest.len()) && !rest.starts_with('0'))?;
    if parts.iter().filter(|part| *part != "+").count() > 1 {
        let said = parts.join(" ");
        let rest = said.strip_prefix('+').or_else(|| said.strip_prefix("00"));
        return rest.map(|rest| format!("+{}", rest.trim_start()));
    }
    let code = if SHORT.iter().any(|code| abroad.starts_with(code)) {
        1
    } else if TWO.iter().any(|code| abroad.starts_with(code)) {
        2
    } else {
        3
    };
    let (code, rest) = abroad.split_at(code);
    // threes first, then as many fours as it takes
    let fours = if rest.len() > 5 { rest.len() % 3 } else { 0 };
    let threes = if rest.len() > 5 { (rest.len() - 4 * fours) / 3 } else { 0 };
    let (head, tail) = rest.split_at(3 * threes);
    let said = [vec![code], cut(head, 3), cut(tail, if fours > 0 { 4 } else { MOST })].concat();
    Some(format!("+{}", said.join(" ")))
}

/// A number of this country, without its code; `coded` where the code stood before it, and so no zero.
fn of_country(digits: &str, coded: bool) -> Option<String> {
    let bare = digits.strip_prefix('0').filter(|_| !coded);
    let mobile = bare.unwrap_or(digits);
    let starts = |from: &str| mobile.starts_with(from);
    if mobile.len() == 11 && starts("1") && !["10", "11", "12"].into_iter().any(starts) {
        let (three, rest) = mobile.split_at(3);
        return Some([vec![three], cut(rest, 4)].concat().join(" "));
    }
    if digits.len() == 10 && (starts("400") || starts("800")) {
        let (three, rest) = digits.split_at(3);
        let (more, rest) = rest.split_at(3);
        return Some([three, more, rest].join(" "));
    }
    if !coded && (5..=6).contains(&digits.len()) && (starts("95") || starts("96")) && bare.is_none()
    {
        return Some(digits.to_owned());
    }
    let far = if coded { Some(digits) } else { bare }?;
    let area = match far.get(..2)? {
        "10" | "20" | "21" | "22" | "23" | "24" | "25" | "26" | "27" | "28" | "29" => 2,
        other if other.starts_with(['3', '4', '5', '6', '7', '8', '9']) => 3,
        _ => return None,
    };
    let (area, own) = far.split_at_checked(area)?;
    match own.len() {
        // the same everywhere: 021 95588
        5 | 6 if own.starts_with(['1', '9']) => Some(format!("0{area} {own}")),
        7 | 8 => {
            let (head, tail) = own.split_at(own.len() - 4);
            Some(format!("0{area} {head} {tail}"))
        }
        _ => None,
    }
}

/// Digits in pieces of so many, the last of what is left.
fn cut(digits: &str, piece: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = digits;
    while !rest.is_empty() {
        let (head, tail) = rest.split_at(rest.len().min(piece));
        pieces.push(head);
        rest = tail;
    }
    pieces
}

/// The groups in which a number is written, in plain digits, a plus before the first; `None` where
/// anything but digits and what stands between them is there.
fn folded(text: &str) -> Option<Vec<String>> {
    let mut groups = vec![String::new()];
    for c in text.trim().chars() {
        let begun = groups.iter().any(|group| !group.is_empty());
        let group = groups.last_mut()?;
        match narrow(c) {
            digit @ '0'..='9' => group.push(digit),
            '+' if !begun => group.push('+'),
            ' ' | '-' | '(' | ')' | '/' | '.' => groups.push(String::new()),
            _ => return None,
        }
    }
    groups.retain(|group| !group.is_empty());
    (!groups.is_empty()).then_some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Phone;

    const CASES: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/read-aloud.json"));

    #[test]
    fn a_number_is_read_in_the_groups_of_its_kind() {
        let cases: Vec<(String, String)> = serde_json::from_str(CASES).unwrap();
        for (written, said) in cases {
            assert_eq!(grouped(&written), said, "when {written:?} is written");
        }
    }

    #[test]
    fn a_number_in_a_sentence_is_read_in_its_groups_and_nothing_else_is_touched() {
        let cases = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/read-in-a-sentence.json"
        ));
        let cases: Vec<(String, String)> = serde_json::from_str(cases).unwrap();
        for (written, said) in cases {
            assert_eq!(grouped_in(&written), said, "when {written:?} is written");
        }
    }

    #[test]
    fn a_number_of_this_country_is_read_as_it_is_written_on_every_page() {
        let areas = ["10", "20", "21", "25", "29", "311", "512", "755", "898", "991"];
        let landline = |area: &str| [format!("0{area}84523317"), format!("+86{area}84523317")];
        let mobile = (130..=199).flat_map(|head| {
            let own = format!("{head}00001234");
            [own.clone(), format!("0{own}"), format!("+86{own}"), format!("86{own}")]
        });
        let own = [
            "01095588",
            "05126781234",
            "4008001234",
            "400-800-1234",
            "8008001234",
            "00862584523317",
        ];
        let all = areas.into_iter().flat_map(landline).chain(mobile).chain(own.map(str::to_owned));
        let mut read = 0;
        for written in all {
            let Some(phone) = Phone::read(&written) else { continue };
            assert_eq!(grouped(&written), phone.for_people(), "when {written:?} is written");
            read += 1;
        }
        assert!(read > 200, "{read} of them are numbers");
    }
}
