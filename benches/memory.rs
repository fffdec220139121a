//! What one live call costs: the slope of resident memory from 1 000 to 10 000 ringing calls.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "it prints its one figure")]

mod traffic;

use traffic::{Traffic, book, drain, heard};

const FEW: u64 = 1000;
const MANY: u64 = 10_000;

fn main() {
    let mut pbx = Traffic::new(MANY);
    let mut house = book();
    let mut ring = |calls: u64| {
        for _ in 0..calls {
            pbx.call(|at, bytes| heard(at, bytes, |sighting| house.see(sighting)));
            drain(&mut house);
        }
        assert!(house.live() > 0);
        resident_bytes()
    };
    let few = ring(FEW);
    let many = ring(MANY - FEW);
    let slope = many.saturating_sub(few) / (MANY - FEW);
    println!("book: {slope} bytes a live call ({few} bytes at {FEW}, {many} at {MANY})");
    assert_eq!(house.live(), usize::try_from(MANY).unwrap());
}

/// Resident memory of this process, in bytes.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}
