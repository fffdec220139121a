//! The house as a whole: what machines may ask, what happens when a part is missing, what the logs
//! say and what they never say.

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, UdpSocket};

use reqwest::StatusCode;
use serde_json::Value;
use switchboard::app::{self, Opening};
use switchboard::bus::Bus;
use switchboard::clock::Clock;
use switchboard::config::{self, Config};
use switchboard::db::{Db, Stamp};
use switchboard::demo::{self, Stage};
use switchboard::kernel::{Roles, Secret};
use switchboard::staff;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::program::Reader;

/// An open house in this process.
pub(crate) struct Open {
    pub(crate) web: SocketAddr,
    pub(crate) reader: Reader,
    pub(crate) token: String,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Open {
    /// Opens the house; with a stage its PBX plays `script` beside it.
    pub(crate) async fn house(
        config: Config,
        clock: Clock,
        stage: Option<(Stage, demo::Script)>,
    ) -> Self {
        let db = Db::open(config.store_url.reveal(), Bus::new()).await.unwrap();
        let stamp = Stamp { now: clock.now(), by: None };
        let (_, token) = staff::create_token(&db, stamp, "story", Roles::all()).await.unwrap();
        db.close().await;
        let stop = CancellationToken::new();
        let opening = Opening { config, clock: clock.clone(), stop: stop.clone() };
        let house = app::open(opening).await.unwrap();
        if let Some((stage, script)) = stage {
            house.beside("the story's pbx", |last| stage.play(script, clock, last));
        }
        let web = house.address();
        let tasks = TaskTracker::new();
        tasks.spawn(async move { house.serve().await.unwrap() });
        let reader = Reader::new(web, token.clone());
        Self { web, reader, token, stop, tasks }
    }

    /// Closes it and waits until everything has ended.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(crate) async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
        let mut request = reqwest::Client::new().get(format!("http://{}{path}", self.web));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.header("accept", "application/json").send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn readiness(&self) -> (StatusCode, Value) {
        let (status, text) = self.ask("/readyz", &[]).await;
        (status, serde_json::from_str(&text).unwrap())
    }
}

/// A configuration on free ports with its store in `folder`.
fn configured(folder: &tempfile::TempDir, sip: &str, more: &str) -> Config {
    let text = format!(
        "[web]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite://{}/house.db\"\n\
         [sip]\nlisten = [{sip}]\n{more}",
        folder.path().display()
    );
    config::parse("story", &text, &[]).unwrap()
}

const FREE: &str = "\"udp://127.0.0.1:0\"";

#[tokio::test(flavor = "multi_thread")]
async fn machines_are_told_how_the_house_is() {
    let folder = tempfile::tempdir().unwrap();
    let open = Open::house(configured(&folder, FREE, ""), Clock::house(), None).await;
    assert_eq!(open.ask("/healthz", &[]).await, (StatusCode::OK, "ok\n".to_owned()));
    let (status, readiness) = open.readiness().await;
    assert_eq!(status, StatusCode::OK, "{readiness}");
    assert_eq!(readiness["parts"]["store"]["engine"], "sqlite");
    assert_eq!(readiness["parts"]["sockets"][0]["ok"], true);

    let (status, metrics) = open.ask("/metrics", &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(metrics.contains("switchboard_live_calls 0") && metrics.ends_with("# EOF\n"));
    let bearer = format!("Bearer {}", open.token);
    let from_afar = ("x-forwarded-for", "203.0.113.9");
    assert_eq!(open.ask("/metrics", &[from_afar]).await.0, StatusCode::UNAUTHORIZED);
    let known = [from_afar, ("authorization", bearer.as_str())];
    assert_eq!(open.ask("/metrics", &known).await.0, StatusCode::OK);
    let (status, text) = open.ask("/readyz", &[from_afar]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!text.contains("parts"), "strangers hear only whether: {text}");

    let (status, document) = open.ask("/openapi.json", &[from_afar]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap()["openapi"], "3.1.0");
    let clock = [("authorization", bearer.as_str())];
    assert_eq!(open.ask("/demo/clock", &clock).await.0, StatusCode::NOT_FOUND);
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_sip_port_is_told_and_the_panel_stays_open() {
    let folder = tempfile::tempdir().unwrap();
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sip = format!("\"udp://{}\"", taken.local_addr().unwrap());
    let open = Open::house(configured(&folder, &sip, ""), Clock::house(), None).await;
    let (status, readiness) = open.readiness().await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let socket = &readiness["parts"]["sockets"][0];
    let problem = socket["problem"].as_str().unwrap();
    assert!(problem.starts_with("another program holds the port"), "{readiness}");
    assert!(problem.contains("set another port in sip.listen"), "{readiness}");
    assert_eq!(open.ask("/healthz", &[]).await.0, StatusCode::OK);
    assert_eq!(open.reader.get("/calls").await["items"], Value::Array(Vec::new()));
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_at_the_pbx_is_told_and_the_panel_stays_open() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set().await.unwrap();
    let pbx = stage.address();
    let more = format!(
        "[[pbx]]\nname = \"main\"\naddress = \"sip:{pbx}\"\nusername = \"listener\"\npassword = \"guessed\"\n"
    );
    let script = script(&configured(&folder, FREE, &more), Secret::new("another".to_owned()), 1);
    let config = configured(&folder, FREE, &more);
    let open = Open::house(config, Clock::house(), Some((stage, script))).await;
    let told = open.until("the line is told to be down", |readiness| {
        readiness["parts"]["lines"][0]["reason"].is_string()
    });
    let readiness = told.await;
    let line = &readiness["parts"]["lines"][0];
    assert_eq!((&line["pbx"], &line["up"]), (&Value::from("main"), &Value::from(false)));
    assert!(line["reason"].as_str().unwrap().starts_with("wrong-password"), "{line}");
    assert_eq!(open.readiness().await.0, StatusCode::SERVICE_UNAVAILABLE);
    open.reader.get("/console").await;
    open.close().await;
}

impl Open {
    /// Moves the demo's clock.
    pub(crate) async fn set_clock(&self, body: &Value) -> (StatusCode, Value) {
        let request = reqwest::Client::new().post(format!("http://{}/demo/clock", self.web));
        let request = request.bearer_auth(&self.token).header("accept", "application/json");
        let answer = request.json(body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// Waits until so many calls are in the log, and so many of them are over.
    pub(crate) async fn until_calls(&self, begun: usize, settled: usize) {
        let request = reqwest::Client::new().get(format!("http://{}/live", self.web));
        let mut live = request.bearer_auth(&self.token).send().await.unwrap();
        let mut have = (0, 0);
        for _ in 0..60 {
            let calls = self.reader.all("/calls").await;
            let waits =
                |call: &&Value| ["offered", "ringing"].iter().any(|one| call["state"] == *one);
            have = (calls.len(), calls.len() - calls.iter().filter(waits).count());
            if have == (begun, settled) {
                return;
            }
            live.chunk().await.unwrap();
        }
        panic!("{have:?} calls begun and settled, {:?} are meant", (begun, settled));
    }

    /// Waits until the first line is registered.
    pub(crate) async fn until_line_is_up(&self) {
        self.until("the line is up", |readiness| readiness["parts"]["lines"][0]["up"] == true)
            .await;
    }

    /// Asks at every piece of `/live` until `/readyz` says so.
    async fn until(&self, what: &str, enough: impl Fn(&Value) -> bool) -> Value {
        let request = reqwest::Client::new().get(format!("http://{}/live", self.web));
        let mut live = request.bearer_auth(&self.token).send().await.unwrap();
        for _ in 0..60 {
            let (_, readiness) = self.readiness().await;
            if enough(&readiness) {
                return readiness;
            }
            live.chunk().await.unwrap();
        }
        panic!("{what}: not within a minute or two");
    }
}

pub(crate) fn script(config: &Config, password: Secret, seed: u64) -> demo::Script {
    demo::Script {
        username: demo::USERNAME.to_owned(),
        password,
        hotlines: demo::rings(config),
        seed,
        silent: false,
    }
}

#[test]
fn every_route_is_in_the_openapi_document() {
    let document: Value = serde_json::from_str(&app::openapi_document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut found = BTreeSet::new();
    let mut missing = Vec::new();
    for (file, text) in sources("src") {
        for rest in text.split(".route(").skip(1) {
            let Some(rest) = rest.trim_start().strip_prefix('"') else { continue };
            let (path, handlers) = rest.split_once('"').unwrap();
            let handlers = handlers.split(';').next().unwrap();
            for method in ["get", "post", "delete", "put"] {
                let named = |before: &str| handlers.contains(&format!("{before}{method}("));
                if [" ", ".", "(", "::"].into_iter().any(named) {
                    found.insert(format!("{method} {path}"));
                    if paths.get(path).is_none_or(|known| known.get(method).is_none()) {
                        missing.push(format!("{file}: {method} {path}"));
                    }
                }
            }
        }
    }
    assert!(found.len() > 20, "the routes are written otherwise now: {found:?}");
    assert!(missing.is_empty(), "not in app/openapi/paths.rs:\n{}", missing.join("\n"));
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let known = format!("{method} {path}");
            assert!(found.contains(&known), "{known} is documented, but no route is there");
        }
    }
}

#[test]
fn every_shape_the_openapi_document_names_is_in_it() {
    let text = app::openapi_document();
    let document: Value = serde_json::from_str(&text).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for rest in text.split("#/components/schemas/").skip(1) {
        let name = rest.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is named and not described");
    }
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(sources(&name));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push((name.clone(), std::fs::read_to_string(name).unwrap()));
        }
    }
    found
}

/// Log lines as they are written, for the story that listens to them.
#[derive(Clone)]
struct Ear(mpsc::UnboundedSender<Vec<u8>>);

impl io::Write for Ear {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.send(line.to_vec()).map_err(io::Error::other)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_of_a_whole_story_name_no_caller_and_no_secret() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let ear = Ear(tell);
    let logs = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || ear.clone())
        .finish();
    tracing::subscriber::set_global_default(logs).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set().await.unwrap();
    let password = Secret::new("open-sesame-77".to_owned());
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = demo::configuration(folder.path(), listen, stage.address(), password.clone());
    super::demo::hasten(&mut config);
    let script = script(&config, password.clone(), super::demo::SEED);
    let open = Open::house(config, Clock::house(), Some((stage, script))).await;
    let signed_in = reqwest::Client::new()
        .post(format!("http://{}/sign-in", open.web))
        .json(&serde_json::json!({ "login": "nobody", "password": "my-own-secret-9" }))
        .send();
    assert!(!signed_in.await.unwrap().status().is_success());
    let ended = |call: &Value| call["state"] == "ended";
    let calls =
        open.reader.calls_when(60, |calls| calls.iter().filter(|call| ended(call)).count() >= 3);
    let calls = calls.await;
    let mut never =
        vec![password.reveal().to_owned(), open.token.clone(), "my-own-secret-9".to_owned()];
    for call in &calls {
        let caller = &call["caller"];
        let words = ["number", "as_sent", "display"].map(|key| caller[key].as_str());
        never.extend(
            words.into_iter().flatten().map(|word| word.trim_start_matches('+').to_owned()),
        );
    }
    open.close().await;

    let mut heard = String::new();
    while let Ok(line) = told.try_recv() {
        heard.push_str(&String::from_utf8_lossy(&line));
    }
    assert!(heard.contains("registered at demo"), "the story is not heard:\n{heard}");
    assert!(never.len() > 5, "nobody called");
    for word in never {
        assert!(!heard.contains(&word), "{word} is in the logs:\n{heard}");
    }
}
