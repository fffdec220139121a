//! Words that the house has chosen itself, for changes that its people call otherwise.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;

use crate::db::{Db, Result};
use crate::kernel::Language;

/// What the house calls a change, by kind and change.
pub type Own = BTreeMap<(&'static str, &'static str), String>;

/// Knows the house's own words.
pub trait OwnWords: Send + Sync + 'static {
    /// Its words in a language.
    fn words<'a>(&'a self, db: &'a Db, language: Language) -> BoxFuture<'a, Result<Own>>;
}
