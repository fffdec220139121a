//! Dates by the lunar calendar, as weddings and elders' birthdays are told: 九月初六, 闰六月十五, lunar 9/6.

use chrono::{Datelike as _, NaiveDate};
use lunar_lite::{LunarDate, SolarDate, lunar_to_solar, solar_to_lunar};

use crate::kernel::Language;
use crate::words::Messages;

const MONTHS: [&str; 12] = ["正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊"];
const DIGITS: [&str; 11] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];

fn solar(date: NaiveDate) -> Option<SolarDate> {
    let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
    Some(SolarDate { year: date.year(), month, day })
}

/// The lunar date of a day as people write it: `农历九月初六`, `农历闰六月十五`, `lunar 9/6`. `None` where the
/// calendar does not reach.
pub fn of((l, language): (&Messages, Language), date: NaiveDate) -> Option<String> {
    let lunar = solar_to_lunar(solar(date)?).ok()?;
    let day = match language {
        Language::ZhCn => {
            let month = MONTHS.get(usize::from(lunar.month).checked_sub(1)?)?;
            format!("{month}月{}", day_said(lunar.day)?)
        }
        Language::En => format!("{}/{}", lunar.month, lunar.day),
    };
    let said = if lunar.is_leap_month { l.bookings_lunar_leap(day) } else { l.bookings_lunar(day) };
    Some(said.to_string())
}

fn day_said(day: u8) -> Option<String> {
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied();
    Some(match day {
        1..=10 => format!("初{}", digit(day)?),
        11..=19 => format!("十{}", digit(day - 10)?),
        20 => "二十".to_owned(),
        21..=29 => format!("廿{}", digit(day - 20)?),
        30 => "三十".to_owned(),
        _ => return None,
    })
}

/// The day of a lunar date, of this year or the next that has it; on or after `today`.
fn next(month: u8, day: u8, leap: bool, today: NaiveDate) -> Option<NaiveDate> {
    let this = solar_to_lunar(solar(today)?).ok()?.year;
    // a leap month comes back after 19 years at most
    (this..this + 20).find_map(|year| {
        let found = LunarDate { year, month, day, is_leap_month: leap };
        let solar = lunar_to_solar(found).ok()?;
        let date = NaiveDate::from_ymd_opt(solar.year, solar.month.into(), solar.day.into())?;
        (date >= today).then_some(date)
    })
}

/// Finds a lunar date in a text: `农历九月初六`, `腊月廿三`, `阴历闰六月15`, `lunar 9/6`. Without 农历 in front it must
/// be told by words no other calendar has (初, 廿, 正月, 腊月, 冬月). Gives the day and the characters it
/// took.
pub(super) fn find(text: &[char], today: NaiveDate) -> Option<(NaiveDate, std::ops::Range<usize>)> {
    for at in 0..text.len() {
        let Some(rest) = text.get(at..) else { break };
        if let Some((month, day, leap, taken)) = in_figures(rest)
            && let Some(date) = next(month, day, leap, today)
        {
            return Some((date, at..at + taken));
        }
        let marked = ["农历", "阴历", "旧历"].iter().any(|mark| begins(rest, mark));
        let mut i = if marked { 2 } else { 0 };
        let leap = rest.get(i) == Some(&'闰');
        if leap {
            i += 1;
        }
        let Some((month, taken, only_lunar)) = month(rest.get(i..)?) else { continue };
        i += taken;
        if rest.get(i) != Some(&'月') {
            continue;
        }
        i += 1;
        let Some((day, taken, lunar_day)) = day(rest.get(i..).unwrap_or_default()) else {
            continue;
        };
        i += taken;
        if !(marked || leap || only_lunar || lunar_day) {
            continue;
        }
        if let Some(date) = next(month, day, leap, today) {
            return Some((date, at..at + i));
        }
    }
    None
}

/// A lunar date as English says it, `lunar 9/6` or `lunar leap 6/15`: its month and day, whether the month is a
/// leap month, and the characters it took.
fn in_figures(text: &[char]) -> Option<(u8, u8, bool, usize)> {
    let line: String = text.iter().take(24).collect::<String>().to_ascii_lowercase();
    let rest = line.strip_prefix("lunar")?.trim_start();
    let (leap, rest) = match rest.strip_prefix("leap") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, rest),
    };
    let (month, rest) = figure(rest)?;
    let (day, rest) = figure(rest.strip_prefix('/')?)?;
    let known = (1..=12).contains(&month) && (1..=30).contains(&day);
    known.then(|| (month, day, leap, line.chars().count() - rest.chars().count()))
}

/// The number a text begins with, and what is after it.
fn figure(text: &str) -> Option<(u8, &str)> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, text.strip_prefix(digits.as_str())?))
}

fn begins(text: &[char], word: &str) -> bool {
    word.chars().enumerate().all(|(k, c)| text.get(k) == Some(&c))
}

/// A month's name: its number, the characters it took, and whether no other calendar says it so.
fn month(text: &[char]) -> Option<(u8, usize, bool)> {
    for (name, month) in [("十一", 11), ("十二", 12), ("12", 12), ("11", 11), ("10", 10)] {
        if begins(text, name) {
            return Some((month, 2, false));
        }
    }
    let first = *text.first()?;
    if let Some(digit) = first.to_digit(10).filter(|digit| *digit > 0) {
        return Some((u8::try_from(digit).ok()?, 1, false));
    }
    let at = MONTHS.iter().position(|name| name.starts_with(first)).or_else(|| {
        // 一月 and 元月 are said too
        matches!(first, '一' | '元').then_some(0)
    })?;
    Some((u8::try_from(at + 1).ok()?, 1, matches!(first, '正' | '冬' | '腊')))
}

/// A day's name: its number, the characters it took, and whether no other calendar says it so.
fn day(text: &[char]) -> Option<(u8, usize, bool)> {
    let one = |c: Option<&char>| -> Option<u8> {
        let c = *c?;
        let at = DIGITS.iter().skip(1).position(|digit| digit.starts_with(c))?;
        u8::try_from(at + 1).ok()
    };
    match text.first()? {
        '初' => one(text.get(1)).map(|day| (day, 2, true)),
        '廿' => match one(text.get(1)).filter(|day| *day < 10) {
            Some(day) => Some((20 + day, 2, true)),
            None => Some((20, 1, true)),
        },
        '卅' => Some((30, 1, true)),
        '三' if text.get(1) == Some(&'十') => Some((30, 2, false)),
        '二' if text.get(1) == Some(&'十') => match one(text.get(2)).filter(|day| *day < 10) {
            Some(day) => Some((20 + day, 3, false)),
            None => Some((20, 2, false)),
        },
        '十' => match one(text.get(1)).filter(|day| *day < 10) {
            Some(day) => Some((10 + day, 2, false)),
            None => Some((10, 1, false)),
        },
        c if c.is_ascii_digit() => {
            let digits: String = text.iter().take(2).take_while(|c| c.is_ascii_digit()).collect();
            let day: u8 = digits.parse().ok()?;
            (1..=30).contains(&day).then_some((day, digits.len(), false))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;

    fn said(language: Language, day: NaiveDate) -> Option<String> {
        of((&words::of(language), language), day)
    }

    fn date(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: Option<NaiveDate>) {
        let chars: Vec<char> = text.chars().collect();
        let found = find(&chars, date(2026, 11, 23)).map(|(date, _)| date);
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn weddings_are_told_by_the_moon() {
        let (new_year, leap) = (date(2026, 2, 17), date(2025, 7, 25));
        assert_eq!(said(Language::ZhCn, new_year).as_deref(), Some("农历正月初一"));
        assert_eq!(said(Language::ZhCn, leap).as_deref(), Some("农历闰六月初一"));
        assert_eq!(said(Language::En, new_year).as_deref(), Some("lunar 1/1"));
        assert_eq!(said(Language::En, leap).as_deref(), Some("lunar leap 6/1"));
        check("农历正月初一", Some(date(2027, 2, 6)));
        check("腊月廿三", Some(date(2027, 1, 30)));
        check("婚宴 农历九月初六 30桌", Some(date(2027, 10, 5)));
        check("wedding Lunar 9/6, 30 tables", Some(date(2027, 10, 5)));
        check("lunar 13/6", None);
        check("11月28日", None);
        check("十月", None);
        check("农历", None);
    }

    #[test]
    fn every_day_of_ten_years_is_read_back_as_it_is_written() {
        let mut day = date(2020, 1, 1);
        while day < date(2030, 1, 1) {
            for language in [Language::ZhCn, Language::En] {
                let said = said(language, day).unwrap();
                let chars: Vec<char> = said.chars().collect();
                assert_eq!(find(&chars, day).map(|(found, _)| found), Some(day), "{said}");
            }
            day = day.succ_opt().unwrap();
        }
    }
}
