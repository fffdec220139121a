//! What the PBX wrote down while nobody listened here is brought in: once, whole, and owed where it was
//! missed.

use std::process::Command;

use axum::http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};
use switchboard::calls::import::{Fate, Imported, Source, Terms, bring_in, read, try_out};
use switchboard::config;
use switchboard::db::{Sql, Stamp};
use switchboard::kernel::StaffId;
use switchboard::staff::{self, Draft};

use super::kit;
use super::site::{Site, at};

const ZONE: chrono_tz::Tz = chrono_tz::Asia::Shanghai;
const HOTLINE: &str =
    "[[hotline]]\nname = \"热线\"\nnumber = \"4008001234\"\naliases = [\"600\"]\n";

fn terms() -> Terms {
    Terms::new(config::parse("story", HOTLINE, &[]).unwrap(), None)
}

/// A line of `Master.csv` with linkedid, of Monday, 23 November 2026.
fn cdr(src: &str, dst: &str, by: &str, times: [&str; 3], how: &str, link: &str) -> String {
    let [start, answer, end] = times
        .map(|time| if time.is_empty() { String::new() } else { format!("2026-11-23 {time}") });
    let talk = if answer.is_empty() { 0 } else { 60 };
    format!(
        "\"\",\"{src}\",\"{dst}\",\"from-trunk\",\"\"\"王\"\" <{src}>\",\"PJSIP/trunk-01\",\"{by}\",\"Queue\",\"600,t,,\",\
         \"{start}\",\"{answer}\",\"{end}\",70,{talk},\"{how}\",\"DOCUMENTATION\",\"{link}.1\",\"\",\"\",\"{link}\",\"1\"\n"
    )
}

fn master() -> String {
    [
        // two telephones were tried for one caller, and nobody took it
        cdr(
            "13800001234",
            "4008001234",
            "PJSIP/801-1",
            ["16:10:00", "", "16:10:20"],
            "NO ANSWER",
            "a",
        ),
        cdr(
            "13800001234",
            "4008001234",
            "PJSIP/802-1",
            ["16:10:00", "", "16:10:40"],
            "NO ANSWER",
            "a",
        ),
        // missed, and called again
        cdr("13900002222", "s", "", ["16:20:00", "", "16:20:30"], "NO ANSWER", "b"),
        cdr(
            "013900002222",
            "s",
            "PJSIP/801-2",
            ["16:30:00", "16:30:08", "16:31:08"],
            "ANSWERED",
            "c",
        ),
        // only music took it, and the house called back
        cdr("13700003333", "s", "", ["16:40:00", "16:40:00", "16:40:50"], "ANSWERED", "d"),
        cdr(
            "801",
            "013700003333",
            "PJSIP/trunk-02",
            ["16:45:00", "16:45:10", "16:46:00"],
            "ANSWERED",
            "e",
        )
        .replace("Queue", "Dial")
        .replace("600,t,,", "x"),
        cdr("", "4008001234", "", ["16:47:00", "", "16:47:20"], "NO ANSWER", "f"),
        // of no hotline
        cdr("13500005555", "02584520000", "", ["16:48:00", "", "16:48:20"], "NO ANSWER", "g")
            .replace("Queue", "Dial")
            .replace("600,t,,", "x"),
        // the same as in the sheet
        cdr("13600004444", "4008001234", "", ["16:50:00", "", "16:50:30"], "NO ANSWER", "h"),
    ]
    .concat()
}

const QUEUE_LOG: &str = "1795420800|NONE|NONE|NONE|QUEUESTART|\n\
    1795421405|a.1|600|NONE|ENTERQUEUE||13800001234|1\n1795421440|a.1|600|NONE|ABANDON|1|1|35\n";

const PLAIN: &str = "开始时间,主叫,姓名,被叫,接听,结束时间\n2026-11-23 16:50:03,13600004444,陈,4008001234,未接,2026-11-23 16:50:31\n";

async fn bring(site: &Site, text: &str) -> Imported {
    let sheet = read(text.as_bytes(), ZONE).unwrap();
    assert_eq!(sheet.bad, []);
    let stamp = Stamp { now: at(0), by: None };
    bring_in(&site.db, stamp, terms(), sheet.source, sheet.calls).await.unwrap()
}

fn count(done: &Imported) -> [usize; 5] {
    [done.added, done.missed, done.there, done.outgoing, done.elsewhere]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_nobody_listened_is_filled_once_and_who_was_missed_is_owed() {
    const FIGURES: Sql = Sql::both(
        "SELECT CAST(sum(seen) AS BIGINT), CAST(sum(outage) AS BIGINT), CAST(sum(met + late + short + abandoned + machine_only + unmeasured) AS BIGINT) FROM call_facts",
    );
    const CALLS: Sql = Sql::both("SELECT count(*) FROM calls");
    for place in kit::places().await {
        let mut site = Site::open_with(&place, HOTLINE).await;
        assert_eq!(count(&bring(&site, PLAIN).await), [1, 1, 0, 0, 0]);
        // first only tried: nothing happens
        let sheet = read(master().as_bytes(), ZONE).unwrap();
        assert_eq!((sheet.source, sheet.bad.len()), (Source::AsteriskCdr, 0));
        let tried = try_out(&site.db, &terms(), &sheet.calls).await.unwrap();
        assert_eq!(count(&tried), [5, 4, 1, 1, 1]);
        assert_eq!(site.db.read(CALLS).value::<i64>().await.unwrap(), 1);
        assert_eq!(count(&bring(&site, &master()).await), [5, 4, 1, 1, 1]);
        // the same file again, and the queue's own log of the same caller: nothing is doubled
        assert_eq!(count(&bring(&site, &master()).await), [0, 0, 6, 1, 1]);
        assert_eq!(count(&bring(&site, QUEUE_LOG).await), [0, 0, 1, 0, 0]);
        assert_eq!(site.db.read(CALLS).value::<i64>().await.unwrap(), 6);

        site.pass_to(1_000).await;
        let (status, owed) = site.get("li", "/calls/missed").await;
        assert_eq!(status, StatusCode::OK);
        let items = owed["items"].as_array().unwrap();
        let mut open: Vec<&str> = items
            .iter()
            .filter(|one| one["closed_at"].is_null())
            .map(|one| one["number"].as_str().unwrap())
            .collect();
        open.sort_unstable();
        assert_eq!(open, ["+8613600004444", "+8613800001234"], "{owed}");
        for one in items.iter().filter(|one| one["closed_at"].is_null()) {
            assert_eq!(
                (&one["imported"], &one["owner"]["role"]),
                (&json!(true), &json!("operator"))
            );
            assert!(one["due_at"].is_string(), "{one}");
        }
        let (_, closed) = site.get("li", "/calls/missed?view=closed").await;
        let mut how: Vec<(&Value, &Value)> = closed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (&one["number"], &one["closed_how"]))
            .collect();
        how.sort_by_key(|(number, _)| number.to_string());
        let (again, back) = (json!("called_again"), json!("called_back"));
        let (first, second) = (json!("+8613700003333"), json!("+8613900002222"));
        assert!(how.contains(&(&first, &back)) && how.contains(&(&second, &again)), "{how:?}");

        // the log says where it comes from; no figure of rings knows it
        let log = site.get("sun", "/calls?caller=%2B8613800001234").await.1;
        let id = log["items"][0]["id"].clone();
        let (_, call) = site.get("sun", &format!("/calls/{id}")).await;
        assert_eq!(
            (&call["imported"], &call["excluded"], &call["outcome"]),
            (&json!("asterisk_cdr"), &json!("outage"), &json!("abandoned"))
        );
        let page = site.page("sun", &format!("/calls/{id}")).await;
        assert!(page.contains("补录"));
        let (seen, outage, measured): (i64, i64, i64) = site.db.read(FIGURES).one().await.unwrap();
        assert_eq!((seen, outage, measured), (6, 6, 0));
        site.close().await;
    }
}

/// The house heard three calls ring and not what became of them.
#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_call_that_was_over_unheard_is_filled_in_from_the_record() {
    let unheard = |uid: &str, caller: &str, minute: i64| {
        // without a reason the end of the ringing looks like a caller who left
        let (by, seen) = if uid == "a" { ("caller", true) } else { ("unknown", false) };
        let at = at((minute - 30) * 60_000).millis();
        format!(
            "INSERT INTO calls (uid, version, pbx, hotline_number, hotline_name, caller_number, withheld, state, offered_at, rang_at,
                 ended_at, rings, outcome, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings,
                 business_date, local_hour)
             VALUES ('{uid}', 1, 'main', '4008001234', '热线', '{caller}', false, 'ended', {at}, {at}, {at}, 1, 'unmeasured', '{by}',
                 {seen}, 'member', 5000, 3, 15000, 2, '2026-11-23', 8)"
        )
    };
    for place in kit::places().await {
        let mut site = Site::open_with(&place, HOTLINE).await;
        let rows =
            [("a", "+8613800001234", 0), ("b", "+8613900002222", 1), ("c", "+8613700003333", 2)]
                .map(|(uid, caller, minute)| unheard(uid, caller, minute));
        site.plant(rows.to_vec()).await;
        let local = |minute: i64, second: i64| {
            let at = at((minute - 30) * 60_000 + second * 1_000);
            at.utc().with_timezone(&ZONE).format("%Y-%m-%d %H:%M:%S").to_string()
        };
        let text = format!(
            "start,caller,hotline,extension,answer,end\n\
             {},13800001234,4008001234,801,{},{}\n{},13900002222,4008001234,,,{}\n",
            local(0, 1),
            local(0, 9),
            local(3, 0),
            local(1, 1),
            local(1, 31),
        );
        let done = bring(&site, &text).await;
        assert_eq!((done.completed, done.added, done.there), (2, 0, 0));
        let call = |id: i64| format!("/calls/{id}");
        let (_, first) = site.get("sun", &call(1)).await;
        assert_eq!(first["outcome"], "unmeasured", "a record counts in seconds: {first}");
        assert_eq!(
            (&first["answered_by"]["extension"], &first["excluded"], &first["imported"]),
            (&json!("801"), &Value::Null, &json!("plain")),
            "{first}"
        );
        assert_eq!(first["answered_by"]["staff"]["name"], "李红", "{first}");
        let time = |field: &str| first[field].as_str().unwrap().to_owned();
        assert!(time("ended_at") > time("answered_at"), "the talk ends after it began: {first}");
        assert_eq!(first["ended_by"], "unknown", "{first}");
        let (_, second) = site.get("sun", &call(2)).await;
        assert_eq!(
            (&second["outcome"], &second["excluded"], &second["version"]),
            (&json!("abandoned"), &json!("outage"), &json!(2)),
            "{second}"
        );
        let (_, third) = site.get("sun", &call(3)).await;
        assert_eq!((&third["outcome"], &third["version"]), (&json!("unmeasured"), &json!(1)));
        let page = site.page("sun", &call(1)).await;
        assert!(page.contains("结果按交换机的记录补全") && page.contains("补录"), "{page}");
        // who was missed is owed a call; the same file again changes nothing
        site.pass_to(1_000).await;
        let (_, owed) = site.get("li", "/calls/missed").await;
        let open: Vec<&Value> =
            owed["items"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
        assert_eq!(open, [&json!("+8613900002222")], "{owed}");
        let again = bring(&site, &text).await;
        assert_eq!((again.completed, again.added, again.there), (0, 0, 2));
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answered_is_who_had_that_telephone_then() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, HOTLINE).await;
        // at half past four the telephone 801 went from 李红 to 小周
        for (who, extension) in [("zhou", None), ("li", Some("802")), ("zhou", Some("801"))] {
            let id = StaffId(site.id(who));
            let person = staff::store::by_id(&site.db, id).await.unwrap().unwrap();
            let draft = Draft {
                name: person.name,
                login: person.login,
                roles: person.roles,
                extension: extension.map(|number: &str| number.parse().unwrap()),
            };
            let stamp = Stamp { now: at(-30 * 60_000), by: None };
            staff::store::edit(&site.db, stamp, id, person.version, draft).await.unwrap();
        }
        let answered = |caller: &str, by: &str, times: [&str; 3]| {
            cdr(caller, "4008001234", by, times, "ANSWERED", caller)
        };
        let text = [
            answered("13800000001", "PJSIP/801-1", ["16:20:00", "16:20:08", "16:21:00"]),
            answered("13800000002", "PJSIP/801-2", ["16:40:00", "16:40:08", "16:41:00"]),
            answered("13800000003", "PJSIP/803-3", ["16:45:00", "16:45:08", "16:46:00"]),
        ]
        .concat();
        assert_eq!(count(&bring(&site, &text).await), [3, 0, 0, 0, 0]);
        let (li, zhou) = (json!(site.id("li")), json!(site.id("zhou")));
        for (id, extension, whose) in [(1, "801", li), (2, "801", zhou), (3, "803", Value::Null)] {
            let (_, call) = site.get("sun", &format!("/calls/{id}")).await;
            let by = &call["answered_by"];
            assert_eq!(
                (&by["extension"], &by["staff"]["id"]),
                (&json!(extension), &whose),
                "{call}"
            );
        }
        site.close().await;
    }
}

#[test]
fn each_pbx_writes_in_its_own_way() {
    let plain = |line: &str| {
        let sheet = read(line.as_bytes(), ZONE).unwrap();
        assert_eq!(sheet.bad, [], "{line}");
        sheet
    };
    // without linkedid, with unique ids of their own for the telephones tried through Local
    let old = |src: &str, dst: &str, by: &str, start: &str, end: &str, how: &str, id: &str| {
        format!(
            "\"\",\"{src}\",\"{dst}\",\"d\",\"x\",\"SIP/t-1\",\"{by}\",\"Queue\",\"600\",\"2026-11-23 {start}\",\"\",\"2026-11-23 {end}\",9,9,\"{how}\",\"3\",\"{id}\"\n"
        )
    };
    let two = old("13800001234", "600", "", "16:10:00", "16:10:40", "NO ANSWER", "1.1")
        + &old("13800001234", "801", "SIP/801-2", "16:10:02", "16:10:39", "ANSWERED", "1.2");
    let sheet = plain(&two);
    assert_eq!((sheet.source, sheet.calls.len()), (Source::AsteriskCdr, 1));
    let call = &sheet.calls[0];
    assert_eq!((call.extension.as_deref(), call.answered.is_some()), (Some("801"), true));
    assert_eq!(call.dialled, ["600", "801"]);

    let leg = |uuid: &str, other: &str, answer: &str| {
        format!(
            "\"王\",\"13800001234\",\"4008001234\",\"public\",\"2026-11-23 16:10:00\",\"{answer}\",\"2026-11-23 16:10:40\",\"40\",\"30\",\"NORMAL_CLEARING\",\"{uuid}\",\"{other}\",\"\",\"PCMA\",\"PCMA\"\n"
        )
    };
    let (one, two) =
        ("6b0b6c4e-0000-4000-8000-000000000001", "6b0b6c4e-0000-4000-8000-000000000002");
    let sheet =
        plain(&(leg(one, two, "2026-11-23 16:10:10") + &leg(two, "", "2026-11-23 16:10:10")));
    assert_eq!(
        (sheet.source, sheet.calls.len()),
        (Source::FreeswitchCdr, 1),
        "the second leg is no call"
    );
    assert!(sheet.calls[0].answered.is_some());
    let machine = plain(&leg(one, "", "2026-11-23 16:10:10"));
    assert!(machine.calls[0].machine && machine.calls[0].answered.is_none());

    let log = "1795421405.2|b|600|NONE|DID|4008001234\n1795421405|b|600|NONE|ENTERQUEUE||13800001234|1\n\
               1795421410|b|600|PJSIP/802|CONNECT|5|x|4\n1795421470|b|600|PJSIP/802|COMPLETECALLER|5|60|1\n";
    let sheet = plain(log);
    assert_eq!((sheet.source, sheet.calls.len()), (Source::QueueLog, 1));
    let call = &sheet.calls[0];
    assert_eq!(
        (call.extension.as_deref(), call.ended.unwrap().millis()),
        (Some("802"), 1_795_421_470_000)
    );

    let chinese = encoding_rs::GB18030.encode(PLAIN).0.into_owned();
    let sheet = read(&chinese, ZONE).unwrap();
    assert_eq!((sheet.source, sheet.calls[0].name.as_str()), (Source::Plain, "陈"));
    // what FreePBX hands out has headings too
    let free = "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,uniqueid,did,linkedid\n\
                2026-11-23 16:10:00,\"\"\"Li\"\" <138>\",13800001234,600,c,t,PJSIP/801-7,Queue,600,70,60,ANSWERED,1.2,4008001234,1.1\n";
    let sheet = plain(free);
    let call = &sheet.calls[0];
    assert_eq!(
        (call.key.as_str(), call.name.as_str(), call.extension.as_deref()),
        ("1.1", "Li", Some("801"))
    );
    assert!(call.dialled.contains(&"4008001234".to_owned()));
}

#[test]
fn somebody_who_called_twice_called_twice() {
    let text = "start,caller,hotline,end\n\
                2026-11-23 16:00:00,13800001234,4008001234,2026-11-23 16:00:03\n\
                2026-11-23 16:00:07,13800001234,4008001234,2026-11-23 16:00:20\n";
    let sheet = read(text.as_bytes(), ZONE).unwrap();
    let parsed = config::parse("story", HOTLINE, &[]).unwrap();
    let lines = switchboard::calls::import::Lines { hotlines: &parsed.hotlines, otherwise: None };
    let known = [switchboard::calls::import::Known {
        id: switchboard::kernel::CallId(7),
        caller_number: Some("+8613800001234".to_owned()),
        hotline_number: Some("4008001234".to_owned()),
        offered_at: sheet.calls[1].started.plus_millis(1_200),
        ended_at: None,
        unheard: 0,
    }];
    let verdicts = switchboard::calls::import::judge(&sheet.calls, &known, lines);
    let fates: Vec<Fate> = verdicts.into_iter().map(|verdict| verdict.fate).collect();
    assert_eq!(fates, [Fate::New(0), Fate::There(switchboard::kernel::CallId(7))]);
}

#[test]
fn a_wrong_line_is_told_with_its_number_and_nothing_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let import = |text: &[u8], more: &[&str]| {
        std::fs::write(folder.path().join("calls.csv"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.current_dir(folder.path()).env_clear();
        let output = command.args(["import", "calls", "calls.csv"]).args(more).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), said, String::from_utf8(output.stderr).unwrap())
    };
    let good =
        "start,caller,hotline,end\n2026-11-23 16:00:00,13800001234,hotline,2026-11-23 16:00:09\n";
    let bad = format!(
        "{good}tomorrow,13800001234,hotline,\n2026-11-23 16:00:00,1,hotline,2026-11-23 15:00:00\n1970-01-01 00:00:00,1,hotline,\n"
    );
    let (code, said, wrong) = import(bad.as_bytes(), &[]);
    assert_eq!((code, said.as_str()), (Some(2), ""), "{wrong}");
    let lines: Vec<&str> = wrong.lines().collect();
    assert!(lines[0].starts_with("line 3: \"tomorrow\" is no time"), "{wrong}");
    assert_eq!(lines[1], "line 4: it ends before it begins");
    assert!(lines[2].starts_with("line 5: ") && lines[3].contains("3 lines are wrong"), "{wrong}");
    let (code, _, wrong) = import(b"what is this", &[]);
    assert!(code == Some(2) && wrong.contains("neither a CDR of Asterisk"), "{wrong}");
    let (code, _, wrong) = import(good.as_bytes(), &["--hotline", "110"]);
    assert!(code == Some(2) && wrong.contains("110 is no hotline; there are: hotline"), "{wrong}");
    let (code, said, wrong) = import(good.as_bytes(), &["--dry-run"]);
    assert_eq!(code, Some(0), "{wrong}");
    assert!(said.contains("1 new (1 missed)") && said.contains("nothing was imported"), "{said}");
    let (code, said, _) = import(good.as_bytes(), &[]);
    assert!(
        code == Some(0)
            && said.ends_with(
                "1 new (1 missed), 0 completed, 0 in the log already, 0 to outside: imported\n"
            ),
        "{said}"
    );
    let (_, said, _) = import(good.as_bytes(), &[]);
    assert!(said.contains("in the log already: calls/1"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_name_is_shown_harmlessly() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, HOTLINE).await;
    let text = "start,caller,name,hotline\n2026-11-23 16:10:00,13800001234,\"=cmd|' /C calc'!A0<script>\u{202e}\u{0}\",4008001234\n";
    bring(&site, text).await;
    let page = site.page("sun", "/calls/1").await;
    assert!(!page.contains("<script>\u{202e}") && page.contains("calc"), "markup is text");
    site.close().await;
}

proptest! {
    #[test]
    fn no_file_breaks_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        drop(read(&bytes, ZONE));
    }

    #[test]
    fn no_torn_file_breaks_the_reader(from in 0_usize..3_000, to in 0_usize..3_000, which in 0..3) {
        let (master, log) = (master(), QUEUE_LOG.to_owned());
        let text = [master.as_str(), log.as_str(), PLAIN][usize::try_from(which).unwrap()].as_bytes();
        let (from, to) = (from.min(text.len()), to.min(text.len()));
        drop(read(&text[from.min(to)..to.max(from)], ZONE));
    }
}
