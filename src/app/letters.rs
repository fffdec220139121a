//! How a report that goes out by itself leaves the house: as mail, through the outbox.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::config::Config;
use crate::db::{Result, Tx};
use crate::outbox::{self, Channel, NewMessage, Way};
use crate::reports::{Mailing, Post, SendsMail};
use crate::timers::FallsDue;

/// What hands scheduled reports over; none without a relay: they wait, and the page of their settings
/// says so.
pub(super) fn post(config: &Config, url: &str) -> Option<Arc<dyn FallsDue>> {
    config.smtp.as_ref()?;
    Some(Arc::new(Post {
        day: config.site.day,
        site: config.site.name.clone(),
        url: url.to_owned(),
        way: Arc::new(ByOutbox),
    }))
}

/// Mail by the outbox.
struct ByOutbox;

impl SendsMail for ByOutbox {
    fn send<'t>(&'t self, tx: &'t mut Tx, mail: Mailing) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move {
            let message = NewMessage {
                about: mail.about,
                event: "report".to_owned(),
                to: None,
                way: Way { channel: Channel::Mail, target: mail.to },
                instead: Vec::new(),
                title: mail.subject,
                body: mail.text,
                link: None,
                button: None,
                mention: None,
                urgent: false,
                not_before: tx.now(),
            };
            outbox::store::put(tx, &message).await.map(drop)
        })
    }
}
