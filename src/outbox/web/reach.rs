//! `/me/reach`: how messages find oneself; and what administrators write of others.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use chrono::{NaiveTime, Timelike as _};
use serde::{Deserialize, Serialize};

use super::super::route::{Letter, Post};
use super::super::store::people::{self, Browser, Reach, Reached};
use super::Panel;
use crate::db;
use crate::kernel::{Role, StaffId, narrow};
use crate::web::{At, Frame, Input, Place, Problem, Reader, Want, maybe_text, number};

/// How one person is reached.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Person {
    pub(super) id: StaffId,
    pub(super) name: String,
    pub(super) version: i64,
    pub(super) mail: String,
    pub(super) mobile: String,
    pub(super) extension: Option<String>,
    pub(super) quiet_from: String,
    pub(super) quiet_to: String,
    pub(super) browsers: i64,
    /// The address that is kept, also where another was typed and refused.
    #[serde(skip)]
    pub(super) kept_mail: String,
    /// What is wrong with what was typed.
    #[serde(skip)]
    pub(super) errors: BTreeMap<&'static str, String>,
}

impl From<Reached> for Person {
    fn from(reached: Reached) -> Self {
        Self {
            id: reached.id,
            name: reached.name,
            version: reached.version,
            kept_mail: reached.mail.clone(),
            mail: reached.mail,
            mobile: reached.mobile,
            extension: reached.extension,
            quiet_from: clock(reached.quiet_from),
            quiet_to: clock(reached.quiet_to),
            browsers: reached.browsers,
            errors: BTreeMap::new(),
        }
    }
}

fn clock(minute: Option<i64>) -> String {
    minute.map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60)).unwrap_or_default()
}

/// Where a person is reached, as it is written.
#[derive(Clone, Deserialize)]
pub(super) struct Written {
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(default, deserialize_with = "maybe_text")]
    mail: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    mobile: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    quiet_from: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    quiet_to: Option<String>,
}

impl Written {
    /// What was typed, over what is kept: the form that is shown again.
    async fn again(self, want: &Want, id: StaffId, problem: &Problem) -> Result<Person, Problem> {
        Ok(Person {
            version: self.version,
            mail: self.mail.unwrap_or_default(),
            mobile: self.mobile.unwrap_or_default(),
            quiet_from: self.quiet_from.unwrap_or_default(),
            quiet_to: self.quiet_to.unwrap_or_default(),
            errors: problem.fields(&want.messages()),
            ..person(&want.kit.db, id).await?
        })
    }

    fn read(self, id: StaffId) -> Result<Reach, Problem> {
        let mut problem = Problem::rules();
        let mail = self.mail.unwrap_or_default();
        if !mail.is_empty() && !crate::outbox::is_address(&mail) {
            problem = problem.field("mail", |l| l.outbox_wrong_mail().to_string());
        }
        let mobile = self.mobile.unwrap_or_default();
        let mobile: String =
            mobile.chars().map(narrow).filter(|c| !matches!(c, ' ' | '-')).collect();
        let digits = mobile.strip_prefix('+').unwrap_or(&mobile);
        let number = digits.len() >= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !mobile.is_empty() && !number {
            problem = problem.field("mobile", |l| l.outbox_wrong_mobile().to_string());
        }
        let (from, to) =
            (minute_of(self.quiet_from.as_deref()), minute_of(self.quiet_to.as_deref()));
        let (from, to) = match (from, to) {
            (Ok(from), Ok(to)) if from.is_some() == to.is_some() => (from, to),
            _ => {
                problem = problem.field("quiet_from", |l| l.outbox_wrong_quiet().to_string());
                (None, None)
            }
        };
        if problem.has_fields() {
            return Err(problem);
        }
        Ok(Reach {
            id,
            extension: None,
            mail,
            mobile,
            quiet_from: from,
            quiet_to: to,
            version: self.version,
        })
    }
}

fn minute_of(text: Option<&str>) -> Result<Option<i64>, ()> {
    let Some(text) = text else { return Ok(None) };
    let time = NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| ())?;
    Ok(Some(i64::from(time.hour() * 60 + time.minute())))
}

async fn person(db: &db::Db, id: StaffId) -> Result<Person, Problem> {
    let people = people::people(db).await?;
    let found = people.into_iter().find(|one| one.id == id).ok_or_else(Problem::not_found)?;
    Ok(found.into())
}

async fn write(
    want: &Want,
    id: StaffId,
    written: Written,
    place: &str,
) -> Result<Response, Problem> {
    let db = &want.kit.db;
    let reach = written.read(id)?;
    person(db, id).await?;
    if !people::write_reach(db, want.stamp(), reach).await? {
        return Err(Problem::stale(&person(db, id).await?));
    }
    want.done(place, &person(db, id).await?)
}

pub(super) async fn write_theirs(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<StaffId>,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(&[Role::Admin, Role::Head])?;
    match write(&want, id, written.clone(), "/admin/outbox").await {
        Err(problem) if problem.has_fields() && !want.json => {
            let typed = written.again(&want, id, &problem).await?;
            let page = super::page(&panel, &want, &super::Asked::default(), Some(typed)).await?;
            want.page_with(problem.status, &page)
        }
        done => done,
    }
}

#[derive(Template, Serialize)]
#[template(path = "outbox/reach.html")]
struct ReachPage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    person: Person,
    /// What a browser subscribes with.
    push_key: Option<String>,
}

fn oneself(reader: &Reader) -> Result<StaffId, Problem> {
    reader.staff().ok_or_else(Problem::forbidden)
}

pub(super) async fn show_mine(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    let person = person(&want.kit.db, oneself(&reader)?).await?;
    want.page(&ReachPage {
        frame: want.frame(Place::Me),
        person,
        push_key: panel.senders.push_key(),
    })
}

pub(super) async fn write_mine(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    let id = oneself(&reader)?;
    match write(&want, id, written.clone(), "/me/reach").await {
        Err(problem) if problem.has_fields() && !want.json => {
            let page = ReachPage {
                frame: want.frame(Place::Me),
                person: written.again(&want, id, &problem).await?,
                push_key: panel.senders.push_key(),
            };
            want.page_with(problem.status, &page)
        }
        done => done,
    }
}

/// Sends oneself a message by every way there is.
pub(super) async fn try_out(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    let id = oneself(&reader)?;
    let l = want.messages();
    let letter = Letter {
        about: format!("staff/{id}"),
        event: "trial".to_owned(),
        title: l.outbox_trial_title(want.kit.site_name.as_str()).to_string(),
        body: l.outbox_trial_body(reader.name()).to_string(),
        link: Some(format!("{}/me/reach", want.kit.public_url)),
        button: None,
        urgent: true,
        everywhere: false,
    };
    let post = Post { to: id, roles: reader.roles.clone(), letter };
    let ways = panel.ways.clone();
    let sent = want.kit.db.write(want.stamp(), move |tx| {
        let (ways, post) = (ways.clone(), post.clone());
        Box::pin(async move { ways.post(tx, &post).await })
    });
    let sent = sent.await?;
    if sent == 0 {
        return Err(Problem::rule(|l| l.outbox_trial_none().to_string()));
    }
    want.done("/me/reach", &serde_json::json!({ "messages": sent }))
}

/// What a browser's `PushSubscription` says of itself.
#[derive(Deserialize)]
pub(super) struct Subscription {
    endpoint: String,
    keys: Keys,
}

#[derive(Deserialize)]
struct Keys {
    p256dh: String,
    auth: String,
}

pub(super) async fn subscribe(
    want: Want,
    reader: Reader,
    Input(subscription): Input<Subscription>,
) -> Result<Response, Problem> {
    let id = oneself(&reader)?;
    let Subscription { endpoint, keys: Keys { p256dh, auth } } = subscription;
    let fits = endpoint.len() <= 1000 && p256dh.len() <= 200 && auth.len() <= 100;
    if !fits || !endpoint.starts_with("https://") {
        return Err(Problem::syntax());
    }
    let browser = Browser { endpoint, p256dh, auth };
    people::subscribe(&want.kit.db, want.stamp(), id, browser).await?;
    want.done("/me/reach", &serde_json::json!({ "subscribed": true }))
}
