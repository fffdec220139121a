//! Where a question is asked: of the books as they are, or inside a change under way.

use super::{Db, Query, Sql, Tx};

/// The books as they are, or as a change under way sees them: for what is asked both ways.
pub enum Books<'a> {
    /// As they are now.
    Now(&'a Db),
    /// As a change sees them.
    Within(&'a mut Tx),
}

impl Books<'_> {
    /// A question, ready to be given its values.
    pub fn ask(&mut self, sql: Sql) -> Query<'_> {
        match self {
            Self::Now(db) => db.read(sql),
            Self::Within(tx) => tx.q(sql),
        }
    }
}
