//! What each PBX lets us hear, what that is worth, and which of its settings would give more.

use std::fmt::Write as _;

/// Where the pages about PBXes are.
const PAGES: &str = "docs/pbx";

/// One PBX as far as was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Gives {
    /// Its name in the configuration.
    pub(super) pbx: String,
    /// What it answered to OPTIONS; `None` where it was not asked.
    pub(super) options: Option<Answered>,
    /// Our extension in the ring group.
    pub(super) member: Member,
    /// The extensions that are watched.
    pub(super) watches: Vec<Watch>,
    /// Mirrored signalling; `None` where `[hep]` is not configured.
    pub(super) hep: Option<Hep>,
    /// Whether an INVITE carried X-Hotline headers; `None` before a call was heard.
    pub(super) headers: Option<bool>,
    /// Whether a CANCEL said why; `None` before one was heard.
    pub(super) reason: Option<bool>,
    /// A call came back from somewhere that `services` does not name.
    pub(super) unnamed_service: bool,
}

/// What came back to OPTIONS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answered {
    /// Nothing.
    Nothing,
    /// A status, and the name the PBX gives itself.
    Status(u16, Option<String>),
}

/// Our extension in the ring group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Member {
    /// `member = false`.
    #[default]
    Off,
    /// Registered.
    Registered,
    /// Not registered, and why.
    Down(String),
}

/// One watched extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Watch {
    /// Which.
    pub(super) extension: String,
    /// Whether it is an operator's telephone.
    pub(super) position: bool,
    /// What the PBX said to the subscription.
    pub(super) state: Watching,
    /// Whether ringing came with the caller's number; `None` before it rang.
    pub(super) number: Option<bool>,
}

/// What the PBX said to a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Watching {
    /// Granted, and a NOTIFY came.
    Granted,
    /// 404: there is no hint.
    NoHint,
    /// Refused, with this status.
    Refused(Option<u16>),
    /// Nothing came.
    NoNotify,
}

/// Mirrored signalling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hep {
    /// Packets that came in the time we waited, or since the service started.
    pub(super) packets: u64,
    /// Whoever sent them sends nothing any more.
    pub(super) silent: bool,
    /// How far the sender's clock is off, in milliseconds, where that is worth a word.
    pub(super) clock_off_ms: Option<i64>,
    /// Whether the call that was heard showed in it; `None` before one was heard.
    pub(super) call: Option<bool>,
}

impl Hep {
    /// Whether calls can be followed by it, as far as is known.
    fn tells(self) -> bool {
        self.packets > 0 && !self.silent && self.call != Some(false)
    }
}

impl Gives {
    fn granted(&self) -> usize {
        self.watches.iter().filter(|watch| watch.state == Watching::Granted).count()
    }

    /// From which source ring, answer, who and end come; `-` where from none.
    fn worth(&self) -> [&'static str; 4] {
        let member = self.member == Member::Registered;
        let seen = |watch: &&Watch| watch.position && watch.state == Watching::Granted;
        let positions = self.watches.iter().filter(seen).count();
        if self.hep.is_some_and(Hep::tells) {
            return ["hep"; 4];
        }
        match (positions > 0, member && self.reason != Some(false)) {
            (true, true) => ["dialog", "member", "dialog", "dialog"],
            (true, false) => ["dialog"; 4],
            (false, true) => ["member", "member", "-", "-"],
            (false, false) => [if member { "member" } else { "-" }, "-", "-", "-"],
        }
    }

    /// The page about a PBX of this make.
    fn page(&self) -> String {
        let Some(Answered::Status(_, Some(name))) = &self.options else {
            return format!("{PAGES}/README.md");
        };
        let name = name.to_ascii_lowercase();
        let makes = [
            ("fpbx", "freepbx"),
            ("freeswitch", "freeswitch"),
            ("kamailio", "kamailio"),
            ("3cx", "3cx"),
            ("yeastar", "yeastar"),
            ("grandstream", "grandstream"),
            ("ucm6", "grandstream"),
            ("cisco", "cisco"),
            ("asterisk", "asterisk"),
        ];
        let known = makes.into_iter().find(|(sign, _)| name.contains(sign));
        format!("{PAGES}/{}.md", known.map_or("README", |(_, page)| page))
    }

    /// Which setting would give more, in the order in which it is worth it.
    pub(super) fn advice(&self) -> Vec<String> {
        let mut advice = Vec::new();
        if self.options == Some(Answered::Nothing) {
            advice.push(
                "does not answer OPTIONS: look at `address`, the port and the firewall".to_owned(),
            );
        }
        if let Member::Down(why) = &self.member {
            advice.push(format!("the extension of ours is not registered ({why})"));
        }
        let of = |state: &dyn Fn(&Watching) -> bool| {
            let found = self.watches.iter().filter(|watch| state(&watch.state));
            found.map(|watch| watch.extension.as_str()).collect::<Vec<_>>().join(", ")
        };
        let no_hint = of(&|state| *state == Watching::NoHint);
        if !no_hint.is_empty() {
            advice.push(format!("no hint for {no_hint}: give each a hint, in the context that our account subscribes to"));
        }
        let refused = of(&|state| matches!(state, Watching::Refused(_)));
        if !refused.is_empty() {
            advice.push(format!("watching {refused} was refused: allow our account to subscribe (allow_subscribe, subscribe_context)"));
        }
        let silent = of(&|state| *state == Watching::NoNotify);
        if !silent.is_empty() {
            advice.push(format!("no NOTIFY came for {silent}: let the PBX send SIP to `sip.listen`, or set `sip.advertise`"));
        }
        if self.watches.is_empty() {
            advice.push("no extension is watched: `watch` and `positions` in the configuration and a hint for each would tell who answers and when the talk ends".to_owned());
        }
        if self.watches.iter().any(|watch| watch.number == Some(false)) {
            advice.push("ringing came without the caller's number: no device_state_busy_at=1, notify_early_inuse_ringing=yes".to_owned());
        }
        match self.hep {
            None => advice.push("no mirrored signalling is asked for: HEP, with a [hep] section here, would tell every telephone's own ringing, and who hung up".to_owned()),
            Some(Hep { packets: 0, .. }) => advice.push("no HEP packet came: set the PBX's capture address, `hep.trusted` and `hep.auth_key`".to_owned()),
            Some(Hep { silent: true, .. }) => advice.push("no HEP packet comes any more: look at the PBX's capture, and at the way from there to `hep.listen`".to_owned()),
            Some(Hep { call: Some(false), .. }) => advice.push("HEP packets came, and none of the call: let the PBX mirror what it says to the carrier and to the telephones".to_owned()),
            Some(Hep { clock_off_ms: Some(off), .. }) => advice.push(format!("its clock is {off:+} ms off: let NTP run on both machines")),
            Some(_) => {}
        }
        if self.headers == Some(false) {
            advice.push("no X-Hotline headers: X-Hotline-Call-ID and X-Hotline-DID would tell calls of one number apart".to_owned());
        }
        if self.reason == Some(false) {
            advice.push("a CANCEL came without a Reason: an answered call and a lost one look alike to the member".to_owned());
        }
        if self.unnamed_service {
            advice.push("calls are sent somewhere that sends them back: name its address in `services`, so that what comes from there is never taken for a second caller, however little of it is mirrored".to_owned());
        }
        let page = self.page();
        advice.into_iter().map(|line| format!("{}: {line}; {page}", self.pbx)).collect()
    }

    fn cells(&self) -> Vec<String> {
        let options = match &self.options {
            None => "not asked".to_owned(),
            Some(Answered::Nothing) => "no answer".to_owned(),
            Some(Answered::Status(status, _)) => status.to_string(),
        };
        let member = match &self.member {
            Member::Off => "off",
            Member::Registered => "registered",
            Member::Down(_) => "down",
        };
        let dialog = if self.watches.is_empty() {
            "none".to_owned()
        } else {
            let mut cell = format!("{} of {}", self.granted(), self.watches.len());
            match numbers(&self.watches) {
                Some(true) => cell.push_str(", number"),
                Some(false) => cell.push_str(", no number"),
                None => {}
            }
            cell
        };
        let hep = match self.hep {
            None => "off".to_owned(),
            Some(hep) => {
                let mut cell = format!("{} packets", hep.packets);
                if hep.silent {
                    cell.push_str(", silent");
                }
                if let Some(off) = hep.clock_off_ms {
                    // writing to a text cannot fail
                    write!(cell, ", clock {off:+} ms").unwrap_or_default();
                }
                cell
            }
        };
        let mut cells = vec![
            self.pbx.clone(),
            options,
            member.to_owned(),
            dialog,
            hep,
            seen(self.headers).to_owned(),
            seen(self.reason).to_owned(),
        ];
        cells.extend(self.worth().map(str::to_owned));
        cells
    }
}

/// Whether ringing came with a number, as far as any watched extension rang.
fn numbers(watches: &[Watch]) -> Option<bool> {
    watches.iter().filter_map(|watch| watch.number).reduce(|all, one| all && one)
}

fn seen(seen: Option<bool>) -> &'static str {
    match seen {
        None => "no test call",
        Some(true) => "yes",
        Some(false) => "no",
    }
}

/// The heads of the table: what the PBX gives, then what comes of it.
const HEADS: [&str; 11] = [
    "PBX",
    "OPTIONS",
    "member",
    "dialog-info",
    "HEP",
    "X-Hotline",
    "Reason",
    "ring",
    "answered",
    "who",
    "end",
];

/// The table as lines of text.
pub(super) fn table(gives: &[Gives]) -> Vec<String> {
    let rows: Vec<Vec<String>> = std::iter::once(HEADS.map(str::to_owned).to_vec())
        .chain(gives.iter().map(Gives::cells))
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(extension: &str, state: Watching, number: Option<bool>) -> Watch {
        Watch { extension: extension.into(), position: true, state, number }
    }

    #[test]
    fn a_member_alone_sees_neither_who_nor_the_end() {
        let gives = Gives { pbx: "main".into(), member: Member::Registered, ..Gives::default() };
        assert_eq!(gives.worth(), ["member", "member", "-", "-"]);
        let advice = gives.advice();
        assert!(advice[0].contains("no extension is watched"), "{advice:?}");
        assert!(advice[1].contains("HEP") && advice[1].ends_with("docs/pbx/README.md"));
    }

    #[test]
    fn a_member_that_is_not_told_why_the_ringing_stopped_sees_no_answer() {
        let member = Member::Registered;
        let gives = Gives { member, reason: Some(false), ..Gives::default() };
        assert_eq!(gives.worth(), ["member", "-", "-", "-"]);
    }

    #[test]
    fn a_mirror_that_does_not_show_the_call_is_worth_nothing_and_is_told_so() {
        let hep = Some(Hep { packets: 3, call: Some(false), ..Hep::default() });
        let gives = Gives { member: Member::Registered, hep, ..Gives::default() };
        assert_eq!(gives.worth(), ["member", "member", "-", "-"]);
        assert!(gives.advice().iter().any(|line| line.contains("none of the call")));
    }

    #[test]
    fn a_mirror_that_fell_silent_is_worth_nothing_however_much_it_told_before() {
        let hep = Some(Hep { packets: 1_599, silent: true, ..Hep::default() });
        let gives = Gives { member: Member::Registered, hep, ..Gives::default() };
        assert_eq!(gives.worth(), ["member", "member", "-", "-"]);
        assert!(gives.advice().iter().any(|line| line.contains("comes any more")));
        assert!(table(&[gives])[1].contains("1599 packets, silent"));
    }

    #[test]
    fn the_make_of_a_pbx_names_its_page_and_a_missing_hint_is_named() {
        let gives = Gives {
            pbx: "main".into(),
            options: Some(Answered::Status(200, Some("Asterisk PBX 22.10.1".into()))),
            watches: vec![
                watch("801", Watching::Granted, Some(false)),
                watch("804", Watching::NoHint, None),
            ],
            hep: Some(Hep { packets: 3, clock_off_ms: Some(-4210), ..Hep::default() }),
            ..Gives::default()
        };
        let advice = gives.advice();
        assert!(advice[0].starts_with("main: no hint for 804"), "{advice:?}");
        assert!(advice[1].contains("device_state_busy_at"), "{advice:?}");
        assert!(advice[2].contains("-4210 ms"), "{advice:?}");
        assert!(advice.iter().all(|line| line.ends_with("docs/pbx/asterisk.md")));
        assert_eq!(gives.worth(), ["hep"; 4]);
    }

    #[test]
    fn the_table_has_a_line_for_every_pbx_under_straight_heads() {
        let long = Gives { pbx: "a long name".into(), ..Gives::default() };
        let lines = table(&[long, Gives { pbx: "b".into(), ..Gives::default() }]);
        assert_eq!(lines.len(), 3);
        let column = |line: &String, text: &str| line.find(text).unwrap();
        assert_eq!(column(&lines[0], "OPTIONS"), column(&lines[2], "not asked"));
    }
}
