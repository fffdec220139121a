//! Sheets as other rooms show them: the way from a call's page, and what a sheet is called.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::super::sheet::{Item, Mark};
use super::super::store::{self, Sheet};
use super::{scores, sees};
use crate::calls::{Beside, Call, Excluded, KnowsCall, State, Tag, Way};
use crate::db;
use crate::kernel::SheetId;
use crate::web::{KnowsSubjects, Named, OnDuty, Want, id_in};

/// The icon of the room.
const ICON: &str = "checks";

/// The way from a call's page to its sheet.
pub struct OnCallPage;

impl KnowsCall for OnCallPage {
    fn beside<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        call: &'a Call,
    ) -> BoxFuture<'a, db::Result<Option<Beside>>> {
        async move {
            let l = want.messages();
            if let Some(sheet) = store::of_call(&want.kit.db, call.id).await? {
                return Ok(sees(reader, &sheet).then(|| Beside {
                    icon: ICON,
                    label: l.quality_title().to_string(),
                    tag: Some(tag(&sheet, &l)),
                    way: Way::See(format!("/quality/{}", sheet.id)),
                }));
            }
            // whose telephone answered; where that was not seen, whoever said "I take it"
            let answered = call.answered_by.as_ref().and_then(|by| by.staff.as_ref());
            let operator = answered.or(call.taken_by.as_ref());
            let over = call.state == State::Ended && call.answered_at.is_some();
            let fits = over && call.excluded != Some(Excluded::Test);
            let offered = operator.is_some_and(|operator| fits && scores(reader, operator));
            Ok(offered.then(|| Beside {
                icon: ICON,
                label: l.quality_title().to_string(),
                tag: None,
                way: Way::Make(format!("/calls/{}/quality", call.id)),
            }))
        }
        .boxed()
    }
}

/// How many of the five were met, or that nobody scored it yet.
fn tag(sheet: &Sheet, l: &crate::words::Messages) -> Tag {
    match &sheet.scores {
        None => Tag { text: l.quality_open().to_string(), tint: "t2" },
        Some(scores) => {
            let tint = if scores.count(Mark::NotMet) == 0 { "t1" } else { "t4" };
            Tag { text: format!("{}/{}", scores.count(Mark::Met), Item::ALL.len()), tint }
        }
    }
}

struct Names;

/// What sheets are called, for those who may read them.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["quality"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        async move {
            let mut named = BTreeMap::new();
            for subject in subjects {
                let Some(id) = id_in::<SheetId>(subject, "quality") else { continue };
                match store::one(&want.kit.db, id).await {
                    Ok((sheet, _)) if sees(reader, &sheet) => {
                        let whose = sheet.operator.name.as_str();
                        let text = want.messages().quality_one_of(whose).to_string();
                        let href = Some(format!("/quality/{id}"));
                        named.insert((*subject).to_owned(), Named { text, href });
                    }
                    Ok(_) | Err(db::Error::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(named)
        }
        .boxed()
    }
}
