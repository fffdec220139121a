//! Names by their sound: 张伟 is found by `zhw`, `zw`, `zhangw`, `wei`. Pure.

use pinyin::ToPinyinMulti as _;

/// How a name is spelled: syllables apart, the readings of one character with `/`, words of Latin
/// letters as they are. 长孙 is `zhang/chang sun`.
pub(super) fn spell(name: &str) -> String {
    let mut syllables: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
            continue;
        }
        if !word.is_empty() {
            syllables.push(std::mem::take(&mut word));
        }
        if let Some(readings) = c.to_pinyin_multi() {
            let mut sounds: Vec<&str> = Vec::new();
            for sound in readings.into_iter().map(pinyin::Pinyin::plain) {
                if !sounds.contains(&sound) {
                    sounds.push(sound);
                }
            }
            syllables.push(sounds.join("/"));
        }
    }
    if !word.is_empty() {
        syllables.push(word);
    }
    syllables.join(" ")
}

/// Where a spelled name begins to sound like what was typed: the place of the syllable; `None`
/// where it does not. Each syllable needs at least its first letter.
pub(super) fn sounds_like(spelled: &str, typed: &str) -> Option<usize> {
    if typed.is_empty() || !typed.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let typed = typed.to_ascii_lowercase();
    let syllables: Vec<&str> = spelled.split(' ').collect();
    (0..syllables.len()).find(|&begin| follows(&syllables[begin..], &typed))
}

fn follows(syllables: &[&str], typed: &str) -> bool {
    if typed.is_empty() {
        return true;
    }
    let Some((first, rest)) = syllables.split_first() else { return false };
    first.split('/').any(|sound| {
        let common = sound.bytes().zip(typed.bytes()).take_while(|(a, b)| a == b).count();
        (1..=common).rev().any(|taken| follows(rest, &typed[taken..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, typed: &[&str], not: &[&str]) {
        let spelled = spell(name);
        for typed in typed {
            assert!(sounds_like(&spelled, typed).is_some(), "{name} ({spelled}) by {typed}");
        }
        for typed in not {
            assert_eq!(sounds_like(&spelled, typed), None, "{name} ({spelled}) by {typed}");
        }
    }

    #[test]
    fn a_name_is_found_by_the_first_letters_of_its_sounds() {
        check("张伟", &["zhw", "zw", "zhangwei", "zhangw", "wei", "w", "ZHW"], &["zhx", "wz", ""]);
        check("单田芳", &["shantf", "dtf", "tianf"], &["xtf"]);
        check("欧阳娜娜", &["oynn", "ouyang", "yangnn"], &["onn"]);
        check("Anna 王", &["ann", "annaw", "wang", "aw"], &["wa2"]);
        check("🙂", &[], &["a"]);
        assert_eq!(sounds_like(&spell("张伟"), "zhw"), Some(0));
        assert_eq!(sounds_like(&spell("张伟"), "w"), Some(1));
    }
}
