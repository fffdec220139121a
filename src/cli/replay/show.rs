//! How replayed calls are printed: a line each for people, or a JSON object each for programs.

use std::collections::BTreeMap;
use std::io::{BufWriter, Stdout, Write as _};

use chrono_tz::Tz;

use crate::calls::{Call, EndedBy, Outcome, Record};
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
        let call = record.shown(CallId(self.calls), 1, &self.hotlines);
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
