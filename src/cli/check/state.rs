//! What a running service says of its sources (`/readyz`), as evidence.

use serde_json::Value;

use super::evidence::{Gives, Hep, Member, Watch, Watching};
use crate::config::Config;

/// A list of the answer; empty where there is none.
pub(super) fn list(parts: &Value, key: &str) -> Vec<Value> {
    parts[key].as_array().cloned().unwrap_or_default()
}

/// Why a line is down.
fn why(line: &Value) -> String {
    line["reason"].as_str().unwrap_or("no answer yet").replace('-', " ")
}

fn watching(watch: &Value) -> Watching {
    let status = watch["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    match (watch["up"].as_bool(), watch["reason"].as_str()) {
        (Some(true), _) if watch["notifies"].as_u64() != Some(0) => Watching::Granted,
        (_, Some("no-hint")) => Watching::NoHint,
        (_, Some("refused" | "wrong-password")) => Watching::Refused(status),
        _ => Watching::NoNotify,
    }
}

/// What every PBX of the configuration gives, by the service's own word.
pub(super) fn gives(config: &Config, parts: &Value) -> Vec<Gives> {
    let mirrors = list(parts, "mirrors");
    let alone = config.pbx.len() == 1;
    let one = |pbx: &crate::config::Pbx| {
        let theirs = |value: &&Value| value["pbx"] == pbx.name.as_str();
        let lines = list(parts, "lines");
        let mut member = Member::Off;
        let registered = |line: &&Value| line["by"] == "member";
        for line in lines.iter().filter(theirs).filter(registered) {
            if line["up"] == true {
                member = Member::Registered;
            } else if member == Member::Off {
                member = Member::Down(why(line));
            }
        }
        let watches = list(parts, "watches");
        let watches = watches.iter().filter(theirs).map(|watch| Watch {
            extension: watch["extension"].as_str().unwrap_or_default().to_owned(),
            position: watch["position"] == true,
            state: watching(watch),
            number: None,
        });
        // a sender that named no PBX yet is the only one's
        let its = |mirror: &&Value| theirs(mirror) || (alone && mirror["pbx"].is_null());
        let its: Vec<&Value> = mirrors.iter().filter(its).collect();
        let packets = its.iter().filter_map(|mirror| mirror["packets"].as_u64()).sum();
        // one that fell silent says nothing of the clock as it is now
        let speaks = |mirror: &&&Value| mirror["silent_since"].is_null();
        let silent = !its.is_empty() && !its.iter().any(|mirror| speaks(&mirror));
        let off = its.iter().filter(speaks).find(|mirror| mirror["clock_off"] == true);
        let clock_off_ms = off.and_then(|mirror| mirror["clock_offset_ms"].as_i64());
        Gives {
            pbx: pbx.name.clone(),
            member,
            watches: watches.collect(),
            hep: config.hep.as_ref().map(|_| Hep { packets, silent, clock_off_ms, call: None }),
            ..Gives::default()
        }
    };
    config.pbx.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_running_services_own_word_becomes_evidence() {
        let text = "[hep]\nlisten = \"udp://127.0.0.1:0\"\n[[pbx]]\naddress = \"sip:192.0.2.5\"\nusername = \"u\"\npassword = \"p\"";
        let config = crate::config::parse("story", text, &[]).unwrap();
        let parts = json!({
            "lines": [{ "pbx": "main", "by": "member", "account": "u", "up": true }],
            "watches": [
                { "pbx": "main", "extension": "801", "position": true, "up": true, "notifies": 4 },
                { "pbx": "main", "extension": "804", "up": false, "reason": "no-hint", "status": 404 },
                { "pbx": "main", "extension": "805", "up": false, "reason": "refused", "status": 403 },
                { "pbx": "main", "extension": "806", "up": true, "notifies": 0 },
            ],
            "mirrors": [
                { "packets": 0, "clock_off": true, "clock_offset_ms": 9000, "silent_since": "2026-11-23T02:00:00.000Z" },
                { "packets": 7, "clock_off": true, "clock_offset_ms": 1500, "silent_since": null },
            ],
        });
        let [main] = &gives(&config, &parts)[..] else { panic!("one PBX") };
        assert_eq!(main.member, Member::Registered);
        let states: Vec<_> = main.watches.iter().map(|watch| watch.state.clone()).collect();
        assert_eq!(
            states,
            [Watching::Granted, Watching::NoHint, Watching::Refused(Some(403)), Watching::NoNotify]
        );
        assert_eq!(main.hep, Some(Hep { packets: 7, clock_off_ms: Some(1500), ..Hep::default() }));
    }

    #[test]
    fn what_one_pbx_mirrors_is_no_evidence_of_another() {
        let pbx = |name: &str, n: u8| {
            format!(
                "[[pbx]]\nname = \"{name}\"\naddress = \"sip:192.0.2.{n}\"\nusername = \"u\"\npassword = \"p\"\n"
            )
        };
        let text =
            format!("[hep]\nlisten = \"udp://127.0.0.1:0\"\n{}{}", pbx("east", 5), pbx("west", 6));
        let config = crate::config::parse("story", &text, &[]).unwrap();
        let parts = json!({ "mirrors": [
            { "pbx": "east", "packets": 7, "clock_off": true, "clock_offset_ms": 1500 },
            { "pbx": null, "packets": 3 },
        ] });
        let [east, west] = &gives(&config, &parts)[..] else { panic!("two PBXes") };
        assert_eq!(east.hep, Some(Hep { packets: 7, clock_off_ms: Some(1500), ..Hep::default() }));
        assert_eq!(west.hep, Some(Hep::default()), "nobody knows whose the three are");
    }

    #[test]
    fn of_several_senders_one_that_still_speaks_is_enough() {
        let text = "[hep]\nlisten = \"udp://127.0.0.1:0\"\n[[pbx]]\naddress = \"sip:192.0.2.5\"\nusername = \"u\"\npassword = \"p\"";
        let config = crate::config::parse("story", text, &[]).unwrap();
        let silent =
            json!({ "pbx": "main", "packets": 7, "silent_since": "2026-11-23T02:00:00.000Z" });
        let speaks = json!({ "pbx": "main", "packets": 2, "silent_since": null });
        for (mirrors, expected) in
            [(json!([silent, speaks]), false), (json!([silent]), true), (json!([]), false)]
        {
            let [main] = &gives(&config, &json!({ "mirrors": mirrors }))[..] else {
                panic!("one PBX")
            };
            assert_eq!(main.hep.unwrap().silent, expected, "{mirrors}");
        }
    }
}
