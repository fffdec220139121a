//! A month of sheets: how many, and the share of each item that was met, for each operator and for all.

use serde::Serialize;
use utoipa::ToSchema;

use super::sheet::{Item, Mark, Origin};
use super::store::Sheet;
use crate::calls::StaffRef;

/// How often one item was met, of how often it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualityShare)]
pub struct Share {
    /// Which item.
    #[schema(value_type = String)]
    pub item: Item,
    /// Sheets on which it was met.
    pub met: i64,
    /// Sheets on which it was not.
    pub not_met: i64,
    /// Sheets on which it could not be heard; they count neither way.
    pub not_heard: i64,
    /// Met of met and not met, in thousandths; null over nothing.
    pub permille: Option<i64>,
}

impl Share {
    fn of(item: Item, sheets: &[&Sheet]) -> Self {
        let count = |mark: Mark| {
            let marks = sheets.iter().filter_map(|sheet| sheet.scores.as_ref());
            let same = marks.filter(|scores| scores.of(item).mark == mark).count();
            i64::try_from(same).unwrap_or(i64::MAX)
        };
        let (met, not_met) = (count(Mark::Met), count(Mark::NotMet));
        let heard = met + not_met;
        let permille = met.saturating_mul(1000).checked_div(heard);
        Self { item, met, not_met, not_heard: count(Mark::NotHeard), permille }
    }
}

/// The sums of some sheets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualityMonth)]
pub struct Month {
    /// Sheets that were scored.
    pub sheets: i64,
    /// Those of them whose call was drawn by chance; the others were chosen.
    pub drawn: i64,
    /// Sheets that wait to be scored.
    pub open: i64,
    /// Scored sheets on which nothing was not met.
    pub faultless: i64,
    /// Item by item, in the order of the clauses.
    pub items: Vec<Share>,
}

/// The sums of one operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualityOperatorMonth)]
pub struct OperatorMonth {
    /// Whose.
    pub operator: StaffRef,
    /// The sums.
    #[serde(flatten)]
    pub month: Month,
}

impl Month {
    /// Sums sheets up.
    pub fn of<'s>(sheets: impl IntoIterator<Item = &'s Sheet>) -> Self {
        let all: Vec<&Sheet> = sheets.into_iter().collect();
        let count = |is: &dyn Fn(&Sheet) -> bool| {
            i64::try_from(all.iter().filter(|sheet| is(sheet)).count()).unwrap_or(i64::MAX)
        };
        let scored = |sheet: &Sheet| sheet.scores.is_some();
        let clean = |sheet: &Sheet| {
            sheet.scores.as_ref().is_some_and(|scores| scores.count(Mark::NotMet) == 0)
        };
        Self {
            sheets: count(&scored),
            drawn: count(&|sheet| scored(sheet) && sheet.origin == Origin::Drawn),
            open: count(&|sheet| !scored(sheet)),
            faultless: count(&clean),
            items: Item::ALL.iter().map(|item| Share::of(*item, &all)).collect(),
        }
    }
}

/// The sums of each operator, in the order of their names.
pub(super) fn by_operator(sheets: &[Sheet]) -> Vec<OperatorMonth> {
    let mut people: Vec<&StaffRef> = sheets.iter().map(|sheet| &sheet.operator).collect();
    people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    people.dedup_by_key(|person| person.id);
    let month = |operator: &StaffRef| OperatorMonth {
        operator: operator.clone(),
        month: Month::of(sheets.iter().filter(|sheet| sheet.operator.id == operator.id)),
    };
    people.into_iter().map(month).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::scores;
    use super::*;
    use crate::kernel::{CallId, Moment, SheetId, StaffId};

    fn sheet(id: i64, staff: i64, origin: Origin, marks: Option<&str>) -> Sheet {
        let at = Moment::from_millis(0);
        Sheet {
            id: SheetId(id),
            version: 1,
            call: CallId(id),
            operator: StaffRef { id: StaffId(staff), name: format!("p{staff}") },
            date: "2026-11-23".parse().unwrap(),
            hotline: None,
            offered_at: at,
            talk_ms: None,
            origin,
            opened_by: None,
            opened_at: at,
            scores: marks.map(scores),
            scored_by: None,
            scored_at: None,
        }
    }

    #[test]
    fn what_was_not_heard_counts_neither_way_and_nothing_is_no_share() {
        let sheets = [
            sheet(1, 5, Origin::Drawn, Some("+++?+")),
            sheet(2, 5, Origin::Chosen, Some("+-+?+")),
            sheet(3, 5, Origin::Drawn, None),
            sheet(4, 6, Origin::Drawn, Some("+++++")),
        ];
        let people = by_operator(&sheets);
        assert_eq!(people.iter().map(|one| one.operator.id.0).collect::<Vec<_>>(), [5, 6]);
        let li = &people[0].month;
        assert_eq!((li.sheets, li.drawn, li.open, li.faultless), (2, 1, 1, 1));
        let permille: Vec<_> = li.items.iter().map(|share| share.permille).collect();
        assert_eq!(permille, [Some(1000), Some(500), Some(1000), None, Some(1000)]);
        assert_eq!(li.items[3].not_heard, 2);
        let all = Month::of(&sheets);
        assert_eq!((all.sheets, all.items[1].permille), (3, Some(666)));
        assert_eq!(Month::of([]).items[0].permille, None);
    }
}
