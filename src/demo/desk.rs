//! What the demo's desk wrote: records of the month's calls, message slips, scripts, and what the
//! calls it made were for.

use rand::Rng;
use rand::RngExt as _;

use super::callers::one_of;
use super::quality::{self, Listening};
use crate::calls::store::{self as calls, Filter, NewPlan, PlanWords};
use crate::calls::{After, Call, Desk, DeskError, Kind, Particulars, State, Urgency};
use crate::db::{Db, Result, Stamp};
use crate::kernel::{Language, Moment, Role, StaffId};
use crate::messages::store::{self as slips};
use crate::messages::{Act, NewMessage, Via};
use crate::scripts::Use;
use crate::scripts::store::{self as scripts, Draft};
use crate::staff;

/// So many of the newest calls are looked at.
const WRITTEN_MOST: usize = 200;

/// What a record of the demo says: kind, place, matter, need.
type Told = (Kind, &'static str, &'static str, &'static str);

const TOLD: [Told; 10] = [
    (Kind::Fault, "河西物流园 B 座 12 层机房", "UPS 主机红灯常亮、蜂鸣报警", "尽快派人到场"),
    (Kind::Fault, "软件大道 88 号 3 楼", "发货单打印服务器脱机", "今天下班前恢复"),
    (Kind::Fault, "一号楼大堂", "K3 电梯困人后复位，运行有异响", "派人检查"),
    (Kind::Booking, "梅园 305", "预订客户答谢晚宴，12 位，需要投影", "留靠窗包房"),
    (Kind::Booking, "大包 3", "生日聚会 8 位，要蛋糕台", "18:30 前布置好"),
    (Kind::Enquiry, "总部", "询问维保合同续签手续", "把报价发到邮箱"),
    (Kind::Enquiry, "门店", "询问周末营业时间", ""),
    (Kind::Complaint, "二楼餐厅", "上菜慢，等了四十分钟", "希望经理回电"),
    (Kind::Message, "办公室", "请采购回电，确认合同改期", "下午三点前回电"),
    (Kind::Message, "办公室", "样品已寄出，请查收", ""),
];
const WHEN: [&str; 5] = ["今天上午", "今天 13:50 起", "昨晚八点左右", "本周五 18:30", "刚才"];

/// The first of the demo's people with a role.
async fn somebody(db: &Db, role: Role) -> Result<Option<StaffId>> {
    let everyone = staff::store::everyone(db).await?;
    Ok(everyone.into_iter().find(|person| person.roles.has(role)).map(|person| person.id))
}

/// Writes it all, as of `now`.
pub(super) async fn write(db: &Db, desk: &Desk, now: Moment, chance: &mut impl Rng) -> Result<()> {
    let (Some(operator), Some(head)) =
        (somebody(db, Role::Operator).await?, somebody(db, Role::Head).await?)
    else {
        return Ok(());
    };
    let colleague = somebody(db, Role::Supervisor).await?.unwrap_or(operator);
    let over = Filter { state: Some(State::Ended), ..Filter::default() };
    let newest = calls::page(db, &over, WRITTEN_MOST, None).await?.items;
    for call in newest.iter().filter(|call| call.answered_at.is_some()) {
        let by = if chance.random_range(0..3) == 0 { colleague } else { operator };
        took(desk, call, by).await?;
        // some talks nobody wrote down
        if chance.random_range(0..10) < 8 {
            record(desk, call, by, chance).await?;
        }
    }
    said(db, Stamp { now: now.plus_millis(-30 * 24 * 3_600_000), by: Some(head) }).await?;
    left(db, now, operator, head, &newest).await?;
    let listening = Listening { supervisor: colleague, operator, newest: &newest };
    quality::listen(db, now, &listening, chance).await?;
    purposes(db, now, chance).await
}

/// Somebody said "I take it" when they lifted, and was done with it afterwards.
async fn took(desk: &Desk, call: &Call, by: StaffId) -> Result<()> {
    let lifted = call.answered_at.unwrap_or(call.offered_at).plus_millis(400);
    let stamp = Stamp { now: lifted.plus_millis(90_000), by: Some(by) };
    let done = match desk.claim(lifted, by, call.id).await {
        Ok(_) => desk.put_away(stamp, call.id).await,
        Err(refused) => Err(refused),
    };
    match done {
        Err(DeskError::Store(error)) => Err(error),
        Ok(()) | Err(DeskError::Refused { .. } | DeskError::TooLong | DeskError::LongFields(_)) => {
            Ok(())
        }
    }
}

async fn record(desk: &Desk, call: &Call, operator: StaffId, chance: &mut impl Rng) -> Result<()> {
    let Some((kind, place, what, need)) = one_of(&TOLD, chance) else { return Ok(()) };
    let who = call.caller.display.clone().unwrap_or_default();
    let when = one_of(&WHEN, chance).unwrap_or_default().to_owned();
    let parts = [who, when, place.to_owned(), what.to_owned()];
    // most are read back whole, some lack the last part
    let whole = chance.random_range(0..10) < 7;
    let said = [0, 1, 2, 3].map(|part: usize| {
        let text: Option<&String> = parts.get(part).filter(|_| whole || part < 3);
        text.cloned()
    });
    let urgent = kind == Kind::Fault && chance.random_range(0..3) == 0;
    let written = Particulars {
        kind: Some(kind),
        urgency: urgent.then_some(Urgency::Urgent),
        parts,
        said,
        purpose: String::new(),
        need: need.to_owned(),
    };
    let at = call.ended_at.or(call.answered_at).unwrap_or(call.offered_at).plus_millis(40_000);
    let stamp = Stamp { now: at, by: Some(operator) };
    match desk.save_record(stamp, call.id, 0, written, After::KeepOpen).await {
        Ok(_) | Err(DeskError::Refused { .. } | DeskError::TooLong | DeskError::LongFields(_)) => {
            Ok(())
        }
        Err(DeskError::Store(error)) => Err(error),
    }
}

async fn said(db: &Db, stamp: Stamp) -> Result<()> {
    let drafts = [
        (
            Use::Greeting,
            "02555500700",
            "",
            "您好，南京北斗星订位专线。我是{name}，请问几位、哪天用餐？",
        ),
        (Use::Closing, "", "", "谢谢您的来电，麻烦您了，再见。"),
        (Use::Canned, "", "请回电", "请您方便时回电，谢谢。"),
        (Use::Canned, "", "改期", "对方希望改期，请与对方确认新的时间，谢谢。"),
        (Use::Canned, "", "资料", "对方请您把资料发到邮箱，谢谢。"),
    ];
    for (case, line, title, body) in drafts {
        let draft = Draft {
            case,
            line: line.to_owned(),
            language: Language::ZhCn,
            title: title.to_owned(),
            body: body.to_owned(),
        };
        scripts::add(db, stamp, draft).await?;
    }
    Ok(())
}

async fn left(
    db: &Db,
    now: Moment,
    operator: StaffId,
    head: StaffId,
    newest: &[Call],
) -> Result<()> {
    let engineer = somebody(db, Role::Engineer).await?.unwrap_or(head);
    let manager = somebody(db, Role::Manager).await?.unwrap_or(head);
    let slips = [
        (head, "合同改期，请回电确认", true, 22, Some(Act::Deliver)),
        (engineer, "机房钥匙放在前台，今天下班前来取", false, 75, Some(Act::Read)),
        (manager, "婚宴场地想周六来看，请先安排", false, 180, Some(Act::Handle)),
        (operator, "家里来电，空了回一下，谢谢", false, 35, None),
    ];
    for ((for_staff, body, urgent, minutes, act), call) in slips.into_iter().zip(newest) {
        let at = now.plus_millis(-minutes * 60_000);
        let new = NewMessage {
            readback_at: None,
            for_staff,
            from_name: call.caller.display.clone().unwrap_or_default(),
            phone: call.caller.number.clone().unwrap_or_default(),
            body: body.to_owned(),
            // an urgent one of the past would fall due at once
            urgent: urgent && minutes < 10,
            callback_by: urgent.then(|| now.plus_millis(45 * 60_000)),
            call_id: Some(call.id),
            via: Via::Call,
            reason: None,
        };
        let taken = slips::take(db, Stamp { now: at, by: Some(operator) }, new).await?;
        if let (Some(id), Some(act)) = (taken, act) {
            let stamp = Stamp { now: at.plus_millis(7 * 60_000), by: Some(for_staff) };
            let words = if act == Act::Handle { "已约周六上午十点" } else { "" };
            slips::act(db, stamp, id, act, None, words.to_owned()).await?;
        }
    }
    Ok(())
}

/// Most of the calls that were made had a purpose.
async fn purposes(db: &Db, now: Moment, chance: &mut impl Rng) -> Result<()> {
    const PURPOSES: [&str; 4] = ["回电", "确认预订", "联系工程师", "跟进"];
    let month = now.plus_millis(-31 * 24 * 3_600_000);
    let made = calls::outgoing_between(db, month, now, 200).await?;
    for call in made {
        let (Some(staff), true) = (&call.staff, chance.random_range(0..10) < 7) else { continue };
        let purpose = one_of(&PURPOSES, chance).unwrap_or_default().to_owned();
        let new = NewPlan {
            number: call.number.clone().unwrap_or(call.dialled.clone()),
            words: PlanWords { purpose, ..PlanWords::default() },
            of: Some(call.id),
            ..NewPlan::default()
        };
        let stamp = Stamp { now: call.started_at, by: Some(staff.id) };
        calls::add_plan(db, stamp, staff.id, new).await?;
    }
    Ok(())
}
