//! What happened to a record, in words: the changes of the journal and of the histories that pages show.

use super::Messages;

/// A change by its word in the journal; words nobody has put into the reader's language stay as they are.
pub fn change(l: &Messages, word: &str) -> String {
    match word {
        "accepted" => l.change_accepted().to_string(),
        "added" => l.change_added().to_string(),
        "added_room" => l.change_added_room().to_string(),
        "again" => l.change_again().to_string(),
        "answered" => l.change_answered().to_string(),
        "approval_asked" => l.change_approval_asked().to_string(),
        "approval_refused" => l.change_approval_refused().to_string(),
        "areas" => l.change_areas().to_string(),
        "arrived" => l.change_arrived().to_string(),
        "asked" => l.change_asked().to_string(),
        "assigned" => l.change_assigned().to_string(),
        "attempted" => l.change_attempted().to_string(),
        "attributed" => l.change_attributed().to_string(),
        "booked" => l.change_booked().to_string(),
        "breach" => l.change_breach().to_string(),
        "call_back_due" => l.change_call_back_due().to_string(),
        "cancelled" => l.change_cancelled().to_string(),
        "changed" => l.change_changed().to_string(),
        "changed_room" => l.change_changed_room().to_string(),
        "chased" => l.change_chased().to_string(),
        "closed" => l.change_closed().to_string(),
        "combined" => l.change_combined().to_string(),
        "corrected" => l.change_corrected().to_string(),
        "created" => l.change_created().to_string(),
        "declined" => l.change_declined().to_string(),
        "delivered" => l.change_delivered().to_string(),
        "departed" => l.change_departed().to_string(),
        "dialled" => l.change_dialled().to_string(),
        "dirty" => l.change_dirty().to_string(),
        "dispatched" => l.change_dispatched().to_string(),
        "done" => l.change_done().to_string(),
        "drafted" => l.change_drafted().to_string(),
        "drawn" => l.change_drawn().to_string(),
        "dropped" => l.change_dropped().to_string(),
        "edited" => l.change_edited().to_string(),
        "ended" => l.change_ended().to_string(),
        "erased" => l.change_erased().to_string(),
        "eta" => l.change_eta().to_string(),
        "extended" => l.change_extended().to_string(),
        "given_back" => l.change_given_back().to_string(),
        "handled" => l.change_handled().to_string(),
        "held" => l.change_held().to_string(),
        "hold_ended" => l.change_hold_ended().to_string(),
        "imported" => l.change_imported().to_string(),
        "in_progress" => l.change_in_progress().to_string(),
        "issued" => l.change_issued().to_string(),
        "joined" => l.change_joined().to_string(),
        "kept" => l.change_kept().to_string(),
        "late" => l.change_late().to_string(),
        "later" => l.change_later().to_string(),
        "left_unseated" => l.change_left_unseated().to_string(),
        "linked" => l.change_linked().to_string(),
        "made" => l.change_made().to_string(),
        "missed" => l.change_missed().to_string(),
        "no_show" => l.change_no_show().to_string(),
        "offered" => l.change_offered().to_string(),
        "online" => l.change_online().to_string(),
        "opened" => l.change_opened().to_string(),
        "out_of_order" => l.change_out_of_order().to_string(),
        "over" => l.change_over().to_string(),
        "passed_on" => l.change_passed_on().to_string(),
        "prepared" => l.change_prepared().to_string(),
        "put_away" => l.change_put_away().to_string(),
        "queued" => l.change_queued().to_string(),
        "raised" => l.change_raised().to_string(),
        "read" => l.change_read().to_string(),
        "read_back" => l.change_read_back().to_string(),
        "readiness" => l.change_readiness().to_string(),
        "ready" => l.change_ready().to_string(),
        "picked_up" => l.change_picked_up().to_string(),
        "recorded" => l.change_recorded().to_string(),
        "refused" => l.change_refused().to_string(),
        "reinstated" => l.change_reinstated().to_string(),
        "released" => l.change_released().to_string(),
        "removed" => l.change_removed().to_string(),
        "renewed" => l.change_renewed().to_string(),
        "repeated" => l.change_repeated().to_string(),
        "reopened" => l.change_reopened().to_string(),
        "resolved" => l.change_resolved().to_string(),
        "retired" => l.change_retired().to_string(),
        "returned" => l.change_returned().to_string(),
        "revoked" => l.change_revoked().to_string(),
        "ring2" => l.change_ring_2().to_string(),
        "ring3" => l.change_ring_3().to_string(),
        "ringing" => l.change_ringing().to_string(),
        "scored" => l.change_scored().to_string(),
        "seated" => l.change_seated().to_string(),
        "sent" => l.change_sent().to_string(),
        "series_booked" => l.change_series_booked().to_string(),
        "series_cancelled" => l.change_series_cancelled().to_string(),
        "series_edited" => l.change_series_edited().to_string(),
        "set" => l.change_set().to_string(),
        "settled" => l.change_settled().to_string(),
        "shortened" => l.change_shortened().to_string(),
        "signed" => l.change_signed().to_string(),
        "signed_in" => l.change_signed_in().to_string(),
        "signed_on" => l.change_signed_on().to_string(),
        "signed_off" => l.change_signed_off().to_string(),
        "signed_out" => l.change_signed_out().to_string(),
        "snoozed" => l.change_snoozed().to_string(),
        "split" => l.change_split().to_string(),
        "submitted" => l.change_submitted().to_string(),
        "superseded" => l.change_superseded().to_string(),
        "swapped" => l.change_swapped().to_string(),
        "taken" => l.change_taken().to_string(),
        "ticked" => l.change_ticked().to_string(),
        "tied" => l.change_tied().to_string(),
        "told" => l.change_told().to_string(),
        "undone" => l.change_undone().to_string(),
        "up" => l.change_up().to_string(),
        "down" => l.change_down().to_string(),
        "viewing" => l.change_viewing().to_string(),
        "viewing_led" => l.change_viewing_led().to_string(),
        "viewing_over" => l.change_viewing_over().to_string(),
        "waiting" => l.change_waiting().to_string(),
        "walked_in" => l.change_walked_in().to_string(),
        "warned" => l.change_warned().to_string(),
        other => other.replace('_', " "),
    }
}

/// The reason of a change by its word in the journal: the house's own in the reader's language, what
/// somebody typed as it was typed.
pub fn why(l: &Messages, text: &str) -> String {
    let late = || text.strip_prefix("late by ")?.strip_suffix(" ms")?.parse::<i64>().ok();
    match text {
        "away" => l.messages_reason_away().to_string(),
        "on_call" => l.messages_reason_on_call().to_string(),
        "no_answer" => l.messages_reason_no_answer().to_string(),
        "off_duty" => l.messages_reason_off_duty().to_string(),
        other => late().map_or_else(
            || other.to_owned(),
            |late_ms| l.journal_late((late_ms + 999) / 1_000).to_string(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Language;
    use crate::words::of;

    #[test]
    fn a_reason_of_the_house_is_told_in_the_readers_language() {
        let (chinese, english) = (of(Language::ZhCn), of(Language::En));
        for (word, zh, en) in [
            ("away", "离席", "away from the desk"),
            ("on_call", "正在通话", "in another call"),
            ("no_answer", "未接", "no answer"),
            ("off_duty", "不在岗", "off duty"),
            ("late by 900000 ms", "晚了 900 秒", "900 s late"),
            ("客人取消", "客人取消", "客人取消"),
        ] {
            assert_eq!((why(&chinese, word).as_str(), why(&english, word).as_str()), (zh, en));
        }
    }
}
