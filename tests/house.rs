//! The stories of the house: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

mod house {
    pub(crate) mod book_kit;
    pub(crate) mod desk;
    pub(crate) mod kit;
    pub(crate) mod line;
    pub(crate) mod stage;

    mod browser;
    mod calls_book;
    mod calls_driver;
    mod calls_random;
    mod calls_recorded;
    mod calls_rules;
    mod calls_store;
    mod ground;
    mod panel;
    mod staff;
    mod statements;
    mod web;
}
