//! Call-backs owed and kept: counted by the store itself whenever one is owed or settled.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::super::period::Period;
use crate::calls::missed::CallBack;
use crate::db::{Db, Result, statements};

statements! {
    /// By what became of them.
    COUNTED = "SELECT b.state, CAST(sum(b.n) AS BIGINT) AS n FROM report_call_backs b
               WHERE b.business_date >= $1 AND b.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR b.hotline = $3)
               GROUP BY b.state";
}

/// Missed calls that somebody owed a call back, by what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct CallBacks {
    /// All of them.
    pub owed: i64,
    /// There was contact before it was due.
    pub kept: i64,
    /// There was contact, but too late.
    pub kept_late: i64,
    /// Still owed.
    pub open: i64,
    /// A person let it be, and said why.
    pub waived: i64,
}

impl CallBacks {
    /// How many calls belong to a figure.
    pub fn of(&self, call_back: CallBack) -> i64 {
        match call_back {
            CallBack::Owed => self.owed,
            CallBack::Kept => self.kept,
            CallBack::KeptLate => self.kept_late,
            CallBack::Open => self.open,
            CallBack::Waived => self.waived,
        }
    }
}

#[derive(FromRow)]
struct Row {
    state: String,
    n: i64,
}

/// Counts them over a time, for one hotline or all.
pub async fn call_backs(db: &Db, period: &Period, hotline: Option<&str>) -> Result<CallBacks> {
    let query = db.read(COUNTED).bind(period.from.to_string()).bind(period.to.to_string());
    let rows: Vec<Row> = query.bind(hotline).all().await?;
    let mut counted = CallBacks::default();
    for Row { state, n } in rows {
        counted.owed += n;
        match state.as_str() {
            "kept" => counted.kept += n,
            "kept_late" => counted.kept_late += n,
            "open" => counted.open += n,
            _ => counted.waived += n,
        }
    }
    Ok(counted)
}
