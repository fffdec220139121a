//! A throw-away site for newcomers: invented people, a month of calls, and a scripted PBX that
//! rings the real listener with real SIP.

mod callers;
mod contacts;
mod desk;
mod evening;
mod faults;
mod history;
mod pbx;
mod people;
mod plan;
mod play;
mod quality;
mod site;

pub use callers::Caller;
pub use contacts::acquaint;
pub use evening::furnish;
pub use faults::report_faults;
pub use history::remember;
pub use pbx::{Outgoing, Pbx};
pub use people::settle;
pub use plan::{Cue, Fate, Part, Past, month, round};
pub use play::{FIRST_MS, Rings, Script, Stage};
pub use site::{PEOPLE, Person, USERNAME, configuration, rings};
