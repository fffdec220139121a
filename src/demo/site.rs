//! The house of the demo: its configuration and its people.

use std::net::SocketAddr;
use std::path::Path;

use chrono::NaiveTime;

use super::play::Rings;
use crate::config::{
    Account, Config, Hotline, Hours, Pbx, PbxAddress, Sip, SipListen, Site, Transport, Web,
    WhenAllBusy,
};
use crate::kernel::{BusinessDay, Cadence, Extension, Language, Role, Secret};

/// Our account at the demo's PBX.
pub const USERNAME: &str = "listener";
const MAIN: &str = "4008001234";

/// Someone of the demo's staff.
pub struct Person {
    /// The role they show.
    pub role: Role,
    /// An invented name.
    pub name: &'static str,
    /// Their telephone.
    pub extension: Option<&'static str>,
}

/// One person for each role, in the order of the contract.
pub const PEOPLE: [Person; 9] = [
    Person { role: Role::Operator, name: "李红豆", extension: Some("801") },
    Person { role: Role::Supervisor, name: "周明镜", extension: Some("802") },
    Person { role: Role::Engineer, name: "鲁小班", extension: None },
    Person { role: Role::Greeter, name: "迎春", extension: Some("803") },
    Person { role: Role::Manager, name: "宋江南", extension: None },
    Person { role: Role::Head, name: "秦掌柜", extension: None },
    Person { role: Role::Finance, name: "金算盘", extension: None },
    Person { role: Role::Admin, name: "管钥匙", extension: None },
    Person { role: Role::Wallboard, name: "大屏幕", extension: None },
];

/// The demo's configuration: everything in `folder`, everything on loopback.
pub fn configuration(
    folder: &Path,
    listen: SocketAddr,
    pbx: SocketAddr,
    password: Secret,
) -> Config {
    let extensions =
        || ["801", "802", "803"].iter().filter_map(|one| one.parse::<Extension>().ok());
    let loopback = ["127.0.0.0/8", "::1/128"];
    let account =
        Account { username: USERNAME.to_owned(), password, hotline: Some(MAIN.to_owned()) };
    Config {
        site: Site {
            name: "南京北斗星 · 演示".to_owned(),
            day: BusinessDay {
                zone: chrono_tz::Asia::Shanghai,
                cutoff: NaiveTime::from_hms_opt(6, 0, 0).unwrap_or_default(),
            },
            language: Language::ZhCn,
        },
        web: Web { listen, public_url: format!("http://{listen}"), tls: None },
        store_url: Secret::new(format!("sqlite://{}", folder.join("switchboard.db").display())),
        sip: Sip {
            listen: vec![SipListen {
                transport: Transport::Udp,
                addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            }],
            trusted: loopback.iter().filter_map(|net| net.parse().ok()).collect(),
            advertise: None,
            tls: None,
            tls_ca: None,
        },
        hep: None,
        pbx: vec![Pbx {
            name: "demo".to_owned(),
            address: PbxAddress {
                host: pbx.ip().to_string(),
                port: pbx.port(),
                transport: Transport::Udp,
            },
            domain: pbx.ip().to_string(),
            accounts: vec![account],
            member: true,
            when_all_busy: WhenAllBusy::Ring,
            watch: extensions().collect(),
            positions: extensions().collect(),
            services: Vec::new(),
        }],
        hotlines: hotlines(),
        smtp: None,
        robots: Vec::new(),
        warnings: Vec::new(),
    }
}

fn hotlines() -> Vec<Hotline> {
    let line = |name: &str, number: &str, alias: &str| Hotline {
        name: name.to_owned(),
        number: number.to_owned(),
        aliases: vec![alias.to_owned()],
        greeting: "您好，南京北斗星".to_owned(),
        cadence: Cadence::default(),
        target_rings: 3,
        target_limit_ms: None,
        short_abandon_rings: 1,
        colleague_rings: 2,
        round_gap_ms: 2_000,
        hours: Vec::new(),
    };
    let mut booking = line("订位专线", "02555500700", "701");
    booking.hours = Hours::read("09:00-21:00").into_iter().collect();
    vec![line("400 热线", MAIN, "700"), booking]
}

/// The hotlines as the scripted PBX rings them.
pub fn rings(config: &Config) -> Vec<Rings> {
    let ring = |hotline: &Hotline| Rings {
        number: hotline.number.clone(),
        cycle_ms: hotline.cadence.cycle_ms(),
    };
    config.hotlines.iter().map(ring).collect()
}
