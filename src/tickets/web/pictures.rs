//! Photographs and signatures of an order, and its customer's telephone.

use axum::body::Bytes;
use axum::extract::State as Given;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::super::desk::Trouble;
use super::super::order;
use super::super::store::offers::NewPicture;
use super::super::store::{self, offers, orders};
use super::Panel;
use super::orders::seen;
use super::road::own;
use crate::db::{self, Change, Stamp};
use crate::kernel::StaffId;
use crate::web::{At, Filter, Problem, Reader, Want, maybe_number, maybe_text};

/// The largest picture, in bytes: the telephone shrinks it before it is sent.
const LARGEST: usize = 250 * 1024;

/// `?kind=photo&op_id=…`, `&by=…`: whose it is; and of a signature `&act=…`: the act it came with.
#[derive(Debug, Deserialize)]
pub(super) struct Taken {
    kind: String,
    #[serde(default, deserialize_with = "maybe_text")]
    op_id: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    act: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    by: Option<i64>,
}

pub(super) async fn add_picture(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Filter(taken): Filter<Taken>,
    bytes: Bytes,
) -> Result<Response, Problem> {
    own(&reader, taken.by)?;
    let order = seen(&want, &reader, &no).await?;
    let kind = match taken.kind.as_str() {
        "photo" => "photo",
        "signature" => "signature",
        _ => return Err(Problem::syntax()),
    };
    // what a file says of itself does not count: its first bytes do
    let mime = match bytes.get(..4) {
        Some([0xff, 0xd8, 0xff, _]) => "image/jpeg",
        Some([0x89, b'P', b'N', b'G']) => "image/png",
        _ => {
            let what = Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            // a picture that desks cannot show: the camera can take others
            let foreign = bytes.get(4..8) == Some(b"ftyp".as_slice());
            return Err(what.because(move |l| {
                let why =
                    if foreign { l.tickets_foreign_picture() } else { l.tickets_no_picture() };
                why.to_string()
            }));
        }
    };
    if bytes.len() > LARGEST {
        return Err(Problem::status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    if order.state == order::State::Archived {
        let why = order::Refusal::NoSuchMove(order.state);
        return Err(Trouble::Order(why, Box::new(order)).into());
    }
    let kept = want.kit.db.write(want.stamp(), move |tx| {
        let (no, op_id, act) = (order.no.clone(), taken.op_id.clone(), taken.act.clone());
        let bytes = bytes.clone();
        Box::pin(async move {
            let order = orders::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
            let (op_id, act) = (op_id.as_deref(), act.as_deref());
            let picture = NewPicture { op_id, act, kind, mime, bytes: &bytes };
            offers::add_picture(tx, &order, &picture).await
        })
    });
    kept.await?;
    want.done(&format!("/work-orders/{no}"), &serde_json::json!({ "kept": true }))
}

/// Takes a photograph back: its own, while the order is not signed.
pub(super) async fn withdraw(
    want: Want,
    reader: Reader,
    At((no, id)): At<(String, i64)>,
) -> Result<Response, Problem> {
    seen(&want, &reader, &no).await?;
    let order = no.clone();
    let gone = want.kit.db.write(want.stamp(), move |tx| {
        let no = order.clone();
        Box::pin(async move {
            let order = orders::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
            offers::withdraw(tx, &order, id).await
        })
    });
    if !gone.await? {
        return Err(Problem::not_found());
    }
    want.done(&format!("/work-orders/{no}"), &serde_json::json!({ "kept": false }))
}

pub(super) async fn picture(
    want: Want,
    reader: Reader,
    At((no, id)): At<(String, i64)>,
) -> Result<Response, Problem> {
    seen(&want, &reader, &no).await?;
    let kept = offers::bytes(&want.kit.db, &no, id).await?;
    let (mime, bytes) = kept.ok_or_else(Problem::not_found)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, mime.parse().map_err(Problem::broken)?);
    headers
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, max-age=86400"));
    Ok((headers, bytes).into_response())
}

/// Dials the customer: the number goes to the telephone, not onto the page, and only while there is work to do.
pub(super) async fn dial(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    let order = seen(&want, &reader, &no).await?;
    let over = matches!(
        order.state,
        order::State::Signed | order::State::Archived | order::State::Recalled
    );
    if over && !reader.sees_numbers() {
        return Err(Problem::forbidden());
    }
    let ticket =
        store::by_id(&want.kit.db, order.ticket_id).await?.ok_or_else(Problem::not_found)?;
    if ticket.caller_number.is_empty() {
        return Err(Problem::rule(|l| l.tickets_no_number().to_string()));
    }
    if reader.closed.hides(&ticket.caller_number) {
        return Err(Problem::rule(|l| l.tickets_number_closed().to_string()));
    }
    dialled(&want, &no).await?;
    Ok(crate::web::go(&format!("tel:{}", ticket.caller_number)))
}

/// Dials somebody who goes along: their number goes to the telephone, not onto the page.
pub(super) async fn dial_mate(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At((no, mate)): At<(String, StaffId)>,
) -> Result<Response, Problem> {
    let order = seen(&want, &reader, &no).await?;
    let db = &want.kit.db;
    let crew = orders::crew(db, order.id).await?;
    if !crew.iter().any(|one| one.staff_id == mate) {
        return Err(Problem::not_found());
    }
    let numbers = panel.desk.neighbours.numbers(db).await?;
    let number = numbers.into_iter().find(|(whose, _)| *whose == mate).map(|(_, number)| number);
    let number = number.ok_or_else(|| Problem::rule(|l| l.tickets_no_number().to_string()))?;
    dialled(&want, &no).await?;
    Ok(crate::web::go(&format!("tel:{number}")))
}

async fn dialled(want: &Want, no: &str) -> Result<(), Problem> {
    let stamp: Stamp = want.stamp();
    let about = format!("work-orders/{no}");
    let noted = want.kit.db.write(stamp, move |tx| {
        let about = about.clone();
        Box::pin(async move {
            tx.record(Change::new("work_order", about, "dialled"));
            Ok(())
        })
    });
    Ok(noted.await?)
}
