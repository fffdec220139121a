//! What is known of one extension: bodies go in as they come, what changed comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Document, MAX_DIALOGS, Told};
use crate::kernel::Extension;
use crate::sip::{Dialog, DialogState, PartyId};

/// What one body did to the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is another picture now, or the first of a subscription.
    Changed {
        /// The first.
        fresh: bool,
    },
    /// It tells what is known.
    Same,
    /// It was overtaken by a later one, or is the repeat of one.
    Old,
}

/// The dialogs of one subscription that are not over.
#[derive(Debug)]
pub(crate) struct Picture {
    extension: Extension,
    begun: bool,
    version: Option<u64>,
    /// The PBX was asked to tell everything: whatever its count says, that is the truth then.
    asked: bool,
    lacking: bool,
    dialogs: BTreeMap<Arc<str>, Dialog>,
    /// Dialogs that named the extension itself as its caller.
    selves: BTreeSet<Arc<str>>,
}

impl Picture {
    /// Nothing is known.
    pub(crate) const fn new(extension: Extension) -> Self {
        Self {
            extension,
            begun: false,
            version: None,
            asked: false,
            lacking: false,
            dialogs: BTreeMap::new(),
            selves: BTreeSet::new(),
        }
    }

    /// A new subscription: the next body is its first.
    pub(crate) fn begin(&mut self) {
        *self = Self::new(self.extension.clone());
    }

    /// The subscription is being refreshed: the PBX answers with everything (RFC 6665 §4.2.1.2).
    pub(crate) const fn asked(&mut self) {
        self.asked = true;
    }

    /// A body was missed or never came whole: the PBX is to be asked for everything (RFC 4235 §4.3).
    pub(crate) const fn is_lacking(&self) -> bool {
        self.lacking
    }

    /// The dialogs, by their names.
    pub(crate) fn dialogs(&self) -> impl Iterator<Item = &Dialog> {
        self.dialogs.values()
    }

    /// People talk there, and nothing rings.
    pub(crate) fn is_busy(&self) -> bool {
        let any = |state| self.dialogs().any(|one| one.state == state);
        any(DialogState::Confirmed) && !any(DialogState::Early)
    }

    /// Takes a body in. `later`: its NOTIFY has a higher CSeq than all before in this dialog.
    ///
    /// RFC 4235 §4.3 orders bodies by their version. There are PBXes that begin to count anew, or
    /// never count; then, and only for a full body, CSeq orders them.
    pub(crate) fn take(&mut self, document: &Document, later: bool) -> Taken {
        if self.begun && !self.is_newer(document, later) {
            return Taken::Old;
        }
        let fresh = !self.begun;
        let next = self.version.map(|version| version.saturating_add(1));
        let gap = fresh || (document.version.is_some() && document.version > next);
        self.lacking = !document.full && (self.lacking || gap);
        self.asked &= !document.full;
        self.begun = true;
        self.version = document.version;
        let before = self.dialogs.clone();
        if document.full {
            self.dialogs.clear();
            self.selves.retain(|id| document.dialogs.iter().any(|one| one.id == *id));
        }
        for told in &document.dialogs {
            self.put(told);
        }
        if fresh || self.dialogs != before { Taken::Changed { fresh } } else { Taken::Same }
    }

    fn is_newer(&self, document: &Document, later: bool) -> bool {
        match (self.version, document.version) {
            (Some(known), Some(now)) if now > known => true,
            (Some(known), Some(now)) => {
                later && document.full && (self.asked || now <= 1 || now == known)
            }
            (None, _) | (_, None) => later,
        }
    }

    fn put(&mut self, told: &Told) {
        let Some(mut state) = told.state else {
            self.dialogs.remove(&told.id);
            self.selves.remove(&told.id);
            return;
        };
        let mut remote = told.remote.clone();
        let own = remote.user.as_deref() == Some(self.extension.as_str());
        if state == DialogState::Early && own {
            // chan_sip says so when it has sent the INVITE, before the telephone rings, and names
            // the caller in the next body. If that one has no caller either, it rings by now.
            remote = PartyId::default();
            if self.selves.insert(Arc::clone(&told.id)) {
                state = DialogState::Trying;
            }
        } else {
            self.selves.remove(&told.id);
        }
        let Told { id, call_id, called, held, .. } = told.clone();
        if self.dialogs.len() < MAX_DIALOGS || self.dialogs.contains_key(&id) {
            let dialog = Dialog { id: Arc::clone(&id), call_id, state, called, remote, held };
            self.dialogs.insert(id, dialog);
        }
    }
}
