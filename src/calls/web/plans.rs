//! The card that is prepared before we dial: whom, what for, the result first, the points, what is
//! read digit by digit, the summing up (operations.md clauses 2.1–2.3).

use std::borrow::Borrow;
use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::figures_read::figures;
use super::super::known::Whom;
use super::super::particulars::clean;
use super::super::store::papers::{Paper, PlanLetter};
use super::super::store::{self, NewPlan, PLAN_STALE, Plan, PlanWords};
use super::{Panel, papers, person, sight};
use crate::contacts;
use crate::db;
use crate::followups;
use crate::kernel::{CallId, ContactId, FollowUpId, HIDDEN, Phone, PlanId};
use crate::outbox;
use crate::scripts::{self, Use, spoken};
use crate::web::{
    At, Filter, Frame, Input, OnDuty, Place, Problem, Reader, Want, flag, id_in, maybe_number,
    maybe_text, number,
};

/// The longest line and the longest text of a card, in characters.
const LINE_MOST: usize = 300;
const TEXT_MOST: usize = 2_000;

/// What stands on the card.
#[derive(Default)]
struct Fields {
    number: String,
    name: String,
    about: String,
    words: PlanWords,
    errors: BTreeMap<&'static str, String>,
}

#[derive(Template, Serialize)]
#[template(path = "outgoing/plan.html")]
struct CardPage {
    #[serde(skip)]
    frame: Frame,
    /// `null` while it is being prepared.
    plan: Option<Plan>,
    /// The first sentence, with the name of who calls.
    opening: String,
    /// Times, places and numbers, to be read digit by digit.
    read_out: Vec<String>,
    #[serde(skip)]
    form: Fields,
    #[serde(skip)]
    shown: String,
    /// None where the number is closed to this reader.
    #[serde(skip)]
    dial: Option<String>,
    #[serde(skip)]
    mine: bool,
    /// A longer talk without a purpose is marked.
    #[serde(skip)]
    long_minutes: i64,
    /// What lies beside it.
    papers: Vec<Paper>,
    /// Where its text was sent.
    letters: Vec<PlanLetter>,
    /// Its text, as it is sent on.
    #[serde(skip)]
    text: String,
    #[serde(skip)]
    mail: bool,
    #[serde(skip)]
    robots: Vec<String>,
}

impl CardPage {
    /// A size as people read it.
    fn size(&self, bytes: impl Borrow<i64>) -> String {
        self.frame.l.calls_plan_paper_size((bytes.borrow() + 1_023) / 1_024).to_string()
    }

    fn state(&self, word: &str) -> String {
        let state = outbox::State::from_name(word);
        state.map(|state| outbox::state_name(&self.frame.l, state)).unwrap_or_default()
    }
}

async fn page(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    plan: Option<Plan>,
    form: Fields,
) -> Result<CardPage, Problem> {
    let db = &want.kit.db;
    let (papers, letters) = match &plan {
        Some(plan) => {
            (store::papers::papers(db, plan.id).await?, store::papers::letters(db, plan.id).await?)
        }
        None => (Vec::new(), Vec::new()),
    };
    let (mail, robots) = papers::ways(panel);
    let said = scripts::store::said(&want.kit.db, Use::Outbound, "", want.language).await?;
    let usual = || want.messages().scripts_default_outbound(reader.name()).to_string();
    let opening = said.map_or_else(usual, |said| spoken(&said, want, reader));
    let words = &form.words;
    let mut read_out = Vec::new();
    for text in [&words.conclusion, &words.points, &words.figures] {
        for figure in figures(text) {
            if !read_out.contains(&figure) {
                read_out.push(figure);
            }
        }
    }
    let phone = Phone::read(&form.number);
    Ok(CardPage {
        frame: want.frame(Place::Calls),
        text: papers::text(&want.messages(), words, reader.name()),
        papers,
        letters,
        mail,
        robots,
        opening,
        long_minutes: super::outgoing::LONG_MS / 60_000,
        read_out,
        shown: phone.as_ref().map_or_else(|| form.number.clone(), Phone::for_people),
        dial: phone
            .map(|phone| phone.as_str().to_owned())
            .or_else(|| Some(form.number.clone()).filter(|number| number != HIDDEN)),
        mine: plan.as_ref().is_none_or(|plan| Some(plan.staff_id) == reader.staff()),
        plan,
        form,
    })
}

/// `?number=138…`, `?contact=7`, `?about=follow-ups/3`, `?purpose=…`
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    number: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    contact: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    about: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    purpose: Option<String>,
}

/// `GET /calls/plans/new`
pub(super) async fn prepare(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    sight::may_write(&reader)?;
    let db = &want.kit.db;
    let mut form = Fields {
        number: asked.number.unwrap_or_default(),
        about: asked.about.unwrap_or_default(),
        words: PlanWords { purpose: asked.purpose.unwrap_or_default(), ..PlanWords::default() },
        ..Fields::default()
    };
    let closed = reader.closed.clone();
    let whom = whom(&panel, &want, &form.about).await?;
    if let Some(whom) = whom.filter(|whom| whom.has(&form.number)) {
        let named = closed.whose(&whom.number).map(str::to_owned);
        form.name = named.unwrap_or_else(|| closed.wire(&whom.name));
        form.number = Some(whom.number).filter(|number| !closed.hides(number)).unwrap_or_default();
    }
    let card = match asked.contact {
        Some(id) => contacts::store::card(db, ContactId(id)).await?,
        None => None,
    };
    if let Some(card) = card {
        form.name.clone_from(&card.name);
        if form.number.is_empty() {
            let mut open = card.numbers.iter().filter(|line| !closed.hides(&line.number));
            form.number = open.next().map(|line| line.number.clone()).unwrap_or_default();
        }
        if form.about.is_empty() {
            form.about = format!("contacts/{}", card.id);
        }
    } else if let Some(phone) = Phone::read(&form.number).filter(|one| !closed.hides(one.as_str()))
    {
        let known = contacts::store::by_number(db, phone.as_str()).await?;
        form.name = known.map_or(form.name, |card| card.name);
    }
    want.page(&page(&panel, &want, &reader, None, form).await?)
}

/// Who is to be called about a record; what is to be done is about another record.
async fn whom(panel: &Panel, want: &Want, about: &str) -> db::Result<Option<Whom>> {
    let db = &want.kit.db;
    let found = match id_in::<FollowUpId>(about, "follow-ups") {
        Some(id) => followups::store::follow_up(db, id).await.map(|one| one.follow_up.about),
        None => Ok(Some(about.to_owned())),
    };
    let Some(about) = known(found)?.flatten() else { return Ok(None) };
    if let Some(id) = id_in::<CallId>(&about, "calls") {
        let caller = known(store::call(db, id).await)?.map(|call| call.caller);
        return Ok(caller.and_then(|caller| {
            let name = caller.display.unwrap_or_default();
            caller.number.map(|number| Whom { number, name })
        }));
    }
    if let Some(id) = id_in::<ContactId>(&about, "contacts") {
        let card = contacts::store::card(db, id).await?;
        return Ok(card.and_then(|card| {
            let number = card.numbers.into_iter().next()?.number;
            Some(Whom { number, name: card.name })
        }));
    }
    for room in &*panel.rooms {
        if let Some(whom) = room.whom(db, &about).await? {
            return Ok(Some(whom));
        }
    }
    Ok(None)
}

/// What a record that may be gone says.
fn known<T>(found: db::Result<T>) -> db::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(db::Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A card as a form or a program sends it.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default, deserialize_with = "maybe_text")]
    about: Option<String>,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    conclusion: String,
    #[serde(default)]
    points: String,
    #[serde(default)]
    figures: String,
    #[serde(default)]
    summary: String,
    #[serde(default, deserialize_with = "flag")]
    summed_up: bool,
}

impl Written {
    fn words(&self) -> Result<PlanWords, Problem> {
        let mut wrong = Problem::rules();
        let words = PlanWords {
            purpose: clean(&self.purpose, false),
            conclusion: clean(&self.conclusion, true),
            points: clean(&self.points, true),
            figures: clean(&self.figures, true),
            summary: clean(&self.summary, true),
            summed_up: self.summed_up,
        };
        if words.purpose.is_empty() || words.purpose.chars().count() > LINE_MOST {
            wrong = wrong.field("purpose", |l| l.calls_plan_purpose_missing(LINE_MOST).to_string());
        }
        let texts = [
            ("conclusion", &words.conclusion),
            ("points", &words.points),
            ("figures", &words.figures),
            ("summary", &words.summary),
        ];
        for (name, text) in texts {
            if text.chars().count() > TEXT_MOST {
                wrong = wrong.field(name, |l| l.calls_record_too_long(TEXT_MOST).to_string());
            }
        }
        if wrong.has_fields() { Err(wrong) } else { Ok(words) }
    }

    /// A record of ours is named as its address is.
    fn about(&self) -> Option<String> {
        let named = self.about.as_deref()?.trim_start_matches('/');
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
        (named.len() <= 80 && named.chars().all(good)).then(|| named.to_owned())
    }
}

/// `POST /calls/plans`
pub(super) async fn add(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    sight::may_write(&reader)?;
    let by = person(&reader)?;
    let raw = clean(&written.number, false);
    let number = Phone::read(&raw).map_or(raw, |phone| phone.as_str().to_owned());
    let name: String = clean(&written.name, false).chars().take(LINE_MOST).collect();
    let checked = written.words().and_then(|words| {
        let dialled = |c: char| c.is_ascii_digit() || "+*#".contains(c);
        if number.is_empty() || number.len() > 32 || !number.chars().all(dialled) {
            let wrong = |l: &crate::words::Messages| l.calls_plan_number_missing().to_string();
            return Err(Problem::rules().field("number", wrong));
        }
        Ok(words)
    });
    let words = match checked {
        Ok(words) => words,
        Err(problem) if problem.has_fields() && !want.json => {
            let form = Fields {
                number: written.number,
                name: written.name,
                about: written.about.unwrap_or_default(),
                words: PlanWords {
                    purpose: written.purpose,
                    conclusion: written.conclusion,
                    points: written.points,
                    figures: written.figures,
                    summary: written.summary,
                    summed_up: false,
                },
                errors: problem.fields(&want.messages()),
            };
            let page = page(&panel, &want, &reader, None, form).await?;
            return want.page_with(problem.status, &page);
        }
        Err(problem) => return Err(problem),
    };
    let about = written.about();
    let new = NewPlan { number, name, about, words, of: None };
    let Some(id) = store::add_plan(&want.kit.db, want.stamp(), by, new).await? else {
        return Err(Problem::broken("a card was not kept"));
    };
    want.done(&format!("/calls/plans/{id}"), &seen(&want, &reader, id).await?)
}

/// One card as this reader may see it.
async fn seen(want: &Want, reader: &OnDuty, id: PlanId) -> db::Result<Plan> {
    Ok(sight::plan(store::plan(&want.kit.db, id).await?, reader, &reader.closed))
}

/// `GET /calls/plans/{id}`
pub(super) async fn show(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<PlanId>,
) -> Result<Response, Problem> {
    sight::may_read(&reader)?;
    let plan = seen(&want, &reader, id).await?;
    if Some(plan.staff_id) != reader.staff() && !reader.roles.has_any(sight::JUDGES) {
        return Err(Problem::not_found());
    }
    let form = Fields {
        number: plan.number.clone(),
        name: plan.name.clone(),
        about: plan.about.clone().unwrap_or_default(),
        words: plan.words(),
        errors: BTreeMap::new(),
    };
    want.page(&page(&panel, &want, &reader, Some(plan), form).await?)
}

#[derive(Deserialize)]
pub(super) struct Edited {
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(flatten)]
    written: Written,
}

/// `POST /calls/plans/{id}`
pub(super) async fn edit(
    want: Want,
    reader: Reader,
    At(id): At<PlanId>,
    Input(edited): Input<Edited>,
) -> Result<Response, Problem> {
    sight::may_write(&reader)?;
    let db = &want.kit.db;
    let plan = store::plan(db, id).await?;
    if Some(plan.staff_id) != reader.staff() {
        return Err(Problem::forbidden());
    }
    let words = edited.written.words()?;
    match store::edit_plan(db, want.stamp(), id, edited.version, words).await {
        Err(error) if error.is_refusal(PLAN_STALE) => {
            Err(Problem::stale(&seen(&want, &reader, id).await?))
        }
        Err(error) => Err(error.into()),
        Ok(()) => want.done(&format!("/calls/plans/{id}"), &seen(&want, &reader, id).await?),
    }
}
