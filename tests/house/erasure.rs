//! A person is taken out of the whole house: afterwards neither name nor number stands anywhere in the
//! store.

use axum::http::StatusCode;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, SqlSafeStr as _};
use switchboard::calls::import::{Terms, bring_in, read};
use switchboard::config;
use switchboard::db::{Sql, Stamp};

use super::kit;
use super::site::{Site, at};

const HOTLINE: &str = "[[hotline]]\nname = \"热线\"\nnumber = \"4008001234\"\n";
const NAME: &str = "凤凰木";
/// As it is stored, as it is dialled, as people write it, the last digit first.
const NUMBER: [&str; 4] = ["+8613912345678", "13912345678", "139 1234 5678", "87654321931"];

/// Rows that no page writes in one step; `{t}` is a moment of the story.
const PLANTED: [&str; 30] = [
    "INSERT INTO contacts (kind, name, notes, created_at, changed_at) VALUES ('person', '凤凰木', '爱喝红茶', {t}, {t})",
    "INSERT INTO contact_numbers (contact_id, place, number, label, as_written, reversed) VALUES (1, 1, '+8613912345678', 'mobile', '139 1234 5678', '8765432193168')",
    "INSERT INTO contact_words (word, contact_id) VALUES ('凤凰木', 1)",
    "INSERT INTO call_records (call_id, version, urgency, who, occurred, place, matter, purpose, need, read_who, read_when, read_where, read_what, written_at) VALUES (1, 1, 'normal', '凤凰木', '', '', '回电 13912345678', '', '', FALSE, FALSE, FALSE, FALSE, {t})",
    "INSERT INTO call_drafts (call_id, staff_id, fields, at) VALUES (1, 1, '{\"who\":\"凤凰木\"}', {t})",
    "INSERT INTO call_drafts (call_id, staff_id, fields, at) VALUES (2, 1, '{\"what\":\"转告 139 1234 5678 凤凰木\"}', {t})",
    "INSERT INTO call_messages (call_id, at, way, transport, local, peer, leg, text) VALUES (1, {t}, 'in', 'udp', '', '', '', 'From: 凤凰木 <sip:13912345678@pbx>')",
    "INSERT INTO call_grams (gram, call_id) VALUES ('凤凰木', 1)",
    "INSERT INTO outgoing_calls (uid, version, pbx, extension, dialled, number, state, started_at, ended_at, ended_by, evidence, business_date) VALUES ('o', 1, 'main', '801', '013912345678', '+8613912345678', 'ended', {t}, {t}, 'us', 'dialog', '2026-11-23')",
    "INSERT INTO outgoing_judgements (outgoing_id, verdict, why, judged_at) VALUES (1, 'business', '给凤凰木', {t})",
    "INSERT INTO call_plans (staff_id, number, name, purpose, summary, planned_at) VALUES (1, '+8613912345678', '凤凰木', '改期', '凤凰木说好', {t})",
    "INSERT INTO work_orders (no, version, ticket_id, state, created_at, skills, tasks, tools, instructions, cause, work_done, parts, readings, next_step, fee_fen, customer, unsigned_why, prints, archived_at) VALUES ('W26-0001', 1, 1, 'archived', {t}, '', '找凤凰木', '', '', '', '换了', '', '', '', 0, '凤凰木', '', 0, {t})",
    "INSERT INTO work_order_papers (order_id, words) VALUES (1, '{\"ticket\":{\"caller_name\":\"凤凰木\",\"caller_number\":\"+8613912345678\"}}')",
    "INSERT INTO fault_reports (period, from_date, version, figures, remarks, submitted_at, answer) VALUES ('week', '2026-11-16', 1, '{}', '', {t}, '')",
    "INSERT INTO fault_report_lines (report_id, ticket_id, no, business_date, opened_at, company, place, serial, symptom, category, priority, state, solved_how, reopened, owner) VALUES (1, 1, 'F26-0001', '2026-11-23', {t}, '凤凰木的店', '凤凰木家', '', '凤凰木的交换机不通', '', 3, 'new', '', 0, '')",
    "INSERT INTO work_order_events (order_id, verb, at_client, at_server, applied, state, text) VALUES (1, 'finish', {t}, {t}, TRUE, 'on_site', '凤凰木 139 1234 5678')",
    "INSERT INTO bookings (no, business_date, local_hour, name, party, phone, wall, starts_at, planned_minutes, wishes, source, state, created_at) VALUES ('B261123-001', '2026-11-23', 18, '凤凰木', 4, '+8613912345678', '18:30', {t}, 120, '凤凰木要靠窗', 'self', 'booked', {t})",
    "INSERT INTO acts (at, kind, subject, image) VALUES ({t}, 'book', 'bookings/B261123-001', '{\"name\":\"凤凰木\"}')",
    "INSERT INTO booking_approvals (booking_id, command, asked_at, why) VALUES (1, '{\"name\":\"凤凰木\"}', {t}, '凤凰木是常客')",
    "INSERT INTO waitlist (business_date, name, phone, party, from_at, to_at, min_minutes, note, state, created_at, changed_at) VALUES ('2026-11-23', '凤凰木', '+8613912345678', 4, {t}, {t} + 1, 60, '凤凰木', 'closed', {t}, {t})",
    "INSERT INTO banquets (name, phone, occasion, solar_date, note, state, created_at) VALUES ('凤凰木', '+8613912345678', '凤凰木的生日', '2026-12-01', '', 'new', {t})",
    "INSERT INTO follow_ups (kind, about, title, note, state, assignee_staff, opened_at, due_at, ladder) VALUES ('chase', 'bookings/B261123-001', '找凤凰木', '', 'open', 1, {t}, {t}, '[]')",
    "INSERT INTO follow_up_attempts (follow_up_id, seq, at, outcome, note) SELECT id, 1, {t}, 'no_answer', '凤凰木没接' FROM follow_ups WHERE kind = 'chase'",
    "INSERT INTO notices (kind, about, text, sent_at, must_ack, state, ladder, asked_at) VALUES ('board', 'bookings/B261123-001', '凤凰木 4位', {t}, TRUE, 'open', '[]', {t})",
    "INSERT INTO outbox (at, about, event, channel, target, title, body, urgent, instead, not_before, attempts, state) VALUES ({t}, 'faults/F26-0001', 'changed', 'mail', 'x@example.com', '凤凰木', '报修：凤凰木', FALSE, '[]', {t}, 0, 'dead')",
    "INSERT INTO quality_sheets (version, call_id, staff_id, business_date, origin, opened_at, marks_version) VALUES (2, 1, 1, '2026-11-23', 'drawn', {t}, 2)",
    "INSERT INTO quality_saves (sheet_id, version, saved_at, tone, tone_note, no_rude_words, no_rude_words_note, no_jokes, no_jokes_note, please_thanks, please_thanks_note, never_wei, never_wei_note) VALUES (1, 2, {t}, 'not_met', '对凤凰木声音太低', 'met', '', 'met', '', 'met', '', 'met', '')",
    "INSERT INTO quality_sheets (version, call_id, staff_id, business_date, origin, opened_at, marks_version) VALUES (2, 2, 1, '2026-11-23', 'chosen', {t}, 2)",
    "INSERT INTO quality_saves (sheet_id, version, saved_at, tone, tone_note, no_rude_words, no_rude_words_note, no_jokes, no_jokes_note, please_thanks, please_thanks_note, never_wei, never_wei_note) VALUES (2, 2, {t}, 'met', '', 'met', '', 'met', '', 'met', '念了凤凰木的 139 1234 5678', 'met', '')",
    "INSERT INTO idempotency (account, key, body_hash, status, answer, at) VALUES ('a', 'k', 'h', 200, '{\"name\":\"凤凰木\"}', {t})",
];

/// Every row of every table, as text.
pub(crate) async fn dump(url: &str) -> Vec<(String, String)> {
    let sql = |text: String| AssertSqlSafe(text).into_sql_str();
    let mut rows = Vec::new();
    if url.starts_with("sqlite:") {
        let mut on = SqliteConnection::connect(url).await.unwrap();
        let tables: Vec<String> =
            sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
                .fetch_all(&mut on)
                .await
                .unwrap();
        for table in tables {
            let columns: Vec<String> = sqlx::query_scalar(sql(format!(
                "SELECT 'coalesce(CASE typeof(\"' || name || '\") WHEN ''blob'' THEN hex(\"' || name || '\") ELSE CAST(\"' || name || '\" AS TEXT) END, '''')' FROM pragma_table_info('{table}')"
            )))
            .fetch_all(&mut on)
            .await
            .unwrap();
            let all = format!("SELECT {} FROM \"{table}\"", columns.join(" || '|' || "));
            let found: Vec<String> = sqlx::query_scalar(sql(all)).fetch_all(&mut on).await.unwrap();
            rows.extend(found.into_iter().map(|row| (table.clone(), row)));
        }
    } else {
        let mut on = PgConnection::connect(url).await.unwrap();
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = current_schema()",
        )
        .fetch_all(&mut on)
        .await
        .unwrap();
        for table in tables {
            let all = format!("SELECT CAST(t AS text) FROM \"{table}\" t");
            let found: Vec<String> = sqlx::query_scalar(sql(all)).fetch_all(&mut on).await.unwrap();
            rows.extend(found.into_iter().map(|row| (table.clone(), row)));
        }
    }
    rows
}

fn canaries(rows: &[(String, String)]) -> Vec<&(String, String)> {
    let sings = |row: &str| row.contains(NAME) || NUMBER.iter().any(|number| row.contains(number));
    rows.iter().filter(|(_, row)| sings(row)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_is_erased_from_every_room_and_figures_stay() {
    const CALLS: Sql = Sql::both("SELECT count(*) FROM call_facts");
    for place in kit::places().await {
        let mut site = Site::open_with(&place, HOTLINE).await;
        // a call that was missed while nobody listened, and one of somebody else
        let file = "start,caller,name,hotline\n2026-11-23 16:00:00,13912345678,凤凰木,4008001234\n\
                    2026-11-23 16:30:00,13700001111,别人,4008001234\n";
        let sheet = read(file.as_bytes(), chrono_tz::Asia::Shanghai).unwrap();
        let terms = Terms::new(config::parse("story", HOTLINE, &[]).unwrap(), None);
        let stamp = Stamp { now: at(0), by: None };
        bring_in(&site.db, stamp, terms, sheet.source, sheet.calls).await.unwrap();
        let fault = json!({
            "caller_number": "13912345678", "caller_name": NAME, "symptom": "凤凰木的交换机不通",
            "place": "凤凰木家", "need": "快", "impact": 2, "urgency": 2
        });
        let (status, said) = site.post("li", "/faults", fault).await;
        assert!(status.is_success(), "{said}");
        // the picture of how it stood before, while that can be undone
        let taken = format!("/faults/{}/acceptance", said["no"].as_str().unwrap());
        assert!(site.post("li", &taken, json!({})).await.0.is_success());
        let gao = site.id("gao");
        for (path, body) in [
            (
                "/messages",
                json!({ "for": "小周", "from_name": NAME, "phone": "139-1234-5678", "body": "请回电凤凰木", "callback": true }),
            ),
            ("/messages", json!({ "for": "小周", "body": "凤凰木又来了，139 1234 5678" })),
            (
                "/follow-ups",
                json!({ "title": "给凤凰木 13912345678 送发票", "staff": gao, "due_at": at(60_000).to_string() }),
            ),
            (
                "/notices",
                json!({ "text": "凤凰木（13912345678）到了", "people": [gao], "must_ack": true }),
            ),
        ] {
            let (status, said) = site.post("li", path, body).await;
            assert!(status.is_success(), "{path}: {said}");
        }
        let planted = PLANTED.iter().map(|row| row.replace("{t}", &at(0).millis().to_string()));
        site.plant(planted.collect()).await;
        // nobody answers: the supervisor is told the words too
        site.pass_to(130_000).await;
        let before = dump(&place.url).await;
        let mut sung: Vec<&str> =
            canaries(&before).iter().map(|(table, _)| table.as_str()).collect();
        sung.sort_unstable();
        sung.dedup();
        for table in [
            "banquets",
            "acts",
            "bookings",
            "call_drafts",
            "call_messages",
            "call_plans",
            "call_records",
            "calls",
            "contacts",
            "follow_ups",
            "idempotency",
            "messages",
            "missed_debts",
            "notices",
            "outbox",
            "outgoing_calls",
            "quality_saves",
            "tickets",
            "waitlist",
            "work_order_events",
            "work_orders",
        ] {
            assert!(sung.contains(&table), "the canary sits in {table}: {sung:?}");
        }

        let (status, held) = site.get("sun", "/contacts/privacy?number=13912345678").await;
        assert_eq!(status, StatusCode::OK, "{held}");
        for room in [
            "contacts",
            "messages",
            "faults",
            "bookings",
            "quality",
            "calls",
            "outgoing_calls",
            "words",
        ] {
            let records = held["held"].as_array().unwrap().iter().find(|one| one["room"] == room);
            assert!(records.unwrap()["records"].as_i64().unwrap() > 0, "{room}: {held}");
        }
        // on the page every room is called what people call it
        let page = site.page("sun", "/contacts/privacy?number=13912345678").await;
        let told = page.matches("<li><span>").count();
        assert_eq!(told, held["held"].as_array().unwrap().len(), "{page}");
        for held in held["held"].as_array().unwrap() {
            let code = format!("<span>{}</span>", held["room"].as_str().unwrap());
            assert!(!page.contains(&code), "{code}: {page}");
        }
        let erasure = json!({ "number": "13912345678", "contacts": [1], "ground": "request" });
        let (status, said) = site.post("sun", "/contacts/privacy/erasure", erasure).await;
        assert_eq!(status, StatusCode::OK, "{said}");

        let after = dump(&place.url).await;
        let left = canaries(&after);
        assert!(left.is_empty(), "still there: {left:#?}");
        // somebody else is still known, and what was counted is still counted
        assert!(after.iter().any(|(_, row)| row.contains("别人")));
        assert_eq!(site.db.read(CALLS).value::<i64>().await.unwrap(), 2);
        // the house goes on: lists and pages of what was erased can be read
        for path in [
            "/messages/1",
            "/faults",
            "/follow-ups?view=all",
            "/notices",
            "/calls",
            "/calls/missed",
            "/waitlist",
            "/quality/1",
        ] {
            let (status, said) = site.get("sun", path).await;
            assert_eq!(status, StatusCode::OK, "{path}: {said}");
        }
        site.pass_to(3_600_000).await;
        assert!(canaries(&dump(&place.url).await).is_empty());
        site.close().await;
    }
}
