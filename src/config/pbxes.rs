//! `[[pbx]]`: where it is, who we are there, whom it rings.

use std::net::IpAddr;

use super::hotlines::one_spelling;
use super::load::keys_of;
use super::raw::Section;
use super::{Account, Hotline, Pbx, PbxAddress, Sip, Transport, WhenAllBusy};
use crate::kernel::{Extension, Secret};

pub(super) fn read(root: &mut Section<'_>, hotlines: &[Hotline], sip: &Sip) -> Vec<Pbx> {
    let mut found: Vec<Pbx> = Vec::new();
    for mut from in root.sections("pbx", keys_of("pbx")) {
        let pbx = one(&mut from, hotlines);
        if found.iter().any(|other| other.name == pbx.name) {
            from.wrong("name", format!("{:?} is the name of another pbx too", pbx.name));
        }
        beside_the_sockets(&from, &pbx, sip);
        beside_the_watched(&from, &pbx);
        beside_the_pbx(&from, &pbx);
        if hotlines.is_empty() {
            from.source.warn(format!(
                "{} rings, but no [[hotline]] is configured: every call counts for a default one",
                pbx.name
            ));
        }
        from.done();
        found.push(pbx);
    }
    found
}

fn one(from: &mut Section<'_>, hotlines: &[Hotline]) -> Pbx {
    let name = from.text("name", "the name of the PBX").unwrap_or_else(|| "main".to_owned());
    let right = "an address such as \"sip:192.0.2.5:5060;transport=udp\"";
    if !from.has("address") {
        from.wrong("address", format!("is missing: {right}"));
    }
    let address = from.read("address", right, PbxAddress::read).unwrap_or(PbxAddress {
        host: String::new(),
        port: 0,
        transport: Transport::Udp,
    });
    let domain = from.text("domain", "the domain of our address there");
    let member = from.flag("member").unwrap_or(true);
    let accounts = accounts(from, hotlines, member);
    let right = "\"ring\" or \"decline\"";
    let when_all_busy = from.read("when_all_busy", right, |text| match text {
        "ring" => Some(WhenAllBusy::Ring),
        "decline" => Some(WhenAllBusy::Decline),
        _ => None,
    });
    let right = "an extension such as \"801\"";
    let extension = |text: &str| text.parse::<Extension>().ok();
    let watch = from.list("watch", right, false, extension).unwrap_or_default();
    let positions = from.list("positions", right, false, extension).unwrap_or_default();
    let right = "an IP address such as \"192.0.2.50\"";
    let services = from.list("services", right, false, |text| text.parse::<IpAddr>().ok());
    Pbx {
        name,
        domain: domain.unwrap_or_else(|| address.host.clone()),
        address,
        accounts,
        member,
        when_all_busy: when_all_busy.unwrap_or(WhenAllBusy::Ring),
        watch,
        positions,
        services: services.unwrap_or_default(),
    }
}

fn accounts(from: &mut Section<'_>, hotlines: &[Hotline], member: bool) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    let named = from.sections("account", keys_of("pbx.account"));
    let alone = from.has("username") || named.is_empty();
    if alone && (member || from.has("username")) {
        accounts.push(account(from, hotlines));
    } else if !alone {
        for key in ["password", "password_file", "hotline"] {
            if from.has(key) {
                from.wrong(key, "belongs to a username here, or into its [[pbx.account]]");
            }
        }
        // taken, so that it is not called unknown as well
        drop((from.secret("password"), from.text("hotline", "a number")));
    }
    for mut one in named {
        let account = account(&mut one, hotlines);
        if accounts.iter().any(|other| other.username == account.username) {
            one.wrong("username", "is an account of this pbx already");
        }
        one.done();
        accounts.push(account);
    }
    accounts
}

fn account(from: &mut Section<'_>, hotlines: &[Hotline]) -> Account {
    for (key, twin) in [("username", "username"), ("password", "password_file")] {
        if !from.has(key) && !from.has(twin) {
            from.wrong(key, "is missing: the account that rings along with the operators");
        }
    }
    let right = "a SIP user such as \"listener\"";
    let username = from.read("username", right, |text| {
        let plain = !text.is_empty() && !text.contains(['@', ' ', '<', '>', '"', ';', ':']);
        plain.then(|| text.to_owned())
    });
    let password = from.secret("password");
    let right = "the number or an alias of a [[hotline]]";
    let hotline = from.read("hotline", right, |text| {
        let wanted = one_spelling(text);
        let known = hotlines.iter().any(|hotline| {
            let mut numbers = std::iter::once(&hotline.number).chain(&hotline.aliases);
            numbers.any(|number| one_spelling(number) == wanted)
        });
        known.then(|| text.to_owned())
    });
    Account {
        username: username.unwrap_or_default(),
        password: password.unwrap_or_else(|| Secret::new(String::new())),
        hotline,
    }
}

/// What the sockets and the trusted networks mean for this PBX.
fn beside_the_sockets(from: &Section<'_>, pbx: &Pbx, sip: &Sip) {
    let transport = pbx.address.transport;
    let reached = sip.listen.iter().any(|one| one.transport == transport);
    if transport == Transport::Udp && !reached && !pbx.accounts.is_empty() {
        from.wrong("address", "speaks udp, but sip.listen has no udp:// socket: add one");
    }
    let Ok(address) = pbx.address.host.parse::<IpAddr>() else { return };
    if !sip.trusted.iter().any(|net| net.contains(&address)) {
        let warning = format!(
            "{} ({address}) is outside sip.trusted: its calls will be dropped; add it there",
            pbx.name
        );
        from.source.warn(warning);
    }
}

/// Nobody calls from a service: the PBX itself is none.
fn beside_the_pbx(from: &Section<'_>, pbx: &Pbx) {
    let itself = pbx.address.host.parse::<IpAddr>().ok();
    if itself.is_some_and(|itself| pbx.services.contains(&itself)) {
        from.wrong(
            "services",
            "names the PBX itself: only who sends calls back to it belongs here",
        );
    }
}

/// Calls can be refused when all are busy only where all are watched.
fn beside_the_watched(from: &Section<'_>, pbx: &Pbx) {
    let unwatched = pbx.positions.iter().find(|one| !pbx.watch.contains(one));
    if let Some(one) = unwatched.filter(|_| pbx.when_all_busy == WhenAllBusy::Decline) {
        let name = &pbx.name;
        from.source.warn(format!(
            "{name} never declines: its position {one} is not in watch, so nobody knows when all are busy"
        ));
    }
    if !pbx.watch.is_empty() && pbx.accounts.is_empty() {
        let name = &pbx.name;
        from.source.warn(format!("{name} watches nobody: that needs an account there (username)"));
    }
}

impl PbxAddress {
    /// Reads `sip:host:port;transport=udp`; `sips:` means TLS. Ports default to 5060 and 5061.
    pub fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(':')?;
        let secure = scheme.eq_ignore_ascii_case("sips");
        if !secure && !scheme.eq_ignore_ascii_case("sip") {
            return None;
        }
        let mut parts = rest.split(';');
        let place = parts.next()?;
        let mut transport = if secure { Transport::Tls } else { Transport::Udp };
        for part in parts {
            let (key, value) = part.split_once('=')?;
            if !key.eq_ignore_ascii_case("transport") {
                return None;
            }
            transport = Transport::from_name(value)?;
        }
        let (host, port) = split_place(place)?;
        let usual = if transport == Transport::Tls { 5061 } else { 5060 };
        Some(Self { host, port: port.unwrap_or(usual), transport })
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
fn split_place(place: &str) -> Option<(String, Option<u16>)> {
    let (host, rest) = match place.strip_prefix('[') {
        Some(inner) => {
            let (host, rest) = inner.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, rest)
        }
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(port.parse().ok().filter(|&port| port != 0)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    let fits = !host.is_empty() && host.chars().all(plain);
    fits.then(|| (host.to_owned(), port))
}
