//! What passes within a talk: held, handed on, refreshed, ended.

use super::legs::{Refer, Stage};
use super::tell::{received, who};
use super::{Came, Sorter, TALK_MS, asks};
use crate::kernel::Moment;
use crate::sip::{Heard, Mirrored, Role, What};

/// Whoever ends a session that is not refreshed does so within this, in milliseconds (RFC 4028 §10).
const SESSION_GRACE_MS: i64 = 32_000;

impl Sorter {
    /// A message within the dialog of a leg.
    pub(super) fn inside(&mut self, id: u64, came: &Came<'_>, tell: &mut impl FnMut(Heard)) {
        let Mirrored { at, heard_at, .. } = *came.heard;
        let Some(leg) = self.legs.get(id) else { return };
        let from_phone =
            matches!(leg.role, Role::Phone(_) | Role::Placed(_)) && received(leg, came.heard);
        let accepts = matches!(came.message.code(), Some(200..=299));
        if matches!(came.method, b"INVITE" | b"UPDATE") {
            self.refreshed(id, came);
        }
        let Some(leg) = self.legs.get(id) else { return };
        match (came.message.method(), came.method) {
            (Some(b"BYE"), _) => {
                // whoever hangs up after asking for it does not wait to hear how it went
                self.referred(id, heard_at, tell);
                let Some(leg) = self.legs.get(id) else { return };
                let end = who(leg, came.tags);
                self.end(id, at, heard_at, What::Ended(end), tell);
            }
            (Some(b"INVITE" | b"UPDATE"), _) if from_phone && !leg.is_over() => {
                if let Some(held) = asks::holds(came.message.body).filter(|now| *now != leg.held) {
                    leg.held = held;
                    self.tell(id, at, heard_at, What::Held(held), tell);
                }
            }
            (Some(b"REFER"), _) if from_phone && !leg.is_over() => {
                let referral = asks::referral(came.message).map(Box::new);
                leg.refer = referral.map(|to| Refer { number: came.number, accepted: None, to });
            }
            (None, b"REFER") => {
                if let Some(refer) = leg.refer.as_mut().filter(|one| one.number == came.number) {
                    refer.accepted = refer.accepted.or(accepts.then_some(at));
                }
                leg.refer.take_if(|one| one.accepted.is_none() && came.message.code() >= Some(300));
            }
            // RFC 3515 §2.4.5: how it went is told in a NOTIFY
            (Some(b"NOTIFY"), _) => match asks::progress(came.message) {
                Some(200..=299) => self.referred(id, heard_at, tell),
                Some(300..) => leg.refer = None,
                Some(_) | None => {}
            },
            _ => {}
        }
        self.show(id, came, tell);
    }

    /// A session is agreed on, or refreshed: it is given up when half as long again has passed with
    /// nothing of the kind. A refresh is due at half its time (RFC 4028 §7.2), so that two have to go
    /// unseen.
    pub(super) fn refreshed(&mut self, id: u64, came: &Came<'_>) {
        let Some(leg) = self.legs.get(id) else { return };
        if matches!(came.message.code(), Some(200..=299)) {
            let told = asks::session_expires(came.message);
            leg.session_ms = told.map(|seconds| seconds.saturating_mul(1_000)).or(leg.session_ms);
        }
        if let (Stage::Talking, Some(session_ms)) = (&leg.stage, leg.session_ms) {
            let lasts_ms =
                session_ms.saturating_mul(3).saturating_div(2).saturating_add(SESSION_GRACE_MS);
            self.legs.until(id, came.heard.heard_at.plus_millis(lasts_ms.min(TALK_MS)));
        }
    }

    /// What was asked for by a REFER, and accepted, has come true.
    fn referred(&mut self, id: u64, heard_at: Moment, tell: &mut impl FnMut(Heard)) {
        let Some(leg) = self.legs.get(id).filter(|leg| !leg.is_over()) else { return };
        let Some(refer) = leg.refer.take_if(|one| one.accepted.is_some()) else { return };
        let at = refer.accepted.unwrap_or(heard_at);
        self.tell(id, at, heard_at, What::Referred(*refer.to), tell);
    }
}
