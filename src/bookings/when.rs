//! When somebody means: 今晚七点半, 周五18:30, 明天中午12点, 25:30, tomorrow 7:30pm. Hours past midnight
//! belong to the evening before.

use std::ops::Range;

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use crate::kernel::narrow;

/// What was said of the day and of the hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The business date.
    pub date: Option<NaiveDate>,
    /// Minutes after its midnight; 1530 is half past one at night.
    pub minute: Option<i64>,
    /// Whether the day was told by the moon.
    pub lunar: bool,
    /// Whether a day was named at all.
    pub named: bool,
}

/// The part of the day that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    None,
    Morning,
    Noon,
    Afternoon,
    Evening,
    Night,
}

/// Characters that are read word by word, each once.
pub(super) struct Line {
    pub(super) chars: Vec<char>,
    used: Vec<bool>,
}

impl Line {
    /// A line as it was typed; full-width digits and signs are read as the narrow ones.
    pub(super) fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().take(300).map(narrow).collect();
        let used = vec![false; chars.len()];
        Self { chars, used }
    }

    /// Whether all of it is still unread.
    pub(super) fn is_free(&self, range: &Range<usize>) -> bool {
        self.used.get(range.clone()).is_some_and(|used| !used.iter().any(|used| *used))
    }

    /// Marks it as read.
    pub(super) fn take(&mut self, range: Range<usize>) {
        if let Some(used) = self.used.get_mut(range) {
            used.fill(true);
        }
    }

    /// Whether a word stands at a place, in any case.
    pub(super) fn begins(&self, at: usize, word: &str) -> bool {
        word.chars()
            .enumerate()
            .all(|(k, c)| self.chars.get(at + k).is_some_and(|have| have.eq_ignore_ascii_case(&c)))
    }

    /// Finds one of the words, the first in the list that is there unread, and reads it.
    pub(super) fn take_word<T: Copy>(&mut self, words: &[(&str, T)]) -> Option<(T, Range<usize>)> {
        for (word, value) in words {
            let length = word.chars().count();
            for at in 0..self.chars.len() {
                let range = at..at + length;
                if self.begins(at, word) && self.is_free(&range) {
                    self.take(range.clone());
                    return Some((*value, range));
                }
            }
        }
        None
    }

    /// What is left unread, in words.
    pub(super) fn rest(&self) -> Vec<String> {
        let free = self.chars.iter().zip(&self.used);
        let text: String = free.map(|(c, used)| if *used { ' ' } else { *c }).collect();
        let apart =
            |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；' | '。');
        text.split(apart).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// A whole number at a place, in digits or as it is spoken (十二, 两), and its length.
    pub(super) fn number(&self, at: usize) -> Option<(i64, usize)> {
        let digits: String =
            self.chars.iter().skip(at).take(9).take_while(|c| c.is_ascii_digit()).collect();
        if !digits.is_empty() {
            return Some((digits.parse().ok()?, digits.len()));
        }
        let spoken: Vec<i64> =
            self.chars.iter().skip(at).take(3).map_while(|c| spoken(*c)).collect();
        match spoken.as_slice() {
            [10, one, ..] if *one < 10 => Some((10 + one, 2)),
            [ten, 10, one, ..] if *ten < 10 && *one < 10 => Some((ten * 10 + one, 3)),
            [ten, 10, ..] if *ten < 10 => Some((ten * 10, 2)),
            [one, ..] => Some((*one, 1)),
            [] => None,
        }
    }
}

fn spoken(c: char) -> Option<i64> {
    let digits = "零一二三四五六七八九十";
    let at = digits.chars().position(|digit| digit == c);
    let at = at.or(match c {
        '〇' => Some(0),
        '两' => Some(2),
        _ => None,
    });
    at.and_then(|at| i64::try_from(at).ok())
}

/// Reads day and hour from a line and marks what was read. `today` is the business date of now,
/// `minute` the minutes since its midnight.
pub(super) fn read(line: &mut Line, today: NaiveDate, minute: i64) -> Said {
    let mut said = Said::default();
    let mut part = Part::None;
    if let Some((date, range)) = super::lunar::find(&line.chars, today)
        && line.is_free(&range)
    {
        line.take(range);
        (said.date, said.lunar) = (Some(date), true);
    }
    if said.date.is_none() {
        said.date = calendar_day(line, today).or_else(|| weekday(line, today));
    }
    if said.date.is_none() {
        let words = [
            ("大后天", (3, Part::None)),
            ("今晚", (0, Part::Evening)),
            ("今夜", (0, Part::Evening)),
            ("今天", (0, Part::None)),
            ("今日", (0, Part::None)),
            ("今儿", (0, Part::None)),
            ("明晚", (1, Part::Evening)),
            ("明天", (1, Part::None)),
            ("明日", (1, Part::None)),
            ("后天", (2, Part::None)),
            ("后晚", (2, Part::Evening)),
            ("tonight", (0, Part::Evening)),
            ("today", (0, Part::None)),
            ("tomorrow", (1, Part::None)),
        ];
        if let Some(((days, named), _)) = line.take_word(&words) {
            (said.date, part) = (Some(today + TimeDelta::days(days)), named);
        }
    }
    let parts = [
        ("早上", Part::Morning),
        ("上午", Part::Morning),
        ("中午", Part::Noon),
        ("下午", Part::Afternoon),
        ("傍晚", Part::Afternoon),
        ("晚上", Part::Evening),
        ("夜里", Part::Night),
        ("半夜", Part::Night),
        ("凌晨", Part::Night),
        ("午夜", Part::Night),
    ];
    if let Some((named, _)) = line.take_word(&parts) {
        part = named;
    }
    let ahead = said.date.is_some_and(|date| date > today);
    said.minute = time(line, part, if ahead { None } else { Some(minute) });
    said.named = said.date.is_some();
    if said.minute.is_some() && !said.named {
        said.date = Some(today);
    }
    said
}

/// `2026-11-28`, `11月28日`, `11/28`, `11-28`.
fn calendar_day(line: &mut Line, today: NaiveDate) -> Option<NaiveDate> {
    for at in 0..line.chars.len() {
        let before = at.checked_sub(1).and_then(|before| line.chars.get(before));
        if before.is_some_and(|c| c.is_ascii_digit() || matches!(c, '-' | '/' | ':' | '+')) {
            continue;
        }
        let Some((first, length)) = line.number(at) else { continue };
        let mut i = at + length;
        let (mut year, mut month) = (None, first);
        let apart = |c: Option<&char>| c.is_some_and(|c| matches!(c, '-' | '/' | '年' | '月'));
        if !apart(line.chars.get(i)) {
            continue;
        }
        if (2000..2200).contains(&first) {
            let Some((next, length)) = line.number(i + 1) else { continue };
            (year, month) = (Some(first), next);
            i += 1 + length;
            if !apart(line.chars.get(i)) {
                continue;
            }
        }
        let by_words = line.chars.get(i) == Some(&'月');
        let Some((day, length)) = line.number(i + 1) else { continue };
        i += 1 + length;
        let closed = matches!(line.chars.get(i), Some('日' | '号'));
        let after = line.chars.get(if closed { i + 1 } else { i });
        if after.is_some_and(|c| c.is_ascii_digit() && !closed || matches!(c, '-' | '/')) {
            continue;
        }
        let Some(date) = on_day(year, month, day, today) else { continue };
        let range = at..if closed { i + 1 } else { i };
        if line.is_free(&range) && (by_words || length <= 2) {
            line.take(range);
            return Some(date);
        }
    }
    None
}

/// This year's, or the next year's where that is over.
fn on_day(year: Option<i64>, month: i64, day: i64, today: NaiveDate) -> Option<NaiveDate> {
    let (month, day) = (u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    if let Some(year) = year {
        return NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    }
    (today.year()..today.year() + 5)
        .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
        .find(|date| *date >= today)
}

/// `周五`, `下周一`, `星期天`, `礼拜六`.
fn weekday(line: &mut Line, today: NaiveDate) -> Option<NaiveDate> {
    for at in 0..line.chars.len() {
        for word in ["周", "星期", "礼拜"] {
            if !line.begins(at, word) {
                continue;
            }
            let i = at + word.chars().count();
            let day = match line.chars.get(i) {
                Some('日' | '天') => 7,
                Some(c) => match spoken(*c).or(c.to_digit(10).map(i64::from)) {
                    Some(day @ 1..=6) => day,
                    _ => continue,
                },
                None => continue,
            };
            let (next, from) = match at.checked_sub(1).and_then(|before| line.chars.get(before)) {
                Some('下') => (true, at - 1),
                Some('这' | '本') => (false, at - 1),
                _ => (false, at),
            };
            let range = from..i + 1;
            if !line.is_free(&range) {
                continue;
            }
            line.take(range);
            let here = i64::from(today.weekday().number_from_monday());
            let ahead = if next { day - here + 7 } else { (day - here).rem_euclid(7) };
            return Some(today + TimeDelta::days(ahead));
        }
    }
    None
}

/// `19:30`, `7点半`, `七点三刻`, `7点`, `7:30pm`. `over`: the minutes of today that are past.
fn time(line: &mut Line, part: Part, over: Option<i64>) -> Option<i64> {
    for at in 0..line.chars.len() {
        let before = at.checked_sub(1).and_then(|before| line.chars.get(before));
        if before.is_some_and(char::is_ascii_digit) {
            continue;
        }
        let Some((hour, length)) = line.number(at) else { continue };
        let mut i = at + length;
        let mut minute = 0;
        let mut marked = true;
        match line.chars.get(i) {
            Some(':') => {
                let Some((minutes, length)) = line.number(i + 1) else { continue };
                if length != 2 {
                    continue;
                }
                (minute, i) = (minutes, i + 1 + length);
            }
            Some('点' | '时') => {
                i += 1;
                (minute, i) = past_the_hour(line, i);
            }
            _ => marked = false,
        }
        let suffix = ["pm", "am", "p.m.", "a.m."].iter().find(|word| line.begins(i, word));
        let (part, i) = match suffix {
            Some(word) if word.starts_with('p') => (Part::Afternoon, i + word.len()),
            Some(word) => (Part::Morning, i + word.len()),
            None => (part, i),
        };
        if !(marked || suffix.is_some()) || hour > 36 || minute > 59 {
            continue;
        }
        let range = at..i;
        if line.is_free(&range) {
            line.take(range);
            return Some(of_the_day(hour, part, minute, over) * 60 + minute);
        }
    }
    None
}

/// What follows 点: 半, 一刻, 三刻, 20分, 20, 整.
fn past_the_hour(line: &Line, at: usize) -> (i64, usize) {
    match line.chars.get(at) {
        Some('半') => return (30, at + 1),
        Some('整' | '钟') => return (0, at + 1),
        _ => {}
    }
    let Some((number, length)) = line.number(at) else { return (0, at) };
    let after = at + length;
    match line.chars.get(after) {
        Some('刻') if matches!(number, 1 | 3) => (number * 15, after + 1),
        Some('分') if number < 60 => (number, after + 1),
        _ if number < 60 && length == 2 => (number, after),
        _ => (0, at),
    }
}

/// The hour of the business day that is meant.
fn of_the_day(hour: i64, part: Part, minute: i64, over: Option<i64>) -> i64 {
    let again = over.is_some_and(|over| hour * 60 + minute < over);
    match (part, hour) {
        (Part::Evening | Part::Night, 0 | 12) | (Part::None, 0) => 24,
        (Part::Evening, 1..=4) | (Part::Night, 1..=5) => hour + 24,
        (Part::Evening | Part::Afternoon, 1..=11) | (Part::Noon, 1..=3) | (Part::None, 1..=9) => {
            hour + 12
        }
        // ten and eleven in the morning, unless that is over
        (Part::None, 10..=12) if again => hour + 12,
        _ => hour,
    }
}

/// Reads a text that says nothing but when: a field of a form. `19:30` alone is today.
pub fn when(text: &str, today: NaiveDate, minute: i64) -> Said {
    read(&mut Line::new(text), today, minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();

    #[track_caller]
    fn check(text: &str, day: u32, clock: &str) {
        // five in the afternoon
        let said = when(text, MONDAY, 17 * 60);
        let clock_of = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        assert_eq!(said.date.map(|date| date.day()), Some(day), "{text}");
        assert_eq!(said.minute.map(clock_of).as_deref(), Some(clock), "{text}");
    }

    #[test]
    fn people_say_when_in_many_ways() {
        check("今晚7点半", 23, "19:30");
        check("今晚七点半", 23, "19:30");
        check("19:30", 23, "19:30");
        check("7点", 23, "19:00");
        check("七点三刻", 23, "19:45");
        check("晚上8点20", 23, "20:20");
        check("明天中午12点", 24, "12:00");
        check("周五18:30", 27, "18:30");
        check("下周一 6点半", 30, "18:30");
        check("11月28日19点", 28, "19:00");
        check("11/28 下午3点", 28, "15:00");
        check("今晚一点", 23, "25:00");
        check("25:30", 23, "25:30");
        check("凌晨1点半", 23, "25:30");
        check("tomorrow 7:30pm", 24, "19:30");
        check("明天 11:30", 24, "11:30");
        check("11:30", 23, "23:30");
        check("１９：３０", 23, "19:30");
    }

    #[test]
    fn a_number_is_no_time() {
        for text in ["8", "13812345678", "8位", "025-84523317", ""] {
            assert_eq!(when(text, MONDAY, 17 * 60).minute, None, "{text}");
        }
    }
}
