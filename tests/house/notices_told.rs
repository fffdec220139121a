//! What the house itself tells is read by each in their own language, on every page and by every way out of
//! the house; what people typed stands as they typed it.

use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard::clock::Clock;
use switchboard::db::{self, Tx};
use switchboard::kernel::{Language, NoticeId, StaffId};
use switchboard::notices::{self, Deliver, Parcel};
use switchboard::timers::Timers;
use switchboard::web::Subjects;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::kit;
use super::site::{OUT_OF_HOURS, Site, at};

async fn speaks(site: &mut Site, who: &'static str, language: &str) {
    let body = json!({ "language": language, "theme": "", "volume": 50 });
    let (status, said) = site.post(who, "/me", body).await;
    assert_eq!(status, StatusCode::OK, "{said}");
}

async fn text(site: &mut Site, who: &'static str, path: &str) -> String {
    let (status, notice) = site.get(who, path).await;
    assert_eq!(status, StatusCode::OK, "{notice}");
    notice["text"].as_str().unwrap_or_else(|| panic!("{notice}")).to_owned()
}

async fn newest(site: &mut Site, who: &'static str) -> i64 {
    let (_, all) = site.get(who, "/notices").await;
    all["items"][0]["id"].as_i64().unwrap_or_else(|| panic!("{all}"))
}

/// A channel that only remembers.
#[derive(Clone, Default)]
struct Pigeons(Arc<Mutex<Vec<Parcel>>>);

impl Deliver for Pigeons {
    fn deliver<'t>(
        &'t self,
        _: &'t mut Tx,
        parcel: Parcel,
    ) -> futures_util::future::BoxFuture<'t, db::Result<()>> {
        Box::pin(async move {
            self.0.lock().await.push(parcel);
            Ok(())
        })
    }

    fn withdraw<'t>(
        &'t self,
        _: &'t mut Tx,
        _: NoticeId,
        _: Option<StaffId>,
    ) -> futures_util::future::BoxFuture<'t, db::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// What another channel takes along of a notice, to each.
async fn carried(site: &Site, id: i64) -> Vec<(StaffId, String)> {
    let pigeons = Pigeons::default();
    let channel: Arc<dyn Deliver> = Arc::new(pigeons.clone());
    let nobody = Subjects::new(Vec::new());
    let room = notices::Room::new(nobody, vec![channel], Language::ZhCn, "http://desk");
    let later = at(1_000);
    let due = format!("UPDATE notices SET step = 0, due_at = {} WHERE id = {id}", later.millis());
    site.plant(vec![due]).await;
    let (timers, driver) =
        Timers::new(site.db.clone(), Clock::manual(later), vec![room.falls_due()]);
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    tasks.spawn(driver.run(stop.clone()));
    timers.settle(later).await;
    stop.cancel();
    let parcels = pigeons.0.lock().await;
    parcels.iter().map(|parcel| (parcel.to, parcel.text.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_is_told_to_each_in_their_own_language() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        speaks(&mut site, "zhou", "en").await;
        let zhou = site.id("zhou");
        let task =
            json!({ "title": "盘点 A 区", "due_at": "2026-11-23T20:00:00+08:00", "staff": zhou });
        let (status, given) = site.post("sun", "/follow-ups", task).await;
        assert!(status.is_success(), "{given}");
        let id = newest(&mut site, "sun").await;
        let path = format!("/notices/{id}");
        let (chinese, english) =
            (text(&mut site, "sun", &path).await, text(&mut site, "zhou", &path).await);
        assert!(chinese.contains("盘点 A 区") && english.contains("盘点 A 区"), "as it was typed");
        assert!(!english.replace("盘点 A 区", "").chars().any(is_chinese), "{english}");
        assert!(chinese.replace("盘点 A 区", "").chars().any(is_chinese), "{chinese}");
        assert!(site.page("zhou", "/notices").await.contains(&english), "on the page");
        // by another way it goes in the language of whom it is for
        assert_eq!(carried(&site, id).await, [(StaffId(zhou), english)]);
        // what people type is nobody's to translate
        let typed = json!({ "text": "请看报表", "people": [zhou], "must_ack": false });
        site.post("sun", "/notices", typed).await;
        let path = format!("/notices/{}", newest(&mut site, "sun").await);
        assert_eq!(text(&mut site, "zhou", &path).await, "请看报表");
        site.close().await;
    }
}

fn is_chinese(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_board_is_called_to_each_greeter_in_their_own_language() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        super::bookings_corridor::furnish(&mut site).await;
        super::bookings_corridor::greeters(&mut site).await;
        speaks(&mut site, "yi", "en").await;
        let wang = super::bookings_corridor::book(&mut site, "Mr Hill", "A1", "19:00").await;
        let change = format!("/bookings/{wang}/change");
        let (status, said) = site.post("li", &change, json!({ "room": "A2" })).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let call = async |site: &mut Site, who| -> String {
            let (_, floor) = site.get(who, "/my/floor").await;
            let one: &Value = &floor["calls"][0]["text"];
            one.as_str().unwrap_or_else(|| panic!("{floor}")).to_owned()
        };
        assert_eq!(call(&mut site, "jia").await, "换房 A1→A2 Mr Hill 6位");
        assert_eq!(call(&mut site, "yi").await, "Change A1→A2 Mr Hill 6 guests");
        // taken back, the correction says so in both; and the rail of the board of each
        let (status, said) = site.delete("li", "/bookings/acts/latest").await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert_eq!(call(&mut site, "jia").await, "更正：撤销「换房 A1→A2 Mr Hill 6位」");
        let corrected = "Correction, undone: “Change A1→A2 Mr Hill 6 guests”";
        assert_eq!(call(&mut site, "yi").await, corrected);
        let (_, board) = site.get("yi", "/rooms/board").await;
        assert_eq!(board["calls"][0]["text"], corrected, "{board}");
        // who is silent is told of in both as well
        site.pass_to(600_000).await;
        speaks(&mut site, "sun", "en").await;
        let told = site.waiting("sun").await;
        let last = told.last().cloned().unwrap_or_default();
        assert!(last.contains(corrected) && last.contains("甲"), "{told:?}");
        assert!(!last.chars().filter(|c| !"甲乙丙".contains(*c)).any(is_chinese), "{last}");
        site.close().await;
    }
}
