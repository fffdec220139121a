//! Which calls may hold some words: newest first, by the rarest of their pieces.

use super::grams::{Lookup, fold, lookup};
use crate::db::{Db, Result, statements};
use crate::kernel::CallId;

statements! {
    /// How many calls have a piece, counted up to a few.
    HOW_MANY = "SELECT CAST(count(*) AS BIGINT) AS n FROM (SELECT call_id FROM call_grams WHERE gram = $1 LIMIT 2000) AS few";
    /// The calls of a piece.
    OF_PIECE = "SELECT g.call_id FROM call_grams g WHERE g.gram = $1";
    /// The calls of all pieces in a range.
    OF_RANGE = "SELECT g.call_id FROM call_grams g WHERE g.gram >= $1 AND g.gram < $2";
}

/// So many candidates are given at once.
pub(super) const CHUNK: usize = 200;

/// The folded words of a question.
pub(super) fn words(question: &str) -> Vec<String> {
    fold(question).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What to look for, the rarest piece first.
pub(super) struct Search {
    pieces: Vec<String>,
    ranges: Vec<(String, String)>,
}

impl Search {
    /// Plans the search for folded words; `None` where nothing can be looked for.
    pub(super) async fn prepare(db: &Db, words: &[String]) -> Result<Option<Self>> {
        let mut search = Self { pieces: Vec::new(), ranges: Vec::new() };
        for word in words {
            match lookup(word) {
                Some(Lookup::Pieces(pieces)) => search.pieces.extend(pieces),
                Some(Lookup::Range(from, to)) => search.ranges.push((from, to)),
                None => {}
            }
        }
        if search.pieces.len() > 1 {
            let mut counted = Vec::new();
            for piece in search.pieces {
                let many: i64 = db.read(HOW_MANY).bind(piece.as_str()).value().await?;
                counted.push((many, piece));
            }
            counted.sort();
            search.pieces = counted.into_iter().map(|(_, piece)| piece).collect();
        }
        let nothing = search.pieces.is_empty() && search.ranges.is_empty();
        Ok((!nothing).then_some(search))
    }

    /// The next candidates before a call, newest number first, at most [`CHUNK`].
    pub(super) async fn candidates(&self, db: &Db, before: Option<CallId>) -> Result<Vec<CallId>> {
        let (mut pieces, mut ranges) = (self.pieces.iter(), self.ranges.iter());
        let mut query = match pieces.next() {
            Some(rarest) => db.read(OF_PIECE).bind(rarest.as_str()),
            None => match ranges.next() {
                Some((from, to)) => db.read(OF_RANGE).bind(from.as_str()).bind(to.as_str()),
                None => return Ok(Vec::new()),
            },
        };
        query = query.when(" AND g.call_id < ", before);
        for piece in pieces {
            query = query
                .push(" AND EXISTS (SELECT 1 FROM call_grams h WHERE h.call_id = g.call_id AND h.gram = ")
                .push_bind(piece.as_str())
                .push(")");
        }
        for (from, to) in ranges {
            query = query
                .push(" AND EXISTS (SELECT 1 FROM call_grams h WHERE h.call_id = g.call_id AND h.gram >= ")
                .push_bind(from.as_str())
                .push(" AND h.gram < ")
                .push_bind(to.as_str())
                .push(")");
        }
        let query = if self.pieces.is_empty() { query.push(" GROUP BY g.call_id") } else { query };
        let most = i64::try_from(CHUNK).unwrap_or(i64::MAX);
        query.push(" ORDER BY g.call_id DESC LIMIT ").push_bind(most).values().await
    }
}
