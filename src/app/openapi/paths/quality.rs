//! How talks were spoken: sheets of the five items of clauses 4.1 to 4.5.

use super::{Answer, Kind, Operation, act, asked, get};

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    asked(
        get(
            "/quality",
            "quality",
            "The sheets of a month with the sums of each operator; an operator gets their own",
            Answer::Page(
                "Sheets (QualitySheet), sums by operator (QualityOperatorMonth) and of all",
            ),
        ),
        &[
            ("month", "2026-11; this month where nothing is asked"),
            ("person", "whose: a number of the staff"),
            ("format", "csv, or xlsx with both tables"),
            ("table", "operators: a line for each operator instead of each sheet, in the csv"),
        ],
    ),
    act(
        "post",
        "/quality/samples",
        "quality",
        "Draws one of an operator's answered calls that have no sheet, by chance, and opens its sheet",
        &[("person", Kind::Text), ("from", Kind::MaybeText), ("to", Kind::MaybeText)],
        Answer::One("QualityRecord"),
    ),
    get("/quality/{id}", "quality", "One sheet with every save", Answer::One("QualityRecord")),
    act(
        "post",
        "/quality/{id}",
        "quality",
        "Scores a sheet, or corrects it: met, not_met (with a note) or not_heard for each item; \
         a stale version is refused with what changed",
        &[
            ("version", Kind::Number),
            ("tone", Kind::Text),
            ("tone_note", Kind::MaybeText),
            ("no_rude_words", Kind::Text),
            ("no_rude_words_note", Kind::MaybeText),
            ("no_jokes", Kind::Text),
            ("no_jokes_note", Kind::MaybeText),
            ("please_thanks", Kind::Text),
            ("please_thanks_note", Kind::MaybeText),
            ("never_wei", Kind::Text),
            ("never_wei_note", Kind::MaybeText),
        ],
        Answer::One("QualityRecord"),
    ),
    act(
        "post",
        "/calls/{id}/quality",
        "quality",
        "Opens a sheet for a call that was answered and is over, or gives the one it has",
        &[],
        Answer::One("QualityRecord"),
    ),
];
