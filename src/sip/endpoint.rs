//! The SIP side as it runs: sockets in front, one desk in the middle, one registration a line.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::board::Board;
use super::desk::Desk;
use super::digest::Credentials;
use super::directory::Directory;
use super::hep::{self, Expected, Tap};
use super::line::{self, Addresses, Registrar};
use super::pager::{self, Parts};
use super::register::Form;
use super::road::Road;
use super::transport::{Ear, Sockets, keep_open};
use super::{Handle, Setup, Sorter, Source};
use crate::config::{Account, Pbx};
use crate::kernel::PbxId;

/// Messages that wait between the sockets and the member.
const INBOUND: usize = 4096;
/// How long the good-byes may take.
const GOODBYE: Duration = Duration::from_millis(2_500);

/// Starts everything that hears and speaks SIP; returns when each socket was tried once. It ends
/// when `setup.stop` is cancelled: `setup.tasks` then runs empty within 3 s.
#[expect(clippy::disallowed_methods, reason = "SIP's timers run on the monotonic clock")]
pub async fn start(setup: Setup) -> Handle {
    let zero = Instant::now();
    let Setup {
        sip,
        hep,
        pbx,
        clock,
        meters,
        site_secret,
        live_legs,
        out,
        pages,
        tasks,
        stop,
        seed,
    } = setup;
    let (inbound_in, inbound) = mpsc::channel(INBOUND);
    let addresses: Addresses = watch::Sender::new(BTreeMap::new());
    let ear = Ear::new(
        clock.clone(),
        meters.clone(),
        &sip.trusted,
        addresses.subscribe(),
        inbound_in,
        tasks.clone(),
    );
    let sockets = Sockets::new(&sip.listen);
    let board = Board::new(&pbx, clock.now(), out.clone(), meters.clone());
    keep_open(&ear, &sip, &sockets).await;
    let (tap, own) = Tap::new(hep.is_some());
    let mirrors = hep::Setup {
        hep,
        pbxes: pbx.iter().map(expected).collect(),
        addresses: addresses.subscribe(),
        own,
        clock,
        meters,
        out: out.clone(),
        tasks: tasks.clone(),
        stop: stop.clone(),
    };
    let mirrors = hep::start(mirrors, Sorter::new(&pbx)).await;
    let first = pbx.iter().zip(0_u16..).find(|(one, _)| !one.accounts.is_empty());
    let (pager, paging) = pager::pager();
    let handle = Handle {
        pager: first.map(|_| pager),
        lines: board.lines.subscribe(),
        watches: board.watches.subscribe(),
        sockets: sockets.states.subscribe(),
        mirrors: mirrors.mirrors,
        mirrored: mirrors.lines,
        telephones: mirrors.telephones,
        hep_sockets: mirrors.sockets,
    };

    let mut rng = StdRng::seed_from_u64(seed);
    let (mut answers, mut roads) = (BTreeMap::new(), BTreeMap::new());
    let lines = TaskTracker::new();
    let (news_in, news) = mpsc::channel(INBOUND);
    for (one, index) in pbx.iter().zip(0_u16..) {
        let id = PbxId(index);
        if one.is_watched() {
            let (want, wanted) = mpsc::channel(1);
            roads.insert(id, want);
            let road = Road {
                id,
                pbx: one.clone(),
                sip: sip.clone(),
                ear: ear.clone(),
                sockets: sockets.clone(),
                addresses: addresses.clone(),
                wanted,
                news: news_in.clone(),
            };
            tasks.spawn(road.run());
        }
        if !one.is_joined() {
            let know = line::know(id, one.clone(), ear.clone(), addresses.clone(), stop.clone());
            tasks.spawn(know);
            continue;
        }
        for (account, place) in one.accounts.iter().zip(0_u16..) {
            let (answers_in, answers_out) = mpsc::channel(16);
            let form = form(one, account, &mut rng);
            answers.insert(form.call_id.clone(), answers_in);
            let who = Credentials {
                username: account.username.clone(),
                password: account.password.clone(),
            };
            let registrar = Registrar {
                source: Source::Member { pbx: id, account: place },
                who,
                rng: StdRng::seed_from_u64(rng.next_u64()),
                pbx: one.clone(),
                form,
                sip: sip.clone(),
                ear: ear.clone(),
                sockets: sockets.clone(),
                addresses: addresses.clone(),
                board: board.clone(),
                answers: answers_out,
                stop: stop.clone(),
            };
            tasks.spawn(lines.track_future(registrar.run(zero)));
        }
    }
    if let Some((one, index)) = first
        && let Some(account) = one.accounts.first()
    {
        let (answers_in, answers_out) = mpsc::channel(64);
        let Form { call_id, registrar, .. } = form(one, account, &mut rng);
        answers.insert(call_id.clone(), answers_in);
        let paging = paging(Parts {
            id: PbxId(index),
            pbx: one.clone(),
            sip: sip.clone(),
            ear: ear.clone(),
            sockets: sockets.clone(),
            addresses: addresses.clone(),
            who: Credentials {
                username: account.username.clone(),
                password: account.password.clone(),
            },
            domain: registrar.strip_prefix("sip:").unwrap_or(&registrar).to_owned(),
            call_id,
            answers: answers_out,
            rng: StdRng::seed_from_u64(rng.next_u64()),
        });
        tasks.spawn(paging.run(zero));
    }
    let all_back = CancellationToken::new();
    tasks.spawn(lines.track_future(all_back.clone().cancelled_owned()));
    lines.close();

    let close = ear.close.clone();
    let desk = Desk {
        zero,
        ear,
        inbound,
        addresses: addresses.subscribe(),
        answers,
        out,
        directory: Directory::new(&pbx),
        secret: site_secret,
        live: live_legs.into_iter().map(|(_, leg)| leg).collect(),
        fixed: sip.advertise.is_some(),
        pbx,
        rng,
        roads,
        news,
        board,
        stop: stop.clone(),
        all_back,
        tap,
        pages,
    };
    tasks.spawn(desk.run());
    tasks.spawn(async move {
        stop.cancelled().await;
        // registrations and subscriptions are given back while the sockets still hear the answers
        drop(tokio::time::timeout(GOODBYE, lines.wait()).await);
        close.cancel();
    });
    handle
}

fn form(pbx: &Pbx, account: &Account, rng: &mut StdRng) -> Form {
    let bare_ipv6 = pbx.domain.parse::<Ipv6Addr>().is_ok();
    let domain = if bare_ipv6 { format!("[{}]", pbx.domain) } else { pbx.domain.clone() };
    Form {
        username: account.username.clone(),
        registrar: format!("sip:{domain}"),
        call_id: format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()),
        tag: format!("{:016x}", rng.next_u64()),
        transport: pbx.address.transport,
    }
}

/// What may be mirrored of a PBX.
fn expected(pbx: &Pbx) -> Expected {
    Expected { name: pbx.name.clone(), alone: !pbx.is_joined() && !pbx.is_watched() }
}
