//! A slip as lists and its own page show it.

use super::super::store::Message;
use crate::kernel::{Moment, Phone};
use crate::web::Want;
use crate::words::Messages;

/// A line of a list.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) for_name: String,
    pub(super) from_name: String,
    pub(super) phone: String,
    pub(super) dial: Option<String>,
    pub(super) body: String,
    pub(super) when: String,
    pub(super) at: String,
    pub(super) state: String,
    pub(super) tint: &'static str,
    pub(super) urgent: bool,
    /// Not read yet.
    pub(super) fresh: bool,
    pub(super) callback: Option<String>,
    pub(super) reason: Option<String>,
    /// That it was read back, and when.
    pub(super) read_back: Option<String>,
}

impl Row {
    pub(super) fn of(want: &Want, slip: &Message) -> Self {
        let (l, spelling) = (want.messages(), want.spelling());
        let phone = Phone::read(&slip.phone);
        let (state, tint) = state(&l, &slip.state);
        Self {
            id: slip.id.0,
            for_name: slip.for_name.clone(),
            from_name: slip.from_name.clone(),
            dial: phone.as_ref().map(|phone| phone.as_str().to_owned()),
            phone: phone.map_or_else(|| slip.phone.clone(), |phone| phone.for_people()),
            body: slip.body.clone(),
            when: spelling.moment(slip.taken_at),
            at: slip.taken_at.to_string(),
            state,
            tint,
            urgent: slip.urgent,
            fresh: slip.read_at.is_none(),
            callback: slip
                .callback_by
                .map(|by| l.messages_call_back_by(spelling.moment(by)).to_string()),
            read_back: slip
                .readback_at
                .map(|at| l.messages_read_back_at(spelling.minute(at)).to_string()),
            reason: slip.reason.as_deref().map(|word| reason(&l, word)),
        }
    }
}

/// A state in a word, and its tint.
pub(in crate::messages) fn state(l: &Messages, word: &str) -> (String, &'static str) {
    let (said, tint) = match word {
        "taken" => (l.messages_taken(), ""),
        "sent" => (l.messages_sent(), "ti"),
        "delivered" => (l.messages_delivered(), "ti"),
        "read" => (l.messages_read(), "ta"),
        "handled" => (l.messages_handled(), "t1"),
        "escalated" => (l.messages_escalated(), "t3"),
        _ => (l.messages_withdrawn(), ""),
    };
    (said.to_string(), tint)
}

/// Why a colleague answered.
pub(super) fn reason(l: &Messages, word: &str) -> String {
    match word {
        "away" => l.messages_reason_away(),
        "on_call" => l.messages_reason_on_call(),
        "off_duty" => l.messages_reason_off_duty(),
        _ => l.messages_reason_no_answer(),
    }
    .to_string()
}

/// One step of the receipt.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) when: Option<String>,
    pub(super) at: String,
    pub(super) who: String,
    pub(super) tint: &'static str,
}

/// The receipt: every step with its moment, those to come without.
pub(super) fn steps(want: &Want, slip: &Message) -> Vec<Step> {
    let (l, spelling) = (want.messages(), want.spelling());
    let step = |name: String, at: Option<Moment>, who: Option<&String>, tint| Step {
        name,
        when: at.map(|at| spelling.exact(at)),
        at: at.map(|at| at.to_string()).unwrap_or_default(),
        who: who.cloned().unwrap_or_default(),
        tint,
    };
    let mut steps = vec![
        step(l.messages_taken().to_string(), Some(slip.taken_at), slip.taken_name.as_ref(), ""),
        step(l.messages_sent().to_string(), slip.sent_at, Some(&slip.for_name), ""),
        step(l.messages_delivered().to_string(), slip.delivered_at, None, ""),
    ];
    if slip.escalated_at.is_some() {
        let name = l.messages_escalated().to_string();
        steps.push(step(name, slip.escalated_at, slip.deputy_name.as_ref(), "s3"));
    }
    steps.push(step(l.messages_read().to_string(), slip.read_at, None, ""));
    if slip.withdrawn_at.is_some() {
        let name = l.messages_withdrawn().to_string();
        steps.push(step(name, slip.withdrawn_at, None, "s4"));
    } else {
        let name = l.messages_handled().to_string();
        steps.push(step(name, slip.handled_at, slip.handled_name.as_ref(), "s1"));
    }
    // what has a moment comes in its order, what is to come stands last
    steps.sort_by(|one, other| match (one.at.is_empty(), other.at.is_empty()) {
        (false, false) => one.at.cmp(&other.at),
        (gone, to_come) => gone.cmp(&to_come),
    });
    steps
}
