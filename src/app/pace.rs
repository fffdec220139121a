//! The house clock follows the wall's, slowly.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// How often the house clock is led back to the wall.
const SLEW_EVERY: Duration = Duration::from_mins(1);

/// Leads the house clock back to the wall, and says when the wall was set.
pub(super) async fn keep_time(clock: Clock, stop: CancellationToken) {
    const APART_MS: i64 = 1_000;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SLEW_EVERY) => {}
        }
        let apart_ms = clock.slew();
        if apart_ms.abs() > APART_MS {
            tracing::warn!(apart_ms, "the machine's clock was set; the house follows slowly");
        }
    }
}
