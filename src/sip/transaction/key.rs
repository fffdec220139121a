//! How a request finds the transaction it belongs to (RFC 3261 §17.2.3).

use std::sync::Arc;

/// Names a server transaction: equal keys are one transaction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(Arc<[u8]>);
