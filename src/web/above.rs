//! What stands above every page for its reader: what waits for their answer.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{OnDuty, Want};

/// Draws it, ready to be put into the page; put into every request by the roof.
pub type Draw = dyn for<'a> Fn(&'a Want, &'a OnDuty) -> BoxFuture<'a, Option<String>> + Send + Sync;

/// Asked once for every page of somebody who is signed in.
#[derive(Clone)]
pub struct Above(pub Arc<Draw>);
