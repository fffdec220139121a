//! The challenges a PBX has put to us, and our answers to them with each request.

use rand::Rng as _;
use rand::rngs::StdRng;

use super::answer::Answer;
use super::digest::{Challenge, Credentials, Session};

/// How many fresh nonces in a row are believed to be merely stale.
const STALE_LIMIT: u8 = 3;

/// A challenge in use.
#[derive(Debug)]
struct Kept {
    session: Session,
    /// It came since the last success: if it is challenged again, the credentials are wrong.
    fresh: bool,
}

/// The challenges of one registration or subscription: at most one of the PBX and one of a proxy.
#[derive(Debug, Default)]
pub(crate) struct Keyring {
    kept: Vec<Kept>,
    stale: u8,
}

impl Keyring {
    /// Takes the challenge of a 401 or 407 in; false when it says that our credentials are wrong,
    /// or when we cannot answer it.
    pub(crate) fn take(&mut self, answer: &Answer) -> bool {
        let Some(challenge) = Challenge::strongest(answer.challenges.clone()) else {
            return false;
        };
        let known = self.kept.iter().find(|one| one.session.proxy() == challenge.proxy);
        // a nonce kept from an earlier refresh may be stale without the PBX saying so
        let wrong = known.is_some_and(|one| one.fresh) && !challenge.stale;
        self.stale = self.stale.saturating_add(u8::from(challenge.stale));
        if wrong || self.stale > STALE_LIMIT {
            self.stale = 0;
            self.kept.clear();
            return false;
        }
        self.kept.retain(|one| one.session.proxy() != challenge.proxy);
        self.kept.push(Kept { session: Session::new(challenge), fresh: true });
        true
    }

    /// The PBX took a request: our credentials are right.
    pub(crate) fn accepted(&mut self) {
        self.stale = 0;
        for one in &mut self.kept {
            one.fresh = false;
        }
    }

    /// Whether any challenge is being answered.
    pub(crate) const fn in_use(&self) -> bool {
        !self.kept.is_empty()
    }

    /// The credentials of one request to `uri`: names and values of headers.
    pub(crate) fn answers(
        &mut self,
        who: &Credentials,
        method: &str,
        uri: &str,
        rng: &mut StdRng,
    ) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        for one in &mut self.kept {
            let name = if one.session.proxy() { "Proxy-Authorization" } else { "Authorization" };
            let cnonce = format!("{:016x}", rng.next_u64());
            headers.push((name, one.session.authorization(who, method, uri, &cnonce)));
        }
        headers
    }
}
