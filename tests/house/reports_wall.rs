//! The screen on the wall: opened by its link, it reads the wall and nothing else.

use axum::http::StatusCode;
use serde_json::json;
use switchboard::reports::store as kept;
use switchboard::sip::LineState;

use super::reports::{ask, get};
use super::stage::Stage;
use super::{kit, line};

const SUPERVISOR: &str = "who=li; roles=supervisor";

#[tokio::test]
async fn a_link_opens_the_wall_and_nothing_else_until_it_is_revoked() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let add = |body| {
            ask(&stage, "POST", "/reports/walls", SUPERVISOR, "application/json", Some(body))
        };
        let made = add(json!({ "name": "接线室" })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let link = made.json()["link"].as_str().unwrap().to_owned();
        assert!(get(&stage, "/reports/walls").await.get("link").is_none(), "shown once");
        assert_eq!(add(json!({ "name": " " })).await.status, StatusCode::UNPROCESSABLE_ENTITY);

        let path = link.split_once("/wall/").map(|(_, key)| format!("/wall/{key}")).unwrap();
        let stranger = ask(&stage, "GET", "/wall", "", "application/json", None).await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
        let guessed = ask(&stage, "GET", "/wall/guessed", "", "text/html", None).await;
        assert_eq!(guessed.status, StatusCode::NOT_FOUND);
        let opened = ask(&stage, "GET", &path, "", "text/html", None).await;
        assert_eq!((opened.status, opened.place.as_str()), (StatusCode::SEE_OTHER, "/wall"));
        let parts = ["; Path=/wall;", "HttpOnly", "SameSite=Lax"];
        assert!(parts.iter().all(|part| opened.cookie.contains(part)), "{}", opened.cookie);
        let screen = opened.cookie.split(';').next().unwrap().to_owned();
        assert!(!link.contains(screen.split_once('=').unwrap().1), "the cookie is not the link");

        let wall = ask(&stage, "GET", "/wall", &screen, "application/json", None).await;
        assert_eq!(wall.status, StatusCode::OK, "{}", wall.text());
        assert_eq!(wall.json()["strict_permille"], json!(null), "no call, no rate");
        let page = ask(&stage, "GET", "/wall", &screen, "text/html", None).await.text();
        assert!(page.contains("id=\"rate\">–</p>") && !page.contains("style="), "{page}");
        for elsewhere in ["/calls", "/console", "/reports/answering", "/reports/walls", "/live"] {
            let answer = ask(&stage, "GET", elsewhere, &screen, "application/json", None).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{elsewhere}");
        }

        stage.house.ring("a", 0, "013800001234").await;
        stage.house.settle(6_000).await;
        let wall = ask(&stage, "GET", "/wall", &screen, "application/json", None).await.json();
        assert_eq!((&wall["waiting"], &wall["waiting_longest_ms"]), (&json!(1), &json!(6_000)));
        assert!(!wall.to_string().contains("1380000"), "no caller on the wall");
        stage.house.answered("a", 6_000).await;
        stage.house.settle(7_000).await;
        let wall = ask(&stage, "GET", "/wall", &screen, "application/json", None).await.json();
        assert_eq!((&wall["waiting"], &wall["strict_permille"]), (&json!(0), &json!(1000)));

        let id = kept::keys(&fresh.db).await.unwrap()[0].id;
        let away = format!("/reports/walls/{id}");
        let done = ask(&stage, "DELETE", &away, SUPERVISOR, "application/json", None).await;
        assert_eq!(done.status, StatusCode::OK);
        for place in ["/wall", "/wall/live"] {
            let shut = ask(&stage, "GET", place, &screen, "application/json", None).await;
            assert_eq!(shut.status, StatusCode::UNAUTHORIZED, "{place}");
        }
        let again = ask(&stage, "GET", &path, "", "text/html", None).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND, "the link is dead too");
    }
}

#[tokio::test]
async fn a_time_without_hearing_stands_in_the_report_and_on_the_wall_and_what_it_cut_is_not_counted()
 {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let down = || LineState::Down { reason: "unreachable", status: None };
        let up = || LineState::Registered { until: line::at(900_000) };
        stage.house.line(0, up()).await;
        stage.house.ring("cut", 1_000, "013800001234").await;
        stage.house.ring("told", 2_000, "013800005678").await;
        stage.house.line(10_000, down()).await;
        stage.house.settle(20_000).await;
        let wall = ask(&stage, "GET", "/wall", SUPERVISOR, "application/json", None).await.json();
        assert_eq!(wall["deaf_since"], "2026-11-23T04:00:10.000Z", "{wall}");
        stage.house.line(70_000, up()).await;
        // of one caller the end is heard after all, of the other never
        stage.house.left("told", 71_000).await;
        stage.house.settle(900_000).await;

        let wall = ask(&stage, "GET", "/wall", SUPERVISOR, "application/json", None).await.json();
        assert_eq!((&wall["deaf_ms"], &wall["deaf_since"]), (&json!(60_000), &json!(null)));
        let today = "/reports/answering?from=2026-11-23&to=2026-11-23";
        let report = get(&stage, today).await;
        assert_eq!(report["deaf_ms"], 60_000, "{report}");
        assert_eq!(report["outages"][0]["to_at"], "2026-11-23T04:01:10.000Z");
        let tally = &report["tally"];
        assert_eq!((&tally["outage"], &tally["unmeasured"]), (&json!(1), &json!(0)), "{tally}");
        assert_eq!(tally["abandoned"], 1, "{tally}");
        let page = ask(&stage, "GET", today, SUPERVISOR, "text/html", None).await.text();
        let part = page.split("id=\"deaf\"").nth(1).expect("the page says when nothing was heard");
        assert!(part.contains("1:00") && part.contains("main listener"), "{part}");
        let calls = get(&stage, "/calls?figure=outage").await;
        assert_eq!(calls["items"].as_array().unwrap().len(), 1, "{calls}");
        assert_eq!(calls["items"][0]["outcome"], "unmeasured");
    }
}

#[tokio::test]
async fn target_thresholds_and_mails_are_set_by_those_who_may() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let settings = get(&stage, "/reports/settings").await["settings"].clone();
        assert_eq!(settings["target_permille"], 950);
        let set = |body| {
            ask(&stage, "POST", "/reports/settings", SUPERVISOR, "application/json", Some(body))
        };
        let mut new = json!({
            "version": settings["version"], "target": "97.5", "rate_after_calls": 10,
            "waiting_calls": 2, "pbx_silent_minutes": 0, "nobody_minutes": 5
        });
        let done = set(new.clone()).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text());
        assert_eq!(done.json()["target_permille"], 975);
        let second = set(new.clone()).await;
        assert_eq!(second.status, StatusCode::CONFLICT);
        assert_eq!(second.json()["current"]["version"], 2);
        (new["version"], new["target"]) = (json!(2), json!("101"));
        let wrong = set(new).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.json()["fields"]["target"].is_string());

        let add = |body| {
            ask(&stage, "POST", "/reports/mails", SUPERVISOR, "application/json", Some(body))
        };
        let daily =
            add(json!({ "every": "day", "time": "08:30", "address": "head@house.example" })).await;
        assert_eq!(daily.status, StatusCode::OK, "{}", daily.text());
        // it is noon of the 23rd
        assert_eq!(daily.json()["next_at"], "2026-11-24T00:30:00.000Z");
        let weekly = json!({ "every": "week", "weekday": 1, "time": "07:00", "address": "x@y.zz", "hotline": "4008001234" });
        assert_eq!(add(weekly).await.json()["next_at"], "2026-11-29T23:00:00.000Z");
        for wrong in [
            json!({ "every": "week", "time": "07:00", "address": "x@y.zz" }),
            json!({ "every": "day", "time": "25:00", "address": "x@y.zz" }),
            json!({ "every": "day", "time": "07:00", "address": "nobody" }),
            json!({ "every": "day", "time": "07:00", "address": "x@y.zz", "hotline": "1" }),
        ] {
            assert_eq!(add(wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let mails = get(&stage, "/reports/settings").await["mails"].clone();
        assert_eq!(mails.as_array().unwrap().len(), 2);
        let id = &mails[0]["id"];
        let path = format!("/reports/mails/{id}");
        let gone = ask(&stage, "DELETE", &path, SUPERVISOR, "application/json", None).await;
        assert_eq!(gone.status, StatusCode::OK);
        let manager = "who=li; roles=manager";
        let refused =
            ask(&stage, "GET", "/reports/settings", manager, "application/json", None).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
}
