//! Whole numbers of many rows in one column.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef};
use sqlx::sqlite::{SqliteTypeInfo, SqliteValueRef};
use sqlx::types::Json;
use sqlx::{Decode, Postgres, Sqlite, Type};

/// Numbers gathered in one column: `array_agg` on a server, `json_group_array` in a file. A list for each
/// row costs more, in the store and on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers(pub Vec<i64>);

impl Type<Postgres> for Numbers {
    fn type_info() -> PgTypeInfo {
        <Vec<i64> as Type<Postgres>>::type_info()
    }

    fn compatible(found: &PgTypeInfo) -> bool {
        <Vec<i64> as Type<Postgres>>::compatible(found)
    }
}

impl<'r> Decode<'r, Postgres> for Numbers {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <Vec<i64> as Decode<'r, Postgres>>::decode(value).map(Self)
    }
}

impl Type<Sqlite> for Numbers {
    fn type_info() -> SqliteTypeInfo {
        <Json<Vec<i64>> as Type<Sqlite>>::type_info()
    }

    fn compatible(found: &SqliteTypeInfo) -> bool {
        <Json<Vec<i64>> as Type<Sqlite>>::compatible(found)
    }
}

impl<'r> Decode<'r, Sqlite> for Numbers {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        <Json<Vec<i64>> as Decode<'r, Sqlite>>::decode(value).map(|Json(all)| Self(all))
    }
}
