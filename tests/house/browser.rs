//! The panel in a real browser: the stories of `tests/browser`, told against the real rooms.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::kit;
use super::stage::Stage;
use switchboard::bus::Bus;
use switchboard::db::Db;

/// Runs `node --test` on one file of stories; its output is this test's output.
pub(crate) async fn told(file: &str, panel: &str, more: &[(&str, String)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    assert!(
        folder.join("node_modules").exists(),
        "the browser's parts are not installed: `make test` does it, or `npm ci` in tests/browser"
    );
    let mut node = Command::new("node");
    // each story has its own patience (house.mjs); this is the file's, below the runner's
    node.args([
        "--test",
        "--test-reporter=spec",
        "--test-force-exit",
        "--test-timeout=570000",
        file,
    ]);
    node.env("PANEL", panel).current_dir(&folder);
    node.envs(more.iter().map(|(name, value)| (*name, value)));
    let done = tokio::task::spawn_blocking(move || node.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
}

/// Stories told against a stage with a wire.
async fn stories(file: &str) {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let stage = Stage::set(&db).await;
    let addr = stage.serve().await;
    told(file, &format!("http://127.0.0.1:{}", addr.port()), &[]).await;
}

/// The house that plays itself, on a Monday evening that stands still; it closes with its story.
struct Demo {
    program: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

/// A round through the whole house as these people see it.
async fn round(who: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    program.args(["demo", "--listen", "127.0.0.1:0", "--clock", "manual"]);
    program.args(["--at", "2026-11-23T18:06:40+08:00", "--data", "site"]);
    program.current_dir(folder.path()).env_clear().stdout(Stdio::piped()).stderr(Stdio::null());
    let mut demo = Demo { program: program.spawn().unwrap(), _folder: folder };
    let said = BufReader::new(demo.program.stdout.take().unwrap());
    let (mut url, mut accounts) = (String::new(), BTreeMap::new());
    let heard = tokio::task::spawn_blocking(move || {
        for line in said.lines() {
            let line = line.unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["url:", address] => address.clone_into(&mut url),
                ["account:", role, login, password] => {
                    accounts.insert(role.to_owned(), [login.to_owned(), password.to_owned()]);
                }
                _ => break,
            }
        }
        (url, accounts)
    });
    let (url, accounts) = heard.await.unwrap();
    let accounts = serde_json::to_string(&accounts).unwrap();
    let who = ("WHO", who.to_owned());
    told("round.test.mjs", &url, &[who, ("ACCOUNTS", accounts)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_works_undisturbed_while_calls_ring() {
    stories("console.test.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_are_kept_apart_and_nobody_needs_a_mouse() {
    stories("hands.test.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_groups_numbers_as_the_server_does() {
    told("aloud.test.mjs", "", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_for_everyone_in_both_languages_themes_and_sizes() {
    stories("pages.test.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_supervisors_figures_lead_to_their_calls_and_the_wall_is_read_across_a_room() {
    stories("reports.test.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_s_pages_are_for_everyone() {
    round("operator").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rooms_pages_are_for_everyone() {
    round("rooms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_and_settings_are_for_everyone() {
    round("boss").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_engineers_greeters_and_managers_are_for_everyone() {
    round("engineer,greeter,manager").await;
}
