//! What `/live` says of calls: to whom, and the card of one that waits, drawn for its reader.

use askama::Template as _;

use super::super::call::Call;
use super::super::live::LiveCalls;
use super::card::{Card, waits};
use super::sight;
use crate::bus::News;
use crate::kernel::CallId;
use crate::web::live::Fragments;
use crate::web::{OnDuty, Want};

/// Speaks for calls on the live stream.
pub(super) struct CallFragments {
    /// The committed picture: it is never older than the news.
    pub(super) live: LiveCalls,
}

fn id_of(subject: &str) -> Option<CallId> {
    subject.strip_prefix("calls/")?.parse().ok()
}

impl Fragments for CallFragments {
    fn kinds(&self) -> &'static [&'static str] {
        &["call", "outgoing_call", "call_plan"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        sight::reads(reader)
    }

    fn html(&self, want: &Want, reader: &OnDuty, news: &News) -> Option<String> {
        let call = self.live.get(id_of(&news.subject)?).filter(|call| waits(call))?;
        // the request's own moment is when the stream was opened
        let now = want.kit.clock.now();
        if !sight::concerns(&call, reader, now) {
            return None;
        }
        let call = sight::seen(Call::clone(&call), reader, now);
        Card::of(want.messages(), &call, reader, now).render().ok()
    }
}
