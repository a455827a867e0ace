//! Finds the rendered kitchens that the simulated cameras play.

use anyhow::bail;
use mingchu_gateway::sim;
use std::path::{Path, PathBuf};

/// Where the clips lie in the repository.
const IN_REPOSITORY: &str = "tests/footage/clips";

/// A folder with clips.
pub(super) struct Clips(PathBuf);

/// Returns the folder given, else the one of the repository: below the current folder, or where this was built.
pub(super) fn find(given: Option<&Path>) -> anyhow::Result<Clips> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join(IN_REPOSITORY);
    let places = match given {
        Some(dir) => vec![dir.to_owned()],
        None => vec![PathBuf::from(IN_REPOSITORY), built_from],
    };
    match places.iter().find(|dir| dir.is_dir()) {
        Some(dir) => Ok(Clips(dir.clone())),
        None => bail!(
            "no rendered clips in {}; run from the repository or name the folder with --clips",
            places.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(" or ")
        ),
    }
}

impl Clips {
    /// Returns the clip of that name with its sub stream.
    pub(super) fn clip(&self, name: &str) -> sim::Clip {
        sim::Clip::of(self.0.join(format!("{name}.mp4")))
    }
}
