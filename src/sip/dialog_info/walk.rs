//! From XML events to dialogs.

use std::sync::Arc;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Document, MAX_DEPTH, MAX_DIALOGS, Told, Unreadable};
use crate::sip::{DialogState, PartyId, read};

/// Attributes of one element that are looked at.
const MOST_ATTRIBUTES: usize = 32;
/// Longest text of one element that is kept, in bytes.
const LONGEST_TEXT: usize = 2048;

/// Which end of a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Local,
    Remote,
}

/// Where in the body the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Dialog,
    State,
    Of(Side),
    Identity(Side),
    Target(Side),
    Other,
}

/// One end while it is read.
#[derive(Debug, Default)]
struct End {
    named: bool,
    identity: String,
    display: String,
    target: String,
}

/// One dialog while it is read.
#[derive(Debug, Default)]
struct Draft {
    id: Option<Arc<str>>,
    call_id: Option<Arc<str>>,
    local_tag: Option<Arc<str>>,
    remote_tag: Option<Arc<str>>,
    direction: String,
    state: String,
    remote: End,
    local: End,
    held: bool,
}

pub(super) fn walk(text: &str) -> Result<Document, Unreadable> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    // "Smith & Sons" is written like that by some
    config.allow_dangling_amp = true;
    let mut walker = Walker::default();
    loop {
        match reader.read_event().map_err(|_| Unreadable::Malformed)? {
            Event::Start(start) => walker.open(&start)?,
            Event::End(_) => walker.close()?,
            Event::Text(text) => walker.text(&text.xml10_content()),
            Event::CData(text) => walker.text(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(letter)) => walker.text(letter.encode_utf8(&mut [0; 4])),
                // a name nobody declared stands for nothing
                Ok(None) => walker.text(known(&reference).unwrap_or_default()),
                Err(_) => return Err(Unreadable::Malformed),
            },
            Event::DocType(_) => return Err(Unreadable::Doctype),
            Event::Eof => return walker.end(),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn known(name: &str) -> Option<&'static str> {
    quick_xml::escape::resolve_predefined_entity(name)
}

#[derive(Debug, Default)]
struct Walker {
    document: Option<Document>,
    path: Vec<Place>,
    draft: Draft,
    /// Dialogs that were begun, kept or not.
    begun: usize,
}

impl Walker {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Unreadable> {
        if self.path.len() >= MAX_DEPTH {
            return Err(Unreadable::TooDeep);
        }
        let name = start.local_name();
        let place = match (self.path.last(), name.as_ref()) {
            (None, "dialog-info") if self.document.is_none() => Place::Root,
            (None, _) if self.document.is_none() => return Err(Unreadable::Foreign),
            (None, _) => return Err(Unreadable::Malformed),
            (Some(Place::Root), "dialog") => Place::Dialog,
            (Some(Place::Dialog), "state") => Place::State,
            (Some(Place::Dialog), "local") => Place::Of(Side::Local),
            (Some(Place::Dialog), "remote") => Place::Of(Side::Remote),
            (Some(Place::Of(side)), "identity") => Place::Identity(*side),
            (Some(Place::Of(side)), "target") => Place::Target(*side),
            (Some(Place::Target(_)), "param") => {
                self.draft.held |= is_not_rendered(start);
                Place::Other
            }
            (Some(_), _) => Place::Other,
        };
        self.path.push(place);
        match place {
            Place::Root => self.document = Some(document(start)),
            Place::Dialog => {
                self.begun = self.begun.saturating_add(1);
                if self.begun > MAX_DIALOGS {
                    return Err(Unreadable::TooMany);
                }
                self.draft = draft(start);
            }
            Place::Identity(side) => {
                let end = self.end_of(side);
                end.named = true;
                for_each(start, |name, value| {
                    if matches!(name, "display" | "display-name") {
                        value.clone_into(&mut end.display);
                    }
                });
            }
            Place::Target(side) => {
                let end = self.end_of(side);
                for_each(start, |name, value| {
                    if name == "uri" {
                        value.clone_into(&mut end.target);
                    }
                });
            }
            Place::State | Place::Of(_) | Place::Other => {}
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Unreadable> {
        let place = self.path.pop().ok_or(Unreadable::Malformed)?;
        if place == Place::Dialog {
            let draft = std::mem::take(&mut self.draft);
            let document = self.document.as_mut().ok_or(Unreadable::Malformed)?;
            if let Some(told) = draft.told(self.begun) {
                document.add(told);
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let kept = match self.path.last() {
            Some(Place::State) => &mut self.draft.state,
            Some(&Place::Identity(side)) => &mut self.end_of(side).identity,
            _ => return,
        };
        if kept.len().saturating_add(text.len()) <= LONGEST_TEXT {
            kept.push_str(text);
        }
    }

    const fn end_of(&mut self, side: Side) -> &mut End {
        match side {
            Side::Local => &mut self.draft.local,
            Side::Remote => &mut self.draft.remote,
        }
    }

    fn end(self) -> Result<Document, Unreadable> {
        let whole = self.document.filter(|_| self.path.is_empty());
        whole.ok_or(Unreadable::Malformed)
    }
}

impl Document {
    /// Takes a dialog; of one id that stands for two calls, each gets its own name.
    fn add(&mut self, mut told: Told) {
        let other_call = |one: &Told| {
            one.id == told.id
                && one.call_id.is_some()
                && told.call_id.is_some()
                && one.call_id != told.call_id
        };
        if self.dialogs.iter().any(other_call) {
            let call_id = told.call_id.as_deref().unwrap_or_default();
            told.id = format!("{} {call_id}", told.id).into();
        }
        match self.dialogs.iter_mut().find(|one| one.id == told.id) {
            // one dialog is told once for each branch: what is furthest in its life counts
            Some(known) if told.state >= known.state => *known = told,
            Some(_) => {}
            None => self.dialogs.push(told),
        }
    }
}

impl Draft {
    /// The dialog; `None` without a state that means something.
    fn told(self, place: usize) -> Option<Told> {
        let is = |word: &str| self.state.trim().eq_ignore_ascii_case(word);
        let state = if is("terminated") {
            None
        } else if is("confirmed") {
            Some(DialogState::Confirmed)
        } else if is("early") {
            Some(DialogState::Early)
        } else if is("trying") || is("proceeding") {
            Some(DialogState::Trying)
        } else {
            return None;
        };
        let called = if self.direction.eq_ignore_ascii_case("recipient") {
            Some(true)
        } else if self.direction.eq_ignore_ascii_case("initiator") {
            Some(false)
        } else {
            None
        };
        Some(Told {
            id: self.id.unwrap_or_else(|| place.to_string().into()),
            call_id: self.call_id,
            local_tag: self.local_tag,
            remote_tag: self.remote_tag,
            called,
            state,
            remote: self.remote.party(),
            local: self.local.party(),
            held: self.held,
        })
    }
}

impl End {
    /// Who it is: the identity; without one the target, if that is a number and not the address of
    /// some machine.
    fn party(&self) -> PartyId {
        if self.named {
            return read::person(self.identity.trim().as_bytes(), self.display.trim());
        }
        let target = read::person(self.target.trim().as_bytes(), "");
        let is_number =
            |user: &String| user.bytes().all(|b| b.is_ascii_digit() || b"+*#".contains(&b));
        if target.withheld || target.user.as_ref().is_some_and(is_number) {
            target
        } else {
            PartyId::default()
        }
    }
}

fn document(start: &BytesStart<'_>) -> Document {
    let mut found =
        Document { entity: String::new(), version: None, full: true, dialogs: Vec::new() };
    for_each(start, |name, value| match name {
        "entity" => found.entity = value.chars().take(LONGEST_TEXT).collect(),
        "version" => found.version = value.trim().parse().ok(),
        "state" => found.full = !value.trim().eq_ignore_ascii_case("partial"),
        _ => {}
    });
    found
}

fn draft(start: &BytesStart<'_>) -> Draft {
    let mut found = Draft::default();
    for_each(start, |name, value| {
        let word = || Some(value.trim()).filter(|word| !word.is_empty()).map(word_of);
        match name {
            "id" => found.id = word(),
            "call-id" => found.call_id = word(),
            "local-tag" => found.local_tag = word(),
            "remote-tag" => found.remote_tag = word(),
            "direction" => value.trim().clone_into(&mut found.direction),
            _ => {}
        }
    });
    found
}

fn word_of(word: &str) -> Arc<str> {
    read::key(word.as_bytes())
}

/// `+sip.rendering=no` (RFC 4235 §5.2); the RFC's name for the value is `pval`, Asterisk's `pvalue`.
fn is_not_rendered(param: &BytesStart<'_>) -> bool {
    let (mut rendering, mut no) = (false, false);
    for_each(param, |name, value| match name {
        "pname" | "name" => rendering = value.trim().eq_ignore_ascii_case("+sip.rendering"),
        "pval" | "pvalue" | "value" => {
            no = value.trim().trim_matches('"').eq_ignore_ascii_case("no");
        }
        _ => {}
    });
    rendering && no
}

/// Every attribute that can be read, by its name without a prefix, escapes undone where they can be.
fn for_each(start: &BytesStart<'_>, mut take: impl FnMut(&str, &str)) {
    // looking for doubles would take time that grows with the square of their number
    let mut attributes = start.attributes();
    for one in attributes.with_checks(false).take(MOST_ATTRIBUTES).flatten() {
        let plain = one.normalized_value(XmlVersion::Implicit1_0);
        let value = plain.as_deref().unwrap_or(&one.value);
        take(one.key.local_name().as_ref(), value);
    }
}
