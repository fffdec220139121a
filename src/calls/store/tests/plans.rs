//! How the embedded engine goes about what the log is asked: it keeps no statistics.

use super::*;

/// How the embedded engine goes about a statement, step by step.
async fn steps(on: &mut sqlx::SqliteConnection, text: &str) -> Vec<String> {
    let explain = format!("EXPLAIN QUERY PLAN {text}");
    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(explain)).fetch_all(on).await.unwrap();
    plan.into_iter().map(|(.., step)| step).collect()
}

#[tokio::test]
async fn the_calls_of_a_figure_are_not_sorted_from_a_year_and_slow_ones_are_found_by_how_slow() {
    use sqlx::Connection as _;

    let place = kit::sqlite();
    drop(Db::open(&place.url, crate::bus::Bus::new()).await.unwrap());
    let mut on = sqlx::SqliteConnection::connect(&place.url).await.unwrap();
    for &figure in super::super::super::Figure::ALL {
        let ask = format!(
            "SELECT c.* FROM calls c WHERE c.offered_at >= 1 AND c.offered_at < 9{} \
             ORDER BY c.offered_at DESC, c.id DESC LIMIT 51",
            figure.condition()
        );
        let steps = steps(&mut on, &ask).await;
        let sorted = steps.iter().any(|step| step.contains("ORDER BY"));
        // those that are not over are few, and found by that
        assert_eq!(sorted, figure == super::super::super::Figure::Live, "{figure:?}: {steps:?}");
    }
    for (name, sql) in SLOW_STATEMENTS {
        let steps = steps(&mut on, sql.for_sqlite()).await;
        let bounded = steps.len() == 1 && steps[0].contains("COVERING INDEX calls_slow_");
        assert!(bounded && steps[0].contains(">? AND"), "{name}: {steps:?}");
    }
}

#[tokio::test]
async fn what_is_rare_of_a_year_is_found_by_what_is_rare_of_it() {
    use sqlx::Connection as _;

    use super::super::super::Figure;

    let place = kit::sqlite();
    drop(Db::open(&place.url, crate::bus::Bus::new()).await.unwrap());
    let mut on = sqlx::SqliteConnection::connect(&place.url).await.unwrap();
    let of_figures = [
        (Figure::Live, "calls_live"),
        (Figure::Excluded, "calls_not_counted"),
        (Figure::AfterHours, "calls_excluded"),
        (Figure::Outage, "calls_excluded"),
        (Figure::Test, "calls_excluded"),
        (Figure::NotOffered, "calls_outcome"),
        (Figure::MachineOnly, "calls_outcome"),
        (Figure::Unserved, "calls_unserved"),
        (Figure::GoneInTime, "calls_unserved"),
        (Figure::Ring4, "calls_rang_long"),
        (Figure::Ring5, "calls_rang_long"),
        (Figure::Ring6, "calls_rang_longest"),
        (Figure::HungUs, "calls_hung_up"),
        (Figure::HungUnknown, "calls_hung_up"),
        (Figure::WhyBusy, "calls_broken"),
        (Figure::WhyUnreachable, "calls_broken"),
        (Figure::WhyUnknown, "calls_broken_silent"),
        (Figure::WhyPbx, "calls_pbx_late"),
        (Figure::PbxLate, "calls_pbx_late"),
    ];
    let figures = of_figures.map(|(figure, index)| (figure.condition().to_owned(), index));
    let of_others = [
        (" AND c.evidence = 'member'", "calls_evidence"),
        (" AND c.local_hour = 4", "calls_hour"),
        (" AND c.outcome = $1", "calls_outcome"),
        (" AND c.hotline_number = '1' AND c.outcome = 'machine_only'", "calls_hotline_outcome"),
        (" AND +c.hotline_number = '1' AND c.evidence = 'member'", "calls_evidence"),
        (" AND c.answered_staff = 7 AND +c.outcome = 'late'", "calls_staff"),
    ];
    let others = of_others.map(|(ask, index)| (ask.to_owned(), index));
    let late = "CASE WHEN 1 = 1 AND c.outcome = 'late' THEN TRUE ELSE FALSE END";
    let by_nobody = format!("{} AND c.answered_staff IS NULL AND {late}", Figure::BY_A_PERSON);
    let timed = format!(" AND c.evidence = 'member'{}", Figure::TIMED_ELSE);
    let nobody = [(by_nobody, "calls_by_nobody"), (timed, "calls_timed_else")];
    for (ask, index) in figures.into_iter().chain(others).chain(nobody) {
        let text = format!(
            "SELECT c.* FROM calls c WHERE c.offered_at >= 1 AND c.offered_at < 9{ask} \
             ORDER BY c.offered_at DESC, c.id DESC LIMIT 51"
        );
        let steps = steps(&mut on, &text).await;
        let found = format!("INDEX {index} ");
        let alone = format!("INDEX {index}");
        let by = |step: &String| step.contains(&found) || step.ends_with(&alone);
        assert!(steps.iter().any(by), "{ask}: {steps:?}");
        let walked = steps.iter().any(|step| step.contains("c USING INDEX calls_offered"));
        assert!(!walked, "{ask}: {steps:?}");
    }
}
