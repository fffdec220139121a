//! The page of scripts, and what is said of a text with a forbidden word.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{delete, get, post};
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};

use super::politeness::{Manner, look};
use super::store::{self, SAID_TWICE, STALE, Script, Use, WORD_TWICE, Word};
use crate::bus::News;
use crate::config::Hotline;
use crate::db;
use crate::kernel::{Role, ScriptId};
use crate::web::live::Fragments;
use crate::web::{
    At, Frame, Input, OnDuty, Place, Problem, Reader, Want, doors, maybe_text, number,
};
use crate::words::Messages;

mod written;

use written::{Written, checked, clean};

/// Who may change what is said.
const KEEPERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];
/// Who may read it.
const READERS: &[Role] = doors::SCRIPTS;
/// The longest name and the longest word, in characters.
const NAME_MOST: usize = 60;

/// The lines of the house, by number and name.
#[derive(Clone)]
struct Lines(Arc<[(String, String)]>);

/// A script with the names of who speaks in their places.
pub fn spoken(script: &str, want: &Want, reader: &OnDuty) -> String {
    let extension = reader.extension().map(ToString::to_string).unwrap_or_default();
    let said = script.replace("{name}", reader.name()).replace("{extension}", &extension);
    said.replace("{site}", &want.kit.site_name)
}

/// `/admin/scripts` and what is under it.
pub fn routes(hotlines: &[Hotline]) -> Router {
    let lines = hotlines.iter().map(|line| (line.number.clone(), line.name.clone())).collect();
    let greetings = hotlines.iter().map(|line| (line.name.clone(), line.greeting.clone()));
    Router::new()
        .route("/admin/scripts", get(list).post(add))
        .route("/admin/scripts/{id}", post(edit).delete(drop_one))
        .route("/admin/scripts/words", post(forbid))
        .route("/admin/scripts/words/{id}", delete(allow))
        .layer(Extension(Greetings(greetings.collect())))
        .with_state(Lines(lines))
}

/// The greetings of the configuration, by line: they are looked at too.
#[derive(Clone)]
struct Greetings(Arc<[(String, String)]>);

/// The room's news on `/live`.
pub struct ScriptNews;

impl Fragments for ScriptNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["script"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has_any(READERS)
    }
}

/// What is said when a text holds forbidden words: the words, and the rule of the first that has one.
/// `None` where there are none.
pub fn refused_words(l: &Messages, manner: &Manner) -> Option<String> {
    let first = manner.forbidden.first()?;
    let words: Vec<&str> = manner.forbidden.iter().map(|one| one.word.as_str()).collect();
    let words = words.join("、");
    let why = manner.forbidden.iter().map(|one| one.why.as_str()).find(|why| !why.is_empty());
    Some(match why {
        Some(why) => l.scripts_forbidden_why(words, why).to_string(),
        None => l.scripts_forbidden(words, first.word.as_str()).to_string(),
    })
}

/// A text of the page.
#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    script: Script,
    /// It says neither please nor thank you.
    impolite: bool,
    /// Forbidden words that were put on the list after it was written.
    forbidden: Vec<String>,
    #[serde(skip)]
    line_name: String,
}

/// One heading of the page.
struct Group {
    title: String,
    hint: String,
    views: Vec<View>,
    /// What is said where none is written; canned texts have none.
    usual: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "scripts/list.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    items: Vec<View>,
    next: Option<String>,
    words: Vec<Word>,
    #[serde(skip)]
    groups: Vec<Group>,
    #[serde(skip)]
    lines: Arc<[(String, String)]>,
    /// What is wrong with the greetings of the configuration.
    #[serde(skip)]
    configured: Vec<String>,
    #[serde(skip)]
    keeper: bool,
    #[serde(skip)]
    form: Fields,
    /// The script whose form is being corrected.
    #[serde(skip)]
    editing: Option<ScriptId>,
}

/// What stands in the fields.
#[derive(Default)]
struct Fields {
    case: String,
    line: String,
    language: String,
    title: String,
    body: String,
    word: String,
    errors: BTreeMap<&'static str, String>,
}

impl Fields {
    /// What stands in the field of a script that is being corrected, else its own words.
    fn body_of(&self, editing: Option<&ScriptId>, script: &Script) -> String {
        if editing == Some(&script.id) { self.body.clone() } else { script.body.clone() }
    }
}

fn case_name(l: &Messages, case: Use) -> (String, String) {
    let (title, hint) = match case {
        Use::Greeting => (l.scripts_greeting(), l.scripts_greeting_hint()),
        Use::Closing => (l.scripts_closing(), l.scripts_closing_hint()),
        Use::Refusal => (l.scripts_refusal(), l.scripts_refusal_hint()),
        Use::Outbound => (l.scripts_outbound(), l.scripts_outbound_hint()),
        Use::Canned => (l.scripts_canned(), l.scripts_canned_hint()),
    };
    (title.to_string(), hint.to_string())
}

impl Page {
    /// Whether this script's form is being corrected.
    fn edits(&self, one: &View) -> bool {
        self.editing == Some(one.script.id)
    }

    /// The cases of the form: their words and names.
    fn cases(&self) -> Vec<(&'static str, String)> {
        Use::ALL.map(|case| (case.word(), case_name(&self.frame.l, case).0)).into()
    }
}

/// What is said as long as nothing of a kind is written.
fn usual(
    want: &Want,
    reader: &OnDuty,
    greetings: &Greetings,
    may: impl Fn(&str) -> bool,
    case: Use,
) -> Option<String> {
    let (l, name) = (want.messages(), reader.name());
    Some(match case {
        Use::Greeting => {
            let hello = l.scripts_default_hello(want.kit.site_name.as_str()).to_string();
            let set = greetings
                .0
                .iter()
                .map(|(_, text)| text.trim())
                .find(|text| !text.is_empty() && may(text));
            let bare = set.unwrap_or(&hello).trim_end_matches(['。', '！', '.', '!']);
            if bare.ends_with(['？', '?']) {
                // one that asks already is whole
                return Some(bare.to_owned());
            }
            l.scripts_default_greeting(bare, name).to_string()
        }
        Use::Closing => l.scripts_default_closing().to_string(),
        Use::Refusal => l.scripts_default_refusal().to_string(),
        Use::Outbound => l.scripts_default_outbound(name).to_string(),
        Use::Canned => return None,
    })
}

async fn page(
    want: &Want,
    reader: &OnDuty,
    lines: &Lines,
    greetings: &Greetings,
    form: Fields,
    editing: Option<ScriptId>,
) -> db::Result<Page> {
    let db = &want.kit.db;
    let words = store::words(db).await?;
    let list = store::forbidden(db).await?;
    let l = want.messages();
    let view = |script: Script| {
        let manner = look(&script.body, &list);
        let line = lines.0.iter().find(|(number, _)| *number == script.line);
        View {
            impolite: !manner.polite,
            forbidden: manner.forbidden.into_iter().map(|one| one.word).collect(),
            line_name: match line {
                Some((_, name)) => name.clone(),
                None if script.line.is_empty() => l.scripts_every_line().to_string(),
                None => script.line.clone(),
            },
            script,
        }
    };
    let scripts = store::all(db).await?;
    let may = |text: &str| look(text, &list).forbidden.is_empty();
    let group = |case: Use| {
        let (title, hint) = case_name(&l, case);
        let of = scripts.iter().filter(|script| script.case == case).cloned();
        let usual = usual(want, reader, greetings, may, case);
        Group { title, hint, views: of.map(view).collect(), usual }
    };
    let configured = greetings.0.iter().filter_map(|(name, greeting)| {
        let wrong = refused_words(&l, &look(greeting, &list))?;
        Some(l.scripts_configured(name.as_str(), wrong).to_string())
    });
    Ok(Page {
        groups: Use::ALL.map(group).into(),
        items: scripts.iter().cloned().map(view).collect(),
        next: None,
        words,
        lines: Arc::clone(&lines.0),
        configured: configured.collect(),
        keeper: reader.roles.has_any(KEEPERS),
        form,
        editing,
        frame: want.frame(Place::Scripts),
    })
}

async fn list(
    State(lines): State<Lines>,
    Extension(greetings): Extension<Greetings>,
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    want.page(&page(&want, &reader, &lines, &greetings, Fields::default(), None).await?)
}

fn refused(error: db::Error) -> Problem {
    if error.is_refusal(SAID_TWICE) {
        return Problem::rules().field("use", |l| l.scripts_said_twice().to_string());
    }
    error.into()
}

async fn add(
    State(lines): State<Lines>,
    Extension(greetings): Extension<Greetings>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let db = &want.kit.db;
    let added = match written.draft(&want, &lines).await {
        Ok(draft) => store::add(db, want.stamp(), draft).await.map_err(refused),
        Err(problem) => Err(problem),
    };
    match added {
        Ok(id) => want.done("/admin/scripts", &store::one(db, id).await?),
        Err(problem) if problem.has_fields() && !want.json => {
            let form = Fields {
                case: written.case,
                line: written.line.unwrap_or_default(),
                language: written.language.unwrap_or_default(),
                title: written.title.unwrap_or_default(),
                body: written.body,
                errors: problem.fields(&want.messages()),
                ..Fields::default()
            };
            let page = page(&want, &reader, &lines, &greetings, form, None).await?;
            want.page_with(problem.status, &page)
        }
        Err(problem) => Err(problem),
    }
}

#[derive(Deserialize)]
struct Edited {
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(default, deserialize_with = "maybe_text")]
    title: Option<String>,
    body: String,
}

async fn edit(
    State(lines): State<Lines>,
    Extension(greetings): Extension<Greetings>,
    want: Want,
    reader: Reader,
    At(id): At<ScriptId>,
    Input(edited): Input<Edited>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let db = &want.kit.db;
    let was = store::one(db, id).await?;
    let body = match checked(&want, &edited.body).await {
        Ok(body) => body,
        Err(problem) if problem.has_fields() && !want.json => {
            let errors = problem.fields(&want.messages());
            let form = Fields { body: edited.body, errors, ..Fields::default() };
            let page = page(&want, &reader, &lines, &greetings, form, Some(id)).await?;
            return want.page_with(problem.status, &page);
        }
        Err(problem) => return Err(problem),
    };
    let title = edited.title.map_or(was.title, |title| clean(&title));
    match store::edit(db, want.stamp(), id, edited.version, title, body).await {
        Err(error) if error.is_refusal(STALE) => Err(Problem::stale(&store::one(db, id).await?)),
        Err(error) => Err(refused(error)),
        Ok(()) => want.done("/admin/scripts", &store::one(db, id).await?),
    }
}

async fn drop_one(want: Want, reader: Reader, At(id): At<ScriptId>) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let was = store::one(&want.kit.db, id).await?;
    store::drop_one(&want.kit.db, want.stamp(), id).await?;
    want.done("/admin/scripts", &was)
}

#[derive(Deserialize)]
struct Banned {
    word: String,
    #[serde(default)]
    why: String,
}

async fn forbid(
    State(lines): State<Lines>,
    Extension(greetings): Extension<Greetings>,
    want: Want,
    reader: Reader,
    Input(banned): Input<Banned>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let (word, why) = (clean(&banned.word), clean(&banned.why));
    let long = word.chars().count() > NAME_MOST || why.chars().count() > NAME_MOST;
    let put = if super::politeness::folded(&word).is_empty() || long {
        Err(Problem::rules().field("word", |l| l.scripts_wrong_title(NAME_MOST).to_string()))
    } else {
        let put = store::forbid(&want.kit.db, want.stamp(), word.clone(), why.clone()).await;
        put.map_err(|error| {
            if error.is_refusal(WORD_TWICE) {
                return Problem::rules().field("word", |l| l.scripts_word_twice().to_string());
            }
            error.into()
        })
    };
    match put {
        Ok(id) => want.done("/admin/scripts", &Word { id, word, why }),
        Err(problem) if problem.has_fields() && !want.json => {
            let errors = problem.fields(&want.messages());
            let form = Fields { word: banned.word, errors, ..Fields::default() };
            let page = page(&want, &reader, &lines, &greetings, form, None).await?;
            want.page_with(problem.status, &page)
        }
        Err(problem) => Err(problem),
    }
}

async fn allow(want: Want, reader: Reader, At(id): At<i64>) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    store::allow(&want.kit.db, want.stamp(), id).await?;
    want.done("/admin/scripts", &serde_json::json!({ "id": id }))
}
