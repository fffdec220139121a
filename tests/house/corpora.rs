//! What fuzzing collected, asked again at every test run, so that nobody needs the tool.

#[path = "../../fuzz/fuzz_targets/ask.rs"]
mod ask;

use std::path::Path;

fn replay(target: &str, asked: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut replayed = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        asked(&std::fs::read(entry.unwrap().path()).unwrap());
        replayed += 1;
    }
    assert!(replayed >= 8, "only {replayed} inputs for {target}");
}

#[test]
fn the_collected_datagrams_are_read_or_refused() {
    replay("sip_read", ask::ask_reader);
}

#[test]
fn the_collected_streams_are_cut_the_same_in_any_pieces() {
    replay("sip_framing", ask::ask_framer);
}

#[test]
fn the_collected_mirrored_packets_are_cut_and_read_or_refused() {
    replay("hep", ask::ask_hep);
}

#[test]
fn the_collected_bodies_are_read_or_refused() {
    replay("dialog_info", ask::ask_dialog_info);
}
