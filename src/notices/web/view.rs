//! A notice as pages and programs see it.

use std::collections::BTreeMap;

use askama::Template;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::super::due::OVERDUE;
use super::super::notice::{Method, Notice, Receipt, State};
use super::super::store;
use super::{leads, sees};
use crate::db;
use crate::kernel::{Moment, NoticeId, Role};
use crate::web::{
    Frame, KnowsSubjects, Named, OnDuty, Place, Problem, Subjects, Want, fresh_secret, id_in,
};
use crate::words::{self, Messages, Spelling, minutes};

/// Names notices for the journal and for notices about them.
pub(super) struct Names;

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["notices"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        asked: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        Box::pin(async move {
            let mut named = BTreeMap::new();
            for subject in asked {
                let Some(id) = id_in::<NoticeId>(subject, "notices") else { continue };
                match store::notice(&want.kit.db, id).await {
                    Ok(notice) if sees(reader, &notice) => {
                        let href = Some(format!("/notices/{id}"));
                        named.insert(
                            (*subject).to_owned(),
                            Named {
                                text: reader.closed.text(&notice.told(want.language).text),
                                href,
                            },
                        );
                    }
                    Ok(_) | Err(db::Error::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(named)
        })
    }
}

/// So many waiting notices stand above a page, in the order of [`store::waiting`]: what must be decided first; the rest
/// are counted.
const ABOVE_MOST: i64 = 3;

/// A notice as JSON sends it.
#[derive(Serialize)]
pub(super) struct Json<'n> {
    #[serde(flatten)]
    notice: &'n Notice,
    /// How many have answered.
    acked: usize,
    /// Whether the reader was asked and has not answered.
    mine: bool,
}

pub(super) fn json<'n>(notice: &'n Notice, reader: &OnDuty) -> Json<'n> {
    Json { notice, acked: notice.acked(), mine: waits_for(notice, reader) }
}

fn waits_for(notice: &Notice, reader: &OnDuty) -> bool {
    let own = reader.staff().and_then(|staff| notice.receipt(staff));
    !notice.state.is_over() && own.is_some_and(|receipt| receipt.acked_at.is_none())
}

/// One person's lamp.
pub(super) struct Lamp {
    pub(super) staff: i64,
    pub(super) name: String,
    pub(super) acked: bool,
    /// When and how, or for how long nothing came.
    pub(super) how: String,
    /// Whether it is on a screen of theirs.
    pub(super) delivered: bool,
    /// Whether the tick may be taken back.
    pub(super) ticked: bool,
}

/// A notice on a page.
#[derive(Serialize)]
pub(super) struct View {
    #[serde(flatten)]
    pub(super) notice: Notice,
    #[serde(skip)]
    pub(super) sent: String,
    #[serde(skip)]
    pub(super) from: String,
    #[serde(skip)]
    pub(super) to: String,
    #[serde(skip)]
    pub(super) state: String,
    #[serde(skip)]
    pub(super) tint: &'static str,
    #[serde(skip)]
    pub(super) lamps: Vec<Lamp>,
    pub(super) acked: usize,
    #[serde(skip)]
    pub(super) about: Option<Named>,
    /// Whether the reader was asked and has not answered.
    pub(super) mine: bool,
    /// Whether the reader may ask again, close and tick.
    #[serde(skip)]
    pub(super) leads: bool,
}

fn state(l: &Messages, state: State) -> String {
    let said = match state {
        State::Open => l.notices_state_open(),
        State::Overdue => l.notices_state_overdue(),
        State::Escalated => l.notices_state_escalated(),
        State::AllAcked => l.notices_state_all_acked(),
        State::Superseded => l.notices_state_superseded(),
        State::Closed => l.notices_state_closed(),
    };
    said.to_string()
}

fn method(l: &Messages, method: Method) -> String {
    let said = match method {
        Method::Page => l.notices_by_page(),
        Method::Sip => l.notices_by_sip(),
        Method::Voice => l.notices_by_voice(),
        Method::Link => l.notices_by_link(),
    };
    said.to_string()
}

fn lamp(l: &Messages, spelling: Spelling, now: Moment, notice: &Notice, one: &Receipt) -> Lamp {
    let how = match (one.acked_at, one.method) {
        (Some(at), Some(by)) => format!("{} {}", spelling.second(at), method(l, by)),
        _ if notice.state.is_over() => l.notices_no_answer().to_string(),
        _ => l.notices_silent_for(minutes(now.millis_since(notice.sent_at))).to_string(),
    };
    Lamp {
        staff: one.staff.0,
        name: one.name.clone(),
        acked: one.acked_at.is_some(),
        how,
        delivered: one.delivered_at.is_some(),
        ticked: one.method == Some(Method::Voice)
            && one.acked_at.is_some_and(|at| now.millis_since(at) < 60_000),
    }
}

impl View {
    /// Whether nobody is asked any more.
    pub(super) fn is_over(&self) -> bool {
        self.notice.state.is_over()
    }

    pub(super) fn of(want: &Want, reader: &OnDuty, notice: Notice, about: Option<Named>) -> Self {
        let (l, spelling) = (want.messages(), want.spelling());
        let role = |role: Role| l.notices_to_role(words::role(&l, role)).to_string();
        let lamps =
            notice.receipts.iter().map(|one| lamp(&l, spelling, want.now, &notice, one)).collect();
        Self {
            sent: spelling.moment(notice.sent_at),
            from: notice.sent_by_name.clone().unwrap_or_else(|| l.notices_house().to_string()),
            to: notice.to_role.map(role).unwrap_or_default(),
            state: state(&l, notice.state),
            tint: match notice.state {
                State::Open => "ta",
                State::Overdue => "t3",
                State::Escalated => "t4",
                State::AllAcked => "t1",
                State::Superseded | State::Closed => "",
            },
            lamps,
            acked: notice.acked(),
            about,
            mine: waits_for(&notice, reader),
            leads: !notice.state.is_over() && leads(reader, &notice),
            notice,
        }
    }
}

/// Several at once, with the names of what they are about.
pub(super) async fn many(
    subjects: &Subjects,
    want: &Want,
    reader: &OnDuty,
    notices: Vec<Notice>,
) -> db::Result<Vec<View>> {
    let about = notices.iter().filter_map(|notice| notice.about.as_deref());
    let known = subjects.names(want, reader, about).await?;
    // a notice of a silence says the words of the other already: the link only leads there
    let original = want.messages().notices_original().to_string();
    let draw = |notice: Notice| {
        let mut notice = notice.told(want.language);
        notice.text = reader.closed.text(&notice.text);
        let mut named = notice.about.as_ref().and_then(|about| known.get(about).cloned());
        if let Some(named) = named.as_mut().filter(|_| notice.kind == OVERDUE) {
            named.text.clone_from(&original);
        }
        View::of(want, reader, notice, named)
    };
    Ok(notices.into_iter().filter(|notice| sees(reader, notice)).map(draw).collect())
}

/// One notice.
#[derive(Template, Serialize)]
#[template(path = "notices/one.html")]
pub(super) struct One {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    one: View,
}

pub(super) async fn one(
    subjects: &Subjects,
    want: &Want,
    reader: &OnDuty,
    notice: Notice,
) -> Result<One, Problem> {
    let mut views = many(subjects, want, reader, vec![notice]).await?;
    let one = views.pop().ok_or_else(Problem::not_found)?;
    Ok(One { frame: want.frame(Place::Notices), one })
}

/// What waits for the reader's answer.
#[derive(Template)]
#[template(path = "notices/above.html")]
struct Waiting {
    l: Messages,
    op_id: String,
    items: Vec<View>,
    more: usize,
}

/// Draws what waits for the reader's answer, and notes that it was on a screen of theirs.
pub(super) async fn above(
    subjects: &Subjects,
    want: &Want,
    reader: &OnDuty,
) -> db::Result<Option<String>> {
    let Some(staff) = reader.staff() else { return Ok(None) };
    let db = &want.kit.db;
    let mut waiting = store::waiting(db, staff, 100).await?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let shown = usize::try_from(ABOVE_MOST).unwrap_or(3);
    let more = waiting.len().saturating_sub(shown);
    waiting.truncate(shown);
    let fresh: Vec<_> = waiting
        .iter()
        .filter(|notice| notice.receipt(staff).is_some_and(|own| own.delivered_at.is_none()))
        .map(|notice| notice.id)
        .collect();
    if !fresh.is_empty()
        && let Err(error) = store::delivered(db, want.stamp(), staff, fresh).await
    {
        // a store that cannot write must not keep the page away
        tracing::warn!(reason = %error, "that a notice was shown could not be written");
    }
    let items = many(subjects, want, reader, waiting).await?;
    let op_id = fresh_secret(&mut rand::rng());
    Ok(Waiting { l: want.messages(), op_id, items, more }.render().ok())
}
