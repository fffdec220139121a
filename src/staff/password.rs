//! Passwords: what a good one is, and how it is kept.
//!
//! Argon2id with OWASP's parameters (19 MiB, two passes, one lane); hashing is slow on purpose, so
//! it runs beside the async threads and only a few at a time.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// The shortest password, in characters.
pub(super) const SHORTEST: usize = 10;

/// The longest, in bytes: enough for any sentence, too little to keep a processor busy.
const LONGEST: usize = 256;

/// What people try first; a password that contains one and little else is no secret.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "qwertyuiop",
    "1234567890",
    "0123456789",
    "letmein",
    "iloveyou",
    "administrator",
    "switchboard",
    "sanxiang",
    "woaini1314",
    "asdfghjkl",
    "1q2w3e4r5t",
    "abcdefghij",
    "zxcvbnm",
];

/// Compared against where there is no account, so that an unknown login costs the same time.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password is not good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Under [`SHORTEST`] characters.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// Over 256 bytes.
    #[error("a password has at most 256 bytes")]
    Long,
    /// The login, or one of the passwords everybody tries first.
    #[error("a password is not the login and none of those that everybody tries first")]
    Guessable,
}

/// Whether a password may be chosen by the one with this login.
pub(super) fn check(password: &str, login: &str) -> Result<(), Weak> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Weak::Short);
    }
    if password.len() > LONGEST {
        return Err(Weak::Long);
    }
    let low = password.to_lowercase();
    let mut rest = low.clone();
    for part in COMMON.iter().copied().chain([login]).filter(|part| !part.is_empty()) {
        rest = rest.replace(part, "");
    }
    let first = low.chars().next();
    let monotone = low.chars().all(|c| Some(c) == first);
    if monotone || rest.chars().count() < 5 { Err(Weak::Guessable) } else { Ok(()) }
}

/// Hashes a password here and now; takes some tens of milliseconds. For the command line.
pub fn hash_blocking(password: &str) -> Result<String, HashingFailed> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|_| HashingFailed)
}

/// The machine could not hash: out of memory or of chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password cannot be hashed on this machine")]
pub struct HashingFailed;

/// Hashes and compares, a few at a time.
#[derive(Clone)]
pub(super) struct Hasher(Arc<Semaphore>);

impl Hasher {
    pub(super) fn new() -> Self {
        // two at a time: 38 MiB at most, and sign-ins cannot take every processor
        Self(Arc::new(Semaphore::new(2)))
    }

    pub(super) async fn hash(&self, password: String) -> Result<String, HashingFailed> {
        self.apart(move || hash_blocking(&password)).await?
    }

    /// Whether the password is the one of this hash; without a hash it takes as long and is false.
    pub(super) async fn matches(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, HashingFailed> {
        self.apart(move || {
            let known = hash.is_some();
            let Ok(hash) = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)) else {
                return false;
            };
            let same = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
            same && known && password.len() <= LONGEST
        })
        .await
    }

    async fn apart<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, HashingFailed> {
        let turn = Arc::clone(&self.0).acquire_owned().await.map_err(|_| HashingFailed)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.map_err(|_| HashingFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_no_password() {
        assert_eq!(check("three rings", "lihong"), Ok(()));
        assert_eq!(check("我的密码是三响之内接起", "lihong"), Ok(()));
        assert_eq!(check("short", "lihong"), Err(Weak::Short));
        assert_eq!(check("lihong-lihong", "lihong"), Err(Weak::Guessable));
        assert_eq!(check("Password123", "lihong"), Err(Weak::Guessable));
        assert_eq!(check("aaaaaaaaaaaa", "lihong"), Err(Weak::Guessable));
        assert_eq!(check(&"long".repeat(65), "lihong"), Err(Weak::Long));
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_nobody_has_none() {
        let hasher = Hasher::new();
        let hash = hasher.hash("three rings".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let same = |word: &str, hash: Option<String>| hasher.matches(word.to_owned(), hash);
        assert!(same("three rings", Some(hash.clone())).await.unwrap());
        assert!(!same("four rings!", Some(hash)).await.unwrap());
        assert!(!same("three rings", None).await.unwrap());
        PasswordHash::new(NOBODY).unwrap();
    }
}
