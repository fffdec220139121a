//! Calls that have to do with a restricted person: what of them stands in the store, and what a desk is
//! told. The walk over all addresses is in `permissions`.

use serde_json::json;
use switchboard::db::{Db, Stamp};
use switchboard::directory::{self, Disclosure, Draft, NewGrant};
use switchboard::kernel::{PersonId, StaffId};
use switchboard::sip::{Offer, Role, What};

use super::desks::{Ear, SITE, mirrored};
use super::line::{at, config_of, offer};
use super::panel::{get, page, send};
use super::stage::Stage;
use super::{kit, missed, site};

/// The numbers that belong to the restricted person.
const EXTENSION: &str = "8977123";
const MOBILE: &str = "+8613977712377";
/// A customer.
const GUEST: &str = "+8613977712399";

/// Pieces under which the words of a note are found.
fn grams(call: i64, word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().chain([' ']).collect();
    let row = |two: &[char]| {
        let gram: String = two.iter().collect();
        format!(
            "INSERT INTO call_grams (gram, call_id) VALUES ('{gram}', {call}) ON CONFLICT DO NOTHING"
        )
    };
    letters.windows(2).map(row).collect()
}

/// Call 51: a customer, answered and handed on by the restricted person. 52: the restricted person's
/// mobile rang and nobody answered, so it is owed a call. 53: their inside telephone rang us. And an
/// operator and they themselves rang outside.
pub(crate) fn rows(boss: StaffId, operator: StaffId) -> Vec<String> {
    let hour = -8 * 3_600_000;
    let begun = site::at(hour).millis();
    let mut rows = missed::call(51, Some(GUEST), hour, "met", 1);
    rows.extend(missed::call(52, Some(MOBILE), hour + 60_000, "abandoned", 1));
    rows.extend(missed::call(53, Some(EXTENSION), hour + 120_000, "met", 1));
    let ladder = "INVITE sip:8977123@192.0.2.7 SIP/2.0\r\nFrom: \"025 9771 2377\" <sip:013977712377@pbx>\r\n\
                  To: <sip:8977123@pbx>\r\nCall-ID: 8977123-1@pbx\r\n\r\n";
    rows.extend([
        format!(
            "UPDATE calls SET answered_extension = '{EXTENSION}', answered_staff = {boss}, notes = '请回13977712377，分机8977123' \
             WHERE id = 51"
        ),
        "UPDATE calls SET caller_reversed = '9932177793168' WHERE id = 51".to_owned(),
        format!(
            "UPDATE calls SET caller_reversed = '7732177793168', caller_as_sent = '013977712377', caller_display = '13977712377', \
             taken_by = {operator}, taken_at = {begun} WHERE id = 52"
        ),
        "UPDATE calls SET caller_reversed = '3217798', caller_as_sent = '8977123', caller_display = '8977123' WHERE id = 53".to_owned(),
        format!(
            "INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending) VALUES \
             (51, 'main 8977123-1@pbx', 'position', '{EXTENSION}', {begun}, {begun}, {begun}, {begun}, 'answered')"
        ),
        format!(
            "INSERT INTO call_transfers (call_id, seq, at, kind, from_extension, to_extension) VALUES \
             (51, 1, {begun}, 'attended', '801', '{EXTENSION}'), (51, 2, {begun}, 'blind', '{EXTENSION}', '802')"
        ),
        format!("INSERT INTO call_events (call_id, seq, at, kind) VALUES (51, 1, {begun}, 'leg_rang'), (51, 2, {begun}, 'transferred')"),
        format!(
            "INSERT INTO call_messages (call_id, at, way, transport, local, peer, leg, text) VALUES \
             (51, {begun}, 'in', 'udp', '192.0.2.5:5060', '192.0.2.7:5060', '8977123-1@pbx', '{ladder}')"
        ),
        format!(
            "INSERT INTO call_records (call_id, version, urgency, who, occurred, place, matter, purpose, need, read_who, read_when, \
             read_where, read_what, written_at) VALUES (51, 1, 'normal', '赵总 13977712377', '今天', '', '回 +86 139 7771 2377', '', '', \
             FALSE, FALSE, FALSE, FALSE, {begun})"
        ),
        format!(
            "INSERT INTO missed_debts (number, calls, first_call, last_call, first_at, last_at) VALUES ('{MOBILE}', 1, 52, 52, {begun}, {begun})"
        ),
        format!(
            "INSERT INTO outgoing_calls (id, uid, version, pbx, extension, staff_id, dialled, number, state, started_at, ended_at, \
             ended_by, evidence, business_date) VALUES \
             (51, 'o51', 1, 'main', '801', {operator}, '913977712377', '{MOBILE}', 'ended', {begun}, {begun}, 'us', 'mirror', '2026-11-23'), \
             (52, 'o52', 1, 'main', '{EXTENSION}', {boss}, '13977712399', '{GUEST}', 'ended', {begun}, {begun}, 'us', 'mirror', '2026-11-23')"
        ),
        format!(
            "INSERT INTO call_plans (staff_id, number, name, purpose, conclusion, points, figures, summary, planned_at) VALUES \
             ({operator}, '{MOBILE}', '赵总', '回电', '', '', '', '', {begun}), \
             ({boss}, '{GUEST}', '', '请回 13977712377', '', '', '', '', {begun})"
        ),
    ]);
    rows.extend(grams(51, "请回13977712377，分机8977123"));
    rows
}

/// Somebody restricted, with a mobile; their secretary has no account.
async fn restricted(db: &Db, mobile: &str) -> PersonId {
    let draft = Draft {
        name: "赵建国".to_owned(),
        department: String::new(),
        title: "总经理".to_owned(),
        location: String::new(),
        extension: Some(EXTENSION.to_owned()),
        phone: None,
        mobile: Some(mobile.to_owned()),
        email: None,
        note: None,
        disclosure: Disclosure::Restricted,
        secretary: None,
        deputy: None,
        staff: None,
    };
    directory::store::add(db, Stamp { now: at(0), by: None }, draft).await.unwrap()
}

/// A caller arrives at the trunk and rings at 801; the PBX sends the number as the name.
async fn rings(stage: &Stage, name: &str, millis: i64, number: &str) {
    let offered =
        |role| What::Offered(Box::new(Offer { role, ..offer(number, number, "4008001234") }));
    let phone = format!("{name}'s");
    mirrored(stage, name, millis, offered(Role::Trunk)).await;
    mirrored(stage, &phone, millis + 50, offered(Role::Phone("801".parse().unwrap()))).await;
    mirrored(stage, &phone, millis + 100, What::Alerted).await;
}

fn says_the_number(text: &str) -> bool {
    text.contains("7712377") || text.contains("7771 2377")
}

#[tokio::test]
async fn a_desk_sees_who_rings_and_not_from_which_number() {
    for fresh in kit::stores().await {
        let stage = Stage::set_as(&fresh.db, config_of(SITE)).await;
        let mut ear = Ear::open(&stage, "who=li").await;
        // a guest first: whoever is restricted later is known of all the same
        rings(&stage, "guest", 0, "13800001234").await;
        stage.house.settle(1_000).await;
        let card = ear.card("ringing").await;
        assert!(card.as_str().unwrap().contains("138 0000 1234"), "{card}");

        let boss = restricted(&fresh.db, MOBILE).await;
        rings(&stage, "boss", 2_000, "013977712377").await;
        stage.house.settle(3_000).await;
        let card = ear.card("ringing").await;
        let card = card.as_str().unwrap();
        assert!(card.contains("赵建国") && !says_the_number(card), "{card}");
        let console = get(&stage, "who=li", "/console").await.json();
        assert!(!says_the_number(&console.to_string()), "{console}");
        let caller = console["ringing"].as_array().unwrap().last().unwrap()["caller"].clone();
        assert_eq!(
            (&caller["number"], &caller["masked"], &caller["display"]),
            (&json!("****"), &json!(true), &json!("赵建国"))
        );
        let shown = page(&stage, "who=li", "/console").await.text;
        assert!(shown.contains("赵建国") && !says_the_number(&shown), "{shown}");

        // with a grant that runs the same desk sees it whole, on the stream too
        let grant = NewGrant {
            person: boss,
            staff: stage.li,
            by: stage.chen,
            reason: "急事".to_owned(),
            until: at(3_600_000),
        };
        let stamp = Stamp { now: at(3_000), by: Some(stage.chen) };
        directory::store::grants::add(&fresh.db, stamp, grant).await.unwrap();
        stage.house.settle(7_500).await;
        let mut card = ear.card("ring2").await;
        if card.as_str().unwrap().contains("138 0000 1234") {
            card = ear.card("ring2").await;
        }
        assert!(card.as_str().unwrap().contains("139 7771 2377"), "{card}");
        let console = get(&stage, "who=li", "/console").await.json();
        assert!(console.to_string().contains("+8613977712377"), "{console}");
    }
}

#[tokio::test]
async fn a_note_that_hides_a_number_is_changed_without_losing_it() {
    for fresh in kit::stores().await {
        let stage = Stage::set_as(&fresh.db, config_of(SITE)).await;
        rings(&stage, "guest", 0, "13800001234").await;
        stage.house.settle(1_000).await;
        let call = get(&stage, "who=li", "/calls/1").await.json();
        let note = json!({ "version": call["version"], "notes": "回 139 7771 2377，急" });
        assert_eq!(
            send(&stage, "who=li", "POST", "/calls/1/notes", &note.to_string()).await.status,
            200
        );
        let boss = restricted(&fresh.db, MOBILE).await;
        let call = get(&stage, "who=li", "/calls/1").await.json();
        assert_eq!(call["notes"], "回 ****，急");
        let note = json!({ "version": call["version"], "notes": "回 ****，不急" });
        let saved = send(&stage, "who=li", "POST", "/calls/1/notes", &note.to_string()).await;
        assert_eq!(saved.json()["notes"], "回 ****，不急", "{}", saved.text);
        directory::store::remove(&fresh.db, Stamp { now: at(2_000), by: None }, boss)
            .await
            .unwrap();
        let call = get(&stage, "who=li", "/calls/1").await.json();
        assert_eq!(call["notes"], "回 139 7771 2377，不急");
    }
}
