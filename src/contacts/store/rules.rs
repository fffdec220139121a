//! The site's own rules for numbers, as an administrator wrote them.

use sqlx::types::Json;

use super::super::rules::SiteRules;
use crate::db::{Change, Db, Error, Result, Stamp, statements};

statements! {
    /// The rules and their version.
    RULES = "SELECT version, rules FROM number_rules WHERE one = 1";
    /// The first rules, at `$2`; nothing where there are some.
    FIRST = "INSERT INTO number_rules (one, version, rules, changed_at) VALUES (1, 1, $1, $2) ON CONFLICT (one) DO NOTHING";
    /// Other rules, if the version is still `$3`.
    CHANGE = "UPDATE number_rules SET rules = $1, changed_at = $2, version = version + 1 WHERE one = 1 AND version = $3";
}

/// The refusal of rules that somebody else changed meanwhile.
pub const STALE: &str = "number_rules_stale";

/// The rules with their version; the built-in ones are version 0.
pub async fn current(db: &Db) -> Result<(i64, SiteRules)> {
    let row: Option<(i64, String)> = db.read(RULES).maybe().await?;
    let Some((version, text)) = row else { return Ok((0, SiteRules::default())) };
    let rules = serde_json::from_str(&text);
    let unreadable = |_| Error::Unreadable("the rules for numbers".to_owned());
    Ok((version, rules.map_err(unreadable)?))
}

/// Writes other rules; refused as [`STALE`] where they are not at `version` any more.
pub async fn change(db: &Db, stamp: Stamp, version: i64, rules: SiteRules) -> Result<()> {
    db.write(stamp, move |tx| {
        let text = serde_json::to_string(&Json(&rules)).unwrap_or_default();
        Box::pin(async move {
            let now = tx.now();
            let done = if version == 0 {
                tx.q(FIRST).bind(text).bind(now).run().await?
            } else {
                tx.q(CHANGE).bind(text).bind(now).bind(version).run().await?
            };
            if done == 0 {
                return Err(Error::Refused(STALE.to_owned()));
            }
            let change = Change::new("number_rules", "admin/numbers".to_owned(), "changed");
            tx.record(change.version(version + 1));
            Ok(())
        })
    })
    .await
}
