//! The work order on paper, A4 and A5 (operations.md §5.4).

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::store::offers::{self, Picture};
use super::super::store::papers::{self, Paper as Words};
use super::super::store::{self, orders, places};
use super::orders::{seen, window};
use super::views::{self, OrderView, TicketView};
use crate::web::{At, Filter, Frame, Place, Problem, Reader, Want, maybe_text};

#[derive(Template, Serialize)]
#[template(path = "tickets/print.html")]
struct PrintPage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    order: OrderView,
    ticket: TicketView,
    site: Option<places::Site>,
    contract: Option<places::Contract>,
    asset: String,
    signatures: Vec<Picture>,
    small: bool,
    #[serde(skip)]
    window: String,
    /// `a4` or `a5`.
    #[serde(skip)]
    paper: &'static str,
    /// The address of the order, to be read by a telephone.
    #[serde(skip)]
    code: Option<Code>,
}

/// A QR code: how many squares wide, its white rim included, and the dark ones as the path of an SVG.
struct Code {
    side: usize,
    path: String,
}

/// The white rim around a code, in squares (ISO/IEC 18004).
const RIM: usize = 4;

impl Code {
    /// An address as a code; `None` where it is too long for one.
    fn of(address: &str) -> Option<Self> {
        let code = qrcode::QrCode::new(address).ok()?;
        let width = code.width();
        let colors = code.to_colors();
        let dark = colors.iter().enumerate().filter(|(_, one)| **one == qrcode::Color::Dark);
        let square =
            |(at, _): (usize, _)| format!("M{} {}h1v1h-1z", at % width + RIM, at / width + RIM);
        Some(Self { side: width + 2 * RIM, path: dark.map(square).collect() })
    }
}

/// `?paper=a5`
#[derive(Debug, Deserialize)]
pub(super) struct Paper {
    #[serde(default, deserialize_with = "maybe_text")]
    paper: Option<String>,
}

pub(super) async fn print(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Filter(asked): Filter<Paper>,
) -> Result<Response, Problem> {
    let db = &want.kit.db;
    let one = seen(&want, &reader, &no).await?;
    let ticket = store::by_id(db, one.ticket_id).await?.ok_or_else(Problem::not_found)?;
    let names = views::names(db).await?;
    // what was filed is printed as it was filed
    let words = match papers::kept(db, one.id).await? {
        Some(kept) => kept,
        None => papers::now(db, &one, ticket).await?,
    };
    let Words { ticket, site, contract, asset, issuer, crew } = words;
    let pictures = offers::pictures(db, one.id).await?;
    let small = asked.paper.as_deref() == Some("a5");
    let printed = window(&want, &one);
    let mut order = views::order_now(&want, one, &names).await?;
    for (mate, name) in order.crew.iter_mut().zip(crew) {
        mate.name = name;
    }
    if let Some((by, name)) = order.issued_by.as_mut().zip(issuer) {
        by.name = name;
    }
    // the archive is read-only, and a print is no change of the order
    let page = PrintPage {
        window: printed,
        signatures: pictures.into_iter().filter(Picture::is_signed).collect(),
        order,
        ticket: views::ticket(&want, &reader, ticket).await?,
        site,
        contract,
        asset,
        small,
        paper: if small { "a5" } else { "a4" },
        code: Code::of(&format!("{}/work-orders/{no}", want.kit.public_url)),
        frame: want.frame(Place::Faults),
    };
    want.page(&page)
}

/// It went to the printer: what is printed after this is a reprint. Looking at the page is none.
pub(super) async fn printed(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    let db = &want.kit.db;
    seen(&want, &reader, &no).await?;
    let counted = no.clone();
    let count = db.write(want.stamp(), move |tx| {
        let no = counted.clone();
        Box::pin(async move { orders::printed(tx, &no).await })
    });
    count.await?;
    let now = orders::by_no(db, &no).await?.ok_or_else(Problem::not_found)?;
    let names = views::names(db).await?;
    let order = views::order_now(&want, now, &names).await?;
    want.done(&format!("/work-orders/{no}/print"), &order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_white_rim() {
        let code = Code::of("http://127.0.0.1:8080/work-orders/W26-0001").unwrap();
        assert_eq!((code.side - 2 * RIM - 17) % 4, 0, "a size there is: {}", code.side);
        let far = code.side - RIM - 1;
        for (x, y) in [(RIM, RIM), (far, RIM), (RIM, far)] {
            assert!(code.path.contains(&format!("M{x} {y}h")), "{x} {y}");
        }
        assert!(!code.path.contains("M3 ") && !code.path.contains(&format!("M{} ", far + 1)));
        assert!(Code::of(&"x".repeat(5_000)).is_none());
    }
}
