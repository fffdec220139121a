//! The people and companies that call, and the rules for numbers.

use super::{Answer, Kind, Operation, act, asked, get};

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    asked(
        get(
            "/contacts",
            "contacts",
            "Cards: the best match first, or without words the newest first",
            Answer::List("Card"),
        ),
        &[
            ("q", "words of a name as it is written or sounds, initials, or the end of a number"),
            ("tag", "a tag"),
            ("vip", "the important alone: on"),
            ("company", "the number of a company's card, or words of its name"),
            ("limit", "1 to 200"),
            ("after", "the cursor of the last page"),
        ],
    ),
    act("post", "/contacts", "contacts", "A new card; answers 201", CARD, Answer::One("Card")),
    asked(
        get("/contacts/new", "contacts", "The form", Answer::Page("What stands in it")),
        &[
            ("number", "the number that rang"),
            ("name", "a name to begin with"),
            ("company", "a company to begin with"),
        ],
    ),
    asked(
        get(
            "/contacts/export",
            "contacts",
            "The cards of a filter as CSV",
            Answer::Text("text/csv"),
        ),
        &[("q", "words"), ("tag", "a tag"), ("vip", "on"), ("company", "a company")],
    ),
    get(
        "/contacts/duplicates",
        "contacts",
        "Cards that may be one",
        Answer::Page("A list of groups of cards"),
    ),
    act("delete", "/contacts/merges/{id}", "contacts", "Undoes a merge", &[], Answer::One("Card")),
    get("/contacts/imports", "contacts", "Spreadsheets that were read", Answer::Page("A list")),
    act(
        "post",
        "/contacts/imports",
        "contacts",
        "Reads a spreadsheet (multipart field `file`, or the body as text/csv) and says what it would do",
        &[],
        Answer::Page("What becomes of every line"),
    ),
    get(
        "/contacts/imports/{id}",
        "contacts",
        "A spreadsheet that was read",
        Answer::Page("What becomes of every line"),
    ),
    act(
        "delete",
        "/contacts/imports/{id}",
        "contacts",
        "Drops a spreadsheet that was read",
        &[],
        Answer::Page("Its number and state"),
    ),
    act(
        "post",
        "/contacts/imports/{id}/acceptance",
        "contacts",
        "Writes a spreadsheet that was read: all of it or nothing",
        &[],
        Answer::One("ImportTally"),
    ),
    asked(
        get(
            "/contacts/privacy",
            "contacts",
            "How much is held under a number",
            Answer::Page("Rooms and how many records"),
        ),
        &[("number", "in any spelling")],
    ),
    asked(
        get(
            "/contacts/privacy/export",
            "contacts",
            "Everything that is held under a number",
            Answer::Page("By room"),
        ),
        &[("number", "in any spelling")],
    ),
    act(
        "post",
        "/contacts/privacy/erasure",
        "contacts",
        "Erases what is held under a number; ground is request or retention",
        &[("number", Kind::Text), ("contacts", Kind::Texts), ("ground", Kind::Text)],
        Answer::Page("What was erased"),
    ),
    get("/contacts/{id}", "contacts", "One card", Answer::One("Card")),
    act(
        "post",
        "/contacts/{id}",
        "contacts",
        "Another text of a card",
        &[
            ("version", Kind::Number),
            ("kind", Kind::MaybeText),
            ("name", Kind::Text),
            ("form_of_address", Kind::MaybeText),
            ("company", Kind::MaybeText),
            ("vip", Kind::Flag),
            ("numbers", Kind::Texts),
            ("labels", Kind::Texts),
            ("tags", Kind::Texts),
            ("warning", Kind::MaybeText),
            ("notes", Kind::MaybeText),
        ],
        Answer::One("Card"),
    ),
    get("/contacts/{id}/edit", "contacts", "The form", Answer::Page("What stands in it")),
    act(
        "post",
        "/contacts/{id}/merges",
        "contacts",
        "Everything of another card goes on this one; can be undone",
        &[("other", Kind::Number), ("version", Kind::Number), ("other_version", Kind::Number)],
        Answer::One("Card"),
    ),
    act(
        "post",
        "/contacts/{id}/apart",
        "contacts",
        "This card and another are two; they are not suspected again",
        &[("other", Kind::Number)],
        Answer::One("Card"),
    ),
    get("/admin/numbers", "contacts", "The site's rules for numbers", Answer::Page("The rules")),
    act("post", "/admin/numbers", "contacts", "Other rules", RULES, Answer::One("SiteRules")),
    act(
        "post",
        "/admin/numbers/trial",
        "contacts",
        "Reads samples by rules that are not saved",
        TRIAL,
        Answer::Page("Each sample as it is read now and would be"),
    ),
    act(
        "post",
        "/admin/numbers/rereading",
        "contacts",
        "Reads stored numbers again by the rules in force",
        &[],
        Answer::Page("How many changed"),
    ),
];

const CARD: &[(&str, Kind)] = &[
    ("kind", Kind::MaybeText),
    ("name", Kind::Text),
    ("form_of_address", Kind::MaybeText),
    ("company", Kind::MaybeText),
    ("vip", Kind::Flag),
    ("numbers", Kind::Texts),
    ("labels", Kind::Texts),
    ("tags", Kind::Texts),
    ("warning", Kind::MaybeText),
    ("notes", Kind::MaybeText),
];

const RULES: &[(&str, Kind)] = &[
    ("version", Kind::Number),
    ("area_code", Kind::MaybeText),
    ("strip", Kind::Texts),
    ("services", Kind::Texts),
    ("extension_words", Kind::Texts),
    ("separators", Kind::MaybeText),
];

const TRIAL: &[(&str, Kind)] = &[
    ("version", Kind::Number),
    ("area_code", Kind::MaybeText),
    ("strip", Kind::Texts),
    ("services", Kind::Texts),
    ("extension_words", Kind::Texts),
    ("separators", Kind::MaybeText),
    ("samples", Kind::Texts),
];
