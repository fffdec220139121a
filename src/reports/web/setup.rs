//! `/reports/settings`: the target, the thresholds, and the reports that go out by themselves.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::Timelike as _;
use serde::{Deserialize, Serialize};

use super::choices::{Choice, choices};
use super::words::Names;
use super::{Office, SETTERS};
use crate::calls::figures;
use crate::db::Error;
use crate::kernel::{Language, MailId, Role, Roles};
use crate::reports::post::next_at;
use crate::reports::said;
use crate::reports::store::{self, Mail, NewMail, Raised, Settings};
use crate::reports::tally::percent;
use crate::reports::watch::{Alert, Cause};
use crate::web::{
    At, Frame, Input, Place, Problem, Reader, Want, maybe_number, maybe_text, number,
};
use crate::words::{self, Messages};

/// An alert as the page says it.
struct Open {
    said: String,
    since: String,
}

/// A report that goes out, as the page says it.
struct MailRow {
    id: MailId,
    said: String,
    address: String,
    next: String,
    sent: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "reports/settings.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    settings: Settings,
    /// Alerts whose cause is still there.
    alerts: Vec<Raised>,
    /// Whose people are told of alerts.
    alert_roles: Roles,
    /// By the ways out of the house too.
    alert_out: bool,
    /// Reports that go out by themselves.
    mails: Vec<Mail>,
    /// Whether there is a way for them out of the house.
    mails_go_out: bool,
    #[serde(skip)]
    target: String,
    #[serde(skip)]
    open: Vec<Open>,
    #[serde(skip)]
    rows: Vec<MailRow>,
    #[serde(skip)]
    alert_to: Vec<Choice>,
    #[serde(skip)]
    hotlines: Vec<Choice>,
    #[serde(skip)]
    weekdays: Vec<Choice>,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

async fn page(office: &Office, want: &Want) -> Result<Page, Problem> {
    let db = &want.kit.db;
    let settings = store::settings(db).await?;
    let alerts = store::open_alerts(db).await?;
    let mails = store::mails(db).await?;
    let names = Names::read(db, office).await?;
    let frame = want.frame(Place::Reports);
    let (l, spelling) = (&frame.l, frame.spelling);
    let to = store::alerts_to(db).await?;
    let open = alerts.iter().filter_map(|raised| {
        let (subject, figure) = (raised.subject.clone(), raised.figure);
        let alert = Alert { cause: Cause::from_word(&raised.cause)?, subject, figure };
        let said = format!("{} · {}", said::cause(l, alert.cause), said::measure(l, &alert));
        Some(Open { said, since: spelling.moment(raised.raised_at) })
    });
    let rows = mails.iter().map(|mail| {
        let time = format!("{:02}:{:02}", mail.minute / 60, mail.minute % 60);
        let said = match mail.weekday {
            None => l.reports_mail_daily(time).to_string(),
            Some(day) => {
                l.reports_mail_weekly(figures::weekday(l, &day.to_string()), time).to_string()
            }
        };
        MailRow {
            id: mail.id,
            said,
            address: mail.address.clone(),
            next: spelling.moment(mail.next_at),
            sent: mail.sent_at.map(|at| spelling.moment(at)),
        }
    });
    Ok(Page {
        target: percent(settings.target_permille),
        open: open.collect(),
        rows: rows.collect(),
        hotlines: choices(&names.hotlines, None),
        weekdays: (1..=7)
            .map(|day: i64| Choice {
                value: day.to_string(),
                label: figures::weekday(l, &day.to_string()),
                chosen: day == 1,
            })
            .collect(),
        errors: BTreeMap::new(),
        mails_go_out: office.posts,
        alert_to: recipients(l, &to.roles),
        alert_roles: to.roles,
        alert_out: to.out,
        settings,
        alerts,
        mails,
        frame,
    })
}

pub(super) async fn show(
    State(office): State<Office>,
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.may(SETTERS)?;
    want.page(&page(&office, &want).await?)
}

#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(deserialize_with = "number")]
    version: i64,
    /// A percentage with one decimal, `95.0`.
    target: String,
    #[serde(deserialize_with = "number")]
    rate_after_calls: i64,
    #[serde(deserialize_with = "number")]
    waiting_calls: i64,
    #[serde(deserialize_with = "number")]
    pbx_silent_minutes: i64,
    #[serde(deserialize_with = "number")]
    nobody_minutes: i64,
    /// Roles separated by commas, `-` for nobody; left as it is where it is not given.
    #[serde(default, deserialize_with = "maybe_text")]
    alert_roles: Option<String>,
    /// 1 or 0; left as it is where it is not given.
    #[serde(default, deserialize_with = "maybe_number")]
    alert_out: Option<i64>,
}

/// Who may be told of alerts, as the form offers it; what is set is among them.
const TOLD: [&[Role]; 5] = [
    &[Role::Supervisor, Role::Head],
    &[Role::Supervisor],
    &[Role::Head],
    &[Role::Supervisor, Role::Head, Role::Manager],
    &[],
];

fn recipients(l: &Messages, set: &Roles) -> Vec<Choice> {
    let mut all: Vec<Roles> = TOLD.iter().map(|roles| roles.iter().copied().collect()).collect();
    if !all.contains(set) {
        all.insert(0, set.clone());
    }
    let choice = |roles: Roles| {
        let names: Vec<String> = roles.iter().map(|role| words::role(l, role)).collect();
        let nobody = roles.is_empty();
        Choice {
            value: if nobody { "-".to_owned() } else { roles.to_string() },
            label: if nobody {
                l.reports_alert_to_nobody().to_string()
            } else {
                names.join(" · ")
            },
            chosen: roles == *set,
        }
    };
    all.into_iter().map(choice).collect()
}

/// `95` and `95.0` are 950 thousandths.
fn thousandths(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches('%').trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let part: i64 = part.parse().ok().filter(|_| part.len() == 1)?;
    let share = whole.parse::<i64>().ok()?.checked_mul(10)?.checked_add(part)?;
    (1..=1000).contains(&share).then_some(share)
}

pub(super) async fn change(
    State(office): State<Office>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(SETTERS)?;
    let mut problem = Problem::rules();
    let target = thousandths(&written.target);
    if target.is_none() {
        problem = problem.field("target", |l| l.reports_wrong_target().to_string());
    }
    let ranges = [
        ("rate_after_calls", written.rate_after_calls, 1),
        ("waiting_calls", written.waiting_calls, 0),
        ("pbx_silent_minutes", written.pbx_silent_minutes, 0),
        ("nobody_minutes", written.nobody_minutes, 0),
    ];
    for (field, given, least) in ranges {
        if !(least..=10_000).contains(&given) {
            problem = problem.field(field, |l| l.reports_wrong_number().to_string());
        }
    }
    let roles = written.alert_roles.as_deref().map(|text| match text {
        "-" => Ok(Roles::default()),
        text => text.parse::<Roles>(),
    });
    let Ok(roles) = roles.transpose() else {
        problem = problem.field("alert_roles", |l| l.reports_wrong_roles().to_string());
        return refused(&office, &want, problem).await;
    };
    if problem.has_fields() {
        return refused(&office, &want, problem).await;
    }
    let out = written.alert_out.map(|out| out != 0);
    let new = Settings {
        version: written.version,
        target_permille: target.unwrap_or(950),
        rate_after_calls: written.rate_after_calls,
        waiting_calls: written.waiting_calls,
        pbx_silent_minutes: written.pbx_silent_minutes,
        nobody_minutes: written.nobody_minutes,
    };
    let db = &want.kit.db;
    match store::change_settings(db, want.stamp(), new, roles, out).await {
        Err(Error::NotFound) => return Err(Problem::stale(&store::settings(db).await?)),
        done => done?,
    }
    want.done("/reports/settings", &store::settings(db).await?)
}

async fn refused(office: &Office, want: &Want, problem: Problem) -> Result<Response, Problem> {
    if want.json {
        return Err(problem);
    }
    let errors = problem.fields(&want.messages());
    want.page_with(problem.status, &Page { errors, ..page(office, want).await? })
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    every: String,
    #[serde(default, deserialize_with = "maybe_number")]
    weekday: Option<i64>,
    /// `08:00`.
    time: String,
    address: String,
    #[serde(default, deserialize_with = "maybe_text")]
    hotline: Option<String>,
}

pub(super) async fn add_mail(
    State(office): State<Office>,
    want: Want,
    reader: Reader,
    Input(wanted): Input<Wanted>,
) -> Result<Response, Problem> {
    reader.may(SETTERS)?;
    let mut problem = Problem::rules();
    let every = match wanted.every.as_str() {
        "day" => Some(("day", None)),
        "week" => wanted.weekday.filter(|day| (1..=7).contains(day)).map(|day| ("week", Some(day))),
        _ => None,
    };
    if every.is_none() {
        problem = problem.field("every", |l| l.reports_wrong_every().to_string());
    }
    let time = chrono::NaiveTime::parse_from_str(wanted.time.trim(), "%H:%M").ok();
    if time.is_none() {
        problem = problem.field("time", |l| l.reports_wrong_time().to_string());
    }
    let address = wanted.address.trim().to_owned();
    if !crate::outbox::is_address(&address) {
        problem = problem.field("address", |l| l.reports_wrong_address().to_string());
    }
    let known = |number: &String| office.hotlines.iter().any(|line| line.number == *number);
    if !wanted.hotline.as_ref().is_none_or(known) {
        problem = problem.field("hotline", |l| l.reports_wrong_hotline().to_string());
    }
    let (Some((every, weekday)), Some(time), false) = (every, time, problem.has_fields()) else {
        return refused(&office, &want, problem).await;
    };
    let minute = i64::from(time.hour() * 60 + time.minute());
    let new = NewMail {
        every,
        weekday,
        minute,
        address,
        language: match want.language {
            Language::ZhCn => "zh-CN",
            Language::En => "en",
        },
        hotline: wanted.hotline,
        next_at: next_at(weekday, minute, want.kit.day.zone, want.now),
    };
    let db = &want.kit.db;
    let id = store::add_mail(db, want.stamp(), new).await?;
    let all = store::mails(db).await?;
    let found = all.into_iter().find(|mail| mail.id == id).ok_or_else(Problem::not_found)?;
    want.done("/reports/settings", &found)
}

pub(super) async fn drop_mail(
    want: Want,
    reader: Reader,
    At(id): At<MailId>,
) -> Result<Response, Problem> {
    reader.may(SETTERS)?;
    if !store::drop_mail(&want.kit.db, want.stamp(), id).await? {
        return Err(Problem::not_found());
    }
    want.done("/reports/settings", &serde_json::json!({ "id": id }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_percentage_with_one_decimal() {
        assert_eq!(thousandths("95"), Some(950));
        assert_eq!(thousandths(" 97.5 % "), Some(975));
        assert_eq!(thousandths("100.0"), Some(1000));
        for wrong in ["", "0", "100.1", "95.55", "-3", "ninety", "99999999999999999999"] {
            assert_eq!(thousandths(wrong), None, "{wrong}");
        }
    }
}
