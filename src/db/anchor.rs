//! Whether the file of the embedded store is still where it was opened. One that was moved or deleted beside a
//! running service takes everything as before, and who opens the store next finds nothing of it.

use std::io;
use std::path::{Path, PathBuf};

/// What tells a file from another of the same name: its device and its number there.
type Identity = (u64, u64);

/// The file as it was opened.
#[derive(Debug)]
pub(super) struct Anchor {
    path: PathBuf,
    was: Identity,
}

impl Anchor {
    /// `None` where there is no such file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        Some(Self { path: path.to_owned(), was: identity(path).ok()? })
    }

    /// Refuses what would go into a file that nobody will find.
    pub(super) fn holds(&self) -> Result<(), sqlx::Error> {
        let gone = match identity(&self.path) {
            Ok(is) => is != self.was,
            Err(why) => why.kind() == io::ErrorKind::NotFound,
        };
        if !gone {
            return Ok(());
        }
        let why = format!(
            "the file of the store is not at {} any more: put it back",
            self.path.display()
        );
        Err(sqlx::Error::Io(io::Error::other(why)))
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let told = std::fs::metadata(path)?;
    Ok((told.dev(), told.ino()))
}

/// Where a file that is open cannot be moved there is nothing to tell apart.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    std::fs::metadata(path).map(|_| (0, 0))
}
