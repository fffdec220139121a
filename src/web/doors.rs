//! Who may open what the layout leads to.
//!
//! The layout stands below the rooms and cannot ask them, so these lists stand here, and the rooms that have
//! the same open their pages by them.

use crate::kernel::Role;

/// The console, the call log, contacts, faults, sites.
pub const CALLS: &[Role] =
    &[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

/// The engineer's own jobs.
pub const ENGINEERS: &[Role] = &[Role::Engineer];

/// What goes out of the house.
pub const OUTBOX: &[Role] = &[Role::Admin, Role::Supervisor, Role::Head];

/// Everyone but a screen on the wall.
pub const HOUSE: &[Role] = &[
    Role::Operator,
    Role::Supervisor,
    Role::Engineer,
    Role::Greeter,
    Role::Manager,
    Role::Head,
    Role::Finance,
    Role::Admin,
];

/// The journal, at least what they did themselves.
pub const JOURNAL: &[Role] =
    &[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

/// What is said.
pub const SCRIPTS: &[Role] =
    &[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

/// The reports.
pub const REPORTS: &[Role] = &[Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

/// Rooms and bookings.
pub const ROOMS: &[Role] = &[
    Role::Operator,
    Role::Supervisor,
    Role::Greeter,
    Role::Manager,
    Role::Head,
    Role::Finance,
    Role::Admin,
];

/// Whose first page is the floor.
pub const FLOOR: &[Role] = &[Role::Greeter];

/// The staff pages and the calendars, which they also set.
pub const STAFF: &[Role] = &[Role::Admin, Role::Head];

/// Who writes bookings.
pub const BOOKERS: &[Role] = &[Role::Operator, Role::Supervisor, Role::Manager];

/// Who sets how bookings are taken, and grants or refuses what needs approval.
pub const BOOKING_RULES: &[Role] = &[Role::Supervisor, Role::Manager, Role::Head];

/// Who sets the target and the alerts.
pub const REPORT_SETTINGS: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];
