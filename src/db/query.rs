//! A statement on its way to one engine.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{
    Arguments, AssertSqlSafe, Database, Encode, FromRow, PgConnection, Postgres, SqlSafeStr as _,
    Sqlite, SqliteConnection, Type,
};

use super::at_hand::AtHand;
use super::open::{READERS, is_gone};
use super::patience::{Patience, is_overdue};
use super::{Error, Result, Sql, told};

/// Anything both drivers can take as a parameter.
pub trait Param<'q>:
    Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>
{
}
impl<'q, T> Param<'q> for T where
    T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>
{
}

/// Anything both drivers can read a row into: `#[derive(sqlx::FromRow)]` and tuples qualify.
pub trait Record:
    Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>
{
}
impl<T> Record for T where
    T: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>
{
}

pub(super) enum Executor<'a> {
    SqliteAtHand(&'a AtHand<Sqlite>),
    Sqlite(&'a mut SqliteConnection),
    PgAtHand(&'a AtHand<Postgres>, &'a Patience),
    Pg(&'a mut PgConnection, &'a Patience),
}

/// Executor and arguments of one engine, kept together so that they cannot be mismatched.
enum Bound<'a> {
    SqliteAtHand(&'a AtHand<Sqlite>, SqliteArguments),
    Sqlite(&'a mut SqliteConnection, SqliteArguments),
    PgAtHand(&'a AtHand<Postgres>, &'a Patience, PgArguments),
    Pg(&'a mut PgConnection, &'a Patience, PgArguments),
}

/// A statement with its values, ready to be asked.
#[must_use = "a query does nothing until it is asked: all, one, maybe, run"]
pub struct Query<'a> {
    bound: Bound<'a>,
    sql: Cow<'static, str>,
    wrong: Option<sqlx::Error>,
    mark: Option<Mark<'a>>,
    /// It carries its own commit: whoever stops reading before the end stops before it.
    whole: bool,
}

/// Rows as an engine gave them. Asking is compiled once, reading once for each kind of record.
enum Rows {
    Sqlite(Vec<SqliteRow>),
    Pg(Vec<PgRow>),
}

impl Rows {
    fn read<T: Record>(self) -> Result<Vec<T>> {
        Ok(match self {
            Self::Sqlite(rows) => rows.iter().map(T::from_row).collect::<sqlx::Result<_>>()?,
            Self::Pg(rows) => rows.iter().map(T::from_row).collect::<sqlx::Result<_>>()?,
        })
    }
}

/// One row, as an engine gave it.
enum Row {
    Sqlite(SqliteRow),
    Pg(PgRow),
}

impl Row {
    fn read<T: Record>(self) -> Result<T> {
        Ok(match self {
            Self::Sqlite(row) => T::from_row(&row)?,
            Self::Pg(row) => T::from_row(&row)?,
        })
    }
}

/// What a driver gives, whichever it is.
trait Driver: Database {
    fn row(row: Self::Row) -> Row;
    fn rows(rows: Vec<Self::Row>) -> Rows;
}

impl Driver for Sqlite {
    fn row(row: SqliteRow) -> Row {
        Row::Sqlite(row)
    }

    fn rows(rows: Vec<SqliteRow>) -> Rows {
        Rows::Sqlite(rows)
    }
}

impl Driver for Postgres {
    fn row(row: PgRow) -> Row {
        Row::Pg(row)
    }

    fn rows(rows: Vec<PgRow>) -> Rows {
        Rows::Pg(rows)
    }
}

/// Where a statement of a change notes that it touched somebody's record.
struct Mark<'a> {
    touched: &'a mut Option<&'static str>,
    table: &'static str,
}

impl Mark<'_> {
    fn set(mark: Option<Self>, rows: bool) {
        if let Some(mark) = mark.filter(|_| rows) {
            mark.touched.get_or_insert(mark.table);
        }
    }
}

macro_rules! ask {
    ($query:expr, |$on:ident, $engine:ident, $sql:ident, $values:ident| $body:expr) => {{
        let query = $query;
        if let Some(wrong) = query.wrong {
            return Err(Error::Broken(wrong));
        }
        let $sql = match query.sql {
            Cow::Borrowed(text) => text.into_sql_str(),
            Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
        };
        match query.bound {
            Bound::SqliteAtHand(hand, $values) => {
                type $engine = Sqlite;
                let mut taken = Box::pin(hand.take()).await?;
                let $on = &mut *taken;
                let done = $body?;
                hand.put(taken).await;
                done
            }
            Bound::Sqlite($on, $values) => {
                type $engine = Sqlite;
                $body?
            }
            // a question is asked again where the server had ended the connection meanwhile: none is
            // asked first whether it still lives; and once where it was not answered in time
            Bound::PgAtHand(hand, patience, values) => {
                type $engine = Postgres;
                let (again, mut ended) = ($sql, 0);
                loop {
                    let ($sql, $values) = (again.clone(), values.clone());
                    let mut taken = Box::pin(hand.take()).await?;
                    let $on = &mut *taken;
                    let asked = patience.with(Box::pin(async { $body })).await;
                    match asked {
                        Err(error) if ended < READERS && is_gone(&error) => {
                            ended += if is_overdue(&error) { READERS } else { 1 };
                        }
                        done => {
                            let done = done?;
                            hand.put(taken).await;
                            break done;
                        }
                    }
                }
            }
            Bound::Pg($on, patience, $values) => {
                type $engine = Postgres;
                patience.with(Box::pin(async { $body })).await?
            }
        }
    }};
}

impl<'a> Query<'a> {
    pub(super) fn new(executor: Executor<'a>, sql: Sql) -> Self {
        let (sql, bound) = match executor {
            Executor::SqliteAtHand(on) => {
                (sql.sqlite, Bound::SqliteAtHand(on, SqliteArguments::default()))
            }
            Executor::Sqlite(on) => (sql.sqlite, Bound::Sqlite(on, SqliteArguments::default())),
            Executor::PgAtHand(on, patience) => {
                (sql.postgres, Bound::PgAtHand(on, patience, PgArguments::default()))
            }
            Executor::Pg(on, patience) => {
                (sql.postgres, Bound::Pg(on, patience, PgArguments::default()))
            }
        };
        Self { bound, sql: Cow::Borrowed(sql), wrong: None, mark: None, whole: false }
    }

    /// Notes in `touched` the first table of people's records that this statement changes a row of.
    pub(super) fn marking(mut self, touched: &'a mut Option<&'static str>) -> Self {
        if cfg!(debug_assertions)
            && let Cow::Borrowed(sql) = self.sql
        {
            self.mark = told::table(sql).map(|table| Mark { touched, table });
        }
        self
    }

    /// The statement as one text with the begin and the commit of its change.
    pub(super) fn with_its_commit(mut self) -> Self {
        self.sql = Cow::Owned(format!("BEGIN IMMEDIATE; {}; COMMIT", self.sql));
        self.whole = true;
        self
    }

    /// Gives the next placeholder (`$1`, `$2`, …) its value.
    pub fn bind<'q, T: Param<'q>>(mut self, value: T) -> Self {
        self.add(value);
        self
    }

    fn add<'q, T: Param<'q>>(&mut self, value: T) -> usize {
        let (added, count) = match &mut self.bound {
            Bound::SqliteAtHand(_, values) | Bound::Sqlite(_, values) => {
                (values.add(value), values.len())
            }
            Bound::PgAtHand(_, _, values) | Bound::Pg(_, _, values) => {
                (values.add(value), values.len())
            }
        };
        if let Err(wrong) = added {
            self.wrong.get_or_insert(sqlx::Error::Encode(wrong));
        }
        count
    }

    /// Appends literal SQL. Only literals fit: injection is impossible by type.
    pub fn push(mut self, literal: &'static str) -> Self {
        debug_assert!(!self.whole, "it would stand after its commit");
        self.sql.to_mut().push_str(literal);
        self
    }

    /// Appends a placeholder and binds its value.
    pub fn push_bind<'q, T: Param<'q>>(mut self, value: T) -> Self {
        let count = self.add(value);
        let sql = self.sql.to_mut();
        sql.push('$');
        sql.push_str(&count.to_string());
        self
    }

    /// `push(literal).push_bind(value)` where there is a value; nothing otherwise.
    pub fn when<'q, T: Param<'q>>(self, literal: &'static str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.push(literal).push_bind(value),
            None => self,
        }
    }

    /// Every row.
    pub async fn all<T: Record>(self) -> Result<Vec<T>> {
        self.rows().await?.read()
    }

    /// The one row; [`Error::NotFound`] where there is none.
    pub async fn one<T: Record>(self) -> Result<T> {
        self.row().await?.ok_or(Error::NotFound)?.read()
    }

    /// The row, if there is one.
    pub async fn maybe<T: Record>(self) -> Result<Option<T>> {
        self.row().await?.map(Row::read).transpose()
    }

    async fn rows(mut self) -> Result<Rows> {
        let mark = self.mark.take();
        let rows = ask!(self, |on, E, sql, values| {
            sqlx::query_with::<E, _>(sql, values).fetch_all(on).await.map(E::rows)
        });
        let any = match &rows {
            Rows::Sqlite(rows) => !rows.is_empty(),
            Rows::Pg(rows) => !rows.is_empty(),
        };
        Mark::set(mark, any);
        Ok(rows)
    }

    async fn row(mut self) -> Result<Option<Row>> {
        debug_assert!(!self.whole, "it would stop before its commit");
        let mark = self.mark.take();
        let row = ask!(self, |on, E, sql, values| {
            let row = sqlx::query_with::<E, _>(sql, values).fetch_optional(on).await;
            row.map(|row| row.map(E::row))
        });
        Mark::set(mark, row.is_some());
        Ok(row)
    }

    /// Does it and counts the rows it touched.
    pub async fn run(mut self) -> Result<u64> {
        let mark = self.mark.take();
        let rows = ask!(self, |on, E, sql, values| {
            sqlx::query_with::<E, _>(sql, values).execute(on).await.map(|done| done.rows_affected())
        });
        Mark::set(mark, rows > 0);
        Ok(rows)
    }

    /// The first column of the one row.
    pub async fn value<T>(self) -> Result<T>
    where
        (T,): Record,
    {
        Ok(self.one::<(T,)>().await?.0)
    }

    /// The second column of every row, gathered by the first, in their order.
    pub async fn gathered<K: Ord, T>(self) -> Result<BTreeMap<K, Vec<T>>>
    where
        (K, T): Record,
    {
        let mut gathered: BTreeMap<K, Vec<T>> = BTreeMap::new();
        for (key, one) in self.all::<(K, T)>().await? {
            gathered.entry(key).or_default().push(one);
        }
        Ok(gathered)
    }

    /// The first column of every row.
    pub async fn values<T>(self) -> Result<Vec<T>>
    where
        (T,): Record,
    {
        Ok(self.all::<(T,)>().await?.into_iter().map(|row| row.0).collect())
    }
}
