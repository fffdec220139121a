//! Gapless numbers: the next of a series, taken in the transaction that uses it. A change that does not
//! come about gives its number back; two at once wait for each other.

use super::{Result, Tx, statements};

statements! {
    /// Takes the next number of a series; the first is 1.
    NEXT = "INSERT INTO counters (name, next) VALUES ($1, 2)
            ON CONFLICT (name) DO UPDATE SET next = counters.next + 1 RETURNING next - 1 AS taken";
}

/// The next number of a series such as `work-order-26`.
pub async fn next(tx: &mut Tx, series: &str) -> Result<i64> {
    tx.q(NEXT).bind(series).value().await
}
