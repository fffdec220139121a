//! Inside telephones.

use std::fmt;
use std::str::FromStr;

/// A telephone inside the house: a short SIP user, mostly two to six digits; leading zeros kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Extension(String);

/// The text is not an inside number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an extension is 1 to 32 letters, digits, or . _ - + *")]
pub struct NotAnExtension;

impl Extension {
    /// The extension as it is dialled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands where a telephone is not for this reader to know: one, but not which.
    pub fn hidden() -> Self {
        Self(super::phone::HIDDEN.to_owned())
    }
}

impl FromStr for Extension {
    type Err = NotAnExtension;

    fn from_str(text: &str) -> Result<Self, NotAnExtension> {
        let text = text.trim();
        let known = |b: u8| b.is_ascii_alphanumeric() || b"._-+*".contains(&b);
        let fits = (1..=32).contains(&text.len()) && text.bytes().all(known);
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAnExtension) }
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ext {}", self.0)
    }
}
