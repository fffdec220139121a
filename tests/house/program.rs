//! The real program, as a site runs it: a folder of its own, free ports, started, killed, asked.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::kit::Place;

/// A configured site; its program may run or not.
pub(crate) struct Site {
    /// The panel.
    pub(crate) web: SocketAddr,
    /// Where it hears SIP over UDP.
    pub(crate) sip: SocketAddr,
    config: PathBuf,
    folder: tempfile::TempDir,
    _place: Place,
    running: Option<Child>,
}

impl Site {
    /// Writes the configuration: a panel, one UDP socket, the store at `place`, and what is given
    /// (`[[pbx]]`, `[[hotline]]`).
    pub(crate) fn new(place: Place, more: &str) -> Self {
        Self::trusting(place, &["127.0.0.0/8"], more)
    }

    /// The same, hearing SIP from these networks alone.
    pub(crate) fn trusting(place: Place, trusted: &[&str], more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (web, sip) = (free_tcp(), free_udp());
        let config = folder.path().join("switchboard.toml");
        let text = format!(
            "[site]\nname = \"story\"\n\
             [web]\nlisten = \"{web}\"\npublic_url = \"http://{web}\"\n\
             [store]\nurl = \"{}\"\n\
             [sip]\nlisten = [\"udp://{sip}\"]\ntrusted = {trusted:?}\n{more}",
            place.url
        );
        fs::write(&config, text).unwrap();
        Self { web, sip, config, folder, _place: place, running: None }
    }

    /// Starts the program and waits until it is ready. What it says is kept in `said.log`.
    pub(crate) async fn start(&mut self) {
        self.start_saying("info").await;
    }

    /// The same, with a log as detailed as that.
    pub(crate) async fn start_saying(&mut self, log: &str) {
        let said = File::options().append(true).create(true).open(self.said()).unwrap();
        let child = self
            .command(&["serve"])
            .env("SWITCHBOARD_LOG", log)
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .unwrap();
        self.running = Some(child);
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..1_500 {
            beat.tick().await;
            let health = reqwest::get(format!("http://{}/healthz", self.web)).await;
            if health.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let child = self.running.as_mut().unwrap();
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the program ended with {status}: {}", self.words());
            }
        }
        panic!("the program is not ready after 30 s: {}", self.words());
    }

    /// The process of the running program.
    pub(crate) fn pid(&self) -> u32 {
        self.running.as_ref().unwrap().id()
    }

    /// Ends the program as a power cut would.
    pub(crate) fn kill(&mut self) {
        let mut child = self.running.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Ends the program as an administrator would: politely; it must end well.
    pub(crate) fn stop(&mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        let mut child = self.running.take().unwrap();
        assert!(asked.unwrap().success());
        let status = child.wait().unwrap();
        assert!(status.success(), "stopped with {status}: {}", self.words());
    }

    /// A new token with a role.
    pub(crate) fn token(&self, role: &str) -> String {
        let made =
            self.command(&["token", "create", "--name", "story", "--role", role]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap().lines().last().unwrap().to_owned()
    }

    /// What the program wrote to its outputs so far.
    pub(crate) fn words(&self) -> String {
        fs::read_to_string(self.said()).unwrap()
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.args(words).arg("--config").arg(&self.config);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    fn said(&self) -> PathBuf {
        self.folder.path().join("said.log")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.kill();
        }
    }
}

/// A reader of a running site: a program with a token.
pub(crate) struct Reader {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Reader {
    /// Asks the panel at `web` with `token`.
    pub(crate) fn new(web: SocketAddr, token: String) -> Self {
        Self { client: reqwest::Client::new(), base: format!("http://{web}"), token }
    }

    /// The JSON face of an address.
    pub(crate) async fn get(&self, address: &str) -> Value {
        let answer = self
            .client
            .get(format!("{}{address}", self.base))
            .bearer_auth(&self.token)
            .header("accept", "application/json")
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "GET {address}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// The page or file at an address, as a browser gets it.
    pub(crate) async fn page(&self, address: &str) -> String {
        let asked = self.client.get(format!("{}{address}", self.base));
        let answer = asked.bearer_auth(&self.token).send().await.unwrap();
        assert!(answer.status().is_success(), "GET {address}: {}", answer.status());
        answer.text().await.unwrap()
    }

    /// `/readyz`, whatever it says.
    pub(crate) async fn state(&self) -> Value {
        let asked = self.client.get(format!("{}/readyz", self.base));
        let answer = asked.header("accept", "application/json").send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Every item of a list, page after page.
    pub(crate) async fn all(&self, address: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let mut page = self.get(&format!("{address}?limit=200{next}")).await;
            items.append(page["items"].as_array_mut().unwrap());
            match page["next"].as_str() {
                Some(cursor) => next = format!("&after={cursor}"),
                None => return items,
            }
        }
    }

    /// Waits until `enough` says so of the whole call log; looks again at every beat of `/live`.
    /// Fails after `seconds`.
    pub(crate) async fn calls_when(
        &self,
        seconds: u64,
        enough: impl Fn(&[Value]) -> bool + Send + Sync,
    ) -> Vec<Value> {
        let mut live = self
            .client
            .get(format!("{}/live", self.base))
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap();
        let mut calls = Vec::new();
        let patience = tokio::time::timeout(Duration::from_secs(seconds), async {
            loop {
                calls = self.all("/calls").await;
                if enough(&calls) {
                    return;
                }
                while !beats(&live.chunk().await.unwrap().unwrap()) {}
            }
        });
        let in_time = patience.await.is_ok();
        let ended = calls.iter().filter(|call| call["state"] == "ended").count();
        assert!(in_time, "after {seconds} s: {} calls, {ended} of them ended", calls.len());
        calls
    }
}

fn beats(words: &[u8]) -> bool {
    words.split(|&byte| byte == b'\n').any(|line| line == b"event: beat")
}

fn free_tcp() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// A UDP port that nobody uses.
pub(crate) fn free_udp() -> SocketAddr {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
