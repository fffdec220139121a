//! Who sees what of a card. Masking happens here, before anything leaves the server.

use super::card::Card;
use crate::kernel::Role;
use crate::web::{OnDuty, Problem};

/// Who looks through all cards and writes on them.
pub(super) const WRITERS: &[Role] =
    &[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

/// Who may see name and last four digits of somebody they have to deal with.
const VISITORS: &[Role] = &[Role::Engineer, Role::Greeter];

/// Who takes whole lists of people out of the house, or into it.
pub(super) const MOVERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

/// Who answers a person's question what we hold of them, and erases it.
pub(super) const GUARDIANS: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];

/// Who sets the rules for numbers.
pub(super) const RULERS: &[Role] = &[Role::Admin];

/// How much of a card somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    Whole,
    /// Name, form of address and the last four digits, and only where there is a need.
    Glimpse,
}

/// How much this reader may see of cards; 403 for those whom cards do not concern.
pub fn sight(reader: &OnDuty) -> Result<Sight, Problem> {
    if reader.roles.has_any(WRITERS) {
        Ok(Sight::Whole)
    } else if reader.roles.has_any(VISITORS) {
        Ok(Sight::Glimpse)
    } else {
        Err(Problem::forbidden())
    }
}

/// The card as this much of it may be seen.
pub fn seen(card: Card, sight: Sight) -> Card {
    match sight {
        Sight::Whole => card,
        Sight::Glimpse => card.glimpsed(),
    }
}
