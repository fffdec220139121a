//! The words on the screens, in both languages: a sentence that one language lacks does not compile.
//!
//! The sentences live in `locales/{zh-CN,en}.ftl`, sectioned by room. How times and lengths of
//! time are written is in [`Spelling`].

mod bundle;
mod changes;
mod said;
mod spelling;

use fluent_static::MessageBundle as _;

pub use bundle::Messages;
pub use changes::{change, change_of, why};
pub use said::Said;
pub use spelling::{Spelling, day_in_year, minutes, tenths};

use crate::kernel::{Language, Role};

/// The sentences of a language.
pub fn of(language: Language) -> Messages {
    let mut messages = Messages::get(language.tag()).unwrap_or_default();
    // otherwise U+2068 and U+2069 stand around every argument, also in titles and copied text
    messages.set_use_isolating(false);
    messages
}

/// The name of a role.
pub fn role(messages: &Messages, role: Role) -> String {
    let name = match role {
        Role::Operator => messages.role_operator(),
        Role::Supervisor => messages.role_supervisor(),
        Role::Engineer => messages.role_engineer(),
        Role::Greeter => messages.role_greeter(),
        Role::Manager => messages.role_manager(),
        Role::Head => messages.role_head(),
        Role::Finance => messages.role_finance(),
        Role::Admin => messages.role_admin(),
        Role::Wallboard => messages.role_wallboard(),
    };
    name.to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fluent_syntax::ast::Entry;

    use super::*;

    fn keys(text: &'static str) -> BTreeSet<String> {
        let resource = fluent_syntax::parser::parse(text).unwrap();
        let id = |entry: &Entry<&str>| match entry {
            Entry::Message(message) => Some(message.id.name.to_owned()),
            Entry::Term(_)
            | Entry::Comment(_)
            | Entry::GroupComment(_)
            | Entry::ResourceComment(_)
            | Entry::Junk { .. } => None,
        };
        resource.body.iter().filter_map(id).collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let chinese = keys(include_str!("../locales/zh-CN.ftl"));
        let english = keys(include_str!("../locales/en.ftl"));
        let lack = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            one.difference(other).cloned().collect::<Vec<_>>()
        };
        assert!(!chinese.is_empty());
        assert_eq!(lack(&english, &chinese), Vec::<String>::new(), "zh-CN.ftl lacks these");
        assert_eq!(lack(&chinese, &english), Vec::<String>::new(), "en.ftl lacks these");
    }

    #[test]
    fn nothing_invisible_stands_around_a_name() {
        for language in [Language::ZhCn, Language::En] {
            let said = of(language).layout_line_down("main").to_string();
            assert!(!said.contains(['\u{2068}', '\u{2069}']), "{said:?}");
        }
    }
}
