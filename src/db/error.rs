//! What the rest of the house needs to know about a failure, the same for both engines.

use std::borrow::Cow;

use sqlx::error::DatabaseError;

/// The result of a question to the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row that must be there is not.
    #[error("no such row")]
    NotFound,
    /// An invariant of the database said no; the name is the same on both engines.
    #[error("refused by {0}")]
    Refused(String),
    /// Someone else was in the way and trying again did not help.
    #[error("the store is busy")]
    Retry(#[source] sqlx::Error),
    /// The store itself is in trouble: full disk, lost connection, broken statement.
    #[error("the store failed: {0}")]
    Broken(#[source] sqlx::Error),
    /// A stored value is not one of ours.
    #[error("the store holds {0}, which this version cannot read")]
    Unreadable(String),
}

impl Error {
    /// Whether an invariant of this name refused.
    pub fn is_refusal(&self, name: &str) -> bool {
        matches!(self, Self::Refused(refused) if refused == name)
    }

    /// Whether the values are at fault, so that the same change can never succeed; otherwise it may
    /// once the store is well.
    pub fn is_about_values(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Unreadable(_) => true,
            Self::NotFound | Self::Retry(_) => false,
            Self::Broken(error) => {
                let code = error.as_database_error().and_then(DatabaseError::code);
                // PostgreSQL: cardinality, data exception, a limit; SQLite: too big, mismatch
                let about = |code: &str| match code.len() {
                    5 => ["21", "22", "54"].iter().any(|class| code.starts_with(class)),
                    _ => code == "18" || code == "20",
                };
                code.is_some_and(|code| about(&code)) || matches!(error, sqlx::Error::Encode(_))
            }
        }
    }

    /// The engine's own code, or the name of what refused: fit for a log, since it holds no values.
    pub fn code(&self) -> String {
        match self {
            Self::NotFound => "not_found".to_owned(),
            Self::Refused(name) => name.clone(),
            Self::Unreadable(_) => "unreadable".to_owned(),
            Self::Retry(error) | Self::Broken(error) => {
                let code = error.as_database_error().and_then(DatabaseError::code);
                code.map_or_else(|| self.ailment().to_owned(), Cow::into_owned)
            }
        }
    }

    /// What ails the store, as a key of the locale files: `disk-full`, `read-only`, `unreachable`,
    /// `busy` or `failed`.
    pub fn ailment(&self) -> &'static str {
        let Self::Broken(error) = self else {
            return if matches!(self, Self::Retry(_)) { "busy" } else { "failed" };
        };
        if let Some(told) = error.as_database_error() {
            return match told.code().as_deref() {
                Some("13" | "53100") => "disk-full",
                Some("8" | "25006") => "read-only",
                Some(code) if code.starts_with("08") || code.starts_with("57P") => "unreachable",
                _ => "failed",
            };
        }
        let away = matches!(
            error,
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed
        );
        if away { "unreachable" } else { "failed" }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(told) = &error else {
            let absent = matches!(error, sqlx::Error::RowNotFound);
            return if absent { Self::NotFound } else { Self::Broken(error) };
        };
        let code = told.code().unwrap_or_default().into_owned();
        match code.as_str() {
            // serialization, deadlock, lock not available; SQLite busy, busy_snapshot, locked …
            "40001" | "40P01" | "55P03" | "5" | "261" | "517" | "6" | "262" => Self::Retry(error),
            "23001" | "23505" | "23503" | "23514" | "23P01" | "P0001" => {
                let name =
                    told.constraint().map_or_else(|| told.message().to_owned(), str::to_owned);
                Self::Refused(name)
            }
            "23502" => Self::Refused(format!("{}_not_null", told.table().unwrap_or("row"))),
            // RAISE(ABORT, 'name')
            "1811" => Self::Refused(told.message().to_owned()),
            "275" | "2067" | "1555" | "1299" | "787" => {
                Self::Refused(sqlite_name(&code, told.message()))
            }
            _ => Self::Broken(error),
        }
    }
}

/// SQLite names columns, PostgreSQL the constraint: both become `table_column_key` and the like.
fn sqlite_name(code: &str, message: &str) -> String {
    let what = message.rsplit("failed: ").next().unwrap_or(message);
    if let Some(index) = what.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let table = what.split('.').next().unwrap_or(what);
    let columns: Vec<&str> =
        what.split(", ").map(|column| column.rsplit('.').next().unwrap_or(column)).collect();
    match code {
        "2067" => format!("{table}_{}_key", columns.join("_")),
        "1555" => format!("{table}_pkey"),
        "1299" => format!("{table}_not_null"),
        "787" => "foreign_key".to_owned(),
        _ => what.to_owned(),
    }
}
