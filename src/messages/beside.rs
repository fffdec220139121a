//! The way from a call's page to the slips that were taken in it, or left by a colleague who picked it
//! up.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::store::{self, Which};
use super::web;
use crate::calls::{Beside, Call, Kind, KnowsCall, Tag, Way};
use crate::db::{self, Db};
use crate::kernel::CallId;
use crate::web::{OnDuty, Want};

/// So many slips of one call are looked at.
const MOST: i64 = 20;

/// The slips of a call, for its page.
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
            let mut slips =
                store::list(&want.kit.db, Which::Of(call.id), false, None, MOST).await?;
            slips.retain(|slip| web::sees(reader, slip));
            Ok(match slips.as_slice() {
                [] => None,
                [slip] => {
                    let (text, tint) = web::state(&l, &slip.state);
                    Some(Beside {
                        icon: "note",
                        label: l.messages_of_call(slip.for_name.as_str()).to_string(),
                        tag: Some(Tag { text, tint }),
                        way: Way::See(format!("/messages/{}", slip.id)),
                    })
                }
                several => Some(Beside {
                    icon: "note",
                    label: l.messages_title().to_string(),
                    tag: Some(Tag { text: several.len().to_string(), tint: "ti" }),
                    way: Way::See(format!("/messages?call={}", call.id)),
                }),
            })
        }
        .boxed()
    }

    fn has_made<'a>(
        &'a self,
        db: &'a Db,
        call: CallId,
        kind: Kind,
    ) -> BoxFuture<'a, db::Result<bool>> {
        async move {
            Ok(kind == Kind::Message
                && !store::list(db, Which::Of(call), false, None, 1).await?.is_empty())
        }
        .boxed()
    }
}
