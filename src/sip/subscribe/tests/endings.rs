//! How a subscription ends, and when it is asked for again.

use super::*;

#[test]
fn a_pbx_that_lost_the_subscription_is_asked_anew_at_once() {
    let mut story = Story::up();
    story.wait(100_000);
    let refresh = story.machine.next_timer().unwrap();
    story.wait(refresh);
    story.status(481);
    assert_eq!((story.begun, story.lost), (2, 1));
    let again = story.last().clone();
    assert_eq!((again.to_tag, again.dialog, again.cseq), (None, 2, 1));
    assert!(!story.machine.is_up());
    story.grant(3600);
    story.active(3600);
    let ups = story.shown.iter().filter(|one| matches!(one, Shown::Registered { .. })).count();
    assert_eq!((ups, story.shown.len()), (2, 2), "a gap of a moment is no outage");
}

#[test]
fn what_ends_it_decides_when_it_is_asked_for_again() {
    let after = |ending| {
        let mut story = Story::up();
        story.wait(50_000);
        story.ended(ending);
        let asked = story.sent_after(49_999);
        (asked, story.machine.next_timer().unwrap().saturating_sub(50_000), story.reason())
    };
    let (asked, _, shown) = after(Ending::Renew);
    assert_eq!((asked, shown), (1, None), "deactivated, timeout: at once");
    let (asked, pause, shown) = after(Ending::Later);
    assert!(asked == 0 && (2_000..=2_500).contains(&pause), "{pause}");
    assert_eq!(shown, Some(("refused", None)));
    let (asked, pause, shown) = after(Ending::Refused);
    assert!(asked == 0 && (300_000..=375_000).contains(&pause), "{pause}");
    assert_eq!(shown, Some(("refused", None)));
    let (asked, pause, shown) = after(Ending::Nothing);
    assert!(asked == 0 && pause >= 300_000, "{pause}");
    assert_eq!(shown, Some(("no-hint", None)));
}

#[test]
fn a_pbx_that_ends_it_again_and_again_is_not_hammered() {
    let mut story = Story::up();
    story.wait(50_000);
    story.ended(Ending::Renew);
    for _ in 0..20 {
        story.grant(3600);
        story.ended(Ending::Renew);
        let next = story.machine.next_timer().unwrap();
        story.wait(next);
    }
    assert!(story.now > 300_000, "twenty endings in {} ms", story.now);
}

#[test]
fn a_retry_after_is_kept() {
    let mut story = Story::up();
    story.cseq += 1;
    let state = Standing::Terminated(Ending::Refused);
    let (end, cseq) = (end("pbx"), story.cseq);
    story.hear(&Notice { end, cseq, state, expires_s: None, retry_after_s: Some(60) });
    let pause = story.machine.next_timer().unwrap();
    assert!((60_000..=75_000).contains(&pause), "{pause}");
}
