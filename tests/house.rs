//! The stories of the house: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

mod house {
    pub(crate) mod kit;

    mod corpora;
    mod framing;
    mod ground;
    mod listener;
    mod reading;
    mod registrar;
    mod sip_endpoint;
    mod torture;
}
