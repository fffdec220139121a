//! How an alert of the reports reaches people: the reports' pages and the wall show it, the log says
//! it; whom else to tell is for the rooms that know ways to persons.

use futures_util::future::{BoxFuture, ready};

use crate::db::{Db, Result, Stamp};
use crate::kernel::Moment;
use crate::{reports, shifts};

/// The ways to people.
pub(super) struct Alarms;

impl reports::Alarms for Alarms {
    fn raise<'a>(
        &'a self,
        _: &'a Db,
        _: Stamp,
        alert: &'a reports::Alert,
    ) -> BoxFuture<'a, Result<()>> {
        let (cause, figure) = (alert.cause.word(), alert.figure);
        tracing::warn!(alert.cause = cause, alert.figure = figure, "an alert was raised: {cause}");
        Box::pin(ready(Ok(())))
    }

    fn nobody_since<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
    ) -> BoxFuture<'a, Result<Option<Moment>>> {
        Box::pin(async move {
            let gaps = shifts::store::coverage::between(db, now, now.plus_millis(1)).await?;
            let open = gaps.into_iter().filter(|gap| gap.to_at.is_none());
            Ok(open.map(|gap| gap.from_at).min())
        })
    }
}
