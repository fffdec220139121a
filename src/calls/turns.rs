//! What a line's change means for the log: an outage begins, or is over.

use std::collections::BTreeMap;

use super::sources::{SourceName, stand_ins};
use super::store::{LineEntry, Turn};
use crate::config::Config;
use crate::kernel::{Moment, PbxId};
use crate::sip::{LineChange, LineState, Source};

/// What was last heard of every line.
#[derive(Debug, Default)]
pub(super) struct Turns {
    lines: BTreeMap<Source, Line>,
    /// PBXes where a mirror and lamps stand for an account of ours: whether all of them are down.
    all_down: BTreeMap<PbxId, bool>,
}

/// What was last heard of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Trying(Moment),
    Up,
    Down(Moment),
}

impl Turns {
    /// The turns that a line's change makes; a refresh or another try makes none. Where a mirror and
    /// lamps are all that tells of a PBX one of them is enough, and it is deaf without any.
    pub(super) fn turn(&mut self, config: &Config, change: &LineChange) -> Vec<LineEntry> {
        let was = self.lines.get(&change.source).copied();
        let (line, turn) = match change.state {
            LineState::Off => {
                self.lines.remove(&change.source);
                return Vec::new();
            }
            LineState::Trying => (was.unwrap_or(Line::Trying(change.at)), None),
            LineState::Registered { .. } | LineState::Hearing => (Line::Up, Some(Turn::Up)),
            LineState::Down { reason, .. } => {
                let since = match was {
                    Some(Line::Trying(since) | Line::Down(since)) => since,
                    Some(Line::Up) | None => change.since,
                };
                (Line::Down(since), Some(Turn::Down { since, reason }))
            }
        };
        self.lines.insert(change.source, line);
        let Some(turn) = turn.filter(|_| was != Some(line)) else { return Vec::new() };
        let at = change.at;
        let entry = |source| LineEntry { source, at, turn };
        let own = SourceName::of(config, change.source).map(entry);
        own.into_iter().chain(self.together(config, change.source.pbx(), at, turn)).collect()
    }

    /// Whether with this turn all that tells of a PBX fell silent, or something tells again.
    fn together(
        &mut self,
        config: &Config,
        pbx: PbxId,
        at: Moment,
        turn: Turn,
    ) -> Option<LineEntry> {
        let sources = stand_ins(config, pbx)?;
        let of = |source: &Source| self.lines.get(source).copied();
        let tells = sources.iter().any(|source| of(source) == Some(Line::Up));
        // a mirror that never came tells as little as one that fell silent
        let down = |source: &Source| match (source, of(source)) {
            (Source::Mirror { .. }, None | Some(Line::Trying(_))) => true,
            (_, state) => matches!(state, Some(Line::Down(_))),
        };
        let all_down = sources.iter().all(down);
        if !(tells || all_down) || self.all_down.insert(pbx, all_down) == Some(all_down) {
            return None;
        }
        // deaf since the last of them gave nothing, in whatever order that was noticed
        let last = sources.iter().filter_map(|source| match of(source) {
            Some(Line::Down(since)) => Some(since),
            Some(Line::Trying(_) | Line::Up) | None => None,
        });
        let turn = match turn {
            Turn::Down { since, reason } => {
                Turn::Down { since: last.fold(since, Moment::max), reason }
            }
            Turn::Up => Turn::Up,
        };
        Some(LineEntry { source: SourceName::of_all(config, pbx)?, at, turn })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sources::SourceKind;
    use super::*;

    const MIRROR: Source = Source::Mirror { pbx: PbxId(0) };
    const FIRST: Source = Source::Watch { pbx: PbxId(0), place: 0 };
    const SECOND: Source = Source::Watch { pbx: PbxId(0), place: 1 };

    fn config(member: bool) -> Config {
        let text = format!(
            "[web]\nlisten = \"127.0.0.1:0\"\n[sip]\nlisten = [\"udp://127.0.0.1:0\"]\n\
             [hep]\nlisten = [\"udp://127.0.0.1:0\"]\n\
             [[pbx]]\nname = \"main\"\naddress = \"sip:127.0.0.1:5070\"\nusername = \"listener\"\n\
             password = \"secret\"\nmember = {member}\nwatch = [\"801\", \"802\"]\n"
        );
        crate::config::parse("story", &text, &[]).unwrap()
    }

    /// What the log is told of these changes: what turned, which way, and whether that made us deaf.
    fn told(config: &Config, changes: &[(i64, Source, bool)]) -> Vec<(i64, String, bool, bool)> {
        let mut turns = Turns::default();
        let told = changes.iter().flat_map(|&(millis, source, up)| {
            let at = Moment::from_millis(millis);
            let state = if up {
                LineState::Registered { until: at.plus_millis(60_000) }
            } else {
                LineState::Down { reason: "silent", status: None }
            };
            let entries = turns.turn(config, &LineChange { at, since: at, source, state });
            entries.into_iter().map(move |entry| {
                let deaf = entry.source.deafens && entry.turn != Turn::Up;
                (millis, entry.source.key(), entry.turn == Turn::Up, deaf)
            })
        });
        told.collect()
    }

    #[test]
    fn where_a_mirror_and_lamps_are_all_there_is_the_house_is_deaf_without_any() {
        let changes = [
            (1, FIRST, true),
            (2, SECOND, true),
            (3, MIRROR, true),
            (4, MIRROR, false),
            (5, FIRST, false),
            (6, SECOND, false),
            (7, MIRROR, true),
            (8, FIRST, true),
        ];
        let told = told(&config(false), &changes);
        let all: Vec<_> = told.iter().filter(|(_, key, ..)| key == "pbx/all").collect();
        let all: Vec<_> = all.iter().map(|(at, _, up, deaf)| (*at, *up, *deaf)).collect();
        assert_eq!(all, [(1, true, false), (6, false, true), (7, true, false)]);
        let one = told.iter().filter(|(_, key, _, deaf)| key != "pbx/all" && *deaf).count();
        assert_eq!(one, 0, "one of several tells less, and deafens nobody: {told:?}");
        assert_eq!(SourceKind::from_word("pbx"), Some(SourceKind::Pbx));
    }

    #[test]
    fn all_of_it_is_deaf_since_the_last_gave_nothing_whichever_was_noticed_last() {
        let config = config(false);
        let mut turns = Turns::default();
        let mut turn = |millis: i64, since: i64, source, up: bool| {
            let (at, since) = (Moment::from_millis(millis), Moment::from_millis(since));
            let down = LineState::Down { reason: "silent", status: None };
            let state = if up { LineState::Hearing } else { down };
            let told = turns.turn(&config, &LineChange { at, since, source, state });
            let since = told.into_iter().filter_map(|entry| match entry.turn {
                Turn::Down { since, .. } => Some((entry.source.key(), since.millis())),
                Turn::Up => None,
            });
            since.collect::<Vec<_>>()
        };
        for source in [FIRST, SECOND, MIRROR] {
            assert_eq!(turn(1, 1, source, true), []);
        }
        turn(60, 60, FIRST, false);
        turn(70, 70, SECOND, false);
        let told = [("mirror/hep".to_owned(), 10), ("pbx/all".to_owned(), 70)];
        assert_eq!(turn(130, 10, MIRROR, false), told);
        assert_eq!(turn(140, 20, MIRROR, false), [], "it is down already");
        // its last packet came after the lamps had gone
        turn(200, 200, MIRROR, true);
        let told = [("mirror/hep".to_owned(), 250), ("pbx/all".to_owned(), 250)];
        assert_eq!(turn(370, 250, MIRROR, false), told);
    }

    #[test]
    fn lamps_are_missed_where_the_mirror_never_came() {
        let changes = [(1, FIRST, true), (2, FIRST, false), (3, SECOND, false)];
        let told = told(&config(false), &changes);
        let deaf: Vec<_> = told.iter().filter(|(.., deaf)| *deaf).collect();
        assert_eq!(deaf, [&(3, "pbx/all".to_owned(), false, true)]);
    }

    #[test]
    fn beside_a_registration_lamps_and_mirror_deafen_nobody() {
        let changes = [(1, FIRST, false), (2, SECOND, false), (3, MIRROR, false)];
        let told = told(&config(true), &changes);
        assert!(told.iter().all(|(_, key, _, deaf)| key != "pbx/all" && !deaf), "{told:?}");
        assert_eq!(told.len(), 3);
    }
}
