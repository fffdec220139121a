//! The names of the figures of the reports, with the definition that stands beside each.

use super::super::call::Evidence;
use super::super::figure::Figure;
use super::super::missed::CallBack;
use crate::words::Messages;

/// What a figure is called.
pub fn name(l: &Messages, figure: Figure) -> String {
    match figure {
        Figure::Presented => l.calls_figure_presented(),
        Figure::Live => l.calls_figure_live(),
        Figure::Excluded => l.calls_figure_excluded(),
        Figure::AfterHours => l.calls_figure_after_hours(),
        Figure::Outage => l.calls_figure_outage(),
        Figure::Test => l.calls_figure_test(),
        Figure::Met => l.calls_figure_met(),
        Figure::Late => l.calls_figure_late(),
        Figure::Answered => l.calls_figure_answered(),
        Figure::Short => l.calls_figure_short(),
        Figure::Abandoned => l.calls_figure_abandoned(),
        Figure::NotOffered => l.calls_figure_not_offered(),
        Figure::MachineOnly => l.calls_figure_machine_only(),
        Figure::Unmeasured => l.calls_figure_unmeasured(),
        Figure::Counted => l.calls_figure_counted(),
        Figure::Unserved => l.calls_figure_unserved(),
        Figure::GoneInTime => l.calls_figure_gone_in_time(),
        Figure::Patient => l.calls_figure_patient(),
        Figure::InTime => l.calls_figure_in_time(),
        Figure::Measured => l.calls_figure_measured(),
        Figure::Waited => l.calls_figure_waited(),
        Figure::Ring1 => l.calls_figure_ring_1(),
        Figure::Ring2 => l.calls_figure_ring_2(),
        Figure::Ring3 => l.calls_figure_ring_3(),
        Figure::Ring4 => l.calls_figure_ring_4(),
        Figure::Ring5 => l.calls_figure_ring_5(),
        Figure::Ring6 => l.calls_figure_ring_6(),
        Figure::HungCaller => l.calls_figure_hung_caller(),
        Figure::HungUs => l.calls_figure_hung_us(),
        Figure::HungUnknown => l.calls_figure_hung_unknown(),
        Figure::Pickups => l.calls_figure_pickups(),
        Figure::WhyBusy => l.calls_figure_why_busy(),
        Figure::WhyAway => l.calls_figure_why_away(),
        Figure::WhyUnreachable => l.calls_figure_why_unreachable(),
        Figure::WhyPbx => l.calls_figure_why_pbx(),
        Figure::WhyUnknown => l.calls_figure_why_unknown(),
        Figure::PbxLate => l.calls_figure_pbx_late(),
        Figure::Rang => l.calls_figure_rang(),
        Figure::Talked => l.calls_figure_talked(),
    }
    .to_string()
}

/// How it is counted, in one sentence.
pub fn definition(l: &Messages, figure: Figure) -> String {
    match figure {
        Figure::Presented => l.calls_def_figure_presented(),
        Figure::Live => l.calls_def_figure_live(),
        Figure::Excluded => l.calls_def_figure_excluded(),
        Figure::AfterHours => l.calls_def_figure_after_hours(),
        Figure::Outage => l.calls_def_figure_outage(),
        Figure::Test => l.calls_def_figure_test(),
        Figure::Met => l.calls_def_figure_met(),
        Figure::Late => l.calls_def_figure_late(),
        Figure::Answered => l.calls_def_figure_answered(),
        Figure::Short => l.calls_def_figure_short(),
        Figure::Abandoned => l.calls_def_figure_abandoned(),
        Figure::NotOffered => l.calls_def_figure_not_offered(),
        Figure::MachineOnly => l.calls_def_figure_machine_only(),
        Figure::Unmeasured => l.calls_def_figure_unmeasured(),
        Figure::Counted => l.calls_def_figure_counted(),
        Figure::Unserved => l.calls_def_figure_unserved(),
        Figure::GoneInTime => l.calls_def_figure_gone_in_time(),
        Figure::Patient => l.calls_def_figure_patient(),
        Figure::InTime => l.calls_def_figure_in_time(),
        Figure::Measured => l.calls_def_figure_measured(),
        Figure::Waited => l.calls_def_figure_waited(),
        Figure::Ring1 => l.calls_def_figure_ring_1(),
        Figure::Ring2 => l.calls_def_figure_ring_2(),
        Figure::Ring3 => l.calls_def_figure_ring_3(),
        Figure::Ring4 => l.calls_def_figure_ring_4(),
        Figure::Ring5 => l.calls_def_figure_ring_5(),
        Figure::Ring6 => l.calls_def_figure_ring_6(),
        Figure::HungCaller => l.calls_def_figure_hung_caller(),
        Figure::HungUs => l.calls_def_figure_hung_us(),
        Figure::HungUnknown => l.calls_def_figure_hung_unknown(),
        Figure::Pickups => l.calls_def_figure_pickups(),
        Figure::WhyBusy => l.calls_def_figure_why_busy(),
        Figure::WhyAway => l.calls_def_figure_why_away(),
        Figure::WhyUnreachable => l.calls_def_figure_why_unreachable(),
        Figure::WhyPbx => l.calls_def_figure_why_pbx(),
        Figure::WhyUnknown => l.calls_def_figure_why_unknown(),
        Figure::PbxLate => l.calls_def_figure_pbx_late(),
        Figure::Rang => l.calls_def_figure_rang(),
        Figure::Talked => l.calls_def_figure_talked(),
    }
    .to_string()
}

/// What the clock of a call rests on, in a word or two.
pub fn evidence(l: &Messages, evidence: Evidence) -> String {
    match evidence {
        Evidence::Position180 => l.calls_ground_position(),
        Evidence::Dialog => l.calls_ground_dialog(),
        Evidence::Trunk180 => l.calls_ground_trunk(),
        Evidence::Member => l.calls_ground_member(),
        Evidence::None => l.calls_ground_none(),
    }
    .to_string()
}

/// How far to trust it.
pub fn evidence_definition(l: &Messages, evidence: Evidence) -> String {
    match evidence {
        Evidence::Position180 => l.calls_def_ground_position(),
        Evidence::Dialog => l.calls_def_ground_dialog(),
        Evidence::Trunk180 => l.calls_def_ground_trunk(),
        Evidence::Member => l.calls_def_ground_member(),
        Evidence::None => l.calls_def_ground_none(),
    }
    .to_string()
}

/// What became of a call back, in a few words.
pub fn call_back(l: &Messages, call_back: CallBack) -> String {
    match call_back {
        CallBack::Owed => l.calls_call_back_owed(),
        CallBack::Kept => l.calls_call_back_kept(),
        CallBack::KeptLate => l.calls_call_back_kept_late(),
        CallBack::Open => l.calls_call_back_open(),
        CallBack::Waived => l.calls_call_back_waived(),
    }
    .to_string()
}

/// Which calls are counted so.
pub fn call_back_definition(l: &Messages, call_back: CallBack) -> String {
    match call_back {
        CallBack::Owed => l.calls_def_call_back_owed(),
        CallBack::Kept => l.calls_def_call_back_kept(),
        CallBack::KeptLate => l.calls_def_call_back_kept_late(),
        CallBack::Open => l.calls_def_call_back_open(),
        CallBack::Waived => l.calls_def_call_back_waived(),
    }
    .to_string()
}

/// A day of the week by its number, 1 is Monday; the number itself where it is none.
pub fn weekday(l: &Messages, number: &str) -> String {
    match number {
        "1" => l.calls_weekday_1(),
        "2" => l.calls_weekday_2(),
        "3" => l.calls_weekday_3(),
        "4" => l.calls_weekday_4(),
        "5" => l.calls_weekday_5(),
        "6" => l.calls_weekday_6(),
        "7" => l.calls_weekday_7(),
        other => return other.to_owned(),
    }
    .to_string()
}
