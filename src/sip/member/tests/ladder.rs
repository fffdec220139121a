//! What the ladder of a call shows of who calls.

use super::*;

/// A call from a number that is not to be seen: in which headers it stands, and with what wish.
fn withheld(method: &str, call: u8, from: &str, more: &str) -> String {
    request(method, call, more).replace("<sip:13800001234@192.0.2.1>", from)
}

#[test]
fn the_number_of_a_caller_who_withholds_it_stands_on_no_ladder() {
    let real = "\"Li 13800009999\" <sip:+8613800009999@192.0.2.1>";
    let hidden = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
    let identity = |name: &str| format!("{name}: {real}\n");
    let id = "Privacy: id\n";
    let cases = [
        (hidden, identity("P-Asserted-Identity") + id),
        (
            hidden,
            identity("P-Asserted-Identity") + "P-Asserted-Identity: <tel:+86-138-0000-9999>\n",
        ),
        (hidden, identity("P-Preferred-Identity")),
        (hidden, identity("Remote-Party-ID").replace("1>", "1>;privacy=full")),
        (real, id.to_owned()),
        (real, id.to_owned() + "Contact: <sip:13800009999@192.0.2.1>\nX-Caller: 013800009999\n"),
    ];
    for (from, more) in &cases {
        for order in [["INVITE", "CANCEL", "ACK"], ["CANCEL", "INVITE", "ACK"]] {
            let mut story = Story::begin(Transport::Udp);
            for method in order {
                let more = if method == "INVITE" { more } else { "" };
                story.hear(&withheld(method, 1, from, more));
            }
            story.wait(2_000);
            assert!(story.wires.len() >= 6, "{:?}", story.wires);
            for wire in &story.wires {
                let digits = wire.replace('-', "");
                assert!(!digits.contains("00009999") && !wire.contains("Li"), "{wire}");
                assert!(wire.contains("anonymous@") && wire.contains("tag=f1"), "{wire}");
            }
        }
    }
    // a restart forgets the wish: then nobody is named
    let mut story = Story::restored(Transport::Udp, &[leg(1)]);
    story.hear(&withheld("CANCEL", 1, real, ""));
    story.hear(&withheld("ACK", 1, real, ""));
    assert!(story.wires.iter().all(|wire| !wire.contains("9999")), "{:?}", story.wires);
    assert_eq!(story.wires.len(), 4);
}

#[test]
fn the_ladder_of_a_caller_who_hides_nothing_is_what_was_on_the_wire() {
    let mut story = Story::begin(Transport::Udp);
    let invite = request("INVITE", 1, "P-Asserted-Identity: <sip:+8613800001234@192.0.2.1>\n");
    story.hear(&invite);
    assert_eq!(story.wires[0], invite.replace('\n', "\r\n"));
    assert_eq!(story.wires[2], story.sent[1].1);
    story.hear(&request("CANCEL", 1, ""));
    story.hear(&request("ACK", 1, ""));
    assert!(story.wires.iter().all(|wire| wire.contains("sip:13800001234@")));
}
