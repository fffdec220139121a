//! What failed becomes a fault with one key: filled in already, in the language of the site, since many read it.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{Panel, own, page, person, view};
use crate::shifts;
use crate::shifts::devices::Verdict;
use crate::shifts::store::devices::{self as kept, Device};
use crate::tickets::store::NewTicket;
use crate::web::{At, Input, Problem, Reader, Want};

/// Of which device: `telephone`, `radio`.
#[derive(Deserialize)]
pub(super) struct Faulty {
    device: String,
}

/// Reports what failed, filled in already.
pub(super) async fn report(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<i64>,
    Input(Faulty { device }): Input<Faulty>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    let check = own(&want, me, id).await?;
    let seen = view(&want, check).await?;
    let found = match device.as_str() {
        "telephone" => {
            (Device::Telephone, seen.telephone, seen.telephone_symptom, seen.telephone_fault)
        }
        "radio" => (Device::Radio, seen.radio, seen.radio_symptom, seen.radio_fault),
        _ => return Err(Problem::rule(|l| l.devices_nothing_failed().to_string())),
    };
    let (device, verdict, symptom, reported) = found;
    if let Some(no) = reported {
        return want.done(&format!("/faults/{no}"), &page(&want, &reader).await?);
    }
    if verdict != Verdict::Failed {
        return Err(Problem::rule(|l| l.devices_nothing_failed().to_string()));
    }
    let l = crate::words::of(want.kit.language);
    let place = l.devices_fault_place(seen.extension.as_str()).to_string();
    let duty = shifts::store::person(&want.kit.db, me, want.now).await?;
    let new = NewTicket {
        caller_name: duty.map(|duty| duty.name).unwrap_or_default(),
        place: place.trim().to_owned(),
        symptom,
        impact: 2,
        urgency: 2,
        ..NewTicket::default()
    };
    let no = panel.desk.open(want.stamp(), new).await?.no;
    let kept_no = no.clone();
    let written = want.kit.db.write(want.stamp(), move |tx| {
        let no = kept_no.clone();
        Box::pin(async move { kept::fault_in(tx, id, device, &no).await })
    });
    written.await?;
    want.done(&format!("/faults/{no}"), &page(&want, &reader).await?)
}
