//! Proof for the supervisor: figures that nobody can argue with, each with its definition beside it
//! and the calls behind it one click away.
//!
//! - `period`: which days are asked for, and the days before them to compare with. `before`: how much
//!   of them, where the asked time is not over.
//! - [`Tally`]: how a set of calls is counted; sums only, so tallies add up. `waits`: how long they
//!   waited, exact to a tenth of a second.
//! - [`store`]: past days are summed once (`call_facts` is the one definition of every sum) and read
//!   from there; a day that changed since is read call by call until [`keep`] sums it again.
//! - `erlang`: what so many pairs of hands would give (Erlang C and A).
//! - `watch`: alerts on thresholds, once for their cause.
//! - [`routes`]: `/reports/…`, `/wall`, `/calls/{id}/evidence`.

pub mod answering;
mod before;
mod chart;
mod erlang;
mod evidence;
mod facts;
mod keeper;
mod letter;
mod period;
mod pivot;
mod post;
mod said;
mod staffing;
pub mod store;
mod tally;
mod waits;
mod wall;
mod watch;
mod web;

pub use erlang::{Hands, Load, erlang_a, erlang_b, erlang_c};
pub use facts::Fact;
pub use keeper::{Renewed, keep, sum_anew, sum_marked};
pub use period::{By, Period};
pub use pivot::{Answer, Question, Source, Sources};
pub use post::{Mailing, Post, SendsMail};
pub use said::alert as alert_said;
pub use tally::Tally;
pub use waits::Waits;
pub use wall::Wall;
pub use watch::{Alarms, Alert, Cause, Told, watch};
pub use web::{Office, news, open_routes, routes};
