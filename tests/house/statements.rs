//! Every statement of the house, prepared on both engines.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Either, Executor as _, SqlSafeStr as _,
    Statement as _, TypeInfo as _,
};
use switchboard::{calls, db};

use super::kit;

/// What an engine makes of a statement.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    parameters: usize,
    columns: Vec<String>,
}

#[tokio::test]
async fn every_statement_means_the_same_to_both_engines() {
    let stores = kit::stores().await;
    let [sqlite, postgres] = &stores[..] else { panic!("two engines") };
    let mut sqlite = SqliteConnection::connect(&sqlite.place.url).await.unwrap();
    let mut postgres = PgConnection::connect(&postgres.place.url).await.unwrap();
    let mut wrong = Vec::new();
    let registers = [db::JOURNAL_STATEMENTS].iter().chain(calls::store::REGISTER);
    for &(name, sql) in registers.copied().flatten() {
        for text in [sql.for_sqlite(), sql.for_postgres()] {
            if text.contains('"') {
                wrong.push(format!(
                    "{name}: SQLite takes a misspelt name in double quotes for a text"
                ));
            }
        }
        let small = shape_on_sqlite(&mut sqlite, sql.for_sqlite()).await;
        let large = shape_on_postgres(&mut postgres, sql.for_postgres()).await;
        match (small, large) {
            (Ok(small), Ok(large)) if small == large => {}
            (small, large) => wrong.push(format!("{name}: SQLite {small:?}, PostgreSQL {large:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn shape_on_sqlite(on: &mut SqliteConnection, text: &str) -> Result<Shape, String> {
    let sql = AssertSqlSafe(text.to_owned()).into_sql_str();
    let told = on.prepare(sql).await.map_err(|error| error.to_string())?;
    let parameters = told.parameters().map_or(0, count);
    let columns = told.columns().iter().map(|column| column.name().to_owned()).collect();
    Ok(Shape { parameters, columns })
}

async fn shape_on_postgres(on: &mut PgConnection, text: &str) -> Result<Shape, String> {
    let sql = AssertSqlSafe(text.to_owned()).into_sql_str();
    let told = on.prepare(sql).await.map_err(|error| error.to_string())?;
    let parameters = told.parameters().map_or(0, count);
    let mut columns = Vec::new();
    for column in told.columns() {
        if column.type_info().name() == "NUMERIC" {
            return Err(format!("{} is NUMERIC: cast it to BIGINT", column.name()));
        }
        columns.push(column.name().to_owned());
    }
    Ok(Shape { parameters, columns })
}

fn count<T>(parameters: Either<&[T], usize>) -> usize {
    match parameters {
        Either::Left(types) => types.len(),
        Either::Right(count) => count,
    }
}
