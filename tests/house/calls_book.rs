//! Plays each `tests/scripts/*.call` against the call book and compares what the house says.
//!
//! Above the line: the hotlines, and what passes on the wire. Below it: what must come out, and
//! when. To accept a change on purpose, run with `UPDATE_SCRIPTS=1` and read the diff.
//!
//! ```text
//! at 2026-11-23T10:00:00+08:00            when second 0 is
//! hotline 4008001234 rings=3 cadence=CN   seconds=10 short=1 colleagues=2 gap=2.000 alias=700
//! open Mon-Fri 09:00-18:00                hours of the hotline before
//!   0.000  A    INVITE 13800001234        to=4008001234 trunk=CALL-ID; "anonymous" is withheld
//!   0.000  A    180
//!   5.300  A    CANCEL SIP;cause=200 Q.850;cause=26
//!   0.000  A/2  INVITE 13800001234        the same Call-ID, another branch
//!   0.000  B    486                       we refuse
//!   0.000  line up                        or down
//!   9.000  house down                     and up again: the live calls come from the log
//!   0.000  mirror up                      the PBX's signalling is mirrored; or down, since=0.000
//!   0.000  T@trunk  INVITE 13800001234    a mirrored leg: the trunk's, a telephone's, one that a
//!   0.000  L@801    200                   telephone dialled itself, one that leaves the house
//!   0.000  P@>802   BYE callee            180, 200, BYE caller|callee, HOLD, RESUME,
//!   0.000  O@out    REFER 804 replaces=X  REFER
//!   0.000  R@<O     INVITE 13800001234    what comes back from where leg O was sent; R@<<O from a
//!   0.000  R@service INVITE 13800001234   service the house is told of, and there without leg O;
//!   0.000  O@detour INVITE 13800001234    what is sent to one of those
//!   0.000  lamp 801 early=13800001234     a watched telephone: early, confirmed, idle; early>NUMBER
//!                                         where it calls itself, and says so
//!   0.000  watch up                       every position is watched; or down
//! ```
//!   0.000  mirror setback=7 since=9      its clock is found to have been set back by so much then
//! `late=1.500` after a mirrored fact: we learn of it so much later.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use switchboard::calls::{
    Book, EndedBy, Event, Evidence, Happening, LegEnd, LegRecord, OutgoingRecord, OutgoingState,
    Record, Restored, State,
};
use switchboard::config::Hotline;
use switchboard::kernel::{Cadence, Extension, Moment, PbxId, Phone};
use switchboard::sip::{
    Back, Dialog, DialogState, End, LegKey, LineChange, LineState, Offer, PartyId, Referral, Role,
    SetBack, Sighting, Source, Watched, What, Withdrawal,
};

use super::book_kit::{LISTENER, hotline, hours, rules, sighting};

const LINE: &str = "--- what the house says\n";

#[test]
fn the_house_tells_every_script_as_written() {
    let mut paths: Vec<_> =
        fs::read_dir("tests/scripts").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut wrong = Vec::new();
    for path in &paths {
        let script = fs::read_to_string(path).unwrap();
        let (wire, expected) = script.split_once(LINE).expect("a script has a line across it");
        let said = Play::of(wire);
        if std::env::var_os("UPDATE_SCRIPTS").is_some() {
            fs::write(path, format!("{wire}{LINE}{said}")).unwrap();
        } else if said != expected {
            wrong.push(format!("{}\nwritten:\n{expected}said:\n{said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(paths.len() >= 25, "the scripts have gone missing");
}

#[test]
fn a_telephone_that_lost_the_race_rang_until_the_answer_and_not_until_the_end_of_the_talk() {
    // 802 flashes for the first caller until it is lifted for the second; where a mirrored telephone's
    // CANCEL was lost the caller's BYE says nothing of it either
    let lamps = fs::read_to_string("tests/scripts/lamps_two_callers.call").unwrap();
    let mirrored = fs::read_to_string("tests/scripts/mirror_answered.call").unwrap();
    let mirrored = mirrored.replace("5.310 B@802 CANCEL", "# lost: ");
    let mirrored = mirrored.replace("BYE callee", "BYE caller");
    for script in [lamps, mirrored] {
        let play = Play::whole(script.split_once(LINE).unwrap().0);
        let lost =
            |leg: &&LegRecord| leg.extension.as_ref().is_some_and(|one| one.as_str() == "802");
        let leg = play.log[&1].legs.iter().find(lost).unwrap();
        assert_eq!(leg.end, Some(LegEnd::Elsewhere), "{}", play.said);
        let lifted_at = play.log[&1].answered_at;
        assert!(lifted_at.is_some());
        assert_eq!(leg.ended_at, lifted_at, "{}", play.said);
    }
}

#[test]
fn a_telephone_that_a_colleague_was_quicker_than_did_not_ring_in_vain() {
    // its lamp goes out, before the answer is known or after, and gives no reason
    let fetched = fs::read_to_string("tests/scripts/lamps_pickup.call").unwrap();
    let after = fetched.replace("6.001 lamp 801 idle", "6.400 lamp 801 idle");
    for script in [fetched, after] {
        let play = Play::whole(script.split_once(LINE).unwrap().0);
        for call in [&play.log[&1], &play.log[&2]] {
            let outrun = call.legs.iter().find(|leg| {
                leg.extension.as_ref().is_some_and(|extension| extension.as_str() == "801")
            });
            assert_eq!(outrun.unwrap().end, Some(LegEnd::Elsewhere), "{}", play.said);
        }
    }
    // whom the caller was handed on to later did ring in vain
    let handed = "0.000 T@trunk INVITE 13800001111 to=4008001234\n\
                  0.010 A@801 INVITE 13800001111\n0.070 A@801 180\n3.000 A@801 200\n\
                  3.010 T@trunk 200\n5.000 B@804 INVITE 13800001111\n5.050 B@804 180\n\
                  9.000 B@804 CANCEL Q.850;cause=19\n12.000 T@trunk BYE caller\n";
    let play = Play::whole(handed);
    let of = |extension: &str| {
        let there =
            |leg: &&LegRecord| leg.extension.as_ref().is_some_and(|one| one.as_str() == extension);
        play.log[&1].legs.iter().find(there).and_then(|leg| leg.end)
    };
    assert_eq!(of("804"), Some(LegEnd::NoAnswer), "{}", play.said);
}

/// A house that lives through a script.
struct Play {
    start: Moment,
    hotlines: Vec<Hotline>,
    book: Option<Book>,
    /// What the log holds, by the call's name for all time, in the order the calls came.
    log: BTreeMap<usize, Arc<Record>>,
    names: BTreeMap<String, usize>,
    /// What the log holds of the calls that the house made, with their numbers, by their names.
    calls_out: BTreeMap<String, (usize, Arc<OutgoingRecord>)>,
    down_at: Moment,
    said: String,
}

impl Play {
    /// What the house says of a script.
    fn of(script: &str) -> String {
        Self::whole(script).said
    }

    fn whole(script: &str) -> Self {
        let start = Moment::parse_rfc3339("2026-11-23T10:00:00+08:00").unwrap();
        let mut play = Self {
            start,
            hotlines: Vec::new(),
            book: None,
            log: BTreeMap::new(),
            names: BTreeMap::new(),
            calls_out: BTreeMap::new(),
            down_at: start,
            said: String::new(),
        };
        for line in script.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<_> = line.split_whitespace().collect();
            match words[..] {
                [] => {}
                ["at", text] => play.start = Moment::parse_rfc3339(text).unwrap(),
                ["hotline", number, ref settings @ ..] => {
                    play.hotlines.push(settings.iter().fold(hotline(number), with));
                }
                ["open", ref window @ ..] => {
                    play.hotlines.last_mut().unwrap().hours.push(hours(&window.join(" ")));
                }
                [when, who, what, ref rest @ ..] => play.step(when, who, what, rest),
                _ => panic!("not a line of a script: {line:?}"),
            }
        }
        play.listen_until(play.start.plus_millis(86_400_000));
        assert_eq!(play.book().live(), 0, "a book left alone empties itself");
        play
    }

    fn book(&mut self) -> &mut Book {
        if self.hotlines.is_empty() {
            self.hotlines.push(hotline("4008001234"));
        }
        // the line has been up for an hour unless the script says otherwise
        let opened_at = self.start.plus_millis(-3_600_000);
        self.book.get_or_insert_with(|| Book::new(rules(&self.hotlines), opened_at))
    }

    fn step(&mut self, when: &str, who: &str, what: &str, rest: &[&str]) {
        let at = self.start.plus_millis(millis(when));
        if (who, what) == ("house", "up") {
            return self.come_up(at);
        }
        self.listen_until(at);
        match (who, what) {
            ("house", "down") => self.down_at = at,
            ("mirror", state) => {
                let since = rest.first().and_then(|word| word.strip_prefix("since="));
                let since = since.map_or(at, |text| self.start.plus_millis(millis(text)));
                if let Some(by) = state.strip_prefix("setback=") {
                    let (pbx, by_ms) = (PbxId(0), millis(by));
                    self.book().set_back(&SetBack { at, pbx, since, by_ms });
                    return self.hear_out();
                }
                self.turn_since(at, since, Source::Mirror { pbx: PbxId(0) }, state);
            }
            ("watch", state) => {
                for place in 2..5 {
                    self.turn(at, Source::Watch { pbx: PbxId(0), place }, state);
                }
            }
            ("lamp", extension) => self.book().watch(&lamp(at, extension, rest)),
            ("line", state) => {
                self.turn(at, LISTENER, state);
            }
            (leg, what) if leg.contains('@') => {
                let (name, role) = leg.split_once('@').unwrap();
                let (call_id, branch) = name.split_once('/').unwrap_or((name, "1"));
                let leg = LegKey { call_id: call_id.into(), branch: branch.into() };
                let late =
                    rest.iter().find_map(|word| word.strip_prefix("late=")).map_or(0, millis);
                let rest: Vec<_> =
                    rest.iter().copied().filter(|word| !word.starts_with("late=")).collect();
                let mut what = heard(what, &rest);
                if let What::Offered(offer) = &mut what {
                    offer.role = role_of(role);
                }
                let source = Source::Mirror { pbx: PbxId(0) };
                let heard_at = at;
                let at = at.plus_millis(-late);
                self.book().see(Sighting { at, heard_at, source, leg, what });
            }
            (leg, what) => {
                let (call_id, branch) = leg.split_once('/').unwrap_or((leg, "1"));
                let leg = LegKey { call_id: call_id.into(), branch: branch.into() };
                self.book().see(sighting(at, &leg, heard(what, rest)));
            }
        }
        self.hear_out();
    }

    fn turn(&mut self, at: Moment, source: Source, state: &str) {
        self.turn_since(at, at, source, state);
    }

    fn turn_since(&mut self, at: Moment, since: Moment, source: Source, state: &str) {
        let state = match state {
            "up" => LineState::Registered { until: at.plus_millis(120_000) },
            _ => LineState::Down { reason: "unreachable", status: None },
        };
        self.book().line(&LineChange { at, since, source, state });
    }

    fn come_up(&mut self, now: Moment) {
        let mut book = Book::new(rules(&self.hotlines), now);
        let (over, live): (Vec<_>, Vec<_>) =
            self.log.values().partition(|record| record.state == State::Ended);
        for record in over {
            for leg in &record.legs {
                book.remember(&leg.key, leg.ended_at.unwrap_or(record.offered_at));
            }
        }
        let live = live.into_iter().map(|record| Restored { record: Record::clone(record) });
        book.restore(live.collect(), self.down_at, now);
        let out = self.calls_out.values().map(|(_, record)| OutgoingRecord::clone(record));
        let out = out.filter(|record| record.state != OutgoingState::Ended);
        book.restore_outgoing(out.collect(), now);
        self.book = Some(book);
        self.listen_until(now);
    }

    fn listen_until(&mut self, until: Moment) {
        while let Some(alarm) = self.book().next_alarm().filter(|alarm| alarm.at <= until) {
            self.book().wake(alarm.at);
            self.hear_out();
        }
        self.hear_out();
    }

    fn hear_out(&mut self) {
        while let Some(happening) = self.book().poll() {
            let next = self.names.len() + 1;
            let number = *self.names.entry(happening.record.uid.to_string()).or_insert(next);
            let at = seconds(happening.at.millis_since(self.start));
            let words = self.in_words(&happening);
            writeln!(self.said, "{at:>9}  call {number}  {words}").unwrap();
            self.log.insert(number, happening.record);
        }
        while let Some(happening) = self.book().poll_outgoing() {
            let next = self.calls_out.len() + 1;
            let uid = happening.record.uid.to_string();
            let number = self.calls_out.get(&uid).map_or(next, |(number, _)| *number);
            let at = seconds(happening.at.millis_since(self.start));
            let words = outgoing(&happening.record, self.start);
            writeln!(self.said, "{at:>9}  out {number}  {}: {words}", happening.what.word())
                .unwrap();
            self.calls_out.insert(uid, (number, happening.record));
        }
    }

    fn in_words(&self, happening: &Happening) -> String {
        let Happening { what, record, .. } = happening;
        let word = what.word();
        let excluded =
            record.excluded.map_or(String::new(), |why| format!(", excluded {}", why.word()));
        match what {
            Event::Offered => {
                let hotline = record
                    .hotline
                    .map_or("an unknown hotline", |place| &self.hotlines[place].number);
                let caller = match (&record.caller.phone, &record.caller.id.user) {
                    (Some(phone), _) => phone.as_str(),
                    (None, user) => user.as_deref().unwrap_or("withheld"),
                };
                format!("{word}: {caller} calls {hotline}{excluded}")
            }
            Event::Ring { ring, .. } | Event::Colleagues { ring } | Event::Breach { ring } => {
                format!("{word}: ring {ring} begins")
            }
            Event::Answered | Event::Amended | Event::Doubtful if record.outcome.is_none() => {
                let by = record.answered_by.as_ref().map_or("someone", Extension::as_str);
                let evidence = record.evidence.word();
                let after = record.answer_ms.map_or("no ring".to_owned(), seconds);
                let fetched = record.transfers.iter().any(|one| one.kind.word() == "pickup");
                let by = if fetched { format!("{by} who fetched it") } else { by.to_owned() };
                format!("{word}: by {by}, {} rings, after {after} s, {evidence}", record.rings)
            }
            Event::Answered | Event::Ended { .. } | Event::Amended | Event::Doubtful => {
                format!("{word}: {}{excluded}", self.ending(record))
            }
            Event::Ringing
            | Event::RoundEnded
            | Event::RoundBegan
            | Event::LegBegan
            | Event::LegEnded
            | Event::LegRang
            | Event::Held
            | Event::Resumed
            | Event::Machine => word.to_owned(),
            Event::Transferred => {
                let last = record.transfers.last().unwrap();
                let name = |at: &Option<Extension>| {
                    at.as_ref().map_or("outside".to_owned(), ToString::to_string)
                };
                let (from, to) = (name(&last.from), name(&last.to));
                format!("{word}: {}, {from} to {to}", last.kind.word())
            }
        }
    }

    fn ending(&self, record: &Record) -> String {
        let mut words = record.outcome.unwrap().word().to_owned();
        if let Some(answered_at) = record.answered_at {
            let at = seconds(answered_at.millis_since(self.start));
            write!(words, ", lifted at {at}").unwrap();
        }
        if let Some(ended_at) = record.ended_at {
            write!(words, ", over at {}", seconds(ended_at.millis_since(self.start))).unwrap();
        }
        write!(words, ", {} rings", record.rings).unwrap();
        if let Some(answer_ms) = record.answer_ms {
            write!(words, ", after {} s", seconds(answer_ms)).unwrap();
        }
        match record.ended_by {
            EndedBy::Caller => words.push_str(", by the caller"),
            EndedBy::Us => words.push_str(", by us"),
            EndedBy::Unknown => {}
        }
        if let Some(extension) = &record.answered_by {
            write!(words, ", answered by {extension}").unwrap();
        }
        if !matches!(record.evidence, Evidence::Member | Evidence::None) {
            write!(words, ", {}", record.evidence.word()).unwrap();
        }
        if !record.end_seen {
            words.push_str(", end not seen");
        }
        words
    }
}

/// An outgoing call, as far as it is known.
fn outgoing(record: &OutgoingRecord, start: Moment) -> String {
    let number = record.phone.as_ref().map_or("a number of its own", Phone::as_str);
    let OutgoingRecord { extension, dialled, .. } = record;
    let mut words = format!("{extension} dials {dialled}, {number}, {}", record.evidence.word());
    for (what, at) in
        [("rang", record.rang_at), ("lifted", record.answered_at), ("over", record.ended_at)]
    {
        if let Some(at) = at {
            write!(words, ", {what} at {}", seconds(at.millis_since(start))).unwrap();
        }
    }
    if record.state == OutgoingState::Ended {
        let ending = record.ending.map_or("nobody knows how", LegEnd::word);
        write!(words, ", {ending}, by {}", record.ended_by.word()).unwrap();
        if record.ended_at.is_none() {
            words.push_str(", end not seen");
        }
    }
    words
}

fn with(mut hotline: Hotline, setting: &&str) -> Hotline {
    let (name, value) = setting.split_once('=').unwrap();
    match name {
        "rings" => hotline.target_rings = value.parse().unwrap(),
        "seconds" => hotline.target_limit_ms = Some(1000 * value.parse::<i64>().unwrap()),
        "short" => hotline.short_abandon_rings = value.parse().unwrap(),
        "colleagues" => hotline.colleague_rings = value.parse().unwrap(),
        "gap" => hotline.round_gap_ms = millis(value),
        "cadence" => hotline.cadence = Cadence::named(value).unwrap(),
        "alias" => hotline.aliases.push(value.to_owned()),
        _ => panic!("a hotline has no {name:?}"),
    }
    hotline
}

fn heard(what: &str, rest: &[&str]) -> What {
    match what {
        "INVITE" => What::Offered(Box::new(offer(rest))),
        "180" => What::Alerted,
        "CANCEL" => What::Withdrawn(rest.iter().fold(Withdrawal::default(), because)),
        "silence" => What::Lost,
        "200" => What::Answered,
        "BYE" => What::Ended(if rest == ["caller"] { End::Caller } else { End::Callee }),
        "HOLD" => What::Held(true),
        "RESUME" => What::Held(false),
        "REFER" => What::Referred(Referral {
            to: rest[0].to_owned(),
            replaces: rest.get(1).map(|word| word.trim_start_matches("replaces=").into()),
        }),
        status => What::Refused(status.parse().unwrap()),
    }
}

fn role_of(text: &str) -> Role {
    match text {
        "trunk" => Role::Trunk,
        "out" => Role::Outbound,
        "detour" => Role::Detour,
        // from a service the house is told of, it is not seen how it was sent there
        "service" => Role::Returned(Back { sent: None, named: true }),
        // from where it was sent on that leg; "<<" from a service the house is told of
        back if back.starts_with('<') => {
            let (call_id, branch) = (back.trim_start_matches('<').into(), "1".into());
            let sent = Some(LegKey { call_id, branch });
            Role::Returned(Back { sent, named: back.starts_with("<<") })
        }
        placed if placed.starts_with('>') => Role::Placed(placed[1..].parse().unwrap()),
        extension => Role::Phone(extension.parse().unwrap()),
    }
}

fn lamp(at: Moment, extension: &str, words: &[&str]) -> Watched {
    let dialog = |word: &str| {
        let (state, caller) = word.split_once(['=', '>']).unwrap_or((word, ""));
        let dialled = word.contains('>').then_some(false);
        let state = match state {
            "early" => DialogState::Early,
            "confirmed" => DialogState::Confirmed,
            _ => panic!("a lamp shows no {state:?}"),
        };
        let user = Some(caller.to_owned()).filter(|caller| !["", "anonymous"].contains(&&**caller));
        let remote = PartyId { user, withheld: caller == "anonymous", ..PartyId::default() };
        Dialog { id: "1".into(), call_id: None, state, called: dialled, remote, held: false }
    };
    let lit = words.iter().filter(|word| !["idle", "fresh"].contains(*word));
    Watched {
        at,
        pbx: PbxId(0),
        extension: extension.parse().unwrap(),
        fresh: words.contains(&"fresh"),
        dialogs: lit.map(|word| dialog(word)).collect(),
    }
}

fn offer(words: &[&str]) -> Offer {
    let mut offer = Offer::default();
    for word in words {
        match word.split_once('=') {
            Some(("to", number)) => offer.dialled.push(number.to_owned()),
            Some(("trunk", call_id)) => offer.trunk_call_id = Some(call_id.to_owned()),
            Some(_) => panic!("an INVITE has no {word:?}"),
            None if *word == "anonymous" => offer.caller.withheld = true,
            None => offer.caller = PartyId { user: Some((*word).to_owned()), ..PartyId::default() },
        }
    }
    offer
}

fn because(mut withdrawal: Withdrawal, reason: &&str) -> Withdrawal {
    match reason.split_once(";cause=") {
        Some(("SIP", cause)) => {
            withdrawal.elsewhere |= cause == "200";
            withdrawal.sip = cause.parse().ok();
        }
        Some(("Q.850", cause)) => withdrawal.q850 = cause.parse().ok(),
        _ => panic!("not a reason: {reason:?}"),
    }
    withdrawal
}

/// Reads `5.300` as milliseconds: seconds, a point, three digits. No floats near a clock.
fn millis(text: &str) -> i64 {
    let (seconds, millis) = text.split_once('.').unwrap();
    assert_eq!(millis.len(), 3, "write milliseconds in full: {text:?}");
    seconds.parse::<i64>().unwrap() * 1000 + millis.parse::<i64>().unwrap()
}

fn seconds(millis: i64) -> String {
    format!(
        "{}{}.{:03}",
        if millis < 0 { "-" } else { "" },
        millis.abs() / 1000,
        millis.abs() % 1000
    )
}
