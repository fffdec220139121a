//! 三响 Switchboard, in the order to read it.
//!
//! The ground: [`kernel`], [`clock`], [`config`], [`meters`], [`bus`], [`words`], [`db`].
//! The spine: [`sip`] hears, [`calls`] follows. The people: [`staff`], [`calendars`], [`shifts`], [`directory`]. The panel: [`web`].
//! The spine: [`sip`] hears, [`calls`] follows. The people: [`staff`]; those who call: [`contacts`].
//! The panel: [`web`].
//! The roof that alone knows everyone: [`app`], with [`cli`] as its door.

// the kit of the stories names the house from outside
#[cfg(test)]
extern crate self as switchboard;

pub mod app;
pub mod bookings;
pub mod bus;
pub mod calendars;
pub mod calls;
pub mod claims;
pub mod cli;
pub mod clock;
pub mod config;
pub mod contacts;
pub mod db;
pub mod demo;
pub mod directory;
pub mod followups;
pub mod journal;
pub mod kernel;
pub mod messages;
pub mod meters;
pub mod notices;
pub mod outbox;
pub mod quality;
pub mod reports;
pub mod rooms;
pub mod scripts;
pub mod shifts;
pub mod sip;
pub mod staff;
pub mod tickets;
pub mod timers;
pub mod web;
pub mod words;
