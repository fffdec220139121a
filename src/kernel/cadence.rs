//! The ringing rhythm of a country: how long one ring lasts, as data.
//!
//! Source: the three transcriptions of ITU-T E.180 Supplement 2 compared in
//! `spec/telephony.md` §3.1. Where they disagree the name carries the majority's value and the
//! site may write its own cycle.

/// One full ringing cycle: bursts and pauses in milliseconds, beginning with a burst.
///
/// A double burst (`[400, 200, 400, 2000]`) is one ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cadence {
    pattern: Vec<u32>,
}

/// The pattern cannot be a ringing cycle.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a cadence is a name (CN, US, UK, HK, JP, KR, FR, …) or one cycle in seconds: on, off, … ending with a pause, at most 60 s in all"
)]
pub struct NotACadence;

/// Names and their cycles in milliseconds. China first: it is the default.
const NAMED: &[(&str, &[u32])] = &[
    ("CN", &[1000, 4000]),
    ("DE", &[1000, 4000]),
    ("IT", &[1000, 4000]),
    ("NL", &[1000, 4000]),
    ("CH", &[1000, 4000]),
    ("DK", &[1000, 4000]),
    ("NO", &[1000, 4000]),
    ("FI", &[1000, 4000]),
    ("CZ", &[1000, 4000]),
    ("PL", &[1000, 4000]),
    ("GR", &[1000, 4000]),
    ("EE", &[1000, 4000]),
    ("LT", &[1000, 4000]),
    ("RU", &[1000, 4000]),
    ("BR", &[1000, 4000]),
    ("BG", &[1000, 4000]),
    ("ID", &[1000, 4000]),
    ("PH", &[1000, 4000]),
    ("VE", &[1000, 4000]),
    ("MO", &[1000, 4000]),
    ("TW", &[1000, 4000]),
    ("TH", &[1000, 4000]),
    ("US", &[2000, 4000]),
    ("CA", &[2000, 4000]),
    ("TR", &[2000, 4000]),
    ("MX", &[2000, 4000]),
    ("UK", &[400, 200, 400, 2000]),
    ("GB", &[400, 200, 400, 2000]),
    ("AU", &[400, 200, 400, 2000]),
    ("NZ", &[400, 200, 400, 2000]),
    ("IN", &[400, 200, 400, 2000]),
    ("SG", &[400, 200, 400, 2000]),
    ("ZA", &[400, 200, 400, 2000]),
    ("MY", &[400, 200, 400, 2000]),
    ("HK", &[400, 200, 400, 3000]),
    ("JP", &[1000, 2000]),
    ("KR", &[1000, 2000]),
    ("FR", &[1500, 3500]),
    ("ES", &[1500, 3000]),
    ("CY", &[1500, 3000]),
    ("HU", &[1250, 3750]),
    ("BE", &[1000, 3000]),
    ("IL", &[1000, 3000]),
    ("CL", &[1000, 3000]),
    ("AT", &[1000, 5000]),
    ("SE", &[1000, 5000]),
    ("PT", &[1000, 5000]),
    ("AR", &[1000, 4500]),
    ("RO", &[1850, 4150]),
    ("SA", &[1200, 4600]),
    ("EG", &[2000, 1000]),
    ("AE", &[1500, 4000]),
];

impl Cadence {
    /// The cadence of a country of the table, upper or lower case.
    pub fn named(name: &str) -> Result<Self, NotACadence> {
        let found = NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        found.map(|(_, pattern)| Self { pattern: pattern.to_vec() }).ok_or(NotACadence)
    }

    /// A cycle of the site's own, in milliseconds: on, off, …, ending with a pause.
    pub fn from_millis(pattern: &[u32]) -> Result<Self, NotACadence> {
        let whole: u64 = pattern.iter().map(|&part| u64::from(part)).sum();
        let pairs = !pattern.is_empty() && pattern.len() <= 8 && pattern.len().is_multiple_of(2);
        let fits = pairs && pattern.iter().all(|&part| part >= 50) && whole <= 60_000;
        if fits { Ok(Self { pattern: pattern.to_vec() }) } else { Err(NotACadence) }
    }

    /// Milliseconds from the begin of one ring to the begin of the next. Never zero.
    pub fn cycle_ms(&self) -> i64 {
        self.pattern.iter().map(|&part| i64::from(part)).sum()
    }

    /// Bursts and pauses in milliseconds, beginning with a burst.
    pub fn pattern_ms(&self) -> &[u32] {
        &self.pattern
    }
}

impl Default for Cadence {
    fn default() -> Self {
        Self { pattern: vec![1000, 4000] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_a_full_cycle_and_a_double_burst_is_one_ring() {
        assert_eq!(Cadence::named("CN").map(|c| c.cycle_ms()), Ok(5000));
        assert_eq!(Cadence::named("uk").map(|c| c.cycle_ms()), Ok(3000));
        assert_eq!(Cadence::from_millis(&[400, 200, 400, 2000]).map(|c| c.cycle_ms()), Ok(3000));
        assert_eq!(Cadence::from_millis(&[1000]), Err(NotACadence));
        assert_eq!(Cadence::from_millis(&[1000, 0]), Err(NotACadence));
        assert_eq!(Cadence::named("Atlantis"), Err(NotACadence));
    }
}
