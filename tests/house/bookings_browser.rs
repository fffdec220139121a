//! The board and the greeter's telephone in real browsers: tests/browser/board.test.mjs, told against the
//! whole house.

use std::path::Path;
use std::process::Command;

use super::bookings_corridor::{furnish, greeters};
use super::kit;
use super::site::{OUT_OF_HOURS, Site};

/// The people's sessions, for a browser.
async fn told(file: &str, mut site: Site) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    assert!(
        folder.join("node_modules").exists(),
        "the browser's parts are not installed: `make test` does it, or `npm ci` in tests/browser"
    );
    let mut node = Command::new("node");
    node.args([
        "--test",
        "--test-reporter=spec",
        "--test-force-exit",
        "--test-timeout=240000",
        file,
    ])
    .env("PANEL", format!("http://127.0.0.1:{}", site.open.web.port()))
    .current_dir(&folder);
    for who in ["li", "zhou", "sun", "jia"] {
        let cookie = site.cookie(who).await;
        let (_, value) = cookie.split_once('=').unwrap();
        node.env(format!("SESSION_{}", who.to_uppercase()), value);
    }
    let done = tokio::task::spawn_blocking(move || node.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    site.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_browsers_want_one_room_and_every_hand_moves_the_board() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    furnish(&mut site).await;
    greeters(&mut site).await;
    told("board.test.mjs", site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_booking_is_handed_on_left_and_taken_up_again() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    furnish(&mut site).await;
    greeters(&mut site).await;
    told("bookform.test.mjs", site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_are_read_back_as_they_are_typed_and_a_recorded_call_is_practised() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    furnish(&mut site).await;
    site.plant(super::missed::call(1, Some("+8613800001234"), -60_000, "met", 1)).await;
    let fast = "UPDATE calls SET cycle_ms = 600, target_ms = 1800, target_rings = 3 WHERE id = 1";
    site.plant(vec![fast.to_owned()]).await;
    told("forms.test.mjs", site).await;
}
