//! The register of statements: a query can only be made from a constant declared here's way, and a
//! test prepares each of them on both engines.

/// A statement: one text for both engines, or two where the engines truly differ.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

impl Sql {
    /// One text for both engines. Use [`statements!`] instead of calling this.
    #[doc(hidden)]
    pub const fn both(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }

    /// A pair. Use [`statements!`] instead of calling this.
    #[doc(hidden)]
    pub const fn pair(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }

    /// The text for SQLite, for the test that prepares it.
    pub const fn for_sqlite(&self) -> &'static str {
        self.sqlite
    }

    /// The text for PostgreSQL, for the test that prepares it.
    pub const fn for_postgres(&self) -> &'static str {
        self.postgres
    }
}

/// Declares the statements of a store file and their register `STATEMENTS`.
///
/// ```text
/// statements! {
///     /// Calls that are not over.
///     LIVE = "SELECT id FROM calls WHERE state <> 'ended'";
///     WAKE = sqlite "SELECT $1", postgres "SELECT pg_notify('switchboard', $1)";
///     /// Put together from parts that other statements have as well.
///     SUMS = of concat!("SELECT ", columns!(), " FROM report_days");
/// }
/// ```
macro_rules! statements {
    ($( $(#[$doc:meta])* $name:ident =
        $($text:literal)? $(of $made:ident! $parts:tt)? $(sqlite $sqlite:expr, postgres $postgres:expr)? ; )+) => {
        $(
            $(#[$doc])*
            const $name: $crate::db::Sql =
                $($crate::db::Sql::both($text))?
                $($crate::db::Sql::both($made! $parts))?
                $($crate::db::Sql::pair($sqlite, $postgres))?;
        )+
        /// Every statement of this file by name, for the test that prepares them on both engines.
        pub const STATEMENTS: &[(&str, $crate::db::Sql)] = &[$((stringify!($name), $name)),+];
    };
}
pub(crate) use statements;
