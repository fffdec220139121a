//! Whether whoever is behind a stream may still look, where the store does not say.
//!
//! A store that is away for ten seconds is no reason to end every stream: all screens would come back at once, to a
//! store that is just up again. Nor may somebody whose right was taken away go on for ever because nobody could be
//! asked. So while the store does not say, a stream tells nothing, not even that it is alive (a screen shows its age
//! by itself), asks again at every beat, and ends after [`PATIENCE`]. Once the store says yes, what came meanwhile is
//! told from the journal.

use std::time::Duration;

use tokio::time::Instant;

/// For so long the store may be silent about a reader before their stream ends.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a look at the store gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Look<T> {
    /// They may go on, as this.
    Yes(T),
    /// They may not, or nobody said for too long: the stream ends.
    No,
    /// Nobody said; it is asked again at the next beat.
    Unsaid,
}

/// Whether it is not known at present if a reader may look.
#[derive(Debug, Default)]
pub struct Doubt {
    is: bool,
    /// The beat at which it was first not known.
    since: Option<Instant>,
}

impl Doubt {
    /// Whether there is any: nothing is told then.
    pub fn is_there(&self) -> bool {
        self.is
    }

    /// Takes what the store answered at this beat, or between two of them.
    pub fn heard<T, E>(&mut self, answer: Result<Option<T>, E>, beat: Option<Instant>) -> Look<T> {
        match answer {
            Ok(Some(reader)) => {
                *self = Self::default();
                Look::Yes(reader)
            }
            Ok(None) => Look::No,
            Err(_) => {
                self.is = true;
                let Some(now) = beat else { return Look::Unsaid };
                let since = *self.since.get_or_insert(now);
                if now.duration_since(since) < PATIENCE { Look::Unsaid } else { Look::No }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Result<Option<u8>, ()> = Ok(Some(1));
    const NO: Result<Option<u8>, ()> = Ok(None);
    const AWAY: Result<Option<u8>, ()> = Err(());

    /// Some beat, and those that follow it.
    async fn beats() -> impl Fn(u64) -> Option<Instant> {
        let mut interval = tokio::time::interval(PATIENCE);
        let first = interval.tick().await;
        move |seconds| Some(first + Duration::from_secs(seconds))
    }

    #[tokio::test]
    async fn ten_seconds_without_the_store_end_no_stream() {
        let at = beats().await;
        let mut doubt = Doubt::default();
        assert_eq!(doubt.heard(YES, at(0)), Look::Yes(1));
        assert!(!doubt.is_there());
        for beat in [10, 12, 14, 16, 18] {
            assert_eq!(doubt.heard(AWAY, at(beat)), Look::Unsaid);
            assert!(doubt.is_there(), "nothing is told at {beat}");
        }
        assert_eq!(doubt.heard(YES, at(20)), Look::Yes(1));
        assert!(!doubt.is_there());
        // each time counts by itself
        assert_eq!(doubt.heard(AWAY, at(60)), Look::Unsaid);
        assert_eq!(doubt.heard(AWAY, at(62)), Look::Unsaid);
    }

    #[tokio::test]
    async fn nobody_goes_on_for_ever_because_nobody_can_be_asked() {
        let at = beats().await;
        let mut doubt = Doubt::default();
        assert_eq!(doubt.heard(AWAY, None), Look::Unsaid, "news of the staff, between two beats");
        assert!(doubt.is_there());
        assert_eq!(doubt.heard(AWAY, at(2)), Look::Unsaid);
        assert_eq!(doubt.heard(AWAY, at(31)), Look::Unsaid);
        assert_eq!(doubt.heard(AWAY, at(32)), Look::No);
        // and a no is a no at once
        assert_eq!(Doubt::default().heard(NO, at(0)), Look::No);
    }
}
