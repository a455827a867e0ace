//! Where the models and the ONNX runtime library are.

use crate::models::{MANIFEST, ModelKind};
use std::{
    env,
    path::{Path, PathBuf},
};

/// Returns the folder of the models: `configured`, else `MINGCHU_MODELS`, else the project's own `analyzer/models`,
/// else `../shared/models` beside the repository, else `share/mingchu/models` of an installed program. A folder that was named is not replaced by another.
#[must_use]
pub fn models(configured: Option<&Path>) -> Option<PathBuf> {
    let named = configured.map(Path::to_owned).or_else(|| from_env("MINGCHU_MODELS"));
    if named.is_some() {
        return named;
    }
    let borrowed = ModelKind::BORROWED.iter().map(|kind| kind.file());
    let names: Vec<&str> = borrowed.chain([MANIFEST]).collect();
    let holds_a_model = |folder: &PathBuf| names.iter().any(|name| folder.join(name).is_file());
    let cloned = roots().into_iter().flat_map(|root| [root.join("analyzer/models"), root.join("../shared/models")]);
    cloned.chain(installed("share/mingchu/models")).find(holds_a_model)
}

/// Returns the ONNX runtime library: `configured`, else `ORT_DYLIB_PATH`, else `MINGCHU_ONNXRUNTIME`, else the one that
/// the set-up put into `.tools/onnxruntime`, else the one in `lib/mingchu` of an installed program.
#[must_use]
pub fn runtime(configured: Option<&Path>) -> Option<PathBuf> {
    // The build sets ORT_DYLIB_PATH whether the set-up has run or not.
    let library = |key| from_env(key).filter(|path| path.is_file());
    let named = configured.map(Path::to_owned);
    let named = named.or_else(|| library("ORT_DYLIB_PATH")).or_else(|| library("MINGCHU_ONNXRUNTIME"));
    let named = named.or_else(|| roots().iter().find_map(|root| library_in(&root.join(".tools/onnxruntime"))));
    named.or_else(|| installed("lib/mingchu").iter().find_map(|folder| library_in(folder)))
}

/// Returns where an installed program has its files: `PREFIX/bin/mingchu` has them in `PREFIX/part`.
fn installed(part: &str) -> Option<PathBuf> {
    Some(env::current_exe().ok()?.parent()?.parent()?.join(part))
}

/// Returns a path from the environment; an empty one counts as none.
fn from_env(key: &str) -> Option<PathBuf> {
    env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Returns `libonnxruntime.so` or a versioned one, the highest name first.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let names = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let is_library = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("libonnxruntime.so"))
    };
    names.filter(is_library).max()
}

/// The folder the program was started in, then the repository it was built from.
fn roots() -> Vec<PathBuf> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned);
    env::current_dir().ok().into_iter().chain(built_from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_folder_wins_even_when_it_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(models(Some(folder.path())).as_deref(), Some(folder.path()));
    }

    #[test]
    fn the_library_may_carry_a_version() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["README", "libonnxruntime.so.1.31.1", "libonnxruntime_providers_shared.so"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        assert_eq!(library_in(folder.path()), Some(folder.path().join("libonnxruntime.so.1.31.1")));
        assert_eq!(library_in(&folder.path().join("none")), None);
    }
}
