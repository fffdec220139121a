//! What a room costs: the price that holds on a date in a period.

use chrono::NaiveDate;

use crate::kernel::{RoomClassId, RoomId};

use super::Room;

/// A price from a date on. Money is whole fen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Price {
    /// Which.
    pub id: i64,
    /// Of this room alone.
    pub room_id: Option<RoomId>,
    /// Of all rooms of this kind.
    pub class_id: Option<RoomClassId>,
    /// In this period alone; `None`: at any time.
    pub period_id: Option<i64>,
    /// From this business date on.
    #[schema(value_type = String, format = Date)]
    pub valid_from: NaiveDate,
    /// What guests spend at least.
    pub min_spend_fen: i64,
    /// Per hour.
    pub per_hour_fen: i64,
    /// The deposit that is asked for.
    pub deposit_fen: i64,
}

/// The price of a room on a date in a period: the room's own before its kind's, the period's before
/// the general, the newest that holds already.
pub(super) fn price_on<'p>(
    prices: &'p [Price],
    room: &Room,
    date: NaiveDate,
    period: Option<i64>,
) -> Option<&'p Price> {
    let fits = |price: &&Price| {
        let of_it = price.room_id == Some(room.id) || price.class_id == Some(room.class_id);
        let then = price.period_id.is_none() || price.period_id == period;
        of_it && then && price.valid_from <= date
    };
    let rank = |price: &&Price| {
        (price.room_id.is_some(), price.period_id.is_some(), price.valid_from, price.id)
    };
    prices.iter().filter(fits).max_by_key(rank)
}

/// Fen as people write yuan: `1,005.00`.
pub fn yuan(fen: i64) -> String {
    let (whole, part) = (fen.abs() / 100, fen.abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}{grouped}.{part:02}", if fen < 0 { "-" } else { "" })
}

/// Yuan as people type them, as fen: `1005`, `1,005.5`, `¥1005.00`. `None` where it is no amount.
pub fn fen(text: &str) -> Option<i64> {
    let text: String =
        text.chars().filter(|c| !matches!(c, ',' | '¥' | '￥' | ' ' | '元')).collect();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 10 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let cents: i64 = format!("{part:0<2}").parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 100 + cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_as_it_is_written() {
        for (text, expected) in [
            ("1005", Some(100_500)),
            ("¥1,005.5", Some(100_550)),
            ("0.05", Some(5)),
            ("1.005", None),
            ("-1", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(fen(text), expected, "{text}");
        }
        assert_eq!(yuan(100_500), "1,005.00");
        assert_eq!(yuan(5), "0.05");
        assert_eq!(yuan(1_234_567_890), "12,345,678.90");
    }
}
