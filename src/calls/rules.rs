//! What the configuration says about a call: its hotline, its promise, whether it is one at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;

use super::call::Promise;
use super::outcome::Terms;
use crate::calendars::{Calendar, Days};
use crate::config::{Hotline, Pbx};
use crate::kernel::{Extension, Moment, PbxId, Phone};
use crate::sip::{Offer, PartyId, Source};

/// The rules of the house, made from the configuration once.
#[derive(Debug, Clone)]
pub struct Rules {
    hotlines: Vec<Line>,
    spellings: BTreeMap<Box<str>, usize>,
    pbxes: Vec<House>,
}

#[derive(Debug, Clone)]
struct Line {
    terms: Terms,
    /// Without hours in the configuration: open on holidays too.
    round_the_clock: bool,
    calendar: Calendar,
}

/// Somebody outside, as a telephone of the house dialled them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outside {
    /// As it was dialled.
    pub(super) dialled: Box<str>,
    /// Whom that means.
    pub(super) phone: Option<Phone>,
}

/// What is known of one PBX.
#[derive(Debug, Clone)]
struct House {
    name: String,
    own: BTreeSet<Box<str>>,
    positions: BTreeSet<Extension>,
    watch: Vec<Extension>,
    /// Where each stands in that list.
    places: BTreeMap<Extension, u16>,
    /// What of it stands for a hotline.
    groups: Vec<(Extension, usize)>,
    member: bool,
    services: bool,
    hotline_of_account: Vec<Option<usize>>,
}

impl Rules {
    /// Makes the rules. `hotlines` and `pbxes` in the order of the configuration; opening hours
    /// are local times of `zone`.
    pub fn new(hotlines: &[Hotline], pbxes: &[Pbx], zone: Tz) -> Self {
        let mut spellings = BTreeMap::new();
        let written = |hotline: &Hotline| {
            std::iter::once(&hotline.number).chain(&hotline.aliases).cloned().collect::<Vec<_>>()
        };
        // as written before as meant, so that no spelling of one line hides another line
        for (place, hotline) in hotlines.iter().enumerate() {
            for text in written(hotline) {
                spellings.entry(text.into_boxed_str()).or_insert(place);
            }
        }
        for (place, hotline) in hotlines.iter().enumerate() {
            for text in written(hotline) {
                if let Some(bare) = bare(&text) {
                    spellings.entry(bare.into_boxed_str()).or_insert(place);
                }
            }
        }
        let mut rules = Self {
            hotlines: hotlines.iter().map(|hotline| Line::of(hotline, zone)).collect(),
            spellings,
            pbxes: Vec::new(),
        };
        rules.pbxes = pbxes.iter().map(|pbx| House::of(pbx, &rules)).collect();
        rules
    }

    /// The hotline that a dialled number means, in any of its spellings: as written, with or
    /// without the country (`+86`, `0086`, `86`), the trunk zero, separators.
    pub fn hotline(&self, dialled: &str) -> Option<usize> {
        let dialled = dialled.trim();
        self.spellings
            .get(dialled)
            .or_else(|| bare(dialled).and_then(|bare| self.spellings.get(bare.as_str())))
            .copied()
    }

    /// The hotline an INVITE is for: the first known number it names, else what the account rings
    /// for.
    pub fn hotline_of(&self, source: Source, offer: &Offer) -> Option<usize> {
        let named = offer.dialled.iter().find_map(|dialled| self.hotline(dialled));
        named.or_else(|| self.hotline_of_account(source))
    }

    /// The hotline an account rings for when the INVITE does not say.
    pub fn hotline_of_account(&self, source: Source) -> Option<usize> {
        let Source::Member { pbx, account } = source else { return None };
        let house = self.house(pbx)?;
        house.hotline_of_account.get(usize::from(account)).copied().flatten()
    }

    /// The hotline for which a PBX rings, where nothing but its lamps says that it does: the only one
    /// of the house, or the only one of all its accounts where every hotline has an account.
    pub(super) fn only_hotline(&self, pbx: PbxId) -> Option<usize> {
        if self.hotlines.len() == 1 {
            return Some(0);
        }
        let tied = |hotline: usize| {
            let has = |house: &House| house.hotline_of_account.contains(&Some(hotline));
            self.pbxes.iter().any(has)
        };
        let accounts = &self.house(pbx)?.hotline_of_account;
        let first = (*accounts.first()?)?;
        let same = accounts.iter().all(|one| *one == Some(first));
        (same && (0..self.hotlines.len()).all(tied)).then_some(first)
    }

    /// Whether the caller is one of the PBX's own telephones, so that the call is internal.
    pub fn is_own(&self, pbx: PbxId, caller: &PartyId) -> bool {
        let user = caller.user.as_deref().filter(|_| !caller.withheld);
        user.zip(self.house(pbx)).is_some_and(|(user, house)| house.own.contains(user))
    }

    /// Whom a telephone of the house calls outside; `None` where that is inside, a hotline, or a key
    /// of the PBX. Numbers without their area code have no [`Outside::phone`]: an eight-digit one may
    /// be anybody's.
    pub(super) fn outside(&self, pbx: PbxId, dialled: &str) -> Option<Outside> {
        let dialled = dialled.trim();
        let own = self.house(pbx).is_some_and(|house| house.own.contains(dialled));
        if own || self.hotline(dialled).is_some() {
            return None;
        }
        // 9 or 0 for a line is dialled before the number in many a house
        let for_a_line = || dialled.strip_prefix(['9', '0']).and_then(Phone::read);
        let phone = Phone::read(dialled).or_else(for_a_line);
        let outside = phone.is_some() || bare(dialled).is_some_and(|bare| is_service(&bare));
        outside.then(|| Outside { dialled: dialled.into(), phone })
    }

    /// Whether an extension counts as one of the operators' telephones.
    pub(super) fn is_position(&self, pbx: PbxId, extension: &Extension) -> bool {
        self.house(pbx).is_some_and(|house| house.positions.contains(extension))
    }

    /// Whether we ring along at a PBX.
    pub(super) fn is_member(&self, pbx: PbxId) -> bool {
        self.house(pbx).is_some_and(|house| house.member)
    }

    /// Whether calls of a PBX are sent to services that the configuration names.
    pub(super) fn has_services(&self, pbx: PbxId) -> bool {
        self.house(pbx).is_some_and(|house| house.services)
    }

    /// The extension of a place in the list of those that are watched.
    pub(super) fn watched(&self, pbx: PbxId, place: u16) -> Option<&Extension> {
        self.house(pbx)?.watch.get(usize::from(place))
    }

    /// The place of an extension in that list.
    pub(super) fn place_of(&self, pbx: PbxId, extension: &Extension) -> Option<u16> {
        self.house(pbx)?.places.get(extension).copied()
    }

    /// The watched groups and queues of a PBX that stand for hotlines.
    pub(super) fn groups(&self, pbx: PbxId) -> impl Iterator<Item = (&Extension, usize)> {
        self.house(pbx).into_iter().flat_map(|house| &house.groups).map(|(group, of)| (group, *of))
    }

    /// Whether every position is watched by a subscription that is up; not where there is none.
    pub(super) fn positions_watched(&self, pbx: PbxId, up: impl Fn(u16) -> bool) -> bool {
        let Some(house) = self.house(pbx) else { return false };
        let is_watched =
            |position: &Extension| house.places.get(position).is_some_and(|&place| up(place));
        !house.positions.is_empty() && house.positions.iter().all(is_watched)
    }

    /// How much a watched extension counts as a telephone that may have answered: a position
    /// before another one, a group or a queue not at all.
    pub(super) fn weight(&self, pbx: PbxId, extension: &Extension) -> Option<u8> {
        if self.is_position(pbx, extension) {
            return Some(2);
        }
        self.hotline(extension.as_str()).is_none().then_some(1)
    }

    /// Holidays and extra working days as they are from now on; they count for every hotline that
    /// has hours.
    pub fn observe(&mut self, days: &Arc<Days>) {
        for line in &mut self.hotlines {
            line.observe(days);
        }
    }

    /// Whether the hotline is open. The first hotline's hours count where the source cannot say.
    pub fn is_open(&self, hotline: Option<usize>, at: Moment) -> bool {
        self.line(hotline).is_none_or(|line| line.calendar.is_open(at))
    }

    /// The PBX's name; empty for one that is no longer configured.
    pub fn pbx_name(&self, pbx: PbxId) -> &str {
        self.house(pbx).map_or("", |house| &house.name)
    }

    /// What calls of a hotline are measured by.
    pub(super) fn terms(&self, hotline: Option<usize>) -> Terms {
        let china =
            || Promise { cycle_ms: 5000, target_rings: 3, target_ms: 15_000, colleague_rings: 2 };
        self.line(hotline).map_or_else(
            || Terms { promise: china(), short_abandon_rings: 1, round_gap_ms: 2000 },
            |line| line.terms,
        )
    }

    /// The rules of a hotline: of the first one where the source cannot say.
    fn line(&self, hotline: Option<usize>) -> Option<&Line> {
        self.hotlines.get(hotline.unwrap_or(0)).or_else(|| self.hotlines.first())
    }

    fn house(&self, pbx: PbxId) -> Option<&House> {
        self.pbxes.get(usize::from(pbx.0))
    }
}

impl Line {
    fn of(hotline: &Hotline, zone: Tz) -> Self {
        let terms = Terms {
            promise: Promise::of(hotline),
            short_abandon_rings: hotline.short_abandon_rings,
            round_gap_ms: hotline.round_gap_ms.max(0),
        };
        let calendar = Calendar::of_hours(zone, &hotline.hours, Days::new());
        Self { terms, round_the_clock: hotline.hours.is_empty(), calendar }
    }

    fn observe(&mut self, days: &Arc<Days>) {
        if !self.round_the_clock {
            self.calendar = self.calendar.clone().with_days(Arc::clone(days));
        }
    }
}

impl House {
    fn of(pbx: &Pbx, rules: &Rules) -> Self {
        let phones = pbx.positions.iter().chain(&pbx.watch).map(Extension::as_str);
        let own = phones.chain(pbx.accounts.iter().map(|account| account.username.as_str()));
        let rings_for = |number: &Option<String>| rules.hotline(number.as_deref()?);
        Self {
            name: pbx.name.clone(),
            own: own.map(Into::into).collect(),
            positions: pbx.positions.iter().cloned().collect(),
            groups: pbx
                .watch
                .iter()
                .filter_map(|one| Some((one.clone(), rules.hotline(one.as_str())?)))
                .collect(),
            places: pbx
                .watch
                .iter()
                .enumerate()
                .rev()
                .filter_map(|(place, one)| Some((one.clone(), u16::try_from(place).ok()?)))
                .collect(),
            watch: pbx.watch.clone(),
            member: pbx.is_joined(),
            services: !pbx.services.is_empty(),
            hotline_of_account: pbx.accounts.iter().map(|own| rings_for(&own.hotline)).collect(),
        }
    }
}

/// Whether digits that are no whole number are outside all the same: a local number without its
/// area code, 110 and its like, 10086, 12345, 95588, 96xxx. Shorter ones may be extensions.
fn is_service(bare: &str) -> bool {
    match bare.len() {
        3 => ["110", "119", "120", "122"].contains(&bare),
        4 => false,
        5 | 6 => ["10", "11", "12", "95", "96"].iter().any(|begin| bare.starts_with(begin)),
        _ => true,
    }
}

/// A hotline's place, as small as a live call keeps it.
pub(super) fn place(hotline: Option<usize>) -> Option<u16> {
    hotline.and_then(|place| u16::try_from(place).ok())
}

/// The comparable part of a number: digits without country, trunk zero and separators. `None`
/// when it is no number.
fn bare(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' | ' ' | '-' | '(' | ')' | '.' | '/' => {}
            _ => return None,
        }
    }
    // an 86 at the front is the country only where a whole number follows
    let inland = ["0086", "86"]
        .into_iter()
        .find_map(|prefix| digits.strip_prefix(prefix).filter(|rest| rest.len() >= 9));
    let bare = inland.unwrap_or(&digits).trim_start_matches('0');
    (!bare.is_empty()).then(|| bare.to_owned())
}
