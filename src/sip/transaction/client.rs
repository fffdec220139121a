//! One request of ours that is not an INVITE, until it is answered or given up (RFC 3261 §17.1.2).

use super::{Ms, PATIENCE, T1, T2, T4, Way};

/// What a wake-up asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send the same bytes again (timer E).
    Again,
    /// Nobody answered (timer F).
    GiveUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Sent, nothing heard.
    Trying,
    /// A 1xx was heard.
    Proceeding,
    /// A final answer was heard; its repeats are absorbed until timer K.
    Completed,
    /// Over.
    Terminated,
}

/// A non-INVITE client transaction.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    state: State,
    way: Way,
    /// When to send again or, once completed, to forget.
    next: Ms,
    pause: Ms,
    give_up: Ms,
}

impl Client {
    /// The request was just sent for the first time.
    pub(crate) const fn sent(now: Ms, way: Way) -> Self {
        let give_up = now.saturating_add(PATIENCE);
        let next = match way {
            Way::Datagrams => now.saturating_add(T1),
            Way::Stream => give_up,
        };
        Self { state: State::Trying, way, next, pause: T1, give_up }
    }

    /// A response with this status came; true when it is news for whoever asked: the first final
    /// answer. Anything later is a repeat.
    pub(crate) fn answered(&mut self, now: Ms, status: u16) -> bool {
        match self.state {
            State::Trying | State::Proceeding if status < 200 => {
                self.state = State::Proceeding;
                false
            }
            State::Trying | State::Proceeding => {
                (self.state, self.next) = match self.way {
                    // timer K
                    Way::Datagrams => (State::Completed, now.saturating_add(T4)),
                    Way::Stream => (State::Terminated, Ms::MAX),
                };
                true
            }
            State::Completed | State::Terminated => false,
        }
    }

    /// When [`Client::wake`] wants to be called.
    pub(crate) fn next_timer(&self) -> Option<Ms> {
        match self.state {
            State::Trying | State::Proceeding => Some(self.next.min(self.give_up)),
            State::Completed => Some(self.next),
            State::Terminated => None,
        }
    }

    /// Time has passed.
    pub(crate) fn wake(&mut self, now: Ms) -> Option<Step> {
        match self.state {
            State::Trying | State::Proceeding if now >= self.give_up => {
                self.state = State::Terminated;
                Some(Step::GiveUp)
            }
            State::Trying | State::Proceeding if now >= self.next => {
                // timer E doubles up to T2; once a 1xx was heard it is T2
                self.pause = match self.state {
                    State::Trying => self.pause.saturating_mul(2).min(T2),
                    State::Proceeding | State::Completed | State::Terminated => T2,
                };
                self.next = now.saturating_add(self.pause);
                Some(Step::Again)
            }
            State::Completed if now >= self.next => {
                self.state = State::Terminated;
                None
            }
            State::Trying | State::Proceeding | State::Completed | State::Terminated => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeats(client: &mut Client) -> (Vec<Ms>, Ms) {
        let mut at = Vec::new();
        loop {
            let now = client.next_timer().unwrap();
            match client.wake(now).unwrap() {
                Step::Again => at.push(now),
                Step::GiveUp => return (at, now),
            }
        }
    }

    #[test]
    fn a_request_without_an_answer_is_repeated_ten_times_in_32_seconds() {
        let (at, over) = repeats(&mut Client::sent(0, Way::Datagrams));
        let expected = [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500];
        assert_eq!(at, expected);
        assert_eq!(over, 32_000);
    }

    #[test]
    fn a_stream_is_asked_once() {
        assert_eq!(repeats(&mut Client::sent(7, Way::Stream)), (vec![], 32_007));
    }

    #[test]
    fn a_provisional_answer_slows_the_repeats() {
        let mut client = Client::sent(0, Way::Datagrams);
        assert!(!client.answered(100, 100));
        assert_eq!(client.wake(500), Some(Step::Again));
        assert_eq!(client.next_timer(), Some(4_500));
    }

    #[test]
    fn only_the_first_final_answer_is_news() {
        let mut client = Client::sent(0, Way::Datagrams);
        assert!(client.answered(100, 401));
        assert!(!client.answered(200, 401));
        assert!(!client.answered(300, 200));
        assert_eq!(client.next_timer(), Some(5_100));
        assert_eq!(client.wake(5_100), None);
        assert_eq!(client.next_timer(), None);
    }
}
