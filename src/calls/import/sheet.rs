//! A file of the PBX as calls: which sort of file it is, what stands in it, what cannot be read.

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::{cdr, headed, queue_log};
use crate::kernel::Moment;

/// Which sort of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Asterisk's `Master.csv` (`cdr_csv.c`): 16 to 21 columns without headings.
    AsteriskCdr,
    /// Asterisk's `queue_log`: fields parted by `|`.
    QueueLog,
    /// The `example` template of `FreeSWITCH`'s `mod_cdr_csv`.
    FreeswitchCdr,
    /// A sheet whose first line names the columns.
    Plain,
}

impl Source {
    /// The word in the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AsteriskCdr => "asterisk_cdr",
            Self::QueueLog => "queue_log",
            Self::FreeswitchCdr => "freeswitch_cdr",
            Self::Plain => "plain",
        }
    }
}

/// A call as a file tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The line it begins on, from 1.
    pub line: u64,
    /// What the PBX calls it; empty where the file does not say.
    pub key: String,
    /// When it reached the PBX.
    pub started: Moment,
    /// When it was over.
    pub ended: Option<Moment>,
    /// When a person answered; in a record of Asterisk the moment is that of the PBX.
    pub answered: Option<Moment>,
    /// Whether only a machine took it: a menu, music, a voice box.
    pub machine: bool,
    /// Who called, as the file writes it; empty where the number was withheld.
    pub caller: String,
    /// The name that came with it.
    pub name: String,
    /// What it was for, most telling first: numbers, a queue.
    pub dialled: Vec<Dialled>,
    /// The telephone that answered.
    pub extension: Option<String>,
}

/// A number or a name that was called, as the file writes it.
pub type Dialled = String;

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// Which, from 1.
    pub line: u64,
    /// Why, in a few words.
    pub why: String,
}

/// What stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Which sort of file it is.
    pub source: Source,
    /// The calls, the earliest first.
    pub calls: Vec<Heard>,
    /// What cannot be read. With one such line nothing is imported.
    pub bad: Vec<Bad>,
}

/// One line in its fields.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) fields: Vec<String>,
}

impl Line {
    pub(super) fn field(&self, at: usize) -> &str {
        self.fields.get(at).map_or("", |field| field.trim())
    }

    pub(super) fn wrong(&self, why: impl Into<String>) -> Bad {
        Bad { line: self.number, why: why.into() }
    }
}

/// Longer files are split by whoever has them.
const LONGEST: usize = 64 * 1024 * 1024;

/// Reads a file; its local times are of `zone`. An error says why it is none that we know.
pub fn read(bytes: &[u8], zone: Tz) -> Result<Sheet, String> {
    if bytes.len() > LONGEST {
        return Err("it is longer than 64 MB: split it".to_owned());
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    };
    let text = text.trim_start_matches('\u{feff}');
    if queue_log::is_one(text) {
        return Ok(in_order(Source::QueueLog, queue_log::read(text)));
    }
    let (lines, mut bad) = lines_of(text);
    let Some(first) = lines.first() else { return Err("there is nothing in it".to_owned()) };
    let (source, (calls, more)) = if cdr::is_asterisk(first) {
        (Source::AsteriskCdr, cdr::asterisk(&lines, zone))
    } else if cdr::is_freeswitch(first) {
        (Source::FreeswitchCdr, cdr::freeswitch(&lines, zone))
    } else if let Some(headings) = headed::Headings::read(first) {
        (Source::Plain, headings.calls(lines.get(1..).unwrap_or_default(), zone))
    } else {
        return Err("it is neither a CDR of Asterisk or FreeSWITCH, nor a queue_log, nor a sheet \
                    whose first line names the columns start and caller"
            .to_owned());
    };
    bad.extend(more);
    Ok(in_order(source, (calls, bad)))
}

fn in_order(source: Source, (mut calls, mut bad): (Vec<Heard>, Vec<Bad>)) -> Sheet {
    calls.sort_by_key(|call| (call.started, call.line));
    bad.sort_by_key(|one| one.line);
    Sheet { source, calls, bad }
}

fn lines_of(text: &str) -> (Vec<Line>, Vec<Bad>) {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut lines, mut bad) = (Vec::new(), Vec::new());
    for record in reader.records() {
        match record {
            Ok(record) => {
                let number = record.position().map_or(0, csv::Position::line);
                let fields: Vec<String> = record.iter().map(clean).collect();
                if fields.iter().any(|field| !field.is_empty()) {
                    lines.push(Line { number, fields });
                }
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                bad.push(Bad { line, why: "it is no line of a CSV file".to_owned() });
            }
        }
    }
    (lines, bad)
}

/// Without what no telephone and no person writes; of sane length.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(500).collect::<String>().trim().to_owned()
}

/// A local time as the PBXes write it, or an instant with its offset.
pub(super) fn moment(text: &str, zone: Tz) -> Result<Moment, String> {
    if let Some(at) = Moment::parse_rfc3339(text) {
        return sane(at, text);
    }
    let formats = [
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y/%m/%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M",
    ];
    let mut read = formats.iter().filter_map(|f| NaiveDateTime::parse_from_str(text, f).ok());
    let local =
        read.next().ok_or_else(|| format!("{text:?} is no time such as 2026-11-27 09:30:00"))?;
    let at = local.and_local_timezone(zone).earliest();
    let at = at.ok_or_else(|| format!("{text} is skipped by the clocks of {zone}"))?;
    sane(Moment::from(at.to_utc()), text)
}

/// 2000-01-01 and 2100-01-01: a clock that was never set writes earlier years.
pub(super) fn sane(at: Moment, text: &str) -> Result<Moment, String> {
    if (946_684_800_000..4_102_444_800_000).contains(&at.millis()) {
        Ok(at)
    } else {
        Err(format!("{text:?} lies in no year of this century"))
    }
}

/// The telephone in a channel: `PJSIP/801-00000a4f`, `Local/801@from-queue-0001;2`, `sofia/internal/801@host`.
pub(super) fn extension(channel: &str) -> Option<String> {
    let last = channel.rsplit('/').find(|part| *part != "n")?;
    let digits: String = last.chars().take_while(char::is_ascii_digit).collect();
    (2..=6).contains(&digits.len()).then_some(digits)
}
