//! How many messages a second one core reads and tracks, from bytes to happenings.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop")]

mod traffic;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use traffic::{Traffic, book, drain, heard};

/// INVITE, CANCEL and ACK.
const MESSAGES_A_CALL: u64 = 3;
/// Calls that ring at the same time.
const AT_ONCE: u64 = 1000;

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("messages");
    group.throughput(Throughput::Elements(MESSAGES_A_CALL));

    let mut pbx = Traffic::new(AT_ONCE);
    group.bench_function("read", |bench| {
        bench.iter(|| {
            pbx.call(|at, bytes| {
                heard(at, bytes, |sighting| {
                    std::hint::black_box(sighting);
                });
            });
        });
    });

    let mut pbx = Traffic::new(AT_ONCE);
    let mut book = book();
    group.bench_function("read and track", |bench| {
        bench.iter(|| {
            pbx.call(|at, bytes| heard(at, bytes, |sighting| book.see(sighting)));
            drain(&mut book)
        });
    });
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
