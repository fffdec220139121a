//! Who could go: what is known of each engineer, put in order.

use std::collections::BTreeMap;

use super::Desk;
use crate::db;
use crate::kernel::{Moment, StaffId};
use crate::tickets::dispatch::{Candidate, ranked};
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

impl Desk {
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

    /// The same for an order that is still being written: `skills` are those it asks for, the ticket's own where
    /// it asks for none.
    pub(super) async fn ranking_for(
        &self,
        ticket: &Ticket,
        skills: &str,
        order: Option<&Order>,
        now: Moment,
    ) -> db::Result<Vec<Candidate>> {
        let there = self.neighbours.there(&self.db, now).await?;
        let there: BTreeMap<StaffId, _> = there.into_iter().map(|one| (one.staff, one)).collect();
        let engineers = people::engineers(&self.db).await?;
        let mut load: BTreeMap<StaffId, (i64, bool)> = BTreeMap::new();
        for one in people::load(&self.db).await? {
            let entry = load.entry(one.staff_id).or_default();
            entry.0 += one.minutes();
            entry.1 |= ticket.site_id.is_some() && one.site_id == ticket.site_id;
        }
        let area = match ticket.site_id {
            Some(id) => places::site(&self.db, id).await?.map(|site| site.area).unwrap_or_default(),
            None => String::new(),
        };
        let asked: Vec<StaffId> = match order {
            Some(order) => {
                let offers = offers::offers(&self.db, order.id).await?;
                let gone = offers
                    .into_iter()
                    .filter(|offer| matches!(offer.state.as_str(), "declined" | "silent"));
                gone.map(|offer| offer.staff_id).collect()
            }
            None => vec![],
        };
        let needed: Vec<String> =
            if skills.trim().is_empty() { ticket.skill.as_str() } else { skills }
                .split([',', '，', '、'])
                .map(|skill| skill.trim().to_owned())
                .filter(|skill| !skill.is_empty())
                .collect();
        let all = engineers.into_iter().map(|one| {
            let there = there.get(&one.id);
            let (minutes, at_site) = load.get(&one.id).copied().unwrap_or_default();
            Candidate {
                on_duty: there.is_some_and(|there| there.on_duty),
                on_call: there.and_then(|there| there.on_call),
                away: there.is_some_and(|there| there.away),
                offline_ms: offline(one.seen_at, now),
                skilled: needed.iter().all(|skill| holds(&one.skills, skill)),
                near: at_site || (!area.is_empty() && holds(&one.areas, &area)),
                load_minutes: minutes,
                last_at: one.last_at,
                asked: asked.contains(&one.id),
                staff_id: one.id,
                name: one.name,
            }
        });
        Ok(ranked(all.collect()))
    }
}
