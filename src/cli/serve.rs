//! `switchboard serve`.

use tokio_util::sync::CancellationToken;

use super::{Refused, runtime, say};
use crate::app::{self, Opening};
use crate::clock::Clock;
use crate::config::Config;

pub(super) fn run(config: Config) -> Result<(), Refused> {
    runtime()?.block_on(async {
        let stop = CancellationToken::new();
        app::stop_on_signal(stop.clone())?;
        let opening = Opening { config, clock: Clock::house(), stop };
        let deaf = opening.config.pbx.is_empty();
        let house = app::open(opening).await?;
        if let Some(setup) = house.setup_url().await? {
            say(&format!("setup: {setup}"));
        }
        say(&format!("panel: {}", house.url()));
        if deaf {
            say("no PBX is configured yet, so no call can be heard: write [[pbx]] and [[hotline]]");
            say("into config/switchboard.toml; every key is in config/switchboard.example.toml");
        }
        house.serve().await?;
        Ok(())
    })
}
