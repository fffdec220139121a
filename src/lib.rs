//! 三响 Switchboard, in the order to read it.
//!
//! The ground: [`kernel`], [`clock`], [`config`], [`meters`], [`bus`], [`words`], [`db`].
//! The spine: [`sip`] hears, [`calls`] follows. The people: [`staff`], [`calendars`], [`shifts`], [`directory`]. The panel: [`web`].
//! The roof that alone knows everyone: [`app`], with [`cli`] as its door.

// the kit of the stories names the house from outside
#[cfg(test)]
extern crate self as switchboard;

pub mod bus;
pub mod clock;
pub mod config;
pub mod db;
pub mod kernel;
pub mod meters;
pub mod sip;

// the fuzzer compiles the readers and the ground they stand on, in a minute instead of a quarter of an hour
#[cfg(not(fuzzing))]
pub mod app;
#[cfg(not(fuzzing))]
pub mod bookings;
#[cfg(not(fuzzing))]
pub mod calendars;
#[cfg(not(fuzzing))]
pub mod calls;
#[cfg(not(fuzzing))]
pub mod claims;
#[cfg(not(fuzzing))]
pub mod cli;
#[cfg(not(fuzzing))]
pub mod contacts;
#[cfg(not(fuzzing))]
pub mod demo;
#[cfg(not(fuzzing))]
pub mod devices;
#[cfg(not(fuzzing))]
pub mod directory;
#[cfg(not(fuzzing))]
pub mod editing;
#[cfg(not(fuzzing))]
pub mod followups;
#[cfg(not(fuzzing))]
pub mod journal;
#[cfg(not(fuzzing))]
pub mod messages;
#[cfg(not(fuzzing))]
pub mod notices;
#[cfg(not(fuzzing))]
pub mod outbox;
#[cfg(not(fuzzing))]
pub mod quality;
#[cfg(not(fuzzing))]
pub mod reports;
#[cfg(not(fuzzing))]
pub mod rooms;
#[cfg(not(fuzzing))]
pub mod scripts;
#[cfg(not(fuzzing))]
pub mod shifts;
#[cfg(not(fuzzing))]
pub mod staff;
#[cfg(not(fuzzing))]
pub mod tickets;
#[cfg(not(fuzzing))]
pub mod timers;
#[cfg(not(fuzzing))]
pub mod undo;
#[cfg(not(fuzzing))]
pub mod web;
#[cfg(not(fuzzing))]
pub mod words;
