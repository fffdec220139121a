//! Any stream of mirrored packets is cut and read, or refused.
#![no_main]

#[expect(dead_code, reason = "the other targets read SIP")]
mod ask;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ask::ask_hep(bytes));
