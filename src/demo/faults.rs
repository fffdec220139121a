//! Faults of the demo: a morning's reports in every state of the board.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::config::Config;
use crate::db::{Db, Result, Stamp, Tx};
use crate::kernel::{Moment, Role, StaffId};
use crate::shifts::store::signing;
use crate::staff;
use crate::tickets::neighbours::{Neighbours, There, ToPhone, Told};
use crate::tickets::order::{Details, Verb};
use crate::tickets::store::orders::Plan;
use crate::tickets::store::places::{self, Asset, Contract, Site};
use crate::tickets::store::{NewTicket, people};
use crate::tickets::ticket::{Act, WaitingFor};
use crate::tickets::{Desk, Doing, Trouble};
use crate::words::Said;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Nobody is told of what is long past.
struct Quiet;

impl Neighbours for Quiet {
    fn there<'a>(&'a self, db: &'a Db, _: Moment) -> BoxFuture<'a, Result<Vec<There>>> {
        async {
            let everyone = staff::store::everyone(db).await?;
            let engineers = everyone.into_iter().filter(|one| one.roles.has(Role::Engineer));
            let there = |one: staff::Person| There {
                staff: one.id,
                on_duty: true,
                away: false,
                on_call: None,
            };
            Ok(engineers.map(there).collect())
        }
        .boxed()
    }

    fn numbers<'a>(&'a self, _: &'a Db) -> BoxFuture<'a, Result<Vec<(StaffId, String)>>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn tell<'t>(&'t self, _: &'t mut Tx, _: Told) -> BoxFuture<'t, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn seen<'t>(&'t self, _: &'t mut Tx, _: String, _: StaffId) -> BoxFuture<'t, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn ask<'t>(
        &'t self,
        _: &'t mut Tx,
        _: String,
        _: Vec<String>,
        _: Said,
        _: Role,
    ) -> BoxFuture<'t, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn call_back<'t>(
        &'t self,
        _: &'t mut Tx,
        _: String,
        _: Option<StaffId>,
        _: Moment,
    ) -> BoxFuture<'t, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn called_back<'t>(&'t self, _: &'t mut Tx, _: String) -> BoxFuture<'t, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn phone<'t>(&'t self, _: &'t mut Tx, _: ToPhone) -> BoxFuture<'t, Result<bool>> {
        async { Ok(false) }.boxed()
    }

    fn phoned<'t>(&'t self, _: &'t mut Tx, _: String, _: String) -> BoxFuture<'t, Result<()>> {
        async { Ok(()) }.boxed()
    }
}

/// One report: when, who, where, what, and how far it has come.
struct Report {
    ago_ms: i64,
    caller: &'static str,
    number: &'static str,
    place: usize,
    symptom: &'static str,
    category: &'static str,
    weight: (i64, i64),
    far: Far,
}

/// How far a fault has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Far {
    New,
    Waiting,
    Solved,
    Closed,
    Sent,
    Going,
    There,
}

const SITES: [(&str, &str, &str, &str, &str); 4] = [
    (
        "恒信物流",
        "河西园 B 座 12 层机房",
        "建邺区奥体大街 68 号",
        "建邺",
        "进场提前 30 分钟报备门禁",
    ),
    ("宁海路社区医院", "挂号处", "鼓楼区宁海路 20 号", "鼓楼", ""),
    ("玄武湖会展", "3 号厅", "玄武区龙蟠路 88 号", "玄武", "货梯在北门"),
    ("海宁商贸", "新街口 18 层", "秦淮区中山南路 49 号", "秦淮", ""),
];

#[rustfmt::skip]
const REPORTS: [Report; 9] = [
    Report { ago_ms: 50 * HOUR, caller: "陆敏", number: "02584521102", place: 3, symptom: "总机语音菜单 2 号键转错分机", category: "电话", weight: (2, 3), far: Far::Closed },
    Report { ago_ms: 26 * HOUR, caller: "沈婷", number: "13951700321", place: 2, symptom: "会议室投影偏色", category: "会议", weight: (3, 3), far: Far::Solved },
    Report { ago_ms: 25 * HOUR, caller: "周军", number: "13905188210", place: 3, symptom: "传真转邮件收不到", category: "电话", weight: (3, 2), far: Far::Solved },
    Report { ago_ms: 22 * HOUR, caller: "沈婷", number: "13951700321", place: 2, symptom: "会议电话有回声，换麦克风无效", category: "会议", weight: (2, 2), far: Far::Waiting },
    Report { ago_ms: 4 * HOUR, caller: "王建国", number: "13813952211", place: 0, symptom: "B 座机房 UPS 主机告警", category: "UPS", weight: (1, 2), far: Far::There },
    Report { ago_ms: 100 * MINUTE, caller: "钱峰", number: "13770612345", place: 3, symptom: "核心交换机端口频繁闪断，影响三层办公", category: "网络", weight: (1, 2), far: Far::Going },
    Report { ago_ms: 26 * MINUTE, caller: "何静", number: "02583310926", place: 1, symptom: "前台电话无拨号音", category: "电话", weight: (2, 2), far: Far::Sent },
    Report { ago_ms: 40 * MINUTE, caller: "王建国", number: "13813952211", place: 0, symptom: "发货单打印服务器脱机", category: "打印", weight: (2, 1), far: Far::New },
    Report { ago_ms: 3 * MINUTE, caller: "王建国", number: "13813952211", place: 0, symptom: "UPS 红灯报警，备用空调停机，机房 31℃", category: "UPS", weight: (1, 1), far: Far::New },
];

/// Writes sites, a contract, a device, what the engineer can, and the morning's faults.
pub async fn report_faults(db: &Db, config: &Config, now: Moment) -> Result<(), Trouble> {
    let desk = Desk::new(db, config.site.day, config.site.language, Arc::new(Quiet));
    let everyone = staff::store::everyone(db).await?;
    let of = |role: Role| everyone.iter().find(|one| one.roles.has(role)).map(|one| one.id);
    let (Some(operator), Some(engineer)) = (of(Role::Operator), of(Role::Engineer)) else {
        return Ok(());
    };
    let at = |ago_ms: i64, by: StaffId| Stamp { now: now.plus_millis(-ago_ms), by: Some(by) };
    let begin = at(60 * HOUR, operator);
    let mut sites = Vec::new();
    for (company, name, address, area, note) in SITES {
        let text = str::to_owned;
        let site = Site {
            company: text(company),
            name: text(name),
            address: text(address),
            area: text(area),
            note: text(note),
            ..Site::default()
        };
        sites.push(places::put_site(db, begin, site).await?);
    }
    let contract = Contract {
        number: "HX-2026-01".to_owned(),
        company: "恒信物流".to_owned(),
        name: "4 小时到场".to_owned(),
        ..Contract::default()
    };
    let contract = places::put_contract(db, begin, contract).await?;
    let asset = Asset {
        site_id: sites.first().copied().unwrap_or_default(),
        contract_id: Some(contract),
        name: "UPS 主机".to_owned(),
        serial: "HX-UPS-7".to_owned(),
        ..Asset::default()
    };
    places::put_asset(db, begin, asset).await?;
    let (skills, areas) = ("UPS,网络,电话,打印".to_owned(), "建邺,鼓楼".to_owned());
    people::set(db, begin, engineer, skills, areas).await?;
    signing::sign_on(db, at(3 * HOUR, engineer), engineer, None).await?;
    for report in &REPORTS {
        let stamps = Stamps { now, ago_ms: report.ago_ms, operator, engineer };
        tell(&desk, report, &sites, contract, stamps).await?;
    }
    Ok(())
}

/// The moments of one report, and who acts.
#[derive(Clone, Copy)]
struct Stamps {
    now: Moment,
    ago_ms: i64,
    operator: StaffId,
    engineer: StaffId,
}

impl Stamps {
    /// So many minutes after the report, at most now.
    fn after(self, minutes: i64, by: StaffId) -> Stamp {
        let at = self.now.plus_millis(minutes * MINUTE - self.ago_ms);
        Stamp { now: at.min(self.now), by: Some(by) }
    }
}

async fn tell(
    desk: &Desk,
    report: &Report,
    sites: &[i64],
    contract: i64,
    stamps: Stamps,
) -> Result<(), Trouble> {
    let (company, place, ..) = SITES[report.place];
    let ups = report.place == 0 && report.category == "UPS";
    let number = crate::kernel::Phone::read(report.number).map(|phone| phone.to_string());
    let new = NewTicket {
        caller_number: number.unwrap_or_default(),
        caller_name: report.caller.to_owned(),
        company: company.to_owned(),
        site_id: sites.get(report.place).copied(),
        contract_id: (report.place == 0).then_some(contract),
        place: place.to_owned(),
        serial: if ups { "HX-UPS-7".to_owned() } else { String::new() },
        need: "尽快恢复".to_owned(),
        symptom: report.symptom.to_owned(),
        category: report.category.to_owned(),
        skill: report.category.to_owned(),
        impact: report.weight.0,
        urgency: report.weight.1,
        plan: if report.far >= Far::Sent {
            "派工程师带备件到场".to_owned()
        } else {
            String::new()
        },
        promised_at: (report.far >= Far::Sent)
            .then(|| stamps.after(240, stamps.operator).now.plus_millis(HOUR)),
        read_back: report.far >= Far::Sent,
        ..NewTicket::default()
    };
    let operator = |minutes: i64| stamps.after(minutes, stamps.operator);
    let ticket = desk.open(operator(0), new).await?;
    if report.far == Far::New {
        return Ok(());
    }
    let no = ticket.no.as_str();
    desk.act(operator(6), no, None, Act::Accept(stamps.operator), None).await?;
    match report.far {
        Far::New => Ok(()),
        Far::Waiting => {
            let until = stamps.now.plus_millis(20 * HOUR);
            let wait = Act::Wait { why: WaitingFor::Customer, until };
            let said = Some(("waiting", "客户明天上午开会后再试".to_owned()));
            desk.act(operator(40), no, None, wait, said).await.map(drop)
        }
        Far::Solved | Far::Closed => {
            let solution = "电话指导重新设置后正常".to_owned();
            let solved = Act::ResolveByPhone { solution, cause: "设置被改动".to_owned() };
            desk.act(operator(25), no, None, solved, None).await?;
            if report.far == Far::Closed {
                desk.act(operator(300), no, None, Act::Close(Some(5)), None).await?;
            }
            Ok(())
        }
        Far::Sent | Far::Going | Far::There => send(desk, report, no, stamps).await,
    }
}

async fn send(desk: &Desk, report: &Report, no: &str, stamps: Stamps) -> Result<(), Trouble> {
    let plan = Plan {
        skills: report.category.to_owned(),
        tasks: format!("检查：{}\n恢复后请客户试用", report.symptom),
        tools: "万用表、备用模块".to_owned(),
        ..Plan::default()
    };
    let sent = stamps.after(12, stamps.operator);
    let order = desk.send(sent, no, None, plan, vec![stamps.engineer]).await?;
    let verbs: &[(i64, Verb)] = match report.far {
        Far::There => &[(14, Verb::Accept), (25, Verb::Depart), (70, Verb::Arrive)],
        Far::Going => &[(15, Verb::Accept), (60, Verb::Depart)],
        Far::New | Far::Waiting | Far::Solved | Far::Closed | Far::Sent => &[],
    };
    for (minutes, verb) in verbs {
        let stamp = stamps.after(*minutes, stamps.engineer);
        let doing = Doing {
            no: order.no.clone(),
            verb: *verb,
            details: Details::default(),
            at: stamp.now,
            op_id: None,
            late: false,
            for_others: false,
        };
        desk.do_order(stamp, doing).await?;
    }
    Ok(())
}
