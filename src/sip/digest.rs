//! Answers a digest challenge (RFC 7616, RFC 8760), so that the PBX believes who we are.
//!
//! A quoted value is hashed and repeated exactly as it stood between its quotes, backslashes
//! included: `unq()` of RFC 7616 §3.4.1 removes the quotes and nothing else.

use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::read;
use crate::kernel::Secret;

/// How the answer is hashed, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    /// MD5 over name, realm and password.
    Md5,
    /// MD5, with both nonces in the first hash.
    Md5Sess,
    /// SHA-256 (RFC 8760).
    Sha256,
    /// SHA-256, with both nonces in the first hash.
    Sha256Sess,
}

impl Algorithm {
    /// The algorithm of a challenge; absent means MD5 (RFC 7616 §3.3), unknown means `None`.
    fn read(name: Option<&str>) -> Option<Self> {
        let known = [
            ("MD5", Self::Md5),
            ("MD5-sess", Self::Md5Sess),
            ("SHA-256", Self::Sha256),
            ("SHA-256-sess", Self::Sha256Sess),
        ];
        let Some(name) = name else { return Some(Self::Md5) };
        known.iter().find(|(word, _)| word.eq_ignore_ascii_case(name)).map(|&(_, found)| found)
    }

    fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 | Self::Md5Sess => hex::encode(Md5::digest(text.as_bytes())),
            Self::Sha256 | Self::Sha256Sess => hex::encode(Sha256::digest(text.as_bytes())),
        }
    }

    const fn session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess)
    }
}

/// One challenge that we can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// From a proxy (407) rather than the registrar (401).
    pub(crate) proxy: bool,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// The algorithm's name as it was sent; repeated only if it was.
    named: Option<String>,
    /// The challenge offers `qop=auth`; without any qop the older answer of RFC 2069 is due.
    quality: bool,
    /// The credentials were right and only the nonce is too old.
    pub(crate) stale: bool,
}

impl Challenge {
    /// Takes a challenge as it was read. `None` when we cannot answer it: another scheme, an
    /// unknown algorithm, only `auth-int`, no nonce.
    pub(crate) fn of(proxy: bool, sent: &read::Challenge<'_>) -> Option<Self> {
        let digest = sent.scheme.eq_ignore_ascii_case(b"Digest") && !sent.nonce.is_empty();
        let quality = sent.qop.iter().any(|one| one.eq_ignore_ascii_case("auth"));
        if !digest || !(quality || sent.qop.is_empty()) {
            return None;
        }
        Some(Self {
            proxy,
            realm: quoted(&sent.realm),
            nonce: quoted(&sent.nonce),
            opaque: sent.opaque.as_deref().map(quoted),
            algorithm: Algorithm::read(sent.algorithm.as_deref())?,
            named: sent.algorithm.as_deref().map(str::to_owned),
            quality,
            stale: sent.stale,
        })
    }

    /// Of several, the strongest; of equals, the first (RFC 8760 §2.4).
    pub(crate) fn strongest(all: Vec<Self>) -> Option<Self> {
        all.into_iter()
            .reduce(|best, next| if next.algorithm > best.algorithm { next } else { best })
    }
}

/// Who we are at a PBX.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    /// The user name.
    pub(crate) username: String,
    /// The password.
    pub(crate) password: Secret,
}

/// A challenge being used: it counts how often its nonce was.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    challenge: Challenge,
    used: u32,
}

impl Session {
    /// Begins with a fresh challenge.
    pub(crate) const fn new(challenge: Challenge) -> Self {
        Self { challenge, used: 0 }
    }

    /// Whether it answers a proxy.
    pub(crate) const fn proxy(&self) -> bool {
        self.challenge.proxy
    }

    /// The value of the `Authorization` header for one request. `cnonce` is our share of chance.
    pub(crate) fn authorization(
        &mut self,
        who: &Credentials,
        method: &str,
        uri: &str,
        cnonce: &str,
    ) -> String {
        self.used = self.used.wrapping_add(1);
        let Challenge { realm, nonce, opaque, algorithm, named, quality, .. } = &self.challenge;
        let username = quoted(&who.username);
        let mut first = algorithm.hash(&format!("{username}:{realm}:{}", who.password.reveal()));
        if algorithm.session() {
            first = algorithm.hash(&format!("{first}:{nonce}:{cnonce}"));
        }
        let second = algorithm.hash(&format!("{method}:{uri}"));
        let count = format!("{:08x}", self.used);
        let response = if *quality {
            algorithm.hash(&format!("{first}:{nonce}:{count}:{cnonce}:auth:{second}"))
        } else {
            algorithm.hash(&format!("{first}:{nonce}:{second}"))
        };
        let mut text = format!(
            r#"Digest username="{username}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}""#
        );
        let algorithm_named = named.as_deref().map(|named| format!(", algorithm={named}"));
        let opaque = opaque.as_deref().map(|opaque| format!(r#", opaque="{opaque}""#));
        // RFC 7616 §3.4: qop and nc are sent without quotes
        let quality = quality.then(|| format!(", qop=auth, nc={count}"));
        let cnonce =
            (quality.is_some() || algorithm.session()).then(|| format!(r#", cnonce="{cnonce}""#));
        text.extend([algorithm_named, opaque, quality, cnonce].into_iter().flatten());
        text
    }
}

/// A text as it may stand between quotes (RFC 3261 §25.1, quoted-pair).
fn quoted(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    fn mufasa(password: &str) -> Credentials {
        Credentials { username: "Mufasa".to_owned(), password: Secret::new(password.to_owned()) }
    }

    fn challenge(params: &[(&str, &str)]) -> Option<Challenge> {
        let of = |name| params.iter().find(|one| one.0 == name).map(|one| one.1);
        let owned = |name| of(name).unwrap_or_default().to_owned().into();
        let sent = read::Challenge {
            scheme: b"digest",
            realm: owned("realm"),
            nonce: owned("nonce"),
            opaque: of("opaque").map(|value| value.to_owned().into()),
            algorithm: of("algorithm").map(|value| value.to_owned().into()),
            qop: of("qop")
                .iter()
                .flat_map(|list| list.split(','))
                .map(|one| one.trim().to_owned())
                .collect(),
            stale: false,
        };
        Challenge::of(false, &sent)
    }

    fn answer(params: &[(&str, &str)]) -> String {
        Session::new(challenge(params).unwrap()).authorization(
            &mufasa("Circle of Life"),
            "GET",
            "/dir/index.html",
            CNONCE,
        )
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }

    #[test]
    fn the_examples_of_rfc_7616_and_rfc_2617_come_out_right() {
        let realm = ("realm", "http-auth@example.org");
        let base = [realm, ("qop", "auth, auth-int"), ("nonce", NONCE)];
        let with = |algorithm| [&base[..], &[("algorithm", algorithm)]].concat();
        check(&answer(&with("MD5")), r#"response="8ca523f5e9506fed4657c9700eebdbec""#);
        check(
            &answer(&with("SHA-256")),
            r#"response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1""#,
        );
        let older = [
            ("realm", "testrealm@host.com"),
            ("nonce", "dcd98b7102dd2f0e8b11d0f600bfb0c093"),
            ("qop", "auth"),
            ("opaque", "5ccc069c403ebaf9f0171e9517f40e41"),
        ];
        let text = Session::new(challenge(&older).unwrap()).authorization(
            &mufasa("Circle Of Life"),
            "GET",
            "/dir/index.html",
            "0a4f113b",
        );
        check(&text, r#"response="6629fae49393a05397450978507c4ef1""#);
        check(&text, r#"opaque="5ccc069c403ebaf9f0171e9517f40e41""#);
    }

    #[test]
    fn a_session_hash_takes_both_nonces_in() {
        let base = [("realm", "r"), ("nonce", "n"), ("qop", "auth"), ("algorithm", "md5-SESS")];
        let hash = |text: &str| Algorithm::Md5.hash(text);
        let first = hash(&format!("{}:n:{CNONCE}", hash("Mufasa:r:Circle of Life")));
        let second = hash("GET:/dir/index.html");
        let expected = hash(&format!("{first}:n:00000001:{CNONCE}:auth:{second}"));
        check(&answer(&base), &format!(r#"response="{expected}""#));
        check(&answer(&base), "algorithm=md5-SESS");
    }

    #[test]
    fn qop_and_nc_go_without_quotes_and_nc_counts() {
        let mut session = Session::new(
            challenge(&[("realm", "r"), ("nonce", "n"), ("qop", "auth-int,auth")]).unwrap(),
        );
        let who = mufasa("x");
        check(&session.authorization(&who, "REGISTER", "sip:a", "c"), "qop=auth, nc=00000001,");
        check(&session.authorization(&who, "REGISTER", "sip:a", "c"), "qop=auth, nc=00000002,");
    }

    #[test]
    fn without_qop_the_answer_is_the_old_one() {
        let text = answer(&[("realm", "r"), ("nonce", "n")]);
        let hash = |text: &str| Algorithm::Md5.hash(text);
        let expected =
            hash(&format!("{}:n:{}", hash("Mufasa:r:Circle of Life"), hash("GET:/dir/index.html")));
        check(&text, &format!(r#"response="{expected}""#));
        assert!(!text.contains("qop") && !text.contains("cnonce") && !text.contains("algorithm"));
    }

    #[test]
    fn quotes_inside_a_realm_are_repeated_as_they_came() {
        check(
            &answer(&[("realm", r#"the "old" house"#), ("nonce", "n")]),
            r#"realm="the \"old\" house""#,
        );
    }

    #[test]
    fn of_several_challenges_the_strongest_is_answered_and_odd_ones_never() {
        let one = |algorithm| challenge(&[("nonce", "n"), ("algorithm", algorithm)]);
        let all = ["MD5", "SHA-512-256", "SHA-256", "AKAv1-MD5"].into_iter().filter_map(one);
        let best = Challenge::strongest(all.collect()).unwrap();
        assert_eq!(best.algorithm, Algorithm::Sha256);
        assert_eq!(challenge(&[("nonce", "n"), ("qop", "auth-int")]), None);
        assert_eq!(challenge(&[("realm", "r")]), None);
        let basic = read::Challenge { scheme: b"Basic", nonce: "n".into(), ..Default::default() };
        assert_eq!(Challenge::of(false, &basic), None);
    }
}
