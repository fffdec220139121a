//! How people answer: how fast, how often not at all, and how often faster than anybody reads.

use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::StaffId;

/// An answer on a page or by a link that came sooner was given blindly, in milliseconds
/// (operations.md §7, 7).
pub const BLIND_MS: i64 = 2_000;

/// One person's answers to notices that had to be answered, over a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Answers {
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// How many notices asked them.
    pub asked: i64,
    /// How many they answered.
    pub acked: i64,
    /// How many were over, or told to others, before they answered.
    pub missed: i64,
    /// From sending to answer, the median in milliseconds; null where nothing was answered.
    pub median_ms: Option<i64>,
    /// How many were answered sooner than anybody reads, not counting answers by voice.
    pub blind: i64,
}
