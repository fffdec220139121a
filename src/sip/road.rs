//! Keeps one way to a PBX open, for all that we subscribe to there.

use std::net::SocketAddr;

use tokio::sync::mpsc;

use super::line::{self, Addresses};
use super::reach::Reached;
use super::transport::{Ear, Route, Sockets};
use crate::config::{Pbx, Sip};
use crate::kernel::PbxId;

/// What became of the way.
#[derive(Debug)]
pub(crate) enum News {
    /// It leads there; the PBX finds us at this address.
    Open(Route, SocketAddr),
    /// It cannot be found. Why: a key of the locale files.
    Shut(&'static str),
    /// The connection is gone.
    Broken,
}

/// One way and what it needs.
pub(crate) struct Road {
    /// Where to.
    pub(crate) id: PbxId,
    /// The same.
    pub(crate) pbx: Pbx,
    /// The sockets' settings.
    pub(crate) sip: Sip,
    /// How connections hear.
    pub(crate) ear: Ear,
    /// The sockets.
    pub(crate) sockets: Sockets,
    /// Where names are published.
    pub(crate) addresses: Addresses,
    /// Asks for the way to be found anew.
    pub(crate) wanted: mpsc::Receiver<()>,
    /// Who is told.
    pub(crate) news: mpsc::Sender<(PbxId, News)>,
}

impl Road {
    /// Finds the way when asked, until the sockets close.
    pub(crate) async fn run(mut self) {
        let close = self.ear.close.clone();
        let until_closed = close.run_until_cancelled(async { self.keep().await });
        until_closed.await;
    }

    async fn keep(&mut self) {
        let mut reached: Option<Reached> = None;
        let mut said = None;
        let mut attempt = 0_usize;
        loop {
            let news = tokio::select! {
                wanted = self.wanted.recv() => {
                    if wanted.is_none() {
                        return;
                    }
                    drop(reached.take());
                    let found = self.find(attempt).await;
                    attempt = attempt.wrapping_add(1);
                    match found {
                        Ok(found) => {
                            said = None;
                            let news = News::Open(found.route.clone(), found.contact);
                            reached = Some(found);
                            news
                        }
                        Err(why) => {
                            let reason = why.reason;
                            // where we register too, that line says it
                            if !self.pbx.member && said.as_ref() != Some(&why) {
                                tracing::warn!(pbx.name = %self.pbx.name, reason, "{} cannot be reached: {}", self.pbx.name, why.detail);
                                said = Some(why);
                            }
                            News::Shut(reason)
                        }
                    }
                }
                () = line::broken(reached.as_ref()) => {
                    reached = None;
                    News::Broken
                }
            };
            if self.news.send((self.id, news)).await.is_err() {
                return;
            }
        }
    }

    async fn find(&self, attempt: usize) -> Result<Reached, super::reach::Unreached> {
        let there = (&self.sockets, &self.addresses);
        line::find(self.id, &self.pbx, &self.sip, &self.ear, there, attempt).await
    }
}
