//! The stories of the house: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

mod house {
    pub(crate) mod kit;

    pub(crate) mod book_kit;

    mod calls_book;
    mod calls_random;
    mod calls_recorded;
    mod calls_rules;
    mod ground;
    mod registrar;
    mod sip_endpoint;
}
