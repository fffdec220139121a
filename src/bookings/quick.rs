//! The quick line: `王先生 8 今晚7点半 大包 13812345678 生日` read into the fields of a booking, in any
//! order and with words left out. What is not understood stays as a note; nothing is lost.

use chrono::NaiveDate;

use crate::kernel::{Phone, RoomClassId, RoomId};
use crate::rooms::House;

use super::banquet::OCCASIONS;
use super::when::{Line, Said, read};

/// What was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quick {
    /// How to address the guest.
    pub name: Option<String>,
    /// How many.
    pub party: Option<i64>,
    /// When.
    pub when: Said,
    /// How long, in minutes.
    pub minutes: Option<i64>,
    /// Their telephone in E.164.
    pub phone: Option<String>,
    /// The kind of room.
    pub class: Option<RoomClassId>,
    /// The room.
    pub room: Option<RoomId>,
    /// What they asked for.
    pub wishes: Vec<String>,
    /// What is celebrated.
    pub occasion: Option<String>,
    /// What was not understood.
    pub note: String,
}

/// What guests often ask for.
pub const WISHES: [&str; 14] = [
    "生日布置",
    "生日",
    "儿童椅",
    "轮椅",
    "无障碍",
    "靠窗",
    "安静",
    "忌口",
    "素食",
    "清真",
    "投影",
    "停车",
    "蛋糕",
    "无烟",
];

/// How names end.
const TITLES: [&str; 17] = [
    "先生", "女士", "小姐", "太太", "夫人", "老师", "经理", "老板", "阿姨", "医生", "教授", "主任",
    "总", "府", "叔", "哥", "姐",
];

/// Reads a line. `today` is the business date of now, `minute` the minutes since its midnight.
pub fn quick(text: &str, house: &House, today: NaiveDate, minute: i64) -> Quick {
    let mut line = Line::new(text);
    let mut quick = Quick { when: read(&mut line, today, minute), ..Quick::default() };
    quick.phone = phone(&mut line);
    quick.minutes = duration(&mut line);
    quick.party = counted(&mut line);
    place(&mut line, house, &mut quick);
    let occasions: Vec<(&str, &str)> = OCCASIONS.iter().map(|word| (*word, *word)).collect();
    quick.occasion = line.take_word(&occasions).map(|(word, _)| word.to_owned());
    let wishes: Vec<(&str, &str)> = WISHES.iter().map(|word| (*word, *word)).collect();
    while let Some((wish, _)) = line.take_word(&wishes) {
        quick.wishes.push(wish.to_owned());
        if quick.wishes.len() > WISHES.len() {
            break;
        }
    }
    quick.wishes.dedup();
    quick.name = titled(&mut line);
    if quick.party.is_none() {
        quick.party = bare(&mut line);
    }
    let mut rest = line.rest();
    if quick.name.is_none()
        && let Some(first) = rest.first()
        && is_name(first)
    {
        quick.name = Some(rest.remove(0));
    }
    quick.note = rest.join(" ");
    quick
}

/// A run of at least seven digits that is a telephone number.
fn phone(line: &mut Line) -> Option<String> {
    let mut at = 0;
    while at < line.chars.len() {
        let is_part = |c: &char| c.is_ascii_digit() || *c == '-';
        let plus = line.chars.get(at) == Some(&'+');
        let from = if plus { at + 1 } else { at };
        let length = line.chars.iter().skip(from).take_while(|c| is_part(c)).count();
        let range = at..from + length;
        let digits: String = line.chars.get(range.clone()).unwrap_or_default().iter().collect();
        let many = digits.chars().filter(char::is_ascii_digit).count();
        if (7..=15).contains(&many)
            && line.is_free(&range)
            && let Some(phone) = Phone::read(&digits)
        {
            line.take(range);
            return Some(phone.as_str().to_owned());
        }
        at = (from + length).max(at + 1);
    }
    None
}

/// `8位`, `八个人`, `10人`, `6 guests`.
fn counted(line: &mut Line) -> Option<i64> {
    for at in 0..line.chars.len() {
        let before = at.checked_sub(1).and_then(|before| line.chars.get(before));
        if before.is_some_and(char::is_ascii_digit) {
            continue;
        }
        let Some((number, length)) = line.number(at) else { continue };
        let mut i = at + length;
        while line.chars.get(i) == Some(&' ') {
            i += 1;
        }
        let units = ["位客人", "个客人", "位", "个人", "人", "guests", "people", "persons", "pax"];
        let Some(unit) = units.iter().find(|unit| line.begins(i, unit)) else { continue };
        let range = at..i + unit.chars().count();
        if (1..=2000).contains(&number) && line.is_free(&range) {
            line.take(range);
            return Some(number);
        }
    }
    None
}

/// A word that is a small number and nothing else.
fn bare(line: &mut Line) -> Option<i64> {
    let free = |line: &Line, at: usize| {
        line.chars.get(at).is_some_and(|c| !c.is_whitespace() && line.is_free(&(at..at + 1)))
    };
    for at in 0..line.chars.len() {
        if at.checked_sub(1).is_some_and(|before| free(line, before)) || !free(line, at) {
            continue;
        }
        let Some((number, length)) = line.number(at) else { continue };
        let range = at..at + length;
        if length <= 3
            && (1..=999).contains(&number)
            && line.is_free(&range)
            && !free(line, at + length)
        {
            line.take(range);
            return Some(number);
        }
    }
    None
}

/// `2小时`, `两个半小时`, `90分钟`, `3 hours`.
fn duration(line: &mut Line) -> Option<i64> {
    for at in 0..line.chars.len() {
        let before = at.checked_sub(1).and_then(|before| line.chars.get(before));
        if before.is_some_and(char::is_ascii_digit) {
            continue;
        }
        let Some((number, length)) = line.number(at) else { continue };
        let mut i = at + length;
        while line.chars.get(i) == Some(&' ') {
            i += 1;
        }
        let units = [
            ("个半小时", 60, 30),
            ("个小时", 60, 0),
            ("小时半", 60, 30),
            ("小时", 60, 0),
            ("分钟", 1, 0),
            ("hours", 60, 0),
            ("minutes", 1, 0),
            ("min", 1, 0),
        ];
        let unit = units.iter().find(|(unit, ..)| line.begins(i, unit));
        let Some((unit, times, more)) = unit else { continue };
        let range = at..i + unit.chars().count();
        let minutes = number * times + more;
        if (5..=2880).contains(&minutes) && line.is_free(&range) {
            line.take(range);
            return Some(minutes);
        }
    }
    None
}

/// A room as a word of its own, or the name of a kind anywhere; the longest name first.
fn place(line: &mut Line, house: &House, quick: &mut Quick) {
    let mut classes: Vec<(&str, RoomClassId)> =
        house.classes.iter().map(|class| (class.name.as_str(), class.id)).collect();
    classes.sort_by_key(|(name, _)| std::cmp::Reverse(name.chars().count()));
    quick.class = line.take_word(&classes).map(|(class, _)| class);
    let edge = |c: Option<&char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    let mut names: Vec<(&str, RoomId, bool)> = Vec::new();
    for room in &house.rooms {
        names.push((&room.name, room.id, true));
        if room.alias.chars().count() > 1 {
            names.push((&room.alias, room.id, false));
        }
    }
    names.sort_by_key(|(name, ..)| std::cmp::Reverse(name.chars().count()));
    for (name, room, number) in names {
        let length = name.chars().count();
        let found = (0..line.chars.len()).find(|at| {
            let before = at.checked_sub(1).and_then(|before| line.chars.get(before));
            let apart = edge(before) && edge(line.chars.get(at + length));
            line.begins(*at, name) && line.is_free(&(*at..at + length)) && (!number || apart)
        });
        // a bare number is a party rather than a room, unless it is long enough for one
        if let Some(at) = found
            && !(number && length < 3 && name.chars().all(|c| c.is_ascii_digit()))
        {
            line.take(at..at + length);
            quick.room = Some(room);
            return;
        }
    }
}

/// A word that ends like a name, `Mr Smith` too.
fn titled(line: &mut Line) -> Option<String> {
    for word in line.rest() {
        let ends = TITLES
            .iter()
            .find_map(|title| word.find(title).filter(|at| *at > 0).map(|at| at + title.len()));
        let Some(end) = ends else { continue };
        let Some(name) = word.get(..end).filter(|name| name.chars().count() <= 10) else {
            continue;
        };
        let name = name.to_owned();
        if line.take_word(&[(name.as_str(), ())]).is_some() {
            return Some(name);
        }
    }
    let words = line.rest();
    let at = words.iter().position(|word| {
        ["mr", "mrs", "ms", "miss", "dr", "mr.", "mrs.", "ms.", "dr."]
            .iter()
            .any(|title| word.eq_ignore_ascii_case(title))
    })?;
    let (title, name) = (words.get(at)?, words.get(at + 1)?);
    let whole = format!("{title} {name}");
    for word in [title.as_str(), name.as_str()] {
        let taken = line.take_word(&[(word, ())]);
        debug_assert!(taken.is_some(), "it was just found");
    }
    Some(whole)
}

/// Whether a word could be somebody's name: letters, and not many.
fn is_name(word: &str) -> bool {
    word.chars().count() <= 12 && word.chars().all(|c| c.is_alphabetic() || matches!(c, '·' | '.'))
}

#[cfg(test)]
mod tests {
    use chrono::Datelike as _;
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::{AreaId, Moment};
    use crate::rooms::{Readiness, Room, RoomClass, RoomKind};

    const MONDAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();

    fn house() -> House {
        let class = |id: i64, name: &str| RoomClass {
            id: RoomClassId(id),
            version: 1,
            name: name.to_owned(),
            sort: id,
            stay_small: 120,
            stay_medium: 150,
            stay_large: 180,
            buffer_minutes: 20,
        };
        let room = |id: i64, name: &str, alias: &str| Room {
            id: RoomId(id),
            version: 1,
            name: name.to_owned(),
            alias: alias.to_owned(),
            kind: RoomKind::Room,
            area_id: AreaId(1),
            class_id: RoomClassId(1),
            cap_min: 1,
            cap_max: 8,
            cap_extra: 0,
            tables: None,
            shareable: false,
            priority: 0,
            features: String::new(),
            equipment: String::new(),
            notes: String::new(),
            sort: id,
            readiness: Readiness::Ready,
            readiness_at: Moment::from_millis(0),
        };
        House {
            classes: vec![class(1, "小包"), class(2, "大包")],
            rooms: vec![room(1, "A3", ""), room(2, "301", "玉兰")],
            ..House::default()
        }
    }

    fn said(text: &str) -> Quick {
        quick(text, &house(), MONDAY, 17 * 60)
    }

    #[test]
    fn a_line_in_speaking_order_is_a_booking() {
        let quick = said("王先生 8 今晚7点半 大包 13812345678 生日");
        assert_eq!(quick.name.as_deref(), Some("王先生"));
        assert_eq!(quick.party, Some(8));
        assert_eq!(quick.when.date.map(|date| date.day()), Some(23));
        assert_eq!(quick.when.minute, Some(19 * 60 + 30));
        assert_eq!(quick.class, Some(RoomClassId(2)));
        assert_eq!(quick.phone.as_deref(), Some("+8613812345678"));
        assert_eq!(quick.wishes, ["生日"]);
        assert_eq!(quick.note, "");
    }

    #[test]
    fn the_order_and_the_blanks_do_not_matter() {
        let quick = said("李女士8位明晚七点13812345678要靠窗,玉兰 两个半小时");
        assert_eq!(quick.name.as_deref(), Some("李女士"));
        assert_eq!((quick.party, quick.when.minute), (Some(8), Some(19 * 60)));
        assert_eq!((quick.room, quick.minutes), (Some(RoomId(2)), Some(150)));
        assert_eq!(quick.wishes, ["靠窗"]);
        assert_eq!(quick.note, "要", "what is not understood is kept");
        let english = said("Mr Smith 6 guests tomorrow 7:30pm A3 025-84523317");
        assert_eq!(english.name.as_deref(), Some("Mr Smith"));
        assert_eq!((english.party, english.room), (Some(6), Some(RoomId(1))));
        assert_eq!(english.phone.as_deref(), Some("+862584523317"));
        let banquet = said("陈府 婚宴 农历正月初六 30人");
        assert!(banquet.when.lunar);
        assert_eq!(banquet.occasion.as_deref(), Some("婚宴"));
        assert_eq!(banquet.name.as_deref(), Some("陈府"));
    }

    proptest! {
        /// Nothing that is typed stops the reader, and what it finds is within bounds.
        #[test]
        fn anything_can_be_typed(text in "\\PC{0,80}") {
            let quick = said(&text);
            prop_assert!(quick.party.is_none_or(|party| (1..=2000).contains(&party)));
            prop_assert!(quick.when.minute.is_none_or(|minute| (0..=48 * 60).contains(&minute)));
            prop_assert!(quick.minutes.is_none_or(|minutes| (5..=2880).contains(&minutes)));
        }

        /// The five fields are found in every order.
        #[test]
        fn any_order_is_understood(
            order in Just(vec!["王先生", "8位", "今晚7点半", "大包", "13812345678"]).prop_shuffle(),
        ) {
            let quick = said(&order.join(" "));
            prop_assert_eq!(quick.name.as_deref(), Some("王先生"));
            prop_assert_eq!(quick.party, Some(8));
            prop_assert_eq!(quick.when.minute, Some(19 * 60 + 30));
            prop_assert_eq!(quick.class, Some(RoomClassId(2)));
            prop_assert_eq!(quick.phone.as_deref(), Some("+8613812345678"));
        }
    }
}
