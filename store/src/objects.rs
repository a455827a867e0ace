//! Object storage: pictures and clips in a folder.
//!
//! Invariant: an object is whole and durable once [`Objects::put`] returns; a reader never sees half of one.

use crate::error::StoreError;
use bytes::Bytes;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The objects' folder.
#[derive(Debug, Clone)]
pub struct Objects {
    folder: Arc<Path>,
    /// Keeps two writers of one key apart.
    written: Arc<AtomicU64>,
}

impl Objects {
    pub(crate) fn in_folder(folder: &Path) -> Result<Self, StoreError> {
        let not_writable = |source| StoreError::NotWritable { path: folder.into(), source };
        fs::create_dir_all(folder).and_then(|()| try_to_write(folder)).map_err(not_writable)?;
        Ok(Self { folder: folder.into(), written: Arc::default() })
    }

    /// Returns where the object lies, whether or not it is there.
    ///
    /// # Errors
    /// When the key leaves the folder or is no key.
    pub fn path(&self, key: &str) -> Result<PathBuf, StoreError> {
        let is_word = |word: &str| {
            !word.is_empty()
                && !word.starts_with('.')
                && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
        };
        if key.len() <= 512 && key.split('/').all(is_word) {
            Ok(self.folder.join(key))
        } else {
            Err(StoreError::BadObjectKey(key.to_owned()))
        }
    }

    /// Stores an object, durably, over the one of that key: temporary file, fsync, rename, fsync of the folder.
    ///
    /// # Errors
    /// When the key is no key, or the disk refuses.
    pub async fn put(&self, key: &str, bytes: impl Into<Bytes>) -> Result<(), StoreError> {
        let path = self.path(key)?;
        let bytes = bytes.into();
        let serial = self.written.fetch_add(1, Ordering::Relaxed);
        let root = Arc::clone(&self.folder);
        blocking(key, move || write_durably(&root, &path, move |file| file.write_all(&bytes), serial)).await
    }

    /// Stores an object as [`Objects::put`] does, of which `fill` writes the bytes; blocking work is allowed there.
    ///
    /// # Errors
    /// When the key is no key, `fill` fails, or the disk refuses.
    pub async fn put_with(
        &self,
        key: &str,
        fill: impl FnOnce(&mut File) -> io::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        let path = self.path(key)?;
        let serial = self.written.fetch_add(1, Ordering::Relaxed);
        let root = Arc::clone(&self.folder);
        blocking(key, move || write_durably(&root, &path, fill, serial)).await
    }

    /// Returns an object's bytes.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let path = self.path(key)?;
        tokio::fs::read(path).await.map(Bytes::from).map_err(|source| object_error(key, source))
    }

    /// Opens an object for reading and returns its length too.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn open(&self, key: &str) -> Result<(tokio::fs::File, u64), StoreError> {
        let path = self.path(key)?;
        let open = async {
            let file = tokio::fs::File::open(path).await?;
            let len = file.metadata().await?.len();
            Ok((file, len))
        };
        open.await.map_err(|source| object_error(key, source))
    }

    /// Deletes an object; one that is not there is deleted already.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let path = self.path(key)?;
        match tokio::fs::remove_file(path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(object_error(key, error)),
            _ => Ok(()),
        }
    }
}

/// Writes a file and removes it.
pub(crate) fn try_to_write(folder: &Path) -> io::Result<()> {
    static TRIED: AtomicU64 = AtomicU64::new(0);
    let serial = TRIED.fetch_add(1, Ordering::Relaxed);
    let probe = folder.join(format!(".probe-{}-{serial}", std::process::id()));
    File::create(&probe)?;
    fs::remove_file(&probe)
}

fn object_error(key: &str, source: io::Error) -> StoreError {
    if source.kind() == io::ErrorKind::NotFound {
        StoreError::NotFound { what: "object" }
    } else {
        StoreError::Object { key: key.to_owned(), source }
    }
}

async fn blocking(key: &str, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), StoreError> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|stopped| Err(io::Error::other(stopped)));
    done.map_err(|source| StoreError::Object { key: key.to_owned(), source })
}

fn write_durably(
    root: &Path,
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
    serial: u64,
) -> io::Result<()> {
    let folder = path.parent().unwrap_or(root);
    make_folders(root, folder)?;
    let temporary = folder.join(format!(".{}-{serial}.part", std::process::id()));
    let write = || {
        let mut file = File::create(&temporary)?;
        fill(&mut file)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().inspect_err(|_| {
        // the first error is the one to tell
        fs::remove_file(&temporary).ok();
    })
}

/// Creates the folders from `root` down to `folder`, each durable in its parent.
fn make_folders(root: &Path, folder: &Path) -> io::Result<()> {
    if folder == root || folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(root);
    make_folders(root, parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => File::open(parent)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn objects() -> (tempfile::TempDir, Objects) {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::in_folder(&folder.path().join("objects")).unwrap();
        (folder, objects)
    }

    #[tokio::test]
    async fn an_object_is_read_as_written_and_leaves_no_part() {
        let (_folder, objects) = objects();
        let key = "violation/0192/frame-1.jpg";
        objects.put(key, "first").await.unwrap();
        objects.put(key, "second").await.unwrap();
        assert_eq!(objects.get(key).await.unwrap(), "second");
        assert_eq!(objects.open(key).await.unwrap().1, 6);
        let folder = objects.path(key).unwrap().parent().unwrap().to_owned();
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
        objects.delete(key).await.unwrap();
        objects.delete(key).await.unwrap();
        assert!(matches!(objects.get(key).await, Err(StoreError::NotFound { .. })));
    }

    #[test]
    fn a_key_that_leaves_the_folder_is_refused() {
        let (_folder, objects) = objects();
        for key in ["../x", "a/../../x", "/etc/passwd", "", "a//b", "a/", ".hidden", "a\\b", "a\0b", "Ünï"] {
            assert!(matches!(objects.path(key), Err(StoreError::BadObjectKey(_))), "{key:?}");
        }
    }

    proptest! {
        #[test]
        fn every_accepted_key_stays_inside(key in "[a-z./_-]{0,24}") {
            let (_folder, objects) = objects();
            if let Ok(path) = objects.path(&key) {
                prop_assert!(path.starts_with(&objects.folder));
                prop_assert!(path.components().all(|part| !matches!(part, std::path::Component::ParentDir)));
            }
        }
    }
}
