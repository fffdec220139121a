//! Names and words that are markup, formulas or broken text, in every room, on every page, in every
//! table that leaves the house: through the telephone, the forms and a spreadsheet.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::alerts::Exchange;
use super::kit;
use super::permissions::Table;
use super::registrar::PATIENCE;
use super::site::{Site, at};

/// Markup that would run, a mark that turns the line round, a byte that ends a string, an expression
/// of a template, what would leave an attribute.
const EVIL: &str = "<x-evil onload=alert(1)>\u{202e}\u{0}{{7*7}}\"'";
/// The same for fields that refuse what no name has.
const TAME: &str = "<x-evil onload=alert(1)>{{7*7}}\"'";
/// Markup in broken UTF-8 and with a mark that turns the line round, as a telephone sends it.
const WIRE: &[u8] = b"\"<x-evil onload=alert(1)> \xe2\x80\xae\xff\xfe {{7*7}}'\" ";
/// A formula, as a spreadsheet would run it.
const FORMULA: &str = "=1+1";

/// What the page must say of it instead.
const HARMLESS: [&str; 2] = ["&lt;x-evil", "&#60;x-evil"];

/// A caller of that name rings, and is in the log.
async fn called(site: &mut Site, exchange: &Exchange) {
    let came = async {
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(20));
        let mut said = false;
        loop {
            beat.tick().await;
            let (_, wall) = site.get("sun", "/wall").await;
            if wall["lines_up"] == 1 && !std::mem::replace(&mut said, true) {
                exchange.say_as("INVITE", "13800001234", WIRE).await;
            }
            let (_, log) = site.get("li", "/calls").await;
            if log["items"].as_array().is_some_and(|items| !items.is_empty()) {
                return;
            }
        }
    };
    assert!(tokio::time::timeout(PATIENCE, came).await.is_ok(), "nobody called");
}

/// What is refused is refused by its field, in a sentence.
fn clear(path: &str, status: StatusCode, said: &Value) {
    let fields = said["fields"].as_object().is_some_and(|fields| !fields.is_empty());
    let clear = status == StatusCode::UNPROCESSABLE_ENTITY && fields;
    assert!(clear, "{path}: {status} {said}");
}

/// A body with hostile words in their places.
fn with(body: &Value, evil: &str) -> Value {
    match body {
        Value::String(text) if text == "EVIL" => json!(evil),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), with(value, evil))).collect()
        }
        Value::Array(_) | Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {
            body.clone()
        }
    }
}

/// Something hostile in every room that takes words from people; the pages of each.
async fn planted(site: &mut Site) -> Vec<String> {
    let long = "长".repeat(10_000);
    let gao = site.id("gao");
    let due = at(60_000).to_string();
    let mut pages: Vec<String> =
        ["/calls/1", "/calls/1/ladder", "/practice", "/console"].map(str::to_owned).into();
    for (who, path, body, page) in [
        (
            "sun",
            "/contacts",
            json!({"name": "EVIL", "company": FORMULA, "numbers": ["13800001234"], "notes": "EVIL", "tags": [FORMULA]}),
            "/contacts/{id}",
        ),
        (
            "gao",
            "/directory",
            json!({"name": "EVIL", "title": FORMULA, "department": "EVIL", "disclosure": "internal"}),
            "/directory/{id}",
        ),
        (
            "gao",
            "/staff",
            json!({"name": "EVIL", "login": "evil", "roles": ["operator"]}),
            "/staff/{id}",
        ),
        (
            "li",
            "/messages",
            json!({"for": "高部长", "from_name": "EVIL", "body": "EVIL", "call": 1}),
            "/messages/{id}",
        ),
        (
            "li",
            "/follow-ups",
            json!({"title": "EVIL", "note": "EVIL", "staff": gao, "due_at": due}),
            "/follow-ups/{id}",
        ),
        (
            "li",
            "/notices",
            json!({"text": "EVIL", "people": [gao], "must_ack": true}),
            "/notices/{id}",
        ),
        (
            "li",
            "/faults",
            json!({"symptom": "EVIL", "caller_name": "EVIL", "company": FORMULA, "place": "EVIL", "caller_number": "13800001234", "impact": 2, "urgency": 2, "call": 1}),
            "/faults/{no}",
        ),
        (
            "li",
            "/bookings",
            json!({"name": "EVIL", "party": 8, "phone": "13812345678", "when": "明天晚上七点", "wishes": "EVIL", "note": FORMULA}),
            "/bookings/{no}",
        ),
        (
            "li",
            "/waitlist",
            json!({"name": "EVIL", "party": 4, "phone": "13812345678", "from": "19:00", "note": FORMULA}),
            "/waitlist",
        ),
        (
            "li",
            "/calls/plans",
            json!({"number": "13800001234", "name": "EVIL", "purpose": "EVIL", "points": FORMULA}),
            "/calls/plans/{id}",
        ),
        (
            "li",
            "/calls/1/record",
            json!({"version": 0, "who": "EVIL", "what": "EVIL", "where": FORMULA}),
            "/calls/1",
        ),
        (
            "sun",
            "/admin/scripts",
            json!({"use": "canned", "title": "EVIL", "body": "EVIL"}),
            "/admin/scripts",
        ),
        ("sun", "/admin/areas", json!({"name": "EVIL", "sort": 1}), "/admin/areas"),
    ] {
        let (mut status, mut made) = site.post(who, path, with(&body, EVIL)).await;
        if !status.is_success() {
            clear(path, status, &made);
            (status, made) = site.post(who, path, with(&body, TAME)).await;
        }
        assert!(status.is_success(), "{path}: {status} {made}");
        let id = made["id"].to_string();
        pages.push(page.replace("{id}", &id).replace("{no}", made["no"].as_str().unwrap_or("")));
        // ten thousand characters are refused by their field, or kept short
        let mut longer = with(&body, TAME);
        for name in ["name", "text", "title", "symptom", "body", "what"] {
            if let Some(field) = longer.get_mut(name) {
                *field = json!(long);
            }
        }
        let (status, said) = site.post(who, path, longer).await;
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            clear(path, status, &said);
        } else {
            assert!(
                status.is_success() || status == StatusCode::CONFLICT,
                "{path}: {status} {said}"
            );
        }
        assert!(said.to_string().len() < 40_000, "{path} keeps ten thousand characters");
    }
    let broken = [
        b"\xe5\xa7\x93\xe5\x90\x8d,\xe6\x89\x8b\xe6\x9c\xba,\xe5\xa4\x87\xe6\xb3\xa8\n".as_slice(),
        b"<x-evil>\xe2\x80\xae\xff\xfe,13911112222,=1+1\n",
    ]
    .concat();
    let (status, said) = site.upload("sun", "/contacts/imports", ("<x-evil>.csv", &broken)).await;
    assert!(!status.is_server_error(), "{status} {said}");
    pages.extend(said["id"].as_i64().map(|id| format!("/contacts/imports/{id}")));
    let (status, said) =
        site.upload("li", "/calls/plans/1/papers", ("<x-evil>\u{202e}.pdf", b"%PDF")).await;
    assert!(status.is_success(), "{status} {said}");
    pages
}

/// What is wrong with a page.
fn of_page(body: &str) -> Option<&'static str> {
    if body.contains("<x-evil") {
        return Some("markup came through");
    }
    if body.contains("{{7*7}}\"") {
        return Some("a quote left its attribute");
    }
    if ["&gt;49", "&#62;49"].iter().any(|reckoned| body.contains(reckoned)) {
        return Some("an expression was reckoned");
    }
    body.contains('\0').then_some("a NUL came through")
}

/// What is wrong with a table: a cell that a spreadsheet would run.
fn of_table(body: &str) -> Option<&'static str> {
    let mut begins = true;
    let mut quoted = false;
    for c in body.trim_start_matches('\u{feff}').chars() {
        if begins && matches!(c, '=' | '+' | '-' | '@' | '\t') {
            return Some("a cell begins with a formula");
        }
        begins = match c {
            '"' => {
                quoted = !quoted;
                begins
            }
            ',' | '\n' | '\r' => !quoted,
            _ => false,
        };
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_are_words_on_every_page_and_in_every_table() {
    let table = Table::read();
    for place in kit::places().await {
        let exchange = Exchange::open().await;
        let hotline = "[[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\n";
        let more = format!("{hotline}{}", exchange.configured());
        let mut site = Site::open_with(&place, &more).await;
        called(&mut site, &exchange).await;
        let mut pages = planted(&mut site).await;
        let reads = table.addresses.iter().filter(|(line, _)| line.starts_with("get "));
        let asked = reads.filter(|(_, entry)| entry.only_listed.is_none());
        pages.extend(asked.map(|(line, entry)| entry.address(&line["get ".len()..])));
        pages.extend(
            ["/contacts?q=x-evil", "/directory?q=x-evil", "/calls?q=x-evil", "/messages?box=taken"]
                .map(str::to_owned),
        );
        let (mut wrong, mut shown, mut tables) = (Vec::new(), 0, 0);
        for who in ["li", "gao"] {
            for path in &pages {
                let (kind, body) = site.look(who, path).await;
                let found = if kind.starts_with("text/csv") {
                    tables += 1;
                    of_table(&body)
                } else if kind.starts_with("text/html") {
                    shown += usize::from(HARMLESS.iter().any(|said| body.contains(said)));
                    of_page(&body)
                } else {
                    None
                };
                wrong.extend(found.map(|what| format!("{who} at {path}: {what}")));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(shown > 24, "it stands on {shown} pages alone: the search proves little");
        assert!(tables > 2, "{tables} tables");
        site.close().await;
    }
}
