//! Names and words that are markup, formulas or broken text, in every room, on every page, in every
//! table that leaves the house.

use reqwest::StatusCode;
use serde_json::json;
use switchboard::db::{Db, Sql, Stamp};

use super::kit;
use super::permissions::Table;
use super::site::{Site, at};

/// Markup that would run, a mark that turns the line round, a byte that ends a string, an expression
/// of a template, what would leave an attribute.
const EVIL: &str = "<x-evil onload=alert(1)>\u{202e}\u{0}{{7*7}}\"'";
/// A formula, as a spreadsheet would run it.
const FORMULA: &str = "=1+1";

/// What the page must say of it instead.
const HARMLESS: [&str; 2] = ["&lt;x-evil", "&#60;x-evil"];

/// A call whose caller says so of themselves, as the writer would never leave it: nothing that reads
/// the store may trust it.
async fn call(db: &Db) {
    let mut rows = super::missed::call(1, Some("+8613800001234"), -60_000, "met", 1);
    let display = EVIL.replace('\0', "").replace('\'', "''");
    rows.push(format!(
        "UPDATE calls SET caller_display = '{display}', notes = '{display}' WHERE id = 1"
    ));
    for row in rows {
        let row = Sql::both(row.leak());
        let stamp = Stamp { now: at(0), by: None };
        db.write(stamp, move |tx| Box::pin(async move { tx.keep(row).run().await })).await.unwrap();
    }
}

/// Something hostile in every room that takes words from people; the pages of each.
async fn planted(site: &mut Site) -> Vec<String> {
    call(&site.db).await;
    let long = "长".repeat(10_000);
    let gao = site.id("gao");
    let mut pages = vec!["/calls/1".to_owned(), "/calls/1/ladder".to_owned()];
    for (who, path, body, page) in [
        (
            "sun",
            "/contacts",
            json!({"name": EVIL, "company": FORMULA, "numbers": ["13800001234"], "notes": EVIL, "tags": [FORMULA]}),
            "/contacts/{id}",
        ),
        (
            "gao",
            "/directory",
            json!({"name": EVIL, "title": FORMULA, "department": EVIL, "disclosure": "internal"}),
            "/directory/{id}",
        ),
        (
            "gao",
            "/staff",
            json!({"name": EVIL, "login": "evil", "roles": ["operator"]}),
            "/staff/{id}",
        ),
        (
            "li",
            "/messages",
            json!({"for": "高部长", "from_name": EVIL, "body": EVIL, "call": 1}),
            "/messages/{id}",
        ),
        (
            "li",
            "/follow-ups",
            json!({"title": EVIL, "note": EVIL, "staff": gao, "due_at": at(60_000).to_string()}),
            "/follow-ups/{id}",
        ),
        (
            "li",
            "/notices",
            json!({"text": EVIL, "people": [gao], "must_ack": true}),
            "/notices/{id}",
        ),
        (
            "li",
            "/faults",
            json!({"symptom": EVIL, "caller_name": EVIL, "company": FORMULA, "place": EVIL, "caller_number": "13800001234", "impact": 2, "urgency": 2, "call": 1}),
            "/faults/{no}",
        ),
        (
            "li",
            "/bookings",
            json!({"name": EVIL, "party": 8, "phone": "13812345678", "when": "明天晚上七点"}),
            "/bookings/{no}",
        ),
        (
            "li",
            "/calls/plans",
            json!({"number": "13800001234", "name": EVIL, "purpose": EVIL, "points": FORMULA}),
            "/calls/plans/{id}",
        ),
        (
            "li",
            "/calls/1/record",
            json!({"version": 0, "who": EVIL, "what": EVIL, "where": FORMULA}),
            "/calls/1",
        ),
        (
            "sun",
            "/admin/scripts",
            json!({"use": "canned", "title": EVIL, "body": EVIL}),
            "/admin/scripts",
        ),
        ("sun", "/admin/areas", json!({"name": EVIL, "sort": 1}), "/admin/areas"),
    ] {
        let (status, made) = site.post(who, path, body.clone()).await;
        assert!(status.is_success(), "{path}: {status} {made}");
        let id = made["id"].to_string();
        pages.push(page.replace("{id}", &id).replace("{no}", made["no"].as_str().unwrap_or("")));
        // ten thousand characters are refused by their field, or kept short
        let mut longer = body;
        for name in ["name", "text", "title", "symptom", "body", "what"] {
            if let Some(field) = longer.get_mut(name) {
                *field = json!(long);
            }
        }
        let (status, said) = site.post(who, path, longer).await;
        assert!(
            status == StatusCode::UNPROCESSABLE_ENTITY
                || status == StatusCode::CONFLICT
                || status.is_success(),
            "{path}: {status} {said}"
        );
        assert!(said.to_string().len() < 40_000, "{path} keeps ten thousand characters");
    }
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
    body.contains('\0').then_some("a NUL came through")
}

/// What is wrong with a table: a cell that a spreadsheet would run.
fn of_table(body: &str) -> Option<&'static str> {
    let mut begins = true;
    let mut quoted = false;
    for c in body.trim_start_matches('\u{feff}').chars() {
        if begins && matches!(c, '=' | '@' | '+' | '\t') {
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
        let hotline = "[[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\n";
        let mut site = Site::open_with(&place, hotline).await;
        let mut pages = planted(&mut site).await;
        let reads = table.addresses.iter().filter(|(line, _)| line.starts_with("get "));
        let asked = reads.filter(|(_, entry)| entry.only_listed.is_none());
        pages.extend(asked.map(|(line, entry)| entry.address(&line["get ".len()..])));
        pages.extend(
            ["/contacts?q=x-evil", "/directory?q=x-evil", "/calls?q=x-evil"].map(str::to_owned),
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
