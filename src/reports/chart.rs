//! Charts as SVG drawn on the server: positions in whole numbers, looks by class, so that no style is
//! inline. Beside each chart stands its table.

/// A bar of a chart; units are those of its `viewBox`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bar {
    /// Left edge.
    pub(super) x: i64,
    /// Upper edge.
    pub(super) y: i64,
    /// Width.
    pub(super) width: i64,
    /// Height.
    pub(super) height: i64,
    /// The middle, for texts.
    pub(super) middle: i64,
    /// Which fill, 1 to 4: the ring states.
    pub(super) tint: i64,
}

/// Upright bars over a line at `ground`, the highest `room` high.
pub(super) fn upright(
    values: &[i64],
    tints: &[i64],
    step: i64,
    width: i64,
    ground: i64,
    room: i64,
) -> Vec<Bar> {
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let places = values.iter().zip(tints).zip(0_i64..);
    places
        .map(|((&value, &tint), place)| {
            // what is there is seen, however little
            let height = if value == 0 { 0 } else { (value * room / most).max(2) };
            let x = 14 + place * step;
            Bar { x, y: ground - height, width, height, middle: x + width / 2, tint }
        })
        .collect()
}

/// One bar of several parts side by side, `length` long in all, with gaps of one unit.
pub(super) fn parts(values: &[i64], length: i64) -> Vec<Bar> {
    let all: i64 = values.iter().sum();
    let mut x = 0;
    let mut bars = Vec::new();
    for (&value, tint) in values.iter().zip(1_i64..) {
        let width = (value * length).checked_div(all).unwrap_or(0);
        if value > 0 {
            let shown = (width - 2).max(2);
            bars.push(Bar { x, y: 0, width: shown, height: 12, middle: x + shown / 2, tint });
        }
        x += width;
    }
    bars
}

/// A line of shares in thousandths over time, with the target it should keep above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The path of each unbroken piece: days without calls are a gap.
    pub(super) pieces: Vec<String>,
    /// The same closed along the ground.
    pub(super) areas: Vec<String>,
    /// Where the target lies.
    pub(super) target_y: i64,
    /// The points: x, y and which value.
    pub(super) points: Vec<(i64, i64, usize)>,
    /// The lowest of them.
    pub(super) lowest: Option<(i64, i64, usize)>,
}

/// Draws shares in a field of `width` × `height`; the scale begins ten points below the lowest
/// share or the target, so that small changes are seen, and its ground is written beside it.
pub(super) fn line(shares: &[Option<i64>], target: i64, width: i64, height: i64) -> Line {
    let seen = || shares.iter().flatten().copied();
    let low = (seen().min().unwrap_or(target).min(target) - 100).max(0);
    let y = |share: i64| height - (share - low) * height / (1000 - low).max(1);
    let last = i64::try_from(shares.len()).unwrap_or(i64::MAX).saturating_sub(1).max(1);
    let mut drawn = Line {
        pieces: Vec::new(),
        areas: Vec::new(),
        target_y: y(target),
        points: Vec::new(),
        lowest: None,
    };
    let mut run: Vec<(i64, i64)> = Vec::new();
    let close = |run: &mut Vec<(i64, i64)>, drawn: &mut Line| {
        if let (Some(first), Some(end)) = (run.first(), run.last()) {
            let path: Vec<String> = run.iter().map(|(x, y)| format!("{x} {y}")).collect();
            let path = format!("M{}", path.join(" L"));
            drawn.areas.push(format!("{path} L{} {height} L{} {height} Z", end.0, first.0));
            drawn.pieces.push(path);
        }
        run.clear();
    };
    for (place, (share, index)) in shares.iter().zip(0..).enumerate() {
        let x = 6 + i64::try_from(place).unwrap_or(0) * (width - 12) / last;
        match share {
            Some(share) => {
                run.push((x, y(*share)));
                drawn.points.push((x, y(*share), index));
            }
            None => close(&mut run, &mut drawn),
        }
    }
    close(&mut run, &mut drawn);
    drawn.lowest = drawn.points.iter().copied().max_by_key(|(_, y, _)| *y);
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_room_and_the_smallest_is_seen() {
        let bars = upright(&[61, 0, 1], &[1, 2, 3], 70, 46, 186, 158);
        assert_eq!((bars[0].y, bars[0].height), (28, 158));
        assert_eq!(bars[1].height, 0);
        assert_eq!((bars[2].height, bars[2].x), (2, 154));
        assert!(upright(&[], &[], 70, 46, 186, 158).is_empty());
    }

    #[test]
    fn the_parts_of_a_bar_are_as_long_as_their_share() {
        let bars = parts(&[50, 0, 25, 25], 1000);
        let widths: Vec<_> = bars.iter().map(|bar| (bar.x, bar.width, bar.tint)).collect();
        assert_eq!(widths, [(0, 498, 1), (500, 248, 3), (750, 248, 4)]);
        assert!(parts(&[0, 0], 1000).is_empty());
    }

    #[test]
    fn a_day_without_calls_is_a_gap_in_the_line() {
        let drawn = line(&[Some(950), None, Some(1000), Some(900)], 950, 400, 80);
        assert_eq!(drawn.pieces.len(), 2);
        assert_eq!(drawn.lowest.map(|(.., index)| index), Some(3));
        assert_eq!(drawn.points.iter().map(|p| p.1).min(), Some(0), "all of them is the top");
        assert!(line(&[None], 950, 400, 80).pieces.is_empty());
    }
}
