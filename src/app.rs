//! The roof: puts the rooms together, opens the house, and closes it in order.

mod alarms;
mod demo_clock;
mod duty;
mod faults;
mod health;
mod letters;
mod lines;
mod listen;
mod openapi;
mod outbound;
mod pace;
mod personal;
mod signals;
mod slips;
pub mod store;
mod tasks;
mod told;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::routing::get;
use axum::{Extension, Router};
use rand::Rng as _;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::bus::Bus;
use crate::calendars::{self, CalendarNews};
use crate::calls;
use crate::clock::Clock;
use crate::config::Config;
use crate::contacts::{self, ContactNews};
use crate::db::{self, Db, Stamp};
use crate::devices;
use crate::directory::{self, DirectoryNews};
use crate::followups;
use crate::messages;
use crate::meters::Meters;
use crate::notices;
use crate::outbox::{self, OutboxNews};
use crate::scripts;
use crate::shifts::{self, Coverage, PresenceNews};
use crate::staff::{self, Porter, StaffNews};
use crate::tickets::{self, TicketNews};
use crate::timers::{FallsDue, Timers};
use crate::web::{self, Kit, KitParts, Subjects};
use crate::{bookings, calls::Panel, claims, editing, journal, quality, reports, rooms, sip, undo};

pub use health::{Parted, Readiness, SocketPart, StorePart, Watched};
pub use listen::{ListenError, panel_trouble};
pub use openapi::document as openapi_document;
pub use signals::stop_on_signal;
pub use tasks::Tasks;

use outbound::Outbound;

/// Sightings that may wait for the book; more are counted and lost.
const QUEUE: usize = 4096;
/// How long all tasks together may take to end.
const FAREWELL: Duration = Duration::from_millis(4_200);

/// What [`open`] needs.
pub struct Opening {
    /// The configuration.
    pub config: Config,
    /// What time it is; a manual clock is set by `POST /demo/clock`.
    pub clock: Clock,
    /// Closes the house.
    pub stop: CancellationToken,
}

/// Why the house cannot open.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store, before anything was read.
    #[error(transparent)]
    Open(#[from] db::OpenError),
    /// The store.
    #[error("the store cannot be used: {0}")]
    Store(#[from] db::Error),
    /// The panel's socket or certificate.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system.
    #[error("the panel: {0}")]
    Panel(#[from] std::io::Error),
}

/// The open house: hears, follows, and answers once [`House::serve`] is called.
pub struct House {
    kit: Kit,
    tasks: Tasks,
    listener: listen::Listener,
    panel: Router,
    address: SocketAddr,
    url: String,
    /// Ends what must outlive the SIP side.
    last: CancellationToken,
    beside: Tasks,
    /// What the store had not taken when all tasks ended.
    left: Arc<AtomicUsize>,
    /// Nobody else follows calls on this store meanwhile.
    _held: db::Held,
}

/// Opens the store, takes the sockets, registers at the PBXes and follows calls from where they
/// were left. A SIP port that is taken or a PBX that is away is told and tried again; the panel's
/// port and the store must be there.
pub async fn open(opening: Opening) -> Result<House, Error> {
    let Opening { config, clock, stop } = opening;
    let config = Arc::new(config);
    let listener = listen::Listener::take(&config.web)?;
    let address = listener.address()?;
    let db = Db::open(config.store_url.reveal(), Bus::new()).await?;
    let held = db.hold()?;
    let (meters, tasks) = (Meters::new(), Tasks::new(stop.clone()));
    let mut fresh = [0; 32];
    rand::rng().fill_bytes(&mut fresh);
    let site_secret = store::site_secret(&db, clock.now(), fresh).await?;
    scripts::warn(&db, &config.hotlines).await?;

    let remembered = calls::restore(&db, &config).await?;
    let (out, heard) = mpsc::channel(QUEUE);
    let live_legs = remembered.live_legs();
    let room = calls::start(
        calls::Setup {
            db: db.clone(),
            clock: clock.clone(),
            config: Arc::clone(&config),
            meters: meters.clone(),
            heard,
            tasks: tasks.tracker.clone(),
            stop: stop.clone(),
        },
        remembered,
    )
    .await?;
    let seed = rand::rng().next_u64();
    let (telephones, written) = mpsc::channel(64);
    let wire = sip::start(sip::Setup {
        sip: config.sip.clone(),
        hep: config.hep.clone(),
        pbx: config.pbx.clone(),
        clock: clock.clone(),
        meters: meters.clone(),
        site_secret,
        live_legs,
        out,
        pages: telephones,
        tasks: tasks.tracker.clone(),
        stop: stop.clone(),
        seed,
    })
    .await;

    let pager = wire.pager.clone();
    let (screens, lines) = watch::channel(lines::lines(&wire, &config));
    let (told, sources) = watch::channel(lines::sources(&wire, &config, &meters));
    let follow = lines::follow_sources(wire.clone(), Arc::clone(&config), meters.clone(), told);
    tasks.vital("the sources", follow);
    tasks.vital("the lines", lines::follow(wire.clone(), Arc::clone(&config), screens));
    tasks.mourn(room.died());
    let (store_told, store_ok) = watch::channel(true);
    tasks.vital("the store's health", health::follow_store(room.health(), store_told));
    tasks.lasting("the clock", {
        let (clock, stop) = (clock.clone(), stop.clone());
        move || pace::keep_time(clock.clone(), stop.clone())
    });

    let url = listen::reached_at(&config.web, address);
    let kit = Kit::new(KitParts {
        db,
        clock: clock.clone(),
        meters,
        site_name: config.site.name.clone(),
        language: config.site.language,
        day: config.site.day,
        public_url: url.clone(),
        version: env!("CARGO_PKG_VERSION"),
        lines,
        sources,
        store_ok,
        stop: stop.clone(),
    });
    // what records are called, for rooms on lower floors than theirs
    let subjects = Subjects::new(vec![
        staff::names(),
        contacts::names(),
        directory::names(),
        calls::names(),
        notices::Room::names(),
        followups::Room::names(),
        tickets::names(),
        bookings::names(),
        messages::names(),
        quality::names(),
        devices::names(),
        outbox::names(),
    ]);
    let language = config.site.language;
    let journal = journal::Room::new(subjects.clone(), Arc::new(rooms::HouseWords));
    let ledger = calls::missed::Ledger::new(&config.hotlines, config.site.day.zone);
    let of_all = subjects.clone();
    let follow_ups = followups::Room::new(subjects, Some(Arc::new(duty::Roster)), &config.site.day);
    let outbound = Outbound::of(&kit.db, &clock, &config, pager, &url).await?;
    let notices = told::notices(&outbound, of_all, language, &url);
    let out = slips::ByTheirWay::by(&outbound.routes, language, &url);
    let gone = duty::Unattended::by(config.site.day.zone);
    let (asked, back) = (Arc::new(bookings::Asked), Arc::new(bookings::Back));
    let owed = Arc::new(messages::Owed);
    let (left, read) = (Arc::new(duty::Leaves), Arc::new(faults::Seen));
    kit.db.attended_by(vec![notices.attends(), owed, asked, back, out, left, gone, read]);
    let rooms = faults::Rooms { routes: outbound.routes.clone(), url: url.clone(), language };
    let day = config.site.day;
    let desk = tickets::Desk::new(&kit.db, day, config.site.language, Arc::new(rooms));
    let answers = vec![faults::Yes::of(&desk), told::Heard::answers()];
    outbound.start(&kit.db, &clock, &tasks, written, answers);
    tasks.lasting("goals after calendars", {
        let (desk, kit, stop) = (desk.clone(), kit.clone(), stop.clone());
        move || faults::remeasure(desk.clone(), kit.clone(), stop.clone())
    });
    // what falls due, in no order: the moments decide
    let desks = shifts::Line::all(&config.hotlines);
    let tells: Arc<dyn shifts::Tells> = Arc::new(duty::ToldByNotice);
    let zone = config.site.day.zone;
    let coverage = Coverage::new(Arc::clone(&desks), zone, Arc::clone(&tells));
    let mut dues: Vec<Arc<dyn FallsDue>> = vec![
        Arc::new(coverage),
        Arc::new(directory::Expiry),
        ledger.falls_due(),
        notices.falls_due(),
        follow_ups.falls_due(),
        Arc::new(messages::Overdue),
        Arc::new(messages::pickup::PickUps::new(language)),
        Arc::new(tickets::Due::new(&desk)),
        Arc::new(claims::Expiry),
        Arc::new(bookings::Due { day: config.site.day }),
        Arc::new(undo::Forgets),
        Arc::new(editing::Due),
        Arc::new(devices::Due { sources: kit.sources.clone() }),
    ];
    dues.extend(letters::post(&config, &url));
    let (timers, driver) = Timers::new(kit.db.clone(), clock.clone(), dues);
    tasks.vital("the timers", driver.run(stop.clone()));
    let left = room.left();
    let porter = Porter::asking(kit.clone(), Arc::new(directory::Watch::default()));
    let panel = Panel::new(room.desk().clone(), room.live().clone(), &config.hotlines)
        .knowing(vec![Arc::new(tickets::KnowsFaults), Arc::new(bookings::Known)])
        .reminding(vec![Arc::new(tickets::CallsForHelp), Arc::new(bookings::Coming)])
        .leading(vec![
            Arc::new(quality::OnCallPage),
            Arc::new(messages::OnCallPage),
            Arc::new(tickets::KnowsFaults),
            Arc::new(bookings::Known),
        ])
        .sending(&outbound.senders);
    let office = reports::Office::new(&config.hotlines, room.live().clone());
    let office = office.posting(config.smtp.is_some());
    tasks.lasting("the sums of past days", {
        let (kit, stop) = (kit.clone(), stop.clone());
        move || reports::keep(kit.clone(), stop.clone())
    });
    tasks.lasting("the thresholds", {
        let (kit, live, stop) = (kit.clone(), room.live().clone(), stop.clone());
        let alarms = alarms::Alarms::by(&outbound.routes, language, &url);
        move || reports::watch(kit.clone(), live.clone(), Arc::clone(&alarms), stop.clone())
    });
    let watched = Watched { kit: kit.clone(), sockets: wire.sockets, tasks: tasks.clone() };
    let edited = editing::Room::new([tickets::EDITED, bookings::EDITED].concat());
    let spoken = vec![
        panel.fragments(),
        Arc::new(StaffNews) as _,
        CalendarNews::speaker(),
        ContactNews::speaker(),
        PresenceNews::speaker(),
        OutboxNews::speaker(),
        TicketNews::speaker(),
        DirectoryNews::speaker(),
        Arc::new(scripts::ScriptNews),
        Arc::new(messages::MessageNews),
        reports::news(),
        notices::Room::fragments(),
        followups::Room::fragments(),
        calls::missed::Ledger::fragments(),
        Arc::new(rooms::RoomNews),
        Arc::new(bookings::BookingNews),
        Arc::new(quality::QualityNews),
        Arc::new(editing::EditingNews(edited.clone())),
    ];
    let boards = bookings::Panel::new().telling(Arc::clone(&tells));
    let presence = shifts::Panel::new(desks, Arc::new(room.live().clone()), tells)
        .noting(Arc::new(directory::LooksElsewhere));
    let cards = contacts::Panel::default()
        .knowing(personal::known(room.live()))
        .holding(personal::rooms(room.live()));
    let mut closed =
        calls::routes(panel).merge(staff::routes(&porter)).merge(web::live::routes(spoken));
    closed = closed
        .merge(calendars::routes())
        .merge(shifts::routes(presence))
        .merge(contacts::routes(cards))
        .merge(directory::routes(directory::Panel::new(Arc::new(room.live().clone()))))
        .merge(reports::routes(office.clone()))
        .merge(calls::missed::routes(ledger))
        .merge(journal::routes(journal))
        .merge(notices::routes(notices.clone()))
        .merge(followups::routes(follow_ups.clone()))
        .merge(scripts::routes(&config.hotlines))
        .merge(messages::routes())
        .merge(quality::routes())
        .merge(outbox::routes(outbox::Panel::new(&outbound.senders, &outbound.routes)))
        .merge(tickets::routes(tickets::Panel::new(&desk)))
        .merge(devices::routes(devices::Panel::new(&desk)))
        .merge(editing::routes(edited))
        .merge(rooms::routes(rooms::Panel::new(Arc::new(bookings::Feeds))))
        .merge(bookings::routes(boards));
    if clock.is_manual() {
        closed = closed.merge(demo_clock::routes(clock, room, timers));
    }
    let open = health::routes(watched)
        .merge(rooms::open_routes(rooms::Panel::new(Arc::new(bookings::Feeds))))
        .merge(staff::open_routes(&porter))
        .merge(notices::open_routes())
        .merge(tickets::open_routes(tickets::Panel::new(&desk)))
        .merge(reports::open_routes(office))
        .route("/openapi.json", get(openapi::show));
    let rooms = porter.guard(closed, open).layer(Extension(notices.above()));
    let panel = web::house(&kit, rooms);
    let last = CancellationToken::new();
    let beside = Tasks::new(last.clone());
    Ok(House { kit, tasks, listener, panel, address, url, last, beside, left, _held: held })
}

impl House {
    /// How people reach the panel, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address the panel's socket has.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The one-time link of a first start; `None` once there is staff.
    pub async fn setup_url(&self) -> db::Result<Option<String>> {
        let stamp = Stamp { now: self.kit.clock.now(), by: None };
        staff::setup_link_if_first(&self.kit.db, stamp, &self.url).await
    }

    /// Runs something beside the house that ends last, such as the demo's PBX.
    pub fn beside<F>(&self, name: &'static str, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.beside.vital(name, task(self.last.clone()));
    }

    /// Answers until the house is told to stop; then stops taking work, finishes what is in hand,
    /// de-registers and stores what was heard. An error where the store did not take it all.
    pub async fn serve(self) -> std::io::Result<()> {
        let Self { kit, tasks, listener, panel, last, beside, left, .. } = self;
        let stop = tasks.stop.clone();
        tasks.vital("the panel's end", {
            let (close, stop) = (listener.closer(), stop.clone());
            async move {
                stop.cancelled().await;
                close();
            }
        });
        tracing::info!(url = %kit.public_url, "the panel is open");
        let served = listener.serve(panel).await;
        stop.cancel();
        let ended = tasks.ended(FAREWELL).await;
        last.cancel();
        beside.ended(Duration::from_millis(200)).await;
        if !ended {
            tracing::warn!("not everything could be finished in time");
        }
        kit.db.close().await;
        tracing::info!("closed");
        let left = left.load(Ordering::Relaxed);
        if left > 0 {
            let why = format!(
                "{left} happenings could not be stored before the stop and are lost: free the store, then start again"
            );
            return served.and(Err(std::io::Error::other(why)));
        }
        served
    }
}
