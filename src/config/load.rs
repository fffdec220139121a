//! From the file and the environment to a checked [`Config`], or every problem at once.

use std::net::SocketAddr;
use std::path::Path;

use chrono::NaiveTime;
use chrono_tz::Tz;
use ipnet::IpNet;
use toml::de::DeTable;

use super::environment;
use super::raw::{Problem, Problems, Section, Source};
use super::{
    Config, Hep, Sip, SipListen, Site, TlsFiles, Transport, Web, channels, hotlines, pbxes,
};
use crate::kernel::{BusinessDay, Language, Secret};

/// The file that is read where none is named and this one is there.
pub const USUAL_FILE: &str = "config/switchboard.toml";

/// Every section and its keys: the register that unknown keys are measured by.
pub const KEYS: &[(&str, &[&str])] = &[
    ("", &["site", "web", "store", "sip", "hep", "pbx", "hotline", "smtp", "robot"]),
    ("site", &["name", "timezone", "language", "business_day_cutoff"]),
    ("web", &["listen", "public_url", "tls_cert", "tls_key"]),
    ("store", &["url", "url_file"]),
    ("sip", &["listen", "trusted", "advertise", "tls_cert", "tls_key", "tls_ca"]),
    ("hep", &["listen", "trusted", "auth_key", "auth_key_file"]),
    (
        "pbx",
        &[
            "name",
            "address",
            "domain",
            "username",
            "password",
            "password_file",
            "hotline",
            "account",
            "member",
            "when_all_busy",
            "watch",
            "positions",
            "services",
        ],
    ),
    ("pbx.account", &["username", "password", "password_file", "hotline"]),
    ("smtp", &["host", "port", "tls", "username", "password", "password_file", "from"]),
    (
        "robot",
        &[
            "name",
            "kind",
            "url",
            "url_file",
            "secret",
            "secret_file",
            "per_minute",
            "roles",
            "cards",
            "quiet",
        ],
    ),
    (
        "hotline",
        &[
            "name",
            "number",
            "aliases",
            "greeting",
            "cadence",
            "target_rings",
            "target_seconds",
            "short_abandon_rings",
            "colleague_rings",
            "round_gap_seconds",
            "hours",
        ],
    ),
];

/// The keys of one section of the register.
pub(super) fn keys_of(section: &str) -> &'static [&'static str] {
    KEYS.iter().find(|(name, _)| *name == section).map_or(&[], |(_, keys)| keys)
}

/// Reads the named file, or [`USUAL_FILE`] if it is there, or nothing but the defaults; then the
/// variables of the environment.
pub fn load(named: Option<&Path>, variables: &[(String, String)]) -> Result<Config, Problems> {
    let path = named.unwrap_or(Path::new(USUAL_FILE));
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&file, &text, variables),
        Err(why) if named.is_none() && why.kind() == std::io::ErrorKind::NotFound => {
            parse(&file, "", variables)
        }
        Err(why) => {
            let says = format!("cannot be read: {why}; --config names a TOML file");
            Err(Problems(vec![Problem { place: file, key: String::new(), says }]))
        }
    }
}

/// Checks a configuration text; `file` is the name that problems carry.
pub fn parse(file: &str, text: &str, variables: &[(String, String)]) -> Result<Config, Problems> {
    let (_, mistakes) = DeTable::parse_recoverable(text);
    if !mistakes.is_empty() {
        let problems = mistakes.iter().map(|mistake| not_toml(file, text, mistake));
        return Err(Problems(problems.collect()));
    }
    let mut table = text
        .parse::<toml::Table>()
        .map_err(|mistake| Problems(vec![not_toml(file, text, &mistake)]))?;
    let mut source = Source::new(file);
    environment::apply(&mut table, &mut source, variables);

    let mut root = Section::root(&source, table, keys_of(""));
    let site = site(root.section("site", keys_of("site")));
    let web = web(root.section("web", keys_of("web")));
    let store_url = store(root.section("store", keys_of("store")));
    let sip = sip(root.section("sip", keys_of("sip")));
    let hep = root.has("hep").then(|| hep(root.section("hep", keys_of("hep"))));
    let hotlines = hotlines::read(&mut root);
    let pbx = pbxes::read(&mut root, &hotlines, &sip);
    let smtp = channels::smtp(&mut root);
    let robots = channels::robots(&mut root);
    root.done();

    let hotlines =
        if hotlines.is_empty() { vec![hotlines::default(&site, &pbx)] } else { hotlines };
    let warnings = source.finish()?;
    Ok(Config { site, web, store_url, sip, hep, pbx, hotlines, smtp, robots, warnings })
}

fn not_toml(file: &str, text: &str, mistake: &toml::de::Error) -> Problem {
    let before = mistake.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let message = mistake.message().replace('\n', " ");
    let says = format!("line {line} is not TOML: {message}");
    Problem { place: file.to_owned(), key: String::new(), says }
}

fn site(mut from: Section<'_>) -> Site {
    let name = from.read("name", "the name of the house", |text| {
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    });
    let zone =
        from.read("timezone", "a zone of the IANA table such as \"Asia/Shanghai\"", |text| {
            text.parse::<Tz>().ok()
        });
    let language = from.read("language", "\"zh-CN\" or \"en\"", Language::from_tag);
    let cutoff = from.read("business_day_cutoff", "a local time such as \"06:00\"", clock_time);
    from.done();
    Site {
        name: name.unwrap_or_else(|| "三响".to_owned()),
        day: BusinessDay {
            zone: zone.unwrap_or(Tz::Asia__Shanghai),
            cutoff: cutoff.or_else(|| clock_time("06:00")).unwrap_or_default(),
        },
        language: language.unwrap_or_default(),
    }
}

fn web(mut from: Section<'_>) -> Web {
    let listen = from
        .read("listen", "an address and a port such as \"127.0.0.1:8080\"", |text| {
            text.parse::<SocketAddr>().ok()
        })
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
    let tls = tls(&mut from);
    let right = "an address such as \"https://switchboard.example.cn\", without a path";
    let public_url = from.read("public_url", right, |text| {
        let url = text.trim_end_matches('/');
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let plain = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
        plain.then(|| url.to_owned())
    });
    from.done();
    let public_url = public_url.unwrap_or_else(|| {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let mut reached = listen;
        if listen.ip().is_unspecified() {
            reached.set_ip([127, 0, 0, 1].into());
        }
        format!("{scheme}://{reached}")
    });
    Web { listen, public_url, tls }
}

fn store(mut from: Section<'_>) -> Secret {
    let url = from.secret("url");
    if let Some(url) = &url {
        let known = ["sqlite://", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| url.reveal().starts_with(scheme)) {
            from.wrong("url", "must begin with sqlite:// or postgres://");
        }
    }
    from.done();
    url.unwrap_or_else(|| Secret::new("sqlite://data/switchboard.db".to_owned()))
}

fn sip(mut from: Section<'_>) -> Sip {
    let right = "a socket such as \"udp://127.0.0.1:5060\", \"tcp://[::1]:5060\" or \"tls://…\"";
    let listen = from.list("listen", right, false, SipListen::read).unwrap_or_else(|| {
        let addr = SocketAddr::from(([127, 0, 0, 1], 5060));
        [Transport::Udp, Transport::Tcp].map(|transport| SipListen { transport, addr }).to_vec()
    });
    for (index, one) in listen.iter().enumerate() {
        if one.addr.port() != 0 && listen.iter().take(index).any(|other| other == one) {
            from.wrong(&format!("listen.{index}"), "is in the list twice: keep one");
        }
    }
    let trusted = trusted(&mut from);
    let right = "an address such as \"192.0.2.10\"";
    let advertise = from.read("advertise", right, |text| text.parse().ok());
    let tls = tls(&mut from);
    if tls.is_none() && listen.iter().any(|one| one.transport == Transport::Tls) {
        from.wrong("tls_cert", "is missing: a tls:// socket needs tls_cert and tls_key");
    }
    let tls_ca = from.file("tls_ca");
    from.done();
    Sip { listen, trusted, advertise, tls, tls_ca }
}

fn hep(mut from: Section<'_>) -> Hep {
    let right = "a socket such as \"udp://127.0.0.1:9060\" or \"tcp://…\"";
    if !from.has("listen") {
        from.wrong("listen", format!("is missing: {right}"));
    }
    let listen = from.list("listen", right, true, |text| {
        SipListen::read(text).filter(|one| one.transport != Transport::Tls)
    });
    let trusted = trusted(&mut from);
    let auth_key = from.secret("auth_key");
    from.done();
    Hep { listen: listen.unwrap_or_default(), trusted, auth_key }
}

fn trusted(from: &mut Section<'_>) -> Vec<IpNet> {
    let right = "a network such as \"192.0.2.0/24\" or one address";
    let read = |text: &str| {
        let net = text.parse::<IpNet>().ok();
        net.or_else(|| text.parse().ok().map(|one: std::net::IpAddr| IpNet::from(one)))
    };
    from.list("trusted", right, false, read).unwrap_or_else(|| {
        let loopback: [std::net::IpAddr; 2] =
            [[127, 0, 0, 0].into(), std::net::Ipv6Addr::LOCALHOST.into()];
        let lengths = [8, 128];
        let pairs = loopback.into_iter().zip(lengths);
        pairs.filter_map(|(address, length)| IpNet::new(address, length).ok()).collect()
    })
}

fn tls(from: &mut Section<'_>) -> Option<TlsFiles> {
    match (from.file("tls_cert"), from.file("tls_key")) {
        (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
        (None, None) => None,
        (Some(_), None) => {
            from.wrong("tls_key", "is missing: tls_cert and tls_key go together");
            None
        }
        (None, Some(_)) => {
            from.wrong("tls_cert", "is missing: tls_cert and tls_key go together");
            None
        }
    }
}

/// `09:00`; `24:00` is midnight.
pub(super) fn clock_time(text: &str) -> Option<NaiveTime> {
    if text == "24:00" {
        return Some(NaiveTime::MIN);
    }
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

impl SipListen {
    /// Reads `udp://127.0.0.1:5060`, `tcp://[::1]:5060`, `tls://…`.
    pub fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let transport = Transport::from_name(scheme)?;
        Some(Self { transport, addr: rest.parse().ok()? })
    }
}

impl Transport {
    /// The transport of this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Udp, Self::Tcp, Self::Tls]
            .into_iter()
            .find(|one| one.name().eq_ignore_ascii_case(name))
    }
}
