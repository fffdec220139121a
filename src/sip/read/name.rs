//! The header names that mean something to us, long and compact.

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $text:literal $(/ $short:literal)?,)*) => {
        /// A header by its meaning: `f`, `FROM` and `From` are one (RFC 3261 §7.3.3, §20).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Name {
            /// A header we have no word for; [`Message::by_text`](super::Message::by_text) finds it.
            Other,
            $($(#[$doc])* #[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Name {
            /// The long form as the RFCs spell it; empty for [`Name::Other`].
            pub const fn text(self) -> &'static str {
                match self {
                    Self::Other => "",
                    $(Self::$name => $text,)*
                }
            }

            /// Every name we know.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }

        fn compact(letter: u8) -> Name {
            match letter.to_ascii_lowercase() {
                $($($short => Name::$name,)?)*
                _ => Name::Other,
            }
        }
    };
}

names! {
    Via = "Via" / b'v',
    From = "From" / b'f',
    To = "To" / b't',
    CallId = "Call-ID" / b'i',
    CSeq = "CSeq",
    Contact = "Contact" / b'm',
    ContentLength = "Content-Length" / b'l',
    ContentType = "Content-Type" / b'c',
    MaxForwards = "Max-Forwards",
    Route = "Route",
    RecordRoute = "Record-Route",
    Expires = "Expires",
    MinExpires = "Min-Expires",
    RetryAfter = "Retry-After",
    Timestamp = "Timestamp",
    Allow = "Allow",
    Supported = "Supported" / b'k',
    Require = "Require",
    Event = "Event" / b'o',
    SubscriptionState = "Subscription-State",
    Authorization = "Authorization",
    ProxyAuthorization = "Proxy-Authorization",
    WwwAuthenticate = "WWW-Authenticate",
    ProxyAuthenticate = "Proxy-Authenticate",
    AssertedIdentity = "P-Asserted-Identity",
    RemotePartyId = "Remote-Party-ID",
    Privacy = "Privacy",
    Diversion = "Diversion",
    HistoryInfo = "History-Info",
    Reason = "Reason",
    Identity = "Identity" / b'y',
    Replaces = "Replaces",
    ReferTo = "Refer-To" / b'r',
    SessionExpires = "Session-Expires" / b'x',
    UserAgent = "User-Agent",
    Server = "Server",
}

impl Name {
    /// The meaning of a header name as it stands on the wire, without blanks.
    pub(super) fn of(written: &[u8]) -> Self {
        macro_rules! among {
            ($($name:ident)*) => {{
                $(if written.eq_ignore_ascii_case(Self::$name.text().as_bytes()) {
                    return Self::$name;
                })*
            }};
        }
        match written {
            [letter] => return compact(*letter),
            [_, _] => among!(To),
            [_, _, _] => among!(Via),
            _ => match written.len() {
                4 => among!(From CSeq),
                5 => among!(Allow Route Event),
                6 => among!(Reason Server),
                7 => among!(CallId Contact Expires Require Privacy),
                8 => among!(Replaces ReferTo Identity),
                9 => among!(Supported Diversion Timestamp),
                10 => among!(UserAgent),
                11 => among!(MinExpires RetryAfter),
                12 => among!(ContentType MaxForwards RecordRoute HistoryInfo),
                13 => among!(Authorization),
                14 => among!(ContentLength),
                15 => among!(SessionExpires RemotePartyId),
                16 => among!(WwwAuthenticate),
                18 => among!(SubscriptionState ProxyAuthenticate),
                19 => among!(AssertedIdentity ProxyAuthorization),
                _ => {}
            },
        }
        Self::Other
    }

    /// Longest value we read, in bytes: routes and signatures grow, names and numbers do not.
    pub(super) const fn longest_value(self) -> usize {
        if matches!(self, Self::Route | Self::RecordRoute | Self::Identity) {
            16 * 1024
        } else {
            4 * 1024
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn every_name_is_found_by_its_text_in_any_case() {
        for &name in Name::ALL {
            assert_eq!(Name::of(name.text().as_bytes()), name);
            assert_eq!(Name::of(name.text().to_ascii_uppercase().as_bytes()), name);
        }
        assert_eq!(Name::of(b"X-Hotline-DID"), Name::Other);
        assert_eq!(Name::of(b""), Name::Other);
    }

    #[test]
    fn compact_forms_mean_the_same() {
        for (letter, name) in [(b'v', Name::Via), (b'F', Name::From), (b'l', Name::ContentLength)] {
            assert_eq!(Name::of(&[letter]), name);
        }
    }
}
