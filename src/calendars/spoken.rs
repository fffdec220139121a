//! Windows as people write them: `Mon-Fri 09:00-12:00`, `周一至周五 9:00-12:00`, one on a line.

use chrono::{NaiveTime, Weekday};

use super::week::{WEEK, Weekly, Window};
use crate::kernel::{Language, narrow};

/// The line that is no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no window such as \"Mon-Fri 09:00-12:00\"")]
pub struct Unreadable(pub String);

const NAMES: [(&str, &str, &str); 7] = [
    ("mon", "Mon", "一"),
    ("tue", "Tue", "二"),
    ("wed", "Wed", "三"),
    ("thu", "Thu", "四"),
    ("fri", "Fri", "五"),
    ("sat", "Sat", "六"),
    ("sun", "Sun", "日"),
];

/// Reads a week, full-width digits and signs as narrow ones: windows on lines of their own or after semicolons;
/// nothing is an empty week.
pub fn read_week(text: &str) -> Result<Weekly, Unreadable> {
    let mut week = Weekly::default();
    let text: String = text.chars().map(narrow).collect();
    let lines = text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
    for line in lines {
        let (days, windows) = one_line(line).ok_or_else(|| Unreadable(line.to_owned()))?;
        for day in days {
            for window in &windows {
                week.add(day, *window);
            }
        }
    }
    Ok(week)
}

/// Reads the windows of one day: `09:00-12:00, 13:00-18:00`.
pub fn read_windows(text: &str) -> Result<Vec<Window>, Unreadable> {
    let text: String = text.chars().map(narrow).collect();
    let parts = text.split(['\n', ';', ',', '、', ' ']).map(str::trim);
    let mut windows = Vec::new();
    for part in parts.filter(|part| !part.is_empty()) {
        windows.push(window(part).ok_or_else(|| Unreadable(part.to_owned()))?);
    }
    windows.sort_unstable();
    windows.dedup();
    Ok(windows)
}

fn one_line(line: &str) -> Option<(Vec<Weekday>, Vec<Window>)> {
    let first = line.find(|c: char| c.is_ascii_digit())?;
    let (named, rest) = line.split_at(first);
    let days = if named.trim().is_empty() { WEEK.to_vec() } else { days(named.trim())? };
    let windows = read_windows(rest).ok().filter(|windows| !windows.is_empty())?;
    Some((days, windows))
}

fn days(text: &str) -> Option<Vec<Weekday>> {
    let mut named = Vec::new();
    for part in text.split([',', '、', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once(['-', '–', '~', '至', '到']) {
            None => named.push(day(part)?),
            Some((from, to)) => {
                let (mut one, last) = (day(from)?, day(to)?);
                named.push(one);
                while one != last {
                    one = one.succ();
                    named.push(one);
                }
            }
        }
    }
    (!named.is_empty()).then_some(named)
}

/// `Mon`, `monday`, `周一`, `星期天`, `一`.
pub(super) fn day(text: &str) -> Option<Weekday> {
    let lower = text.trim().to_lowercase();
    let bare = lower.trim_start_matches("星期").trim_start_matches("礼拜").trim_start_matches('周');
    let bare = if bare == "天" { "日" } else { bare };
    let known = NAMES.iter().position(|(english, _, chinese)| {
        bare == *chinese || (bare.starts_with(english) && bare.is_ascii())
    });
    WEEK.get(known?).copied()
}

fn window(text: &str) -> Option<Window> {
    let (from, to) = text.split_once(['-', '–', '~', '至', '到'])?;
    Some(Window { from: time(from, false)?, to: time(to, true)? })
}

/// `9:00`, `09:00`; `24:00` where a window ends.
fn time(text: &str, ends: bool) -> Option<NaiveTime> {
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.is_empty() || hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    if ends && (hour, minute) == (24, 0) {
        return Some(NaiveTime::MIN);
    }
    NaiveTime::from_hms_opt(hour, minute, 0)
}

impl Weekly {
    /// One line for each window: `Mon-Fri 09:00-12:00`, `周一至周五 09:00-12:00`.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let mut windows: Vec<Window> = WEEK.iter().flat_map(|day| self.on(*day)).copied().collect();
        windows.sort_unstable();
        windows.dedup();
        let line = |window: Window| {
            let held: Vec<usize> =
                (0..7).filter(|place| self.on(WEEK[*place]).contains(&window)).collect();
            format!("{} {window}", say_days(&held, language))
        };
        windows.into_iter().map(line).collect()
    }

    /// The form that is stored: as the configuration writes hours, one window after the other.
    pub fn stored(&self) -> String {
        self.lines(Language::En).join("; ")
    }
}

/// The name of a day: `Mon`, `周一`.
pub(super) fn say_day(day: Weekday, language: Language) -> String {
    let (_, english, chinese) = NAMES[day.num_days_from_monday() as usize];
    match language {
        Language::En => english.to_owned(),
        Language::ZhCn => format!("周{chinese}"),
    }
}

fn say_days(places: &[usize], language: Language) -> String {
    let (join, reach) = match language {
        Language::En => (",", "-"),
        Language::ZhCn => ("、", "至"),
    };
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &place in places {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == place => *last = place,
            _ => runs.push((place, place)),
        }
    }
    let name = |place: usize| say_day(WEEK[place], language);
    let said = runs.iter().map(|&(first, last)| match last - first {
        0 => name(first),
        1 => format!("{}{join}{}", name(first), name(last)),
        _ => format!("{}{reach}{}", name(first), name(last)),
    });
    said.collect::<Vec<_>>().join(join)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, chinese: &[&str], stored: &str) {
        let week = read_week(written).unwrap();
        assert_eq!(week.lines(Language::ZhCn), chinese, "{written:?}");
        assert_eq!(week.stored(), stored, "{written:?}");
        assert_eq!(read_week(&week.stored()).unwrap(), week, "stored and read again");
        assert_eq!(read_week(&chinese.join("\n")).unwrap(), week, "shown and read again");
    }

    #[test]
    fn a_week_is_read_as_people_write_it() {
        check("Mon-Fri 9:00-12:00", &["周一至周五 09:00-12:00"], "Mon-Fri 09:00-12:00");
        check(
            "周一至周五 09:00-12:00 13:00-18:00；周六、周日 22：00-06：00",
            &["周一至周五 09:00-12:00", "周一至周五 13:00-18:00", "周六、周日 22:00-06:00"],
            "Mon-Fri 09:00-12:00; Mon-Fri 13:00-18:00; Sat,Sun 22:00-06:00",
        );
        check("00:00-24:00", &["周一至周日 00:00-24:00"], "Mon-Sun 00:00-24:00");
        check("星期六到星期天 8:00-9:00", &["周六、周日 08:00-09:00"], "Sat,Sun 08:00-09:00");
        check(
            "周一～周五　９：００～１２：００",
            &["周一至周五 09:00-12:00"],
            "Mon-Fri 09:00-12:00",
        );
        check("", &[], "");
        for wrong in ["9-12", "Mon 25:00-26:00", "Mond- 9:00-10:00", "Mon", "周八 09:00-10:00"] {
            assert!(read_week(wrong).is_err(), "{wrong:?}");
        }
    }
}
