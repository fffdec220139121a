//! Who sees what of a card. Masking happens here, before anything leaves the server.

use super::card::{Card, Line};
use crate::kernel::{Closed, HIDDEN, Role};
use crate::web::{OnDuty, Problem, doors};

/// Who looks through all cards and writes on them.
pub(super) const WRITERS: &[Role] = doors::CALLS;

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

/// Whether a number of a card, or the extension behind it, is closed.
pub(super) fn hides(closed: &Closed, line: &Line) -> bool {
    closed.hides(&line.number) || closed.hides(&line.extension)
}

/// The card without the numbers that are closed to its reader.
pub fn without(mut card: Card, closed: &Closed) -> Card {
    if closed.is_empty() {
        return card;
    }
    for line in card.numbers.iter_mut().filter(|line| hides(closed, line)) {
        HIDDEN.clone_into(&mut line.number);
        line.extension.clear();
        line.as_written.clear();
        line.masked = true;
    }
    let texts = [&mut card.name, &mut card.form_of_address, &mut card.warning, &mut card.notes];
    for text in texts.into_iter().chain(&mut card.tags) {
        *text = closed.text(text);
    }
    card
}

/// The card as this much of it may be seen.
pub fn seen(card: Card, sight: Sight, closed: &Closed) -> Card {
    let card = without(card, closed);
    match sight {
        Sight::Whole => card,
        Sight::Glimpse => card.glimpsed(),
    }
}
