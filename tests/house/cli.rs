//! The commands: what they print and with which code they leave, by running the real binary.

use std::io::Write as _;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::str::FromStr as _;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

fn switchboard(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.current_dir(folder).env_clear();
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn what_is_wrong_in_the_configuration_is_told_line_by_line_with_code_2() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("house.toml"),
        "[web]\nlisten = \"nowhere\"\n[[hotline]]\nnumber = \"700\"\n[[hotline]]\nnumber = \"700\"\n",
    )
    .unwrap();
    for command in
        [&["serve"][..], &["check"], &["token", "create", "--name", "x", "--role", "admin"]]
    {
        let output = switchboard(folder.path())
            .args(["--config", "house.toml"])
            .args(command)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 2, "{said}");
        assert!(lines[0].starts_with("house.toml: web.listen: must be "), "{said}");
        assert!(lines[1].starts_with("house.toml: hotline.1.number: "), "{said}");
        assert!(!folder.path().join("data").exists(), "nothing is changed");
    }
}

#[test]
fn a_command_that_does_not_exist_is_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let output = switchboard(folder.path()).arg("rebild").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = switchboard(folder.path()).args(["--config", "gone.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("gone.toml: cannot be read: "));
    let output = switchboard(folder.path()).args(["--log", "=x=,,["]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("--log (SWITCHBOARD_LOG): "), "{}", stderr(&output));
}

#[test]
fn a_taken_panel_port_is_code_1_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = switchboard(folder.path())
        .env("SWITCHBOARD_WEB__LISTEN", address.to_string())
        .env("SWITCHBOARD_SIP__LISTEN", "[]")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains(&format!("switchboard: web.listen: {address} cannot be used: ")),
        "{said}"
    );
    let port = address.port();
    assert!(said.contains(&format!("`ss -ltnp 'sport = :{port}'`")), "who has it: {said}");
    assert!(said.contains("set another port in web.listen"), "and what to do: {said}");
    let demo = switchboard(folder.path()).args(["demo", "--listen", &address.to_string()]).output();
    let said = stderr(&demo.unwrap());
    assert!(
        said.starts_with(&format!("switchboard: --listen: {address} cannot be used")),
        "{said}"
    );
}

#[test]
fn check_says_of_each_taken_port_who_may_have_it_and_where_another_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let panel = TcpListener::bind("127.0.0.1:0").unwrap();
    let sip = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (panel_at, sip_at) = (panel.local_addr().unwrap(), sip.local_addr().unwrap());
    // whoever has the panel's port is no service of ours: it hangs up
    let other = std::thread::spawn(move || {
        drop(panel.accept());
        panel
    });
    let output = switchboard(folder.path())
        .env("SWITCHBOARD_WEB__LISTEN", panel_at.to_string())
        .env("SWITCHBOARD_SIP__LISTEN", format!("udp://{sip_at}"))
        .arg("check")
        .output()
        .unwrap();
    drop(other.join().unwrap());
    let said = stdout(&output);
    let row = |of: &str| said.lines().find(|line| line.starts_with(of)).unwrap().to_owned();
    let (panel, sip) = (row("NO  panel"), row("NO  sip"));
    assert!(panel.contains("web.listen: ") && panel.contains("another program"), "{said}");
    assert!(panel.contains(&format!("`ss -ltnp 'sport = :{}'`", panel_at.port())), "{said}");
    assert!(sip.contains(&format!("`ss -lunp 'sport = :{}'`", sip_at.port())), "{said}");
    assert!(sip.contains("another port in sip.listen"), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
}

#[tokio::test]
async fn a_server_that_is_not_our_store_is_named_with_its_key_and_never_with_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place = super::kit::postgres().await;
    let without = PgConnectOptions::from_str(&place.url).unwrap().database("none_such");
    for (url, word) in [
        (format!("postgres://house:wordofmouth@{closed}/house"), closed.to_string()),
        (without.to_url_lossy().to_string(), "has no database none_such".to_owned()),
    ] {
        for command in ["serve", "check"] {
            let output = switchboard(folder.path())
                .env("SWITCHBOARD_WEB__LISTEN", "127.0.0.1:0")
                .env("SWITCHBOARD_SIP__LISTEN", "[]")
                .env("SWITCHBOARD_STORE__URL", &url)
                .arg(command)
                .output()
                .unwrap();
            let said = stdout(&output) + &stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains("store.url: the PostgreSQL server at "), "{said}");
            assert!(said.contains(&word) && !said.contains("wordofmouth"), "{said}");
        }
    }
}

#[test]
fn a_store_that_cannot_be_opened_is_code_1_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let output = switchboard(folder.path())
        .env("SWITCHBOARD_WEB__LISTEN", "127.0.0.1:0")
        .env("SWITCHBOARD_STORE__URL", "sqlite://file/house.db")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("switchboard: store.url: the store"), "{}", stderr(&output));
}

#[test]
fn a_token_is_alone_on_the_last_line() {
    let folder = tempfile::tempdir().unwrap();
    let create = |roles: &str| {
        let arguments = ["token", "create", "--name", "crm", "--role", roles];
        switchboard(folder.path()).args(arguments).output().unwrap()
    };
    let output = create("operator,admin");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stdout(&output);
    let token = said.lines().last().unwrap();
    assert!(token.len() > 40 && !token.contains(' '), "{said}");
    assert_ne!(stdout(&create("admin")), said, "each token is its own");
    assert_eq!(create("cook").status.code(), Some(2));
}

#[test]
fn a_person_is_added_once_with_a_password_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let add = |login: &str, password: &str| {
        let arguments = [
            "staff",
            "add",
            "李红豆",
            "--login",
            login,
            "--role",
            "operator",
            "--password-file",
            "-",
        ];
        let mut child = switchboard(folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = add("Hong", "correct horse battery\n");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("added: hong "), "{}", stdout(&output));
    let again = add("hong", "correct horse battery\n");
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(stderr(&again), "login: this login belongs to somebody else\n");
    let weak = add("lan", "123\n");
    assert_eq!(weak.status.code(), Some(2));
    assert!(stderr(&weak).starts_with("password: "), "{}", stderr(&weak));
}

#[test]
fn the_openapi_document_is_printed_without_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let output = switchboard(folder.path()).arg("openapi").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn check_says_part_by_part_what_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let output = switchboard(folder.path())
        .env("SWITCHBOARD_WEB__LISTEN", "127.0.0.1:0")
        .env("SWITCHBOARD_SIP__LISTEN", "udp://127.0.0.1:0")
        .arg("check")
        .output()
        .unwrap();
    let said = stdout(&output);
    assert!(said.contains("ok  store    sqlite"), "{said}");
    assert!(said.contains("ok  panel    127.0.0.1:0"), "{said}");
    assert!(!stderr(&output).contains("CREATE"), "its tables are nobody's news");
    assert!(said.contains("NO  line") && said.contains("no [[pbx]] is configured"), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}{}", stderr(&output));
}

#[test]
fn check_says_which_greeting_of_the_configuration_is_never_said() {
    let folder = tempfile::tempdir().unwrap();
    let checked = |greeting: &str| {
        let text = format!(
            "[[hotline]]\nname = \"热线\"\nnumber = \"4008001234\"\ngreeting = \"{greeting}\"\n"
        );
        std::fs::write(folder.path().join("house.toml"), text).unwrap();
        let output = switchboard(folder.path())
            .env("SWITCHBOARD_WEB__LISTEN", "127.0.0.1:0")
            .env("SWITCHBOARD_SIP__LISTEN", "udp://127.0.0.1:0")
            .args(["--config", "house.toml", "check"])
            .output()
            .unwrap();
        (output.status.code(), stdout(&output))
    };
    let (code, said) = checked("喂，南京北斗星");
    let line = said.lines().find(|line| line.starts_with("NO  greeting 热线"));
    let line = line.unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("says 喂") && line.contains("/admin/scripts"), "{said}");
    assert_eq!(code, Some(1), "{said}");
    let (_, said) = checked("您好，南京北斗星");
    assert!(!said.contains("greeting"), "{said}");
}

#[test]
fn check_tells_in_a_table_what_a_pbx_gives_and_what_would_give_more() {
    let folder = tempfile::tempdir().unwrap();
    let pbx = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = pbx.local_addr().unwrap();
    let answering = std::thread::spawn(move || {
        // says 404 to everything it is asked, and its make
        pbx.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
        let mut bytes = [0; 8192];
        let mut asked = Vec::new();
        while let Ok((length, from)) = pbx.recv_from(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            let same = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
            let lines = ["Via:", "From:", "Call-ID:", "CSeq:"].map(same).join("\r\n");
            let to = same("To:");
            let answer = format!(
                "SIP/2.0 404 Not Found\r\n{lines}\r\n{to};tag=1\r\nServer: Asterisk PBX 22\r\n\
                 Content-Length: 0\r\n\r\n"
            );
            pbx.send_to(answer.as_bytes(), from).unwrap();
            asked.push(text.split(' ').next().unwrap().to_owned());
            if text.starts_with("OPTIONS") {
                break;
            }
        }
        asked
    });
    let output = switchboard(folder.path())
        .env("SWITCHBOARD_WEB__LISTEN", "127.0.0.1:0")
        .env("SWITCHBOARD_SIP__LISTEN", "udp://127.0.0.1:0")
        .env("SWITCHBOARD_PBX__0__ADDRESS", format!("sip:{address};transport=udp"))
        .env("SWITCHBOARD_PBX__0__USERNAME", "listener")
        .env("SWITCHBOARD_PBX__0__PASSWORD", "secret")
        .arg("check")
        .output()
        .unwrap();
    let said = stdout(&output);
    assert_eq!(answering.join().unwrap().last().map(String::as_str), Some("OPTIONS"), "{said}");
    assert!(said.contains("NO  line"), "{said}");
    let heads = said.lines().position(|line| line.starts_with("PBX   OPTIONS  member"));
    let row = said.lines().nth(heads.unwrap() + 1).unwrap();
    assert!(row.starts_with("main  404      down"), "{said}");
    assert!(said.contains("more  main: no extension is watched"), "{said}");
    assert!(said.contains("docs/pbx/asterisk.md"), "the make is known by its answer: {said}");
    assert!(!said.contains("secret"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn check_asks_a_running_service_over_https_and_does_not_register_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(vec!["panel.example".to_owned()]).unwrap();
    std::fs::write(place("web.pem"), made.cert.pem()).unwrap();
    std::fs::write(place("web.key"), made.signing_key.serialize_pem()).unwrap();
    // its own port, so that the same configuration finds it
    let web = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let with = |arguments: &[&str]| {
        let mut command = switchboard(folder.path());
        command
            .env("SWITCHBOARD_WEB__LISTEN", web.to_string())
            .env("SWITCHBOARD_WEB__PUBLIC_URL", format!("https://panel.example:{}", web.port()))
            .env("SWITCHBOARD_WEB__TLS_CERT", place("web.pem"))
            .env("SWITCHBOARD_WEB__TLS_KEY", place("web.key"))
            .env("SWITCHBOARD_SIP__LISTEN", "udp://127.0.0.1:0")
            .args(arguments);
        command
    };
    let mut service =
        with(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = std::io::BufReader::new(service.stdout.take().unwrap());
    let mut setup = String::new();
    std::io::BufRead::read_line(&mut said, &mut setup).unwrap();
    assert!(setup.starts_with("setup: https://panel.example:"), "{setup}");
    let output = with(&["check"]).output().unwrap();
    service.kill().unwrap();
    service.wait().unwrap();
    let told = stdout(&output);
    assert!(told.contains("runs; this is its own state"), "{told}");
    assert!(told.contains("ok  sip"), "the service's own sockets: {told}");
    assert!(!told.contains("can only be read"), "{told}");
}
