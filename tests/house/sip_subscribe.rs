//! The house watches extensions over real sockets: it is told, it asks on, it gives back.

use switchboard::config::{Pbx, Transport, WhenAllBusy};
use switchboard::kernel::PbxId;
use switchboard::meters::Kind;
use switchboard::sip::{DialogState, Heard, LineState, Source};

use super::listener::{Caller, House, Keys, Plan, is_down, is_up, request};
use super::notifier::{Door, Notifier, body};
use super::registrar::header;

async fn open(watch: &[&str]) -> (Notifier, House) {
    open_over(Transport::Udp, watch).await
}

async fn open_over(transport: Transport, watch: &[&str]) -> (Notifier, House) {
    let mut door = Door::open(transport).await;
    let house = House::open(Plan { pbx: vec![door.pbx(watch)], ..Plan::default() }).await;
    (door.welcome().await, house)
}

fn told(house: &mut House) -> usize {
    let waiting = std::iter::from_fn(|| house.heard.try_recv().ok());
    waiting.filter(|heard| matches!(heard, Heard::Watched(_))).count()
}

#[tokio::test]
async fn a_watched_telephone_rings_talks_and_rests_and_the_house_is_told() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let (mut pbx, mut house) = open_over(transport, &["801"]).await;
        let asked = pbx.believed().await;
        assert!(asked.starts_with("SUBSCRIBE sip:801@pbx.example SIP/2.0\r\n"), "{asked}");
        assert_eq!(header(&asked, "Event"), Some("dialog"));
        assert_eq!(header(&asked, "Accept"), Some("application/dialog-info+xml"));
        assert_eq!(header(&asked, "Expires"), Some("3600"));
        pbx.grant(&asked, 3600).await;
        pbx.tell(&asked, 1, "active;expires=3600", &body(0, "801", "terminated")).await;
        let watch = house.watch("the subscription", is_up).await;
        assert_eq!((watch.extension.as_str(), watch.notifies, watch.position), ("801", 1, false));
        assert!(watch.last_notify_at.is_some());
        let first = house.watched().await;
        assert!(first.fresh && first.dialogs.is_empty());
        for (cseq, (word, state)) in
            (2..).zip([("early", DialogState::Early), ("confirmed", DialogState::Confirmed)])
        {
            pbx.tell(&asked, cseq, "active;expires=3600", &body(cseq, "801", word)).await;
            let watched = house.watched().await;
            assert_eq!((watched.pbx, watched.extension.as_str()), (PbxId(0), "801"));
            assert_eq!(watched.dialogs[0].state, state);
            assert_eq!(watched.dialogs[0].remote.user.as_deref(), Some("13800001234"));
            assert!(!watched.fresh);
        }
        // the service stops: the subscription is given back within its dialog
        let given_back = async {
            let last = pbx.asked().await;
            assert!(last.starts_with("SUBSCRIBE sip:pbx@127.0.0.1:5070 SIP/2.0\r\n"), "{last}");
            assert_eq!(header(&last, "Expires"), Some("0"));
            assert!(header(&last, "To").unwrap().ends_with(";tag=pbx"));
            pbx.grant(&last, 0).await;
            pbx.tell(&last, 9, "terminated;reason=timeout", "").await;
        };
        tokio::join!(house.close(), given_back);
    }
}

#[tokio::test]
async fn over_tls_the_same_is_told_and_a_stranger_s_certificate_is_not_believed() {
    let keys = Keys::new();
    let tls_ca = Some(keys.path("cert.pem"));
    let mut door = Door::sealed(keys.acceptor()).await;
    let plan = Plan { pbx: vec![door.pbx(&["801"])], tls_ca, ..Plan::default() };
    let mut house = House::open(plan).await;
    let mut pbx = door.welcome().await;
    let asked = pbx.believed().await;
    assert!(header(&asked, "Via").unwrap().starts_with("SIP/2.0/TLS "), "{asked}");
    assert!(header(&asked, "Contact").unwrap().contains("transport=tls"), "{asked}");
    pbx.grant(&asked, 3600).await;
    pbx.tell(&asked, 1, "active;expires=3600", &body(0, "801", "terminated")).await;
    house.watch("the subscription", is_up).await;
    pbx.tell(&asked, 2, "active;expires=3600", &body(1, "801", "early")).await;
    assert!(house.watched().await.fresh);
    assert_eq!(house.watched().await.dialogs[0].state, DialogState::Early);
    house.close().await;

    let mut door = Door::sealed(Keys::new().acceptor()).await;
    let tls_ca = Some(keys.path("cert.pem"));
    let plan = Plan { pbx: vec![door.pbx(&["801"])], tls_ca, ..Plan::default() };
    let mut house = House::open(plan).await;
    let refused = async { door.turned_away().await };
    let (down, ()) = tokio::join!(house.watch("the refusal", is_down), refused);
    assert_eq!(down.notifies, 0);
    house.close().await;
}

#[tokio::test]
async fn a_notify_before_the_answer_is_taken() {
    let (mut pbx, mut house) = open(&["801"]).await;
    let asked = pbx.asked().await;
    pbx.tell(&asked, 1, "active;expires=3600", &body(0, "801", "confirmed")).await;
    house.watch("the subscription", is_up).await;
    pbx.grant(&asked, 3600).await;
    assert_eq!(house.watched().await.dialogs[0].state, DialogState::Confirmed);
    house.close().await;
}

#[tokio::test]
async fn a_short_subscription_is_refreshed_before_it_lapses_and_that_is_no_news() {
    let (mut pbx, mut house) = open(&["801"]).await;
    let first = pbx.asked().await;
    pbx.grant(&first, 2).await;
    pbx.tell(&first, 1, "active;expires=2", &body(0, "801", "terminated")).await;
    for cseq in 2..4 {
        let again = pbx.asked().await;
        assert_eq!(header(&again, "Call-ID"), header(&first, "Call-ID"));
        pbx.grant(&again, 2).await;
        pbx.tell(&again, cseq, "active;expires=2", &body(cseq, "801", "terminated")).await;
    }
    let (mut ups, mut told) = (0, 0);
    while let Ok(heard) = house.heard.try_recv() {
        match heard {
            Heard::Line(change) => {
                assert_eq!(change.source, Source::Watch { pbx: PbxId(0), place: 0 });
                assert!(is_up(&change.state));
                ups += 1;
            }
            Heard::Watched(_) => told += 1,
            Heard::Sighting(_) | Heard::Wire(_) | Heard::SetBack(_) => panic!("nobody called"),
        }
    }
    assert_eq!((ups, told), (1, 1));
    house.close().await;
}

#[tokio::test]
async fn what_is_repeated_or_overtaken_is_answered_and_not_told() {
    let (mut pbx, mut house) = open(&["801"]).await;
    let asked = pbx.asked().await;
    pbx.grant(&asked, 3600).await;
    let active = "active;expires=3600";
    let first = pbx.notice(&asked, 1, active, &body(1, "801", "terminated"));
    assert_eq!(pbx.say(&first).await, 200);
    assert_eq!(pbx.say(&first).await, 200, "the same datagram again");
    let rings = body(2, "801", "early");
    pbx.tell(&asked, 2, active, &rings).await;
    pbx.tell(&asked, 2, active, &rings).await;
    // number 3 is lost; number 5 overtakes number 4
    pbx.tell(&asked, 5, active, &body(5, "801", "terminated")).await;
    pbx.tell(&asked, 4, active, &body(4, "801", "confirmed")).await;
    assert_eq!(told(&mut house), 3, "idle, rings, idle");
    let counted =
        |kind: &str| house.meters.notifies.get_or_create(&Kind { kind: kind.to_owned() }).get();
    assert_eq!((counted("changed"), counted("old")), (3, 2));
    assert_eq!(house.handle.watches.borrow()[0].notifies, 3);
    house.close().await;
}

#[tokio::test]
async fn a_pbx_that_was_restarted_is_subscribed_to_anew() {
    let (mut pbx, mut house) = open(&["801"]).await;
    let old = pbx.asked().await;
    pbx.grant(&old, 2).await;
    pbx.tell(&old, 1, "active;expires=2", &body(0, "801", "confirmed")).await;
    let refresh = pbx.asked().await;
    pbx.refuse(&refresh, "481 Subscription does not exist", "").await;
    let new = pbx.asked().await;
    assert_ne!(header(&new, "Call-ID"), header(&old, "Call-ID"));
    assert!(!header(&new, "To").unwrap().contains("tag="));
    // whatever still comes in the old one is not ours any more
    let late = pbx.notice(&old, 2, "active;expires=2", &body(1, "801", "terminated"));
    assert_eq!(pbx.say(&late).await, 481);
    pbx.refuse(&new, "503 Starting", "Retry-After: 1\r\n").await;
    house.watch("the gap", is_down).await;
    let new = pbx.asked().await;
    pbx.grant(&new, 3600).await;
    pbx.tell(&new, 1, "active;expires=3600", &body(0, "801", "terminated")).await;
    house.watch("the return", is_up).await;
    assert!(house.watched().await.fresh);
    let again = house.watched().await;
    assert!(again.fresh && again.dialogs.is_empty(), "the talk ended while nobody told us");
    house.close().await;
}

#[tokio::test]
async fn an_extension_without_a_hint_and_a_wrong_password_are_said() {
    let (mut pbx, mut house) = open(&["899"]).await;
    let asked = pbx.asked().await;
    pbx.refuse(&asked, "404 Not Found", "").await;
    let watch = house.watch("the refusal", is_down).await;
    assert_eq!(watch.state, LineState::Down { reason: "no-hint", status: Some(404) });
    house.close().await;

    let (mut pbx, mut house) = open(&["801"]).await;
    let asked = pbx.believed().await;
    let challenge = "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n2\", qop=\"auth\"\r\n";
    pbx.refuse(&asked, "401 Unauthorized", challenge).await;
    let watch = house.watch("the refusal", is_down).await;
    assert_eq!(watch.state, LineState::Down { reason: "wrong-password", status: Some(401) });
    house.close().await;
}

#[tokio::test]
async fn a_notify_nobody_subscribed_to_is_told_so() {
    let (mut pbx, house) = open(&["801"]).await;
    let asked = pbx.asked().await;
    pbx.grant(&asked, 3600).await;
    let active = "active;expires=3600";
    let notice = pbx.notice(&asked, 1, active, &body(0, "801", "terminated"));
    let call_id = header(&asked, "Call-ID").unwrap();
    assert_eq!(pbx.say(&notice.replace(call_id, "from-before-the-restart")).await, 481);
    let own = header(&asked, "From").unwrap();
    let notice = pbx.notice(&asked, 1, active, &body(0, "801", "terminated"));
    assert_eq!(pbx.say(&notice.replace(own, &format!("{own}x"))).await, 481, "another's tag");
    let presence = pbx.notice(&asked, 1, active, "").replace("Event: dialog", "Event: presence");
    assert_eq!(pbx.say(&presence).await, 489);
    house.close().await;
}

#[tokio::test]
async fn a_hostile_body_is_survived_and_the_next_is_read() {
    let (mut pbx, mut house) = open(&["801"]).await;
    let asked = pbx.asked().await;
    pbx.grant(&asked, 3600).await;
    let active = "active;expires=3600";
    pbx.tell(&asked, 1, active, &body(1, "801", "terminated")).await;
    let deep = "<dialog-info>".to_owned() + &"<a>".repeat(5_000);
    let hostile = [
        "<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><dialog-info>&b;</dialog-info>",
        deep.as_str(),
        "<dialog-info version='2'><dialog",
        "\u{1}\u{2}\u{3}",
    ];
    for (cseq, hostile) in (2..).zip(hostile) {
        pbx.tell(&asked, cseq, active, hostile).await;
    }
    pbx.tell(&asked, 9, active, &body(9, "801", "early")).await;
    assert_eq!(told(&mut house), 2);
    let kind = Kind { kind: "unreadable".to_owned() };
    assert_eq!(house.meters.notifies.get_or_create(&kind).get(), 4);
    house.close().await;
}

#[tokio::test]
async fn a_call_is_refused_while_all_positions_talk_where_the_pbx_wants_that() {
    let mut door = Door::open(Transport::Udp).await;
    let positions = vec!["801".parse().unwrap()];
    let busy = Pbx { positions, when_all_busy: WhenAllBusy::Decline, ..door.pbx(&["801"]) };
    let mut house = House::open(Plan { pbx: vec![busy], ..Plan::default() }).await;
    let mut pbx = door.welcome().await;
    let asked = pbx.asked().await;
    pbx.grant(&asked, 3600).await;
    let active = "active;expires=3600";
    pbx.tell(&asked, 1, active, &body(1, "801", "confirmed")).await;
    assert!(house.watch("the subscription", is_up).await.position);
    let mut caller = Caller::udp("127.0.0.1:0", house.address()).await;
    caller.say(&request("INVITE", "UDP", "c1", "")).await;
    caller.expect(&[100, 486]).await;
    caller.say(&request("ACK", "UDP", "c1", "")).await;
    pbx.tell(&asked, 2, active, &body(2, "801", "terminated")).await;
    caller.say(&request("INVITE", "UDP", "c2", "")).await;
    caller.expect(&[100, 180]).await;
    house.close().await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_opened_again_and_everything_is_asked_for() {
    let mut door = Door::open(Transport::Tcp).await;
    let mut house = House::open(Plan { pbx: vec![door.pbx(&["801"])], ..Plan::default() }).await;
    let mut pbx = door.welcome().await;
    let asked = pbx.asked().await;
    pbx.grant(&asked, 3600).await;
    pbx.tell(&asked, 1, "active;expires=3600", &body(1, "801", "early")).await;
    house.watch("the subscription", is_up).await;
    drop(pbx);
    let mut pbx = door.welcome().await;
    let again = pbx.asked().await;
    assert!(header(&again, "To").unwrap().ends_with(";tag=pbx"), "in its dialog");
    pbx.grant(&again, 3600).await;
    pbx.tell(&again, 2, "active;expires=3600", &body(2, "801", "terminated")).await;
    house.watch("the return", is_up).await;
    assert!(house.watched().await.fresh);
    assert_eq!(house.watched().await.dialogs, []);
    house.close().await;
}
