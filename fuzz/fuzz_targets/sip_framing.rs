//! Any stream is cut into the same messages, in whatever pieces it comes.
#![no_main]

#[expect(dead_code, reason = "the other targets read other things")]
mod ask;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ask::ask_framer(bytes));
