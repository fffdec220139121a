//! The recordings of real PBXes, heard as their mirrored signalling: what the sorter tells is what
//! really happened.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use switchboard::kernel::Moment;
use switchboard::sip::{End, Heard, LegKey, Role, Sighting, Sorter, Source, What, Wire};

use super::mirror_kit::{FIXTURES, lab, moment, recorded, told, truth};

/// How far a mirrored moment may be from the PBX's own event, in milliseconds.
const TOLERANCE_MS: i64 = 250;
/// The same of an end; of a call that was sent on, the PBX ends the first talk at the REFER.
const END_TOLERANCE_MS: i64 = 500;

#[test]
fn a_call_in_a_ring_group_is_told_leg_by_leg() {
    assert_eq!(
        tale("01-ring1-answered"),
        "trunk offered 13800001111 to 4008001234
         801 offered 13800001111 to 801
         802 offered 13800001111 to 802
         803 offered 13800001111 to 803
         listener offered 13800001111 to listener
         801 rings
         trunk rings
         802 rings
         803 rings
         listener rings
         801 answers
         802 withdrawn: elsewhere
         803 withdrawn: elsewhere
         listener withdrawn: elsewhere
         trunk answers
         801 ended by the callee
         trunk ended by the callee"
            .replace("         ", "")
    );
}

#[test]
fn a_proxy_that_keeps_one_call_id_is_told_leg_by_leg_too() {
    assert_eq!(
        tale("K1-kamailio-answered"),
        "trunk offered 13800001111 to 4008001234
         801 offered 13800001111 to 4008001234 801
         802 offered 13800001111 to 4008001234 802
         803 offered 13800001111 to 4008001234 803
         listener offered 13800001111 to 4008001234 listener
         801 rings
         trunk rings
         802 rings
         803 rings
         listener rings
         801 answers
         trunk answers
         802 withdrawn: elsewhere
         803 withdrawn: elsewhere
         listener withdrawn: elsewhere
         801 ended by the callee
         trunk ended by the callee"
            .replace("         ", "")
    );
}

#[test]
fn holding_and_sending_on_are_told_once_and_of_the_telephone_that_did_it() {
    let acts = |name| {
        let lines = tale(name);
        let acts = lines.lines().filter(|line| line.contains(" holds") || line.contains(" refers"));
        acts.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(acts("18-hold-resume"), ["801 holds", "801 holds no more"]);
    assert_eq!(acts("08-blind-transfer"), ["801 refers to 804"]);
    // the talk that is taken over is the one that 801 began with 804
    assert_eq!(acts("09-attended-transfer"), ["801 holds", "801 refers to 804 in place of a talk"]);
    let heard = heard("09-attended-transfer");
    let placed = sightings(&heard).find_map(|one| {
        let What::Offered(offer) = &one.what else { return None };
        matches!(offer.role, Role::Placed(_)).then_some(&one.leg.call_id)
    });
    let replaced = sightings(&heard).find_map(|one| {
        let What::Referred(referral) = &one.what else { return None };
        referral.replaces.as_ref()
    });
    assert!(replaced.is_some());
    assert_eq!(replaced, placed);
}

#[test]
fn a_challenged_invite_is_no_call_and_the_one_with_the_password_is() {
    let lines = tale("36-noise-internal-outbound");
    assert!(!lines.contains("trunk"), "{lines}");
    let count = |what: &str| lines.lines().filter(|line| line.contains(what)).count();
    // 804 calls 801, 802 calls outside: each was challenged once
    assert_eq!(count("placed by 804 offered"), 1, "{lines}");
    assert_eq!(count("placed by 802 offered"), 1, "{lines}");
}

#[test]
fn two_callers_at_once_stay_two() {
    let lines = tale("10-two-callers");
    assert!(lines.contains("trunk offered 13800001111"), "{lines}");
    assert!(lines.contains("trunk 2 offered 13900002222"), "{lines}");
    assert!(lines.contains("\n801 answers\n") && lines.contains("\n802 2 answers\n"), "{lines}");
}

#[test]
fn who_withheld_themselves_is_named_nowhere() {
    let numbers = [("13-anonymous", "13800001111"), ("14-anonymous-pai", "13800")];
    for (name, number) in numbers {
        let heard = heard(name);
        let callers: Vec<_> = sightings(&heard)
            .filter_map(|one| {
                let What::Offered(offer) = &one.what else { return None };
                Some(&offer.caller)
            })
            .collect();
        assert!(!callers.is_empty());
        assert!(callers.iter().all(|caller| caller.withheld && caller.user.is_none()), "{name}");
        for wire in wires(&heard) {
            let from = wire.text.lines().filter(|line| !line.starts_with("To"));
            assert!(!from.into_iter().any(|line| line.contains(number)), "{name}: {}", wire.text);
        }
    }
}

#[test]
fn the_ladder_shows_every_message_of_a_call_and_no_password() {
    let heard = heard("09-attended-transfer");
    let text: Vec<_> = wires(&heard).map(|wire| &*wire.text).collect();
    assert!(text.iter().any(|text| text.contains("Authorization: Digest (removed)")));
    assert!(!text.iter().any(|text| text.contains("response=")));
    assert!(text.iter().any(|text| text.starts_with("REFER ")));
    // our own legs are heard first hand, and what was challenged is no call
    let ours = |text: &&&str| text.contains("sip:listener@") || text.contains("401 Unauthorized");
    assert_eq!(text.iter().filter(ours).count(), 0);
    let of_leg = |one: &Heard, leg: &LegKey| matches!(one, Heard::Sighting(one) if one.leg == *leg);
    let offered = |wire: &Wire| heard.iter().position(|one| of_leg(one, &wire.leg));
    for (place, one) in heard.iter().enumerate() {
        if let Heard::Wire(wire) = one {
            assert!(offered(wire).is_some_and(|offered| offered < place), "{}", wire.text);
        }
    }
}

#[test]
fn every_recorded_call_is_told_as_it_really_was() {
    let mut names: Vec<_> = fs::read_dir(FIXTURES)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 10, "the recordings have gone missing");
    let mut wrong = Vec::new();
    for name in names.iter().filter(|name| !name.starts_with('K')) {
        let faults = judge(&truth(name), &heard(name));
        wrong.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// ------------------------------------------------------------------------------------- the judge

/// What happened to one leg, by the sightings.
#[derive(Debug, Default)]
struct Life {
    role: Role,
    caller: Option<String>,
    offered: Option<Moment>,
    rang: Option<Moment>,
    answered: Option<Moment>,
    ended: Option<Moment>,
    sent_on: Option<Moment>,
}

fn judge(truth: &Value, heard: &[Heard]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut lives = BTreeMap::<LegKey, Life>::new();
    for one in sightings(heard) {
        let life = lives.entry(one.leg.clone()).or_default();
        let place = match &one.what {
            What::Offered(offer) => {
                life.role = offer.role.clone();
                life.caller.clone_from(&offer.caller.user);
                &mut life.offered
            }
            What::Alerted => &mut life.rang,
            What::Answered => &mut life.answered,
            What::Withdrawn(_) | What::Refused(_) | What::Ended(_) => &mut life.ended,
            What::Referred(_) => &mut life.sent_on,
            What::Held(_) => continue,
            // the outside line of 36 does not exist: nothing ever answers there
            What::Lost if life.role == Role::Outbound => continue,
            What::Lost => {
                faults.push("lost a leg".to_owned());
                continue;
            }
        };
        if place.replace(one.at).is_some() {
            faults.push(format!("told twice: {:?} {:?}", life.role, one.what));
        }
    }
    let calls = truth["calls"].as_array().unwrap();
    let trunks = lives.values().filter(|life| life.role == Role::Trunk).count();
    if trunks != calls.len() {
        faults.push(format!("{trunks} calls for {}", calls.len()));
    }
    for call in calls {
        let start = at(&call["start"]).unwrap();
        let trunk =
            lives.values().find(|life| life.role == Role::Trunk && near(life.offered, Some(start)));
        let Some(trunk) = trunk else {
            faults.push(format!("no call at {start}"));
            continue;
        };
        if trunk.caller.as_deref().is_some_and(|caller| call["caller"] != *caller) {
            faults.push(format!("{:?} called, not {}", trunk.caller, call["caller"]));
        }
        if !near(trunk.answered, at(&call["trunk_answered"])) {
            faults.push(format!("trunk answered at {:?}", trunk.answered));
        }
        if !over(trunk.ended, at(&call["end"])) {
            faults.push(format!("trunk ended at {:?}", trunk.ended));
        }
        for leg in call["legs"].as_array().unwrap() {
            let dev = leg["dev"].as_str().unwrap();
            let role = dev.parse().map_or(Role::Member, Role::Phone);
            let role = if dev == "listener" { Role::Member } else { role };
            let found = lives.values().any(|life| {
                life.role == role
                    && near(life.offered, at(&leg["new"]))
                    && near(life.rang, at(&leg["ringing"]))
                    && near(life.answered, at(&leg["up"]))
                    && (over(life.ended, at(&leg["end"])) || over(life.sent_on, at(&leg["end"])))
            });
            if !found {
                faults.push(format!("no such life of {dev}: {leg}"));
            }
        }
    }
    faults
}

fn at(value: &Value) -> Option<Moment> {
    value.as_f64().map(|_| moment(&value.to_string()))
}

fn near(seen: Option<Moment>, real: Option<Moment>) -> bool {
    within(TOLERANCE_MS, seen, real)
}

fn over(seen: Option<Moment>, real: Option<Moment>) -> bool {
    within(END_TOLERANCE_MS, seen, real)
}

fn within(tolerance_ms: i64, seen: Option<Moment>, real: Option<Moment>) -> bool {
    match (seen, real) {
        (Some(seen), Some(real)) => seen.millis_since(real).abs() <= tolerance_ms,
        (None, None) => true,
        _ => false,
    }
}

// -------------------------------------------------------------------------------------- the tale

fn heard(name: &str) -> Vec<Heard> {
    told(&mut Sorter::new(&[lab(name)]), &recorded(name))
}

fn sightings(heard: &[Heard]) -> impl Iterator<Item = &Sighting> {
    heard.iter().filter_map(|one| if let Heard::Sighting(one) = one { Some(one) } else { None })
}

fn wires(heard: &[Heard]) -> impl Iterator<Item = &Wire> {
    heard.iter().filter_map(|one| if let Heard::Wire(wire) = one { Some(wire) } else { None })
}

/// The sightings of a recording, a line each. A telephone that is rung a second time has a 2.
fn tale(name: &str) -> String {
    let mut names = BTreeMap::<LegKey, String>::new();
    let mut lines = Vec::new();
    for one in sightings(&heard(name)) {
        assert!(matches!(one.source, Source::Mirror { .. }));
        if let What::Offered(offer) = &one.what {
            let who = match &offer.role {
                Role::Member => "listener".to_owned(),
                Role::Trunk => "trunk".to_owned(),
                Role::Phone(extension) => extension.to_string(),
                Role::Placed(extension) => format!("placed by {extension}"),
                Role::Outbound => "outside".to_owned(),
                Role::Detour => "service".to_owned(),
                Role::Returned(_) => "back".to_owned(),
            };
            let before = names
                .values()
                .filter(|known| **known == who || known.starts_with(&format!("{who} ")));
            let count = before.count() + 1;
            let who = if count > 1 { format!("{who} {count}") } else { who };
            names.insert(one.leg.clone(), who);
        }
        let what = match &one.what {
            What::Offered(offer) => {
                let caller = offer.caller.user.as_deref().unwrap_or("anonymous");
                format!("offered {caller} to {}", offer.dialled.join(" "))
            }
            What::Alerted => "rings".to_owned(),
            What::Answered => "answers".to_owned(),
            What::Withdrawn(why) if why.elsewhere => "withdrawn: elsewhere".to_owned(),
            What::Withdrawn(_) => "withdrawn".to_owned(),
            What::Refused(status) => format!("refused {status}"),
            What::Ended(End::Caller) => "ended by the caller".to_owned(),
            What::Ended(End::Callee) => "ended by the callee".to_owned(),
            What::Held(true) => "holds".to_owned(),
            What::Held(false) => "holds no more".to_owned(),
            What::Referred(referral) => {
                let place = if referral.replaces.is_some() { " in place of a talk" } else { "" };
                format!("refers to {}{place}", referral.to)
            }
            What::Lost => "lost".to_owned(),
        };
        lines.push(format!("{} {what}", names.get(&one.leg).map_or("?", |name| name)));
    }
    lines.join("\n")
}
