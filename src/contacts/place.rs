//! Where a number is at home, as far as its digits say: the city of a Chinese number, the country
//! of another. A mobile number says where it was given out, not where its owner is.
//!
//! The tables are made from libphonenumber's geocoding data and Unicode CLDR by
//! `locales/places/make.py`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::kernel::{Language, Phone};

const CHINA: &str = include_str!("../../locales/places/china.txt");
const COUNTRIES: &str = include_str!("../../locales/places/countries.txt");

/// A name in Chinese and in English.
type Name = (&'static str, &'static str);

#[derive(Default)]
struct China {
    places: Vec<Name>,
    /// By area code without its zero.
    areas: BTreeMap<&'static str, u16>,
    /// Runs of mobile numbers by their first seven digits: where a run begins, how many it is long,
    /// and its place. In order, without overlap.
    mobiles: Vec<(u32, u16, u16)>,
}

static TABLE: LazyLock<China> = LazyLock::new(|| {
    let mut china = China::default();
    for line in CHINA.lines() {
        // a table that is not as it should be is shorter; a test counts it
        let Some((kind, rest)) = line.split_once(' ') else { continue };
        match kind {
            "p" => china.places.extend(rest.split_once('\t')),
            "a" => china.areas.extend(
                rest.split_once(' ').and_then(|(area, place)| Some((area, place.parse().ok()?))),
            ),
            "m" => china.mobiles.extend(runs(rest)),
            _ => {}
        }
    }
    china
});

static NAMES: LazyLock<BTreeMap<&'static str, Name>> = LazyLock::new(|| {
    let name = |line: &'static str| {
        let (code, names) = line.split_once('\t')?;
        Some((code, names.split_once('\t')?))
    };
    COUNTRIES.lines().filter_map(name).collect()
});

/// `1380 0+4:46 9:147`: from 1380000 on four groups are at place 46, 1380009 is at 147.
fn runs(line: &str) -> impl Iterator<Item = (u32, u16, u16)> {
    let mut parts = line.split(' ');
    let head: u32 = parts.next().and_then(|head| head.parse().ok()).unwrap_or(0);
    parts.filter_map(move |part| {
        let (run, place) = part.split_once(':')?;
        let (tail, long) = run.split_once('+').unwrap_or((run, "1"));
        let begin = head.checked_mul(1_000)?.checked_add(tail.parse().ok()?)?;
        Some((begin, long.parse().ok()?, place.parse().ok()?))
    })
}

/// Where a number is at home; `None` where its digits do not say.
pub fn place_of(number: &str, language: Language) -> Option<&'static str> {
    let name = match number.strip_prefix("+86") {
        Some(national) => in_china(national)?,
        None => *NAMES.get(Phone::read(number)?.country()?.as_str())?,
    };
    Some(match language {
        Language::ZhCn => name.0,
        Language::En => name.1,
    })
}

fn in_china(national: &str) -> Option<Name> {
    let table = &*TABLE;
    let mobile = national.len() == 11 && national.starts_with('1');
    let place = if mobile {
        let head: u32 = national.get(..7)?.parse().ok()?;
        let at = table.mobiles.partition_point(|&(begin, ..)| begin <= head).checked_sub(1)?;
        let &(begin, long, place) = table.mobiles.get(at)?;
        (head - begin < u32::from(long)).then_some(place)?
    } else {
        *(2..=5).rev().find_map(|long| table.areas.get(national.get(..long)?))?
    };
    table.places.get(usize::from(place)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: &str, zh: Option<&str>, en: Option<&str>) {
        assert_eq!(place_of(number, Language::ZhCn), zh, "{number}");
        assert_eq!(place_of(number, Language::En), en, "{number}");
    }

    #[test]
    fn a_number_says_where_it_is_at_home() {
        check("+862584523317", Some("江苏省南京市"), Some("Nanjing, Jiangsu"));
        check("+861084523317", Some("北京市"), Some("Beijing"));
        check("+8613800001234", Some("北京市"), Some("Beijing"));
        check("+442079460000", Some("英国"), Some("United Kingdom"));
        check("+85223456789", Some("中国香港"), Some("Hong Kong SAR China"));
        check("95588", None, None);
        check("+864008001234", None, None);
        check("", None, None);
    }

    #[test]
    fn the_table_is_whole_and_in_order() {
        assert!(TABLE.places.len() > 300 && TABLE.areas.len() > 300);
        assert!(TABLE.mobiles.len() > 50_000);
        let in_order = |pair: &[(u32, u16, u16)]| pair[0].0 + u32::from(pair[0].1) <= pair[1].0;
        assert!(TABLE.mobiles.windows(2).all(in_order));
        let known = |&(.., place): &(u32, u16, u16)| usize::from(place) < TABLE.places.len();
        assert!(TABLE.mobiles.iter().all(known));
        assert!(NAMES.len() > 200);
    }
}
