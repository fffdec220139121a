//! Joins the outbox to the wire: telephones get short messages, and a "1" that comes back is an answer.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::Tasks;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Db};
use crate::outbox::{self, Answers, Routes, Senders, Telephones, Unpaged, Worker};
use crate::sip::{Page, Paged, Pager};

/// Short messages by the pager of the SIP side.
struct ByPager(Pager);

impl Telephones for ByPager {
    fn send<'a>(
        &'a self,
        extension: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<String, Unpaged>> {
        Box::pin(async move { meaning(self.0.send(extension, text).await) })
    }
}

fn meaning(paged: Paged) -> Result<String, Unpaged> {
    match paged {
        Paged::Taken(reference) => Ok(reference),
        Paged::Unreachable => Err(Unpaged::Later(0)),
        Paged::Silent => Err(Unpaged::Silent),
        // away, busy, overloaded: it may be there later; what knows no messages (501), no such version (505) or none
        // so long (513) never will
        Paged::Refused(status @ (408 | 480 | 486 | 500 | 502..=504 | 506..=512 | 514..=599)) => {
            Err(Unpaged::Later(status))
        }
        Paged::Refused(status) => Err(Unpaged::Never(status)),
    }
}

/// The ways out of the house, ready to be used.
pub(super) struct Outbound {
    pub(super) senders: Senders,
    pub(super) routes: Routes,
}

impl Outbound {
    /// Puts the ways of the configuration together.
    pub(super) async fn of(
        db: &Db,
        clock: &Clock,
        config: &Config,
        pager: Option<Pager>,
        public_url: &str,
    ) -> db::Result<Self> {
        let telephones = pager.map(|pager| Arc::new(ByPager(pager)) as Arc<dyn Telephones>);
        let smtp = config.smtp.as_ref();
        let reachable = telephones.is_some();
        let now = clock.now();
        let senders = Senders::new(db, now, &config.robots, smtp, telephones, public_url).await?;
        let zone = config.site.day.zone;
        let routes = Routes::new(&config.robots, smtp.is_some(), reachable, zone);
        Ok(Self { senders, routes })
    }

    /// Starts sending, and listens to what telephones write back.
    pub(super) fn start(
        &self,
        db: &Db,
        clock: &Clock,
        tasks: &Tasks,
        pages: mpsc::Receiver<Page>,
        rooms: Vec<Arc<dyn Answers>>,
    ) {
        let worker = Worker::new(db, clock, &self.senders);
        let stop = tasks.stop.clone();
        tasks.lasting("the outbox", move || worker.clone().run(stop.clone()));
        tasks.vital("answers from telephones", listen(db.clone(), pages, rooms));
    }
}

async fn listen(db: Db, mut pages: mpsc::Receiver<Page>, rooms: Vec<Arc<dyn Answers>>) {
    while let Some(page) = pages.recv().await {
        if page.text.trim() != "1" {
            continue;
        }
        match answered(&db, &page, &rooms).await {
            Ok(true) => tracing::info!("a telephone's answer was taken"),
            Ok(false) => tracing::info!("a telephone answered, and there was nothing to answer"),
            Err(error) => {
                tracing::warn!(code = %error.code(), "a telephone's answer was not stored");
            }
        }
    }
}

async fn answered(db: &Db, page: &Page, rooms: &[Arc<dyn Answers>]) -> db::Result<bool> {
    let Some(asked) = outbox::store::last_to(db, &page.from).await? else { return Ok(false) };
    let Some(by) = asked.to else { return Ok(false) };
    for room in rooms {
        if room.answered(db, page.at, &asked.about, by).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_knows_no_messages_is_not_asked_again_and_who_is_busy_is() {
        for status in [405, 415, 501, 505, 513, 603] {
            assert_eq!(meaning(Paged::Refused(status)), Err(Unpaged::Never(status)));
        }
        for status in [408, 480, 486, 500, 503, 504] {
            assert_eq!(meaning(Paged::Refused(status)), Err(Unpaged::Later(status)));
        }
        assert_eq!(meaning(Paged::Unreachable), Err(Unpaged::Later(0)));
        assert_eq!(meaning(Paged::Silent), Err(Unpaged::Silent));
    }
}
