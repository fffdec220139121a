//! The sorter under random histories.

use proptest::prelude::*;

use super::*;

/// The beginnings of lines that make trouble when they are mixed.
fn message() -> impl Strategy<Value = String> {
    let first = prop::sample::select(vec![
        "INVITE sip:801@x",
        "INVITE sip:400@x",
        "CANCEL sip:801@x",
        "BYE sip:x@y",
        "ACK sip:x@y",
        "REFER sip:x@y",
        "UPDATE sip:x@y",
        "SIP/2.0 100 Trying",
        "SIP/2.0 180 Ringing",
        "SIP/2.0 200 OK",
        "SIP/2.0 202 Fine",
        "SIP/2.0 401 Who",
        "SIP/2.0 487 Gone",
        "REGISTER sip:x",
    ]);
    let cseq = prop::sample::select(vec![
        "1 INVITE",
        "2 INVITE",
        "1 CANCEL",
        "1 BYE",
        "1 ACK",
        "1 REFER",
        "1 UPDATE",
        "1 REGISTER",
        "x",
    ]);
    let who = || prop::sample::select(vec!["801", "139;tag=f", "801;tag=t", "us;tag=f", ";tag="]);
    let one = prop::sample::select(vec!["a", "b", "c", ""]);
    let body = prop::sample::select(vec!["", "m=audio 1 x\r\na=sendonly", "m=\r\nm=audio"]);
    let more = prop::sample::select(vec![
        "",
        "Refer-To: <sip:8@x?Replaces=a%3B>\r\n",
        "Contact: <sip:8@x:1>, *\r\n",
        "Reason: SIP\r\n",
    ]);
    (first, cseq, one.clone(), one, who(), who(), more, body).prop_map(
        |(first, cseq, call, branch, from, to, more, body)| {
            Say { first, cseq, call, branch, from, to, more, body }.text()
        },
    )
}

proptest! {
    #[test]
    fn whatever_comes_nothing_breaks_and_no_table_grows(
        messages in prop::collection::vec((message(), 0..4_usize, 0..4_usize, 0..2000_i64, any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..60)
    ) {
        let ends = [PBX, PHONE, CARRIER, "203.0.113.9:1"];
        for sorter in [Sorter::new(&[pbx("192.0.2.1")]), Sorter::guessing(&[])] {
            let mut ear = Ear::new(sorter);
            ear.sorter.most_legs = 8;
            let mut ended = std::collections::BTreeSet::new();
            for (text, source, destination, pause, place, byte, harm) in &messages {
                let mut bytes = text.clone().into_bytes();
                let place = place.index(bytes.len());
                match harm {
                    0 => bytes.truncate(place),
                    1 => bytes.splice(place..place, [*byte]).for_each(drop),
                    _ => {}
                }
                let end = |index: &usize| *ends.get(*index).unwrap();
                ear.hear(end(source), end(destination), &bytes);
                ear.pass(*pause);
                for heard in ear.told.drain(..) {
                    let Heard::Sighting(one) = heard else { continue };
                    let over = matches!(one.what, What::Withdrawn(_) | What::Refused(_) | What::Ended(_) | What::Lost);
                    if over && !one.leg.branch.is_empty() {
                        // the same INVITE may come again long after the leg was forgotten
                        let place = (one.leg.clone(), one.at.millis() / OVER_MS);
                        let first = ended.insert(place);
                        prop_assert!(first || ear.sorter.dropped().contains_key("too_many_legs"));
                    }
                }
                prop_assert!(ear.sorter.legs() <= 8);
                prop_assert!(ear.sorter.strays.len() <= messages.len().saturating_mul(2));
                prop_assert!(ear.sorter.ends.remembered() <= messages.len().saturating_mul(4));
            }
            ear.pass(TALK_MS + UNANSWERED_MS);
            ear.pass(OVER_MS);
            prop_assert_eq!(ear.sorter.legs(), 0);
        }
    }
}
