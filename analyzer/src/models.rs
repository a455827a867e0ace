//! Finds the model files and checks their hashes. A file that is missing or wrong is named; the others go on.

use sha2::{Digest, Sha256};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// What a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelKind {
    /// Finds persons.
    Person,
    /// Finds faces with and without mask.
    Face,
    /// Tells covered heads.
    Hat,
    /// Tells masks on faces.
    Mask,
}

impl ModelKind {
    /// All, in order of use.
    pub const ALL: [Self; 4] = [Self::Person, Self::Face, Self::Hat, Self::Mask];

    /// Returns the word used in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Face => "face",
            Self::Hat => "hat",
            Self::Mask => "mask",
        }
    }

    /// Returns the file it is kept in.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Person => "yolox_nano_416.onnx",
            Self::Face => "aizoo_face_mask_260.onnx",
            Self::Hat => "PROTO_hat_mbv2_lr_s128.onnx",
            Self::Mask => "PROTO_mask_mbv2_lr_s128.onnx",
        }
    }
}

/// Why a model file is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelFault {
    /// Not there.
    Missing,
    /// Not readable.
    Unreadable(String),
    /// Not the file that SHA256SUMS names.
    WrongHash,
}

/// One model file.
pub struct ModelFile {
    kind: ModelKind,
    path: PathBuf,
    content: Result<Content, ModelFault>,
}

struct Content {
    bytes: Vec<u8>,
    sha256: String,
}

impl fmt::Display for ModelFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.content {
            Ok(content) => write!(f, "{}@{}", self.kind.file(), &content.sha256[..8]),
            Err(ModelFault::Missing) => write!(f, "model file {path} is missing"),
            Err(ModelFault::Unreadable(why)) => write!(f, "model file {path} cannot be read: {why}"),
            Err(ModelFault::WrongHash) => write!(f, "model file {path} is not the one SHA256SUMS names; copy it again"),
        }
    }
}

/// The models of one folder.
pub struct ModelSet {
    folder: PathBuf,
    files: Vec<ModelFile>,
}

impl ModelSet {
    /// Reads the models in `folder` and checks them against its `SHA256SUMS`, where there is one.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap_or_default();
        let files = ModelKind::ALL.map(|kind| read_file(folder, kind, &sums)).into();
        Self { folder: folder.to_owned(), files }
    }

    /// Returns the folder it was read from.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the usable models with their bytes.
    pub fn usable(&self) -> impl Iterator<Item = (ModelKind, &[u8])> {
        self.files.iter().filter_map(|file| Some((file.kind, file.content.as_ref().ok()?.bytes.as_slice())))
    }

    /// Returns name and hash prefix of each usable model, as violations and the status page show them.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        self.files.iter().filter(|file| file.content.is_ok()).map(ToString::to_string).collect()
    }

    /// Returns a sentence for each model that is not usable.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        self.files.iter().filter(|file| file.content.is_err()).map(ToString::to_string).collect()
    }

    /// Whether there is a model of `kind`.
    #[must_use]
    pub fn has(&self, kind: ModelKind) -> bool {
        self.files.iter().any(|file| file.kind == kind && file.content.is_ok())
    }
}

fn read_file(folder: &Path, kind: ModelKind, sums: &str) -> ModelFile {
    let path = folder.join(kind.file());
    let content = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ModelFault::Missing,
        _ => ModelFault::Unreadable(error.to_string()),
    });
    let content = content.and_then(|bytes| {
        let sha256 = hex::encode(Sha256::digest(&bytes));
        match named_hash(sums, kind.file()) {
            Some(named) if named != sha256 => Err(ModelFault::WrongHash),
            _ => Ok(Content { bytes, sha256 }),
        }
    });
    ModelFile { kind, path, content }
}

/// Returns the hash that `sha256sum`'s output names for `file`.
fn named_hash<'s>(sums: &'s str, file: &str) -> Option<&'s str> {
    let mut lines = sums.lines().filter_map(|line| line.split_once(char::is_whitespace));
    lines.find(|(_, name)| name.trim_start_matches([' ', '*']) == file).map(|(hash, _)| hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_or_missing_model_is_named_and_the_others_go_on() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(ModelKind::Person.file()), b"persons").unwrap();
        std::fs::write(folder.path().join(ModelKind::Face.file()), b"faces").unwrap();
        let right = hex::encode(Sha256::digest(b"persons"));
        let sums = format!("{right}  yolox_nano_416.onnx\n{right}  aizoo_face_mask_260.onnx\n");
        std::fs::write(folder.path().join("SHA256SUMS"), sums).unwrap();

        let set = ModelSet::read(folder.path());
        assert_eq!(set.labels(), [format!("yolox_nano_416.onnx@{}", &right[..8])]);
        let faults = set.faults();
        assert_eq!(faults.len(), 3);
        assert!(faults[0].ends_with("aizoo_face_mask_260.onnx is not the one SHA256SUMS names; copy it again"));
        assert!(faults[1].ends_with("PROTO_hat_mbv2_lr_s128.onnx is missing"), "{}", faults[1]);
    }

    #[test]
    fn without_a_list_of_hashes_a_model_is_used_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(ModelKind::Hat.file()), b"hats").unwrap();
        assert!(ModelSet::read(folder.path()).has(ModelKind::Hat));
    }
}
