//! Rooms from a spreadsheet: every row is checked first, and either all go in or none.

use std::collections::BTreeMap;

use serde::Serialize;

use super::store::setup;
use super::{Area, Draft, House, RoomClass, RoomKind};
use crate::db::{Db, Error, Result, Stamp};
use crate::kernel::{AreaId, RoomClassId};
use crate::web::fresh_secret;

/// What is wrong with one row; rows count from 2, for the first line holds the names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowProblem {
    /// Which row, as a spreadsheet counts.
    pub row: usize,
    /// Which column; empty for the row as a whole.
    pub column: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// So many rows are new.
    pub added: usize,
    /// So many change what is there.
    pub changed: usize,
    /// So many say what is there already.
    pub same: usize,
    /// All that is wrong; nothing is imported then.
    pub problems: Vec<RowProblem>,
    /// Whether it was only tried.
    pub dry_run: bool,
}

/// The columns of the first line by their name, in either language; what is not known is a problem.
pub fn columns(
    headers: &csv::StringRecord,
    known: &[(&'static str, &[&str])],
    needed: &[&str],
) -> std::result::Result<BTreeMap<&'static str, usize>, Vec<RowProblem>> {
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        let header = header.trim_start_matches('\u{feff}').trim();
        let name = known
            .iter()
            .find(|(name, others)| name.eq_ignore_ascii_case(header) || others.contains(&header));
        match name {
            Some((name, _)) => drop(found.insert(*name, at)),
            None if header.is_empty() => {}
            None => problems.push(RowProblem {
                row: 1,
                column: header.to_owned(),
                problem: format!(
                    "no such column; known are {}",
                    known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
                ),
            }),
        }
    }
    for name in needed.iter().filter(|name| !found.contains_key(**name)) {
        let problem = "this column is missing".to_owned();
        problems.push(RowProblem { row: 1, column: (*name).to_owned(), problem });
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

const COLUMNS: &[(&str, &[&str])] = &[
    ("name", &["房号", "房间", "名称"]),
    ("alias", &["别名", "房名"]),
    ("kind", &["类型"]),
    ("area", &["区域", "楼层"]),
    ("class", &["房型"]),
    ("cap_min", &["最少人数"]),
    ("cap_max", &["人数", "容量", "最多人数"]),
    ("cap_extra", &["加位"]),
    ("tables", &["桌数"]),
    ("features", &["特点"]),
    ("equipment", &["设备"]),
    ("notes", &["备注"]),
    ("sort", &["排序"]),
];

/// A kind of rooms that the sheet names and nobody has set up yet.
fn fresh_class(name: &str, sort: i64) -> RoomClass {
    RoomClass {
        id: RoomClassId(0),
        version: 0,
        name: name.to_owned(),
        sort,
        stay_small: 120,
        stay_medium: 150,
        stay_large: 180,
        buffer_minutes: 20,
    }
}

struct Row {
    at: usize,
    area: String,
    class: String,
    draft: Draft,
}

fn read(text: &str) -> std::result::Result<Vec<Row>, Vec<RowProblem>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| vec![unreadable(1, &error)])?.clone();
    let columns = columns(&headers, COLUMNS, &["name", "area", "class", "cap_max"])?;
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for (row, record) in (2..).zip(reader.records()) {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                problems.push(unreadable(row, &error));
                continue;
            }
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cell =
            |name: &str| columns.get(name).and_then(|at| record.get(*at)).unwrap_or("").trim();
        let mut wrong = |column: &str, problem: &str| {
            let (column, problem) = (column.to_owned(), problem.to_owned());
            problems.push(RowProblem { row, column, problem });
        };
        let mut number = |name: &str, default: i64| {
            number_in(cell(name), default).unwrap_or_else(|| {
                wrong(name, "not a whole number");
                default
            })
        };
        let cap_max = number("cap_max", 0);
        let (cap_min, cap_extra) = (number("cap_min", 1), number("cap_extra", 0));
        let (sort, tables) = (number("sort", i64::try_from(row).unwrap_or(0)), number("tables", 0));
        let kind = match cell("kind") {
            "" | "room" | "包房" | "包厢" | "房间" => Some(RoomKind::Room),
            "table" | "台" | "台位" | "散台" => Some(RoomKind::Table),
            "hall" | "厅" | "宴会厅" => Some(RoomKind::Hall),
            _ => None,
        };
        if kind.is_none() {
            wrong("kind", "one of room, table, hall");
        }
        for name in ["area", "class"] {
            if cell(name).is_empty() {
                wrong(name, "missing");
            }
        }
        let draft = Draft {
            name: cell("name").to_owned(),
            alias: cell("alias").to_owned(),
            kind: kind.unwrap_or(RoomKind::Room),
            area_id: AreaId(0),
            class_id: RoomClassId(0),
            cap_min,
            cap_max,
            cap_extra,
            tables: (tables > 0).then_some(tables),
            shareable: false,
            priority: 0,
            features: cell("features").to_owned(),
            equipment: cell("equipment").to_owned(),
            notes: cell("notes").to_owned(),
            sort,
        };
        match draft.checked() {
            Ok(draft) => {
                let (area, class) = (cell("area").to_owned(), cell("class").to_owned());
                rows.push(Row { at: row, area, class, draft });
            }
            Err(found) => {
                for one in found {
                    wrong(
                        one.field(),
                        "out of bounds: a name of 1–20 characters, cap_max ≥ cap_min ≥ 1",
                    );
                }
            }
        }
    }
    let mut seen = BTreeMap::new();
    for row in &rows {
        if let Some(first) = seen.insert(row.draft.name.clone(), row.at) {
            let problem = format!("the name stands in row {first} already");
            problems.push(RowProblem { row: row.at, column: "name".to_owned(), problem });
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

/// A whole number or, where the cell is empty, the default; `None` where it is neither.
pub fn number_in(cell: &str, default: i64) -> Option<i64> {
    if cell.is_empty() { Some(default) } else { cell.parse().ok() }
}

/// A line that is no line of a spreadsheet.
pub fn unreadable(row: usize, error: &csv::Error) -> RowProblem {
    RowProblem { row, column: String::new(), problem: format!("cannot be read: {error}") }
}

/// Imports rooms: new ones are added, known ones (by name) changed; areas and kinds that are named
/// for the first time are made. Nothing is taken away.
pub async fn import_rooms(db: &Db, stamp: Stamp, text: &str, dry_run: bool) -> Result<Imported> {
    let house = super::store::house(db).await?;
    let rows = match read(text) {
        Ok(rows) => rows,
        Err(problems) => return Ok(Imported { problems, dry_run, ..Imported::default() }),
    };
    let mut done = Imported { dry_run, ..Imported::default() };
    for row in &rows {
        match known(&house, row) {
            None => done.added += 1,
            Some((_, true)) => done.same += 1,
            Some((_, false)) => done.changed += 1,
        }
    }
    if dry_run || rows.is_empty() {
        return Ok(done);
    }
    let keys: Vec<String> = rows.iter().map(|_| fresh_secret(&mut rand::rng())).collect();
    let rows = std::sync::Arc::new((rows, keys));
    let db = db.unhurried();
    db.write(stamp, move |tx| {
        let rows = std::sync::Arc::clone(&rows);
        Box::pin(async move {
            let house = super::store::house_and_rules_in(tx).await?.0;
            let mut areas: BTreeMap<String, AreaId> =
                house.areas.iter().map(|area: &Area| (area.name.clone(), area.id)).collect();
            let mut classes: BTreeMap<String, RoomClassId> =
                house.classes.iter().map(|class| (class.name.clone(), class.id)).collect();
            for (row, key) in rows.0.iter().zip(&rows.1) {
                let known = known(&house, row);
                if let Some((_, true)) = known {
                    continue;
                }
                let sort = i64::try_from(areas.len() + classes.len()).unwrap_or(0);
                let area = match areas.get(&row.area) {
                    Some(id) => *id,
                    None => setup::add_area_in(tx, &row.area, sort).await?,
                };
                areas.insert(row.area.clone(), area);
                let class = match classes.get(&row.class) {
                    Some(id) => *id,
                    None => setup::add_class_in(tx, &fresh_class(&row.class, sort)).await?,
                };
                classes.insert(row.class.clone(), class);
                let mut draft = row.draft.clone();
                (draft.area_id, draft.class_id) = (area, class);
                match known.and_then(|(id, _)| house.room(id)) {
                    None => drop(setup::add_room_in(tx, &draft, key).await?),
                    Some(room) => {
                        (draft.shareable, draft.priority) = (room.shareable, room.priority);
                        setup::edit_room_in(tx, room.id, room.version, &draft).await?;
                    }
                }
            }
            Ok::<_, Error>(())
        })
    })
    .await?;
    Ok(done)
}

/// The room a row speaks of, and whether it says nothing new.
fn known(house: &House, row: &Row) -> Option<(crate::kernel::RoomId, bool)> {
    let room = house.rooms.iter().find(|room| room.name == row.draft.name)?;
    let area = house.area(room.area_id).map(|area| area.name.as_str());
    let class = house.class(room.class_id).map(|class| class.name.as_str());
    let draft = &row.draft;
    let same = area == Some(row.area.as_str())
        && class == Some(row.class.as_str())
        && (room.cap_min, room.cap_max, room.cap_extra, room.sort)
            == (draft.cap_min, draft.cap_max, draft.cap_extra, draft.sort)
        && (&room.alias, room.kind, room.tables) == (&draft.alias, draft.kind, draft.tables)
        && (&room.features, &room.equipment, &room.notes)
            == (&draft.features, &draft.equipment, &draft.notes);
    Some((room.id, same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_with_a_sheet_is_said_at_once() {
        let sheet = "房号,区域,房型,人数,类型\nA1,2F,小包,6,\n,2F,小包,0,城堡\nA1,2F,小包,x,\n";
        let problems = read(sheet).err().unwrap();
        let said: Vec<(usize, &str)> =
            problems.iter().map(|one| (one.row, one.column.as_str())).collect();
        assert!(said.contains(&(3, "kind")) && said.contains(&(3, "name")), "{problems:?}");
        assert!(said.contains(&(4, "cap_max")), "{problems:?}");
        let unknown = read("name,area,class,cap_max,colour\n").err().unwrap();
        assert_eq!(unknown[0].column, "colour");
        let rows = read("\u{feff}name,area,class,cap_max\nA1,2F,小包,6\n").unwrap();
        assert_eq!(rows.len(), 1);
    }
}
