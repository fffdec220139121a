//! How much the book of calls takes, and what it let go by.

/// How much the book holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls that are not over.
    pub calls: usize,
    /// Legs that are over and must not come twice.
    pub legs_over: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: 50_000, legs_over: 100_000 }
    }
}

/// What the book let go by, since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// INVITEs of legs that had been seen before.
    pub repeated: u64,
    /// Calls between the PBX's own telephones, and such as are for no hotline.
    pub internal: u64,
    /// New calls or legs refused because the book is full.
    pub full: u64,
    /// Legs whose names are too long to be kept.
    pub too_long: u64,
    /// Ended legs forgotten before their time because there were too many.
    pub forgotten: u64,
    /// Facts about legs of which nothing is known.
    pub unknown: u64,
}
