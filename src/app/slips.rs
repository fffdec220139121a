//! A slip reaches its owner by their own way too, beside the box on the panel: put into the outbox in the
//! change that sends it, for the deputy when it is escalated, and kept in the house once it was read.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::db::{self, Attends, Change, Tx};
use crate::kernel::{Language, MessageId, StaffId, masked_in};
use crate::messages::{self, Message};
use crate::outbox::{self, Letter, Post, Routes};
use crate::web::id_in;
use crate::{staff, words};

/// The longest that goes out of what a slip says, in characters; the box has the rest.
const TOLD: usize = 200;

/// The ways out of the house, for slips.
pub(super) struct ByTheirWay {
    routes: Routes,
    language: Language,
    url: String,
}

impl ByTheirWay {
    pub(super) fn by(routes: &Routes, language: Language, url: &str) -> Arc<dyn Attends> {
        Arc::new(Self { routes: routes.clone(), language, url: url.to_owned() })
    }

    async fn told(&self, tx: &mut Tx, slip: &Message, to: StaffId, event: &str) -> db::Result<()> {
        // an account may have gone meanwhile
        let Some(roles) = staff::store::roles_of_in(tx, to).await? else { return Ok(()) };
        let own = staff::store::language_of_in(tx, to).await?;
        let l = words::of(own.unwrap_or(self.language));
        let unnamed = l.messages_unnamed().to_string();
        let from = if slip.from_name.is_empty() { &unnamed } else { &slip.from_name };
        // robots are on other people's machines
        let from = masked_in(from);
        let title = if slip.urgent {
            l.messages_out_urgent(from).to_string()
        } else {
            l.messages_out(from).to_string()
        };
        let letter = Letter {
            about: messages::store::subject(slip.id),
            event: event.to_owned(),
            title,
            body: masked_in(&slip.clone().told(&l).body).chars().take(TOLD).collect(),
            link: Some(format!("{}/messages/{}", self.url, slip.id)),
            button: None,
            urgent: slip.urgent,
            everywhere: false,
        };
        self.routes.post(tx, &Post { to, roles, letter }).await.map(drop)
    }
}

impl Attends for ByTheirWay {
    fn kinds(&self) -> &'static [&'static str] {
        &["message"]
    }

    fn attend<'t>(
        &'t self,
        tx: &'t mut Tx,
        recorded: &'t [Change],
    ) -> BoxFuture<'t, db::Result<()>> {
        async move {
            for change in recorded.iter().filter(|change| change.kind == "message") {
                let Some(id) = id_in::<MessageId>(&change.subject, "messages") else { continue };
                let about = messages::store::subject(id);
                match change.change {
                    "sent" | "escalated" => {
                        let slip = messages::store::one_in(tx, id).await?;
                        let escalated = change.change == "escalated";
                        let to = if escalated { slip.deputy } else { Some(slip.for_staff) };
                        if let Some(to) = to {
                            self.told(tx, &slip, to, change.change).await?;
                        }
                    }
                    "read" | "handled" | "withdrawn" => {
                        outbox::store::withdraw_from(tx, &about, None).await?;
                    }
                    "erased" => outbox::store::erase::about(tx, &about).await.map(drop)?,
                    _ => {}
                }
            }
            Ok(())
        }
        .boxed()
    }
}
