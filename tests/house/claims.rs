//! Nothing is taken twice, whatever is tried at once; and who is refused is told who has it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::{Connection as _, PgConnection};
use switchboard::bus::Bus;
use switchboard::claims::{Claim, Kind, NewClaim, OVERLAP, Owner, Resource, store};
use switchboard::db::{Change, Db, Error, Sql, Stamp};
use switchboard::kernel::{ClaimId, Moment, RoomId};

use super::kit;

fn at(minutes: i64) -> Moment {
    Moment::from_millis(minutes * 60_000)
}

fn wish(room: i64, from: i64, to: i64, kind: Kind) -> NewClaim {
    NewClaim {
        resource: Resource::room(RoomId(room)),
        from_at: at(from),
        to_at: at(to),
        buffer_ms: 0,
        kind,
        owner: Owner::of("bookings/1"),
        expires_at: None,
        note: String::new(),
    }
}

/// Changes claims at a moment; `Err` says who is in the way.
async fn change(
    db: &Db,
    now: i64,
    puts: Vec<Claim>,
    takes: Vec<NewClaim>,
) -> Result<Vec<ClaimId>, switchboard::claims::Taken> {
    let given = Arc::new((puts, takes));
    db.write_in_line(Stamp { now: at(now), by: None }, move |tx| {
        let given = Arc::clone(&given);
        Box::pin(async move {
            tx.record(Change::new("claim", "claims".to_owned(), "changed"));
            store::apply(tx, &given.0, &given.1).await
        })
    })
    .await
    .unwrap()
}

async fn claim(db: &Db, id: ClaimId) -> Claim {
    db.write(Stamp { now: at(0), by: None }, move |tx| {
        Box::pin(async move { store::by_ids(tx, &[id]).await })
    })
    .await
    .unwrap()
    .remove(0)
}

/// Claims that overlap although they must not: asked without a word of the code that keeps them.
const TWICE: Sql = Sql::both(
    "SELECT count(*) AS twice FROM claims a JOIN claims b ON a.resource = b.resource AND a.id < b.id
     WHERE a.released_at IS NULL AND b.released_at IS NULL AND a.kind <> 'viewing' AND b.kind <> 'viewing'
       AND a.from_at < b.to_at AND b.from_at < a.to_at",
);

async fn twice(db: &Db) -> i64 {
    db.read(TWICE).value().await.unwrap()
}

#[tokio::test]
async fn the_database_itself_refuses_what_the_code_forgot_to_ask() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        // a room, and a person's time: the rule is the same
        for (what, kind) in [("rooms/1", "booking"), ("staff/5", "appointment")] {
            let insert = |from: i64, to: i64, kind: &str| {
                let text = format!(
                    "INSERT INTO claims (resource, from_at, to_at, kind, owner, created_at) VALUES ('{what}', {from}, {to}, '{kind}', 'bookings/1', 0)"
                );
                let sql = Sql::both(text.leak());
                db.write(Stamp { now: at(0), by: None }, move |tx| {
                    Box::pin(async move { tx.keep(sql).run().await.map(drop) })
                })
            };
            insert(100, 200, kind).await.unwrap();
            for (from, to) in [(150, 160), (50, 300), (199, 300), (50, 101)] {
                for other in ["hold", kind] {
                    let error = insert(from, to, other).await.unwrap_err();
                    assert!(error.is_refusal(OVERLAP), "{what} {from}–{to}: {error}");
                }
            }
            insert(200, 300, kind).await.unwrap();
            insert(0, 100, kind).await.unwrap();
            insert(150, 160, "viewing").await.unwrap();
            let span = insert(400, 400, kind).await.unwrap_err();
            assert!(span.is_refusal("claim_span"), "{span}");
        }
        let promote = Sql::both("UPDATE claims SET kind = 'booking' WHERE kind = 'viewing'");
        let delete = Sql::both("DELETE FROM claims");
        let run = |sql: Sql| {
            db.write(Stamp { now: at(0), by: None }, move |tx| {
                Box::pin(async move { tx.keep(sql).run().await.map(drop) })
            })
        };
        assert!(run(promote).await.unwrap_err().is_refusal(OVERLAP));
        let kept: Error = run(delete).await.unwrap_err();
        assert!(kept.is_refusal("claims_are_kept"), "{kept}");
    }
}

#[tokio::test]
async fn a_swap_is_one_step_and_a_hold_becomes_its_booking() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let ids = change(
            db,
            0,
            vec![],
            vec![wish(1, 60, 120, Kind::Booking), wish(2, 60, 120, Kind::Booking)],
        )
        .await
        .unwrap();
        let (mut a, mut b) = (claim(db, ids[0]).await, claim(db, ids[1]).await);
        std::mem::swap(&mut a.resource, &mut b.resource);
        let alone = change(db, 0, vec![a.clone()], vec![]).await.unwrap_err();
        assert_eq!(alone.owner, Some(Owner::of("bookings/1")), "one alone is in the other's way");
        change(db, 0, vec![a, b], vec![]).await.unwrap();
        assert_eq!(claim(db, ids[0]).await.resource, Resource::room(RoomId(2)));
        // a hold that ends by itself is in nobody's way any more, and turns into a booking before that
        let hold = NewClaim { expires_at: Some(at(5)), ..wish(3, 60, 120, Kind::Hold) };
        let hold_id = change(db, 0, vec![], vec![hold]).await.unwrap()[0];
        assert!(change(db, 4, vec![], vec![wish(3, 90, 150, Kind::Booking)]).await.is_err());
        let mut turned = claim(db, hold_id).await;
        (turned.kind, turned.expires_at, turned.to_at) = (Kind::Booking, None, at(130));
        change(db, 4, vec![turned], vec![]).await.unwrap();
        let other = NewClaim { expires_at: Some(at(5)), ..wish(4, 60, 120, Kind::Hold) };
        change(db, 0, vec![], vec![other]).await.unwrap();
        change(db, 5, vec![], vec![wish(4, 60, 120, Kind::Booking)]).await.unwrap();
        // three rooms of which one is taken: none is
        let before = twice(db).await;
        let three = vec![
            wish(7, 60, 90, Kind::Booking),
            wish(1, 100, 130, Kind::Booking),
            wish(8, 60, 90, Kind::Booking),
        ];
        assert!(change(db, 6, vec![], three).await.is_err());
        change(db, 6, vec![], vec![wish(7, 60, 90, Kind::Booking)]).await.unwrap();
        assert_eq!((before, twice(db).await), (0, 0));
    }
}

/// So many at once.
const TASKS: u64 = 32;

#[tokio::test]
async fn whoever_takes_a_room_does_not_look_through_all_claims_there_ever_were() {
    const MANY: &str = "INSERT INTO claims (resource, from_at, to_at, kind, owner, created_at)
                        SELECT 'rooms/' || n % 10, n * 10, n * 10 + 10, 'booking', 'bookings/1', 0 FROM generate_series(1, 3000) n";
    const IN_TURN: &str = "SELECT id FROM claims_in_turn('[\"rooms/1\"]', 0, $1, 5000)";
    const LOOKED_THROUGH: &str =
        "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'claims'";
    let place = kit::postgres().await;
    Db::open(&place.url, Bus::new()).await.unwrap().close().await;
    let mut on = PgConnection::connect(&place.url).await.unwrap();
    for text in [MANY, "ANALYZE claims", "BEGIN"] {
        sqlx::raw_sql(text).execute(&mut on).await.unwrap();
    }
    // after some times the server keeps one plan for all
    for k in 0..8_i64 {
        let taken = sqlx::query(IN_TURN).bind(k * 100).fetch_all(&mut on).await.unwrap();
        assert!(!taken.is_empty());
    }
    let through: i64 = sqlx::query_scalar(LOOKED_THROUGH).fetch_one(&mut on).await.unwrap();
    assert_eq!(through, 0);
}

/// Each tries so often: together about five seconds on a slow machine.
const TRIES: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_taken_twice_however_many_try_at_once() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let (won, lost) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut people = tokio::task::JoinSet::new();
        for seed in 0..TASKS {
            let (db, won, lost) = (db.clone(), Arc::clone(&won), Arc::clone(&lost));
            people.spawn(async move {
                let mut chance = StdRng::seed_from_u64(seed);
                let mut mine: Vec<ClaimId> = Vec::new();
                for _ in 0..TRIES {
                    let (puts, takes) = something(&db, &mut chance, &mine).await;
                    match change(&db, 0, puts, takes).await {
                        Ok(ids) => {
                            mine.extend(ids);
                            won.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(refused) => {
                            assert!(
                                refused.owner.is_some() || refused.since.is_none(),
                                "a refusal names who has it: {refused:?}"
                            );
                            lost.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
        while let Some(done) = people.join_next().await {
            done.unwrap();
        }
        assert_eq!(twice(db).await, 0, "somebody has what somebody else has");
        let (won, lost) = (won.load(Ordering::Relaxed), lost.load(Ordering::Relaxed));
        assert!(won > 50 && lost > 50, "it was no race: {won} won, {lost} lost");
    }
}

/// One of the many things people do: book one room or two that open into one, hold, move, swap, cancel,
/// take back what was cancelled.
async fn something(db: &Db, chance: &mut StdRng, mine: &[ClaimId]) -> (Vec<Claim>, Vec<NewClaim>) {
    let room = chance.random_range(1..5);
    let from = chance.random_range(0..40) * 15;
    let to = from + chance.random_range(2..10) * 15;
    match chance.random_range(0..10) {
        4 => (
            vec![],
            vec![wish(room, from, to, Kind::Booking), wish(room % 4 + 1, from, to, Kind::Booking)],
        ),
        5 => {
            let hold =
                NewClaim { expires_at: Some(at(60_000)), ..wish(room, from, to, Kind::Hold) };
            (vec![], vec![hold])
        }
        6 | 7 if !mine.is_empty() => {
            let mut moved = claim(db, mine[chance.random_range(0..mine.len())]).await;
            moved.resource = Resource::room(RoomId(room));
            (moved.from_at, moved.to_at) = (at(from), at(to));
            moved.released_at = None;
            (vec![moved], vec![])
        }
        8 if mine.len() > 1 => {
            let picked: BTreeSet<usize> = [0, mine.len() - 1].into();
            let mut two = Vec::new();
            for k in picked {
                two.push(claim(db, mine[k]).await);
            }
            if let [a, b] = two.as_mut_slice() {
                std::mem::swap(&mut a.resource, &mut b.resource);
            }
            (two, vec![])
        }
        9 if !mine.is_empty() => {
            let id = mine[chance.random_range(0..mine.len())];
            (vec![claim(db, id).await.released(at(0))], vec![])
        }
        _ => (vec![], vec![wish(room, from, to, Kind::Booking)]),
    }
}
