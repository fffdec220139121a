//! What the sources show of a telephone: whether the PBX has it, when it rang.

use crate::kernel::Moment;
use crate::shifts::devices::{Rang, Registered};
use crate::web::Sources;

/// Whether the PBX has this telephone. What a mirror said counts against it only while the mirror is heard: what it
/// does not bring, it does not deny.
pub(super) fn registered(sources: &Sources, extension: &str, now: Moment) -> Registered {
    let heard = |pbx: &str| sources.mirrored.iter().any(|line| line.pbx == pbx && line.up);
    let told = sources.telephones.iter().filter(|one| one.extension == extension);
    let mut found = Registered::Unknown;
    for one in told.filter(|one| one.told_at.is_some()) {
        if one.until.is_some_and(|until| until > now) {
            return Registered::Yes;
        }
        if heard(&one.pbx) {
            found = Registered::No;
        }
    }
    found
}

/// How the trial call went that began after a moment, as far as it is seen.
pub(super) fn rang(sources: &Sources, extension: &str, since: Moment) -> (Rang, Option<Moment>) {
    let mirrored = sources.telephones.iter().map(|one| (&one.extension, one.rang_at));
    let watched = sources.watches.iter().map(|one| (&one.extension, one.rang_at));
    let own = mirrored.chain(watched).filter(|(one, _)| *one == extension);
    let at = own.filter_map(|(_, at)| at).filter(|at| *at >= since).max();
    (if at.is_some() { Rang::Seen } else { Rang::Open }, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::{HeardBy, LineView, TelephoneView};

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1_000)
    }

    fn sources(until: Option<i64>, up: bool) -> Sources {
        let telephone = TelephoneView {
            pbx: "main".into(),
            extension: "801".into(),
            told_at: Some(at(0)),
            until: until.map(at),
            rang_at: Some(at(50)),
        };
        let mirror = LineView {
            pbx: "main".into(),
            by: HeardBy::Mirror,
            account: "HEP".into(),
            up,
            since: Some(at(0)),
            reason: None,
            status: None,
            last_heard_at: None,
        };
        let mirrored = vec![mirror];
        Sources { telephones: [telephone].into(), mirrored, ..Sources::default() }
    }

    #[test]
    fn a_telephone_is_registered_or_not_only_where_something_shows_it() {
        assert_eq!(registered(&sources(Some(60), true), "801", at(30)), Registered::Yes);
        assert_eq!(registered(&sources(Some(60), false), "801", at(30)), Registered::Yes);
        assert_eq!(registered(&sources(Some(60), true), "801", at(61)), Registered::No);
        assert_eq!(registered(&sources(None, true), "801", at(30)), Registered::No);
        assert_eq!(registered(&sources(Some(60), false), "801", at(61)), Registered::Unknown);
        assert_eq!(registered(&sources(None, true), "802", at(30)), Registered::Unknown);
    }

    #[test]
    fn a_ring_counts_that_was_seen_after_the_check_began() {
        assert_eq!(rang(&sources(None, true), "801", at(40)), (Rang::Seen, Some(at(50))));
        assert_eq!(rang(&sources(None, true), "801", at(51)), (Rang::Open, None));
        assert_eq!(rang(&sources(None, true), "802", at(40)), (Rang::Open, None));
    }
}
