//! Who could go: what is known of each engineer, put in order.

use std::collections::BTreeMap;

use super::Desk;
use crate::db;
use crate::kernel::{Moment, StaffId};
use crate::tickets::dispatch::{Candidate, ranked};
use crate::tickets::neighbours::There;
use crate::tickets::order::Order;
use crate::tickets::store::{offers, people, places};
use crate::tickets::ticket::Ticket;

/// A telephone that has not spoken to us for so long is offline.
pub(crate) const OFFLINE_MS: i64 = 90_000;

/// How long a telephone has been offline; `None` while it is not, or never was on.
pub(crate) fn offline(seen: Option<Moment>, now: Moment) -> Option<i64> {
    seen.map(|seen| now.millis_since(seen)).filter(|silent| *silent > OFFLINE_MS)
}

fn holds(list: &str, word: &str) -> bool {
    list.split([',', '，', '、']).any(|one| !one.trim().is_empty() && one.trim() == word.trim())
}

/// All that is known of the engineers at a moment: read once, however many tickets are asked about. Four
/// questions to the store beside that of who is there.
pub(crate) struct Ground {
    /// Who is there, of all people.
    pub(crate) there: BTreeMap<StaffId, There>,
    /// The engineers who may sign in.
    pub(crate) engineers: Vec<people::Engineer>,
    /// What each of them still has to do.
    pub(crate) load: Vec<people::Load>,
    /// In which area a site lies.
    areas: BTreeMap<i64, String>,
    /// Who said no, or nothing, to an order that is to be sent again.
    gone: BTreeMap<i64, Vec<StaffId>>,
    now: Moment,
    /// What begins from here on is no work of today.
    tomorrow: Moment,
}

impl Ground {
    /// The engineers in the order in which they should be asked. `skills` are those the work asks for, the
    /// ticket's own where it asks for none.
    pub(crate) fn ranked(
        &self,
        ticket: &Ticket,
        skills: &str,
        order: Option<&Order>,
    ) -> Vec<Candidate> {
        let area = ticket.site_id.and_then(|id| self.areas.get(&id)).map(String::as_str);
        let area = area.unwrap_or_default();
        let gone = order.and_then(|order| self.gone.get(&order.id));
        let mut load: BTreeMap<StaffId, (i64, bool)> = BTreeMap::new();
        let today = |one: &&people::Load| one.window_from.is_none_or(|at| at < self.tomorrow);
        for one in self.load.iter().filter(today) {
            let entry = load.entry(one.staff_id).or_default();
            entry.0 += one.minutes();
            entry.1 |= ticket.site_id.is_some() && one.site_id == ticket.site_id;
        }
        let skills = if skills.trim().is_empty() { ticket.skill.as_str() } else { skills };
        let needed: Vec<&str> = skills
            .split([',', '，', '、'])
            .map(str::trim)
            .filter(|skill| !skill.is_empty())
            .collect();
        let all = self.engineers.iter().map(|one| {
            let there = self.there.get(&one.id);
            let (minutes, at_site) = load.get(&one.id).copied().unwrap_or_default();
            Candidate {
                on_duty: there.is_some_and(|there| there.on_duty),
                on_call: there.and_then(|there| there.on_call),
                away: there.is_some_and(|there| there.away),
                offline_ms: offline(one.seen_at, self.now),
                skilled: needed.iter().all(|skill| holds(&one.skills, skill)),
                near: at_site || (!area.is_empty() && holds(&one.areas, area)),
                load_minutes: minutes,
                last_at: one.last_at,
                idle_ms: one.last_at.map(|at| self.now.millis_since(at).max(0)),
                asked: gone.is_some_and(|gone| gone.contains(&one.id)),
                staff_id: one.id,
                name: one.name.clone(),
            }
        });
        ranked(all.collect())
    }
}

impl Desk {
    /// What is known of the engineers now.
    pub(crate) async fn ground(&self, now: Moment) -> db::Result<Ground> {
        let there = self.neighbours.there(&self.db, now).await?;
        let today = self.day.date(now);
        let sites = places::sites(&self.db).await?;
        let mut gone: BTreeMap<i64, Vec<StaffId>> = BTreeMap::new();
        for (order, who) in offers::gone(&self.db).await? {
            gone.entry(order).or_default().push(who);
        }
        Ok(Ground {
            there: there.into_iter().map(|one| (one.staff, one)).collect(),
            engineers: people::engineers(&self.db).await?,
            load: people::load(&self.db).await?,
            areas: sites.into_iter().map(|site| (site.id, site.area)).collect(),
            gone,
            now,
            tomorrow: self.day.begin(today.succ_opt().unwrap_or(today)),
        })
    }

    /// The engineers in the order in which they should be asked for this ticket.
    pub async fn ranking(
        &self,
        ticket: &Ticket,
        order: Option<&Order>,
        now: Moment,
    ) -> db::Result<Vec<Candidate>> {
        let skills = order.map(|order| order.skills.as_str()).unwrap_or_default();
        self.ranking_for(ticket, skills, order, now).await
    }

    /// The same for an order that is still being written.
    pub(super) async fn ranking_for(
        &self,
        ticket: &Ticket,
        skills: &str,
        order: Option<&Order>,
        now: Moment,
    ) -> db::Result<Vec<Candidate>> {
        Ok(self.ground(now).await?.ranked(ticket, skills, order))
    }
}
