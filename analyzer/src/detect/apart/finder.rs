//! The server's side: a detector that asks the process.

use super::{
    conversation::{Program, Shared},
    wire::{self, Answer, Question},
};
use crate::{
    Config,
    detect::{DetectError, Detector, Scene},
    judge::Face,
    picture::Picture,
    track::Person,
};
use mingchu_domain::geometry::BBox;
use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

/// How long is waited for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// From the start until the models are read.
    pub(super) start: Duration,
    /// For an answer; a picture is too old to be shown long before.
    pub(super) answer: Duration,
    /// Without questions, until the process is ended.
    pub(super) quiet: Duration,
    /// After the first fall; each further one doubles it.
    pub(super) first_pause: Duration,
    /// After many.
    pub(super) longest_pause: Duration,
    /// Who has answered for so long falls for the first time again.
    pub(super) steady: Duration,
}

const PATIENCE: Patience = Patience {
    start: Duration::from_secs(30),
    answer: Duration::from_secs(2),
    quiet: Duration::from_secs(60),
    first_pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(30),
    steady: Duration::from_secs(60),
};

enum Life {
    /// Nobody has asked yet, or not for long.
    Away,
    /// There is a process.
    There(Line),
    /// It fell; it is not started again before.
    Fallen(Instant),
}

/// The way to the conversation's thread. Both queues hold one: the next question follows its answer.
struct Line {
    questions: SyncSender<Question>,
    answers: Receiver<Result<Answer, String>>,
    /// When its models were read; `None`: not yet.
    ready_since: Option<Instant>,
}

/// Looks for people in a process of its own; see the module. It knows persons and heads, nothing else.
pub struct Finder {
    shared: Arc<Shared>,
    patience: Patience,
    life: Life,
    falls: u32,
    number: u32,
}

/// Ends a [`Finder`]'s process, whoever is waiting for an answer.
#[derive(Clone)]
pub struct Stopper(Arc<Shared>);

impl Stopper {
    /// Ends the process for good; blocks until it has ended, some milliseconds.
    pub fn stop(&self) {
        self.0.close();
    }
}

impl Finder {
    /// Returns a finder that will start `program` with `config` when it is asked.
    #[must_use]
    pub fn new(program: Program, config: &Config) -> Self {
        Self::with_patience(program, config, PATIENCE)
    }

    pub(super) fn with_patience(program: Program, config: &Config, patience: Patience) -> Self {
        let shared = Arc::new(Shared::new(program, config.clone(), patience.quiet));
        Self { shared, patience, life: Life::Away, falls: 0, number: 0 }
    }

    /// Returns what ends the process.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.shared))
    }

    /// Returns the line to a process that can look; one is started if there is none.
    fn line(&mut self) -> Result<&Line, DetectError> {
        if let Life::Fallen(until) = self.life {
            if Instant::now() < until {
                return Err(DetectError::Apart("is not there".to_owned()));
            }
            self.life = Life::Away;
        }
        if matches!(self.life, Life::Away) {
            self.life = Life::There(self.start()?);
        }
        let answer = match &self.life {
            Life::There(line) if line.ready_since.is_none() => Some(line.answers.recv_timeout(self.patience.start)),
            _ => None,
        };
        match answer {
            Some(Ok(Ok(Answer::Ready))) => tracing::info!("the process that looks for people is ready"),
            Some(answer) => return Err(self.fall(said(answer))),
            None => {}
        }
        match &mut self.life {
            Life::There(line) => {
                line.ready_since.get_or_insert_with(Instant::now);
                Ok(line)
            }
            Life::Away | Life::Fallen(_) => Err(DetectError::Apart("is not there".to_owned())),
        }
    }

    /// Starts the conversation's thread, which ends with the process.
    fn start(&mut self) -> Result<Line, DetectError> {
        let (questions, asked) = sync_channel(1);
        let (said, answers) = sync_channel(1);
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("people finder".to_owned());
        match thread.spawn(move || shared.converse(&asked, &said)) {
            Ok(_) => Ok(Line { questions, answers, ready_since: None }),
            Err(error) => Err(self.fall(format!("cannot be started: {error}"))),
        }
    }

    /// Asks; `None` when the process had left because nobody asked.
    fn ask(&mut self, picture: &Picture) -> Result<Option<Scene>, DetectError> {
        self.number = self.number.wrapping_add(1);
        let (number, patience) = (self.number, self.patience.answer);
        let line = self.line()?;
        if line.questions.send(Question { number, picture: picture.clone() }).is_err() {
            self.life = Life::Away;
            return Ok(None);
        }
        match line.answers.recv_timeout(patience) {
            Ok(Ok(Answer::Found { number: of, persons, heads })) if of == number => match wire::scene(persons, heads) {
                Some(scene) => Ok(Some(scene)),
                None => Err(self.fall("answers nonsense".to_owned())),
            },
            Ok(Ok(Answer::Failed { number: of, why })) if of == number => {
                Err(DetectError::Apart(format!("cannot look at a picture: {why}")))
            }
            // It had just left.
            Err(RecvTimeoutError::Disconnected) => {
                self.life = Life::Away;
                Ok(None)
            }
            other => Err(self.fall(said(other))),
        }
    }

    /// Ends the process and says when it may be started again.
    fn fall(&mut self, why: String) -> DetectError {
        self.shared.end();
        let was_steady = match &self.life {
            Life::There(line) => line.ready_since.is_some_and(|since| since.elapsed() >= self.patience.steady),
            Life::Away | Life::Fallen(_) => false,
        };
        self.falls = if was_steady { 0 } else { self.falls };
        let pause = self.patience.first_pause.saturating_mul(1 << self.falls.min(10)).min(self.patience.longest_pause);
        self.falls += 1;
        metrics::counter!("mingchu_public_finder_falls_total").increment(1);
        tracing::warn!(pause_ms = pause.as_millis(), "the process that looks for people {why}; will be started again");
        self.life = Life::Fallen(Instant::now() + pause);
        DetectError::Apart(why)
    }
}

/// What was heard instead of what was asked for.
fn said(answer: Result<Result<Answer, String>, RecvTimeoutError>) -> String {
    match answer {
        Ok(Ok(Answer::Blind { why })) => format!("cannot look: {why}"),
        Ok(Ok(Answer::Ready | Answer::Found { .. } | Answer::Failed { .. })) => "answers out of turn".to_owned(),
        Ok(Err(why)) => why,
        Err(RecvTimeoutError::Timeout) => "does not answer".to_owned(),
        Err(RecvTimeoutError::Disconnected) => "has gone".to_owned(),
    }
}

impl Drop for Finder {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl Detector for Finder {
    fn scene(&mut self, picture: &Picture) -> Result<Option<Scene>, DetectError> {
        // One that has left because nobody asked is followed by another at once.
        match self.ask(picture)? {
            Some(scene) => Ok(Some(scene)),
            None => self
                .ask(picture)?
                .map_or_else(|| Err(DetectError::Apart("has gone".to_owned())), |scene| Ok(Some(scene))),
        }
    }
    fn persons(&mut self, picture: &Picture) -> Result<Option<Vec<Person>>, DetectError> {
        Ok(self.scene(picture)?.map(|scene| scene.persons))
    }
    fn faces(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<Vec<Face>>, DetectError> {
        Ok(None)
    }
    fn covered(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<f32>, DetectError> {
        Ok(None)
    }
    fn masked(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<f32>, DetectError> {
        Ok(None)
    }
}
