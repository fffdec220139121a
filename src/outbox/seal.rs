//! Seals what is pushed so that one browser alone can open it (RFC 8291; aes128gcm of RFC 8188).

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom as _, SystemRandom};

/// The one record's size: larger than anything a push service takes.
const RECORD: u32 = 4096;

/// A length of key material.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// The sealed bytes for the browser with this public key (65 bytes, uncompressed P-256) and secret (16 bytes);
/// `None` where these are no keys.
pub(super) fn seal(message: Vec<u8>, public: &[u8], auth: &[u8]) -> Option<Vec<u8>> {
    if public.len() != 65 || auth.len() != 16 {
        return None;
    }
    try_seal(message, public, auth).ok()
}

fn try_seal(mut message: Vec<u8>, public: &[u8], auth: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let random = SystemRandom::new();
    let mut salt = [0; 16];
    random.fill(&mut salt)?;
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let own_public = own.compute_public_key()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, public);
    // RFC 8291 §3.3: the secret both sides share, mixed with the browser's own
    let shared =
        agree_ephemeral(own, &theirs, |shared| Salt::new(HKDF_SHA256, auth).extract(shared))?;
    let mixed = drawn(&shared, &[b"WebPush: info\0", public, own_public.as_ref()], 32)?;
    // RFC 8188 §2.2, §2.3
    let record = Salt::new(HKDF_SHA256, &salt).extract(&mixed);
    let key = drawn(&record, &[b"Content-Encoding: aes128gcm\0"], 16)?;
    let nonce = drawn(&record, &[b"Content-Encoding: nonce\0"], 12)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    // the delimiter of the last record
    message.push(2);
    key.seal_in_place_append_tag(
        Nonce::try_assume_unique_for_key(&nonce)?,
        Aad::empty(),
        &mut message,
    )?;
    let mut sealed = Vec::with_capacity(86 + message.len());
    sealed.extend_from_slice(&salt);
    sealed.extend_from_slice(&RECORD.to_be_bytes());
    sealed.push(65);
    sealed.extend_from_slice(own_public.as_ref());
    sealed.extend_from_slice(&message);
    Ok(sealed)
}

fn drawn(from: &Prk, info: &[&[u8]], length: usize) -> Result<Vec<u8>, Unspecified> {
    let mut bytes = vec![0; length];
    from.expand(info, Length(length))?.fill(&mut bytes)?;
    Ok(bytes)
}
