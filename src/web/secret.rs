//! Secrets in cookies, links and tokens: made here, stored only as their fingerprint.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use sha2::{Digest as _, Sha256};

/// 32 random bytes in URL-safe base64, 43 characters.
pub fn fresh_secret(chance: &mut impl CryptoRng) -> String {
    let mut bytes = [0_u8; 32];
    chance.fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The SHA-256 of a secret in hex, which is all that the store keeps of it. A secret has 256 bits
/// of chance, so a plain hash is enough and a lookup by it tells nothing by its timing.
pub fn fingerprint(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
