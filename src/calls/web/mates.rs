//! The colleagues beside the operator: who is there, who talks, who is away and until when; and whose
//! call it is that a colleague is about to pick up.

use std::collections::BTreeSet;

use super::super::call::Call;
use crate::db;
use crate::kernel::{Role, StaffId};
use crate::shifts::{self, Duty, Presence, Whereabouts};
use crate::web::{OnDuty, Want};

/// A colleague as the dock shows them.
pub(super) struct Mate {
    pub(super) name: String,
    /// What they do, in words; with the time they are back.
    pub(super) doing: String,
    /// The colour of the dot.
    pub(super) dot: &'static str,
}

/// Of a private person a desk learns only that they are not there.
fn seen(duty: &Duty, at: Whereabouts) -> Whereabouts {
    if !duty.private || !at.presence.is_absence() {
        return at;
    }
    let (reason, place, until) = (None, None, None);
    Whereabouts { presence: Presence::Away, since: None, reason, place, until, ..at }
}

/// The desk as the dock shows it.
pub(super) struct Mates {
    /// The others who answer calls and are on duty or away, by name.
    pub(super) others: Vec<Mate>,
    /// That the reader is away themselves, in words; nothing while they are here.
    pub(super) away: Option<String>,
}

pub(super) async fn mates(
    want: &Want,
    reader: &OnDuty,
    talking: &BTreeSet<StaffId>,
) -> db::Result<Mates> {
    let (l, spelling) = (want.messages(), want.spelling());
    let everyone = shifts::store::everyone(&want.kit.db, want.now).await?;
    let own = everyone.iter().find(|duty| Some(duty.staff) == reader.staff());
    // who talks while they are away is away all the same
    let gone = own.map(|duty| duty.whereabouts(want.now, false));
    let away = gone.filter(|at| at.presence.is_absence()).map(|at| {
        let said = shifts::presence_said(&l, at.presence);
        let said = match at.until {
            Some(until) => l.calls_mate_back(said, spelling.minute(until)).to_string(),
            None => said,
        };
        l.shifts_you_are(said).to_string()
    });
    let answers = |duty: &&Duty| {
        duty.roles.has_any(&[Role::Operator, Role::Supervisor])
            && Some(duty.staff) != reader.staff()
    };
    let mate = |duty: &Duty| {
        let at = seen(duty, duty.whereabouts(want.now, talking.contains(&duty.staff)));
        let dot = match at.presence {
            Presence::Present => "c1",
            Presence::OnCall => "ca",
            Presence::Away | Presence::Meeting | Presence::Out => "c2",
            Presence::Off => return None,
        };
        let said = shifts::presence_said(&l, at.presence);
        let doing = match at.until {
            Some(until) => l.calls_mate_back(said, spelling.minute(until)).to_string(),
            None => said,
        };
        Some(Mate { name: duty.name.clone(), doing, dot })
    };
    Ok(Mates { others: everyone.iter().filter(answers).filter_map(mate).collect(), away })
}

/// What a desk is told of the colleagues whose call this is and who are not there.
pub(super) async fn absent_notes(
    want: &Want,
    reader: &OnDuty,
    call: &Call,
    talking: &BTreeSet<StaffId>,
) -> db::Result<Vec<(StaffId, String)>> {
    let hotline = call.hotline.as_ref().map(|one| one.number.as_str()).unwrap_or_default();
    let hand = shifts::store::hand_for(&want.kit.db, hotline, talking, want.now).await?;
    let (l, spelling) = (want.messages(), want.spelling());
    let others = hand.absent().filter(|mate| Some(mate.staff) != reader.staff());
    let note = |mate: &shifts::Mate| {
        (mate.staff, shifts::note(&l, spelling, &mate.name, &mate.whereabouts))
    };
    Ok(others.map(note).collect())
}
