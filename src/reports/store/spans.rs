//! Which months and which days of a time are read from which sums.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::super::period::Period;

/// From so many days on a piece is long: a quarter of a year by hours is two thousand rows for each line.
const LONG_DAYS: u64 = 90;

/// A time in whole months and the days beside them, without overlap, neighbours in one piece.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Spans {
    /// First and last day of each piece that is read by days.
    pub(super) days: Vec<(NaiveDate, NaiveDate)>,
    /// First and last month, `2026-11`, of each piece that is read by months.
    pub(super) months: Vec<(String, String)>,
}

impl Spans {
    /// Cuts a time; a month that is `touched` is read by its days, and all are where `months` is false.
    /// A month that has nothing after the time, such as the one that is not over, `ends` with it.
    pub(super) fn of(
        period: &Period,
        months: bool,
        ends: bool,
        touched: impl Fn(&str) -> bool,
    ) -> Self {
        let mut spans = Self::default();
        if !months {
            spans.days.push((period.from, period.to));
            return spans;
        }
        // whether the piece before was a month
        let mut was_month = None;
        let mut from = period.from;
        while from <= period.to {
            let first = from.with_day(1).unwrap_or(from);
            let next = first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
            let last = next.pred_opt().unwrap_or(next);
            let month = format!("{:04}-{:02}", from.year(), from.month());
            let whole = from == first && (ends || last <= period.to) && !touched(&month);
            let to = last.min(period.to);
            match (whole, was_month, spans.months.last_mut(), spans.days.last_mut()) {
                (true, Some(true), Some(piece), _) => piece.1 = month,
                (true, ..) => spans.months.push((month.clone(), month)),
                (false, Some(false), _, Some(piece)) => piece.1 = to,
                (false, ..) => spans.days.push((from, to)),
            }
            was_month = Some(whole);
            from = next;
        }
        spans
    }

    /// The same with each long piece of days in two, for thousands of rows that are read beside each other.
    pub(super) fn halved(mut self) -> Self {
        let halves = |&(from, to): &(NaiveDate, NaiveDate)| {
            let days = u64::try_from((to - from).num_days()).unwrap_or(0);
            let middle = from.checked_add_days(Days::new(days / 2)).filter(|_| days >= LONG_DAYS);
            match middle.and_then(|middle| Some((middle, middle.succ_opt()?))) {
                Some((middle, next)) => vec![(from, middle), (next, to)],
                None => vec![(from, to)],
            }
        };
        self.days = self.days.iter().flat_map(halves).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn cut(from: &str, to: &str, touched: &[&str]) -> (Vec<String>, Vec<String>) {
        cut_at(from, to, false, touched)
    }

    fn cut_at(from: &str, to: &str, ends: bool, touched: &[&str]) -> (Vec<String>, Vec<String>) {
        let period = Period { name: "custom", from: date(from), to: date(to) };
        let spans = Spans::of(&period, true, ends, |month| touched.contains(&month));
        let days = spans.days.iter().map(|(from, to)| format!("{from}..{to}")).collect();
        (days, spans.months.iter().map(|(from, to)| format!("{from}..{to}")).collect())
    }

    #[test]
    fn a_year_is_its_months_and_the_days_beside_them() {
        let (days, months) = cut("2025-11-24", "2026-11-23", &[]);
        assert_eq!(days, ["2025-11-24..2025-11-30", "2026-11-01..2026-11-23"]);
        assert_eq!(months, ["2025-12..2026-10"]);
        let (days, months) = cut("2026-01-01", "2026-04-30", &["2026-02"]);
        assert_eq!(days, ["2026-02-01..2026-02-28"]);
        assert_eq!(months, ["2026-01..2026-01", "2026-03..2026-04"]);
        assert_eq!(cut("2026-11-02", "2026-11-30", &[]).0, ["2026-11-02..2026-11-30"]);
    }

    #[test]
    fn a_long_piece_is_read_in_two_and_a_short_one_is_not() {
        let days = |from: &str, to: &str| {
            let period = Period { name: "custom", from: date(from), to: date(to) };
            Spans::of(&period, false, false, |_| false).halved().days
        };
        assert_eq!(
            days("2025-11-24", "2026-11-23"),
            [(date("2025-11-24"), date("2026-05-25")), (date("2026-05-26"), date("2026-11-23"))]
        );
        assert_eq!(days("2026-09-01", "2026-10-01"), [(date("2026-09-01"), date("2026-10-01"))]);
        assert_eq!(days("2026-09-01", "2026-09-01"), [(date("2026-09-01"), date("2026-09-01"))]);
    }

    #[test]
    fn a_month_that_is_not_over_is_whole_where_nothing_came_after_the_time() {
        let (days, months) = cut_at("2026-10-27", "2026-11-23", true, &[]);
        assert_eq!(days, ["2026-10-27..2026-10-31"]);
        assert_eq!(months, ["2026-11..2026-11"]);
        let (days, months) = cut_at("2026-10-01", "2026-11-23", true, &["2026-11"]);
        assert_eq!(days, ["2026-11-01..2026-11-23"]);
        assert_eq!(months, ["2026-10..2026-10"]);
        assert_eq!(cut_at("2026-11-02", "2026-11-23", true, &[]).0, ["2026-11-02..2026-11-23"]);
    }

    proptest! {
        #[test]
        fn every_day_is_read_exactly_once(start in 0_u64..900, days in 0_u64..900, touched in 0_u32..24, months: bool, halved: bool) {
            let from = date("2025-01-01") + Days::new(start);
            let period = Period { name: "custom", from, to: from + Days::new(days) };
            let spans = Spans::of(&period, months, false, |month| month.ends_with(&format!("{touched:02}")));
            let spans = if halved { spans.halved() } else { spans };
            let mut read = Vec::new();
            for (from, to) in &spans.days {
                read.extend(from.iter_days().take_while(|day| day <= to));
            }
            for (from, to) in &spans.months {
                let first = date(&format!("{from}-01"));
                let end = date(&format!("{to}-01")) + Months::new(1);
                read.extend(first.iter_days().take_while(|day| *day < end));
            }
            read.sort();
            let all: Vec<NaiveDate> = period.from.iter_days().take_while(|day| *day <= period.to).collect();
            prop_assert_eq!(read, all);
        }
    }
}
