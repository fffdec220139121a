//! A site for the call book: one PBX, its telephones, and hotlines as a story needs them.

use chrono::{NaiveTime, Weekday};
use switchboard::calls::{Book, Rules};
use switchboard::config::{Account, Hotline, Hours, Pbx, PbxAddress, Transport, WhenAllBusy};
use switchboard::kernel::{Cadence, Moment, PbxId, Secret};
use switchboard::sip::{LegKey, Sighting, Source, What};

/// The account through which everything is heard.
pub(crate) const LISTENER: Source = Source::Member { pbx: PbxId(0), account: 0 };

/// A hotline with the defaults of the configuration.
pub(crate) fn hotline(number: &str) -> Hotline {
    Hotline {
        name: number.to_owned(),
        number: number.to_owned(),
        aliases: Vec::new(),
        greeting: "您好,南京北斗星".to_owned(),
        cadence: Cadence::default(),
        target_rings: 3,
        target_limit_ms: None,
        short_abandon_rings: 1,
        colleague_rings: 2,
        round_gap_ms: 2000,
        hours: Vec::new(),
    }
}

/// A PBX with the account `listener`, the positions 801 to 803 and one more telephone, 804.
pub(crate) fn pbx(hotline: Option<&str>) -> Pbx {
    let phone = |text: &str| text.parse().unwrap();
    Pbx {
        name: "main".to_owned(),
        address: PbxAddress { host: "127.0.0.1".to_owned(), port: 5070, transport: Transport::Udp },
        domain: "127.0.0.1".to_owned(),
        accounts: vec![Account {
            username: "listener".to_owned(),
            password: Secret::new("secret".to_owned()),
            hotline: hotline.map(str::to_owned),
        }],
        member: true,
        when_all_busy: WhenAllBusy::Ring,
        watch: ["700", "804", "801", "802", "803"].map(phone).to_vec(),
        positions: ["801", "802", "803"].map(phone).to_vec(),
        services: vec![[127, 0, 0, 50].into()],
    }
}

/// The rules of that site, in China.
pub(crate) fn rules(hotlines: &[Hotline]) -> Rules {
    let rings_for = hotlines.first().map(|hotline| hotline.number.as_str());
    Rules::new(hotlines, &[pbx(rings_for)], chrono_tz::Asia::Shanghai)
}

/// Reads `Mon-Fri 09:00-12:00`.
pub(crate) fn hours(text: &str) -> Hours {
    let (days, times) = text.split_once(' ').unwrap();
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (mut day, last): (Weekday, Weekday) = (first.parse().unwrap(), last.parse().unwrap());
    let mut all = vec![day];
    while day != last {
        day = day.succ();
        all.push(day);
    }
    let (from, to) = times.split_once('-').unwrap();
    let time = |text| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
    Hours { days: all, from: time(from), to: time(to) }
}

/// A fact heard through the one account.
pub(crate) fn sighting(at: Moment, leg: &LegKey, what: What) -> Sighting {
    Sighting { at, heard_at: at, source: LISTENER, leg: leg.clone(), what }
}

/// Lets every alarm ring that is due until then, each at its moment, as the driver does.
pub(crate) fn wake_until(book: &mut Book, until: Moment) {
    while let Some(alarm) = book.next_alarm().filter(|alarm| alarm.at <= until) {
        book.wake(alarm.at);
    }
}
