//! What can happen to which kind of record, and what people call it: the list that the page filters by.

use super::own::Own;
use crate::words::{self, Messages};

/// The kinds of records, and what happens to each in the order in which it does.
pub(super) const HAPPENINGS: &[(&str, &str)] = &[
    (
        "call",
        "offered ringing ring2 ring3 breach colleagues answered picked_up taken released held \
         hold_agreed resumed transferred machine ended noted recorded put_away amended doubtful marked_test \
         unmarked_test round_ended round_began leg_began leg_rang leg_ended imported erased",
    ),
    ("missed_call", "opened again returned settled"),
    ("missed_rule", "set"),
    (
        "outgoing_call",
        "dialled ringing answered ended amended tied judged_business judged_private erased",
    ),
    ("call_plan", "prepared edited added removed sent tied erased"),
    ("line", "down up"),
    (
        "contact",
        "added edited merged merged_away told_apart renumbered import_checked imported import_dropped \
         erased",
    ),
    ("number_rules", "changed"),
    (
        "booking",
        "booked walked_in read_back edited assigned moved changed_room swapped added_room combined \
         joined split extended shortened eta reached not_reached late arrived seated left_unseated \
         departed no_show cancelled reinstated attributed approval_asked approval_refused undone \
         waiting offered accepted declined no_answer offer_ended withdrawn expired asked handed_over \
         contacted option option_lapsed passed_on won lost signed erased",
    ),
    (
        "room",
        "dirty ready cleaning inspected readiness held hold_ended out_of_order internal reopened \
         viewing viewing_led viewing_over added edited linked unlinked removed retired",
    ),
    (
        "fault",
        "opened read_back repeated edited noted accepted in_progress waiting dispatched recalled \
         drafted issued nobody helping seen consulted returned warned missed resolved closed reopened \
         duplicate cancelled undone remeasured offline_note site contract promise asset erased",
    ),
    (
        "work_order",
        "drafted edited issued accepted declined silent to_be_phoned dialled departed arrived paused \
         resumed asked_for_help noted tasks_ticked photo photo_withdrawn finished signature signed \
         archived recalled undone offline_note skills online erased",
    ),
    ("fault_report", "submitted read"),
    (
        "notice",
        "sent delivered acked all_acked unticked asked_again escalated superseded withdrawn closed \
         erased",
    ),
    (
        "follow_up",
        "opened taken given_back handed_over concerned asked_for_help snoozed woke reminded attempted \
         due escalated done refused dropped erased",
    ),
    ("message", "sent read_back delivered read handled withdrawn escalated erased"),
    ("staff", "signed_in signed_out added edited invited settings password disabled enabled"),
    ("presence", "signed_on signed_off checked changed areas"),
    ("presence_private", "changed"),
    (
        "shift",
        "added removed opened ticked reopened tried fault settled photo photos_erased changed",
    ),
    ("coverage", "opened told closed"),
    ("directory", "added edited removed whereabouts"),
    ("disclosure", "looked found transfer refused exported granted revoked expired"),
    ("quality", "drawn opened scored corrected erased"),
    ("script", "added edited dropped"),
    ("calendar", "added edited days"),
    ("outbox", "queued sent later uncertain dead discarded merged reach browser"),
    ("report", "raised over created sent dropped changed renewed"),
    ("question", "kept dropped"),
    ("wall", "created opened revoked"),
    ("token", "created revoked"),
    ("editing", "editing left_form"),
];

/// Whether this happens to records of this kind, or of any where none is named.
pub fn is_listed(kind: &str, change: &str) -> bool {
    let of = HAPPENINGS.iter().filter(|(of, _)| kind.is_empty() || *of == kind);
    of.flat_map(|(_, happened)| words_of(happened)).any(|word| word == change)
}

/// The words of a kind, apart.
pub(super) fn words_of(happened: &'static str) -> impl Iterator<Item = &'static str> {
    happened.split(' ')
}

/// The name of a kind of records; `None` where the house has no such kind.
pub(super) fn kind(l: &Messages, kind: &str) -> Option<String> {
    let name = match kind {
        "call" => l.journal_kind_call(),
        "missed_call" => l.journal_kind_missed_call(),
        "missed_rule" => l.journal_kind_missed_rule(),
        "outgoing_call" => l.journal_kind_outgoing_call(),
        "call_plan" => l.journal_kind_call_plan(),
        "line" => l.journal_kind_line(),
        "contact" => l.journal_kind_contact(),
        "number_rules" => l.journal_kind_number_rules(),
        "booking" => l.journal_kind_booking(),
        "room" => l.journal_kind_room(),
        "fault" => l.journal_kind_fault(),
        "work_order" => l.journal_kind_work_order(),
        "fault_report" => l.journal_kind_fault_report(),
        "notice" => l.journal_kind_notice(),
        "follow_up" => l.journal_kind_follow_up(),
        "message" => l.journal_kind_message(),
        "staff" => l.journal_kind_staff(),
        "presence" => l.journal_kind_presence(),
        "presence_private" => l.journal_kind_presence_private(),
        "shift" => l.journal_kind_shift(),
        "coverage" => l.journal_kind_coverage(),
        "directory" => l.journal_kind_directory(),
        "disclosure" => l.journal_kind_disclosure(),
        "quality" => l.journal_kind_quality(),
        "script" => l.journal_kind_script(),
        "calendar" => l.journal_kind_calendar(),
        "outbox" => l.journal_kind_outbox(),
        "report" => l.journal_kind_report(),
        "question" => l.journal_kind_question(),
        "wall" => l.journal_kind_wall(),
        "token" => l.journal_kind_token(),
        "editing" => l.journal_kind_editing(),
        _ => return None,
    };
    Some(name.to_string())
}

/// A change of a kind of record: the house's own word before ours.
pub(super) fn change(l: &Messages, own: &Own, kind: &str, word: &str) -> String {
    let ours = || words::change_of(l, kind, word);
    own.get(&(kind, word)).cloned().unwrap_or_else(ours)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kernel::Language;

    #[test]
    fn everything_that_can_be_picked_has_its_words_once() {
        let l = words::of(Language::ZhCn);
        let mut kinds = BTreeSet::new();
        for (of, happened) in HAPPENINGS {
            assert!(kind(&l, of).is_some_and(|name| !name.is_ascii()), "{of}");
            assert!(kinds.insert(of), "{of} stands twice");
            let once: BTreeSet<_> = words_of(happened).collect();
            assert_eq!(once.len(), words_of(happened).count(), "{of}");
            for word in words_of(happened) {
                let said = change(&l, &Own::new(), of, word);
                assert!(!said.is_ascii(), "{of} {word}: {said}");
            }
        }
        assert_eq!(kind(&l, "teapot"), None);
    }
}
