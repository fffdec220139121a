//! The people: how they come in, and who keeps them.

use axum::http::{StatusCode, header};
use serde_json::json;
use switchboard::kernel::Moment;
use switchboard::staff;
use switchboard::staff::store::sessions;
use switchboard::web::fingerprint;

use super::desk::{Desk, PASSWORD, form, json as ask_json, page, write};
use super::kit;

const HOUR_MS: i64 = 60 * 60 * 1000;

#[tokio::test]
async fn the_first_administrator_comes_by_a_link_that_works_once() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let link = |desk: &Desk| {
            let (db, stamp) = (desk.kit.db.clone(), desk.stamp());
            async move { staff::setup_link_if_first(&db, stamp, "https://desk.example").await.unwrap() }
        };
        let older = link(&desk).await.unwrap();
        let link_now = link(&desk).await.unwrap();
        let path = |link: &str| link.strip_prefix("https://desk.example").unwrap().to_owned();
        let address = path(&link_now);
        assert_eq!(desk.ask(page(&path(&older))).await.status, StatusCode::NOT_FOUND, "replaced");
        assert!(desk.ask(page(&address)).await.body.contains("设置第一个账号"));

        let weak =
            [("name", "王芳"), ("login", "WangFang"), ("password", "short"), ("repeat", "x")];
        let refused = desk.ask(form(&address, &weak)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("密码至少 10 个字") && refused.body.contains("王芳"));

        let good = [("name", "王芳"), ("login", "WangFang"), ("password", PASSWORD)];
        let made = desk.ask(form(&address, &good)).await;
        assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/"));
        let me = desk.ask(ask_json("/me").header(header::COOKIE, made.session())).await.json();
        assert_eq!(me["login"], "wangfang");
        assert_eq!(me["roles"], json!(["operator", "supervisor", "admin"]));

        assert_eq!(desk.ask(form(&address, &good)).await.status, StatusCode::NOT_FOUND, "once");
        assert_eq!(link(&desk).await, None, "somebody is there now");
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_like_an_unknown_login_and_not_for_ever() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        desk.person("李红", "operator").await;
        let json_attempt = async |login: &str, word: &str| {
            let request = ask_json("/sign-in")
                .method("POST")
                .header(header::CONTENT_TYPE, "application/json");
            desk.ask_with(request, json!({"login": login, "password": word}).to_string()).await
        };
        let wrong = json_attempt("operator", "four rings at least").await;
        let unknown = json_attempt("nobody", "four rings at least").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert_eq!(wrong.body, unknown.body, "nobody learns which logins there are");
        assert_eq!(wrong.header("content-type"), "application/problem+json");

        for _ in 0..7 {
            assert_eq!(json_attempt("operator", "guess").await.status, StatusCode::UNAUTHORIZED);
        }
        let often = json_attempt("operator", PASSWORD).await;
        assert_eq!(often.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(often.header("retry-after"), "30");
        assert!(often.json()["detail"].as_str().unwrap().contains("30 秒"));
        let fields = [("login", "operator"), ("password", PASSWORD)];
        let page = desk.ask(form("/sign-in", &fields)).await;
        assert_eq!(
            (page.status, page.header("retry-after")),
            (StatusCode::TOO_MANY_REQUESTS, "30")
        );

        assert!(desk.clock.set(desk.clock.now().plus_millis(30_000)));
        assert_eq!(json_attempt("OPERATOR", PASSWORD).await.status, StatusCode::OK);
        for _ in 0..20 {
            assert_eq!(json_attempt("operator", PASSWORD).await.status, StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn a_login_longer_than_any_is_wrong_and_not_remembered() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    let attempt = async |login: &str| {
        let fields = [("login", login), ("password", "four rings at least")];
        desk.ask(form("/sign-in", &fields)).await.status
    };
    let long = "a".repeat(33);
    for _ in 0..20 {
        assert_eq!(attempt(&long).await, StatusCode::UNAUTHORIZED, "no count by this login");
    }
    let longest = "a".repeat(32);
    for _ in 0..8 {
        assert_eq!(attempt(&longest).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(attempt(&longest).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_session_outlives_a_restart_but_not_twelve_idle_hours_nor_a_week() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        desk.person("李红", "operator").await;
        let cookie = desk.sign_in("operator").await;
        let begun = desk.clock.now();
        let status = async |desk: &Desk| {
            desk.ask(ask_json("/me").header(header::COOKIE, &cookie)).await.status
        };

        let after = Desk::open_at(&fresh.db, begun.plus_millis(11 * HOUR_MS), "http://x");
        assert_eq!(status(&after).await, StatusCode::OK, "another process, the same session");
        assert!(after.clock.set(begun.plus_millis(22 * HOUR_MS)));
        assert_eq!(status(&after).await, StatusCode::OK, "it slides");
        assert!(after.clock.set(begun.plus_millis(34 * HOUR_MS)));
        assert_eq!(status(&after).await, StatusCode::UNAUTHORIZED, "idle for twelve hours");

        let cookie = after.sign_in("operator").await;
        let begun = after.clock.now();
        for hours in (10..=160).step_by(10) {
            assert!(after.clock.set(begun.plus_millis(hours * HOUR_MS)));
            let answer = after.ask(ask_json("/me").header(header::COOKIE, &cookie)).await;
            assert_eq!(answer.status, StatusCode::OK, "after {hours} h");
        }
        assert!(after.clock.set(begun.plus_millis(168 * HOUR_MS)));
        let answer = after.ask(ask_json("/me").header(header::COOKIE, &cookie)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "a week is the most");

        let secret = cookie.strip_prefix("switchboard_session=").unwrap();
        let find = async |text: &str| sessions::find(&fresh.db, begun, text).await.unwrap();
        assert!(find(&fingerprint(secret)).await.is_some());
        assert!(find(secret).await.is_none(), "the store keeps only the fingerprint");
    }
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_elsewhere_and_signing_out_ends_this_one() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        desk.person("李红", "operator").await;
        let (here, elsewhere) = (desk.sign_in("operator").await, desk.sign_in("operator").await);
        let change = |current: &'static str| {
            let fields = [
                ("current", current),
                ("password", "a new sentence"),
                ("repeat", "a new sentence"),
            ];
            form("/me/password", &fields).header(header::COOKIE, &here)
        };
        let refused = desk.ask(change("not this one")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("现在的密码不对"));
        assert_eq!(desk.ask(change(PASSWORD)).await.status, StatusCode::SEE_OTHER);
        let status = async |cookie: &str| {
            desk.ask(ask_json("/me").header(header::COOKIE, cookie)).await.status
        };
        assert_eq!(status(&here).await, StatusCode::OK);
        assert_eq!(status(&elsewhere).await, StatusCode::UNAUTHORIZED);

        let out = desk.ask(form("/sign-out", &[]).header(header::COOKIE, &here)).await;
        assert_eq!(out.header("location"), "/sign-in");
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        assert_eq!(status(&here).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_token_opens_what_its_roles_open_until_it_is_revoked() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let admin = desk.token("admin").await;
        let asked = json!({"name": "CRM", "roles": ["supervisor"]});
        let made = desk.ask(write("/admin/tokens", &admin, &asked)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let token = format!("Bearer {}", made.json()["token"].as_str().unwrap());
        let status = async |address: &str| {
            desk.ask(ask_json(address).header(header::AUTHORIZATION, &token)).await.status
        };
        assert_eq!(status("/me").await, StatusCode::OK);
        assert_eq!(status("/staff").await, StatusCode::FORBIDDEN);
        assert_eq!(status("/admin/tokens").await, StatusCode::FORBIDDEN);

        // as the command line does it, beside the running service
        let id = staff::store::tokens::all(&fresh.db).await.unwrap()[0].id;
        let beside = Desk::open(&fresh.db);
        assert!(staff::revoke_token(&beside.kit.db, beside.stamp(), id).await.unwrap());
        assert_eq!(status("/me").await, StatusCode::UNAUTHORIZED, "at once");
        let page = desk.ask(page("/me").header(header::AUTHORIZATION, &token)).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "a program is not sent to a form");
        assert!(page.header("www-authenticate").starts_with("Bearer"));
    }
}

#[tokio::test]
async fn a_colleague_gets_a_link_and_chooses_a_password() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        desk.person("王芳", "admin").await;
        let admin = desk.sign_in("admin").await;
        let fields = [
            ("name", "陈晨"),
            ("login", "chenchen"),
            ("extension", "802"),
            ("roles", "operator"),
            ("roles", "greeter"),
        ];
        let made = desk.ask(form("/staff", &fields).header(header::COOKIE, &admin)).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let begin = made.body.find("/setup/").unwrap();
        let address = &made.body[begin..begin + "/setup/".len() + 43];

        let mut same = fields;
        same[2].1 = "803";
        let again = desk.ask(form("/staff", &same).header(header::COOKIE, &admin)).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.body.contains("已有人使用"));

        let chosen = desk.ask(form(address, &[("password", PASSWORD), ("repeat", PASSWORD)])).await;
        assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.body);
        let me = desk.ask(ask_json("/me").header(header::COOKIE, chosen.session())).await.json();
        assert_eq!((me["name"].as_str(), me["extension"].as_str()), (Some("陈晨"), Some("802")));
        assert_eq!(desk.ask(page(address)).await.status, StatusCode::NOT_FOUND);

        let journal = desk.journal().await.join("\n");
        assert!(journal.contains("added") && journal.contains("invited"), "{journal}");
        for personal in ["陈晨", "chenchen", "王芳", "802"] {
            assert!(!journal.contains(personal), "{journal}");
        }
    }
}

#[tokio::test]
async fn an_invitation_runs_out_after_a_day() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let link = staff::setup_link_if_first(&fresh.db, desk.stamp(), "").await.unwrap().unwrap();
        assert!(desk.clock.set(desk.clock.now().plus_millis(24 * HOUR_MS - 1)));
        assert_eq!(desk.ask(page(&link)).await.status, StatusCode::OK);
        assert!(desk.clock.set(desk.clock.now().plus_millis(1)));
        assert_eq!(desk.ask(page(&link)).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_head_runs_the_people_but_makes_no_administrators_and_one_always_remains() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        desk.person("王芳", "admin").await;
        desk.person("李红", "operator").await;
        let (head, admin) = (desk.token("head").await, desk.token("admin").await);
        let list = desk.ask(ask_json("/staff").header(header::AUTHORIZATION, &head)).await.json();
        let id = |login: &str| {
            let items = list["items"].as_array().unwrap();
            items.iter().find(|person| person["login"] == login).unwrap()["id"].as_i64().unwrap()
        };
        let (boss, operator) = (id("admin"), id("operator"));
        let put = |id: i64, roles: &str, version: i64| {
            (format!("/staff/{id}"), json!({"version": version, "name": "李红", "roles": [roles]}))
        };
        let status = async |token: &str, (address, body): (String, serde_json::Value)| {
            desk.ask(write(&address, token, &body)).await.status
        };
        assert_eq!(status(&head, put(operator, "supervisor", 1)).await, StatusCode::OK);
        assert_eq!(status(&head, put(operator, "admin", 2)).await, StatusCode::FORBIDDEN);
        assert_eq!(status(&head, put(boss, "operator", 1)).await, StatusCode::FORBIDDEN);

        let stale = put(operator, "operator", 1);
        let stale = desk.ask(write(&stale.0, &admin, &stale.1)).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert_eq!(stale.json()["current"]["version"], 2, "the record as it is now");

        assert_eq!(
            status(&admin, put(boss, "operator", 1)).await,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let off = (format!("/staff/{boss}/disabled"), json!({}));
        assert_eq!(status(&admin, off).await, StatusCode::UNPROCESSABLE_ENTITY);

        let cookie = desk.sign_in("operator").await;
        let off = (format!("/staff/{operator}/disabled"), json!({}));
        assert_eq!(status(&admin, off).await, StatusCode::OK);
        let me = desk.ask(page("/me").header(header::COOKIE, &cookie)).await;
        assert_eq!(me.header("location"), "/sign-in?next=/me", "signed out at once");
        let fields = [("login", "operator"), ("password", PASSWORD)];
        assert_eq!(desk.ask(form("/sign-in", &fields)).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn everyone_has_a_first_page_and_comes_back_to_where_they_were_going() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    for (role, place) in [
        ("operator", "/console"),
        ("manager", "/banquets"),
        ("engineer", "/my/jobs"),
        ("greeter", "/my/floor"),
        ("finance", "/bookings"),
    ] {
        desk.person(role, role).await;
        let cookie = desk.sign_in(role).await;
        let home = desk.ask(page("/").header(header::COOKIE, cookie)).await;
        assert_eq!(home.header("location"), place);
    }
    let turned = desk.ask(page("/me?x=1")).await;
    assert_eq!(turned.status, StatusCode::SEE_OTHER);
    assert_eq!(turned.header("location"), "/sign-in?next=/me%3Fx%3D1");
    let shown = desk.ask(page(turned.header("location"))).await;
    assert!(shown.body.contains(r#"name="next" value="/me?x=1""#), "{}", shown.body);
    for (next, place) in [("/me?x=1", "/me?x=1"), ("//evil.example", "/")] {
        let fields = [("login", "operator"), ("password", PASSWORD), ("next", next)];
        assert_eq!(desk.ask(form("/sign-in", &fields)).await.header("location"), place);
    }
}

#[tokio::test]
async fn a_person_chooses_language_theme_and_volume() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        desk.person("李红", "operator").await;
        let cookie = desk.sign_in("operator").await;
        let fields = [("language", "en"), ("theme", "dark"), ("volume", "35")];
        let saved = desk.ask(form("/me", &fields).header(header::COOKIE, &cookie)).await;
        assert_eq!(saved.header("location"), "/me");
        let me = desk.ask(page("/me").header(header::COOKIE, &cookie)).await.body;
        assert!(me.contains(r#"<html lang="en" data-theme="dark">"#), "{me}");
        assert!(me.contains(r#"data-volume="35""#));
        let loud = [("language", ""), ("theme", ""), ("volume", "101")];
        let refused = desk.ask(form("/me", &loud).header(header::COOKIE, &cookie)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn every_page_is_drawn_in_both_languages() {
    let fresh = &kit::stores().await[0];
    let now = Moment::parse_rfc3339("2026-11-23T18:30:00+08:00").unwrap();
    let desk = Desk::open_at(&fresh.db, now, "http://127.0.0.1:8080");
    desk.person("<b>赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "admin,head,operator").await;
    desk.token("wallboard").await;
    let cookie = desk.sign_in("admin").await;
    for address in ["/me", "/staff", "/staff/1", "/admin/tokens", "/nowhere"] {
        for (language, word) in [("zh-CN", "人员"), ("en", "Staff")] {
            let cookies = format!("{cookie}; lang={language}");
            let drawn = desk.ask(page(address).header(header::COOKIE, cookies)).await.body;
            assert!(drawn.contains(word), "{address} in {language}: {drawn}");
            assert!(drawn.contains(&format!("<html lang=\"{language}\"")), "{address}");
            assert!(!drawn.contains("<b>赵") && drawn.contains("&#60;b&#62;赵"), "{address}");
            assert!(!drawn.contains("style=") && !drawn.contains("<script>"), "{address}");
        }
    }
    for (address, chinese, english) in
        [("/sign-in", "登录名", "Login"), ("/setup/none", "链接已失效", "no longer works")]
    {
        assert!(desk.ask(page(address)).await.body.contains(chinese));
        let drawn = desk.ask(page(&format!("{address}?lang=en")).header("cookie", "lang=en")).await;
        assert!(drawn.body.contains(english), "{}", drawn.body);
    }
}
