//! Finds the model files and checks their hashes. A file that is missing or wrong is named; the others go on.
//!
//! A folder with `models.toml` holds the project's own models; one without holds the four borrowed ones.

mod manifest;

pub use self::manifest::{
    BinBands, BinFormat, BySize, DetectFormat, HatBands, HeadBands, HeadFormat, Manifest, MaskBands, WideFormat,
};
use sha2::{Digest, Sha256};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// What a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelKind {
    /// Finds persons, heads and small things; the project's own.
    Detect,
    /// The same for wide pictures.
    DetectWide,
    /// Judges hat and mask of a head; the project's own.
    Head,
    /// Judges the lid of a waste bin; the project's own.
    Bin,
    /// Finds persons; borrowed.
    Person,
    /// Finds faces with and without mask; borrowed.
    Face,
    /// Tells covered heads; borrowed.
    Hat,
    /// Tells masks on faces; borrowed.
    Mask,
}

impl ModelKind {
    /// The borrowed ones, in order of use.
    pub const BORROWED: [Self; 4] = [Self::Person, Self::Face, Self::Hat, Self::Mask];

    /// Returns the word used in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::DetectWide => "detect_wide",
            Self::Head => "head",
            Self::Bin => "bin",
            Self::Person => "person",
            Self::Face => "face",
            Self::Hat => "hat",
            Self::Mask => "mask",
        }
    }

    /// Returns the file it is kept in, where `models.toml` names no other.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Detect => "mingchu_detect.onnx",
            Self::DetectWide => "mingchu_detect_wide.onnx",
            Self::Head => "mingchu_head.onnx",
            Self::Bin => "mingchu_bin.onnx",
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
    /// Not the file that SHA256SUMS or models.toml names.
    WrongHash,
}

/// The file that describes the project's own models.
pub const MANIFEST: &str = "models.toml";

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
            Ok(content) => {
                let name = self.path.file_name().unwrap_or_default().to_string_lossy();
                write!(f, "{name}@{}", &content.sha256[..8])
            }
            Err(ModelFault::Missing) => write!(f, "model file {path} is missing"),
            Err(ModelFault::Unreadable(why)) => write!(f, "model file {path} cannot be read: {why}"),
            Err(ModelFault::WrongHash) => {
                write!(f, "model file {path} has another SHA-256 than its list says; copy it again")
            }
        }
    }
}

/// The models of one folder.
pub struct ModelSet {
    folder: PathBuf,
    files: Vec<ModelFile>,
    manifest: Option<Manifest>,
    manifest_fault: Option<String>,
}

impl ModelSet {
    /// Reads the models in `folder` and checks them against `models.toml` or `SHA256SUMS`, where there is one.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap_or_default();
        let mut set = Self { folder: folder.to_owned(), files: Vec::new(), manifest: None, manifest_fault: None };
        match read_manifest(&folder.join(MANIFEST)) {
            Ok(None) => {
                let read = |kind: ModelKind| read_file(kind, &folder.join(kind.file()), named_hash(&sums, kind.file()));
                set.files = ModelKind::BORROWED.map(read).into();
            }
            Ok(Some(manifest)) => {
                let (detect, head) = (&manifest.detect, &manifest.head);
                let mut named = vec![
                    (ModelKind::Detect, &detect.file, &detect.sha256),
                    (ModelKind::Head, &head.file, &head.sha256),
                ];
                named.extend(detect.wide.as_ref().map(|wide| (ModelKind::DetectWide, &wide.file, &wide.sha256)));
                named.extend(manifest.bin.as_ref().map(|bin| (ModelKind::Bin, &bin.file, &bin.sha256)));
                let read =
                    |(kind, file, sha256): (_, &String, &String)| read_file(kind, &folder.join(file), Some(sha256));
                set.files = named.into_iter().map(read).collect();
                set.manifest = Some(manifest);
            }
            Err(fault) => set.manifest_fault = Some(fault),
        }
        set
    }

    /// Returns what `models.toml` says; `None` for a folder of borrowed models.
    #[must_use]
    pub const fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
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
        let files = self.files.iter().filter(|file| file.content.is_err()).map(ToString::to_string);
        self.manifest_fault.iter().cloned().chain(files).collect()
    }

    /// Whether there is a model of `kind`.
    #[must_use]
    pub fn has(&self, kind: ModelKind) -> bool {
        self.files.iter().any(|file| file.kind == kind && file.content.is_ok())
    }
}

/// Returns the manifest, `None` where there is none, or a sentence that says what is wrong with it.
fn read_manifest(path: &Path) -> Result<Option<Manifest>, String> {
    let named = |why: String| format!("{} cannot be read: {why}; copy the folder of models again", path.display());
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map(Some).map_err(|error| named(error.message().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(named(error.to_string())),
    }
}

fn read_file(kind: ModelKind, path: &Path, named: Option<&str>) -> ModelFile {
    let content = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ModelFault::Missing,
        _ => ModelFault::Unreadable(error.to_string()),
    });
    let content = content.and_then(|bytes| {
        let sha256 = hex::encode(Sha256::digest(&bytes));
        match named {
            Some(named) if named != sha256 => Err(ModelFault::WrongHash),
            _ => Ok(Content { bytes, sha256 }),
        }
    });
    ModelFile { kind, path: path.to_owned(), content }
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
        assert!(faults[0].ends_with("aizoo_face_mask_260.onnx has another SHA-256 than its list says; copy it again"));
        assert!(faults[1].ends_with("PROTO_hat_mbv2_lr_s128.onnx is missing"), "{}", faults[1]);
    }

    #[test]
    fn a_manifest_names_the_files_and_a_broken_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let right = hex::encode(Sha256::digest(b"heads"));
        let size = "{ from_20 = 1.01, from_40 = 0.9, from_80 = 0.8 }";
        let manifest = format!(
            "version = 1\n[detect]\nfile = \"d.onnx\"\nsha256 = \"{right}\"\nwidth = 416\nheight = 256\n\
             classes = [\"person\", \"head\"]\nnms_iou = 0.45\nleast = {{ person = 0.3 }}\n\
             [detect.wide]\nfile = \"w.onnx\"\nsha256 = \"{right}\"\nwidth = 544\nheight = 320\n\
             [head]\nfile = \"h.onnx\"\nsha256 = \"{right}\"\nside = 128\ngrow = 0.3\n\
             [head.bands.hat]\ncovered = {size}\nbare = {size}\n\
             [head.bands.mask]\nworn = {size}\nnot_worn = {size}\nwrongly_worn = {size}\n"
        );
        std::fs::write(folder.path().join(MANIFEST), manifest).unwrap();
        std::fs::write(folder.path().join("h.onnx"), b"heads").unwrap();
        std::fs::write(folder.path().join("d.onnx"), b"another").unwrap();
        let set = ModelSet::read(folder.path());
        assert_eq!(set.manifest().unwrap().detect.input(), (416, 256));
        assert_eq!(set.manifest().unwrap().head.bands.hat.bare.at(41.0), Some(0.9));
        assert_eq!(set.labels(), [format!("h.onnx@{}", &right[..8])]);
        assert!(set.faults()[0].contains("d.onnx has another SHA-256"), "{:?}", set.faults());
        assert!(set.faults()[1].ends_with("w.onnx is missing"), "{:?}", set.faults());

        std::fs::write(folder.path().join(MANIFEST), "[detect]\nfile = 3").unwrap();
        let set = ModelSet::read(folder.path());
        assert!(set.faults()[0].contains("models.toml cannot be read") && set.labels().is_empty());
    }

    #[test]
    fn without_a_list_of_hashes_a_model_is_used_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(ModelKind::Hat.file()), b"hats").unwrap();
        assert!(ModelSet::read(folder.path()).has(ModelKind::Hat));
    }
}
