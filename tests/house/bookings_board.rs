//! The board, the floor, spreadsheets and calendars.

use axum::http::StatusCode;
use serde_json::json;
use switchboard::{bookings, rooms};

use super::bookings_kit::{House, at};
use super::kit;

#[tokio::test]
async fn a_board_is_drawn_once_for_all_and_anew_once_something_changed() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let jia = house.person("甲", "jia", "greeter").await;
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        let first = house.page(&li, "/rooms/board").await;
        assert!(first.contains("王先生 6位") && first.contains("18:00"));
        house.did(&jia, &format!("/bookings/{no}/arrival"), json!({})).await;
        let second = house.page(&li, "/rooms/board").await;
        assert!(second.contains("已到 18:00"), "what changed is drawn anew");
        // the part alone comes compressed, with the number it is true for
        let request = super::desk::page("/rooms/board?part=main")
            .header("cookie", &li.0)
            .header("accept-encoding", "gzip");
        let answer = house.desk.rooms.clone();
        let response =
            tower::ServiceExt::oneshot(answer, request.body(axum::body::Body::empty()).unwrap());
        let response = response.await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert!(response.headers().contains_key("x-seq"));
        let told = house.seen(&li, "/rooms/board?period=all").await;
        assert_eq!(
            told["bars"].as_array().unwrap().iter().filter(|bar| bar["what"] == "booking").count(),
            1
        );
        assert_eq!(told["parts"][0]["rows"][2]["face"], "arrived");
        // their stretches are kept from before as well, and follow every change of them
        house.did(&li, &format!("/bookings/{no}/change"), json!({ "room": "A4" })).await;
        let told = house.seen(&li, "/rooms/board?period=all").await;
        let faces =
            |told: &serde_json::Value, k: usize| told["parts"][0]["rows"][k]["face"].clone();
        assert_eq!(
            (faces(&told, 2), faces(&told, 3)),
            (json!("vacant"), json!("arrived")),
            "{told}"
        );
        house.did(&jia, &format!("/bookings/{no}/seat"), json!({})).await;
        house.book(&li, "赵先生", 6, "A4", "21:40").await;
        let page = house.page(&li, "/rooms/board").await;
        assert!(page.contains("下批 21:40"), "who comes next into a room in use");
        // who is known by another name from now on is so on the board, too
        let boss = house.person("主任", "boss", "head").await;
        let list = house.seen(&boss, "/staff").await;
        let staff = list["items"].as_array().unwrap();
        let id = &staff.iter().find(|person| person["login"] == "li").unwrap()["id"];
        let named = json!({ "version": 1, "name": "李红豆", "roles": ["operator"] });
        house.did(&boss, &format!("/staff/{id}"), named).await;
        assert!(house.page(&li, "/rooms/board").await.contains("经手 李红豆"));
        // a bar of which nothing changed but the time says how late they are all the same
        for (clock, late) in [("21:52", "<em>迟到 12 分</em>"), ("21:55", "<em>迟到 15 分</em>")]
        {
            house.pass_to(clock).await;
            assert!(house.page(&li, "/rooms/board?period=all").await.contains(late), "at {clock}");
        }
    }
}

#[tokio::test]
async fn a_party_past_midnight_belongs_to_the_evening() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "22:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "夜客", 6, "A3", "今晚一点").await;
        let booking = house.seen(&li, &format!("/bookings/{no}")).await;
        assert_eq!(booking["business_date"], "2026-11-23");
        assert_eq!(booking["starts_at"], "2026-11-23T17:00:00.000Z");
        house.pass_to("2026-11-24 01:05").await;
        let board = house.page(&li, "/rooms/board?period=all").await;
        assert!(board.contains("夜客 6位") && board.contains("25:00"));
    }
}

#[tokio::test]
async fn a_greeters_tap_changes_the_board_and_what_cannot_be_is_refused_with_what_is() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:50");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let jia = house.person("甲", "jia", "greeter").await;
        let nobody = house.refused(&jia, "/my/floor/3/departure", json!({})).await;
        assert!(nobody["detail"].as_str().unwrap().contains("空房"), "{nobody}");
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        for act in ["arrival", "seat"] {
            house.did(&jia, &format!("/my/floor/3/{act}"), json!({})).await;
        }
        house.pass_to("20:00").await;
        house.did(&jia, "/my/floor/3/transfer", json!({ "to": "A4" })).await;
        assert_eq!(house.rooms_of(&li, &no).await, "A4");
        house.did(&jia, "/my/floor/4/departure", json!({})).await;
        assert_eq!(house.state(&li, &no).await, "departed");
        let page = house.page(&jia, "/my/floor").await;
        assert!(!page.contains("13800001234"), "a greeter needs no number");
        let floor = house.seen(&jia, "/my/floor").await;
        let face = |room: &str| {
            let items = floor["items"].as_array().unwrap();
            items.iter().find(|one| one["room"] == room).unwrap()["face"].clone()
        };
        assert_eq!((face("A3"), face("A4")), (json!("dirty"), json!("dirty")));
        let finance = house.person("金", "jin", "finance").await;
        let forbidden = house.post(&finance, "/my/floor/3/ready", json!({})).await;
        assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn rooms_and_bookings_come_from_a_spreadsheet_all_or_none() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "12:00");
        let (db, stamp) = (&house.db, house.desk.stamp());
        let sheet = "房号,区域,房型,人数\nA1,2F,小包,6\nA2,2F,小包,8\n";
        let tried = rooms::import_rooms(db, stamp, sheet, true).await.unwrap();
        assert_eq!((tried.added, tried.problems.len()), (2, 0));
        assert!(rooms::store::house(db).await.unwrap().rooms.is_empty(), "it was only tried");
        rooms::import_rooms(db, stamp, sheet, false).await.unwrap();
        let again = rooms::import_rooms(db, stamp, sheet, false).await.unwrap();
        assert_eq!((again.added, again.same), (0, 2));
        let day = house.desk.kit.day;
        let guests = "称呼,人数,电话,时间,房间\n王先生,6,13800001234,19:00,A1\n李女士,6,13800005678,20:00,A1\n";
        let clash =
            bookings::import_bookings(db, stamp, day, guests.as_bytes(), false).await.unwrap();
        assert_eq!(clash.problems.len(), 1, "two rows cannot have one room: {clash:?}");
        assert_eq!(clash.problems[0].row, 3);
        let guests = guests.replace("20:00,A1", "20:00,A2");
        let gb = encoding_rs::GB18030.encode(&guests).0.into_owned();
        let done = bookings::import_bookings(db, stamp, day, &gb, false).await.unwrap();
        assert_eq!((done.added, done.problems.len()), (2, 0), "{done:?}");
        let li = house.person("李红", "li", "operator").await;
        let all = house.seen(&li, "/bookings").await;
        assert_eq!(all["items"].as_array().unwrap().len(), 2, "the first try left nothing behind");
    }
}

#[tokio::test]
async fn a_rooms_calendar_names_nobody_and_opens_by_its_key_alone() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        let link = house.seen(&zhou, "/rooms/3").await["calendar"].as_str().unwrap().to_owned();
        let path = link.strip_prefix("http://127.0.0.1:8080").unwrap();
        let feed = |path: String| async {
            let request = axum::extract::Request::get(path);
            house.desk.ask(request).await
        };
        let text = feed(path.to_owned()).await;
        assert_eq!(text.status, StatusCode::OK, "{}", text.body);
        assert!(text.body.contains(&no) && !text.body.contains("王先生"), "{}", text.body);
        assert_eq!(feed("/rooms/3/calendar.ics?key=no".into()).await.status, StatusCode::NOT_FOUND);
        let other = path.replace("/rooms/3/", "/rooms/4/");
        assert_eq!(feed(other).await.status, StatusCode::NOT_FOUND);
        assert!(
            house.seen(&li, "/rooms/3").await["calendar"].is_null(),
            "an operator has no need of it"
        );
        assert!(at("19:00") > house.desk.clock.now());
    }
}

#[tokio::test]
async fn a_spreadsheet_that_means_harm_is_told_what_is_wrong_and_leaves_nothing_behind() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "12:00");
        let (db, stamp, day) = (&house.db, house.desk.stamp(), house.desk.kit.day);
        let long = "长".repeat(100_000);
        let head = "房号,区域,房型,人数\n";
        let sheets = [
            String::new(),
            "\u{feff}".to_owned(),
            "\0\0\0\0".to_owned(),
            "房号;区域;房型;人数\nA1;2F;小包;6\n".to_owned(),
            format!("{head}\"A1,2F,小包,6\n"),
            format!("{head}A1,2F\n"),
            format!("{head}A1,2F,小包,-5\n"),
            format!("{head}A1,2F,小包,99999999999999999999999\n"),
            format!("{head}{long},2F,小包,6\n"),
            format!("{head}A\01,2F,小包,6\n"),
            format!("{head}A1,{long},小包,6\nA1,2F,小包,6\n"),
        ];
        for sheet in &sheets {
            let told = rooms::import_rooms(db, stamp, sheet, false).await.unwrap();
            let start: String = sheet.chars().take(40).collect();
            assert!(told.added == 0 || told.problems.is_empty(), "{start}: {told:?}");
            assert!(!told.problems.is_empty() || told.added + told.same == 0, "{start}: {told:?}");
        }
        assert!(rooms::store::house(db).await.unwrap().rooms.is_empty(), "nothing half done");
        // zeros in a note are no letters; a formula is a text
        let odd = "房号,区域,房型,人数,备注\nA1,2F,小包,6,\"=cmd|'/c calc'!A0\0\"\n";
        rooms::import_rooms(db, stamp, odd, false).await.unwrap();
        let notes = &rooms::store::house(db).await.unwrap().rooms[0].notes.clone();
        assert_eq!(notes, "=cmd|'/c calc'!A0");

        let head = "称呼,人数,电话,时间,房间,备注\n";
        let guests = [
            Vec::new(),
            vec![0xff; 4_096],
            vec![0; 4_096],
            format!("{head}王先生,6,13800001234,19:00,A1,{long}\n").into_bytes(),
            format!("{head}王\0先生,6,13800001234,19:00,A1,\n").into_bytes(),
            format!("{head}王先生,-6,13800001234,19:00,A1,\n").into_bytes(),
            format!("{head}王先生,6,13800001234,9999999-99-99 99:99,A1,\n").into_bytes(),
            format!("{head}王先生,6,13800001234,12:00,A1,\n王先生,6,13800001234,13:00,A1,\n")
                .into_bytes(),
            format!("{head}王先生,6,13800001234,1999-01-01 12:00,A1,\n").into_bytes(),
            format!("{head}王先生,6,13800001234,19:00,A1+A1+ZZ,\n").into_bytes(),
        ];
        for sheet in &guests {
            let told = bookings::import_bookings(db, stamp, day, sheet, false).await.unwrap();
            assert_eq!(told.added, 0, "{told:?}");
        }
        let note = format!("{head}王先生,6,13800001234,19:00,A1,\"靠窗\0\"\n");
        let done = bookings::import_bookings(db, stamp, day, note.as_bytes(), false).await.unwrap();
        assert_eq!((done.added, done.problems.len()), (1, 0), "{done:?}");
    }
}
