//! The summary as tables: the faults of the period, one a line, and its figures.

use chrono::NaiveDateTime;

use super::super::store::reports::{Figures, Kept, Line, Named};
use super::say;
use crate::kernel::Moment;
use crate::web::Want;
use crate::web::table::{Cell, Sheet};
use crate::words::Messages;

fn at(want: &Want, at: Option<Moment>) -> Cell {
    let local =
        |at: Moment| -> NaiveDateTime { at.utc().with_timezone(&want.kit.day.zone).naive_local() };
    Cell::At(at.map(local))
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// The faults, one a line.
pub(super) fn faults(want: &Want, lines: &[Line]) -> Sheet {
    let l = want.messages();
    let headings = [
        l.tickets_no(),
        l.tickets_report_date(),
        l.tickets_opened(),
        l.tickets_company(),
        l.tickets_place(),
        l.tickets_serial(),
        l.tickets_symptom(),
        l.tickets_category(),
        l.tickets_priority(),
        l.tickets_state(),
        l.tickets_resolved(),
        l.tickets_owner(),
    ];
    let row = |line: &Line| {
        let state = line.state.parse().map(|state| say::state(&l, state)).unwrap_or_default();
        vec![
            text(&line.no),
            Cell::Day(line.business_date.parse().ok()),
            at(want, Some(line.opened_at)),
            text(&line.company),
            text(&line.place),
            text(&line.serial),
            text(&line.symptom),
            text(&line.category),
            text(say::priority(&l, line.priority)),
            text(state),
            at(want, line.resolved_at),
            text(&line.owner),
        ]
    };
    Sheet {
        name: l.tickets_board().to_string(),
        headings: headings.iter().map(ToString::to_string).collect(),
        rows: lines.iter().map(row).collect(),
    }
}

/// The figures: what, of what, how many.
pub(super) fn figures(want: &Want, figures: &Figures, kept: Option<&Kept>) -> Sheet {
    let l = want.messages();
    let mut rows = Vec::new();
    let mut add = |what: String, of: &str, value: Cell| {
        rows.push(vec![Cell::Text(what), text(of), value]);
    };
    let n = Cell::Number;
    let days = format!("{} – {}", figures.from, figures.to);
    add(l.tickets_report_date().to_string(), &days, text(""));
    add(l.tickets_report_came().to_string(), "", n(figures.came));
    add(l.tickets_report_solved().to_string(), "", n(figures.solved));
    add(l.tickets_report_open().to_string(), "", n(figures.open));
    add(l.tickets_report_first().to_string(), "", share(figures.first_call, figures.came));
    add(l.tickets_report_reopened().to_string(), "", n(figures.reopened));
    for goal in &figures.goals {
        let name = goal.metric.parse().map(|metric| say::metric(&l, metric)).unwrap_or_default();
        let of = format!("{}/{}", goal.met, goal.number);
        add(l.tickets_report_goal(name.as_str()).to_string(), &of, share(goal.met, goal.number));
        if goal.unvisited > 0 {
            add(l.tickets_report_unvisited_row(name).to_string(), "", n(goal.unvisited));
        }
    }
    let by = |what: &dyn Fn() -> String, all: &[Named]| -> Vec<(String, String, i64)> {
        all.iter().map(|one| (what(), named(&l, &one.name), one.number)).collect()
    };
    let groups = [
        by(&|| l.tickets_category().to_string(), &figures.categories),
        by(&|| l.tickets_company().to_string(), &figures.companies),
        by(&|| l.tickets_place().to_string(), &figures.sites),
        by(&|| l.tickets_engineers().to_string(), &figures.engineers),
    ];
    for (what, of, number) in groups.into_iter().flatten() {
        add(what, &of, n(number));
    }
    for one in &figures.repeats {
        let of = [one.company.as_str(), &one.place, &one.serial].join(" ");
        add(l.tickets_report_repeats().to_string(), of.trim(), n(one.number));
    }
    for (no, instead) in &figures.left_out {
        add(l.tickets_report_left_out().to_string(), no, text(instead));
    }
    if let Some((no, since)) = &figures.oldest {
        add(l.tickets_report_oldest().to_string(), no, at(want, Some(*since)));
    }
    if let Some(kept) = kept {
        let by = l.tickets_report_submitted(
            kept.submitted_name.as_str(),
            want.spelling().moment(kept.submitted_at),
        );
        add(by.to_string(), "", at(want, Some(kept.submitted_at)));
        add(l.tickets_report_remarks().to_string(), &kept.remarks, text(""));
        if let Some(read) = kept.read_at {
            add(
                l.tickets_report_answer().to_string(),
                &format!("{} {}", kept.read_name, kept.answer),
                at(want, Some(read)),
            );
        }
    }
    Sheet {
        name: l.tickets_report().to_string(),
        headings: vec![
            l.tickets_report_what().to_string(),
            l.tickets_report_of().to_string(),
            l.tickets_report_value().to_string(),
        ],
        rows,
    }
}

fn named(l: &Messages, name: &str) -> String {
    if name.is_empty() { l.tickets_report_not_written().to_string() } else { name.to_owned() }
}

fn share(part: i64, whole: i64) -> Cell {
    Cell::Permille(super::report::permille(part, whole))
}
