//! What becomes of a ticket when something is done to it.

use super::{Act, Orders, REOPEN_WITHIN_MS, Refusal, SolvedHow, State, Tick, Ticket, WaitingFor};
use crate::kernel::Moment;
use crate::tickets::clock::Metric;

impl Ticket {
    /// The state a waiting ticket returns to.
    pub fn before_waiting(&self) -> Option<State> {
        self.waiting_from.as_deref().and_then(|name| name.parse().ok())
    }

    /// For whom it waits.
    pub fn waits_for(&self) -> Option<WaitingFor> {
        self.waiting_for.as_deref().and_then(|name| name.parse().ok())
    }

    /// Does it, or says why not; gives what it means for the clocks, in order.
    pub fn act(&mut self, act: &Act, now: Moment, orders: Orders) -> Result<Vec<Tick>, Refusal> {
        match act {
            Act::Accept(owner) => {
                self.must_be(&[State::New, State::Reopened])?;
                self.state = State::Accepted;
                self.owner = Some(*owner);
                self.accepted_at = self.accepted_at.or(Some(now));
                Ok(vec![Tick::Stop(Metric::Respond)])
            }
            Act::ResolveByPhone { solution, cause } => {
                self.must_be(&[State::Accepted])?;
                self.resolve(SolvedHow::Phone, solution, cause, now)
            }
            Act::Dispatch => {
                self.must_be(&[State::Accepted])?;
                if self.plan.trim().is_empty() {
                    return Err(Refusal::NoPlan);
                }
                if self.promised_at.is_none() {
                    return Err(Refusal::NoPromise);
                }
                if orders.issued == 0 {
                    return Err(Refusal::NoOrder);
                }
                self.state = State::Dispatched;
                Ok(vec![])
            }
            Act::Begin => {
                self.must_be(&[State::Dispatched])?;
                self.state = State::InProgress;
                Ok(vec![])
            }
            Act::Unsend => self.unsend(orders),
            Act::ResolveOnSite { solution, cause } => {
                self.must_be(&[State::InProgress])?;
                if orders.open > 0 {
                    return Err(Refusal::OrdersOpen);
                }
                self.resolve(SolvedHow::Site, solution, cause, now)
            }
            Act::Wait { why, until } => self.wait(*why, *until, now),
            Act::Return => {
                self.must_be(&[State::Waiting])?;
                let before = self.before_waiting().ok_or(Refusal::NoSuchMove(self.state))?;
                let paused = self.waits_for().is_some_and(WaitingFor::pauses);
                self.leave_waiting(before);
                Ok(if paused { vec![Tick::Resume(Metric::Resolve)] } else { vec![] })
            }
            Act::Close(satisfaction) => {
                self.must_be(&[State::Resolved])?;
                if satisfaction.is_some_and(|word| !(1..=5).contains(&word)) {
                    return Err(Refusal::Satisfaction);
                }
                self.state = State::Closed;
                self.closed_at = Some(now);
                self.satisfaction = *satisfaction;
                Ok(vec![])
            }
            Act::Reopen => self.reopen(now),
            Act::DuplicateOf(other) => {
                if *other == self.id {
                    return Err(Refusal::Itself);
                }
                let ticks = self.drop_as(State::Duplicate)?;
                self.duplicate_of = Some(*other);
                Ok(ticks)
            }
            Act::Cancel(reason) => {
                if reason.trim().is_empty() {
                    return Err(Refusal::NoReason);
                }
                let ticks = self.drop_as(State::Cancelled)?;
                self.reason.clone_from(reason);
                Ok(ticks)
            }
        }
    }

    /// Without an order that was issued nothing is dispatched: both ways out are open again.
    fn unsend(&mut self, orders: Orders) -> Result<Vec<Tick>, Refusal> {
        if orders.issued > 0 {
            return Err(Refusal::OrdersOpen);
        }
        match (self.state, self.before_waiting()) {
            (State::Dispatched, _) => self.state = State::Accepted,
            (State::Waiting, Some(State::Dispatched)) => {
                self.waiting_from = Some(State::Accepted.name().to_owned());
            }
            (state, _) => return Err(Refusal::NoSuchMove(state)),
        }
        Ok(vec![])
    }

    fn must_be(&self, states: &[State]) -> Result<(), Refusal> {
        if states.contains(&self.state) { Ok(()) } else { Err(Refusal::NoSuchMove(self.state)) }
    }

    fn resolve(
        &mut self,
        how: SolvedHow,
        solution: &str,
        cause: &str,
        now: Moment,
    ) -> Result<Vec<Tick>, Refusal> {
        if solution.trim().is_empty() {
            return Err(Refusal::NoSolution);
        }
        self.state = State::Resolved;
        solution.trim().clone_into(&mut self.solution);
        cause.trim().clone_into(&mut self.cause);
        self.solved_how = Some(how.name().to_owned());
        self.resolved_at = Some(now);
        Ok(vec![Tick::Stop(Metric::Arrive), Tick::Stop(Metric::Resolve)])
    }

    fn wait(&mut self, why: WaitingFor, until: Moment, now: Moment) -> Result<Vec<Tick>, Refusal> {
        self.must_be(&[
            State::New,
            State::Accepted,
            State::Dispatched,
            State::InProgress,
            State::Reopened,
        ])?;
        if until <= now {
            return Err(Refusal::UntilPast);
        }
        self.waiting_from = Some(self.state.name().to_owned());
        self.waiting_for = Some(why.name().to_owned());
        self.waiting_until = Some(until);
        self.state = State::Waiting;
        Ok(if why.pauses() { vec![Tick::Pause(Metric::Resolve)] } else { vec![] })
    }

    fn leave_waiting(&mut self, to: State) {
        self.state = to;
        self.waiting_for = None;
        self.waiting_until = None;
        self.waiting_from = None;
    }

    fn reopen(&mut self, now: Moment) -> Result<Vec<Tick>, Refusal> {
        self.must_be(&[State::Resolved, State::Closed])?;
        let solved = self.resolved_at.unwrap_or(now);
        if now.millis_since(solved) > REOPEN_WITHIN_MS {
            return Err(Refusal::TooLate);
        }
        self.state = State::Reopened;
        self.reopened += 1;
        self.resolved_at = None;
        self.closed_at = None;
        self.satisfaction = None;
        Ok([Metric::Respond, Metric::Arrive, Metric::Resolve].map(Tick::Start).to_vec())
    }

    fn drop_as(&mut self, to: State) -> Result<Vec<Tick>, Refusal> {
        if matches!(self.state, State::Duplicate | State::Cancelled) {
            return Err(Refusal::NoSuchMove(self.state));
        }
        self.leave_waiting(to);
        Ok([Metric::Respond, Metric::Arrive, Metric::Resolve].map(Tick::Stop).to_vec())
    }
}
