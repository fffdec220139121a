//! Bookings from a spreadsheet, for the first day: every row is checked first, and either all go in or
//! none. Rooms are taken like any other booking's, so two rows cannot have one room at one time.

use crate::db::{Db, Error, Result, Stamp};
use crate::kernel::{BusinessDay, Phone};
use crate::rooms::{
    House, Imported, RowProblem, agreed_at, columns, fen, minute_of, number_in, unreadable,
};

use super::acts::{Opening, open};
use super::booking::Source;
use super::store::perform::perform;
use super::store::world::{Actor, Scope, load};
use super::when::{Line, Said, read as read_when};

const COLUMNS: &[(&str, &[&str])] = &[
    ("name", &["称呼", "姓名", "客人"]),
    ("party", &["人数"]),
    ("phone", &["电话", "手机"]),
    ("when", &["时间", "日期时间", "到店时间"]),
    ("minutes", &["时长", "分钟"]),
    ("room", &["房间", "房号"]),
    ("wishes", &["要求"]),
    ("note", &["备注"]),
    ("occasion", &["宴会"]),
    ("source", &["来源"]),
    ("sold_by", &["订房人"]),
    ("sold_dept", &["部门"]),
    ("deposit", &["订金"]),
];

/// The text of a file as Excel writes it: UTF-8 or, in China, GB18030.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    }
}

struct Row {
    at: usize,
    opening: Opening,
}

fn read(
    text: &str,
    house: &House,
    day: &BusinessDay,
    now: crate::kernel::Moment,
) -> std::result::Result<Vec<Row>, Vec<RowProblem>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| vec![unreadable(1, &error)])?.clone();
    let columns = columns(&headers, COLUMNS, &["name", "party", "phone", "when"])?;
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
        let mut line = Line::new(cell("when"));
        let said = read_when(&mut line, day.date(now), minute_of(day, now));
        // a sheet is not a conversation: what is not understood is not guessed
        let said = if line.rest().is_empty() { said } else { Said::default() };
        let agreed = said.date.zip(said.minute);
        let starts_at = match agreed.map(|(date, minute)| agreed_at(day, date, minute)) {
            Some(Ok(at)) => Some(at),
            Some(Err(_)) => {
                wrong("when", "the clocks skip this time on that day");
                None
            }
            None => {
                wrong("when", "not a time such as 2026-11-23 19:00");
                None
            }
        };
        let party = number_in(cell("party"), 0).filter(|party| (1..=2_000).contains(party));
        if party.is_none() {
            wrong("party", "not a number of guests");
        }
        if Phone::read(cell("phone")).is_none() {
            wrong("phone", "not a telephone number");
        }
        let names = cell("room").split(['+', '，', '、']).filter(|name| !name.trim().is_empty());
        let mut rooms = Vec::new();
        for name in names {
            match house.room_called(name) {
                Some(room) => rooms.push(room.id),
                None => wrong("room", "no such room"),
            }
        }
        let source = match cell("source") {
            "" | "self" | "自来客" => Some(Source::SelfCome),
            "staff" | "代订" => Some(Source::Staff),
            "online" | "线上" => Some(Source::Online),
            _ => None,
        };
        if source.is_none() {
            wrong("source", "one of self, staff, online");
        }
        let deposit = match cell("deposit") {
            "" => Some(0),
            text => fen(text),
        };
        if deposit.is_none() {
            wrong("deposit", "not an amount in yuan");
        }
        let minutes = match number_in(cell("minutes"), 0) {
            Some(0) => None,
            Some(minutes) => Some(minutes),
            None => {
                wrong("minutes", "not a number of minutes");
                None
            }
        };
        let said = |name: &str| Some(cell(name).to_owned()).filter(|text| !text.is_empty());
        let opening = Opening {
            name: cell("name").to_owned(),
            party: party.unwrap_or(1),
            phone: cell("phone").to_owned(),
            starts_at,
            minutes,
            rooms,
            wishes: cell("wishes").to_owned(),
            note: cell("note").to_owned(),
            occasion: cell("occasion").to_owned(),
            source,
            sold_by: said("sold_by"),
            sold_dept: said("sold_dept"),
            deposit_fen: deposit.unwrap_or(0),
            ..Opening::default()
        };
        rows.push(Row { at: row, opening });
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

/// The refusal that takes an import back: something was wrong, or it was only tried.
const BACK: &str = "import_taken_back";

/// Imports bookings. With `dry_run`, or where any row is refused, everything is taken back; each row
/// was still tried against all the rows before it.
pub async fn import_bookings(
    db: &Db,
    stamp: Stamp,
    day: BusinessDay,
    bytes: &[u8],
    dry_run: bool,
) -> Result<Imported> {
    let house = crate::rooms::store::house(db).await?;
    let rows = match read(&text_of(bytes), &house, &day, stamp.now) {
        Ok(rows) => rows,
        Err(problems) => return Ok(Imported { problems, dry_run, ..Imported::default() }),
    };
    let (rows, (told, heard)) =
        (std::sync::Arc::new(rows), tokio::sync::watch::channel(Vec::new()));
    let added = rows.len();
    let db = db.unhurried();
    let write = db.write(stamp, move |tx| {
        let (rows, told) = (std::sync::Arc::clone(&rows), told.clone());
        Box::pin(async move {
            let actor = Actor { day, approves: true };
            let mut problems = Vec::new();
            for row in rows.iter() {
                let scope = Scope {
                    rooms: row.opening.rooms.clone(),
                    times: row.opening.starts_at.into_iter().collect(),
                    ..Scope::default()
                };
                let world = load(tx, actor, &scope).await?;
                match open(&world, &row.opening) {
                    Ok(outcome) => drop(perform(tx, &world, outcome).await?),
                    Err(refusal) => problems.push(RowProblem {
                        row: row.at,
                        column: String::new(),
                        problem: refused(&world.house, &refusal),
                    }),
                }
            }
            let back = dry_run || !problems.is_empty();
            told.send_replace(problems);
            if back { Err(Error::Refused(BACK.to_owned())) } else { Ok(()) }
        })
    });
    match write.await {
        Ok(()) => {}
        Err(error) if error.is_refusal(BACK) => {}
        Err(error) => return Err(error),
    }
    let problems = heard.borrow().clone();
    let added = if problems.is_empty() { added } else { 0 };
    Ok(Imported { added, problems, dry_run, ..Imported::default() })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike")]
fn refused(house: &House, refusal: &super::refusal::Refusal) -> String {
    use super::refusal::Refusal;
    match refusal {
        Refusal::Taken(taken) => {
            let room = taken.resource.room_id().map(|id| house.name(id)).unwrap_or_default();
            format!("{room} is taken from {} to {}", taken.from_at, taken.to_at)
        }
        Refusal::TooSmall(room, most) => format!("{} seats {most} at most", house.name(*room)),
        Refusal::NoWall => "these rooms do not open into one".to_owned(),
        Refusal::Field(field, _) => format!("{field} is out of bounds"),
        other => format!("refused: {other:?}"),
    }
}
