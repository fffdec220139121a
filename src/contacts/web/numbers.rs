//! The site's rules for numbers, and a bench on which ten numbers are tried before they are saved.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::number::Number;
use super::super::place::place_of;
use super::super::rules::{SiteRules, WrongRule};
use super::super::sight::RULERS;
use super::super::store::{renumber, rules};
use super::super::wrong::no_number;
use crate::web::{Frame, Input, Place, Problem, Reader, Want, list, number};
use crate::words::Messages;

/// So many numbers are tried at once.
const SAMPLES: usize = 200;

/// The rules as they stand in the fields, and what was tried.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Body {
    #[serde(deserialize_with = "number")]
    version: i64,
    area_code: String,
    #[serde(deserialize_with = "list")]
    strip: Vec<String>,
    #[serde(deserialize_with = "list")]
    services: Vec<String>,
    #[serde(deserialize_with = "list")]
    extension_words: Vec<String>,
    separators: String,
    /// Numbers to try, one a line.
    #[serde(deserialize_with = "list")]
    samples: Vec<String>,
}

impl Body {
    fn of(version: i64, rules: &SiteRules) -> Self {
        Self {
            version,
            area_code: rules.area_code.clone(),
            strip: rules.strip.clone(),
            services: rules.services.clone(),
            extension_words: rules.extension_words.clone(),
            separators: rules.separators.clone(),
            samples: Vec::new(),
        }
    }

    fn rules(&self) -> Result<SiteRules, Problem> {
        let text = |words: &[String]| words.join("\n");
        SiteRules::read(
            &self.area_code,
            &text(&self.strip),
            &text(&self.services),
            &text(&self.extension_words),
            &self.separators,
        )
        .map_err(|wrong| {
            wrong.into_iter().fold(Problem::rules(), |problem, (field, why)| {
                problem.field(field, move |l| said(l, why))
            })
        })
    }

    fn samples(&self) -> Vec<String> {
        let lines = self.samples.iter().flat_map(|text| text.lines());
        let lines = lines.map(str::trim).filter(|line| !line.is_empty());
        lines.take(SAMPLES).map(|line| line.chars().take(200).collect()).collect()
    }
}

fn said(l: &Messages, why: WrongRule) -> String {
    let said = match why {
        WrongRule::AreaCode => l.contacts_rule_area(),
        WrongRule::Strip => l.contacts_rule_strip(),
        WrongRule::Service => l.contacts_rule_service(),
        WrongRule::ExtensionWord => l.contacts_rule_extension(),
        WrongRule::Separator => l.contacts_rule_separator(),
        WrongRule::TooMany => l.contacts_rule_many(),
    };
    said.to_string()
}

/// One number on the bench.
#[derive(Debug, Clone, Serialize)]
struct Trial {
    /// As it was pasted.
    text: String,
    /// As the rules in force read it; `null` where they read no number.
    now: Option<String>,
    /// As the rules in the fields would.
    then: Option<String>,
    /// Why they would read none.
    why: Option<String>,
    /// Where it is at home.
    place: Option<&'static str>,
    /// As people write it.
    shown: Option<String>,
    /// The two readings differ.
    differs: bool,
}

fn trial(want: &Want, text: String, now: &SiteRules, then: &SiteRules) -> Trial {
    let l = want.messages();
    let (before, after) = (Number::read(&text, now), Number::read(&text, then));
    Trial {
        now: before.as_ref().ok().map(ToString::to_string),
        then: after.as_ref().ok().map(ToString::to_string),
        why: after.as_ref().err().map(|why| no_number(&l, *why)),
        place: after.as_ref().ok().and_then(|one| place_of(one.as_str(), want.language)),
        shown: after.as_ref().ok().map(Number::for_people),
        differs: before.ok() != after.ok(),
        text,
    }
}

#[derive(Template, Serialize)]
#[template(path = "contacts/numbers.html")]
struct NumbersPage {
    #[serde(skip)]
    frame: Frame,
    version: i64,
    rules: SiteRules,
    /// What was tried.
    trials: Vec<Trial>,
    #[serde(skip)]
    form: Body,
    #[serde(skip)]
    samples: String,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

/// What an empty bench is filled with.
const EXAMPLES: &str = "13800001234\n+86 138-0000/1234\n１３８００００１２３４\n013800001234\n84523317\n025-84523317转801\n400-800-1234\n95588\n0086 25 84523317\n+44 20 7946 0000";

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(RULERS)?;
    let (version, rules) = rules::current(&want.kit.db).await?;
    let form = Body::of(version, &rules);
    want.page(&NumbersPage {
        frame: want.frame(Place::Contacts),
        trials: EXAMPLES.lines().map(|one| trial(&want, one.to_owned(), &rules, &rules)).collect(),
        samples: EXAMPLES.to_owned(),
        errors: BTreeMap::new(),
        version,
        rules,
        form,
    })
}

/// Reads numbers by the rules in the fields; nothing is saved.
pub(super) async fn try_out(
    want: Want,
    reader: Reader,
    Input(body): Input<Body>,
) -> Result<Response, Problem> {
    reader.may(RULERS)?;
    let (version, rules) = rules::current(&want.kit.db).await?;
    let then = match body.rules() {
        Ok(then) => then,
        Err(problem) => return again(&want, version, rules, body, &problem),
    };
    let trials = body.samples().into_iter().map(|one| trial(&want, one, &rules, &then)).collect();
    want.page(&NumbersPage {
        frame: want.frame(Place::Contacts),
        samples: body.samples().join("\n"),
        errors: BTreeMap::new(),
        form: Body { version: body.version, ..Body::of(version, &then) },
        version,
        rules,
        trials,
    })
}

pub(super) async fn change(
    want: Want,
    reader: Reader,
    Input(body): Input<Body>,
) -> Result<Response, Problem> {
    reader.may(RULERS)?;
    let db = &want.kit.db;
    let (version, now) = rules::current(db).await?;
    let then = match body.rules() {
        Ok(then) => then,
        Err(problem) => return again(&want, version, now, body, &problem),
    };
    match rules::change(db, want.stamp(), body.version, then.clone()).await {
        Err(error) if error.is_refusal(rules::STALE) => Err(Problem::stale(&now)),
        done => {
            done?;
            want.done("/admin/numbers", &then)
        }
    }
}

fn again(
    want: &Want,
    version: i64,
    rules: SiteRules,
    body: Body,
    problem: &Problem,
) -> Result<Response, Problem> {
    if want.json {
        return Err(problem.clone());
    }
    let page = NumbersPage {
        frame: want.frame(Place::Contacts),
        trials: Vec::new(),
        samples: body.samples().join("\n"),
        errors: problem.fields(&want.messages()),
        version,
        rules,
        form: body,
    };
    want.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Reads every stored number again as it was written, by the rules in force.
pub(super) async fn read_again(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(RULERS)?;
    let db = &want.kit.db;
    let (_, rules) = rules::current(db).await?;
    let changed = renumber::all(db, want.stamp(), &rules).await?;
    want.done("/admin/numbers", &serde_json::json!({ "changed": changed }))
}
