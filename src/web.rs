//! The kit of the panel: what every screen needs and no screen owns.
//!
//! A room writes handlers that take a [`Want`] (what the reader asked for), perhaps a [`Reader`]
//! (who it is, refused where nobody is signed in) and an [`Input`], and return a
//! `Result<Response, Problem>`. A view struct that derives `askama::Template` and
//! `serde::Serialize` is page and JSON at once: [`Want::page`]. [`house`] puts the guards around
//! all rooms; [`live`] tells open screens what changed.

mod above;
mod aloud;
mod assets;
pub mod csv;
mod cursor;
pub mod doors;
pub mod doubt;
mod file;
mod frame;
mod guards;
mod input;
mod intake;
mod kit;
pub mod live;
mod once;
mod problem;
mod reader;
mod secret;
mod sources;
pub mod store;
mod subjects;
pub mod table;
mod typed;
mod want;

pub use above::{Above, Draw};
pub use aloud::{Aloud, grouped_in, unended};
pub use assets::asset;
pub use cursor::{Page, from_cursor, page_size, to_cursor};
pub use file::file;
pub use frame::{Frame, NavItem, Place};
pub use guards::house;
pub use input::{
    At, Filter, GivenNumber, Input, flag, given_text, list, maybe_number, maybe_text, number,
    numbers,
};
pub use kit::{HeardBy, Kit, KitParts, LineView};
pub use once::{NotKept, once};
pub use problem::{Problem, Sentence, problem_answers};
pub use reader::{Account, CALLERS, KnowsClosed, OnDuty, Reader, Theme};
pub use secret::{fingerprint, fresh_secret};
pub use sources::{Lost, MirrorView, SocketView, Sources, TelephoneView, WatchView, why_down};
pub use subjects::{KnowsSubjects, Named, Subjects, id_in};
pub use typed::{Texts, Typed, typed_number, whole_number};
pub use want::Want;
pub(crate) use want::{cookie, go};
