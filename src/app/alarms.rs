//! How an alert of the reports reaches people: a notice in the panel for those whom the settings name, and
//! a letter by the ways out of the house; again when it is over.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::db::{Db, Result, Tx};
use crate::kernel::{Language, Moment, Roles, StaffId};
use crate::notices::{self, NewNotice, Recipients};
use crate::outbox::{self, Letter, Post, Routes};
use crate::reports::{Cause, Told};
use crate::words::Said;
use crate::{reports, shifts, staff};

/// What the notice of an alert is called. Its letter goes out by the ways the settings choose, so the
/// notice itself stays in the panel.
pub(super) const ALERT: &str = "report_alert";

/// The ways to people.
pub(super) struct Alarms {
    /// Out of the house.
    routes: Routes,
    /// The language of the site.
    language: Language,
    /// How people reach the panel, for links.
    url: String,
}

impl Alarms {
    /// By these ways.
    pub(super) fn by(routes: &Routes, language: Language, url: &str) -> Arc<dyn reports::Alarms> {
        Arc::new(Self { routes: routes.clone(), language, url: url.to_owned() })
    }

    async fn told(&self, tx: &mut Tx, told: Told) -> Result<()> {
        let cause = told.alert.cause;
        let said = Said::of(|l| reports::alert_said(l, &told.alert, told.over));
        let raised = Said::of(|l| reports::alert_said(l, &told.alert, false));
        let about = format!("reports/alerts/{}", cause.word());
        let everyone = staff::store::roles_in(tx).await?;
        let wanted: Vec<_> = told.to.iter().collect();
        let people: Vec<(StaffId, Roles)> =
            everyone.into_iter().filter(|(_, roles)| roles.has_any(&wanted)).collect();
        if people.is_empty() {
            return Ok(());
        }
        // an empty desk has a notice of its own, that of the gap in the coverage
        if cause != Cause::Nobody {
            // what was raised need not be read any more once it is over
            notices::store::close_about(tx, &about).await?;
            let to = Recipients::People(people.iter().map(|(id, _)| *id).collect());
            let notice = NewNotice::to_be_known(ALERT, said.clone(), to);
            notices::store::send(tx, notice.about(about.clone())).await?;
        }
        if !told.out {
            return Ok(());
        }
        for (to, roles) in people {
            let own = staff::store::language_of_in(tx, to).await?;
            let own = own.unwrap_or(self.language);
            // what was over before they heard of it is nothing to hear of
            if told.over && outbox::store::overtaken(tx, &about, raised.to(own), to).await? {
                continue;
            }
            let text = said.to(own);
            let letter = Letter {
                about: about.clone(),
                event: if told.over { "over" } else { "raised" }.to_owned(),
                title: text.to_owned(),
                body: text.to_owned(),
                link: Some(format!("{}/reports/settings", self.url)),
                button: None,
                // callers are waiting or not heard at all: that wakes people
                urgent: cause != Cause::Rate && !told.over,
                everywhere: false,
            };
            self.routes.post(tx, &Post { to, roles, letter }).await?;
        }
        Ok(())
    }
}

impl reports::Alarms for Alarms {
    fn tell<'t>(&'t self, tx: &'t mut Tx, told: Told) -> BoxFuture<'t, Result<()>> {
        let (cause, figure) = (told.alert.cause.word(), told.alert.figure);
        if told.over {
            tracing::info!(alert.cause = cause, "an alert is over: {cause}");
        } else {
            tracing::warn!(
                alert.cause = cause,
                alert.figure = figure,
                "an alert was raised: {cause}"
            );
        }
        Box::pin(self.told(tx, told))
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
