//! Nobody gets what somebody else has, whatever thirty-two people do at once through the panel's own
//! acts, on both databases.

use std::sync::atomic::Ordering;

use super::kit;
use super::race::{PEOPLE, Race, evening, furnish, never, untold};

/// Each tries so often: together about five seconds on a slow machine.
const TRIES: usize = 35;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_two_people_on_five_rooms_and_nothing_is_taken_twice() {
    for fresh in kit::stores().await {
        let by = furnish(&fresh.db).await;
        let (race, mut broke) = Race::new(&fresh.db, by, 0);
        let mut people = tokio::task::JoinSet::new();
        for seed in 0..PEOPLE {
            people.spawn(race.clone().person(seed, Some(TRIES)));
        }
        while let Some(done) = people.join_next().await {
            done.unwrap();
        }
        let wrong: Vec<String> = std::iter::from_fn(|| broke.try_recv().ok()).collect();
        assert!(
            wrong.is_empty(),
            "{} acts broke: {:#?}",
            wrong.len(),
            &wrong[..wrong.len().min(10)]
        );
        let now = evening(0).plus_millis(race.clock.load(Ordering::Relaxed));
        assert_eq!(never(&fresh.db, now).await.unwrap(), []);
        assert_eq!(untold(&fresh.db).await.unwrap(), []);
        let tally = &race.tally;
        let count = |one: &std::sync::atomic::AtomicUsize| one.load(Ordering::Relaxed);
        let (done, refused, taken) =
            (count(&tally.done), count(&tally.refused), count(&tally.taken));
        assert!(done > 100 && taken > 50, "no race: {done} done, {refused} refused, {taken} taken");
    }
}
