//! Every notice that is sent or asked again goes to the other channels in the same change; what has
//! been answered, superseded or closed is taken back from them.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::deliver::Parcel;
use super::due::Due;
use super::ladder::Ladder;
use super::notice::Notice;
use super::store;
use super::store::Stepping;
use crate::db::{self, Attends, Change, Tx};
use crate::kernel::{NoticeId, StaffId};
use crate::staff;
use crate::web::{fingerprint, fresh_secret};

/// Attends the changes in which notices are sent, asked again, answered.
pub(super) struct Sending(pub(super) Arc<Due>);

impl Attends for Sending {
    fn kinds(&self) -> &'static [&'static str] {
        &["notice"]
    }

    fn attend<'t>(
        &'t self,
        tx: &'t mut Tx,
        recorded: &'t [Change],
    ) -> BoxFuture<'t, db::Result<()>> {
        async move {
            for change in recorded.iter().filter(|change| change.kind == "notice") {
                // a line about one person's receipt is no line about the notice
                let id = change.subject.strip_prefix("notices/").and_then(|id| id.parse().ok());
                if let Some(id) = id {
                    self.follow(tx, id, change).await?;
                }
            }
            Ok(())
        }
        .boxed()
    }
}

impl Sending {
    async fn follow(&self, tx: &mut Tx, id: NoticeId, change: &Change) -> db::Result<()> {
        let said = |name: &str| change.after.as_ref().and_then(|after| after.get(name));
        match change.change {
            "sent" => {
                let Some(one) = store::one_in(tx, id).await? else { return Ok(()) };
                let Stepping { notice, ladder, step, .. } = one;
                if step == 0 { self.0.first(tx, &notice, &ladder).await } else { Ok(()) }
            }
            "asked_again" => {
                let Some(one) = store::one_in(tx, id).await? else { return Ok(()) };
                let people = said("people").and_then(serde_json::Value::as_array);
                let people = people.into_iter().flatten().filter_map(serde_json::Value::as_i64);
                let people: Vec<StaffId> = people.map(StaffId).collect();
                self.0.deliver(tx, &one.notice, &people).await
            }
            "acked" | "withdrawn" => {
                let from = said("staff").and_then(serde_json::Value::as_i64).map(StaffId);
                self.0.withdraw(tx, id, from).await
            }
            "all_acked" | "superseded" | "closed" => self.0.withdraw(tx, id, None).await,
            _ => Ok(()),
        }
    }
}

impl Due {
    /// The delivery, and when the first step of the ladder follows it.
    pub(super) async fn first(
        &self,
        tx: &mut Tx,
        notice: &Notice,
        ladder: &Ladder,
    ) -> db::Result<()> {
        let now = tx.now();
        let everybody: Vec<StaffId> = notice.receipts.iter().map(|r| r.staff).collect();
        self.deliver(tx, notice, &everybody).await?;
        let teller = ladder.first_teller().filter(|_| everybody.is_empty() && notice.must_ack);
        let (next, at) = match teller {
            Some(rung) => (rung + 1, Some(now)),
            None => (1, ladder.first(notice.sent_at).map(|at| at.max(now))),
        };
        store::set_next(tx, notice.id, next, at).await
    }

    /// Hands the notice to every other channel, with a link of each person's own.
    async fn deliver(&self, tx: &mut Tx, notice: &Notice, to: &[StaffId]) -> db::Result<()> {
        if self.deliver.is_empty() {
            return Ok(());
        }
        for staff in to {
            let own = staff::store::language_of_in(tx, *staff).await?;
            let language = own.unwrap_or(self.language);
            let key = fresh_secret(&mut rand::rng());
            store::add_key(tx, notice.id, *staff, &fingerprint(&key)).await?;
            for channel in self.deliver.iter() {
                let parcel = Parcel {
                    notice: notice.id,
                    kind: notice.kind.clone(),
                    about: notice.about.clone(),
                    to: *staff,
                    language,
                    text: notice.said.to(language).to_owned(),
                    link: format!("{}/a/{key}", self.url),
                    must_ack: notice.must_ack,
                    asked: notice.asked,
                };
                channel.deliver(tx, parcel).await?;
            }
        }
        Ok(())
    }

    async fn withdraw(&self, tx: &mut Tx, id: NoticeId, from: Option<StaffId>) -> db::Result<()> {
        for channel in self.deliver.iter() {
            channel.withdraw(tx, id, from).await?;
        }
        Ok(())
    }
}
