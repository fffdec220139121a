//! A site whose people are reached outside the panel: a mail relay, a robot of the heads' group, a PBX with a
//! telephone.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::kit;
use super::receivers::{Mail, Posted, Robot, Telephone, relay};
use super::registrar::soon;
use super::site::{OUT_OF_HOURS, Site};

pub(crate) struct Reached {
    pub(crate) site: Site,
    pub(crate) telephone: Telephone,
    pub(crate) mails: UnboundedReceiver<Mail>,
    pub(crate) posts: UnboundedReceiver<Posted>,
}

impl Reached {
    /// 李红 and 小周 are reached by telephone, 王工 by mail, 高部长 by the robot; the line to the PBX stands.
    pub(crate) async fn open(place: &kit::Place) -> Self {
        let telephone = Telephone::open().await;
        let (mail, mails) = relay(&[]).await;
        let (robot, posts) = Robot::open(&[(200, None, r#"{"errcode":0}"#)]).await;
        let more = format!(
            "{OUT_OF_HOURS}[smtp]\nhost = \"{}\"\nport = {}\ntls = \"none\"\nfrom = \"switchboard@example.com\"\n\
             [[robot]]\nname = \"heads\"\nkind = \"wecom\"\nurl = \"{}\"\nroles = [\"head\"]\n\
             [[pbx]]\nname = \"main\"\naddress = \"sip:{}\"\ndomain = \"pbx.example\"\nusername = \"listener\"\npassword = \"x\"\n",
            mail.ip(),
            mail.port(),
            robot.url,
            telephone.addr
        );
        let mut site = Site::open_with(place, &more).await;
        let reach = json!({ "version": 0, "mail": "wang@example.com" });
        let (status, said) = site.post("wang", "/me/reach", reach).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let registered = async {
            let mut beat = tokio::time::interval(std::time::Duration::from_millis(20));
            loop {
                beat.tick().await;
                let ready: Value =
                    serde_json::from_str(&site.stranger("GET", "/readyz").await.1).unwrap();
                if ready["parts"]["lines"][0]["up"] == true {
                    return;
                }
            }
        };
        soon("the telephone line", registered).await;
        Self { site, telephone, mails, posts }
    }
}

/// The answer link in a text, `/a/…` or `/w/…`, as an address of the panel.
pub(crate) fn link_in(text: &str, room: &str) -> String {
    let at = text.find(room).unwrap_or_else(|| panic!("no answer link in {text}"));
    text[at..]
        .split(|c: char| c.is_whitespace() || c == '"')
        .next()
        .unwrap()
        .chars()
        .take(46)
        .collect()
}

/// What the robot was told, whatever its shape.
pub(crate) fn said_in(post: &Value) -> String {
    match post["msgtype"].as_str() {
        Some("text") => post["text"]["content"].as_str().unwrap().to_owned(),
        Some("template_card") => {
            let card = &post["template_card"];
            let parts = [
                &card["main_title"]["title"],
                &card["sub_title_text"],
                &card["jump_list"][0]["url"],
            ];
            parts.map(|part| part.as_str().unwrap_or_default()).join("\n")
        }
        _ => post.to_string(),
    }
}
