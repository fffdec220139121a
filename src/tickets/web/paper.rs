//! The work order on paper, A4 and A5 (operations.md §5.4).

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::store::offers::{self, Picture};
use super::super::store::papers::{self, Paper as Words};
use super::super::store::{self, orders, places};
use super::orders::{seen, window_as};
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
    /// When the customer expects them, or by when they are to be there.
    #[serde(skip)]
    window: String,
    #[serde(skip)]
    parts: Vec<Part>,
    /// `a4` or `a5`.
    #[serde(skip)]
    paper: &'static str,
    /// The address of the order, to be read by a telephone.
    #[serde(skip)]
    code: Option<Code>,
}

/// A part that was used, in the columns of the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    name: String,
    count: String,
    price: String,
}

/// The number a word begins with behind `×` or `¥`, and what follows it.
fn figure(word: &str) -> Option<&str> {
    let plain = word.trim_start_matches(['×', 'x', 'X', '*', '¥', '￥']);
    let rest = plain.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    (rest.len() < plain.len() && plain.starts_with(|c: char| c.is_ascii_digit())).then_some(rest)
}

/// Parts as they were written, a line each: `电池 4 节 ¥120`. What is no number and no price stays the name.
fn parts(text: &str) -> Vec<Part> {
    let is_count =
        |word: &str| figure(word).is_some_and(|unit| !unit.contains(|c: char| c.is_ascii()));
    let is_price = |word: &str| figure(word).is_some_and(|unit| matches!(unit, "" | "元"));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let one = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // the number stands behind the name, its unit with it or behind it
        let counted = |words: &[&str]| {
            let at = words.iter().rposition(|word| is_count(word)).filter(|at| *at > 0)?;
            let unit = words.get(at + 1).is_none_or(|unit| unit.chars().count() <= 2);
            (unit && at + 2 >= words.len()).then_some(at)
        };
        let (last, before) = match words.split_last() {
            Some((last, before)) if is_price(last) => (*last, before),
            _ => ("", words.as_slice()),
        };
        let has_price =
            last.starts_with(['¥', '￥']) || last.ends_with('元') || counted(before).is_some();
        let (price, left) = if has_price { (last, before) } else { ("", words.as_slice()) };
        let (name, count) = left.split_at(counted(left).unwrap_or(left.len()));
        Part { name: name.join(" "), count: count.join(" "), price: price.to_owned() }
    };
    lines.map(one).collect()
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
        None => papers::now(db, &one, ticket, want.kit.day.zone).await?,
    };
    let Words { ticket, site, contract, asset, issuer, crew, arrive_by } = words;
    let pictures = offers::pictures(db, one.id).await?;
    let small = asked.paper.as_deref() == Some("a5");
    let spelling = want.spelling();
    // paper outlives the year
    let mut printed = window_as(&want, &one, |at| spelling.dated(at));
    if printed.is_empty() {
        printed = arrive_by.map(|at| spelling.dated(at)).unwrap_or_default();
    }
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
        parts: parts(&order.parts),
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
    fn parts_stand_in_columns_as_far_as_they_were_written_so() {
        let said = |text: &str| {
            let all = parts(text).into_iter();
            let all = all.map(|one| [one.name, one.count, one.price].join("|"));
            all.collect::<Vec<_>>()
        };
        assert_eq!(said("电池 4 节 ¥120\n\n 熔断器 "), ["电池|4 节|¥120", "熔断器||"]);
        assert_eq!(said("12V 电池 2 180.5"), ["12V 电池|2|180.5"]);
        assert_eq!(said("12V 电池 ×2"), ["12V 电池|×2|"]);
        assert_eq!(said("5 号电池 8节"), ["5 号电池|8节|"]);
        assert_eq!(said("UPS 12V 电池"), ["UPS 12V 电池||"]);
        assert_eq!(said("网线 30元"), ["网线||30元"]);
        assert_eq!(said("7"), ["7||"]);
    }

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
