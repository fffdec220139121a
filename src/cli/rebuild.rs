//! `switchboard rebuild`: all sums of the reports, derived anew from the calls.

use super::{Refused, runtime, say};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::reports;

pub(super) fn run(config: &Config) -> Result<(), Refused> {
    runtime()?.block_on(async {
        let db = Db::open(config.store_url.reveal(), Bus::new()).await?;
        let renewed = reports::sum_anew(&db, &config.site.day, Clock::house().now()).await?;
        db.close().await;
        say(&format!("{} days were summed anew", renewed.days));
        Ok(())
    })
}
