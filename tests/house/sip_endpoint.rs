//! The SIP side over real sockets: it registers, rings once, never answers, and survives.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use switchboard::config::{SipListen, Transport};
use switchboard::kernel::PbxId;
use switchboard::sip::{Heard, LegKey, LineState, Sighting, SocketProblem, What, Withdrawal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use super::listener::{Caller, House, Keys, Plan, is_down, is_up, on, pbx, request};
use super::registrar::{Did, Registrar, Rules, header, soon};

// ------------------------------------------------------------------------------------ registration

#[tokio::test]
async fn it_registers_with_whatever_digest_the_pbx_asks_for_and_takes_the_strongest() {
    let asked: [(&'static [&'static str], &str); 5] = [
        (&["MD5"], "MD5"),
        (&["SHA-256"], "SHA-256"),
        (&["SHA-256", "MD5"], "SHA-256"),
        (&["MD5", "SHA-256"], "SHA-256"),
        (&["MD5-sess"], "MD5-sess"),
    ];
    for (algorithms, expected) in asked {
        let mut registrar = Registrar::udp(Rules { algorithms, ..Rules::default() }).await;
        let pbx = vec![pbx(registrar.addr, Transport::Udp)];
        let mut house = House::open(Plan { pbx, ..Plan::default() }).await;
        assert_eq!(registrar.grants().await, expected, "asked for {algorithms:?}");
        house.line("the registration", is_up).await;
        house.close().await;
        assert_eq!(registrar.did().await, Did::Released, "given back when the house closes");
    }
}

#[tokio::test]
async fn a_stale_nonce_is_answered_anew() {
    let mut registrar = Registrar::udp(Rules { stale_once: true, ..Rules::default() }).await;
    let pbx = vec![pbx(registrar.addr, Transport::Udp)];
    let mut house = House::open(Plan { pbx, ..Plan::default() }).await;
    assert_eq!(registrar.did().await, Did::Challenged);
    assert_eq!(registrar.did().await, Did::Stale);
    assert_eq!(registrar.did().await, Did::Granted("MD5".to_owned()));
    house.line("the registration", is_up).await;
    house.close().await;
}

#[tokio::test]
async fn a_short_period_is_refreshed_before_it_lapses() {
    let mut registrar = Registrar::udp(Rules { grants_s: 2, ..Rules::default() }).await;
    let pbx = vec![pbx(registrar.addr, Transport::Udp)];
    let mut house = House::open(Plan { pbx, ..Plan::default() }).await;
    for _ in 0..3 {
        registrar.grants().await;
    }
    let mut changes = 0;
    while let Ok(heard) = house.heard.try_recv() {
        changes += usize::from(matches!(heard, Heard::Line(_)));
    }
    assert_eq!(changes, 1, "it came up once; a refresh is no news");
    house.close().await;
}

#[tokio::test]
async fn a_wrong_password_is_said_and_not_hammered() {
    let mut registrar = Registrar::udp(Rules { password: "other", ..Rules::default() }).await;
    let pbx = vec![pbx(registrar.addr, Transport::Udp)];
    let mut house = House::open(Plan { pbx, ..Plan::default() }).await;
    let line = house.line("the refusal", is_down).await;
    assert_eq!(line.state, LineState::Down { reason: "wrong-password", status: Some(401) });
    assert_eq!(registrar.did().await, Did::Challenged);
    assert_eq!(registrar.did().await, Did::Disbelieved);
    house.close().await;
    assert!(registrar.is_left_alone());
}

#[tokio::test]
async fn an_outage_begins_when_the_registration_lapses_and_ends_when_the_pbx_is_back() {
    let mut registrar = Registrar::udp(Rules { grants_s: 2, ..Rules::default() }).await;
    let pbx = vec![pbx(registrar.addr, Transport::Udp)];
    let mut house = House::open(Plan { pbx, ..Plan::default() }).await;
    registrar.grants().await;
    registrar.away(true);
    let down = house.line("the lapse", is_down).await;
    assert_eq!(down.state, LineState::Down { reason: "unreachable", status: None });
    registrar.away(false);
    house.line("the return", is_up).await;
    let mut told = vec![];
    while let Ok(heard) = house.heard.try_recv() {
        if let Heard::Line(change) = heard {
            told.push((change.at, is_up(&change.state)));
        }
    }
    let ups: Vec<bool> = told.iter().map(|(_, up)| *up).collect();
    assert_eq!(ups, [true, false, true]);
    assert_eq!(told[1].0, down.since);
    assert!(told.is_sorted_by_key(|(at, _)| *at));
    house.close().await;
}

#[tokio::test]
async fn over_a_stream_calls_come_on_the_connection_that_registered() {
    let keys = Keys::new();
    for transport in [Transport::Tcp, Transport::Tls] {
        let tls = (transport == Transport::Tls).then(|| keys.acceptor());
        let mut registrar = Registrar::stream(Rules::default(), tls).await;
        let pbx = vec![pbx(registrar.addr, transport)];
        let tls_ca = Some(keys.path("cert.pem"));
        let mut house = House::open(Plan { pbx, tls_ca, ..Plan::default() }).await;
        let mut line = registrar.connection().await;
        registrar.grants().await;
        house.line("the registration", is_up).await;
        line.say.send(request("INVITE", "TCP", "on-the-line", "")).unwrap();
        for status in ["100", "180"] {
            let text = soon("an answer", line.heard.recv()).await.unwrap();
            assert!(text.starts_with(&format!("SIP/2.0 {status} ")), "{text}");
        }
        assert!(matches!(house.sighting().await.what, What::Offered(_)));
        // the connection breaks: deaf at once, and back as soon as there is another
        drop(line);
        let _second = registrar.connection().await;
        registrar.grants().await;
        house.line("the second registration", is_up).await;
        let mut turns = vec![];
        while let Ok(heard) = house.heard.try_recv() {
            if let Heard::Line(change) = heard {
                turns.push(is_up(&change.state));
            }
        }
        assert!(turns.ends_with(&[false, true]), "{turns:?}");
        assert!(registrar.open() >= 2);
        house.close().await;
    }
}

#[tokio::test]
async fn a_taken_port_is_said_and_taken_when_it_is_free() {
    let registrar = Registrar::udp(Rules::default()).await;
    let holder = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let listen = vec![on(Transport::Udp, &holder.local_addr().unwrap().to_string())];
    let pbx = vec![pbx(registrar.addr, Transport::Udp)];
    let mut house = House::open(Plan { listen, pbx, ..Plan::default() }).await;
    let problem = house.handle.sockets.borrow()[0].problem.clone();
    assert_eq!(problem, Some(SocketProblem::PortTaken));
    let line = house.line("the reason", is_down).await;
    assert_eq!(line.state, LineState::Down { reason: "port-taken", status: None });
    drop(holder);
    soon("the socket", house.handle.sockets.wait_for(|sockets| sockets[0].bound.is_some()))
        .await
        .unwrap();
    house.line("the registration", is_up).await;
    house.close().await;
}

// ------------------------------------------------------------------------------------------- calls

#[tokio::test]
async fn a_call_is_rung_and_taken_back_over_every_transport_and_both_families() {
    let keys = Keys::new();
    for ip in ["127.0.0.1", "::1"].map(|ip| ip.parse::<IpAddr>().unwrap()) {
        for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
            let listen = vec![SipListen { transport, addr: SocketAddr::new(ip, 0) }];
            let tls = Some(keys.files());
            let mut house = House::open(Plan { listen, tls, ..Plan::default() }).await;
            let to = house.address();
            let mut caller = match transport {
                Transport::Udp => Caller::udp(&SocketAddr::new(ip, 0).to_string(), to).await,
                Transport::Tcp => Caller::tcp(to).await,
                Transport::Tls => Caller::tls(to, &keys).await,
            };
            let name = transport.name().to_ascii_uppercase();
            caller.say(&request("INVITE", &name, "c1", "")).await;
            let ringing = caller.expect(&[100, 180]).await;
            let answered_elsewhere = "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n";
            caller.say(&request("CANCEL", &name, "c1", answered_elsewhere)).await;
            let over = caller.expect(&[200, 487]).await;
            assert_eq!(header(&over, "To"), header(&ringing, "To"), "one tag for one leg");
            caller.say(&request("ACK", &name, "c1", "")).await;
            let Sighting { what: What::Offered(offer), leg, .. } = house.sighting().await else {
                panic!("the call was not offered first")
            };
            assert_eq!(offer.caller.user.as_deref(), Some("13800001234"));
            assert_eq!(&*leg.call_id, "c1");
            assert_eq!(house.sighting().await.what, What::Alerted);
            let withdrawn = Withdrawal { elsewhere: true, q850: None, sip: Some(200) };
            assert_eq!(house.sighting().await.what, What::Withdrawn(withdrawn));
            house.close().await;
        }
    }
}

#[tokio::test]
async fn what_the_network_repeats_is_one_call_and_a_lost_487_comes_again() {
    let mut house = House::open(Plan::default()).await;
    let mut caller = Caller::udp("127.0.0.1:0", house.address()).await;
    let invite = request("INVITE", "UDP", "c1", "");
    caller.say(&invite).await;
    caller.expect(&[100, 180]).await;
    caller.say(&invite).await;
    caller.expect(&[180]).await;
    caller.say(&request("CANCEL", "UDP", "c1", "")).await;
    caller.expect(&[200, 487, 487]).await;
    caller.say(&request("ACK", "UDP", "c1", "")).await;
    caller.say(&request("OPTIONS", "UDP", "o1", "")).await;
    loop {
        // a repeat may have been on its way when the ACK was
        match caller.hear().await.0 {
            487 => {}
            status => {
                assert_eq!(status, 200);
                break;
            }
        }
    }
    assert_eq!(house.sightings_waiting(), 3, "offered, alerted, withdrawn");
    house.close().await;
}

#[tokio::test]
async fn a_call_that_rang_before_a_restart_ends_in_order() {
    let leg = LegKey { call_id: "c1".into(), branch: "z9hG4bK-c1".into() };
    let live_legs = vec![(PbxId(0), leg.clone())];
    let mut house = House::open(Plan { live_legs, ..Plan::default() }).await;
    let mut caller = Caller::udp("127.0.0.1:0", house.address()).await;
    caller.say(&request("CANCEL", "UDP", "c1", "")).await;
    let over = caller.expect(&[200, 487]).await;
    assert_eq!(header(&over, "CSeq"), Some("1 INVITE"));
    caller.say(&request("ACK", "UDP", "c1", "")).await;
    let sighting = house.sighting().await;
    assert_eq!((sighting.leg, sighting.what), (leg, What::Withdrawn(Withdrawal::default())));
    let busy = "Reason: Q.850;cause=17\r\n";
    caller.say(&request("CANCEL", "UDP", "late", busy)).await;
    caller.expect(&[481]).await;
    caller.say(&request("INVITE", "UDP", "late", "")).await;
    caller.expect(&[100, 487]).await;
    assert!(matches!(house.sighting().await.what, What::Offered(_)), "a CANCEL may be the first");
    let withdrawn = Withdrawal { q850: Some(17), ..Withdrawal::default() };
    assert_eq!(house.sighting().await.what, What::Withdrawn(withdrawn));
    house.close().await;
}

// --------------------------------------------------------------------------------------- strangers

#[tokio::test]
async fn a_stranger_gets_no_answer_is_no_call_and_is_counted() {
    let tcp = on(Transport::Tcp, "127.0.0.1:0");
    let listen = vec![on(Transport::Udp, "127.0.0.1:0"), tcp];
    let plan = Plan { listen, trusted: "127.0.0.2/32", ..Plan::default() };
    let mut house = House::open(plan).await;
    let mut stranger = Caller::udp("127.0.0.1:0", house.address()).await;
    stranger.say(&request("INVITE", "UDP", "c1", "")).await;
    stranger.say(&request("OPTIONS", "UDP", "c2", "")).await;
    let mut friend = Caller::udp("127.0.0.2:0", house.address()).await;
    friend.say(&request("OPTIONS", "UDP", "c3", "")).await;
    let welcome = friend.expect(&[200]).await;
    assert!(header(&welcome, "Allow").is_some() && header(&welcome, "Accept").is_some());
    // one socket hears in order: the stranger's messages were before it
    assert_eq!(house.dropped("untrusted"), 2);
    let Caller::Datagrams(socket) = &stranger else { unreachable!() };
    assert!(socket.try_recv(&mut [0; 16]).is_err(), "nothing was answered");
    let stream = house.handle.sockets.borrow()[1].bound.unwrap();
    let mut refused = TcpStream::connect(stream).await.unwrap();
    assert_eq!(soon("the end", refused.read(&mut [0; 16])).await.unwrap_or(0), 0);
    assert_eq!(house.sightings_waiting(), 0);
    house.close().await;
}

#[tokio::test]
async fn junk_of_every_kind_leaves_it_alive() {
    let tcp = on(Transport::Tcp, "127.0.0.1:0");
    let listen = vec![on(Transport::Udp, "127.0.0.1:0"), tcp];
    let house = House::open(Plan { listen, ..Plan::default() }).await;
    let mut caller = Caller::udp("127.0.0.1:0", house.address()).await;
    let invite = request("INVITE", "UDP", "c1", "");
    for cut in 0..invite.len() {
        caller.say(&invite[..cut]).await;
        caller.say(&invite.replace(&invite[cut..=cut], "\u{1}")).await;
    }
    let stream = house.handle.sockets.borrow()[1].bound.unwrap();
    let mut endless = TcpStream::connect(stream).await.unwrap();
    // no message may be longer than 64 KB: the connection is closed on whoever tries
    let junk = vec![b'a'; 200_000];
    let written = endless.write_all(&junk).await;
    let read = soon("the end", endless.read(&mut [0; 16])).await;
    assert!(written.is_err() || read.unwrap_or(0) == 0);
    loop {
        // a datagram may be lost in the flood
        caller.say(&request("OPTIONS", "UDP", "alive", "")).await;
        let wait = std::time::Duration::from_secs(1);
        let mut found = false;
        while let Ok((status, text)) = tokio::time::timeout(wait, caller.hear()).await {
            found = status == 200 && header(&text, "Call-ID") == Some("alive");
            if found {
                break;
            }
        }
        if found {
            break;
        }
    }
    house.close().await;
}

#[tokio::test]
async fn a_keep_alive_on_a_stream_is_answered() {
    let listen = vec![on(Transport::Tcp, "127.0.0.1:0")];
    let house = House::open(Plan { listen, ..Plan::default() }).await;
    let mut stream = TcpStream::connect(house.address()).await.unwrap();
    stream.write_all(b"\r\n\r\n").await.unwrap();
    let mut pong = [0; 2];
    soon("the pong", stream.read_exact(&mut pong)).await.unwrap();
    assert_eq!(&pong, b"\r\n");
    house.close().await;
}

#[tokio::test]
async fn one_address_cannot_take_all_connections() {
    let listen = vec![on(Transport::Tcp, "127.0.0.1:0")];
    let house = House::open(Plan { listen, ..Plan::default() }).await;
    let mut held = vec![];
    for _ in 0..32 {
        held.push(TcpStream::connect(house.address()).await.unwrap());
    }
    let mut refused = TcpStream::connect(house.address()).await.unwrap();
    assert_eq!(soon("the end", refused.read(&mut [0; 16])).await.unwrap_or(0), 0);
    assert_eq!(house.dropped("connections_full"), 1);
    for stream in &mut held {
        stream.write_all(b"\r\n\r\n").await.unwrap();
        soon("the pong", stream.read_exact(&mut [0; 2])).await.unwrap();
    }
    house.close().await;
}

#[tokio::test]
async fn a_tls_socket_without_a_certificate_is_said_and_the_others_work() {
    let listen = vec![on(Transport::Udp, "127.0.0.1:0"), on(Transport::Tls, "127.0.0.1:0")];
    let house = House::open(Plan { listen, ..Plan::default() }).await;
    let problem = house.handle.sockets.borrow()[1].problem.clone();
    let Some(SocketProblem::Certificate(why)) = problem else { panic!("{problem:?}") };
    assert!(why.contains("sip.tls_cert"), "{why}");
    let mut caller = Caller::udp("127.0.0.1:0", house.address()).await;
    caller.say(&request("OPTIONS", "UDP", "o1", "")).await;
    caller.expect(&[200]).await;
    house.close().await;
}

#[tokio::test]
async fn a_pbx_whose_certificate_is_not_believed_is_not_registered_at() {
    let registrar = Registrar::stream(Rules::default(), Some(Keys::new().acceptor())).await;
    let pbx = vec![pbx(registrar.addr, Transport::Tls)];
    let other = Keys::new();
    let tls_ca = Some(other.path("cert.pem"));
    let mut house = House::open(Plan { pbx, tls_ca, ..Plan::default() }).await;
    let line = house.line("the refusal", is_down).await;
    assert_eq!(line.state, LineState::Down { reason: "unreachable", status: None });
    house.close().await;
}

#[tokio::test]
async fn a_flood_from_one_trusted_address_is_cut_off_and_the_others_are_answered() {
    let registrar = Registrar::udp(Rules::default()).await;
    let pbx = vec![pbx(registrar.addr, Transport::Udp)];
    let mut house = House::open(Plan { pbx, ..Plan::default() }).await;
    house.line("the registration", is_up).await;
    let flood = Caller::udp("127.0.0.9:0", house.address()).await;
    let Caller::Datagrams(flood) = flood else { unreachable!() };
    for call in 0..3_000 {
        let invite = request("INVITE", "UDP", &format!("flood-{call}"), "");
        flood.send(invite.as_bytes()).await.unwrap();
        // more would fill the socket and not the budget
        if call % 100 == 99 {
            tokio::task::yield_now().await;
        }
    }
    let mut caller = Caller::udp("127.0.0.1:0", house.address()).await;
    for call in 0..20 {
        caller.say(&request("INVITE", "UDP", &format!("real-{call}"), "")).await;
        caller.expect(&[100, 180]).await;
    }
    assert!(house.dropped("budget") >= 2_000, "{}", house.dropped("budget"));
    let mut offered = BTreeSet::new();
    while let Ok(heard) = house.heard.try_recv() {
        if let Heard::Sighting(Sighting { leg, what: What::Offered(_), .. }) = heard {
            offered.insert(leg.call_id);
        }
    }
    let real = offered.iter().filter(|call| call.starts_with("real-")).count();
    assert_eq!(real, 20);
    assert!(offered.len() - real <= 400, "{} calls of the flood", offered.len() - real);
    house.close().await;
}
