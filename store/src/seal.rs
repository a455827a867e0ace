//! Camera passwords at rest: XChaCha20-Poly1305, the key in a file beside the database.

use crate::error::StoreError;
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use sha2::{Digest, Sha256};
use std::{
    fmt, fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// A text that `Debug` never shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// Returns the text; never log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// First byte of a sealed value: nonce of 24 bytes, then the ciphertext with its tag.
const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;

/// Seals and opens secrets of one database.
#[derive(Clone)]
pub(crate) struct Seal {
    cipher: XChaCha20Poly1305,
    /// Names the key without giving it away; the database remembers it.
    pub(crate) key_id: String,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Seal {
    /// Reads the key file, or makes one (mode 0400) when the database knows no key yet.
    pub(crate) fn open(path: &Path, known: Option<&str>) -> Result<Self, StoreError> {
        let seal = match fs::read_to_string(path) {
            Ok(text) => Self::parse(text.trim()).ok_or_else(|| StoreError::BadKeyFile { path: path.into() })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if known.is_some() {
                    return Err(StoreError::KeyMissing { path: path.into() });
                }
                match Self::make(path) {
                    // another process was first
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Self::open(path, known),
                    made => made.map_err(|source| StoreError::NotWritable { path: path.into(), source })?,
                }
            }
            Err(source) => return Err(StoreError::NotWritable { path: path.into(), source }),
        };
        if known.is_some_and(|known| known != seal.key_id) {
            return Err(StoreError::WrongKey { path: PathBuf::from(path) });
        }
        Ok(seal)
    }

    fn parse(text: &str) -> Option<Self> {
        let key: [u8; KEY_BYTES] = hex::decode(text).ok()?.try_into().ok()?;
        Some(Self::of(&key))
    }

    fn of(key: &[u8; KEY_BYTES]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"mingchu key id");
        hasher.update(key);
        let key_id = hex::encode(&hasher.finalize()[..8]);
        Self { cipher: XChaCha20Poly1305::new(key.into()), key_id }
    }

    /// Makes a key; the file appears whole or not at all.
    fn make(path: &Path) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let key: [u8; KEY_BYTES] = rand::random();
        let seal = Self::of(&key);
        let part = folder.join(format!(".{}.part", seal.key_id));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o400).open(&part)?;
        let made = file.write_all(hex::encode(key).as_bytes()).and_then(|()| file.sync_all());
        let linked = made.and_then(|()| fs::hard_link(&part, path));
        fs::remove_file(&part)?;
        linked?;
        fs::File::open(folder)?.sync_all()?;
        Ok(seal)
    }

    /// Seals `secret` for one place, as `stream:0192…`; it opens nowhere else.
    pub(crate) fn seal(&self, secret: &str, place: &str) -> Vec<u8> {
        let nonce = XNonce::generate();
        let payload = Payload { msg: secret.as_bytes(), aad: place.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce, payload).expect("only messages of 256 GB cannot be encrypted");
        [&[FORMAT], nonce.as_slice(), &sealed].concat()
    }

    /// Opens what was sealed for `place`; `None` when it was changed or moved.
    pub(crate) fn unseal(&self, sealed: &[u8], place: &str) -> Option<Secret> {
        let sealed = sealed.strip_prefix(&[FORMAT])?;
        let (nonce, msg) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        let opened = self.cipher.decrypt(&nonce, Payload { msg, aad: place.as_bytes() }).ok()?;
        String::from_utf8(opened).ok().map(Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_sealed_password_opens_only_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let seal = Seal::open(&path, None).unwrap();
        let sealed = seal.seal("s3cret", "stream:1");
        assert_eq!(seal.unseal(&sealed, "stream:1").unwrap().expose(), "s3cret");
        assert_eq!(seal.unseal(&sealed, "stream:2"), None);
        assert_eq!(seal.unseal(&sealed[..10], "stream:1"), None);
        assert_ne!(seal.seal("s3cret", "stream:1"), sealed);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o400);
    }

    #[test]
    fn a_wrong_missing_or_empty_key_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let known = Seal::open(&path, None).unwrap().key_id;
        assert!(Seal::open(&path, Some(&known)).is_ok());
        let other = folder.path().join("other");
        Seal::open(&other, None).unwrap();
        let text = |path: &Path| Seal::open(path, Some(&known)).unwrap_err().to_string();
        assert!(text(&other).contains("other is not the one"));
        assert!(text(&folder.path().join("gone")).contains("gone is missing"));
        let empty = folder.path().join("empty");
        fs::write(&empty, "").unwrap();
        assert!(text(&empty).contains("empty holds no key"));
    }

    #[test]
    fn a_secret_is_never_printed() {
        assert_eq!(format!("{:?}", Secret::new("s3cret")), "***");
    }
}
