//! A sentence of the house for readers who are not known yet: said in every language of the panel, so that
//! each reads it in their own.

use serde::{Deserialize, Serialize};

use super::{Messages, of};
use crate::kernel::Language;

/// A sentence in every language; words that people typed are the same in each. `Debug` repeats none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    #[serde(rename = "zh-CN")]
    chinese: String,
    #[serde(rename = "en")]
    english: String,
}

impl Said {
    /// A sentence of ours.
    pub fn of(say: impl Fn(&Messages) -> String) -> Self {
        Self::with(|l, _| say(l))
    }

    /// The same, where times or lists in it are written by the language too.
    pub fn with(say: impl Fn(&Messages, Language) -> String) -> Self {
        let one = |language| say(&of(language), language);
        Self { chinese: one(Language::ZhCn), english: one(Language::En) }
    }

    /// The sentence for a reader.
    pub fn to(&self, language: Language) -> &str {
        match language {
            Language::ZhCn => &self.chinese,
            Language::En => &self.english,
        }
    }

    /// No more than so many characters of it.
    #[must_use]
    pub fn cut(self, most: usize) -> Self {
        let cut = |text: &str| text.trim().chars().take(most).collect();
        Self { chinese: cut(&self.chinese), english: cut(&self.english) }
    }

    /// Whether each language says something, and nothing longer than this.
    pub fn is_sound(&self, most: usize) -> bool {
        let sound = |text: &str| !text.trim().is_empty() && text.chars().count() <= most;
        sound(&self.chinese) && sound(&self.english)
    }
}

impl From<String> for Said {
    /// What somebody typed.
    fn from(text: String) -> Self {
        Self { chinese: text.clone(), english: text }
    }
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a sentence")
    }
}
