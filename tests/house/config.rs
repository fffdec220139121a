//! The configuration: what is right, what is wrong, and what the house says then.

use std::path::Path;

use switchboard::config::{self, Config, KEYS, Transport};
use switchboard::kernel::Language;

fn read(text: &str) -> Config {
    config::parse("house.toml", text, &[]).unwrap()
}

/// The lines the administrator is told.
fn told(text: &str) -> Vec<String> {
    told_with(text, &[])
}

fn told_with(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let problems = config::parse("house.toml", text, &owned(variables)).unwrap_err();
    problems.to_string().lines().map(str::to_owned).collect()
}

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[track_caller]
fn refused(text: &str, line: &str) {
    assert_eq!(told(text), [line], "for\n{text}");
}

const PBX: &str = "[[pbx]]\naddress = \"sip:127.0.0.1:5070\"\nusername = \"listener\"\n";

#[test]
fn without_a_file_the_house_has_the_defaults_of_the_contract() {
    let house = read("");
    assert_eq!(house.store_url.reveal(), "sqlite://data/switchboard.db");
    assert_eq!(house.web.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(house.web.public_url, "http://127.0.0.1:8080");
    let sockets: Vec<_> =
        house.sip.listen.iter().map(|one| (one.transport, one.addr.to_string())).collect();
    let address = "127.0.0.1:5060".to_owned();
    assert_eq!(sockets, [(Transport::Udp, address.clone()), (Transport::Tcp, address)]);
    assert!(house.hep.is_none());
    assert!(house.pbx.is_empty());
    assert_eq!(house.site.language, Language::ZhCn);
    assert_eq!(house.site.day.zone, chrono_tz::Asia::Shanghai);
    assert_eq!(house.site.day.cutoff.to_string(), "06:00:00");
    let [hotline] = house.hotlines.as_slice() else { panic!("a bare start needs one hotline") };
    assert_eq!((hotline.target_ms(), hotline.round_gap_ms), (15_000, 2_000));
    assert!(house.warnings.is_empty());
}

#[test]
fn a_file_that_is_named_must_be_there_and_the_usual_one_need_not() {
    let wrong = config::load(Some(Path::new("no/such/file.toml")), &[]).unwrap_err();
    assert!(wrong.to_string().starts_with("no/such/file.toml: cannot be read: "), "{wrong}");
    assert!(!Path::new(config::USUAL_FILE).exists(), "the defaults are not a file");
    assert!(config::load(None, &[]).is_ok());
}

#[test]
fn the_example_loads_and_holds_every_key_of_the_loader() {
    let text = std::fs::read_to_string("config/switchboard.example.toml").unwrap();
    let house = config::parse("example", &text, &[]).unwrap();
    assert!(house.warnings.is_empty(), "{:?}", house.warnings);
    let mut here = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches("# ");
        if let Some(section) = line.strip_prefix('[') {
            here = section.trim_matches(['[', ']']).to_owned();
        } else if let Some((key, _)) = line.split_once(" = ") {
            found.push(format!("{here}.{key}"));
        }
    }
    for (section, keys) in KEYS.iter().filter(|(section, _)| !section.is_empty()) {
        for key in keys.iter().filter(|&&key| key != "account") {
            let key = format!("{section}.{key}");
            assert!(found.contains(&key), "config/switchboard.example.toml says nothing of {key}");
        }
    }
}

#[test]
fn the_example_says_the_defaults_that_the_loader_has() {
    let text = std::fs::read_to_string("config/switchboard.example.toml").unwrap();
    let example = config::parse("example", &text, &[]).unwrap();
    let bare = read("[[hotline]]\nnumber = \"4008001234\"");
    assert_eq!(example.sip.listen, bare.sip.listen);
    assert_eq!(example.sip.trusted, bare.sip.trusted);
    assert_eq!(example.web.listen, bare.web.listen);
    assert_eq!(example.store_url, bare.store_url);
    assert_eq!(example.site.day, bare.site.day);
    let (shown, real) = (&example.hotlines[0], &bare.hotlines[0]);
    assert_eq!(shown.cadence, real.cadence);
    assert_eq!(shown.target_rings, real.target_rings);
    assert_eq!(shown.short_abandon_rings, real.short_abandon_rings);
    assert_eq!(shown.colleague_rings, real.colleague_rings);
    assert_eq!(shown.round_gap_ms, real.round_gap_ms);
}

#[test]
fn all_problems_are_told_at_once_with_file_key_and_what_would_be_right() {
    let text = "color = 1\n[web]\nlisten = \"localhost\"\nport = 8080\n\
                [site]\ntimezone = \"Nanjing\"\nlanguage = \"fr\"\n[sip]\ntrusted = [\"10.0.0.0/33\", \"::1\"]";
    let lines = told(text);
    for line in [
        "house.toml: color: unknown key; known here: site, web, store, sip, hep, pbx, hotline, smtp, robot",
        "house.toml: web.listen: must be an address and a port such as \"127.0.0.1:8080\", not \"localhost\"",
        "house.toml: web.port: unknown key; known here: listen, public_url, tls_cert, tls_key",
        "house.toml: site.timezone: must be a zone of the IANA table such as \"Asia/Shanghai\", not \"Nanjing\"",
        "house.toml: site.language: must be \"zh-CN\" or \"en\", not \"fr\"",
        "house.toml: sip.trusted.0: must be a network such as \"192.0.2.0/24\" or one address, not \"10.0.0.0/33\"",
    ] {
        assert!(
            lines.iter().any(|told| told == line),
            "{line}\nis not among\n{}",
            lines.join("\n")
        );
    }
    assert_eq!(lines.len(), 6);
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    let lines = told("[site]\nname = \n[web]\nlisten = 127.0.0.1\n");
    assert!(lines[0].starts_with("house.toml: line 2 is not TOML: "), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("house.toml: line 4 ")), "{lines:?}");
}

#[test]
fn sockets_and_addresses_are_checked() {
    refused(
        "[sip]\nlisten = [\"5060\"]",
        "house.toml: sip.listen.0: must be a socket such as \"udp://127.0.0.1:5060\", \"tcp://[::1]:5060\" or \"tls://…\", not \"5060\"",
    );
    refused(
        "[sip]\nlisten = \"udp://127.0.0.1:5060\"",
        "house.toml: sip.listen: must be a list, each a socket such as \"udp://127.0.0.1:5060\", \"tcp://[::1]:5060\" or \"tls://…\", not \"udp://127.0.0.1:5060\"",
    );
    refused(
        "[sip]\nlisten = [\"udp://[::1]:5060\", \"udp://[::1]:5060\"]",
        "house.toml: sip.listen.1: is in the list twice: keep one",
    );
    refused(
        "[sip]\nlisten = [\"tls://127.0.0.1:5061\"]",
        "house.toml: sip.tls_cert: is missing: a tls:// socket needs tls_cert and tls_key",
    );
    refused(
        "[store]\nurl = \"mysql://x\"",
        "house.toml: store.url: must begin with sqlite:// or postgres://",
    );
    refused(
        "[web]\npublic_url = \"switchboard.example.cn/panel\"",
        "house.toml: web.public_url: must be an address such as \"https://switchboard.example.cn\", without a path, not \"switchboard.example.cn/panel\"",
    );
    refused(
        "[hep]\nlisten = \"tls://127.0.0.1:9060\"",
        "house.toml: hep.listen.0: must be a socket such as \"udp://127.0.0.1:9060\" or \"tcp://…\", not \"tls://127.0.0.1:9060\"",
    );
    let one = read("[hep]\nlisten = \"udp://127.0.0.1:9060\"").hep.unwrap();
    let two =
        read("[hep]\nlisten = [\"udp://127.0.0.1:9060\", \"tcp://127.0.0.1:9060\"]").hep.unwrap();
    assert_eq!((one.listen.len(), two.listen.len()), (1, 2));
}

#[test]
fn certificates_must_be_there_and_go_together() {
    let folder = tempfile::tempdir().unwrap();
    let cert = folder.path().join("cert.pem");
    std::fs::write(&cert, "x").unwrap();
    let missing = folder.path().join("missing.pem");
    let alone = format!("[web]\ntls_cert = {cert:?}");
    refused(&alone, "house.toml: web.tls_key: is missing: tls_cert and tls_key go together");
    let lines = told(&format!("[web]\ntls_cert = {cert:?}\ntls_key = {missing:?}"));
    let expected = format!(
        "house.toml: web.tls_key: must be a file that can be read: {}: ",
        missing.display()
    );
    assert!(lines[0].starts_with(&expected), "{lines:?}");
    let https =
        read(&format!("[web]\nlisten = \"0.0.0.0:8443\"\ntls_cert = {cert:?}\ntls_key = {cert:?}"));
    assert_eq!(https.web.public_url, "https://127.0.0.1:8443");
}

#[test]
fn two_hotlines_cannot_have_one_number_however_it_is_spelled() {
    refused(
        "[[hotline]]\nnumber = \"025-8452 3317\"\n[[hotline]]\nnumber = \"801\"\naliases = [\"+862584523317\"]",
        "house.toml: hotline.1.aliases.0: \"+862584523317\" is the same number as hotline.0.number: a number belongs to one hotline",
    );
    refused(
        "[[hotline]]\nnumber = \"700\"\n[[hotline]]\nnumber = \"700\"",
        "house.toml: hotline.1.number: \"700\" is the same number as hotline.0.number: a number belongs to one hotline",
    );
    let one = "[[hotline]]\nnumber = \"4008001234\"\naliases = [\"+864008001234\", \"700\"]";
    assert_eq!(read(one).hotlines[0].aliases.len(), 2, "one hotline may spell its number twice");
}

#[test]
fn the_promise_of_a_hotline_is_checked() {
    let with = |line: &str| format!("[[hotline]]\nnumber = \"700\"\n{line}");
    refused(
        &with("target_rings = 0"),
        "house.toml: hotline.0.target_rings: must be a whole number from 1 to 20, not 0",
    );
    refused(
        &with("target_rings = \"3\""),
        "house.toml: hotline.0.target_rings: must be a whole number from 1 to 20, not \"3\"",
    );
    refused(
        &with("target_seconds = -1"),
        "house.toml: hotline.0.target_seconds: must be seconds from 1 to 600, not -1",
    );
    refused(
        &with("round_gap_seconds = 61"),
        "house.toml: hotline.0.round_gap_seconds: must be seconds from 0 to 60, not 61",
    );
    let cadence = "house.toml: hotline.0.cadence: a cadence is a name (CN, US, UK, HK, JP, KR, FR, …) or one cycle in seconds: on, off, … ending with a pause, at most 60 s in all";
    refused(&with("cadence = \"Atlantis\""), cadence);
    refused(&with("cadence = [1.0]"), cadence);
    refused(&with("cadence = [1.0, -4.0]"), cadence);
    refused(
        &with("hours = [\"Monday 9-12\"]"),
        "house.toml: hotline.0.hours.0: must be a window such as \"Mon-Fri 09:00-12:00\" or \"Sat,Sun 22:00-02:00\", not \"Monday 9-12\"",
    );
    refused(
        "[[hotline]]\nname = \"x\"",
        "house.toml: hotline.0.number: is missing: a number as people dial it, such as \"4008001234\"",
    );
    let burst = read(&with("cadence = [0.4, 0.2, 0.4, 2.0]\ntarget_seconds = 7.5"));
    assert_eq!(burst.hotlines[0].cadence.cycle_ms(), 3_000, "a double burst is one ring");
    assert_eq!(burst.hotlines[0].target_ms(), 7_500);
}

#[test]
fn hours_are_windows_of_days() {
    use chrono::Weekday::{Fri, Mon, Sat, Sun};
    let text = "[[hotline]]\nnumber = \"700\"\nhours = [\"Fri-Mon 22:00-02:00\", \"09:00-24:00\"]";
    let hours = read(text).hotlines[0].hours.clone();
    assert_eq!(hours[0].days, [Mon, Fri, Sat, Sun]);
    assert_eq!(hours[0].to.to_string(), "02:00:00");
    assert_eq!((hours[1].days.len(), hours[1].to.to_string()), (7, "00:00:00".to_owned()));
}

#[test]
fn a_pbx_needs_an_address_and_an_account() {
    let lines = told("[[pbx]]\nname = \"main\"");
    assert_eq!(
        lines,
        [
            "house.toml: pbx.0.address: is missing: an address such as \"sip:192.0.2.5:5060;transport=udp\"",
            "house.toml: pbx.0.username: is missing: the account that rings along with the operators",
            "house.toml: pbx.0.password: is missing: the account that rings along with the operators",
        ]
    );
    refused(
        &format!("{PBX}password = \"x\"\nhotline = \"4008009999\"\n[[hotline]]\nnumber = \"700\""),
        "house.toml: pbx.0.hotline: must be the number or an alias of a [[hotline]], not \"4008009999\"",
    );
    refused(
        &format!("{PBX}password = \"x\"\nwhen_all_busy = \"vanish\""),
        "house.toml: pbx.0.when_all_busy: must be \"ring\" or \"decline\", not \"vanish\"",
    );
    refused(
        &format!("[sip]\nlisten = [\"tcp://127.0.0.1:5060\"]\n{PBX}password = \"x\""),
        "house.toml: pbx.0.address: speaks udp, but sip.listen has no udp:// socket: add one",
    );
    refused(
        &format!("{PBX}password = \"x\"\nservices = [\"recorder.example.cn\"]"),
        "house.toml: pbx.0.services.0: must be an IP address such as \"192.0.2.50\", not \"recorder.example.cn\"",
    );
    let itself = "[sip]\ntrusted = [\"192.0.2.5/32\"]\n[[pbx]]\naddress = \"sip:192.0.2.5\"\nusername = \"u\"\n";
    refused(
        &format!("{itself}password = \"x\"\nservices = [\"192.0.2.5\"]"),
        "house.toml: pbx.0.services: names the PBX itself: only who sends calls back to it belongs here",
    );
    let told = format!("{itself}password = \"x\"\nservices = [\"192.0.2.50\", \"2001:db8::50\"]");
    assert_eq!(read(&told).pbx[0].services.len(), 2);
    refused(
        &format!("{PBX}password = \"x\"\n{PBX}password = \"x\""),
        "house.toml: pbx.1.name: \"main\" is the name of another pbx too",
    );
}

#[test]
fn an_account_for_each_hotline_may_stand_below_the_pbx() {
    let text = "[[pbx]]\naddress = \"sips:pbx.example.cn\"\n\
        [[pbx.account]]\nusername = \"one\"\npassword = \"x\"\nhotline = \"+86 400 800 1234\"\n\
        [[pbx.account]]\nusername = \"two\"\npassword = \"y\"\n\
        [[hotline]]\nnumber = \"4008001234\"";
    let house = read(text);
    let pbx = &house.pbx[0];
    assert_eq!((pbx.address.port, pbx.address.transport), (5061, Transport::Tls));
    assert_eq!(pbx.domain, "pbx.example.cn");
    let names: Vec<_> = pbx.accounts.iter().map(|one| one.username.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    let v6 = read("[[pbx]]\naddress = \"sip:[2001:db8::5]:5080;transport=tcp\"\nmember = false");
    assert_eq!(v6.pbx[0].address.host, "2001:db8::5");
    assert_eq!((v6.pbx[0].address.port, v6.pbx[0].accounts.len()), (5080, 0));
}

#[test]
fn a_pbx_outside_the_trusted_networks_is_a_warning() {
    let text = "[[pbx]]\naddress = \"sip:192.0.2.5\"\nusername = \"a\"\npassword = \"b\"\n[[hotline]]\nnumber = \"700\"";
    assert_eq!(
        read(text).warnings,
        ["main (192.0.2.5) is outside sip.trusted: its calls will be dropped; add it there"]
    );
}

#[test]
fn the_environment_wins_over_the_file_and_is_read_as_the_key_wants_it() {
    let text = format!(
        "{PBX}password_file = \"gone.txt\"\n[[hotline]]\nnumber = \"700\"\ntarget_rings = 4"
    );
    let variables = owned(&[
        ("SWITCHBOARD_WEB__LISTEN", "0.0.0.0:9090"),
        ("SWITCHBOARD_STORE__URL", "postgres://u@h/db"),
        ("SWITCHBOARD_PBX__0__PASSWORD", "123456"),
        ("SWITCHBOARD_PBX__0__POSITIONS", "[\"801\", \"802\"]"),
        ("SWITCHBOARD_PBX__0__MEMBER", "true"),
        ("SWITCHBOARD_HOTLINE__0__TARGET_RINGS", "2"),
        ("SWITCHBOARD_HOTLINE__0__CADENCE", "[0.5, 0.5]"),
        ("SWITCHBOARD_HOTLINE__1__NUMBER", "4008001234"),
        ("SWITCHBOARD_SIP__LISTEN", "udp://127.0.0.1:5099"),
        ("SWITCHBOARD_LOG", "debug"),
        ("PATH", "/bin"),
    ]);
    let house = config::parse("house.toml", &text, &variables).unwrap();
    assert_eq!(house.web.listen.to_string(), "0.0.0.0:9090");
    assert_eq!(house.store_url.reveal(), "postgres://u@h/db");
    assert_eq!(
        house.pbx[0].accounts[0].password.reveal(),
        "123456",
        "a password of digits is a text"
    );
    assert_eq!(house.pbx[0].positions.len(), 2);
    assert_eq!(house.hotlines[0].target_ms(), 2_000);
    assert_eq!(house.hotlines[1].number, "4008001234");
    assert_eq!(house.sip.listen.len(), 1);
}

#[test]
fn a_problem_of_the_environment_names_the_variable() {
    let lines = told_with(
        "",
        &[
            ("SWITCHBOARD_WEB__LISTEN", "here"),
            ("SWITCHBOARD_PBX__3__NAME", "far"),
            ("SWITCHBOARD_WEB__COLOUR", "red"),
        ],
    );
    assert_eq!(
        lines,
        [
            "SWITCHBOARD_PBX__3__NAME: pbx.3.name: there are only 0: numbers begin at 0",
            "SWITCHBOARD_WEB__LISTEN: web.listen: must be an address and a port such as \"127.0.0.1:8080\", not \"here\"",
            "SWITCHBOARD_WEB__COLOUR: web.colour: unknown key; known here: listen, public_url, tls_cert, tls_key",
        ]
    );
}

#[test]
fn a_secret_may_stand_in_a_file_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "open sesame\n").unwrap();
    let house = read(&format!("{PBX}password_file = {path:?}"));
    assert_eq!(house.pbx[0].accounts[0].password.reveal(), "open sesame");
    assert!(!format!("{house:?}").contains("sesame"));
    let both = format!("{PBX}password = \"x\"\npassword_file = {path:?}");
    refused(&both, "house.toml: pbx.0.password_file: stands beside password: keep one of the two");
    refused(
        &format!("{PBX}password = 77123"),
        "house.toml: pbx.0.password: must be a text in quotes",
    );
    let gone = told(&format!("{PBX}password_file = \"gone.txt\""));
    assert!(
        gone[0].starts_with(
            "house.toml: pbx.0.password_file: must be a file that can be read: gone.txt: "
        ),
        "{gone:?}"
    );
}
