//! Who is who: search, people, grants, spreadsheets.

use super::{Answer, Kind, Operation, act, asked, get};

/// What is written about a person.
const PERSON: &[(&str, Kind)] = &[
    ("version", Kind::MaybeNumber),
    ("name", Kind::Text),
    ("department", Kind::MaybeText),
    ("title", Kind::MaybeText),
    ("location", Kind::MaybeText),
    ("extension", Kind::MaybeText),
    ("phone", Kind::MaybeText),
    ("mobile", Kind::MaybeText),
    ("email", Kind::MaybeText),
    ("note", Kind::MaybeText),
    ("disclosure", Kind::Text),
    ("secretary", Kind::MaybeNumber),
    ("deputy", Kind::MaybeNumber),
    ("staff", Kind::MaybeNumber),
];

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    asked(
        get(
            "/directory",
            "directory",
            "The people of the house; of a restricted one numbers and whereabouts are null and \
             closed is true",
            Answer::Page("A list of people"),
        ),
        &[
            ("q", "name, pinyin or its first letters, department, title, number"),
            ("department", "one department"),
            ("limit", "at most so many, up to 500"),
            ("after", "the cursor of the next page"),
        ],
    ),
    act("post", "/directory", "directory", "Adds a person", PERSON, Answer::Page("The person")),
    get(
        "/directory/export",
        "directory",
        "Everyone as a spreadsheet, for those who keep the directory",
        Answer::Text("text/csv"),
    ),
    get("/directory/import", "directory", "The form for a spreadsheet", Answer::Page("The form")),
    act(
        "post",
        "/directory/import",
        "directory",
        "Takes in a spreadsheet: all rows or none; a dry run only tells what would happen",
        &[("csv", Kind::Text), ("dry_run", Kind::Flag)],
        Answer::Page("What became of each row"),
    ),
    asked(
        get(
            "/directory/{id}",
            "directory",
            "One person; a look at a restricted one is written in the journal",
            Answer::Page("The person"),
        ),
        &[("transfer", "1 shows whom to dial")],
    ),
    act(
        "post",
        "/directory/{id}",
        "directory",
        "Changes a person",
        PERSON,
        Answer::Page("The person"),
    ),
    act(
        "delete",
        "/directory/{id}",
        "directory",
        "Takes a person out and forgets their numbers",
        &[],
        Answer::Page("Who"),
    ),
    act(
        "post",
        "/directory/{id}/transfer",
        "directory",
        "Whom to dial for a caller who asks for this person: for a restricted one the secretary",
        &[],
        Answer::Page("Whom to dial"),
    ),
    act(
        "post",
        "/directory/{id}/presence",
        "directory",
        "Says where somebody without an account is",
        &[("state", Kind::MaybeText), ("place", Kind::MaybeText), ("until", Kind::MaybeText)],
        Answer::Page("The person"),
    ),
    act(
        "post",
        "/directory/{id}/grants",
        "directory",
        "Grants a look at a restricted person, with a reason and an end within a day",
        &[
            ("staff", Kind::Number),
            ("reason", Kind::Text),
            ("minutes", Kind::MaybeNumber),
            ("until", Kind::MaybeInstant),
        ],
        Answer::Page("The grant"),
    ),
    act(
        "delete",
        "/directory/{id}/grants/{grant}",
        "directory",
        "Takes a grant back",
        &[],
        Answer::Page("The grant"),
    ),
];
