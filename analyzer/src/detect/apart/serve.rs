//! The process's side: reads pictures, answers who is in them, ends with its input.

use super::wire::{self, Answer};
use crate::{
    Config, cv,
    detect::{Detector, Networks, Runtime},
    eyes::NO_MODELS,
    find, heap,
    models::ModelSet,
};
use rustix::process::{Signal, set_parent_process_death_signal};
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, ErrorKind, Read, Write},
};

/// The process cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Its pipes are not as they should be.
    #[error("cannot talk to the server that started this; mingchu starts this command itself")]
    Pipe(#[from] io::Error),
}

/// Looks for people in pictures from standard input until it ends; answers go to standard output.
///
/// What else writes to standard output goes to standard error, so that no library can speak in between.
///
/// # Errors
/// When what comes is not understood.
pub fn serve() -> Result<(), ServeError> {
    // Its input ends with the server. This is for a process that is stopped, or hangs, at that time.
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        tracing::warn!(error = &error as &dyn std::error::Error, "this process may outlive its server");
    }
    let answers = File::from(rustix::io::dup(io::stdout()).map_err(io::Error::from)?);
    rustix::stdio::dup2_stdout(io::stderr()).map_err(io::Error::from)?;
    match answer_all(&mut BufReader::new(io::stdin().lock()), &mut BufWriter::new(answers)) {
        // Nobody listens any more.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

fn answer_all(questions: &mut impl Read, answers: &mut impl Write) -> io::Result<()> {
    let config: Config = wire::read_text(questions)?;
    heap::keep_small();
    cv::use_one_thread();
    let mut networks = match open(&config) {
        Ok(networks) => networks,
        Err(why) => return wire::write_text(answers, &Answer::blind(&why)),
    };
    wire::write_text(answers, &Answer::Ready)?;
    while let Some(question) = wire::read_question(questions)? {
        let answer = match networks.scene(&question.picture) {
            Ok(Some(scene)) => Answer::found(question.number, &scene),
            Ok(None) => Answer::failed(question.number, "there is no model that finds people"),
            Err(error) => Answer::failed(question.number, &error.to_string()),
        };
        wire::write_text(answers, &answer)?;
    }
    Ok(())
}

/// Reads the model that finds people, or says what is missing.
///
/// # Errors
/// A sentence for a person.
pub(crate) fn open(config: &Config) -> Result<Networks, String> {
    let set = find::models(config.models.as_deref()).map(|folder| ModelSet::read(&folder));
    let set = set.ok_or_else(|| NO_MODELS.to_owned())?;
    let runtime = Runtime::choose(config).map_err(|error| error.to_string())?;
    let (networks, errors) = Networks::read_finder(&runtime, &set, config.threads_per_inference);
    if networks.can_find_persons() {
        return Ok(networks);
    }
    let faults = set.faults().into_iter().chain(errors.iter().map(ToString::to_string));
    Err(format!("no model for persons: {}", faults.collect::<Vec<_>>().join("; ")))
}
