//! Any body of a NOTIFY is read or refused.
#![no_main]

#[expect(dead_code, reason = "the other targets read messages")]
mod ask;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ask::ask_dialog_info(bytes));
