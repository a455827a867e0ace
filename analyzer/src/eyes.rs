//! Models on a runtime, as a process starts with them: the running analyzer, `analyze`, `eval` and `bench analyze`.
//!
//! Files are read once; a process has to be started again to use others.

use crate::{
    Config,
    detect::{Networks, Runtime},
    find,
    models::ModelSet,
};

/// What a process sees with.
pub struct Eyes {
    /// One set of networks for each thread asked for; empty where nothing can run.
    pub networks: Vec<Networks>,
    /// Name of the runtime, for logs and the status page.
    pub runtime: &'static str,
    /// The models; `None` where no folder was found.
    pub set: Option<ModelSet>,
    /// A sentence for everything that is not used, or that stops all.
    pub faults: Vec<String>,
}

impl Eyes {
    /// Reads the models `count` times; blocks for some hundred milliseconds. What is missing or wrong is in `faults`.
    #[must_use]
    pub fn open(config: &Config, count: usize) -> Self {
        let set = find::models(config.models.as_deref()).map(|folder| ModelSet::read(&folder));
        let mut faults = set.as_ref().map_or_else(|| vec![NO_MODELS.to_owned()], ModelSet::faults);
        let (runtime, chosen) = match Runtime::choose(config) {
            Ok(runtime) => (runtime.name(), Some(runtime)),
            Err(error) => {
                faults.insert(0, error.to_string());
                ("no runtime", None)
            }
        };
        let mut networks = Vec::new();
        if let (Some(runtime), Some(set)) = (&chosen, &set) {
            for _ in 0..count {
                let (read, errors) = Networks::read(runtime, set, config.threads_per_inference);
                if networks.is_empty() {
                    faults.extend(errors.iter().map(ToString::to_string));
                }
                networks.push(read);
            }
        }
        Self { networks, runtime, set, faults }
    }

    /// Whether persons can be found, without which nothing is judged.
    #[must_use]
    pub fn can_judge(&self) -> bool {
        !self.networks.is_empty() && self.networks.iter().all(Networks::can_find_persons)
    }
}

/// What to do without models.
pub(crate) const NO_MODELS: &str =
    "no models found: start with --models FOLDER, or set MINGCHU_MODELS to the folder that holds them";
