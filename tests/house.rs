//! The stories of the house: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

mod house {
    pub(crate) mod kit;

    mod cli;
    mod config;
    pub(crate) mod book_kit;

    mod calls_book;
    mod calls_random;
    mod calls_recorded;
    mod ground;
    pub(crate) mod line;
    mod statements;
    mod calls_store;
    mod calls_driver;
}
