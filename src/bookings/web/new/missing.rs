//! What a booking cannot be made without.

use super::super::super::booking::Source;
use super::super::super::refusal::Wrong;
use super::Written;
use crate::kernel::Phone;
use crate::web::Problem;

/// All five fields at once, where some are missing.
pub(super) fn missing(written: &Written) -> Option<Problem> {
    let walk_in = written.source == Some(Source::WalkIn);
    let mut problem = Problem::rules();
    if written.name.trim().is_empty() && !walk_in {
        problem = problem.field("name", |l| Wrong::Name.say(l));
    }
    if written.party.is_none_or(|party| party < 1) {
        problem = problem.field("party", |l| Wrong::Party.say(l));
    }
    if Phone::read(&written.phone).is_none() && !(walk_in && written.phone.trim().is_empty()) {
        problem = problem.field("phone", |l| Wrong::Phone.say(l));
    }
    if written.when.is_none() && !walk_in {
        problem = problem.field("when", |l| Wrong::When.say(l));
    }
    if written.source == Some(Source::Staff) {
        if written.sold_by.is_none() {
            problem = problem.field("sold_by", |l| Wrong::SoldBy.say(l));
        }
        if written.sold_dept.is_none() {
            problem = problem.field("sold_dept", |l| Wrong::SoldBy.say(l));
        }
    }
    problem.has_fields().then_some(problem)
}
