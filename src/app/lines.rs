//! The lines to the PBXes, told from the SIP side to the screens.

use tokio::sync::watch;

use crate::sip::{Line, LineState};
use crate::web::LineView;

/// Keeps the screens' picture of the lines up to date, until the SIP side is gone.
pub(super) async fn follow(
    mut lines: watch::Receiver<Vec<Line>>,
    screens: watch::Sender<Vec<LineView>>,
) {
    loop {
        let seen: Vec<LineView> = lines.borrow_and_update().iter().filter_map(view).collect();
        screens.send_if_modified(|shown| {
            let changed = *shown != seen;
            *shown = seen;
            changed
        });
        if lines.changed().await.is_err() {
            return;
        }
    }
}

/// How a line looks on the screens; one that is off on purpose does not.
pub(super) fn view(line: &Line) -> Option<LineView> {
    let (up, since, reason, status) = match line.state {
        LineState::Off => return None,
        LineState::Trying => (false, None, None, None),
        LineState::Registered { .. } | LineState::Hearing => (true, Some(line.since), None, None),
        LineState::Down { reason, status } => (false, Some(line.since), Some(reason), status),
    };
    let (pbx, account) = (line.pbx_name.clone(), line.username.clone());
    Some(LineView { pbx, account, up, since, reason, status })
}
