//! By which ways a person is reached: their browsers, their group's robots, their telephone, their mail.
//!
//! An urgent letter goes by all of them at once, and so does one that was overlooked. Any other goes by the
//! first, and by the next one only when that fails for good. In quiet hours waits what is not urgent.

use std::sync::Arc;

use chrono::NaiveTime;
use chrono_tz::Tz;

use super::message::{Channel, NewMessage, Way};
use super::quiet::quiet_until;
use super::store;
use super::store::people::{self, Browser, Reach};
use crate::config::{Robot, RobotKind};
use crate::db::{Result, Tx};
use crate::kernel::{Moment, Roles, StaffId};

/// What a person is told. Robots are on other people's machines: no whole telephone number belongs in here.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The record: `work-orders/W26-0198`.
    pub about: String,
    /// What happened to it.
    pub event: String,
    /// One line.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Where the reader goes from it: an answer link, or the record.
    pub link: Option<String>,
    /// What the button of a card says where an answer is asked for.
    pub button: Option<String>,
    /// Goes by all ways at once, in quiet hours too.
    pub urgent: bool,
    /// Goes by all ways at once; quiet hours are kept.
    pub everywhere: bool,
}

/// A letter for one person.
#[derive(Debug, Clone)]
pub struct Post {
    /// Who.
    pub to: StaffId,
    /// Their roles: which robots are theirs.
    pub roles: Roles,
    /// What they are told.
    pub letter: Letter,
}

/// Knows the ways of the house. Cheap to clone.
#[derive(Clone)]
pub struct Routes {
    robots: Arc<[Robot]>,
    mail: bool,
    telephones: bool,
    zone: Tz,
}

impl Routes {
    /// The robots of the configuration; whether there is a mail relay and a PBX; the site's zone.
    pub fn new(robots: &[Robot], mail: bool, telephones: bool, zone: Tz) -> Self {
        Self { robots: robots.into(), mail, telephones, zone }
    }

    /// Puts a letter to a person into the outbox, as part of this change. Gives how many messages: none
    /// where there is no way to them but the panel.
    pub async fn post(&self, tx: &mut Tx, post: &Post) -> Result<usize> {
        let Some((reach, browsers)) = people::reach_in(tx, post.to).await? else { return Ok(0) };
        let ways = self.ways(&reach, &browsers, &post.roles);
        let now = tx.now();
        let letter = &post.letter;
        let mention = Some(reach.mobile.clone()).filter(|mobile| !mobile.is_empty());
        let message = |way: &Way, instead: Vec<Way>| NewMessage {
            about: letter.about.clone(),
            event: letter.event.clone(),
            to: Some(post.to),
            instead,
            title: letter.title.clone(),
            body: letter.body.clone(),
            link: letter.link.clone(),
            button: letter.button.clone(),
            mention: mention.clone(),
            urgent: letter.urgent,
            not_before: self.not_before(now, letter.urgent, way, &reach),
            way: way.clone(),
        };
        if letter.urgent || letter.everywhere {
            for way in &ways {
                store::put(tx, &message(way, Vec::new())).await?;
            }
            return Ok(ways.len());
        }
        let Some((first, rest)) = ways.split_first() else { return Ok(0) };
        store::put(tx, &message(first, rest.to_vec())).await?;
        Ok(1)
    }

    fn ways(&self, reach: &Reach, browsers: &[Browser], roles: &Roles) -> Vec<Way> {
        let mut ways = Vec::new();
        let mut add = |channel, target: &str| ways.push(Way { channel, target: target.to_owned() });
        for browser in browsers {
            add(Channel::Push, &browser.endpoint);
        }
        for robot in self.robots.iter() {
            if robot.roles.is_empty() || roles.has_any(&robot.roles) {
                add(channel_of(robot.kind), &robot.name);
            }
        }
        if let Some(extension) = reach.extension.as_deref().filter(|_| self.telephones) {
            add(Channel::Sip, extension);
        }
        if self.mail && !reach.mail.is_empty() {
            add(Channel::Mail, &reach.mail);
        }
        ways
    }

    fn not_before(&self, now: Moment, urgent: bool, way: &Way, reach: &Reach) -> Moment {
        if urgent {
            return now;
        }
        let own = reach.quiet_from.zip(reach.quiet_to).map(|(from, to)| (minute(from), minute(to)));
        let robot = self.robots.iter().find(|robot| robot.name == way.target);
        let theirs = robot.and_then(|robot| robot.quiet);
        let ends = own
            .into_iter()
            .chain(theirs)
            .filter_map(|(from, to)| quiet_until(now, self.zone, from, to));
        ends.max().unwrap_or(now)
    }
}

/// A minute of the day as a time.
fn minute(minute: i64) -> NaiveTime {
    let seconds = u32::try_from(minute.clamp(0, 1439)).unwrap_or(0) * 60;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default()
}

/// The way to a robot of this kind.
pub(super) const fn channel_of(kind: RobotKind) -> Channel {
    match kind {
        RobotKind::Wecom => Channel::Wecom,
        RobotKind::Dingtalk => Channel::Dingtalk,
        RobotKind::Feishu => Channel::Feishu,
        RobotKind::Webhook => Channel::Webhook,
    }
}
