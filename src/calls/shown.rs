//! A call of the book as everybody is shown it, before people have added anything.

use super::call::{AnsweredBy, Call, Caller, HotlineRef, Leg, Links, Outcome, Transfer};
use super::record::{LegRecord, Record, TransferRecord};
use crate::config::Hotline;
use crate::kernel::{CallId, Extension, Phone};

impl Record {
    /// The call as `/calls/{id}` tells it. `hotlines` in the order of the configuration.
    pub fn shown(&self, id: CallId, version: i64, hotlines: &[Hotline]) -> Call {
        let hotline = self.hotline.and_then(|place| hotlines.get(place));
        let mut legs: Vec<_> = self.legs.iter().collect();
        legs.sort_by_key(|leg| leg.offered_at);
        let person = |extension| AnsweredBy { extension: Some(extension), staff: None };
        Call {
            id,
            version,
            hotline: hotline
                .map(|of| HotlineRef { name: of.name.clone(), number: of.number.clone() }),
            caller: Caller {
                number: self.number(),
                as_sent: self.as_sent(),
                display: self.display(),
                withheld: self.caller.id.withheld,
                contact: None,
                masked: false,
            },
            state: self.state,
            offered_at: self.offered_at,
            rang_at: self.rang_at,
            answered_at: self.answered_at,
            ended_at: self.ended_at,
            rings: self.rings,
            answer_rings: self.answer_rings,
            answer_ms: self.answer_ms,
            caller_wait_ms: self.caller_wait_ms,
            within_target: self.outcome.and_then(Outcome::within_target),
            answered_by: self.answered_by.clone().map(person),
            outcome: self.outcome,
            excluded: self.excluded,
            ended_by: self.ended_by,
            end_seen: self.end_seen,
            evidence: self.evidence,
            legs: legs.into_iter().map(leg).collect(),
            transfers: self.transfers.iter().map(transfer).collect(),
            notes: String::new(),
            record: None, // the picture of live calls keeps what people wrote
            readback_at: None,
            links: Links::default(),
            taken_by: None,
            taken_at: None,
            promise: self.promise,
            alarm: self.alarm,
        }
    }

    /// The outside number, else what was sent: an extension or a service number; none when withheld.
    pub(super) fn number(&self) -> Option<String> {
        let phone = self.caller.phone.as_ref().map(Phone::as_str).map(str::to_owned);
        phone.or_else(|| self.as_sent()).filter(|_| !self.caller.id.withheld)
    }

    pub(super) fn as_sent(&self) -> Option<String> {
        let party = &self.caller.id;
        party.user.as_deref().filter(|_| !party.withheld).map(storable)
    }

    pub(super) fn display(&self) -> Option<String> {
        let party = &self.caller.id;
        party.display.as_deref().filter(|_| !party.withheld).map(storable)
    }
}

fn leg(record: &LegRecord) -> Leg {
    Leg {
        extension: record.extension.clone(),
        rang_at: record.rang_at,
        answered_at: record.answered_at,
        ended_at: record.ended_at,
        end: record.end,
    }
}

fn transfer(record: &TransferRecord) -> Transfer {
    let text = |extension: &Extension| extension.as_str().to_owned();
    Transfer {
        at: record.at,
        kind: record.kind,
        from: record.from.as_ref().map(text),
        to: record.to.as_ref().map(text),
    }
}

/// PostgreSQL cannot keep a NUL; a wire can bring one.
pub(in crate::calls) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
