//! `switchboard replay`, by running the real binary.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::capture_kit::{ETHERNET, datagrams, pcap, pcapng};
use super::mirror_kit::recorded;

fn replay(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.current_dir(folder).env_clear().arg("replay").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_capture_is_told_call_by_call_without_any_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = pcap(ETHERNET, &datagrams(&recorded("01-ring1-answered")));
    std::fs::write(folder.path().join("a.pcap"), file).unwrap();
    let typed = ["a.pcap", "--hotline", "4008001234", "--position", "801", "--position", "802"];
    let output = replay(folder.path(), &typed);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("2026-11-23 22:18:49.567  4008001234   +8613800001111"), "{said}");
    assert!(said.contains("35 SIP messages in 35 packets, "), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is made");
}

#[test]
fn a_program_gets_an_object_a_line_and_the_summary_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = pcapng(ETHERNET, &datagrams(&recorded("10-two-callers")));
    std::fs::write(folder.path().join("a.pcapng"), file).unwrap();
    let output = replay(
        folder.path(),
        &[
            "a.pcapng",
            "--json",
            "--hotline",
            "4008001234",
            "--position",
            "801",
            "--position",
            "802",
        ],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let calls: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let callers: Vec<_> = calls.iter().map(|call| call["caller"]["as_sent"].as_str()).collect();
    assert_eq!(callers, [Some("13800001111"), Some("13900002222")]);
    assert!(calls.iter().all(|call| call["hotline"]["number"] == "4008001234"));
    let by: Vec<_> = calls.iter().map(|call| call["answered_by"]["extension"].as_str()).collect();
    assert_eq!(by, [Some("801"), Some("802")]);
    for (call, id) in calls.iter().zip(1..) {
        assert_eq!(call["id"], id);
        for key in ["offered_at", "rang_at", "state", "outcome", "evidence", "legs", "transfers"] {
            assert!(call.get(key).is_some(), "{key}");
        }
    }
    assert!(text(&output.stderr).contains("SIP messages in "));
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_what_is_wrong_and_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("text.pcap"), "dear reader, this is no capture at all\n").unwrap();
    std::fs::write(path("empty.pcap"), "").unwrap();
    let strange = pcap((147, <[u8]>::to_vec), &datagrams(&recorded("01-ring1-answered")));
    std::fs::write(path("strange.pcap"), strange).unwrap();
    for (typed, says) in [
        (vec!["gone.pcap"], "gone.pcap: cannot be read: "),
        (vec!["."], ".: is a folder; "),
        (vec!["text.pcap"], "text.pcap: is no capture: neither pcap nor pcapng"),
        (vec!["empty.pcap"], "empty.pcap: is empty"),
        (vec!["strange.pcap"], "strange.pcap: its link type 147 is not known; "),
        (vec!["text.pcap", "--hotline", "Anna!"], "--hotline \"Anna!\": must be a number "),
    ] {
        let output = replay(folder.path(), &typed);
        assert_eq!(output.status.code(), Some(2), "{typed:?}");
        assert!(text(&output.stderr).starts_with(says), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "");
    }
}
