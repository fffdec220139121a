//! What becomes of each call of a file: new, in the log already, or no call of a hotline.

use std::collections::{BTreeMap, BTreeSet};

use super::sheet::Heard;
use crate::config::Hotline;
use crate::kernel::{CallId, Moment, Phone};

/// Two moments of one call lie so far apart at most, in milliseconds: a record counts in seconds, and
/// two clocks are never one.
const TOLERANCE_MS: i64 = 10_000;

/// A call of the log, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Known {
    /// Its number.
    pub id: CallId,
    /// Who called, in E.164.
    pub caller_number: Option<String>,
    /// The hotline's number.
    pub hotline_number: Option<String>,
    /// When it was first seen.
    pub offered_at: Moment,
    /// When it was over.
    pub ended_at: Option<Moment>,
    /// 1 where it was over unheard: nobody knows whether it was answered.
    pub unheard: i64,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The log does not have it: a call of this hotline, by its place in the configuration.
    New(usize),
    /// The log has it.
    There(CallId),
    /// The log has it, but the house did not hear what became of it: the file says it.
    Completes(CallId),
    /// The house called somebody outside.
    Outgoing(Phone),
    /// It is no call of a hotline.
    Elsewhere,
}

/// One call of the file and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The call.
    pub call: Heard,
    /// Who called, in E.164.
    pub caller: Option<Phone>,
    /// What becomes of it.
    pub fate: Fate,
}

/// Which hotlines there are, and which one a call is for whose file does not say.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a> {
    /// Those of the configuration.
    pub hotlines: &'a [Hotline],
    /// The place of that one; none leaves such calls out.
    pub otherwise: Option<usize>,
}

/// Judges the calls of a file, the earliest first, against those of the log at that time. A call of the
/// log stands for one call of the file: somebody who called twice called twice.
pub fn judge(calls: &[Heard], known: &[Known], lines: Lines<'_>) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = calls.iter().map(|call| first(call, lines)).collect();
    // the closest pairs first
    let mut by_caller: BTreeMap<Option<&str>, Vec<&Known>> = BTreeMap::new();
    for one in known {
        by_caller.entry(one.caller_number.as_deref()).or_default().push(one);
    }
    let mut pairs = Vec::new();
    for (place, verdict) in verdicts.iter().enumerate() {
        let Fate::New(hotline) = verdict.fate else { continue };
        let number = lines.hotlines.get(hotline).map(|one| one.number.as_str());
        let caller = verdict.caller.as_ref().map(Phone::as_str);
        for one in by_caller.get(&caller).into_iter().flatten() {
            let same = one.hotline_number.is_none() || one.hotline_number.as_deref() == number;
            let apart = verdict.call.started.millis_since(one.offered_at).abs();
            let near = apart <= TOLERANCE_MS || (caller.is_some() && overlap(&verdict.call, one));
            if same && near {
                pairs.push((apart, place, one.id, one.unheard > 0));
            }
        }
    }
    pairs.sort_unstable();
    let mut taken = BTreeSet::new();
    for (_, place, id, unheard) in pairs {
        let Some(verdict) = verdicts.get_mut(place) else { continue };
        if matches!(verdict.fate, Fate::New(_)) && taken.insert(id) {
            verdict.fate = if unheard { Fate::Completes(id) } else { Fate::There(id) };
        }
    }
    verdicts
}

/// Whether both lasted at the same time; a queue begins later than the record of the whole call.
fn overlap(call: &Heard, known: &Known) -> bool {
    let over = call.ended.zip(known.ended_at);
    over.is_some_and(|(ended, other)| call.started < other && known.offered_at < ended)
}

fn first(call: &Heard, lines: Lines<'_>) -> Verdict {
    let caller = Phone::read(&call.caller);
    let own = caller.is_none() && is_extension(&call.caller);
    let hotline = call.dialled.iter().find_map(|dialled| hotline(dialled, lines.hotlines));
    let fate = if own {
        // a colleague who tries the hotline calls nobody to account
        match call.dialled.iter().find_map(|dialled| Phone::read(dialled)) {
            Some(phone) if hotline.is_none() => Fate::Outgoing(phone),
            _ => Fate::Elsewhere,
        }
    } else {
        hotline.or(lines.otherwise).map_or(Fate::Elsewhere, Fate::New)
    };
    Verdict { call: call.clone(), caller, fate }
}

fn is_extension(text: &str) -> bool {
    (2..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn hotline(dialled: &str, hotlines: &[Hotline]) -> Option<usize> {
    let spelled = spelled(dialled);
    let is_it = |line: &Hotline| {
        std::iter::once(&line.number)
            .chain(&line.aliases)
            .any(|number| self::spelled(number) == spelled)
    };
    hotlines.iter().position(is_it)
}

/// One spelling for every way to write a number.
fn spelled(text: &str) -> String {
    Phone::read(text).map_or_else(|| text.trim().to_owned(), |phone| phone.as_str().to_owned())
}
