//! Every statement of the house, prepared on both engines.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Either, Executor as _, SqlSafeStr as _,
    Statement as _, TypeInfo as _,
};
use switchboard::db::Sql;
use switchboard::{
    app, bookings, calendars, calls, claims, contacts, db, directory, editing, followups, journal,
    messages, notices, outbox, quality, reports, rooms, scripts, shifts, staff, tickets, undo, web,
};

use super::kit;

/// The register of every store file of the house.
fn registers() -> Vec<&'static [(&'static str, Sql)]> {
    let mut registers = vec![
        db::JOURNAL_STATEMENTS,
        db::counters::STATEMENTS,
        editing::store::STATEMENTS,
        undo::store::STATEMENTS,
        web::store::STATEMENTS,
        staff::store::STATEMENTS,
        outbox::store::STATEMENTS,
        outbox::store::people::STATEMENTS,
        outbox::store::erase::STATEMENTS,
        staff::store::links::STATEMENTS,
        staff::store::sessions::STATEMENTS,
        staff::store::tokens::STATEMENTS,
        app::store::STATEMENTS,
        messages::store::STATEMENTS,
        messages::store::erase::STATEMENTS,
        messages::store::settled::STATEMENTS,
        scripts::store::STATEMENTS,
        calendars::store::STATEMENTS,
        directory::store::STATEMENTS,
        directory::store::grants::STATEMENTS,
        directory::store::looks::STATEMENTS,
        directory::store::restricted::STATEMENTS,
        shifts::store::STATEMENTS,
        shifts::store::absences::STATEMENTS,
        shifts::store::coverage::STATEMENTS,
        shifts::store::devices::STATEMENTS,
        shifts::store::opening::STATEMENTS,
        shifts::store::roster::STATEMENTS,
        shifts::store::signing::STATEMENTS,
    ];
    registers.extend([
        claims::store::STATEMENTS,
        rooms::store::STATEMENTS,
        rooms::store::setup::STATEMENTS,
    ]);
    registers.extend(bookings::store::REGISTER);
    registers.extend(calls::store::REGISTER);
    registers.push(calls::missed::store::STATEMENTS);
    registers.push(calls::missed::store::READ_STATEMENTS);
    registers.push(journal::store::STATEMENTS);
    registers.extend(notices::store::REGISTER);
    registers.extend(followups::store::REGISTER);
    registers.extend(tickets::store::REGISTER);
    registers.extend(quality::store::REGISTER);
    registers.extend(reports::store::REGISTER);
    registers.extend(contacts::store::REGISTER);
    registers
}

/// How many registers of statements the files below a folder declare: one each, made of a list perhaps
/// (`figure_statements!`), or one for each line of a pattern (`tables!`).
fn declaring(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let count = |path: PathBuf| {
        if path.is_dir() {
            return declaring(&path);
        }
        let text = fs::read_to_string(&path).unwrap();
        let declares = |line: &&str| {
            ["statements! {", "figure_statements! {"].contains(line) || line.starts_with("tables!(")
        };
        text.lines().filter(declares).count()
    };
    entries.map(count).sum()
}

#[test]
fn no_store_file_is_left_out_of_the_registers() {
    assert_eq!(registers().len(), declaring(Path::new("src")));
}

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
    for &(name, sql) in registers().into_iter().flatten() {
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
    // of several statements in one text the driver counts each one's own
    let several = text.contains(';');
    let parameters = if several { placeholders(text) } else { told.parameters().map_or(0, count) };
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

/// The highest placeholder of a text.
fn placeholders(text: &str) -> usize {
    let after = text.split('$').skip(1);
    let digits = after.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap());
    digits.filter_map(|digits| digits.parse().ok()).max().unwrap_or(0)
}

fn count<T>(parameters: Either<&[T], usize>) -> usize {
    match parameters {
        Either::Left(types) => types.len(),
        Either::Right(count) => count,
    }
}
