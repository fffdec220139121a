//! Any stream is cut into the same messages, in whatever pieces it comes.
#![no_main]

#[expect(dead_code, reason = "another target reads bodies")]
mod ask;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ask::ask_framer(bytes));
