//! The greetings of the configuration, which nobody can refuse where they are written: they are looked
//! at when the house opens and when it is checked, and no desk is shown one with a forbidden word.

use super::politeness::look;
use super::store;
use crate::config::Hotline;
use crate::db::{Db, Result};

/// A greeting of the configuration that is not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaid {
    /// The name of the hotline.
    pub line: String,
    /// The forbidden words in it.
    pub words: Vec<String>,
}

impl Unsaid {
    /// What is wrong and what to do about it, for those who run the house.
    pub fn advice(&self) -> String {
        format!(
            "its greeting says {}, which is never said: no desk is shown it, the house's own greeting stands in its \
             place; write another `greeting`, or take the word off the list under /admin/scripts",
            self.words.join(", ")
        )
    }
}

/// The greetings of the configuration that have a forbidden word, by the list as it is now.
pub async fn unsaid(db: &Db, hotlines: &[Hotline]) -> Result<Vec<Unsaid>> {
    let list = store::forbidden(db).await?;
    let of = |line: &Hotline| {
        let words: Vec<String> =
            look(&line.greeting, &list).forbidden.into_iter().map(|one| one.word).collect();
        (!words.is_empty()).then(|| Unsaid { line: line.name.clone(), words })
    };
    Ok(hotlines.iter().filter_map(of).collect())
}

/// Says of each of them in the log that it is not said.
pub async fn warn(db: &Db, hotlines: &[Hotline]) -> Result<()> {
    for one in unsaid(db, hotlines).await? {
        tracing::warn!(hotline = %one.line, "{}", one.advice());
    }
    Ok(())
}
