//! What is done in a check: it begins and asks the greeters, the operator says how the trial call went, a greeter is
//! heard by radio, what failed is reported.

use super::telephone;
use crate::db::{self, Tx};
use crate::kernel::{Role, StaffId};
use crate::notices::{self, Act, Ladder, Method, NewNotice, Recipients, Rung};
use crate::shifts;
use crate::shifts::devices::{DeviceCheck, RADIO_MS, Rang};
use crate::shifts::store::devices::{self as kept, NewCheck};
use crate::web::Want;
use crate::words::Said;

/// What the notice is called that asks the greeters.
const RADIO: &str = "radio_check";
/// Who is silent is asked once more after this, in milliseconds.
const AGAIN_MS: i64 = 30_000;

/// Begins a check; where this person's last still waits for the radios it goes on.
pub(super) async fn begin(want: &Want, me: &shifts::Duty) -> db::Result<()> {
    let extension = me.extension.as_ref().map(ToString::to_string).unwrap_or_default();
    let sources = want.kit.sources.borrow().clone();
    let new = NewCheck {
        date: want.kit.day.date(want.now),
        staff: me.staff,
        registered: telephone::registered(&sources, &extension, want.now),
        extension,
        due_at: want.now.plus_millis(RADIO_MS),
    };
    let name = me.name.clone();
    want.kit
        .db
        .write(want.stamp(), move |tx| {
            let (new, name) = (new.clone(), name.clone());
            Box::pin(async move { begin_in(tx, &new, &name).await })
        })
        .await
}

async fn begin_in(tx: &mut Tx, new: &NewCheck, name: &str) -> db::Result<()> {
    if kept::running_in(tx, new.staff).await?.is_some() {
        return Ok(());
    }
    let id = kept::begin_in(tx, new).await?;
    let mut greeters = shifts::store::on_duty_in(tx, Role::Greeter).await?;
    greeters.retain(|greeter| *greeter != new.staff);
    if greeters.is_empty() {
        return Ok(());
    }
    let asked = i64::try_from(greeters.len()).unwrap_or(i64::MAX);
    let said = Said::of(|l| l.devices_asks(name).to_string());
    let to = Recipients::Among(Role::Greeter, greeters);
    let ladder = Ladder::new(vec![Rung { after_ms: AGAIN_MS, act: Act::Ask }]);
    let notice = NewNotice::to_be_answered(RADIO, said.cut(500), to).ladder(ladder);
    let notice = notices::store::send(tx, notice.about(kept::subject(id))).await?;
    kept::asked_in(tx, id, notice, asked).await
}

/// The operator says whether the trial call was heard.
pub(super) async fn tried(want: &Want, check: &DeviceCheck, heard: bool) -> db::Result<()> {
    let sources = want.kit.sources.borrow().clone();
    let registered = telephone::registered(&sources, &check.extension, want.now);
    let rang = if heard { Rang::Heard } else { Rang::Failed };
    let (id, at) = (check.id, want.now);
    want.kit
        .db
        .write(want.stamp(), move |tx| {
            Box::pin(async move { kept::rang_in(tx, id, registered, (rang, Some(at))).await })
        })
        .await
}

/// Somebody heard a greeter by radio. Refused where that greeter was not asked.
pub(super) async fn heard(want: &Want, id: i64, greeter: StaffId, by: StaffId) -> db::Result<()> {
    let notice = kept::notice_of(&want.kit.db, id).await?.ok_or(db::Error::NotFound)?;
    want.kit
        .db
        .write(want.stamp(), move |tx| {
            Box::pin(async move {
                notices::store::ack(tx, notice, greeter, Method::Voice, Some(by)).await.map(drop)
            })
        })
        .await
}
