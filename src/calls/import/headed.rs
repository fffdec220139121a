//! A sheet whose first line names the columns, in English or Chinese, in any order.

use chrono_tz::Tz;

use super::cdr::together;
use super::sheet::{Bad, Heard, Line, extension, moment};
use crate::kernel::Moment;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Start,
    Caller,
    Name,
    Dialled,
    Answered,
    End,
    Duration,
    Talk,
    Extension,
    Channel,
    Disposition,
    Key,
}

const NAMES: [(Column, &[&str]); 12] = [
    (
        Column::Start,
        &[
            "start",
            "started",
            "started_at",
            "time",
            "calldate",
            "date",
            "开始时间",
            "呼入时间",
            "来电时间",
            "时间",
        ],
    ),
    (
        Column::Caller,
        &[
            "caller",
            "from",
            "src",
            "number",
            "caller_id_number",
            "主叫",
            "主叫号码",
            "来电号码",
            "号码",
        ],
    ),
    (Column::Name, &["name", "caller_name", "clid", "姓名", "来电姓名"]),
    (
        Column::Dialled,
        &[
            "hotline",
            "called",
            "to",
            "dst",
            "did",
            "destination_number",
            "被叫",
            "被叫号码",
            "热线",
        ],
    ),
    (Column::Answered, &["answered", "answered_at", "answer", "接听", "接听时间", "是否接听"]),
    (Column::End, &["end", "ended", "ended_at", "结束时间", "挂机时间"]),
    (Column::Duration, &["duration", "总时长", "时长"]),
    (Column::Talk, &["billsec", "talk", "通话时长"]),
    (Column::Extension, &["extension", "agent", "分机", "接听分机"]),
    (Column::Channel, &["dstchannel"]),
    (Column::Disposition, &["disposition", "状态", "结果"]),
    (Column::Key, &["linkedid", "uniqueid", "uuid", "id", "编号"]),
];

/// Which column stands where.
pub(super) struct Headings(Vec<(Column, usize)>);

impl Headings {
    /// Reads the first line; `None` where it names no start or no caller.
    pub(super) fn read(line: &Line) -> Option<Self> {
        let mut found = Vec::new();
        for (column, names) in NAMES {
            // in the order of the names: linkedid before uniqueid
            for name in names {
                let heading = |field: &String| field.trim().to_lowercase() == *name;
                if let Some(at) = line.fields.iter().position(heading) {
                    found.push((column, at));
                }
            }
        }
        let has = |column| found.iter().any(|(one, _)| *one == column);
        (has(Column::Start) && has(Column::Caller)).then_some(Self(found))
    }

    fn get<'l>(&self, line: &'l Line, column: Column) -> &'l str {
        let places = self.0.iter().filter(|(one, _)| *one == column);
        places.map(|(_, at)| line.field(*at)).find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// The calls of the lines below.
    pub(super) fn calls(&self, lines: &[Line], zone: Tz) -> (Vec<Heard>, Vec<Bad>) {
        let (mut rows, mut bad) = (Vec::new(), Vec::new());
        for line in lines {
            match self.row(line, zone) {
                Ok(row) => rows.push((self.get(line, Column::Key).to_owned(), row)),
                Err(why) => bad.push(line.wrong(why)),
            }
        }
        (together(rows), bad)
    }

    fn row(&self, line: &Line, zone: Tz) -> Result<Heard, String> {
        let get = |column| self.get(line, column);
        let started = match get(Column::Start) {
            "" => return Err("it says no start".to_owned()),
            text => moment(text, zone)?,
        };
        let seconds = |column| match get(column) {
            "" => Ok(None),
            text => match text.parse::<i64>() {
                Ok(seconds) if (0..=86_400).contains(&seconds) => Ok(Some(seconds * 1_000)),
                _ => Err(format!("{text:?} is no length in seconds, from 0 to 86400")),
            },
        };
        let (duration, talk) = (seconds(Column::Duration)?, seconds(Column::Talk)?);
        let ended = match get(Column::End) {
            "" => duration.map(|ms| started.plus_millis(ms)),
            text => Some(moment(text, zone)?),
        };
        if ended.is_some_and(|ended| ended < started) {
            return Err("it ends before it begins".to_owned());
        }
        let taken = taken(get(Column::Answered), get(Column::Disposition), zone)?;
        let channel = get(Column::Channel);
        // where the sheet has the other channel, an answer without one was the PBX's own
        let has_channel = self.0.iter().any(|(one, _)| *one == Column::Channel);
        let yes = taken != Taken::No;
        let person = yes && (!has_channel || !channel.is_empty()) && talk != Some(0);
        let at = match taken {
            Taken::At(at) => Some(at),
            Taken::Yes | Taken::No => ended.zip(talk).map(|(ended, ms)| ended.plus_millis(-ms)),
        };
        let by = Some(get(Column::Extension)).filter(|text| !text.is_empty());
        let dialled = self.0.iter().filter(|(one, _)| *one == Column::Dialled);
        let dialled = dialled.map(|(_, at)| line.field(*at)).filter(|text| !text.is_empty());
        Ok(Heard {
            line: line.number,
            key: String::new(),
            started,
            ended,
            answered: if person { at.or(Some(started)).map(|at| at.max(started)) } else { None },
            machine: yes && !person,
            caller: get(Column::Caller).to_owned(),
            name: get(Column::Name)
                .split('<')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches('"')
                .to_owned(),
            dialled: dialled.map(str::to_owned).collect(),
            extension: if person { extension(by.unwrap_or(channel)) } else { None },
        })
    }
}

/// Whether it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    No,
    Yes,
    At(Moment),
}

/// Read off a time, a yes or no, or a disposition.
fn taken(answered: &str, disposition: &str, zone: Tz) -> Result<Taken, String> {
    match answered.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "是" | "已接" | "接听" => return Ok(Taken::Yes),
        "no" | "n" | "false" | "0" | "否" | "未接" | "未接听" => return Ok(Taken::No),
        "" => {}
        _ => return moment(answered, zone).map(Taken::At),
    }
    match disposition.to_uppercase().as_str() {
        "ANSWERED" | "已接" | "已接听" | "接通" => Ok(Taken::Yes),
        "" | "NO ANSWER" | "BUSY" | "FAILED" | "CONGESTION" | "CANCEL" | "未接" | "未接听"
        | "未接通" => Ok(Taken::No),
        other => Err(format!("{other:?} does not say whether it was answered")),
    }
}
