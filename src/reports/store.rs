//! All the SQL of the reports: sums of past days, and what the supervisor's screens keep.

mod adding;
mod call_backs;
mod day_hours;
mod figures;
mod fresh;
mod halves;
mod keys;
mod mails;
mod part;
mod questions;
mod settings;
mod spans;
mod sums;
mod tables;
mod tallies;
mod tenths;
mod waits;

pub use adding::{add_new, any_new};
pub use call_backs::{CallBacks, call_backs};
pub use day_hours::{Hours, day_hours};
pub use fresh::{Fresh, Turn, fresh};
pub use halves::{Half, halves};
pub use keys::{WallKey, add_key, key_of_link, keys, on_the_wall, revoke_key};
pub use mails::{Mail, NewMail, add_mail, drop_mail, mails, mails_due, next_mail, sent};
pub(super) use part::part_of;
pub use questions::{Question, ask_again, drop_question, keep_question, questions};
pub use settings::{
    AlertsTo, Raised, Settings, alerts_to, change_settings, clear_alert, open_alerts, raise_alert,
    settings,
};
pub use sums::{mark_all, marked, sum_day};
pub use tables::Which;
pub use tallies::{Keyed, Scope, Tallies, counted, figure_counted, some_tallies, sum, tallies};
pub use waits::{Clocks, clocks};

pub use adding::STATEMENTS as ADDING_STATEMENTS;
pub use call_backs::STATEMENTS as CALL_BACKS_STATEMENTS;
pub use day_hours::STATEMENTS as DAY_HOURS_STATEMENTS;
pub use fresh::STATEMENTS as FRESH_STATEMENTS;
pub use halves::STATEMENTS as HALVES_STATEMENTS;
pub use keys::STATEMENTS as KEYS_STATEMENTS;
pub use mails::STATEMENTS as MAILS_STATEMENTS;
pub use part::STATEMENTS as PART_STATEMENTS;
pub use questions::STATEMENTS as QUESTIONS_STATEMENTS;
pub use settings::STATEMENTS as SETTINGS_STATEMENTS;
pub use sums::STATEMENTS as SUMS_STATEMENTS;
pub use tables::causes::STATEMENTS as CAUSES_STATEMENTS;
pub use tables::ends::STATEMENTS as ENDS_STATEMENTS;
pub use tables::manners::STATEMENTS as MANNERS_STATEMENTS;
pub use tables::outcomes::STATEMENTS as OUTCOMES_STATEMENTS;
pub use tables::whole::STATEMENTS as WHOLE_STATEMENTS;
pub use waits::STATEMENTS as WAITS_STATEMENTS;

use crate::db::Sql;

/// The statements of every store file of this room, for the test that prepares them.
pub const REGISTER: &[&[(&str, Sql)]] = &[
    ADDING_STATEMENTS,
    CALL_BACKS_STATEMENTS,
    DAY_HOURS_STATEMENTS,
    FRESH_STATEMENTS,
    HALVES_STATEMENTS,
    KEYS_STATEMENTS,
    MAILS_STATEMENTS,
    PART_STATEMENTS,
    QUESTIONS_STATEMENTS,
    SETTINGS_STATEMENTS,
    SUMS_STATEMENTS,
    CAUSES_STATEMENTS,
    ENDS_STATEMENTS,
    MANNERS_STATEMENTS,
    OUTCOMES_STATEMENTS,
    WHOLE_STATEMENTS,
    WAITS_STATEMENTS,
];
