//! What other rooms know of a caller: open faults, coming bookings, warnings. A room above implements
//! [`KnowsCaller`], the app hands it in, and the card of a call shows it.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use serde::Serialize;

use super::call::{Call, Links};
use super::particulars::Kind;
use crate::db::{self, Db};
use crate::kernel::{CallId, ContactId, Phone};
use crate::web::{OnDuty, Want};

/// Who is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallerKey {
    /// Every number this caller is known by, in E.164, the one they call from first; empty when
    /// withheld.
    pub numbers: Vec<String>,
    /// The customer's card, where the number belongs to one.
    pub contact: Option<ContactId>,
    /// The company of that card.
    pub company: Option<ContactId>,
}

/// A room that knows something of callers. Asked each time a card is drawn, so the answer must come
/// by index in a few milliseconds.
pub trait KnowsCaller: Send + Sync + 'static {
    /// What this reader may see of it, in their language; nothing where there is nothing to say.
    fn about<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        caller: &'a CallerKey,
    ) -> BoxFuture<'a, db::Result<Vec<Section>>>;

    /// Who is to be called about one of this room's records (`bookings/B261123-014`); `None` where it
    /// is none of its records, or nobody can be called.
    fn whom<'a>(
        &'a self,
        _db: &'a Db,
        _subject: &'a str,
    ) -> BoxFuture<'a, db::Result<Option<Whom>>> {
        Box::pin(async { Ok(None) })
    }
}

/// A room that has a record of a call itself, with a page of its own.
pub trait KnowsCall: Send + Sync + 'static {
    /// The way to it from the call's page, for this reader; nothing where there is none.
    fn beside<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        call: &'a Call,
    ) -> BoxFuture<'a, db::Result<Option<Beside>>>;

    /// What grew out of these calls in this room, by call; nothing where nothing did.
    fn grown<'a>(
        &'a self,
        _db: &'a Db,
        _calls: &'a [CallId],
    ) -> BoxFuture<'a, db::Result<BTreeMap<CallId, Links>>> {
        Box::pin(async { Ok(BTreeMap::new()) })
    }

    /// Whether this room has made of a call what its record says it is about, or can make nothing of it here.
    fn has_made<'a>(
        &'a self,
        _db: &'a Db,
        _call: CallId,
        _kind: Kind,
    ) -> BoxFuture<'a, db::Result<bool>> {
        Box::pin(async { Ok(false) })
    }
}

/// A button of a call's page that leads to another room. Every text is in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The icon: a name after `i-` in the sprite.
    pub icon: &'static str,
    /// Its words.
    pub label: String,
    /// What the record says in a word.
    pub tag: Option<Tag>,
    /// What it does.
    pub way: Way,
}

/// What a button of a call's page does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Opens this page.
    See(String),
    /// Makes the record (POST) and opens it.
    Make(String),
}

/// Somebody who can be called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whom {
    /// The number, in E.164 where it is one.
    pub number: String,
    /// The name, where the record has one.
    pub name: String,
}

impl Whom {
    /// Whether this number, which may be none yet, is theirs.
    pub(in crate::calls) fn has(&self, number: &str) -> bool {
        let asked = Phone::read(number);
        number.is_empty() || (asked.is_some() && asked == Phone::read(&self.number))
    }
}

/// One heading of the card with its lines. Every text is in the reader's language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Section {
    /// For programs: `faults`, `bookings`, …
    pub kind: &'static str,
    /// The heading: 未结报障.
    pub title: String,
    /// The icon beside it: a name after `i-` in the sprite.
    #[serde(skip)]
    pub icon: &'static str,
    /// How many there are; may be more than the lines.
    pub count: usize,
    /// The tint of the figure on the card: `c1` calm, `c2` amber, `c3` orange, `c4` red, or nothing.
    #[serde(skip)]
    pub tint: &'static str,
    /// The few words beside the name of a ringing call: 今晚 305 梅园. `None` says the heading and
    /// the count.
    pub hint: Option<String>,
    /// Where all of them are.
    pub all: Option<Link>,
    /// The most urgent first; three or four are enough.
    pub lines: Vec<SectionLine>,
    /// What the operator must know before speaking; shown above everything.
    pub warnings: Vec<String>,
}

/// A way to another page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where.
    pub href: String,
    /// Its words: 全部 11 单.
    pub label: String,
}

/// One line under a heading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SectionLine {
    /// What it is called: `F26-0312`, `11/25 周三`.
    pub id: String,
    /// Its page.
    pub href: Option<String>,
    /// What it is, in bold.
    pub text: String,
    /// More of it, in grey.
    pub aside: Option<String>,
    /// Its state.
    pub tag: Option<Tag>,
    /// Who and how long: 刘洋 剩 1:48.
    pub meta: Option<String>,
    /// The tint of `meta`, as [`Section::tint`].
    #[serde(skip)]
    pub meta_tint: &'static str,
}

/// A state in a word and a tint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// The word.
    pub text: String,
    /// `t1` green, `t2` amber, `t3` orange, `t4` red, `ti` blue, `tv` violet, or nothing.
    #[serde(skip)]
    pub tint: &'static str,
}
