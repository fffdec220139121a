//! How replayed calls are printed: a line each for people, or a JSON object each for programs.

use std::collections::BTreeMap;
use std::io::{BufWriter, Stdout, Write as _};

use chrono_tz::Tz;

use crate::calls::{
    AnsweredBy, Call, Caller, EndedBy, HotlineRef, Leg, Links, Outcome, Record, Transfer,
};
use crate::cli::complain;
use crate::config::Hotline;
use crate::kernel::CallId;
use crate::sip::Found;

/// Prints calls and counts them.
pub(super) struct Show {
    json: bool,
    hotlines: Vec<Hotline>,
    zone: Tz,
    out: BufWriter<Stdout>,
    calls: i64,
    outcomes: BTreeMap<Option<Outcome>, u64>,
}

impl Show {
    pub(super) fn new(json: bool, hotlines: Vec<Hotline>, zone: Tz) -> Self {
        let out = BufWriter::new(std::io::stdout());
        Self { json, hotlines, zone, out, calls: 0, outcomes: BTreeMap::new() }
    }

    /// One call. A reader who went away is no trouble of ours.
    pub(super) fn call(&mut self, record: &Record) {
        self.calls += 1;
        *self.outcomes.entry(record.outcome).or_default() += 1;
        let call = self.told(record);
        let line = if self.json {
            serde_json::to_string(&call).unwrap_or_default()
        } else {
            self.line(&call)
        };
        drop(writeln!(self.out, "{line}"));
    }

    /// What was read and what it came to.
    pub(super) fn summary(&mut self, found: &Found, dropped: &BTreeMap<&'static str, u64>) {
        let mut lines = vec![format!(
            "{} SIP messages in {} packets, {} calls",
            found.messages, found.packets, self.calls
        )];
        for (outcome, count) in &self.outcomes {
            let word = outcome.map_or("not over", Outcome::word);
            lines.push(format!("  {count:>8}  {word}"));
        }
        if found.unreadable > 0 {
            lines.push(format!("{} packets could not be read", found.unreadable));
        }
        for (why, count) in dropped {
            lines.push(format!("{count} messages not followed: {}", why.replace('_', " ")));
        }
        if found.gaps > 0 {
            lines.push(format!("{} gaps in TCP connections: messages are missing", found.gaps));
        }
        if found.cut_short {
            lines.push("the capture was broken off within a packet".to_owned());
        }
        if found.messages == 0 {
            lines.push("no SIP was found; what is encrypted (TLS) cannot be read".to_owned());
        }
        if self.json {
            drop(self.out.flush());
            complain(&lines.join("\n"));
        } else {
            drop(writeln!(self.out, "{}", lines.join("\n")));
            drop(self.out.flush());
        }
    }

    /// The call as `/calls/{id}` would tell it, before anybody has added anything.
    fn told(&self, record: &Record) -> Call {
        let hotline = record.hotline.and_then(|place| self.hotlines.get(place));
        let party = &*record.caller;
        let (number, as_sent, display) = if party.id.withheld {
            (None, None, None)
        } else {
            let number = party.phone.as_ref().map(|phone| phone.as_str().to_owned());
            (number, party.id.user.clone(), party.id.display.clone())
        };
        let person = |extension| AnsweredBy { extension: Some(extension), staff: None };
        Call {
            id: CallId(self.calls),
            version: 1,
            hotline: hotline.map(|hotline| HotlineRef {
                name: hotline.name.clone(),
                number: hotline.number.clone(),
            }),
            caller: Caller {
                number: number.or_else(|| as_sent.clone()),
                as_sent,
                display,
                withheld: party.id.withheld,
                contact: None,
                masked: false,
            },
            state: record.state,
            offered_at: record.offered_at,
            rang_at: record.rang_at,
            answered_at: record.answered_at,
            ended_at: record.ended_at,
            rings: record.rings,
            answer_rings: record.answer_rings,
            answer_ms: record.answer_ms,
            caller_wait_ms: record.caller_wait_ms,
            within_target: record.outcome.and_then(Outcome::within_target),
            answered_by: record.answered_by.clone().map(person),
            outcome: record.outcome,
            excluded: record.excluded,
            ended_by: record.ended_by,
            end_seen: record.end_seen,
            evidence: record.evidence,
            legs: record
                .legs
                .iter()
                .map(|leg| Leg {
                    extension: leg.extension.clone(),
                    rang_at: leg.rang_at,
                    answered_at: leg.answered_at,
                    ended_at: leg.ended_at,
                    end: leg.end,
                })
                .collect(),
            transfers: record
                .transfers
                .iter()
                .map(|one| Transfer {
                    at: one.at,
                    kind: one.kind,
                    from: one.from.as_ref().map(ToString::to_string),
                    to: one.to.as_ref().map(ToString::to_string),
                })
                .collect(),
            notes: String::new(),
            record: None,
            readback_at: None,
            links: Links::default(),
            taken_by: None,
            taken_at: None,
            promise: record.promise,
            alarm: record.alarm,
        }
    }

    fn line(&self, call: &Call) -> String {
        let at = call.offered_at.utc().with_timezone(&self.zone).format("%Y-%m-%d %H:%M:%S%.3f");
        let hotline = call.hotline.as_ref().map_or("?", |hotline| hotline.number.as_str());
        let caller = call.caller.number.as_deref().unwrap_or("withheld");
        let outcome = call.outcome.map_or("not over", Outcome::word);
        let rings = format!("{} rings", call.rings);
        let answered = call.answered_at.map(|_| {
            let extension = call.answered_by.as_ref().and_then(|who| who.extension.as_ref());
            let by = extension.map_or_else(String::new, |extension| format!(" by {extension}"));
            let after = call.answer_ms.map(|millis| format!(" after {}", seconds(millis)));
            format!("answered{}{by}", after.unwrap_or_default())
        });
        let over = call.ended_at.map(|ended_at| {
            let who = match call.ended_by {
                EndedBy::Caller => " by the caller",
                EndedBy::Us => " by us",
                EndedBy::Unknown => "",
            };
            format!("over after {}{who}", seconds(ended_at.millis_since(call.offered_at)))
        });
        let sent_on = call.transfers.iter().map(|one| {
            let end = |end: &Option<String>| end.clone().unwrap_or_else(|| "?".to_owned());
            format!("{} {} → {}", one.kind.word(), end(&one.from), end(&one.to))
        });
        let told: Vec<_> =
            std::iter::once(rings).chain(answered).chain(sent_on).chain(over).collect();
        format!("{at}  {hotline:<12} {caller:<16} {outcome:<15} {}", told.join(", "))
    }
}

/// `3.0 s`.
fn seconds(millis: i64) -> String {
    format!("{}.{} s", millis / 1000, millis.rem_euclid(1000) / 100)
}
