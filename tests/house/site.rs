//! A whole site for stories through HTTP: the real house on a store, a clock that moves when told,
//! people with sessions.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard::bus::Bus;
use switchboard::clock::Clock;
use switchboard::config;
use switchboard::db::{Db, Sql, Stamp};
use switchboard::journal::is_listed;
use switchboard::kernel::{Language, Moment, StaffId};
use switchboard::staff::{self, Newcomer};
use switchboard::words;

use super::app::Open;
use super::desk::PASSWORD;
use super::kit::Place;

/// A hotline that is hardly ever open: outside its hours nobody is missed at the desk, which is a
/// story of its own.
pub(crate) const OUT_OF_HOURS: &str =
    "[[hotline]]\nname = \"热线\"\nnumber = \"4008001234\"\nhours = [\"Sun 03:00-03:01\"]\n";

/// Monday, five in the afternoon.
pub(crate) const FIVE: &str = "2026-11-23T17:00:00+08:00";

/// So many milliseconds after five.
pub(crate) fn at(millis: i64) -> Moment {
    Moment::parse_rfc3339(FIVE).unwrap().plus_millis(millis)
}

/// Who is in the stories: login, name, roles, extension.
const PEOPLE: [(&str, &str, &str, Option<&str>); 8] = [
    ("li", "李红", "operator", Some("801")),
    ("zhou", "小周", "operator", Some("802")),
    ("jia", "甲", "greeter", None),
    ("yi", "乙", "greeter", None),
    ("bing", "丙", "greeter", None),
    ("sun", "孙主管", "supervisor", None),
    ("gao", "高部长", "head", None),
    ("wang", "王工", "engineer", None),
];

/// The open site.
pub(crate) struct Site {
    pub(crate) open: Open,
    /// Another way to the same store.
    pub(crate) db: Db,
    ids: BTreeMap<&'static str, StaffId>,
    cookies: BTreeMap<&'static str, String>,
    http: reqwest::Client,
    now: i64,
}

impl Site {
    /// Opens a site with everybody on an empty store, at five.
    pub(crate) async fn open(place: &Place) -> Self {
        Self::open_with(place, "").await
    }

    /// The same with more of a configuration.
    pub(crate) async fn open_with(place: &Place, more: &str) -> Self {
        let db = Db::open(&place.url, Bus::new()).await.unwrap();
        let mut ids = BTreeMap::new();
        for (login, name, roles, extension) in PEOPLE {
            let newcomer = Newcomer {
                name: name.to_owned(),
                login: login.to_owned(),
                roles: roles.parse().unwrap(),
                extension: extension.map(|number| number.parse().unwrap()),
                password: PASSWORD.to_owned(),
            };
            let stamp = Stamp { now: at(-86_400_000), by: None };
            staff::add(&db, stamp, newcomer).await.unwrap();
        }
        for person in staff::store::everyone(&db).await.unwrap() {
            let login = PEOPLE.iter().find(|(login, ..)| *login == person.login).unwrap().0;
            ids.insert(login, person.id);
        }
        Self::enter(place, more, db, ids, at(0)).await
    }

    /// Closes the site and opens it again later.
    pub(crate) async fn reopen(self, place: &Place, now: Moment) -> Self {
        self.reopen_with(place, "", now).await
    }

    /// The same with more of a configuration.
    pub(crate) async fn reopen_with(self, place: &Place, more: &str, now: Moment) -> Self {
        let Self { open, db, ids, .. } = self;
        open.close().await;
        Self::enter(place, more, db, ids, now).await
    }

    async fn enter(
        place: &Place,
        more: &str,
        db: Db,
        ids: BTreeMap<&'static str, StaffId>,
        now: Moment,
    ) -> Self {
        let text = format!(
            "[web]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"{}\"\n\
             [sip]\nlisten = [\"udp://127.0.0.1:0\"]\n{more}",
            place.url
        );
        let config = config::parse("story", &text, &[]).unwrap();
        let open = Open::house(config, Clock::manual(now), None).await;
        let quiet = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(quiet).build().unwrap();
        Self { open, db, ids, cookies: BTreeMap::new(), http, now: 0 }
    }

    /// The number of a person.
    pub(crate) fn id(&self, who: &str) -> i64 {
        self.ids[who].0
    }

    /// Lets time pass up to so many milliseconds after five.
    pub(crate) async fn pass_to(&mut self, millis: i64) {
        if millis - std::mem::replace(&mut self.now, millis) > 8 * 3_600_000 {
            // everybody went home meanwhile and signs in anew
            self.cookies.clear();
        }
        let (status, body) = self.open.set_clock(&json!({ "now": at(millis) })).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    pub(crate) async fn cookie(&mut self, who: &'static str) -> String {
        if let Some(cookie) = self.cookies.get(who) {
            return cookie.clone();
        }
        let form = [("login", who), ("password", PASSWORD)];
        let url = format!("http://{}/sign-in", self.open.web);
        let answer = self.http.post(url).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        self.cookies.insert(who, cookie.clone());
        cookie
    }

    /// A person asks for JSON.
    pub(crate) async fn get(&mut self, who: &'static str, path: &str) -> (StatusCode, Value) {
        let cookie = self.cookie(who).await;
        let request = self.http.get(format!("http://{}{path}", self.open.web));
        let request = request.header("cookie", cookie).header("accept", "application/json");
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// A person looks at a page.
    pub(crate) async fn page(&mut self, who: &'static str, path: &str) -> String {
        let cookie = self.cookie(who).await;
        let request = self.http.get(format!("http://{}{path}", self.open.web));
        let answer = request.header("cookie", cookie).header("accept", "text/html").send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// Whatever an address gives a person: its kind, and its words.
    pub(crate) async fn look(&mut self, who: &'static str, path: &str) -> (String, String) {
        let cookie = self.cookie(who).await;
        let request = self.http.get(format!("http://{}{path}", self.open.web));
        let answer = request.header("cookie", cookie).header("accept", "text/html").send().await;
        let answer = answer.unwrap();
        assert!(!answer.status().is_server_error(), "{path}: {}", answer.status());
        let kind = answer.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap());
        (kind.to_owned(), String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned())
    }

    /// A person sends a file in a form, as a browser does.
    pub(crate) async fn upload(
        &mut self,
        who: &'static str,
        path: &str,
        (name, bytes): (&str, &[u8]),
    ) -> (StatusCode, Value) {
        let cookie = self.cookie(who).await;
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat();
        let request = self.http.post(format!("http://{}{path}", self.open.web));
        let request = request.header("cookie", cookie).header("accept", "application/json");
        let request = request.header("content-type", "multipart/form-data; boundary=x");
        let answer = request.body(body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// A person keeps a file: what it is, and its bytes.
    pub(crate) async fn file(&mut self, who: &'static str, path: &str) -> (String, Vec<u8>) {
        let cookie = self.cookie(who).await;
        let request = self.http.get(format!("http://{}{path}", self.open.web));
        let answer = request.header("cookie", cookie).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.bytes().await.unwrap().to_vec())
    }

    /// A person does something.
    pub(crate) async fn post(
        &mut self,
        who: &'static str,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let cookie = self.cookie(who).await;
        let request = self.http.post(format!("http://{}{path}", self.open.web));
        let request = request.header("cookie", cookie).header("accept", "application/json");
        let answer = request.json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// A person sends a plain form, as a browser without scripts does: the page that answers it.
    pub(crate) async fn submit(
        &mut self,
        who: &'static str,
        path: &str,
        form: &[(&str, &str)],
    ) -> (StatusCode, String) {
        let cookie = self.cookie(who).await;
        let request = self.http.post(format!("http://{}{path}", self.open.web));
        let request = request.header("cookie", cookie).header("accept", "text/html");
        let answer = request.form(form).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// A person takes something back.
    pub(crate) async fn delete(&mut self, who: &'static str, path: &str) -> (StatusCode, Value) {
        let cookie = self.cookie(who).await;
        let request = self.http.delete(format!("http://{}{path}", self.open.web));
        let request = request.header("cookie", cookie).header("accept", "application/json");
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// A person takes something back and says why.
    pub(crate) async fn delete_with(
        &mut self,
        who: &'static str,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let cookie = self.cookie(who).await;
        let request = self.http.delete(format!("http://{}{path}", self.open.web));
        let request = request.header("cookie", cookie).header("accept", "application/json");
        let answer = request.json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Somebody who is not signed in.
    pub(crate) async fn stranger(&self, method: &str, path: &str) -> (StatusCode, String) {
        let url = format!("http://{}{path}", self.open.web);
        let request = if method == "POST" { self.http.post(url) } else { self.http.get(url) };
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// What waits for a person above every page.
    pub(crate) async fn waiting(&mut self, who: &'static str) -> Vec<String> {
        let page = self.page(who, "/me").await;
        let banners = page.split("id=\"ask-").skip(1);
        let text =
            |part: &str| part.split("<b>").nth(1).unwrap().split("</b>").next().unwrap().to_owned();
        banners.map(text).collect()
    }

    /// How a subject changed, in order.
    pub(crate) async fn journal(&self, kind: &str) -> Vec<String> {
        let news = switchboard::db::news_after(&self.db, 0, 100_000).await.unwrap();
        let of_kind = news.into_iter().filter(|one| one.kind == kind);
        of_kind.map(|one| format!("{} {}", one.subject, one.change)).collect()
    }

    /// Puts rows into the store.
    pub(crate) async fn plant(&self, rows: Vec<String>) {
        let rows: Vec<Sql> = rows.into_iter().map(|row| Sql::both(row.leak())).collect();
        let planted = self.db.write(Stamp { now: at(0), by: None }, move |tx| {
            let rows = rows.clone();
            Box::pin(async move {
                // whoever numbers lines of the journal takes their turn, as the house does
                tx.keep(Sql::both("UPDATE journal_head SET seq = seq")).run().await?;
                for row in rows {
                    tx.keep(row).run().await?;
                }
                Ok(())
            })
        });
        planted.await.unwrap();
    }

    /// Whatever happened in a story has its Chinese word in the journal.
    async fn every_change_has_its_word(&self) {
        let Ok(news) = switchboard::db::news_after(&self.db, 0, 100_000).await else { return };
        let chinese = words::of(Language::ZhCn);
        let wordless = news.iter().filter(|one| {
            let said = words::change_of(&chinese, &one.kind, &one.change);
            said.is_ascii() || !is_listed(&one.kind, &one.change)
        });
        let wordless: BTreeSet<_> = wordless.map(|one| (&one.kind, &one.change)).collect();
        assert!(
            wordless.is_empty(),
            "the journal has no word, or no place in its list, for {wordless:?}"
        );
    }

    pub(crate) async fn close(self) {
        self.every_change_has_its_word().await;
        self.open.close().await;
        self.db.close().await;
    }
}
