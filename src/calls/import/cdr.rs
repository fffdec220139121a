//! Call detail records of Asterisk and `FreeSWITCH`: one row for every telephone that was tried, so the
//! rows of one call are put together.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::sheet::{Bad, Heard, Line, extension, moment};

type Read = (Vec<Heard>, Vec<Bad>);

/// `cdr_csv.c`: accountcode, src, dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start,
/// answer, end, duration, billsec, disposition, amaflags [, uniqueid] [, userfield] [, peeraccount,
/// linkedid, sequence].
pub(super) fn is_asterisk(line: &Line) -> bool {
    (16..=21).contains(&line.fields.len()) && looks_like_time(line.field(9))
}

/// The template `example`: name, number, destination, context, start, answer, end, duration, billsec,
/// cause, uuid, uuid of the other leg, …
pub(super) fn is_freeswitch(line: &Line) -> bool {
    (11..=20).contains(&line.fields.len())
        && looks_like_time(line.field(4))
        && line.field(10).len() == 36
}

fn looks_like_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 16 && bytes.get(4) == Some(&b'-') && bytes.get(13) == Some(&b':')
}

pub(super) fn asterisk(lines: &[Line], zone: Tz) -> Read {
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    let mut linked = true;
    for line in lines {
        if !(16..=21).contains(&line.fields.len()) {
            let many = line.fields.len();
            bad.push(
                line.wrong(format!("it has {many} columns; a line of Master.csv has 16 to 21")),
            );
            continue;
        }
        let own = if line.fields.len() >= 20 { line.field(19) } else { "" };
        linked &= !own.is_empty();
        match asterisk_row(line, zone) {
            Ok(row) => {
                let key = [own, line.field(16)].into_iter().find(|key| !key.is_empty());
                rows.push((key.unwrap_or_default().to_owned(), row));
            }
            Err(why) => bad.push(line.wrong(why)),
        }
    }
    let calls = together(rows);
    // without linkedid a telephone tried through a Local channel is a record of its own
    (if linked { calls } else { overlapping(calls) }, bad)
}

/// What a record of Asterisk says of how it went.
const KNOWN: [&str; 6] = ["ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION", "CANCEL"];

fn asterisk_row(line: &Line, zone: Tz) -> Result<Heard, String> {
    let started = moment(line.field(9), zone)?;
    let end = line.field(11);
    let ended = if end.is_empty() { None } else { Some(moment(end, zone)?) };
    let answer = line.field(10);
    let taken = if answer.is_empty() { None } else { Some(moment(answer, zone)?) };
    let disposition = line.field(14).to_ascii_uppercase();
    if !KNOWN.contains(&disposition.as_str()) {
        return Err(format!("{disposition:?} is no disposition such as ANSWERED or NO ANSWER"));
    }
    if ended.is_some_and(|ended| ended < started) {
        return Err("it ends before it begins".to_owned());
    }
    let answered = disposition == "ANSWERED";
    // a telephone was bridged, and for longer than a beep; else only the PBX answered
    let by = line.field(6);
    let person = answered && !by.is_empty() && line.field(13) != "0";
    let data = line.field(8).split(',').next().unwrap_or_default();
    let queued = line.field(7).eq_ignore_ascii_case("queue") && data != line.field(2);
    let queue = if queued { data } else { "" };
    let dialled = [line.field(2), queue].into_iter().filter(|text| !text.is_empty());
    Ok(Heard {
        line: line.number,
        key: String::new(),
        started,
        ended,
        answered: if person { taken.or(Some(started)) } else { None },
        machine: answered && !person,
        caller: line.field(1).to_owned(),
        name: name_in(line.field(4)),
        dialled: dialled.map(str::to_owned).collect(),
        extension: if person { extension(by) } else { None },
    })
}

/// The name of `"Wang" <13800001234>`.
fn name_in(clid: &str) -> String {
    let name = clid.split('<').next().unwrap_or_default().trim().trim_matches('"').trim();
    let is_number = name.chars().all(|c| c.is_ascii_digit() || c == '+');
    if is_number { String::new() } else { name.to_owned() }
}

pub(super) fn freeswitch(lines: &[Line], zone: Tz) -> Read {
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    let mut second_legs = Vec::new();
    for line in lines {
        if !is_freeswitch(line) {
            bad.push(line.wrong("it is no line of the cdr csv template \"example\""));
            continue;
        }
        match freeswitch_row(line, zone) {
            Ok(row) => {
                second_legs.extend(Some(line.field(11).to_owned()).filter(|leg| !leg.is_empty()));
                rows.push((line.field(10).to_owned(), row));
            }
            Err(why) => bad.push(line.wrong(why)),
        }
    }
    second_legs.sort();
    rows.retain(|(key, _)| second_legs.binary_search(key).is_err());
    (together(rows), bad)
}

fn freeswitch_row(line: &Line, zone: Tz) -> Result<Heard, String> {
    let maybe = |at: usize| match line.field(at) {
        "" => Ok(None),
        text => moment(text, zone).map(Some),
    };
    let (started, taken, ended) = (moment(line.field(4), zone)?, maybe(5)?, maybe(6)?);
    if ended.is_some_and(|ended| ended < started) {
        return Err("it ends before it begins".to_owned());
    }
    let bridged = !line.field(11).is_empty();
    Ok(Heard {
        line: line.number,
        key: String::new(),
        started,
        ended,
        answered: taken.filter(|_| bridged),
        machine: taken.is_some() && !bridged,
        caller: line.field(1).to_owned(),
        name: name_in(line.field(0)),
        dialled: vec![line.field(2).to_owned()],
        extension: None,
    })
}

/// The rows of one key are one call: it begins with the first, and is answered where one of them is.
pub(super) fn together(rows: Vec<(String, Heard)>) -> Vec<Heard> {
    let mut calls: Vec<Heard> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (key, row) in rows {
        let row = Heard { key: key.clone(), ..row };
        let known = places.get(&key).and_then(|at| calls.get_mut(*at)).filter(|_| !key.is_empty());
        if let Some(call) = known {
            join(call, row);
        } else {
            places.insert(key, calls.len());
            calls.push(row);
        }
    }
    calls
}

/// Records of one caller that overlap are one call.
fn overlapping(mut calls: Vec<Heard>) -> Vec<Heard> {
    calls.sort_by(|a, b| (&a.caller, a.started, a.line).cmp(&(&b.caller, b.started, b.line)));
    let mut whole: Vec<Heard> = Vec::new();
    for call in calls {
        let same = |last: &&mut Heard| {
            last.caller == call.caller
                && !call.caller.is_empty()
                && last.ended.is_some_and(|ended| call.started <= ended)
        };
        match whole.last_mut().filter(same) {
            Some(last) => join(last, call),
            None => whole.push(call),
        }
    }
    whole
}

fn join(call: &mut Heard, row: Heard) {
    if row.started < call.started {
        // whoever came first is the caller
        (call.started, call.caller, call.name) = (row.started, row.caller, row.name);
        call.line = call.line.min(row.line);
    }
    call.ended = call.ended.max(row.ended);
    if call.answered.is_none() && row.answered.is_some() {
        (call.answered, call.extension) = (row.answered, row.extension);
    }
    call.machine = (call.machine || row.machine) && call.answered.is_none();
    for dialled in row.dialled {
        if !call.dialled.contains(&dialled) {
            call.dialled.push(dialled);
        }
    }
}
