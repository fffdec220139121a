//! What is told of a talk: hold, transfer, a session that is not refreshed.

use super::*;

#[test]
fn only_the_telephone_holds_and_only_an_accepted_refer_counts() {
    let sdp = |way: &str| format!("v=0\r\nm=audio 4000 RTP/AVP 8\r\na={way}\r\n");
    let (hold, back) = (sdp("sendonly"), sdp("sendrecv"));
    let inside = Say {
        first: "INVITE sip:x@192.0.2.1",
        cseq: "7 INVITE",
        branch: "i",
        from: "801;tag=t",
        to: "139;tag=f",
        body: &hold,
        ..SAY
    };
    let mut ear = ear();
    ear.say(PBX, PHONE, &Say { first: "INVITE sip:801@x", ..SAY });
    ear.say(PHONE, PBX, &OK);
    ear.tale();
    ear.say(PHONE, PBX, &inside);
    ear.say(PHONE, PBX, &inside);
    ear.say(PBX, PHONE, &Say { from: "139;tag=f", to: "801;tag=t", body: &back, ..inside.clone() });
    ear.say(
        PHONE,
        PBX,
        &Say { branch: "j", cseq: "8 UPDATE", first: "UPDATE sip:x@y", ..inside.clone() },
    );
    ear.say(PHONE, PBX, &Say { branch: "k", cseq: "9 INVITE", body: &back, ..inside.clone() });
    assert_eq!(ear.tale(), "Heldtrue/b Heldfalse/b");
    let refer = |ear: &mut Ear, code: &str, cseq: &str| {
        let more = "Refer-To: <sip:804@x>\r\n";
        let refer = Say { first: "REFER sip:x@y", cseq, body: "", more, ..inside.clone() };
        ear.say(PHONE, PBX, &refer);
        let answer = format!("SIP/2.0 {code}");
        ear.say(PBX, PHONE, &Say { first: &answer, ..refer });
        ear.tale()
    };
    let goes = |ear: &mut Ear, cseq: &str, status: &str| {
        let more = "Event: refer\r\nContent-Type: message/sipfrag\r\n";
        let (from, to) = ("139;tag=f", "801;tag=t");
        let body = format!("SIP/2.0 {status}\r\n");
        let first = "NOTIFY sip:801@x";
        ear.say(PBX, PHONE, &Say { first, cseq, from, to, more, body: &body, ..SAY });
        ear.tale()
    };
    assert_eq!(refer(&mut ear, "603 No", "10 REFER"), "");
    assert_eq!(goes(&mut ear, "30 NOTIFY", "200 OK"), "", "nobody agreed to it");
    assert_eq!(refer(&mut ear, "202 Fine", "11 REFER"), "", "how it goes is not known yet");
    assert_eq!(goes(&mut ear, "31 NOTIFY", "180 Ringing"), "");
    assert_eq!(goes(&mut ear, "32 NOTIFY", "503 Nobody there"), "", "it failed: the talk goes on");
    assert_eq!(goes(&mut ear, "33 NOTIFY", "200 OK"), "");
    assert_eq!(refer(&mut ear, "202 Fine", "12 REFER"), "");
    assert_eq!(goes(&mut ear, "34 NOTIFY", "200 OK"), "Referred804/b");
    assert_eq!(goes(&mut ear, "34 NOTIFY", "200 OK"), "", "once");
    assert_eq!(refer(&mut ear, "202 Fine", "13 REFER"), "");
    let bye = Say { first: "BYE sip:x@y", cseq: "14 BYE", body: "", ..inside.clone() };
    ear.say(PHONE, PBX, &bye);
    let tale = ear.tale();
    assert!(tale.starts_with("Referred804/b Ended"), "it hung up and left it to the PBX: {tale}");
}

#[test]
fn a_session_that_is_not_refreshed_is_given_up() {
    let agreed = |seconds: &str| {
        let more = format!("Session-Expires: {seconds};refresher=uac\r\n");
        let mut ear = ear();
        ear.say(PBX, PHONE, &Say { first: "INVITE sip:801@x", ..SAY });
        ear.say(PHONE, PBX, &Say { more: &more, ..OK });
        ear.tale();
        ear
    };
    let mut ear = agreed("1800");
    ear.pass(900_000);
    let refresh = Say {
        first: "UPDATE sip:801@x",
        cseq: "2 UPDATE",
        branch: "u",
        from: "139;tag=f",
        to: "801;tag=t",
        ..SAY
    };
    ear.say(PBX, PHONE, &refresh);
    ear.pass(2_700_000);
    assert_eq!(ear.tale(), "", "two refreshes may go unseen");
    ear.pass(32_000);
    assert_eq!(ear.tale(), "Lost/b");
    let mut ear = agreed("1");
    ear.pass(166_000);
    assert_eq!(ear.tale(), "", "no session is shorter than 90 s");
    ear.pass(1_100);
    assert_eq!(ear.tale(), "Lost/b");
    let mut ear = agreed("99999999999999999999999");
    ear.pass(11 * 3_600_000);
    assert_eq!(ear.tale(), "", "what is no number is as if it was not said");
}
