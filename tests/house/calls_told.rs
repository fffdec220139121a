//! Every recording of the folder, seen in every way, beside what really happened: the table
//! `tests/fixtures/told.txt` says of each what the house tells, and why where that is not the truth.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use switchboard::calls::{Outcome, Record};
use switchboard::config::Pbx;
use switchboard::kernel::{Extension, Moment};

use super::calls_recorded::{
    END_TOLERANCE_MS, FIXTURES, PICKUP_TOLERANCE_MS, TOLERANCE_MS, Truth, lab_rules, moment, truths,
};
use super::calls_seen::{Mode, Reaches, events, lab_of, seen_since};

const TABLE: &str = "tests/fixtures/told.txt";

/// The listener of this recording was deaf for so long: then a repeat of the INVITE and the CANCEL
/// got through.
const DEAF: (&str, i64) = ("30-listener-dead", 7_400);

#[test]
fn every_recording_is_told_in_every_way_as_the_table_says() {
    let table = table();
    let folder = folder();
    let named: Vec<_> = table.keys().cloned().collect();
    assert_eq!(
        folder, named,
        "each recording has its paragraph in {TABLE}, and each paragraph one"
    );
    let mut wrong = Vec::new();
    for (name, expected) in &table {
        let real = expected.real(name);
        let told: Vec<_> =
            Mode::EVERY.into_iter().flat_map(|mode| lines(name, mode, &real)).collect();
        let says: Vec<_> = expected.lines.iter().map(|(line, _)| line.clone()).collect();
        let said: Vec<_> = told.iter().map(|line| line.text.clone()).collect();
        if says != said {
            let (says, said) = (list(&says), list(&said));
            wrong.push(format!("{name}\n  the table:\n{says}\n  the house:\n{said}"));
        }
        for (line, (_, why)) in told.iter().zip(&expected.lines) {
            if line.falls_short && why.is_empty() {
                wrong.push(format!("{name}: no reason why it says: {}", line.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_table_adds_to_the_pbxs_own_truth_agrees_with_it() {
    for (name, expected) in table().into_iter().filter(|(_, one)| !one.really.is_empty()) {
        let own = truths(&name);
        let real = expected.real(&name);
        let (Some(real), Some(own)) = (real.first(), own.first()) else { continue };
        let near = |one: Option<Moment>, other: Option<Moment>| match (one, other) {
            (Some(one), Some(other)) => one.millis_since(other).abs() <= TOLERANCE_MS,
            (one, other) => one == other,
        };
        assert!(near(Some(real.start), Some(own.start)) && near(real.end, own.end), "{name}");
        assert_eq!((&real.number, &real.did), (&own.number, &own.did), "{name}");
        // the PBX counts what it called as the answerer, a few milliseconds after the telephone
        assert!(near(real.answer, own.answer.or(own.machine)), "{name}");
    }
}

/// The calls of a recording as they really were.
pub(crate) fn real_calls(name: &str) -> Vec<Truth> {
    table().get(name).map(|expected| expected.real(name)).unwrap_or_default()
}

// -------------------------------------------------------------------------------------- the table

/// A paragraph of the table.
#[derive(Debug, Default)]
struct Paragraph {
    /// What really happened, where the PBX's own events do not say.
    really: Vec<String>,
    /// A line each: what is told, and why that is not the truth.
    lines: Vec<(String, String)>,
}

impl Paragraph {
    fn real(&self, name: &str) -> Vec<Truth> {
        let own = truths(name);
        if self.really.is_empty() {
            return own;
        }
        let transferred = own.iter().any(|call| call.transferred);
        self.really.iter().map(|line| really(name, line, transferred)).collect()
    }
}

/// Reads the table: a recording's name at the margin, its lines below it, `#` before a reason.
fn table() -> BTreeMap<String, Paragraph> {
    let text = fs::read_to_string(TABLE).unwrap();
    let mut table = BTreeMap::<String, Paragraph>::new();
    let mut name = "";
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (says, why) = line.split_once('#').unwrap_or((line, ""));
        let (says, why) = (says.trim_end(), why.trim());
        if !says.starts_with(' ') {
            name = says;
            assert!(table.insert(name.to_owned(), Paragraph::default()).is_none(), "{name} twice");
            continue;
        }
        let paragraph = table.get_mut(name).unwrap();
        match says.trim_start().strip_prefix("really") {
            Some(really) => {
                assert!(!why.is_empty(), "{name}: where is that read?");
                paragraph.really.push(really.trim().to_owned());
            }
            None => paragraph.lines.push((says.trim_start().to_owned(), why.to_owned())),
        }
    }
    table
}

/// `13800001111 to 4008001240, start 0.001, rang 0.096, answered 2.099 by 801, ended 7.109`: seconds
/// since the recording began.
fn really(name: &str, line: &str, transferred: bool) -> Truth {
    let text = fs::read_to_string(format!("{FIXTURES}/{name}/truth.json")).unwrap();
    let scenario: serde_json::Value = serde_json::from_str(&text).unwrap();
    let begun = moment(&scenario["t0"].to_string());
    let at = |word: &str| {
        let (_, rest) = line.split_once(&format!("{word} "))?;
        let seconds = rest.split([',', ' ']).next().unwrap();
        Some(begun.plus_millis(moment(seconds).millis()))
    };
    let after = |word: &str| {
        let (_, rest) = line.split_once(&format!("{word} "))?;
        rest.split([',', ' ']).next().map(str::to_owned)
    };
    Truth {
        number: line.split(' ').next().unwrap().to_owned(),
        withheld: false,
        start: at("start").unwrap(),
        end: at("ended"),
        rang: at("rang"),
        member_rang: at("member"),
        answer: at("answered"),
        pickup: false,
        by: after("by"),
        transferred,
        did: after("to").unwrap(),
        machine: None,
    }
}

/// The recordings that are there.
pub(crate) fn folder() -> Vec<String> {
    let entries = fs::read_dir(FIXTURES).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

// --------------------------------------------------------------------------------- what is told

/// What the house says of one call, or of none.
struct Line {
    text: String,
    /// It is less than the truth, in a way that not every house of that mode shares.
    falls_short: bool,
}

impl Line {
    fn of(mode: Mode, text: &str, falls_short: bool) -> Self {
        Self { text: format!("{:<14}{text}", word(mode)), falls_short }
    }
}

const fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Member => "member",
        Mode::MemberAndDialog => "member+dialog",
        Mode::Mirror => "mirror",
        Mode::All => "all",
    }
}

fn list(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// What a house of that mode tells of a recording.
fn lines(name: &str, mode: Mode, real: &[Truth]) -> Vec<Line> {
    let mut events = events(name, mode);
    let own = |event: &Reaches| matches!(event, Reaches::Own { .. });
    let first = events.iter().find(|(_, event)| own(event)).map(|(at, _)| *at);
    let hears_at = first.filter(|_| name == DEAF.0).map(|at| at.plus_millis(DEAF.1));
    events.retain(|(at, event)| !own(event) || hears_at.is_none_or(|hears_at| *at > hears_at));
    let pbx = lab_of(name, mode);
    let said = seen_since(&pbx, &events, hears_at);
    if events.is_empty() {
        assert!(said.is_empty());
        return vec![Line::of(mode, "hears nothing", false)];
    }
    let mut left: Vec<_> = said.iter().collect();
    let mut lines = Vec::new();
    for real in real {
        let nearest = (0..left.len())
            .filter(|&index| real.fits(left[index]))
            .min_by_key(|&index| left[index].offered_at.millis_since(real.start).abs());
        lines.push(match nearest {
            Some(index) => told(mode, &pbx, left.remove(index), real),
            None => Line::of(mode, &format!("misses the call of {}", real.number), true),
        });
    }
    let too_many = |record: &Arc<Record>| {
        Line::of(mode, &format!("tells one too many: {:?} {:?}", record.outcome, record.legs), true)
    };
    lines.extend(left.into_iter().map(too_many));
    if lines.is_empty() {
        lines.push(Line::of(mode, "tells no call", false));
    }
    lines
}

/// What is said of a call, beside what really happened.
fn told(mode: Mode, pbx: &Pbx, said: &Record, real: &Truth) -> Line {
    let lifts = if real.pickup { PICKUP_TOLERANCE_MS } else { TOLERANCE_MS };
    let rang = beside(said.rang_at, real.rang, TOLERANCE_MS, real.start);
    let answered = beside(said.answered_at, real.answer, lifts, real.start);
    let ended = beside(said.ended_at, real.end, END_TOLERANCE_MS, real.start);
    let by = said.answered_by.as_ref().map(ToString::to_string);
    let shown = by.as_deref().or(said.answered_at.map(|_| "?")).map(|by| format!(" by {by}"));
    // what no house of that mode can know
    let no_end = !mode.mirrors() && said.answered_at.is_some();
    let excused = |what: &str, told: &str| match (mode, what) {
        (Mode::Member, "ended") => no_end && told == "unknown",
        _ => false,
    };
    let poor = |what: &str, told: &str| !(matches!(told, "right" | "never") || excused(what, told));
    let right_by = by == real.by || (mode == Mode::Member && by.is_none());
    let outcome = said.outcome.map_or("none", Outcome::word);
    let tolerance_ms = if real.pickup { PICKUP_TOLERANCE_MS } else { TOLERANCE_MS };
    let right_outcome =
        said.outcome.is_some_and(|is| real.true_outcomes(tolerance_ms).contains(&is));
    let hotline = said
        .hotline
        .map_or("?", |place| if is_hotline(pbx, place, &real.did) { "right" } else { "WRONG" });
    let hotline_poor = hotline == "WRONG" || (hotline == "?" && mode.mirrors());
    let falls_short = poor("rang", &rang)
        || poor("answered", &answered)
        || poor("ended", &ended)
        || !right_by
        || !right_outcome
        || hotline_poor
        || real.withheld != said.caller.id.withheld;
    let mut parts = vec![
        format!("{outcome}, rang {rang}"),
        format!("answered {answered}{}", shown.unwrap_or_default()),
        format!("ended {ended} by {}, by {}", said.ended_by.word(), said.evidence.word()),
        format!("hotline {hotline}"),
    ];
    parts.extend(said.excluded.map(|excluded| format!("not counted: {}", excluded.word())));
    parts.extend(said.transfers.iter().map(|one| {
        let phone =
            |phone: &Option<Extension>| phone.as_ref().map_or("?".to_owned(), ToString::to_string);
        format!("{} {} to {}", one.kind.word(), phone(&one.from), phone(&one.to))
    }));
    Line::of(mode, &parts.join(", "), falls_short)
}

/// One moment of a call: right, never, unknown, or how far off.
fn beside(said: Option<Moment>, real: Option<Moment>, tolerance_ms: i64, start: Moment) -> String {
    match (said, real) {
        (None, None) => "never".to_owned(),
        (None, Some(_)) => "unknown".to_owned(),
        (Some(said), Some(real)) if said.millis_since(real).abs() <= tolerance_ms => {
            "right".to_owned()
        }
        (Some(said), Some(real)) => format!("{} ms off", said.millis_since(real)),
        (Some(said), None) => format!("{} ms after the start", said.millis_since(start)),
    }
}

fn is_hotline(pbx: &Pbx, place: usize, did: &str) -> bool {
    lab_rules(pbx).hotline(did) == Some(place)
}
