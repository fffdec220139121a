//! What the house calls it that a room is ready again: 复房, or another word of its own. The word has no source but
//! the job description, so each house may have its own (operations.md §7, question 3).

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::store::setup;
use crate::db::{self, Db};
use crate::journal::{Own, OwnWords};
use crate::kernel::Language;
use crate::words::{self, Messages};

/// So many characters fit on a greeter's button.
const MOST: usize = 12;

/// The word in each language; an empty one is as delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Restored {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Restored {
    /// What is written for it; `None` where it is too long for a button.
    pub fn written(zh: &str, en: &str) -> Option<Self> {
        let fits = |word: &str| word.trim().chars().count() <= MOST;
        let own = Self { zh: zh.trim().to_owned(), en: en.trim().to_owned() };
        (fits(zh) && fits(en)).then_some(own)
    }

    /// The word for a reader.
    pub fn say(&self, l: &Messages, language: Language) -> String {
        let own = match language {
            Language::ZhCn => &self.zh,
            Language::En => &self.en,
        };
        if own.is_empty() { l.rooms_restored().to_string() } else { own.clone() }
    }

    /// Of the house's rules, as they are kept.
    pub fn read(rules: &str) -> Self {
        /// Of all rules only this is the rooms' own.
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Rules {
            restored: Restored,
        }
        serde_json::from_str::<Rules>(rules).unwrap_or_default().restored
    }
}

/// A room that is ready again, in the journal.
pub struct HouseWords;

impl OwnWords for HouseWords {
    fn words<'a>(&'a self, db: &'a Db, language: Language) -> BoxFuture<'a, db::Result<Own>> {
        async move {
            let word = setup::restored(db).await?.say(&words::of(language), language);
            Ok(Own::from([(("room", "ready"), word)]))
        }
        .boxed()
    }
}
