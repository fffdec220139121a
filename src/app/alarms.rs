//! How an alert of the reports reaches people: the log, until there is a way to persons.

use futures_util::future::{BoxFuture, ready};

use crate::db::{Db, Result, Stamp};
use crate::kernel::Moment;
use crate::reports;

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

    fn nobody_since<'a>(&'a self, _: &'a Db, _: Moment) -> BoxFuture<'a, Result<Option<Moment>>> {
        Box::pin(ready(Ok(None)))
    }
}
