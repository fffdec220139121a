//! Asterisk's `queue_log`: `epoch|call|queue|agent|event|data…` (`app_queue.c`).

use std::collections::BTreeMap;

use super::sheet::{Bad, Heard, clean, extension, sane};
use crate::kernel::Moment;

/// Whether a text is one: its first line that says anything begins with an epoch and five fields.
pub(super) fn is_one(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut fields = first.split('|');
    let epoch = fields.next().unwrap_or_default().trim();
    let digits = epoch.split('.').next().unwrap_or_default();
    digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit()) && fields.count() >= 4
}

/// The callers of the queues; a call that goes on into another queue is one call.
pub(super) fn read(text: &str) -> (Vec<Heard>, Vec<Bad>) {
    let mut calls: BTreeMap<String, Heard> = BTreeMap::new();
    let mut bad = Vec::new();
    for (line, text) in (1_u64..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let fields: Vec<String> = text.split('|').map(clean).collect();
        if let Err(why) = take(&mut calls, line, &fields) {
            bad.push(Bad { line, why });
        }
    }
    (calls.into_values().collect(), bad)
}

fn take(calls: &mut BTreeMap<String, Heard>, line: u64, fields: &[String]) -> Result<(), String> {
    let field = |at: usize| fields.get(at).map_or("", String::as_str);
    if fields.len() < 5 {
        return Err(format!("it has {} fields; a line of queue_log has at least 5", fields.len()));
    }
    let (key, queue, agent, event) = (field(1), field(2), field(3), field(4));
    let at = seconds(field(0))?;
    if event == "ENTERQUEUE" {
        if key.is_empty() || key == "NONE" {
            return Err("it names no call".to_owned());
        }
        let call = calls.entry(key.to_owned()).or_insert_with(|| fresh(line, key, at));
        field(6).clone_into(&mut call.caller);
        call.ended = None;
        if !call.dialled.iter().any(|one| one == queue) {
            call.dialled.push(queue.to_owned());
        }
        return Ok(());
    }
    let Some(call) = calls.get_mut(key) else {
        // its beginning stands in an older file, or the line is about no caller
        return Ok(());
    };
    match event {
        // FreePBX notes the number that was dialled
        "DID" if !field(5).is_empty() => call.dialled.insert(0, field(5).to_owned()),
        "CONNECT" => {
            call.answered = call.answered.or(Some(at));
            call.extension = call.extension.take().or_else(|| extension(agent));
        }
        "ABANDON" | "EXITWITHTIMEOUT" | "EXITWITHKEY" | "EXITEMPTY" | "COMPLETEAGENT"
        | "COMPLETECALLER" | "TRANSFER" | "BLINDTRANSFER" | "ATTENDEDTRANSFER" => {
            call.ended = Some(at);
        }
        _ => {}
    }
    Ok(())
}

fn fresh(line: u64, key: &str, at: Moment) -> Heard {
    Heard {
        line,
        key: key.to_owned(),
        started: at,
        ended: None,
        answered: None,
        machine: false,
        caller: String::new(),
        name: String::new(),
        dialled: Vec::new(),
        extension: None,
    }
}

fn seconds(text: &str) -> Result<Moment, String> {
    let whole = text.split('.').next().unwrap_or_default();
    let seconds: i64 = whole.parse().map_err(|_| format!("{text:?} is no time in seconds"))?;
    sane(Moment::from_millis(seconds.saturating_mul(1_000)), text)
}
