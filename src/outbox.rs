//! What goes out of the house beside the panel: mail, group robots, webhooks, short messages to telephones,
//! pushes to browsers.
//!
//! A room [`put`](store::put)s a message into the transaction it is about; nothing is sent before the commit,
//! and nothing is lost after it. The [`worker`] marks a message as being sent before it sends it: a process
//! that dies in between leaves it `uncertain` for a person to decide, so no message goes out twice.
//! [`route`] says by which ways a person is reached, [`state`] what becomes of a message after an attempt,
//! [`crowd`] what a robot is given when there is more than it takes.

mod crowd;
mod keys;
mod mail;
mod message;
mod push;
mod quiet;
mod robots;
mod route;
mod seal;
mod sender;
mod state;
pub mod store;
mod web;
mod worker;

pub use crowd::{Crowd, Step, step};
pub use mail::is_address;
pub use message::{Channel, NewMessage, NotAChannel, Row, State, Way};
pub use quiet::quiet_until;
pub use robots::{dingtalk_signature, feishu_signature, webhook_signature};
pub use route::{Letter, Post, Routes};
pub use sender::{Answers, Senders, Telephones, Unpaged};
pub use state::{Outcome, Settled, settle};
pub use web::{OutboxNews, Panel, names, routes, state_name};
pub use worker::Worker;
