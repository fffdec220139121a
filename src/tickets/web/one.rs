//! One ticket: what is known of it, what may be done, what was done.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use serde::Serialize;

use super::super::clock::Metric;
use super::super::desk::{Trouble, reason};
use super::super::dispatch::{self, Candidate};
use super::super::order::{self, Verb};
use super::super::store::{self, Note, orders, places};
use super::super::ticket::Refusal;
use super::changed;
use super::conflict;
use super::helps::{self, Waits};
use super::hidden;
use super::intake::Fields;
use super::missing::{self, Missing};
use super::undo::{self, Undoing};
use super::views::{self, OrderView, TicketView};
use super::{Panel, READERS, WRITERS, say};
use crate::editing::{self, Editor};
use crate::kernel::{Moment, StaffId};
use crate::web::{At, Frame, Place, Problem, Reader, Want};
use crate::words::Messages;

/// Acts whose words stand in the history as a note.
const NOTED: &[&str] = &["edited", "waiting", "closed", "reopened", "duplicate", "cancelled"];

/// An engineer who could go.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Proposal {
    #[serde(flatten)]
    pub(super) candidate: Candidate,
    pub(super) eligible: bool,
    /// Whether they may be chosen: they are there, also where they were asked before.
    #[serde(skip)]
    pub(super) is_there: bool,
    /// Why, in words.
    pub(super) reason: String,
}

impl Proposal {
    fn of(l: &Messages, one: Candidate) -> Self {
        Self {
            eligible: one.is_eligible(),
            is_there: one.is_there(),
            reason: reason(l, &one),
            candidate: one,
        }
    }
}

/// The engineers in the order in which they should be asked; and where none is left to ask, why.
pub(super) fn proposals(l: &Messages, ranked: Vec<Candidate>) -> (Vec<Proposal>, Option<String>) {
    let nobody = dispatch::first(&ranked).is_none().then(|| {
        let asked = ranked.iter().any(|one| one.asked && one.is_there());
        if asked { l.tickets_nobody_left() } else { l.tickets_nobody_lead() }.to_string()
    });
    (ranked.into_iter().map(|one| Proposal::of(l, one)).collect(), nobody)
}

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Entry {
    pub(super) at: Moment,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) text: String,
    /// Told later, and not legal any more.
    pub(super) unapplied: bool,
    /// It was taken back.
    pub(super) undone: bool,
    #[serde(skip)]
    pub(super) when: String,
    /// What sort of note it is; empty where it is none.
    #[serde(skip)]
    pub(super) kind: String,
}

#[derive(Template, Serialize)]
#[template(path = "tickets/one.html")]
struct OnePage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    ticket: TicketView,
    orders: Vec<OrderView>,
    alike: Vec<TicketView>,
    /// The numbers of those it stands for.
    duplicates: Vec<String>,
    proposals: Vec<Proposal>,
    /// Who on the road waits for help with it.
    helps: Vec<Waits>,
    /// What has to be written before anybody can be sent.
    missing: Vec<Missing>,
    /// Engineers who are there, and their telephones.
    #[serde(skip)]
    numbers: Vec<(String, String)>,
    /// Nobody is there who could go.
    nobody: bool,
    /// The same in words.
    #[serde(skip)]
    nobody_said: String,
    /// The order that nobody was sent, or took: it is sent before another is written.
    #[serde(skip)]
    draft: Option<OrderView>,
    history: Vec<Entry>,
    /// What the reader can take back now.
    undo: Option<Undoing>,
    /// Who else is changing it.
    editors: Vec<Editor>,
    #[serde(skip)]
    edits: String,
    site_named: Option<places::Site>,
    contract_named: Option<places::Contract>,
    #[serde(skip)]
    form: Fields,
    /// What the form shows, for who saves second.
    #[serde(skip)]
    base: String,
    #[serde(skip)]
    sites: Vec<places::Site>,
    #[serde(skip)]
    contracts: Vec<places::Contract>,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
    #[serde(skip)]
    writes: bool,
    #[serde(skip)]
    promised: String,
    #[serde(skip)]
    waits: String,
    #[serde(skip)]
    default_until: String,
    /// A promise was written after the rest was read back.
    #[serde(skip)]
    promise_unread: bool,
    /// The words they may say, the best first, and which they said on site.
    #[serde(skip)]
    words: Vec<(i64, String, bool)>,
}

/// What an order says already of the same moment, where a note only repeats it: its place in the history.
fn repeated(told: &[(Verb, Moment, usize)], note: &Note) -> Option<usize> {
    let verb = match note.kind.as_str() {
        "help" => Verb::Help,
        "recalled" => Verb::Recall,
        "declined" => Verb::Decline,
        "note" => Verb::Note,
        _ => return None,
    };
    let found = told.iter().find(|(what, at, _)| *what == verb && *at == note.at);
    found.map(|(.., place)| *place)
}

impl OnePage {
    /// The customer said something on site: it stands in the form of who calls them back.
    fn is_rated(&self) -> bool {
        self.words.iter().any(|(.., said)| *said)
    }
}

pub(super) async fn show(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let db = &want.kit.db;
    let ticket = store::by_no(db, &no).await?.ok_or_else(Problem::not_found)?;
    let names = views::names(db).await?;
    let l = want.messages();
    let own = orders::of_ticket(db, ticket.id).await?;
    let draft = own.iter().find(|one| one.state == order::State::Draft).cloned();
    let mut order_views = Vec::new();
    let mut history: Vec<Entry> = Vec::new();
    let mut told = Vec::new();
    for one in own {
        // what came too late is a note of its own
        for event in orders::events(db, one.id).await?.into_iter().filter(|one| one.applied) {
            told.push((event.verb, event.at_server, history.len()));
            history.push(Entry {
                at: event.at_client,
                when: want.spelling().moment(event.at_client),
                who: event.name,
                what: format!("{} {}", one.no, say::did(&l, event.verb)),
                text: reader.closed.text(&event.text),
                unapplied: false,
                undone: false,
                kind: String::new(),
            });
        }
        order_views.push(views::order_now(&want, one, &names).await?);
    }
    let notes = store::notes(db, ticket.id).await?;
    let promise_unread = store::is_promise_unread(&ticket, &notes);
    for note in notes {
        if let Some(entry) = repeated(&told, &note).and_then(|at| history.get_mut(at)) {
            // an order that was taken back with others has its reason in the note
            if entry.text.is_empty() {
                entry.text = reader.closed.text(&note.text);
            }
            continue;
        }
        let Note { at, name, kind, text, .. } = note;
        let when = want.spelling().moment(at);
        history.push(Entry {
            at,
            when,
            who: name,
            what: say::note_kind(&l, &kind),
            text: match say::pressed(&text).filter(|_| kind == "offline") {
                Some(one) => {
                    let at = one.at.map(|at| want.spelling().moment(at));
                    one.said(&l, at, &reader.closed.text(one.text))
                }
                None if kind == "edited" => {
                    let fields = text.split(' ').map(|name| conflict::title(&l, name));
                    fields.collect::<Vec<_>>().join(&l.tickets_and().to_string())
                }
                None => reader.closed.text(&text),
            },
            unapplied: kind == "offline",
            undone: false,
            kind,
        });
    }
    for act in undo::acts(&want, &ticket).await? {
        let is_said = NOTED.contains(&act.kind.as_str());
        let said = |entry: &&mut Entry| is_said && entry.at == act.at && entry.kind == act.kind;
        if let Some(noted) = history.iter_mut().find(said) {
            noted.undone = act.undone_at.is_some();
            continue;
        }
        let by = act.by_staff.and_then(|id| names.get(&id)).cloned();
        history.push(Entry {
            at: act.at,
            when: want.spelling().moment(act.at),
            who: by.unwrap_or_default(),
            what: say::did_act(&l, &act.kind),
            text: String::new(),
            unapplied: false,
            undone: act.undone_at.is_some(),
            kind: String::new(),
        });
    }
    history.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    let numbers = [ticket.caller_number.clone()];
    let alike = store::alike(db, &numbers, ticket.site_id, &ticket.serial, ticket.id).await?;
    let writes = reader.roles.has_any(WRITERS);
    let ranked = if writes && ticket.state.is_active() {
        panel.desk.ranking(&ticket, draft.as_ref(), want.now).await?
    } else {
        vec![]
    };
    let there: Vec<StaffId> =
        ranked.iter().filter(|one| one.is_there()).map(|one| one.staff_id).collect();
    let phones = store::people::engineers(db).await?.into_iter();
    let phones = phones.filter(|one| there.contains(&one.id)).take(3);
    let numbers = phones.filter_map(|one| Some((one.name, one.extension?)));
    let numbers = numbers.filter(|(_, extension)| !reader.closed.hides(extension)).collect();
    let (proposals, nobody) = proposals(&l, ranked);
    let nobody = nobody.filter(|_| writes);
    let (site_named, contract_named) = places::of_ticket(db, &ticket).await?;
    let tomorrow = want.now.plus_millis(24 * 3_600_000).utc().with_timezone(&want.kit.day.zone);
    let edits = format!("faults/{}", ticket.no);
    let mut helps = helps::waiting(&want, &reader).await?;
    helps.retain(|one| one.no == ticket.no);
    let mut form = Fields::of(&want, &ticket);
    hidden::clear_form(&l, &mut form, &reader.closed);
    if promise_unread {
        form.promise_unread(&l);
    }
    let view = views::ticket(&want, &reader, ticket.clone()).await?;
    let goal = view.clocks.iter().find(|bar| bar.reading.metric == Metric::Resolve);
    form.propose(&want, goal.and_then(|bar| bar.reading.due_at));
    let rated = orders::rated(db, &ticket).await?;
    let words = (1..=5).rev().map(|word| (word, say::stars(&l, word), rated == Some(word)));
    let page = OnePage {
        promise_unread,
        words: words.collect(),
        base: serde_json::to_string(&form).map_err(Problem::broken)?,
        form,
        promised: ticket.promised_at.map(|at| want.spelling().moment(at)).unwrap_or_default(),
        waits: ticket.waits_for().map(|why| say::waiting(&l, why)).unwrap_or_default(),
        default_until: tomorrow.format("%Y-%m-%dT09:00").to_string(),
        alike: views::tickets(&want, &reader, alike, &names).await?,
        duplicates: store::doubles(db, ticket.id).await?,
        proposals,
        missing: missing::missing(&want, &ticket),
        numbers,
        nobody: nobody.is_some(),
        nobody_said: nobody.unwrap_or_default(),
        draft: order_views.iter().find(|one| one.state == order::State::Draft).cloned(),
        history,
        orders: order_views,
        helps,
        site_named,
        contract_named,
        sites: super::board::sites(&want).await?,
        contracts: places::contracts(db).await?,
        errors: BTreeMap::new(),
        undo: undo::undoing(&want, &reader, &ticket).await?,
        editors: editing::store::others(db, &edits, reader.staff()).await?,
        edits,
        writes,
        ticket: view,
        frame: want.frame(Place::Faults),
    };
    want.page(&page)
}

/// Turns what was refused because it is over into the ticket as it is now.
pub(super) async fn or_current<T>(
    want: &Want,
    reader: &Reader,
    no: &str,
    done: Result<T, Trouble>,
) -> Result<T, Problem> {
    let (stale, trouble) = match done {
        Ok(done) => return Ok(done),
        Err(Trouble::Stale) => (true, Trouble::Stale),
        Err(trouble) => (false, trouble),
    };
    let Some(now) = store::by_no(&want.kit.db, no).await? else { return Err(trouble.into()) };
    let (view, place) =
        (views::ticket(want, reader, now.clone()).await?, format!("/faults/{}", now.no));
    let late = matches!(trouble, Trouble::Ticket(Refusal::NoSuchMove(_), _));
    let problem = if stale { Problem::stale(&view) } else { Problem::from(trouble).current(&view) };
    let problem = problem.seen_at(place);
    if stale || late {
        return Err(changed::told(want, (&now, None), problem).await?);
    }
    Err(problem)
}
