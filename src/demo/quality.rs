//! What the demo's supervisor heard: sheets of talks of the month, most of them drawn by chance.

use rand::Rng;
use rand::RngExt as _;

use super::callers::one_of;
use crate::calls::Call;
use crate::db::{Db, Error, Result, Stamp};
use crate::kernel::{Moment, StaffId};
use crate::quality::store::{self, Draw, Scoring};
use crate::quality::{Item, Mark, Score, Scores};
use crate::words::Said;

/// So many talks are drawn, and the last of them is not listened to yet.
const DRAWN: usize = 7;

/// Who listens, to whom, and what chance says.
pub(super) struct Listening<'c> {
    pub(super) supervisor: StaffId,
    pub(super) operator: StaffId,
    /// Calls of the month, the newest first.
    pub(super) newest: &'c [Call],
}

/// What was heard of an item where it was not met.
const fn heard(item: Item) -> &'static str {
    match item {
        Item::Tone => "声音偏低，对方问了两遍",
        Item::NoRudeWords => "说了“这我管不了”",
        Item::NoJokes => "拿对方的口音开了句玩笑",
        Item::PleaseThanks => "结束时没有说“谢谢”",
        Item::NeverWei => "接起来第一句是“喂”",
    }
}

/// Draws, listens and scores, as of `now`.
pub(super) async fn listen(
    db: &Db,
    now: Moment,
    who: &Listening<'_>,
    chance: &mut impl Rng,
) -> Result<()> {
    const HOUR_MS: i64 = 3_600_000;
    let by = Some(who.supervisor);
    for nth in 0..DRAWN {
        // what the operator was told of them is read by now
        let hours = 26 + i64::try_from(DRAWN - nth).unwrap_or(1) * 3;
        let stamp = Stamp { now: now.plus_millis(-hours * HOUR_MS), by };
        let draw = Draw {
            operator: who.operator,
            // whose the talks before were nobody said
            from: now.plus_millis(-5 * 24 * HOUR_MS),
            to: stamp.now,
            chance: chance.random(),
        };
        let sheet = match store::draw(db, stamp, draw).await {
            // too quiet a time
            Err(Error::Refused(_)) => continue,
            drawn => drawn?,
        };
        if nth + 1 < DRAWN {
            let told = Said::of(|l| l.quality_title().to_string());
            let scoring = Scoring { sheet, version: 1, scores: scored(chance), told };
            let stamp = Stamp { now: stamp.now.plus_millis(420_000), by };
            store::score(db, stamp, scoring).await?;
        }
    }
    // one was chosen because somebody asked
    let asked = who.newest.iter().find(|call| {
        let taken = call.taken_by.as_ref().map(|by| by.id);
        call.answered_at.is_some() && taken == Some(who.operator)
    });
    if let Some(call) = asked {
        store::choose(db, Stamp { now: now.plus_millis(-600_000), by }, call.id).await?;
    }
    Ok(())
}

/// Mostly as it should be.
fn scored(chance: &mut impl Rng) -> Scores {
    Scores::each(|item| {
        let mark = match chance.random_range(0..12) {
            0 => Mark::NotMet,
            1 => Mark::NotHeard,
            _ => Mark::Met,
        };
        // rude words and jokes are not what this house is about
        let mark = match (item, mark) {
            (Item::NoRudeWords | Item::NoJokes, Mark::NotMet) => Mark::Met,
            (_, mark) => mark,
        };
        let praise = one_of(&["", "", "", "语速适中，复述清楚"], chance).unwrap_or_default();
        let note = match (item, mark) {
            (_, Mark::NotMet) => heard(item),
            (Item::Tone, Mark::Met) => praise,
            (_, Mark::Met | Mark::NotHeard) => "",
        };
        Score { mark, note: note.to_owned() }
    })
}
