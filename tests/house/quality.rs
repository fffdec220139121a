//! How talks were spoken: a sheet of five items is drawn, scored, corrected; the operator concerned reads
//! it in their month and nobody else of the desk does (operations.md clauses 4.1–4.5).

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard::db::{Error, Stamp};
use switchboard::kernel::{CallId, StaffId};
use switchboard::quality::store::{self, Draw};
use tokio::task::JoinSet;

use super::kit;
use super::site::{OUT_OF_HOURS, Site, at};

const MINUTE: i64 = 60_000;

/// An answered call of somebody; `who` says whose telephone it was, or with `taken` who said so.
fn talk(id: i64, who: i64, how: &str, millis: i64) -> String {
    let (begun, answered) = (at(millis).millis(), at(millis + 6_000).millis());
    let ended = at(millis + 96_000).millis();
    let (staff, taken) = if how == "seen" {
        (who.to_string(), "NULL".to_owned())
    } else {
        ("NULL".to_owned(), who.to_string())
    };
    let excluded = if how == "test" { "'test'" } else { "NULL" };
    let date = if millis < -20 * 24 * 3_600_000 { "2026-10-30" } else { "2026-11-23" };
    format!(
        "INSERT INTO calls (id, uid, version, pbx, hotline_number, hotline_name, caller_number, withheld, state, offered_at, \
         rang_at, answered_at, ended_at, rings, answered_staff, taken_by, outcome, excluded, ended_by, end_seen, evidence, cycle_ms, \
         target_rings, target_ms, colleague_rings, business_date, local_hour) VALUES ({id}, 'q{id}', 1, 'main', '4008001234', '热线', \
         '+8613800001234', FALSE, 'ended', {begun}, {begun}, {answered}, {ended}, 2, {staff}, {taken}, 'met', {excluded}, 'caller', \
         TRUE, 'position_180', 5000, 3, 15000, 2, '{date}', 16)"
    )
}

/// 李红 answered calls 1 to 3 (the third as she said herself) and a test, 小周 call 5; call 6 was last month.
async fn site(place: &kit::Place) -> Site {
    let site = Site::open_with(place, OUT_OF_HOURS).await;
    let (li, zhou, sun) = (site.id("li"), site.id("zhou"), site.id("sun"));
    let rows = vec![
        talk(1, li, "seen", -60 * MINUTE),
        talk(2, li, "seen", -50 * MINUTE),
        talk(3, li, "said", -40 * MINUTE),
        talk(4, li, "test", -30 * MINUTE),
        talk(5, zhou, "seen", -20 * MINUTE),
        talk(6, li, "seen", -24 * 24 * 60 * MINUTE),
        talk(7, sun, "seen", -10 * MINUTE),
    ];
    site.plant(rows).await;
    site
}

/// A form with a mark for each item; what is not met says why.
fn form(version: i64, marks: [&str; 5]) -> Value {
    let names = ["tone", "no_rude_words", "no_jokes", "please_thanks", "never_wei"];
    let mut form = json!({ "version": version });
    for (name, mark) in names.iter().zip(marks) {
        form[*name] = json!(mark);
        if mark == "not_met" {
            form[format!("{name}_note")] = json!(format!("=听到了：{name}"));
        }
    }
    form
}

const GOOD: [&str; 5] = ["met", "met", "not_heard", "met", "met"];

async fn drawn(site: &mut Site, who: i64) -> (StatusCode, Value) {
    site.post("sun", "/quality/samples", json!({ "person": who.to_string() })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_of_five_items_is_scored_and_appears_in_the_operators_month_and_in_no_others() {
    for place in kit::places().await {
        let mut site = site(&place).await;
        let (li, zhou) = (site.id("li"), site.id("zhou"));
        // drawn by chance among her talks of this month, each once, and then there is none left
        let mut calls = BTreeSet::new();
        let mut sheets = Vec::new();
        for _ in 0..3 {
            let (status, sheet) = drawn(&mut site, li).await;
            assert_eq!(status, StatusCode::OK, "{sheet}");
            assert_eq!((&sheet["origin"], &sheet["operator"]["id"]), (&json!("drawn"), &json!(li)));
            let clauses: Vec<_> =
                sheet["items"].as_array().unwrap().iter().map(|item| &item["clause"]).collect();
            assert_eq!(clauses, ["4.1", "4.2", "4.3", "4.4", "4.5"]);
            assert!(calls.insert(sheet["call"].as_i64().unwrap()), "twice: {sheet}");
            sheets.push(sheet["id"].as_i64().unwrap());
        }
        assert_eq!(calls, BTreeSet::from([1, 2, 3]), "no test, nobody else's, no other month's");
        let (status, none) = drawn(&mut site, li).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(none["fields"]["person"].as_str().unwrap().contains("没有可抽的通话"), "{none}");

        // the operator hears nothing of a sheet that is not scored
        let first = format!("/quality/{}", sheets[0]);
        assert_eq!(site.get("li", &first).await.0, StatusCode::NOT_FOUND);
        assert_eq!(site.get("li", "/quality").await.1["items"], json!([]));
        let (status, scored) = site.post("sun", &first, form(1, GOOD)).await;
        assert_eq!((status, &scored["version"]), (StatusCode::OK, &json!(2)), "{scored}");
        let marks = ["met", "not_met", "met", "met", "not_met"];
        let second = format!("/quality/{}", sheets[1]);
        assert_eq!(site.post("sun", &second, form(1, marks)).await.0, StatusCode::OK);

        // her month: both, their sums, their notes; and she was told
        let (status, month) = site.get("li", "/quality?month=2026-11").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(month["items"].as_array().unwrap().len(), 2);
        let mine = &month["operators"][0];
        assert_eq!(
            (
                &mine["operator"]["name"],
                &mine["sheets"],
                &mine["drawn"],
                &mine["faultless"],
                &mine["open"]
            ),
            (&json!("李红"), &json!(2), &json!(2), &json!(1), &json!(0))
        );
        let shares: Vec<&Value> =
            mine["items"].as_array().unwrap().iter().map(|one| &one["permille"]).collect();
        assert_eq!(shares, [&json!(1000), &json!(500), &json!(1000), &json!(1000), &json!(500)]);
        let page = site.page("li", "/quality").await;
        assert!(page.contains("=听到了：never_wei") && page.contains("50.0%"), "{page}");
        assert!(page.contains("1／2"), "met of heard: {page}");
        assert!(!page.contains("id=\"draw\""), "she draws none");
        let banners = site.waiting("li").await;
        assert!(banners.iter().any(|text| text.contains("5 项中，3 项符合")), "{banners:?}");
        assert!(site.page("li", &first).await.contains("历次保存"));

        // another operator sees neither the sheet nor her month, and nothing in his own
        assert_eq!(site.get("zhou", &first).await.0, StatusCode::FORBIDDEN);
        let hers = format!("/quality?person={li}");
        assert_eq!(site.get("zhou", &hers).await.0, StatusCode::FORBIDDEN);
        assert_eq!(site.get("zhou", "/quality").await.1["items"], json!([]));
        assert!(site.waiting("zhou").await.is_empty());
        for who in ["wang", "jia"] {
            assert_eq!(site.get(who, "/quality").await.0, StatusCode::FORBIDDEN, "{who}");
        }
        for (who, path, body) in [
            ("li", "/quality/samples".to_owned(), json!({ "person": zhou.to_string() })),
            ("li", first.clone(), form(2, GOOD)),
            ("zhou", "/calls/5/quality".to_owned(), json!({})),
        ] {
            assert_eq!(site.post(who, &path, body).await.0, StatusCode::FORBIDDEN, "{path}");
        }
        let journal = site.journal("quality").await;
        assert_eq!(
            journal.iter().filter(|line| line.ends_with(" drawn")).count(),
            3,
            "{journal:?}"
        );
        // the head reads everybody's, one waits still; last month has none
        let (_, all) = site.get("gao", "/quality").await;
        assert_eq!((&all["all"]["sheets"], &all["all"]["open"]), (&json!(2), &json!(1)));
        assert_eq!(site.get("gao", "/quality?month=2026-10").await.1["items"], json!([]));
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_save_with_an_old_version_is_refused_with_what_changed() {
    for place in kit::places().await {
        let mut site = site(&place).await;
        // chosen on the call's page, which then leads to the sheet
        let page = site.page("sun", "/calls/1").await;
        assert!(page.contains("action=\"/calls/1/quality\""), "{page}");
        assert!(!site.page("li", "/calls/1").await.contains("/calls/1/quality"));
        let (status, sheet) = site.post("sun", "/calls/1/quality", json!({})).await;
        assert_eq!((status, &sheet["origin"]), (StatusCode::OK, &json!("chosen")), "{sheet}");
        let again = site.post("gao", "/calls/1/quality", json!({})).await.1;
        assert_eq!(again["id"], sheet["id"], "a call has one sheet");
        let path = format!("/quality/{}", sheet["id"]);
        assert!(site.page("sun", "/calls/1").await.contains(&path));

        // what is missing is named, and nothing is kept
        let mut half = form(1, ["met", "not_met", "", "met", "met"]);
        half["no_rude_words_note"] = json!(" ");
        let (status, wrong) = site.post("sun", &path, half).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields: Vec<&String> = wrong["fields"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["no_jokes", "no_rude_words_note"]);

        assert_eq!(site.post("sun", &path, form(1, GOOD)).await.0, StatusCode::OK);
        let marks = ["met", "met", "not_heard", "not_met", "met"];
        let (status, stale) = site.post("gao", &path, form(1, marks)).await;
        assert_eq!(status, StatusCode::CONFLICT, "{stale}");
        assert_eq!(stale["current"]["version"], 2);
        assert_eq!(
            stale["current"]["changed"].as_array().unwrap().len(),
            5,
            "all was new: {stale}"
        );
        // who looked corrects it; a third, who read the second version, hears what that changed
        let (status, corrected) = site.post("gao", &path, form(2, marks)).await;
        assert_eq!((status, &corrected["version"]), (StatusCode::OK, &json!(3)), "{corrected}");
        let (status, stale) = site.post("sun", &path, form(2, GOOD)).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let changed =
            json!([{ "item": "please_thanks", "from": "met", "to": "not_met", "note": true }]);
        assert_eq!(stale["current"]["changed"], changed);
        let (_, now) = site.get("sun", &path).await;
        assert_eq!(now["items"][3]["mark"], "not_met", "the refused save changed nothing");
        assert_eq!(now["saves"].as_array().unwrap().len(), 2);
        assert_eq!(now["saves"][1]["by"]["name"], "高部长");
        let page = site.page("sun", &path).await;
        assert!(page.contains("4.4 “请”“谢谢”：符合 → 不符合"), "{page}");
        // the same marks again are no correction
        let (status, same) = site.post("sun", &path, form(3, marks)).await;
        assert_eq!((status, &same["version"]), (StatusCode::OK, &json!(3)), "{same}");

        let journal = site.journal("quality").await;
        let id = &sheet["id"];
        let lines =
            ["opened", "scored", "corrected"].map(|change| format!("quality/{id} {change}"));
        assert_eq!(journal, lines);
        let told = site.get("gao", "/journal?kind=quality").await.1.to_string();
        assert!(told.contains("not_met") && !told.contains("听到了"), "marks, never words: {told}");
        assert!(told.contains("李红的通话质检"), "{told}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_scores_how_they_spoke_themselves_and_only_what_was_said_is_scored() {
    for place in kit::places().await {
        let mut site = site(&place).await;
        let sun = site.id("sun");
        let (status, own) = drawn(&mut site, sun).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(own["detail"].as_str().unwrap().contains("别人来评"), "{own}");
        assert!(!site.page("sun", "/calls/7").await.contains("/calls/7/quality"));
        let (status, sheet) = site.post("gao", "/calls/7/quality", json!({})).await;
        assert_eq!(status, StatusCode::OK, "{sheet}");
        let path = format!("/quality/{}", sheet["id"]);
        let (status, _) = site.post("sun", &path, form(1, GOOD)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.post("gao", &path, form(1, GOOD)).await.0, StatusCode::OK);

        let (status, test) = site.post("sun", "/calls/4/quality", json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a test is no talk: {test}");
        assert_eq!(site.post("sun", "/calls/99/quality", json!({})).await.0, StatusCode::NOT_FOUND);
        for (query, field) in [
            ("month=november", "month"),
            ("month=2026-11-23", "month"),
            ("person=li", "person"),
            ("format=pdf", "format"),
            ("table=calls", "table"),
        ] {
            let (status, wrong) = site.get("sun", &format!("/quality?{query}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
            assert!(wrong["fields"][field].is_string(), "{query}: {wrong}");
        }
        let zhou = site.id("zhou").to_string();
        let days = json!({ "person": zhou, "from": "2026-11-24", "to": "2026-11-23" });
        let (status, wrong) = site.post("sun", "/quality/samples", days).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong["fields"]["to"].is_string(), "{wrong}");
        for person in ["nobody", "987654"] {
            let (status, wrong) =
                site.post("sun", "/quality/samples", json!({ "person": person })).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(wrong["fields"]["person"].is_string(), "{wrong}");
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_leaves_as_tables_in_which_no_cell_acts() {
    for place in kit::places().await {
        let mut site = site(&place).await;
        let marks = ["met", "met", "met", "met", "not_met"];
        for call in [1, 5] {
            let sheet = site.post("sun", &format!("/calls/{call}/quality"), json!({})).await.1;
            let path = format!("/quality/{}", sheet["id"]);
            assert_eq!(site.post("sun", &path, form(1, marks)).await.0, StatusCode::OK);
        }
        let sheets = site.page("sun", "/quality?format=csv").await;
        assert!(sheets.starts_with('\u{feff}'), "for Excel: {sheets}");
        let lines: Vec<&str> = sheets.trim_end().split("\r\n").collect();
        assert_eq!(lines.len(), 3, "{sheets}");
        assert!(
            lines[1].starts_with("5,2026-11-23,") && lines[1].contains("小周,选听,符合,"),
            "{sheets}"
        );
        assert!(lines[2].contains(",不符合,'=听到了：never_wei,孙主管,"), "{sheets}");
        let sums = site.page("gao", "/quality?format=csv&table=operators").await;
        let lines: Vec<&str> = sums.trim_end().split("\r\n").collect();
        assert_eq!(lines.len(), 3, "{sums}");
        assert!(lines[2].starts_with("李红,1,0,0,0,1,0,0,100.0,"), "{sums}");
        assert!(lines[2].ends_with(",0,1,0,0.0"), "{sums}");
        // one file of both tables for a spreadsheet that knows numbers, the one that was asked for first
        for (path, who) in
            [("/quality?format=xlsx", "sun"), ("/quality?format=xlsx&table=operators", "zhou")]
        {
            let (kind, file) = site.file(who, path).await;
            assert!(kind.ends_with("spreadsheetml.sheet"), "{kind}");
            assert_eq!(&file[..4], b"PK\x03\x04");
            let second = b"xl/worksheets/sheet2.xml";
            assert!(file.windows(second.len()).any(|part| part == second), "both tables");
        }
        let (status, wrong) = site.get("sun", "/quality?format=pdf").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(wrong["fields"]["format"].as_str().unwrap().contains("xlsx"), "{wrong}");
        let page = site.page("sun", "/quality").await;
        assert!(page.contains("format=xlsx"), "{page}");
        // an operator keeps their own alone
        let own = site.page("zhou", "/quality?format=csv").await;
        assert!(own.contains("小周") && !own.contains("李红"), "{own}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_draw_at_once_draw_each_talk_once_and_the_store_keeps_what_was_saved() {
    for place in kit::places().await {
        let mut site = site(&place).await;
        let (li, gao) = (StaffId(site.id("li")), StaffId(site.id("gao")));
        let mut draws = JoinSet::new();
        for chance in 0..6_u64 {
            let db = site.db.clone();
            let stamp = Stamp { now: at(0), by: Some(gao) };
            let month =
                Draw { operator: li, from: at(-120 * MINUTE), to: at(0), chance: chance * 7 };
            draws.spawn(async move { store::draw(&db, stamp, month).await });
        }
        let (mut opened, mut refused) = (Vec::new(), 0);
        while let Some(done) = draws.join_next().await {
            match done.unwrap() {
                Ok(id) => opened.push(id),
                Err(Error::Refused(why)) => {
                    assert_eq!(why, store::NONE_LEFT);
                    refused += 1;
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((opened.len(), refused), (3, 3));
        let mut calls = Vec::new();
        for id in &opened {
            calls.push(store::one(&site.db, *id).await.unwrap().0.call);
        }
        calls.sort_unstable();
        assert_eq!(calls, [1, 2, 3].map(CallId));

        let path = format!("/quality/{}", opened[0]);
        assert_eq!(site.post("sun", &path, form(1, GOOD)).await.0, StatusCode::OK);
        for (row, name) in [
            ("UPDATE quality_saves SET never_wei = 'not_met'", "quality_saves_append_only"),
            ("UPDATE quality_saves SET tone_note = 'otherwise'", "quality_saves_append_only"),
            ("DELETE FROM quality_saves", "quality_saves_append_only"),
            ("UPDATE quality_sheets SET opened_by = staff_id", "quality_sheets_own"),
        ] {
            let sql = switchboard::db::Sql::both(row);
            let tried = site.db.write(Stamp { now: at(0), by: None }, move |tx| {
                Box::pin(async move { tx.keep(sql).run().await })
            });
            let error = tried.await.unwrap_err();
            assert!(error.is_refusal(name), "{row}: {error}");
        }
        site.close().await;
    }
}
