//! What `/live` says of calls: to whom, and the card of one that waits, drawn for its reader.

use askama::Template as _;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::super::call::Call;
use super::super::live::LiveCalls;
use super::card::{Card, waits};
use super::sight;
use crate::bus::News;
use crate::directory::Watch;
use crate::kernel::CallId;
use crate::web::live::Fragments;
use crate::web::{OnDuty, Want};

/// Speaks for calls on the live stream.
pub(super) struct CallFragments {
    /// The committed picture: it is never older than the news.
    pub(super) live: LiveCalls,
    /// Whose numbers are closed: every desk is told of every ring.
    pub(super) restricted: Watch,
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

    fn html<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        news: &'a News,
    ) -> BoxFuture<'a, Option<String>> {
        async move {
            let call = self.live.get(id_of(&news.subject)?).filter(|call| waits(call))?;
            // the request's own moment is when the stream was opened
            let now = want.kit.clock.now();
            if !sight::concerns(&call, reader, now) {
                return None;
            }
            // where it is not known whose numbers are closed, the page asks again
            let restricted = self.restricted.now(&want.kit.db, now).await.ok()?;
            let closed = restricted.closed_to(reader, now);
            let call = sight::seen(Call::clone(&call), reader, &closed, now);
            Card::of(want.messages(), &call, reader, now).render().ok()
        }
        .boxed()
    }
}
