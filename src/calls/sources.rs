//! What the log and the journal call the sources of sightings.

use crate::config::{Config, Pbx};
use crate::kernel::PbxId;
use crate::sip::Source;

/// What sort of thing tells us of calls.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// One of our accounts rings along.
    Line,
    /// An extension whose dialogs we follow.
    Watch,
    /// The PBX's mirrored signalling.
    Mirror,
    /// All that tells of a PBX where we have no account, lamps and mirror together.
    Pbx,
    /// The service itself.
    Service,
}

impl SourceKind {
    /// The word before the name in `outages.source`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Watch => "watch",
            Self::Mirror => "mirror",
            Self::Pbx => "pbx",
            Self::Service => "service",
        }
    }

    /// The one with this word.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Line, Self::Watch, Self::Mirror, Self::Pbx, Self::Service];
        all.into_iter().find(|kind| kind.word() == word)
    }
}

/// The name of what a mirror brings.
const MIRROR: &str = "hep";
/// The name of all that tells of a PBX.
const ALL: &str = "all";

/// One source by the names of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceName {
    pub(super) pbx: String,
    pub(super) kind: SourceKind,
    /// The account, the watched extension, `hep`, or `all`.
    pub(super) name: String,
    /// Where it tells nothing calls are not heard: an account, or whatever tells of a PBX where we
    /// have none. Otherwise less is told of them.
    pub(super) deafens: bool,
}

impl SourceName {
    /// The name of a source; `None` where the configuration has no such source.
    pub(super) fn of(config: &Config, source: Source) -> Option<Self> {
        let pbx = config.pbx.get(usize::from(source.pbx().0))?;
        let deafens = match source {
            Source::Member { .. } => true,
            Source::Mirror { .. } => !pbx.is_joined() && !pbx.is_watched(),
            Source::Watch { .. } => !pbx.is_joined() && config.hep.is_none(),
        };
        let (kind, name) = match source {
            Source::Member { account, .. } => {
                (SourceKind::Line, pbx.accounts.get(usize::from(account))?.username.clone())
            }
            Source::Watch { place, .. } => {
                (SourceKind::Watch, pbx.watch.get(usize::from(place))?.as_str().to_owned())
            }
            Source::Mirror { .. } => (SourceKind::Mirror, MIRROR.to_owned()),
        };
        Some(Self { pbx: pbx.name.clone(), kind, name, deafens })
    }

    /// Every source there can be, PBX by PBX, the best-known first.
    pub(super) fn all(config: &Config) -> Vec<Self> {
        let numbered = (0..).map(PbxId).zip(&config.pbx);
        let sources = numbered.flat_map(|(id, pbx)| sources_of(config, id, pbx));
        let single = sources.filter_map(|source| Self::of(config, source));
        // behind those of the same PBX that they are made of
        let together = (0..).map(PbxId).zip(&config.pbx);
        let together = together.filter_map(|(id, _)| Self::of_all(config, id));
        single.chain(together).collect()
    }

    /// All that tells of a PBX together, where lamps and a mirror stand for an account of ours.
    pub(super) fn of_all(config: &Config, pbx: PbxId) -> Option<Self> {
        stand_ins(config, pbx)?;
        let pbx = config.pbx.get(usize::from(pbx.0))?.name.clone();
        Some(Self { pbx, kind: SourceKind::Pbx, name: ALL.to_owned(), deafens: true })
    }

    /// As `outages.source` has it.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.kind.word(), self.name)
    }

    /// As the journal has it.
    pub(super) fn subject(&self) -> String {
        format!("lines/{}/{}", self.pbx, self.name)
    }
}

/// The lamps and the mirror of a PBX where we have no account and that has both; `None` of others.
pub(super) fn stand_ins(config: &Config, id: PbxId) -> Option<Vec<Source>> {
    let pbx = config.pbx.get(usize::from(id.0))?;
    let both = !pbx.is_joined() && pbx.is_watched() && config.hep.is_some();
    both.then(|| sources_of(config, id, pbx))
}

fn sources_of(config: &Config, id: PbxId, pbx: &Pbx) -> Vec<Source> {
    let accounts = if pbx.member { pbx.accounts.len() } else { 0 };
    let members = (0..).take(accounts).map(|account| Source::Member { pbx: id, account });
    let mirror = config.hep.is_some().then_some(Source::Mirror { pbx: id });
    let watched = (0..).take(pbx.watch.len()).map(|place| Source::Watch { pbx: id, place });
    members.chain(mirror).chain(watched).collect()
}
