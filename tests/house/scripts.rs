//! What is said, and the words that are never said.

use axum::http::StatusCode;
use serde_json::json;

use super::kit;
use super::panel::{get, page, send};
use super::site::{OUT_OF_HOURS, Site};
use super::stage::Stage;

const SUPERVISOR: &str = "who=chen; roles=supervisor";

#[tokio::test]
async fn a_greeting_with_a_forbidden_word_is_refused_naming_the_rule() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let wrong = json!({"use": "greeting", "body": "喂，你好"}).to_string();
        let refused = send(&stage, SUPERVISOR, "POST", "/admin/scripts", &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        let said = refused.json()["fields"]["body"].as_str().unwrap().to_owned();
        assert!(said.contains("喂") && said.contains("4.5"), "{said}");
        let list = get(&stage, SUPERVISOR, "/admin/scripts").await.json();
        assert_eq!(list["items"], json!([]), "nothing is kept");

        let operator = send(&stage, "who=li", "POST", "/admin/scripts", &wrong).await;
        assert_eq!(operator.status, StatusCode::FORBIDDEN, "an operator reads, and writes none");
        assert_eq!(get(&stage, "who=li", "/admin/scripts").await.status, StatusCode::OK);
        let engineer = get(&stage, "who=li; roles=engineer", "/admin/scripts").await;
        assert_eq!(engineer.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn every_line_has_its_own_greeting_and_it_stands_on_the_card() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let add = async |body: serde_json::Value| {
            let added = send(&stage, SUPERVISOR, "POST", "/admin/scripts", &body.to_string()).await;
            assert_eq!(added.status, StatusCode::OK, "{}", added.text);
            added.json()
        };
        add(json!({"use": "greeting", "body": "您好，我是{name}"})).await;
        let own = json!({"use": "greeting", "line": "4008001234", "body": "您好，四百热线，请讲，{extension}号{name}"});
        let own = add(own).await;
        let again = json!({"use": "greeting", "body": "您好，请讲"}).to_string();
        let twice = send(&stage, SUPERVISOR, "POST", "/admin/scripts", &again).await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY, "one greeting a line");

        stage.house.ring("a", 0, "13800001234").await;
        stage.house.settle(1_000).await;
        let card = page(&stage, "who=li", "/console").await.text;
        assert!(card.contains("您好，四百热线，请讲，801号李红"), "{card}");
        let english = page(&stage, "who=li; tongue=en", "/console").await.text;
        assert!(!english.contains("四百热线"), "a script is said in its language");

        let edit = json!({"version": 1, "body": "您好，请问您是哪位？"}).to_string();
        let path = format!("/admin/scripts/{}", own["id"]);
        assert_eq!(send(&stage, SUPERVISOR, "POST", &path, &edit).await.status, StatusCode::OK);
        let late = send(&stage, SUPERVISOR, "POST", &path, &edit).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert_eq!(late.json()["current"]["body"], "您好，请问您是哪位？");
        let gone = send(&stage, SUPERVISOR, "DELETE", &path, "").await;
        assert_eq!(gone.status, StatusCode::OK);
        let card = page(&stage, "who=li", "/console").await.text;
        assert!(card.contains("您好，我是李红"), "every line's greeting takes its place");
    }
}

#[tokio::test]
async fn the_list_of_forbidden_words_is_the_houses_own_and_old_scripts_are_looked_at_again() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let canned = json!({"use": "canned", "title": "稍候", "body": "亲，等一下"}).to_string();
        let kept = send(&stage, SUPERVISOR, "POST", "/admin/scripts", &canned).await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
        let list = get(&stage, SUPERVISOR, "/admin/scripts").await.json();
        assert_eq!(list["items"][0]["impolite"], true, "kept with a warning");
        let word = json!({"word": "亲", "why": "称呼“您”"}).to_string();
        let put = send(&stage, SUPERVISOR, "POST", "/admin/scripts/words", &word).await;
        assert_eq!(put.status, StatusCode::OK, "{}", put.text);
        let twice = send(&stage, SUPERVISOR, "POST", "/admin/scripts/words", &word).await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
        let list = get(&stage, SUPERVISOR, "/admin/scripts").await.json();
        assert_eq!(list["items"][0]["forbidden"], json!(["亲"]));
        let refused = send(&stage, SUPERVISOR, "POST", "/admin/scripts", &canned).await;
        assert!(refused.json()["fields"]["body"].as_str().unwrap().contains("称呼“您”"));
        let path = format!("/admin/scripts/words/{}", put.json()["id"]);
        assert_eq!(send(&stage, SUPERVISOR, "DELETE", &path, "").await.status, StatusCode::OK);
        let again = send(&stage, SUPERVISOR, "DELETE", &path, "").await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        let drawn = page(&stage, SUPERVISOR, "/admin/scripts").await.text;
        assert!(drawn.contains("没有“请”或“谢谢”"), "{drawn}");
    }
}

#[tokio::test]
async fn what_is_forbidden_later_reaches_no_desk_from_the_configuration_or_a_script() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        stage.house.ring("a", 0, "13800001234").await;
        stage.house.settle(1_000).await;
        let said = async || {
            let card = page(&stage, "who=li", "/console").await.text;
            let (_, rest) = card.split_once("<p>“").unwrap();
            rest.split_once('”').unwrap().0.to_owned()
        };
        let configured = "您好，南京北斗星，请问有什么可以帮您？";
        assert_eq!(said().await, configured);
        // what is said as long as nothing is written stands on the page
        let shown = page(&stage, SUPERVISOR, "/admin/scripts").await.text;
        for usual in ["您好，南京北斗星，请问有什么可以帮您？", "谢谢您的来电，麻烦您了，再见。"]
        {
            assert!(shown.contains(&format!("class=\"usual\">{usual}")), "{usual}: {shown}");
        }
        let word = json!({"word": "北斗星，请问"}).to_string();
        let put = send(&stage, SUPERVISOR, "POST", "/admin/scripts/words", &word).await;
        let own = said().await;
        assert!(
            own.starts_with("您好，") && own.ends_with("我是李红，请问有什么可以帮您？"),
            "{own}"
        );
        assert!(!own.contains("北斗星，请问"), "{own}");
        let told = page(&stage, SUPERVISOR, "/admin/scripts").await.text;
        assert!(told.contains("配置文件中") && told.contains("来电卡片上不显示这句"), "{told}");

        // a script of the line's own that has the word since then gives way to that of every line
        for body in [
            json!({"use": "greeting", "body": "您好，请讲"}),
            json!({"use": "greeting", "line": "4008001234", "body": "您好，亲，请讲"}),
            json!({"use": "canned", "title": "稍候", "body": "亲，请等一下"}),
        ] {
            let added = send(&stage, SUPERVISOR, "POST", "/admin/scripts", &body.to_string()).await;
            assert_eq!(added.status, StatusCode::OK, "{}", added.text);
        }
        assert_eq!(said().await, "您好，亲，请讲");
        assert!(page(&stage, "who=li", "/messages/new").await.text.contains("亲，请等一下"));
        let word = json!({"word": "亲"}).to_string();
        send(&stage, SUPERVISOR, "POST", "/admin/scripts/words", &word).await;
        assert_eq!(said().await, "您好，请讲");
        assert!(!page(&stage, "who=li", "/messages/new").await.text.contains("亲，请等一下"));

        // and what may be said again is said again
        let path = format!("/admin/scripts/words/{}", put.json()["id"]);
        assert_eq!(send(&stage, SUPERVISOR, "DELETE", &path, "").await.status, StatusCode::OK);
        for script in
            get(&stage, SUPERVISOR, "/admin/scripts").await.json()["items"].as_array().unwrap()
        {
            let path = format!("/admin/scripts/{}", script["id"]);
            assert_eq!(send(&stage, SUPERVISOR, "DELETE", &path, "").await.status, StatusCode::OK);
        }
        assert_eq!(said().await, configured);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_a_greeting_is_answered_with_the_houses_own() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let card = site.page("li", "/console").await;
        let (_, rest) = card.split_once("<p>“").unwrap();
        let said = rest.split_once('”').unwrap().0;
        assert!(
            said.starts_with("您好，") && said.ends_with("我是李红，请问有什么可以帮您？"),
            "{said}"
        );
        site.close().await;
    }
}
