//! What `mingchu check` asks of this crate: decoder plug-ins, runtime library, models.

use crate::{Config, decode, detect::Runtime, find, models::ModelSet};

/// One line of the report: what was looked at, and what was found or what to do.
pub type Finding = (&'static str, Result<String, String>);

/// Looks at everything the analyzer needs from the machine. Blocks while files are read.
#[must_use]
pub fn inspect(config: &Config) -> Vec<Finding> {
    vec![("GStreamer plug-ins", plug_ins()), ("inference library", library(config)), ("models", models(config))]
}

fn plug_ins() -> Result<String, String> {
    let faults = decode::missing().map_err(|error| error.to_string())?;
    if faults.is_empty() { Ok("H.264 and H.265 can be decoded".to_owned()) } else { Err(faults.join("; ")) }
}

fn library(config: &Config) -> Result<String, String> {
    let path = find::runtime(config.runtime.as_deref()).ok_or(
        "no libonnxruntime.so; run `make run` once, or set analyzer.runtime; until then models run on OpenCV, about \
         four times slower",
    )?;
    Runtime::open(&path, config.provider).map_err(|error| error.to_string())?;
    let runtime = Runtime::choose(config).map_err(|error| error.to_string())?;
    Ok(format!("{} at {}", runtime.name(), path.display()))
}

fn models(config: &Config) -> Result<String, String> {
    let folder = find::models(config.models.as_deref())
        .ok_or("no models, so nothing is judged; name their folder with --models, MINGCHU_MODELS or analyzer.models")?;
    let set = ModelSet::read(&folder);
    if set.faults().is_empty() { Ok(set.labels().join(", ")) } else { Err(set.faults().join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_model_folder_names_every_missing_file() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { models: Some(folder.path().to_owned()), ..Config::default() };
        let findings = inspect(&config);
        let (_, found) = findings.iter().find(|(what, _)| *what == "models").unwrap();
        assert_eq!(found.as_ref().unwrap_err().matches("is missing").count(), 4);
    }
}
