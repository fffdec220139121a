//! The panel in a real browser: the stories of `tests/browser`, told against the real rooms.

use std::path::Path;
use std::process::Command;

use super::kit;
use super::stage::Stage;
use switchboard::bus::Bus;
use switchboard::db::Db;

/// Runs `node --test` on one file of stories; its output is this test's output.
async fn stories(file: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    assert!(
        folder.join("node_modules").exists(),
        "the browser's parts are not installed: `make test` does it, or `npm ci` in tests/browser"
    );
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let stage = Stage::set(&db).await;
    let addr = stage.serve().await;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec", file])
        .env("PANEL", format!("http://127.0.0.1:{}", addr.port()))
        .current_dir(&folder);
    let done = tokio::task::spawn_blocking(move || node.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_works_undisturbed_while_calls_ring() {
    stories("console.test.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_for_everyone_in_both_languages_themes_and_sizes() {
    stories("pages.test.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_supervisors_figures_lead_to_their_calls_and_the_wall_is_read_across_a_room() {
    stories("reports.test.mjs").await;
}
