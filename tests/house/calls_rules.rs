//! The rules of a site, and the limits of its call book.

use switchboard::calls::{Book, Counts, Event, Limits};
use switchboard::kernel::{Moment, PbxId};
use switchboard::sip::{LegKey, Offer, PartyId, Source, What, Withdrawal};

use super::book_kit::{LISTENER, hotline, hours, rules, sighting};

#[test]
fn a_hotline_is_known_in_any_spelling() {
    let mut first = hotline("4008001234");
    first.aliases = ["700", "025-58001234"].map(str::to_owned).to_vec();
    let second = hotline("+86 21 6000 1235");
    let rules = rules(&[first, second]);
    for dialled in [
        "4008001234",
        "400-800-1234",
        "+864008001234",
        "864008001234",
        "00864008001234",
        "04008001234",
        "700",
        "02558001234",
        "2558001234",
        "+862558001234",
        " 4008001234 ",
    ] {
        assert_eq!(rules.hotline(dialled), Some(0), "{dialled:?}");
    }
    for dialled in ["02160001235", "+862160001235", "862160001235", "2160001235"] {
        assert_eq!(rules.hotline(dialled), Some(1), "{dialled:?}");
    }
    for dialled in ["", "+", "0", "4008001235", "listener", "70", "7000", "86700"] {
        assert_eq!(rules.hotline(dialled), None, "{dialled:?}");
    }
}

#[test]
fn a_spelling_that_is_written_is_not_taken_by_one_that_is_meant() {
    let mut group = hotline("0700");
    group.aliases = vec!["4008001234".to_owned()];
    let rules = rules(&[group, hotline("700")]);
    assert_eq!(rules.hotline("0700"), Some(0));
    assert_eq!(rules.hotline("700"), Some(1));
}

#[test]
fn the_invite_names_the_hotline_before_the_account_does() {
    let rules = rules(&[hotline("4008001234"), hotline("4008001235")]);
    let of = |dialled: &[&str]| {
        let dialled = dialled.iter().map(|&text| text.to_owned()).collect();
        rules.hotline_of(LISTENER, &Offer { dialled, ..Offer::default() })
    };
    assert_eq!(of(&["listener", "4008001235", "4008001234"]), Some(1));
    assert_eq!(of(&["listener"]), Some(0), "what the account rings for");
    let stranger = Source::Member { pbx: PbxId(7), account: 0 };
    assert_eq!(rules.hotline_of(stranger, &Offer::default()), None);
}

#[test]
fn our_own_telephones_are_no_callers() {
    let rules = rules(&[hotline("4008001234")]);
    let is_own = |user: &str| {
        rules.is_own(PbxId(0), &PartyId { user: Some(user.to_owned()), ..PartyId::default() })
    };
    for own in ["801", "804", "listener"] {
        assert!(is_own(own), "{own}");
    }
    for caller in ["805", "13800000801", ""] {
        assert!(!is_own(caller), "{caller}");
    }
    let withheld = PartyId { user: Some("801".to_owned()), withheld: true, display: None };
    assert!(!rules.is_own(PbxId(0), &withheld));
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_began() {
    let mut line = hotline("4008001234");
    line.hours = vec![hours("Fri 20:00-06:00"), hours("Mon-Thu 09:00-18:00")];
    let rules = rules(&[line]);
    let open = |at: &str| rules.is_open(Some(0), Moment::parse_rfc3339(at).unwrap());
    // 2026-11-27 is a Friday
    assert!(!open("2026-11-27T19:59:59.999+08:00"));
    assert!(open("2026-11-27T20:00:00+08:00"));
    assert!(open("2026-11-28T05:59:59.999+08:00"));
    assert!(!open("2026-11-28T06:00:00+08:00"));
    assert!(!open("2026-11-27T05:00:00+08:00"), "the night before Friday is Thursday's");
    assert!(open("2026-11-26T17:59:59.999+08:00"));
    assert!(!open("2026-11-26T18:00:00+08:00"));
    // where the source cannot say, the first hotline's hours count
    assert!(!rules.is_open(None, Moment::parse_rfc3339("2026-11-29T12:00:00+08:00").unwrap()));
}

#[test]
fn a_full_book_refuses_and_counts_what_does_not_fit() {
    let mut house = House::new(Limits { calls: 2, legs_over: 3 });
    for name in ["a", "b", "c"] {
        house.offered(name);
    }
    assert_eq!(house.book.live(), 2);
    assert_eq!(house.book.counts(), Counts { full: 1, ..Counts::default() });
    assert_eq!(house.book.key_of_leg(&leg("c")), None);

    // the end of what was refused is none of a call; with one call over there is room again
    assert_eq!(house.cancelled("c"), 0);
    assert_eq!(house.cancelled("a"), 1);
    house.offered("d");
    assert_eq!(house.book.live(), 2);
    assert!(house.book.key_of_leg(&leg("d")).is_some());
}

#[test]
fn the_oldest_ended_legs_are_forgotten_first_and_counted() {
    let mut house = House::new(Limits { calls: 100, legs_over: 3 });
    for name in ["a", "b", "c", "d", "e"] {
        house.offered(name);
        house.cancelled(name);
    }
    house.book.wake(house.now);
    assert_eq!(house.book.counts().forgotten, 2);
    assert_eq!(house.book.key_of_leg(&leg("b")), None);
    assert!(house.book.key_of_leg(&leg("c")).is_some(), "messages after the end still find it");
    house.book.wake(house.now.plus_millis(Book::REMEMBERED_MS));
    assert_eq!(house.book.key_of_leg(&leg("e")), None);
    assert_eq!(house.book.counts().forgotten, 2, "the others had had their time");
}

#[test]
fn names_that_no_index_can_hold_are_not_followed() {
    let mut house = House::new(Limits::default());
    house.offered(&"x".repeat(5000));
    assert_eq!(house.book.live(), 0);
    assert_eq!(house.book.counts(), Counts { too_long: 1, ..Counts::default() });
}

#[test]
fn a_call_with_very_many_legs_keeps_the_newest() {
    let mut house = House::new(Limits::default());
    let many = 200;
    for round in 0..many {
        let leg = LegKey { call_id: "one call".into(), branch: format!("{round}").into() };
        let offer = What::Offered(Box::default());
        house.book.see(sighting(house.now, &leg, offer));
        if round + 1 < many {
            let round_over = Withdrawal { q850: Some(0), ..Withdrawal::default() };
            house.book.see(sighting(house.now, &leg, What::Withdrawn(round_over)));
        }
    }
    assert_eq!(house.book.live(), 1);
    let last = std::iter::from_fn(|| house.book.poll()).last().unwrap();
    assert_eq!(last.what, Event::RoundBegan);
    assert_eq!(last.record.legs.len(), 64);
    assert_eq!(&*last.record.legs[63].key.branch, "199");
}

struct House {
    book: Book,
    now: Moment,
}

impl House {
    fn new(limits: Limits) -> Self {
        let opened_at = Moment::from_millis(1_795_443_529_000);
        let book = Book::with_limits(rules(&[hotline("4008001234")]), opened_at, limits);
        Self { book, now: opened_at.plus_millis(3_600_000) }
    }

    fn offered(&mut self, name: &str) {
        self.book.see(sighting(self.now, &leg(name), What::Offered(Box::default())));
        while self.book.poll().is_some() {}
    }

    /// How many happenings that was.
    fn cancelled(&mut self, name: &str) -> usize {
        let cancel = What::Withdrawn(Withdrawal::default());
        self.book.see(sighting(self.now, &leg(name), cancel));
        std::iter::from_fn(|| self.book.poll()).count()
    }
}

fn leg(name: &str) -> LegKey {
    LegKey { call_id: name.into(), branch: "1".into() }
}
