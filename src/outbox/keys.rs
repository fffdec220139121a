//! The key by which push services know the house (VAPID, RFC 8292): made once, kept in the store.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

use super::store::people;
use crate::db::{Db, Result, Stamp};
use crate::kernel::Moment;

const NAME: &str = "vapid";
/// How long a token is good for; services take at most a day.
const GOOD_S: i64 = 12 * 3600;

/// The house's key pair.
pub(super) struct Vapid {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Vapid {
    /// The key of the store, made the first time. `None` where the kept one cannot be read.
    pub(super) async fn kept(db: &Db, now: Moment) -> Result<Option<Self>> {
        let random = SystemRandom::new();
        let fresh = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let fresh = fresh.map(|key| URL_SAFE_NO_PAD.encode(key.as_ref())).unwrap_or_default();
        let kept = people::key(db, Stamp { now, by: None }, NAME, fresh).await?;
        let pair = URL_SAFE_NO_PAD.decode(kept).ok().and_then(|key| {
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key, &random).ok()
        });
        Ok(pair.map(|pair| Self { pair, random }))
    }

    /// What a browser is asked to subscribe with: the public key, base64url.
    pub(super) fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref())
    }

    /// The `Authorization` of one push; `origin` is the service's, `contact` ours.
    pub(super) fn authorization(&self, origin: &str, contact: &str, now: Moment) -> Option<String> {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "typ": "JWT", "alg": "ES256" }));
        let expires = now.millis() / 1000 + GOOD_S;
        let claims = part(json!({ "aud": origin, "exp": expires, "sub": contact }));
        let signed = format!("{head}.{claims}");
        let signature = self.pair.sign(&self.random, signed.as_bytes()).ok()?;
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()));
        Some(format!("vapid t={token}, k={}", self.public()))
    }
}
