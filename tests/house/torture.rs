//! Messages made to break readers: our own, and those of RFC 4475 and RFC 5118 where they lie at hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use switchboard::sip::read::{self, Framing, Message, Name};

/// What the house says of one message, in a line.
pub(crate) fn verdict(bytes: &[u8]) -> String {
    let message = match Message::parse(bytes, Framing::Datagram) {
        Ok(message) => message,
        Err(why) => return format!("unreadable: {why}"),
    };
    if let Err(fault) = read::check(&message) {
        return format!("{} {fault}", fault.status());
    }
    let mut line = String::from("read:");
    match (message.method(), message.code()) {
        (Some(method), _) => write!(line, " {}", read::text(method)).unwrap(),
        (_, code) => write!(line, " {}", code.unwrap()).unwrap(),
    }
    let caller = read::party(&message);
    write!(
        line,
        " from={}",
        if caller.withheld { "withheld" } else { caller.user.as_deref().unwrap_or("-") }
    )
    .unwrap();
    if let Some(name) = &caller.display {
        write!(line, " name={name:?}").unwrap();
    }
    let offer = read::offer(&message);
    write!(line, " dialled={}", offer.dialled.join(",")).unwrap();
    let (number, _) = read::cseq(message.get(Name::CSeq).unwrap()).unwrap();
    let leg = read::leg_key(&message).unwrap();
    write!(
        line,
        " cseq={number} call={} branch={} body={}",
        leg.call_id,
        leg.branch,
        message.body.len()
    )
    .unwrap();
    let why = read::reasons(&message);
    if why != switchboard::sip::Withdrawal::default() {
        write!(line, " elsewhere={} q850={:?} sip={:?}", why.elsewhere, why.q850, why.sip).unwrap();
    }
    if message.len < bytes.len() {
        write!(line, " left={}", bytes.len() - message.len).unwrap();
    }
    line
}

/// `None`: the message can be refused, but not read to the end. What a typed reader must give.
fn typed(message: &Message<'_>) -> Option<()> {
    for name in [Name::From, Name::To] {
        let one = read::name_addr(message.get(name)?)?;
        read::uri(one.uri)?;
    }
    read::cseq(message.get(Name::CSeq)?)?;
    read::via(message.get(Name::Via)?)?;
    message.get(Name::CallId)?;
    read::leg_key(message)?;
    // and whatever it holds, asking for it must not panic
    let _all = (read::offer(message), read::reasons(message), read::redacted_text(message));
    let _contacts = read::contacts(message).count();
    let _challenges = read::challenges(message, Name::WwwAuthenticate);
    Some(())
}

#[test]
fn our_torture_messages_are_judged_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|kind| kind == "sip"))
        .collect();
    names.sort();
    assert!(names.len() >= 50, "only {} messages in {}", names.len(), folder.display());
    let mut said = String::new();
    for name in names {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        writeln!(said, "{}: {}", name.trim_end_matches(".sip"), verdict(&bytes)).unwrap();
    }
    let expected = folder.join("expected.txt");
    if std::env::var_os("UPDATE_TORTURE").is_some() {
        std::fs::write(&expected, &said).unwrap();
    }
    let expected = std::fs::read_to_string(expected).unwrap();
    for (said, expected) in said.lines().zip(expected.lines()) {
        assert_eq!(said, expected);
    }
    assert_eq!(said.lines().count(), expected.lines().count());
}

#[test]
fn the_messages_of_rfc_4475_are_read_refused_or_answered_as_it_asks() {
    judge("rfc4475", 49);
}

#[test]
fn the_messages_of_rfc_5118_are_read_refused_or_answered_as_it_asks() {
    judge("rfc5118", 12);
}

/// Where the RFCs' own messages lie: they are not ours to keep in the repository.
fn beside(folder: &str) -> Option<PathBuf> {
    let mut places: Vec<PathBuf> =
        std::env::var_os("SWITCHBOARD_SHARED").map(PathBuf::from).into_iter().collect();
    places.extend(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .skip(1)
            .take(3)
            .map(|up| up.join("shared")),
    );
    places
        .into_iter()
        .map(|place| place.join(folder))
        .find(|place| place.join("expectations.tsv").is_file())
}

#[expect(clippy::print_stdout, reason = "one verdict line for each message")]
fn judge(folder: &str, how_many: usize) {
    let Some(folder) = beside(folder) else {
        println!("{folder}: not at hand; our own messages are judged");
        return;
    };
    let table = std::fs::read_to_string(folder.join("expectations.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for row in table.lines().skip(1) {
        let mut columns = row.split('\t');
        let (name, _section) = (columns.next().unwrap(), columns.next().unwrap());
        let expected = columns.next().unwrap();
        let bytes = std::fs::read(folder.join(format!("{name}.dat"))).unwrap();
        let message = Message::parse(&bytes, Framing::Datagram);
        let checked = message.as_ref().map(read::check);
        let read_whole = message.as_ref().is_ok_and(|message| typed(message).is_some());
        let right = match expected {
            // refusing for a scheme or an extension is for the layer above, and right
            "ACCEPT" => {
                read_whole
                    && checked
                        .is_ok_and(|c| c.is_ok_and(|()| true) || c.is_err_and(|f| f.status() > 400))
            }
            "REJECT" => !matches!(checked, Ok(Ok(()))),
            "SEMANTIC" => matches!(checked, Ok(Err(_))),
            "EITHER" => true,
            other => panic!("{name}: what is {other}?"),
        };
        let said = verdict(&bytes);
        println!("{:5} {name} ({expected}) {said}", if right { "ok" } else { "WRONG" });
        if !right {
            wrong.push(format!("{name}: expected {expected}, said {said}"));
        }
        judged += 1;
    }
    assert_eq!(judged, how_many, "messages in {}", folder.display());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
