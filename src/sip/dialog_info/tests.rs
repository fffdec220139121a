//! Bodies that PBXes sent, bodies they might send, bodies meant to hurt.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a story that goes wrong should stop")]

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::sip::DialogState::{Confirmed, Early, Trying};

fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dialog-info");
    let path = folder.join(format!("{name}.xml"));
    std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn document(name: &str) -> Document {
    read(&sample(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

fn known(user: &str, display: Option<&str>) -> PartyId {
    let display = display.map(str::to_owned);
    PartyId { user: Some(user.to_owned()), display, withheld: false }
}

#[test]
fn every_body_that_was_recorded_is_read_and_says_of_whom() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dialog-info");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let recorded = |name: &str| name.starts_with("asterisk-") || name.starts_with("kamailio-");
        if !path.file_name().is_some_and(|name| recorded(&name.to_string_lossy())) {
            continue;
        }
        let document = read(&std::fs::read(&path).unwrap()).unwrap();
        assert!(document.full && document.version.is_some(), "{}", path.display());
        assert!(document.entity.starts_with("sip:"), "{}", path.display());
        assert!(!document.dialogs.is_empty(), "{}", path.display());
        count += 1;
    }
    assert!(count >= 22, "only {count} bodies");
}

#[test]
fn a_ringing_telephone_tells_who_calls() {
    let document = document("asterisk-early");
    let [dialog] = &document.dialogs[..] else { panic!("{document:?}") };
    assert_eq!((&*dialog.id, dialog.state, dialog.called), ("801", Some(Early), Some(true)));
    assert_eq!(dialog.remote, known("13800001111", Some("13800001111")));
    assert_eq!(dialog.local, known("801", Some("Operator One")));
    assert_eq!((dialog.call_id.as_deref(), dialog.held), (None, false));
    let asserted = &self::document("asterisk-asserted").dialogs[0];
    assert_eq!(asserted.remote, known("+8613800007777", Some("ACME")));
}

#[test]
fn a_withheld_caller_stays_nameless() {
    for name in ["asterisk-anonymous", "asterisk-anonymous-pai"] {
        let remote = &document(name).dialogs[0].remote;
        let nobody = PartyId { user: None, display: None, withheld: true };
        assert_eq!(*remote, nobody, "{name}");
    }
}

#[test]
fn a_body_without_a_caller_tells_its_state() {
    let states = [
        ("asterisk-confirmed", Some(Confirmed), None),
        ("asterisk-terminated", None, None),
        ("asterisk-group-early-without-remote", Some(Early), Some(true)),
        ("asterisk-queue", Some(Early), Some(true)),
    ];
    for (name, state, called) in states {
        let dialog = &document(name).dialogs[0];
        assert_eq!((dialog.state, dialog.called), (state, called), "{name}");
        assert_eq!(dialog.remote, PartyId::default(), "{name}");
    }
}

#[test]
fn hold_is_seen_where_the_pbx_shows_it() {
    let held = &document("asterisk-trunk-held").dialogs[0];
    assert_eq!((held.state, held.held), (Some(Confirmed), true));
    assert!(!document("asterisk-trunk-confirmed").dialogs[0].held);
    assert!(!document("freeswitch-like").dialogs[0].held, "it says that it does render");
    assert!(document("cisco-like").dialogs[0].held);
}

#[test]
fn several_dialogs_stand_in_one_body_and_those_that_ended_too() {
    let document = document("kamailio-three-0");
    let states: Vec<_> = document.dialogs.iter().map(|one| one.state).collect();
    assert_eq!(states, [Some(Early), None, None]);
    assert_eq!(document.dialogs[0].call_id.as_deref(), Some("1-25748@127.0.0.10"));
    assert_eq!(document.dialogs[0].remote_tag.as_deref(), Some("25748SIPp1"));
    assert_eq!(document.dialogs[0].remote.user.as_deref(), Some("13800001111"));
}

#[test]
fn the_manners_of_other_makers_are_understood() {
    let partial = document("partial-ringing");
    assert_eq!((partial.full, partial.version), (false, Some(8)));
    assert_eq!(partial.dialogs[0].remote, known("02558001234", Some("Zhang & Sons")));
    let prefixed = document("windows-pbx-like");
    let [talks, rings] = &prefixed.dialogs[..] else { panic!("{prefixed:?}") };
    assert_eq!((talks.state, rings.state), (Some(Confirmed), Some(Early)));
    assert_eq!(talks.remote, known("+8613800001234", Some("王先生")));
    assert_eq!(rings.remote, known("13700009999", None), "no identity, but a number as target");
    let trying = &document("cisco-like").dialogs[0];
    assert_eq!((trying.state, trying.called), (Some(Trying), Some(false)));
    assert_eq!(document("latin-1").dialogs[0].remote.display.as_deref(), Some("Müller & Söhne"));
    let bare = document("without-anything-needless");
    let ids: Vec<_> = bare.dialogs.iter().map(|one| &*one.id).collect();
    assert_eq!((ids, bare.version, bare.full), (vec!["1", "2"], None, true));
    let twice = document("one-id-two-calls");
    let told: Vec<_> = twice.dialogs.iter().map(|one| (&*one.id, one.state)).collect();
    assert_eq!(told, [("801", Some(Confirmed)), ("801 two", Some(Early))]);
}

#[test]
fn bodies_meant_to_hurt_are_refused() {
    let refused = [
        ("doctype", Unreadable::Doctype),
        ("external-entity", Unreadable::Doctype),
        ("billion-laughs", Unreadable::Doctype),
        ("deep", Unreadable::TooDeep),
        ("too-many", Unreadable::TooMany),
        ("truncated", Unreadable::Malformed),
        ("unclosed", Unreadable::Malformed),
        ("crossed", Unreadable::Malformed),
        ("two-roots", Unreadable::Malformed),
        ("utf-16", Unreadable::Encoding),
        ("presence", Unreadable::Foreign),
        ("words", Unreadable::Malformed),
        ("null-reference", Unreadable::Malformed),
    ];
    for (name, why) in refused {
        assert_eq!(read(&sample(&format!("hostile/{name}"))), Err(why), "{name}");
    }
    let huge = format!("<dialog-info>{}</dialog-info>", " ".repeat(MAX_BODY));
    assert_eq!(read(huge.as_bytes()), Err(Unreadable::TooLong));
    let attributes = (0..6_000).map(|n| format!(" a{n}=''")).collect::<Vec<_>>().concat();
    let many = format!("<dialog-info{attributes}/>");
    assert!(many.len() < MAX_BODY);
    assert!(read(many.as_bytes()).is_ok_and(|one| one.version.is_none()));
    let unknown = "<dialog-info><dialog id='&x;'><state>e&y;arly</state></dialog></dialog-info>";
    let plain = read(unknown.as_bytes()).unwrap();
    assert_eq!((&*plain.dialogs[0].id, plain.dialogs[0].state), ("&x;", Some(Early)));
}

// ------------------------------------------------------------------------------------- the picture

fn picture() -> Picture {
    Picture::new("801".parse().unwrap())
}

fn full(version: u64, dialogs: &[(&str, &str)]) -> Document {
    written("full", version, dialogs)
}

fn written(kind: &str, version: u64, dialogs: &[(&str, &str)]) -> Document {
    let one =
        |(id, state): &(&str, &str)| format!("<dialog id='{id}'><state>{state}</state></dialog>");
    let dialogs = dialogs.iter().map(one).collect::<Vec<_>>().concat();
    let text = format!("<dialog-info version='{version}' state='{kind}'>{dialogs}</dialog-info>");
    read(text.as_bytes()).unwrap()
}

fn seen(picture: &Picture) -> Vec<(String, DialogState)> {
    picture.dialogs().map(|one| (one.id.to_string(), one.state)).collect()
}

const FIRST: Taken = Taken::Changed { fresh: true };
const NEWS: Taken = Taken::Changed { fresh: false };

#[test]
fn a_call_at_asterisk_is_three_changes_whatever_is_repeated_or_overtaken() {
    let mut picture = picture();
    assert_eq!(picture.take(&full(7, &[("801", "terminated")]), true), FIRST);
    assert_eq!(picture.take(&full(8, &[("801", "early")]), true), NEWS);
    assert_eq!(picture.take(&full(8, &[("801", "early")]), false), Taken::Old);
    assert_eq!(picture.take(&full(9, &[("801", "early")]), true), Taken::Same);
    // 11 came before 10
    assert_eq!(picture.take(&full(11, &[("801", "terminated")]), true), NEWS);
    assert_eq!(picture.take(&full(10, &[("801", "confirmed")]), false), Taken::Old);
    assert_eq!(seen(&picture), []);
}

#[test]
fn dialogs_that_ended_long_ago_are_no_change() {
    let mut picture = picture();
    for (name, expected) in
        [("kamailio-two-0", FIRST), ("kamailio-two-1", Taken::Same), ("kamailio-two-4", NEWS)]
    {
        assert_eq!(picture.take(&document(name), true), expected, "{name}");
    }
    assert_eq!(seen(&picture), []);
    let again = Document { version: Some(1000), ..document("kamailio-two-4") };
    assert_eq!(picture.take(&again, true), Taken::Same);
}

#[test]
fn partial_bodies_change_only_what_they_name() {
    let mut picture = picture();
    picture.take(&full(1, &[("a", "confirmed")]), true);
    assert_eq!(picture.take(&written("partial", 2, &[("b", "early")]), true), NEWS);
    let both = vec![("a".to_owned(), Confirmed), ("b".to_owned(), Early)];
    assert_eq!(seen(&picture), both);
    assert!(!picture.is_busy() && !picture.is_lacking());
    assert_eq!(picture.take(&written("partial", 3, &[("b", "terminated")]), true), NEWS);
    assert!(picture.is_busy());
    // 4 is missing: what 5 tells is taken, and everything is asked for
    picture.take(&written("partial", 5, &[("c", "trying")]), true);
    assert!(picture.is_lacking());
    picture.asked();
    assert_eq!(picture.take(&full(5, &[("a", "confirmed"), ("c", "trying")]), true), Taken::Same);
    assert!(!picture.is_lacking());
}

#[test]
fn a_first_body_that_is_partial_is_not_the_whole() {
    let mut picture = picture();
    assert_eq!(picture.take(&written("partial", 3, &[("b", "early")]), true), FIRST);
    assert!(picture.is_lacking());
}

#[test]
fn a_count_that_begins_anew_is_believed_when_it_came_later() {
    let mut picture = picture();
    picture.take(&full(40, &[("801", "confirmed")]), true);
    assert_eq!(picture.take(&full(0, &[("801", "terminated")]), false), Taken::Old);
    assert_eq!(picture.take(&full(0, &[("801", "terminated")]), true), NEWS, "it was restarted");
    picture.take(&full(30, &[("801", "confirmed")]), true);
    assert_eq!(picture.take(&full(12, &[("801", "early")]), true), Taken::Old);
    picture.asked();
    assert_eq!(picture.take(&full(12, &[("801", "early")]), true), NEWS, "it was asked for all");
    // and one that never counts
    assert_eq!(picture.take(&full(12, &[("801", "confirmed")]), true), NEWS);
    let uncounted = Document { version: None, ..full(0, &[]) };
    assert_eq!(picture.take(&uncounted, true), NEWS);
    assert_eq!(picture.take(&uncounted, false), Taken::Old);
}

#[test]
fn a_new_subscription_begins_anew() {
    let mut picture = picture();
    picture.take(&full(40, &[("801", "confirmed")]), true);
    picture.begin();
    assert!(!picture.is_busy());
    assert_eq!(picture.take(&full(40, &[("801", "confirmed")]), true), FIRST);
}

#[test]
fn chan_sip_names_the_extension_first_and_the_caller_then() {
    let mut picture = picture();
    picture.take(&document("chan-sip-first"), true);
    assert_eq!(seen(&picture), [("801".to_owned(), Trying)], "it does not ring yet");
    assert!(picture.dialogs().all(|one| one.remote == PartyId::default()));
    picture.take(&document("chan-sip-second"), true);
    assert_eq!(seen(&picture), [("801".to_owned(), Early)]);
    let remote = picture.dialogs().next().unwrap().remote.clone();
    assert_eq!(remote, known("13800001234", Some("Wang")));

    // one that never names the caller rings all the same
    let mut nameless = self::picture();
    nameless.take(&document("chan-sip-first"), true);
    let second = Document { version: Some(5), ..document("chan-sip-first") };
    assert_eq!(nameless.take(&second, true), NEWS);
    assert_eq!(seen(&nameless), [("801".to_owned(), Early)]);
}

fn any_document() -> impl Strategy<Value = Document> {
    let state = prop::sample::select(vec![None, Some(Trying), Some(Early), Some(Confirmed)]);
    let dialog = (0..4_u8, state).prop_map(|(id, state)| (id.to_string(), state));
    let dialogs = prop::collection::vec(dialog, 0..4);
    (prop::option::of(0..12_u64), any::<bool>(), dialogs).prop_map(|(version, full, told)| {
        let told = told.into_iter().map(|(id, state)| Told {
            id: id.into(),
            call_id: None,
            local_tag: None,
            remote_tag: None,
            called: None,
            state,
            remote: PartyId::default(),
            local: PartyId::default(),
            held: false,
        });
        Document { entity: String::new(), version, full, dialogs: told.collect() }
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        drop(read(&bytes));
    }

    #[test]
    fn a_body_with_any_part_replaced_is_read_or_refused(
        at in 0..600_usize,
        bytes in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut body = sample("kamailio-two-1");
        let at = at.min(body.len());
        let end = at.saturating_add(bytes.len()).min(body.len());
        body.splice(at..end, bytes);
        if let Ok(document) = read(&body) {
            prop_assert!(document.dialogs.len() <= MAX_DIALOGS);
        }
    }

    #[test]
    fn every_repeat_is_old_news_and_a_full_body_is_the_truth(
        history in prop::collection::vec(any_document(), 1..30),
    ) {
        let mut picture = picture();
        for document in &history {
            let taken = picture.take(document, true);
            prop_assert_eq!(picture.take(document, false), Taken::Old);
            if document.full && taken != Taken::Old {
                let mut living = std::collections::BTreeMap::new();
                for told in &document.dialogs {
                    match told.state {
                        Some(state) => drop(living.insert(told.id.to_string(), state)),
                        None => drop(living.remove(&*told.id)),
                    }
                }
                prop_assert_eq!(seen(&picture), living.into_iter().collect::<Vec<_>>());
                prop_assert!(!picture.is_lacking());
            }
        }
    }
}
